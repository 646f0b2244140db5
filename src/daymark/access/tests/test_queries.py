"""Need-to-know put into words once: for nobody but whoever asks, and used in one way alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Exists, OuterRef, Q, Subquery

from daymark.access import queries
from daymark.access.models import Share
from daymark.access.queries import held_dossiers, known_dossiers, opened_dossiers
from daymark.access.terms import Compartment, Kind, Permission
from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.design.ids import new_id

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)


def member() -> Member:
    return Member(pk=new_id(), agency_id=new_id(), role=Role.DESK_OFFICER)


def given(found) -> tuple:
    return plain(found.query.sql_with_params()[1])


def plain(values) -> tuple:
    return tuple(tuple(one) if isinstance(one, list) else one for one in values)


KNOWN = (queries._known, Kind.CONCERN)


@pytest.mark.parametrize(
    ("asked", "narrowed"),
    [
        (known_dossiers, [KNOWN]),
        (
            lambda member, *, now: opened_dossiers(member, Compartment.ACCOUNT, now=now),
            [KNOWN, (queries._opened, Compartment.ACCOUNT)],
        ),
        (
            lambda member, *, now: held_dossiers(member, Permission.READ_CONCERN, now=now),
            [KNOWN, (queries._at_desks,)],
        ),
    ],
)
def test_what_is_kept_for_the_next_to_ask_names_nobody(asked, narrowed):
    one, other, later = member(), member(), NOW + timedelta(hours=1)
    first, second = given(asked(one, now=NOW)), given(asked(other, now=later))
    stands_for = {one.pk: other.pk, one.agency_id: other.agency_id, NOW: later}
    assert stands_for.keys() <= set(first)
    assert second == tuple(stands_for.get(value, value) for value in first)
    kept = plain(value for each in narrowed for value in queries.in_words(*each)[1])
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
