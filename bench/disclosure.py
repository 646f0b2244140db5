"""The gate: time for large tables and long ledgers, and how much it hides beside the optimum.

    python -m bench.disclosure [--tables N]

Targets on two cores: 1,000 cells in 5 s, a ledger of 100 tables in 60 s.
"""

from __future__ import annotations

import argparse
import time
from itertools import product

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from prevalence.disclosure import Dimension, Refused, Release, Table, attack, protect
from prevalence.disclosure.attacking import _solved
from prevalence.disclosure.world import build

CELLS_TARGET, LEDGER_TARGET = 5.0, 60.0


def flat(name: str, size: int) -> Dimension:
    return Dimension.flat(name, [f"{name} {i}" for i in range(size)])


def cells() -> None:
    """Tables of a thousand cells, totals included, from sparse to dense."""
    print(f"\nOne table of 1,000 cells (target {CELLS_TARGET:.0f} s)")
    for shape, mean in (((39, 24), 3), ((39, 24), 30), ((9, 9, 9), 3), ((9, 9, 9), 20)):
        rng = np.random.default_rng(1)
        dims = [flat(name, size) for name, size in zip("abc", shape, strict=False)]
        table = Table.from_leaves("t", dims, rng.poisson(rng.gamma(1, mean, shape)))
        start, cpu = time.perf_counter(), time.process_time()
        release = protect(table)
        spent, cpu = time.perf_counter() - start, time.process_time() - cpu
        small = int(((table.counts > 0) & (table.counts < 5)).sum())
        said = " x ".join(map(str, table.counts.shape))
        print(
            f"  {said:12} {small:4} small, {release.hidden.sum():4} hidden, "
            f"{spent:5.2f} s ({cpu:.2f} s CPU), exposed {len(attack([release]))}"
        )


def year(months: tuple[str, ...], name: str) -> Dimension:
    return Dimension("month", (name,), {name: months} if months != (name,) else {})


def hundred() -> list[Table]:
    """A partnership's year and a half: monthly, quarterly and to date, by area, type and age."""
    months = tuple(f"{2024 + m // 12}-{m % 12 + 1:02}" for m in range(18))
    area, kind, age = flat("area", 14), flat("type", 5), Dimension.flat("age", ("child", "adult"))
    rng = np.random.default_rng(5)
    cube = rng.poisson(rng.gamma(0.8, 3, (14, 5, 2, 18)))
    tables = []

    def add(title: str, dims: list[Dimension], some: slice, away: tuple[int, ...]) -> None:
        counts = cube[..., some].sum(axis=(*away, 3))[..., None]
        chosen = months[some]
        when = year(chosen, chosen[0] if len(chosen) == 1 else f"{chosen[0]} to {chosen[-1]}")
        tables.append(Table.from_leaves(f"{title}, {when.categories[0]}", [*dims, when], counts))

    for m in range(18):
        add("areas", [area], slice(m, m + 1), (1, 2))
        add("types", [kind], slice(m, m + 1), (0, 2))
        add("ages", [age], slice(m, m + 1), (0, 1))
        if m % 3 == 2:
            quarter = slice(m - 2, m + 1)
            add("areas and types", [area, kind], quarter, (2,))
            add("areas and ages", [area, age], quarter, (1,))
            add("types and ages", [kind, age], quarter, (0,))
        if m > 0:
            add("areas to date", [area], slice(0, m + 1), (1, 2))
            if m % 3:
                add("types to date", [kind], slice(0, m + 1), (0, 2))
    return tables[:100]


def ledger() -> None:
    print(f"\nA ledger of 100 tables (target {LEDGER_TARGET:.0f} s)")
    releases: list[Release] = []
    tables, cells, start, cpu = hundred(), 0, time.perf_counter(), time.process_time()
    refused = 0
    for table in tables:
        try:
            releases.append(protect(table, ledger=releases))
        except Refused as why:
            refused += 1
            print(f"  {str(why)[:110]}")
        cells += table.counts.size
    spent, cpu = time.perf_counter() - start, time.process_time() - cpu
    hidden = sum(int(release.hidden.sum()) for release in releases)
    print(
        f"  {len(releases)} releases ({refused} refused), {cells} cells, {hidden} hidden; "
        f"protected one after the other in {spent:.1f} s ({cpu:.1f} s CPU)"
    )
    _solved.clear()  # so that nothing is left over from protecting them
    start = time.perf_counter()
    found = attack(releases)
    print(f"  attacked as one in {time.perf_counter() - start:.1f} s, exposed {len(found)}")


def fewest(table: Table, *, minimum: int = 5) -> int | None:
    """The fewest cells anyone could hide so that every small cell is as wide as the minimum.

    Exact, by mixed-integer programming (Fischetti and Salazar 2000); complements need no width of
    their own here, so it is a bound from below. None where the solver runs out of time.
    """
    counts, cells = table.counts.ravel().astype(float), build([table]).cells[0]
    n, k, most = cells.shape[1], cells.shape[0], 4 * counts.max() + 20
    small = np.flatnonzero((counts > 0) & (counts < minimum))
    people = 2 * len(small) * n  # two populations for each small cell, then one switch a cell
    rows, low, high = [], [], []
    for i, cell in enumerate(small):
        for way, sign in product((0, 1), (1.0, -1.0)):
            left = sparse.lil_array((k, people + k))
            at = (2 * i + way) * n
            left[:, at : at + n] = sign * cells
            left[np.arange(k), people + np.arange(k)] = -most
            rows.append(left.tocsr())
            low.append(np.full(k, -np.inf))
            high.append(sign * counts)
        apart = sparse.lil_array((1, people + k))
        apart[0, 2 * i * n : (2 * i + 1) * n] = cells[[cell]].toarray()
        apart[0, (2 * i + 1) * n : (2 * i + 2) * n] = -cells[[cell]].toarray()
        rows.append(apart.tocsr())
        low.append(np.array([float(minimum)]))
        high.append(np.array([np.inf]))
    if not rows:
        return 0
    ends = np.concatenate([np.full(people, most), np.ones(k)])
    floor = np.zeros(people + k)
    floor[people + small] = 1.0
    found = milp(
        np.concatenate([np.zeros(people), np.ones(k)]),
        integrality=np.concatenate([np.zeros(people), np.ones(k)]),
        bounds=Bounds(floor, ends),
        constraints=LinearConstraint(
            sparse.vstack(rows).tocsr(), np.concatenate(low), np.concatenate(high)
        ),
        options={"time_limit": 3.0},
    )
    return round(found.fun) if found.status == 0 else None


def optimum(tables: int) -> None:
    print(f"\nCells hidden beside the fewest possible, {tables} tables without zeros")
    rng = np.random.default_rng(7)
    for shape in ((3, 4), (4, 4), (5, 4), (2, 3, 2)):
        ours, best, cells = 0, 0, 0
        for _ in range(tables // 4):
            dims = [flat(name, size) for name, size in zip("abc", shape, strict=False)]
            table = Table.from_leaves("t", dims, 2 + rng.poisson(rng.gamma(1.2, 9, shape)))
            least = fewest(table)
            if least is not None:
                ours += int(protect(table).hidden.sum())
                best += least
                cells += table.counts.size
        said = " x ".join(map(str, shape))
        print(f"  {said:9} {ours:5} hidden, fewest {best:5}, of {cells}: {ours / best - 1:+.1%}")


def main(argv: list[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--tables", type=int, default=40, help="tables compared with the optimum")
    chosen = options.parse_args(argv)
    cells()
    ledger()
    optimum(chosen.tables)


if __name__ == "__main__":
    main()
