"""The rules by which desks work: who sets them, from which day, and what held before."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.audit.models import Entry
from daymark.concerns import actions, queries
from daymark.concerns.models import Clock, Limit, Route, SecondPerson
from daymark.concerns.terms import LimitOf, Step, Urgency
from daymark.concerns.tests.people import BEFORE, client_of
from daymark.places.models import Area
from daymark.signs import actions as signs

TODAY = timezone.localdate()
SOON = TODAY + timedelta(days=9)
LATER = TODAY + timedelta(days=30)
CLOCK = reverse("rules_clock", args=["ROUTINE"])
ROUTE = reverse("rules_route")


def as_(cast, role: Role):
    with as_role("owner"):
        Member.unrestricted.filter(pk=cast.colleague.pk).update(role=role)
        return client_of(Member.unrestricted.get(pk=cast.colleague.pk))


def second(cast, desk=None) -> str:
    return reverse("rules_second", args=[(desk or cast.north).pk, Step.CLOSE])


def clock(within: float, starts, source: str = "Board, 3 May") -> dict:
    return {"within": within, "escalate_after": 2, "starts": starts, "source": source}


def test_a_stranger_is_turned_away_from_all_of_them(cast):
    client = client_of(cast.responder)
    limit = reverse("rules_limit", args=["IDLE_DAYS"])
    pages = [reverse("rules"), CLOCK, limit, reverse("rules_files"), ROUTE, second(cast)]
    assert {client.get(page).status_code for page in pages} == {403}


def test_what_is_no_rule_is_not_there_and_breaks_nothing(cast):
    client = as_(cast, Role.COORDINATOR)
    assert client.get(reverse("rules_clock", args=["YESTERDAY"])).status_code == 404
    for area in ("Atlantis", "%00"):
        assert client.get(f"{ROUTE}?area={area}").status_code == 200


def test_a_clock_is_set_for_today_and_what_held_stays_to_be_read(cast):
    client = as_(cast, Role.COORDINATOR)
    page = client.get(CLOCK)
    assert page.context["form"]["within"].value() == "72"
    assert client.post(CLOCK, clock(12.5, TODAY)).status_code == 302
    today = timezone.localdate()
    with as_role("owner"):
        now = queries.content.clock_for(Urgency.ROUTINE, on=today)
        before = queries.content.clock_for(Urgency.ROUTINE, on=today - timedelta(days=1))
        entry = Entry.unrestricted.filter(verb="rule.set", actor=cast.colleague.pk).get()
    assert (now.within, now.source) == (timedelta(hours=12.5), "Board, 3 May")
    assert before.within == timedelta(hours=72)
    assert entry.object_id == now.pk
    page = client.get(reverse("rules")).content.decode()
    assert "within 12.5 h;" in page
    assert "within 3 days" in page


def test_whoever_set_a_rule_stands_with_it_also_once_it_is_over(cast):
    client = as_(cast, Role.COORDINATOR)
    client.post(CLOCK, clock(12, TODAY))
    client.post(CLOCK, clock(8, LATER))
    for page in (CLOCK, reverse("rules")):
        assert f"set by {cast.colleague.name}" in client.get(page).content.decode()
    with as_role("owner"):
        Clock.unrestricted.exclude(valid_until=None).filter(valid_from=TODAY).update(
            valid_until=TODAY
        )
    held = client.get(CLOCK).content.decode().split("What held before")[-1]
    assert f"set by {cast.colleague.name}" in held


def test_of_two_who_set_a_rule_at_once_the_second_waits_for_the_first(cast):
    with as_role("owner"):
        actions.content.set_limit(LimitOf.IDLE_DAYS, 3, source="test", at=timezone.now())
    second_one = connection.copy()
    try:
        with second_one.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [actions.content.SETTING])
            assert cursor.fetchone() == (False,)
    finally:
        second_one.close()


def test_what_is_set_for_a_later_day_waits_for_it_and_gives_way_to_what_comes_before(cast):
    client = as_(cast, Role.COORDINATOR)
    client.post(CLOCK, clock(8, LATER, "The later"))
    with as_role("owner"):
        assert queries.content.clock_for(Urgency.ROUTINE, on=SOON).within == timedelta(hours=72)
        assert queries.content.clock_for(Urgency.ROUTINE, on=LATER).within == timedelta(hours=8)
    assert "The later" in client.get(CLOCK).content.decode()
    client.post(CLOCK, clock(9, SOON, "The sooner"))
    with as_role("owner"):
        assert queries.content.clock_for(Urgency.ROUTINE, on=LATER).within == timedelta(hours=9)
    page = client.get(CLOCK).content.decode()
    assert "The sooner" in page
    assert "The later" not in page


def test_a_day_that_is_over_is_refused_where_it_was_typed_and_nothing_is_lost(cast):
    client = as_(cast, Role.COORDINATOR)
    typed = clock(0, TODAY - timedelta(days=1), "Board, 3 May")
    refused = client.post(CLOCK, typed)
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"starts", "within"}
    assert "Board, 3 May" in refused.content.decode()
    with as_role("owner"):
        assert Clock.unrestricted.filter(urgency=Urgency.ROUTINE).count() == 1


def test_likeness_is_typed_in_per_cent(cast):
    client = as_(cast, Role.COORDINATOR)
    url = reverse("rules_limit", args=[LimitOf.FLOOD_LIKENESS])
    given = {"value": 85, "starts": TODAY, "source": "Board"}
    assert "value" in client.post(url, given | {"value": 101}).context["form"].errors
    assert client.post(url, given).status_code == 302
    assert client.get(url).context["form"]["value"].value() == "85"
    with as_role("owner"):
        assert Limit.unrestricted.get().value == 0.85


def test_files_are_allowed_as_the_partnership_says(cast):
    client, url = as_(cast, Role.COORDINATOR), reverse("rules_files")
    shown = client.get(url).context["form"]
    given = {name: shown[name].value() for name in ("files", "megabytes", "kept_for")}
    given |= {"waiting_megabytes": 24, "starts": TODAY, "source": "Board"}
    assert "waiting_megabytes" in client.post(url, given).context["form"].errors
    assert client.post(url, given | {"waiting_megabytes": 90}).status_code == 302
    with as_role("owner"):
        assert queries.content.allowance(on=timezone.localdate()).waiting_megabytes == 90


def test_a_supervisor_says_what_the_own_desk_wants_a_second_person_for(cast):
    client, url = client_of(cast.supervisor), second(cast)
    assert client.get(second(cast, cast.south)).status_code == 404
    assert client.post(second(cast, cast.south), {"wanted": "yes"}).status_code == 404
    assert client.get(url).context["form"]["wanted"].value() == "no"
    given = {"wanted": "yes", "starts": TODAY, "source": "Inspection"}
    assert client.post(url, given).status_code == 302
    today = timezone.localdate()
    with as_role("owner"):
        assert queries.content.needs_second_person(cast.north, Step.CLOSE, on=today)
    client.post(url, given | {"wanted": "no", "starts": SOON, "source": "Too slow"})
    with as_role("owner"):
        assert queries.content.needs_second_person(cast.north, Step.CLOSE, on=today)
        assert not queries.content.needs_second_person(cast.north, Step.CLOSE, on=SOON)
    page = client.get(reverse("rules")).content.decode()
    assert "a second member agrees" in page
    assert "each member alone" in page


def test_an_officer_reads_the_rules_and_sets_none(cast):
    client = client_of(cast.officer)
    page = client.get(reverse("rules")).content.decode()
    assert "within 3 days" in page
    assert "rules/clock" not in page
    assert "rules/second" not in page


@pytest.fixture
def essex(cast):
    with as_role("owner"):
        signs.load_content(at=BEFORE)
        county, force = (
            Area.unrestricted.create(code=code, name="Essex", kind=kind, valid_from=BEFORE.date())
            for code, kind in (("E10000012", "COUNTY"), ("E23000028", "POLICE_FORCE_AREA"))
        )
        return cast, county, force


def test_a_route_is_added_changed_and_given_back_to_the_wider_area(essex):
    cast, county, _ = essex
    client = as_(cast, Role.COORDINATOR)
    given = {"type": "", "desk": cast.south.pk, "starts": TODAY, "source": "Board"}
    several = client.post(ROUTE, given | {"area": "essex"})
    assert "E10000012" in str(several.context["form"].errors["area"])
    nowhere = client.post(ROUTE, given | {"area": "Atlantis"})
    assert "No council" in str(nowhere.context["form"].errors["area"])
    assert client.post(ROUTE, given | {"area": county.code}).status_code == 302
    today = timezone.localdate()

    def desk(on):
        with as_role("owner"):
            return queries.content.desk_of(county, queries.content.routes(on=on))

    assert desk(today) == cast.south
    again = client.get(f"{ROUTE}?area={county.code}&type=")
    assert again.context["form"]["desk"].value() == cast.south.pk
    gone = given | {"area": county.code, "desk": "", "starts": SOON}
    assert client.post(ROUTE, gone).status_code == 302
    assert (desk(today), desk(SOON)) == (cast.south, cast.north)
    page = client.get(reverse("rules")).content.decode()
    assert "the wider area" in page


def test_everywhere_else_always_has_a_desk(essex):
    cast, *_ = essex
    client = as_(cast, Role.COORDINATOR)
    given = {"area": "", "type": "", "desk": "", "starts": TODAY, "source": "Board"}
    assert "desk" in client.post(ROUTE, given).context["form"].errors
    with as_role("owner"), pytest.raises(DatabaseError), transaction.atomic():
        Route.unrestricted.update(desk=None)


def test_the_page_says_which_routes_are_dead(cast):
    client = as_(cast, Role.ADMINISTRATOR)
    with as_role("owner"):
        Member.unrestricted.filter(pk__in=[cast.officer.pk, cast.supervisor.pk]).update(
            role=Role.DETECTIVE
        )
    page = client.get(reverse("rules")).content.decode()
    assert "nobody sits there who may decide" in page
    assert "rules/route" not in page


def test_however_many_routes_there_are_the_dead_ones_cost_the_same(essex):
    cast, county, force = essex
    costs = []
    for area in (None, county, force):
        with as_role("owner"), CaptureQueriesContext(connection) as asked:
            actions.content.set_route(area, desk=cast.south, source="test", at=BEFORE)
            before = len(asked)
            queries.content.dead_routes(now=timezone.now())
            costs.append(len(asked) - before)
    assert len(set(costs)) == 1


def test_the_database_lets_nobody_rewrite_a_day_that_is_over(cast):
    as_(cast, Role.COORDINATOR)
    with as_role("owner"):
        over = timezone.localdate() - timedelta(days=2)
        Clock.unrestricted.filter(urgency=Urgency.TODAY).update(valid_until=over)
    with as_role("partner", member_id=cast.colleague.pk):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE concerns_clock SET valid_until = '2999-01-01'")
            assert cursor.rowcount == 2
        with pytest.raises(DatabaseError), transaction.atomic():
            actions.content.set_clock(
                Urgency.TODAY,
                within=timedelta(hours=1),
                escalate_after=timedelta(0),
                source="Back-dated",
                starts=over,
                by=cast.colleague,
                at=timezone.now(),
            )


def test_the_database_lets_a_supervisor_rule_the_own_desk_alone(cast):
    with (
        as_role("partner", member_id=cast.supervisor.pk),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        actions.content.want_second_person(
            cast.south, Step.CLOSE, source="Mine", by=cast.supervisor, at=timezone.now()
        )
    with as_role("owner"):
        assert not SecondPerson.unrestricted.exists()
