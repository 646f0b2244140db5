"""Writes about agencies, desks and members; each leaves its row in the audit trail.

`by` is the member who acts; None is the operator at the command line, which runs as the
database's owner. The database repeats every rule here (migrations/0003_walls.py).
"""

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F

from daymark.agencies import queries, rules
from daymark.agencies.context import acting_as
from daymark.agencies.models import (
    Agency,
    Desk,
    DeskKey,
    FactorReset,
    IdentityProvider,
    Invitation,
    Member,
    Seat,
)
from daymark.agencies.terms import InvitationState, Kind, Regime, ResetReason, Role
from daymark.audit.actions import record
from daymark.vault import sealing


class MayNotManage(Exception):
    """The member does not administer this agency, or it is about themselves."""


class EmailTaken(Exception):
    """A member with this address exists, here or in another agency."""


class DeskClosed(Exception):
    """The desk is closed, or the one that is to take over from it is, or is no other."""


class InvitationClosed(Exception):
    """The invitation was used, withdrawn, has expired, or never was."""

    def __init__(self, state: InvitationState | None) -> None:
        self.state = state
        super().__init__(state or "unknown")


class ResetOpen(Exception):
    """A reset for this member waits already."""


class NeedsTwoPeople(Exception):
    """Taking second factors away was not agreed to by a second person, or too long ago."""


class Invited(NamedTuple):
    """A member and the one-time token for them: shown once, stored nowhere."""

    member: Member
    token: str


# Agencies and desks


@transaction.atomic
def open_agency(
    *,
    name: str,
    kind: Kind,
    regime: Regime,
    valid_from: date,
    at: datetime,
    source: str = "",
) -> Agency:
    """Only the operator opens agencies: no member stands above them all."""
    agency = Agency.unrestricted.create(
        name=name, kind=kind, regime=regime, valid_from=valid_from, source=source
    )
    record("agency.opened", at=at, of=agency, kind=kind, regime=regime)
    return agency


@transaction.atomic
def open_desk(*, agency: Agency, name: str, by: Member | None, at: datetime) -> Desk:
    """A desk with the key pair that reports are sealed to."""
    _manages(by, agency)
    pair = sealing.new_pair()
    desk = Desk.unrestricted.create(agency=agency, name=name, public_key=pair.public)
    _store_key(desk, pair, at)
    record("desk.opened", at=at, by=by, of=desk)
    return desk


@transaction.atomic
def rotate_desk_key(*, desk: Desk, by: Member | None, at: datetime) -> Desk:
    """New reports are sealed to a new key; what the old keys sealed stays readable.

    Raises DeskClosed.
    """
    _manages(by, desk.agency)
    (desk,) = _open_desks(desk)
    pair = sealing.new_pair()
    DeskKey.unrestricted.filter(desk=desk, retired_at__isnull=True).update(retired_at=at)
    _store_key(desk, pair, at)
    desk.public_key = pair.public
    desk.save(update_fields=["public_key"])
    record("desk.key_rotated", at=at, by=by, of=desk)
    return desk


@transaction.atomic
def close_desk(*, desk: Desk, successor: Desk, by: Member | None, at: datetime) -> None:
    """No more work arrives; whoever sits there leaves it. Its keys stay, to open what it was sent.

    What lies there is for `successor`, a desk of the same agency. Raises DeskClosed.
    """
    _manages(by, desk.agency)
    if successor.agency_id != desk.agency_id:
        raise MayNotManage
    _open_desks(desk, successor)
    for member in queries.sitting_at(desk):
        unseat(member=member, desk=desk, by=by, at=at)
    Desk.unrestricted.filter(pk=desk.pk).update(closed_at=at, successor=successor)
    record("desk.closed", at=at, by=by, of=desk, successor=str(successor.pk))


def _open_desks(*desks: Desk) -> list[Desk]:
    """These desks, locked in one order. Raises DeskClosed where one is closed or named twice."""
    wanted = [desk.pk for desk in desks]
    standing = Desk.unrestricted.select_for_update().filter(pk__in=wanted, closed_at=None)
    found = list(standing.order_by("pk"))
    if len(found) != len(wanted):
        raise DeskClosed
    return found


def _store_key(desk: Desk, pair: sealing.Pair, at: datetime) -> None:
    DeskKey.unrestricted.create(
        desk=desk,
        public_key=pair.public,
        private_key=base64.b64encode(pair.private).decode(),
        made_at=at,
    )


# Members


@transaction.atomic
def invite(
    *,
    agency: Agency,
    email: str,
    name: str,
    role: Role,
    by: Member | None,
    at: datetime,
    desks: Iterable[Desk] = (),
) -> Invited:
    """A new member of the agency, or one who left it and comes back, who cannot sign in yet."""
    email = email.strip().lower()
    member = Member.unrestricted.filter(email=email).first()
    if member and (member.is_active or member.agency_id != agency.pk):
        raise EmailTaken
    if by and not rules.may_give_role(
        role,
        by=Role(by.role),
        same_agency=by.agency_id == agency.pk,
        to_self=member is not None and member.pk == by.pk,
    ):
        raise MayNotManage
    if not member:
        member = Member(email=email, agency=agency, joined_at=at)
    member.name, member.role, member.is_active, member.left_at = name, role, True, None
    member.generation += 1
    member.set_unusable_password()
    member.save()
    record("member.invited", at=at, by=by, of=member, role=role)
    for desk in desks:
        seat(member=member, desk=desk, by=by, at=at)
    return Invited(member, _new_invitation(member, by, at))


@transaction.atomic
def renew_invitation(*, member: Member, by: Member | None, at: datetime) -> Invited:
    """A fresh link: the old one was lost or has expired, or a password was forgotten.

    A second factor the member already has stays and is still asked for.
    """
    _manages(by, member.agency, about=member)
    record("member.invitation_renewed", at=at, by=by, of=member)
    return Invited(member, _new_invitation(member, by, at))


def _new_invitation(member: Member, by: Member | None, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    _withdraw_invitations(member, at)
    Invitation.unrestricted.create(
        member=member,
        token_hash=rules.token_hash(token),
        made_by=by,
        made_at=at,
        expires_at=at + rules.INVITATION_LASTS,
    )
    return token


def _withdraw_invitations(member: Member, at: datetime) -> None:
    Invitation.unrestricted.filter(
        member=member, used_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=at)


@transaction.atomic
def accept_invitation(*, token: str, password: str, at: datetime) -> Member:
    """The holder of the link becomes able to sign in; every older session of theirs ends."""
    found = queries.invitation(token)
    if not found:
        raise InvitationClosed(None)
    # The link proves who they are; nobody is signed in yet.
    with acting_as(found.member_id):
        _use(found, at)
        member = _lock(found.member)
        member.set_password(password)
        _end_sessions(member, "password")
        record("member.accepted_invitation", at=at, by=member, of=member)
    return member


@transaction.atomic
def accept_through_provider(*, member: Member, at: datetime) -> None:
    """The agency's own sign-in service vouched for the member: an open invitation is used up."""
    found = Invitation.unrestricted.filter(
        member=member, used_at__isnull=True, withdrawn_at__isnull=True
    ).first()
    if found:
        with acting_as(member.pk):
            _use(found, at)
            record("member.accepted_invitation", at=at, by=member, of=member)


def _use(invitation: Invitation, at: datetime) -> None:
    invitation = Invitation.unrestricted.select_for_update().get(pk=invitation.pk)
    state = queries.state_of(invitation, now=at)
    if state is not InvitationState.OPEN:
        raise InvitationClosed(state)
    invitation.used_at = at
    invitation.save(update_fields=["used_at"])


@transaction.atomic
def change_role(*, member: Member, role: Role, by: Member | None, at: datetime) -> Member:
    """Another role; every session ends, so that no page of the old one stays open."""
    if by and not rules.may_give_role(
        role,
        by=Role(by.role),
        same_agency=by.agency_id == member.agency_id,
        to_self=by.pk == member.pk,
    ):
        raise MayNotManage
    member = _lock(member)
    before, member.role = member.role, role
    _end_sessions(member, "role")
    record("member.role_changed", at=at, by=by, of=member, before=before, role=role)
    return member


@transaction.atomic
def seat(*, member: Member, desk: Desk, by: Member | None, at: datetime) -> Seat:
    """Sit a member at a desk of their agency; sitting there already is fine."""
    _manages(by, desk.agency, about=member)
    if member.agency_id != desk.agency_id:
        raise MayNotManage
    taken, is_new = Seat.unrestricted.get_or_create(
        member=member, desk=desk, until=None, defaults={"since": at}
    )
    if is_new:
        _end_sessions(_lock(member))
        record("member.seated", at=at, by=by, of=member, desk=str(desk.pk))
    return taken


@transaction.atomic
def unseat(*, member: Member, desk: Desk, by: Member | None, at: datetime) -> None:
    _manages(by, desk.agency, about=member)
    if Seat.unrestricted.filter(member=member, desk=desk, until__isnull=True).update(until=at):
        _end_sessions(_lock(member))
        record("member.unseated", at=at, by=by, of=member, desk=str(desk.pk))


@transaction.atomic
def leave(*, member: Member, by: Member | None, at: datetime) -> None:
    """End a membership: seats, invitations and sessions end with it; the record stays."""
    _manages(by, member.agency, about=member)
    member = _lock(member)
    member.is_active, member.left_at = False, at
    member.set_unusable_password()
    _end_sessions(member, "is_active", "left_at", "password")
    Seat.unrestricted.filter(member=member, until__isnull=True).update(until=at)
    FactorReset.unrestricted.filter(member=member, closed_at__isnull=True).update(closed_at=at)
    _withdraw_invitations(member, at)
    record("member.left", at=at, by=by, of=member)


@transaction.atomic
def set_password(*, member: Member, password: str, at: datetime) -> None:
    """A member's own choice, or the holder's of a link mailed to them; other sessions end."""
    with acting_as(member.pk):
        member.set_password(password)
        _end_sessions(member, "password")
        record("member.password_set", at=at, by=member, of=member)


@transaction.atomic
def end_sessions(*, member: Member, by: Member | None, at: datetime) -> None:
    """A member may always end their own; an administrator those of others in the agency."""
    if by != member:
        _manages(by, member.agency, about=member)
    _end_sessions(member)
    record("member.sessions_ended", at=at, by=by, of=member)


# Second factors: one person asks, another agrees, the first carries it out


@transaction.atomic
def request_factor_reset(
    *, member: Member, reason: ResetReason, by: Member, at: datetime
) -> FactorReset:
    """Ask for a member's second factors to be taken away; a stale request gives way."""
    _manages(by, member.agency, about=member)
    waiting = queries.open_reset(member)
    if waiting and at - waiting.requested_at < rules.RESET_LASTS:
        raise ResetOpen
    if waiting:
        cancel_factor_reset(reset=waiting, by=by, at=at)
    reset = FactorReset.unrestricted.create(
        member=member, reason=reason, requested_by=by, requested_at=at
    )
    record("member.reset_requested", at=at, by=by, of=member, reason=reason)
    return reset


@transaction.atomic
def approve_factor_reset(*, reset: FactorReset, by: Member, at: datetime) -> FactorReset:
    """The second person agrees."""
    if not rules.may_approve_reset(
        Role(by.role),
        same_agency=by.agency_id == reset.member.agency_id,
        is_subject=by.pk == reset.member_id,
        is_requester=by.pk == reset.requested_by_id,
    ):
        raise NeedsTwoPeople
    reset = FactorReset.unrestricted.select_for_update().get(pk=reset.pk)
    if reset.closed_at or reset.approved_at or at - reset.requested_at >= rules.RESET_LASTS:
        raise NeedsTwoPeople
    reset.approved_by, reset.approved_at = by, at
    reset.save(update_fields=["approved_by", "approved_at"])
    record("member.reset_approved", at=at, by=by, of=reset.member)
    return reset


@transaction.atomic
def cancel_factor_reset(*, reset: FactorReset, by: Member, at: datetime) -> None:
    """Either of the two, or any administrator of the agency, may stop it."""
    FactorReset.unrestricted.filter(pk=reset.pk, closed_at__isnull=True).update(closed_at=at)
    record("member.reset_cancelled", at=at, by=by, of=reset.member)


@transaction.atomic
def reset_second_factor(*, reset: FactorReset, by: Member, at: datetime) -> Invited:
    """Take every second factor away and give a link to begin anew.

    The password goes too: whoever knows it must not be first to enrol a factor of their own.
    """
    reset = FactorReset.unrestricted.select_for_update().get(pk=reset.pk)
    if (
        by.pk != reset.requested_by_id
        or not reset.approved_at
        or reset.closed_at
        or at - reset.requested_at >= rules.RESET_LASTS
    ):
        raise NeedsTwoPeople
    member = _lock(reset.member)
    Authenticator.objects.filter(user_id=member.pk).delete()
    reset.closed_at = at
    reset.save(update_fields=["closed_at"])
    member.set_unusable_password()
    _end_sessions(member, "password")
    record("member.second_factor_reset", at=at, by=by, of=member)
    return Invited(member, _new_invitation(member, by, at))


# An agency's own sign-in service


@transaction.atomic
def connect_provider(
    *,
    agency: Agency,
    issuer: str,
    client_id: str,
    client_secret: str,
    email_domains: Sequence[str],
    at: datetime,
    accepted_amr: Sequence[str] = (),
    accepted_acr: Sequence[str] = (),
) -> IdentityProvider:
    """Trust a provider with who an agency's members are: for the operator, after checking."""
    provider = IdentityProvider.unrestricted.create(
        agency=agency,
        issuer=issuer.rstrip("/"),
        client_id=client_id,
        client_secret=client_secret,
        email_domains=list(email_domains),
        accepted_amr=list(accepted_amr),
        accepted_acr=list(accepted_acr),
        active_from=at,
    )
    record("agency.provider_connected", at=at, of=agency, issuer=issuer)
    return provider


@transaction.atomic
def disconnect_provider(*, provider: IdentityProvider, at: datetime) -> None:
    """Nobody signs in through it from now on, and sessions of the agency end."""
    IdentityProvider.unrestricted.filter(pk=provider.pk).update(active_until=at)
    Member.unrestricted.filter(agency=provider.agency).update(generation=F("generation") + 1)
    record("agency.provider_disconnected", at=at, of=provider.agency, issuer=provider.issuer)


def _manages(by: Member | None, agency: Agency, *, about: Member | None = None) -> None:
    if by and not rules.may_manage(
        Role(by.role),
        same_agency=by.agency_id == agency.pk and (about is None or about.agency_id == agency.pk),
        self_=about is not None and about.pk == by.pk,
    ):
        raise MayNotManage


def _lock(member: Member) -> Member:
    return Member.unrestricted.select_for_update().get(pk=member.pk)


def _end_sessions(member: Member, *also: str) -> None:
    """Save what changed and raise the generation that every session is tied to."""
    member.generation += 1
    member.save(update_fields=["generation", *also])
