"""Papers: the same bytes wherever they are made, tagged, and never made of what somebody typed."""

import hashlib
import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest

from daymark.design import paper

AT = datetime(2026, 11, 22, 14, 25, tzinfo=UTC)
PLAIN = b"""
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set text(font: ("Source Sans 3", "Noto Sans Arabic"), lang: "en")
#title()
#text(lang: data.at("lang", default: "en"), data.text)
#if data.missing > 0 [#data.missing missing]
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    file = tmp_path / "plain.typ"
    file.write_bytes(PLAIN)
    return file


def made(template: Path, text: str, **more: str) -> bytes:
    return paper.render(template, {"title": "T", "text": text, **more}, at=AT)


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def said(content: bytes) -> str:
    return read(content).pages[0].extract_text()


def test_two_papers_of_the_same_words_are_the_same_bytes_in_another_process_too(template, tmp_path):
    here = made(template, "Six men sleep above the car wash.")
    assert here == made(template, "Six men sleep above the car wash.")
    moved = tmp_path / "elsewhere" / "other.typ"
    moved.parent.mkdir()
    moved.write_bytes(PLAIN)
    asked = (
        "import hashlib, sys; from pathlib import Path; from datetime import *;"
        "from daymark.design import paper;"
        "made = paper.render(Path(sys.argv[1]), {'title': 'T', 'text': sys.argv[2]},"
        f" at={AT!r}.replace(tzinfo=timezone.utc));".replace(
            "datetime.datetime", "datetime"
        ).replace(", tzinfo=datetime.timezone.utc", "")
        + "print(hashlib.sha256(made).hexdigest())"
    )
    there = subprocess.run(
        [sys.executable, "-c", asked, str(moved), "Six men sleep above the car wash."],
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "TZ": "Asia/Tokyo", "HOME": "/"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert there.stdout.strip() == hashlib.sha256(here).hexdigest()
    assert str(tmp_path).encode() not in here


def test_it_is_tagged_titled_and_says_that_a_screen_reader_can_read_it(template):
    file = read(made(template, "x"))
    assert file.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert file.trailer["/Root"]["/Lang"].startswith("en")
    assert file.metadata.title == "T"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in file.trailer["/Root"]["/Metadata"].get_data()


@pytest.mark.parametrize(
    "text",
    [
        "#panic(1) *bold* $x^2$ `code` <label> @ref ]",
        '#read("/etc/passwd") #include "x.typ"',
        "\\ \" ' { } // comment",
    ],
)
def test_what_was_typed_is_shown_and_never_run(template, text):
    assert said(made(template, text)).splitlines()[1].strip() == text


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Tôi thấy một cô gái trẻ ở tiệm nail đường Nguyễn Huệ", "vi"),
        ("Șase bărbați dorm deasupra spălătoriei, fără căldură", "ro"),
        ("Gjashtë burra flenë mbi lavazh, pa ngrohje", "sq"),
        ("Sześciu mężczyzn śpi nad myjnią", "pl"),
        ("Шестеро мужчин спят над автомойкой", "ru"),
        ("六个男人住在一个房间里", "zh"),
        ("ሽዱሽተ ሰብኡት ኣብ ሓደ ክፍሊ", "ti"),
    ],
)
def test_letters_of_our_reporters_languages_are_all_there(template, text, lang):
    assert text in said(made(template, text, lang=lang))


@pytest.mark.parametrize(
    "text", ["এক ঘরে ছয়জন পুরুষ", "एक कमरे में छह आदमी", "ஒரே அறையில் ஆறு ஆண்கள்", "ఒక గదిలో ఆరుగురు"]
)
def test_letters_that_join_into_others_are_all_there(template, text):
    assert "missing" not in said(made(template, text))


def test_arabic_letters_join_and_run_from_the_right(template):
    """The joined forms are other shapes than the letters by themselves."""
    joined = made(template, "سيارة", lang="ar")
    apart = made(template, "س ي ا ر ة", lang="ar")
    assert "missing" not in said(joined)
    assert shapes(joined) != shapes(apart)
    page = read(joined).pages[0]
    starts: list[float] = []

    def note(text: str, cm: list[float], *_: object) -> None:
        if "\u0600" <= text.strip()[:1] <= "\ufeff":
            starts.append(cm[4])

    page.extract_text(visitor_text=note)
    assert min(starts) > float(page.mediabox.width) / 2


def shapes(content: bytes) -> set[str]:
    """The glyphs of the Arabic font that were embedded, by their widths."""
    fonts = read(content).pages[0]["/Resources"]["/Font"].values()
    (arabic,) = (
        font.get_object()["/DescendantFonts"][0].get_object()
        for font in fonts
        if "Arabic" in font.get_object()["/BaseFont"]
    )
    return {str(arabic["/W"])}


@pytest.mark.parametrize("text", ["😀", "ᏣᎳᎩ", "a\x01b\x00c", "\ufffe", "\ue000"])
def test_a_letter_our_fonts_lack_is_marked_and_counted_and_nothing_fails(template, text):
    shown = said(made(template, f"before {text} after"))
    assert "before" in shown
    assert "after" in shown
    assert paper.MISSING in shown
    assert "missing" in shown


def test_lines_and_marks_of_direction_are_no_missing_letters(template):
    assert "missing" not in said(made(template, "one\ntwo\tthree\r\nf\u200fo\u202dur\u200b"))
