"""What an estimator says, with everything that must travel with a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = "0.1.0"

ASSUMPTIONS = (
    "nobody entered or left the population during the period the lists cover",
    "every list uses the same definition of who counts",
    "everybody could have appeared on at least one of the lists",
    "records of the same person were linked without error",
    "no list is fed by another by design: referrals between lists hide people from the estimate",
    "all lists together overlap as smaller overlaps imply, which no data can test",
)
# Best first: what `Result.interval` and the summary show when no kind is asked for.
KINDS = ("bca", "percentile", "posterior", "profile", "normal")


class Status(IntEnum):
    """Whether the model behind an estimate can be fitted to the table."""

    FITS = 0
    NO_MLE = 1
    NOT_IDENTIFIED = 2
    NO_MLE_NOT_IDENTIFIED = 3
    NOT_CONVERGED = 4

    @property
    def words(self) -> str:
        return (
            "fits",
            "has no (extended) maximum likelihood estimate",
            "has more parameters than the table can tell apart",
            "has no estimate, and more parameters than the table can tell apart",
            "chains have not agreed, so no figure is given",
        )[self]


class Refused(Exception):
    """The table is too thin for an estimate; the reasons and the overlap table come with it."""

    def __init__(self, reasons: tuple[str, ...], overlaps: str = "") -> None:
        self.reasons, self.overlaps = reasons, overlaps
        super().__init__("; ".join(reasons))


class NoInterval(LookupError):
    """The result carries no interval of this level and kind."""


@dataclass(frozen=True)
class Interval:
    """An interval for the total.

    Parameters
    ----------
    low, high : ends, people
    low_mc_error, high_mc_error : Monte-Carlo standard error of each end, people (0 if exact)
    flags : what is wrong with it, in plain words
    """

    low: float
    high: float
    low_mc_error: float = 0.0
    high_mc_error: float = 0.0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rate:
    """A total per 1,000 of a population, with its interval."""

    estimate: float
    low: float
    high: float
    level: float
    kind: str
    population: int


@dataclass(frozen=True, eq=False)
class Result:
    """One estimator's answer for one table.

    Parameters
    ----------
    method : the estimator's name
    lists : the table's lists
    observed : people seen (n)
    estimate : people seen and unseen (>= n), NaN when `status` gives none
    hidden : people unseen (>= 0), NaN when `status` gives none
    intervals : level (0 to 1) -> kind -> interval
    terms : interactions in the model, as ``A:B``
    empty_pairs : pairs fixed at minus infinity because nobody is on both, as ``A:B``
    status : whether the model can be fitted
    warnings : what to know before using the figure
    assumptions : what must be true for the figure to mean anything
    options : the estimator's options
    data_hash : SHA-256 of the table
    seed : seed of the random numbers, None if none were used
    version : version of this package
    diagnostics : further numbers, such as r_hat and effective_sample
    verdict : usable, indicative or do not publish, once judged
    override : the written reason for estimating against the guard
    draws : totals drawn by bootstrap or posterior, shape (draws,)
    """

    method: str
    lists: tuple[str, ...]
    observed: int
    estimate: float
    hidden: float
    intervals: Mapping[float, Mapping[str, Interval]] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    empty_pairs: tuple[str, ...] = ()
    status: Status = Status.FITS
    warnings: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ASSUMPTIONS
    options: Mapping[str, Any] = field(default_factory=dict)
    data_hash: str = ""
    seed: int | None = None
    version: str = VERSION
    diagnostics: Mapping[str, float] = field(default_factory=dict)
    verdict: str | None = None
    override: str | None = None
    draws: NDArray[np.float64] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("intervals", "options", "diagnostics"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def interval(self, level: float = 0.95, *, kind: str | None = None) -> Interval:
        """Return the interval of a level, of the best kind there is unless one is named."""
        kinds = self.intervals.get(level, {})
        chosen = kind or next((k for k in (*KINDS, *kinds) if k in kinds), None)
        if chosen is None or chosen not in kinds:
            known = ", ".join(f"{p:g} ({', '.join(k)})" for p, k in self.intervals.items())
            raise NoInterval(f"no {kind or ''} interval at {level:g}; there is {known or 'none'}")
        return kinds[chosen]

    def per_1000(self, population: int, *, level: float = 0.95, kind: str | None = None) -> Rate:
        """Express the total per 1,000 of `population` (> 0), with its interval."""
        if population <= 0:
            raise ValueError("a rate needs a population of at least one person")
        ends, scale = self.interval(level, kind=kind), 1000 / population
        chosen = next(k for k, found in self.intervals[level].items() if found is ends)
        low, high = ends.low * scale, ends.high * scale
        return Rate(self.estimate * scale, low, high, level, chosen, population)

    def k_way_band(self, odds: tuple[float, float] = (0.5, 2)) -> tuple[float, float]:
        """Range of the total if the untestable k-way odds ratio is not 1 but within `odds`."""
        sign = 1 if len(self.lists) % 2 == 0 else -1
        low, high = sorted(self.observed + self.hidden * ratio**sign for ratio in odds)
        return low, high

    def warned(self, *warnings: str) -> Result:
        """The same result with further warnings."""
        return replace(self, warnings=tuple(dict.fromkeys((*self.warnings, *warnings))))

    def summary(self) -> str:
        """The result in words, with its intervals, assumptions and warnings."""
        lines = [f"{self.method}: {self.status.words}"]
        if math.isfinite(self.estimate):
            lines = [
                f"{self.method}: {self.estimate:,.0f} people in all, of whom {self.observed:,} "
                f"were seen and {self.hidden:,.0f} were not"
            ]
        for level, kinds in sorted(self.intervals.items(), reverse=True):
            for kind, ends in kinds.items():
                error = ""
                if ends.low_mc_error or ends.high_mc_error:
                    error = f" (ends +/- {ends.low_mc_error:,.0f}, {ends.high_mc_error:,.0f})"
                flags = "".join(f"; {flag}" for flag in ends.flags)
                lines.append(
                    f"  {level:.0%} {kind}: {ends.low:,.0f} to {ends.high:,.0f}{error}{flags}"
                )
        if math.isfinite(self.hidden):
            low, high = self.k_way_band()
            lines.append(f"  if the untestable k-way odds are 1/2 to 2: {low:,.0f} to {high:,.0f}")
        if self.terms:
            lines.append(f"  lists that depend on each other: {', '.join(self.terms)}")
        if self.empty_pairs:
            lines.append(f"  pairs that share nobody: {', '.join(self.empty_pairs)}")
        if self.override:
            lines.append(f"  estimated against the guard, because: {self.override}")
        lines += [f"  warning: {warning}" for warning in self.warnings]
        if self.verdict:
            lines.append(f"  verdict: {self.verdict}")
        lines += ["  assumes:", *(f"  - {assumption}" for assumption in self.assumptions)]
        made = f"data {self.data_hash[:12]}, seed {self.seed}, prevalence {self.version}"
        return "\n".join([*lines, f"  {made}"])

    def to_dict(self, *, level: float = 0.95) -> dict[str, Any]:
        """The result as plain values for JSON; figures that do not exist are None."""
        kinds = self.intervals.get(level, {})
        band = self.k_way_band()
        return {
            "method": self.method,
            "lists": list(self.lists),
            "observed": self.observed,
            "estimate": _finite(self.estimate),
            "hidden": _finite(self.hidden),
            "interval": {"level": level}
            | {kind: [_finite(ends.low), _finite(ends.high)] for kind, ends in kinds.items()},
            "interval_errors": {
                kind: [_finite(ends.low_mc_error), _finite(ends.high_mc_error)]
                for kind, ends in kinds.items()
            },
            "interval_flags": {kind: list(ends.flags) for kind, ends in kinds.items()},
            "k_way_band": [_finite(end) for end in band],
            "terms": list(self.terms),
            "empty_pairs": list(self.empty_pairs),
            "status": int(self.status),
            "warnings": list(self.warnings),
            "verdict": self.verdict,
            "override": self.override,
            "assumptions": list(self.assumptions),
            "options": dict(self.options),
            "diagnostics": {name: _finite(x) for name, x in self.diagnostics.items()},
            "data_hash": self.data_hash,
            "seed": self.seed,
            "version": self.version,
        }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
