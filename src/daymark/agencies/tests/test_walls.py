"""What the database refuses the partner process, whatever the application asks."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from tests.roles import as_role

from daymark.agencies import actions
from daymark.agencies.context import acting_as
from daymark.agencies.models import DeskKey, Member
from daymark.agencies.terms import ResetReason, Role
from daymark.agencies.tests.people import AT

pytestmark = pytest.mark.django_db


def changed(sql: str, *values: object, keep: bool = True) -> int:
    """Rows the statement reached; -1 when the database refused it outright."""
    named = values[0] if values and isinstance(values[0], dict) else values
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, named)
            transaction.set_rollback(not keep)
            return cursor.rowcount
    except DatabaseError:
        return -1


NOBODY = [
    "DELETE FROM agencies_member WHERE id = %(officer)s",
    "UPDATE mfa_authenticator SET user_id = %(me)s WHERE user_id = %(officer)s",
]
ATTACKS = [
    *NOBODY,
    "UPDATE agencies_member SET role = 'ADMINISTRATOR' WHERE agency_id = %(theirs)s",
    "UPDATE agencies_member SET generation = generation + 1 WHERE agency_id = %(theirs)s",
    "UPDATE agencies_member SET agency_id = %(ours)s WHERE agency_id = %(theirs)s",
    "UPDATE agencies_member SET agency_id = %(theirs)s WHERE id = %(officer)s",
    "UPDATE agencies_member SET role = 'DESK_OFFICER' WHERE id = %(me)s",
    "UPDATE agencies_member SET email = 'x@x.test' WHERE id = %(officer)s",
    "UPDATE agencies_member SET password = 'argon2$mine' WHERE id = %(officer)s",
    "UPDATE agencies_member SET generation = 0 WHERE id = %(officer)s",
    "UPDATE agencies_desk SET name = 'x' WHERE agency_id = %(theirs)s",
    "UPDATE agencies_desk SET agency_id = %(theirs)s WHERE agency_id = %(ours)s",
    "UPDATE agencies_agency SET name = 'x'",
    "UPDATE agencies_seat SET until = since WHERE desk_id = %(their_desk)s",
    "INSERT INTO agencies_seat (id, member_id, desk_id, since)"
    " VALUES (gen_random_uuid(), %(officer)s, %(their_desk)s, now())",
    "INSERT INTO agencies_seat (id, member_id, desk_id, since)"
    " VALUES (gen_random_uuid(), %(navigator)s, %(our_desk)s, now())",
    "INSERT INTO agencies_seat (id, member_id, desk_id, since)"
    " VALUES (gen_random_uuid(), %(me)s, %(our_desk)s, now())",
    "INSERT INTO agencies_desk (id, agency_id, name, public_key)"
    " VALUES (gen_random_uuid(), %(theirs)s, 'x', '')",
    "UPDATE agencies_desk SET closed_at = now() WHERE id = %(our_desk)s",
    "UPDATE agencies_desk SET closed_at = now(), successor_id = %(their_desk)s"
    " WHERE id = %(our_desk)s",
    "UPDATE agencies_desk SET closed_at = now(), successor_id = %(closed_desk)s"
    " WHERE id = %(our_desk)s",
    "UPDATE agencies_desk SET closed_at = NULL, successor_id = NULL WHERE id = %(closed_desk)s",
    "INSERT INTO agencies_invitation (id, member_id, token_hash, made_at, expires_at)"
    " VALUES (gen_random_uuid(), %(navigator)s, 'x', now(), now() + interval '1 day')",
    "INSERT INTO agencies_invitation (id, member_id, token_hash, made_at, expires_at)"
    " VALUES (gen_random_uuid(), %(me)s, 'x', now(), now() + interval '1 day')",
    "INSERT INTO agencies_member"
    " (id, agency_id, email, name, role, password, is_active, joined_at, generation)"
    " VALUES (gen_random_uuid(), %(theirs)s, 'x@x.test', 'x', 'NAVIGATOR', '!', true, now(), 0)",
    "INSERT INTO agencies_member"
    " (id, agency_id, email, name, role, password, is_active, joined_at, generation)"
    " VALUES (gen_random_uuid(), %(ours)s, 'x@x.test', 'x', 'DETECTIVE', 'known', true, now(), 0)",
    "INSERT INTO mfa_authenticator (user_id, type, data, created_at)"
    " VALUES (%(officer)s, 'webauthn', '{}', now())",
    "DELETE FROM mfa_authenticator WHERE user_id = %(officer)s",
    "SELECT private_key FROM agencies_deskkey",
]


def test_an_administrator_reaches_nothing_beyond_their_agency_and_never_themselves(cast):
    with as_role("owner"):
        changed(
            "INSERT INTO mfa_authenticator (user_id, type, data, created_at)"
            " VALUES (%s, 'totp', '{}', now())",
            cast.officer.pk,
        )
        closed = actions.open_desk(agency=cast.force, name="Closed", by=None, at=AT)
        actions.close_desk(desk=closed, successor=cast.desk, by=None, at=AT)
    known = {
        "me": cast.admin.pk,
        "officer": cast.officer.pk,
        "navigator": cast.navigator.pk,
        "ours": cast.force.pk,
        "theirs": cast.charity.pk,
        "our_desk": cast.desk.pk,
        "their_desk": cast.charity_desk.pk,
        "closed_desk": closed.pk,
    }
    with acting_as(cast.admin.pk):
        assert [attack for attack in ATTACKS if changed(attack, known) > 0] == []
    with as_role("owner"):
        # The statements are sound: it is who asks that makes them fail.
        unsound = [a for a in ATTACKS if a not in NOBODY and changed(a, known, keep=False) <= 0]
    assert unsound == []


def test_the_same_statements_reach_the_administrators_own_agency(cast):
    with acting_as(cast.admin.pk):
        assert changed("UPDATE agencies_member SET role = 'ANALYST' WHERE id = %s", cast.officer.pk)
        assert changed("UPDATE agencies_desk SET name = 'x' WHERE id = %s", cast.desk.pk) == 1
        assert changed("UPDATE agencies_seat SET until = since") == 1


@pytest.mark.parametrize("who", ["officer", "supervisor", "navigator"])
def test_nobody_but_an_administrator_manages(cast, who):
    with acting_as(getattr(cast, who).pk):
        assert changed("UPDATE agencies_seat SET until = since") == 0
        assert changed("UPDATE agencies_desk SET name = 'x'") == 0
        assert (
            changed("UPDATE agencies_member SET generation = 9 WHERE id = %s", cast.admin.pk) == 0
        )


def test_without_a_member_nothing_is_written(cast):
    assert changed("UPDATE agencies_member SET last_login = now()") == 0
    assert changed("UPDATE agencies_identityprovider SET issuer = 'https://evil.test'") == -1
    assert changed("UPDATE agencies_invitation SET used_at = made_at") == 0


def test_a_member_who_left_administers_nothing(cast):
    with as_role("owner"):
        actions.leave(member=cast.admin, by=None, at=cast.admin.joined_at)
    with acting_as(cast.admin.pk):
        assert changed("UPDATE agencies_desk SET name = 'x'") == 0


def test_a_member_changes_their_password_and_not_their_role(cast):
    with acting_as(cast.officer.pk):
        assert changed("UPDATE agencies_member SET password = 'x' WHERE id = %s", cast.officer.pk)
        assert (
            changed("UPDATE agencies_member SET role = 'ANALYST' WHERE id = %s", cast.officer.pk)
            == -1
        )


def test_the_public_door_sees_agencies_and_desks_and_no_people(cast):
    with as_role("public"), connection.cursor() as cursor:
        cursor.execute("SELECT id, agency_id, name, public_key, closed_at FROM agencies_desk")
        assert len(cursor.fetchall()) == 2
    for table in ("agencies_member", "agencies_seat", "agencies_deskkey", "django_session"):
        with as_role("public"):
            assert changed(f"SELECT 1 FROM {table}") == -1


def test_the_worker_alone_reads_what_opens_a_report(cast):
    with as_role("worker"):
        key = DeskKey.unrestricted.get(desk=cast.desk)
        assert len(key.private_key) == 44
    with (
        acting_as(cast.admin.pk),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        list(DeskKey.unrestricted.values_list("private_key"))


def test_a_forged_approval_is_refused(cast, at):
    with acting_as(cast.admin.pk):
        reset = actions.request_factor_reset(
            member=cast.officer, reason=ResetReason.LOST, by=cast.admin, at=at
        )
        forge = "UPDATE agencies_factorreset SET approved_at = now(), approved_by_id = %s"
        assert changed(forge, cast.supervisor.pk) == -1
        assert changed(forge, cast.admin.pk) == -1
    with acting_as(cast.charity_admin.pk):
        assert changed(forge, cast.charity_admin.pk) == 0
    assert reset.approved_at is None


def test_an_address_is_stored_in_lower_case(cast, at):
    with as_role("owner"):
        invited = actions.invite(
            agency=cast.force, email=" New@Essex.TEST", name="N", role=Role.ANALYST, by=None, at=at
        )
        assert invited.member.email == "new@essex.test"
        assert (
            changed("UPDATE agencies_member SET email = 'A@B.test' WHERE id = %s", cast.admin.pk)
            == -1
        )
    assert Member.unrestricted.filter(email="new@essex.test").exists()
