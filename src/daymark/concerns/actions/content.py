"""What the operator sets: routes and clocks are dated content."""

from datetime import datetime, timedelta

from django.db import transaction

from daymark.agencies.models import Desk
from daymark.concerns.models import (
    Allowance,
    Clock,
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


def set_clock(
    urgency: Urgency, *, within: timedelta, escalate_after: timedelta, source: str, at: datetime
) -> Clock:
    """How soon a concern of this urgency must be decided, and how long past that the desk's
    supervisors hear of it, from today on."""
    with transaction.atomic():
        Clock.unrestricted.filter(urgency=urgency, valid_until=None).update(valid_until=at.date())
        return Clock.unrestricted.create(
            urgency=urgency,
            within=within,
            escalate_after=escalate_after,
            valid_from=at.date(),
            source=source,
        )


def set_route(
    area: Area | None, *, desk: Desk, source: str, at: datetime, type_key: str = ""
) -> Route:
    """Which desk reads what is reported about an area and a type, from today on.

    No type is every type; no area and no type is the fallback.
    """
    with transaction.atomic():
        before = Route.unrestricted.filter(area=area, type=type_key, valid_until=None)
        before.update(valid_until=at.date())
        return Route.unrestricted.create(
            area=area, type=type_key, desk=desk, valid_from=at.date(), source=source
        )


def set_limit(of: LimitOf, value: float, *, source: str, at: datetime) -> Limit:
    with transaction.atomic():
        Limit.unrestricted.filter(of=of, valid_until=None).update(valid_until=at.date())
        return Limit.unrestricted.create(of=of, value=value, valid_from=at.date(), source=source)


def want_second_person(desk: Desk, step: Step, *, source: str, at: datetime) -> SecondPerson:
    """From today on this step of the desk is proposed by one member and agreed by another."""
    with transaction.atomic():
        already = SecondPerson.unrestricted.filter(desk=desk, step=step, valid_until=None)
        already.update(valid_until=at.date())
        return SecondPerson.unrestricted.create(
            desk=desk, step=step, valid_from=at.date(), source=source
        )


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
    with transaction.atomic():
        Allowance.unrestricted.filter(valid_until=None).update(valid_until=at.date())
        return Allowance.unrestricted.create(
            files=files,
            megabytes=megabytes,
            kept_for=kept_for,
            waiting_megabytes=waiting_megabytes,
            valid_from=at.date(),
            source=source,
        )
