"""Finding things in encrypted text: keyed hashes that only somebody with the key can make.

`blind` answers "is it the same phone?"; `search_tokens` go into a `bigint[]` column under a GIN
index and answer "which text has words like these?". What the hashes still tell whoever counts
them is written down in `docs/decisions/0003-vault.md`.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daymark.vault.terms import Kind

LENGTH = 16
_LETTERS = str.maketrans(
    {
        # Letters that Unicode does not take apart.
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "ŧ": "t",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        # Arabic as typed on Arabic, Persian, Kurdish and Urdu keyboards.
        "ـ": None,
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ہ": "ه",
        "\u200c": None,
        "\u200d": None,
    }
)
# Marks that change how a letter sounds, not which letter it is. In Indian scripts and Thai the
# combining marks are the vowels, so those stay.
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff]"
)
# Written without spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003ffff]+"
)


class TooGuessable(ValueError):
    """A kind of value with so few possibilities that counting equal hashes would name them."""


class NothingToIndex(ValueError):
    """Nothing is left of the value once it is normalised."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for; a record that shares words ranks before one that shares trigrams."""

    words: frozenset[int]
    trigrams: frozenset[int]


def blind(kind: Kind, value: str, *, key: bytes) -> bytes:
    """The blind index of a value: equal exactly when two people would call the values the same.

    Raises TooGuessable for a kind that `Kind` does not name, NothingToIndex for an empty value.
    """
    if not isinstance(kind, Kind):
        raise TooGuessable(str(kind))
    same = normalised(kind, value)
    if not same:
        raise NothingToIndex(kind)
    message = f"blind\0{kind}\0{same}".encode()
    return hmac.digest(key, message, hashlib.sha256)[:LENGTH]


def normalised(kind: Kind, value: str) -> str:
    text = unicodedata.normalize("NFKC", value).strip()
    match kind:
        case Kind.PHONE:
            return _phone(text)
        case Kind.EMAIL:
            return text.removeprefix("mailto:").casefold()
        case Kind.VEHICLE:
            mark = "".join(filter(str.isalnum, text.upper()))
            return mark.replace("O", "0").replace("I", "1")
        case Kind.REFERENCE:
            return "".join(filter(str.isalnum, text.casefold()))


def search_tokens(text: str, *, key: bytes) -> set[int]:
    """Signed 64-bit hashes of the words and of their trigrams."""
    words = set(words_of(text))
    return _hashed(b"word", words, key) | _hashed(b"gram", _trigrams(words), key)


def query_tokens(text: str, *, key: bytes) -> Query:
    words = set(words_of(text))
    return Query(
        words=frozenset(_hashed(b"word", words, key)),
        trigrams=frozenset(_hashed(b"gram", _trigrams(words), key)),
    )


def words_of(text: str) -> Iterator[str]:
    """Words as a search compares them: no case, no accents, no punctuation, any script."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = unicodedata.normalize("NFC", _MARKS.sub("", plain).translate(_LETTERS))
    spaced = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    for word in spaced.split():
        yield from _UNSPACED.sub(" ", word).split()
        for run in _UNSPACED.findall(word):
            # No dictionary: every two neighbours stand for a word.
            yield from (run[i : i + 2] for i in range(max(1, len(run) - 1)))


def _trigrams(words: Iterable[str]) -> set[str]:
    """As pg_trgm makes them: the beginning of a word counts double, its end once."""
    padded = (f"  {word} " for word in words)
    return {word[i : i + 3] for word in padded for i in range(len(word) - 2)}


def _hashed(kind: bytes, values: Iterable[str], key: bytes) -> set[int]:
    keyed = hashlib.blake2b(key=key, digest_size=8, person=b"daymark " + kind)
    hashes = set()
    for value in values:
        one = keyed.copy()
        one.update(value.encode("utf-8", errors="surrogatepass"))
        hashes.add(int.from_bytes(one.digest(), "big", signed=True))
    return hashes


def _phone(text: str) -> str:
    """E.164 as far as it can be known; a number without a country is a British one."""
    number = re.split(r"ext|x|#|;", text.casefold().removeprefix("tel:"))[0]
    number = re.sub(r"\(0\)", "", number) if number.lstrip().startswith(("+", "00")) else number
    digits = "".join(str(d) for c in number if (d := unicodedata.digit(c, None)) is not None)
    if number.lstrip().startswith("+"):
        country = digits
    elif digits.startswith("00"):
        country = digits[2:]
    elif digits.startswith("0"):
        country = "44" + digits[1:]
    elif len(digits) == 10:
        country = "44" + digits  # the leading nought was lost, as in a spreadsheet
    else:
        country = digits
    return "+" + re.sub("^440", "44", country) if digits else ""
