"""Two reports of the same thing become one, and two again."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from daymark.agencies.models import Member
from daymark.audit import actions as audit
from daymark.concerns import queries, rules
from daymark.concerns.actions.desk import Closed, Conflict, NeedsSecondPerson
from daymark.concerns.actions.history import remember
from daymark.concerns.models import Concern, Event, Merge, Proposal
from daymark.concerns.terms import Closing, State, Step, Urgency, Verb
from daymark.design.ids import new_id

KEPT_OF_BOTH = (
    "state",
    "urgency",
    "reasons",
    "types",
    "due_at",
    "first_read_at",
    "decided_at",
    "answer_waits",
    "closed_at",
    "closed_because",
    "escalated_at",
)
"""What a merge may change, and its undoing brings back exactly."""

_MOMENTS = {"due_at", "first_read_at", "decided_at", "closed_at", "escalated_at"}


class NotTogether(Exception):
    """One of the two is merged already, holds merged reports or has left the member's desk, or
    they are one and the same."""


class Changed(Exception):
    """One of the two was changed after the merge; nothing was undone."""

    def __init__(self, merged: Concern, kept: Concern, *, only_kept: bool) -> None:
        super().__init__("changed after the merge")
        self.merged, self.kept, self.only_kept = merged, kept, only_kept


def merge(
    concern: Concern,
    into: Concern,
    *,
    version: int,
    into_version: int,
    by: Member,
    at: datetime,
    agreed: Proposal | None = None,
) -> Merge:
    """Close a report as a repeat of another, which is from then on as urgent as both were.

    Raises Conflict, Closed, NotTogether, and NeedsSecondPerson where closing does.
    """
    with transaction.atomic():
        merged, kept = _both(concern, into)
        for one, seen in ((merged, version), (kept, into_version)):
            if one.version != seen:
                raise Conflict(one)
            if one.state == State.CLOSED:
                raise Closed
        together = Merge.unrestricted.filter(undone_at=None)
        if (
            merged.pk == kept.pk
            or together.filter(merged=kept.pk).exists()
            or together.filter(kept=merged.pk).exists()
        ):
            raise NotTogether
        desk = merged.dossier.desk
        if not agreed and queries.content.needs_second_person(
            desk, Step.CLOSE, on=timezone.localdate(at)
        ):
            raise NeedsSecondPerson
        made = Merge(id=new_id(), merged=merged.dossier, kept=kept.dossier, by=by, at=at)
        made.before = {
            "merged": state_of(merged),
            "kept": state_of(kept),
            "answers": [_answers(merged), _answers(kept)],
        }
        _raise(kept, merged)
        merged.state, merged.closed_at, merged.closed_because = State.CLOSED, at, Closing.DUPLICATE
        merged.answer_waits = False
        for one in (merged, kept):
            _save(one)
        made.merged_version, made.kept_version = merged.version, kept.version
        made.save(force_insert=True)
        remember(merged.dossier, Verb.MERGED, by=by, at=at, detail=kept.dossier.reference)
        remember(kept.dossier, Verb.KEPT, by=by, at=at, detail=merged.dossier.reference)
        audit.record("concern.merged", of=merged.dossier, by=by, at=at, into=str(kept.pk))
        audit.record("concern.kept", of=kept.dossier, by=by, at=at, merged=str(merged.pk))
    return made


def undo(done: Merge, *, leave_kept: bool = False, by: Member, at: datetime) -> None:
    """Bring both back to what they were. Raises Changed.

    With `leave_kept` the one that was kept stays as it has become, where only that one changed.
    What has been passed on since, with the one it was merged into, nobody has decided there.
    """
    with transaction.atomic():
        merged, kept = _both_of(done)
        before = done.before
        if merged.version != done.merged_version:
            raise Changed(merged, kept, only_kept=False)
        if kept.version != done.kept_version and not leave_kept:
            raise Changed(merged, kept, only_kept=True)
        merged_before = before["merged"]
        passed = Event.unrestricted.filter(dossier=merged.pk, verb=Verb.PASSED, at__gte=done.at)
        if passed.exists():
            merged_before |= {"decided_at": None, "escalated_at": None}
        _restore(merged, merged_before, answers=before["answers"][0])
        if kept.version == done.kept_version:
            _restore(kept, before["kept"], answers=before["answers"][1])
        Merge.unrestricted.filter(pk=done.pk, undone_at=None).update(undone_by=by, undone_at=at)
        for one, other in ((merged, kept), (kept, merged)):
            remember(one.dossier, Verb.UNMERGED, by=by, at=at, detail=other.dossier.reference)
            audit.record("concern.unmerged", of=one.dossier, by=by, at=at, other=str(other.pk))


def state_of(concern: Concern) -> dict[str, object]:
    """Everything of a concern that a merge may change, as JSON."""
    found = {name: getattr(concern, name) for name in KEPT_OF_BOTH}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in found.items()
    }


def _restore(concern: Concern, before: dict[str, Any], *, answers: int) -> None:
    for name, value in before.items():
        if name in _MOMENTS and isinstance(value, str):
            value = datetime.fromisoformat(value)
        setattr(concern, name, value)
    # What its reporter said since waits for whoever takes it up again.
    concern.answer_waits |= _answers(concern) > answers
    _save(concern)


def _answers(concern: Concern) -> int:
    """Counted, since only the hour of an answer is known."""
    return Event.unrestricted.filter(dossier=concern.pk, verb=Verb.ANSWERED).count()


def _raise(kept: Concern, merged: Concern) -> None:
    """What is more pressing in the repeat counts for the one that is kept."""
    urgency = rules.most_urgent(Urgency(kept.urgency), Urgency(merged.urgency))
    if urgency != kept.urgency:
        kept.urgency, kept.due_at, kept.decided_at = urgency, merged.due_at, merged.decided_at
        kept.escalated_at = merged.escalated_at
    kept.reasons = rules.reasons_of_both(kept.reasons, merged.reasons)
    kept.types = sorted({*kept.types, *merged.types})
    kept.answer_waits |= merged.answer_waits


def _save(concern: Concern) -> None:
    concern.version += 1
    concern.save(update_fields=[*KEPT_OF_BOTH, "version"])


def _both(one: Concern, other: Concern) -> tuple[Concern, Concern]:
    """Both, locked in one order whichever is merged into which."""
    locked = {
        found.pk: found
        for found in Concern.unrestricted.select_for_update(of=("self",))
        .select_related("dossier__desk", "dossier__agency")
        .filter(pk__in=[one.pk, other.pk])
        .order_by("pk")
    }
    return locked[one.pk], locked[other.pk]


def _both_of(done: Merge) -> tuple[Concern, Concern]:
    return _both(Concern(dossier_id=done.merged_id), Concern(dossier_id=done.kept_id))
