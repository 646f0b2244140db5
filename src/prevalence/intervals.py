"""Intervals for the total: normal and profile for one model, percentile and BCa for replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from prevalence.loglinear import Bools, Fits, Floats, maximise, precision
from prevalence.patterns import names, sizes
from prevalence.results import Interval, Result, Status
from prevalence.table import CaptureTable

LEVELS = (0.95, 0.8)
CONDITIONAL = "takes the chosen model as given, so it is too narrow"


def model_result(
    method: str,
    table: CaptureTable,
    model: Bools,
    fits: Fits,
    *,
    options: Mapping[str, Any],
    warnings: Sequence[str] = (),
) -> Result:
    """Report one fitted model (the first problem of `fits`), with normal and profile intervals."""
    status, hidden = Status(int(fits.status[0])), float(fits.hidden[0])
    interactions = np.flatnonzero(model & (sizes(table.k) >= 2))
    live = model & (fits.live[:, 0] | (sizes(table.k) == 0))
    intervals: dict[float, dict[str, Interval]] = {}
    if status == Status.FITS:
        spread = precision(fits.eta[:, 0], fits.live[:, 0], live, table.k)
        for level in LEVELS:
            intervals[level] = {
                "profile": _profile(table, fits, live, level),
                "normal": _normal(table.observed, hidden, spread, level),
            }
    return Result(
        method=method,
        lists=table.lists,
        observed=table.observed,
        estimate=table.observed + hidden,
        hidden=hidden,
        intervals=intervals,
        terms=names(interactions[live[interactions]].tolist(), table.lists),
        empty_pairs=names(interactions[~live[interactions]].tolist(), table.lists),
        status=status,
        warnings=tuple(warnings),
        options=options,
        data_hash=table.hash(),
    )


def _normal(observed: int, hidden: float, spread: float, level: float) -> Interval:
    from scipy.special import ndtri

    factor = float(np.exp(ndtri((1 + level) / 2) * spread))
    return Interval(observed + hidden / factor, observed + hidden * factor, flags=(CONDITIONAL,))


def _profile(table: CaptureTable, fits: Fits, terms: Bools, level: float) -> Interval:
    """Totals whose multinomial profile likelihood is close enough to its maximum (Cormack 1992)."""
    from scipy.special import chdtri, gammaln

    n, eta = table.observed, fits.eta[:, 0]
    live = fits.live[:, [0]].astype(np.float64)
    live[0] = 1.0  # with a supposed number of unseen people the empty pattern is data like others

    def loss(hidden: Floats) -> Floats:
        counts = np.repeat(table.counts[:, None].astype(np.float64), len(hidden), axis=1)
        counts[0] = hidden
        weight = np.repeat(live, len(hidden), axis=1)
        fitted = maximise(counts, weight, terms, eta, table.k)
        probability = np.where(live > 0, fitted - np.log(n + hidden), 0)
        ways = gammaln(n + hidden + 1) - gammaln(hidden + 1)
        return np.asarray(-2 * (ways + (counts * probability).sum(axis=0)))

    centre = float(fits.hidden[0])
    scale = np.exp(np.linspace(-0.5, 0.5, 41))
    grid = centre * scale
    for _ in range(6):  # the likelihood of a whole number peaks a little below the Poisson one
        values = loss(grid)
        best = int(np.argmin(values))
        if 0 < best < len(grid) - 1:
            break
        grid = grid[best] * scale
    limit = float(values.min()) + float(chdtri(1, 1 - level))
    low = _crossing(loss, limit, grid[best], down=True)
    high = _crossing(loss, limit, grid[best], down=False)
    return Interval(n + low, n + high, flags=(CONDITIONAL,))


def _crossing(loss: Any, limit: float, inside: float, *, down: bool) -> float:
    """Where the loss passes the limit on one side, by narrowing brackets of 24 points at once."""
    steps = np.arange(1, 25) / 4
    points = inside * np.exp(-steps if down else steps)
    for _ in range(8):
        above = loss(points) > limit
        if not above.any():
            return 0.0 if down else float("inf")
        first = int(np.argmax(above))
        outside = float(points[first])
        inside = float(points[first - 1]) if first else inside
        if abs(outside - inside) < 1e-6 * max(abs(inside), 1.0):
            break
        points = np.linspace(inside, outside, 25)[1:]
    return outside


def quantiles_of(level: float) -> tuple[float, float]:
    """Lower and upper quantile of a central interval."""
    return (1 - level) / 2, (1 + level) / 2


def adjusted(quantile: float, bias: float, acceleration: float) -> float:
    """Quantile of the replicates that BCa takes for a nominal one (Efron 1987)."""
    from scipy.special import ndtr, ndtri

    shifted = bias + float(ndtri(quantile))
    shrink = 1 - acceleration * shifted
    if shrink <= 0:  # beyond the pole: the end lies past every replicate
        return 1.0 if acceleration > 0 else 0.0
    return float(ndtr(bias + shifted / shrink))


def adjusted_error(
    quantile: float, bias: float, acceleration: float, share: float, number: int
) -> float:
    """Monte-Carlo standard error of a BCa end, as a quantile.

    The end moves with the replicates around it and with the share of replicates below the
    estimate, from which the bias correction comes; the two are correlated.

    Parameters
    ----------
    quantile, bias, acceleration : as in `adjusted`
    share : replicates below the estimate, between 0 and 1
    number : of replicates
    """
    from scipy.special import ndtri

    level = adjusted(quantile, bias, acceleration)
    shrink = 1 - acceleration * (bias + float(ndtri(quantile)))
    ratio = np.exp((bias**2 - float(ndtri(level)) ** 2) / 2) if 0 < level < 1 else 0.0
    slope = ratio * (1 + 1 / shrink**2)
    variance = (
        slope**2 * share * (1 - share)
        + level * (1 - level)
        - 2 * slope * (min(level, share) - level * share)
    )
    return float(np.sqrt(max(variance, 1 / number) / number))


def bias_correction(replicates: Floats, estimate: float) -> float:
    """Probit of the share of replicates strictly below the estimate."""
    from scipy.special import ndtri

    # A replicate of the very same table must not fall below for its last digit.
    return float(ndtri(np.mean(replicates < estimate * (1 - 1e-9))))


def acceleration(jackknife: Floats, weights: Floats) -> float:
    """Acceleration from leaving one person out of each pattern, weighted by people."""
    gap = np.average(jackknife, weights=weights) - jackknife
    spread = float((weights * gap**2).sum()) ** 1.5
    return float((weights * gap**3).sum()) / (6 * spread) if spread else 0.0


def quantile(values: Floats, at: float) -> float:
    """Quantile of type 8 (median-unbiased) of sorted values, safe for infinite ones."""
    n = len(values)
    position = min(max(at * (n + 1 / 3) + 1 / 3, 1), n) - 1
    below = int(position)
    above = min(below + 1, n - 1)
    if values[below] == values[above] or position == below:
        return float(values[below])
    return float(values[below] + (position - below) * (values[above] - values[below]))


def replicate_interval(
    replicates: Floats,
    quantiles: tuple[float, float],
    errors: tuple[float, float],
    *,
    flags: Sequence[str] = (),
) -> Interval:
    """Ends at two quantiles of sorted replicates, with the Monte-Carlo error of each.

    Parameters
    ----------
    replicates : totals in ascending order, shape (resamples,)
    quantiles : where the ends lie (0 to 1)
    errors : Monte-Carlo standard error of those quantiles
    flags : what is wrong with the interval
    """
    low, high = (quantile(replicates, at) for at in quantiles)
    spread = [
        (quantile(replicates, at - error), quantile(replicates, at + error))
        for at, error in zip(quantiles, errors, strict=True)
    ]
    low_error, high_error = (0.0 if a == b else (b - a) / 2 for a, b in spread)
    return Interval(low, high, low_error, high_error, tuple(flags))


def binomial_error(at: float, number: int) -> float:
    """Standard error of an empirical quantile, as a quantile."""
    return float(np.sqrt(max(at * (1 - at), 1 / number) / number))
