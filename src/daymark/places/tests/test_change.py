"""Councils are replaced: who stood in whose place on a day, and what counts become."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError
from tests.roles import as_role

from daymark.places import queries, rules
from daymark.places.models import Area, Postcode, Succession

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
