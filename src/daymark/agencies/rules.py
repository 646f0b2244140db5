"""Decisions about members and their sessions: plain functions, no clock, no database."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from daymark.agencies.terms import InvitationState, Role, SessionEnd, Standing

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(days=1)
"""From being asked for until it is carried out."""


def is_current(valid_from: date, valid_until: date | None, on: date) -> bool:
    """`valid_until` is the first day after the end."""
    return valid_from <= on and (valid_until is None or on < valid_until)


def may_manage(manager: Role, *, same_agency: bool, self_: bool) -> bool:
    """May this member change another's role, desks, membership?

    Nobody manages themselves: an administrator who could change their own role would have a
    way to content.
    """
    return manager is Role.ADMINISTRATOR and same_agency and not self_


def may_give_role(role: Role, *, by: Role, same_agency: bool, to_self: bool) -> bool:
    """An administrator gives any role to others in the same agency, and none to themselves."""
    return role in Role and may_manage(by, same_agency=same_agency, self_=to_self)


def may_approve_reset(
    approver: Role, *, same_agency: bool, is_subject: bool, is_requester: bool
) -> bool:
    """Taking second factors away needs a second person, who answers for the agency."""
    return (
        approver in {Role.ADMINISTRATOR, Role.DESK_SUPERVISOR}
        and same_agency
        and not is_subject
        and not is_requester
    )


def invitation_state(
    *,
    expires_at: datetime,
    used_at: datetime | None,
    withdrawn_at: datetime | None,
    now: datetime,
) -> InvitationState:
    """A used or withdrawn invitation stays so after it would have expired."""
    if used_at:
        return InvitationState.USED
    if withdrawn_at:
        return InvitationState.WITHDRAWN
    return InvitationState.OPEN if now < expires_at else InvitationState.EXPIRED


def token_hash(token: str) -> str:
    """What is stored of a token. It holds 256 random bits, so a plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_expired(
    *, started_at: datetime, seen_at: datetime, now: datetime, idle: timedelta, absolute: timedelta
) -> SessionEnd | None:
    """Why the session is over, or None while it lasts."""
    if now - started_at >= absolute:
        return SessionEnd.TOO_OLD
    return SessionEnd.IDLE if now - seen_at >= idle else None


def standing(*, signed_in: bool, has_factor: bool, used_factor: bool) -> Standing:
    """How far a session has come; `used_factor` counts only what this session has shown.

    Whoever took their last second factor away sets one up before going on.
    """
    if not signed_in:
        return Standing.SIGNED_OUT
    if not has_factor:
        return Standing.NO_FACTOR
    return Standing.FULL if used_factor else Standing.UNCONFIRMED


def speaks_for(email: str, domains: Iterable[str]) -> bool:
    """Does a provider limited to these domains speak for the address? Subdomains are others."""
    return email.rpartition("@")[2].lower() in {domain.lower() for domain in domains}


def provider_proved_second_factor(
    claims: Mapping[str, object], *, amr: Iterable[str], acr: Iterable[str]
) -> bool:
    """Did the provider say, in words this agency agreed to, that it asked for two factors?

    `amr` lists methods (RFC 8176), `acr` names a level; either is enough, and an agency that
    agreed to neither gets our own second factor.
    """
    said = claims.get("amr")
    methods = {str(word) for word in said} if isinstance(said, list) else set()
    return bool(methods & set(amr)) or claims.get("acr") in set(acr)
