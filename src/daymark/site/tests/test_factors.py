"""What the database lets a request do to second factors."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from tests.roles import as_role

from daymark.concerns.tests.people import people

UPDATE = "UPDATE mfa_authenticator SET data = %s::jsonb WHERE id = %s"


@pytest.fixture
def codes(db):
    with as_role("owner"):
        cast = people()
        made = Authenticator.objects.create(
            user_id=cast.officer.pk,
            type="recovery_codes",
            data={"seed": "theirs", "used_mask": 5},
        )
    return cast, made


def change(data: str, factor: Authenticator) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UPDATE, [data, factor.pk])


@pytest.mark.parametrize("who", ["nobody", "colleague"])
def test_a_secret_is_not_changed_by_somebody_else(who: str, codes):
    cast, made = codes
    member = None if who == "nobody" else cast.colleague.pk
    with as_role("partner", member_id=member):
        with pytest.raises(ProgrammingError, match="its owner alone"):
            change('{"seed": "mine", "used_mask": 5}', made)
        change('{"seed": "theirs", "used_mask": 7}', made)


def test_a_used_code_stays_used_even_for_its_owner(codes):
    cast, made = codes
    with as_role("partner", member_id=cast.officer.pk):
        with pytest.raises(ProgrammingError, match="stays used"):
            change('{"seed": "theirs", "used_mask": 4}', made)
        change('{"seed": "theirs", "used_mask": 5, "viewed_at": 1}', made)
