"""The one gate: from raw counts to what may be shown, or the reason why nothing may.

Importing this brings NumPy and SciPy, which weigh more than the rest of the door: import it where
something is counted, not at the top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from daymark.insight.definitions import AREAS, MONTHS, TYPES, Axis
from daymark.insight.terms import Why
from prevalence.disclosure import (
    BadTable,
    Contradiction,
    Dimension,
    Refused,
    Release,
    Table,
    TooLarge,
    attack,
    protect,
)

METHOD = "Gate 1: hidden, then attacked with the whole ledger"

Cells = Mapping[tuple[str, str, str], int]
"""Concerns by area, type and month, in the finest codes."""


class Stopped(Exception):
    """The table may not be shown: the reason, and which entries of the ledger betray it.

    Says nothing of the numbers: which cell would have come out, and that it is small, is what
    the gate is there to keep.
    """

    def __init__(self, why: Why, entries: Sequence[int] = (), *, helps: bool = False) -> None:
        self.why, self.entries, self.helps = why, tuple(entries), helps
        super().__init__(why)


def table(title: str, axes: Sequence[Axis], cells: Cells) -> Table:
    """Add the finest counts up to every cell asked for."""
    order = (AREAS, TYPES, MONTHS)
    dimensions = [Dimension(a.name, a.categories, a.parts, a.complete) for a in axes]
    places = [order.index(axis.name) for axis in axes]
    counts = np.zeros([len(axis.categories) for axis in axes], dtype=np.int64)
    inside = [
        {
            atom: [n for n, own in enumerate(dimension.sets) if atom in own]
            for atom in frozenset[str]().union(*dimension.sets)
        }
        for dimension in dimensions
    ]
    for atoms, number in cells.items():
        at = [some.get(atoms[place], []) for some, place in zip(inside, places, strict=True)]
        if all(at):
            counts[np.ix_(*at)] += number
    return Table(title, tuple(dimensions), counts)


def release(
    asked: Table, *, minimum: int, ledger: Sequence[Release], hide_more: bool = False
) -> Release:
    """What may be shown of a table after all that was shown before. Raises Stopped.

    `hide_more` hides what an earlier table would otherwise betray; without it such a table is
    refused.
    """
    near = _touching(asked, ledger)
    earlier = [ledger[n] for n in near]
    try:
        return protect(asked, minimum=minimum, ledger=earlier, further=hide_more)
    except TooLarge:
        raise Stopped(Why.TOO_LARGE) from None
    except (Contradiction, BadTable):
        raise Stopped(Why.OTHER_RECORDS) from None
    except Refused:
        if not _passes(asked, minimum, []):
            raise Stopped(Why.NOTHING_LEFT) from None
        guilty = _least(lambda some: not _passes(asked, minimum, [ledger[n] for n in some]), near)
        helps = not hide_more and _passes(asked, minimum, earlier, further=True)
        raise Stopped(Why.SUBTRACTED, guilty, helps=helps) from None


def read(body: str) -> Release:
    """An entry of the ledger; raises BadTable when it is not what its digest says."""
    return Release.from_json(body)


def exposed(ledger: Sequence[Release]) -> int:
    """How much of all that was shown can be worked out; anything but 0 is a fault."""
    return len(attack(ledger))


def _passes(
    asked: Table, minimum: int, ledger: Sequence[Release], *, further: bool = False
) -> bool:
    try:
        protect(asked, minimum=minimum, ledger=ledger, further=further)
    except Refused:
        return False
    return True


def _touching(asked: Table, ledger: Sequence[Release]) -> list[int]:
    """The entries that share a month with the table, or with another entry that does."""
    left = {number: _months(entry.dimensions) for number, entry in enumerate(ledger)}
    reached, found = _months(asked.dimensions), set[int]()
    while near := {number for number, months in left.items() if months & reached}:
        reached |= set().union(*(left.pop(number) for number in near))
        found |= near
    return sorted(found)


def _months(dimensions: Sequence[Dimension]) -> set[str]:
    return {atom for d in dimensions if d.name == MONTHS for own in d.sets for atom in own}


def _least(
    fails: Callable[[Sequence[int]], bool], all_of: Sequence[int], given: Sequence[int] = ()
) -> list[int]:
    """Fewest entries that suffice to fail, none of them idle (QuickXplain, Junker 2004)."""
    if not all_of or (given and fails(given)):
        return []
    if len(all_of) == 1:
        return list(all_of)
    half = len(all_of) // 2
    later = _least(fails, all_of[half:], [*given, *all_of[:half]])
    sooner = _least(fails, all_of[:half], [*given, *later])
    return [*sooner, *later]
