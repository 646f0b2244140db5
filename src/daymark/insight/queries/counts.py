"""Reads of the partnership's own counts. Nothing here has passed the gate but `Release`."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q, QuerySet

from daymark.access import rules as access
from daymark.access.terms import Permission
from daymark.agencies.models import Member
from daymark.insight.definitions import Ground, following
from daymark.insight.models import Gate, Release, Run, Scope, Tally, View
from daymark.insight.queries import figures
from daymark.insight.terms import Audience
from daymark.places import queries as places
from daymark.places.models import Area, Residents
from daymark.places.terms import Kind


class NothingCounted(Exception):
    """No scope is set, or no month of it has been counted."""


def gate_on(day: date) -> Gate:
    """The gate in force. One stands from the setting up of a deployment on."""
    found = Gate.unrestricted.filter(
        Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day
    ).order_by("-valid_from", "-pk")
    gate = found.first()
    if gate is None:
        raise NothingCounted
    return gate


def scope() -> Scope:
    """The latest scope of which a month has been counted."""
    counted = Tally.unrestricted.order_by("-month").values("scope")[:1]
    found = Scope.unrestricted.filter(pk__in=counted).first()
    if found is None:
        raise NothingCounted
    return found


def scopes() -> list[Scope]:
    """Every scope, the first to begin first."""
    return list(Scope.unrestricted.order_by("since"))


def counted_since(day: date) -> bool:
    """Whether a month that begins on this day or later has been counted."""
    return Tally.unrestricted.filter(month__gte=day).exists()


def months_to_begin(*, on: date, ahead: int = 12) -> list[str]:
    """The months in which other areas may begin: none is counted, none begins another scope."""
    last = Tally.unrestricted.aggregate(last=Max("month"))["last"]
    taken = {f"{day:%Y-%m}" for day in [last, *(one.since for one in scopes())] if day}
    months = following(f"{last or on:%Y-%m}", f"{on.year + 1 + ahead // 12}-12")
    return [month for month in islice(months, ahead + 1) if month not in taken]


def force_areas(*, on: date) -> list[tuple[str, str]]:
    """Code and name of each police force area that stands on a day."""
    found = places.areas(on=on, kinds=[Kind.POLICE_FORCE_AREA])
    return [(one.code, one.name) for one in found]


def ground(scope: Scope) -> Ground:
    months = Tally.unrestricted.filter(scope=scope).order_by("month").values_list("month")
    return Ground(scope.areas, tuple(scope.types), tuple(f"{m:%Y-%m}" for (m,) in months))


def own_counts(scope: Scope, months: Sequence[str]) -> Mapping[tuple[str, str, str], int]:
    """Concerns by area, type and month, for the gate alone: small numbers stand in it.

    The function of the database asks for the permission of whoever is signed in; without it
    there is nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT area, type, month, concerns FROM insight_counts(%s, %s, %s)",
            [scope.pk, first_day(months[0]), first_day(months[-1])],
        )
        return {(area, kind, f"{month:%Y-%m}"): n for area, kind, month, n in cursor.fetchall()}


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


# ---- what left ----


def ledger(scope: Scope) -> list[Release]:
    """All that anybody was ever shown of these records, oldest first; for the gate."""
    rows = Release.unrestricted.filter(scope=scope).select_related("made_by")
    return list(rows.order_by("made_at", "pk"))


def releases_for(member: Member) -> QuerySet[Release]:
    """What was published; for those who count also what members were shown."""
    found = Release.unrestricted.select_related("made_by__agency", "scope").order_by("-made_at")
    if access.holds(member.role, Permission.COUNT_CONCERNS):
        return found
    return found.filter(reader=None)


def published(member: Member) -> QuerySet[Release]:
    return releases_for(member).filter(reader=None)


def release_of(pk: UUID, member: Member) -> Release | None:
    return releases_for(member).filter(pk=pk).first()


# ---- views ----


def views_for(member: Member) -> QuerySet[View]:
    """The member's own views and those shared with them, by name."""
    if not access.holds(member.role, Permission.COUNT_CONCERNS):
        return View.unrestricted.none()
    return (
        View.unrestricted.filter(
            Q(owner=member)
            | Q(audience=Audience.PARTNERSHIP)
            | Q(audience=Audience.AGENCY, agency=member.agency_id),
            ended_at=None,
        )
        .select_related("owner", "agency")
        .order_by("name", "pk")
    )


def own_view(pk: UUID, member: Member) -> View | None:
    return views_for(member).filter(pk=pk, owner=member).first()


def runs_for(member: Member) -> QuerySet[Run]:
    """What the schedules of the member's views gave, newest first."""
    return (
        Run.unrestricted.filter(owner=member)
        .select_related("view", "release")
        .order_by("-month", "-pk")
    )


def unseen_runs(member: Member) -> QuerySet[Run]:
    return runs_for(member).filter(seen_at=None)


def names(scope: Scope) -> dict[str, str]:
    """What the areas of a scope are called."""
    codes = [code for force, councils in scope.areas.items() for code in (force, *councils)]
    return dict(Area.unrestricted.filter(code__in=codes).values_list("code", "name"))


def residents(scope: Scope, *, on: date) -> dict[str, int]:
    """Who lives in each area of a scope, in the latest year that is loaded."""
    year = Residents.unrestricted.aggregate(year=Max("year"))["year"]
    if year is None:
        return {}
    codes = dict(Area.unrestricted.values_list("id", "code"))
    living = {codes[pk]: sum(both) for pk, both in figures.people(year, on).items()}
    found = {code: living.get(code, 0) for some in scope.areas.values() for code in some}
    return found | {
        force: sum(found[code] for code in councils) for force, councils in scope.areas.items()
    }
