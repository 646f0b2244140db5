"""The gate: hide what is small, then what would betray it, then what earlier releases would."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from scipy import sparse

from prevalence.disclosure.attacking import Exposed, Finding, Kind, equations, inspect, solve
from prevalence.disclosure.tables import Mask, Release, Table
from prevalence.disclosure.world import SLACK, Contradiction, Floats, Ints, World, build, settle

ZERO_COST, TOTAL_COST = 3.0, 1.0  # a hidden cell costs 1; zeros and totals are kept longer


class Why(StrEnum):
    """Why a cell is hidden."""

    SMALL = "fewer people than the minimum"
    ZERO = "zeros beside it would say that everybody is in one category"
    COMPLEMENT = "a hidden cell could be computed from it"
    BEFORE = "hidden in an earlier release"
    EARLIER = "with an earlier release, a hidden number could be computed from it"


class Refused(Exception):
    """The table may not leave; says what it would betray."""

    def __init__(self, title: str, exposed: Sequence[Exposed], reason: str) -> None:
        self.exposed = tuple(exposed)
        said = "; ".join(e.words for e in self.exposed[:5])
        more = f" and {len(self.exposed) - 5} more" if len(self.exposed) > 5 else ""
        super().__init__(f"{title}: {reason}" + (f" ({said}{more})" if said else ""))


def protect(
    table: Table,
    *,
    minimum: int = 5,
    interval: int | None = None,
    ledger: Sequence[Release] = (),
    further: bool = True,
) -> Release:
    """Hide as few cells as keep every small number from being worked out.

    Parameters
    ----------
    table : people counted, true numbers
    minimum : the smallest count above zero that may be shown (>= 2), people
    interval : how far apart the fewest and most people of a small cell stay for an attacker who
        holds every release; `minimum` unless given (>= 1), people
    ledger : every earlier release from the same records
    further : hide more where this table and an earlier one would betray something together;
        False refuses the table instead

    Raises
    ------
    Refused : nothing would be left, or (not `further`) an earlier release makes it betray something
    Contradiction : the numbers do not fit the ledger, so they come from other records
    TooLarge : the ledger crosses too many dimensions to be attacked

    Notes
    -----
    Cells below the minimum are hidden, then others at least cost until `attack` finds nothing: for
    each exposed sum a linear programme moves as few shown numbers as will free it (Kelly, Golden
    and Assad 1992; Fischetti and Salazar 2000). Cells hidden once stay hidden.
    """
    width = minimum if interval is None else interval
    if minimum < 2 or width < 1:
        raise ValueError("the minimum is at least 2 people and the interval at least 1")
    world = build([*ledger, table])
    shown_before, hidden_before = _before(world, ledger)
    small = ((table.counts > 0) & (table.counts < minimum)).ravel()
    why = {int(i): Why.SMALL for i in np.flatnonzero(small)}
    why |= {int(i): Why.BEFORE for i in np.flatnonzero(hidden_before & ~small)}
    gate = _Gate(table, minimum, width)
    why = gate.close(build([table]) if ledger else world, (), why, kept=shown_before)
    if ledger:
        if not further:
            found = inspect(world, [*ledger, gate.release(why)])
            if found:
                raise Refused(table.title, [f.exposed for f in found], "with earlier releases")
        why = gate.close(world, ledger, why, kept=shown_before)
    if len(why) == table.counts.size and table.counts.any():
        raise Refused(table.title, (), "no number of it could be shown")
    return gate.release(why)


def _before(world: World, ledger: Sequence[Release]) -> tuple[Mask, Mask]:
    """Which cells of the last table were shown, and which hidden, by an earlier one."""

    def keys(cells: sparse.csr_array) -> list[bytes]:
        ends = zip(cells.indptr[:-1], cells.indptr[1:], strict=True)
        return [np.sort(cells.indices[a:b]).tobytes() for a, b in ends]

    shown: set[bytes] = set()
    hidden: set[bytes] = set()
    for cells, release in zip(world.cells, ledger, strict=False):
        for key, gone in zip(keys(cells), release.hidden.ravel(), strict=True):
            (hidden if gone else shown).add(key)
    own = keys(world.cells[-1])
    return (
        np.array([key in shown for key in own]),
        np.array([key in hidden and key not in shown for key in own]),
    )


class _Gate:
    """One table on its way out."""

    def __init__(self, table: Table, minimum: int, interval: int) -> None:
        self.table, self.minimum, self.interval = table, minimum, interval
        self.counts = table.counts.ravel().astype(float)

    def release(self, why: dict[int, Why]) -> Release:
        shown = tuple(None if i in why else int(c) for i, c in enumerate(self.counts))
        names = list(np.ndindex(self.table.counts.shape))
        reasons = {
            tuple(
                d.categories[at] for d, at in zip(self.table.dimensions, names[i], strict=True)
            ): str(reason)
            for i, reason in sorted(why.items())
        }
        return Release(
            self.table.title,
            self.table.dimensions,
            shown,
            self.minimum,
            self.interval,
            (_note(self.minimum, len(why), len(shown)),),
            reasons,
        )

    def close(
        self, world: World, ledger: Sequence[Release], why: dict[int, Why], *, kept: Mask
    ) -> dict[int, Why]:
        """Hide more until the adversary finds nothing in `ledger` and this table."""
        why = dict(why)
        effort: _Effort | None = None
        seen: list[Floats] = []  # populations that fit; they still do when more is hidden
        while True:
            found = inspect(world, [*ledger, self.release(why)], seen)
            if not found:
                return why
            effort = effort or _Effort(world, ledger, self.counts, self._costs(world, kept))
            more = self._more(effort, found, why)
            # Half people make a sum look wide; one more is then wide enough in whole ones.
            more = more or self._more(effort, found, why, extra=1)
            if not more:
                exposed = [f.exposed for f in found]
                raise Refused(self.table.title, exposed, "hiding more of it does not help")
            for i, reason in more.items():
                why[i] = Why.EARLIER if ledger else reason
            seen += effort.witnesses
            effort.witnesses = effort.witnesses[:1]

    def _more(
        self,
        effort: _Effort,
        found: Sequence[Finding],
        why: dict[int, Why],
        *,
        extra: int = 0,
    ) -> dict[int, Why]:
        """What else to hide so that nothing found stays exposed."""
        more: dict[int, Why] = {}
        stuck = []
        for finding in found:
            moved = effort.free(finding, np.array(sorted({*why, *more}), dtype=int), extra=extra)
            if moved is None:
                stuck.append(finding.exposed)
                continue
            own = Why.ZERO if finding.exposed.kind is Kind.ZERO else Why.COMPLEMENT
            more |= {int(i): own for i in moved}
        if stuck and not extra:
            raise Refused(self.table.title, stuck, "earlier releases already betray it")
        return more

    def _costs(self, world: World, kept: Mask) -> Floats:
        """What hiding each cell loses: totals more than parts, zeros most (few believe them)."""
        above = np.zeros(self.table.counts.shape)
        for axis, dimension in enumerate(self.table.dimensions):
            inner = np.array([i not in dimension.leaves for i in range(len(dimension.categories))])
            above += inner.reshape([-1 if a == axis else 1 for a in range(above.ndim)])
        cost = 1.0 + TOTAL_COST * above.ravel() + ZERO_COST * (self.counts == 0)
        cost += 0.05 * np.log1p(self.counts) + 1e-6 * np.arange(cost.size)
        return np.where(kept, 1e4, cost)


class _Effort:
    """The least change of shown numbers that frees a sum, the ledger staying as it is.

    Changes are counted from one population that fits everything, so that the solver starts where
    only the wish itself is unfulfilled.
    """

    def __init__(
        self, world: World, ledger: Sequence[Release], counts: Floats, costs: Floats
    ) -> None:
        rows, right = equations(world, ledger)
        held = settle(rows, right)
        cells = world.cells[-1]
        self.start = _fitting(
            sparse.csr_array(sparse.vstack([rows, cells], format="csr")),
            np.concatenate([right, counts]),
        )
        self.witnesses = [self.start]
        self.groups = np.flatnonzero(held.free)
        moving = sparse.csr_array(cells[:, self.groups])
        width = np.diff(moving.indptr)
        self.ones, self.sums = np.flatnonzero(width == 1), np.flatnonzero(width > 1)
        self.one_at = moving.indices[moving.indptr[self.ones]]
        self.costs = costs
        fixed, sums = held.rows[:, self.groups], moving[self.sums]
        spare = sparse.eye_array(self.sums.size, format="csr")
        none = sparse.csr_array((fixed.shape[0], self.sums.size))
        blocks = [[fixed, -fixed, none, none], [sums, -sums, spare, -spare]]
        way = sparse.csr_array(sparse.block_array(blocks, format="csr"))
        self.rows = sparse.csr_array(sparse.block_diag([way, way], format="csr"))
        rise = np.full(self.groups.size, np.inf)
        spares = np.full(2 * self.sums.size, np.inf)
        self.most = np.tile(np.concatenate([rise, self.start[self.groups], spares]), 2)

    def free(self, finding: Finding, hidden: Ints, *, extra: int = 0) -> Ints | None:
        """Cells to hide so that the sum is as wide as it should be; None if no cells can do it."""
        seen = [float((finding.row @ people)[0]) for people in self.witnesses]
        low, high = min(*seen, finding.low), max(*seen, finding.high)
        if np.floor(high + SLACK) - np.ceil(low - SLACK) >= finding.interval:
            return hidden[:0]
        row = sparse.csr_array(finding.row[:, self.groups])
        if not row.nnz:
            return None
        return self._least(row, finding.interval + extra, hidden)

    def _least(self, row: sparse.csr_array, need: float, hidden: Ints) -> Ints | None:
        """Two populations `need` apart in the sum, and as alike as can be in what is shown."""
        n, k = self.groups.size, self.sums.size
        price = self.costs.copy()
        price[hidden] = 0.0
        groups = np.zeros(n)
        np.add.at(groups, self.one_at, price[self.ones])
        cost = np.concatenate([groups, groups, price[self.sums], price[self.sums]])
        none = sparse.csr_array((1, 2 * k))
        aim = sparse.hstack([row, -row, none, -row, row, none])
        rows = sparse.csr_array(sparse.vstack([self.rows, aim], format="csr"))
        low, high = np.zeros(rows.shape[0]), np.zeros(rows.shape[0])
        low[-1], high[-1] = need, np.inf
        try:
            found = solve(np.tile(cost, 2), rows, low, high, self.most)
        except Contradiction:
            return None
        moved = []
        for way in np.split(found, 2):
            change = way[:n] - way[n : 2 * n]
            people = self.start.copy()
            people[self.groups] += change
            self.witnesses.append(people)
            moved.append(self.ones[abs(change[self.one_at]) > SLACK])
            moved.append(self.sums[way[2 * n : 2 * n + k] + way[2 * n + k :] > SLACK])
        return np.setdiff1d(np.concatenate(moved), hidden)


def _fitting(rows: sparse.csr_array, right: Floats) -> Floats:
    """One population that fits the equations."""
    known = settle(rows, right)
    people = known.value.copy()
    if known.free.any():
        left = sparse.csr_array(known.rows[:, np.flatnonzero(known.free)])
        people[known.free] = solve(np.zeros(left.shape[1]), left, known.right, known.right, np.inf)
    return np.maximum(people, 0.0)  # the solver may be a hair below


def _note(minimum: int, hidden: int, cells: int) -> str:
    if not hidden:
        return f"No count lies between 1 and {minimum - 1}; every number is shown."
    return (
        f"Counts from 1 to {minimum - 1} are hidden, and with them every number from which one "
        f"could be worked out, also together with what was published before: {hidden} of {cells}."
    )
