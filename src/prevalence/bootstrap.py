"""Bootstrap intervals that repeat the whole selection of the model on every resample."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from prevalence import runs
from prevalence.intervals import (
    acceleration,
    adjusted,
    adjusted_error,
    bias_correction,
    binomial_error,
    quantiles_of,
    replicate_interval,
)
from prevalence.loglinear import Floats, Ints
from prevalence.patterns import sizes
from prevalence.results import Interval, Result
from prevalence.table import CaptureTable

BLOCK = 1000
EDGE = 10  # replicates beyond an adjusted level, below which BCa is at its edge
AT_THE_EDGE = "rests on a handful of extreme replicates: use more resamples, or the percentile one"


class Selects(Protocol):
    """An estimator that can be repeated on resamples."""

    @property
    def method(self) -> str: ...

    def fit(self, table: CaptureTable, *, seed: int | None = None) -> Result: ...

    def hidden(self, counts: Ints, k: int) -> Floats: ...


def bootstrap(
    estimator: Selects,
    table: CaptureTable,
    *,
    resamples: int = 20_000,
    seed: int = 0,
    levels: Sequence[float] = (0.95, 0.8),
    executor: runs.Executor | None = None,
    progress: runs.Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Result:
    """Estimate, and add BCa and percentile intervals from resamples.

    Parameters
    ----------
    estimator : Stepwise, BestBIC or another with `hidden`
    table : the table (at least one person on two lists)
    resamples : number of resamples (>= 100; fewer than 20,000 leave BCa ends uncertain)
    seed : of the random numbers; the same seed gives the same result wherever blocks run
    levels : coverage of the intervals, each between 0 and 1
    executor : where blocks of 1,000 resamples run; None for here
    progress : called with blocks done and blocks in all
    checkpoint : file from which a stopped run resumes

    Notes
    -----
    People are drawn with replacement over the observed patterns and the model is chosen afresh
    each time. BCa: Efron (1987), with the acceleration from leaving one person out of each
    pattern, as in Chan, Silverman & Vincent (2021).
    """
    if resamples < 100:
        raise ValueError("an interval needs at least 100 resamples, and 20,000 to be steady")
    result = estimator.fit(table)
    sizes_ = [min(BLOCK, resamples - first) for first in range(0, resamples, BLOCK)]
    blocks = runs.run(
        resample,
        [(estimator, table.counts, table.k, n, seed, i) for i, n in enumerate(sizes_)],
        identity=[table.hash(), estimator, seed, resamples, result.version],
        executor=executor,
        progress=progress,
        checkpoint=checkpoint,
    )
    draws = np.concatenate(blocks)
    found, warnings = replicate_intervals(
        draws, result.estimate, leave_one_out(estimator, table), levels
    )
    intervals = {level: found[level] | dict(result.intervals.get(level, {})) for level in found}
    options = {**result.options, "resamples": resamples}
    return replace(
        result.warned(*warnings), intervals=intervals, options=options, seed=seed, draws=draws
    )


def resample(
    estimator: Selects, counts: Ints, k: int, number: int, seed: int, block: int
) -> Floats:
    """Totals of one block of resamples, shape (number,); NaN where no model can be fitted."""
    people = int(counts.sum())
    draws = runs.generator(seed, block).multinomial(people, counts / people, size=number).T
    return totals(estimator, draws, k)


def totals(estimator: Selects, counts: Ints, k: int) -> Floats:
    """Totals for each column of counts; infinite where nobody is on two lists."""
    hidden = estimator.hidden(counts, k)
    hidden[~counts[sizes(k) >= 2].any(axis=0)] = np.inf
    return np.asarray(counts.sum(axis=0) + hidden)


def leave_one_out(estimator: Selects, table: CaptureTable) -> tuple[Floats, Floats]:
    """Totals with one person less in each pattern, and how many people that stands for."""
    seen = np.flatnonzero(table.counts)
    counts = np.repeat(table.counts[:, None], len(seen), axis=1)
    counts[seen, np.arange(len(seen))] -= 1
    return totals(estimator, counts, table.k), table.counts[seen].astype(np.float64)


def replicate_intervals(
    draws: Floats,
    estimate: float,
    jackknife: tuple[Floats, Floats],
    levels: Sequence[float],
) -> tuple[dict[float, dict[str, Interval]], list[str]]:
    """BCa and percentile intervals of replicates, and what went wrong among them.

    Parameters
    ----------
    draws : totals of the replicates, shape (resamples,)
    estimate : total of the table itself
    jackknife : totals and weights from `leave_one_out`
    levels : coverage of the intervals
    """
    from scipy.special import ndtr

    kept = np.sort(draws[~np.isnan(draws)])
    left, weights = jackknife
    usable = np.isfinite(left)
    warnings = []
    if len(kept) < len(draws):
        share = 1 - len(kept) / len(draws)
        warnings.append(f"{share:.1%} of the resamples allow no fit and are left out")
    if len(kept) and np.isinf(kept[-1]):
        share = np.isinf(kept).mean()
        warnings.append(f"in {share:.2%} of the resamples no two lists share anybody")
    if not usable.all():
        warnings.append("without one of its people the table allows no fit")
    if not len(kept) or not np.isfinite(estimate) or not usable.any():
        return {}, warnings
    bias = bias_correction(kept, estimate)
    bend = acceleration(left[usable], weights[usable])
    found: dict[float, dict[str, Interval]] = {}
    for level in levels:
        low, high = quantiles_of(level)
        ends = adjusted(low, bias, bend), adjusted(high, bias, bend)
        number = len(kept)
        share = float(ndtr(bias))
        errors = [adjusted_error(q, bias, bend, share, number) for q in (low, high)]
        plain = [binomial_error(q, number) for q in (low, high)]
        edge = EDGE / number
        flags = [AT_THE_EDGE] if ends[0] < edge or ends[1] > 1 - edge else []
        found[level] = {
            "bca": replicate_interval(kept, ends, (errors[0], errors[1]), flags=flags),
            "percentile": replicate_interval(kept, (low, high), (plain[0], plain[1])),
        }
    return found, warnings
