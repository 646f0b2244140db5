"""What the operator sets: routes and clocks are dated content."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from daymark.agencies.models import Desk
from daymark.concerns.models import (
    Allowance,
    Clock,
    Dated,
    Limit,
    Route,
    SecondPerson,
)
from daymark.concerns.terms import (
    LimitOf,
    Step,
    Urgency,
)
from daymark.places.models import Area

D = TypeVar("D", bound=Dated)


def set_clock(
    urgency: Urgency, *, within: timedelta, escalate_after: timedelta, source: str, at: datetime
) -> Clock:
    """How soon a concern of this urgency must be decided, and how long past that the desk's
    supervisors hear of it, from today on."""
    clock = Clock(urgency=urgency, within=within, escalate_after=escalate_after, source=source)
    return _put(clock, instead_of=Clock.unrestricted.filter(urgency=urgency), at=at)


def set_route(
    area: Area | None, *, desk: Desk, source: str, at: datetime, type_key: str = ""
) -> Route:
    """Which desk reads what is reported about an area and a type, from today on.

    No type is every type; no area and no type is the fallback.
    """
    route = Route(area=area, type=type_key, desk=desk, source=source)
    return _put(route, instead_of=Route.unrestricted.filter(area=area, type=type_key), at=at)


def set_limit(of: LimitOf, value: float, *, source: str, at: datetime) -> Limit:
    limit = Limit(of=of, value=value, source=source)
    return _put(limit, instead_of=Limit.unrestricted.filter(of=of), at=at)


def want_second_person(desk: Desk, step: Step, *, source: str, at: datetime) -> SecondPerson:
    """From today on this step of the desk is proposed by one member and agreed by another."""
    wanted = SecondPerson(desk=desk, step=step, source=source)
    already = SecondPerson.unrestricted.filter(desk=desk, step=step)
    return _put(wanted, instead_of=already, at=at)


def set_allowance(
    *,
    files: int,
    megabytes: int,
    kept_for: timedelta,
    waiting_megabytes: int,
    source: str,
    at: datetime,
) -> Allowance:
    """How much a reporter may attach, and how much may wait for its report, from today on."""
    allowance = Allowance(
        files=files,
        megabytes=megabytes,
        kept_for=kept_for,
        waiting_megabytes=waiting_megabytes,
        source=source,
    )
    return _put(allowance, instead_of=Allowance.unrestricted.all(), at=at)


def _put(new: D, *, instead_of: QuerySet[D], at: datetime) -> D:
    """Let it hold from today on, and what held before end today."""
    with transaction.atomic():
        instead_of.filter(valid_until=None).update(valid_until=at.date())
        new.valid_from = at.date()
        new.save(force_insert=True)
    return new
