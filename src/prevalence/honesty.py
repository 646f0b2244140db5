"""Whether a figure may be published, and why not: every estimator, every check, one verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Protocol

import numpy as np

from prevalence import runs
from prevalence.bic import BestBIC
from prevalence.bootstrap import bootstrap
from prevalence.fixed import LogLinear
from prevalence.hierarchy import TooManyModels
from prevalence.results import Refused, Result, Status
from prevalence.sensitivity import Sensitivity, sensitivity
from prevalence.spread import AllModels, Spread
from prevalence.stepwise import Stepwise
from prevalence.table import CaptureTable

RESAMPLES = 5000
BIC_RESAMPLES = 500
SOLID_OVERLAP = 100  # people on two or more lists
SHORTEST_REASON = 10  # characters in a written reason

# Largest over smallest total: above the first a figure is indicative, above the second it is not
# to be published. 25 % is what readers of a national figure notice; a factor of 2 is an argument.
MODELS_APART = (1.25, 2.0)
ESTIMATORS_APART = (1.25, 2.0)
THRESHOLDS_APART = (1.25, 2.0)
LISTS_APART = (1.5, 3.0)
INTERVAL_WIDE = (2.0, 5.0)
PEOPLE_UNLIKE = 1.25
K_WAY_WIDE = (2.0, float("inf"))
LINKAGE_APART = (1.25, 2.0)
STRATA_APART = (1.25, 2.0)
TRUTH_MISSED = 1.25
SHOWS_UNLIKE = 5.99  # a fall in deviance that two parameters bring by chance 1 time in 20
EMPTY_PAIRS = 0.25  # share of pairs


class Verdict(IntEnum):
    """What may be done with a figure."""

    USABLE = 0
    INDICATIVE = 1
    DO_NOT_PUBLISH = 2

    @property
    def words(self) -> str:
        return ("usable", "indicative", "do not publish")[self]


@dataclass(frozen=True)
class Reason:
    """Why a figure is no better than `verdict`."""

    verdict: Verdict
    words: str


class Estimator(Protocol):
    """Anything that estimates from a table."""

    @property
    def method(self) -> str: ...

    def fit(self, table: CaptureTable, *, seed: int = 0) -> Result: ...


@dataclass(frozen=True)
class Comparison:
    """All estimators side by side, with a verdict on the lot.

    Parameters
    ----------
    verdict : usable, indicative or do not publish
    reasons : why not better, the gravest first
    results : by estimator, each carrying the verdict
    declined : estimators that could not be run, with the reason
    sensitivity : what the stepwise figure depends on
    spread : every hierarchical model, None if there are too many
    overlaps : the overlap table as text
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    results: tuple[Result, ...]
    declined: Mapping[str, str]
    sensitivity: Sensitivity
    spread: Spread | None
    overlaps: str

    def summary(self) -> str:
        """The verdict, its reasons and every estimator's figure, in words."""
        lines = [f"Verdict: {self.verdict.words}", *(f"- {r.words}" for r in self.reasons), ""]
        for result in self.results:
            lines.append(_row(result))
        lines += [f"{method:<12} not run: {why}" for method, why in self.declined.items()]
        lines += ["", "People on both lists of each pair:", self.overlaps, "", "All assume:"]
        first = self.results[0].assumptions if self.results else ()
        common = set(first).intersection(*(r.assumptions for r in self.results))
        lines += [f"- {a}" for a in first if a in common]
        for result in self.results:
            own = [a for a in result.assumptions if a not in common]
            lines += [f"- {result.method}: {a}" for a in own]
        lines += [f"{r.method} warns: {w}" for r in self.results for w in r.warnings]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "verdict": self.verdict.words,
            "reasons": [reason.words for reason in self.reasons],
            "results": [result.to_dict() for result in self.results],
            "declined": dict(self.declined),
            "sensitivity": self.sensitivity.to_dict(),
        }


def _row(result: Result) -> str:
    if not np.isfinite(result.estimate):
        return f"{result.method:<12} no figure: the model {result.status.words}"
    text = f"{result.method:<12} {result.estimate:>10,.0f}"
    for kind, ends in result.intervals.get(0.95, {}).items():
        text += f"   95% {kind} {ends.low:,.0f} to {ends.high:,.0f}"
    return text


def guard(table: CaptureTable, override: str | None = None) -> str | None:
    """Refuse a table that is too thin, unless someone writes down why not.

    Returns
    -------
    the reason, if it was needed; else None

    Raises
    ------
    Refused : the table is too thin and no reason of at least ten characters was given, or nobody
        is on two lists
    """
    refusals = table.check().refusals
    if not refusals:
        return None
    if not table.on_two_or_more:
        nothing = "nobody is on two lists, and no written reason can make up for that"
        raise Refused((nothing,), table.overlap_text())
    if override is None or len(override.strip()) < SHORTEST_REASON:
        raise Refused(refusals, table.overlap_text())
    return override.strip()


def estimate(
    table: CaptureTable,
    estimator: Estimator,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    override: str | None = None,
    executor: runs.Executor | None = None,
    progress: runs.Progress | None = None,
    checkpoint: str | None = None,
) -> Result:
    """Estimate behind the guard, with bootstrap intervals where the estimator allows, and judge.

    Parameters
    ----------
    table : the table
    estimator : Stepwise, BestBIC, LogLinear, GraphAverage, LatentClass or BayesianThreshold
    resamples : bootstrap resamples for estimators that select a model; 0 for none
    seed : of the random numbers
    override : the written reason for estimating although the guard refuses
    executor, progress, checkpoint : as in `bootstrap`
    """
    reason = guard(table, override)
    if resamples and isinstance(estimator, Stepwise | BestBIC | LogLinear):
        result = bootstrap(
            estimator,
            table,
            resamples=resamples,
            seed=seed,
            executor=executor,
            progress=progress,
            checkpoint=checkpoint,
        )
    else:
        result = estimator.fit(table, seed=seed)
    threshold = estimator.threshold if isinstance(estimator, Stepwise) else 0.02
    checks = sensitivity(table, threshold=threshold)
    verdict, reasons = judge(table, [result], checks, all_models(table))
    return replace(
        result.warned(*(r.words for r in reasons)), verdict=verdict.words, override=reason
    )


def everyone(table: CaptureTable) -> list[Estimator]:
    """One of each estimator, with its defaults."""
    from prevalence.graphs import GraphAverage
    from prevalence.latent import LatentClass
    from prevalence.threshold import BayesianThreshold

    order = None if table.k <= 5 else 2
    return [Stepwise(), BestBIC(max_order=order), GraphAverage(), LatentClass(),
            BayesianThreshold()]  # fmt: skip


def compare(
    table: CaptureTable,
    *,
    estimators: Sequence[Estimator] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    override: str | None = None,
    executor: runs.Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run all estimators and all checks, and say what may be done with the figure.

    Parameters
    ----------
    table : the table
    estimators : None for one of each
    resamples : bootstrap resamples of the stepwise estimate; the exhaustive one has at most 500
    seed : of the random numbers
    override : the written reason for estimating although the guard refuses
    executor : where bootstrap blocks run; None for here
    progress : called with estimators done and estimators in all
    """
    reason = guard(table, override)
    chosen = everyone(table) if estimators is None else list(estimators)
    results, declined = [], {}
    for done, estimator in enumerate(chosen, start=1):
        try:
            if isinstance(estimator, Stepwise | BestBIC | LogLinear):
                number = min(
                    resamples, BIC_RESAMPLES if isinstance(estimator, BestBIC) else resamples
                )
                result = bootstrap(estimator, table, resamples=number, seed=seed, executor=executor)
            else:
                result = estimator.fit(table, seed=seed)
            results.append(result)
        except (Refused, TooManyModels) as error:
            declined[estimator.method] = str(error)
        if progress:
            progress(done, len(chosen))
    checks, spread = sensitivity(table), all_models(table)
    verdict, reasons = judge(table, results, checks, spread)
    judged = tuple(replace(r, verdict=verdict.words, override=reason) for r in results)
    return Comparison(verdict, reasons, judged, declined, checks, spread, table.overlap_text())


def all_models(table: CaptureTable) -> Spread | None:
    """Every hierarchical model up to the highest order that can be gone through."""
    for order in range(table.k - 1, 1, -1):
        try:
            return AllModels(max_order=order).spread(table)
        except TooManyModels:
            continue
    return None


def judge(
    table: CaptureTable,
    results: Sequence[Result],
    checks: Sensitivity,
    spread: Spread | None,
) -> tuple[Verdict, tuple[Reason, ...]]:
    """Weigh everything that speaks against publishing."""
    reasons = [
        *_overlap_reasons(table),
        *_result_reasons(results),
        *_model_reasons(spread),
        *_people_reasons(results, checks),
        *_list_reasons(results, checks),
        *_strata_reasons(table, results, checks),
    ]
    reasons.sort(key=lambda reason: -reason.verdict)
    verdict = max((reason.verdict for reason in reasons), default=Verdict.USABLE)
    return verdict, tuple(reasons)


def _graded(totals: Iterable[float], limits: tuple[float, float], words: str) -> list[Reason]:
    """A reason if totals are further apart than the limits; {low} and {high} are filled in."""
    values = [total for total in totals if np.isfinite(total)]
    if len(values) < 2:
        return []
    low, high = min(values), max(values)
    if high <= limits[0] * low:
        return []
    grave = Verdict.DO_NOT_PUBLISH if high > limits[1] * low else Verdict.INDICATIVE
    return [Reason(grave, words.format(low=f"{low:,.0f}", high=f"{high:,.0f}"))]


def _overlap_reasons(table: CaptureTable) -> list[Reason]:
    refusals = table.check().refusals
    found = [Reason(Verdict.DO_NOT_PUBLISH, words) for words in refusals]
    if not refusals and table.on_two_or_more < SOLID_OVERLAP:
        words = f"only {table.on_two_or_more} people are on two or more lists"
        found.append(Reason(Verdict.INDICATIVE, words))
    empty, pairs = len(table.empty_pairs()), table.k * (table.k - 1) / 2
    if pairs and EMPTY_PAIRS < empty / pairs <= 0.5:
        words = f"{empty} of {pairs:.0f} pairs of lists share nobody"
        found.append(Reason(Verdict.INDICATIVE, words))
    return found


def _result_reasons(results: Sequence[Result]) -> list[Reason]:
    found = _graded(
        (r.estimate for r in results),
        ESTIMATORS_APART,
        "the estimators disagree: from {low} to {high}",
    )
    for result in results:
        if result.status == Status.NOT_CONVERGED:
            words = f"{result.method}: {result.status.words}"
            found.append(Reason(Verdict.DO_NOT_PUBLISH, words))
        elif result.status != Status.FITS:
            words = f"{result.method}: the model {result.status.words}"
            found.append(Reason(Verdict.DO_NOT_PUBLISH, words))
        elif 0.95 in result.intervals:
            ends = result.interval(0.95)
            found += _graded(
                (ends.low, ends.high),
                INTERVAL_WIDE,
                f"the 95% interval of {result.method} is wide: {{low}} to {{high}}",
            )
    return found


def _model_reasons(spread: Spread | None) -> list[Reason]:
    if spread is None or not spread.fitted:
        return []
    return _graded(
        spread.supported(),
        MODELS_APART,
        "models that explain the table equally well (within 2 BIC) disagree: from {low} to {high}",
    )


def _people_reasons(results: Sequence[Result], checks: Sensitivity) -> list[Reason]:
    found = _graded(
        checks.k_way,
        K_WAY_WIDE,
        "if all lists together overlap half or twice as much as smaller overlaps imply, which no "
        "data can test, the total is {low} to {high}",
    )
    mixed = checks.heterogeneity
    if mixed is None:
        return found
    estimates = [r.estimate for r in results if np.isfinite(r.estimate)]
    ends = [r.interval(0.95).high for r in results if 0.95 in r.intervals]
    beyond = ", more than any interval covers" if ends and mixed.high > max(ends) else ""
    found += _graded(
        (*estimates[:1], mixed.low, mixed.high),
        (PEOPLE_UNLIKE, 2.0 if mixed.gain > SHOWS_UNLIKE else float("inf")),
        "if some people are up to thirty times harder to see than others, which this table does "
        "not rule out, the total is {low} to {high}" + beyond,
    )
    if mixed.gain > SHOWS_UNLIKE:
        words = (
            f"the table itself shows that some people are harder to see than others (deviance "
            f"falls by {mixed.gain:.0f}): estimates that ignore it are too low"
        )
        found.append(Reason(Verdict.INDICATIVE, words))
    return found


def _list_reasons(results: Sequence[Result], checks: Sensitivity) -> list[Reason]:
    base = [checks.thresholds[0.02]] if 0.02 in checks.thresholds else []
    found = _graded(
        checks.thresholds.values(),
        THRESHOLDS_APART,
        "the choice of the p-value threshold alone moves the total from {low} to {high}",
    )
    for totals, what in ((checks.without, "leaving one list out"), (checks.merged, "merging two")):
        words = f"{what} lists moves the total from {{low}} to {{high}}"
        words = words.replace("out lists", "out")
        found += _graded([*base, *totals.values()], LISTS_APART, words)
    found += _graded(
        [*base, *checks.linkage.values()],
        LINKAGE_APART,
        "5% of links missed or false move the total from {low} to {high}",
    )
    for name, truth in checks.as_truth.items():
        outside = not truth.low <= truth.known <= truth.high
        apart = max(truth.estimate, truth.known) > TRUTH_MISSED * min(truth.estimate, truth.known)
        if outside and apart:
            words = (
                f"list {name} holds {truth.known:,} people, but the other lists put it at "
                f"{truth.estimate:,.0f} ({truth.low:,.0f} to {truth.high:,.0f})"
            )
            found.append(Reason(Verdict.INDICATIVE, words))
    return found


def _strata_reasons(
    table: CaptureTable, results: Sequence[Result], checks: Sensitivity
) -> list[Reason]:
    found = []
    pooled = checks.thresholds.get(0.02)
    for column, levels in checks.strata.items():
        small = [level for level, total in levels.items() if total is None]
        if small:
            words = (
                f"strata of {column} too small for an estimate of their own, shown only pooled: "
                f"{', '.join(small)}"
            )
            found.append(Reason(Verdict.INDICATIVE, words))
        elif pooled is not None:
            total = sum(value for value in levels.values() if value is not None)
            found += _graded(
                (pooled, total),
                STRATA_APART,
                f"strata of {column} do not add up to the pooled figure: {{low}} against {{high}}",
            )
    return found
