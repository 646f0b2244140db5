"""The public door: report, keep a code, come back. No cookie, no session, no script."""

from base64 import b64decode
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from daymark.concerns import actions, queries, rules
from daymark.concerns.forms.public import AnswerForm, CodeForm, KeptForm, ReportForm
from daymark.design.ids import new_id
from daymark.vault import codes, envelope
from daymark.vault.terms import Reason

View = Callable[[HttpRequest], HttpResponse]


def posted(otherwise: str) -> Callable[[View], View]:
    """A page that only a form leads to; its bare address, as a phone reopens it, leads on."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            return view(request) if request.method == "POST" else redirect(otherwise)

        return guarded

    return mark


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "concerns/public/home.html")


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The quick report; a POST comes back here only to change what was typed."""
    if request.method != "POST":
        return _page(request, "report", form=ReportForm())
    if (draft := _draft(request)) is not None:
        return _page(
            request, "report", form=ReportForm(initial=draft["answers"]), draft=_pack(draft)
        )
    return redirect("report")


@posted("report")
def check(request: HttpRequest) -> HttpResponse:
    """What was typed, to read again. Nothing is sent yet; code and id are already chosen."""
    form = ReportForm(request.POST)
    draft = _draft(request) or {"id": str(new_id(rules.rounded(timezone.now())))}
    if not form.is_valid():
        return _page(request, "report", status=422, form=form, draft=_pack(draft))
    draft |= {"answers": form.cleaned_data, "code": draft.get("code") or codes.new().digits}
    return _page(request, "check", answers=form.cleaned_data, draft=_pack(draft))


@posted("report")
def send(request: HttpRequest) -> HttpResponse:
    """File it, once, however often it is sent, and show the code."""
    draft = _draft(request)
    if draft is None or "code" not in draft:
        return _lost(request)
    answers, code = draft["answers"], codes.parse(draft["code"])
    actions.door.file_report(
        actions.door.Report(
            danger=answers["danger"] == "yes",
            what=answers["what"],
            where=answers["where"],
            language=(translation.get_language() or "en").partition("-")[0],
        ),
        pk=UUID(draft["id"]),
        code=code,
        pepper=_pepper(),
        at=timezone.now(),
    )
    return _page(request, "code", code=code, form=KeptForm(), draft=_pack(draft))


@posted("home")
def kept(request: HttpRequest) -> HttpResponse:
    """The code echoed back, before the page with it is left."""
    draft = _draft(request)
    if draft is None or "code" not in draft:
        return _lost(request)
    code, form = codes.parse(draft["code"]), KeptForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data["last"].casefold().split()
        if typed and typed[-1] in {code.digits.split()[-1], code.words.split()[-1]}:
            return _page(request, "kept")
        form.add_error("last", gettext("That is not how your code ends. Look at it again."))
    return _page(request, "code", status=422, code=code, form=form, draft=_pack(draft))


@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponse:
    """Open the thread that a code belongs to. A wrong code costs nobody else anything."""
    if request.method != "POST":
        return _page(request, "back", form=CodeForm())
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            code = codes.parse(form.cleaned_data["code"])
        except codes.NotACode as error:
            form.add_error("code", _explain(error))
        else:
            if (shown := _thread(request, code)) is not None:
                return shown
            form.add_error("code", gettext("No report has this code. Look at each group again."))
    return _page(request, "back", status=422, form=form)


@posted("come_back")
def add(request: HttpRequest) -> HttpResponse:
    """An answer to the desk, or something the reporter adds."""
    draft = _draft(request)
    if draft is None or "code" not in draft:
        return _lost(request)
    code, form = codes.parse(draft["code"]), AnswerForm(request.POST)
    thread = queries.door.thread_of(code, pepper=_pepper())
    if thread is None:
        return _lost(request)
    if not form.is_valid():
        return _thread(request, code, form=form, draft=draft, status=422) or _lost(request)
    actions.door.add_to_report(
        thread, form.cleaned_data["text"], pk=UUID(draft["id"]), at=timezone.now()
    )
    return _thread(request, code, added=True) or _lost(request)


def leave(request: HttpRequest) -> HttpResponse:
    """Away from here at once; the browser is asked to forget what it kept."""
    response = redirect(settings.EXIT_URL)
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _thread(
    request: HttpRequest,
    code: codes.Code,
    *,
    form: AnswerForm | None = None,
    draft: dict[str, Any] | None = None,
    status: int = 200,
    added: bool = False,
) -> HttpResponse | None:
    thread = queries.door.thread_of(code, pepper=_pepper())
    if thread is None:
        return None
    fresh = {"id": str(new_id(rules.rounded(timezone.now()))), "code": code.digits}
    return _page(
        request,
        "thread",
        status=status,
        thread=thread,
        letters=queries.door.letters_of(thread, code, pepper=_pepper()),
        form=form or AnswerForm(),
        draft=_pack(draft or fresh),
        added=added,
    )


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


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"concerns/public/{name}.html", context, status=status)


def _lost(request: HttpRequest) -> HttpResponse:
    return _page(request, "lost", status=400)


def _draft(request: HttpRequest) -> dict[str, Any] | None:
    try:
        return envelope.unpack(request.POST.get("draft", ""), key=settings.FORM_KEY)
    except envelope.Unreadable:
        return None


def _pack(draft: dict[str, Any]) -> str:
    return envelope.pack(draft, key=settings.FORM_KEY)


def _pepper() -> bytes:
    return b64decode(settings.CODE_PEPPER)
