"""The desks of an administrator's own agency: opened, given another key, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from daymark.access.guards import MemberRequest
from daymark.agencies import actions as agencies
from daymark.agencies import queries as directory
from daymark.concerns import actions, queries
from daymark.concerns.forms.upkeep import CloseForm, OpenForm
from daymark.concerns.parts import route_words
from daymark.signs import queries as signs

if TYPE_CHECKING:
    from daymark.agencies.models import Desk

DO = ["GET", "HEAD", "POST"]


@require_GET
def desks(request: MemberRequest) -> HttpResponse:
    found = directory.every_desk(request.user.agency)
    sitting = directory.sitting_at_each([desk.pk for desk in found])
    rows = [(desk, len(sitting.get(desk.pk, []))) for desk in found]
    return render(request, "concerns/upkeep/desks.html", {"rows": rows})


@require_http_methods(DO)
def open_desk(request: MemberRequest) -> HttpResponse:
    agency = request.user.agency
    given = request.POST if request.method == "POST" else None
    form = OpenForm(given, taken=directory.every_desk(agency))
    if form.is_valid():
        name = form.cleaned_data["name"]
        desk = agencies.open_desk(agency=agency, name=name, by=request.user, at=timezone.now())
        messages.success(request, gettext("The desk is open. Say under Members who sits there."))
        return redirect("desks_one", desk.pk)
    status = 422 if form.is_bound else 200
    return render(request, "concerns/upkeep/open.html", {"form": form}, status=status)


@require_GET
def desk(request: MemberRequest, pk: UUID) -> HttpResponse:
    one = _ours(request, pk)
    context = {
        "desk": one,
        "sitting": directory.sitting_at(one),
        "keys": directory.keys_of(one),
        "leads": [] if one.closed_at else _leads(one),
    }
    return render(request, "concerns/upkeep/desk.html", context)


@require_http_methods(DO)
def new_key(request: MemberRequest, pk: UUID) -> HttpResponse:
    one = _open(request, pk)
    if request.method == "POST":
        try:
            agencies.rotate_desk_key(desk=one, by=request.user, at=timezone.now())
        except agencies.DeskClosed as closed:  # a moment ago, by somebody else
            raise Http404 from closed
        messages.success(request, gettext("From now on reports are locked to a new key."))
        return redirect("desks_one", one.pk)
    return render(request, "concerns/upkeep/key.html", {"desk": one})


@require_http_methods(DO)
def close(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Who takes over; then all that follows from it, to read once more; then it is done."""
    one = _open(request, pk)
    others = directory.open_desks(one.agency).exclude(pk=one.pk)
    form = CloseForm(request.POST if request.method == "POST" else None, desks=others)
    leads, sitting = _leads(one), directory.sitting_at(one)
    context = {
        "desk": one,
        "form": form,
        "leads": leads,
        "sitting": sitting,
        "others": others,
        "reads_the_rest": not all(lead.instead for lead in leads),
        "sits_there": request.user in sitting,
    }
    barred = context["reads_the_rest"] or context["sits_there"] or not others
    if barred or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "concerns/upkeep/close.html", context, status=status)
    heir = form.cleaned_data["successor"]
    if request.POST.get("sure") != "yes":
        return render(request, "concerns/upkeep/sure.html", context | {"heir": heir})
    try:
        actions.closing.close_desk(one, successor=heir, by=request.user, at=timezone.now())
    except (actions.closing.NobodyElseReads, actions.closing.NobodyDecides, agencies.DeskClosed):
        messages.error(request, gettext("Not closed: a route or a desk was changed meanwhile."))
        return redirect("desks_close", one.pk)
    closed = gettext("Closed. %(desk)s takes over what lay at %(closed)s within seconds.")
    messages.success(request, closed % {"desk": heir, "closed": one})
    return redirect("desks")


@dataclass(frozen=True)
class Lead:
    """A route to a desk, in words."""

    what: str
    starts: date | None
    instead: Desk | None


def _leads(one: Desk) -> list[Lead]:
    today = timezone.localdate()
    kinds = {place.key: place.name for place in signs.settings(on=today)}
    return [
        Lead(
            route_words(lead.route, kinds),
            lead.route.valid_from if lead.route.valid_from > today else None,
            lead.instead,
        )
        for lead in queries.content.leading_to(one, on=today)
    ]


def _ours(request: MemberRequest, pk: UUID) -> Desk:
    return get_object_or_404(directory.every_desk(request.user.agency), pk=pk)


def _open(request: MemberRequest, pk: UUID) -> Desk:
    return get_object_or_404(directory.open_desks(request.user.agency), pk=pk)
