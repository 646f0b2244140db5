"""What leaves the desk: an emergency, a safeguarding referral, information for intelligence."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from daymark.agencies.models import Agency, Member
from daymark.audit import actions as audit
from daymark.concerns import queries, rules
from daymark.concerns.actions.desk import NeedsSecondPerson, bump, locked
from daymark.concerns.actions.history import remember
from daymark.concerns.models import Concern, Handover, Proposal
from daymark.concerns.terms import HandedOn, Reason, Step, Urgency, Verb


@dataclass(frozen=True)
class Leaving:
    """What is handed on, to whom, under which reference of theirs."""

    kind: HandedOn
    agency: Agency | None = None
    other: str = ""
    whom: str = ""
    reference: str = ""
    text: str = ""


def hand_on(
    concern: Concern,
    leaving: Leaving,
    *,
    version: int,
    by: Member,
    at: datetime,
    agreed: Proposal | None = None,
) -> Handover:
    """Note what left the desk; it is a decision, so the clock stops. An emergency is immediate.

    Raises Conflict, Closed, and NeedsSecondPerson for information, where the desk wants one:
    nothing that protects somebody now waits for anybody.
    """
    with transaction.atomic():
        current = locked(concern, version=version)
        if (
            leaving.kind == HandedOn.INFORMATION
            and not agreed
            and queries.content.needs_second_person(
                current.dossier.desk, Step.HAND_ON, on=timezone.localdate(at)
            )
        ):
            raise NeedsSecondPerson
        made = Handover(
            dossier=current.dossier,
            kind=leaving.kind,
            agency=leaving.agency,
            other=leaving.other,
            whom=leaving.whom,
            reference=leaving.reference or None,
            text=leaving.text or None,
            by=by,
            at=at,
        )
        made.save(force_insert=True)
        current.decided_at, current.answer_waits, current.escalated_at = at, False, None
        current.reasons = rules.looked_at(current.reasons)
        if leaving.kind == HandedOn.EMERGENCY and current.urgency != Urgency.IMMEDIATE:
            within = queries.content.clock_for(Urgency.IMMEDIATE, on=timezone.localdate(at)).within
            current.urgency = Urgency.IMMEDIATE
            current.due_at = rules.due(current.received_at, within=within)
            current.reasons = rules.reasons_of_both(current.reasons, [Reason.DESK])
        bump(current, "decided_at", "answer_waits", "urgency", "due_at", "reasons", "escalated_at")
        remember(current.dossier, Verb.HANDED_ON, by=by, at=at, detail=leaving.kind)
        audit.record("concern.handed_on", of=made, by=by, at=at, kind=leaving.kind)
    return made
