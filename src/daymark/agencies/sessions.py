"""What a session remembers of itself, and how far it has come."""

from datetime import datetime, timedelta

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from daymark.agencies import queries, rules
from daymark.agencies.terms import SessionEnd, Standing

BY_PROVIDER = "provider"
"""The kind of second factor that the agency's own sign-in service vouched for."""

_STARTED, _SEEN = "daymark_started_at", "daymark_seen_at"
_GRAIN = timedelta(minutes=1)


def begin(session: SessionBase, *, now: datetime) -> None:
    session[_STARTED] = session[_SEEN] = now.isoformat()


def touch(session: SessionBase, *, now: datetime) -> None:
    """Note that the member is there; at most once a minute, since it writes the session."""
    if now - datetime.fromisoformat(session[_SEEN]) >= _GRAIN:
        session[_SEEN] = now.isoformat()


def started_at(session: SessionBase) -> datetime:
    return datetime.fromisoformat(session[_STARTED])


def ended(session: SessionBase, *, now: datetime) -> SessionEnd | None:
    """Why the session is over; one that no sign-in began is over too."""
    if _STARTED not in session:
        return SessionEnd.TOO_OLD
    return rules.session_expired(
        started_at=started_at(session),
        seen_at=datetime.fromisoformat(session[_SEEN]),
        now=now,
        idle=settings.SESSION_IDLE,
        absolute=settings.SESSION_ABSOLUTE,
    )


def standing(request: HttpRequest) -> Standing:
    """How far the request's session has come, as this request began."""
    known = getattr(request, "_standing", None)
    if isinstance(known, Standing):
        return known
    found = _standing(request)
    request._standing = found  # type: ignore[attr-defined]  # remembered for this request alone
    return found


def _standing(request: HttpRequest) -> Standing:
    member = request.user
    if not member.is_authenticated:
        return Standing.SIGNED_OUT
    used = {
        entry.get("type")
        for entry in get_authentication_records(request, member)
        if entry.get("method") == "mfa"
    }
    return rules.standing(
        signed_in=True,
        has_factor=BY_PROVIDER in used or queries.has_second_factor(member.pk),
        used_factor=bool(used),
    )
