"""How the desks work: what holds, what will, what did, and who may change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from daymark.access.guards import MemberRequest
from daymark.access.rules import holds
from daymark.access.terms import Permission
from daymark.agencies import queries as agencies
from daymark.agencies.actions import DeskClosed
from daymark.concerns import actions, queries
from daymark.concerns.forms.content import (
    AllowanceForm,
    ClockForm,
    LimitForm,
    RouteForm,
    SecondPersonForm,
)
from daymark.concerns.parts import (
    dead_words,
    limit_words,
    route_words,
    rule_words,
    step_words,
    urgency_words,
)
from daymark.concerns.terms import LimitOf, Step, Urgency
from daymark.signs import queries as signs

DO = ["GET", "HEAD", "POST"]


@dataclass(frozen=True)
class Line:
    """One rule as it stands, in words."""

    what: str
    held: queries.content.Held[Any]
    url: str = ""
    trouble: str = ""
    unset: str = ""

    @property
    def value(self) -> str:
        return rule_words(self.held.now) if self.held.now else self.unset or gettext("Not set")

    @property
    def planned(self) -> list[tuple[Any, str]]:
        return [(row, rule_words(row)) for row in self.held.planned]

    @property
    def before(self) -> list[tuple[Any, str]]:
        return [(row, rule_words(row)) for row in self.held.before]


@dataclass(frozen=True)
class Section:
    title: str
    lead: str
    lines: list[Line]
    add: tuple[str, str] | None = None

    @property
    def past(self) -> list[tuple[Line, Any, str]]:
        return [(line, row, words) for line in self.lines for row, words in line.before]


NOTHING: queries.content.Held[Any] = queries.content.Held(None, [], [])


@require_GET
def rules(request: MemberRequest) -> HttpResponse:
    """Every rule, and what held before."""
    return render(request, "concerns/desk/rules.html", {"sections": list(_sections(request))})


def _sections(request: MemberRequest) -> Iterator[Section]:
    now, member = timezone.now(), request.user
    on, sets = timezone.localdate(now), holds(member.role, Permission.SET_RULES)

    def to(name: str, *args: object) -> str:
        return reverse(name, args=args) if sets else ""

    steps = queries.content.held_steps(on=on)
    own = set(agencies.desks_of(member)) if holds(member.role, Permission.SET_DESK_RULES) else set()
    yield Section(
        gettext("A second person"),
        gettext("What one member proposes and another of the same desk must agree to."),
        [
            Line(
                f"{desk.agency}, {desk}: {step_words(step)}",
                steps.get((desk.pk, step), NOTHING),
                reverse("rules_second", args=[desk.pk, step]) if desk in own else "",
                unset=gettext("each member alone"),
            )
            for desk in queries.content.open_desks(now=now)
            for step in Step
            if desk in own or (desk.pk, step) in steps
        ],
    )
    clocks = queries.content.held_clocks(on=on)
    yield Section(
        gettext("How soon a concern is decided"),
        gettext("What has its deadline already keeps it until somebody decides again."),
        [
            Line(urgency_words(one), clocks.get((one,), NOTHING), to("rules_clock", one))
            for one in Urgency
        ],
    )
    yield _routes(now, to("rules_route"))
    limits = queries.content.held_limits(on=on)
    yield Section(
        gettext("Limits"),
        gettext(
            "The numbers by which a desk counts as not read, reports as near-identical, and what "
            "was typed as left behind."
        ),
        [
            Line(limit_words(one), limits.get((one,), NOTHING), to("rules_limit", one))
            for one in LimitOf
        ],
    )
    allowed = queries.content.held_allowance(on=on).get((), NOTHING)
    yield Section(
        gettext("Files"),
        gettext("What somebody may attach to a report."),
        [Line(gettext("To a report"), allowed, to("rules_files"))],
    )


def _routes(now: datetime, url: str) -> Section:
    """Those that stand or are planned, and those that have been; the fallback last."""
    dead = {one.route.pk: dead_words(one.why) for one in queries.content.dead_routes(now=now)}
    kinds = {one.key: one.name for one in signs.settings(on=timezone.localdate(now))}
    lines = []
    for held in queries.content.held_routes(on=timezone.localdate(now)).values():
        row = held.now or [*held.planned, *held.before][0]
        what = route_words(row, kinds)
        query = urlencode({"area": row.area.code if row.area else "", "type": row.type})
        trouble = dead.get(held.now.pk, "") if held.now else ""
        line = Line(what, held, url and f"{url}?{query}", trouble)
        lines.append((row.area is None, what, line))
    lines.sort(key=lambda one: one[:2])
    return Section(
        gettext("Who reads what is reported"),
        gettext(
            "A desk for the kind of place comes before one for every kind; then the narrowest "
            "area counts. It holds for what is reported from its day on."
        ),
        [line for *_, line in lines],
        add=(gettext("Add a route"), url) if url else None,
    )


def _rule(
    request: MemberRequest,
    title: str,
    kind: Callable[..., forms.Form],
    held: queries.content.Held[Any],
    initial: dict[str, Any],
    save: Callable[[dict[str, Any]], object],
) -> HttpResponse:
    """One rule: what holds, what is planned, what held; and a form for what is to hold."""
    given = request.POST if request.method == "POST" else None
    form = kind(given, initial=initial, today=timezone.localdate())
    if form.is_valid():
        try:
            save(form.cleaned_data)
        except DeskClosed:
            form.add_error("desk", gettext("This desk was closed a moment ago. Choose another."))
        else:
            starts: date = form.cleaned_data["starts"]
            words = gettext("Set. It holds from %(day)s on.")
            messages.success(request, words % {"day": f"{starts:%-d %B %Y}"})
            return redirect("rules")
    context = {"form": form, "title": title, "line": Line(title, held)}
    status = 422 if form.is_bound else 200
    return render(request, "concerns/desk/rule.html", context, status=status)


def _shown(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names} if row else {}


@require_http_methods(DO)
def clock(request: MemberRequest, of: str) -> HttpResponse:
    now, urgency = timezone.now(), _one_of(Urgency, of)
    one = queries.content.held_clocks(on=timezone.localdate(now)).get((urgency,), NOTHING)

    def save(given: dict[str, Any]) -> None:
        actions.content.set_clock(urgency, by=request.user, at=now, **given)

    return _rule(
        request,
        gettext("How soon: %(urgency)s") % {"urgency": urgency_words(urgency)},
        ClockForm,
        one,
        _shown(one.now, "within", "escalate_after"),
        save,
    )


@require_http_methods(DO)
def limit(request: MemberRequest, of: str) -> HttpResponse:
    now, which = timezone.now(), _one_of(LimitOf, of)
    one = queries.content.held_limits(on=timezone.localdate(now)).get((which,), NOTHING)

    def save(given: dict[str, Any]) -> None:
        actions.content.set_limit(which, given.pop("value"), by=request.user, at=now, **given)

    value = one.now.value if one.now else None
    if value and which == LimitOf.FLOOD_LIKENESS:
        value *= 100
    return _rule(
        request,
        limit_words(which),
        partial(LimitForm, of=which),
        one,
        {"value": f"{value:g}"} if value else {},
        save,
    )


@require_http_methods(DO)
def files(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    one = queries.content.held_allowance(on=timezone.localdate(now)).get((), NOTHING)

    def save(given: dict[str, Any]) -> None:
        actions.content.set_allowance(by=request.user, at=now, **given)

    return _rule(
        request,
        gettext("Files to a report"),
        AllowanceForm,
        one,
        _shown(one.now, "files", "megabytes", "kept_for", "waiting_megabytes"),
        save,
    )


@require_http_methods(DO)
def second(request: MemberRequest, pk: UUID, of: str) -> HttpResponse:
    """What a member's own desk wants a second person for."""
    now, step = timezone.now(), _one_of(Step, of)
    desk = agencies.desks_of(request.user).filter(pk=pk).first()
    if desk is None:
        raise Http404
    one = queries.content.held_steps(on=timezone.localdate(now)).get((desk.pk, step), NOTHING)

    def save(given: dict[str, Any]) -> None:
        actions.content.want_second_person(desk, step, by=request.user, at=now, **given)

    return _rule(
        request,
        f"{desk}: {step_words(step)}",
        SecondPersonForm,
        one,
        {"wanted": "yes" if one.now and one.now.wanted else "no"},
        save,
    )


@require_http_methods(DO)
def route(request: MemberRequest) -> HttpResponse:
    """Which desk reads what: a new route, or another desk for one that stands."""
    now = timezone.now()
    # An address may hold what no text of the database can.
    code, kind = request.GET.get("area", "").replace("\0", ""), request.GET.get("type", "")
    kinds = [(one.key, one.name) for one in signs.settings(on=timezone.localdate(now))]
    areas = queries.content.areas_called(code, on=timezone.localdate(now)) if code else []
    area = areas[0].pk if areas else None
    one = NOTHING
    if "area" in request.GET and bool(code) == bool(areas):
        one = queries.content.held_routes(on=timezone.localdate(now)).get((area, kind), NOTHING)

    def save(given: dict[str, Any]) -> None:
        wanted, type_key = given.pop("area"), given.pop("type")
        actions.content.set_route(wanted, type_key=type_key, by=request.user, at=now, **given)

    form = partial(RouteForm, desks=queries.content.open_desks(now=now), types=kinds)
    initial = {"area": code, "type": kind} | _shown(one.now, "desk")
    return _rule(request, gettext("Who reads it"), form, one, initial, save)


def _one_of(words: Any, given: str) -> Any:
    try:
        return words(given)
    except ValueError:
        raise Http404 from None
