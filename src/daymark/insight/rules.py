"""Periods, breakdowns, intervals and what is too small to show, as plain functions."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from daymark.insight.terms import UNKNOWN, Dimension, Element

# ---- periods ----

_PERIOD = re.compile(r"(\d{4})(?:Q([1-4]))?(?:/(\d{4})Q([1-4]))?")
_MONTHS = ("January to March", "April to June", "July to September", "October to December")
_ENDS = ("March", "June", "September", "December")


def period_name(code: str) -> str:
    """A period in words: `2022`, `2022Q3`, `2009Q2/2009Q4` (part of a year), `2025Q2/2026Q1`.

    Raises ValueError for anything else.
    """
    match = _PERIOD.fullmatch(code)
    if not match:
        raise ValueError(f"{code!r} is no period")
    year, quarter, last_year, last = match.groups()
    if not quarter:
        return year
    if not last:
        return f"{_MONTHS[int(quarter) - 1]} {year}"
    if year == last_year:
        first = _MONTHS[int(quarter) - 1].split(" to ")[0]
        return f"{first} to {_ENDS[int(last) - 1]} {year}"
    return f"Year to {_ENDS[int(last) - 1]} {last_year}"


def quarters_of(year: int | str) -> list[str]:
    return [f"{year}Q{quarter}" for quarter in (1, 2, 3, 4)]


def published_name(published: str) -> str:
    """A publication date in words, as exact as it is known: `2023-03-02`, `2023-05`, `2020`."""
    year, *rest = published.split("-")
    words = [year]
    if rest:
        words.insert(0, date(2000, int(rest[0]), 1).strftime("%B"))
    if len(rest) > 1:
        words.insert(0, str(int(rest[1])))
    return " ".join(words)


# ---- breakdowns ----

_ORDER = list(Dimension)


def breakdown(codes: Mapping[Dimension, str]) -> list[str]:
    """The one way to write a breakdown: `["age:CHILD", "gender:MALE"]`, in a fixed order."""
    return [f"{dimension}:{codes[dimension]}" for dimension in _ORDER if dimension in codes]


def codes_of(written: Iterable[str]) -> dict[Dimension, str]:
    pairs = (entry.partition(":") for entry in written)
    return {Dimension(dimension): code for dimension, _, code in pairs}


_ELEMENTS = {
    "sexual": Element.SEXUAL,
    "labour": Element.LABOUR,
    "domestic": Element.DOMESTIC,
    "domestic servitude": Element.DOMESTIC,
    "organ harvesting": Element.ORGANS,
    "criminal": Element.CRIMINAL,
}


def elements(printed: str) -> frozenset[Element]:
    """The set of types in a published combination: "Sexual, Labour & Criminal" has three.

    Empty for "Not specified or unknown"; raises ValueError for a word that is none of the five.
    """
    if re.match(r"not (specified|recorded)|unknown", printed, re.IGNORECASE):
        return frozenset()
    words = re.split(r"\s*(?:,|&|\band\b)\s*", printed.strip().lower())
    unknown = [word for word in words if word and word not in _ELEMENTS]
    if unknown:
        raise ValueError(f"no type of exploitation: {', '.join(unknown)}")
    return frozenset(_ELEMENTS[word] for word in words if word)


def type_code(types: Collection[Element]) -> str:
    return "+".join(element for element in Element if element in types) or UNKNOWN


def types_of(code: str) -> frozenset[Element]:
    return frozenset() if code == UNKNOWN else frozenset(map(Element, code.split("+")))


def nationalities(label: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """The nationalities of one published label, dual nationals as two: "Algerian UK".

    `known` gives for each name in the tables the name we show. Empty when the label holds a word
    that is no known name.
    """
    words, found = label.split(), []
    while words:
        width = next(
            (n for n in range(len(words), 0, -1) if " ".join(words[:n]).casefold() in known), 0
        )
        if not width:
            return ()
        found.append(known[" ".join(words[:width]).casefold()])
        words = words[width:]
    return tuple(found)


# ---- intervals ----

Z95 = 1.959964


def poisson_interval(count: int) -> tuple[float, float]:
    """Exact 95 % interval of a count that could have come out otherwise (Garwood 1936)."""
    low = 0.0 if count == 0 else _solve(lambda mean: 1 - _poisson_below(count, mean), 0.025, count)
    high = _solve(lambda mean: 1 - _poisson_below(count + 1, mean), 0.975, count)
    return low, high


def share_interval(part: int, whole: int) -> tuple[float, float]:
    """95 % interval of a share, good for small numbers too (Wilson 1927)."""
    if not 0 <= part <= whole or whole == 0:
        raise ValueError("a share needs a part of a whole")
    share, spread = part / whole, Z95**2 / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(share * (1 - share) / whole + spread / (4 * whole)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _poisson_below(count: int, mean: float) -> float:
    """The chance of fewer than `count` when `mean` are expected."""
    if mean <= 0:
        return 1.0
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))


def _solve(chance: Callable[[float], float], target: float, count: int) -> float:
    low, high = 0.0, count + 10 * math.sqrt(count + 1) + 10
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < target else (low, middle)
    return (low + high) / 2


# ---- what is too small to show ----

FEWEST = 5
"""The smallest count our pages show until a gate says another (`models.Gate`); 0 is shown where it
identifies nobody."""


HIDDEN = "[c]"


@dataclass(frozen=True)
class Cell:
    """A number on a page, or that there is one too small, or too telling, to print."""

    value: int
    hidden: bool = False

    @property
    def shown(self) -> str:
        return HIDDEN if self.hidden else f"{self.value:,}"


def suppress(rows: Sequence[Sequence[int]], *, fewest: int = FEWEST) -> list[list[Cell]]:
    """A table of counts whose totals are known, with small cells and their neighbours hidden.

    Primary: each cell from 1 to `fewest` - 1. Complementary: while a row or a column hides a
    single cell, its next smallest is hidden as well, since the total would give it away. Where
    a line has nothing else to hide but zeros, a zero is hidden.

    For what a publisher prints anyway. Own counts nobody can look up elsewhere: they pass `gate`,
    which reckons with all that was ever shown.
    """
    hidden = [[0 < value < fewest for value in row] for row in rows]
    lines = [[(r, c) for c in range(len(row))] for r, row in enumerate(rows)]
    lines += [[(r, c) for r in range(len(rows))] for c in range(len(rows[0]) if rows else 0)]
    changed = True
    while changed:
        changed = False
        for line in lines:
            if len(line) < 2 or sum(hidden[r][c] for r, c in line) != 1:
                continue
            r, c = min(
                ((r, c) for r, c in line if not hidden[r][c]),
                key=lambda at: (rows[at[0]][at[1]] == 0, rows[at[0]][at[1]]),
            )
            hidden[r][c] = changed = True
    return [
        [Cell(value, hidden[r][c]) for c, value in enumerate(row)] for r, row in enumerate(rows)
    ]


# ---- words about numbers ----


@cache
def number(value: Decimal | int) -> str:
    """A value as a page prints it: thousands with commas, no idle zeros behind the point."""
    exact = Decimal(value)
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact.normalize():,f}"


def sought(text: str) -> list[Decimal]:
    """The numbers in what somebody typed or pasted: "16,938", "2022: 16 938 cases", "136k"."""
    found = []
    for match in _NUMBER.finditer(text):
        whole, rest = match["whole"], match["rest"] or ""
        value = Decimal(re.sub(r"\D", "", whole) + rest)
        found.append(value * (1000 if match["thousand"] else 1))
    return found


_NUMBER = re.compile(
    r"(?P<whole>\d{1,3}(?:[,. \u00a0\u202f]\d{3})+(?!\d)|\d+)(?P<rest>\.\d+)?"
    r"(?P<thousand>\s*(?:k|thousand)\b)?",
    re.IGNORECASE,
)
