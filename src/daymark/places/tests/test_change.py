"""Councils are replaced: who stood in whose place on a day, and what counts become."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.roles import as_role

from daymark.places import queries, rules
from daymark.places.models import Area, Postcode, Residents, Succession

pytestmark = pytest.mark.django_db

START, SPLIT = date(1974, 4, 1), date(2028, 4, 1)


def area(code: str, *, valid_from: date = START, valid_to: date | None = None) -> Area:
    return Area.unrestricted.create(
        code=code, name=code, kind="DISTRICT", valid_from=valid_from, valid_to=valid_to
    )


def succeed(old: Area, new: Area, share: str) -> None:
    Succession.unrestricted.create(
        predecessor=old, successor=new, from_date=SPLIT, share=Decimal(share)
    )


@pytest.fixture
def councils() -> dict[str, Area]:
    """Two old councils become part of one new one; a third is split between both new ones."""
    with as_role("owner"):
        old = {c: area(c, valid_to=SPLIT) for c in ("OLD1", "OLD2", "OLD3")}
        new = {c: area(c, valid_from=SPLIT) for c in ("NEW1", "NEW2")}
        succeed(old["OLD1"], new["NEW1"], "1")
        succeed(old["OLD2"], new["NEW1"], "1")
        succeed(old["OLD3"], new["NEW1"], "0.25")
        succeed(old["OLD3"], new["NEW2"], "0.75")
        Postcode.unrestricted.create(code="CM11AA", district=old["OLD1"])
        Postcode.unrestricted.create(code="CM11AB", district=old["OLD3"])
        Postcode.unrestricted.create(code="CM11AD", district=new["NEW1"])
    return old | new


def test_a_postcode_belongs_to_the_council_of_the_day(councils: dict[str, Area]) -> None:
    assert queries.area_of("CM1 1AA", on=date(2028, 3, 31)) == councils["OLD1"]
    assert queries.area_of("CM1 1AA", on=SPLIT) == councils["NEW1"]


def test_where_a_postcode_cannot_tell_the_council_nothing_is_guessed(
    councils: dict[str, Area],
) -> None:
    assert queries.area_of("CM1 1AB", on=SPLIT) is None  # its council was split
    assert queries.area_of("CM1 1AD", on=date(2027, 1, 1)) is None  # several were merged
    assert queries.area_of("CM1 1AA", on=date(1970, 1, 1)) is None  # older than any record
    assert queries.area_of("CM1 1ZZ", on=SPLIT) is None
    assert queries.area_of("Chelmsford", on=SPLIT) is None


def test_only_areas_of_the_day_are_listed(councils: dict[str, Area]) -> None:
    assert {a.code for a in queries.areas(on=SPLIT)} == {"NEW1", "NEW2"}
    assert {a.code for a in queries.areas(on=date(2028, 3, 31))} == {"OLD1", "OLD2", "OLD3"}


def test_old_counts_become_new_counts_with_the_same_total(councils: dict[str, Area]) -> None:
    counts = {councils[c].pk: Fraction(n) for c, n in (("OLD1", 10), ("OLD2", 20), ("OLD3", 8))}
    carried = rules.carry(counts, queries.shares(to=SPLIT))
    assert carried == {councils["NEW1"].pk: 32, councils["NEW2"].pk: 6}
    assert rules.carry(counts, queries.shares(to=date(2028, 3, 31))) == counts


@pytest.mark.parametrize("share", ["0", "1.01", "-0.5"])
def test_a_share_is_more_than_nothing_and_at_most_all(
    councils: dict[str, Area], share: str
) -> None:
    with as_role("owner"), pytest.raises(IntegrityError, match="share_is_a_share"):
        succeed(councils["OLD1"], councils["NEW2"], share)


def test_an_area_ends_after_it_starts() -> None:
    with as_role("owner"), pytest.raises(IntegrityError, match="area_ends_after_it_starts"):
        area("BAD", valid_from=SPLIT, valid_to=SPLIT)


# ---- any change at all ----

ESSEX = date(2028, 4, 1)
"""The day on which the councils of Essex may be replaced; an example, since no order is made."""


@pytest.fixture(scope="module")
def essex(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    from django.db import transaction

    from daymark.places import actions

    with django_db_blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE daymark_owner")
        actions.load_areas(at=datetime(2026, 11, 21, tzinfo=UTC))
    yield
    with django_db_blocker.unblock():
        with transaction.atomic(), connection.cursor() as cursor:
            for table in ["town", "residents", "succession", "othername", "area", "edition"]:
                cursor.execute(f"DELETE FROM places_{table}")
        connection.close()


@st.composite
def plans(draw: st.DrawFn) -> list[list[int]]:
    """For each of the 14 lowest councils the parts, in 10,000ths, that go to 3 to 5 new ones."""
    new = draw(st.integers(3, 5))
    found = []
    for _ in range(14):
        cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=new - 1, max_size=new - 1)))
        ends = [0, *cuts, 10_000]
        found.append([b - a for a, b in pairwise(ends)])
    return found


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plan=plans())
def test_whatever_replaces_the_councils_of_essex_nobody_is_made_or_lost(
    essex: None, plan: list[list[int]]
) -> None:
    force = queries.by_code("E23000028")
    assert force
    with transaction.atomic(), as_role("owner"):
        before = queries.residents(force, year=2023, on=date(2026, 1, 1))
        old = queries.within(force, on=date(2026, 1, 1))
        assert len(old) == len(plan) == 14
        new = [
            Area.unrestricted.create(
                code=f"E0699999{n}", name=f"New {n}", kind="UNITARY", parent=force, valid_from=ESSEX
            )
            for n in range(len(plan[0]))
        ]
        for council, parts in zip(old, plan, strict=True):
            Area.unrestricted.filter(pk=council.pk).update(valid_to=ESSEX)
            for successor, part in zip(new, parts, strict=True):
                if part:
                    Succession.unrestricted.create(
                        predecessor=council,
                        successor=successor,
                        from_date=ESSEX,
                        share=Decimal(part) / 10_000,
                    )
        shares = queries.shares(to=ESSEX)
        counts = {
            row.area_id: Fraction(row.under18 + row.adults)
            for row in Residents.unrestricted.filter(year=2023)
        }
        carried = rules.whole(rules.carry(counts, shares))
        assert sum(carried.values()) == sum(counts.values())
        assert not {council.pk for council in old} & carried.keys()
        assert sum(carried.get(one.pk, 0) for one in new) == sum(before or ())
        standing = queries.within(force, on=ESSEX)
        assert {one.pk for one in standing} == {one.pk for one in new}
        if all(any(parts[n] for parts in plan) for n in range(len(new))):
            assert queries.residents(force, year=2023, on=ESSEX) == before
        # The day before, all is as it was.
        assert queries.residents(force, year=2023, on=date(2028, 3, 31)) == before
        transaction.set_rollback(True)
