"""What the database does with an entry, and what it refuses to each role."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from queue import Queue
from random import Random
from threading import Event, Thread
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from django.db import connection, models, transaction
from django.db.utils import DatabaseError, OperationalError
from tests.roles import as_role

from daymark.audit import actions, queries, rules
from daymark.audit.models import Entry, Head

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
KEY = bytes(range(32))
TRUSTED = [rules.public_key(KEY)]
ROLES = ["partner", "public", "worker"]


class Person(NamedTuple):
    pk: UUID
    agency_id: UUID


@pytest.fixture
def agent() -> Person:
    return Person(uuid4(), uuid4())


class Leaf(models.Model):
    """Hangs on a dossier."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    dossier_id = models.UUIDField(default=uuid4)

    class Meta:
        app_label = "trail"
        managed = False


class Folder(models.Model):
    """Is a dossier itself."""

    DOSSIER = "id"
    id = models.UUIDField(primary_key=True, default=uuid4)

    class Meta:
        app_label = "trail"
        managed = False


class Counted(models.Model):
    """Has no UUID as its key."""

    class Meta:
        app_label = "trail"
        managed = False


def rows(chain: UUID) -> list[rules.EntryRow]:
    with as_role("worker"):
        found = Entry.unrestricted.filter(chain=chain).order_by("seq")
        return [
            rules.EntryRow(*(bytes(v) if isinstance(v, memoryview) else v for v in row))
            for row in found.values_list(*rules.EntryRow._fields)
        ]


@contextmanager
def refused(match: str) -> Iterator[None]:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        yield


def sql(statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def superuser() -> Iterator[None]:
    """The intruder who owns the server: no trigger, no grant and no policy stops him."""
    was = sql("SELECT current_setting('role')")[0][0]
    sql("RESET ROLE")
    sql("SET LOCAL session_replication_role = replica")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            sql("SET LOCAL session_replication_role = origin")
            sql("SELECT set_config('role', %s, true)", was)


# The chain


def test_an_entry_is_chained_by_the_database():
    agent, leaf = Person(uuid4(), uuid4()), Leaf(dossier_id=uuid4())
    with as_role("partner", member_id=agent.pk):
        actions.record("leaf.read", at=NOW, by=agent, of=leaf, purpose="TRIAGE", pages=2)
        actions.record("leaf.closed", at=NOW, by=agent, of=leaf)
    first, second = rows(leaf.dossier_id)
    assert (first.seq, first.prev_hash) == (1, rules.START)
    assert (second.seq, second.prev_hash) == (2, first.hash)
    assert first.object_type == "trail.leaf"
    assert first.object_id == leaf.pk
    assert first.dossier == leaf.dossier_id
    assert (first.actor, first.agency) == agent
    assert first.details == '{"pages":2}'
    assert [rules.entry_hash(entry) for entry in (first, second)] == [first.hash, second.hash]
    with as_role("worker"):
        head = Head.unrestricted.get(chain=leaf.dossier_id)
    assert (head.seq, bytes(head.hash), head.linked) == (2, second.hash, 0)


def test_a_dossier_is_its_own_chain(agent: Person):
    folder = Folder()
    with as_role("partner", member_id=agent.pk):
        actions.record("folder.read", at=NOW, by=agent, of=folder)
    (entry,) = rows(folder.pk)
    assert (entry.dossier, entry.object_id) == (folder.pk, folder.pk)


def test_what_hangs_on_no_dossier_stands_in_its_actors_chain_or_the_systems(agent: Person):
    with as_role("partner", member_id=agent.pk):
        actions.record("member.searched", at=NOW, by=agent)
    assert [entry.verb for entry in rows(agent.pk)] == ["member.searched"]
    with as_role("worker"):
        actions.record("keys.rotated", at=NOW)
    assert rows(rules.SYSTEM)[-1].verb == "keys.rotated"


def test_a_list_is_an_entry_for_each_dossier_in_the_readers_chain_in_one_statement(
    agent: Person, django_assert_num_queries
):
    leaves = [Leaf() for _ in range(25)]
    with as_role("partner", member_id=agent.pk), django_assert_num_queries(1):
        actions.record_many("leaf.listed", at=NOW, by=agent, of=leaves, page=1)
    written = rows(agent.pk)
    assert [entry.seq for entry in written] == list(range(1, 26))
    assert [entry.dossier for entry in written] == [leaf.dossier_id for leaf in leaves]
    assert rows(leaves[0].dossier_id) == []
    with as_role("partner", member_id=agent.pk):
        actions.record("leaf.read", at=NOW, by=agent, of=leaves[0])
    with as_role("worker"):
        trail = queries.trail_of(leaves[0].dossier_id)
        assert [entry.verb for entry in trail] == ["leaf.listed", "leaf.read"]
        assert Head.unrestricted.get(chain=agent.pk).seq == 25
    assert check().findings == []


def test_who_looked_is_told_apart_from_what_was_done(agent: Person):
    leaf, later = Leaf(dossier_id=uuid4()), NOW + timedelta(minutes=5)
    with as_role("partner", member_id=agent.pk):
        actions.record("leaf.opened", at=NOW, by=agent, of=leaf)
        for at in (later, NOW):
            actions.record_many("leaf.shown", at=at, by=agent, of=[leaf, Leaf()])
        actions.record("leaf.read", at=NOW, by=agent, of=leaf)
        actions.record("leaf.closed", at=later, by=agent, of=leaf)
    with as_role("worker"):
        done = [one.verb for one in queries.acts_on(leaf.dossier_id)]
        looks = queries.looks_at(leaf.dossier_id)
    assert done == ["leaf.closed", "leaf.opened"]
    assert looks == [(agent.pk, "leaf.shown", 2, later), (agent.pk, "leaf.read", 1, NOW)]


def test_a_list_of_nothing_writes_nothing(agent: Person):
    actions.record_many("leaf.listed", at=NOW, by=agent, of=[])
    assert rows(agent.pk) == []


def test_what_is_rolled_back_leaves_neither_entry_nor_gap(agent: Person):
    leaf = Leaf()
    with as_role("partner", member_id=agent.pk):
        with transaction.atomic():
            actions.record("leaf.read", at=NOW, by=agent, of=leaf)
            transaction.set_rollback(True)
        actions.record("leaf.closed", at=NOW, by=agent, of=leaf)
    assert [(entry.seq, entry.verb) for entry in rows(leaf.dossier_id)] == [(1, "leaf.closed")]


def test_no_entry_is_written_outside_a_transaction(agent: Person):
    with elsewhere() as session, pytest.raises(actions.OutsideTransaction):
        session(lambda: actions.record("leaf.read", at=NOW, by=agent, of=Leaf()))


def test_the_database_and_python_encode_the_same_bytes():
    rng = Random(1)
    nasty = [
        "",
        " ",
        "\x01\x1f\x7f",
        "a\nb\r\n\t",
        "Zażółć gęślą jaźń",
        "e\u0301 \u00e9",
        "\u202eשלום\u202c العربية",
        "😀👩‍👩‍👧‍👦\U0010ffff\ufeff\ufffe",
        "'; DROP TABLE audit_entry; --",
        "\\x00 \\\\ %s {} NULL",
    ]
    moments = [
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, 0, 1, tzinfo=UTC),
        datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    ids = [None, UUID(int=0), UUID(int=2**128 - 1), uuid4()]
    chains = [uuid4() for _ in range(3)]
    with as_role("owner"):
        for text in [*nasty, "x" * 100_000, "é" * 70_000, *rng.choices(nasty, k=50)]:
            sql(
                "INSERT INTO audit_entry (id, chain, verb, at, actor, agency, dossier,"
                " object_type, object_id, purpose, details)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                uuid4(),
                rng.choice(chains),
                rng.choice(nasty),
                rng.choice(moments),
                *rng.choices(ids, k=3),
                rng.choice(nasty),
                rng.choice(ids),
                rng.choice(nasty),
                text,
            )
        stored = dict(sql("SELECT id, audit_encoding(e) FROM audit_entry e"))
    written = [entry for chain in chains for entry in rows(chain)]
    assert len(written) == 62
    for entry in written:
        assert bytes(stored[entry.id]) == rules.encode((rules.ENTRY_FORMAT, *entry[:-1]))
        assert entry.hash == rules.entry_hash(entry)


def test_an_entry_that_names_nobody_keeps_the_hour_and_nothing_finer():
    leaf = Leaf()
    with as_role("public"):
        actions.record("leaf.received", at=NOW, of=leaf)
    (entry,) = rows(leaf.dossier_id)
    hour = rules.hour(NOW)
    assert entry.at == hour
    assert entry.recorded_at in (hour, hour + timedelta(hours=1))
    assert entry.id.int >> 80 == int(hour.timestamp() * 1000)


def test_the_moments_of_a_chain_never_run_backwards(agent: Person):
    leaf = Leaf()
    with as_role("partner", member_id=agent.pk):
        actions.record("leaf.read", at=NOW, by=agent, of=leaf)
    with as_role("worker"):
        actions.record("leaf.opened", at=NOW, of=leaf)
    with superuser():
        sql("UPDATE audit_head SET recorded_at = recorded_at + interval '1 day'")
    with as_role("partner", member_id=agent.pk):
        actions.record("leaf.read", at=NOW, by=agent, of=leaf)
    first, second, third = (entry.recorded_at for entry in rows(leaf.dossier_id))
    assert first == second == third - timedelta(days=1)


# What may stand in it


class Code(StrEnum):
    TRIAGE = "TRIAGE"


def test_details_are_canonical_and_hold_only_codes(agent: Person):
    one = uuid4()
    given = {"b": [one, NOW], "a": Code.TRIAGE, "c": {"y", "x"}, "d": None, "e": True, "f": 3}
    assert actions.canonical(given) == (
        f'{{"a":"TRIAGE","b":["{one}","{NOW.isoformat()}"],"c":["x","y"],"d":null,"e":true,"f":3}}'
    )


@pytest.mark.parametrize("content", ["seen at number 7", "two\nlines", "é", 0.5, {"a": 1}, b"x"])
def test_content_is_refused_by_the_trail(content: object, agent: Person):
    for given in ({"details": content}, {"listed": [content]}):
        with pytest.raises(actions.NotACode):
            actions.record("leaf.read", at=NOW, by=agent, of=Leaf(), **given)
    if isinstance(content, str):
        with pytest.raises(actions.NotACode):
            actions.record("leaf.read", at=NOW, by=agent, of=Leaf(), purpose=content)


def test_a_record_whose_key_is_no_uuid_is_refused(agent: Person):
    with pytest.raises(actions.NotACode):
        actions.record("leaf.read", at=NOW, by=agent, of=Counted(pk=3))


# Who may not


@pytest.mark.parametrize("role", [*ROLES, "owner"])
@pytest.mark.parametrize("table", ["audit_entry", "audit_head", "audit_link"])
def test_nobody_changes_or_removes_a_row(table: str, role: str, agent: Person):
    with as_role("worker"):
        actions.record("leaf.opened", at=NOW, of=Leaf())
        actions.link_heads(at=NOW, signing_key=KEY)
    key = {"audit_entry": "id", "audit_head": "chain", "audit_link": "seq"}[table]
    with as_role(role, member_id=agent.pk):
        with refused("permission denied|append-only"):
            sql(f"DELETE FROM {table}")
        with refused("permission denied|append-only"):
            sql(f"TRUNCATE {table} CASCADE")
        if (role, table) != ("owner", "audit_head"):  # its trigger moves the head
            with refused("permission denied|append-only"):
                sql(f"UPDATE {table} SET {key} = {key}")
            with refused("permission denied|append-only"):
                sql(f"UPDATE {table} SET hash = hash")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("column", "value"),
    [("seq", 7), ("recorded_at", NOW), ("prev_hash", bytes(32)), ("hash", bytes(32))],
)
def test_no_role_chooses_place_moment_or_hash(role: str, column: str, value: object):
    with as_role(role), refused("permission denied"):
        sql(
            "INSERT INTO audit_entry"
            f" (id, chain, verb, at, object_type, purpose, details, {column})"
            " VALUES (%s, %s, 'x', now(), '', '', '{}', %s)",
            uuid4(),
            uuid4(),
            value,
        )


def test_what_the_owner_chooses_is_overruled():
    chain = uuid4()
    with as_role("owner"):
        sql(
            "INSERT INTO audit_entry (id, chain, seq, verb, at, recorded_at, object_type, purpose,"
            " details, prev_hash, hash)"
            " VALUES (%s, %s, 9, 'x', now(), '2001-01-01', '', '', '{}', 'forged', 'forged')",
            uuid4(),
            chain,
        )
    (entry,) = rows(chain)
    assert (entry.seq, entry.prev_hash, entry.hash) == (1, rules.START, rules.entry_hash(entry))
    assert entry.recorded_at.year == NOW.year


@pytest.mark.parametrize("role", ROLES)
def test_no_role_writes_in_anothers_name(role: str, agent: Person):
    other = Person(uuid4(), agent.agency_id)
    with as_role(role, member_id=agent.pk), refused("row-level security"):
        actions.record("leaf.read", at=NOW, by=other, of=Leaf())
    with as_role(role), refused("row-level security"):
        actions.record("leaf.read", at=NOW, by=other, of=Leaf())


def test_a_signed_in_member_cannot_write_nameless_entries(agent: Person):
    with as_role("partner", member_id=agent.pk), refused("row-level security"):
        actions.record("leaf.read", at=NOW, of=Leaf())
    with as_role("partner"):
        actions.record("member.refused", at=NOW)


def test_reading_is_the_workers_alone(agent: Person):
    leaf = Leaf()
    with as_role("partner", member_id=agent.pk):
        actions.record("leaf.read", at=NOW, by=agent, of=leaf)
        assert list(queries.trail_of(leaf.dossier_id)) == []
    with as_role("public"), refused("permission denied"):
        sql("SELECT 1 FROM audit_entry")
    for role in ("partner", "public"):
        for table in ("audit_head", "audit_link"):
            with as_role(role), refused("permission denied"):
                sql(f"SELECT 1 FROM {table}")
            with as_role(role), refused("permission denied"):
                sql(f"INSERT INTO {table} DEFAULT VALUES")
    with as_role("worker"):
        assert len(queries.trail_of(leaf.dossier_id)) == 1


def test_tables_of_ones_own_do_not_lead_the_chain_astray(agent: Person):
    leaf = Leaf()
    with superuser():
        sql("CREATE TEMP TABLE audit_head (LIKE audit_head) ON COMMIT DROP")
        sql("GRANT ALL ON pg_temp.audit_head TO PUBLIC")
    with as_role("partner", member_id=agent.pk):
        sql("SET LOCAL search_path = pg_temp, public")
        actions.record("leaf.read", at=NOW, by=agent, of=leaf)
        assert sql("SELECT * FROM pg_temp.audit_head") == []
    assert len(rows(leaf.dossier_id)) == 1


# Links and verification


def check(**given: object) -> queries.Report:
    with as_role("worker"):
        return queries.check(public_keys=TRUSTED, **given)


def link() -> int:
    with as_role("worker"):
        return actions.link_heads(at=datetime.now(UTC), signing_key=KEY)


def test_every_chain_that_grew_is_linked_once(agent: Person):
    leaves = [Leaf() for _ in range(5)]
    for leaf in leaves * 2:
        with as_role("partner", member_id=agent.pk):
            actions.record("leaf.read", at=NOW, by=agent, of=leaf)
    assert check().unlinked == 5
    assert (link(), link()) == (5, 0)
    with as_role("partner", member_id=agent.pk):
        actions.record("leaf.read", at=NOW, by=agent, of=leaves[0])
    assert link() == 1
    report = check()
    assert report.findings == []
    assert (report.entries, report.chains, report.links, report.unlinked) == (11, 5, 6, 0)
    assert report.newest
    assert report.newest.seq == 6
    assert check(witness=report.newest).findings == []


def test_many_chains_are_linked_in_few_statements(
    agent: Person, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr(actions, "AT_ONCE", 40)
    with as_role("owner"):
        for _ in range(100):
            actions.record("leaf.read", at=NOW, by=agent, of=Leaf())
    with as_role("worker"), django_assert_max_num_queries(3 * 7):
        assert actions.link_heads(at=datetime.now(UTC), signing_key=KEY) == 100
    assert check().findings == []


def test_links_are_dated_to_the_hour_and_never_backwards(agent: Person):
    for at in (NOW, NOW - timedelta(hours=3)):
        with as_role("worker"):
            actions.record("leaf.opened", at=NOW, of=Leaf())
            actions.link_heads(at=at, signing_key=KEY)
    with as_role("worker"):
        assert sql("SELECT DISTINCT at FROM audit_link") == [(rules.hour(NOW),)]


TAMPERING = {
    "an edit": "UPDATE audit_entry SET details = '{\"pages\":1}' WHERE chain = %(a)s AND seq = 2",
    "a new name": "UPDATE audit_entry SET actor = gen_random_uuid()"
    " WHERE chain = %(a)s AND seq = 2",
    "another day": "UPDATE audit_entry SET at = at - interval '1 day'"
    " WHERE chain = %(a)s AND seq = 1",
    "another moment of recording": "UPDATE audit_entry SET recorded_at = recorded_at"
    " - interval '1 microsecond' WHERE chain = %(a)s AND seq = 3",
    "a drop": "DELETE FROM audit_entry WHERE chain = %(a)s AND seq = 2",
    "a lost tail": "DELETE FROM audit_entry WHERE chain = %(a)s AND seq > 1",
    "a lost chain": "DELETE FROM audit_entry WHERE chain = %(a)s",
    "a lost chain with its head": "WITH gone AS (DELETE FROM audit_head WHERE chain = %(a)s)"
    " DELETE FROM audit_entry WHERE chain = %(a)s",
    "a lost head": "DELETE FROM audit_head WHERE chain = %(a)s",
    "a move to another chain": "UPDATE audit_entry SET chain = %(b)s, seq = 9"
    " WHERE chain = %(a)s AND seq = 3",
    "a swap": "UPDATE audit_entry SET verb ="
    " CASE seq WHEN 1 THEN 'leaf.closed' ELSE 'leaf.read' END WHERE chain = %(a)s AND seq < 3",
    "an insertion": "INSERT INTO audit_entry SELECT gen_random_uuid(), chain, seq + 9, verb, at,"
    " recorded_at, actor, agency, dossier, object_type, object_id, purpose, details, prev_hash,"
    " hash FROM audit_entry WHERE chain = %(a)s",
    "a rehashed tail": "WITH e AS (SELECT x FROM audit_entry x WHERE chain = %(a)s AND seq = 3),"
    " n AS (UPDATE audit_entry SET verb = 'leaf.lost', hash = sha256(audit_encoding(("
    ' SELECT jsonb_populate_record(x, \'{"verb": "leaf.lost"}\') FROM e)))'
    " WHERE chain = %(a)s AND seq = 3 RETURNING hash)"
    " UPDATE audit_head SET hash = (SELECT hash FROM n) WHERE chain = %(a)s",
    "a link removed": "DELETE FROM audit_link WHERE seq = 1",
    "the last links removed": "DELETE FROM audit_link WHERE seq > 1",
    "a link edited": "UPDATE audit_link SET chain = %(b)s, chain_seq = 2 WHERE chain = %(a)s",
    "a signature edited": "UPDATE audit_link SET signature = decode(repeat('00', 64), 'hex')"
    " WHERE seq = 1",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_by_the_servers_superuser_is_found(what: str, agent: Person):
    a, b = Leaf(), Leaf()
    for leaf in (a, b):
        for verb in ("leaf.read", "leaf.closed", "leaf.read"):
            with as_role("partner", member_id=agent.pk):
                actions.record(verb, at=datetime.now(UTC), by=agent, of=leaf, pages=2)
    assert link() == 2
    assert check().findings == []
    with superuser(), connection.cursor() as cursor:
        cursor.execute(TAMPERING[what], {"a": a.dossier_id, "b": b.dossier_id})
        assert cursor.rowcount
    assert check().findings


def test_a_check_stops_after_so_many_findings(agent: Person):
    leaf = Leaf()
    with as_role("partner", member_id=agent.pk):
        actions.record_many("leaf.listed", at=NOW, by=agent, of=[leaf] * 9)
    with superuser():
        sql("UPDATE audit_entry SET verb = 'leaf.lost'")
    assert len(check().findings) == 9
    assert len(check(most=4).findings) == 4


# Several at once


Session = Callable[[Callable[[], object]], object]


@contextmanager
def elsewhere() -> Iterator[Session]:
    """Another session of its own, on a thread of its own: what it commits really is there."""
    asked: Queue[Callable[[], object] | None] = Queue()
    answered: Queue[object] = Queue()

    def live() -> None:
        try:
            while work := asked.get():
                try:
                    answered.put(work())
                except Exception as error:
                    answered.put(error)
        finally:
            connection.close()

    thread = Thread(target=live)
    thread.start()

    def session(work: Callable[[], object]) -> object:
        asked.put(work)
        answer = answered.get(timeout=20)
        if isinstance(answer, Exception):
            raise answer
        return answer

    try:
        yield session
    finally:
        asked.put(None)
        thread.join()


@pytest.fixture
def clean_up() -> Iterator[None]:
    """What these tests commit must go, and the trail lets nobody but a superuser remove it."""
    yield
    with elsewhere() as session:
        session(wipe)


def wipe() -> None:
    with transaction.atomic(), superuser():
        sql("SET LOCAL lock_timeout = '5s'")
        for table in ("audit_entry", "audit_head", "audit_link"):
            sql(f"DELETE FROM {table}")


def write(
    agent: Person,
    leaf: Leaf,
    *,
    before_commit: Callable[[], object] = lambda: None,
    patience: str = "10s",
) -> None:
    with transaction.atomic(), as_role("partner", member_id=agent.pk), transaction.atomic():
        sql("SELECT set_config('lock_timeout', %s, true)", patience)
        actions.record("leaf.read", at=datetime.now(UTC), by=agent, of=leaf)
        before_commit()


@contextmanager
def writing(agent: Person, leaf: Leaf) -> Iterator[None]:
    """Somebody else has written to the leaf's chain and not committed yet."""
    written, release = Event(), Event()

    def hold() -> None:
        written.set()
        release.wait(20)

    with elsewhere() as session:
        thread = Thread(target=session, args=(lambda: write(agent, leaf, before_commit=hold),))
        thread.start()
        assert written.wait(20)
        try:
            yield
        finally:
            release.set()
            thread.join()


def work() -> int:
    with transaction.atomic(), as_role("worker"):
        return actions.link_heads(at=datetime.now(UTC), signing_key=KEY)


@pytest.mark.usefixtures("clean_up")
def test_only_writers_of_the_same_chain_wait_for_each_other(agent: Person):
    mine, other = Leaf(), Leaf()
    with elsewhere() as session:
        with writing(agent, mine):
            session(lambda: write(agent, other))
            with pytest.raises(OperationalError, match="lock timeout"):
                session(lambda: write(agent, mine, patience="100ms"))
        session(lambda: write(agent, mine))


@pytest.mark.usefixtures("clean_up")
def test_a_chain_being_written_is_left_for_the_next_time(agent: Person):
    mine, other = Leaf(), Leaf()
    with elsewhere() as session:
        for leaf in (mine, other):
            session(lambda leaf=leaf: write(agent, leaf))
        with writing(agent, mine):
            assert session(work) == 1
        assert session(work) == 1
    assert check().findings == []


@pytest.mark.usefixtures("clean_up")
def test_chains_stay_whole_while_many_write_link_and_check_at_once(agent: Person):
    leaves = [Leaf() for _ in range(3)]
    failed: list[BaseException] = []

    def each(what: Callable[[Leaf], object]) -> None:
        try:
            for turn in range(24):
                what(leaves[turn % 3])
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    def examine(_: Leaf) -> None:
        sql("SET ROLE daymark_worker")
        try:
            assert queries.check(public_keys=TRUSTED).findings == []
        finally:
            sql("RESET ROLE")

    jobs: list[Callable[[Leaf], object]] = [
        *[lambda leaf: write(agent, leaf)] * 3,
        *[lambda _: work()] * 2,
        examine,
    ]
    threads = [Thread(target=each, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with elsewhere() as session:
        session(work)
    report = check()
    assert report.findings == []
    assert (report.entries, report.chains, report.unlinked) == (72, 3, 0)
