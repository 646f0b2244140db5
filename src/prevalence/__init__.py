"""Counting a hidden population from overlapping lists, and saying when not to.

Names are loaded when first used, so that importing the package costs little more than NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prevalence.bic import BestBIC
    from prevalence.fixed import LogLinear
    from prevalence.graphs import GraphAverage
    from prevalence.honesty import Comparison, Verdict, compare, estimate
    from prevalence.latent import LatentClass
    from prevalence.local import local_band
    from prevalence.references import chao_lower_bound, chapman, independence
    from prevalence.results import Interval, Refused, Result, Status
    from prevalence.spread import AllModels, Spread
    from prevalence.stepwise import Stepwise
    from prevalence.table import BadTable, CaptureTable
    from prevalence.threshold import BayesianThreshold

__all__ = [
    "AllModels",
    "BadTable",
    "BayesianThreshold",
    "BestBIC",
    "CaptureTable",
    "Comparison",
    "GraphAverage",
    "Interval",
    "LatentClass",
    "LogLinear",
    "Refused",
    "Result",
    "Spread",
    "Status",
    "Stepwise",
    "Verdict",
    "chao_lower_bound",
    "chapman",
    "compare",
    "estimate",
    "independence",
    "local_band",
]

_HOMES = {
    "bic": ("BestBIC",),
    "fixed": ("LogLinear",),
    "graphs": ("GraphAverage",),
    "honesty": ("Comparison", "Verdict", "compare", "estimate"),
    "latent": ("LatentClass",),
    "local": ("local_band",),
    "references": ("chao_lower_bound", "chapman", "independence"),
    "results": ("Interval", "Refused", "Result", "Status"),
    "spread": ("AllModels", "Spread"),
    "stepwise": ("Stepwise",),
    "table": ("BadTable", "CaptureTable"),
    "threshold": ("BayesianThreshold",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'prevalence' has no attribute {name!r}")
    return getattr(import_module(f"prevalence.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
