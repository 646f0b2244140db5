"""What is done with concerns: filed by the public, opened by the worker, decided by a desk."""

import json
import logging
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from daymark.access import actions as access
from daymark.access.models import Dossier
from daymark.access.terms import Ground, Kind, Purpose
from daymark.agencies.models import Desk, DeskKey, Member
from daymark.audit import actions as audit
from daymark.concerns import queries, rules
from daymark.concerns.models import (
    Account,
    Arrival,
    Clock,
    Concern,
    Event,
    Letter,
    Likeness,
    Mark,
    Message,
    Route,
    Thread,
    Token,
)
from daymark.concerns.terms import (
    Closing,
    Direction,
    Reason,
    State,
    Tie,
    Told,
    Urgency,
    Verb,
)
from daymark.design.ids import new_id
from daymark.places import queries as places
from daymark.places.models import Area
from daymark.vault import codes, index, sealing
from daymark.vault import queries as vault
from daymark.vault.terms import Kind as Identifier

log = logging.getLogger(__name__)

COMPARED = 2000
"""How many of the newest accounts a new one is compared with, word by word."""


class Conflict(Exception):
    """Somebody changed the concern after this page was opened; nothing was written."""

    def __init__(self, now: Concern) -> None:
        super().__init__("the concern has changed")
        self.now = now


class Closed(Exception):
    """The concern is closed; it must be reopened first."""


class NotClosed(Exception):
    """Only what is closed can be opened again."""


class Tasking(Exception):
    """The question would send the reporter out to find more."""

    def __init__(self, words: str) -> None:
        super().__init__("a question may only ask for what the reporter already knows")
        self.words = words


# ---- by the public door: it seals, stores and forgets ----


@dataclass(frozen=True)
class Report:
    """What somebody told us on the quick page."""

    danger: bool
    what: str
    where: str
    language: str

    def sealed_for(self, desk: Desk, pk: UUID) -> bytes:
        return sealing.seal(
            bytes(desk.public_key), json.dumps(vars(self)).encode(), context=_context(pk)
        )


def file_report(report: Report, *, pk: UUID, code: codes.Code, pepper: bytes, at: datetime) -> None:
    """Seal a report to the desk that reads its area. Filing the same one twice files it once.

    `pk` and `code` travel sealed in the reporter's form, so a double press, a reload and a lost
    connection all end with one report and the same code.
    """
    desk = queries.desk_for(report.where, on=at.date())
    pair = sealing.pair_from_seed(codes.seed(code, pepper), context=b"reporter")
    try:
        with transaction.atomic():
            thread = Thread(
                id=pk,
                lookup=codes.lookup(code, pepper),
                reporter_key=pair.public,
                desk=desk,
                told_on=at.date(),
            )
            thread.save(force_insert=True)
            _store(thread, report.sealed_for(desk, pk), pk=pk, first=True, at=at)
    except IntegrityError as error:
        if not _filed_already(error):
            raise


def add_to_report(thread: Thread, text: str, *, pk: UUID, at: datetime) -> None:
    """Seal what a reporter adds later to the desk that now answers for the concern."""
    body = json.dumps({"text": text}).encode()
    sealed = sealing.seal(bytes(thread.desk.public_key), body, context=_context(pk))
    try:
        with transaction.atomic():
            _store(thread, sealed, pk=pk, first=False, at=at)
    except IntegrityError as error:
        if not _filed_already(error):
            raise


def _store(thread: Thread, sealed: bytes, *, pk: UUID, first: bool, at: datetime) -> None:
    arrival = Arrival(
        id=pk,
        thread=thread,
        desk=thread.desk,
        sealed=sealed,
        first=first,
        received_at=rules.rounded(at),
    )
    arrival.save(force_insert=True)


def _filed_already(error: IntegrityError) -> bool:
    diagnosis = getattr(error.__cause__, "diag", None)
    return bool(diagnosis and str(diagnosis.constraint_name).endswith("_pkey"))


def _context(pk: UUID) -> bytes:
    return f"arrival:{pk}".encode()


# ---- by the worker: it opens what arrived and lays it on the desk ----


def open_arrivals(*, now: datetime, most: int = 100) -> int:
    """Open sealed envelopes, each in its own transaction, and index what they say.

    An envelope that cannot be opened stays, says so and is counted by `daymark check`: nothing
    that was acknowledged is ever dropped. Returns how many were opened.
    """
    # Only the hour of an arrival is known: a report comes before what was added to it.
    waiting = Arrival.unrestricted.filter(opened_at=None, trouble="")
    waiting = waiting.order_by("-first", "received_at")
    opened = 0
    for pk in list(waiting.values_list("pk", flat=True)[:most]):
        try:
            with transaction.atomic():
                opened += _open_one(pk, now=now)
        except Exception as error:
            log.error("An arrival could not be opened: %s", type(error).__name__)
            Arrival.unrestricted.filter(pk=pk).update(trouble=type(error).__name__)
    return opened


def retry_arrivals() -> int:
    """Let the worker try again what it could not open, after somebody mended the cause."""
    return Arrival.unrestricted.filter(opened_at=None).exclude(trouble="").update(trouble="")


def _open_one(pk: UUID, *, now: datetime) -> bool:
    arrival = (
        Arrival.unrestricted.select_for_update(skip_locked=True, of=("self",))
        .select_related("desk__agency", "thread")
        .filter(pk=pk, opened_at=None)
        .first()
    )
    if arrival is None:
        return False
    if arrival.first:
        _lay_on_desk(arrival, json.loads(_opened(arrival)))
    else:
        _add_answer(arrival, json.loads(_opened(arrival))["text"])
    # The envelope is emptied: what it held lives on under the dossier's own key, and only so
    # can the dossier be erased.
    arrival.sealed, arrival.opened_at = b"", now
    arrival.save(update_fields=["sealed", "opened_at"])
    return True


def _opened(arrival: Arrival) -> bytes:
    """Try the desk's keys, newest first: an older one may have sealed what travelled long."""
    for key in DeskKey.unrestricted.filter(desk=arrival.desk).order_by("-made_at"):
        try:
            return sealing.open_sealed(
                b64decode(key.private_key), bytes(arrival.sealed), context=_context(arrival.pk)
            )
        except sealing.Unopenable:
            continue
    raise sealing.Unopenable


def _lay_on_desk(arrival: Arrival, said: dict[str, object]) -> None:
    report = Report(**said)  # type: ignore[arg-type]  # written by Report.sealed_for
    at = arrival.received_at
    dossier = access.open_dossier(
        pk=arrival.pk,
        kind=Kind.CONCERN,
        desk=arrival.thread.desk,
        purpose=Purpose.SAFEGUARDING,
        by=None,
        at=at,
    )
    found = rules.reasons(danger=report.danger, text=report.what)
    urgency = rules.urgency(found)
    Concern.unrestricted.create(
        dossier=dossier,
        received_at=at,
        urgency=urgency,
        reasons=list(found),
        area=places.find(report.where).likeliest if report.where else None,
        language=report.language,
        due_at=rules.due(at, within=queries.clock_for(urgency, on=at.date()).within),
    )
    Account.unrestricted.create(dossier=dossier, what=report.what, where=report.where)
    _index(dossier, f"{report.what} {report.where}")
    _tie(dossier, f"{report.what} {report.where}")
    _remember(dossier, Verb.ARRIVED, by=None, at=at)
    access.notify(dossier, "concern.arrived", at=at)
    audit.record("concern.arrived", of=dossier, at=at)


def _add_answer(arrival: Arrival, text: str) -> None:
    dossier = Dossier.unrestricted.get(pk=arrival.thread_id)
    at = arrival.received_at
    Message.unrestricted.create(
        dossier=dossier, direction=Direction.FROM_REPORTER, text=text, at=at
    )
    Concern.unrestricted.filter(pk=dossier.pk).update(answer_waits=True)
    token = Token.unrestricted.get(pk=dossier.pk)
    more = index.search_tokens(text, key=vault.search_key())
    token.said = sorted({*token.said, *more})
    token.save(update_fields=["said"])
    _tie(dossier, text)
    _remember(dossier, Verb.ANSWERED, by=None, at=at)
    access.notify(dossier, "concern.answered", at=at)
    audit.record("concern.answered", of=dossier, at=at)


def _index(dossier: Dossier, text: str) -> None:
    hashes = index.search_tokens(text, key=vault.search_key())
    Token.unrestricted.create(dossier=dossier, hashes=sorted(hashes))


def _tie(dossier: Dossier, text: str) -> None:
    """Note what this account shares with others. The worker sees all; members are told later
    only of what they may know."""
    found: dict[tuple[UUID, Tie], float] = {}
    for tie, value in rules.marks(text):
        blind = index.blind(Identifier(tie), value, key=vault.search_key())
        same = Mark.unrestricted.filter(tie=tie, blind=blind)
        found |= {(pk, tie): 1.0 for pk in same.values_list("dossier", flat=True)}
        Mark.unrestricted.get_or_create(dossier=dossier, tie=tie, blind=blind)
    mine = Token.unrestricted.get(pk=dossier.pk).hashes
    others = Token.unrestricted.filter(hashes__overlap=mine).exclude(pk=dossier.pk)
    for pk, hashes in others.order_by("-pk").values_list("pk", "hashes")[:COMPARED]:
        strength = rules.alikeness(mine, hashes)
        if strength >= rules.ALIKE:
            found[pk, Tie.WORDS] = strength
    for (pk, tie), strength in found.items():
        if pk != dossier.pk:
            earlier, later = sorted([pk, dossier.pk])
            Likeness.unrestricted.update_or_create(
                earlier_id=earlier, later_id=later, tie=tie, defaults={"strength": strength}
            )


def _remember(
    dossier: Dossier,
    verb: Verb,
    *,
    by: Member | None,
    at: datetime,
    detail: str = "",
    note: str = "",
) -> None:
    event = Event(dossier=dossier, verb=verb, detail=detail, at=at, by=by, note=note or None)
    event.save(force_insert=True)


# ---- by the desk ----


def read(concern: Concern, *, by: Member, at_desk: bool, at: datetime) -> None:
    """Opening a concern is an act of its own: always audited, and the first one is remembered."""
    with transaction.atomic():
        audit.record("concern.read", of=concern.dossier, by=by, at=at)
        if not at_desk or concern.first_read_at:
            return
        first = Concern.unrestricted.filter(pk=concern.pk, first_read_at=None)
        if first.update(first_read_at=at, state=State.OPEN):
            concern.first_read_at, concern.state = at, State.OPEN
            _remember(concern.dossier, Verb.OPENED, by=by, at=at)
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
        current = _locked(concern, version=version)
        if urgency != current.urgency and Reason.DESK not in current.reasons:
            current.reasons = [*current.reasons, Reason.DESK]
        current.urgency, current.types, current.decided_at = urgency, sorted(types), at
        current.answer_waits = False
        within = queries.clock_for(urgency, on=at.date()).within
        current.due_at = rules.due(current.received_at, within=within)
        _bump(current, "urgency", "types", "reasons", "due_at", "decided_at", "answer_waits")
        detail = " ".join([urgency, *sorted(types)])
        _remember(current.dossier, Verb.DECIDED, by=by, at=at, detail=detail, note=note)
        audit.record("concern.decided", of=current.dossier, by=by, at=at, urgency=urgency)


def pass_to(
    concern: Concern,
    *,
    desk: Desk,
    ground: Ground | None,
    explanation: str,
    by: Member,
    at: datetime,
) -> None:
    """Give the concern to another desk; to another agency on a recorded basis.

    Raises access.PassRefused when there is no agreement in date with that agency.
    """
    with transaction.atomic():
        dossier = concern.dossier
        _remember(dossier, Verb.PASSED, by=by, at=at, detail=str(desk), note=explanation)
        basis = access.record_basis(dossier, ground, explanation, by=by, at=at) if ground else None
        Thread.unrestricted.filter(pk=concern.pk).update(
            desk=desk, told=Told.PASSED_ON, told_on=at.date()
        )
        # The new desk has not decided anything: its clock runs.
        Concern.unrestricted.filter(pk=concern.pk).update(decided_at=None)
        access.pass_on(dossier, to=desk, basis=basis, by=by, at=at)


def ask(concern: Concern, text: str, *, by: Member, at: datetime) -> None:
    """Write to the reporter: sealed to the key that only their code makes. Raises Tasking."""
    if words := rules.tasking(text):
        raise Tasking(words)
    with transaction.atomic():
        thread = Thread.unrestricted.get(pk=concern.pk)
        letter = Letter(id=new_id(), thread=thread, sent_on=at.date())
        letter.sealed = sealing.seal(
            bytes(thread.reporter_key), text.encode(), context=f"letter:{letter.pk}".encode()
        )
        letter.save(force_insert=True)
        Message.unrestricted.create(
            dossier=concern.dossier, direction=Direction.TO_REPORTER, text=text, at=at, by=by
        )
        Concern.unrestricted.filter(pk=concern.pk).update(answer_waits=False)
        _tell(concern, Told.ASKED, at=at)
        _remember(concern.dossier, Verb.ASKED, by=by, at=at)
        audit.record("concern.asked", of=concern.dossier, by=by, at=at)


def close(
    concern: Concern, *, version: int, because: Closing, note: str, by: Member, at: datetime
) -> None:
    """Raises Conflict, Closed."""
    with transaction.atomic():
        current = _locked(concern, version=version)
        current.state, current.closed_at, current.closed_because = State.CLOSED, at, because
        current.answer_waits = False
        _bump(current, "state", "closed_at", "closed_because", "answer_waits")
        _tell(current, Told.CLOSED, at=at)
        _remember(current.dossier, Verb.CLOSED, by=by, at=at, detail=because, note=note)
        audit.record("concern.closed", of=current.dossier, by=by, at=at, because=because)


def reopen(concern: Concern, *, note: str, by: Member, at: datetime) -> None:
    """Raises NotClosed."""
    with transaction.atomic():
        current = _current(concern)
        if current.state != State.CLOSED:
            raise NotClosed
        current.state, current.closed_at, current.closed_because = State.OPEN, None, ""
        _bump(current, "state", "closed_at", "closed_because")
        _tell(current, Told.READ, at=at)
        _remember(current.dossier, Verb.REOPENED, by=by, at=at, note=note)
        audit.record("concern.reopened", of=current.dossier, by=by, at=at)


def showed(found: list[Concern], *, by: Member, at: datetime) -> None:
    """A title in a list or above a form is a read of the record it stands for."""
    with transaction.atomic():
        audit.record_many("concern.shown", at=at, by=by, of=[one.dossier for one in found])


def exported(found: list[Concern], *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        audit.record_many("concern.exported", at=at, by=by, of=[one.dossier for one in found])


def _current(concern: Concern) -> Concern:
    return (
        Concern.unrestricted.select_for_update(of=("self",))
        .select_related("dossier")
        .get(pk=concern.pk)
    )


def _locked(concern: Concern, *, version: int) -> Concern:
    current = _current(concern)
    if current.version != version:
        raise Conflict(current)
    if current.state == State.CLOSED:
        raise Closed
    return current


def _bump(concern: Concern, *fields: str) -> None:
    concern.version += 1
    concern.save(update_fields=[*fields, "version"])


def _tell(concern: Concern, told: Told, *, at: datetime) -> None:
    Thread.unrestricted.filter(pk=concern.pk).update(told=told, told_on=at.date())


# ---- by the operator: routes and clocks are dated content ----


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
