"""The adversary: everything that can be computed from everything that was released."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import connected_components

from prevalence.disclosure.tables import Mask, Release
from prevalence.disclosure.world import Contradiction, Floats, Ints, Settled, World, build, settle

TOLERANCE = 1e-5
BLOCK = 2_000  # unknowns solved for in one call; smaller blocks pay the call, larger the simplex
ROUNDS = 12  # of looking for populations that clear many cells at once
REMEMBERED = 20_000  # components solved before; a new table leaves most of a ledger's untouched

_solved: OrderedDict[bytes, tuple[Floats, Floats]] = OrderedDict()


class Kind(StrEnum):
    """What was exposed."""

    CELL = "a hidden cell"
    GROUP = "a group of people that no table shows"
    ZERO = "everybody of a group being in one category"


@dataclass(frozen=True)
class Exposed:
    """Something an attacker can tell too closely.

    Parameters
    ----------
    kind : hidden cell, group between tables, or a zero that identifies
    release : title of the release whose cell it is, empty for a group
    cell : dimension and category
    low, high : the fewest and most people it can be, in any population that fits every release
    """

    kind: Kind
    release: str
    cell: tuple[tuple[str, str], ...]
    low: int
    high: int

    @property
    def words(self) -> str:
        where = ", ".join(f"{dimension} {category}" for dimension, category in self.cell)
        if self.kind is Kind.ZERO:
            return f"{self.release}: everybody counted there is in {where}"
        known = str(self.low) if self.low == self.high else f"{self.low} to {self.high}"
        return f"{self.release or 'between the tables'}: {where} must be {known}"


@dataclass(frozen=True)
class Finding:
    """An exposed sum of groups: its row, what is known of it, and how wide it should be."""

    exposed: Exposed
    row: sparse.csr_array
    low: float
    high: float
    interval: int


def attack(releases: Sequence[Release]) -> list[Exposed]:
    """Work out what `releases` betray together, knowing nothing but them.

    For every hidden cell, and for every group of people that the releases tell apart without
    showing it (a month between two periods, a district between two areas), the fewest and most
    people over all populations that fit every number released, by linear programming. It is
    exposed if they could be few (below the minimum), are not certainly none, and are known to
    less than the interval. A group whose people must all be in one category is exposed too.

    Raises
    ------
    Contradiction : no population fits the releases
    TooLarge : the releases cross too many dimensions
    """
    if not releases:
        return []
    world = build(releases)
    return [finding.exposed for finding in inspect(world, releases)]


def equations(world: World, releases: Sequence[Release]) -> tuple[sparse.csr_array, Floats]:
    """What the numbers shown say of the groups; more tables of the world may follow."""
    rows, right = [world.ties], [np.zeros(world.ties.shape[0])]
    for cells, release in zip(world.cells, releases, strict=False):
        seen = ~release.hidden.ravel()
        rows.append(cells[np.flatnonzero(seen)])
        right.append(np.array([value for value in release.shown if value is not None], dtype=float))
    return sparse.csr_array(sparse.vstack(rows, format="csr")), np.concatenate(right)


def inspect(
    world: World, releases: Sequence[Release], known: list[Floats] | None = None
) -> list[Finding]:
    """Every sum of groups that `releases` (the tables of `world`, in order) expose.

    `known` are populations known to fit them; those found on the way are added.
    """
    known = [] if known is None else known
    settled = settle(*equations(world, releases))
    where = [(t, int(c)) for t, r in enumerate(releases) for c in np.flatnonzero(r.hidden)]
    hidden = [
        cells[np.flatnonzero(r.hidden)] for cells, r in zip(world.cells, releases, strict=True)
    ]
    alone = [h.indices[h.indptr[:-1][np.diff(h.indptr) == 1]] for h in hidden]
    asked = np.setdiff1d(np.flatnonzero(settled.free), np.concatenate(alone))
    small = settled.value < min(r.minimum for r in releases)
    forced = np.flatnonzero(~settled.free & (settled.value > TOLERANCE) & small)
    forced = np.setdiff1d(forced, np.concatenate(alone))
    groups = np.concatenate([asked, forced])
    ones = sparse.csr_array(
        (np.ones(groups.size), (np.arange(groups.size), groups)), shape=(groups.size, world.size)
    )
    rows = sparse.csr_array(sparse.vstack([*hidden, ones], format="csr"))
    minimum = np.array([releases[t].minimum for t, _ in where] + [0] * groups.size)
    interval = np.array([releases[t].interval for t, _ in where] + [0] * groups.size)
    minimum[len(where) :] = min(r.minimum for r in releases)
    interval[len(where) :] = min(r.interval for r in releases)
    low, high = bounds(settled, rows, minimum, interval, known)
    found = []
    for i in np.flatnonzero((high > 0) & (low < minimum) & (high - low < interval)):
        ends = int(low[i]), int(high[i])
        if i < len(where):
            t, c = where[i]
            seen = Exposed(Kind.CELL, releases[t].title, _cell(releases[t], c), *ends)
        else:
            seen = Exposed(Kind.GROUP, "", world.name(int(groups[i - len(where)])), *ends)
        found.append(Finding(seen, rows[[i]], low[i], high[i], int(interval[i])))
    top = np.zeros(len(where), dtype=bool)
    top[:] = high[: len(where)] > 0
    return found + list(_zeros(world, releases, where, top))


def _zeros(
    world: World, releases: Sequence[Release], where: list[tuple[int, int]], top: Mask
) -> Iterator[Finding]:
    at = 0
    for t, release in enumerate(releases):
        some = np.array([value is None or value > 0 for value in release.shown])
        while at < len(where) and where[at][0] == t:
            some[where[at][1]] = top[at]
            at += 1
        for only, others in lone(release, some.reshape(release.shape)):
            row = sparse.csr_array(world.cells[t][others].sum(axis=0).reshape(1, -1))
            row.data[:] = 1.0
            seen = Exposed(Kind.ZERO, release.title, _cell(release, only), 0, 0)
            yield Finding(seen, row, 0.0, 0.0, release.interval)


def lone(release: Release, some: Mask) -> Iterator[tuple[int, list[int]]]:
    """Cells that must hold everybody of a group, each with the empty cells beside it."""
    numbers = np.arange(some.size).reshape(some.shape)
    for axis, dimension in enumerate(release.dimensions):
        for children in dimension.families:
            lines = np.moveaxis(some, axis, -1)[..., list(children)].reshape(-1, len(children))
            cells = np.moveaxis(numbers, axis, -1)[..., list(children)].reshape(-1, len(children))
            for line in np.flatnonzero(lines.sum(axis=1) == 1):
                yield int(cells[line][lines[line]][0]), cells[line][~lines[line]].tolist()


def _cell(release: Release, number: int) -> tuple[tuple[str, str], ...]:
    places = np.unravel_index(number, release.shape)
    return tuple(
        (d.name, d.categories[int(i)]) for d, i in zip(release.dimensions, places, strict=True)
    )


def bounds(
    settled: Settled,
    rows: sparse.csr_array,
    minimum: Ints,
    interval: Ints,
    known: list[Floats],
) -> tuple[Floats, Floats]:
    """Fewest and most people in each row's sum, whole numbers.

    Exact unless the sum is found to be as wide as its interval; then what was found so far.
    """
    fixed = rows @ settled.value
    low, high = np.full(fixed.size, np.inf), np.full(fixed.size, -np.inf)
    sums = sparse.csr_array(rows[:, np.flatnonzero(settled.free)])
    still = np.diff(sums.indptr) == 0
    low[still] = high[still] = np.round(fixed[still])
    space = _Space.of(settled, sums)

    def wide() -> Mask:
        return _whole(high, np.floor, 1) - _whole(low, np.ceil, -1) >= interval

    def learn(people: Floats, at: Ints) -> None:
        """Take in populations, one a row, nan where nothing was asked."""
        counts = sums[at] @ people.T + fixed[at, None]
        low[at] = np.fmin(low[at], np.fmin.reduce(counts, axis=1))
        high[at] = np.fmax(high[at], np.fmax.reduce(counts, axis=1))

    if known:
        learn(np.array(known)[:, settled.free], np.flatnonzero(~still))
    pieces = space.pieces(sums, fixed, interval)
    for key, at in pieces:
        if key in _solved:
            low[at], high[at] = _solved[key]
            still[at] = True
    todo = np.flatnonzero(~still & ~wide())
    rng = np.random.default_rng(0)  # any signs do; the same ones each time
    for step in range(ROUNDS):
        if 2 * todo.size * space.columns <= BLOCK:
            break  # as quick to solve for each
        before = todo.size
        signs = (1, -1)[step] * np.ones(before) if step < 2 else rng.choice((-1.0, 1.0), before)
        people = settled.value.copy()
        people[settled.free] = space.furthest(sums[todo].T @ signs)
        known.append(people)
        learn(people[None, settled.free], todo)
        todo = todo[~wide()[todo]]
        if step > 2 and todo.size > 0.95 * before:
            break
    while todo.size:
        done, furthest = space.ends(sums, todo)
        learn(furthest, todo)
        todo = todo[done:]
        todo = todo[~wide()[todo]]
    for key, at in pieces:
        _solved[key] = low[at], high[at]
    while len(_solved) > REMEMBERED:
        _solved.popitem(last=False)
    return _whole(low, np.ceil, -1), _whole(high, np.floor, 1)


def _whole(values: Floats, to: np.ufunc, sign: int) -> Floats:
    return np.asarray(to(values + sign * TOLERANCE))


@dataclass(frozen=True)
class _Space:
    """All populations that fit, as unknowns that fall into components."""

    rows: sparse.csr_array
    right: Floats
    label: Ints  # component of each unknown
    most: float

    @property
    def columns(self) -> int:
        return self.rows.shape[1]

    @classmethod
    def of(cls, settled: Settled, sums: sparse.csr_array) -> _Space:
        rows = sparse.csr_array(settled.rows[:, np.flatnonzero(settled.free)])
        if not rows.shape[1]:
            return cls(rows, settled.right, np.zeros(0, dtype=int), 0.0)
        touch = sparse.csr_array(abs(sparse.vstack([rows, sums], format="csr")))
        _, label = connected_components(touch.T @ touch, directed=False)
        return cls(
            rows, settled.right, label.astype(np.int64), 2.0 * (np.abs(settled.right).sum() + 1000)
        )

    def pieces(
        self, sums: sparse.csr_array, fixed: Floats, interval: Ints
    ) -> list[tuple[bytes, Ints]]:
        """For each component all that its answer depends on, hashed, and the sums within it."""
        asked = np.flatnonzero(np.diff(sums.indptr))
        owner = self.label[sums.indices[sums.indptr[asked]]]
        filled = np.flatnonzero(np.diff(self.rows.indptr))
        within = self.label[self.rows.indices[self.rows.indptr[filled]]]
        found = []
        for label in np.unique(owner):
            inside = np.flatnonzero(self.label == label)
            at, rows = asked[owner == label], filled[within == label]
            digest = hashlib.sha256()
            for part in (self.rows[rows][:, inside], sums[at][:, inside]):
                part.sort_indices()
                for array in (part.indptr, part.indices, part.data):
                    digest.update(repr(array.dtype).encode() + array.tobytes())
            for values in (self.right[rows], fixed[at], interval[at]):
                digest.update(np.asarray(values, dtype=float).tobytes())
            found.append((digest.digest(), at))
        return found

    def furthest(self, aim: Floats) -> Floats:
        """The population with the most along `aim`, nan in components without any aim."""
        inside = np.flatnonzero(np.isin(self.label, np.unique(self.label[aim != 0])))
        part = sparse.csr_array(self.rows[:, inside])
        used = np.flatnonzero(np.diff(part.indptr))
        people = np.full(self.columns, np.nan)
        if not inside.size:
            return people
        known = self.right[used]
        people[inside] = solve(-aim[inside], sparse.csr_array(part[used]), known, known, self.most)
        return people

    def ends(self, sums: sparse.csr_array, todo: Ints) -> tuple[int, Floats]:
        """The populations with fewest and most of the first sums, as many as fit in one call.

        Each is solved for in a copy of its own component and unknown (nan) elsewhere.
        """
        copies, right, size = [], [], 0
        aims: list[Floats] = []
        inside: list[Ints] = []
        parts: dict[int, tuple[Ints, sparse.csr_array, Floats]] = {}
        for i in todo:
            own = slice(sums.indptr[i], sums.indptr[i + 1])
            label = int(self.label[sums.indices[own][0]])
            if label not in parts:
                at = np.flatnonzero(self.label == label)
                part = self.rows[:, at]
                used = np.flatnonzero(np.diff(part.indptr))
                parts[label] = at, sparse.csr_array(part[used]), self.right[used]
            at, part, known = parts[label]
            size += 2 * at.size
            if inside and size > BLOCK:
                break
            aim = np.zeros(at.size)
            aim[np.searchsorted(at, sums.indices[own])] = sums.data[own]
            copies += [part, part]
            right += [known, known]
            aims += [aim, -aim]
            inside += [at, at]
        known, rows = np.concatenate(right), sparse.block_diag(copies, format="csr")
        found = solve(np.concatenate(aims), sparse.csr_array(rows), known, known, self.most)
        people = np.full((len(inside), self.columns), np.nan)
        ends = np.split(found, np.cumsum([at.size for at in inside])[:-1])
        for one, at, end in zip(people, inside, ends, strict=True):
            one[at] = end
        return len(inside) // 2, people


def solve(
    cost: Floats, rows: sparse.csr_array, low: Floats, high: Floats, most: float | Floats
) -> Floats:
    """The cheapest point with low <= rows @ x <= high and 0 <= x <= most.

    Raises
    ------
    Contradiction : there is none
    """
    bound = [LinearConstraint(rows, low, high)] if rows.shape[0] else []
    # Presolving these, which are already settled, takes longer than solving them.
    found = milp(cost, constraints=bound, bounds=Bounds(0.0, most), options={"presolve": False})
    if found.status == 2:
        raise Contradiction("no population fits the tables: they come from different records")
    if found.x is None:
        raise ArithmeticError(f"the solver gave up: {found.message}")
    return np.asarray(found.x, dtype=float)
