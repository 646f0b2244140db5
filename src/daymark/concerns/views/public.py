"""The public door: the first page, coming back with a code, leaving. No cookie, no script."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from daymark.concerns import actions, queries
from daymark.concerns.actions.door import attached
from daymark.concerns.forms.public import AnswerForm, CodeForm
from daymark.concerns.views import carried, uploads
from daymark.concerns.views.carried import (
    AGAIN,
    Draft,
    asked,
    draft_in,
    fresh_id,
    has_left,
    lost,
    own_id,
    pack,
    page,
    pepper,
    typed,
)
from daymark.concerns.views.uploads import OFF
from daymark.vault import codes
from daymark.vault.terms import Reason


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "concerns/public/home.html")


@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponse:
    """Open the thread that a code belongs to, and what is done there: all at one address."""
    if request.method != "POST":
        return _ask(request, CodeForm())
    taking = uploads.take_in(request, timezone.now())
    if has_left(request):
        return redirect("come_back")
    to = asked(request)
    if "draft" in request.POST:
        draft = draft_in(request)
        if draft is None or "code" not in draft:
            return lost(request)
        uploads.attach(draft, taking)
        if to.startswith(OFF):
            uploads.take_off(draft, to.removeprefix(OFF))
            to = AGAIN
        if taking.troubles:
            return _trouble(request, draft, taking.troubles) or lost(request)
        return _DONE_THERE.get(to, _add)(request, draft) or lost(request)
    form = CodeForm(request.POST)
    if to == AGAIN:
        return _ask(request, CodeForm(initial=typed(form)))
    if form.is_valid():
        try:
            code = codes.parse(form.cleaned_data["code"])
        except codes.NotACode as error:
            form.add_error("code", _explain(error))
        else:
            if (shown := _thread(request, code)) is not None:
                return shown
            form.add_error("code", gettext("No report has this code. Look at each group again."))
    return _ask(request, form, status=422)


@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Away from here at once: an empty page, and from there elsewhere.

    A redirect would leave what was written on the screen until the other site answers.
    """
    with suppress(DatabaseError):  # nothing keeps anybody here
        carried.leave(request)
    return render(request, "concerns/public/leave.html")


def _ask(request: HttpRequest, form: CodeForm, *, status: int | None = None) -> HttpResponse:
    return page(request, "back", status=status, form=form, carrying=reverse("come_back"))


def _add(request: HttpRequest, draft: Draft) -> HttpResponse | None:
    """An answer to the desk, or something the reporter adds."""
    code, now = codes.parse(draft["code"]), timezone.now()
    thread = queries.door.thread_of(code, pepper=pepper())
    if thread is None:
        return None
    gone = uploads.let_go(draft, now)
    files = attached(draft)
    form = AnswerForm(request.POST, with_files=bool(files))
    if gone or not form.is_valid():
        return _thread(request, code, form=form, draft=draft, status=422, let_go=gone)
    text = form.cleaned_data["text"]
    # A double press takes the files in twice: their names and sizes stay the same.
    said = "\n".join([text, *(f"{one.name} {one.size}" for one in files)])
    actions.door.add_to_report(thread, text, pk=own_id(draft, said), at=now, files=files)
    return _thread(request, code, done="added")


def _trouble(request: HttpRequest, draft: Draft, troubles: list[str]) -> HttpResponse | None:
    """Some files could not be taken: nothing is sent, and what could is kept in the page."""
    form = AnswerForm(request.POST, with_files=True)
    for words in troubles:
        form.add_error("files", words)
    return _thread(request, codes.parse(draft["code"]), form=form, draft=draft, status=422)


def _withdraw(request: HttpRequest, draft: Draft) -> HttpResponse | None:
    """Name and contact taken back. What stands half written in the page stays there."""
    code, form = codes.parse(draft["code"]), AnswerForm(request.POST)
    thread = queries.door.thread_of(code, pepper=pepper())
    if thread is None:
        return None
    actions.door.withdraw_contact(thread, pk=own_id(draft, "withdraw"), at=timezone.now())
    kept = {"id": fresh_id(), "code": draft["code"], "files": draft.get("files", [])}
    again = AnswerForm(initial=typed(form))
    return _thread(request, code, form=again, draft=kept, done="withdrawn")


def _again(request: HttpRequest, draft: Draft) -> HttpResponse | None:
    """The same page in another language."""
    form = AnswerForm(initial=typed(AnswerForm(request.POST)))
    return _thread(request, codes.parse(draft["code"]), form=form, draft=draft)


_DONE_THERE = {"add": _add, "withdraw": _withdraw, AGAIN: _again}


def _thread(
    request: HttpRequest,
    code: codes.Code,
    *,
    form: AnswerForm | None = None,
    draft: Draft | None = None,
    status: int = 200,
    done: str = "",
    let_go: Sequence[str] = (),
) -> HttpResponse | None:
    thread = queries.door.thread_of(code, pepper=pepper())
    if thread is None:
        return None
    context: dict[str, Any] = {
        "thread": thread,
        "letters": queries.door.letters_of(thread, code, pepper=pepper()),
        "form": form or AnswerForm(),
        "draft": pack(draft or {"id": fresh_id(), "code": code.digits}),
        "done": done,
        "attached": attached(draft or {}),
        "limits": uploads.limits(timezone.now()),
        "let_go": let_go,
    }
    return page(request, "thread", status=status, carrying=reverse("come_back"), **context)


def _explain(error: codes.NotACode) -> str:
    if error.reason == Reason.UNKNOWN_WORD:
        return gettext("“%(word)s” is not a word of any code. Look at how it is spelt.") % {
            "word": error.word
        }
    return {
        Reason.TOO_SHORT: gettext("Something is missing: a code has 28 digits or nine words."),
        Reason.TOO_LONG: gettext("That is too much: a code has 28 digits or nine words."),
        Reason.CHECK_FAILED: gettext("One part is mistyped. Look at each group again."),
    }[error.reason]
