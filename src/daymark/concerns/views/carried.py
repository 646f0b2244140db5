"""What a page of the public door carries: no cookie, no session, the draft sealed in its form."""

import hmac
from base64 import b64decode
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation

from daymark.concerns import actions, queries, rules
from daymark.design.ids import new_id
from daymark.vault import envelope

Draft = dict[str, Any]

AGAIN = "again"
"""What a button for a language says: the same page once more. The language follows."""


NO_KEEPING = 203
"""An empty form is answered with this status and not with 200: browsers keep a page that is only
read, with what was typed into it, for the Back button, `no-store` or not; and of this status none.
It means "good, but not the original's own words", and is shown like any other page."""


def page(
    request: HttpRequest, name: str, *, status: int | None = None, **context: Any
) -> HttpResponse:
    """A page that a form leads from or to. All of one visit carry its number: see `has_left`."""
    asked_for = 200 if request.method == "POST" else NO_KEEPING
    context["visit"] = next(iter(_visits(request)), None) or uuid4()
    return render(request, f"concerns/public/{name}.html", context, status=status or asked_for)


def has_left(request: HttpRequest) -> bool:
    """Whether a browser sends again what belonged to a visit that somebody left."""
    visits = _visits(request)
    return bool(visits) and queries.door.left(visits)


def leave(request: HttpRequest) -> None:
    """What these pages hold is not taken again, whoever finds them in the browser."""
    actions.door.leave(_visits(request))


def _visits(request: HttpRequest) -> list[UUID]:
    """One where a page was sent; a browser that runs the script names all it has seen."""
    found = []
    for said in request.POST.getlist("visit"):
        with suppress(ValueError):
            found.append(UUID(said))
    return found


def lost(request: HttpRequest) -> HttpResponse:
    return page(request, "lost", status=400)


def draft_in(request: HttpRequest) -> Draft | None:
    try:
        return envelope.unpack(request.POST.get("draft", ""), key=settings.FORM_KEY)
    except envelope.Unreadable:
        return None


def asked(request: HttpRequest) -> str:
    """What the button says that was pressed. From one for a language on, the page speaks it.

    Its address says so too, but a text browser sends every button to the form's own.
    """
    to = request.POST.get("to", "")
    if not to.startswith(f"{AGAIN}:"):
        return to
    with suppress(LookupError):
        language = translation.get_supported_language_variant(to.removeprefix(f"{AGAIN}:"))
        translation.activate(language)
    return AGAIN


def pack(draft: Draft) -> str:
    return envelope.pack(draft, key=settings.FORM_KEY)


def fresh_id() -> str:
    return str(new_id(rules.rounded(timezone.now())))


def own_id(draft: Draft, said: str) -> UUID:
    """The id under which something is sent from a page: the same for a double press, another one
    where somebody came back to the page and wrote something else. It says nothing of `said`."""
    start = UUID(draft["id"])
    key = b64decode(settings.FORM_KEY.partition(",")[0])
    mixed = hmac.digest(key, start.bytes + said.encode(errors="replace"), "sha256")
    # The hour and the marks of a version 7 stay; what was random is mixed.
    low = int.from_bytes(mixed[:8]) & (1 << 62) - 1
    return UUID(int=start.int & ~((1 << 62) - 1) | low)


def typed(form: forms.Form) -> dict[str, Any]:
    """What was typed, good or not, also what was emptied: for the page in another language."""
    return {
        bound.name: bound.data
        for bound in form
        if bound.data is not None and not isinstance(bound.field, forms.FileField)
    }


def language() -> str:
    return translation.get_language() or "en"


def pepper() -> bytes:
    return b64decode(settings.CODE_PEPPER)
