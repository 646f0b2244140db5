"""What the worker does: it opens what arrived, lays it on the desk and indexes what it says."""

import json
import logging
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from daymark.access import actions as access
from daymark.access.models import Dossier
from daymark.access.terms import Kind, Purpose
from daymark.agencies.models import DeskKey, Member
from daymark.audit import actions as audit
from daymark.concerns import queries, rules
from daymark.concerns.actions.desk import current_of
from daymark.concerns.actions.door import Attached, Report, attached, context
from daymark.concerns.actions.files import expect
from daymark.concerns.actions.history import remember, say
from daymark.concerns.models import (
    Account,
    Arrival,
    Concern,
    Likeness,
    Mark,
    Merge,
    Source,
    Thread,
    Token,
)
from daymark.concerns.terms import (
    PHONE,
    Direction,
    Known,
    LimitOf,
    Reason,
    State,
    Tie,
    Told,
    Verb,
)
from daymark.places import queries as places
from daymark.vault import index, sealing
from daymark.vault import queries as vault
from daymark.vault.terms import Kind as Identifier

log = logging.getLogger(__name__)


COMPARED = 2000
"""How many of the newest accounts a new one is compared with, word by word."""


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
    said = json.loads(_opened(arrival))
    if arrival.first:
        _lay_on_desk(arrival, Report.opened(said))
    elif said.get("withdraw"):
        _withdraw(arrival)
    else:
        _add_answer(arrival, said["text"], attached(said), danger=bool(said.get("danger")))
    # The envelope is emptied: what it held lives on under the dossier's own key, and only so
    # can the dossier be erased.
    arrival.sealed, arrival.opened_at = b"", rules.rounded(now)
    arrival.save(update_fields=["sealed", "opened_at"])
    return True


def _opened(arrival: Arrival) -> bytes:
    """Try the desk's keys, newest first: an older one may have sealed what travelled long."""
    for key in DeskKey.unrestricted.filter(desk=arrival.desk).order_by("-made_at"):
        try:
            return sealing.open_sealed(
                b64decode(key.private_key), bytes(arrival.sealed), context=context(arrival.pk)
            )
        except sealing.Unopenable:
            continue
    raise sealing.Unopenable


def _lay_on_desk(arrival: Arrival, report: Report) -> None:
    at = arrival.received_at
    dossier = access.open_dossier(
        pk=arrival.thread_id,
        kind=Kind.CONCERN,
        desk=arrival.thread.desk,
        purpose=Purpose.SAFEGUARDING,
        by=None,
        at=at,
    )
    details, teller = report.details, report.teller
    found = rules.reasons(
        danger=report.danger, text=f"{report.what}\n{details.looks}", ages=details.ages
    )
    urgency = rules.urgency(found)
    concern = Concern.unrestricted.create(
        dossier=dossier,
        received_at=at,
        urgency=urgency,
        reasons=list(found),
        area=places.find(report.where).likeliest if report.where else None,
        language=report.language,
        due_at=rules.due(
            at, within=queries.content.clock_for(urgency, on=timezone.localdate(at)).within
        ),
    )
    account = Account.unrestricted.create(
        dossier=dossier, what=report.what, where=report.where, details=asdict(details)
    )
    Source.unrestricted.create(
        dossier=dossier,
        known=rules.known(teller.known, reachable=bool(teller.name or teller.contact)),
        relation=teller.relation,
        name=teller.name,
        contact=teller.contact,
        safe=teller.safe,
    )
    text = f"{report.what} {report.where} {details.text}"
    _index(dossier, text)
    expect(dossier, report.files, at=at)
    ties = _ties(dossier, text)
    # With a file of its own it is no copy, whatever its words.
    first = None if report.files else _flood(concern, account, ties)
    _note(
        dossier, {tie: strength for tie, strength in ties.items() if not first or tie[0] == first}
    )
    taker = Member.unrestricted.filter(pk=report.taken_by).first() if report.taken_by else None
    remember(dossier, Verb.ARRIVED, by=taker, at=at, detail=PHONE if taker else "")
    if not first or report.danger:
        access.notify(dossier, "concern.arrived", at=at)
    audit.record("concern.arrived", of=dossier, at=at)


def _add_answer(
    arrival: Arrival, text: str, files: Sequence[Attached], *, danger: bool = False
) -> None:
    dossier = Dossier.unrestricted.get(pk=arrival.thread_id)
    at = arrival.received_at
    if text:
        say(dossier, Direction.FROM_REPORTER, text, by=None, at=at)
    expect(dossier, files, at=at)
    merged = Merge.unrestricted.filter(merged=dossier.pk, undone_at=None).first()
    # What the reporter of a merged report says waits at the one that was kept.
    waits = merged.kept_id if merged else dossier.pk
    _await_reader(waits, danger=danger, at=at)
    token = Token.unrestricted.get(pk=dossier.pk)
    more = index.search_tokens(text, key=vault.search_key())
    token.said = sorted({*token.said, *more})
    token.save(update_fields=["said"])
    _note(dossier, _marked(dossier, text, _copies()))
    remember(dossier, Verb.ANSWERED, by=None, at=at)
    access.notify(Dossier(id=waits), "concern.answered", at=at)
    audit.record("concern.answered", of=dossier, at=at)


def _await_reader(pk: UUID, *, danger: bool, at: datetime) -> None:
    """What a reporter says waits for somebody.

    What was closed is open again, since news alone could be overlooked; and the danger that is
    spoken of later counts as if it had been said first. Either has a clock of its own.
    """
    concern = current_of(Concern(dossier_id=pk))
    concern.answer_waits = True
    closed = concern.state == State.CLOSED
    pressing = danger and Reason.DANGER_NOW not in concern.reasons
    if not closed and not pressing:
        concern.save(update_fields=["answer_waits"])
        return
    new = [Reason.LATE_ANSWER] * closed + [Reason.DANGER_NOW] * pressing
    concern.reasons = rules.reasons_of_both(concern.reasons, new)
    if pressing:
        concern.urgency = rules.urgency(concern.reasons)
        remember(concern.dossier, Verb.DANGER, by=None, at=at)
    within = queries.content.clock_for(concern.urgency, on=timezone.localdate(at)).within
    concern.due_at, concern.decided_at = rules.due(at, within=within), None
    concern.escalated_at = None
    if closed:
        concern.state, concern.closed_at, concern.closed_because = State.OPEN, None, ""
        Thread.unrestricted.filter(pk=pk).update(told=Told.RECEIVED, told_on=timezone.localdate(at))
        remember(concern.dossier, Verb.REOPENED, by=None, at=at)
        audit.record("concern.reopened", of=concern.dossier, at=at)
    concern.version += 1
    concern.save()


def _withdraw(arrival: Arrival) -> None:
    """Empty who the reporter is and how to reach them; that they asked for it is remembered."""
    dossier, at = Dossier.unrestricted.get(pk=arrival.thread_id), arrival.received_at
    source = Source.unrestricted.filter(pk=dossier.pk).first() or Source(dossier=dossier)
    source.name = source.contact = source.safe = ""
    source.known, source.withdrawn_at = Known.ANONYMOUS, at
    source.save()
    remember(dossier, Verb.WITHDREW, by=None, at=at)
    access.notify(dossier, "concern.withdrew", at=at)
    audit.record("concern.withdrew", of=dossier, at=at)


def _index(dossier: Dossier, text: str) -> None:
    hashes = index.search_tokens(text, key=vault.search_key())
    Token.unrestricted.create(dossier=dossier, hashes=sorted(hashes))


Ties = Mapping[tuple[UUID, Tie], float]
"""How strongly an account is tied to which others, and by what."""


def _flood(concern: Concern, account: Account, ties: Ties) -> UUID | None:
    """Put a report that repeats another under the same flood; gives that other.

    Nothing is refused and nothing is dropped: its clock runs like any other's.
    """
    day = timezone.localdate(concern.received_at)
    least = queries.content.limit(LimitOf.FLOOD_LIKENESS, on=day)
    hours = queries.content.limit(LimitOf.FLOOD_HOURS, on=day)
    if least is None or hours is None:
        return None
    alike = {pk: strength for (pk, tie), strength in ties.items() if tie == Tie.WORDS}
    others = Concern.unrestricted.select_for_update(of=("self",)).filter(
        pk__in=[pk for pk, strength in alike.items() if strength >= least],
        dossier__desk=concern.dossier.desk,
        # Of what only the named know nothing is said, not even that it was repeated.
        dossier__restricted_at=None,
    )
    facts = _facts(concern, account)
    for first in others.order_by("pk"):
        if rules.same_flood(
            strength=alike[first.pk],
            least=least,
            apart=concern.received_at - first.received_at,
            within=timedelta(hours=hours),
            same_facts=facts == _facts(first, Account.unrestricted.get(pk=first.pk)),
        ):
            first.flood = concern.flood = first.flood or uuid4()
            concern.reasons = [*concern.reasons, Reason.REPEATED]
            first.save(update_fields=["flood"])
            concern.save(update_fields=["flood", "reasons"])
            return UUID(str(first.pk))
    return None


def _facts(concern: Concern, account: Account) -> tuple[object, ...]:
    """What makes two reports in the same words two reports all the same."""
    marks = Mark.unrestricted.filter(dossier=concern.pk).values_list("tie", "blind")
    return (
        {(tie, bytes(blind)) for tie, blind in marks},
        concern.area_id,
        concern.language,
        set(index.words_of(account.where)),
        account.details,
    )


def _ties(dossier: Dossier, text: str) -> Ties:
    """What this account shares with others. Of a flood only the first is looked at: the work a
    report makes must not grow with the number of copies."""
    copies = _copies()
    alike = {(pk, Tie.WORDS): strength for pk, strength in _alike(dossier, copies).items()}
    return _marked(dossier, text, copies) | alike


def _copies() -> Any:
    return Concern.unrestricted.filter(reasons__contains=[Reason.REPEATED]).values("pk")


def _marked(dossier: Dossier, text: str, copies: Any) -> dict[tuple[UUID, Tie], float]:
    """Note what marks a text names, and who else named them.

    With ids by chance, as in `_note`: one with a moment in it would say when this was opened.
    """
    found: dict[tuple[UUID, Tie], float] = {}
    for tie, value in rules.marks(text):
        blind = index.blind(Identifier(tie), value, key=vault.search_key())
        same = Mark.unrestricted.filter(tie=tie, blind=blind).exclude(dossier__in=copies)
        found |= {(pk, tie): 1.0 for pk in same.values_list("dossier", flat=True)}
        Mark.unrestricted.get_or_create(
            dossier=dossier, tie=tie, blind=blind, defaults={"id": uuid4()}
        )
    return {(pk, tie): strength for (pk, tie), strength in found.items() if pk != dossier.pk}


def _note(dossier: Dossier, ties: Ties) -> None:
    """The worker sees all; members are told later only of what they may know."""
    for (pk, tie), strength in ties.items():
        earlier, later = sorted([pk, dossier.pk])
        Likeness.unrestricted.update_or_create(
            earlier_id=earlier,
            later_id=later,
            tie=tie,
            defaults={"strength": strength},
            create_defaults={"strength": strength, "id": uuid4()},
        )


def _alike(dossier: Dossier, copies: Any) -> dict[UUID, float]:
    """The newest accounts that are near-same in words, with how near.

    Hashes are keyed and stand sorted, so the first of them are as good as a sample: only where
    the samples are alike is the rest looked at.
    """
    mine = Token.unrestricted.get(pk=dossier.pk).hashes
    size = len(mine)
    others = (
        Token.unrestricted.exclude(pk=dossier.pk)
        .exclude(pk__in=copies)
        .filter(hashes__len__gte=size * rules.ALIKE, hashes__len__lte=size / rules.ALIKE)
        .order_by("-pk")
    )
    near = [
        pk
        for pk, sample in others.values_list("pk", f"hashes__0_{rules.SAMPLE}")[:COMPARED]
        if rules.perhaps_alike(mine, sample)
    ]
    found = {
        pk: rules.alikeness(mine, hashes)
        for pk, hashes in Token.unrestricted.filter(pk__in=near).values_list("pk", "hashes")
    }
    return {pk: strength for pk, strength in found.items() if strength >= rules.ALIKE}
