"""Which desk reads what, and how soon: dated content."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q

from daymark.agencies.models import Desk
from daymark.concerns.models import Clock, Route
from daymark.places import queries as places
from daymark.places.models import Area


class NoRoute(Exception):
    """No desk reads reports at all: the partnership is not set up."""


def desk_for(where: str, *, on: date) -> Desk:
    """The desk that reads what is reported about a place, found offline.

    Words that name no place go to the fallback. Raises NoRoute.
    """
    area = places.find(where).likeliest if where.strip() else None
    return desk_of(area, routes(on=on))


Routes = Mapping[UUID | None, Desk]
"""Desks by area; the fallback by None."""


def routes(*, on: date) -> Routes:
    """The routes in force, to desks that are open."""
    return {
        route.area_id: route.desk
        for route in Route.unrestricted.filter(
            Q(valid_until=None) | Q(valid_until__gt=on),
            valid_from__lte=on,
            desk__closed_at=None,
        ).select_related("desk")
    }


def desk_of(area: Area | None, known: Routes) -> Desk:
    """The route of the narrowest area wins: district, county, force. Raises NoRoute."""
    for part in places.chain_of(area) if area else []:
        if part.pk in known:
            return known[part.pk]
    if None not in known:
        raise NoRoute
    return known[None]


def clock_for(urgency: str, *, on: date) -> Clock:
    """The clock in force for an urgency. Raises Clock.DoesNotExist: a deployment without clocks."""
    return Clock.unrestricted.filter(
        Q(valid_until=None) | Q(valid_until__gt=on), urgency=urgency, valid_from__lte=on
    ).latest("valid_from")
