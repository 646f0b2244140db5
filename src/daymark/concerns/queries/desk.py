"""What members read of concerns, narrowed to what each may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.lookups import IsNull

from daymark.access import queries as access
from daymark.access.terms import Compartment, Permission
from daymark.agencies.models import Desk, Member
from daymark.concerns.models import Account, Concern, Event, Message, Source
from daymark.concerns.terms import State
from daymark.vault import index
from daymark.vault import queries as vault


def concerns_for(member: Member, *, now: datetime) -> QuerySet[Concern]:
    """Every concern this member may know. Lists, pages, counts, search and export start here."""
    return (
        Concern.unrestricted.filter(dossier__in=access.known_dossiers(member, now=now))
        .select_related("dossier__desk", "dossier__agency", "area")
        .order_by("due_at", "pk")
    )


def at_my_desks(member: Member, *, now: datetime) -> QuerySet[Concern]:
    """The concerns this member's own desks answer for."""
    mine = access.held_dossiers(member, Permission.READ_CONCERN, now=now)
    return concerns_for(member, now=now).filter(dossier__in=mine)


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


def inbox(member: Member, chosen: Filter, *, now: datetime) -> QuerySet[Concern]:
    """What waits for a decision first, by its clock; then what is decided; closed ones last."""
    found = concerns_for(member, now=now).order_by(
        F("closed_at").desc(nulls_first=True), IsNull(F("decided_at"), False), "due_at", "pk"
    )
    if chosen.state:
        found = found.filter(state=chosen.state)
    if chosen.urgency:
        found = found.filter(urgency=chosen.urgency)
    if chosen.late:
        found = past_clock(found, now=now)
    if chosen.answered:
        found = found.filter(answer_waits=True)
    if chosen.words.strip():
        found = found.filter(pk__in=search(chosen.words, member, now=now))
    return found


def search(text: str, member: Member, *, now: datetime) -> list[UUID]:
    """Concerns whose account or conversation holds these words, nearly spelt, best first.

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
            "SELECT dossier_id FROM concerns_search(%s::bigint[], %s::bigint[])",
            [sorted(query.words), sorted(query.trigrams)],
        )
        found = [row[0] for row in cursor.fetchall()]
    allowed = {
        pk
        for part in (account, source)
        for pk in part.filter(pk__in=found).values_list("pk", flat=True)
    }
    reference = access.known_dossiers(member, now=now).filter(reference=text.strip().upper())
    named = list(reference.values_list("pk", flat=True))
    return named + [pk for pk in found if pk in allowed]


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
        .order_by("at", "pk")
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
        .order_by("-at", "-pk")
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


def passable_desks(member: Member, *, now: datetime) -> QuerySet[Desk]:
    """Desks a concern can be passed to: open ones of agencies that still exist."""
    today = now.date()
    return (
        Desk.unrestricted.filter(closed_at=None)
        .filter(Q(agency__valid_until=None) | Q(agency__valid_until__gt=today))
        .exclude(pk__in=member.seats.filter(until=None).values("desk"))
        .select_related("agency")
        .order_by(F("agency__name"), F("name"))
    )
