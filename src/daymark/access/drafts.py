"""What was typed and not sent, kept for its page and shown there again."""

import json
from datetime import datetime

from django import forms
from django.http import HttpRequest

from daymark.access import actions, queries
from daymark.agencies.models import Member

LEFT_OUT = {"csrfmiddlewaretoken", "do", "page"}
LONGEST_PAGE = 200


def typed(request: HttpRequest) -> str:
    """Everything that was typed, but for the token and the buttons; empty where nothing was."""
    said = {name: values for name, values in request.POST.lists() if name not in LEFT_OUT}
    return json.dumps(said) if said else ""


def named_page(request: HttpRequest) -> str:
    """The page that a script says it saves for, or nothing that could be one."""
    return page_at(request.POST.get("page", ""))


def page_at(path: str) -> str:
    """A path of ours that a draft can be kept for; empty where it is none."""
    ours = path[:1] == "/" and path[1:2] != "/" and "\0" not in path
    return path if ours and len(path) <= LONGEST_PAGE else ""


def keep(request: HttpRequest, page: str, *, by: Member, at: datetime) -> None:
    actions.keep_draft(page, typed(request), by=by, at=at)


def fill(form: forms.Form, page: str, member: Member) -> None:
    """Show in a fresh form what the member left on this page."""
    draft = queries.draft_of(page, member)
    if draft is None:
        return
    kept: dict[str, list[str]] = json.loads(draft.body)
    for name, field in form.fields.items():
        if kept.get(name):
            many = isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
            form.initial[name] = kept[name] if many else kept[name][-1]
