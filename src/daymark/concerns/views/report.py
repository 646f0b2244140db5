"""Reporting: one address from the first question to the code.

Every page of it stands at the same address under a title that says nothing, so that a browser's
history shows neither how far somebody came nor that they reported. What a page carries says which
page it is (`page`), and the button that was pressed where to go (`to`).
"""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from daymark.concerns import actions, queries
from daymark.concerns.actions.door import attached
from daymark.concerns.forms.public import KeptForm, ReportForm
from daymark.concerns.forms.steps import (
    STEPS,
    Answers,
    Step,
    in_words,
    report_of,
    said_anything,
    steps_for,
)
from daymark.concerns.views import carried, uploads
from daymark.concerns.views.carried import (
    AGAIN,
    Draft,
    asked,
    draft_in,
    fresh_id,
    has_left,
    language,
    lost,
    own_id,
    pack,
    page,
    typed,
)
from daymark.concerns.views.carried import pepper as the_pepper
from daymark.concerns.views.uploads import OFF
from daymark.signs import queries as signs
from daymark.vault import codes

BY_NAME = {step.name: step for step in STEPS}


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _quick(request, {}, ReportForm())
    taking = uploads.take_in(request, timezone.now())
    if has_left(request):
        return redirect("report")
    on, to = request.POST.get("page", ""), asked(request)
    draft = draft_in(request)
    if draft is not None and "answers" not in draft:  # of the page that a code opens
        return lost(request)
    if "kept" in (on, to):
        return _kept(request, draft) if draft and "code" in draft else lost(request)
    if draft is None:
        if on != "quick" and on not in BY_NAME:  # nothing typed came with it
            return lost(request) if "draft" in request.POST or to else redirect("report")
        draft = {"id": fresh_id(), "answers": {}, "gone": bool(request.POST.get("draft"))}
    # Chosen with the first page: whoever goes back and sends again is shown the same code.
    draft.setdefault("code", codes.new().digits)
    uploads.attach(draft["answers"], taking)
    if to.startswith(OFF):
        uploads.take_off(draft["answers"], to.removeprefix(OFF))
    form = _form(on, draft["answers"], request)
    for words in taking.troubles:
        if form is not None and "files" in form.fields:
            form.add_error("files", words)
    if to == AGAIN and form is not None and not taking.troubles:
        # The same page in another language: what was typed is judged later.
        draft["answers"] |= typed(form)
        return _open(request, on, draft)
    if form is not None:
        if not form.is_valid():
            return _open(request, on, draft, form, status=422)
        draft["answers"] |= form.cleaned_data
    # Only what was read again is sent.
    return _send(request, draft) if (on, to) == ("check", "send") else _go(request, draft, on, to)


def _go(request: HttpRequest, draft: Draft, on: str, to: str) -> HttpResponse:
    """To the page that a button names, or that stands next in the path."""
    steps = [step.name for step in steps_for(draft["answers"])]
    if to in {"", "next", "back"} and on in steps:
        path = ["quick", *steps, "check"]
        if request.POST.get("from") == "check":
            to = "check"
        else:
            to = path[path.index(on) + (-1 if to == "back" else 1)]
    if to == "attach" or to.startswith(OFF):
        to = on
    if to == "more":
        to = next((name for name in steps if not _answered(name, draft["answers"])), steps[0])
    return _open(request, to if to in {"quick", *steps} else "check", draft)


def _answered(name: str, answers: Answers) -> bool:
    return any(answers.get(field) for field in BY_NAME[name].form.base_fields)


def _open(
    request: HttpRequest,
    name: str,
    draft: Draft,
    form: forms.Form | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    if name == "quick":
        form = form or ReportForm(initial=draft["answers"])
        return _quick(request, draft, form, status=status)
    if name in BY_NAME:
        return _step(request, BY_NAME[name], draft, form, status=status)
    return _check(request, draft)


def _form(name: str, answers: Answers, request: HttpRequest | None = None) -> forms.Form | None:
    """The form of a page, with what was posted or answered so far; None where nothing is asked."""
    data = (request.POST, request.FILES) if request else (None, None)
    if name == "quick":
        return ReportForm(data[0], initial=answers)
    if name in BY_NAME:
        places = signs.settings(on=timezone.localdate(), language=language())
        return BY_NAME[name].form(*data, answers=answers, places=places)
    return None


def _quick(
    request: HttpRequest, draft: Draft, form: forms.Form, *, status: int | None = None
) -> HttpResponse:
    return _shown(request, "report", "quick", draft, status=status, form=form)


def _step(
    request: HttpRequest, step: Step, draft: Draft, form: forms.Form | None, *, status: int = 200
) -> HttpResponse:
    steps = steps_for(draft["answers"])
    progress = gettext("Question %(number)s of %(all)s") % {
        "number": steps.index(step) + 1 if step in steps else len(steps),
        "all": len(steps),
    }
    # Whoever came to change one answer goes back to all of them.
    changing = request.POST.get("from") == "check" or request.POST.get("page") == "check"
    return _shown(
        request,
        step.template.removeprefix("concerns/public/").removesuffix(".html"),
        step.name,
        draft,
        status=status,
        step=step,
        form=form or _form(step.name, draft["answers"]),
        progress=progress,
        changing=changing and request.POST.get("to") != "more",
        attached=attached(draft["answers"]),
        limits=uploads.limits(timezone.now()),
    )


def _check(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What was typed, to read again. Nothing is sent yet."""
    answers = draft["answers"]
    let_go = uploads.let_go(answers, timezone.now())
    if not said_anything(answers):
        empty = ReportForm(answers)
        empty.add_error("what", gettext("Tell us anything at all, even one sentence."))
        return _quick(request, draft, empty, status=422)
    more = _more(answers)
    return _shown(request, "check", "check", draft, answers=answers, more=more, let_go=let_go)


def _more(answers: Answers) -> list[tuple[str, str, list[str]]]:
    """What was answered beyond the quick page: the step, what it asks, the answer in words."""
    return [
        (step.name, asked, said)
        for step in steps_for(answers)
        if (form := _form(step.name, answers))
        for field, asked, said in in_words(form, answers)
        if field != "where"
    ]


def _everything(answers: Answers) -> list[tuple[str, str, list[str]]]:
    return [*in_words(ReportForm(), answers), *_more(answers)]


def _shown(
    request: HttpRequest, template: str, on: str, draft: Draft, **context: Any
) -> HttpResponse:
    if not queries.content.somebody_reads(on=timezone.localdate()):
        return _unread(request, draft, context.get("form"))
    gone = draft.pop("gone", False)
    sealed = pack(draft) if draft else ""
    return page(
        request, template, draft=sealed, on=on, gone=gone, carrying=reverse("report"), **context
    )


def _send(request: HttpRequest, draft: Draft) -> HttpResponse:
    """File it, once, however often it is sent, and show the code."""
    answers = draft["answers"]
    if not said_anything(answers) or uploads.stale(answers, timezone.now()):
        return _check(request, draft)
    words = (f"{asked} {', '.join(said)}" for _, asked, said in _everything(answers))
    try:
        actions.door.file_report(
            report_of(answers, language=language().partition("-")[0]),
            pk=UUID(draft["id"]),
            code=codes.parse(draft["code"]),
            pepper=the_pepper(),
            at=timezone.now(),
            sent_as=own_id(draft, json.dumps(answers, sort_keys=True)),
            words="\n".join(words),
        )
    except queries.content.NoRoute:
        return _unread(request, draft)
    return _code(request, draft, KeptForm())


def _unread(request: HttpRequest, draft: Draft, form: forms.Form | None = None) -> HttpResponse:
    """No desk reads reports: said before anybody types. What was typed stands in the page."""
    answers = draft.get("answers", {}) | (typed(form) if form and form.is_bound else {})
    gone = draft.pop("gone", False)
    said = [(asked, words) for _, asked, words in _everything(answers)]
    return page(
        request,
        "unread",
        status=503,
        said=said,
        gone=gone,
        on="check" if said else "quick",
        draft=pack(draft | {"answers": answers}) if said else "",
        carrying=reverse("report"),
    )


def _kept(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The code echoed back, before the page with it is left."""
    code, form = codes.parse(draft["code"]), KeptForm(request.POST)
    if asked(request) == AGAIN:
        return _code(request, draft, KeptForm())
    if form.is_valid():
        last = form.cleaned_data["last"].casefold().split()
        if last and last[-1] in {code.digits.split()[-1], code.words.split()[-1]}:
            carried.leave(request)  # nobody finds the code by going back
            return page(request, "kept")
        form.add_error("last", gettext("That is not how your code ends. Look at it again."))
    return _code(request, draft, form, status=422)


def _code(request: HttpRequest, draft: Draft, form: KeptForm, *, status: int = 200) -> HttpResponse:
    # This page shows a code that stands nowhere else: no language leads away from it.
    return page(
        request,
        "code",
        status=status,
        code=codes.parse(draft["code"]),
        form=form,
        draft=pack(draft),
        carrying=reverse("report"),
        languages=[],
        offered=None,
    )
