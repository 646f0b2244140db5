"""What a safe copy is, and that no file, however made, does more than have none."""

import random
import subprocess
import sys
import textwrap
import time
from io import BytesIO

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from daymark.concerns import cleaner, copying, rules
from daymark.concerns.copying import copy_of
from daymark.concerns.terms import Media, NoCopy
from daymark.concerns.tests import pictures
from daymark.concerns.tests.pictures import CAMERA, NAMED


def opened(body: bytes) -> Image.Image:
    return Image.open(BytesIO(body))


HIDDEN = (CAMERA.encode(), NAMED.encode(), b"Exif", b"GPS", b"xmpmeta", b"ICC_PROFILE", b"Spy")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "HEIC", "PDF"])
def test_a_copy_shows_the_same_and_carries_nothing_else(kind: str):
    bodies = {"JPEG": pictures.photo(), "HEIC": pictures.HEIC}
    body = bodies.get(kind) or pictures.drawing(kind)
    assert rules.media(body) == kind
    assert any(hidden in body for hidden in HIDDEN) or kind == "PDF"
    made = copy_of(body, Media(kind))
    assert made.because is None
    for copy in (made.body, made.preview):
        assert not [hidden for hidden in HIDDEN if hidden in copy]
    preview = opened(made.preview)
    assert preview.format == "JPEG"
    assert max(preview.size) <= cleaner.PREVIEW_SIDE
    if kind == "PDF":
        assert pypdfium2.PdfDocument(body).get_metadata_value("Author") == NAMED
        copied = pypdfium2.PdfDocument(made.body)
        assert (len(copied), copied.get_metadata_value("Author")) == (3, "")
    else:
        found = opened(made.body)
        assert (found.format, dict(found.getexif())) == ("JPEG", {})
        assert not {"icc_profile", "xmp", "comment", "exif"} & found.info.keys()


def test_a_picture_taken_sideways_stands_upright_and_keeps_its_colours():
    made = opened(copy_of(pictures.photo((640, 480), turned=6), Media.JPEG).body)
    assert made.size == (480, 640)
    red, green, blue = made.convert("RGB").getpixel((100, 100))
    assert (red < 10, abs(green - 128) < 8, abs(blue - 128) < 8) == (True, True, True)


def test_what_was_see_through_is_white():
    made = opened(copy_of(pictures.drawing("PNG"), Media.PNG).body)
    assert made.getpixel((10, 10)) == (255, 255, 255)


def test_a_large_picture_is_made_smaller():
    made = opened(copy_of(pictures.photo((6000, 3000)), Media.JPEG).body)
    assert made.size == (cleaner.LONGEST_SIDE, cleaner.LONGEST_SIDE // 2)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Họ ngủ trong xe.\r\nMỗi đêm.".encode(), "Họ ngủ trong xe.\nMỗi đêm."),
        ("\ufeffȘase oameni.".encode("utf-16"), "Șase oameni."),
        (b"caf\xe9 at nine", "café at nine"),
        ("pay \u202e05£\u202c now\x1b[2J".encode(), "pay 05£ now[2J"),
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_text_is_written_anew_and_reads_as_it_is_written(body: bytes, words: str):
    assert copy_of(body, Media.TEXT).body.decode() == words


def test_a_bomb_is_refused_before_it_unfolds():
    body, begun = pictures.bomb(), time.monotonic()
    assert len(body) < 2_000_000
    assert copy_of(body, Media.PNG).because == NoCopy.TOO_MUCH
    assert time.monotonic() - begun < 10


def test_a_book_of_a_thousand_pages_is_too_much():
    book, out = pypdfium2.PdfDocument.new(), BytesIO()
    for _ in range(cleaner.MOST_PAGES + 1):
        book.new_page(100, 100)
    book.save(out)
    assert copy_of(out.getvalue(), Media.PDF).because == NoCopy.TOO_MUCH


@pytest.mark.parametrize(
    ("program", "because"),
    [
        ("held = bytearray(4 * 1024**3)", NoCopy.BROKEN),
        ("while True: pass", NoCopy.TOO_MUCH),
        ("import os; os.abort()", NoCopy.TOO_MUCH),
        ("import time; time.sleep(600)", NoCopy.TOO_MUCH),
    ],
    ids=["memory", "work", "crash", "waiting"],
)
def test_a_decoder_gone_mad_costs_one_copy(program, because, tmp_path, monkeypatch):
    """What a decoder would do if a file took it over, in its place."""
    mad = tmp_path / "cleaner.py"
    limits = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\n"
    limits += "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
    mad.write_text(limits + program)
    monkeypatch.setattr(copying, "CLEANER", mad)
    monkeypatch.setattr(copying, "PATIENCE", 3)
    assert copy_of(pictures.photo(), Media.JPEG).because == because


def test_the_process_that_decodes_can_open_nothing():
    """Neither a file, nor another process's memory, nor a connection."""
    probe = """
        import socket, sys
        sys.path.insert(0, {folder!r})
        import cleaner
        if not cleaner.shut_in():
            print("no landlock")
            raise SystemExit
        for name, reach in (
            ("a file", lambda: open("/etc/hostname")),
            ("what another process was told", lambda: open("/proc/self/environ")),
            ("a new file", lambda: open({here!r}, "w")),
            ("a connection", lambda: socket.create_connection(("127.0.0.1", 9), 1)),
        ):
            try:
                reach()
                print("reached", name)
            except PermissionError:
                pass
        print("done")
    """
    folder = str(copying.CLEANER.parent)
    program = textwrap.dedent(probe).format(folder=folder, here="/tmp/daymark-probe")
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if said.stdout == "no landlock\n":
        pytest.skip("this kernel has no Landlock: the cleaner runs with its other limits alone")
    assert (said.stdout, said.returncode) == ("done\n", 0), said.stderr


BEGINNINGS = {
    Media.JPEG: pictures.photo((32, 32)),
    Media.PNG: pictures.drawing("PNG"),
    Media.WEBP: pictures.drawing("WEBP"),
    Media.GIF: pictures.drawing("GIF"),
    Media.HEIC: pictures.HEIC,
    Media.PDF: pictures.drawing("PDF"),
}


@pytest.mark.parametrize("media", BEGINNINGS)
def test_a_damaged_file_has_a_copy_or_a_reason(media: Media):
    rng = random.Random(media)
    for _ in range(4):
        body = bytearray(BEGINNINGS[media])
        for _ in range(rng.randrange(1, 30)):
            body[rng.randrange(len(body))] = rng.randrange(256)
        made = copy_of(bytes(body[: rng.randrange(10, len(body) + 1)]), media)
        assert bool(made.body) != bool(made.because)


@given(
    body=st.binary(max_size=300),
    start=st.sampled_from([b"", *(b[:12] for b in BEGINNINGS.values())]),
)
@settings(max_examples=200, deadline=None)
def test_every_file_is_of_some_kind(body: bytes, start: bytes):
    assert rules.media(start + body) in Media


@given(body=st.binary(max_size=400))
@settings(max_examples=15, deadline=None)
def test_random_bytes_have_a_copy_or_a_reason_whatever_they_claim_to_be(body: bytes):
    for media in (rules.media(body), Media.JPEG, Media.PDF):
        made = copy_of(body, media)
        assert made.because in {None, NoCopy.KIND, NoCopy.BROKEN, NoCopy.TOO_MUCH}
        assert made.because or made.body or not body or media == Media.TEXT


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"MZ\x90\x00" + bytes(60), Media.PROGRAM),
        (b"\x7fELF\x02\x01", Media.PROGRAM),
        (b"#!/bin/sh\nrm -rf /", Media.PROGRAM),
        (b"PK\x03\x04word/document.xml", Media.ARCHIVE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", Media.ARCHIVE),
        (b"\x00\x00\x00\x18ftypmp42", Media.FILM),
        (b"\x00\x00\x00\x18ftypqt  ", Media.FILM),
        (b"\x00\x00\x00\x18ftypM4A ", Media.SOUND),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", Media.SOUND),
        (b"OggS\x00", Media.SOUND),
        (b"<html><script>", Media.TEXT),
        (b"%PDF-1.4", Media.PDF),
        (b"\x00\x01\x02\x03", Media.OTHER),
        (b"", Media.OTHER),
    ],
)
def test_a_kind_is_told_by_content(body: bytes, media: Media):
    assert rules.media(body) == media
    if media not in copying.MADE_ANEW:
        assert copy_of(body, media).because == NoCopy.KIND


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("IMG_2031.jpg", "IMG_2031.jpg"),
        ("C:\\Users\\ana\\Desktop\\plate.png", "plate.png"),
        ("../../etc/passwd", "passwd"),
        ("ảnh xe.jpg", "ảnh xe.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\x00b\n.txt", "ab.txt"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        ("..", ""),
    ],
)
def test_a_name_is_shown_without_folders_and_tricks(name: str, shown: str):
    assert rules.plain_name(name) == shown
