"""The Bayesian threshold method (Silverman 2020), by independent draws instead of a chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prevalence.latent import fixed_order
from prevalence.patterns import name, pairs, sizes
from prevalence.results import ASSUMPTIONS, Interval, Refused, Result, Status
from prevalence.table import CaptureTable

Floats = NDArray[np.float64]

FEWEST_LISTS = 3
FLAT = 1e-4  # prior precision of intercept and main effects, that of Silverman's own code
FREEDOM = 8  # of the Student distribution that proposes
BATCHES = 20
PAIRS = "lists depend on each other in pairs only, and the pairs kept are the right ones"
NEAR, FEW, TOO_FEW = 0.25, 1000, 100


@dataclass(frozen=True, kw_only=True)
class BayesianThreshold:
    """Fit all pairs with a prior, keep the pairs that stand out, fit again.

    Parameters
    ----------
    prior_sd : standard deviation of the prior of each pair's log odds (> 0)
    threshold : least |posterior mean| / standard deviation of a pair that is kept (>= 0)
    proposals : draws from the proposal in each of the two fits (>= 1000)
    draws : totals drawn from the posterior for later use (>= 0)

    Notes
    -----
    Both posteriors are log-concave, so weighted draws from a Student distribution at the mode are
    independent of each other; their effective number is part of the result.
    The kept set is chosen once and its uncertainty is not in the limits.
    Source: Silverman (2020), Journal of the Royal Statistical Society A 183(3), section 5.
    """

    prior_sd: float = 1.0
    threshold: float = 2.0
    proposals: int = 40_000
    draws: int = 4000

    method = "threshold"

    def __post_init__(self) -> None:
        if self.prior_sd <= 0 or self.threshold < 0 or self.proposals < 1000:
            raise ValueError(
                "prior_sd must be above 0, threshold not below, proposals 1,000 or more"
            )

    def fit(self, table: CaptureTable, *, seed: int = 0) -> Result:
        """Estimate the total by the posterior median given the kept pairs.

        Raises
        ------
        Refused : the table has fewer than three lists
        """
        if table.k < FEWEST_LISTS:
            reason = f"{table.k} lists: what two lists share cannot tell whether they depend"
            raise Refused((reason,), table.overlap_text())
        rng = np.random.default_rng(seed)
        order, counts = fixed_order(table)
        ratios, first = self._stand_out(counts, rng)
        kept = [pair for pair, ratio in ratios.items() if ratio >= self.threshold]
        values, weights = self._weighted(counts, kept, rng)
        effective = 1 / float((weights**2).sum())
        hidden = np.exp(values[:, 0])
        totals = table.observed + hidden
        named = {
            pair: name(sum(1 << i for p, i in enumerate(order) if pair >> p & 1), table.lists)
            for pair in ratios
        }
        warnings = []
        close = [
            f"{named[pair]} ({ratio:.2f})"
            for pair, ratio in ratios.items()
            if abs(ratio - self.threshold) < NEAR
        ]
        if close:
            warnings.append(
                f"pairs near the threshold of {self.threshold:g}, kept or dropped by a hair: "
                + ", ".join(close)
            )
        least = min(first, effective)
        status = Status.FITS if least >= TOO_FEW else Status.NOT_CONVERGED
        if least < FEW:
            warnings.append(f"only {least:.0f} effective draws: ask for more than {self.proposals}")
        fits = status is Status.FITS
        estimate = quantile(totals, weights, 0.5) if fits else np.nan
        drawn = rng.choice(totals, self.draws, p=weights)
        return Result(
            method=self.method,
            lists=table.lists,
            observed=table.observed,
            estimate=estimate,
            hidden=estimate - table.observed,
            intervals={p: {"posterior": _limits(totals, weights, p)} for p in (0.95, 0.8) if fits},
            terms=tuple(sorted(named[pair] for pair in kept)),
            status=status,
            warnings=tuple(warnings),
            assumptions=(*ASSUMPTIONS, PAIRS),
            options={
                "prior_sd": self.prior_sd,
                "threshold": self.threshold,
                "proposals": self.proposals,
            },
            data_hash=table.hash(),
            seed=seed,
            diagnostics={"effective_sample": least}
            | {f"ratio {named[pair]}": ratio for pair, ratio in ratios.items()},
            draws=drawn if fits else None,
        )

    def _stand_out(
        self, counts: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[dict[int, float], float]:
        """|mean| / sd of each pair when all are in, and the effective draws behind them."""
        every = pairs(len(counts).bit_length() - 1)
        values, weights = self._weighted(counts, every, rng)
        inner = values[:, -len(every) :]
        mean = weights @ inner
        sd = np.sqrt(weights @ (inner - mean) ** 2)
        ratios = dict(zip(every, np.abs(mean / sd).tolist(), strict=True))
        return ratios, 1 / float((weights**2).sum())

    def _weighted(
        self, counts: NDArray[np.int64], kept: list[int] | tuple[int, ...], rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw coefficients, shape (proposals, terms), and their weights, which sum to 1."""
        masks = np.arange(len(counts))
        k = len(counts).bit_length() - 1
        terms = np.array([*masks[sizes(k) <= 1], *kept])
        design = ((masks[1:, None] & terms) == terms).astype(np.float64)
        seen = counts[1:].astype(np.float64)
        precision = np.where(sizes(k)[terms] <= 1, FLAT, self.prior_sd**-2)

        def log_posterior(values: Floats) -> Floats:
            eta = values @ design.T
            return np.asarray(eta @ seen - np.exp(eta).sum(axis=-1) - 0.5 * values**2 @ precision)

        mode, curvature = _peak(log_posterior, design, seen, precision)
        noise = rng.standard_normal((self.proposals, len(terms)))
        heavy = rng.chisquare(FREEDOM, self.proposals) / FREEDOM
        # Cholesky, whose factor is unique: the same draws on every machine.
        step = np.linalg.solve(np.linalg.cholesky(curvature).T, noise.T).T
        values = mode + step / np.sqrt(heavy)[:, None]
        distance = (noise**2).sum(axis=1) / heavy / FREEDOM
        with np.errstate(over="ignore"):
            log = log_posterior(values) + (FREEDOM + len(terms)) / 2 * np.log1p(distance)
        weights = np.exp(log - log.max())
        return values, weights / weights.sum()


def _peak(
    log_posterior: Callable[[Floats], Floats], design: Floats, seen: Floats, precision: Floats
) -> tuple[Floats, Floats]:
    """Mode and curvature there, by Newton steps halved until they climb."""
    at = np.zeros(design.shape[1])
    at[0] = np.log(5 * seen.sum())
    alone = (precision == FLAT) & (np.arange(len(at)) > 0)
    at[alone] = np.log(np.maximum(design.T @ seen, 0.5)[alone]) - at[0]
    level = log_posterior(at)
    for _ in range(200):
        mean = np.exp(design @ at)
        curvature = design.T @ (design * mean[:, None]) + np.diag(precision)
        step = np.linalg.solve(curvature, design.T @ (seen - mean) - precision * at)
        if np.abs(step).max() < 1e-10:
            break
        while (new := log_posterior(at + step)) < level and np.abs(step).max() > 1e-10:
            step /= 2
        at, level = at + step, new
    return at, curvature


def quantile(values: Floats, weights: Floats, p: float) -> float:
    """Smallest value at which the cumulative weight reaches `p` (0 to 1)."""
    order = np.argsort(values, kind="stable")
    place = int(np.searchsorted(np.cumsum(weights[order]), p))
    return float(values[order[min(place, len(values) - 1)]])


def _limits(values: Floats, weights: Floats, level: float) -> Interval:
    """Equal-tailed limits, their error from batches of draws."""
    ends = ((1 - level) / 2, (1 + level) / 2)
    low, high = (quantile(values, weights, p) for p in ends)
    batches = [
        [quantile(v, w / w.sum(), p) for p in ends]
        for v, w in zip(
            np.array_split(values, BATCHES), np.array_split(weights, BATCHES), strict=True
        )
    ]
    errors = np.std(batches, axis=0, ddof=1) / np.sqrt(BATCHES)
    return Interval(low, high, float(errors[0]), float(errors[1]))
