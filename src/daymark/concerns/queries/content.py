"""Which desk reads what, and how soon: dated content."""

from datetime import date

from django.db.models import Q

from daymark.agencies.models import Desk
from daymark.concerns.models import Clock, Route
from daymark.places import queries as places


class NoRoute(Exception):
    """No desk reads reports at all: the partnership is not set up."""


def desk_for(where: str, *, on: date) -> Desk:
    """The desk that reads what is reported about a place, found offline.

    The route of the narrowest area wins; words that name no place go to the fallback.
    """
    routes = {
        route.area_id: route.desk
        for route in Route.unrestricted.filter(
            Q(valid_until=None) | Q(valid_until__gt=on),
            valid_from__lte=on,
            desk__closed_at=None,
        ).select_related("desk")
    }
    area = places.find(where).likeliest if where.strip() else None
    for part in places.chain_of(area) if area else []:
        if part.pk in routes:
            return routes[part.pk]
    if None not in routes:
        raise NoRoute
    return routes[None]


def clock_for(urgency: str, *, on: date) -> Clock:
    """The clock in force for an urgency. Raises Clock.DoesNotExist: a deployment without clocks."""
    return Clock.unrestricted.filter(
        Q(valid_until=None) | Q(valid_until__gt=on), urgency=urgency, valid_from__lte=on
    ).latest("valid_from")
