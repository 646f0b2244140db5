"""Which desk reads what, and how soon: dated content."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from daymark.access.rules import holds
from daymark.access.terms import Permission
from daymark.agencies import queries as agencies
from daymark.agencies.models import Desk
from daymark.concerns import rules
from daymark.concerns.models import Allowance, Clock, Dated, Limit, Route, SecondPerson
from daymark.concerns.terms import Dead, LimitOf, Step
from daymark.places import queries as places
from daymark.places.models import Area
from daymark.places.terms import LOWEST_COUNCILS, Kind

D = TypeVar("D", bound=Dated)


class NoRoute(Exception):
    """No desk reads reports at all: the partnership is not set up."""


def desk_for(where: str, *, on: date, type_key: str = "") -> Desk:
    """The desk that reads what is reported about a place and a type, found offline.

    Words that name no place go to the fallback. Raises NoRoute.
    """
    area = places.find(where).likeliest if where.strip() else None
    return desk_of(area, routes(on=on), type_key=type_key)


def somebody_reads(*, on: date) -> bool:
    """Whether any desk is there to read reports."""
    return routes_in_force(on=on).filter(desk__closed_at=None).exists()


Routes = Mapping[tuple[UUID | None, str], Desk]
"""Desks by area and type; the fallback by None and no type."""


def routes(*, on: date) -> Routes:
    """The routes in force, to desks that are open."""
    return {
        (route.area_id, route.type): route.desk
        for route in routes_in_force(on=on)
        if route.desk and not route.desk.closed_at
    }


def routes_in_force(*, on: date) -> QuerySet[Route]:
    with_desk = _in_force(Route, on=on).exclude(desk=None)
    return with_desk.select_related("desk__agency", "area").order_by("pk")


def desk_of(area: Area | None, known: Routes, *, type_key: str = "") -> Desk:
    """A desk for the type comes before one for all types; then the narrowest area wins: district,
    county, force. Raises NoRoute."""
    parts = [*(part.pk for part in places.chain_of(area)), None] if area else [None]
    for kind in dict.fromkeys([type_key, ""]):
        for part in parts:
            if (part, kind) in known:
                return known[part, kind]
    raise NoRoute


def clock_for(urgency: str, *, on: date) -> Clock:
    """The clock in force for an urgency. Raises Clock.DoesNotExist: a deployment without clocks."""
    return _in_force(Clock, on=on).filter(urgency=urgency).latest("valid_from")


def limit(of: LimitOf, *, on: date) -> float | None:
    """The number in force; None where the partnership has set none."""
    newest = _in_force(Limit, on=on).filter(of=of).order_by("-valid_from").first()
    return newest.value if newest else None


def drafts_kept_for(*, on: date) -> timedelta | None:
    """How long what was typed and not sent waits; None: for ever."""
    days = limit(LimitOf.DRAFT_DAYS, on=on)
    return None if days is None else timedelta(days=days)


def needs_second_person(desk: Desk, step: Step, *, on: date) -> bool:
    return _in_force(SecondPerson, on=on).filter(desk=desk, step=step, wanted=True).exists()


def allowance(*, on: date) -> Allowance:
    """What may be attached to a report. Raises Allowance.DoesNotExist: a house without content."""
    return _in_force(Allowance, on=on).latest("valid_from")


def _in_force(model: type[D], *, on: date) -> QuerySet[D]:
    return model.unrestricted.filter(
        Q(valid_until=None) | Q(valid_until__gt=on), valid_from__lte=on
    )


@dataclass(frozen=True)
class Held(Generic[D]):
    """One rule through time: what holds, what is to hold from a later day, what held before."""

    now: D | None
    planned: list[D]
    before: list[D]


Rules = dict[tuple[object, ...], Held[D]]
"""By what each is for."""


def held_clocks(*, on: date) -> Rules[Clock]:
    return _held(Clock, on=on)


def held_limits(*, on: date) -> Rules[Limit]:
    return _held(Limit, on=on)


def held_steps(*, on: date) -> Rules[SecondPerson]:
    return _held(SecondPerson, on=on)


def held_allowance(*, on: date) -> Rules[Allowance]:
    return _held(Allowance, on=on)


def held_routes(*, on: date) -> Rules[Route]:
    return _held(Route, "area", "desk__agency", on=on)


def _held(model: type[D], *also: str, on: date) -> Rules[D]:
    found: Rules[D] = {}
    rows = model.unrestricted.select_related("set_by", *also)
    for row in rows.order_by("-valid_from", "-pk"):
        past = row.valid_until is not None and row.valid_until <= max(on, row.valid_from)
        if past and row.valid_from > on:
            continue  # replaced before it held
        key = tuple(getattr(row, name) for name in row.FOR)
        one = found.get(key, Held(None, [], []))
        if past:
            one = replace(one, before=[*one.before, row])
        elif row.valid_from > on:
            one = replace(one, planned=[row, *one.planned])
        else:
            one = replace(one, now=row)
        found[key] = one
    return found


def open_desks(*, now: datetime) -> QuerySet[Desk]:
    """Desks that can read reports: open ones of agencies that still exist."""
    existing = Q(agency__valid_until=None) | Q(agency__valid_until__gt=timezone.localdate(now))
    found = Desk.unrestricted.filter(existing, closed_at=None)
    return found.select_related("agency").order_by(F("agency__name"), F("name"))


def areas_called(text: str, *, on: date) -> list[Area]:
    """The council, county or police force area of a code, or those of a name."""
    standing = places.areas(on=on, kinds=ROUTED)
    return list(standing.filter(Q(code__iexact=text) | Q(name__iexact=text)))


@dataclass(frozen=True)
class Lead:
    """A route that names a desk, and which desk would read what it brings if that one were closed;
    None: nobody would."""

    route: Route
    instead: Desk | None


def leading_to(desk: Desk, *, on: date) -> list[Lead]:
    """The routes that bring reports to a desk, in force or planned."""
    naming = Route.unrestricted.filter(
        Q(valid_until=None) | Q(valid_until__gt=on) & Q(valid_until__gt=F("valid_from")), desk=desk
    )
    return [
        Lead(route, _instead(route, on=max(on, route.valid_from)))
        for route in naming.select_related("area").order_by("valid_from", "pk")
    ]


def _instead(route: Route, *, on: date) -> Desk | None:
    """The desk that reads what a route brings while its own is closed."""
    known = {key: desk for key, desk in routes(on=on).items() if desk.pk != route.desk_id}
    try:
        return desk_of(route.area, known, type_key=route.type)
    except NoRoute:
        return None


def somebody_decides_at(desk: Desk) -> bool:
    return any(
        holds(member.role, Permission.TRIAGE_CONCERNS) for member in agencies.sitting_at(desk)
    )


ROUTED = LOWEST_COUNCILS | {Kind.COUNTY, Kind.POLICE_FORCE_AREA}
"""What a route may be for."""


@dataclass(frozen=True)
class DeadRoute:
    """A route to where nobody reads."""

    route: Route
    why: Dead
    last_seen: datetime | None
    instead: Desk | None = None
    """Who reads it as long as the route's own desk is closed."""


def dead_routes(*, now: datetime) -> list[DeadRoute]:
    """Routes in force to a desk that is closed, or where nobody sits or has been for long."""
    today = timezone.localdate(now)
    days = limit(LimitOf.IDLE_DAYS, on=today)
    routed = [(route, route.desk) for route in routes_in_force(on=today) if route.desk]
    sitting = agencies.sitting_at_each({desk.pk for _, desk in routed})
    found = []
    for route, desk in routed:
        ended = desk.agency.valid_until
        readers = [
            member
            for member in sitting.get(desk.pk, ())
            if holds(member.role, Permission.TRIAGE_CONCERNS)
        ]
        seen = [member.last_login for member in readers if member.last_login]
        last_seen = max(seen, default=None)
        why = rules.dead(
            closed=desk.closed_at is not None or (ended is not None and ended <= today),
            readers=len(readers),
            last_seen=last_seen,
            idle=timedelta(days=days) if days else None,
            now=now,
        )
        if why == Dead.CLOSED:
            found.append(DeadRoute(route, why, last_seen, _instead(route, on=today)))
        elif why:
            found.append(DeadRoute(route, why, last_seen))
    return found
