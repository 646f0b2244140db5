"""How many people were seen on each combination of lists, and every way of getting that wrong."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prevalence.patterns import name as pattern_name
from prevalence.patterns import pairs, sizes, superset_sums

MOST_LISTS = 12
FEWEST_LISTS, FEWEST_PEOPLE, FEWEST_ON_TWO = 3, 150, 20

Counts = NDArray[np.int64]
Row = tuple[str, Mapping[str, Any]]


class BadTable(ValueError):
    """The table cannot be used; the message names the row and the remedy."""


@dataclass(frozen=True)
class Check:
    """What speaks against estimating from a table (refusals), and what to know (warnings)."""

    refusals: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CaptureTable:
    """People by the exact set of lists they appear on.

    Parameters
    ----------
    lists : names of the k lists (1 <= k <= 12)
    counts : people per pattern, shape (2**k,), index = bit mask (bit i is list i), index 0 is 0
    strata : for each stratum column, the same counts for each of its levels
    """

    lists: tuple[str, ...]
    counts: Counts
    strata: Mapping[str, Mapping[str, Counts]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_names(self.lists)
        counts = np.asarray(self.counts)
        if counts.shape != (1 << len(self.lists),):
            raise BadTable(
                f"counts has shape {counts.shape}, but {len(self.lists)} lists need one number for "
                f"each of {1 << len(self.lists)} patterns: give a vector indexed by bit mask"
            )
        checked = np.array([_count(c, f"pattern {i:b}") for i, c in enumerate(counts.tolist())])
        if checked[0]:
            raise BadTable(
                "pattern 0: people on no list cannot have been counted; set it to 0, "
                "they are what is estimated"
            )
        if int(checked.sum()) >= 1 << 53:
            raise BadTable("the counts add up to more people than ever lived: check the units")
        frozen = checked.astype(np.int64)
        frozen.setflags(write=False)
        object.__setattr__(self, "counts", frozen)
        object.__setattr__(self, "lists", tuple(self.lists))

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str | tuple[str, ...], int] | ArrayLike,
        *,
        lists: Sequence[str],
    ) -> CaptureTable:
        """Build a table from counts per pattern.

        Parameters
        ----------
        counts : people per pattern, keyed by a tuple of list names or a string such as "0101"
            (first digit = first list); or a vector of shape (2**k,) indexed by bit mask
        lists : names of the lists, in the order of the digits
        """
        if not isinstance(counts, Mapping):
            try:
                return cls(tuple(lists), np.asarray(counts))
            except (TypeError, OverflowError) as error:
                raise BadTable(f"the counts are not a vector of numbers ({error})") from error
        _check_names(tuple(lists))

        def rows() -> Iterator[Row]:
            for pattern, count in counts.items():
                if isinstance(pattern, str) and set(pattern) <= {"0", "1"}:
                    if len(pattern) != len(lists):
                        raise BadTable(
                            f"pattern {pattern!r} has {len(pattern)} digits: write one for each "
                            f"of the {len(lists)} lists"
                        )
                    on = {
                        label for label, digit in zip(lists, pattern, strict=True) if digit == "1"
                    }
                else:
                    on = set(pattern) if isinstance(pattern, tuple) else {pattern}
                if unknown := on - set(lists):
                    raise BadTable(
                        f"pattern {pattern!r} names {sorted(map(str, unknown))[0]!r}, which is not "
                        f"a list: use {', '.join(lists)}"
                    )
                yield f"pattern {pattern!r}", {"count": count} | {x: int(x in on) for x in lists}

        return _build(rows(), lists=lists, count="count", strata=())

    @classmethod
    def from_links(
        cls,
        records: Iterable[Mapping[str, Any]],
        *,
        lists: Sequence[str],
        strata: Sequence[str] = (),
    ) -> CaptureTable:
        """Count linked records: one row a person, one column of 0 or 1 a list.

        Parameters
        ----------
        records : one mapping per person, from column to value
        lists : the columns that are lists
        strata : the columns that divide people into strata
        """
        rows = ((f"row {i}", record) for i, record in enumerate(records, start=1))
        return _build(rows, lists=lists, count=None, strata=strata)

    @classmethod
    def from_frame(cls, frame: Any, *, strata: Sequence[str] = ()) -> CaptureTable:
        """Read a data frame (or a mapping of columns): columns of 0 or 1, the last named count.

        Parameters
        ----------
        frame : anything with ``columns`` and ``frame[column]``, or a mapping of columns
        strata : columns that divide people into strata
        """
        columns = list(frame.columns if hasattr(frame, "columns") else frame)
        lists = _lists_of(columns, strata)
        values = [list(frame[column]) for column in columns]
        longest = max(map(len, values))
        if min(map(len, values)) < longest:
            raise BadTable("the columns differ in length: every row needs every column")
        rows = (
            (f"row {i}", dict(zip(columns, row, strict=True)))
            for i, row in enumerate(zip(*values, strict=True), start=1)
        )
        return _build(rows, lists=lists, count="count", strata=strata)

    @classmethod
    def from_csv(cls, path: str | PathLike[str], *, strata: Sequence[str] = ()) -> CaptureTable:
        """Read a CSV file: a header, columns of 0 or 1, the last column named count.

        Parameters
        ----------
        path : the file, UTF-8, separated by commas (or semicolons, as some spreadsheets write)
        strata : columns that divide people into strata
        """
        try:
            with open(path, newline="", encoding="utf-8-sig") as file:
                text = file.read()
            separator = ";" if ";" in text.partition("\n")[0] else ","
            reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
            lines = [
                (reader.line_num, line) for line in reader if any(cell.strip() for cell in line)
            ]
        except OSError as error:
            raise BadTable(f"{path} cannot be read ({error.strerror}): check the name") from error
        except UnicodeDecodeError as error:
            raise BadTable(f"{path} is not UTF-8 text: save it as CSV (UTF-8)") from error
        except csv.Error as error:
            raise BadTable(f"{path} is not a CSV file ({error}): save it as CSV (UTF-8)") from error
        if not lines:
            raise BadTable(f"{path} is empty: it needs a header and one row per pattern")
        header = [cell.strip() for cell in lines[0][1]]
        lists = _lists_of(header, strata)

        def rows() -> Iterator[Row]:
            for number, line in lines[1:]:
                if len(line) != len(header):
                    raise BadTable(
                        f"line {number} has {len(line)} values where the header has {len(header)}: "
                        "give every column a value"
                    )
                yield f"line {number}", dict(zip(header, line, strict=True))

        return _build(rows(), lists=lists, count="count", strata=strata)

    @property
    def k(self) -> int:
        """Number of lists."""
        return len(self.lists)

    @property
    def observed(self) -> int:
        """People seen on at least one list."""
        return int(self.counts.sum())

    @property
    def on_two_or_more(self) -> int:
        """People seen on at least two lists."""
        return int(self.counts[sizes(self.k) >= 2].sum())

    def overlaps(self) -> Counts:
        """People on both lists of each pair, shape (k, k), list sizes on the diagonal."""
        sums = superset_sums(self.counts, self.k)
        bits = 1 << np.arange(self.k)
        return np.asarray(sums[bits[:, None] | bits[None, :]], dtype=np.int64)

    def empty_pairs(self) -> tuple[str, ...]:
        """Pairs of lists that share nobody, as ``A:B``."""
        sums = superset_sums(self.counts, self.k)
        return tuple(pattern_name(t, self.lists) for t in pairs(self.k) if not sums[t])

    def overlap_text(self) -> str:
        """The overlap table as text: list sizes on the diagonal."""
        width = max(7, *(len(label) for label in self.lists)) + 1
        head = " " * width + "".join(f"{label:>{width}}" for label in self.lists)
        body = (
            f"{label:<{width}}" + "".join(f"{n:>{width}}" for n in row)
            for label, row in zip(self.lists, self.overlaps().tolist(), strict=True)
        )
        return "\n".join([head, *body])

    def check(self) -> Check:
        """Judge whether the table carries an estimate at all: the guard of this package."""
        refusals, warnings = [], []
        empty, all_pairs = self.empty_pairs(), self.k * (self.k - 1) // 2
        if self.k < FEWEST_LISTS:
            refusals.append(
                f"{self.k} lists: with fewer than {FEWEST_LISTS} nothing can be learnt about "
                "whether lists depend on each other"
            )
        if self.observed < FEWEST_PEOPLE:
            refusals.append(f"{self.observed} people: fewer than {FEWEST_PEOPLE} are too few")
        if self.on_two_or_more < FEWEST_ON_TWO:
            refusals.append(
                f"{self.on_two_or_more} people on two or more lists: the estimate rests on these "
                f"alone, and needs {FEWEST_ON_TWO}"
            )
        if 2 * len(empty) > all_pairs:
            refusals.append(f"{len(empty)} of {all_pairs} pairs of lists share nobody")
        elif empty:
            warnings.append(f"pairs of lists that share nobody: {', '.join(empty)}")
        for label, size in zip(self.lists, np.diag(self.overlaps()).tolist(), strict=True):
            if not size:
                warnings.append(f"nobody is on list {label}: drop it")
            elif size == self.observed:
                warnings.append(f"everybody is on list {label}: no other list adds a person")
        return Check(tuple(refusals), tuple(warnings))

    def merge(self, first: str, second: str) -> CaptureTable:
        """Treat two lists as one: on the merged list is whoever was on either."""
        i, j = sorted((self._index(first), self._index(second)))
        if i == j:
            raise BadTable(f"list {first} cannot be merged with itself: name two lists")
        # Parts sorted, so that merging three lists in any order gives the same name.
        merged = "+".join(sorted({*self.lists[i].split("+"), *self.lists[j].split("+")}))
        lists = [merged if label == self.lists[i] else label for label in self.lists]
        del lists[j]
        masks = np.arange(1 << self.k)
        either = masks | (((masks >> j) & 1) << i)
        return self._mapped(tuple(lists), _without_bit(either, j))

    def drop(self, name: str) -> CaptureTable:
        """Leave a list out; people who were on no other list disappear from the table."""
        i = self._index(name)
        lists = self.lists[:i] + self.lists[i + 1 :]
        return self._mapped(lists, _without_bit(np.arange(1 << self.k), i))

    def by(self, stratum: str) -> dict[str, CaptureTable]:
        """Split into one table for each level of a stratum column."""
        if stratum not in self.strata:
            known = ", ".join(self.strata) or "none: pass strata= when reading the records"
            raise BadTable(f"no stratum column {stratum!r}; known: {known}")
        return {
            level: CaptureTable(self.lists, counts)
            for level, counts in sorted(self.strata[stratum].items())
        }

    def hash(self) -> str:
        """SHA-256 of the lists and counts, so that a result can be traced to its table."""
        seen = {str(i): int(self.counts[i]) for i in np.flatnonzero(self.counts)}
        text = json.dumps({"lists": self.lists, "counts": seen}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _index(self, name: str) -> int:
        if name not in self.lists:
            raise BadTable(f"no list {name!r}: the lists are {', '.join(self.lists)}")
        return self.lists.index(name)

    def _mapped(self, lists: tuple[str, ...], onto: Counts) -> CaptureTable:
        def move(counts: Counts) -> Counts:
            moved = np.zeros(1 << len(lists), dtype=np.int64)
            np.add.at(moved, onto, counts)
            moved[0] = 0
            return moved

        strata = {
            stratum: {level: move(counts) for level, counts in levels.items()}
            for stratum, levels in self.strata.items()
        }
        return CaptureTable(lists, move(self.counts), strata)


def _without_bit(masks: Counts, bit: int) -> Counts:
    below = (1 << bit) - 1
    return (masks & below) | ((masks >> 1) & ~below)


def _check_names(lists: tuple[str, ...]) -> None:
    if not 1 <= len(lists) <= MOST_LISTS:
        raise BadTable(
            f"{len(lists)} lists: between 1 and {MOST_LISTS} are possible, merge lists that belong "
            "together"
        )
    for i, label in enumerate(lists):
        if not isinstance(label, str) or not label.strip() or ":" in label:
            raise BadTable(f"list {i + 1} is called {label!r}: use a name without a colon")
        if label in lists[:i]:
            raise BadTable(f"two lists are called {label!r}: give each its own name")


def _lists_of(columns: Sequence[Any], strata: Sequence[str]) -> list[str]:
    if len(columns) < 2 or columns[-1] != "count":
        raise BadTable("the last column must be called 'count', after one column of 0/1 per list")
    if missing := set(strata) - set(columns):
        raise BadTable(f"no column {sorted(missing)[0]!r} for the strata: check the header")
    lists = [column for column in columns[:-1] if column not in strata]
    _check_names(tuple(lists))
    return lists


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _flag(value: Any, where: str, label: str) -> int:
    number = _number(value)
    if number not in (0.0, 1.0):
        raise BadTable(f"{where}: {label} is {value!r}; write 1 for on the list and 0 for not")
    return int(number)


def _count(value: Any, where: str) -> int:
    number = _number(value)
    if number is None or not 0 <= number < 1 << 53 or number != int(number):
        raise BadTable(
            f"{where}: the count is {value!r}; write a whole number of people, 0 or more"
        )
    return int(number)


def _build(
    rows: Iterable[Row], *, lists: Sequence[str], count: str | None, strata: Sequence[str]
) -> CaptureTable:
    lists = tuple(lists)
    _check_names(lists)
    new: Callable[[], Counts] = lambda: np.zeros(1 << len(lists), dtype=np.int64)  # noqa: E731
    counts, by = new(), {stratum: dict[str, Counts]() for stratum in strata}
    seen: dict[tuple[Any, ...], str] = {}
    for where, row in rows:
        if not isinstance(row, Mapping):
            raise BadTable(f"{where} is not a mapping from column to value: give one per person")
        for column in (*lists, *strata):
            if column not in row:
                raise BadTable(f"{where} has no column {column!r}: give every row every column")
        mask = sum(_flag(row[label], where, label) << i for i, label in enumerate(lists))
        levels = tuple(str(row[stratum]).strip() for stratum in strata)
        people = 1 if count is None else _count(row.get(count), where)
        if not mask and people:
            raise BadTable(
                f"{where}: {people} counted on no list at all; take the row out, the unseen are "
                "what is estimated"
            )
        if count is not None and (mask, levels) in seen:
            raise BadTable(
                f"{where} repeats the pattern of {seen[mask, levels]}: add the two into one row"
            )
        seen[mask, levels] = where
        counts[mask] += people
        for stratum, level in zip(strata, levels, strict=True):
            by[stratum].setdefault(level, new())[mask] += people
    if not counts.any():
        raise BadTable("the table counts nobody: give at least one row with people")
    return CaptureTable(lists, counts, by)
