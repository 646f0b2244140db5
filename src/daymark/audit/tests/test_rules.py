"""Ten thousand ways to falsify a trail, each of which is found."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from daymark.audit import rules
from daymark.audit.rules import START, EntryRow, HeadRow, LinkRow, Witness, verify

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
TRUSTED = [rules.public_key(KEY)]
DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class World:
    """A small honest trail: its chains grow and are linked in turns."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.entries: list[EntryRow] = []
        self.heads: dict[UUID, HeadRow] = {}
        self.links: list[LinkRow] = []
        self.now = DAY
        chains = [self.uuid() for _ in range(rng.randint(1, 3))]
        for _ in range(rng.randint(1, 3)):
            for chain in chains:
                for _ in range(rng.randint(0, 3)):
                    self.write(chain)
            self.link()
        if not self.links:
            self.write(chains[0])
            self.link()
        self.witness = Witness(self.links[-1].seq, self.links[-1].hash)
        if rng.random() < 0.5:
            for chain in chains:
                self.write(chain)

    def uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128))

    def maybe(self) -> UUID | None:
        return self.rng.choice([None, self.uuid()])

    def tick(self) -> None:
        self.now += timedelta(seconds=self.rng.randint(0, 4000), microseconds=self.rng.randrange(9))

    def write(self, chain: UUID) -> None:
        self.tick()
        head = self.heads.get(chain, HeadRow(chain, 0, START, DAY, 0))
        actor = self.maybe()
        now = self.now if actor else rules.hour(self.now)
        entry = EntryRow(
            id=self.uuid(),
            chain=chain,
            seq=head.seq + 1,
            verb=self.rng.choice(["concern.read", "concern.closed"]),
            at=now,
            recorded_at=max(now, head.recorded_at),
            actor=actor,
            agency=self.maybe(),
            dossier=self.maybe(),
            object_type="concerns.concern",
            object_id=self.maybe(),
            purpose=self.rng.choice(["", "TRIAGE"]),
            details=self.rng.choice(["{}", '{"count":3}']),
            prev_hash=head.hash,
            hash=b"",
        )
        entry = entry._replace(hash=rules.entry_hash(entry))
        self.entries.append(entry)
        self.heads[chain] = HeadRow(chain, entry.seq, entry.hash, entry.recorded_at, head.linked)

    def link(self) -> None:
        self.tick()
        due = [h for h in self.heads.values() if h.linked < h.seq]
        after = (self.links[-1].seq, self.links[-1].hash) if self.links else (0, START)
        self.links += rules.forge(
            [(h.chain, h.seq, h.hash) for h in due],
            after=after,
            at=rules.hour(self.now),
            signing_key=KEY,
        )
        for head in due:
            self.heads[head.chain] = head._replace(linked=head.seq)

    # What an intruder does. The first are clumsy, the later ones rehash all they can.

    def linked(self) -> list[EntryRow]:
        return [e for e in self.entries if e.seq <= self.heads[e.chain].linked]

    def edit(self) -> str:
        """Change one field of one row of any table."""
        table = self.rng.choice(["entries", "heads", "links"])
        rows = list(self.heads.values()) if table == "heads" else getattr(self, table)
        row = self.rng.choice(rows)
        field = self.rng.choice(row._fields)
        new = row._replace(**{field: self.other(getattr(row, field))})
        if table == "heads":
            del self.heads[row.chain]
            self.heads[new.chain] = new
        else:
            rows[rows.index(row)] = new
        return f"{table}.{field}"

    def other(self, value: object) -> object:
        match value:
            case UUID() if self.rng.random() < 0.3 and len(self.heads) > 1:
                return self.rng.choice([c for c in self.heads if c != value])
            case None | UUID():
                return self.uuid()
            case int():
                return value + self.rng.choice([-1, 1, 1000])
            case datetime():
                return value + self.rng.choice([-1, 1]) * timedelta(
                    microseconds=self.rng.choice([1, 10**6, 10**10])
                )
            case bytes():
                spot = self.rng.randrange(len(value))
                return (
                    value[:spot]
                    + bytes([value[spot] ^ 1 << self.rng.randrange(8)])
                    + value[spot + 1 :]
                )
            case str():
                return value + self.rng.choice([" ", "x", "é"])
        raise TypeError(value)

    def drop(self) -> None:
        rows = self.rng.choice([self.entries, self.links])
        rows.remove(self.rng.choice(rows))

    def drop_head(self) -> None:
        del self.heads[self.rng.choice(list(self.heads))]

    def duplicate(self) -> None:
        rows = self.rng.choice([self.entries, self.links])
        row = self.rng.choice(rows)
        rows.append(row._replace(id=self.uuid()) if isinstance(row, EntryRow) else row)

    def insert(self) -> None:
        """Slip an entry in with the right hashes of its own, leaving the others alone."""
        like = self.rng.choice(self.entries)
        new = like._replace(id=self.uuid(), verb="concern.shared")
        self.entries.append(new._replace(hash=rules.entry_hash(new)))

    def swap(self) -> None:
        """Exchange the places of two entries, or of two links, and rehash just those."""
        pairs = [
            (a, b)
            for rows in (self.entries, self.links)
            for a in rows
            for b in rows
            if a.seq < b.seq and (isinstance(a, LinkRow) or a.chain == b.chain)
        ]
        if not pairs:
            return self.drop()
        a, b = self.rng.choice(pairs)
        rows: list = self.links if isinstance(a, LinkRow) else self.entries
        place, rehash = (
            (("seq", "prev_hash"), rules.link_hash)
            if isinstance(a, LinkRow)
            else (("seq", "prev_hash", "recorded_at"), rules.entry_hash)
        )
        for row, at in ((a, b), (b, a)):
            new = row._replace(**{name: getattr(at, name) for name in place})
            rows[rows.index(row)] = new._replace(hash=rehash(new))
        return None

    def cut_chain(self) -> None:
        """Cut off the tail of a chain and put its head back."""
        last = self.rng.choice(self.linked())
        chain = [e for e in self.entries if e.chain == last.chain]
        self.entries = [e for e in self.entries if e.chain != last.chain or e.seq < last.seq]
        before = next((e for e in chain if e.seq == last.seq - 1), None)
        if before is None:
            del self.heads[last.chain]
        else:
            linked = max(
                (
                    k.chain_seq
                    for k in self.links
                    if k.chain == last.chain and k.chain_seq < last.seq
                ),
                default=0,
            )
            self.heads[last.chain] = HeadRow(
                last.chain, before.seq, before.hash, before.recorded_at, linked
            )

    def lose_chain(self) -> None:
        chain = self.rng.choice(self.linked()).chain
        self.entries = [e for e in self.entries if e.chain != chain]
        del self.heads[chain]

    def cut_links(self) -> None:
        """Cut off the tail of the global chain, leaving the dossiers as they are."""
        del self.links[self.rng.randrange(len(self.links)) :]

    def renote(self) -> None:
        for chain, head in self.heads.items():
            linked = max((k.chain_seq for k in self.links if k.chain == chain), default=0)
            self.heads[chain] = head._replace(linked=min(linked, head.seq))

    def rewrite(self) -> None:
        """Change, drop or invent a linked entry, then rehash its whole chain and its head."""
        victim = self.rng.choice(self.linked())
        chain = sorted((e for e in self.entries if e.chain == victim.chain), key=lambda e: e.seq)
        spot = chain.index(victim)
        match self.rng.randrange(5):
            case 0:
                field = self.rng.choice(["verb", "actor", "agency", "dossier", "details", "id"])
                chain[spot] = victim._replace(**{field: self.other(getattr(victim, field))})
            case 1:
                back = timedelta(seconds=self.rng.randint(1, 10**6))
                chain[spot] = victim._replace(at=victim.at - back)
            case 2:
                back = timedelta(seconds=self.rng.randint(1, 10**6))
                chain = [
                    e._replace(recorded_at=e.recorded_at - back) if e.seq <= victim.seq else e
                    for e in chain
                ]
            case 3:
                del chain[spot]
            case 4:
                chain.insert(spot, victim._replace(id=self.uuid(), verb="concern.shared"))
        self.entries = [e for e in self.entries if e.chain != victim.chain]
        before, linked = START, self.heads[victim.chain].linked
        for seq, entry in enumerate(chain, 1):
            entry = entry._replace(seq=seq, prev_hash=before)
            entry = entry._replace(hash=rules.entry_hash(entry))
            self.entries.append(entry)
            before = entry.hash
        if chain:
            last = self.entries[-1]
            self.heads[victim.chain] = HeadRow(
                last.chain, last.seq, last.hash, last.recorded_at, min(linked, last.seq)
            )
        else:
            del self.heads[victim.chain]

    def move(self) -> None:
        """Put a linked entry into another chain, both rehashed from end to end."""
        victim = self.rng.choice(self.linked())
        target = self.rng.choice([*self.heads, self.uuid()])
        rest = [e for e in self.entries if e is not victim]
        rest.append(victim._replace(chain=target, recorded_at=self.now))
        if target == victim.chain:
            rest.pop()
        self.rehash(rest)

    def rehash(self, entries: list[EntryRow]) -> None:
        self.entries = []
        heads: dict[UUID, HeadRow] = {}
        for entry in sorted(entries, key=lambda e: (e.recorded_at, e.seq)):
            head = heads.get(entry.chain, HeadRow(entry.chain, 0, START, DAY, 0))
            entry = entry._replace(seq=head.seq + 1, prev_hash=head.hash)
            entry = entry._replace(hash=rules.entry_hash(entry))
            self.entries.append(entry)
            heads[entry.chain] = HeadRow(entry.chain, entry.seq, entry.hash, entry.recorded_at, 0)
        self.heads = heads
        self.renote()

    def relink(self) -> None:
        """Rewrite a chain, then all links over it, with every hash but without the key."""
        self.rewrite()
        entries = {(e.chain, e.seq): e for e in self.entries}
        links = [
            k._replace(head_hash=entries[k.chain, k.chain_seq].hash)
            for k in self.links
            if (k.chain, k.chain_seq) in entries
        ]
        key = self.rng.choice([None, OTHER_KEY])
        self.links = []
        before = (0, START)
        for link in links:
            if key:
                (link,) = rules.forge(
                    [(link.chain, link.chain_seq, link.head_hash)],
                    after=before,
                    at=link.at,
                    signing_key=key,
                )
                if self.rng.random() < 0.5:
                    link = link._replace(key_id=rules.key_id(TRUSTED[0]))
            link = link._replace(seq=before[0] + 1, prev_hash=before[1])
            link = link._replace(hash=rules.link_hash(link))
            self.links.append(link)
            before = (link.seq, link.hash)
        self.renote()

    def back_date_untied(self) -> None:
        """Write an entry today and date it before the link that did not know it."""
        tied = {k.chain: k for k in self.links}
        link = self.rng.choice(list(tied.values()))
        self.entries = [e for e in self.entries if e.chain != link.chain or e.seq <= link.chain_seq]
        last = max((e for e in self.entries if e.chain == link.chain), key=lambda e: e.seq)
        moment = link.at - timedelta(seconds=self.rng.randint(3901, 10**6))
        entry = last._replace(
            id=self.uuid(), seq=last.seq + 1, at=moment, recorded_at=moment, prev_hash=last.hash
        )
        entry = entry._replace(hash=rules.entry_hash(entry))
        self.entries.append(entry)
        self.heads[link.chain] = HeadRow(link.chain, entry.seq, entry.hash, moment, link.chain_seq)

    def findings(self, witness: Witness | None = None) -> list[rules.Finding]:
        rows = [*self.entries], [*self.heads.values()], [*self.links]
        for table in rows:
            self.rng.shuffle(table)
        return verify(*rows, public_keys=TRUSTED, witness=witness)


FALSIFY: list[Callable[[World], object]] = [
    World.edit,
    World.edit,
    World.edit,
    World.drop,
    World.drop_head,
    World.duplicate,
    World.insert,
    World.swap,
    World.cut_chain,
    World.lose_chain,
    World.cut_links,
    World.rewrite,
    World.move,
    World.relink,
    World.back_date_untied,
]


@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_falsifications_are_found_and_no_honest_trail_is_blamed(seed: int):
    for round_ in range(1000):
        world = World(Random(f"{seed}/{round_}"))
        assert world.findings() == []
        honest = list(world.links)
        falsify = world.rng.choice(FALSIFY)
        done = falsify(world)
        # A rewrite that only took the last links away set the trail back: only a witness tells.
        set_back = falsify is World.relink and world.links == honest[: len(world.links)]
        found = world.findings(world.witness if set_back else None)
        assert found, (falsify.__name__, done, seed, round_)


def test_an_old_backup_put_back_is_told_by_a_link_kept_elsewhere_and_by_nothing_else():
    world = World(Random(7))
    old = list(world.entries), dict(world.heads), list(world.links)
    world.write(world.entries[0].chain)
    world.link()
    kept = Witness(world.links[-1].seq, world.links[-1].hash)
    world.entries, world.heads, world.links = old
    assert world.findings() == []
    (found,) = world.findings(kept)
    assert str(found) == f"global chain #{kept.seq}: was kept elsewhere, and is missing here"


def test_what_no_link_covers_yet_can_still_be_rewritten_by_whoever_owns_the_database():
    world = World(Random(7))
    chain = world.entries[0].chain
    world.write(chain)
    last = world.entries.pop()
    last = last._replace(verb="concern.shared", hash=b"")
    world.entries.append(last := last._replace(hash=rules.entry_hash(last)))
    world.heads[chain] = world.heads[chain]._replace(hash=last.hash)
    assert world.findings() == []
    world.link()
    assert world.findings() == []


@pytest.fixture
def world() -> World:
    """Two chains of three entries, each linked, then one more linked entry in the first."""
    world = World(Random(3))
    world.entries, world.heads, world.links = [], {}, []
    for chain in (A, B):
        for _ in range(3):
            world.write(chain)
    world.link()
    world.write(A)
    world.link()
    assert world.findings() == []
    return world


A, B = UUID(int=10), UUID(int=11)


def of(world: World, chain: UUID, seq: int) -> EntryRow:
    return next(e for e in world.entries if (e.chain, e.seq) == (chain, seq))


def put(world: World, old: EntryRow, *new: EntryRow) -> None:
    spot = world.entries.index(old)
    world.entries[spot : spot + 1] = new


def said(world: World) -> set[str]:
    return {str(f).replace(str(A), "A").replace(str(B), "B") for f in world.findings()}


def test_an_edit_is_named_by_its_chain_and_place(world: World):
    put(world, of(world, A, 2), of(world, A, 2)._replace(verb="concern.closed "))
    assert said(world) == {"A #2: was changed after it was written"}


def test_a_gap_names_what_is_missing(world: World):
    put(world, of(world, A, 2))
    assert said(world) == {
        "A #3: #2 before it missing",
        "A #3: does not follow the entry before it",
    }


def test_a_lost_tail_is_named_by_the_link_that_signed_it(world: World):
    put(world, of(world, B, 3))
    last = of(world, B, 2)
    world.heads[B] = HeadRow(B, 2, last.hash, last.recorded_at, 0)
    assert said(world) == {
        "B #3: was signed by link #2, and is gone",
        "B #0: is noted as linked, but the links end at #3",
    }


def test_a_lost_chain_is_named(world: World):
    for seq in (1, 2, 3):
        put(world, of(world, B, seq))
    del world.heads[B]
    assert said(world) == {
        "B #3: was signed by link #2, and is gone",
        "B #0: the chain has lost its head",
    }


def test_a_chain_rehashed_from_end_to_end_is_not_what_was_signed(world: World):
    first = of(world, B, 1)
    rest = [e for e in world.entries if e.chain == A]
    before = START
    for seq in (1, 2, 3):
        entry = of(world, B, seq)._replace(prev_hash=before)
        entry = entry._replace(at=first.at - timedelta(days=30)) if seq == 1 else entry
        entry = entry._replace(hash=rules.entry_hash(entry))
        rest.append(entry)
        before = entry.hash
    world.entries = rest
    world.heads[B] = world.heads[B]._replace(hash=before)
    assert said(world) == {"B #3: is not what link #2 signed"}


def test_a_link_signed_with_a_key_that_is_not_trusted_is_found(world: World):
    last = world.links.pop()
    (forged,) = rules.forge(
        [(last.chain, last.chain_seq, last.head_hash)],
        after=(last.seq - 1, last.prev_hash),
        at=last.at,
        signing_key=OTHER_KEY,
    )
    world.links.append(forged)
    assert said(world) == {f"global chain #3: {rules.FORGED}"}
    named = forged._replace(key_id=last.key_id)
    world.links[-1] = named._replace(hash=rules.link_hash(named))
    assert said(world) == {f"global chain #3: {rules.FORGED}"}


def test_links_stay_good_when_the_key_is_replaced(world: World):
    world.write(B)
    after = world.links[-1]
    head = world.heads[B]
    world.links += rules.forge(
        [(B, head.seq, head.hash)],
        after=(after.seq, after.hash),
        at=rules.hour(world.now + timedelta(hours=1)),
        signing_key=OTHER_KEY,
    )
    world.renote()
    rows = world.entries, world.heads.values(), world.links
    both = [*TRUSTED, rules.public_key(OTHER_KEY)]
    assert verify(*rows, public_keys=both) == []
    assert [f.seq for f in verify(*rows, public_keys=both[1:])] == [3]


def test_an_entry_claiming_a_moment_to_come_is_found(world: World):
    world.write(B)
    last = world.entries.pop()
    last = last._replace(at=last.recorded_at + timedelta(hours=2))
    world.entries.append(last := last._replace(hash=rules.entry_hash(last)))
    world.heads[B] = world.heads[B]._replace(hash=last.hash)
    assert said(world) == {
        "B #4: claims a moment that had not come when it was recorded",
    }


def test_an_entry_dated_before_a_link_that_did_not_know_it_is_found(world: World):
    world.back_date_untied()
    assert any("which did not know it" in words for words in said(world))


def test_a_chain_kept_from_the_worker_is_found(world: World):
    world.write(B)
    world.now += timedelta(days=2)
    world.write(A)
    head = world.heads[B]
    world.heads[B] = head._replace(linked=head.seq)
    world.link()
    world.heads[B] = head
    assert said(world) == {"B #4: was kept from being linked"}


def test_work_entered_late_is_not_blamed(world: World):
    world.now += timedelta(days=2)
    world.write(B)
    last = world.entries.pop()
    last = last._replace(at=last.at - timedelta(days=600))
    world.entries.append(last := last._replace(hash=rules.entry_hash(last)))
    world.heads[B] = world.heads[B]._replace(hash=last.hash)
    assert said(world) == set()


def test_an_hour_is_all_that_is_kept_of_a_moment():
    moment = datetime(2026, 7, 1, 0, 59, 59, 5, tzinfo=ZoneInfo("Europe/London"))
    assert rules.hour(moment) == datetime(2026, 6, 30, 23, tzinfo=UTC)


def test_no_two_different_entries_are_encoded_alike():
    assert rules.encode(("ab", "c")) != rules.encode(("a", "bc"))
    assert rules.encode(("", None)) != rules.encode((None, ""))
    assert rules.encode((None,)) == b"\xff\xff\xff\xff"
    assert rules.encode((1, DAY)) == bytes.fromhex(
        f"00000008000000000000000100000008{int(DAY.timestamp()) * 10**6:016x}"
    )


def forged_again(world: World, heads: list[EntryRow], at: list[datetime]) -> None:
    """The global chain written anew by somebody who holds the key."""
    world.links = []
    after = (0, START)
    for entry, moment in zip(heads, at, strict=True):
        world.links += rules.forge(
            [(entry.chain, entry.seq, entry.hash)], after=after, at=moment, signing_key=KEY
        )
        after = (world.links[-1].seq, world.links[-1].hash)
    world.renote()


def test_whoever_holds_the_key_rewrites_everything_but_what_was_kept_elsewhere(world: World):
    at = [link.at for link in world.links]
    world.rehash([e._replace(verb="concern.shared") for e in world.entries])
    forged_again(world, [of(world, k.chain, k.chain_seq) for k in world.links], at)
    assert world.findings() == []
    for link in world.links:
        (found,) = world.findings(Witness(link.seq, bytes(32)))
        assert str(found) == f"global chain #{link.seq}: is not the link that was kept elsewhere"


def test_a_missing_link_is_named(world: World):
    del world.links[1]
    assert "global chain #3: #2 before it missing" in said(world)


def test_a_missing_entry_is_named_by_the_link_over_it_though_later_ones_stand(world: World):
    put(world, of(world, A, 3))
    assert "A #3: was signed by link #1, and is gone" in said(world)


def test_a_rewritten_link_is_found_near_to_where_it_stands():
    world = World(Random(5))
    chains = [UUID(int=n) for n in range(1200)]
    world.entries, world.heads, world.links = [], {}, []
    for chain in chains:
        world.write(chain)
    world.now = DAY
    forged_again(world, world.entries, [rules.hour(e.recorded_at) for e in world.entries])
    assert world.findings() == []
    before = world.links[599].hash
    world.links[600] = world.links[600]._replace(signature=bytes(64))
    for spot in range(600, 1200):
        link = world.links[spot]._replace(prev_hash=before)
        world.links[spot] = link._replace(hash=rules.link_hash(link))
        before = world.links[spot].hash
    assert [(f.seq, f.wrong) for f in world.findings()] == [
        (1000, rules.FORGED),
        (1200, rules.FORGED),
    ]


def test_links_dated_backwards_are_found(world: World):
    heads = [of(world, A, 3), of(world, B, 3), of(world, A, 4)]
    late = rules.hour(world.now)
    forged_again(world, heads, [late + timedelta(hours=1), late, late])
    assert said(world) == {"global chain #2: is dated before the link before it"}


def test_a_link_older_than_what_it_signs_is_found(world: World):
    heads = [of(world, A, 3), of(world, B, 3), of(world, A, 4)]
    forged_again(world, heads, [DAY - timedelta(days=1)] * 3)
    assert said(world) == {
        "A #3: was recorded after link #1 signed it",
        "A #4: was recorded after link #3 signed it",
        "B #3: was recorded after link #2 signed it",
    }


def test_links_of_one_chain_in_the_wrong_order_are_found(world: World):
    heads = [of(world, A, 4), of(world, B, 3), of(world, A, 3)]
    forged_again(world, heads, [rules.hour(world.now)] * 3)
    assert said(world) == {"global chain #1: came after link #3 of the same chain"}


def test_unlinked_entries_out_of_order_are_found(world: World):
    world.now += timedelta(hours=3)
    world.write(B)
    world.write(B)
    last = world.entries.pop()
    last = last._replace(recorded_at=of(world, B, 4).recorded_at - timedelta(microseconds=1))
    world.entries.append(last := last._replace(at=DAY, hash=b""))
    world.entries[-1] = last = last._replace(hash=rules.entry_hash(last))
    world.heads[B] = HeadRow(B, 5, last.hash, last.recorded_at, 3)
    assert said(world) == {"B #5: was recorded before the entry before it"}


def test_a_second_head_is_found(world: World):
    heads = [*world.heads.values(), world.heads[A]]
    (found,) = verify(world.entries, heads, world.links, public_keys=TRUSTED)
    assert str(found) == f"{A} #4: is a second head"
