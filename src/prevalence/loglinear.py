"""Poisson log-linear models, fitted by Newton's method for a whole batch of tables or models.

With patterns indexed by bit mask, the linear predictor is the subset-sum transform of the
coefficients, the gradient for term t is N*_t - M_t where M is the superset-sum transform of the
fitted means, and the Hessian entry for terms s and t is M at ``s | t``: no matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from prevalence.patterns import sizes, subset_sums, superset_sums
from prevalence.results import Status

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK = 256  # problems side by side: their arrays stay in the second-level cache
TOLERANCE = 1e-5  # step in log means; Newton is quadratic, so the error left is about its square
STEPS = 60
RAISE = 0.02  # added to the counts before the first logarithm
PATIENCE = 6  # steps before a growing coefficient is suspected of having no limit


@dataclass(frozen=True)
class Fits:
    """A batch of fits, one column a problem.

    Parameters
    ----------
    status : code of `Status`, shape (problems,)
    hidden : fitted people on no list, shape (problems,); NaN unless the status is FITS
    eta : log fitted means, shape (2**k, problems); index 0 is the dark figure
    live : patterns with a positive fitted mean, shape (2**k, problems)
    """

    status: Ints
    hidden: Floats
    eta: Floats
    live: Bools

    def loglik(self, counts: NDArray[np.number]) -> Floats:
        """Poisson log-likelihood with factorials; `counts` has shape (2**k, problems or 1)."""
        from scipy.special import gammaln

        mean = np.exp(self.eta) * self.live
        fitted = (np.where(self.live, self.eta, 0) * counts - mean).sum(axis=0)
        return np.asarray(fitted - gammaln(np.asarray(counts, dtype=np.float64) + 1).sum(axis=0))


def main_effects(k: int) -> Bools:
    """Terms of the model in which lists are independent, shape (2**k,)."""
    return np.asarray(sizes(k) <= 1)


def support(nstar: NDArray[np.number], models: Bools, k: int) -> tuple[Bools, Bools]:
    """Split hierarchical models by emptiness: live patterns and live terms.

    A term whose patterns nobody shows is fixed at minus infinity: it and its patterns go.

    Parameters
    ----------
    nstar : people on all lists of each mask, shape (2**k, problems or 1)
    models : terms of each model, shape (2**k, problems or 1)
    """
    empty = models & (nstar == 0)
    live = ~subset_sums(empty, k)  # a sum of booleans is their disjunction
    live[0] = False
    return live, models & (nstar > 0)


def identified(live: Bools, terms: Bools, k: int) -> Bools:
    """Whether the live terms are linearly independent over the live patterns.

    For a hierarchical model only the vector (-1)**|t| can be in the kernel, and it is unless
    some live pattern w has a non-zero sum of (-1)**|t| over the model's terms t within w.
    """
    signs = np.where(sizes(k) % 2, -1, 1)[:, None] * terms
    return np.asarray(((subset_sums(signs, k) != 0) & live).any(axis=0))


def fit(
    counts: NDArray[np.number],
    models: Bools,
    k: int,
    *,
    start: Floats | None = None,
    full_status: bool = False,
) -> Fits:
    """Fit models to tables: many tables, many models, or one model for each table.

    Parameters
    ----------
    counts : people per pattern, shape (2**k, problems) or (2**k, 1)
    models : terms of each hierarchical model, with the empty term and all lists, same shapes
    k : number of lists
    start : log means to start from, shape (2**k, problems); must lie in the models
    full_status : also tell NOT_IDENTIFIED from NO_MLE_NOT_IDENTIFIED, at the price of a fit
    """
    problems = max(counts.shape[1], models.shape[1])
    y = np.asarray(counts, dtype=np.float64)
    nstar = superset_sums(y, k)
    live, terms = np.broadcast_arrays(*support(nstar, models, k))
    known = identified(live, terms, k)
    y, nstar, live, terms, known = (
        np.broadcast_to(a, (*a.shape[:-1], problems)) for a in (y, nstar, live, terms, known)
    )
    status = np.where(known, Status.FITS, Status.NOT_IDENTIFIED).astype(np.int64)
    eta = np.zeros((1 << k, problems))
    wanted = np.arange(problems) if full_status else np.flatnonzero(known)
    undecided: list[Ints] = []
    order = wanted[np.argsort(terms.sum(axis=0)[wanted], kind="stable")]
    for first in range(0, len(order), CHUNK):
        part = order[first : first + CHUNK]
        free = terms[:, part]
        free[0] &= known[part]  # without identification the intercept is redundant
        begin = None if start is None else start[:, part]
        eta[:, part], state = _newton(y[:, part], nstar[:, part], live[:, part], free, k, begin)
        status[part[state == _DIVERGED]] += Status.NO_MLE
        undecided.append(part[state == _RUNNING])
    for i in np.concatenate([*undecided, wanted[:0]]):
        if not exists(y[:, i], live[:, i], terms[:, i]):
            status[i] += Status.NO_MLE
        elif status[i] == Status.FITS:
            eta[:, i] = _ascend(y[:, i], nstar[:, i], live[:, i], terms[:, i], k)
    hidden = np.where(status == Status.FITS, np.exp(np.minimum(eta[0], 700)), np.nan)
    return Fits(status, hidden, eta, live.copy())


def maximise(counts: Floats, weight: Floats, terms: Bools, start: Floats, k: int) -> Floats:
    """Fit one model, in which pattern 0 may be counted and patterns may have known factors.

    Parameters
    ----------
    counts : people per pattern, shape (2**k, problems)
    weight : factor of each pattern's mean, 0 for patterns left out, shape (2**k, problems)
    terms : live terms of the model, shape (2**k,)
    start : log means to start from, shape (2**k,)

    Returns
    -------
    log fitted means before the factors; NaN where there is no maximum
    """
    free = np.broadcast_to(terms[:, None], counts.shape)
    nstar = superset_sums(counts * (weight > 0), k)
    begin = np.repeat(start[:, None], counts.shape[1], axis=1)
    eta, state = _newton(counts, nstar, weight, free, k, begin)
    return np.where(state == _CONVERGED, eta, np.nan)


def precision(eta: Floats, live: Bools, terms: Bools, k: int) -> float:
    """Standard error of the logarithm of the dark figure, at a fit."""
    mass = superset_sums(np.exp(eta) * live, k)[:, None]
    unit = np.zeros(mass.shape)
    unit[0] = 1.0
    return float(np.sqrt(_solver(_index(terms[:, None]), 1 << k)(mass, unit)[0, 0]))


_RUNNING, _CONVERGED, _DIVERGED = 0, 1, 2


def _newton(
    y: Floats, nstar: Floats, live: Bools | Floats, terms: Bools, k: int, start: Floats | None
) -> tuple[Floats, Ints]:
    """Iterate all problems together; a converged problem stands still, so that its last digit
    does not depend on its neighbours."""
    index = _index(terms)
    weight, free = live.astype(np.float64), live > 0
    free[0] = True  # the dark figure is not a pattern, and must settle too
    eta = _begin(y, weight, index, k) if start is None else start.copy()
    final, outcome = eta.copy(), np.zeros(y.shape[1], dtype=np.int64)
    active, state = np.arange(y.shape[1]), outcome.copy()
    solve = _solver(index, 1 << k)
    with np.errstate(all="ignore"):
        for step in range(1, STEPS + 1):
            mass = superset_sums(np.exp(eta) * weight, k)
            coefficients = solve(mass, nstar - mass)
            change = subset_sums(coefficients, k)
            moved = (np.abs(change) * free).max(axis=0)
            change *= np.where(state == _RUNNING, np.minimum(1.0, 3.0 / moved), 0.0)
            eta += np.where(np.isfinite(change), change, 0.0)
            state[(state == _RUNNING) & (moved < TOLERANCE)] = _CONVERGED
            if step >= PATIENCE:
                growing = np.flatnonzero((state == _RUNNING) & (moved > 0.3))
                if len(growing):
                    args = coefficients[:, growing], y[:, growing], weight[:, growing]
                    state[growing[_recedes(*args, k)]] = _DIVERGED
            finished = state != _RUNNING
            if step == STEPS:
                finished[:] = True
            if 3 * np.count_nonzero(finished) > len(active) or finished.all():
                gone = active[finished]
                final[:, gone], outcome[gone] = eta[:, finished], state[finished]
                keep = ~finished
                if not keep.any():
                    break
                active, state, eta = active[keep], state[keep], eta[:, keep]
                y, nstar, weight = y[:, keep], nstar[:, keep], weight[:, keep]
                free, index = free[:, keep], index[:, keep]
                solve = _solver(index, 1 << k)
    return final, outcome


def _index(terms: Bools) -> Ints:
    """Masks of each problem's terms, shape (most terms, problems), padded with ``2**k``."""
    size = len(terms)
    rank = np.cumsum(terms, axis=0)
    index = np.full((max(int(rank[-1].max()), 1), terms.shape[1]), size)
    mask, problem = np.nonzero(terms)
    index[rank[mask, problem] - 1, problem] = mask
    return index


Solver = Callable[[Floats, Floats], Floats]


@lru_cache
def _triangle(p: int) -> tuple[Ints, Ints]:
    return np.triu_indices(p)


def _solver(index: Ints, size: int) -> Solver:
    """Prepare to solve H d = g, H[s, t] = mass[s | t], for each problem of a batch."""
    p, n = index.shape
    upper, right = _triangle(p)
    alike = bool((index == index[:, :1]).all())
    extended = np.zeros((size + 1, n))
    system, factors = np.empty((p, p + 1, n)), np.empty((p, p, n))
    diagonal, padding = np.arange(p), (index == size).astype(np.float64)
    if alike:
        index = index[:, :1]
    joint = np.minimum(index[upper] | index[right], size)
    if not alike:
        columns = np.arange(n)
        joint, index = joint * n + columns, index * n + columns

    def solve(mass: Floats, gradient: Floats) -> Floats:
        extended[:size] = mass
        system[upper, right] = extended[joint[:, 0]] if alike else extended.take(joint)
        extended[:size] = gradient
        system[:, p] = extended[index[:, 0]] if alike else extended.take(index)
        system[diagonal, diagonal] += padding
        _eliminate(system, factors)
        out = np.zeros((size + 1, n))
        if alike:
            out[index[:, 0]] = system[:, p]
        else:
            out.ravel()[index] = system[:, p]
        return out[:size]

    return solve


def _eliminate(system: Floats, factors: Floats) -> None:
    """Gaussian elimination of symmetric positive systems, reading their upper triangles only.

    Row by row, so that each row is written once; the solution replaces column p.
    """
    p = len(system)
    for j in range(p):
        if j:
            system[j, j:] -= np.einsum("in,icn->cn", factors[:j, j], system[:j, j:])
        np.divide(system[j, j + 1 : p], system[j, j], out=factors[j, j + 1 :])
    for j in range(p - 1, -1, -1):
        if j < p - 1:
            system[j, p] -= np.einsum("in,in->n", system[j, j + 1 : p], system[j + 1 :, p])
        system[j, p] /= system[j, j]


def _begin(y: Floats, weight: Floats, index: Ints, k: int) -> Floats:
    """Start from a weighted least-squares fit to the logs of the counts, slightly raised."""
    raised = (y + RAISE) * weight
    mass = superset_sums(raised, k)
    target = superset_sums(raised * np.log(y + RAISE), k)
    return subset_sums(_solver(index, 1 << k)(mass, target), k)


def _recedes(coefficients: Floats, y: Floats, weight: Floats, k: int) -> Bools:
    """Whether a direction proves that there is no maximum.

    It does when, rounded to whole numbers, it leaves all positive counts alone, raises no live
    pattern and lowers some: the likelihood then rises along it for ever. Newton's steps tend to
    such a direction, because a mean heading for zero falls by a factor e at each of them.
    """
    proven = np.zeros(coefficients.shape[1], dtype=bool)
    for scale in (1, 2, 3):
        change = subset_sums(np.rint(coefficients * scale), k) * weight
        flat = ~(change * y).any(axis=0)
        proven |= flat & (change <= 0).all(axis=0) & (change < 0).any(axis=0)
    return proven


def exists(y: Floats, live: Bools, terms: Bools) -> bool:
    """Referee by linear programme: whether a strictly positive table has the same totals.

    Parameters
    ----------
    y : people per pattern, shape (2**k,)
    live, terms : live patterns and live terms, shape (2**k,)
    """
    return _positive_solution(
        tuple(np.flatnonzero((y > 0) & live).tolist()),
        tuple(np.flatnonzero(live).tolist()),
        tuple(np.flatnonzero(terms).tolist()),
    )


@lru_cache(maxsize=100_000)
def _positive_solution(
    positive: tuple[int, ...], live: tuple[int, ...], terms: tuple[int, ...]
) -> bool:
    """The answer depends only on which counts are positive, so each may be taken as 1."""
    from scipy.optimize import linprog

    cells, masks = np.array(live), np.array(terms)
    contains = ((masks[:, None] & cells) == masks[:, None]).astype(np.float64)
    totals = contains @ np.isin(cells, positive)
    # Maximise s subject to A'x = N*, x >= s, written with x = z + s, z >= 0, s >= 0.
    constraints = np.column_stack([contains, contains.sum(axis=1)])
    objective = np.append(np.zeros(len(cells)), -1.0)
    answer = linprog(objective, A_eq=constraints, b_eq=totals, method="highs")
    return bool(answer.status == 0 and float(answer.fun or 0.0) < -1e-9)


def _ascend(y: Floats, nstar: Floats, live: Bools, terms: Bools, k: int) -> Floats:
    """Newton with a line search, for the rare fit that exists but that plain Newton missed."""
    weight, counts, totals = live.astype(np.float64)[:, None], y[:, None], nstar[:, None]
    index = _index(terms[:, None])
    solve, eta = _solver(index, 1 << k), _begin(counts, weight, index, k)
    counted = weight + (np.arange(1 << k) == 0)[:, None]

    def height(eta: Floats) -> float:
        return float((weight * (counts * eta - np.exp(np.minimum(eta, 700)))).sum())

    for _ in range(500):
        mass = superset_sums(np.exp(np.minimum(eta, 700)) * weight, k)
        change = subset_sums(solve(mass, totals - mass), k)
        if np.abs(change * counted).max() < TOLERANCE:
            return np.asarray((eta + change)[:, 0])
        scale, now = 1.0, height(eta)
        while scale > 1e-6 and not height(eta + scale * change) >= now - 1e-12 * abs(now):
            scale /= 2
        eta = eta + scale * change
    return np.asarray(eta[:, 0])
