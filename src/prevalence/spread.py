"""Every hierarchical model of a table: the whole spread of answers, not one row of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.bic import bic
from prevalence.hierarchy import hierarchical_models, notation
from prevalence.loglinear import Bools, Floats, Ints, fit
from prevalence.patterns import names, sizes
from prevalence.results import Interval, Result, Status
from prevalence.table import CaptureTable

SUPPORTED = 2.0  # within this much of the best BIC a model is as good as the best


@dataclass(frozen=True, eq=False)
class Spread:
    """All models, the best BIC first and those that cannot be fitted last.

    Parameters
    ----------
    lists : the table's lists
    terms : of each model, shape (2**k, models)
    total : people seen and unseen, NaN where the status gives none
    bic : BIC, NaN where the status gives none
    status : code of `Status` for each model
    """

    lists: tuple[str, ...]
    terms: Bools
    total: Floats
    bic: Floats
    status: Ints

    @property
    def fitted(self) -> int:
        """How many models can be fitted; they come first."""
        return int(np.count_nonzero(self.status == Status.FITS))

    @property
    def weight(self) -> Floats:
        """exp(-BIC/2), summing to 1 over the fitted models: a rough posterior probability."""
        weight = np.zeros(len(self.bic))
        if self.fitted:
            weight[: self.fitted] = np.exp((self.bic[0] - self.bic[: self.fitted]) / 2)
        return np.asarray(weight / max(weight.sum(), 1.0))

    def notation(self, row: int) -> str:
        """A model by its maximal terms, lists as digits: ``[123,25,34]``."""
        return notation(self.terms[:, row], len(self.lists))

    def names(self, row: int) -> tuple[str, ...]:
        """A model's interactions by the names of the lists."""
        masks = np.flatnonzero(self.terms[:, row] & (sizes(len(self.lists)) >= 2))
        return names(masks, self.lists)

    def supported(self, within: float = SUPPORTED) -> tuple[float, float]:
        """Smallest and largest total among models `within` so much BIC of the best."""
        near = self.total[: self.fitted][self.bic[: self.fitted] <= self.bic[0] + within]
        return float(near.min()), float(near.max())

    def quantiles(self, *at: float) -> tuple[float, ...]:
        """Quantiles (each 0 to 1) of the total over models, weighted by their probability."""
        order = np.argsort(self.total[: self.fitted])
        share = np.cumsum(self.weight[: self.fitted][order])
        found = np.searchsorted(share, np.array(at) * share[-1])
        return tuple(float(x) for x in self.total[order[np.minimum(found, len(order) - 1)]])


@dataclass(frozen=True, kw_only=True)
class AllModels:
    """Average every hierarchical model, weighted by exp(-BIC/2), and keep the spread.

    Parameters
    ----------
    max_order : most lists in one interaction (>= 1), None for all short of the saturated model
    """

    max_order: int | None = None

    method = "models"

    def spread(self, table: CaptureTable) -> Spread:
        """Fit every model."""
        models = hierarchical_models(table.k, self.max_order or max(table.k - 1, 1))
        fits = fit(table.counts[:, None], models, table.k, full_status=True)
        fitted = fits.status == Status.FITS
        score = np.where(fitted, bic(fits, models, table.counts[:, None]), np.nan)
        order = np.lexsort((fits.status, score))
        return Spread(
            lists=table.lists,
            terms=models[:, order],
            total=(table.observed + fits.hidden)[order],
            bic=score[order],
            status=fits.status[order],
        )

    def fit(self, table: CaptureTable, *, seed: int | None = None) -> Result:
        """Report the weighted median over models; its intervals show their disagreement alone."""
        spread = self.spread(table)
        intervals: dict[float, dict[str, Interval]] = {}
        total, status = float("nan"), Status(int(spread.status[0]))
        terms: tuple[str, ...] = ()
        if spread.fitted:
            (total,), terms = spread.quantiles(0.5), spread.names(0)
            flag = "shows only how models disagree, not chance within each"
            for level in (0.95, 0.8):
                low, high = spread.quantiles((1 - level) / 2, (1 + level) / 2)
                intervals[level] = {"models": Interval(low, high, flags=(flag,))}
        return Result(
            method=self.method,
            lists=table.lists,
            observed=table.observed,
            estimate=total,
            hidden=total - table.observed,
            intervals=intervals,
            terms=terms,
            status=status,
            options={"max_order": self.max_order, "best": spread.notation(0)},
            data_hash=table.hash(),
            diagnostics={"models": len(spread.status), "fitted": spread.fitted},
        )
