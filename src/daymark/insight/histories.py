"""What became of one quoted number: every edition's word on it, and how to cite it."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _

from daymark.design.charts import Chart, Table
from daymark.design.charts import change as signed
from daymark.design.parts import Link
from daymark.insight import citing, naming, rules
from daymark.insight.asked import Asked
from daymark.insight.models import Figure
from daymark.insight.queries import figures as queries


def quoted(value: Decimal) -> list["History"]:
    """The histories in which this number stands, each once, the best known first."""
    found = {_about(figure): figure for figure in queries.quoted(value)}
    return [History(queries.history(*about[:3], _written(about[3]))) for about in found]


def at(measure: str, area: str, period: str, breakdown: str) -> "History | None":
    rows = queries.history(measure, area, period, _written(breakdown))
    return History(rows) if rows else None


class History:
    """One thing with all that was said of it, the earliest first; never empty."""

    def __init__(self, rows: Sequence[Figure]) -> None:
        self.rows = rows
        self.first, self.now = rows[0], rows[-1]
        self.measure = self.now.measure

    @property
    def url(self) -> str:
        return reverse("figures_history", args=_about(self.now))

    @property
    def title(self) -> str:
        about = naming.breakdown_name(self.now.breakdown)
        period = rules.period_name(self.now.period)
        return f"{self.measure.name}, {period}" + (f": {about}" if about else "")

    @cached_property
    def place(self) -> str:
        return queries.area_names([self.now.area]).get(self.now.area, self.now.area)

    @cached_property
    def later(self) -> list[Figure]:
        return queries.replacements(self.now)

    @property
    def editions(self) -> list[tuple[Figure, str, str, str]]:
        """Each figure, its value in words, how far it is from the one before, and its day."""
        found, before = [], None
        for row in self.rows:
            step = ""
            if before is not None and row.value is not None:
                change = row.value - before
                step = _("unchanged") if not change else signed(float(change))
            before = row.value if row.value is not None else before
            found.append((row, shown(row), step, rules.published_name(row.edition.published)))
        return found

    def as_chart(self) -> Chart:
        """The editions as a table to take along, with what belongs to them."""
        rows = [
            [day, value, step, row.edition.title, row.edition.source]
            for row, value, step, day in self.editions
        ]
        now = self.now
        return Chart(
            key=re.sub(r"[^a-z0-9]+", "-", "-".join(_about(now)).lower()).strip("-"),
            title=f"{self.title} ({self.place})",
            shows=self.verdict,
            not_said=self.measure.not_said,
            table=Table(
                [_("Published"), _("Number"), _("Change"), _("Edition"), _("Read in")], rows
            ),
            source=self.citation,
            notes=[row.caveat for row in self.rows if row.caveat],
            query=list(citing.questions([self._asked]).values()),
        )

    @property
    def _asked(self) -> Asked:
        measure, area, period, _written = _about(self.now)
        editions = tuple(row.edition.published for row in self.rows)
        return Asked(measure, area, tuple(self.now.breakdown), "", (period,), editions)

    @property
    def files(self) -> list[Link]:
        """The same as files."""
        return [
            Link(label, reverse("figures_history_file", args=[*_about(self.now), form]))
            for form, label in (("csv", "CSV"), ("xlsx", _("XLSX with notes")))
        ]

    @property
    def verdict(self) -> str:
        if self.later:
            return _("Replaced: a later edition says something else, about another year.")
        if self.now.value == self.first.value:
            return _("It stands as it was published.")
        return _("Revised: it is %(now)s today.") % {"now": shown(self.now)}

    @property
    def citation(self) -> str:
        edition = self.now.edition
        return _(
            "%(publisher)s, %(title)s, published %(day)s: %(what)s, %(place)s: %(value)s "
            "(%(licence)s). Read in: %(source)s."
        ) % {
            "publisher": edition.publisher,
            "title": edition.title,
            "day": rules.published_name(edition.published),
            "what": self.title,
            "place": self.place,
            "value": shown(self.now),
            "licence": edition.licence,
            "source": edition.source,
        }


def shown(figure: Figure) -> str:
    if figure.value is None:
        return f"{rules.number(figure.low or 0)} – {rules.number(figure.high or 0)}"
    text = rules.number(figure.value)
    if figure.low is not None and figure.high is None:
        return _("at least %(n)s") % {"n": text}
    return f"{text} %" if figure.measure.unit == "%" else text


def _about(figure: Figure) -> tuple[str, str, str, str]:
    written = "~".join(figure.breakdown) or "all"
    return figure.measure_id, figure.area, figure.period, written


def _written(address: str) -> list[str]:
    return [] if address == "all" else address.split("~")
