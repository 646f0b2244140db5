"""What members read of concerns, narrowed to what each may know."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, When

from daymark.access import queries as access
from daymark.access.models import Dossier
from daymark.access.terms import Compartment, Permission
from daymark.agencies.models import Desk, Member
from daymark.concerns.models import (
    Account,
    Asked,
    Concern,
    Event,
    Handover,
    Inquiry,
    Merge,
    Message,
    Proposal,
    Source,
)
from daymark.concerns.queries import content
from daymark.concerns.terms import Reason, State, Urgency
from daymark.vault import index
from daymark.vault import queries as vault


def concerns_for(member: Member, *, now: datetime) -> QuerySet[Concern]:
    """Every concern this member may know. Lists, pages, counts, search and export start here."""
    return _concerns(access.known_dossiers(member, now=now))


def _concerns(dossiers: QuerySet[Dossier]) -> QuerySet[Concern]:
    found = Concern.unrestricted.filter(dossier__in=dossiers)
    return found.select_related("dossier__desk", "dossier__agency", "area").order_by("due_at", "pk")


def at_my_desks(member: Member, *, now: datetime) -> QuerySet[Concern]:
    """The concerns this member's own desks answer for."""
    return _concerns(access.held_dossiers(member, Permission.READ_CONCERN, now=now))


def past_clock(found: QuerySet[Concern], *, now: datetime) -> QuerySet[Concern]:
    """Those whose time to be decided has run out; a decision stops the clock."""
    return found.filter(due_at__lt=now, decided_at=None).exclude(state=State.CLOSED)


@dataclass(frozen=True)
class Filter:
    """What a member narrows the inbox to; empty means everything."""

    state: str = ""
    urgency: str = ""
    late: bool = False
    answered: bool = False
    words: str = ""
    like: UUID | None = None
    """A concern, to list those that are near-identical to it."""


def inbox(member: Member, chosen: Filter, *, now: datetime) -> QuerySet[Concern]:
    """Every concern that fits, in the order of the desk's work; closed ones last. Where words are
    looked for, what holds them most nearly comes first."""
    found = ranked(concerns_for(member, now=now))
    if chosen.state:
        found = found.filter(state=chosen.state)
    if chosen.urgency:
        found = found.filter(urgency=chosen.urgency)
    if chosen.late:
        found = past_clock(found, now=now)
    if chosen.answered:
        found = found.filter(answer_waits=True)
    if chosen.like:
        one = concerns_for(member, now=now).filter(pk=chosen.like, flood__isnull=False)
        found = found.filter(flood__in=one.order_by().values("flood"))
    if chosen.words.strip():
        near = search(chosen.words, member, now=now)
        places = defaultdict(list)
        for pk, place in near.items():
            places[place].append(pk)
        order = Case(*(When(pk__in=pks, then=place) for place, pks in places.items()), default=0)
        found = found.filter(pk__in=near).order_by(order, *found.query.order_by)
    return found


def ranked(found: QuerySet[Concern]) -> QuerySet[Concern]:
    """What waits for the desk first: a decision to take, or an answer to read.

    Among those somebody in danger, then by the clock. What only repeats another comes after
    whatever does not, so that no flood pushes anything down.
    """
    return found.order_by(
        F("closed_at").desc(nulls_first=True),
        Case(When(decided_at__isnull=False, answer_waits=False, then=1), default=0),
        Case(When(urgency=Urgency.IMMEDIATE, then=0), default=1),
        Case(When(reasons__contains=[Reason.REPEATED], then=1), default=0),
        "due_at",
        "pk",
    )


def _repeats(found: QuerySet[Concern]) -> QuerySet[Concern]:
    """Those that may stand in one row: not where somebody is in danger, was answered or decided."""
    return (
        found.order_by()
        .filter(flood__isnull=False, decided_at=None, answer_waits=False)
        .exclude(state=State.CLOSED)
        .exclude(reasons__contains=[Reason.DANGER_NOW])
    )


def in_rows(found: QuerySet[Concern]) -> QuerySet[Concern]:
    """The same, near-identical reports of one urgency in one row: the first of those found."""
    repeats = _repeats(found)
    first = repeats.order_by("flood", "urgency", "pk").distinct("flood", "urgency").values("pk")
    return found.exclude(pk__in=repeats.exclude(pk__in=first).values("pk"))


def standing_for(rows: Sequence[Concern], found: QuerySet[Concern]) -> dict[UUID, int]:
    """How many reports each row stands for, where there are more than one."""
    counted = dict[tuple[UUID | None, str], int]()
    floods = {row.flood for row in rows if row.flood}
    if floods:
        same = _repeats(found).filter(flood__in=floods).values("flood", "urgency")
        for flood, urgency, n in same.annotate(n=Count("pk")).values_list("flood", "urgency", "n"):
            counted[flood, urgency] = n
    alone = {one.pk for one in _repeats(found).filter(pk__in=[row.pk for row in rows if row.flood])}
    return {
        row.pk: counted[row.flood, row.urgency]
        for row in rows
        if row.pk in alone and counted.get((row.flood, row.urgency), 1) > 1
    }


LOOKED_THROUGH = 500
"""How many rows are gone through to find the neighbours of one."""


@dataclass(frozen=True)
class Neighbours:
    """The rows before and after a concern, and the first that waits, in the order of the inbox."""

    before: UUID | None = None
    after: UUID | None = None
    waiting: UUID | None = None


def neighbours(found: QuerySet[Concern], pk: UUID) -> Neighbours:
    rows = list(in_rows(found).values_list("pk", "decided_at", "state")[:LOOKED_THROUGH])
    order = [row[0] for row in rows]
    waits = (one for one, decided, state in rows if not decided and state != State.CLOSED)
    waiting = next((one for one in waits if one != pk), None)
    if pk not in order:
        return Neighbours(waiting=waiting)
    at = order.index(pk)
    return Neighbours(
        before=order[at - 1] if at else None,
        after=order[at + 1] if at + 1 < len(order) else None,
        waiting=waiting,
    )


def escalated(member: Member, *, now: datetime) -> QuerySet[Concern]:
    """What the member's desks left lying, for those who hear of it."""
    mine = access.held_dossiers(member, Permission.TAKE_ESCALATIONS, now=now)
    return ranked(
        _concerns(mine)
        .filter(escalated_at__isnull=False, decided_at=None)
        .exclude(state=State.CLOSED)
    )


@dataclass(frozen=True)
class Waiting:
    """What a desk has still to read or decide, each concern once: what cannot wait comes first."""

    danger: QuerySet[Concern]
    by_far: QuerySet[Concern]
    late: QuerySet[Concern]
    answered: QuerySet[Concern]
    undecided: QuerySet[Concern]


def waiting(mine: QuerySet[Concern], left_lying: QuerySet[Concern], *, now: datetime) -> Waiting:
    """Those of a member's desks; `left_lying` are the ones escalated to them."""
    undone = mine.filter(Q(decided_at=None) | Q(answer_waits=True)).exclude(state=State.CLOSED)
    calm = undone.exclude(urgency=Urgency.IMMEDIATE)
    rest = calm.exclude(pk__in=left_lying.order_by().values("pk"))
    late = Q(due_at__lt=now, decided_at=None)
    return Waiting(
        danger=undone.filter(urgency=Urgency.IMMEDIATE),
        by_far=left_lying.exclude(urgency=Urgency.IMMEDIATE),
        late=rest.filter(late),
        answered=rest.filter(answer_waits=True).exclude(late),
        undecided=rest.filter(answer_waits=False).exclude(late),
    )


def search(text: str, member: Member, *, now: datetime) -> dict[UUID, int]:
    """Concerns whose account or conversation holds these words, nearly spelt, each with its place:
    the best have the lowest. What is not half as near as the best is left out, since a long
    text always holds some of any word's syllables.

    Only what is open to the member is looked into: the function behind this repeats the rule for
    each compartment, since hashes in an array cannot be searched under row-level security.
    """
    query = index.query_tokens(text, key=vault.search_key())
    account, source = (
        access.opened_dossiers(member, part, now=now)
        for part in (Compartment.ACCOUNT, Compartment.SOURCE)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dossier_id, hits FROM concerns_search(%s::bigint[], %s::bigint[])",
            [sorted(query.words), sorted(query.trigrams)],
        )
        found = dict(cursor.fetchall())
    allowed = {
        pk
        for part in (account, source)
        for pk in part.filter(pk__in=found).values_list("pk", flat=True)
    }
    reference = access.known_dossiers(member, now=now).filter(reference=text.strip().upper())
    named = list(reference.values_list("pk", flat=True))
    near = {pk: -found[pk] for pk in allowed}
    best = min(near.values(), default=0)
    return {pk: hits for pk, hits in near.items() if hits * 2 <= best} | dict.fromkeys(named, best)


def accounts(concerns: Sequence[Concern], member: Member, *, now: datetime) -> dict[UUID, Account]:
    """The accounts of these concerns that are open to the member."""
    opened = access.opened_dossiers(member, Compartment.ACCOUNT, now=now)
    wanted = [concern.pk for concern in concerns]
    found = Account.unrestricted.filter(dossier__in=opened).filter(pk__in=wanted)
    return {account.pk: account for account in found}


def messages_of(concern: Concern, member: Member, *, now: datetime) -> QuerySet[Message] | None:
    """The conversation with the reporter; None where SOURCE is not open to the member."""
    opened = access.opened_dossiers(member, Compartment.SOURCE, now=now)
    if not opened.filter(pk=concern.pk).exists():
        return None
    return (
        Message.unrestricted.filter(dossier=concern.pk, dossier__in=opened)
        .select_related("by")
        .order_by("pk")
    )


def source_of(concern: Concern, member: Member, *, now: datetime) -> Source | None:
    """Who the reporter said they are; None where SOURCE is not open, or it is not known at all."""
    opened = access.opened_dossiers(member, Compartment.SOURCE, now=now)
    return Source.unrestricted.filter(dossier=concern.pk, dossier__in=opened).first()


def history_of(concern: Concern, member: Member, *, now: datetime) -> QuerySet[Event]:
    opened = access.opened_dossiers(member, Compartment.ACCOUNT, now=now)
    return (
        Event.unrestricted.filter(dossier=concern.pk, dossier__in=opened)
        .select_related("by__agency")
        .order_by("-pk")
    )


@dataclass(frozen=True)
class Alike:
    """Another concern that shares something; `concern` is None where another desk holds it."""

    concern: Concern | None
    desk: Desk
    ties: tuple[str, ...]
    handle: UUID
    """Stands for it when its desk is asked; says nothing of it."""


def alike(concern: Concern, member: Member, *, now: datetime) -> list[Alike]:
    """What shares a vehicle, a number, an address or near-same words with this concern."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT other, desk, ties, handle FROM concerns_alike(%s)", [concern.pk])
        rows = cursor.fetchall()
    known = concerns_for(member, now=now).in_bulk([row[0] for row in rows if row[0]])
    desks = Desk.unrestricted.select_related("agency").in_bulk([row[1] for row in rows])
    return [
        Alike(known.get(other), desks[desk], tuple(sorted(ties)), handle)
        for other, desk, ties, handle in rows
    ]


def inquiries_of(concern: Concern, member: Member, *, now: datetime) -> QuerySet[Inquiry]:
    """What this concern's desk asked others, and what they answered."""
    mine = access.held_dossiers(member, Permission.READ_CONCERN, now=now)
    return (
        Inquiry.unrestricted.filter(asking__in=mine, asking=concern.pk)
        .select_related("desk__agency", "by", "answered_by__agency")
        .order_by("-at")
    )


def inquiries_to(member: Member, *, now: datetime) -> QuerySet[Asked]:
    """What other desks ask the member's desks."""
    mine = access.held_dossiers(member, Permission.TRIAGE_CONCERNS, now=now)
    return (
        Asked.unrestricted.filter(dossier__in=mine)
        .select_related("dossier__desk__agency", "inquiry__by__agency")
        .order_by("inquiry__at")
    )


def merged_into(concern: Concern, member: Member, *, now: datetime) -> QuerySet[Merge]:
    """The reports merged into this one, as far as the member knows them."""
    known = access.known_dossiers(member, now=now)
    return (
        Merge.unrestricted.filter(merged__in=known, kept=concern.pk, undone_at=None)
        .select_related("merged", "by")
        .order_by("at")
    )


def merge_of(concern: Concern, member: Member, *, now: datetime) -> Merge | None:
    """What this concern was merged into, where the member knows both."""
    known = access.known_dossiers(member, now=now)
    return (
        Merge.unrestricted.filter(merged=concern.pk, undone_at=None)
        .filter(merged__in=known, kept__in=known)
        .select_related("kept", "merged")
        .first()
    )


def handovers_of(concern: Concern, member: Member, *, now: datetime) -> QuerySet[Handover]:
    opened = access.opened_dossiers(member, Compartment.ACCOUNT, now=now)
    return (
        Handover.unrestricted.filter(dossier=concern.pk, dossier__in=opened)
        .select_related("agency", "by__agency")
        .order_by("-at")
    )


@dataclass(frozen=True)
class Told:
    """What might tell who told us: names and contacts, and what they wrote themselves."""

    names: list[str]
    passages: list[str]


def told_by(concern: Concern, member: Member, *, now: datetime) -> Told:
    """As far as it is open to the member; the desk itself reads all of it."""
    source = source_of(concern, member, now=now)
    account = accounts([concern], member, now=now).get(concern.pk)
    said = messages_of(concern, member, now=now)
    wrote = [one.text for one in said if one.by_id is None] if said is not None else []
    return Told(
        names=[part for part in ((source.name, source.contact) if source else ()) if part],
        passages=([account.what] if account else []) + wrote,
    )


def proposals_to(member: Member, *, now: datetime) -> QuerySet[Proposal]:
    """What was proposed at the member's desks and is not decided."""
    mine = access.held_dossiers(member, Permission.CLOSE_CONCERNS, now=now)
    return (
        Proposal.unrestricted.filter(dossier__in=mine, decided_at=None)
        .select_related("dossier", "by")
        .order_by("at")
    )


def passable_desks(member: Member, *, now: datetime) -> QuerySet[Desk]:
    """Desks a concern can be passed to."""
    mine = member.seats.filter(until=None).values("desk")
    return content.open_desks(now=now).exclude(pk__in=mine)
