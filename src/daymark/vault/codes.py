"""The reporter's code: one secret, written as 28 digits or as nine words.

26 random digits (86 bits) carry two check digits (ISO 7064 MOD 97-10), so that every wrong digit
and every swap of neighbours is noticed. The same number is eight words of the English BIP-39 list
and a ninth that checks them over GF(2^11): every wrong word and every swap of two is noticed.
"""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from mnemonic import Mnemonic

from daymark.vault.terms import Reason

_RANDOM_DIGITS = 26
_ALL_DIGITS = _RANDOM_DIGITS + 2
_SECRET_WORDS = 8
_ALL_WORDS = _SECRET_WORDS + 1
_LIMIT = 10**_RANDOM_DIGITS
_WORD_BITS = 11
_FIELD = 0b1000_0000_0101  # x^11 + x^2 + 1, primitive over GF(2)


class NotACode(Exception):
    """What was typed is no code; `reason` says what to look at, `word` which word is unknown.

    The word stays out of the message: eight good words around it may be a secret, and messages
    end in logs.
    """

    def __init__(self, reason: Reason, word: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.word = word


class Randomness(Protocol):
    def randbelow(self, exclusive_upper_bound: int, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Code:
    """The secret a reporter comes back with. Shown once, never stored, never in a URL or log."""

    number: int = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.number < _LIMIT:
            raise ValueError("a code is a number of at most 26 digits")

    def __repr__(self) -> str:
        return "Code(hidden)"

    @property
    def digits(self) -> str:
        """Seven groups of four digits."""
        shifted = self.number * 100
        text = f"{shifted + 98 - shifted % 97:0{_ALL_DIGITS}d}"
        return " ".join(text[i : i + 4] for i in range(0, _ALL_DIGITS, 4))

    @property
    def words(self) -> str:
        """Eight words and a check word."""
        numbers = _split(self.number)
        return " ".join(_word_list()[n] for n in [*numbers, _check_word(numbers)])

    @property
    def secret(self) -> bytes:
        """The 86 bits, for derivations."""
        return self.number.to_bytes(_SECRET_WORDS * _WORD_BITS // 8, "big")


def new(rng: Randomness = secrets) -> Code:
    return Code(rng.randbelow(_LIMIT))


def parse(text: str) -> Code:
    """Read a code back as a person types it.

    Spaces, hyphens, list numbers, case and accents do not matter; digits of any script count; a
    word is known by its first four letters. Digits or words is decided by which there is more of.

    Raises NotACode.
    """
    digits, letters, spaced = [], 0, []
    for char in unicodedata.normalize("NFKD", text.replace("ı", "i")):
        digit = unicodedata.digit(char, None)
        if digit is not None:
            digits.append(digit)
            spaced.append(" ")
        elif char.isalpha():
            letters += 1
            spaced.append(char)
        elif not unicodedata.combining(char):
            spaced.append(" ")
    if letters > len(digits):
        return _from_words("".join(spaced).casefold().split())
    return _from_digits(digits)


def lookup(code: Code, pepper: bytes) -> bytes:
    """What is stored to find a report again: useless without the pepper, kept elsewhere."""
    return hmac.digest(pepper, b"daymark code lookup v1\0" + code.secret, hashlib.sha256)


def seed(code: Code, pepper: bytes) -> bytes:
    """What the reporter's own key pair is derived from (`sealing.pair_from_seed`).

    Peppered too, so that the public key in a stolen database is no test for guessed codes.
    """
    return hmac.digest(pepper, b"daymark code seed v1\0" + code.secret, hashlib.sha256)


def _from_digits(digits: list[int]) -> Code:
    _of_length(len(digits), _ALL_DIGITS)
    number = int("".join(map(str, digits)))
    # 97 and 98 are congruent to 0 and 1, and only 02 to 98 are ever written.
    if number % 97 != 1 or not 2 <= number % 100 <= 98:
        raise NotACode(Reason.CHECK_FAILED)
    return Code(number // 100)


def _from_words(words: list[str]) -> Code:
    for word in words:
        if word[:4] not in _by_first_letters():
            raise NotACode(Reason.UNKNOWN_WORD, word)
    _of_length(len(words), _ALL_WORDS)
    *numbers, check = (_by_first_letters()[word[:4]] for word in words)
    number = 0
    for part in numbers:
        number = number << _WORD_BITS | part
    if check != _check_word(numbers) or number >= _LIMIT:
        raise NotACode(Reason.CHECK_FAILED)
    return Code(number)


def _of_length(given: int, wanted: int) -> None:
    if given != wanted:
        raise NotACode(Reason.TOO_SHORT if given < wanted else Reason.TOO_LONG)


def _split(number: int) -> list[int]:
    mask = (1 << _WORD_BITS) - 1
    return [number >> _WORD_BITS * i & mask for i in reversed(range(_SECRET_WORDS))]


def _check_word(numbers: list[int]) -> int:
    """The sum of word times x^place; the check word itself stands at x^0.

    All nine factors are non-zero and different, which is what catches every single wrong word
    and every swap of two different ones.
    """
    total = 0
    for number in numbers:
        total = _times_x(total ^ number)
    return total


def _times_x(element: int) -> int:
    element <<= 1
    return element ^ _FIELD if element >> _WORD_BITS else element


@cache
def _word_list() -> list[str]:
    return Mnemonic("english").wordlist


@cache
def _by_first_letters() -> dict[str, int]:
    """The list is made so that no two words share their first four letters."""
    return {word[:4]: place for place, word in enumerate(_word_list())}
