"""Tokens: the same person is the same token on every list, and nobody can be read from one.

A token is a keyed hash, made by the owner of a list on their own machine with a secret that the
owners agreed on (`making`). Here is what is taken for one. A file of tokens is read whole or
refused; what was refused is told by row and reason, and never repeated.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from daymark.insight.terms import Stratum, Unfit

# ---- what is taken for a token ----

HEX = re.compile(r"(?:[0-9a-f]{2}){16,64}|(?:[0-9A-F]{2}){16,64}")
HEADER = re.compile(r"token(?::([0-9a-f]{8}))?", re.IGNORECASE)
FEWEST_SIGNS = 6  # different ones in a token

_SEEN_AS: tuple[tuple[Unfit, re.Pattern[str]], ...] = (
    (Unfit.EMAIL, re.compile(r"\S+@\S+")),
    (
        Unfit.DAY,
        re.compile(
            r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2}(?:st|nd|rd|th)?[ -][a-z]{3,9}[ -,]+\d{2,4}"
            r"|(?:19|20)\d{6}|\d{2}[01]\d(?:19|20)\d{2}",
            re.IGNORECASE,
        ),
    ),
    (Unfit.NHS, re.compile(r"\d{3}[ -]\d{3}[ -]\d{4}|[1-9]\d{9}")),
    (Unfit.PHONE, re.compile(r"(?:tel:)?\+?[\d() .-]{7,20}")),
    (Unfit.NAME, re.compile(r"[^\W\d_][^\d_@]*")),
    (Unfit.REFERENCE, re.compile(r"[\w/ .:-]{1,40}")),
)


def token(value: str) -> bytes | Unfit:
    """The hash that a token writes down, or why it is none.

    Taken are 16 to 64 bytes in hexadecimal alone: in other spellings a long name can pass for
    chance, or chance for a name.
    """
    text = value.strip()
    if not text:
        return Unfit.EMPTY
    if not HEX.fullmatch(text):
        return next((kind for kind, form in _SEEN_AS if form.fullmatch(text)), Unfit.FORM)
    known = bytes.fromhex(text)
    if len(set(text.lower())) < FEWEST_SIGNS or text.isdigit():
        return Unfit.WORDS
    try:
        written = known.decode()
    except UnicodeDecodeError:
        return known
    return Unfit.CLEAR if written.isprintable() else known


_CODES: dict[Stratum, re.Pattern[str]] = {
    Stratum.SEX: re.compile(r"F|M|X|U"),
    Stratum.AGE: re.compile(r"\d{1,2}-\d{1,2}|\d{1,2}\+|CHILD|ADULT|U"),
    Stratum.AREA: re.compile(r"[EWSNKJ]\d{8}|U"),
    Stratum.YEAR: re.compile(r"(?:19|20)\d{2}|U"),
}
MOST_LEVELS = 60


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken; `row` counts as a spreadsheet does, the header being row 1."""

    row: int
    why: Unfit
    column: str = "token"


@dataclass(frozen=True)
class Reading:
    """What a file of tokens says, or why it says nothing."""

    rows: int = 0
    people: Mapping[bytes, Mapping[str, str]] = field(default_factory=dict)
    strata: tuple[Stratum, ...] = ()
    made_with: str = ""
    refused: tuple[Refusal, ...] = ()

    @property
    def reasons(self) -> Mapping[Unfit, int]:
        return Counter(one.why for one in self.refused)


LARGEST = 25_000_000  # bytes of a file; about half a million tokens


def read(file: bytes) -> Reading:
    """Read a CSV file: a column `token`, and of sex, age, area and year what there is.

    One refused row refuses the file: `people` is then empty.
    """
    try:
        lines = file.decode("utf-8-sig").splitlines()
        parsed = list(csv.reader(lines, delimiter=separator(lines), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return Reading(refused=(Refusal(1, Unfit.NO_CSV, ""),))
    numbered = [(n, line) for n, line in enumerate(parsed, start=1) if any(map(str.strip, line))]
    if not numbered:
        return Reading(refused=(Refusal(1, Unfit.NO_CSV, ""),))
    header = [cell.strip() for cell in numbered[0][1]]
    columns, made_with, wrong = _columns(header)
    if wrong:
        return Reading(rows=len(numbered) - 1, refused=tuple(wrong))
    people: dict[bytes, dict[str, str]] = {}
    refused: list[Refusal] = []
    for n, line in numbered[1:]:
        found = list(_row(n, line, columns))
        bad = [one for one in found if isinstance(one, Refusal)]
        refused += bad
        if not bad:
            known, told = b"", {}
            for one in found:
                if isinstance(one, bytes):
                    known = one
                elif isinstance(one, tuple):
                    told[one[0]] = one[1]
            if people.setdefault(known, told) != told:
                refused.append(Refusal(n, Unfit.DIFFERS))
    refused += _too_many(people, columns)
    if len({len(known) for known in people}) > 1:
        refused.append(Refusal(1, Unfit.MIXED))
    strata = tuple(one for one in columns if one is not None)
    if len(numbered) == 1:
        refused.append(Refusal(1, Unfit.NOBODY))
    return Reading(len(numbered) - 1, {} if refused else people, strata, made_with, tuple(refused))


def separator(lines: Sequence[str]) -> str:
    first = lines[0] if lines else ""
    return ";" if ";" in first else "\t" if "\t" in first else ","


def _columns(header: Sequence[str]) -> tuple[list[Stratum | None], str, list[Refusal]]:
    """What stands in which column; None for the token."""
    columns: list[Stratum | None] = []
    made_with, wrong = "", []
    for place, name in enumerate(header, start=1):
        if match := HEADER.fullmatch(name):
            columns.append(None)
            made_with = (match[1] or "").lower()
        elif name.upper() in Stratum.__members__:
            columns.append(Stratum(name.upper()))
        else:
            wrong.append(Refusal(1, Unfit.COLUMN, str(place)))
    if not wrong and columns.count(None) != 1:
        wrong.append(Refusal(1, Unfit.NO_TOKEN, ""))
    if len(set(columns)) < len(columns) and not wrong:
        wrong.append(Refusal(1, Unfit.COLUMN_TWICE, ""))
    return columns, made_with, wrong


def _row(
    n: int, line: Sequence[str], columns: Sequence[Stratum | None]
) -> Iterator[bytes | tuple[str, str] | Refusal]:
    if len(line) != len(columns):
        yield Refusal(n, Unfit.WIDTH, "")
        return
    for kind, cell in zip(columns, line, strict=True):
        if kind is None:
            found = token(cell)
            yield Refusal(n, found) if isinstance(found, Unfit) else found
        else:
            code = cell.strip().upper() or "U"
            fits = _CODES[kind].fullmatch(code)
            yield (kind.value, code) if fits else Refusal(n, Unfit.CODE, kind.lower())


def _too_many(
    people: Mapping[bytes, Mapping[str, str]], columns: Iterable[Stratum | None]
) -> Iterator[Refusal]:
    for one in columns:
        if one and len({told.get(one) for told in people.values()}) > MOST_LEVELS:
            yield Refusal(1, Unfit.LEVELS, one.lower())
