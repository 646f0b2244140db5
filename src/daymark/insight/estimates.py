"""The result of an estimation as a page shows it: one chart, one table, the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from daymark.design.charts import Bar, Dots, Table
from daymark.insight import wording

if TYPE_CHECKING:
    from daymark.insight.models import Estimation

KINDS = ("bca", "percentile", "posterior", "profile", "normal")
"""Best first, as in `prevalence.results`."""


def shown(one: Estimation) -> dict[str, Any]:
    result: dict[str, Any] = one.result or {}
    title, means, kind = wording.verdict(result["verdict"])
    warnings = [
        (wording.method_name(found["method"]), warning)
        for found in result["results"]
        for warning in found["warnings"]
        if warning not in result["reasons"]
    ]
    return {
        "result": result,
        "verdict": title,
        "verdict_means": means,
        "verdict_kind": kind,
        "chart": _chart(one, result, f"{title}. {means}"),
        "declined": [(wording.method_name(m), why) for m, why in result["declined"].items()],
        "warnings": warnings,
        "limits": wording.limits(),
    }


def _chart(one: Estimation, result: dict[str, Any], verdict: str) -> Dots | None:
    bars, rows, ends = [], [], []
    for found in result["results"]:
        name, estimate = wording.method_name(found["method"]), found["estimate"]
        kind, low, high = _interval(found)
        if estimate is None:
            rows.append([name, _("no figure"), "", "", ", ".join(found["terms"])])
            continue
        between = f"{low:,.0f} – {high:,.0f}" if low is not None and high is not None else ""
        bars.append(Bar(name, estimate, f"{estimate:,.0f}", "a", low, high))
        ends += [end for end in (estimate, low, high) if end]
        rows.append([name, f"{estimate:,.0f}", between, kind, ", ".join(found["terms"]) or "–"])
    if not bars:
        return None
    observed = result["results"][0]["observed"]
    return Dots(
        key="methods",
        title=_("The methods side by side"),
        shows=_("%(seen)s people were seen. Each method says how many there were, seen or not.")
        % {"seen": f"{observed:,}"},
        not_said=_(
            "Which of them is right. Where they disagree by more than a quarter, the lists do not "
            "settle it, and the middle of them is no answer either."
        ),
        bars=bars,
        low=min(ends) * 0.8,
        high=max(ends) * 1.25,
        unit=_("people"),
        table=Table(
            [
                _("Method"),
                _("People"),
                _("95% interval"),
                _("Kind of interval"),
                _("Lists that depend on each other"),
            ],
            rows,
        ),
        notes=[
            _("Verdict: %(verdict)s") % {"verdict": verdict},
            _("A band is the 95% interval; the scale grows by the same factor at each step."),
        ],
        source=_("Source: the lists of the study “%(study)s”, worked out with prevalence %(n)s.")
        % {"study": one.study.name, "n": one.versions.get("prevalence", "")},
        query=[
            " ".join(
                [
                    f"estimation {'+'.join(one.options['methods'])}",
                    f"data:{one.data_hash[:12]} seed:{one.seed}",
                    f"resamples:{one.options['resamples']}",
                ]
            )
        ],
    )


def _interval(found: dict[str, Any]) -> tuple[str, float | None, float | None]:
    kind = next((kind for kind in KINDS if kind in found["interval"]), "")
    low, high = found["interval"].get(kind, (None, None))
    return kind, low, high


def citation(one: Estimation) -> dict[str, Any]:
    """All that somebody else needs to do it again."""
    return {
        "handling": "Holds small counts. Not for publication; see the verdict in the result.",
        "study": one.study.name,
        "population": one.study.population,
        "period": [one.study.first_date.isoformat(), one.study.last_date.isoformat()],
        "made_at": one.made_at.isoformat(),
        "data_hash": one.data_hash,
        "options": one.options,
        "seed": one.seed,
        "versions": one.versions,
        "table": one.table,
        "result": one.result,
    }
