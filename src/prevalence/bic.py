"""The best model by BIC among all hierarchical ones, for one table or for many resamples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from prevalence.hierarchy import hierarchical_models, notation
from prevalence.intervals import model_result
from prevalence.loglinear import Bools, Fits, Floats, Ints, fit
from prevalence.patterns import superset_sums
from prevalence.results import Result, Status
from prevalence.table import CaptureTable

BLOCK = 1000  # resamples screened together
SLACK = 1e-6  # rounding allowed for in a bound on BIC
FILL = 0.2  # people added to every pattern where the original table allows no fit
FEW = 4  # models that are fitted sooner than bounded
MOST_LISTS_SCREENED = 6  # a set of terms of six lists fits a 64-bit word
PARTS = 20  # of the models of one screening, after each of which progress is told


@dataclass(frozen=True, kw_only=True)
class BestBIC:
    """Take the hierarchical model with the smallest BIC.

    Parameters
    ----------
    max_order : most lists in one interaction (>= 1), None for all short of the saturated model
    told : called `PARTS` times while models are screened: once for the leave-one-out tables, and
        once for each thousand resamples

    Notes
    -----
    BIC is npar log n - 2 log L with n people observed and npar counting terms fixed at minus
    infinity (Silverman, Chan & Vincent 2024, Stat. Comput. 34:44; the convention of Rcapture).
    """

    max_order: int | None = None
    told: Callable[[], None] | None = field(default=None, compare=False, repr=False)

    method = "bic"

    def fit(self, table: CaptureTable, *, seed: int | None = None) -> Result:
        """Choose a model and estimate from it; `seed` is unused, nothing is random."""
        models = self._models(table.k)
        fits = fit(table.counts[:, None], models, table.k)
        scores = bic(fits, models, table.counts[:, None])
        best = int(np.argmin(np.where(fits.status == Status.FITS, scores, np.inf)))
        chosen = models[:, best]
        single = fit(table.counts[:, None], chosen[:, None], table.k)
        options = {"max_order": self.max_order, "model": notation(chosen, table.k)}
        return model_result(self.method, table, chosen, single, options=options)

    def hidden(self, counts: Ints, k: int) -> Floats:
        """Unseen people for each table, selecting afresh; shapes (2**k, tables) and (tables,)."""
        models = self._models(k)
        out = np.empty(counts.shape[1])
        for first in range(0, len(out), BLOCK):
            part = slice(first, first + BLOCK)
            out[part] = _best_hidden(counts[:, part], models, k, self.told)
        return out

    def _models(self, k: int) -> Bools:
        return hierarchical_models(k, self.max_order or max(k - 1, 1))


def bic(fits: Fits, models: Bools, counts: NDArray[np.number]) -> Floats:
    """BIC of each fit, shape (problems,)."""
    penalty = models.sum(axis=0) * np.log(counts.sum(axis=0))
    return np.asarray(penalty - 2 * fits.loglik(counts))


def _best_hidden(
    counts: Ints, models: Bools, k: int, told: Callable[[], None] | None = None
) -> Floats:
    """Fit exactly only the models that may win."""
    if models.shape[1] < FEW or k > MOST_LISTS_SCREENED:
        worth = np.ones((models.shape[1], counts.shape[1]), dtype=bool)
    else:
        least, bound = _screen(counts.astype(np.float64), models, k, told)
        worth = least <= bound + SLACK
    model, table = np.nonzero(worth)
    fits = fit(counts[:, table], models[:, model], k)
    scores = bic(fits, models[:, model], counts[:, table])
    scores[fits.status != Status.FITS] = np.inf
    winner = np.lexsort((model, np.round(scores, 8), table))
    _, first = np.unique(table[winner], return_index=True)
    hidden = np.full(counts.shape[1], np.nan)
    hidden[table[winner[first]]] = fits.hidden[winner[first]]
    return hidden


def _screen(
    y: Floats, models: Bools, k: int, told: Callable[[], None] | None = None
) -> tuple[Floats, Floats]:
    """Bound every model's BIC on every table, without fitting.

    Let mu be the fit of a model to the mean of the tables, and A d, with H d = N* - A'mu, the
    Newton step for a table with totals N*. The means mu (1 + A d) have exactly those totals. If
    they are positive, they prove that a maximum exists (Fienberg & Rinaldo 2012), and by convex
    duality the log-likelihood cannot exceed the sum of m log m - m over them; log means raised
    by A d attain a log-likelihood from below. A model whose most favourable BIC is worse than the
    least favourable one of another cannot win.

    Returns
    -------
    lower bounds, shape (models, tables), infinite if the model cannot be fitted; and for each
    table an upper bound of the smallest BIC, shape (tables,)
    """
    from scipy.special import gammaln, xlogy

    size, tables = y.shape
    constant = gammaln(y + 1).sum(axis=0)
    price = np.log(y.sum(axis=0))
    parameters = models.sum(axis=0)
    # No model beats the table itself.
    least = parameters[:, None] * price - 2 * ((xlogy(y, y) - y).sum(axis=0) - constant)
    bound = np.full(tables, np.inf)
    masks = np.arange(size)
    contains = ((masks[:, None] & masks) == masks[:, None]).astype(np.float64)
    bit = np.uint64(1) << masks.astype(np.uint64)

    def code(chosen: Bools) -> NDArray[np.uint64]:
        return np.asarray(np.where(chosen, bit[:, None], np.uint64(0)).sum(axis=0))

    void, kind = np.unique(code(superset_sums(y, k) == 0), return_inverse=True)
    centre = y.mean(axis=1)[:, None]
    reference = fit(centre, models, k)
    void_in_all = code(superset_sums(centre, k) == 0)[0]
    filled = fit(centre + FILL * (masks > 0)[:, None], models, k).eta
    named = code(models)
    promise = np.where(reference.status == Status.FITS, bic(reference, models, centre), np.inf)
    for step, j in enumerate(np.argsort(promise, kind="stable")):
        if told and step * PARTS // promise.size > (step - 1) * PARTS // promise.size:
            told()
        known, name = reference.status[j] == Status.FITS, named[j]
        if reference.status[j] & Status.NOT_IDENTIFIED:
            least[j] = np.inf
        if (least[j] > bound + SLACK).all():
            continue
        eta = reference.eta[:, j] if known else filled[:, j]
        groups, group = np.unique(void & name, return_inverse=True)
        for g, empty in enumerate(groups):
            columns = np.flatnonzero((group == g)[kind])
            if not known and empty == void_in_all & name:
                # Support in these tables is no larger than in their mean, which has no maximum.
                least[j, columns] = np.inf
                continue
            dead = (empty & bit) != 0
            cells = np.flatnonzero(~(contains[dead].any(axis=0)))[1:]
            terms = np.flatnonzero(models[:, j] & ~dead)
            low, high, proven = _bounds(
                y[cells][:, columns], eta[cells], contains[np.ix_(terms, cells)]
            )
            cost = parameters[j] * price[columns] + 2 * constant[columns]
            least[j, columns] = np.where(np.isfinite(high), cost - 2 * high, least[j, columns])
            if known:
                worst = np.where(proven, cost - 2 * low, np.inf)
                bound[columns] = np.minimum(bound[columns], worst)
    return least, bound


def _bounds(y: Floats, eta: Floats, terms: Floats) -> tuple[Floats, Floats, Bools]:
    """Lower and upper bound of the log-likelihood (without factorials), and proof of existence."""
    mean = np.exp(eta)
    weighted = terms * mean
    try:
        project = terms.T @ np.linalg.solve(weighted @ terms.T, terms)
    except np.linalg.LinAlgError:
        nothing = np.full(y.shape[1], np.inf)
        return -nothing, nothing, np.zeros(y.shape[1], dtype=bool)
    step = project @ (y - mean[:, None])
    feasible = mean[:, None] * (1 + step)
    smallest = feasible.min(axis=0)
    np.maximum(feasible, 1e-300, out=feasible)
    high = np.einsum("cn,cn->n", feasible, np.log(feasible)) - feasible.sum(axis=0)
    step += eta[:, None]
    low = np.einsum("cn,cn->n", y, step) - np.exp(step, out=step).sum(axis=0)
    return low, np.where(smallest > -1e-9, high, np.inf), smallest > 1e-9
