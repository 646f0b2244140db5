"""Every language has words for every item, and leaves numbers alone."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest
from tests.roles import as_role

from daymark.signs import actions
from daymark.signs.models import Advice, Content, ExploitationType, Helpline, Passage, Setting, Sign

pytestmark = pytest.mark.django_db

LANGUAGES = ("ro", "vi", "sq", "ar")
MODELS = (Advice, ExploitationType, Helpline, Passage, Setting, Sign)
SCRIPTS = {
    "ro": re.compile("[ăâîșțĂÂÎȘȚ]"),
    "vi": re.compile("[ăâđêôơưạảấầẩẫậắằẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]"),
    "sq": re.compile("[ëçËÇ]"),
    "ar": re.compile("[\u0621-\u064a]"),
}


@pytest.fixture
def rows() -> list[Content]:
    with as_role("owner"):
        actions.load_content(at=datetime(2026, 11, 22, 12, tzinfo=UTC))
        return [row for model in MODELS for row in model.unrestricted.all()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_has_every_word_that_the_english_has(rows: list[Content], language: str) -> None:
    wanting = [
        (row.key, field)
        for row in rows
        for field in row.words["en"]
        if not row.words.get(language, {}).get(field, "").strip()
    ]
    assert wanting == []
    assert all(row.words[language].keys() == row.words["en"].keys() for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_about_as_long_as_the_english(rows: list[Content], language: str) -> None:
    """Half to twice as long; a name may explain itself where the English one is known."""
    odd = [
        (row.key, field)
        for row in rows
        for field, english in row.words["en"].items()
        if not len(english) * 0.4 - 8 <= len(row.words[language][field]) <= len(english) * 1.8 + 30
    ]
    assert odd == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_the_same_in_every_language(rows: list[Content], language: str) -> None:
    for row in rows:
        for field, english in row.words["en"].items():
            assert _numbers(row.words[language][field]) == _numbers(english), row.key


def _numbers(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_in_the_letters_of_the_language(rows: list[Content], language: str) -> None:
    words = [text for row in rows for text in row.words[language].values()]
    written = [text for text in words if SCRIPTS[language].search(text)]
    assert len(written) > len(words) * (0.99 if language in {"vi", "ar"} else 0.75)
    assert all(unicodedata.normalize("NFC", text) == text for text in words)
    assert not re.search("[şţŞŢ]", " ".join(words)), "Romanian has a comma below, not a cedilla"
    same = {row.key for row in rows if row.words[language] == row.words["en"]}
    assert same == set()


NATIONALITIES = (
    r"britanic|român(?!ă)|rumun|vietnamez|albanez|străin|imigran|nați(?:e|onalitate)",
    r"người (?:việt|nước ngoài|albania|romania|anh\b)|quốc tịch|nhập cư|dân tộc",
    r"\bshqiptar|\brumun|\bvietnamez|\bi huaj|emigrant|kombësi|\brac[ëa]\b",
    r"أجنبي|أجانب|مهاجر|جنسية|فيتنام|ألباني|روماني|عرق",
)


@pytest.mark.parametrize(("language", "words"), [*zip(LANGUAGES, NATIONALITIES, strict=True)])
def test_nationality_is_no_sign_in_any_language(
    rows: list[Content], language: str, words: str
) -> None:
    signs = " ".join(row.words[language]["text"] for row in rows if isinstance(row, Sign))
    assert not re.search(words, signs, re.IGNORECASE)
