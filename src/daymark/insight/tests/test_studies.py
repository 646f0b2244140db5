"""Studies from the file of tokens to the estimate, as pages and worker do it."""

import csv
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.access import actions as access
from daymark.agencies import actions as agencies
from daymark.agencies.models import Agency, Member
from daymark.agencies.terms import Kind, Regime, Role
from daymark.agencies.tests.people import joined, sign_in
from daymark.audit.models import Entry
from daymark.insight import estimating
from daymark.insight.actions import estimations
from daymark.insight.models import Estimation, SeenList, Sighting, Study
from daymark.insight.queries import studies as queries
from daymark.insight.terms import Progress
from daymark.vault import actions as vault

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 2, 9, tzinfo=UTC)
PERIOD = {"first": "2025-01-01", "last": "2025-12-31"}


class Cast:
    """Two agencies under an agreement and a third one, each with an analyst; a navigator."""

    def __init__(self) -> None:
        vault.ensure_search_key(at=AT)
        self.force, self.charity, self.third = (
            agencies.open_agency(
                name=name, kind=Kind.OTHER, regime=Regime.UK_GDPR, valid_from=AT.date(), at=AT
            )
            for name in ("Essex Police", "Harbour Trust", "Third")
        )
        self.analyst = self._member("analyst@essex.test", Role.ANALYST, self.force)
        self.partner = self._member("analyst@harbour.test", Role.ANALYST, self.charity)
        self.stranger = self._member("analyst@third.test", Role.ANALYST, self.third)
        self.navigator = self._member("navigator@essex.test", Role.NAVIGATOR, self.force)
        access.make_agreement(
            title="Agreement",
            agencies=[self.force, self.charity],
            valid_from=AT,
            valid_until=timezone.now() + timedelta(days=90),
            source="test",
            by=None,
            at=AT,
        )

    def _member(self, email: str, role: Role, agency: Agency) -> Member:
        return joined(agency, email, role, name=email, at=AT)


@pytest.fixture
def cast() -> Cast:
    with as_role("owner"):
        return Cast()


def browser(member: Member) -> Client:
    client = Client()
    sign_in(client, member)
    return client


def person(number: int) -> str:
    return hashlib.sha256(f"person {number}".encode()).hexdigest()


def begin(client: Client) -> str:
    given = {"name": "Two coasts", "population": "Potential victims.", **PERIOD}
    answer = client.post(reverse("studies_new"), given)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].rstrip("/").split("/")[-1]


def upload(client: Client, study: str, label: str, rows: list[str], header: str = "token") -> Any:
    file = SimpleUploadedFile(f"{label}.csv", "\n".join([header, *rows]).encode())
    given = {"file": file, "label": label, "source": f"{label}, people met", **PERIOD}
    return client.post(reverse("studies_add", args=[study]), given)


def add(client: Client, study: str, label: str, rows: list[str], header: str = "token") -> None:
    answer = upload(client, study, label, rows, header)
    assert answer.status_code == 302, answer.content.decode()
    assert client.post(answer["Location"]).status_code == 302


def uk2013() -> dict[str, list[str]]:
    """The example that ships with prevalence: tokens for each person of each list."""
    text = resources.files("prevalence").joinpath("data/uk2013_6.csv").read_text()
    header, *rows = csv.reader(text.splitlines())
    lists: dict[str, list[str]] = {name: [] for name in header[:-1]}
    number = 0
    for *on, count in rows:
        for _ in range(int(count)):
            number += 1
            for name, here in zip(lists, on, strict=True):
                if here == "1":
                    lists[name].append(person(number))
    return lists


def work(bench: estimations.Bench, *, until: float = 120) -> None:
    """As the worker does it, look after look, until nothing is left."""
    end = time.monotonic() + until
    with as_role("worker"):
        while time.monotonic() < end:
            estimations.tend(bench, now=timezone.now())
            if bench.work is None:
                return
            time.sleep(0.2)
    bench.clear()
    raise AssertionError("the work did not end")


@pytest.fixture
def bench():
    made = estimations.Bench()
    yield made
    made.clear()


QUICK = {"methods": ["stepwise", "threshold"], "resamples": 200, "threshold": 0.02, "seed": 7}


def asked(client: Client, study: str, **changed: Any) -> Estimation:
    answer = client.post(reverse("studies_estimate", args=[study]), QUICK | changed)
    assert answer.status_code == 302, answer.content.decode()
    with as_role("owner"):
        return Estimation.unrestricted.get(pk=answer["Location"].rstrip("/").split("/")[-1])


def small(client: Client, *, people: int = 400) -> str:
    """A study of three lists that carry an estimate."""
    study = begin(client)
    for label, every in (("A", 2), ("B", 3), ("C", 5)):
        add(client, study, label, [person(n) for n in range(people) if n % every == 0])
    return study


# ---- who may not ----


def test_a_navigator_and_somebody_not_signed_in_are_turned_away(cast):
    study = begin(browser(cast.analyst))
    for name, arguments in (("studies", []), ("studies_new", []), ("studies_one", [study])):
        url = reverse(name, args=arguments)
        assert browser(cast.navigator).get(url).status_code == 403
        assert Client().get(url).status_code == 302


def test_another_agencys_study_answers_as_one_that_is_not_there(cast):
    mine = browser(cast.analyst)
    study = small(mine)
    one = asked(mine, study)
    (first, *_), stranger = queries_lists(study), browser(cast.stranger)
    for name, arguments in (
        ("studies_one", [study]),
        ("studies_add", [study]),
        ("studies_choose", [study]),
        ("studies_list", [study, first]),
        ("studies_leave", [study, first]),
        ("studies_forget", [first]),
        ("studies_show", [study]),
        ("studies_estimate", [study]),
        ("studies_estimation", [one.pk]),
        ("studies_json", [one.pk]),
        ("studies_file", [one.pk, "csv"]),
        ("studies_cancel", [one.pk]),
        ("studies_repeat", [one.pk]),
    ):
        url = reverse(name, args=arguments)
        for send in (stranger.get, stranger.post):
            assert send(url).status_code in {404, 405}, (name, send)
    assert "Two coasts" not in stranger.get(reverse("studies")).content.decode()
    assert not Study.unrestricted.exists()


def queries_lists(study: str) -> list[Any]:
    with as_role("owner"):
        return list(SeenList.unrestricted.order_by("uploaded_at").values_list("pk", flat=True))


# ---- lists ----


def test_a_file_with_one_name_is_refused_whole_and_the_name_is_kept_nowhere(cast):
    client = browser(cast.analyst)
    study = begin(client)
    answer = upload(client, study, "Police", [*(person(n) for n in range(9)), "Anna Featherstone"])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This reads like a name" in page
    assert "Rows" not in page.split("This reads like a name")[1][:60]  # one row: "Row 11"
    assert "11" in page
    assert "Featherstone" not in page
    assert 'value="Police"' in page  # what was typed is not lost
    with as_role("owner"):
        assert not SeenList.unrestricted.exists()
        assert not Sighting.unrestricted.exists()
        (entry,) = Entry.unrestricted.filter(verb="list.refused")
    assert json.loads(entry.details) == {"bad": 1, "rows": 10, "why": ["NAME"]}


def test_what_was_read_in_counts_once_somebody_has_looked_at_it(cast):
    client = browser(cast.analyst)
    study = begin(client)
    rows = [f"{person(n)},F,18-24" for n in (1, 2, 3, 3)]
    answer = upload(client, study, "Police", rows, "token:0a1b2c3d,sex,age")
    page = client.get(answer["Location"]).content.decode()
    assert "1 row repeats a person" in page
    assert "0a1b2c3d" in page
    assert "No list counts yet" in client.get(reverse("studies_one", args=[study])).content.decode()
    assert client.post(answer["Location"]).status_code == 302
    assert "people seen" in client.get(reverse("studies_one", args=[study])).content.decode()
    assert client.get(answer["Location"]).status_code == 404  # there is nothing to look at now


def test_what_was_read_in_can_be_thrown_away_and_gives_way_to_the_next(cast):
    client = browser(cast.analyst)
    study = begin(client)
    first = upload(client, study, "One", [person(1)])["Location"]
    second = upload(client, study, "Two", [person(2)])["Location"]
    assert client.get(first).status_code == 404
    assert client.post(second, {"away": "1"}).status_code == 302
    with as_role("owner"):
        assert not SeenList.unrestricted.exists()
        assert not Sighting.unrestricted.exists()


def test_two_lists_of_a_study_need_names_of_their_own(cast):
    client = browser(cast.analyst)
    study = begin(client)
    add(client, study, "Police", [person(1)])
    waiting = upload(client, study, "Police", [person(2)])["Location"]
    answer = client.post(waiting)
    assert answer.status_code == 422
    assert "this short name" in answer.content.decode()


def test_a_file_too_large_to_hold_is_refused_and_never_written_to_a_disk(
    cast, settings, monkeypatch
):
    def written(*_args: Any) -> None:
        raise AssertionError("Django keeps the upload in a file")

    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryUploadedFile", written)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10_000
    client = browser(cast.analyst)
    answer = upload(client, begin(client), "Police", ["Alma Brook"] * 2_000)
    assert answer.status_code == 422
    assert "Choose a file of at most 25 MB." in answer.content.decode()


def test_a_list_serves_another_study_and_is_left_out_of_one(cast):
    client = browser(cast.analyst)
    first, second = begin(client), begin(client)
    add(client, first, "Police", [person(1)])
    (one,) = queries_lists(first)
    choose = reverse("studies_choose", args=[second])
    assert client.post(choose, {"list": one}).status_code == 302
    assert client.post(choose, {"list": one}).status_code == 422
    assert client.post(reverse("studies_leave", args=[first, one])).status_code == 302
    pages = [
        client.get(reverse("studies_one", args=[pk])).content.decode() for pk in (first, second)
    ]
    assert ["people met" in page for page in pages] == [False, True]


def test_the_tokens_of_a_list_are_deleted_and_what_was_estimated_stays(cast, bench):
    client = browser(cast.analyst)
    study = small(client)
    one = asked(client, study)
    (first, *_) = queries_lists(study)
    forget = reverse("studies_forget", args=[first])
    assert client.get(forget).status_code == 200
    assert client.post(forget).status_code == 302
    with as_role("owner"):
        assert not Sighting.unrestricted.filter(list=first).exists()
        assert SeenList.unrestricted.get(pk=first).forgotten_by_id == cast.analyst.pk
    work(bench)
    page = client.get(reverse("studies_estimation", args=[one.pk])).content.decode()
    assert "The methods side by side" in page
    assert client.get(forget).status_code == 404


# ---- the walls ----


def test_no_serving_role_reads_a_token(cast):
    add(client := browser(cast.analyst), begin(client), "Police", [person(1)])
    for role in ("partner", "worker", "public"):
        with (
            as_role(role, member_id=cast.analyst.pk),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            list(Sighting.unrestricted.values_list("person"))


def test_a_stolen_table_cannot_be_matched_with_a_file(cast):
    """And lists of two agencies cannot be matched with each other."""
    for member in (cast.analyst, cast.partner):
        client = browser(member)
        add(client, begin(client), "Police", [person(1)])
    with as_role("owner"):
        kept = [bytes(one) for one in Sighting.unrestricted.values_list("person", flat=True)]
    given = bytes.fromhex(person(1))
    assert len(set(kept)) == 2
    assert not {given, hashlib.sha256(given).digest()} & set(kept)


def test_the_database_counts_for_nobody_who_may_not_know_the_study(cast):
    study = small(browser(cast.analyst))

    def counted(member: Member | None) -> int:
        with as_role("partner", member_id=member and member.pk), connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(sum(people), 0) FROM insight_patterns(%s, '')", [study])
            return int(cursor.fetchone()[0])

    seen = len({n for n in range(400) for every in (2, 3, 5) if n % every == 0})
    assert counted(cast.analyst) == seen
    assert [counted(one) for one in (cast.stranger, cast.navigator, cast.partner, None)] == [0] * 4


def test_the_database_forgets_no_list_of_another_agency(cast):
    study = small(browser(cast.analyst))
    (first, *_) = queries_lists(study)
    for member in (cast.stranger, cast.navigator):
        with as_role("partner", member_id=member.pk), connection.cursor() as cursor:
            cursor.execute("SELECT insight_forget(%s, now())", [first])
            assert cursor.fetchone() == (False,)
    with as_role("owner"):
        assert Sighting.unrestricted.filter(list=first).count() == 200


def test_checks_taken_away_the_database_still_keeps_the_study(cast, monkeypatch):
    study = small(browser(cast.analyst))
    monkeypatch.setattr(
        queries, "studies_for", lambda member, *, now: Study.unrestricted.select_related("agency")
    )
    monkeypatch.setattr(queries, "own_studies", lambda member: Study.unrestricted.all())
    stranger = browser(cast.stranger)
    assert stranger.get(reverse("studies_one", args=[study])).status_code == 404
    assert stranger.get(reverse("studies_estimate", args=[study])).status_code == 404
    assert "Two coasts" not in stranger.get(reverse("studies")).content.decode()


# ---- showing it ----


def test_a_study_is_shown_to_read_and_hidden_again(cast, bench):
    mine, theirs = browser(cast.analyst), browser(cast.partner)
    study = small(mine)
    one = asked(mine, study)
    work(bench)
    url, result = reverse("studies_one", args=[study]), reverse("studies_estimation", args=[one.pk])
    assert theirs.get(url).status_code == 404
    until = (timezone.now() + timedelta(days=30)).date().isoformat()
    given = {"agency": cast.charity.pk, "until": until}
    assert mine.post(reverse("studies_show", args=[study]), given).status_code == 302
    page = theirs.get(url).content.decode()
    assert "Two coasts" in page
    assert "Add a list" not in page
    assert "Repeat exactly" not in theirs.get(result).content.decode()
    for name, pk in (
        ("studies_add", study),
        ("studies_estimate", study),
        ("studies_show", study),
        ("studies_repeat", one.pk),
        ("studies_cancel", one.pk),
    ):
        assert theirs.post(reverse(name, args=[pk])).status_code == 404, name
    with as_role("owner"):
        (share,) = Study.unrestricted.get(pk=study).shares.all()
    assert theirs.post(reverse("studies_hide", args=[share.pk])).status_code == 404
    assert mine.post(reverse("studies_hide", args=[share.pk])).status_code == 302
    assert theirs.get(url).status_code == theirs.get(result).status_code == 404


def test_a_study_is_shown_no_longer_than_an_agreement_lasts(cast):
    client = browser(cast.analyst)
    study = begin(client)
    show = reverse("studies_show", args=[study])
    late = (timezone.now() + timedelta(days=400)).date().isoformat()
    answer = client.post(show, {"agency": cast.charity.pk, "until": late})
    assert answer.status_code == 422
    assert "no agreement" in answer.content.decode()
    soon = (timezone.now() + timedelta(days=4)).date().isoformat()
    assert client.post(show, {"agency": cast.third.pk, "until": soon}).status_code == 422


# ---- estimating ----


def test_the_six_lists_of_2013_from_tokens_to_the_published_figures(cast, bench):
    """What the official estimate came to, through every door: upload, count, worker, page."""
    client = browser(cast.analyst)
    study = begin(client)
    for label, rows in uk2013().items():
        add(client, study, label, rows)
    page = client.get(reverse("studies_one", args=[study])).content.decode()
    assert "2744" in page.replace(",", "")
    assert "never publish" in page
    assert "LA:GP" in page  # shares nobody
    one = asked(client, study, methods=["stepwise", "threshold", "latent"])
    assert one.data_hash == prevalence_hash()
    waiting = client.get(reverse("studies_estimation", args=[one.pk]))
    assert waiting["Refresh"] == "3"
    assert "Refresh" not in client.get(reverse("studies_estimation", args=[one.pk]) + "?still")
    work(bench)
    one = reread(one)
    assert one.state == Progress.DONE, one.trouble
    by_method = {found["method"]: found for found in one.result["results"]}
    assert round(by_method["stepwise"]["estimate"]) == 11_418
    assert round(by_method["threshold"]["estimate"], -2) == 12_400
    assert one.result["verdict"] == "do not publish"
    answer = client.get(reverse("studies_estimation", args=[one.pk]))
    page = answer.content.decode()
    assert "Refresh" not in answer
    for told in ("11,418", "Do not publish", one.data_hash, "No list feeds another", "numpy"):
        assert told in page
    kept = json.loads(client.get(reverse("studies_json", args=[one.pk])).content)
    assert kept["result"] == one.result
    assert kept["seed"] == 7
    for form in ("csv", "xlsx", "svg", "png"):
        assert client.get(reverse("studies_file", args=[one.pk, form])).status_code == 200
    numbers = client.get(reverse("studies_file", args=[one.pk, "csv"])).content.decode()
    for told in ("11,418", "Verdict: Do not publish", one.data_hash[:12], "seed:7"):
        assert told in numbers


def prevalence_hash() -> str:
    from prevalence import CaptureTable

    with resources.as_file(resources.files("prevalence").joinpath("data/uk2013_6.csv")) as path:
        return CaptureTable.from_csv(path).hash()


def reread(one: Estimation) -> Estimation:
    with as_role("owner"):
        return Estimation.unrestricted.get(pk=one.pk)


def test_the_same_counts_options_and_seed_give_the_same_result_to_the_last_digit(cast, bench):
    client = browser(cast.analyst)
    study = small(client)
    first = asked(client, study, methods=["stepwise", "graphs", "latent", "threshold"])
    work(bench)
    answer = client.post(reverse("studies_repeat", args=[first.pk]))
    work(bench)
    page = client.get(answer["Location"]).content.decode()
    assert "Identical, to the last digit" in page
    with as_role("owner"):
        again = Estimation.unrestricted.get(repeats=first.pk)
        other = Estimation.unrestricted.get(pk=first.pk)
    assert again.data_hash == other.data_hash
    assert json.dumps(again.result, sort_keys=True) == json.dumps(other.result, sort_keys=True)
    another = asked(client, study, methods=["threshold"], seed=8)
    work(bench)
    (found,) = reread(another).result["results"]
    (before,) = (one for one in other.result["results"] if one["method"] == "threshold")
    assert found["options"] == before["options"]
    assert not estimating.same(found, before)


def test_lists_that_carry_no_estimate_need_a_written_reason(cast, bench):
    client = browser(cast.analyst)
    study = small(client, people=60)
    url = reverse("studies_estimate", args=[study])
    assert "do not carry an estimate" in client.get(url).content.decode()
    answer = client.post(url, QUICK | {"override": "because"})
    assert answer.status_code == 422
    one = asked(client, study, override="To show partners how it would look.")
    work(bench)
    assert reread(one).result["verdict"] == "do not publish"
    page = client.get(reverse("studies_estimation", args=[one.pk])).content.decode()
    assert "To show partners how it would look." in page


def test_lists_that_share_nobody_are_told_what_may_be_wrong(cast):
    client = browser(cast.analyst)
    study = begin(client)
    add(client, study, "A", [person(1)], "token:00000001")
    add(client, study, "B", [person(2)], "token:00000002")
    assert "different project secrets" in (
        client.get(reverse("studies_one", args=[study])).content.decode()
    )
    assert "Nobody is on two lists" in (
        client.get(reverse("studies_estimate", args=[study])).content.decode()
    )


def test_strata_are_counted_where_all_lists_have_them(cast):
    client = browser(cast.analyst)
    study = begin(client)
    for label, every, sex in (("A", 2, "F"), ("B", 3, "F"), ("C", 5, "M")):
        rows = [f"{person(n)},{sex if n else ''}" for n in range(300) if n % every == 0]
        add(client, study, label, rows, "token,sex")
    one = asked(client, study, strata=["SEX"])
    sexes = one.table["strata"]["SEX"]
    assert set(sexes) == {"F", "M", "U"}  # U: not known, or the lists disagree
    together: dict[str, int] = {}
    for counts in sexes.values():
        for pattern, people in counts.items():
            together[pattern] = together.get(pattern, 0) + people
    assert together == one.table["counts"]


def test_work_is_cancelled_before_and_after_it_has_begun(cast, bench):
    client = browser(cast.analyst)
    study = small(client)
    begun = asked(client, study, methods=["stepwise"], resamples=50_000)
    waiting = asked(client, study)
    with as_role("worker"):
        estimations.tend(bench, now=timezone.now())
    process = bench.work._process
    for one in (begun, waiting):
        assert client.post(reverse("studies_cancel", args=[one.pk])).status_code == 302
    work(bench)
    assert process.poll() is not None
    assert [reread(one).state for one in (begun, waiting)] == [Progress.CANCELLED] * 2
    page = client.get(reverse("studies_estimation", args=[begun.pk])).content.decode()
    assert "Cancelled by" in page


def test_progress_is_told_while_the_work_goes_on(cast, bench):
    client = browser(cast.analyst)
    one = asked(client, small(client), methods=["stepwise"], resamples=50_000)
    seen: set[int] = set()
    told = ""
    for _ in range(150):
        with as_role("worker"):
            estimations.tend(bench, now=timezone.now())
            seen.add(Estimation.unrestricted.get(pk=one.pk).done)
        page = client.get(reverse("studies_estimation", args=[one.pk])).content.decode()
        told = page if "of 51 steps done" in page else told
        if len(seen) > 2 and told:
            break
        time.sleep(0.1)
    assert len(seen) > 2
    assert told


def test_work_whose_worker_died_is_begun_again_and_comes_to_the_same(cast, bench):
    client = browser(cast.analyst)
    one = asked(client, small(client))
    dead = estimations.Bench()
    with as_role("worker"):
        estimations.tend(dead, now=timezone.now())
        dead.work.stop()
        estimations.tend(bench, now=timezone.now())
        assert bench.work is None  # it may still be at it
        estimations.tend(bench, now=timezone.now() + estimations.LOST * 2)
    assert bench.work is not None
    work(bench)
    again = reread(one)
    assert (again.state, again.tries) == (Progress.DONE, 2)


def test_work_that_kills_its_worker_each_time_is_given_up(cast, bench):
    client = browser(cast.analyst)
    one = asked(client, small(client))
    with as_role("owner"):
        Estimation.unrestricted.filter(pk=one.pk).update(
            state=Progress.RUNNING, tries=3, seen_at=AT, worker=bench.worker
        )
    with as_role("worker"):
        estimations.tend(bench, now=timezone.now())
    page = client.get(reverse("studies_estimation", args=[one.pk])).content.decode()
    assert "begun 3 times" in page


def test_a_look_that_fails_loses_no_result(cast, bench, monkeypatch):
    """The database may be away for the one look in which the work says what it found."""
    client = browser(cast.analyst)
    one = asked(client, small(client))
    with as_role("worker"):
        estimations.tend(bench, now=timezone.now())
        bench.work._process.wait()
        with monkeypatch.context() as patched:
            patched.setattr(estimations, "_finish", away)
            with pytest.raises(DatabaseError):
                estimations.tend(bench, now=timezone.now())
    work(bench)
    again = reread(one)
    assert (again.state, again.tries) == (Progress.DONE, 1), again.trouble


def away(*_args: Any, **_said: Any) -> None:
    raise DatabaseError


def test_a_failure_is_shown_and_can_be_tried_again(cast, bench):
    client = browser(cast.analyst)
    one = asked(client, small(client), methods=["stepwise"], resamples=50_000)
    with as_role("worker"):
        estimations.tend(bench, now=timezone.now())
        bench.work._process.kill()  # as the system does when memory runs out
    work(bench)
    page = client.get(reverse("studies_estimation", args=[one.pk])).content.decode()
    assert "It could not be worked out" in page
    assert "(code -9)" in page
    assert "Repeat exactly" in page
    assert client.get(reverse("studies_json", args=[one.pk])).status_code == 404


def test_the_work_knows_no_key_and_no_address_of_the_database(cast, bench, monkeypatch):
    client = browser(cast.analyst)
    asked(client, small(client), methods=["stepwise"], resamples=50_000)
    with as_role("worker"):
        estimations.tend(bench, now=timezone.now())
    with open(f"/proc/{bench.work._process.pid}/environ") as told:
        names = {line.split("=")[0] for line in told.read().split("\0")}
    assert not {name for name in names if name.startswith(("DAYMARK", "DATABASE", "DJANGO"))}


# ---- the trail ----


def test_everything_is_written_down(cast, bench):
    client = browser(cast.analyst)
    study = small(client)
    client.get(reverse("studies_one", args=[study]))
    one = asked(client, study)
    work(bench)
    client.get(reverse("studies_estimation", args=[one.pk]))
    client.get(reverse("studies_json", args=[one.pk]))
    (first, *_) = queries_lists(study)
    client.post(reverse("studies_forget", args=[first]))
    with as_role("owner"):
        verbs = set(Entry.unrestricted.values_list("verb", flat=True))
    assert verbs >= {
        "study.begun", "study.read", "list.read_in", "list.accepted", "list.chosen",
        "list.forgotten", "estimation.asked", "estimation.begun", "estimation.done",
        "estimation.read", "estimation.exported",
    }  # fmt: skip
