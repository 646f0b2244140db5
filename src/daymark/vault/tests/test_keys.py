import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.roles import as_role

from daymark.vault import actions, index, queries, ring
from daymark.vault.actions import Count, HiddenRows, RingFields, StillNeeded
from daymark.vault.models import SEARCH_KEY, DataKey
from daymark.vault.queries import NoKey, Shredded
from daymark.vault.tests.trial import Note

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=400)


def new_dossier():
    dossier_id = uuid4()
    actions.make_data_key(dossier_id, at=NOW)
    return dossier_id


def trail(verb: str) -> list[dict]:
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute("SELECT details FROM audit_entry WHERE verb = %s ORDER BY seq", [verb])
        return [json.loads(row[0]) for row in cursor.fetchall()]


@pytest.fixture
def worker(db):
    with as_role("worker"):
        yield


def test_each_dossier_has_a_key_of_its_own_and_one_only(worker):
    one, other = new_dossier(), new_dossier()
    assert queries.key_for(one) == queries.key_for(one) != queries.key_for(other)
    assert len(queries.key_for(one)) == 32
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.make_data_key(one, at=NOW)
    with pytest.raises(NoKey):
        queries.key_for(uuid4())


def test_the_stored_key_is_wrapped_and_bound_to_its_dossier(worker):
    one, other = new_dossier(), new_dossier()
    row = DataKey.unrestricted.get(pk=one)
    assert queries.key_for(one) not in bytes(row.wrapped)
    DataKey.unrestricted.filter(pk=other).update(wrapped=row.wrapped)
    with pytest.raises(ring.locking.Misplaced):
        queries.key_for(other)


def test_keys_are_kept_in_hand_for_one_request_only(worker):
    dossier_id = new_dossier()
    with CaptureQueriesContext(connection) as asked, queries.keys_in_hand():
        queries.key_for(dossier_id)
        with queries.keys_in_hand():
            queries.key_for(dossier_id)
        queries.key_for(dossier_id)
    assert len(asked) == 1
    assert queries._in_hand.get() is None
    with CaptureQueriesContext(connection) as asked:
        queries.key_for(dossier_id)
        queries.key_for(dossier_id)
        queries.take_in_hand([dossier_id])
    assert len(asked) == 2


def test_no_more_than_256_keys_are_in_hand(worker, monkeypatch):
    monkeypatch.setattr(queries, "_MOST", 3)
    dossiers = [new_dossier() for _ in range(5)]
    with queries.keys_in_hand():
        for dossier_id in dossiers:
            queries.key_for(dossier_id)
        queries.take_in_hand(dossiers)
        assert len(queries._in_hand.get()) == 3


def test_a_key_rolled_back_is_not_used_again(worker):
    dossier_id = uuid4()
    with queries.keys_in_hand():
        with transaction.atomic():
            actions.make_data_key(dossier_id, at=NOW)
            first = queries.key_for(dossier_id)
            transaction.set_rollback(True)
        actions.make_data_key(dossier_id, at=NOW)
        assert queries.key_for(dossier_id) != first


def test_shredding_leaves_a_tombstone_and_is_written_down(worker):
    dossier_id = new_dossier()
    with queries.keys_in_hand():
        queries.key_for(dossier_id)
        actions.shred(dossier_id, by=None, at=LATER, purpose="retention")
        with pytest.raises(Shredded):
            queries.key_for(dossier_id)
        queries.take_in_hand([dossier_id])
        with pytest.raises(Shredded):
            queries.key_for(dossier_id)
    row = DataKey.unrestricted.get(pk=dossier_id)
    assert (row.wrapped, row.ring_key, row.made_at, row.shredded_at) == (None, "", NOW, LATER)
    assert actions.shred(dossier_id, by=None, at=LATER + timedelta(1)).shredded_at == LATER
    assert len(trail("vault.shredded")) == 1


def test_the_search_key_and_an_unknown_dossier_cannot_be_shredded(worker):
    with pytest.raises(ValueError, match="no dossier"):
        actions.shred(SEARCH_KEY, by=None, at=NOW)
    with pytest.raises(NoKey):
        actions.shred(uuid4(), by=None, at=NOW)


def test_a_shredded_key_never_comes_back(worker):
    dossier_id = new_dossier()
    before = DataKey.unrestricted.get(pk=dossier_id)
    actions.shred(dossier_id, by=None, at=LATER)
    with as_role("owner"):  # not even for the owner of the table
        for statement in (
            "UPDATE vault_datakey SET wrapped = %s, ring_key = 'k1', shredded_at = NULL",
            "DELETE FROM vault_datakey WHERE %s IS NOT NULL",
        ):
            with (
                pytest.raises(IntegrityError, match="stays shredded"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement, [bytes(before.wrapped)])


@pytest.mark.parametrize(
    ("wrapped", "ring_key", "shredded_at"),
    [
        (None, "k1", None),
        (b"w", "", None),
        (b"w", "k1", LATER),
        (None, "", None),
        (None, "k1", LATER),
        (None, "", NOW - timedelta(days=1)),
    ],
)
def test_the_database_knows_no_key_half_shredded(worker, wrapped, ring_key, shredded_at):
    row = DataKey(
        id=uuid4(), wrapped=wrapped, ring_key=ring_key, made_at=NOW, shredded_at=shredded_at
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_partner_makes_keys_but_changes_none(db):
    dossier_id = new_dossier()
    with pytest.raises(ProgrammingError), transaction.atomic():
        DataKey.unrestricted.filter(pk=dossier_id).update(ring_key="k9")
    with pytest.raises(ProgrammingError), transaction.atomic():
        actions.shred(dossier_id, by=None, at=LATER)
    with pytest.raises(NoKey):
        queries.key_for(dossier_id)  # a member who knows no dossier sees no key


def test_the_public_door_sees_no_key_and_makes_none(db):
    with as_role("public"):
        for refused in (lambda: DataKey.unrestricted.count(), new_dossier):
            with pytest.raises(ProgrammingError), transaction.atomic():
                refused()


def test_the_search_key_is_made_once_and_read_by_partners(db):
    with pytest.raises(NoKey):
        queries.search_key()
    with as_role("worker"):
        key = actions.ensure_search_key(at=NOW)
    assert actions.ensure_search_key(at=LATER) == queries.search_key() == key
    assert index.search_tokens("van", key=key)


def test_two_processes_making_the_search_key_agree(worker, monkeypatch):
    key = actions.ensure_search_key(at=NOW)
    found = iter([NoKey])
    search_key = queries.search_key

    def late() -> bytes:
        for error in found:
            raise error
        return search_key()

    monkeypatch.setattr(queries, "search_key", late)
    assert actions.ensure_search_key(at=LATER) == key


def drafts() -> RingFields:
    return RingFields(Note._meta.get_field("draft"))


@pytest.fixture
def owner(tables, ring_path):
    """Keys are rotated, re-wrapped and dropped by the owner, who sees every row."""
    with as_role("owner"):
        yield


def test_rotation_rewraps_everything_and_frees_the_old_key(owner, ring_path):
    dossiers = [new_dossier() for _ in range(7)]
    actions.shred(dossiers[0], by=None, at=LATER)
    notes = [
        Note.unrestricted.create(dossier_id=one, story="They sleep in the van.", draft=f"{i}")
        for i, one in enumerate(dossiers[1:])
    ]
    Note.unrestricted.create(dossier_id=dossiers[1])
    key = actions.ensure_search_key(at=NOW)
    assert actions.rotate_ring(ring_path, by=None, at=LATER).current == "k2"

    with pytest.raises(StillNeeded, match=r"vault\.datakey: 7, vault\.note\.draft: 6"):
        actions.drop_key(ring_path, "k1", by=None, at=LATER, also=[drafts()])
    counts = actions.rewrap_all(by=None, at=LATER, also=[drafts()], size=2)
    assert counts[0] == Count("vault.datakey", 7, 0)
    assert counts[-1] == Count("vault.note.draft", 6, 0)
    again = actions.rewrap_all(by=None, at=LATER, also=[drafts()])
    assert sum(count.rewrapped for count in again) == 0

    actions.drop_key(ring_path, "k1", by=None, at=LATER, also=[drafts()])
    assert set(ring.load(ring_path).keys) == {"k2"}
    for i, note in enumerate(notes):
        found = Note.unrestricted.get(pk=note.pk)
        assert (found.story, found.draft) == ("They sleep in the van.", str(i))
    assert queries.search_key() == key
    assert trail("vault.ring_rotated") == [{"from_key": "k1"}]
    assert trail("vault.rewrapped")[0] == {"rewrapped": 13, "to_key": "k2", "unreadable": 0}
    assert trail("vault.ring_key_dropped") == [{"key": "k1"}]


def test_an_interrupted_rewrap_goes_on_where_it_stopped(owner, ring_path, monkeypatch):
    for _ in range(5):
        new_dossier()
    actions.rotate_ring(ring_path, by=None, at=LATER)
    batch = actions.DataKeys.batch

    def interrupted(self, wrapper, *, after, size):
        if after is not None:
            raise KeyboardInterrupt
        return batch(self, wrapper, after=after, size=size)

    with monkeypatch.context() as patch:
        patch.setattr(actions.DataKeys, "batch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            actions.rewrap_all(by=None, at=LATER, size=2)
    assert DataKey.unrestricted.filter(ring_key="k2").count() == 2
    assert trail("vault.rewrapped") == []
    assert actions.rewrap_all(by=None, at=LATER, size=2)[0] == Count("vault.datakey", 3, 0)


def test_a_record_loaded_before_a_rotation_does_not_bring_the_old_key_back(owner, ring_path):
    note = Note.unrestricted.create(dossier_id=new_dossier(), draft="mine")
    loaded = Note.unrestricted.get(pk=note.pk)
    actions.rotate_ring(ring_path, by=None, at=LATER)
    actions.rewrap_all(by=None, at=LATER, also=[drafts()])
    loaded.save()
    assert drafts().waiting(ring.in_use()) == 0
    assert Note.unrestricted.get(pk=note.pk).draft == "mine"


def test_what_cannot_be_read_is_counted_and_keeps_its_key(owner, ring_path):
    good, bad, lost = new_dossier(), new_dossier(), new_dossier()
    notes = [Note.unrestricted.create(dossier_id=good, draft="x") for _ in range(2)]
    wrapped = DataKey.unrestricted.get(pk=good).wrapped
    DataKey.unrestricted.filter(pk=bad).update(wrapped=wrapped)
    DataKey.unrestricted.filter(pk=lost).update(ring_key="k9")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE trial_note SET draft = (SELECT draft FROM trial_note WHERE id = %s)",
            [notes[0].pk],
        )
    actions.rotate_ring(ring_path, by=None, at=LATER)
    counts = actions.rewrap_all(by=None, at=LATER, also=[drafts()], size=1)
    assert counts[0] == Count("vault.datakey", 1, 2)
    assert counts[-1] == Count("vault.note.draft", 1, 1)
    with pytest.raises(StillNeeded):
        actions.drop_key(ring_path, "k1", by=None, at=LATER, also=[])


def test_dropping_a_key_waits_for_whoever_is_writing(owner, ring_path):
    actions.rotate_ring(ring_path, by=None, at=LATER)
    actions.rewrap_all(by=None, at=LATER, also=[drafts()])
    actions.drop_key(ring_path, "k1", by=None, at=LATER, also=[drafts()])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relation::regclass::text FROM pg_locks"
            " WHERE mode = 'ShareLock' AND granted AND pid = pg_backend_pid()"
        )
        assert {"vault_datakey", "trial_note"} <= {row[0] for row in cursor.fetchall()}


def test_who_cannot_see_every_row_neither_rewraps_nor_drops(owner, ring_path):
    actions.rotate_ring(ring_path, by=None, at=LATER)
    with as_role("worker"):
        for refused in (
            lambda: actions.rewrap_all(by=None, at=LATER),
            lambda: actions.drop_key(ring_path, "k1", by=None, at=LATER, also=[]),
        ):
            with pytest.raises(HiddenRows), transaction.atomic():
                refused()
    assert set(ring.load(ring_path).keys) == {"k1", "k2"}


def test_the_current_key_cannot_be_dropped(owner, ring_path):
    with pytest.raises(StillNeeded, match="current"):
        actions.drop_key(ring_path, "k1", by=None, at=NOW, also=[])


def test_a_rotation_that_fails_is_not_in_the_trail(worker, ring_path):
    ring_path.with_name("ring.json.new").touch()
    with pytest.raises(ring.FixedRing):
        actions.rotate_ring(ring_path, by=None, at=NOW)
    assert trail("vault.ring_rotated") == []


def test_every_ring_field_of_the_house_is_rewrapped():
    names = {holder.name for holder in actions._holders([])}
    assert "vault.datakey" in names
    assert "agencies.deskkey.private_key" in names
