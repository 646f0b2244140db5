"""Averaging over decomposable graphs (Madigan and York 1997): every one, without simulation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from prevalence.patterns import names
from prevalence.results import Interval, Refused, Result
from prevalence.table import CaptureTable

Floats = NDArray[np.float64]

MOST_LISTS, SIX_LISTS_POINTS = 6, 5000
POINTS_AT_ONCE = 4096
SIFT = 2000
NEGLIGIBLE = 1e-10
BEYOND = 0.0025


@cache
def decomposable(k: int) -> tuple[NDArray[np.int8], tuple[tuple[int, ...], ...]]:
    """Every decomposable graph of `k` lists.

    Returns
    -------
    factors : for each graph the power of each margin in its density, shape (graphs, 2**k):
        cliques count +1, separators -1, and the margin over no list -1 for each component
    cliques : for each graph its maximal cliques, as masks
    """
    edges = [(a, b) for b in range(k) for a in range(b)]
    factors, cliques = [], []
    for graph in range(1 << len(edges)):
        near = [0] * k
        for e, (a, b) in enumerate(edges):
            if graph >> e & 1:
                near[a] |= 1 << b
                near[b] |= 1 << a
        left, powers, found = (1 << k) - 1, np.zeros(1 << k, dtype=np.int8), []
        while (v := _simplicial(near, left)) is not None:
            around = near[v] & left
            powers[around | 1 << v] += 1
            powers[around] -= 1
            found.append(around | 1 << v)
            left ^= 1 << v
        if not left:
            factors.append(powers)
            cliques.append(
                tuple(sorted(c for c in found if not any(c & d == c < d for d in found)))
            )
    return np.array(factors), tuple(cliques)


def _simplicial(near: list[int], left: int) -> int | None:
    # A graph is decomposable when vertices whose neighbours all know each other can be taken away
    # until none is left.
    for v in range(len(near)):
        around = near[v] & left
        if left >> v & 1 and all(
            (near[u] | 1 << u) & around == around for u in range(len(near)) if around >> u & 1
        ):
            return v
    return None


@dataclass(frozen=True, eq=False)
class GraphPosterior:
    """Posterior of the total and of the graph.

    Parameters
    ----------
    totals : totals on the grid, people, shape (points,)
    probabilities : posterior probability of each total, shape (points,), sums to 1
    cliques : for each graph its maximal cliques, as masks
    weights : posterior probability of each graph, shape (graphs,), sums to 1
    beyond : share of the posterior beyond the end of the grid, by its slope there (0 to 1)
    """

    totals: Floats
    probabilities: Floats
    cliques: tuple[tuple[int, ...], ...]
    weights: Floats
    beyond: float

    def quantile(self, p: float) -> float:
        """Smallest total on the grid whose cumulative probability reaches `p` (0 to 1)."""
        i = int(np.searchsorted(np.cumsum(self.probabilities), p))
        return float(self.totals[min(i, len(self.totals) - 1)])


@dataclass(frozen=True, kw_only=True)
class GraphAverage:
    """Average over all decomposable graphs, as dga does in R.

    Parameters
    ----------
    delta : prior pseudo-count of every cell (> 0); None for ``2**-k``, one person in all
    reach : how far the grid goes, in multiples of the people seen (>= 1)
    points : number of grid points, evenly spaced; None for every whole number, or for 5,000
        points with six lists, whose 18,154 graphs take longer
    draws : totals drawn from the posterior for later use (>= 0)

    Notes
    -----
    Graphs have equal prior weight and the total has prior 1/N. With `delta` of 1 the prior puts
    as many people in the unseen cell as in any other and the median collapses to the people seen.
    Source: Madigan and York (1997), Biometrika 84(1); the grid and defaults are those of dga 2.0.2.
    """

    delta: float | None = None
    reach: int = 30
    points: int | None = None
    draws: int = 4000

    method = "graphs"

    def __post_init__(self) -> None:
        if self.delta is not None and self.delta <= 0:
            raise ValueError("delta is a prior count of people and must be above 0")
        if self.reach < 1 or (self.points is not None and self.points < 2):
            raise ValueError("the grid must reach at least the people seen, with 2 points or more")

    def posterior(self, table: CaptureTable) -> GraphPosterior:
        """Compute the posterior on the grid, summed over all graphs."""
        if not 2 <= table.k <= MOST_LISTS:
            reason = f"{table.k} lists: graphs can be averaged over 2 to {MOST_LISTS}, merge lists"
            raise Refused((reason,), table.overlap_text())
        n, end = table.observed, self.reach * table.observed
        points = self.points or (SIX_LISTS_POINTS if table.k == MOST_LISTS else end)
        grid = np.unique(np.round(np.linspace(1, end, min(points, end))))
        factors, cliques = decomposable(table.k)
        powers = factors.astype(np.float64)
        kept = np.arange(len(powers))
        if len(grid) > SIFT:
            # Graphs that weigh nothing on a coarse grid weigh nothing on the fine one.
            coarse = np.unique(np.round(np.geomspace(1, end, SIFT)))
            _, rough = self._summed(table, powers, coarse, np.gradient(coarse))
            order = np.argsort(rough)
            kept = np.sort(order[np.cumsum(rough[order]) > NEGLIGIBLE * rough.sum()])
        by_total, by_graph = self._summed(table, powers[kept], grid, np.ones_like(grid))
        weights = np.zeros(len(powers))
        weights[kept] = by_graph / by_graph.sum()
        probabilities = by_total / by_total.sum()
        return GraphPosterior(
            n + grid, probabilities, cliques, weights, _beyond(grid, probabilities)
        )

    def fit(self, table: CaptureTable, *, seed: int = 0) -> Result:
        """Estimate the total: the posterior median, with limits that include the choice of graph.

        Raises
        ------
        Refused : the table has one list, or more than six
        """
        found = self.posterior(table)
        best = int(np.argmax(found.weights))
        warnings = []
        if found.beyond > BEYOND:
            warnings.append(
                f"{found.beyond:.1%} of the posterior lies beyond {self.reach} times the people "
                "seen, where the grid ends: the upper limits are too low"
            )
        if self._delta(table.k) > 2 * 2.0**-table.k:
            warnings.append(
                f"delta {self.delta:g} outweighs the data in the unseen cell and pulls the "
                f"estimate towards the people seen; the usual value is {2.0**-table.k:g}"
            )
        estimate = found.quantile(0.5)
        limits = {
            level: {
                "posterior": Interval(
                    found.quantile((1 - level) / 2), found.quantile((1 + level) / 2)
                )
            }
            for level in (0.95, 0.8)
        }
        rng = np.random.default_rng(seed)
        steps = np.searchsorted(np.cumsum(found.probabilities), rng.random(self.draws))
        return Result(
            method=self.method,
            lists=table.lists,
            observed=table.observed,
            estimate=estimate,
            hidden=estimate - table.observed,
            intervals=limits,
            terms=names((c for c in found.cliques[best] if c & (c - 1)), table.lists),
            warnings=tuple(warnings),
            options={"delta": self._delta(table.k), "reach": self.reach, "points": self.points},
            data_hash=table.hash(),
            seed=seed,
            diagnostics={
                "best_graph_weight": float(found.weights[best]),
                "graphs": float(len(found.weights)),
                "beyond_grid": found.beyond,
            },
            draws=found.totals[np.minimum(steps, len(found.totals) - 1)],
        )

    def _delta(self, k: int) -> float:
        return 2.0**-k if self.delta is None else self.delta

    def _summed(
        self, table: CaptureTable, powers: Floats, unseen: Floats, spacing: Floats
    ) -> tuple[Floats, Floats]:
        """Unnormalised posterior by number of unseen people, and by graph."""
        n, peaks, by_total, by_graph = table.observed, [], [], []
        for start in range(0, len(unseen), POINTS_AT_ONCE):
            m = unseen[start : start + POINTS_AT_ONCE]
            prior = gammaln(n + m + 1) - gammaln(m + 1) - np.log(n + m)
            logs = powers @ self._margins(table, m) + prior
            peaks.append(logs.max())
            mass = np.exp(logs - peaks[-1]) * spacing[start : start + POINTS_AT_ONCE]
            by_total.append(mass.sum(axis=0))
            by_graph.append(mass.sum(axis=1))
        scale = np.exp(np.array(peaks) - max(peaks))
        return (
            np.concatenate([x * by for x, by in zip(by_total, scale, strict=True)]),
            np.sum([x * by for x, by in zip(by_graph, scale, strict=True)], axis=0),
        )

    def _margins(self, table: CaptureTable, unseen: Floats) -> Floats:
        """Log marginal likelihood of the table's margin over each set of lists."""
        masks = np.arange(1 << table.k)
        logs = np.empty((len(masks), len(unseen)))
        for over in masks.tolist():
            cells = masks[masks & ~over == 0]
            share = self._delta(table.k) * len(masks) / len(cells)
            seen = np.bincount(masks & over, weights=table.counts, minlength=len(masks))[cells]
            fixed = float(gammaln(seen[1:] + share).sum() - len(cells) * gammaln(share))
            logs[over] = fixed + gammaln(seen[0] + unseen + share)
        return logs


def _beyond(unseen: Floats, probabilities: Floats) -> float:
    """Share of the posterior beyond the grid, taking the tail as a power of the unseen."""
    half = int(np.searchsorted(unseen, unseen[-1] / 2))
    last, middle = probabilities[-1], probabilities[half]
    if last < 1e-12 or half + 1 >= len(unseen):
        return 0.0
    slope = float(np.log(middle / last) / np.log(unseen[-1] / unseen[half]))
    step = float(unseen[-1] - unseen[-2])
    outside = float(last) * float(unseen[-1]) / step / (slope - 1) if slope > 1 else np.inf
    return 1.0 if np.isinf(outside) else outside / (1 + outside)
