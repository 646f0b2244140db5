"""Counting, and the gate between a count and a page."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from tests.roles import as_role

from daymark.access.context import acting_for
from daymark.audit.models import Entry
from daymark.insight import gate
from daymark.insight.actions import counts as actions
from daymark.insight.definitions import ALL, Definition, Ground, NotAView, months_of
from daymark.insight.models import Gate, Release, Run, Scope, Tally, View
from daymark.insight.queries import counts as queries
from daymark.insight.showing import Shown
from daymark.insight.terms import OTHER, SEVERAL, Audience, By, Schedule, Why
from prevalence.disclosure import attacking

from .counted import (
    BASILDON,
    COLCHESTER,
    CRIMINAL,
    ESSEX,
    KENT,
    LABOUR,
    MAIDSTONE,
    MONTHS,
    NOW,
    SEXUAL,
    TENDRING,
    People,
    concern,
    people,
    tell,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]

OCTOBER = "2026-10"
# Many of two types everywhere, few of the third: only a difference of two tables tells the third.
PLENTY = {
    (area, kind, OCTOBER): number
    for area, numbers in {
        BASILDON: (14, 12, 1),
        COLCHESTER: (9, 21, 3),
        TENDRING: (17, 8, 2),
        MAIDSTONE: (11, 10, 4),
    }.items()
    for kind, number in zip((LABOUR, SEXUAL, CRIMINAL), numbers, strict=True)
}
FOUR = (BASILDON, COLCHESTER, TENDRING, MAIDSTONE)
EVERYBODY = Definition(period=OCTOBER, areas=FOUR, by=(By.COUNCIL,))
OF_TWO_TYPES = Definition(period=OCTOBER, areas=FOUR, types=(LABOUR, SEXUAL), by=(By.COUNCIL,))


@pytest.fixture
def cast(db) -> People:
    with as_role("owner"):
        return people()


@pytest.fixture
def counted(cast: People) -> People:
    with as_role("owner"):
        tell(PLENTY)
    return cast


def show(definition: Definition, member, **options: object) -> Release:
    with acting_for(member):
        return actions.show(definition, to=member, at=NOW, **options)


# ---- counting ----


def test_a_month_is_counted_by_area_and_type_once_it_is_over(cast: People):
    october, late = (datetime(2026, month, 5, tzinfo=UTC) for month in (10, 11))
    with as_role("owner"):
        concern(cast.desk, october, area=BASILDON, types=("labour",))
        concern(cast.desk, october, area=BASILDON, types=("labour", "county-lines", "sexual"))
        concern(cast.desk, october, area=BASILDON, types=("criminal", "cuckooing"))
        concern(cast.desk, october, area=ESSEX)
        concern(cast.desk, october, area="E07000178", types=("other",))
        concern(cast.desk, october)
        concern(cast.desk, late, area=BASILDON)
    with as_role("worker"):
        counted = actions.count_months(now=NOW)
        assert [f"{one.month:%Y-%m}" for one in counted] == [OCTOBER]
        assert actions.count_months(now=NOW) == []
    cells = {(cell["area"], cell["type"]): cell["concerns"] for cell in counted[0].cells}
    assert cells == {
        (BASILDON, LABOUR): 1,
        (BASILDON, SEVERAL): 1,
        (BASILDON, CRIMINAL): 1,
        (ESSEX + OTHER, OTHER): 1,
        (OTHER, OTHER): 2,
    }


def test_tests_and_what_only_the_named_know_are_not_counted(cast: People):
    at = datetime(2026, 10, 5, tzinfo=UTC)
    with as_role("owner"):
        concern(cast.desk, at, area=BASILDON)
        concern(cast.desk, at, area=BASILDON, restricted_by=cast.officer)
        concern(cast.desk, at, area=BASILDON, closed_because="TEST")
    with as_role("worker"):
        (tally,) = actions.count_months(now=NOW)
    assert sum(cell["concerns"] for cell in tally.cells) == 1


def test_what_was_counted_stays_whatever_happens_to_a_concern(cast: People):
    at = datetime(2026, 10, 5, tzinfo=UTC)
    with as_role("owner"):
        one = concern(cast.desk, at, area=BASILDON, types=("labour",))
    with as_role("worker"):
        (before,) = actions.count_months(now=NOW)
    with as_role("owner"):
        type(one).unrestricted.filter(pk=one.pk).update(types=["sexual"])
    with as_role("worker"):
        assert actions.count_months(now=NOW) == []
        assert Tally.unrestricted.get().cells == before.cells


def test_a_month_is_counted_only_after_the_days_the_gate_says(cast: People):
    with as_role("owner"):
        concern(cast.desk, datetime(2026, 10, 5, tzinfo=UTC))
    with as_role("worker"):
        assert actions.count_months(now=datetime(2026, 11, 10, tzinfo=UTC)) == []
        assert len(actions.count_months(now=datetime(2026, 11, 16, tzinfo=UTC))) == 1


# ---- what the database gives, and to whom ----


def raw(*columns: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns) or '*'}"
            " FROM insight_counts((SELECT id FROM insight_scope), '2020-01-01', '2030-01-01')"
        )
        return cursor.fetchall()


def test_the_function_counts_for_those_who_may_and_for_nobody_else(counted: People):
    for member in (counted.analyst, counted.second, counted.commissioner, counted.coordinator):
        with as_role("partner", member_id=member.pk):
            assert len(raw()) == len(PLENTY)
    with as_role("partner", member_id=counted.officer.pk):
        assert raw() == []
    with as_role("partner"):
        assert raw() == []
    with (
        as_role("public"),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        raw()


def test_it_gives_area_type_month_and_count_and_nothing_else(counted: People):
    with as_role("partner", member_id=counted.analyst.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM insight_counts((SELECT id FROM insight_scope), '2020-01-01',"
            " '2030-01-01')"
        )
        assert [column.name for column in cursor.description] == [
            "month",
            "area",
            "type",
            "concerns",
        ]


def test_an_analyst_reads_no_concern_and_no_tally(counted: People):
    with as_role("owner"):
        concern(counted.desk, NOW, area=BASILDON)
    with as_role("partner", member_id=counted.analyst.pk), connection.cursor() as cursor:
        for table in ("access_dossier", "concerns_concern", "concerns_account"):
            cursor.execute(f"SELECT * FROM {table}")
            assert cursor.fetchall() == []
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute("SELECT cells FROM insight_tally")


@pytest.mark.parametrize("table", ["insight_release", "insight_tally"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("role", ["partner", "worker", "public", "owner"])
def test_nobody_changes_what_was_counted_or_released(role: str, act: str, table: str, counted):
    show(EVERYBODY, counted.analyst)
    with as_role("owner"):
        before = Release.unrestricted.count(), Tally.unrestricted.count()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing pending refuses instead
    with (
        as_role(role, member_id=counted.analyst.pk),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match=r"permission denied|append-only"),
        transaction.atomic(),
    ):
        cursor.execute(act.format(table))
    with as_role("owner"):
        assert (Release.unrestricted.count(), Tally.unrestricted.count()) == before


# ---- the gate ----


def test_nothing_small_is_shown(counted: People):
    by_type = Definition(period=OCTOBER, by=(By.COUNCIL, By.TYPE))
    release = show(by_type, counted.analyst)
    told = gate.read(release.body)
    assert told[BASILDON, CRIMINAL, OCTOBER] is None
    assert told[COLCHESTER, CRIMINAL, OCTOBER] is None
    assert told[ALL, ALL, OCTOBER] == sum(PLENTY.values())
    assert gate.exposed([told]) == 0


def test_two_tables_that_pass_alone_are_refused_together(counted: People):
    """By council everybody, then only two types of three: the difference is the third."""
    first = show(EVERYBODY, counted.analyst)
    assert None not in gate.read(first.body).shown
    with pytest.raises(actions.Refused) as refused:
        show(OF_TWO_TYPES, counted.analyst)
    assert refused.value.stopped.why is Why.SUBTRACTED
    assert [one.pk for one in refused.value.earlier] == [first.pk]
    for number in (1, 2, 3, 4):
        assert f"must be {number}" not in str(refused.value)


def test_each_of_the_two_passes_alone(counted: People):
    assert None not in gate.read(show(OF_TWO_TYPES, counted.analyst).body).shown


def test_what_a_colleague_was_shown_counts_as_well(counted: People):
    first = show(EVERYBODY, counted.second)
    with pytest.raises(actions.Refused) as refused:
        show(OF_TWO_TYPES, counted.analyst)
    assert [one.pk for one in refused.value.earlier] == [first.pk]


def test_a_refused_table_may_leave_with_more_of_it_hidden(counted: People):
    first = show(EVERYBODY, counted.analyst)
    with pytest.raises(actions.Refused) as refused:
        show(OF_TWO_TYPES, counted.analyst)
    assert not refused.value.stopped.helps  # one column of four: what is left is all small
    longer = Definition(period=OCTOBER, areas=FOUR, by=(By.COUNCIL, By.TYPE))
    try:
        second = show(longer, counted.analyst)
    except actions.Refused:
        second = show(longer, counted.analyst, hide_more=True)
    assert gate.exposed([gate.read(one.body) for one in (first, second)]) == 0


def test_a_refused_table_leaves_nothing_in_the_ledger(counted: People):
    show(EVERYBODY, counted.analyst)
    with pytest.raises(actions.Refused):
        show(OF_TWO_TYPES, counted.analyst)
    with as_role("owner"):
        assert Release.unrestricted.count() == 1


def test_the_innocent_are_not_named(counted: People):
    labour = Definition(period=OCTOBER, areas=FOUR, types=(LABOUR,), by=(By.COUNCIL,))
    other = show(labour, counted.analyst)
    guilty = show(EVERYBODY, counted.analyst)
    with pytest.raises(actions.Refused) as refused:
        show(OF_TWO_TYPES, counted.analyst)
    assert [one.pk for one in refused.value.earlier] == [guilty.pk]
    assert other.pk != guilty.pk


def test_the_same_view_gives_the_same_again_to_whoever_asks(counted: People):
    first = show(EVERYBODY, counted.analyst)
    assert show(EVERYBODY, counted.analyst).pk == first.pk
    again = show(EVERYBODY, counted.second)
    assert (again.body, again.reader_id) == (first.body, counted.second.pk)
    latest = Definition(period="last-1", areas=tuple(reversed(FOUR)), by=(By.COUNCIL,))
    assert show(latest, counted.analyst).pk == first.pk


def test_a_table_without_a_number_left_is_refused(cast: People):
    with as_role("owner"):
        tell({(BASILDON, LABOUR, OCTOBER): 2})
    with pytest.raises(actions.Refused) as refused:
        show(Definition(period=OCTOBER, areas=(BASILDON,)), cast.analyst)
    assert refused.value.stopped.why is Why.NOTHING_LEFT


def test_a_higher_minimum_holds_from_the_next_table_on(counted: People):
    with as_role("partner", member_id=counted.coordinator.pk):
        actions.set_gate(
            minimum=10, counted_after_days=14, source="Board, 2 Nov", by=counted.coordinator, at=NOW
        )
    told = gate.read(show(EVERYBODY, counted.analyst).body)
    assert told.minimum == 10
    assert Gate.unrestricted.filter(valid_until=None).get().source == "Board, 2 Nov"


def test_publishing_makes_of_a_draft_what_everybody_reads(counted: People):
    shown = show(EVERYBODY, counted.analyst)
    with as_role("partner", member_id=counted.officer.pk):
        assert not queries.releases_for(counted.officer).exists()
    with acting_for(counted.analyst):
        out = actions.publish(shown, by=counted.analyst, at=NOW)
        assert actions.publish(shown, by=counted.analyst, at=NOW).pk == out.pk
    with as_role("partner", member_id=counted.officer.pk):
        found = queries.releases_for(counted.officer).get()
    assert (found.body, found.digest, found.made_by_id) == (
        shown.body,
        shown.digest,
        counted.analyst.pk,
    )
    with as_role("owner"):
        verbs = Counter(Entry.unrestricted.values_list("verb", flat=True))
    assert (verbs["counts.shown"], verbs["counts.published"]) == (1, 1)


def test_a_commissioner_counts_and_does_not_publish(counted: People):
    shown = show(EVERYBODY, counted.commissioner)
    with acting_for(counted.commissioner), pytest.raises(actions.MayNotPublish):
        actions.publish(shown, by=counted.commissioner, at=NOW)


def test_a_gate_raised_after_midnight_holds_in_that_hour_of_summer_too(counted: People):
    """Half past midnight here is still the day before in the clock that records keep."""
    shown = show(EVERYBODY, counted.analyst)
    night = datetime(2027, 6, 1, 23, 30, tzinfo=UTC)
    with as_role("owner"):
        actions.set_gate(minimum=20, counted_after_days=14, source="test", by=None, at=night)
    with acting_for(counted.analyst), pytest.raises(actions.Outgrown):
        actions.publish(shown, by=counted.analyst, at=night)


def test_attacked_as_one_a_ledger_of_random_views_gives_nothing_away(cast: People):
    """Through the room's own gate: random counts, random views in random order, all that left."""
    rng = np.random.default_rng(7)
    kinds = (LABOUR, SEXUAL, CRIMINAL, SEVERAL, OTHER)
    areas = (*FOUR, ESSEX + OTHER, OTHER)
    mean = rng.gamma(0.7, 6.0, (len(areas), len(kinds)))
    months = MONTHS[-4:]
    with as_role("owner"):
        tell(
            {
                (area, kind, month): int(rng.poisson(mean[a, k]))
                for a, area in enumerate(areas)
                for k, kind in enumerate(kinds)
                for month in months
            }
        )
    by = [(), (By.FORCE,), (By.TYPE,), (By.MONTH,), (By.FORCE, By.TYPE), (By.FORCE, By.MONTH)]
    chosen = [(), (ESSEX,), (BASILDON, MAIDSTONE), (KENT, TENDRING)]
    periods = ["last-1", "last-3", f"{months[0]}/{months[-1]}", months[1]]
    refused = 0
    for _ in range(60):
        view = Definition(
            period=periods[rng.integers(len(periods))],
            areas=chosen[rng.integers(len(chosen))],
            types=() if rng.random() < 0.6 else kinds[: rng.integers(1, 3)],
            by=by[rng.integers(len(by))],
        )
        try:
            show(view, cast.analyst, hide_more=rng.random() < 0.5)
        except NotAView:
            continue  # councils alone, by force
        except actions.Refused:
            refused += 1
    with as_role("owner"):
        ledger = [gate.read(one.body) for one in Release.unrestricted.all()]
    attacking._solved.clear()  # so that the adversary takes nothing over from the gate
    assert gate.exposed(ledger) == 0
    assert len(ledger) > 10
    assert refused > 0


# ---- what a view may ask ----

GROUND = Ground({ESSEX: (BASILDON, COLCHESTER)}, (LABOUR, SEXUAL), MONTHS)


@pytest.mark.parametrize(
    ("view", "part"),
    [
        (Definition(by=(By.FORCE, By.COUNCIL)), "by"),
        (Definition(by=(By.MONTH, By.QUARTER)), "by"),
        (Definition(by=(By.AGE,)), "by"),
        (Definition(areas=("E07000178",)), "areas"),
        (Definition(types=("AGE",)), "types"),
        (Definition(period="2027-01"), "period"),
        (Definition(period="last-99"), "period"),
        (Definition(areas=(BASILDON,), by=(By.FORCE,)), "areas"),
    ],
)
def test_what_makes_no_table_names_the_choice(view: Definition, part: str):
    with pytest.raises(NotAView) as wrong:
        view.axes(GROUND)
    assert wrong.value.part == part


def test_a_period_has_one_name_however_it_was_chosen():
    assert months_of("last-3", MONTHS) == months_of("2026-08/2026-10", MONTHS)
    said = {
        Definition(period=period).settled(GROUND)["period"]
        for period in ("last-12", "2025-11/2026-10")
    }
    assert said == {"2025-11/2026-10"}


def test_areas_shown_are_complete_only_where_they_are_all():
    everywhere = Definition(by=(By.COUNCIL,)).axes(GROUND)[0]
    assert everywhere.complete
    assert everywhere.categories == (
        BASILDON,
        COLCHESTER,
        ESSEX + OTHER,
        ESSEX,
        OTHER,
        ALL,
    )
    assert not Definition(by=(By.COUNCIL,), areas=(ESSEX,)).axes(GROUND)[0].complete


# ---- schedules ----


def view_of(definition: Definition, member, schedule: Schedule) -> View:
    with acting_for(member):
        return actions.save_view(
            definition.written,
            name="Councils",
            audience=Audience.OWNER,
            schedule=schedule,
            by=member,
            at=NOW,
        )


LATEST = Definition(period="last-1", areas=FOUR, by=(By.COUNCIL,))


def test_a_scheduled_view_is_counted_once_a_month_and_its_owner_is_told(counted: People):
    view_of(LATEST, counted.analyst, Schedule.MONTHLY)
    with as_role("worker"):
        (run,) = actions.run_schedules(now=NOW)
        assert actions.run_schedules(now=NOW) == []
    assert run.release is not None
    assert run.release.reader_id == counted.analyst.pk
    with acting_for(counted.analyst):
        assert queries.unseen_runs(counted.analyst).get().pk == run.pk
        actions.see_runs(by=counted.analyst, at=NOW)
        assert not queries.unseen_runs(counted.analyst).exists()
    with acting_for(counted.second):
        assert not queries.runs_for(counted.second).exists()


def test_a_quarterly_view_waits_for_the_end_of_a_quarter(counted: People):
    view_of(LATEST, counted.analyst, Schedule.QUARTERLY)
    with as_role("worker"):
        (run,) = actions.run_schedules(now=NOW)
    assert f"{run.month:%Y-%m}" == "2026-09"


def test_a_schedule_does_not_pass_the_gate_by(counted: People):
    show(EVERYBODY, counted.second)
    two = Definition(period="last-1", areas=FOUR, types=(LABOUR, SEXUAL), by=(By.COUNCIL,))
    view_of(two, counted.analyst, Schedule.MONTHLY)
    with as_role("worker"):
        (run,) = actions.run_schedules(now=NOW)
    assert run.release is None
    assert "Together with what was shown before" in run.refused
    with as_role("owner"):
        assert Release.unrestricted.count() == 1
        assert Entry.unrestricted.filter(verb="counts.refused", actor=None).count() == 1


def test_a_schedule_ends_with_its_owners_permission(counted: People):
    view_of(LATEST, counted.analyst, Schedule.MONTHLY)
    with as_role("owner"):
        type(counted.analyst).unrestricted.filter(pk=counted.analyst.pk).update(role="DETECTIVE")
    with as_role("worker"):
        assert actions.run_schedules(now=NOW) == []
    with as_role("owner"):
        assert not Run.unrestricted.exists()


# ---- how it reads ----


def test_a_table_reads_as_what_it_counted(counted: People):
    release = show(
        Definition(period=OCTOBER, areas=(ESSEX, MAIDSTONE), by=(By.COUNCIL, By.TYPE)),
        counted.analyst,
    )
    assert release.title == "Concerns by council and type: Essex, Maidstone, October 2026"
    shown = Shown(release.body, queries.names(Scope.unrestricted.get()))
    rows = {row[0]: row[1:] for row in shown.rows()}
    assert shown.columns[0] == "Area"
    assert shown.columns[-1] == "All types"
    assert rows["Basildon"][shown.columns.index("Criminal") - 1] == "[c]"
    assert "Essex, council not known" in rows


def test_a_rate_fits_as_many_counts_as_a_hidden_number_has(counted: People):
    release = show(EVERYBODY, counted.analyst)
    shown = Shown(release.body, {})
    living = {BASILDON: 188_000, COLCHESTER: 192_700, TENDRING: 148_300, MAIDSTONE: 175_800}
    rates = {row[0]: float(row[1]) for row in shown.rates(living)}
    assert rates[COLCHESTER] == 15  # 33 are 17.1 for each 100,000, to the next 5
    for code, people_there in living.items():
        fits = [n for n in range(100) if abs(n * 100_000 / people_there - rates[code]) < 2.5]
        assert len(fits) >= shown.minimum - 1
