"""Quick figures to check an estimate against; none of them is a headline.

Each says what it assumes, since the lists that count a hidden population rarely grant it.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from prevalence.patterns import sizes
from prevalence.results import ASSUMPTIONS, Interval, Result, Status
from prevalence.table import CaptureTable

COMMON = ASSUMPTIONS[:-1]
INDEPENDENT = "being on one list says nothing about being on another"
ALIKE = "everybody on a list was equally likely to be on it"
NOT_A_HEADLINE = "a quick reference, not an estimate to publish"


class NoOverlap(ValueError):
    """Nobody is on two lists, so the lists say nothing about the unseen."""


def chapman(first: int, second: int, both: int, *, confidence: float = 0.95) -> Result:
    """Estimate how many people two overlapping lists were drawn from.

    Parameters
    ----------
    first, second : people on each list, each person counted once (>= 0)
    both : people on both lists (1 <= both <= min(first, second))
    confidence : coverage of the normal interval, between 0 and 1

    Raises
    ------
    NoOverlap : `both` is 0

    Notes
    -----
    Assumes independent lists. Police and charity lists rarely are, so a figure from here is
    a check, not a headline. Source: Chapman (1951); variance, Seber (1970).
    """
    if not 0 <= both <= min(first, second):
        raise ValueError("nobody can be on both lists without being on each")
    if both == 0:
        raise NoOverlap("nobody is on both lists, so they say nothing about the unseen")
    seen = first + second - both
    table = CaptureTable(("first", "second"), np.array([0, first - both, second - both, both]))
    total = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both)
    error = float(ndtri((1 + confidence) / 2)) * (variance / (both + 1) ** 2 / (both + 2)) ** 0.5
    limits = {confidence: Interval(max(float(seen), total - error), total + error)}
    return _reference("chapman", table, total, limits, (INDEPENDENT, ALIKE))


def independence(table: CaptureTable) -> Result:
    """Estimate the total as if all lists were independent.

    Notes
    -----
    The maximum likelihood estimate of the log-linear model with main effects alone: the total N
    at which n = N (1 - (1 - n_1/N) ... (1 - n_k/N)). Limits are normal on the log of the unseen.
    Lists that feed each other make it too low, lists that avoid each other too high.
    Source: Darroch (1958), Biometrika 45; Fienberg (1972), Biometrika 59.
    """
    n, on = table.observed, np.diag(table.overlaps()).astype(np.float64)
    assumed = (INDEPENDENT, ALIKE)
    if on.sum() == n or (on == n).any():
        why = "nobody is on two lists" if on.sum() == n else "everybody is on one of the lists"
        return _nothing("independence", table, f"{why}, so independence gives no total", assumed)
    low, high = float(n), 2.0 * n
    while high * (1 - np.prod(1 - on / high)) < n:
        low, high = high, 2 * high
    for _ in range(100):
        total = (low + high) / 2
        too_low = total * (1 - np.prod(1 - on / total)) < n
        low, high = (total, high) if too_low else (low, total)
    used = on[on > 0]
    information = np.outer(used, used) / total
    np.fill_diagonal(information, used)
    information = np.block([[np.array([[n]]), used[None, :]], [used[:, None], information]])
    error = float(np.linalg.inv(information)[0, 0]) ** 0.5
    limits = _log_normal(n, total - n, error)
    return _reference("independence", table, total, limits, assumed)


def chao_lower_bound(table: CaptureTable) -> Result:
    """Bound the total from below by the people on one list and on two.

    Notes
    -----
    n + (k - 1)/k f1 (f1 - 1) / (2 (f2 + 1)), where f1 people are on exactly one of k lists and f2
    on two. People who are harder to see than others only raise the total above it, as long as
    lists are independent for each person. Limits are log-normal.
    Source: Chao (1987), Biometrics 43; bias-corrected form, Chao (2005), Encyclopedia of
    Statistical Sciences, species estimation and applications.
    """
    size = sizes(table.k)
    f1, f2 = (int(table.counts[size == s].sum()) for s in (1, 2))
    assumed = ("for each person, lists are independent and equally likely to hold them",)
    share = (table.k - 1) / table.k
    hidden = share * f1 * (f1 - 1) / (2 * (f2 + 1))
    if not hidden:
        why = "nobody can be told apart as seen once" if table.k > 1 else "one list has no overlap"
        return _nothing("chao_lower_bound", table, f"{why}, so there is no bound", assumed)
    if f2:
        r = f1 / f2
        variance = f2 * (share / 2 * r**2 + share**2 * r**3 + share**2 / 4 * r**4)
    else:
        variance = (
            share * f1 * (f1 - 1) / 2
            + share**2 * f1 * (2 * f1 - 1) ** 2 / 4
            - share**2 * f1**4 / (4 * (table.observed + hidden))
        )
    spread = float(np.log1p(variance / hidden**2)) ** 0.5
    limits = _log_normal(table.observed, hidden, spread)
    bound = _reference("chao_lower_bound", table, table.observed + hidden, limits, assumed)
    return bound.warned("a lower bound: the total may be far above it")


def _log_normal(seen: int, hidden: float, error: float) -> dict[float, Interval]:
    limits = {}
    for level in (0.95, 0.8):
        factor = float(np.exp(ndtri((1 + level) / 2) * error))
        limits[level] = Interval(seen + hidden / factor, seen + hidden * factor)
    return limits


def _reference(
    method: str,
    table: CaptureTable,
    total: float,
    limits: dict[float, Interval],
    assumed: tuple[str, ...],
) -> Result:
    return Result(
        method=method,
        lists=table.lists,
        observed=table.observed,
        estimate=float(total),
        hidden=float(total) - table.observed,
        intervals={level: {"normal": ends} for level, ends in limits.items()},
        empty_pairs=table.empty_pairs(),
        warnings=(NOT_A_HEADLINE,),
        assumptions=(*assumed, *COMMON),
        data_hash=table.hash(),
    )


def _nothing(method: str, table: CaptureTable, why: str, assumed: tuple[str, ...]) -> Result:
    return Result(
        method=method,
        lists=table.lists,
        observed=table.observed,
        estimate=np.nan,
        hidden=np.nan,
        empty_pairs=table.empty_pairs(),
        status=Status.NO_MLE,
        warnings=(NOT_A_HEADLINE, why),
        assumptions=(*assumed, *COMMON),
        data_hash=table.hash(),
    )
