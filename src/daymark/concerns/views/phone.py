"""File for somebody on the phone: the same report, the same sealed way, a code to read out."""

import hmac
import json
from base64 import b64decode
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from daymark.access import actions as access_actions
from daymark.access.guards import MemberRequest
from daymark.concerns import actions, queries
from daymark.concerns.forms.phone import PhoneForm
from daymark.concerns.forms.steps import Answers, report_of
from daymark.concerns.views import carried, desk
from daymark.signs import queries as signs
from daymark.vault import codes


@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: MemberRequest) -> HttpResponse:
    """One long page. What it files is decided by the page and the words: a second press of the
    same files nothing, and shows the same code."""
    now = timezone.now()
    form = desk._form(request, PhoneForm, places=signs.settings(on=timezone.localdate(now)))
    call = carried.draft_in(request)
    if form.is_bound and form.is_valid() and call is None:
        form.add_error(None, gettext("This page was open too long. Press once more to file it."))
    if form.is_valid() and call is not None:
        try:
            code = _file(request, form.cleaned_data, call, at=now)
        except queries.content.NoRoute:
            form.add_error(None, gettext("No desk reads reports yet, so this was not filed."))
        else:
            access_actions.drop_draft(request.path, by=request.user)
            return render(request, "concerns/desk/phone_code.html", {"code": code})
    context = {
        "form": form,
        "call": carried.pack(call or _call()),
        "kept_until": desk.drafts_kept_until(now),
    }
    status = 422 if form.is_bound else 200
    return render(request, "concerns/desk/phone.html", context, status=status)


def _file(request: MemberRequest, answers: Answers, call: Answers, *, at: datetime) -> codes.Code:
    """Raises NoRoute."""
    said = json.dumps(answers, sort_keys=True)
    code = _code(call, said)
    actions.door.take_call(
        report_of(answers, language=answers["language"]),
        pk=carried.own_id(call, said),
        code=code,
        pepper=carried.pepper(),
        by=request.user,
        at=at,
    )
    return code


def _call() -> Answers:
    """What the page of a call carries, sealed: where its id and its code are made of."""
    return {"id": carried.fresh_id(), "secret": codes.new().digits}


def _code(call: Answers, said: str) -> codes.Code:
    """The same code for the same call and words; nobody makes it without the page's secret."""
    key = b64decode(settings.FORM_KEY.partition(",")[0])
    made = hmac.digest(key, f"code of {call['secret']} {said}".encode(), "sha256")
    return codes.new(_Given(int.from_bytes(made)))


class _Given:
    """Stands in for chance, where the same has to come out again."""

    def __init__(self, number: int) -> None:
        self.number = number

    def randbelow(self, exclusive_upper_bound: int, /) -> int:
        return self.number % exclusive_upper_bound
