"""In any world, every way to a concern gives every member the same ones: those the rules give.

List, single record, count, search, export, news and the compartments, without row-level security
or behind it,
and the bare tables with it are compared with `tests.worlds`, over 500 random worlds here and
10,000 larger ones in `make prove`.
"""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.http import Http404
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.roles import as_role
from tests.worlds import Facts, facts

from daymark.access import actions as access_actions
from daymark.access import queries as access
from daymark.access.models import (
    Agreement,
    Basis,
    Block,
    Dossier,
    Glass,
    Named,
    Notice,
    Party,
    Retention,
    Share,
)
from daymark.access.terms import Compartment, Ground, Kind, Marking, Permission, Purpose
from daymark.agencies.models import Agency, Desk, Member, Seat
from daymark.agencies.terms import Kind as AgencyKind
from daymark.agencies.terms import Regime, Role
from daymark.concerns import queries
from daymark.concerns.models import Account, Concern, Event, Message, Token
from daymark.concerns.terms import Direction, State, Urgency, Verb
from daymark.concerns.views import desk as pages
from daymark.design.ids import new_id
from daymark.vault import actions as vault
from daymark.vault import index
from daymark.vault import queries as keys

PROVE = os.environ.get("DAYMARK_PROVE") == "1"
WORLDS = 10_000 if PROVE else 500
PARTS = WORLDS // 125
"""Tests of their own, so that cores share the work and no table fills with what was undone."""
MOST = 4 if PROVE else 2
"""Members and dossiers of a world: two of each are enough for any tie between them to show."""

HOUR = timedelta(hours=1)
SAME = new_id()
"""Every concern is near-identical to every other."""

IN_ACCOUNTS, IN_MESSAGES = "lighthouse", "harbourmaster"
"""Words that every account, and every message, has."""

# ---- what a world is ----


@dataclass(frozen=True)
class Worker:
    agency: int
    role: Role
    seats: frozenset[int]
    left_seats: frozenset[int]
    active: bool


@dataclass(frozen=True)
class Gift:
    dossier: int
    to_member: bool
    to: int
    parts: frozenset[Compartment]
    state: str


@dataclass(frozen=True)
class World:
    desks: list[int]
    """The agency of each desk; there are three agencies."""

    workers: list[Worker]
    dossiers: list[tuple[int, bool]]
    """The desk of each, and whether it is restricted."""

    gifts: list[Gift]
    named: frozenset[tuple[int, int]]
    blocked: frozenset[tuple[int, int]]
    glass: frozenset[tuple[int, int, bool]]
    """Worker, dossier, and whether it is over."""

    walled: bool
    """Whether the queries are asked behind the policies, or alone."""


READERS = [
    Role.DESK_OFFICER,
    Role.DESK_SUPERVISOR,
    Role.DETECTIVE,
    Role.NAVIGATOR,
    Role.SUPPORT_WORKER,
]
AGENCIES = 3


@st.composite
def worlds(draw: st.DrawFn) -> World:
    desks = draw(st.lists(st.integers(0, AGENCIES - 1), min_size=2, max_size=3))
    some_desks = st.frozensets(st.integers(0, len(desks) - 1), max_size=2)
    workers = draw(
        st.lists(
            st.builds(
                Worker,
                agency=st.integers(0, AGENCIES - 1),
                # Mostly those who may read at all; what the others get is soon told.
                role=st.sampled_from([*READERS, *READERS, *Role]),
                seats=some_desks,
                left_seats=some_desks,
                active=st.sampled_from([True] * 7 + [False]),
            ),
            min_size=1,
            max_size=MOST,
        )
    )
    dossiers = draw(
        st.lists(
            st.tuples(st.integers(0, len(desks) - 1), st.sampled_from([False, False, False, True])),
            min_size=1,
            max_size=MOST,
        )
    )
    who, what = st.integers(0, len(workers) - 1), st.integers(0, len(dossiers) - 1)
    gift = st.builds(
        Gift,
        dossier=what,
        to_member=st.booleans(),
        to=st.integers(0, 11),
        parts=st.frozensets(
            st.sampled_from([Compartment.ACCOUNT, Compartment.SOURCE, Compartment.HEALTH])
        ),
        state=st.sampled_from(["open", "open", "open", "expired", "ended"]),
    )
    return World(
        desks=desks,
        workers=workers,
        dossiers=dossiers,
        gifts=draw(st.lists(gift, max_size=4)),
        named=draw(st.frozensets(st.tuples(who, what), max_size=3)),
        blocked=draw(st.frozensets(st.tuples(who, what), max_size=2)),
        glass=draw(st.frozensets(st.tuples(who, what, st.booleans()), max_size=2)),
        walled=draw(st.booleans()),
    )


# ---- making it, in bulk ----


@dataclass(frozen=True)
class Soil:
    """What every world stands on."""

    now: datetime
    retention: Retention
    agencies: list[Agency]
    maker: Member
    search_key: bytes


@pytest.fixture
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Soil]:
    with django_db_blocker.unblock(), transaction.atomic():
        now = timezone.now()
        before = now - timedelta(days=30)
        with as_role("owner"):
            search_key = vault.ensure_search_key(at=before)
            retention = access_actions.set_retention(
                Kind.CONCERN, review_after_days=365, source="test", at=before
            )
            agencies = Agency.unrestricted.bulk_create(
                Agency(
                    name=f"Agency {n}",
                    kind=AgencyKind.POLICE,
                    regime=Regime.UK_GDPR,
                    valid_from=date(2020, 1, 1),
                )
                for n in range(AGENCIES)
            )
            agreement = Agreement.unrestricted.create(
                name="all", valid_from=before, valid_until=now + timedelta(days=365)
            )
            Party.unrestricted.bulk_create(
                Party(agreement=agreement, agency=agency) for agency in agencies
            )
            maker = Member.unrestricted.create(
                email="maker@example.org",
                name="maker",
                agency=agencies[0],
                role=Role.DESK_SUPERVISOR,
                joined_at=before,
            )
        with as_role("partner"):
            yield Soil(now, retention, agencies, maker, search_key)
        transaction.set_rollback(True)
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("VACUUM")


def make(world: World, ground: Soil) -> tuple[list[Member], list[Dossier]]:
    now, at = ground.now, ground.now - 2 * HOUR
    desks = Desk.unrestricted.bulk_create(
        Desk(agency=ground.agencies[agency], name=f"Desk {n}", public_key=b"")
        for n, agency in enumerate(world.desks)
    )
    members = Member.unrestricted.bulk_create(
        Member(
            email=f"m{n}@example.org",
            name=f"Member {n}",
            agency=ground.agencies[one.agency],
            role=one.role,
            joined_at=at,
            is_active=one.active,
            left_at=None if one.active else now,
        )
        for n, one in enumerate(world.workers)
    )
    Seat.unrestricted.bulk_create(
        Seat(member=member, desk=desks[desk], since=at, until=until)
        for member, one in zip(members, world.workers, strict=True)
        for taken, until in ((one.seats, None), (one.left_seats - one.seats, now - HOUR))
        for desk in taken
    )
    dossiers = _dossiers(world, ground, desks)
    _ties(world, ground, members, dossiers)
    Glass.unrestricted.bulk_create(
        Glass(
            dossier=dossiers[dossier],
            member=members[member],
            reason="now",
            opened_at=at if over else now,
            until=at + HOUR if over else now + HOUR,
        )
        for member, dossier, over in world.glass
    )
    return members, dossiers


def _dossiers(world: World, ground: Soil, desks: list[Desk]) -> list[Dossier]:
    now, at = ground.now, ground.now - 2 * HOUR
    dossiers = [
        Dossier(
            id=new_id(),
            kind=Kind.CONCERN,
            reference=access_actions.new_reference(),
            agency=desks[desk].agency,
            desk=desks[desk],
            regime=Regime.UK_GDPR,
            purpose=Purpose.SAFEGUARDING,
            marking=Marking.OFFICIAL_SENSITIVE,
            retention=ground.retention,
            opened_at=at,
            restricted_at=now if restricted else None,
            restricted_by=ground.maker if restricted else None,
        )
        for desk, restricted in world.dossiers
    ]
    for dossier in dossiers:
        vault.make_data_key(dossier.pk, at=at)
    keys.take_in_hand(dossier.pk for dossier in dossiers)
    Dossier.unrestricted.bulk_create(dossiers)
    Concern.unrestricted.bulk_create(
        Concern(
            dossier=dossier,
            received_at=at,
            state=State.OPEN,
            urgency=Urgency.TODAY,
            language="en",
            due_at=now,
            flood=SAME,
        )
        for dossier in dossiers
    )
    Account.unrestricted.bulk_create(
        Account(dossier=dossier, what=IN_ACCOUNTS, where="") for dossier in dossiers
    )
    hashes, said = (
        sorted(index.search_tokens(word, key=ground.search_key))
        for word in (IN_ACCOUNTS, IN_MESSAGES)
    )
    Token.unrestricted.bulk_create(
        Token(dossier=dossier, hashes=hashes, said=said) for dossier in dossiers
    )
    Message.unrestricted.bulk_create(
        Message(dossier=dossier, direction=Direction.FROM_REPORTER, text=IN_MESSAGES, at=at)
        for dossier in dossiers
    )
    Event.unrestricted.bulk_create(
        Event(dossier=dossier, verb=Verb.ARRIVED, at=at) for dossier in dossiers
    )
    Notice.unrestricted.bulk_create(
        Notice(dossier=dossier, verb="concern.arrived", at=at) for dossier in dossiers
    )
    return dossiers


def _ties(world: World, ground: Soil, members: list[Member], dossiers: list[Dossier]) -> None:
    now, maker, at = ground.now, ground.maker, ground.now - 2 * HOUR
    bases = Basis.unrestricted.bulk_create(
        Basis(
            dossier=dossier,
            ground=Ground.CONSENT,
            explanation="yes",
            recorded_at=at,
            recorded_by=maker,
        )
        for dossier in dossiers
    )
    Share.unrestricted.bulk_create(
        Share(
            dossier=dossiers[gift.dossier],
            member=members[gift.to % len(members)] if gift.to_member else None,
            agency=None if gift.to_member else ground.agencies[gift.to % AGENCIES],
            compartments=sorted(gift.parts),
            purpose=Purpose.SUPPORT,
            basis=bases[gift.dossier],
            made_at=at,
            made_by=maker,
            until=now - HOUR if gift.state == "expired" else now + 24 * HOUR,
            ended_at=now if gift.state == "ended" else None,
        )
        for gift in world.gifts
    )
    Named.unrestricted.bulk_create(
        Named(dossier=dossiers[dossier], member=members[member], by=maker, at=now)
        for member, dossier in world.named
        # The database refuses anybody else; see test_standing.
        if members[member].agency_id == dossiers[dossier].agency_id
    )
    Block.unrestricted.bulk_create(
        Block(dossier=dossiers[dossier], member=members[member], reason="kin", by=maker, at=now)
        for member, dossier in world.blocked
    )


# ---- every way to a concern ----


def ways(member: Member, dossiers: list[Dossier], now: datetime) -> dict[str, set[UUID]]:
    """What each way gives this member, as ids of dossiers."""
    listed = list(queries.desk.inbox(member, queries.desk.Filter(), now=now))
    request: Any = RequestFactory().get("/concerns/export.csv")
    request.user = member
    exported = _exported(request)
    by_reference = {dossier.reference: dossier.pk for dossier in dossiers}
    inbox = queries.desk.inbox(member, queries.desk.Filter(), now=now)
    rows = list(queries.desk.in_rows(inbox))
    assert len(rows) == min(len(listed), 1)
    counted = queries.desk.standing_for(rows, inbox)
    assert [counted.get(row.pk, 1) for row in rows] == [len(listed)] * len(rows)
    known = {
        "list": {one.pk for one in listed},
        "rows, opened": {
            one.pk
            for row in rows
            for one in queries.desk.inbox(member, queries.desk.Filter(like=row.pk), now=now)
        },
        "record": {dossier.pk for dossier in dossiers if _opens(request, dossier.pk)},
        "export": {by_reference[row["reference"]] for row in exported},
        "news": {one.dossier_id for one in access.notices_for(member, now=now)},
    }
    assert queries.desk.inbox(member, queries.desk.Filter(), now=now).count() == len(known["list"])
    first = dossiers[0]
    found = [first.pk] if first.pk in known["list"] else []
    assert access.may(member, Permission.READ_CONCERN, first, now=now) == bool(found)
    assert list(queries.desk.search(first.reference, member, now=now)) == found
    account = {
        "account: exported": {
            by_reference[row["reference"]] for row in exported if row["what"] == IN_ACCOUNTS
        },
        "account: searched": set(queries.desk.search(IN_ACCOUNTS, member, now=now)),
        "account: history": {
            one.pk for one in listed if queries.desk.history_of(one, member, now=now).exists()
        },
    }
    source = {
        "source: opened": {
            one.pk
            for one in listed
            if [m.text for m in queries.desk.messages_of(one, member, now=now) or ()]
            == [IN_MESSAGES]
        },
        "source: searched": set(queries.desk.search(IN_MESSAGES, member, now=now)),
    }
    held = {
        f"held: {permission}": set(
            access.held_dossiers(member, permission, now=now).values_list("pk", flat=True)
        )
        for permission in (Permission.READ_CONCERN, Permission.SHARE_DOSSIERS)
    }
    return known | account | source | held


def tables() -> dict[str, set[UUID]]:
    """What the database gives of each table past every query."""
    return {
        "table of dossiers": set(Dossier.unrestricted.values_list("pk", flat=True)),
        "table of concerns": set(Concern.unrestricted.values_list("pk", flat=True)),
        "table of news": set(Notice.unrestricted.values_list("dossier", flat=True)),
        "account: table": set(Account.unrestricted.values_list("pk", flat=True)),
        "account: table of history": set(Event.unrestricted.values_list("dossier", flat=True)),
        "source: table": set(Message.unrestricted.values_list("dossier", flat=True)),
    }


def _opens(request: Any, pk: UUID) -> bool:
    try:
        return bool(pages._concern(request, pk))
    except Http404:
        return False


def _exported(request: Any) -> list[dict[str, str]]:
    text = pages.export(request).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def expected(way: str, member: Member, truth: Facts) -> set[UUID]:
    if way.startswith("held"):
        permission = Permission(way.removeprefix("held: "))
        return {dossier for dossier in truth.desks if truth.holds(member, dossier, permission)}
    if way.startswith("account"):
        return truth.opened(member, Compartment.ACCOUNT)
    if way.startswith("source"):
        return truth.opened(member, Compartment.SOURCE)
    return truth.known(member)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_way_gives_every_member_what_the_rules_give(part: int, ground: Soil) -> None:
    @seed(part)
    @settings(
        max_examples=WORLDS // PARTS,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds())
    def check(world: World) -> None:
        assert differing(world, ground) == []

    check()


def differing(world: World, ground: Soil) -> list[str]:
    """Who is given what they should not know, or not given what they should, by which way."""
    wrong = []
    with transaction.atomic(), keys.keys_in_hand():
        with as_role("owner"):
            members, dossiers = make(world, ground)
            truth = facts(ground.now)
        for member in members:
            if not member.is_active:
                # Turned away before any query; see the matrix.
                continue
            # The policies alone stand before the bare tables; the queries alone, where the owner
            # asks; both together, where the partner process does, as in a page.
            with as_role("partner" if world.walled else "owner", member_id=member.pk):
                found = ways(member, dossiers, ground.now)
            with as_role("partner", member_id=member.pk):
                found |= tables()
            wrong += [
                f"{member} ({member.role}): {way}"
                for way, ids in found.items()
                if ids != expected(way, member, truth)
            ]
        transaction.set_rollback(True)
    return wrong


def test_somebody_who_left_reads_no_table(ground: Soil) -> None:
    world = World(
        desks=[0],
        workers=[Worker(0, Role.DESK_OFFICER, frozenset({0}), frozenset(), active=False)],
        dossiers=[(0, False)],
        gifts=[],
        named=frozenset(),
        blocked=frozenset(),
        glass=frozenset(),
        walled=True,
    )
    with transaction.atomic(), keys.keys_in_hand():
        with as_role("owner"):
            (gone,), _ = make(world, ground)
        with as_role("partner", member_id=gone.pk), connection.cursor() as cursor:
            for table in ("access_dossier", "concerns_concern", "concerns_account"):
                cursor.execute(f"SELECT * FROM {table}")
                assert cursor.fetchall() == []
        transaction.set_rollback(True)
