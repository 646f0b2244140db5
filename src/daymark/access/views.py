"""Who may know a dossier, news of dossiers, emergencies, agreements."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from daymark.access import actions, drafts, queries
from daymark.access.forms import (
    AgreementForm,
    BlockForm,
    GlassForm,
    RestrictForm,
    ReviewForm,
    ShareForm,
)
from daymark.access.guards import MemberRequest
from daymark.access.rules import holds
from daymark.access.terms import Compartment, Ground, Permission, Purpose
from daymark.audit import queries as audit
from daymark.design.forms import end_of
from daymark.design.parts import Link
from daymark.vault import queries as vault

if TYPE_CHECKING:
    from daymark.access.models import Dossier


@require_GET
def who_knows(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Everybody who may know this dossier and why, and what can be changed about it."""
    now = timezone.now()
    dossier = _held(request, pk, Permission.SHARE_DOSSIERS)
    vault.take_in_hand([dossier.pk])
    actions.look_over(dossier, by=request.user, at=now)
    context = {
        "dossier": dossier,
        "now": now,
        "sitting": queries.sitting_at(dossier),
        "shares": queries.shares_of(dossier, request.user, now=now),
        "bases": queries.bases_of(dossier, request.user, now=now),
        "named": queries.named_in(dossier, request.user, now=now),
        "blocks": queries.blocks_of(dossier, request.user, now=now),
        "acts": audit.acts_on(dossier.pk)[:20],
        "looks": audit.looks_at(dossier.pk),
        "people": queries.names_by_id(),
    }
    return render(request, "access/who_knows.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: MemberRequest, pk: UUID) -> HttpResponse:
    now, dossier = timezone.now(), _held(request, pk, Permission.SHARE_DOSSIERS)
    form = _asked(
        request,
        ShareForm,
        agencies=queries.agencies_to_share_with(dossier.agency, now=now),
        members=queries.members_to_share_with(dossier, now=now),
    )
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            actions.share_on(
                dossier,
                Ground(chosen["ground"]),
                chosen["explanation"],
                to=form.recipient,
                compartments=[Compartment(one) for one in chosen["compartments"]],
                purpose=Purpose(chosen["purpose"]),
                until=end_of(chosen["until"]),
                by=request.user,
                at=now,
            )
        except actions.ShareRefused:
            form.add_error(
                "until",
                gettext(
                    "It cannot be shared until then: the day has passed, or no agreement between "
                    "the two agencies lasts that long."
                ),
            )
        else:
            messages.success(request, gettext("Shared."))
            return redirect("who_knows", pk)
    return _form(request, form, gettext("Share with others"), gettext("Share"), dossier)


@require_POST
def end_share(request: MemberRequest, pk: UUID) -> HttpResponse:
    now = timezone.now()
    given = queries.share_of(pk, request.user, now=now)
    if given is None:
        raise Http404
    actions.end_share(given, by=request.user, at=now)
    messages.success(request, gettext("The share has ended."))
    return redirect("who_knows", given.dossier_id)


@require_POST
def end_basis(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Consent withdrawn, or the gateway no longer holds: what stood on it ends now."""
    now = timezone.now()
    basis = queries.basis_of(pk, request.user, now=now)
    if basis is None:
        raise Http404
    ended = actions.end_basis(basis, by=request.user, at=now)
    if ended:
        holders = ", ".join(str(one.agency or one.member) for one in ended)
        messages.warning(
            request,
            gettext("Withdrawn. These hold what they have already read: %(holders)s. Tell them.")
            % {"holders": holders},
        )
    else:
        messages.success(request, gettext("Withdrawn. Nothing was shared on it."))
    return redirect("who_knows", basis.dossier_id)


@require_http_methods(["GET", "HEAD", "POST"])
def restrict(request: MemberRequest, pk: UUID) -> HttpResponse:
    now, dossier = timezone.now(), _held(request, pk, Permission.RESTRICT_DOSSIERS)
    members = queries.sitting_at(dossier).exclude(pk=request.user.pk)
    form = _asked(request, RestrictForm, members=members)
    if form.is_valid():
        actions.restrict(dossier, named=form.cleaned_data["named"], by=request.user, at=now)
        messages.success(request, gettext("Restricted. Only you and those you named know of it."))
        return redirect("who_knows", pk)
    return _form(request, form, gettext("Restrict to named people"), gettext("Restrict"), dossier)


@require_POST
def lift_restriction(request: MemberRequest, pk: UUID) -> HttpResponse:
    dossier = _held(request, pk, Permission.RESTRICT_DOSSIERS)
    actions.lift_restriction(dossier, by=request.user, at=timezone.now())
    messages.success(request, gettext("The restriction is lifted: the desk knows it again."))
    return redirect("who_knows", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def block(request: MemberRequest, pk: UUID) -> HttpResponse:
    now, dossier = timezone.now(), _held(request, pk, Permission.RESTRICT_DOSSIERS)
    members = queries.directory().exclude(pk=request.user.pk)
    form = _asked(request, BlockForm, members=members)
    if form.is_valid():
        chosen = form.cleaned_data
        actions.block(dossier, chosen["member"], chosen["reason"], by=request.user, at=now)
        messages.success(request, gettext("Blocked: for them it no longer exists."))
        return redirect("who_knows", pk)
    return _form(request, form, gettext("Conflict of interest"), gettext("Block"), dossier)


@require_POST
def lift_block(request: MemberRequest, pk: UUID) -> HttpResponse:
    now = timezone.now()
    barred = queries.block_of(pk, request.user, now=now)
    if barred is None:
        raise Http404
    actions.lift_block(barred, by=request.user, at=now)
    messages.success(request, gettext("The block is lifted."))
    return redirect("who_knows", barred.dossier_id)


@require_http_methods(["GET", "HEAD", "POST"])
def break_glass(request: MemberRequest) -> HttpResponse:
    form = _asked(request, GlassForm)
    if form.is_valid():
        chosen = form.cleaned_data
        found = actions.break_glass(
            chosen["reference"],
            chosen["reason"],
            minutes=chosen["minutes"],
            by=request.user,
            at=timezone.now(),
        )
        if found:
            messages.warning(
                request,
                gettext("Open to you for %(minutes)s minutes. Its desk has been told.") % chosen,
            )
            return redirect("concern", found)
        form.add_error("reference", gettext("Nothing can be opened with this reference."))
    return _form(request, form, gettext("Break glass"), gettext("Open it now"), None)


@require_http_methods(["GET", "HEAD", "POST"])
def glass_review(request: MemberRequest, pk: UUID) -> HttpResponse:
    now = timezone.now()
    broken = queries.glass_to_review(request.user, now=now).filter(pk=pk).first()
    if broken is None:
        raise Http404
    actions.read_reason(broken, by=request.user, at=now)
    form = _asked(request, ReviewForm)
    if form.is_valid():
        actions.review_glass(
            broken, justified=form.cleaned_data["justified"], by=request.user, at=now
        )
        messages.success(request, gettext("Reviewed."))
        return redirect("today")
    today = Link(gettext("Back to Today"), reverse("today"))
    title, save = gettext("Review broken glass"), gettext("Save")
    return _form(request, form, title, save, broken.dossier, back=today, glass=broken)


@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: MemberRequest) -> HttpResponse:
    """What happened to the dossiers this member knows."""
    now = timezone.now()
    found = queries.notices_for(request.user, now=now)
    if request.method == "POST":
        for notice in queries.unseen_notices(request.user, now=now)[:200]:
            actions.see_notice(notice, by=request.user, at=now)
        return redirect("notices")
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    actions.show_news(page.object_list, by=request.user, at=now)
    return render(request, "access/notices.html", {"page": page})


@require_GET
def agreements(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "agreements": queries.agreements(now=now),
        "now": now,
        "may_make": holds(request.user.role, Permission.MANAGE_AGREEMENTS),
    }
    return render(request, "access/agreements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def agreement_new(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    form = _asked(request, AgreementForm, agencies=queries.current_agencies(now=now))
    if form.is_valid():
        chosen = form.cleaned_data
        start = timezone.make_aware(datetime.combine(chosen["valid_from"], time.min))
        try:
            actions.make_agreement(
                title=chosen["title"],
                agencies=chosen["agencies"],
                valid_from=start,
                valid_until=end_of(chosen["valid_until"]),
                source=chosen["source"],
                by=request.user,
                at=now,
            )
        except actions.NotAParty:
            form.add_error("agencies", gettext("Your own agency must have signed it too."))
        else:
            messages.success(request, gettext("Recorded."))
            return redirect("agreements")
    all_of_them = Link(gettext("Agreements"), reverse("agreements"))
    return _form(
        request, form, gettext("Record an agreement"), gettext("Record"), None, back=all_of_them
    )


def _held(request: MemberRequest, pk: UUID, permission: Permission) -> Dossier:
    """A dossier at the member's desk that their role may act on; to others it does not exist."""
    held = queries.held_dossiers(request.user, permission, now=timezone.now())
    dossier = held.select_related("agency", "desk").filter(pk=pk).first()
    if dossier is None:
        raise Http404
    return dossier


def _asked(request: MemberRequest, kind: type[forms.Form], **options: Any) -> Any:
    """The form as it was posted; or fresh, with what was typed when the session ended."""
    if request.method == "POST":
        form = kind(request.POST, **options)
        if form.is_valid():
            actions.drop_draft(request.path, by=request.user)
        return form
    form = kind(**options)
    drafts.fill(form, request.path, request.user)
    return form


def _form(
    request: MemberRequest,
    form: forms.Form,
    title: str,
    button: str,
    dossier: Dossier | None,
    *,
    back: Link | None = None,
    **context: Any,
) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    if dossier and not back:
        back = Link(gettext("Back to who may know"), reverse("who_knows", args=[dossier.pk]))
    context["back"] = back
    context |= {"form": form, "page_title": title, "button_text": button, "dossier": dossier}
    return render(request, "access/form.html", context, status=status)
