"""Populations whose size is known: how often intervals cover it, and how far estimates miss."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence import runs
from prevalence.bootstrap import Selects, replicate_intervals, totals
from prevalence.loglinear import Floats, Ints
from prevalence.stepwise import select
from prevalence.table import CaptureTable

TOGETHER = 10  # populations a block


@dataclass(frozen=True)
class Coverage:
    """What intervals and estimates did over populations of known size.

    Parameters
    ----------
    truth : people in each population
    covered : share of populations whose interval held the truth, by level, then kind
    rmse, log_rmse : root mean squared error of the estimate and of its logarithm
    bias : mean of the logarithm of estimate over truth
    populations : how many allowed an estimate
    """

    truth: int
    covered: dict[float, dict[str, float]]
    rmse: float
    log_rmse: float
    bias: float
    populations: int


def fitted_pattern_shares(table: CaptureTable, *, threshold: float = 0.02) -> tuple[int, Floats]:
    """Total and pattern probabilities of a table's own stepwise fit; index 0 is on no list."""
    _, fits = select(table.counts[:, None], table.k, threshold=threshold)
    mean = np.exp(fits.eta[:, 0]) * fits.live[:, 0]
    mean[0] = fits.hidden[0]
    return round(float(mean.sum())), mean / mean.sum()


def latent_class_shares(weights: Sequence[float], on_list: Sequence[Sequence[float]]) -> Floats:
    """Pattern probabilities of people of several kinds, each kind with independent lists.

    Parameters
    ----------
    weights : share of each kind in the population (sums to 1)
    on_list : probability of being on each list, shape (kinds, k), each between 0 and 1
    """
    chances = np.asarray(on_list, dtype=np.float64)
    kinds, k = chances.shape
    on = (np.arange(1 << k)[:, None] >> np.arange(k)) & 1
    shares = sum(
        weights[c] * np.where(on, chances[c], 1 - chances[c]).prod(axis=1) for c in range(kinds)
    )
    return np.asarray(shares)


def draw(
    total: int, shares: Floats, lists: Sequence[str], *, rng: np.random.Generator
) -> CaptureTable:
    """Draw the table of one population of `total` people; index 0 of `shares` stays unseen."""
    counts = rng.multinomial(total, shares)
    counts[0] = 0
    return CaptureTable(tuple(lists), counts)


def coverage(
    estimator: Selects,
    total: int,
    shares: Floats,
    *,
    populations: int = 500,
    resamples: int = 1000,
    seed: int = 0,
    levels: Sequence[float] = (0.95, 0.8),
    executor: runs.Executor | None = None,
    progress: runs.Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Coverage:
    """Draw populations, bootstrap each, and count how often the truth was inside.

    Parameters
    ----------
    estimator : Stepwise, BestBIC or another with `hidden`
    total : people in each population
    shares : probability of each pattern, shape (2**k,), index 0 unseen
    populations, resamples : how many, and how many resamples of each
    seed, executor, progress, checkpoint : as in `bootstrap`
    levels : coverage aimed at
    """
    blocks = [
        (estimator, total, shares, first, min(first + TOGETHER, populations), resamples, seed,
         tuple(levels))
        for first in range(0, populations, TOGETHER)
    ]  # fmt: skip
    found = np.concatenate(
        runs.run(
            one_block,
            blocks,
            identity=[estimator, total, shares.tobytes().hex(), populations, resamples, seed],
            executor=executor,
            progress=progress,
            checkpoint=checkpoint,
        )
    )
    found = found[np.isfinite(found[:, 0])]
    ends = found[:, 1:].reshape(len(found), len(levels), 2, 2)
    inside = (ends[..., 0] <= total) & (total <= ends[..., 1])
    share = inside.mean(axis=0)
    error = np.log(found[:, 0] / total)
    return Coverage(
        truth=total,
        covered={
            level: dict(zip(("bca", "percentile"), map(float, share[i]), strict=True))
            for i, level in enumerate(levels)
        },
        rmse=float(np.sqrt(np.mean((found[:, 0] - total) ** 2))),
        log_rmse=float(np.sqrt(np.mean(error**2))),
        bias=float(error.mean()),
        populations=len(found),
    )


def one_block(
    estimator: Selects,
    total: int,
    shares: Floats,
    first: int,
    last: int,
    resamples: int,
    seed: int,
    levels: tuple[float, ...],
) -> Floats:
    """Estimate and interval ends of populations `first` to `last`, one row each."""
    k = len(shares).bit_length() - 1
    columns: list[Ints] = []
    weights = []
    for population in range(first, last):
        rng = runs.generator(seed, population)
        counts = rng.multinomial(total, shares)
        counts[0] = 0
        people, seen = int(counts.sum()), np.flatnonzero(counts)
        draws = rng.multinomial(people, counts / people, size=resamples).T
        left = np.repeat(counts[:, None], len(seen), axis=1)
        left[seen, np.arange(len(seen))] -= 1
        columns += [counts[:, None], left, draws]
        weights.append(counts[seen].astype(np.float64))
    answers = totals(estimator, np.concatenate(columns, axis=1), k)
    rows, at = [], 0
    for weight in weights:
        estimate = answers[at]
        left_out = answers[at + 1 : at + 1 + len(weight)]
        replicates = answers[at + 1 + len(weight) : at + 1 + len(weight) + resamples]
        at += 1 + len(weight) + resamples
        found, _ = replicate_intervals(replicates, estimate, (left_out, weight), levels)
        row = [estimate]
        for level in levels:
            for kind in ("bca", "percentile"):
                ends = found[level][kind] if found else None
                row += [ends.low, ends.high] if ends else [np.nan, np.nan]
        rows.append(row)
    return np.array(rows)
