"""Reads about agencies, desks and members: the directory every member may use."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import F, Q, QuerySet

from daymark.agencies import rules
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
from daymark.agencies.terms import InvitationState, Role


def agency_is_current(agency: Agency, on: date) -> bool:
    return rules.is_current(agency.valid_from, agency.valid_until, on)


def current_agencies(on: date) -> QuerySet[Agency]:
    return Agency.unrestricted.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=on), valid_from__lte=on
    ).order_by("name")


def open_desks(agency: Agency) -> QuerySet[Desk]:
    return Desk.unrestricted.filter(agency=agency, closed_at__isnull=True).order_by("name")


def every_desk(agency: Agency) -> QuerySet[Desk]:
    """Closed ones too, after those that are open."""
    return (
        Desk.unrestricted.filter(agency=agency)
        .select_related("agency", "successor")
        .order_by(F("closed_at").asc(nulls_first=True), "name")
    )


def keys_of(desk: Desk) -> list[tuple[datetime, datetime | None]]:
    """When each key of a desk was made and retired, newest first; what opens reports is not read
    here."""
    keys = DeskKey.unrestricted.filter(desk=desk).order_by("-made_at")
    return list(keys.values_list("made_at", "retired_at"))


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


def sitting_at_each(desks: Collection[UUID]) -> Mapping[UUID, list[Member]]:
    """Who sits at each of these desks; of one where nobody does, nothing is said."""
    seats = Seat.unrestricted.filter(desk__in=desks, until__isnull=True, member__is_active=True)
    found = defaultdict(list)
    for seat in seats.select_related("member"):
        found[seat.desk_id].append(seat.member)
    return found


def members_of(agency: Agency, *, left: bool = False) -> QuerySet[Member]:
    """Who belongs to an agency now, or with `left` who once did."""
    return Member.unrestricted.filter(agency=agency, is_active=not left).order_by("name")


def everyone_of(agency: Agency) -> QuerySet[Member]:
    return Member.unrestricted.filter(agency=agency).select_related("agency")


def name_of(member: Member) -> str:
    return member.name


def member_called(email: str) -> Member | None:
    return Member.unrestricted.filter(email=email).first()


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


def open_invitations(agency: Agency, *, now: datetime) -> QuerySet[Invitation]:
    """Links of an agency that somebody could still use."""
    return (
        Invitation.unrestricted.filter(
            member__agency=agency, used_at=None, withdrawn_at=None, expires_at__gt=now
        )
        .select_related("member", "made_by")
        .order_by("made_at")
    )


def open_reset(member: Member) -> FactorReset | None:
    return (
        FactorReset.unrestricted.select_related("requested_by", "approved_by")
        .filter(member=member, closed_at__isnull=True)
        .first()
    )


def resets_to_approve(member: Member, *, now: datetime) -> QuerySet[FactorReset]:
    """What waits for a second person in the member's agency, if they may be that person."""
    allowed = rules.may_approve_reset(
        Role(member.role), same_agency=True, is_subject=False, is_requester=False
    )
    waiting = FactorReset.unrestricted.select_related("member", "requested_by").filter(
        member__agency=member.agency_id if allowed else None,
        approved_at__isnull=True,
        closed_at__isnull=True,
        requested_at__gt=now - rules.RESET_LASTS,
    )
    return waiting.exclude(member=member).exclude(requested_by=member).order_by("requested_at")


def has_second_factor(member_id: UUID) -> bool:
    return bool(with_second_factor([member_id]))


def with_second_factor(member_ids: Collection[UUID]) -> set[UUID]:
    """Recovery codes alone are not a factor: they stand in for one."""
    factors = Authenticator.objects.filter(user_id__in=member_ids)
    own = factors.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(own.values_list("user_id", flat=True))


def way_to_confirm(member_id: UUID | None) -> str:
    """The page that asks for a second factor the member has: a code, or else a key."""
    codes = Authenticator.objects.filter(user_id=member_id, type=Authenticator.Type.TOTP)
    return "mfa_reauthenticate" if codes.exists() else "mfa_reauthenticate_webauthn"


def factors_of(member: Member) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user_id=member.pk).order_by("created_at"))


def identity_providers(at: datetime) -> QuerySet[IdentityProvider]:
    """The sign-in services in use; an agency has at most one."""
    return (
        IdentityProvider.unrestricted.select_related("agency")
        .filter(Q(active_until__isnull=True) | Q(active_until__gt=at), active_from__lte=at)
        .order_by("agency__name")
    )


def provider_of(agency: Agency, *, at: datetime) -> IdentityProvider | None:
    return identity_providers(at).filter(agency=agency).first()


def identity_provider(pk: UUID, *, at: datetime) -> IdentityProvider | None:
    return identity_providers(at).filter(pk=pk).first()


def active_member(agency: Agency, **of: object) -> Member | None:
    """A member of this agency and no other, by `pk` or `email`."""
    return Member.unrestricted.filter(agency=agency, is_active=True, **of).first()


def is_linked(member: Member, provider: IdentityProvider) -> bool:
    """Has the member signed in through this provider before?"""
    linked = SocialAccount.objects.filter(user_id=member.pk, provider=str(provider.pk))
    return bool(linked.exists())


def other_factors(authenticator: Authenticator) -> int:
    """How many second factors its owner would still have without this one."""
    factors = Authenticator.objects.filter(user_id=authenticator.user_id)
    return int(
        factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exclude(pk=authenticator.pk).count()
    )
