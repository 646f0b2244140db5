"""What a desk does with a concern."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from daymark.access import actions as access
from daymark.access.models import Dossier
from daymark.access.terms import Ground
from daymark.agencies.models import Desk, Member
from daymark.audit import actions as audit
from daymark.concerns import queries, rules
from daymark.concerns.actions.history import remember, say
from daymark.concerns.models import (
    Concern,
    Letter,
    Merge,
    Proposal,
    Thread,
)
from daymark.concerns.terms import (
    Closing,
    Direction,
    Reason,
    State,
    Step,
    Told,
    Urgency,
    Verb,
)
from daymark.design.ids import new_id
from daymark.vault import sealing


class Conflict(Exception):
    """Somebody changed the concern after this page was opened; nothing was written."""

    def __init__(self, now: Concern) -> None:
        super().__init__("the concern has changed")
        self.now = now


class Closed(Exception):
    """The concern is closed; it must be reopened first."""


class NotClosed(Exception):
    """Only what is closed can be opened again."""


class NeedsSecondPerson(Exception):
    """The desk wants this step proposed by one member and agreed by another."""


class IsMerged(Exception):
    """It was merged into another: what is to be done with it begins with undoing that."""


class Tasking(Exception):
    """The question would send the reporter out to find more."""

    def __init__(self, words: str) -> None:
        super().__init__("a question may only ask for what the reporter already knows")
        self.words = words


def read(concern: Concern, *, by: Member, at_desk: bool, at: datetime) -> None:
    """Opening a concern is an act of its own: always audited, and the first one is remembered."""
    with transaction.atomic():
        audit.record("concern.read", of=concern.dossier, by=by, at=at)
        if not at_desk:
            return
        if Reason.LATE_ANSWER in concern.reasons:
            # Its reporter read that nobody has opened it, and reads that no longer.
            unread = Thread.unrestricted.filter(pk=concern.pk, told=Told.RECEIVED)
            unread.update(told=Told.READ, told_on=timezone.localdate(at))
        if concern.first_read_at:
            return
        first = Concern.unrestricted.filter(pk=concern.pk, first_read_at=None)
        if first.update(first_read_at=at, state=State.OPEN):
            concern.first_read_at, concern.state = at, State.OPEN
            remember(concern.dossier, Verb.OPENED, by=by, at=at)
            _tell(concern, Told.READ, at=at)


def decide(
    concern: Concern,
    *,
    version: int,
    urgency: Urgency,
    types: list[str],
    note: str,
    by: Member,
    at: datetime,
) -> None:
    """Set urgency and types; the clock follows. Raises Conflict, Closed."""
    with transaction.atomic():
        current = locked(concern, version=version)
        if urgency != current.urgency:
            current.reasons = rules.reasons_of_both(current.reasons, [Reason.DESK])
        current.reasons = rules.looked_at(current.reasons)
        current.urgency, current.types, current.decided_at = urgency, sorted(types), at
        current.answer_waits, current.escalated_at = False, None
        within = queries.content.clock_for(urgency, on=timezone.localdate(at)).within
        current.due_at = rules.due(current.received_at, within=within)
        bump(
            current,
            "urgency",
            "types",
            "reasons",
            "due_at",
            "decided_at",
            "answer_waits",
            "escalated_at",
        )
        detail = " ".join([urgency, *sorted(types)])
        remember(current.dossier, Verb.DECIDED, by=by, at=at, detail=detail, note=note)
        audit.record("concern.decided", of=current.dossier, by=by, at=at, urgency=urgency)


def pass_to(
    concern: Concern,
    *,
    version: int,
    desk: Desk,
    ground: Ground | None,
    explanation: str,
    by: Member,
    at: datetime,
) -> None:
    """Give the concern to another desk, with the reports merged into it; to another agency on a
    recorded basis.

    Raises IsMerged, Conflict, Closed, and access.PassRefused when there is no agreement in date
    with that agency.
    """
    with transaction.atomic():
        together = Merge.unrestricted.filter(undone_at=None)
        if together.filter(merged=concern.pk).exists():
            raise IsMerged
        current = locked(concern, version=version)
        # The new desk has not decided anything: its clock runs.
        current.decided_at = current.escalated_at = None
        bump(current, "decided_at", "escalated_at")
        repeats = [one.merged for one in together.filter(kept=concern.pk).select_related("merged")]
        for dossier in [*repeats, current.dossier]:
            _pass(dossier, desk=desk, ground=ground, explanation=explanation, by=by, at=at)


def _pass(
    dossier: Dossier,
    *,
    desk: Desk,
    ground: Ground | None,
    explanation: str,
    by: Member,
    at: datetime,
) -> None:
    remember(dossier, Verb.PASSED, by=by, at=at, detail=str(desk), note=explanation)
    basis = access.record_basis(dossier, ground, explanation, by=by, at=at) if ground else None
    Thread.unrestricted.filter(pk=dossier.pk).update(
        desk=desk, told=Told.PASSED_ON, told_on=timezone.localdate(at)
    )
    access.pass_on(dossier, to=desk, basis=basis, by=by, at=at)


def ask(concern: Concern, text: str, *, by: Member, at: datetime) -> None:
    """Write to the reporter: sealed to the key that only their code makes. Raises Tasking."""
    if words := rules.tasking(text):
        raise Tasking(words)
    with transaction.atomic():
        thread = Thread.unrestricted.get(pk=concern.pk)
        letter = Letter(id=new_id(), thread=thread, sent_on=timezone.localdate(at))
        letter.sealed = sealing.seal(
            bytes(thread.reporter_key), text.encode(), context=f"letter:{letter.pk}".encode()
        )
        letter.save(force_insert=True)
        say(concern.dossier, Direction.TO_REPORTER, text, by=by, at=at)
        Concern.unrestricted.filter(pk=concern.pk).update(answer_waits=False)
        _tell(concern, Told.ASKED, at=at)
        remember(concern.dossier, Verb.ASKED, by=by, at=at)
        audit.record("concern.asked", of=concern.dossier, by=by, at=at)


def close(
    concern: Concern,
    *,
    version: int,
    because: Closing,
    note: str,
    by: Member,
    at: datetime,
    agreed: Proposal | None = None,
) -> None:
    """Raises Conflict, Closed, and NeedsSecondPerson where nobody has agreed to it."""
    with transaction.atomic():
        current = locked(concern, version=version)
        desk = current.dossier.desk
        if not agreed and queries.content.needs_second_person(
            desk, Step.CLOSE, on=timezone.localdate(at)
        ):
            raise NeedsSecondPerson
        current.state, current.closed_at, current.closed_because = State.CLOSED, at, because
        current.answer_waits, current.reasons = False, rules.looked_at(current.reasons)
        bump(current, "state", "closed_at", "closed_because", "answer_waits", "reasons")
        _tell(current, Told.CLOSED, at=at)
        remember(current.dossier, Verb.CLOSED, by=by, at=at, detail=because, note=note)
        audit.record("concern.closed", of=current.dossier, by=by, at=at, because=because)


def reopen(concern: Concern, *, note: str, by: Member, at: datetime) -> None:
    """Raises NotClosed, IsMerged."""
    with transaction.atomic():
        current = current_of(concern)
        if current.state != State.CLOSED:
            raise NotClosed
        if Merge.unrestricted.filter(merged=current.pk, undone_at=None).exists():
            raise IsMerged
        current.state, current.closed_at, current.closed_because = State.OPEN, None, ""
        bump(current, "state", "closed_at", "closed_because")
        _tell(current, Told.READ, at=at)
        remember(current.dossier, Verb.REOPENED, by=by, at=at, note=note)
        audit.record("concern.reopened", of=current.dossier, by=by, at=at)


def showed(found: list[Concern], *, by: Member, at: datetime) -> None:
    """A title in a list or above a form is a read of the record it stands for."""
    with transaction.atomic():
        audit.record_many("concern.shown", at=at, by=by, of=[one.dossier for one in found])


def exported(found: list[Concern], *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        audit.record_many("concern.exported", at=at, by=by, of=[one.dossier for one in found])


def current_of(concern: Concern) -> Concern:
    """The concern as it stands now, locked."""
    return (
        Concern.unrestricted.select_for_update(of=("self",))
        .select_related("dossier__desk", "dossier__agency")
        .get(pk=concern.pk)
    )


def locked(concern: Concern, *, version: int) -> Concern:
    """The same, if it is open and as it was seen. Raises Conflict, Closed."""
    current = current_of(concern)
    if current.version != version:
        raise Conflict(current)
    if current.state == State.CLOSED:
        raise Closed
    return current


def bump(concern: Concern, *fields: str) -> None:
    concern.version += 1
    concern.save(update_fields=[*fields, "version"])


def _tell(concern: Concern, told: Told, *, at: datetime) -> None:
    Thread.unrestricted.filter(pk=concern.pk).update(told=told, told_on=timezone.localdate(at))
