"""Reads about agencies, desks and members: the directory every member may use."""

from datetime import date, datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from daymark.agencies import rules
from daymark.agencies.models import (
    Agency,
    Desk,
    FactorReset,
    IdentityProvider,
    Invitation,
    Member,
    Seat,
)
from daymark.agencies.terms import InvitationState


def agency_is_current(agency: Agency, on: date) -> bool:
    return rules.is_current(agency.valid_from, agency.valid_until, on)


def current_agencies(on: date) -> QuerySet[Agency]:
    return Agency.unrestricted.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=on), valid_from__lte=on
    ).order_by("name")


def open_desks(agency: Agency) -> QuerySet[Desk]:
    return Desk.unrestricted.filter(agency=agency, closed_at__isnull=True).order_by("name")


def desks_of(member: Member) -> QuerySet[Desk]:
    """The open desks a member sits at now."""
    seats = Seat.unrestricted.filter(member=member, until__isnull=True)
    return Desk.unrestricted.filter(
        id__in=seats.values("desk_id"), closed_at__isnull=True
    ).order_by("name")


def sitting_at(desk: Desk) -> QuerySet[Member]:
    seats = Seat.unrestricted.filter(desk=desk, until__isnull=True)
    return Member.unrestricted.filter(id__in=seats.values("member_id"), is_active=True).order_by(
        "name"
    )


def members_of(agency: Agency, *, left: bool = False) -> QuerySet[Member]:
    """Who belongs to an agency now, or with `left` who once did."""
    return Member.unrestricted.filter(agency=agency, is_active=not left).order_by("name")


def invitation(token: str) -> Invitation | None:
    return (
        Invitation.unrestricted.select_related("member__agency")
        .filter(token_hash=rules.token_hash(token))
        .first()
    )


def state_of(invitation: Invitation, *, now: datetime) -> InvitationState:
    return rules.invitation_state(
        expires_at=invitation.expires_at,
        used_at=invitation.used_at,
        withdrawn_at=invitation.withdrawn_at,
        now=now,
    )


def last_invitation(member: Member) -> Invitation | None:
    return Invitation.unrestricted.filter(member=member).order_by("-made_at").first()


def open_reset(member: Member) -> FactorReset | None:
    return (
        FactorReset.unrestricted.select_related("requested_by", "approved_by")
        .filter(member=member, closed_at__isnull=True)
        .first()
    )


def open_resets(agency: Agency) -> QuerySet[FactorReset]:
    return FactorReset.unrestricted.select_related("member", "requested_by").filter(
        member__agency=agency, closed_at__isnull=True
    )


def has_second_factor(member_id: UUID) -> bool:
    """Recovery codes alone are not a factor: they stand in for one."""
    factors = Authenticator.objects.filter(user_id=member_id)
    return bool(factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def factors_of(member: Member) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user_id=member.pk).order_by("created_at"))


def identity_providers(at: datetime) -> QuerySet[IdentityProvider]:
    """The sign-in services in use; an agency has at most one."""
    return (
        IdentityProvider.unrestricted.select_related("agency")
        .filter(Q(active_until__isnull=True) | Q(active_until__gt=at), active_from__lte=at)
        .order_by("agency__name")
    )
