"""A desk is closed: by an administrator of its agency; the worker brings what lay there along."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from daymark.access import actions as access
from daymark.access.models import Dossier
from daymark.agencies import actions as agencies
from daymark.agencies.models import Desk, Member
from daymark.concerns import queries, rules
from daymark.concerns.actions import content
from daymark.concerns.actions.history import remember
from daymark.concerns.models import Thread
from daymark.concerns.terms import Verb


class NobodyElseReads(Exception):
    """What no other route names comes to this desk: reports would have nowhere to go."""


class NobodyDecides(Exception):
    """At the desk that is to take over sits nobody who may decide."""


def close_desk(desk: Desk, *, successor: Desk, by: Member | None, at: datetime) -> None:
    """Reports go where the other routes lead; what lies here, and what is on its way, goes to
    `successor`.

    Raises NobodyElseReads, NobodyDecides, and the DeskClosed and MayNotManage of agencies.
    """
    with transaction.atomic():
        content.alone()
        if any(
            not lead.instead for lead in queries.content.leading_to(desk, on=timezone.localdate(at))
        ):
            raise NobodyElseReads
        if not queries.content.somebody_decides_at(successor):
            raise NobodyDecides
        agencies.close_desk(desk=desk, successor=successor, by=by, at=at)


def bring_along(*, now: datetime, most: int = 200) -> int:
    """Lay what lies at closed desks on those that took over, each dossier in its own transaction.

    What a reporter sealed to a closed desk a moment before is brought along once it is opened.
    Returns how many dossiers were moved.
    """
    # It may have arrived a moment ago, and of that only the hour is kept.
    heirs, hour = _heirs(), rules.rounded(now)
    for desk, heir in heirs.items():
        # Reporters who come back seal what they add to the desk of their thread.
        Thread.unrestricted.filter(desk=desk).update(desk=heir)
    left = Dossier.unrestricted.filter(desk__in=heirs).order_by("pk")
    moved = 0
    for pk in list(left.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            one = left.select_for_update(skip_locked=True).filter(pk=pk).first()
            if one is None:
                continue
            heir = heirs[one.desk_id]
            remember(one, Verb.TAKEN_OVER, by=None, at=hour, detail=str(heir))
            access.take_over(one, to=heir, at=hour)
            moved += 1
    return moved


def _heirs() -> Mapping[UUID, Desk]:
    """The open desk behind each closed one: whoever took over may have been closed since."""
    closed = Desk.unrestricted.exclude(successor=None).select_related("successor")
    after = {desk.pk: desk.successor for desk in closed}
    heirs = {}
    for pk, heir in after.items():
        while heir and heir.pk in after:
            heir = after[heir.pk]
        if heir:
            heirs[pk] = heir
    return heirs
