"""What administrators and members do, as the partner process with its walls up."""

import base64
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import DatabaseError, connection, transaction
from tests.roles import as_role

from daymark.agencies import actions, queries
from daymark.agencies.context import acting_as
from daymark.agencies.factors import SecondFactors
from daymark.agencies.models import DeskKey, Invitation, Member, Seat
from daymark.agencies.terms import InvitationState, ResetReason, Role
from daymark.agencies.tests.people import PASSWORD, SECRET
from daymark.vault import ring, sealing

pytestmark = pytest.mark.django_db


def entries(verb, of):
    """Who did this to the member, by the trail."""
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor FROM audit_entry WHERE verb = %s AND object_id = %s", [verb, of.pk]
        )
        return [actor for (actor,) in cursor.fetchall()]


def invite(cast, at, *, by=None, **changes):
    by = by or cast.admin
    given = {
        "agency": cast.force,
        "email": "new@essex.test",
        "name": "Nell Hart",
        "role": Role.DESK_OFFICER,
    } | changes
    with acting_as(by.pk):
        return actions.invite(**given, by=by, at=at)


def test_an_invitation_is_used_once_and_only_its_hash_is_kept(cast, at):
    invited = invite(cast, at, desks=[cast.desk])
    assert list(queries.desks_of(invited.member)) == [cast.desk]
    assert not invited.member.has_usable_password()
    assert invited.token not in str(Invitation.unrestricted.values_list())
    member = actions.accept_invitation(token=invited.token, password=PASSWORD, at=at)
    assert Member.unrestricted.get(pk=member.pk).check_password(PASSWORD)
    with pytest.raises(actions.InvitationClosed) as refused:
        actions.accept_invitation(token=invited.token, password="another password", at=at)
    assert refused.value.state is InvitationState.USED
    assert entries("member.invited", member) == [cast.admin.pk]
    assert entries("member.accepted_invitation", member) == [member.pk]


def test_an_invitation_expires_and_a_new_one_ends_the_old(cast, at):
    invited = invite(cast, at)
    with pytest.raises(actions.InvitationClosed):
        actions.accept_invitation(token=invited.token, password=PASSWORD, at=at + timedelta(days=7))
    with acting_as(cast.admin.pk):
        again = actions.renew_invitation(member=invited.member, by=cast.admin, at=at)
    with pytest.raises(actions.InvitationClosed) as refused:
        actions.accept_invitation(token=invited.token, password=PASSWORD, at=at)
    assert refused.value.state is InvitationState.WITHDRAWN
    assert actions.accept_invitation(token=again.token, password=PASSWORD, at=at)
    with pytest.raises(actions.InvitationClosed):
        actions.accept_invitation(token="made up", password=PASSWORD, at=at)


def test_nobody_is_invited_twice_or_from_another_agency(cast, at):
    for email in (cast.officer.email, cast.navigator.email.upper()):
        with pytest.raises(actions.EmailTaken):
            invite(cast, at, email=email)
    with pytest.raises(actions.MayNotManage):
        invite(cast, at, agency=cast.charity)
    with pytest.raises(actions.MayNotManage):
        invite(cast, at, by=cast.supervisor)


def test_a_member_who_left_comes_back_to_the_same_agency_as_the_same_member(cast, at):
    with acting_as(cast.admin.pk):
        actions.leave(member=cast.officer, by=cast.admin, at=at)
    assert not queries.desks_of(cast.officer)
    gone = Member.unrestricted.get(pk=cast.officer.pk)
    assert (gone.is_active, gone.has_usable_password()) == (False, False)
    with pytest.raises(actions.EmailTaken):
        invite(cast, at, by=cast.charity_admin, agency=cast.charity, email=cast.officer.email)
    back = invite(cast, at, email=cast.officer.email, role=Role.ANALYST)
    assert back.member.pk == cast.officer.pk
    assert back.member.generation > gone.generation


@pytest.mark.parametrize("deed", ["role", "leave", "seat", "renew", "reset"])
def test_nobody_manages_themselves_or_another_agency(cast, at, deed):
    def do(member, desk):
        return {
            "role": lambda: actions.change_role(
                member=member, role=Role.DESK_OFFICER, by=cast.admin, at=at
            ),
            "leave": lambda: actions.leave(member=member, by=cast.admin, at=at),
            "seat": lambda: actions.seat(member=member, desk=desk, by=cast.admin, at=at),
            "renew": lambda: actions.renew_invitation(member=member, by=cast.admin, at=at),
            "reset": lambda: actions.request_factor_reset(
                member=member, reason=ResetReason.LOST, by=cast.admin, at=at
            ),
        }[deed]()

    with acting_as(cast.admin.pk):
        for member, desk in [(cast.admin, cast.desk), (cast.navigator, cast.charity_desk)]:
            with pytest.raises(actions.MayNotManage):
                do(member, desk)
        do(cast.second_admin, cast.desk)


def test_nobody_sits_at_a_desk_of_another_agency(cast, at):
    with acting_as(cast.admin.pk), pytest.raises(actions.MayNotManage):
        actions.seat(member=cast.navigator, desk=cast.desk, by=cast.admin, at=at)


def test_sitting_down_twice_is_one_seat(cast, at):
    with acting_as(cast.admin.pk):
        actions.seat(member=cast.officer, desk=cast.desk, by=cast.admin, at=at)
        actions.unseat(member=cast.officer, desk=cast.desk, by=cast.admin, at=at)
        actions.unseat(member=cast.officer, desk=cast.desk, by=cast.admin, at=at)
    assert Seat.unrestricted.filter(member=cast.officer).count() == 1
    assert not queries.sitting_at(cast.desk)
    assert entries("member.unseated", cast.officer) == [cast.admin.pk]


def test_the_old_and_the_new_key_of_a_desk_open_what_they_sealed(cast, at):
    context = b"test"
    before = sealing.seal(bytes(cast.desk.public_key), b"old", context=context)
    with acting_as(cast.admin.pk):
        desk = actions.rotate_desk_key(desk=cast.desk, by=cast.admin, at=at)
    after = sealing.seal(bytes(desk.public_key), b"new", context=context)
    assert bytes(desk.public_key) != bytes(cast.desk.public_key)
    with as_role("worker"):
        keys = {
            bytes(key.public_key): base64.b64decode(key.private_key)
            for key in DeskKey.unrestricted.filter(desk=desk)
        }
    assert sealing.open_sealed(keys[bytes(cast.desk.public_key)], before, context=context) == b"old"
    assert sealing.open_sealed(keys[bytes(desk.public_key)], after, context=context) == b"new"


def test_a_closed_desk_has_nobody_and_is_nobodys(cast, at):
    with acting_as(cast.admin.pk):
        other = actions.open_desk(agency=cast.force, name="Other", by=cast.admin, at=at)
        actions.close_desk(desk=cast.desk, successor=other, by=cast.admin, at=at)
    assert list(queries.open_desks(cast.force)) == [other]
    assert not queries.desks_of(cast.officer)
    assert [desk.successor for desk in queries.every_desk(cast.force)] == [None, other]
    assert entries("desk.closed", cast.desk) == [cast.admin.pk]


def test_a_closed_desk_is_neither_closed_again_nor_rotated_nor_taken_over_by(cast, at):
    with acting_as(cast.admin.pk):
        other = actions.open_desk(agency=cast.force, name="Other", by=cast.admin, at=at)
        with pytest.raises(actions.DeskClosed):
            actions.close_desk(desk=other, successor=other, by=cast.admin, at=at)
        actions.close_desk(desk=cast.desk, successor=other, by=cast.admin, at=at)
        for desk, successor in ((cast.desk, other), (other, cast.desk)):
            with pytest.raises(actions.DeskClosed):
                actions.close_desk(desk=desk, successor=successor, by=cast.admin, at=at)
        with pytest.raises(actions.DeskClosed):
            actions.rotate_desk_key(desk=cast.desk, by=cast.admin, at=at)


def test_a_desk_is_rotated_and_closed_by_its_own_agencys_administrators_alone(cast, at):
    with as_role("owner"):
        other = actions.open_desk(agency=cast.force, name="Other", by=None, at=at)
    for nobody in (cast.officer, cast.supervisor, cast.charity_admin, cast.navigator):
        with acting_as(nobody.pk):
            with pytest.raises(actions.MayNotManage):
                actions.rotate_desk_key(desk=cast.desk, by=nobody, at=at)
            with pytest.raises(actions.MayNotManage):
                actions.close_desk(desk=cast.desk, successor=other, by=nobody, at=at)
    with acting_as(cast.admin.pk), pytest.raises(actions.MayNotManage):
        actions.close_desk(desk=cast.desk, successor=cast.charity_desk, by=cast.admin, at=at)


# Two people


@pytest.fixture
def lost(cast):
    """The officer has an app on a phone that is gone."""
    with acting_as(cast.officer.pk):
        TOTP.activate(cast.officer, SECRET)
    return cast.officer


def ask(cast, member, at):
    with acting_as(cast.admin.pk):
        return actions.request_factor_reset(
            member=member, reason=ResetReason.LOST, by=cast.admin, at=at
        )


@pytest.mark.parametrize("second", ["second_admin", "supervisor"])
def test_two_people_take_second_factors_away(cast, lost, at, second):
    reset = ask(cast, lost, at)
    approver = getattr(cast, second)
    with acting_as(approver.pk):
        reset = actions.approve_factor_reset(reset=reset, by=approver, at=at)
    with acting_as(cast.admin.pk):
        invited = actions.reset_second_factor(reset=reset, by=cast.admin, at=at)
    assert not queries.has_second_factor(lost.pk)
    # Whoever knows the password must not be first to enrol a factor of their own.
    assert not Member.unrestricted.get(pk=lost.pk).has_usable_password()
    actions.accept_invitation(token=invited.token, password=PASSWORD, at=at)
    with acting_as(cast.admin.pk), pytest.raises(actions.NeedsTwoPeople):
        actions.reset_second_factor(reset=reset, by=cast.admin, at=at)


def test_one_person_alone_takes_nothing_away(cast, lost, at):
    reset = ask(cast, lost, at)
    with acting_as(cast.admin.pk):
        with pytest.raises(actions.NeedsTwoPeople):
            actions.reset_second_factor(reset=reset, by=cast.admin, at=at)
        with pytest.raises(actions.NeedsTwoPeople):
            actions.approve_factor_reset(reset=reset, by=cast.admin, at=at)
        assert Authenticator.objects.filter(user=lost).delete()[0] == 0
    for nobody in (lost, cast.charity_admin, cast.navigator):
        with acting_as(nobody.pk), pytest.raises(actions.NeedsTwoPeople):
            actions.approve_factor_reset(reset=reset, by=nobody, at=at)
    assert queries.has_second_factor(lost.pk)


def test_the_database_counts_to_two_by_itself(cast, lost, at):
    reset = ask(cast, lost, at)
    reset.approved_by, reset.approved_at = cast.admin, at
    with acting_as(cast.admin.pk), pytest.raises(DatabaseError), transaction.atomic():
        reset.save()


def test_a_reset_grows_stale_in_a_day(cast, lost, at):
    reset = ask(cast, lost, at)
    later = at + timedelta(days=1)
    with acting_as(cast.supervisor.pk):
        assert not queries.resets_to_approve(cast.supervisor, now=later)
        with pytest.raises(actions.NeedsTwoPeople):
            actions.approve_factor_reset(reset=reset, by=cast.supervisor, at=later)
    with acting_as(cast.admin.pk), pytest.raises(actions.ResetOpen):
        ask(cast, lost, at)
    assert ask(cast, lost, later).pk != reset.pk


def test_a_reset_is_seen_by_those_who_may_agree_and_nobody_else(cast, lost, at):
    ask(cast, lost, at)

    def sees(member):
        with acting_as(member.pk):
            return queries.resets_to_approve(member, now=at).count()

    assert [sees(cast.second_admin), sees(cast.supervisor)] == [1, 1]
    others = (cast.admin, lost, cast.charity_admin, cast.navigator)
    assert [sees(member) for member in others] == [0, 0, 0, 0]


def test_acting_in_the_name_of_another_changes_nothing(cast, at):
    """The trail takes only entries of whoever acts, and the change goes with its entry."""
    before = cast.officer.generation
    with acting_as(cast.second_admin.pk), pytest.raises(DatabaseError), transaction.atomic():
        actions.end_sessions(member=cast.officer, by=cast.admin, at=at)
    assert Member.unrestricted.get(pk=cast.officer.pk).generation == before


def test_second_factors_move_to_a_new_key_of_the_ring(cast, lost):
    old = ring.in_use()
    new = ring.Ring("k9", {**old.keys, "k9": bytes(32)})
    with as_role("worker"):
        holder = SecondFactors()
        assert holder.waiting(new) == 1
        assert holder.batch(new, after=None, size=10).rewrapped == 1
        assert holder.waiting(new) == 0
        assert holder.waiting(old) == 1
