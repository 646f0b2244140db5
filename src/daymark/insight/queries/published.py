"""Published figures as the rows of a view, small counts hidden by the same minimum as our own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, Func, OuterRef, QuerySet
from django.utils.translation import gettext as _

from daymark.insight import naming, rules
from daymark.insight.definitions import Definition
from daymark.insight.models import Edition, Figure, Measure
from daymark.insight.terms import UK, By, Dimension

BREAKDOWNS = {
    By.TYPE: Dimension.TYPE,
    By.AGE: Dimension.AGE,
    By.GENDER: Dimension.GENDER,
    By.NATIONALITY: Dimension.NATIONALITY,
}

OF_A_MEASURE = {Dimension.METHOD, Dimension.ROUTE, Dimension.OUTCOME}
"""What a figure is told apart by that no view asks for: it stands beside its number."""

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
    said = _nearest(measure, chosen, [touched, [UK], [*areas]])
    periods = sorted({period for found in said.values() for period in found})
    if chosen.beside or chosen.rolls:
        periods = periods[-LATEST_PERIODS:]
    kept = {place: found for place, found in said.items() if found.keys() & {*periods}}
    return _table(measure, kept, periods, names, minimum) if periods else None


def told_apart_by(key: str) -> list[By]:
    """What the figures of a measure can be broken down by."""
    codes = _current(key).values_list(Func("breakdown", function="unnest"), flat=True)
    kinds = {code.partition(":")[0] for code in codes.distinct()}
    return [by for by, dimension in BREAKDOWNS.items() if dimension in kinds]


def measures() -> list[Measure]:
    """Those of which figures are held."""
    held = Figure.unrestricted.filter(measure=OuterRef("pk"), value__isnull=False)
    return list(Measure.unrestricted.filter(Exists(held)).order_by("position"))


Place = tuple[str, str]
"""An area's code, and the breakdown in words."""


@dataclass(frozen=True)
class Said:
    value: Decimal
    editions: Sequence[Edition]


Found = dict[Place, dict[str, Said]]


def _nearest(measure: Measure, chosen: Definition, where: Sequence[Sequence[str]]) -> Found:
    """The first of what could be meant that is published.

    Quarters where there are no years, or the other way round; beside own counts rather of
    everybody than nothing.
    """
    wanted = [dimension for by, dimension in BREAKDOWNS.items() if by in chosen.by]
    length = 6 if {By.QUARTER, By.MONTH} & {*chosen.by} else 4
    first, last = _ends(chosen)
    for about in (wanted, []) if chosen.beside and wanted else (wanted,):
        for areas in filter(None, where):
            for long in dict.fromkeys((length, 6, 4)):
                for find in (_stated, _added_up):
                    found = find(measure, areas, about, long)
                    within = {
                        place: {p: one for p, one in said.items() if first <= p <= last}
                        for place, said in found.items()
                    }
                    if kept := {place: said for place, said in within.items() if said}:
                        return kept
    return {}


def _current(measure: str) -> QuerySet[Figure]:
    return Figure.unrestricted.filter(measure=measure, superseded_by=None, value__isnull=False)


def _stated(measure: Measure, areas: Sequence[str], about: Sequence[str], long: int) -> Found:
    """Figures as they are printed, by whom and of whom."""
    rows = _current(measure.pk).filter(area__in=areas, breakdown__len__lte=2)
    found: dict[bool, Found] = {True: {}, False: {}}
    for row in rows.select_related("edition").order_by("edition__published", "pk"):
        kinds = {entry.partition(":")[0] for entry in row.breakdown} - {Dimension.BY}
        if len(row.period) == long and kinds - OF_A_MEASURE == {*about}:
            place = (row.area, naming.breakdown_name(list(row.breakdown)))
            plain = kinds == {*about}
            said = Said(row.value or Decimal(0), [row.edition])
            found[plain].setdefault(place, {})[row.period] = said
    return found[True] or found[False]


def _added_up(measure: Measure, areas: Sequence[str], about: Sequence[str], long: int) -> Found:
    """The finest rows added up: each person is in one of them. Only whole years."""
    rows = _current(measure.pk).filter(breakdown__len__gt=2)
    if list(areas) != [UK]:
        rows = rows.filter(area__in=areas)
    sums: defaultdict[tuple[str, tuple[str, ...], str], Decimal] = defaultdict(Decimal)
    parts: defaultdict[str, set[str]] = defaultdict(set)
    told: defaultdict[str, set[UUID]] = defaultdict(set)
    for area, period, breakdown, value, edition in rows.values_list(
        "area", "period", "breakdown", "value", "edition"
    ):
        entries = tuple(entry for entry in breakdown if entry.partition(":")[0] in about)
        if not about or len(entries) < len(about) or len(period) != 6:
            continue
        when = period[:long]
        parts[when].add(period)
        told[when].add(edition)
        sums[UK if list(areas) == [UK] else area, entries, when] += value or 0
    editions = Edition.unrestricted.in_bulk(set().union(*told.values()))
    whole = [when for when in parts if long == 6 or len(parts[when]) == 4]
    return {
        (area, naming.breakdown_name([*entries])): {
            when: Said(sums[area, entries, when], [editions[pk] for pk in told[when]])
            for when in whole
        }
        for area, entries in {(area, entries) for area, entries, _when in sums}
    }


def _table(
    measure: Measure,
    said: Mapping[Place, Mapping[str, Said]],
    periods: Sequence[str],
    names: Mapping[str, str],
    minimum: int,
) -> Published:
    small = _too_telling(said, periods, minimum) if measure.small_cells else set()
    rows = []
    for (area, what), found in said.items():
        values = [
            rules.HIDDEN
            if (area, what, period) in small
            else rules.number(found[period].value)
            if period in found
            else "–"
            for period in periods
        ]
        rows.append((_name(area, names), what, values))
    rows.sort(key=lambda row: (row[0], row[1]))
    editions = {one for found in said.values() for row in found.values() for one in row.editions}
    sources = {
        f"{e.publisher}, {e.title} ({rules.published_name(e.published)})": None
        for e in sorted(editions, key=lambda one: one.published)
    }
    named = [rules.period_name(period) for period in periods]
    return Published(measure, named, rows, [*sources][-3:], bool(small))


def _too_telling(
    said: Mapping[Place, Mapping[str, Said]], periods: Sequence[str], minimum: int
) -> set[tuple[str, str, str]]:
    """Small counts and what would give them away.

    Each area has a total for each period, and a year is the sum of its quarters.
    """
    found = set()
    for area in {area for area, _what in said}:
        for year in {period[:4] for period in periods}:
            when = [period for period in periods if period[:4] == year]
            places = [place for place in said if place[0] == area]
            numbers = [
                [int(said[place][p].value) if p in said[place] else 0 for p in when]
                for place in places
            ]
            for place, line in zip(places, rules.suppress(numbers, fewest=minimum), strict=True):
                found |= {(*place, p) for p, cell in zip(when, line, strict=True) if cell.hidden}
    return found


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
