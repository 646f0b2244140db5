"""The partner's pages of views and releases."""

import csv
import io
import json
import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import urlencode

import pytest
from django.test import Client, override_settings
from tests.roles import as_role

from daymark.access.context import acting_for
from daymark.agencies.models import Member
from daymark.agencies.tests.people import sign_in
from daymark.audit.models import Entry
from daymark.design.maps import Map
from daymark.insight.actions import counts as actions
from daymark.insight.models import Edition, Figure, Gate, Measure, Release, Run, View
from daymark.insight.queries import figures as published
from daymark.insight.showing import Shown
from daymark.insight.terms import Audience, Schedule

from .counted import ESSEX, KENT, NOW, People, people, tell
from .test_counts import (
    CRIMINAL,
    EVERYBODY,
    FOUR,
    LABOUR,
    LATEST,
    OCTOBER,
    PLENTY,
    SEXUAL,
    show,
    view_of,
)
from .test_downloads import sheets

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]

ALL_TYPES = {"measure": "concerns", "period": OCTOBER, "by": ["COUNCIL"], "areas": list(FOUR)}
TWO_TYPES = ALL_TYPES | {"types": [LABOUR, SEXUAL]}

TITLE = "Concerns by council: Basildon, Colchester, Tendring, Maidstone, October 2026"


@pytest.fixture
def cast(db) -> Iterator[People]:
    with as_role("owner"):
        found = people()
        tell(PLENTY)
    with override_settings(ROOT_URLCONF="daymark.site.urls_partner"):
        yield found


def browser(member: Member | None) -> Client:
    client = Client()
    if member:
        sign_in(client, member)
    return client


def page(client: Client, url: str, status: int = 200, **query: object) -> str:
    response = client.get(f"{url}?{urlencode(query, doseq=True)}" if query else url)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def view(client: Client, asked: dict[str, object]) -> str:
    return page(client, "/insight/view/", **asked)


@pytest.mark.parametrize(
    "url", ["/insight/", "/insight/view/", "/insight/view.csv", "/insight/views/save/"]
)
def test_whoever_may_not_count_is_turned_away(url: str, cast: People):
    assert browser(None).get(url)["Location"].startswith("/sign-in/")
    assert browser(cast.officer).get(url).status_code == 403
    assert browser(cast.analyst).get(url).status_code in {200, 302}


def test_only_the_coordinator_sets_the_gate(cast: People):
    assert browser(cast.analyst).get("/insight/gate/").status_code == 403
    client = browser(cast.coordinator)
    typed = {"minimum": 10, "counted_after_days": 14, "source": ""}
    wrong = client.post("/insight/gate/", typed).content.decode()
    assert "Say where the partnership agreed to it." in wrong
    assert 'value="10"' in wrong
    done = client.post("/insight/gate/", typed | {"source": "Board of 2 November"})
    assert done.status_code == 302
    with as_role("owner"):
        assert Gate.unrestricted.get(valid_until=None).minimum == 10
    assert "The smallest number shown is 10 concerns: Board of 2 November." in page(
        client, "/insight/releases/"
    )


def test_a_view_is_its_address_and_shows_what_the_gate_lets_through(cast: People):
    said = view(browser(cast.analyst), ALL_TYPES | {"by": ["COUNCIL", "TYPE"]})
    assert "<h1>Concerns by council and type" in said.replace("\n", "")
    assert "[c] stands for a number from 1 to 4" in said
    assert "The smallest number shown is 5" in said
    for number in (1, 2, 3, 4):
        assert f'<td class="num">{number}</td>' not in said


def test_the_second_of_two_tables_is_refused_and_the_first_named(cast: People):
    client = browser(cast.analyst)
    assert '<td class="num">33</td>' in view(client, ALL_TYPES)
    refused = view(client, TWO_TYPES)
    assert "The gate refuses this table" in refused
    assert TITLE in refused
    assert "one table taken from the other leaves it" in refused
    assert "<table" not in refused
    answer = client.get(f"/insight/view.csv?{urlencode(TWO_TYPES, doseq=True)}")
    assert answer["Location"].startswith("/insight/view/?")


def test_what_makes_no_table_is_said_where_it_was_chosen_and_nothing_is_lost(cast: People):
    said = view(browser(cast.analyst), ALL_TYPES | {"by": ["COUNCIL", "FORCE"]})
    assert "Choose police forces or councils, not both." in said
    assert said.count("checked") >= 2 + len(FOUR)


def test_the_file_holds_what_the_page_shows_and_its_notes(cast: People):
    client = browser(cast.analyst)
    response = client.get(f"/insight/view.csv?{urlencode(ALL_TYPES, doseq=True)}", follow=True)
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0] == [
        "Concerns by council: Basildon, Colchester, Tendring, Maidstone, October 2026"
    ]
    assert ["Area", "Concerns"] in rows
    assert ["Colchester", "33"] in rows


def test_the_map_is_the_release_and_hides_what_it_hides(cast: People):
    """Drawn from the text that left: no number, no colour and no entry in the ledger beside it."""
    said = view(browser(cast.analyst), ALL_TYPES | {"by": ["COUNCIL", "TYPE"]} | {"areas": []})
    with as_role("owner"):
        release = Release.unrestricted.get()
    drawing = next(one for one in Shown(release.body, {}).charts() if isinstance(one, Map))
    assert 'id="map"' in said
    assert '<details class="more" open' not in said, "the same numbers follow as a table"
    told = json.loads(release.body)
    assert told["dimensions"][0]["name"] == "area"
    axes = [one["categories"] for one in told["dimensions"]]
    each = dict(zip(product(*axes), told["shown"], strict=True))
    drawn = {one.code: one.value for one in drawing.areas}
    assert drawn == {code: each[code, "ALL", OCTOBER] for code in drawn}
    assert set(FOUR) <= drawn.keys()


def test_a_hidden_council_is_hatched_and_called_hidden(cast: People):
    client = browser(cast.analyst)
    with as_role("owner"):
        before = Release.unrestricted.count()
    said = view(client, ALL_TYPES | {"types": [CRIMINAL], "areas": []})
    with as_role("owner"):
        release = Release.unrestricted.get()
    drawing = client.get(f"/insight/releases/{release.pk}/map.svg").content.decode()
    for page_or_file in (said, drawing):
        assert 'fill="url(#map-none)"' in page_or_file
        assert "Hidden: too small, or it would give away one that is" in page_or_file
        assert re.search(r'class="mt mv[^>]*>hidden<', page_or_file)
        assert not re.search(r'class="mt mv[^>]*>[1-4]<', page_or_file)
    assert 'aria-label="Colchester: hidden"' in said
    assert "Not on the map:" in said
    assert len(drawing) < 60_000
    for form in ("csv", "xlsx", "png"):
        assert client.get(f"/insight/releases/{release.pk}/map.{form}").status_code == 200
    assert "[c]" in client.get(f"/insight/releases/{release.pk}/map.csv").content.decode()
    assert client.get(f"/insight/releases/{release.pk}/table.svg").status_code == 404
    assert client.get(f"/insight/releases/{release.pk}/none.csv").status_code == 404
    with as_role("owner"):
        assert Release.unrestricted.count() == before + 1


def test_opening_taking_along_and_listing_what_another_was_shown_is_written_down(cast: People):
    draft = show(EVERYBODY, cast.second)
    client = browser(cast.analyst)
    page(client, f"/insight/releases/{draft.pk}/")
    page(client, "/insight/releases/", all="1")
    assert client.get(f"/insight/releases/{draft.pk}/table.csv").status_code == 200
    with as_role("owner"):
        written = Entry.unrestricted.filter(actor=cast.analyst.pk, object_id=draft.pk)
        assert list(written.order_by("seq").values_list("verb", flat=True)) == [
            "counts.read",
            "counts.listed",
            "counts.exported",
        ]


def test_a_refusal_is_written_down_with_what_it_was_refused_for(cast: People):
    first = show(EVERYBODY, cast.second)
    assert "The gate refuses this table" in view(browser(cast.analyst), TWO_TYPES)
    with as_role("owner"):
        entry = Entry.unrestricted.get(verb="counts.refused")
    assert json.loads(entry.details) == {"why": "SUBTRACTED", "earlier": [str(first.pk)]}


def test_a_view_of_published_figures_comes_as_files_with_its_notes(cast: People):
    asked = {"measure": "referrals", "period": "last-1", "by": ["YEAR"]}
    client = browser(cast.analyst)
    said = view(client, asked)
    assert "/insight/view.xlsx?measure=referrals" in said
    answer = client.get(f"/insight/view.xlsx?{urlencode(asked, doseq=True)}")
    numbers, notes = sheets(answer.content)
    assert numbers[0][0] == "Area"
    assert numbers[1][0] == "United Kingdom"
    assert published.years("referrals")["2024"].value in numbers[1]
    words = {text for row in notes for text in row}
    assert "referrals by:YEAR areas:all types:all last-1" in words
    assert any("Home Office" in str(text) for text in words)
    rows = client.get(f"/insight/view.csv?{urlencode(asked, doseq=True)}").content.decode()
    assert "United Kingdom" in rows
    assert client.get(f"/insight/view.png?{urlencode(asked, doseq=True)}").status_code == 404


def test_rates_are_rounded_and_need_an_area(cast: People):
    client = browser(cast.analyst)
    said = view(client, ALL_TYPES | {"rates": "on"})
    assert "For each 100,000 residents" in said
    bare = {"measure": "concerns", "period": OCTOBER, "rates": "on"}
    assert "Rates need an area" in view(client, bare)


def test_own_counts_stand_beside_published_figures(cast: People):
    said = view(browser(cast.analyst), ALL_TYPES | {"beside": "referrals"})
    assert "Beside it, as published: " in said
    assert f"{published.years('referrals')['2024'].value:,}" in said


def test_published_figures_below_the_minimum_are_hidden_and_the_page_says_why(cast: People):
    with as_role("owner"):
        edition = Edition.unrestricted.first()
        Measure.unrestricted.filter(pk="referrals").update(small_cells=True)
        for gender, number in (("MALE", 1), ("FEMALE", 40), ("UNKNOWN", 7)):
            Figure.unrestricted.create(
                measure_id="referrals",
                edition=edition,
                area="E23000028",
                period="2031",
                breakdown=[f"gender:{gender}"],
                value=number,
            )
    asked = {"measure": "referrals", "period": "last-1", "by": ["GENDER"], "areas": ["E23000028"]}
    said = view(browser(cast.analyst), asked)
    assert '<td class="num">40</td>' in said
    assert '<td class="num">1</td>' not in said
    assert '<td class="num">7</td>' not in said  # it would give the one away
    assert "The publisher prints it" in said
    assert "we show less" in said


def test_the_finest_published_rows_add_up_and_each_force_is_guarded_by_itself(cast: People):
    with as_role("owner"):
        edition = Edition.unrestricted.first()
        for quarter in ("2031Q1", "2031Q2", "2031Q3", "2031Q4"):
            for area, numbers in ((ESSEX, (3, 20, 30)), (KENT, (2, 50, 61))):
                for kind, number in zip((LABOUR, SEXUAL, CRIMINAL), numbers, strict=True):
                    about = ["by:POLICE", f"type:{kind}", "age:ADULT", "nationality:British"]
                    Figure.unrestricted.create(
                        measure_id="referrals-made",
                        edition=edition,
                        area=area,
                        period=quarter,
                        breakdown=about,
                        value=number,
                    )
    client = browser(cast.analyst)
    asked = {"measure": "referrals-made", "period": "last-1", "by": ["FORCE", "TYPE"]}
    said = view(client, asked)
    assert "<h1>Referrals made by a first responder</h1>" in said
    shown = re.findall(r'<td class="num">([^<]+)</td>', said)
    assert shown == ["120", "12", "80", "244", "8", "200"]
    said = view(client, asked | {"by": ["FORCE", "TYPE", "QUARTER"]})
    shown = re.findall(r'<td class="num">([^<]+)</td>', said)
    assert "30" in shown
    assert "61" in shown
    assert not {"2", "3", "20", "50"} & {*shown}, "the next smallest of each force is hidden too"


def test_what_is_not_published_so_is_said_to_be_published_otherwise(cast: People):
    client = browser(cast.analyst)
    asked = {"measure": "referrals-sent", "period": "last-1"}
    assert '<td class="num">345</td>' in view(client, asked), "held of one force, and of no country"
    assert "It is published by type, age." in view(client, asked | {"by": ["NATIONALITY"]})
    assert "136,000" in view(client, asked | {"measure": "estimate"})
    assert 'value="small-boats"' not in view(client, asked), "nothing of it is held here"


def test_saved_shared_changed_and_taken_away(cast: People):
    mine, theirs = browser(cast.analyst), browser(cast.second)
    address = f"/insight/views/save/?{urlencode(ALL_TYPES, doseq=True)}"
    nameless = mine.post(address, {"name": "", "audience": "PARTNERSHIP", "schedule": "NEVER"})
    assert "Give it a name" in nameless.content.decode()
    typed = {"name": "Four councils", "audience": "PARTNERSHIP", "schedule": "NEVER"}
    assert mine.post(address, typed).status_code == 302
    with as_role("owner"):
        saved = View.unrestricted.get()
    assert "Four councils" in page(mine, "/insight/")
    assert "Four councils" in page(theirs, "/insight/")
    assert theirs.get(f"/insight/views/{saved.pk}/").status_code == 404
    change = f"/insight/views/{saved.pk}/"
    assert mine.post(change, typed | {"audience": "AGENCY"}).status_code == 302
    assert "Four councils" not in page(theirs, "/insight/")
    assert mine.post(change, {"do": "end"}).status_code == 302
    assert "Four councils" not in page(mine, "/insight/")


def test_a_fixed_period_is_not_scheduled(cast: People):
    address = f"/insight/views/save/?{urlencode(ALL_TYPES, doseq=True)}"
    typed = {"name": "x", "audience": "OWNER", "schedule": "MONTHLY"}
    said = browser(cast.analyst).post(address, typed).content.decode()
    assert "This view always counts the same months." in said


def test_published_figures_are_saved_and_never_scheduled(cast: People):
    asked = {"measure": "referrals-sent", "period": "last-1"}
    client, address = browser(cast.analyst), f"/insight/views/save/?{urlencode(asked)}"
    assert 'name="schedule"' not in page(client, address)
    typed = {"name": "Sent", "audience": "OWNER", "schedule": "MONTHLY"}
    assert client.post(address, typed).status_code == 302
    with as_role("owner"):
        assert View.unrestricted.get().schedule == "NEVER"


def test_published_it_stands_in_the_ledger_for_everybody(cast: People):
    client, officer = browser(cast.analyst), browser(cast.officer)
    view(client, ALL_TYPES)
    with as_role("owner"):
        draft = Release.unrestricted.get()
    assert officer.get(f"/insight/releases/{draft.pk}/").status_code == 404
    assert officer.post(f"/insight/releases/{draft.pk}/publish/").status_code == 403
    assert "Nothing has been published" in page(officer, "/insight/releases/")
    assert "Shown to Mei" in page(client, "/insight/releases/", all="1")
    done = client.post(f"/insight/releases/{draft.pk}/publish/")
    assert done.status_code == 302
    listed = page(officer, "/insight/releases/")
    assert draft.title in listed
    assert "4 numbers, 0 hidden." in listed
    told = page(officer, done["Location"])
    assert draft.digest in told
    assert "Smallest number shown" in told
    files = {form: officer.get(f"{done['Location']}table.{form}") for form in ("csv", "xlsx")}
    assert "33" in files["csv"].content.decode()
    numbers, notes = sheets(files["xlsx"].content)
    assert [row[1] for row in numbers[1:]] == [27, 33, 27, 25]
    assert any("concerns by:COUNCIL" in str(text) for row in notes for text in row)
    assert draft.title in told
    assert "Cite it like this" in told
    assert "concerns by:COUNCIL areas:" in told


def test_what_is_too_small_since_is_not_published(cast: People):
    client = browser(cast.analyst)
    view(client, ALL_TYPES)
    with as_role("owner"):
        draft = Release.unrestricted.get()
        actions.set_gate(minimum=20, counted_after_days=0, source="test", by=None, at=NOW)
    refused = client.post(f"/insight/releases/{draft.pk}/publish/", follow=True)
    assert "The smallest number shown was raised since" in refused.content.decode()
    with as_role("owner"):
        assert not Release.unrestricted.filter(reader=None).exists()


def test_the_owner_of_a_schedule_is_told_until_they_look(cast: People):
    view_of(LATEST, cast.analyst, Schedule.MONTHLY)
    with as_role("worker"):
        actions.run_schedules(now=NOW)
    client = browser(cast.analyst)
    assert '<span class="badge">1</span>' in page(client, "/insight/view/")
    assert "What your schedules gave" in page(client, "/insight/")
    assert '<span class="badge">1</span>' not in page(client, "/insight/view/")
    with as_role("owner"):
        assert Run.unrestricted.get().seen_at is not None


def test_before_anything_is_counted_the_page_says_so(db):
    with as_role("owner"):
        cast = people()
    with override_settings(ROOT_URLCONF="daymark.site.urls_partner"):
        assert "No month has been counted yet" in page(browser(cast.analyst), "/insight/view/")


def test_a_view_shared_with_my_agency_is_not_anothers(cast: People):
    with acting_for(cast.analyst):
        actions.save_view(
            LATEST.written,
            name="Ours",
            audience=Audience.AGENCY,
            schedule=Schedule.NEVER,
            by=cast.analyst,
            at=NOW,
        )
    assert "Ours" in page(browser(cast.coordinator), "/insight/")
    assert "Ours" not in page(browser(cast.second), "/insight/")
