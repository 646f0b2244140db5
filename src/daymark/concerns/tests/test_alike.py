"""What ties concerns together, and how little of it a stranger to one of them learns."""

import random
import secrets

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from hypothesis import given
from hypothesis import strategies as st
from tests.roles import as_role

from daymark.access import actions as access
from daymark.concerns import actions, queries, rules
from daymark.concerns.models import Likeness, Mark
from daymark.concerns.terms import Tie
from daymark.concerns.tests.people import NOW, pass_to
from daymark.design.ids import new_id
from daymark.vault import codes

PEPPER = secrets.token_bytes(32)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a white van, EX12 ABC, outside", {(Tie.VEHICLE, "EX12 ABC")}),
        ("reg ex12abc", {(Tie.VEHICLE, "ex12abc")}),
        ("old car M123 XYZ", {(Tie.VEHICLE, "M123 XYZ")}),
        ("call 07700 900123 after six", {(Tie.PHONE, "07700 900123")}),
        ("his number is +44 7700 900 123.", {(Tie.PHONE, "+44 7700 900 123")}),
        ("write to boss@example.org", {(Tie.EMAIL, "boss@example.org")}),
        ("six men, 40 pounds a day, CO2 8JX", set()),
    ],
)
def test_marks_are_found_in_running_text(text: str, found: set):
    assert rules.marks(text) == found


@given(st.sets(st.integers()), st.sets(st.integers()))
def test_alikeness_is_symmetric_and_one_only_for_the_same(one: set, other: set):
    assert rules.alikeness(one, other) == rules.alikeness(other, one)
    assert (rules.alikeness(one, other) == 1.0) == (one == other and bool(one))


def test_a_sample_misses_hardly_a_true_pair_and_spares_most_others():
    chance = random.Random(1)
    pairs = []
    for shared in (0.0, 0.1, 0.2, rules.ALIKE, 0.7, 1.0):
        for _ in range(300):
            both = int(400 * 2 * shared / (1 + shared))
            drawn = chance.sample(range(2**40), 800 - both)
            one, other = sorted(drawn[:400]), sorted(drawn[400 - both : 800 - both])
            asked = rules.perhaps_alike(one, other[: rules.SAMPLE])
            pairs.append((rules.alikeness(one, other) >= rules.ALIKE - 0.01, asked))
    alike = [asked for true, asked in pairs if true]
    apart = [asked for true, asked in pairs if not true]
    assert sum(alike) / len(alike) > 0.99
    assert sum(apart) / len(apart) < 0.01


def test_short_accounts_are_looked_at_whole():
    assert rules.perhaps_alike([1, 2, 3], [1, 2, 3])
    assert not rules.perhaps_alike([1, 2, 3], [4, 5, 6])
    assert not rules.perhaps_alike([], [])


def arrive(what: str, *, where: str = "", danger: bool = False):
    pk = new_id()
    report = actions.door.Report(danger=danger, what=what, where=where, language="en")
    with as_role("public"):
        actions.door.file_report(report, pk=pk, code=codes.new(), pepper=PEPPER, at=NOW)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 1
    return pk


def alike(member, pk):
    with as_role("partner", member_id=member.pk):
        one = queries.desk.concerns_for(member, now=NOW).get(pk=pk)
        return queries.desk.alike(one, member, now=NOW)


def test_the_same_vehicle_ties_two_accounts_however_it_is_spelt(cast):
    first = arrive("A van, EX12 ABC, brings them at five.")
    second = arrive("Saw ex12abc again by the farm.")
    (tied,) = alike(cast.officer, second)
    assert (tied.concern.pk, tied.ties) == (first, ("VEHICLE",))
    assert alike(cast.officer, first)[0].concern.pk == second


def test_near_same_words_are_noticed(cast):
    first = arrive("Six men sleep above the car wash on the quay, they never leave.")
    second = arrive("Six men are sleeping above the car wash at the quay, never leave.")
    (tied,) = alike(cast.officer, second)
    assert (tied.concern.pk, tied.ties) == (first, ("WORDS",))


def test_different_stories_are_not_tied(cast):
    arrive("A nail bar where a girl never speaks.")
    second = arrive("Shellfish pickers on the mud at night.")
    assert alike(cast.officer, second) == []


def test_of_a_concern_one_may_not_know_only_the_desk_is_named(cast):
    first = arrive("A van, EX12 ABC.")
    second = arrive("EX12 ABC at the farm.")
    with as_role("partner", member_id=cast.officer.pk):
        one = queries.desk.concerns_for(cast.officer, now=NOW).get(pk=first)
        pass_to(one, cast.south, by=cast.officer)
    (tied,) = alike(cast.officer, second)
    assert (tied.concern, tied.desk) == (None, cast.south)


def test_of_a_restricted_or_blocked_concern_nothing_is_said(cast):
    first, second = arrive("A van, EX12 ABC."), arrive("EX12 ABC at the farm.")
    with as_role("partner", member_id=cast.supervisor.pk):
        one = queries.desk.concerns_for(cast.supervisor, now=NOW).get(pk=first)
        access.restrict(one.dossier, named=[], by=cast.supervisor, at=NOW)
    assert alike(cast.officer, second) == []
    third = arrive("EX12 ABC once more.")
    with as_role("partner", member_id=cast.supervisor.pk):
        one = queries.desk.concerns_for(cast.supervisor, now=NOW).get(pk=second)
        access.block(one.dossier, cast.officer, "Related", by=cast.supervisor, at=NOW)
    assert alike(cast.officer, third) == []


def test_a_stranger_learns_nothing_by_asking_with_an_id(cast):
    arrive("A van, EX12 ABC.")
    second = arrive("EX12 ABC at the farm.")
    with as_role("partner", member_id=cast.colleague.pk):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM concerns_alike(%s)", [second])
            assert cursor.fetchall() == []


def test_no_page_reads_the_marks_themselves(cast):
    arrive("A van, EX12 ABC.")
    with as_role("partner", member_id=cast.officer.pk):
        for model in (Mark, Likeness):
            with pytest.raises(ProgrammingError), transaction.atomic():
                model.unrestricted.exists()
