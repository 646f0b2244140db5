"""Tables before the gate, releases behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Parts = Mapping[str, tuple[str, ...]]
MOST = 10**9  # people in a cell; beyond it the solver's tolerance would no longer see one person


class BadTable(ValueError):
    """The table contradicts itself or cannot be read; the message names the cell."""


@dataclass(frozen=True)
class Dimension:
    """What people are counted by: a name, the categories shown, and what these consist of.

    Parameters
    ----------
    name : the same in every table that counts by it ("area", "month")
    categories : every category shown, totals and groups included, in the order of the table
    parts : for each total or group, its parts; these need not be shown themselves ("2023" is
        twelve months even where no month is shown, "All" has "not stated" among its parts even
        where that is not shown). A name without parts means the same people in every table; a
        total or group may be named alike and consist of others elsewhere ("All").
    complete : everybody is in one of the categories or parts, so that a table without this
        dimension counts all of them; False for a selection (two districts, the months so far).
        One category alone is a selection unless told otherwise.
    """

    name: str
    categories: tuple[str, ...]
    parts: Parts = field(default_factory=dict)
    complete: bool | None = None

    def __post_init__(self) -> None:
        if self.complete is None:
            object.__setattr__(self, "complete", len(self.categories) > 1)
        parts = {whole: tuple(some) for whole, some in sorted(self.parts.items())}
        object.__setattr__(self, "categories", tuple(self.categories))
        object.__setattr__(self, "parts", MappingProxyType(parts))
        if not self.categories or len(set(self.categories)) < len(self.categories):
            raise BadTable(f"{self.name} needs categories, each named once")
        resolve(self)

    @classmethod
    def flat(
        cls,
        name: str,
        categories: Iterable[str],
        *,
        total: str | None = "All",
        complete: bool | None = None,
    ) -> Dimension:
        """Categories that exclude each other, and their total unless it is None."""
        shown = tuple(categories)
        parts = {total: shown} if total else {}
        return cls(name, (*shown, *parts), parts, complete)

    @classmethod
    def tree(
        cls,
        name: str,
        groups: Mapping[str, Iterable[str]],
        *,
        total: str | None = "All",
        complete: bool | None = None,
    ) -> Dimension:
        """Groups of categories (counties and their districts), and the total of all groups."""
        parts = {group: tuple(members) for group, members in groups.items()}
        shown = tuple(c for group, members in parts.items() for c in (*members, group))
        ends = {total: tuple(parts)} if total else {}
        return cls(name, (*shown, *ends), parts | ends, complete)

    @cached_property
    def sets(self) -> tuple[frozenset[str], ...]:
        """The finest codes of each category, as far as this dimension says."""
        return resolve(self)

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """Positions of the categories that contain no other category shown."""
        own = enumerate(self.sets)
        return tuple(i for i, a in own if not any(b < a for b in self.sets))

    @cached_property
    def families(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the categories that stand beside each other under the same group."""
        found = []
        for whole in dict.fromkeys((_joined(self.sets), *self.sets)):
            inside = [i for i, own in enumerate(self.sets) if own < whole]
            children = [i for i in inside if not any(self.sets[i] < self.sets[j] for j in inside)]
            if len(children) > 1:
                found.append(tuple(children))
        return tuple(dict.fromkeys(found))


def resolve(own: Dimension, others: Iterable[Dimension] = ()) -> tuple[frozenset[str], ...]:
    """The finest codes of each category: as its own dimension says, else as all others say."""
    said: dict[str, set[tuple[str, ...]]] = {}
    for other in others:
        for whole, parts in other.parts.items():
            said.setdefault(whole, set()).add(parts)
    said |= {whole: {parts} for whole, parts in own.parts.items()}
    codes: dict[str, frozenset[str]] = {}

    def find(category: str, above: tuple[str, ...]) -> frozenset[str]:
        if category in above:
            raise BadTable(f"{own.name}: {category} is a part of itself")
        if category not in codes:
            ways = {
                _joined(find(part, (*above, category)) for part in parts)
                for parts in said.get(category, ())
            }
            if len(ways) > 1 or frozenset() in ways:
                raise BadTable(f"{own.name}: what {category} consists of is not clear; name parts")
            codes[category] = ways.pop() if ways else frozenset((category,))
        return codes[category]

    for whole in own.parts:
        find(whole, ())
    return tuple(find(category, ()) for category in own.categories)


def _joined(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


@dataclass(frozen=True, eq=False)
class Table:
    """People counted by some dimensions, before anything is hidden.

    Parameters
    ----------
    title : what the table is called on the page and in the ledger
    dimensions : what it counts by; a filter ("only 2023") is a dimension with one category
    counts : people per cell, one axis a dimension, totals and groups included (>= 0)

    Raises
    ------
    BadTable : a count is no whole number of people, or a total is not the sum of its parts
    """

    title: str
    dimensions: tuple[Dimension, ...]
    counts: Counts

    def __post_init__(self) -> None:
        object.__setattr__(self, "dimensions", tuple(self.dimensions))
        given = np.asarray(self.counts)
        shape = tuple(len(dimension.categories) for dimension in self.dimensions)
        if not shape or len({d.name for d in self.dimensions}) < len(shape):
            raise BadTable("a table needs dimensions, each named once")
        if given.shape != shape:
            raise BadTable(f"counts have shape {given.shape}, the dimensions {shape}")
        if given.dtype.kind not in "iuf" or not np.all(np.isfinite(given)):
            raise BadTable("counts must be numbers")
        if np.any(given < 0) or np.any(given > MOST) or np.any(given != np.floor(given)):
            raise BadTable("counts must be whole numbers of people, none below zero")
        counts = given.astype(np.int64)
        counts.setflags(write=False)
        object.__setattr__(self, "counts", counts)
        for axis, dimension in enumerate(self.dimensions):
            self._check_sums(axis, dimension)

    @classmethod
    def from_leaves(cls, title: str, dimensions: Sequence[Dimension], counts: ArrayLike) -> Table:
        """Derive every total and group from the finest categories, in their order."""
        found = np.asarray(counts)
        for axis, dimension in enumerate(dimensions):
            fine = [dimension.sets[i] for i in dimension.leaves]
            sums = np.array([[part <= own for part in fine] for own in dimension.sets], dtype=int)
            for own, category in zip(dimension.sets, dimension.categories, strict=True):
                if own != _joined(part for part in fine if part <= own):
                    raise BadTable(f"{dimension.name}: {category} has parts not shown; give it")
            if found.shape[axis : axis + 1] != (len(fine),):
                raise BadTable(f"{dimension.name} has {len(fine)} finest categories")
            found = np.moveaxis(np.tensordot(sums, found, (1, axis)), 0, axis)
        return cls(title, tuple(dimensions), found)

    def _check_sums(self, axis: int, dimension: Dimension) -> None:
        planes = np.moveaxis(self.counts, axis, 0)
        for children in dimension.families:
            parts = [dimension.sets[i] for i in children]
            covered = _joined(parts)
            if sum(map(len, parts)) > len(covered):
                continue  # they overlap, so their sum says nothing simple
            added = planes[list(children)].sum(axis=0)
            for own, plane, name in zip(dimension.sets, planes, dimension.categories, strict=True):
                if (own == covered and np.any(plane != added)) or (
                    own > covered and np.any(plane < added)
                ):
                    raise BadTable(f"{dimension.name}: {name} is not the sum of its parts")


@dataclass(frozen=True)
class Release:
    """A table as it may leave; holds nothing that may not be published.

    Parameters
    ----------
    title, dimensions : as in the table
    shown : one number a cell, last dimension fastest; None where hidden
    minimum : the smallest count shown, people
    interval : how many people wide every hidden cell stays, whatever is subtracted
    notes : what a reader is told about the hiding
    why : for the analyst who made it, never for a page and not in the JSON: which cell is hidden
        for which reason; a reader who knew it could narrow the small ones
    """

    title: str
    dimensions: tuple[Dimension, ...]
    shown: tuple[int | None, ...]
    minimum: int
    interval: int
    notes: tuple[str, ...] = ()
    why: Mapping[tuple[str, ...], str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", MappingProxyType(dict(self.why)))
        if len(self.shown) != int(np.prod(self.shape)):
            raise BadTable(f"{self.title}: {len(self.shown)} cells for {self.shape}")

    def __hash__(self) -> int:
        return hash(self.digest)

    @classmethod
    def unprotected(cls, table: Table, *, minimum: int = 5, interval: int | None = None) -> Release:
        """A table as it left elsewhere, every cell shown: for a ledger that starts late."""
        shown = tuple(int(count) for count in table.counts.ravel())
        return cls(table.title, table.dimensions, shown, minimum, interval or minimum)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(dimension.categories) for dimension in self.dimensions)

    @property
    def hidden(self) -> Mask:
        """True where a cell is hidden, in the shape of the table."""
        return np.array([value is None for value in self.shown]).reshape(self.shape)

    @property
    def digest(self) -> str:
        """SHA-256 of the contents, the name of this release in a ledger."""
        return hashlib.sha256(_canonical(self._body()).encode()).hexdigest()

    def cells(self) -> Iterator[tuple[tuple[str, ...], int | None]]:
        """Each cell's categories and its number."""
        return zip(
            product(*(dimension.categories for dimension in self.dimensions)),
            self.shown,
            strict=True,
        )

    def __getitem__(self, categories: tuple[str, ...] | str) -> int | None:
        names = (categories,) if isinstance(categories, str) else categories
        places = [d.categories.index(n) for d, n in zip(self.dimensions, names, strict=True)]
        return self.shown[int(np.ravel_multi_index(places, self.shape))]

    def to_json(self) -> str:
        """Everything that was published, with its digest; the same text for the same release."""
        return _canonical(self._body() | {"digest": self.digest})

    @classmethod
    def from_json(cls, text: str) -> Release:
        """Read a ledger's entry back.

        Raises
        ------
        BadTable : the text was changed since it was written
        """
        body = json.loads(text)
        release = cls(
            body["title"],
            tuple(
                Dimension(d["name"], d["categories"], d["parts"], d["complete"])
                for d in body["dimensions"]
            ),
            tuple(body["shown"]),
            body["minimum"],
            body["interval"],
            tuple(body["notes"]),
        )
        if release.digest != body["digest"]:
            raise BadTable(f"{release.title}: the release is not what its digest says")
        return release

    def _body(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "dimensions": [
                {
                    "name": d.name,
                    "categories": d.categories,
                    "parts": dict(d.parts),
                    "complete": d.complete,
                }
                for d in self.dimensions
            ],
            "shown": self.shown,
            "minimum": self.minimum,
            "interval": self.interval,
            "notes": self.notes,
        }


def _canonical(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
