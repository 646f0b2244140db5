"""The catalogues of the public door are whole, and the compiled ones are what was translated."""

import gettext
import re
import unicodedata
from collections.abc import Callable
from io import BytesIO

import pytest
from django.conf import settings
from tests import catalogues
from tests.catalogues import LANGUAGES, SOURCE, Catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]")
TAG = re.compile(r"<[^>]+>")
NUMBER = re.compile(r"\d+")


def whole(text: str) -> str:
    return text


@pytest.fixture(params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return catalogues.read(request.param)


def test_there_is_a_catalogue_for_every_language_but_english() -> None:
    assert {code for code, _ in settings.LANGUAGES} == {"en-gb", *LANGUAGES}


def test_every_text_of_the_public_door_is_in_the_catalogue_and_no_other(
    catalogue: Catalogue,
) -> None:
    assert set(catalogue.texts) == set(catalogues.collect())


def test_no_template_of_a_public_page_says_something_the_collection_missed() -> None:
    """A reading by another way: every literal of a translate tag."""
    found = set(catalogues.collect())
    for folder in ("concerns/templates/concerns/public", "signs/templates"):
        for path in (SOURCE / folder).rglob("*.html"):
            said = re.findall(r'{% translate "([^"]+)"', path.read_text(encoding="utf-8"))
            assert set(said) <= found, path.name


def test_every_text_is_translated_and_none_is_a_guess(catalogue: Catalogue) -> None:
    assert [text for text, words in catalogue.texts.items() if not words.strip()] == []
    guesses = [text for text, notes in catalogue.notes.items() if "fuzzy" in " ".join(notes)]
    assert guesses == []


@pytest.mark.parametrize("part", [PLACEHOLDER, TAG, NUMBER], ids=["place", "tag", "number"])
def test_what_a_page_puts_in_stays(catalogue: Catalogue, part: re.Pattern[str]) -> None:
    assert [
        text
        for text, words in catalogue.texts.items()
        if sorted(part.findall(text)) != sorted(part.findall(words))
    ] == []


def test_sentences_end_as_sentences(catalogue: Catalogue) -> None:
    ends = {".": ".", "?": "?؟", ":": ":", "…": "…", ")": ")"}
    for text, words in catalogue.texts.items():
        if text[-1] in ends:
            assert words[-1] in ends[text[-1]], text
        else:
            assert words[-1] not in ".:;,", text


def test_letters_are_written_one_way(catalogue: Catalogue) -> None:
    words = "".join(catalogue.texts.values())
    assert unicodedata.normalize("NFC", words) == words
    assert not re.search("[şţŞŢ]", words), "Romanian has a comma below, not a cedilla"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_served_is_what_was_translated(language: str) -> None:
    path = catalogues.LOCALE / language / "LC_MESSAGES" / "django.mo"
    kept = catalogues.read(language)
    assert path.read_bytes() == catalogues.compiled(kept), "run `make words`"
    served = gettext.GNUTranslations(BytesIO(path.read_bytes()))
    assert {text: served.gettext(text) for text in kept.texts} == kept.texts
    assert served.info()["language"] == language
    assert served.info()["x-reviewed-by"]


FORMS: dict[str, Callable[[int], int]] = {
    "ro": lambda n: 0 if n == 1 else 2 if n % 100 > 19 or (n % 100 == 0 and n) else 1,
    "vi": lambda n: 0,
    "sq": lambda n: int(n != 1),
    "ar": lambda n: n if n < 3 else 3 if 3 <= n % 100 <= 10 else 4 if 11 <= n % 100 <= 99 else 5,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_counts_as_its_language_counts(language: str) -> None:
    (rule,) = re.findall(r"plural=(.+);", catalogues.read(language).header)
    form = gettext.c2py(rule)  # type: ignore[attr-defined]  # what gettext itself reads it with
    assert [form(n) for n in range(250)] == [FORMS[language](n) for n in range(250)]
