"""The people behind a set of tables: the finest groups that the tables tell apart.

Every cell of every table is a sum of such groups, so everything that tables say of each other (same
cells, months of a year, districts of a county, a total less its parts) is one system of equations.
Dimensions that no table crosses stay apart: groups are kept per clique of a triangulated graph of
dimensions, with equal sums where cliques meet. Such decomposable systems are as strong as counting
by all dimensions at once (Lauritzen 1996, section 4.4), and very much smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from prevalence.disclosure.tables import Dimension, resolve

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_GROUPS = 400_000
SLACK = 1e-6
ELSEWHERE = "(elsewhere)"


class Contradiction(ValueError):
    """No population fits all tables: they were counted from different records."""


class TooLarge(ValueError):
    """The tables cross too many dimensions to be attacked, so none of them can be cleared."""


class Counted(Protocol):
    """A table or a release, of which only the dimensions matter here."""

    @property
    def dimensions(self) -> tuple[Dimension, ...]: ...


@dataclass(frozen=True)
class World:
    """Groups of people and how cells add them up.

    Parameters
    ----------
    cells : for each table, one row a cell, one column a group, 1 where the cell counts the group
    ties : rows that are 0 in every population: the same sum from two cliques
    names : what group i is, for a person who reads
    """

    cells: tuple[sparse.csr_array, ...]
    ties: sparse.csr_array
    groups: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]
    start: tuple[int, ...]

    @property
    def size(self) -> int:
        return self.ties.shape[1]

    def name(self, group: int) -> tuple[tuple[str, str], ...]:
        """Dimension and category of a group, merged categories joined by a plus sign."""
        clique = int(np.searchsorted(self.start, group, side="right")) - 1
        dims = self.groups[clique]
        shape = [len(labels) for _, labels in dims]
        places = np.unravel_index(group - self.start[clique], shape) if dims else ()
        return tuple((d, labels[int(i)]) for (d, labels), i in zip(dims, places, strict=True))


def build(tables: Sequence[Counted]) -> World:
    """Work out the groups that `tables` tell apart.

    A table that does not count by a dimension counts everybody, whatever their category there.
    """
    members: dict[tuple[int, str], Floats] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for name in sorted({d.name for table in tables for d in table.dimensions}):
        said = {i: d for i, t in enumerate(tables) for d in t.dimensions if d.name == name}
        found, labels[name] = _atoms(list(said.values()), absent=len(said) < len(tables))
        members |= {(i, name): own for i, own in zip(said, found, strict=True)}
    used = [tuple(sorted(d.name for d in t.dimensions if len(labels[d.name]) > 1)) for t in tables]
    cliques = _cliques(used)
    shapes = [tuple(len(labels[name]) for name in clique) for clique in cliques]
    sizes = [int(np.prod(shape)) for shape in shapes]
    if sum(sizes) > MOST_GROUPS:
        raise TooLarge(f"{sum(sizes)} groups of people are told apart; {MOST_GROUPS} are the most")
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(int)

    def spread(clique: int, rows: sparse.csr_array) -> sparse.csr_array:
        return sparse.csr_array(
            (rows.data, rows.indices + start[clique], rows.indptr), shape=(rows.shape[0], start[-1])
        )

    cells = []
    for number, (table, names) in enumerate(zip(tables, used, strict=True)):
        clique = next(i for i, c in enumerate(cliques) if set(names) <= set(c))
        own = {d.name: members[number, d.name] for d in table.dimensions}
        order = [*cliques[clique], *(d for d in own if d not in cliques[clique])]
        factors = [own[name] if name in own else np.ones((1, len(labels[name]))) for name in order]
        rows = reduce(
            lambda left, right: sparse.kron(left, right, format="csr"),
            [sparse.csr_array(factor) for factor in factors],
            sparse.csr_array(np.ones((1, 1))),
        )
        axes = [name for name in order if name in own]
        numbers = np.arange(rows.shape[0]).reshape([len(own[name]) for name in axes])
        turned = numbers.transpose([axes.index(d.name) for d in table.dimensions]).ravel()
        cells.append(spread(clique, sparse.csr_array(rows)[turned]))
    ties = [sparse.csr_array((0, int(start[-1])))]
    for first, second in _tree(cliques):
        meet = set(cliques[first]) & set(cliques[second])
        ties.append(
            spread(first, _onto(meet, cliques[first], shapes[first]))
            - spread(second, _onto(meet, cliques[second], shapes[second]))
        )
    return World(
        tuple(cells),
        sparse.csr_array(sparse.vstack(ties, format="csr")),
        tuple(tuple((name, labels[name]) for name in clique) for clique in cliques),
        tuple(int(s) for s in start[:-1]),
    )


def _atoms(said: Sequence[Dimension], *, absent: bool) -> tuple[list[Floats], tuple[str, ...]]:
    """For each table's categories, the atoms they consist of; and what the atoms are called.

    Where a table does not count by the dimension (`absent`) and none of those that do is complete,
    there may be people elsewhere.
    """
    sets = [resolve(dimension, said) for dimension in said]
    whole = frozenset[str]().union(*(codes for own in sets for codes in own))
    for dimension, own in zip(said, sets, strict=True):
        if dimension.complete and whole != frozenset().union(*own):
            raise Contradiction(
                f"{dimension.name}: a table called complete lacks what another one counts"
            )
    if absent and not any(dimension.complete for dimension in said):
        whole |= {ELSEWHERE}
    shown = sorted({codes for own in sets for codes in own}, key=sorted)
    signs: dict[tuple[bool, ...], list[str]] = {}
    for code in sorted(whole):
        signs.setdefault(tuple(code in codes for codes in shown), []).append(code)
    columns = np.array(list(signs), dtype=float).T
    place = {codes: i for i, codes in enumerate(shown)}
    found = [columns[[place[codes] for codes in own]] for own in sets]
    return found, tuple(" + ".join(some) for some in signs.values())


def _cliques(used: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Maximal cliques of the dimensions' graph after triangulation by fewest fill-ins."""
    near: dict[str, set[str]] = {name: set() for names in used for name in names}
    for names in used:
        for one in names:
            near[one] |= set(names) - {one}

    def fill(name: str) -> int:
        return sum(b not in near[a] for a, b in combinations(near[name], 2))

    found: list[set[str]] = [set()]
    while near:
        name = min(sorted(near), key=fill)
        around = near.pop(name)
        found.append(around | {name})
        for one in around:
            near[one] = (near[one] | around) - {one, name}
    kept = [c for c in found if not any(c < other for other in found)]
    return sorted({tuple(sorted(clique)) for clique in kept})


def _tree(cliques: Sequence[tuple[str, ...]]) -> list[tuple[int, int]]:
    """A junction tree: join the cliques that share most, never in a circle."""
    root = list(range(len(cliques)))
    edges = []
    pairs = combinations(range(len(cliques)), 2)
    for a, b in sorted(pairs, key=lambda p: -len(set(cliques[p[0]]) & set(cliques[p[1]]))):
        if root[a] != root[b]:
            edges.append((a, b))
            root = [root[a] if r == root[b] else r for r in root]
    return edges


def _onto(kept: set[str], clique: tuple[str, ...], shape: tuple[int, ...]) -> sparse.csr_array:
    """Rows that add a clique's groups up over every dimension but those `kept`."""
    factors = [
        sparse.eye_array(n, format="csr") if name in kept else sparse.csr_array(np.ones((1, n)))
        for name, n in zip(clique, shape, strict=True)
    ]
    start = sparse.csr_array(np.ones((1, 1)))
    return sparse.csr_array(reduce(lambda a, b: sparse.kron(a, b, format="csr"), factors, start))


@dataclass(frozen=True)
class Settled:
    """What equations leave open once everything they force has been put in.

    Parameters
    ----------
    free : True for each group that is not forced
    value : each forced group's size, 0 where free
    rows, right : the equations that remain, over all groups
    """

    free: NDArray[np.bool_]
    value: Floats
    rows: sparse.csr_array
    right: Floats


def settle(rows: sparse.csr_array, right: Floats) -> Settled:
    """Put in what equations force, and take nested sums from each other, until neither helps.

    What is left is smaller and falls apart into more components, with the same solutions.
    """
    free, value = np.ones(rows.shape[1], dtype=bool), np.zeros(rows.shape[1])
    while True:
        _force(rows, right, free, value)
        left = right - rows @ value
        open_rows = sparse.csr_array(rows @ sparse.diags_array(free.astype(float)))
        open_rows.eliminate_zeros()
        fewer, right = _unnest(open_rows, left)
        if fewer.shape == rows.shape and fewer.nnz == open_rows.nnz:
            return Settled(free, value, fewer, right)
        rows, right = fewer, right + fewer @ value


def _force(rows: sparse.csr_array, right: Floats, free: NDArray[np.bool_], value: Floats) -> None:
    """Fix what is a sum of nothing, or the one unknown of an equation."""
    signs = rows.sign()
    plus, minus = signs.maximum(0), (-signs).maximum(0)
    either = sparse.csr_array(plus + minus)
    while True:
        up, down = plus @ free, minus @ free
        left = right - rows @ value
        if np.any(np.abs(left[up + down == 0]) > SLACK) or np.any(value < -SLACK):
            raise Contradiction("the tables were counted from different records")
        if np.any((left < -SLACK) & (down == 0)):
            raise Contradiction("a total is smaller than the sum of its parts")
        empty = (np.abs(left) < SLACK) & (up + down > 0) & ((up == 0) | (down == 0))
        known = free & (either.T @ empty > 0)
        for row in np.flatnonzero((up + down == 1) & ~empty):
            some = slice(rows.indptr[row], rows.indptr[row + 1])
            last = np.flatnonzero(free[rows.indices[some]])[0]
            at = rows.indices[some][last]
            if not known[at]:
                value[at] = left[row] / rows.data[some][last]
                known[at] = True
        if not known.any():
            return
        free &= ~known


def _unnest(rows: sparse.csr_array, right: Floats) -> tuple[sparse.csr_array, Floats]:
    """Replace sums that contain another sum by the difference; drop empty and repeated ones."""
    kept = np.diff(rows.indptr) > 0
    rows, right = sparse.csr_array(rows[np.flatnonzero(kept)]), right[kept]
    plain = np.ones(rows.shape[0], dtype=bool)
    plain[np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))[rows.data < 0]] = False
    sums, ties = rows[np.flatnonzero(plain)], rows[np.flatnonzero(~plain)]
    known = right[plain]
    while sums.shape[0]:
        size = np.diff(sums.indptr)
        shared = (sums @ sums.T).tocoo()
        one, two = shared.coords
        inside = (shared.data == size[one]) & (
            (size[one] < size[two]) | ((size[one] == size[two]) & (one < two))
        )
        one, two = one[inside], two[inside]
        if not one.size:
            break
        order = np.lexsort((one, -size[one], two))
        two, first = np.unique(two[order], return_index=True)
        one = one[order][first]
        n = sums.shape[0]
        take = sparse.csr_array((np.ones(two.size), (two, one)), shape=(n, n))
        sums, known = sparse.csr_array(sums - take @ sums), known - take @ known
        sums.eliminate_zeros()
        gone = np.diff(sums.indptr) == 0
        if np.any(np.abs(known[gone]) > SLACK):
            raise Contradiction("two tables give different numbers for the same people")
        sums, known = sparse.csr_array(sums[np.flatnonzero(~gone)]), known[~gone]
    together = sparse.csr_array(sparse.vstack([sums, ties], format="csr"))
    return together, np.concatenate([known, right[~plain]])
