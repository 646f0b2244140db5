"""What the operator sets: routes and clocks are dated content."""

from datetime import datetime, timedelta

from django.db import transaction

from daymark.agencies.models import Desk
from daymark.concerns.models import (
    Clock,
    Route,
)
from daymark.concerns.terms import (
    Urgency,
)
from daymark.places.models import Area


def set_clock(urgency: Urgency, *, within: timedelta, source: str, at: datetime) -> Clock:
    """How soon a concern of this urgency must be decided, from today on."""
    with transaction.atomic():
        Clock.unrestricted.filter(urgency=urgency, valid_until=None).update(valid_until=at.date())
        return Clock.unrestricted.create(
            urgency=urgency, within=within, valid_from=at.date(), source=source
        )


def set_route(area: Area | None, *, desk: Desk, source: str, at: datetime) -> Route:
    """Which desk reads what is reported about an area, from today on; no area is the fallback."""
    with transaction.atomic():
        Route.unrestricted.filter(area=area, valid_until=None).update(valid_until=at.date())
        return Route.unrestricted.create(area=area, desk=desk, valid_from=at.date(), source=source)
