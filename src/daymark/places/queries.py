"""From words about a place to an area, offline. Nothing anyone looks up is sent or kept."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from uuid import UUID

from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import Length, Power

from daymark.places import rules
from daymark.places.models import Area, Edition, OtherName, Postcode, Residents, Succession, Town
from daymark.places.terms import LOWEST_COUNCILS, PARTS, Kind, Match


@dataclass(frozen=True)
class Point:
    """Metres on the British National Grid."""

    easting: int
    northing: int


@dataclass(frozen=True)
class Candidate:
    area: Area
    share: float  # of the postcodes that fit, over 0 and up to 1


@dataclass(frozen=True)
class Found:
    """What words about a place turned out to be; the likeliest area first."""

    match: Match
    shown: str  # the place as we would write it: "CM1 1AA", "Chelmsford"; "" for nothing
    candidates: tuple[Candidate, ...] = ()
    point: Point | None = None
    msoa: Area | None = None  # of a whole postcode, where it is known

    @property
    def area(self) -> Area | None:
        """The one area it must be; None where there are several or none."""
        return self.candidates[0].area if len(self.candidates) == 1 else None

    @property
    def likeliest(self) -> Area | None:
        return self.candidates[0].area if self.candidates else None


NOTHING = Found(Match.NOTHING, "")


def find(text: str) -> Found:
    """A postcode or its beginning, a town or an area's name, alone or inside a longer text.

    Areas are those of the loaded editions; `area_on` brings one to a day.
    """
    code = rules.normalise_postcode(text) or rules.postcode_in(text)
    return _by_code(code) if code else _by_name(text)


def area_of(postcode: str, *, on: date) -> Area | None:
    """The lowest council of a postcode as it stood on a day.

    None for an unknown postcode, and where councils were split or merged since so that the
    postcode alone cannot tell which it was.
    """
    code = rules.normalise_postcode(postcode)
    if not code or code.kind is not Match.POSTCODE:
        return None
    row = Postcode.unrestricted.select_related("district").filter(code=code.compact).first()
    return area_on(row.district, on=on) if row else None


def area_on(area: Area, *, on: date) -> Area | None:
    """The area that stood in this one's place on a day; None when there was not exactly one."""
    while on < area.valid_from:
        links = list(area.inheritances.select_related("predecessor"))
        if len(links) != 1:
            return None
        area = links[0].predecessor
    while area.valid_to and on >= area.valid_to:
        links = list(area.successions.select_related("successor"))
        if len(links) != 1:
            return None
        area = links[0].successor
    return area


def chain_of(area: Area) -> list[Area]:
    """The area and everything it lies in: district, county, police force area, country."""
    chain = [area]
    while (parent := chain[-1].parent) is not None:
        chain.append(parent)
    return chain


def areas(*, on: date, kinds: Iterable[str] = LOWEST_COUNCILS) -> QuerySet[Area]:
    """The areas of these kinds that stand on a day, by name."""
    standing = Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    return (
        Area.unrestricted.filter(standing, valid_from__lte=on, kind__in=list(kinds))
        .select_related("parent")
        .order_by("name")
    )


def within(area: Area, *, on: date) -> list[Area]:
    """The lowest councils inside an area on a day, itself if it is one."""
    standing = list(areas(on=on))
    parents = {a.pk: a.parent_id for a in Area.unrestricted.only("id", "parent")}

    def inside(pk: UUID | None) -> bool:
        while pk is not None and pk != area.pk:
            pk = parents.get(pk)
        return pk is not None

    return [council for council in standing if inside(council.pk)]


def by_code(code: str) -> Area | None:
    return Area.unrestricted.filter(code=code).first()


def shares(*, to: date) -> dict[UUID, dict[UUID, Fraction]]:
    """What `rules.carry` needs to bring counts of any older areas to those of a day."""
    moved: defaultdict[UUID, dict[UUID, Fraction]] = defaultdict(dict)
    for link in Succession.unrestricted.filter(from_date__lte=to):
        moved[link.predecessor_id][link.successor_id] = Fraction(link.share)
    return dict(moved)


def residents(area: Area, *, year: int, on: date) -> tuple[int, int] | None:
    """Under-18s and adults of an area, summed over its councils; None when one is missing."""
    councils = {council.pk for council in within(area, on=on)}
    counts: dict[UUID, tuple[Fraction, Fraction]] = {
        row.area_id: (Fraction(row.under18), Fraction(row.adults))
        for row in Residents.unrestricted.filter(year=year)
    }
    moved = shares(to=on)
    young = rules.carry({pk: count[0] for pk, count in counts.items()}, moved)
    grown = rules.carry({pk: count[1] for pk, count in counts.items()}, moved)
    if not councils or not councils <= young.keys():
        return None
    return (
        round(sum(young[pk] for pk in councils)),
        round(sum(grown[pk] for pk in councils)),
    )


def nearest_town(point: Point) -> Town | None:
    away = Power(F("easting") - point.easting, 2) + Power(F("northing") - point.northing, 2)
    return Town.unrestricted.select_related("district").order_by(away).first()


def largest_towns(districts: Iterable[str]) -> list[Town]:
    """The towns of these districts (by code) whose size is known, the largest first."""
    known = Town.unrestricted.filter(district__code__in=list(districts), residents__gt=0)
    return list(known.order_by("-residents", "name"))


def _by_code(code: rules.Code) -> Found:
    if code.kind is not Match.POSTCODE:
        return _by_prefix(code, code.kind)
    rows = Postcode.unrestricted.select_related("district", "msoa")
    row = rows.filter(code=code.compact).first()
    if row is None:
        # A postcode newer than the table lies almost always where its sector lies.
        return _by_prefix(code, Match.UNKNOWN_POSTCODE)
    point = None if row.easting is None else _point(row.easting, row.northing or 0)
    match = Match.TERMINATED if row.terminated else Match.POSTCODE
    return Found(match, str(code), (Candidate(row.district, 1.0),), point, row.msoa)


def _by_prefix(code: rules.Code, match: Match) -> Found:
    prefixes = [code.outcode + code.rest[:1], code.outcode] if code.rest else [code.outcode]
    for prefix in prefixes:
        fitting = (
            Postcode.unrestricted.alias(size=Length("code"))
            .filter(code__startswith=prefix, size=len(code.outcode) + 3)
            .values("district")
            .annotate(number=Count("*"), east=Avg("easting"), north=Avg("northing"))
            .order_by("-number")
        )
        rows = list(fitting)
        if rows:
            break
    else:
        return Found(match, str(code))
    total = sum(row["number"] for row in rows)
    known = Area.unrestricted.in_bulk([row["district"] for row in rows])
    candidates = tuple(Candidate(known[r["district"]], r["number"] / total) for r in rows)
    placed = [r for r in rows if r["east"] is not None]
    weight = sum(r["number"] for r in placed)
    point = None
    if weight:
        point = _point(
            sum(r["east"] * r["number"] for r in placed) / weight,
            sum(r["north"] * r["number"] for r in placed) / weight,
        )
    return Found(match, str(code), candidates, point)


def _by_name(text: str) -> Found:
    edition = Edition.unrestricted.filter(name="areas").values_list("digest", "loaded_at").first()
    spoken = _spoken(*edition) if edition else _read_names()
    whole = rules.fold(text)
    known = whole if whole in spoken.all else rules.name_in(text, spoken.all)
    if known is None and len(whole) >= 5:
        known = next(iter(get_close_matches(whole, sorted(spoken.all), n=1, cutoff=0.84)), None)
    if known is None:
        return NOTHING
    if names := spoken.towns.get(known):
        return _town(Town.unrestricted.select_related("district").filter(name__in=names))
    return _area(Area.unrestricted.filter(code__in=spoken.areas[known]))


@dataclass(frozen=True)
class _Spoken:
    """How places are called, folded: towns by the names they have, areas by their codes."""

    towns: dict[str, set[str]]
    areas: dict[str, set[str]]

    @cached_property
    def all(self) -> set[str]:
        return {*self.towns, *self.areas}


@lru_cache(maxsize=1)
def _spoken(digest: str, loaded_at: datetime) -> _Spoken:
    """Kept until other areas are loaded: a report waits for no thousand names."""
    return _read_names()


def _read_names() -> _Spoken:
    towns: defaultdict[str, set[str]] = defaultdict(set)
    for name in Town.unrestricted.values_list("name", flat=True):
        for spoken in {_folded(name), rules.short_name(_folded(name))}:
            towns[spoken].add(name)
    areas: defaultdict[str, set[str]] = defaultdict(set)
    for name, code in Area.unrestricted.exclude(kind__in=PARTS).values_list("name", "code"):
        areas[_folded(name)].add(code)
    for name, code in OtherName.unrestricted.values_list("name", "area__code"):
        areas[_folded(name)].add(code)
    return _Spoken(dict(towns), dict(areas))


@cache
def _folded(name: str) -> str:
    """Kept for the names of the reference data alone, never for what somebody typed."""
    return rules.fold(name)


def _town(towns: Iterable[Town]) -> Found:
    """Towns of one name, the larger first: Rainham is in Medway and in Havering."""
    ranked = sorted(towns, key=lambda town: -town.residents)
    weight = sum(max(town.residents, 1) for town in ranked)
    first = ranked[0]
    return Found(
        Match.TOWN,
        first.name,
        tuple(Candidate(t.district, max(t.residents, 1) / weight) for t in ranked),
        _point(first.easting, first.northing) if len(ranked) == 1 else None,
    )


def _area(named: Iterable[Area]) -> Found:
    """Areas of one name: what stands before what ended, then a council before its county."""
    order = list(Kind)
    first = min(
        named,
        key=lambda area: (
            area.valid_to is not None,
            area.kind not in LOWEST_COUNCILS,
            -order.index(Kind(area.kind)),
        ),
    )
    return Found(Match.AREA, first.name, (Candidate(first, 1.0),))


def _point(easting: float, northing: float) -> Point:
    return Point(round(easting), round(northing))
