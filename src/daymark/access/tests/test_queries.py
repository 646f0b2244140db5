"""The dossiers a member may know, as they stand inside other queries."""

from datetime import UTC, datetime

import pytest

from daymark.access.models import Share
from daymark.access.queries import known_dossiers
from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.design.ids import new_id

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)


def member() -> Member:
    return Member(pk=new_id(), agency_id=new_id(), role=Role.DESK_OFFICER)


@pytest.mark.django_db
def test_of_known_dossiers_narrowed_to_none_nothing_is_found():
    none = known_dossiers(member(), now=NOW).filter(pk__in=[])
    assert not Share.unrestricted.filter(dossier__in=none).exists()


def test_another_column_of_known_dossiers_stays_that_column():
    agencies = known_dossiers(member(), now=NOW).values("agency")
    words = str(Share.unrestricted.filter(agency__in=agencies).query)
    assert 'SELECT "access_dossier"."agency_id"' in words
