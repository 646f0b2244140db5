"""Who gets in, and for how long. In settings, in this order:

    django.middleware.csrf.CsrfViewMiddleware
    django.contrib.auth.middleware.AuthenticationMiddleware
    the room `access`: one transaction a request, in the member's name
    allauth.account.middleware.AccountMiddleware
    daymark.agencies.middleware.session_limits      ends what is idle or too old
    daymark.agencies.middleware.second_factor       lets nothing by without a second factor

Both decide just before the view, so a form that another site forged is refused before its words
are kept as a draft, and the draft is kept in the member's name.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from daymark.agencies import queries, sessions
from daymark.agencies.terms import SessionEnd, Standing

GetResponse = Callable[[HttpRequest], HttpResponse]
Hook = Callable[[HttpRequest, Any], str | None]
"""Keeps what an expired session's POST carried; gives the page to come back to, if it knows."""

REACHABLE = {
    Standing.NO_FACTOR: {
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
    },
    Standing.UNCONFIRMED: {
        "account_logout",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    },
}
"""The names of the pages that a session short of a second factor may see."""


def session_limits(get_response: GetResponse) -> GetResponse:
    """End a session that was idle too long or has become too old, and keep what it posted."""

    def process_view(request: HttpRequest, *_: object) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        now = timezone.now()
        end = sessions.ended(request.session, now=now)
        if end is None:
            sessions.touch(request.session, now=now)
            return None
        return _end(request, end)

    return _with_view(get_response, process_view)


def _end(request: HttpRequest, end: SessionEnd) -> HttpResponse:
    back = None
    if request.method == "POST":
        hook = settings.EXPIRED_POST_HOOK
        # Only a session that was whole may leave words behind under its member's name.
        if hook and sessions.standing(request) is Standing.FULL:
            keep: Hook = import_string(hook)
            back = keep(request, request.user)
    else:
        back = request.get_full_path()
    logout(request)
    query = {"ended": end.value} | ({"next": back} if back else {})
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query)}")


def second_factor(get_response: GetResponse) -> GetResponse:
    """Send a session short of a second factor to where it gets one; nothing else is reachable."""

    def process_view(request: HttpRequest, *_: object) -> HttpResponse | None:
        standing = sessions.standing(request)
        match = request.resolver_match
        if standing not in REACHABLE or (match and match.url_name in REACHABLE[standing]):
            return None
        if standing is Standing.NO_FACTOR:
            return HttpResponseRedirect(reverse("mfa_index"))
        page = queries.way_to_confirm(request.user.pk)
        query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return HttpResponseRedirect(f"{reverse(page)}?{query}")

    return _with_view(get_response, process_view)


def _with_view(get_response: GetResponse, process_view: Callable[..., Any]) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    middleware.process_view = process_view  # type: ignore[attr-defined]  # how Django finds it
    return middleware
