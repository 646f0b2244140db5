"""Published figures as the rows of a view, small counts hidden by the same minimum as our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from daymark.insight import naming, rules
from daymark.insight.definitions import Definition
from daymark.insight.models import Figure, Measure
from daymark.insight.rules import Cell
from daymark.insight.terms import UK, By, Dimension

BREAKDOWNS = {
    By.TYPE: Dimension.TYPE,
    By.AGE: Dimension.AGE,
    By.GENDER: Dimension.GENDER,
    By.NATIONALITY: Dimension.NATIONALITY,
}

LATEST_PERIODS = 8
"""How many periods a table has whose view asks for the latest."""


@dataclass(frozen=True)
class Published:
    """A table of published figures: areas and categories down, periods across."""

    measure: Measure
    columns: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[str]]]
    sources: Sequence[str]
    hidden: bool

    @property
    def broken_down(self) -> bool:
        return any(what for _area, what, _values in self.rows)


def table(
    key: str,
    chosen: Definition,
    *,
    areas: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    minimum: int,
) -> Published | None:
    """The latest figures of a measure in a view's areas and period; None where there are none.

    Of the police force areas a view touches, or of the country where the measure has no others.
    Counts of people below the minimum are hidden, and whatever in the same row or column would
    give them away, although the publisher prints them.
    """
    measure = Measure.unrestricted.filter(pk=key).first()
    if measure is None:
        return None
    touched = [force for force, inside in areas.items() if {force, *inside} & {*chosen.areas}]
    if not touched and {By.FORCE, By.COUNCIL} & {*chosen.by}:
        touched = list(areas)
    dimension = next((d for by, d in BREAKDOWNS.items() if by in chosen.by), None)
    # Beside own counts the nearest that is published: else of the country, else of everybody.
    near = (dimension, None) if chosen.beside else (dimension,)
    said = next(
        (
            found
            for about in near
            for places in (touched, [UK])
            if (found := _said(measure, chosen, places, about))
        ),
        {},
    )
    periods = sorted({period for found in said.values() for period in found})
    if chosen.beside or chosen.rolls:
        periods = periods[-LATEST_PERIODS:]
    kept = {place: found for place, found in said.items() if found.keys() & {*periods}}
    return _table(measure, kept, periods, names, minimum) if periods else None


Place = tuple[str, str]
"""An area's code, and the breakdown in words."""


def _said(
    measure: Measure, chosen: Definition, areas: Sequence[str], dimension: Dimension | None
) -> dict[Place, dict[str, Figure]]:
    rows = (
        Figure.unrestricted.filter(
            measure=measure,
            area__in=areas,
            superseded_by=None,
            value__isnull=False,
            breakdown__len__lte=2,  # by whom and of whom: the finest rows are left where they are
        )
        .select_related("edition")
        .order_by("edition__published", "pk")
    )
    quarterly = {By.QUARTER, By.MONTH} & {*chosen.by}
    first, last = _ends(chosen)
    found: dict[Place, dict[str, Figure]] = {}
    for row in rows:
        about = [entry.partition(":")[0] for entry in row.breakdown]
        kinds = [kind for kind in about if kind != Dimension.BY]
        if kinds == ([dimension] if dimension else []) and (
            len(row.period) == (6 if quarterly else 4) and first <= row.period <= last
        ):
            place = (row.area, naming.breakdown_name(list(row.breakdown)))
            found.setdefault(place, {})[row.period] = row
    return found


def _table(
    measure: Measure,
    said: Mapping[Place, Mapping[str, Figure]],
    periods: Sequence[str],
    names: Mapping[str, str],
    minimum: int,
) -> Published:
    cells: list[list[Cell]] = [[] for _ in said]
    if measure.small_cells:
        numbers = [[_whole(found.get(p)) for p in periods] for found in said.values()]
        cells = rules.suppress(numbers, fewest=minimum)
    rows, hidden = [], False
    for line, ((area, what), found) in zip(cells, said.items(), strict=True):
        values = []
        for n, period in enumerate(periods):
            row = found.get(period)
            if row is None or row.value is None:
                values.append("–")
            elif line and line[n].hidden:
                values.append(line[n].shown)
                hidden = True
            else:
                values.append(rules.number(row.value))
        rows.append((_name(area, names), what, values))
    rows.sort(key=lambda row: (row[0], row[1]))
    editions = {row.edition for found in said.values() for row in found.values()}
    sources = sorted(
        {f"{e.publisher}, {e.title} ({rules.published_name(e.published)})" for e in editions}
    )
    return Published(
        measure, [rules.period_name(period) for period in periods], rows, sources[-3:], hidden
    )


def _whole(row: Figure | None) -> int:
    return int(row.value) if row is not None and row.value is not None else 0


def _ends(chosen: Definition) -> tuple[str, str]:
    """The first and last period that fit the view's, as published tables write them.

    Beside own counts earlier ones stand too: they are published long after.
    """
    if chosen.rolls:
        return "", "9999"
    first, _sep, last = chosen.period.partition("/")
    return "" if chosen.beside else first[:4], f"{(last or first)[:4]}Q4"


def _name(area: str, names: Mapping[str, str]) -> str:
    return _("United Kingdom") if area == UK else names.get(area, area)
