"""What the worker does when nobody decides."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from daymark.access import actions as access
from daymark.audit import actions as audit
from daymark.concerns import queries
from daymark.concerns.actions.history import remember
from daymark.concerns.models import Clock, Concern
from daymark.concerns.terms import State, Urgency, Verb


def escalate(*, now: datetime, most: int = 500) -> int:
    """Tell the desk's supervisors of what is past its clock by more than its margin, once."""
    told = 0
    for urgency in Urgency:
        try:
            margin = queries.content.clock_for(urgency, on=timezone.localdate(now)).escalate_after
        except Clock.DoesNotExist:
            continue
        late = Concern.unrestricted.filter(
            urgency=urgency, decided_at=None, escalated_at=None, due_at__lt=now - margin
        ).exclude(state=State.CLOSED)
        for pk in list(late.order_by("due_at").values_list("pk", flat=True)[: most - told]):
            with transaction.atomic():
                told += _escalate(late.filter(pk=pk), now=now)
    return told


def _escalate(late: QuerySet[Concern], *, now: datetime) -> bool:
    one = late.select_for_update(skip_locked=True, of=("self",)).select_related("dossier").first()
    if one is None:
        return False
    one.escalated_at = now
    one.save(update_fields=["escalated_at"])
    remember(one.dossier, Verb.ESCALATED, by=None, at=now)
    access.notify(one.dossier, "concern.escalated", at=now)
    audit.record("concern.escalated", of=one.dossier, at=now)
    return True
