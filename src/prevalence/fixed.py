"""One log-linear model, named in advance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.hierarchy import notation, parse
from prevalence.intervals import model_result
from prevalence.loglinear import Floats, Ints, fit
from prevalence.results import Result
from prevalence.table import CaptureTable


@dataclass(frozen=True, kw_only=True)
class LogLinear:
    """Fit the model that is named, whatever the table says.

    Parameters
    ----------
    model : its maximal terms with lists as digits from 1, such as ``[12,13,4]``; lists that are
        not named are independent of the others

    Notes
    -----
    Poisson counts, log-linear in the terms (Fienberg 1972; Cormack 1989). Terms that nobody shows
    are fixed at minus infinity (Chan, Silverman & Vincent 2021, JASA 116).
    """

    model: str

    method = "loglinear"

    def fit(self, table: CaptureTable, *, seed: int | None = None) -> Result:
        """Estimate from the model; `seed` is unused, nothing is random."""
        terms = parse(self.model, table.k)
        fits = fit(table.counts[:, None], terms[:, None], table.k)
        options = {"model": notation(terms, table.k)}
        return model_result(self.method, table, terms, fits, options=options)

    def hidden(self, counts: Ints, k: int) -> Floats:
        """Unseen people for each table; shapes (2**k, tables) and (tables,)."""
        return np.asarray(fit(counts, parse(self.model, k)[:, None], k).hidden)
