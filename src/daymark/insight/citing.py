"""How a chart is cited, and the question behind it in words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from daymark.design.charts import Chart
from daymark.insight import naming, rules
from daymark.insight.asked import COUNCILS, Asked
from daymark.insight.queries import figures as queries
from daymark.insight.terms import Dimension


def questions(asked: Sequence[Asked]) -> dict[Asked, str]:
    """Each question in words, with its code at the end."""
    measures = queries.measures()
    areas = queries.area_names(one.area for one in asked)
    return {
        one: "; ".join(
            part
            for part in (
                measures[one.measure].name,
                areas.get(one.area, one.area) or _("every police force"),
                naming.breakdown_name(list(one.breakdown)),
                _split(one.split),
                _periods(one.periods),
                _editions(one.editions),
            )
            if part
        )
        + f" [{one.code}]"
        for one in asked
    }


def citation(chart: Chart, address: str) -> str:
    return _("“%(title)s”, Daymark, %(address)s. %(source)s") % {
        "title": chart.title,
        "address": address,
        "source": chart.source,
    }


def _split(dimension: str) -> str:
    names: dict[str, str] = {
        Dimension.TYPE: _("by combination of types"),
        Dimension.METHOD: _("by method of estimating"),
        COUNCILS: _("by council"),
    }
    return names[dimension] if dimension else ""


def _periods(periods: Sequence[str]) -> str:
    """ "2014 to 2023", "April 2022 to December 2023": from the first to the last of them."""
    first, last = rules.period_name(periods[0]), rules.period_name(periods[-1])
    if first == last:
        return first
    begins, _to, _month = first.partition(" to ")
    year = first.rsplit(" ", 1)[-1] if _to else ""
    return _("%(from)s to %(to)s") % {
        "from": f"{begins} {year}".strip(),
        "to": last.partition(" to ")[2] or last,
    }


def _editions(editions: Sequence[str]) -> str:
    if not editions:
        return _("each period in its latest edition")
    first, last = (rules.published_name(editions[n]) for n in (0, -1))
    if first == last:
        return _("in the edition of %(day)s") % {"day": last}
    return _("each period in its latest edition, %(from)s to %(to)s") % {"from": first, "to": last}
