"""How people write postcodes and places, and how counts move when councils are replaced."""

import math
import re
import unicodedata
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_uppercase
from typing import TypeVar

from daymark.places.terms import Match

# The postcode areas of the United Kingdom (Royal Mail), Crown dependencies included.
AREAS = frozenset(
    str.split(
        """
        AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT
        DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA
        LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE
        SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV
        YO ZE
        """
    )
)
# Only central London districts end in a letter (E1W, SW1A, EC4N).
_LETTERED = frozenset(str.split("E N W EC NW SE SW WC"))
_INWARD_LETTERS = frozenset("ABDEFGHJLNPQRSTUWXYZ")
_TO_DIGIT = {"O": "0", "I": "1"}
_TO_LETTER = {"0": "O", "1": "I"}
_SHAPES = ("A9", "A99", "AA9", "AA99", "A9A", "AA9A")


@dataclass(frozen=True)
class Code:
    """A postcode or the beginning of one, without its space."""

    kind: Match  # POSTCODE, SECTOR or OUTCODE
    outcode: str
    rest: str = ""  # "1AA" of a postcode, "1" of a sector

    @property
    def compact(self) -> str:
        return self.outcode + self.rest

    def __str__(self) -> str:
        return f"{self.outcode} {self.rest}".strip()


def normalise_postcode(text: str) -> Code | None:
    """Read what somebody typed as a postcode, sector or outcode; None when it is none of them.

    Case, spaces and punctuation do not matter; O and 0, I and 1 are swapped where only the other
    can stand, but a word without any digit is a word. "CM11" is the outcode; only a space makes
    it the sector "CM1 1".
    """
    tidy = unicodedata.normalize("NFKC", text).upper()
    compact = re.sub(r"[^0-9A-Z]", "", tidy)
    if len(compact) > 7 or not any(c.isdigit() for c in compact):
        return None
    if len(compact) >= 5:
        outcode, inward = _outcode(compact[:-3]), _inward(compact[-3:])
        if outcode and inward:
            return Code(Match.POSTCODE, outcode, inward)
    *_, last = re.findall(r"[0-9A-Z]+", tidy) or [""]
    spaced = len(last) == 1 and _digit(last)
    if spaced and (outcode := _outcode(compact[:-1])):
        return Code(Match.SECTOR, outcode, spaced)
    if outcode := _outcode(compact):
        return Code(Match.OUTCODE, outcode)
    digit = _digit(compact[-1:])
    if digit and (outcode := _outcode(compact[:-1])):
        return Code(Match.SECTOR, outcode, digit)
    return None


def postcode_in(text: str) -> Code | None:
    """The last full postcode inside a longer text, such as an address."""
    for match in reversed(list(re.finditer(r"\b[A-Za-z]{1,2}[0-9OoIi]", text))):
        for width in (9, 8, 7, 6, 5):
            piece = text[match.start() : match.start() + width]
            after = text[match.start() + width : match.start() + width + 1]
            if len(piece) == width and not after.isalnum():
                code = normalise_postcode(piece)
                if code and code.kind is Match.POSTCODE:
                    return code
    return None


def _digit(character: str) -> str:
    swapped = _TO_DIGIT.get(character, character)
    return swapped if swapped.isdigit() else ""


def _letter(character: str) -> str:
    swapped = _TO_LETTER.get(character, character)
    return swapped if swapped.isalpha() else ""


def _inward(text: str) -> str:
    read = _digit(text[0]) + text[1:]
    return read if len(read) == 3 and _INWARD_LETTERS.issuperset(text[1:]) else ""


def _outcode(text: str) -> str:
    """The likeliest outcode a string stands for: the one that needs the fewest swaps."""
    best = ""
    fewest = len(text) + 1
    for shape in _SHAPES:
        if len(shape) != len(text):
            continue
        read = [
            _letter(c) if want == "A" else _digit(c) for c, want in zip(text, shape, strict=True)
        ]
        if not all(read):
            continue
        swaps = sum(a != b for a, b in zip(read, text, strict=True))
        if swaps < fewest and _exists("".join(read)):
            best, fewest = "".join(read), swaps
    return best


def _exists(outcode: str) -> bool:
    number = outcode.lstrip(ascii_uppercase)
    area = outcode.removesuffix(number)
    if area not in AREAS or (number[0] == "0" and (len(area) == 1 or len(number) > 1)):
        return False
    return number.isdigit() or area in _LETTERED


_STREET = frozenset(
    str.split(
        """
        avenue close court crescent drive gardens hill lane park place road row square street
        terrace way
        """
    )
)
# Places whose name is an everyday word count inside a sentence only when written with a capital.
_EVERYDAY = frozenset(str.split("bow bridge deal grain grays sandwich stock stone ware"))


def fold(name: str) -> str:
    """A name as it is compared: no case, accents or hyphens; "saint" is "st", "&" is "and"."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    words = re.findall(r"[a-z0-9']+", "".join(c for c in plain if not unicodedata.combining(c)))
    return " ".join("st" if w == "saint" else w.replace("'", "") for w in words)


def name_in(text: str, names: Iterable[str]) -> str | None:
    """The last folded name that stands in a text as whole words and is not a street's name.

    The last, because an address ends with its town; the longest where two begin together.
    """
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)?", text)
    folded = [fold(word) for word in words]
    known = set(names)
    longest = max((len(name.split()) for name in known), default=0)
    found: str | None = None
    start = 0
    while start < len(words):
        width = _width(words, folded, start, known, longest)
        if width:
            found = " ".join(folded[start : start + width])
        start += width or 1
    return found


def _width(words: list[str], folded: list[str], start: int, known: set[str], longest: int) -> int:
    """How many words from `start` form a known name; 0 for none."""
    for width in range(min(longest, len(words) - start), 0, -1):
        name = " ".join(folded[start : start + width])
        after = folded[start + width] if start + width < len(folded) else ""
        if name not in known or after in _STREET:
            continue
        if name in _EVERYDAY and words[start].islower():
            continue
        return width
    return 0


def short_name(folded: str) -> str:
    """What people say: "clacton" for "clacton on sea", "tunbridge wells" without its "royal"."""
    return re.sub(r"^royal | (on|upon|in|le) .+$", "", folded)


A = TypeVar("A", bound=Hashable)


def carry(
    counts: Mapping[A, Fraction], shares: Mapping[A, Mapping[A, Fraction]]
) -> dict[A, Fraction]:
    """Counts of old areas as counts of the areas that followed them; the total stays the same.

    `shares` says for each area that is no more which part went where; its parts must sum to 1.
    Chains (an area replaced twice) are followed to their end. Raises ValueError for shares that
    do not sum to 1 and for an area that, through others, succeeds itself.
    """
    for area, parts in shares.items():
        if sum(parts.values()) != 1:
            raise ValueError(f"the shares of {area} do not sum to 1")
    carried = dict(counts)
    for _ in range(len(shares) + 1):
        moving = [area for area in carried if area in shares]
        if not moving:
            return carried
        for area in moving:
            amount = carried.pop(area)
            for successor, share in shares[area].items():
                carried[successor] = carried.get(successor, Fraction(0)) + amount * share
    raise ValueError("an area succeeds itself")


def whole(counts: Mapping[A, Fraction]) -> dict[A, int]:
    """Carried counts as whole numbers with the same total, by the largest remainders.

    Rounding each by itself would make or lose people. Ties go by the name of the area, so that
    the same counts always come out the same. Raises ValueError where the total is no whole number.
    """
    total = sum(counts.values(), Fraction(0))
    if total.denominator != 1:
        raise ValueError("the total is no whole number")
    found = {area: math.floor(count) for area, count in counts.items()}
    missing = int(total) - sum(found.values())
    for area in sorted(counts, key=lambda one: (found[one] - counts[one], str(one)))[:missing]:
        found[area] += 1
    return found
