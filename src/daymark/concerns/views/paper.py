"""A concern on paper: choose, look at it, let exactly those bytes leave.

The choice is kept as the member's draft of the preview's address: encrypted, and no address ever
carries for whom a paper is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from daymark.access import actions as access_actions
from daymark.access import queries as access
from daymark.access.guards import MemberRequest
from daymark.access.terms import Permission, Purpose
from daymark.concerns import actions, paper
from daymark.concerns.forms.paper import PaperForm
from daymark.concerns.views import desk
from daymark.design.policy import policy

if TYPE_CHECKING:
    from daymark.concerns.models import Concern


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What goes on it, for whom and why."""
    one = desk._held(request, pk, Permission.EXPORT_CONCERNS)
    before = access.draft_of(_page(one), request.user)
    form = desk._form(request, PaperForm, initial=_before(before.body) if before else None)
    if form.is_valid():
        _keep(request, one, form, at=timezone.now())
        access_actions.drop_draft(request.path, by=request.user)
        return redirect("concern_paper_preview", one.pk)
    return desk._action(request, one, form, "paper")


@require_GET
def preview(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The paper as it would leave now. A record that changed since makes a new one."""
    one = desk._held(request, pk, Permission.EXPORT_CONCERNS)
    kept = _kept(request, one)
    if kept is None:
        return redirect("concern_paper", one.pk)
    if kept.paper.digest != kept.digest:
        messages.warning(request, gettext("The concern has changed. This is its new preview."))
        kept = _keep(request, one, kept.form, at=timezone.now())
    _read(request, one, kept.paper)
    context = {"concern": one, "kept": kept, "purpose": paper.purpose_words(kept.choice.purpose)}
    response = render(request, "concerns/desk/paper_preview.html", context)
    response["Content-Security-Policy"] = policy(object_src="'self'", frame_src="'self'")
    return response


@require_GET
def content(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The bytes themselves, to look at."""
    one = desk._held(request, pk, Permission.EXPORT_CONCERNS)
    kept = _kept(request, one)
    if kept is None:
        return redirect("concern_paper", one.pk)
    _read(request, one, kept.paper)
    response = _file(kept.paper, "inline")
    response["Content-Security-Policy"] = policy(frame_ancestors="'self'")
    return response


@require_POST
def export(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Only what was looked at leaves: the digest the preview showed must be of these bytes."""
    one = desk._held(request, pk, Permission.EXPORT_CONCERNS)
    kept = _kept(request, one)
    if kept is None:
        return redirect("concern_paper", one.pk)
    if kept.paper.digest != kept.digest or request.POST.get("digest") != kept.digest:
        if kept.paper.digest == kept.digest:
            messages.warning(request, gettext("Another preview was made since. This is it."))
        return redirect("concern_paper_preview", one.pk)
    actions.paper.export(
        one,
        digest=kept.digest,
        recipient=kept.choice.recipient,
        purpose=Purpose(kept.choice.purpose),
        parts=kept.choice.parts,
        by=request.user,
        at=timezone.now(),
    )
    return _file(kept.paper, "attachment")


@dataclass(frozen=True)
class _Kept:
    """A choice with the paper it makes now, and the digest of the one that was shown."""

    form: PaperForm
    choice: paper.Choice
    paper: paper.Paper
    digest: str

    @property
    def parts(self) -> list[str]:
        return [
            str(label) for part, label in self.form.fields["parts"].choices  # type: ignore[attr-defined]
            if part in self.choice.parts
        ]  # fmt: skip


def _keep(request: MemberRequest, one: Concern, form: PaperForm, *, at: datetime) -> _Kept:
    choice = _choice(form, at)
    made = paper.made(one, choice, request.user, now=timezone.now())
    body = json.dumps(dict(form.data.lists()) | {"digest": [made.digest]})  # type: ignore[attr-defined]
    access_actions.keep_draft(_page(one), body, by=request.user, at=at)
    return _Kept(form, choice, made, made.digest)


def _kept(request: MemberRequest, one: Concern) -> _Kept | None:
    draft = access.draft_of(_page(one), request.user)
    if draft is None:
        return None
    said = MultiValueDict(json.loads(draft.body))
    form = PaperForm(said)
    if not form.is_valid():
        return None
    choice = _choice(form, draft.saved_at)
    made = paper.made(one, choice, request.user, now=timezone.now())
    return _Kept(form, choice, made, said.get("digest", ""))


def _before(body: str) -> dict[str, object]:
    """What was chosen last time, to be changed."""
    said = MultiValueDict(json.loads(body))
    return said.dict() | {"parts": said.getlist("parts")}


def _choice(form: PaperForm, at: datetime) -> paper.Choice:
    chosen = form.cleaned_data
    return paper.Choice(frozenset(chosen["parts"]), chosen["recipient"], chosen["purpose"], at)


def _page(one: Concern) -> str:
    return reverse("concern_paper_preview", args=[one.pk])


def _read(request: MemberRequest, one: Concern, made: paper.Paper) -> None:
    actions.paper.read(one, digest=made.digest, by=request.user, at=timezone.now())


def _file(made: paper.Paper, disposition: str) -> HttpResponse:
    response = HttpResponse(made.content, content_type="application/pdf")
    response["Content-Disposition"] = f'{disposition}; filename="{made.name}"'
    return response
