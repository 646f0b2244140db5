"""What the public door does with files while they arrive, walked with Django's test client."""

import re
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone
from tests.doors import public_door
from tests.roles import as_role

from daymark.concerns import actions
from daymark.concerns.actions.door import attached
from daymark.concerns.models import Arrival, Original, Parcel, Piece
from daymark.concerns.tests import pictures
from daymark.concerns.views.uploads import Limits, Taking
from daymark.vault import envelope

MEGABYTE = 1_000_000
RING = settings.KEY_RING
"""The public process has none."""


@pytest.fixture
def door(cast) -> Iterator[Client]:
    with public_door():
        yield Client()


def chosen(name: str, body: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


def press(door: Client, to: str, *files: SimpleUploadedFile, page: str = "files", **said: Any):
    answer = door.post("/questions/", {"page": page, "to": to, "files": list(files), **said})
    door.draft = draft_on(answer)  # type: ignore[attr-defined]
    return answer


def draft_on(answer) -> str:
    found = re.search(r'name="draft" value="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def held(draft: str) -> list[str]:
    said = envelope.unpack(draft, key=settings.FORM_KEY)
    return [one.name for one in attached(said.get("answers", said))]


def begun(door: Client) -> str:
    press(door, "check", page="quick", what="A van.")
    return door.draft  # type: ignore[attr-defined]


def sent(door: Client, draft: str) -> str:
    """The code, after sending."""
    answer = press(door, "send", page="check", draft=draft)
    found = re.search(r'class="digits"[^>]*>(.*?)</p>', answer.content.decode(), re.S)
    assert found, answer.content.decode()
    return " ".join(re.findall(r"\d{4}", found[1]))


def thread(door: Client, code: str) -> str:
    return draft_on(door.post("/back/", {"code": code}))


def arrived() -> list[bytes | None]:
    now = timezone.now()
    with as_role("worker"), override_settings(KEY_RING=RING):
        actions.arrivals.open_arrivals(now=now)
        actions.files.open_parcels()
        return [one.body for one in Original.unrestricted.order_by("dossier", "file__number")]


def test_a_file_goes_with_the_report_and_not_before(door):
    body = pictures.photo()
    answer = press(door, "next", chosen("a.jpg", body), draft=begun(door))
    assert answer.status_code == 200
    assert arrived() == []
    press(door, "check", draft=door.draft)
    sent(door, door.draft)
    assert arrived() == [body]


def test_nothing_is_sent_that_was_not_read_again(door):
    answer = press(door, "send", page="quick", what="A van.")
    assert "Nothing has been sent yet." in answer.content.decode()
    with as_role("worker"):
        assert not Arrival.unrestricted.exists()
    sent(door, door.draft)
    with as_role("worker"):
        assert Arrival.unrestricted.exists()


def test_what_a_page_behind_a_code_carries_is_no_report(door):
    draft = thread(door, sent(door, begun(door)))
    assert press(door, "check", page="quick", what="A van.", draft=draft).status_code == 400


def test_a_report_may_be_files_alone(door):
    press(door, "check", chosen("a.jpg", pictures.photo()))
    sent(door, door.draft)
    assert arrived() == [pictures.photo()]


def test_what_is_too_large_or_empty_is_named_and_the_rest_is_kept(door):
    answer = press(
        door,
        "next",
        chosen("fits.bin", bytes(25 * MEGABYTE)),
        chosen("large.bin", bytes(25 * MEGABYTE + 1)),
        chosen("empty.txt", b""),
        chosen("small.txt", b"x"),
        draft=begun(door),
    )
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "“large.bin” was not attached: it is larger than 25 MB." in said
    assert "“empty.txt” was not attached: it is empty." in said
    assert held(door.draft) == ["fits.bin", "small.txt"]
    with as_role("owner"):
        assert Parcel.unrestricted.count() == 2
        assert Piece.unrestricted.count() == 25


def test_the_twenty_first_file_is_named(door):
    press(door, "attach", *(chosen(f"{n}.txt", b"x") for n in range(15)), draft=begun(door))
    answer = press(
        door, "next", *(chosen(f"{n}.txt", b"x") for n in range(15, 21)), draft=door.draft
    )
    assert answer.status_code == 422
    assert "“20.txt” was not attached: 20 files are the most." in answer.content.decode()
    assert len(held(door.draft)) == 20


def test_of_an_answer_cut_off_in_a_file_nothing_is_kept(door):
    draft = thread(door, sent(door, begun(door)))
    arrived()
    parts = {"draft": draft, "text": "It is on fire.", "files": chosen("a.jpg", b"x" * 2_100_000)}
    whole = encode_multipart(BOUNDARY, parts)
    assert door.generic("POST", "/back/", whole[:-500], MULTIPART_CONTENT).status_code == 400
    with as_role("owner"):
        assert not Arrival.unrestricted.filter(opened_at=None).exists()
        assert not Piece.unrestricted.exists()
    assert door.generic("POST", "/back/", whole, MULTIPART_CONTENT).status_code == 200
    with as_role("owner"):
        assert Arrival.unrestricted.filter(opened_at=None).count() == 1


def test_no_room_for_files_leaves_room_for_the_report(door):
    with as_role("owner"):
        actions.content.set_allowance(
            files=20, megabytes=25, kept_for=timedelta(hours=48), waiting_megabytes=1,
            source="test", at=timezone.now(),
        )  # fmt: skip
    answer = press(door, "next", chosen("a.bin", bytes(2 * MEGABYTE)), draft=begun(door))
    assert "there is no room for files just now" in answer.content.decode()
    press(door, "check", draft=door.draft)
    sent(door, door.draft)
    with as_role("owner"):
        assert Arrival.unrestricted.count() == 1


def test_what_is_taken_off_is_not_sent(door):
    answer = press(door, "attach", chosen("a.txt", b"a"), chosen("b.txt", b"b"), draft=begun(door))
    (first, _) = re.findall(r'value="(off:[^"]+)"', answer.content.decode())
    press(door, first, draft=door.draft)
    assert held(door.draft) == ["b.txt"]
    press(door, "check", draft=door.draft)
    sent(door, door.draft)
    assert arrived() == [b"b"]


def test_another_language_keeps_what_is_attached_and_what_was_just_chosen(door):
    press(door, "attach", chosen("a.txt", b"a"), draft=begun(door))
    answer = door.post(
        "/vi/questions/",
        {"page": "files", "to": "again", "draft": door.draft, "files": [chosen("b.txt", b"b")]},
    )
    assert held(draft_on(answer)) == ["a.txt", "b.txt"]


def test_a_name_cannot_break_the_page(door):
    name = '"><script>alert(1)</script>.jpg'
    answer = press(door, "attach", chosen(name, b"x"), draft=begun(door))
    assert b"<script>alert" not in answer.content


def test_what_waited_too_long_is_told_and_the_report_is_not_sent_without_a_word(door, monkeypatch):
    press(door, "check", chosen("a.txt", b"a"), draft=begun(door))
    later = timezone.now() + timedelta(hours=49)
    monkeypatch.setattr(timezone, "now", lambda: later)
    answer = press(door, "send", page="check", draft=door.draft)
    assert "a.txt" in answer.content.decode()
    assert "Attach these files again" in answer.content.decode()
    with as_role("owner"):
        assert not Arrival.unrestricted.exists()
    sent(door, door.draft)


def test_the_code_shown_after_going_back_to_an_early_page_opens_the_report(door):
    press(door, "more", page="quick", what="A van.")
    early = door.draft
    shown = []
    for where in ("The quay", "The farm"):
        press(door, "check", page="place", draft=early, where=where)
        shown.append(sent(door, door.draft))
    assert all(thread(door, code) for code in shown)
    assert len(set(shown)) == 1
    with as_role("owner"):
        assert Arrival.unrestricted.count() == 2


@pytest.mark.parametrize("opened_between", [False, True])
def test_a_report_sent_again_changed_brings_its_file_once(door, opened_between):
    press(door, "check", chosen("a.txt", b"a"), draft=begun(door))
    before = door.draft
    sent(door, before)
    if opened_between:
        assert arrived() == [b"a"]
    press(door, "check", page="quick", draft=before, what="A blue van.")
    sent(door, door.draft)
    assert arrived() == [b"a"]
    with as_role("owner"):
        assert [one.trouble for one in Arrival.unrestricted.all()] == ["", ""]


def test_an_answer_may_be_files_alone_and_a_double_press_sends_it_once(door):
    code = sent(door, begun(door))
    draft = thread(door, code)
    for _ in range(2):
        file = chosen("b.txt", b"evidence")
        answer = door.post("/back/", {"draft": draft, "to": "add", "text": "", "files": [file]})
        assert "Sent." in answer.content.decode()
    assert arrived() == [b"evidence"]


def test_an_answer_whose_file_was_refused_is_not_sent_and_keeps_its_words(door):
    draft = thread(door, sent(door, begun(door)))
    files = [chosen("ok.txt", b"ok"), chosen("large.bin", bytes(25 * MEGABYTE + 1))]
    answer = door.post("/back/", {"draft": draft, "to": "add", "text": "Tuesdays.", "files": files})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "“large.bin” was not attached" in said
    assert "Tuesdays." in said
    assert held(draft_on(answer)) == ["ok.txt"]
    door.post("/back/", {"draft": draft_on(answer), "to": "add", "text": "Tuesdays."})
    assert arrived() == [b"ok"]


# ---- nothing in clear, nothing whole ----


class Opened:
    """Every file that this process opens to write, while `watching`."""

    watching = False
    paths: list[str] = []

    @classmethod
    def hear(cls, event: str, arguments: tuple[Any, ...]) -> None:
        if cls.watching and event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & 0b11:
                cls.paths.append(str(path))


sys.addaudithook(Opened.hear)


@pytest.fixture
def written() -> Iterator[list[str]]:
    Opened.paths = []
    Opened.watching = True
    yield Opened.paths
    Opened.watching = False


@pytest.mark.parametrize("address", ["/questions/", "/back/", "/vi/questions/"])
def test_nothing_that_is_uploaded_is_written_to_a_disk(door, address, written):
    draft = begun(door) if "report" in address else thread(door, sent(door, begun(door)))
    body = {"page": "files", "to": "attach", "draft": draft}
    door.post(address, body | {"files": [chosen("a.bin", bytes(4 * MEGABYTE))]})
    assert written == []


def test_a_file_that_no_page_asked_for_is_forgotten(door, written):
    door.post("/signs/", {"strange": chosen("a", bytes(4 * MEGABYTE))})
    assert written == []


def test_the_probe_sees_what_djangos_own_handlers_do(door, written):
    with override_settings(
        FILE_UPLOAD_HANDLERS=["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    ):
        request = door.post("/help/", {"a": chosen("a", bytes(4 * MEGABYTE))}).wsgi_request
        _ = request.POST
        request.close()
    assert [path for path in written if ".upload" in path]


def test_a_file_is_never_whole_in_memory(cast, rf):
    part = bytes(64 * 1024)
    with as_role("public"):
        taking = Taking(
            rf.post("/"), Limits(20, 25 * MEGABYTE, timedelta(hours=48)), timezone.now()
        )
        tracemalloc.start()
        taking.new_file("files", "a.bin", "", None)
        for start in range(0, 20 * MEGABYTE, len(part)):
            taking.receive_data_chunk(part, start)
        taking.file_complete(20 * MEGABYTE)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(taking.taken) == 1
    assert most < 12 * MEGABYTE
