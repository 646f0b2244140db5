from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.roles import as_role

from daymark.vault import actions, locking, queries
from daymark.vault.fields import ClearText, EncryptedTextField, Locked
from daymark.vault.locking import Misplaced
from daymark.vault.queries import NoKey, Shredded
from daymark.vault.tests.trial import ELSEWHERE, File, Note

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORY = "They sleep in the van."
in_one_database = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def dossier(tables: None) -> UUID:
    return new_dossier()


def new_dossier() -> UUID:
    dossier_id = uuid4()
    actions.make_data_key(dossier_id, at=NOW)
    return dossier_id


def noted(dossier_id: UUID, **values: object) -> Note:
    return Note.unrestricted.create(dossier_id=dossier_id, **values)


def again(note: Note) -> Note:
    return Note.unrestricted.get(pk=note.pk)


def stored(note: Note, column: str = "story") -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM trial_note WHERE id = %s", [note.pk])
        value = cursor.fetchone()[0]
    return None if value is None else bytes(value)


def store(note: Note, value: bytes, column: str = "story") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE trial_note SET {column} = %s WHERE id = %s", [value, note.pk])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(
    text=st.text(max_size=700),
    facts=json_values,
    draft=st.text(max_size=300),
    scan=st.binary(max_size=9000),
)
@in_one_database
def test_what_is_saved_reads_back_and_nothing_readable_is_stored(dossier, text, facts, draft, scan):
    found = again(noted(dossier, story=text, facts=facts, draft=draft, scan=scan))
    assert (found.story, found.facts, found.draft, found.scan) == (text, facts, draft, scan)
    for column, value in (("story", text.encode()), ("draft", draft.encode()), ("scan", scan)):
        if len(value) > 3:
            assert value not in stored(found, column)


def test_a_file_tells_its_length_in_coarser_steps_and_holds_nothing_but_bytes(dossier):
    lengths = [len(stored(noted(dossier, scan=bytes(n)), "scan")) for n in (256, 4095, 4096, 9000)]
    clear = [length - 1 - locking.NONCE - locking.TAG for length in lengths]
    assert clear == [4096, 4096, 8192, 12288]
    for wrong in ("text", bytearray(b"x"), 3):
        with pytest.raises(ClearText):
            noted(dossier, scan=wrong)


def test_a_file_left_out_of_a_query_is_decrypted_when_it_is_read(dossier):
    kept = noted(dossier, scan=b"a picture")
    found = Note.unrestricted.defer("scan").get(pk=kept.pk)
    found.title = "renamed"
    found.save(update_fields=["title"])
    assert found.scan == b"a picture"


def test_nothing_stays_nothing_and_an_empty_text_is_a_secret_too(dossier):
    nothing, empty, short = noted(dossier), noted(dossier, story=""), noted(dossier, story="x")
    assert stored(nothing) is None
    assert again(nothing).story is None
    assert again(empty).story == ""
    assert len(stored(empty)) == len(stored(short))
    assert set(Note.unrestricted.filter(story__isnull=True)) == {nothing}


def test_lengths_are_stored_in_steps(dossier):
    lengths = [len(stored(noted(dossier, story="x" * n))) for n in (0, 63, 64, 255, 256, 511, 512)]
    clear = [length - 1 - locking.NONCE - locking.TAG for length in lengths]
    assert clear == [64, 64, 128, 256, 512, 512, 768]


def test_the_same_text_never_looks_the_same(dossier):
    one, other = noted(dossier, story=STORY), noted(dossier, story=STORY)
    assert stored(one) != stored(other)


def test_a_ciphertext_moved_anywhere_else_is_refused(dossier):
    note = noted(dossier, story=STORY, other="x", draft="mine")
    same_dossier = noted(dossier, story="x", draft="theirs")
    elsewhere = noted(new_dossier(), story="x")
    store(note, stored(note, "story"), "other")
    store(note, stored(note, "draft"), "hint")
    store(same_dossier, stored(note))
    store(same_dossier, stored(note, "draft"), "draft")
    store(elsewhere, stored(note))
    for record, name in (
        (note, "other"),
        (note, "hint"),
        (same_dossier, "story"),
        (same_dossier, "draft"),
        (elsewhere, "story"),
    ):
        with pytest.raises(Misplaced):
            getattr(again(record), name)
    assert again(note).story == STORY


def test_a_ciphertext_moved_to_another_model_is_refused(dossier):
    note, file = noted(dossier, story=STORY), File.unrestricted.create(id=dossier, name="R v X")
    assert File.unrestricted.get(pk=dossier).name == "R v X"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trial_file SET name = %s", [stored(note)])
    with pytest.raises(Misplaced):
        _ = File.unrestricted.get(pk=file.pk).name


def test_a_changed_ciphertext_is_refused(dossier):
    note = noted(dossier, story=STORY)
    token = bytearray(stored(note))
    for place in (1, 14, len(token) - 1):
        altered = token.copy()
        altered[place] ^= 1
        store(note, bytes(altered))
        with pytest.raises(Misplaced):
            _ = again(note).story


def test_a_list_decrypts_only_what_it_shows(dossier, monkeypatch):
    for _ in range(5):
        noted(dossier, story=STORY, other="x")
    opened = []
    unlock = locking.unlock
    monkeypatch.setattr(locking, "unlock", lambda *a, **k: opened.append(1) or unlock(*a, **k))
    notes = list(Note.unrestricted.all())
    assert not opened
    with queries.keys_in_hand():
        assert notes[0].story == notes[0].story == STORY
    assert len(opened) == 2  # the data key, and the one field


def test_a_page_of_records_costs_one_query_for_its_keys(tables):
    for _ in range(6):
        noted(new_dossier(), story=STORY)
    notes = list(Note.unrestricted.all())
    with (
        queries.keys_in_hand(),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        queries.take_in_hand(note.dossier_id for note in notes)
        assert [note.story for note in notes] == [STORY] * 6
    assert len(asked) == 1


def test_deferred_and_refreshed_fields_decrypt(dossier):
    note = noted(dossier, story=STORY, facts={"seen": 1})
    assert Note.unrestricted.only("title").get(pk=note.pk).story == STORY
    assert Note.unrestricted.defer("facts").get(pk=note.pk).facts == {"seen": 1}
    Note.unrestricted.get(pk=note.pk).delete()
    note.save(force_insert=True)
    note.story = "changed"
    note.refresh_from_db()
    assert note.story == STORY


def test_saving_a_field_that_was_never_loaded_keeps_it(dossier):
    note = noted(dossier, story=STORY)
    Note.unrestricted.only("title").get(pk=note.pk).save(update_fields=["story"])
    assert again(note).story == STORY


def test_bulk_create_encrypts(dossier):
    notes = [Note(dossier_id=dossier, story=f"{STORY} {i}") for i in range(3)]
    Note.unrestricted.bulk_create(notes)
    assert [again(note).story for note in notes] == [f"{STORY} {i}" for i in range(3)]


def test_saving_a_record_that_was_not_read_keeps_its_ciphertext(dossier):
    note = again(noted(dossier, story=STORY))
    before = stored(note)
    note.title = "van"
    note.save()
    assert stored(note) == before
    assert again(note).story == STORY


def test_a_changed_json_value_is_saved(dossier):
    note = again(noted(dossier, facts={"seen": [1]}))
    note.facts["seen"].append(2)
    note.save()
    assert again(note).facts == {"seen": [1, 2]}


def test_a_copied_or_moved_record_is_never_saved_unreadable(dossier):
    copied, moved = (again(noted(dossier, story=STORY)) for _ in range(2))
    copied.pk, copied._state.adding = uuid4(), True
    moved.dossier_id = new_dossier()
    for record in (copied, moved):
        with pytest.raises(Misplaced), transaction.atomic():
            record.save()
    readable = again(moved)
    assert readable.story == STORY
    readable.dossier_id = new_dossier()
    readable.save()
    assert again(moved).story == STORY


ALL = Note.unrestricted
WRITES = {
    "update": lambda note: ALL.update(story="clear"),
    "update of a draft": lambda note: ALL.update(draft="clear"),
    "update of JSON": lambda note: ALL.update(facts={"a": 1}),
    "update with bytes": lambda note: ALL.update(story=b"clear"),
    "update with a value": lambda note: ALL.update(story=Value("clear")),
    "update from a column": lambda note: ALL.update(story=F("title")),
    "update by a function": lambda note: ALL.update(story=Lower(F("title"))),
    "update by case": lambda note: ALL.update(story=Case(When(pk=note.pk, then=F("title")))),
    "bulk_update": lambda note: ALL.bulk_update([note], ["story"]),
    "save of an expression": lambda note: noted(note.dossier_id, story=Value("clear")),
    "save of bytes": lambda note: noted(note.dossier_id, story=b"clear"),
    "save of a number": lambda note: noted(note.dossier_id, story=5),
    "raw save": lambda note: note.save_base(raw=True),
}


@pytest.mark.parametrize("how", WRITES)
def test_clear_text_is_never_stored(dossier, how):
    note = noted(dossier, title="clear", story=STORY)
    before = stored(note)
    with pytest.raises(ClearText), transaction.atomic():
        WRITES[how](note)
    assert stored(note) == before


def test_the_database_itself_refuses_clear_text(dossier):
    note = noted(dossier, story=STORY, draft="mine")
    for column, value in (
        ("story", STORY.encode() * 20),
        ("draft", STORY.encode() * 20),
        ("story", b"\x01short"),
        ("story", b""),
        ("story", stored(note, "draft")),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            store(note, value, column)


@pytest.mark.parametrize(
    "lookup",
    [
        {"story": STORY},
        {"story": None},
        {"story__icontains": "van"},
        {"story__in": [STORY]},
        {"facts__seen": 1},
        {"facts__contains": {}},
        {"draft__startswith": "m"},
    ],
)
def test_looking_up_clear_text_is_refused(dossier, lookup):
    with pytest.raises(FieldError, match="search tokens"):
        list(Note.unrestricted.filter(**lookup))


def test_values_give_nothing_that_could_be_shown(dossier):
    noted(dossier, story=STORY)
    (value,) = Note.unrestricted.values_list("story", flat=True)
    assert isinstance(value, Locked)
    assert repr(value) == "<encrypted>"
    with pytest.raises(ClearText, match="values"):
        f"{value}"
    with pytest.raises(FieldError):
        list(Note.unrestricted.values("facts__seen"))


def test_a_record_without_a_key_is_neither_written_nor_read(tables):
    with pytest.raises(NoKey), transaction.atomic():
        noted(uuid4(), story=STORY)
    assert noted(uuid4(), title="open fields need none").pk


def test_a_partner_who_may_not_see_the_key_reads_and_writes_nothing(dossier):
    note = noted(dossier, title="van", story=STORY)
    with as_role("partner"):
        found = again(note)
        assert found.title == "van"
        with pytest.raises(NoKey):
            _ = found.story
        with pytest.raises(NoKey), transaction.atomic():
            noted(dossier, story="x")


def test_after_shredding_open_fields_stay_and_the_rest_is_gone(dossier):
    note = noted(dossier, title="van", story=STORY)
    actions.shred(dossier, by=None, at=NOW)
    found = again(note)
    assert found.title == "van"
    with pytest.raises(Shredded):
        _ = found.story
    found = again(note)
    found.title = "erased"
    found.save()
    assert again(note).title == "erased"
    found.story = "new words"
    with pytest.raises(Shredded), transaction.atomic():
        found.save()


def test_a_field_in_the_wrong_place_is_found_by_the_checks():
    class Numbered(models.Model):
        story = EncryptedTextField(unique=True)

        class Meta:
            apps = ELSEWHERE
            app_label = "vault"

    found = {error.id for error in Numbered._meta.get_field("story").check()}
    assert found == {"vault.E002", "vault.E003", "vault.E004"}
    assert Note._meta.get_field("story").check() == []
    assert File._meta.get_field("name").check() == []


def test_the_migration_of_a_field_needs_nothing_else():
    name, path, args, kwargs = Note._meta.get_field("story").deconstruct()
    assert (name, path, args, kwargs) == (
        "story", "daymark.vault.fields.EncryptedTextField", [], {"null": True},
    )  # fmt: skip
