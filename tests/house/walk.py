"""Walking the doors with Django's test client: what to post where, and what came back."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http.cookies import SimpleCookie
from types import ModuleType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from tests.cast import Case, Place, Relation

from daymark.access.terms import Compartment, Ground, Purpose
from daymark.agencies.models import Member
from daymark.concerns.terms import Closing, HandedOn, Outcome, Part, Urgency
from daymark.design.ids import new_id

TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")([^"]+)')


def patterns(urlconf: ModuleType) -> Iterator[URLPattern]:
    """Every page of a door."""

    def inside(found: list[Any]) -> Iterator[URLPattern]:
        for one in found:
            if isinstance(one, URLResolver):
                yield from inside(one.url_patterns)
            else:
                yield one

    return inside(urlconf.urlpatterns)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def ask(
    place: Place,
    member: Member | None,
    method: str,
    url: str,
    data: dict[str, Any] | None = None,
    *,
    session: str | None = None,
    before_undoing: Callable[[], None] | None = None,
) -> Answer:
    """One request in a whole session of the member's, or of nobody; what it wrote is undone.

    Raises what the page raised, unless somebody looks at what is left of it `before_undoing`.
    """
    browser = _browser(settings.ROOT_URLCONF)
    browser.cookies = SimpleCookie()
    if session := session or (member and place.sessions[member.pk]):
        browser.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        send = browser.get if method == "GET" else browser.post
        response = send(url, data or {})
        if before_undoing:
            before_undoing()
        transaction.set_rollback(True)
    if response.status_code == 500 and response.exc_info and not before_undoing:
        raise response.exc_info[1]
    headers = {k: v for k, v in response.headers.items() if k != "Date"}
    for name, morsel in response.cookies.items():
        # A token and its day differ each time; their presence and length may not.
        value = "x" * len(morsel.value) if name == settings.CSRF_COOKIE_NAME else morsel.value
        headers[f"Set-Cookie {name}"] = value
    body = TOKEN.sub(lambda m: m[1] + b"x" * len(m[2]), response.content)
    return Answer(response.status_code, tuple(sorted(headers.items())), body)


@cache
def _browser(urlconf: str) -> Client:
    """One for each door: it keeps the door's middleware."""
    return Client(raise_request_exception=False)


def address(name: str, case: Case | None) -> str:
    """The address of a case on a page that has a record in it; None: of no record there is."""
    if name == "break_glass":
        return reverse(name)
    more = [1] if name.startswith("file_") else []
    if case is None:
        return reverse(name, args=[new_id(), *more])
    part: dict[str, UUID] = {
        "share_end": case.share.pk,
        "basis_end": case.basis.pk,
        "block_lift": case.block.pk,
        "glass_review": case.glass.pk,
        "inquiry": case.inquiry.pk,
    }
    return reverse(name, args=[part.get(name, case.pk), *more])


EMPTY = {"csrfmiddlewaretoken": ""}
"""What every form of the partner door carries, with nothing filled in."""


def typed(name: str, place: Place, case: Case | None = None) -> dict[str, Any]:
    """What somebody types on a page so that it does what it is for, or sends it empty."""
    soon = (place.now + timedelta(days=7)).date().isoformat()
    return {
        "concern_decide": {"version": 2, "urgency": Urgency.IMMEDIATE, "note": "typed"},
        "concern_pass": {"version": 2, "desk": place.south.pk, "explanation": "typed"},
        "concern_ask": {"text": "What colour was it?"},
        "concern_close": {"version": 2, "because": Closing.NOTHING_FOUND, "note": "typed"},
        "concern_reopen": {"note": "typed"},
        "concern_paper": {
            "parts": [Part.ACCOUNT],
            "recipient": "typed",
            "purpose": Purpose.SAFEGUARDING,
        },
        "concern_inquire": {"about": new_id(), "reason": "typed"},
        "inquiry": {"outcome": Outcome.REFUSED, "text": "typed"},
        "concern_merge": {
            "version": 2,
            "into": place.cases[Relation.NAMED].dossier.reference,
        },
        "concern_hand_on": {
            "version": 2,
            "kind": HandedOn.EMERGENCY,
            "other": "typed",
            "reference": "typed",
        },
        "concern_proposal": {"do": "decline", "reason": "typed"},
        "share": {
            "member": place.outsider.pk,
            "compartments": [Compartment.ACCOUNT],
            "purpose": Purpose.SUPPORT,
            "ground": Ground.VITAL_INTERESTS,
            "explanation": "typed",
            "until": soon,
        },
        "restrict": {},
        "block": {"member": place.outsider.pk, "reason": "typed"},
        "glass_review": {"justified": "yes"},
        "break_glass": {
            "reference": case.dossier.reference if case else "2222-2222",
            "reason": "typed",
            "minutes": 15,
        },
        "draft": {"page": "/concerns/", "note": "typed"},
        "agreement_new": {
            "title": "typed",
            "agencies": [place.force.pk, place.charity.pk],
            "valid_from": soon,
            "valid_until": (place.now + timedelta(days=90)).date().isoformat(),
        },
        "member": {"do": "leave"},
        "factor_resets": {"reset": new_id(), "do": "approve"},
    }.get(name, EMPTY)
