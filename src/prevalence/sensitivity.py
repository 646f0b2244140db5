"""How far the stepwise figure moves when something that should not matter is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from prevalence.loglinear import Floats, Ints, maximise
from prevalence.patterns import sizes
from prevalence.results import Result, Status
from prevalence.stepwise import Stepwise, select
from prevalence.table import CaptureTable

THRESHOLDS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1)
LINK_ERROR = 0.05
# Odds of being on a list, easiest people against hardest. With 10, three in 150 simulated
# populations of two kinds and twice the estimated size still looked sound; with 30, none.
HARDEST = 30.0
SEARCHED = 100.0  # the same, when looking for signs of it in the table
CHI2_1 = 3.84  # a fall in deviance that one parameter brings by chance 1 time in 20
FEWEST_SHARED = 20  # people on two lists, below which a smaller table says nothing


@dataclass(frozen=True)
class Heterogeneity:
    """Totals if people are not alike: a share is up to thirty times harder to see on every list.

    Parameters
    ----------
    low, high : totals of mixtures that explain the table as well as the best of them
    gain : by how much the best mixture lowers the deviance of the model
    """

    low: float
    high: float
    gain: float


@dataclass(frozen=True)
class Truth:
    """One list taken as a population of known size and estimated from the other lists."""

    known: int
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Sensitivity:
    """Totals by what was changed; a change after which no model fits is left out.

    Parameters
    ----------
    thresholds : by p-value of the stepwise selection
    without : by the list left out
    merged : by the two lists treated as one
    linkage : by the error in linking records
    k_way : range for k-way odds of 1/2 to 2
    heterogeneity : range for people who are not alike
    as_truth : by the list taken as truth
    strata : by stratum column, then level; None where the level is too small
    """

    thresholds: Mapping[float, float]
    without: Mapping[str, float]
    merged: Mapping[str, float]
    linkage: Mapping[str, float]
    k_way: tuple[float, float]
    heterogeneity: Heterogeneity | None
    as_truth: Mapping[str, Truth]
    strata: Mapping[str, Mapping[str, float | None]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        mixed = self.heterogeneity
        return {
            "thresholds": {f"{p:g}": total for p, total in self.thresholds.items()},
            "without": dict(self.without),
            "merged": dict(self.merged),
            "linkage": dict(self.linkage),
            "k_way": list(self.k_way),
            "heterogeneity": None if mixed is None else vars(mixed),
            "as_truth": {name: vars(truth) for name, truth in self.as_truth.items()},
            "strata": {name: dict(levels) for name, levels in self.strata.items()},
        }


def sensitivity(table: CaptureTable, *, threshold: float = 0.02) -> Sensitivity:
    """Change one thing at a time and estimate again by stepwise selection.

    Parameters
    ----------
    table : the table
    threshold : p-value of the selection that is varied (0 to 1)
    """
    base = Stepwise(threshold=threshold).fit(table)
    several = table.k > 2
    return Sensitivity(
        thresholds=_kept({p: _total(table.counts, table.k, p) for p in THRESHOLDS}),
        without=_kept({x: _of(table.drop(x), threshold) for x in table.lists if several}),
        merged=_kept(
            {
                f"{a}+{b}": _of(table.merge(a, b), threshold)
                for a, b in combinations(table.lists, 2)
                if several
            }
        ),
        linkage=_kept(
            {
                f"{LINK_ERROR:.0%} of links missed": _linked(table, LINK_ERROR, threshold),
                f"{LINK_ERROR:.0%} of links false": _linked(table, -LINK_ERROR, threshold),
            }
        ),
        k_way=base.k_way_band(),
        heterogeneity=heterogeneity(table, threshold=threshold),
        as_truth=_as_truth(table, threshold),
        strata={column: _strata(table, column, threshold) for column in table.strata},
    )


def heterogeneity(
    table: CaptureTable, *, threshold: float = 0.02, hardest: float = HARDEST
) -> Heterogeneity | None:
    """Suppose that people differ in how easily they are seen, and see what the table allows.

    Parameters
    ----------
    table : the table
    threshold : p-value of the stepwise selection whose model is extended (0 to 1)
    hardest : how many times lower the odds of the hardest people may be on every list (> 1)

    Returns
    -------
    None if the model itself cannot be fitted

    Notes
    -----
    If a share 1 - a of the unseen has odds r times lower on every list, the mean of a pattern on
    j lists is that of the model times a + (1 - a) / r**j. All a and r on a grid are fitted; those
    whose deviance is within 3.84 of the least are as good as the best. The gain is looked for with
    odds up to 100 times lower.
    """
    k = table.k
    models, fits = select(table.counts[:, None], k, threshold=threshold)
    if fits.status[0] != Status.FITS:
        return None
    live = fits.live[:, 0]
    terms = models[:, 0] & (live | (sizes(k) == 0))
    easy, ratio = (
        grid.ravel()
        for grid in np.meshgrid(
            np.geomspace(0.02, 1, 40), np.geomspace(1.25, max(SEARCHED, hardest), 20)
        )
    )
    factor = easy + (1 - easy) * ratio ** -sizes(k)[:, None].astype(np.float64)
    weight = factor * live[:, None]
    counts = np.repeat(table.counts[:, None].astype(np.float64), len(easy), axis=1)
    eta = maximise(counts, weight, terms, fits.eta[:, 0], k)
    deviance = _deviance(counts, np.exp(eta) * weight)
    plain = float(_deviance(counts[:, :1], np.exp(fits.eta) * fits.live)[0])
    least = float(np.nanmin(deviance))
    fair = ratio <= hardest
    allowed = float(np.nanmin(np.append(deviance[fair], plain))) + CHI2_1
    near = np.exp(eta[0])[fair & (deviance <= allowed)]
    near = np.append(near, fits.hidden[0]) if plain <= allowed else near
    low, high = (table.observed + float(end) for end in (near.min(), near.max()))
    return Heterogeneity(low, high, max(plain - least, 0.0))


def _deviance(counts: Floats, mean: Floats) -> Floats:
    from scipy.special import xlogy

    # Patterns left out have no people and no mean.
    ratio = counts / np.where(mean > 0, mean, 1.0)
    return np.asarray(2 * (xlogy(counts, ratio) - counts + mean)[1:].sum(axis=0))


def _kept(totals: Mapping[Any, float]) -> dict[Any, float]:
    return {key: total for key, total in totals.items() if np.isfinite(total)}


def _total(counts: Ints | Floats, k: int, threshold: float) -> float:
    hidden = select(counts[:, None], k, threshold=threshold)[1].hidden[0]
    return float(counts.sum() + hidden)


def _of(table: CaptureTable, threshold: float) -> float:
    return _total(table.counts, table.k, threshold)


def _linked(table: CaptureTable, missed: float, threshold: float) -> float:
    """The total had a share of the true links been missed (or, if negative, been false).

    A missed link made one person on lists w two: one on a list i of w, one on the rest of it.
    """
    counts = table.counts.astype(np.float64)
    for w in np.flatnonzero(table.counts * (sizes(table.k) >= 2)):
        bits = [1 << i for i in range(table.k) if w >> i & 1]
        extra = missed * table.counts[w]
        counts[w] += extra
        for bit in bits:
            counts[bit] -= extra / len(bits)
            counts[w ^ bit] -= extra / len(bits)
    return _total(np.maximum(counts, 0.0), table.k, threshold)


def _as_truth(table: CaptureTable, threshold: float) -> dict[str, Truth]:
    found = {}
    for i, label in enumerate(table.lists):
        others = table.lists[:i] + table.lists[i + 1 :]
        below = (1 << i) - 1
        masks = np.arange(1 << len(others))
        within = table.counts[((masks & ~below) << 1) | (1 << i) | (masks & below)]
        known = int(within.sum())
        within[0] = 0
        part = CaptureTable(others, within) if len(others) > 1 else None
        if part is None or part.on_two_or_more < FEWEST_SHARED:
            continue
        result = Stepwise(threshold=threshold).fit(part)
        if result.status == Status.FITS:
            ends = result.interval(0.95, kind="profile")
            found[label] = Truth(known, result.estimate, ends.low, ends.high)
    return found


def _strata(table: CaptureTable, column: str, threshold: float) -> dict[str, float | None]:
    totals: dict[str, float | None] = {}
    for level, part in table.by(column).items():
        result: Result | None = None
        if not part.check().refusals:
            result = Stepwise(threshold=threshold).fit(part)
        fits = result is not None and result.status == Status.FITS
        totals[level] = result.estimate if result is not None and fits else None
    return totals
