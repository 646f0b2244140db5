"""Reads for pages: what is said now, what was said first, and what became of a quoted number."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from daymark.insight import asked, rules
from daymark.insight.asked import COUNCILS
from daymark.insight.models import Figure, Gate, Measure
from daymark.insight.terms import UK, Dimension
from daymark.places import queries as places
from daymark.places.models import Area, Residents
from daymark.places.rules import carry, whole
from daymark.places.terms import Kind


@dataclass(frozen=True)
class Said:
    """A number and where it was read; `summed` where it is the sum of the year's quarters."""

    value: int
    published: str
    summed: bool = False


def _of(measure: str, area: str, breakdown: Sequence[str]) -> QuerySet[Figure]:
    return Figure.unrestricted.filter(
        measure=measure, area=area, breakdown=list(breakdown), value__isnull=False
    ).select_related("edition")


def vintages(
    measure: str, *, area: str = UK, breakdown: Sequence[str] = ()
) -> dict[str, list[Said]]:
    """What each edition said of each period, the earliest edition first."""
    found = _vintages(measure, area, breakdown)
    editions = [one.published for said in found.values() for one in said]
    asked.note(measure, area, breakdown=breakdown, periods=found, editions=editions)
    return found


def _vintages(measure: str, area: str, breakdown: Sequence[str]) -> dict[str, list[Said]]:
    found: defaultdict[str, list[Said]] = defaultdict(list)
    for figure in _of(measure, area, breakdown).order_by("edition__published", "id"):
        found[figure.period].append(Said(round(figure.value or 0), figure.edition.published))
    return dict(found)


def years(measure: str, *, area: str = UK, breakdown: Sequence[str] = ()) -> dict[str, Said]:
    """The latest said of each year: as a year, or else as four quarters of one edition."""
    return _noted(_years(measure, area, breakdown), measure, area, breakdown)


def in_year(
    year: str, measure: str, *, area: str = UK, breakdown: Sequence[str] = ()
) -> Said | None:
    """The latest said of one year, as in `years`."""
    said = _years(measure, area, breakdown).get(year)
    _noted({year: said} if said else {}, measure, area, breakdown)
    return said


def _noted(
    found: dict[str, Said], measure: str, area: str, breakdown: Sequence[str]
) -> dict[str, Said]:
    editions = [said.published for said in found.values()]
    asked.note(measure, area, breakdown=breakdown, periods=found, editions=editions)
    return found


def _years(measure: str, area: str, breakdown: Sequence[str]) -> dict[str, Said]:
    latest = {period: said[-1] for period, said in _vintages(measure, area, breakdown).items()}
    found = {
        period[:4]: said for period, said in latest.items() if len(period) == 4 or _part(period)
    }
    for year in {period[:4] for period in latest} - found.keys():
        quarters = [latest.get(quarter) for quarter in rules.quarters_of(year)]
        whole = [said for said in quarters if said is not None]
        if len(whole) == 4:
            published = max(said.published for said in whole)
            found[year] = Said(sum(said.value for said in whole), published, summed=True)
    return dict(sorted(found.items()))


def quarters(measure: str, *, area: str = UK, breakdown: Sequence[str] = ()) -> dict[str, Said]:
    found = {
        period: said[-1]
        for period, said in sorted(_vintages(measure, area, breakdown).items())
        if len(period) == 6
    }
    return _noted(found, measure, area, breakdown)


def _part(period: str) -> bool:
    """ "2009Q2/2009Q4": what there is of a year that began later."""
    first, _, last = period.partition("/")
    return first[:4] == last[:4]


def detail(
    dimension: Dimension,
    *,
    periods: Iterable[str],
    area: str = "",
    within: Sequence[str] = (),
) -> Counter[str]:
    """Referrals made, by the codes of one dimension, summed over the finest rows as published."""
    periods = list(periods)
    asked.note(
        "referrals-made", area or UK, breakdown=within, split=str(dimension), periods=periods
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT code, sum(value) FROM insight_figure, unnest(breakdown) AS code
            WHERE measure_id = 'referrals-made' AND superseded_by_id IS NULL
              AND period = ANY(%(periods)s) AND breakdown @> %(within)s::varchar[]
              AND (%(area)s = '' OR area = %(area)s)
              AND code LIKE %(wanted)s
              AND array_to_string(breakdown, '|') LIKE '%%|nationality:%%'
            GROUP BY code
            """,
            {
                "periods": periods,
                "within": list(within),
                "area": area,
                "wanted": f"{dimension}:%",
            },
        )
        return Counter({code.partition(":")[2]: int(total) for code, total in cursor.fetchall()})


def made_by_force(year: str) -> dict[str, int]:
    """Referrals each police force made in a year, by the code of its area; whole years only."""
    asked.note("referrals-made", "", breakdown=["by:POLICE"], periods=[year])
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    rows = Figure.unrestricted.filter(
        measure="referrals-made",
        breakdown=["by:POLICE"],
        period__in=[year, *rules.quarters_of(year)],
        superseded_by=None,
    ).exclude(area=UK)
    for figure in rows:
        found[figure.area][figure.period] = int(figure.value or 0)
    whole = {area: said.get(year) for area, said in found.items()}
    for area, said in found.items():
        parts = [said[quarter] for quarter in rules.quarters_of(year) if quarter in said]
        if whole[area] is None and len(parts) == 4:
            whole[area] = sum(parts)
    return {area: number for area, number in whole.items() if number is not None}


@dataclass(frozen=True)
class Force:
    """A police force with the people who live in its area."""

    code: str
    name: str
    residents: int


def forces(*, year: int, on: date) -> list[Force]:
    """Police force areas with residents, summed over the councils that stand in them on a day."""
    asked.note("residents", "", periods=[str(year)])
    parents = dict(Area.unrestricted.values_list("id", "parent"))
    sums: Counter[UUID] = Counter()
    for council, (young, grown) in people(year, on).items():
        at: UUID | None = council
        while at is not None:
            sums[at] += young + grown
            at = parents.get(at)
    rows = Area.unrestricted.filter(kind=Kind.POLICE_FORCE_AREA).order_by("code")
    return [Force(row.code, row.name, sums[row.pk]) for row in rows if sums[row.pk]]


def districts(force: str, *, year: int, on: date) -> list[tuple[Area, int, int]]:
    """The lowest councils of a police force area, with under-18s and adults; by name."""
    asked.note("residents", force, split=COUNCILS, periods=[str(year)])
    area = places.by_code(force)
    living = people(year, on)
    councils = places.within(area, on=on) if area else []
    return [(one, *living[one.pk]) for one in councils if one.pk in living]


def people(year: int, on: date) -> dict[UUID, tuple[int, int]]:
    """Under-18s and adults by council, carried over to the councils that stand on a day."""
    rows = list(Residents.unrestricted.filter(year=year))
    moved = places.shares(to=on)
    young = whole(carry({row.area_id: Fraction(row.under18) for row in rows}, moved))
    grown = whole(carry({row.area_id: Fraction(row.adults) for row in rows}, moved))
    return {area: (number, grown[area]) for area, number in young.items()}


# ---- then and now ----


def quoted(value: Decimal) -> list[Figure]:
    """Figures somebody may have quoted with this number, the best known first."""
    rows = Figure.unrestricted.filter(
        Q(value=value) | Q(low=value) | Q(high=value), quotable=True
    ).select_related("edition", "measure")
    least = fewest()
    return sorted(
        (row for row in rows if not too_small(row, least)),
        key=lambda row: (row.measure.position, len(row.breakdown), row.edition.published),
    )


def history(measure: str, area: str, period: str, breakdown: Sequence[str]) -> list[Figure]:
    """Every edition's word on one thing, the earliest first; nothing where it is too small."""
    rows = Figure.unrestricted.filter(
        measure=measure, area=area, period=period, breakdown=list(breakdown), quotable=True
    ).select_related("edition", "measure", "edition__superseded_by")
    least = fewest()
    return [row for row in rows.order_by("edition__published", "id") if not too_small(row, least)]


def replacements(figure: Figure) -> list[Figure]:
    """What the edition that replaced this one says of the same measure, for another year."""
    later = figure.edition.superseded_by
    if later is None:
        return []
    return list(
        Figure.unrestricted.filter(
            edition=later, measure=figure.measure, area=figure.area
        ).select_related("edition")
    )


def estimates() -> list[Figure]:
    rows = Figure.unrestricted.filter(measure="estimate", area=UK, quotable=True)
    found = list(rows.select_related("edition").order_by("edition__published"))
    asked.note(
        "estimate",
        UK,
        split=Dimension.METHOD,
        periods=[row.period for row in found],
        editions=[row.edition.published for row in found],
    )
    return found


def measures() -> dict[str, Measure]:
    return {row.key: row for row in Measure.unrestricted.order_by("position")}


def too_small(figure: Figure, least: int | None = None) -> bool:
    value, least = figure.value, fewest() if least is None else least
    return bool(figure.measure.small_cells and value is not None and 0 < value < least)


def fewest() -> int:
    """The smallest count shown: what the partnership set for its own counts holds for all."""
    standing = Gate.unrestricted.filter(valid_until=None).values_list("minimum", flat=True)
    return standing.first() or rules.FEWEST


def area_names(codes: Iterable[str]) -> dict[str, str]:
    names = dict(Area.unrestricted.filter(code__in=list(codes)).values_list("code", "name"))
    return {UK: "United Kingdom"} | names
