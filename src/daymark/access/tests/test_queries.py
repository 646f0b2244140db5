"""Need-to-know put into words once: for nobody but whoever asks, and used in one way alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Exists, OuterRef, Q, Subquery

from daymark.access.models import Share
from daymark.access.queries import known_dossiers, known_in_words
from daymark.access.terms import Kind
from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.design.ids import new_id

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)


def member() -> Member:
    return Member(pk=new_id(), agency_id=new_id(), role=Role.DESK_OFFICER)


def given(found) -> tuple:
    return found.query.sql_with_params()[1]


def test_what_is_kept_for_the_next_to_ask_names_nobody():
    one, other, later = member(), member(), NOW + timedelta(hours=1)
    first, second = given(known_dossiers(one, now=NOW)), given(known_dossiers(other, now=later))
    stands_for = {one.pk: other.pk, one.agency_id: other.agency_id, NOW: later}
    assert stands_for.keys() <= set(first)
    assert second == tuple(stands_for.get(value, value) for value in first)
    _, kept = known_in_words(Kind.CONCERN)
    assert not set(kept) & {*stands_for, *stands_for.values()}
    stands_in = {ours for ours, theirs in zip(kept, first, strict=True) if ours != theirs}
    assert len(stands_in) == 3
    assert not stands_in & {*first, *second}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda known: Q(Exists(known.filter(pk=OuterRef("dossier")))),
        lambda known: Q(dossier=Subquery(known.values("pk"))),
    ],
)
def test_known_dossiers_elsewhere_than_in_are_refused(wrong):
    with pytest.raises(TypeError, match="`in`"):
        str(Share.unrestricted.filter(wrong(known_dossiers(member(), now=NOW))).query)


def test_known_dossiers_that_look_outside_are_refused():
    known = known_dossiers(member(), now=NOW).filter(desk=OuterRef("dossier__desk"))
    with pytest.raises(ValueError, match="outer query"):
        str(Share.unrestricted.filter(dossier__in=known).query)


@pytest.mark.django_db
def test_of_known_dossiers_narrowed_to_none_nothing_is_found():
    none = known_dossiers(member(), now=NOW).filter(pk__in=[])
    assert not Share.unrestricted.filter(dossier__in=none).exists()


def test_another_column_of_known_dossiers_stays_that_column():
    agencies = known_dossiers(member(), now=NOW).values("agency")
    words = str(Share.unrestricted.filter(agency__in=agencies).query)
    assert 'SELECT "access_dossier"."agency_id"' in words
