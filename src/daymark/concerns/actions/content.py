"""What holds from a day on: routes, clocks, limits, and what needs a second person."""

from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from daymark.agencies.actions import DeskClosed
from daymark.agencies.models import Desk, Member
from daymark.audit import actions as audit
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

SETTING = 0x72756C6573
"""The advisory lock of whoever sets a rule."""


def set_clock(
    urgency: Urgency,
    *,
    within: timedelta,
    escalate_after: timedelta,
    source: str,
    at: datetime,
    starts: date | None = None,
    by: Member | None = None,
) -> Clock:
    """How soon a concern of this urgency must be decided, and how long past that the desk's
    supervisors hear of it. What has its deadline already keeps it."""
    clock = Clock(urgency=urgency, within=within, escalate_after=escalate_after, source=source)
    return _put(clock, starts=starts, by=by, at=at)


def set_route(
    area: Area | None,
    *,
    desk: Desk | None,
    source: str,
    at: datetime,
    type_key: str = "",
    starts: date | None = None,
    by: Member | None = None,
) -> Route:
    """Which desk reads what is reported about an area and a type.

    No type is every type; no area and no type is the fallback. No desk: that of the wider area.
    Raises DeskClosed.
    """
    route = Route(area=area, type=type_key, desk=desk, source=source)
    with transaction.atomic():
        alone()
        if desk and not Desk.unrestricted.filter(pk=desk.pk, closed_at=None).exists():
            raise DeskClosed
        return _put(route, starts=starts, by=by, at=at)


def set_limit(
    of: LimitOf,
    value: float,
    *,
    source: str,
    at: datetime,
    starts: date | None = None,
    by: Member | None = None,
) -> Limit:
    return _put(Limit(of=of, value=value, source=source), starts=starts, by=by, at=at)


def want_second_person(
    desk: Desk,
    step: Step,
    *,
    source: str,
    at: datetime,
    wanted: bool = True,
    starts: date | None = None,
    by: Member | None = None,
) -> SecondPerson:
    """Whether this step of the desk is proposed by one member and agreed by another."""
    rule = SecondPerson(desk=desk, step=step, wanted=wanted, source=source)
    return _put(rule, starts=starts, by=by, at=at)


def set_allowance(
    *,
    files: int,
    megabytes: int,
    kept_for: timedelta,
    waiting_megabytes: int,
    source: str,
    at: datetime,
    starts: date | None = None,
    by: Member | None = None,
) -> Allowance:
    """How much a reporter may attach, and how much may wait for its report."""
    allowance = Allowance(
        files=files,
        megabytes=megabytes,
        kept_for=kept_for,
        waiting_megabytes=waiting_megabytes,
        source=source,
    )
    return _put(allowance, starts=starts, by=by, at=at)


def alone() -> None:
    """Of two who set the same at once the second must see what the first has set."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SETTING])


def _put(new: D, *, starts: date | None, by: Member | None, at: datetime) -> D:
    """Let it hold from a day on, today unless another is named; see `Dated` for what it ends."""
    new.valid_from, new.set_by = starts or timezone.localdate(at), by
    same = type(new).unrestricted.filter(**{name: getattr(new, name) for name in new.FOR})
    with transaction.atomic():
        alone()
        same.filter(Q(valid_until=None) | Q(valid_until__gt=new.valid_from)).update(
            valid_until=Greatest(F("valid_from"), new.valid_from)
        )
        new.save(force_insert=True)
        audit.record("rule.set", of=new, by=by, at=at, starts=new.valid_from.isoformat())
    return new
