"""What a view of the partnership's own concerns asks for, as plain words and sets of codes.

Months are written 2026-03, stretches of them 2026-01/2026-03. An area is a code of the scope, a
police force area's code with `?` after it stands for a place known no closer than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daymark.insight.terms import OTHER, SEVERAL, By

ALL = "ALL"
LATEST = "last-"
AREAS, TYPES, MONTHS = "area", "type", "month"
TOO_MANY = 3_000
"""Cells of one table: more than anybody reads, and than the gate clears while somebody waits."""


class NotAView(ValueError):
    """What was chosen makes no table; `part` names the choice."""

    def __init__(self, part: str, why: str) -> None:
        self.part = part
        super().__init__(why)


@dataclass(frozen=True)
class Ground:
    """What can be told apart: each force's councils, the types, the months counted so far."""

    areas: Mapping[str, Sequence[str]]
    types: Sequence[str]
    months: Sequence[str]

    def atoms(self, code: str) -> tuple[str, ...]:
        """The finest areas inside a force, or the council itself."""
        return (*self.areas[code], code + OTHER) if code in self.areas else (code,)

    @property
    def all_areas(self) -> tuple[str, ...]:
        return (*(atom for force in self.areas for atom in self.atoms(force)), OTHER)

    @property
    def all_types(self) -> tuple[str, ...]:
        return (*self.types, SEVERAL, OTHER)


@dataclass(frozen=True)
class Axis:
    """One thing counted by: categories, and for each total or group what it consists of."""

    name: str
    categories: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = False


OWN = "concerns"
"""The measure that is not published by anybody else: what this partnership was told."""

COUNTED_BY = (By.FORCE, By.COUNCIL, By.TYPE, By.MONTH, By.QUARTER)
PUBLISHED_BY = (By.FORCE, By.TYPE, By.AGE, By.GENDER, By.NATIONALITY, By.QUARTER, By.YEAR)


@dataclass(frozen=True)
class Definition:
    """A view; empty `areas` or `types` mean all of them."""

    measure: str = OWN
    period: str = "last-12"
    areas: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    by: tuple[By, ...] = ()
    beside: str = ""  # a published measure to stand beside own counts
    rates: bool = False

    @classmethod
    def stored(cls, written: Mapping[str, Any]) -> Definition:
        return cls(
            measure=written["measure"],
            period=written["period"],
            areas=tuple(written["areas"]),
            types=tuple(written["types"]),
            by=tuple(By(code) for code in written["by"]),
            beside=written["beside"],
            rates=written["rates"],
        )

    @property
    def written(self) -> dict[str, Any]:
        """The same as JSON, and as the parameters of its address."""
        return {
            "measure": self.measure,
            "period": self.period,
            "areas": list(self.areas),
            "types": list(self.types),
            "by": [by.value for by in self.by],
            "beside": self.beside,
            "rates": self.rates,
        }

    @property
    def rolls(self) -> bool:
        """Whether it counts other months as time goes by."""
        return self.period.startswith(LATEST)

    def months(self, ground: Ground) -> tuple[str, ...]:
        """Raises NotAView for months not all counted yet."""
        found = months_of(self.period, ground.months)
        if not found or not set(found) <= set(ground.months):
            raise NotAView("period", "not all of these months have been counted")
        return found

    def settled(self, ground: Ground) -> dict[str, Any]:
        """The same with its months fixed: what a ledger remembers it by."""
        return {
            "period": span(self.months(ground)),
            "areas": sorted(self.areas),
            "types": sorted(self.types),
            "by": [by.value for by in By if by in self.by],
        }

    def axes(self, ground: Ground) -> tuple[Axis, ...]:
        """What the table counts by, the period last. Raises NotAView."""
        if set(self.by) - set(COUNTED_BY):
            raise NotAView("by", "concerns are counted by area, type, month and quarter alone")
        if {By.FORCE, By.COUNCIL} <= set(self.by):
            raise NotAView("by", "choose police forces or councils, not both")
        if {By.MONTH, By.QUARTER} <= set(self.by):
            raise NotAView("by", "choose months or quarters, not both")
        axes = [self._area(ground), self._type(ground), self._month(ground)]
        found = tuple(axis for axis in axes if axis)
        cells = 1
        for axis in found:
            cells *= len(axis.categories)
        if cells > TOO_MANY:
            raise NotAView("by", f"that is {cells:,} numbers; {TOO_MANY:,} are the most")
        return found

    def _area(self, ground: Ground) -> Axis | None:
        if unknown := set(self.areas) - {*ground.areas, *ground.all_areas}:
            raise NotAView("areas", f"no area of this partnership: {', '.join(sorted(unknown))}")
        forces = [force for force in ground.areas if not self.areas or force in self.areas]
        parts = {force: ground.atoms(force) for force in forces}
        if By.COUNCIL in self.by:
            inside = [code for force in forces for code in (*parts[force], force)]
            alone = [code for code in self.areas if code not in inside]
            shown = [*inside, *alone]
        elif By.FORCE in self.by:
            if not forces:
                raise NotAView("areas", "choose a police force, or count by council")
            shown = forces
        elif self.areas:
            return _joined(AREAS, {code: ground.atoms(code) for code in self.areas})
        else:
            return None
        if self.areas:
            return Axis(AREAS, tuple(shown), parts)
        parts[ALL] = ground.all_areas
        return Axis(AREAS, (*shown, OTHER, ALL), parts, complete=True)

    def _type(self, ground: Ground) -> Axis | None:
        if unknown := set(self.types) - set(ground.all_types):
            raise NotAView("types", f"no type that is counted: {', '.join(sorted(unknown))}")
        chosen = tuple(one for one in ground.all_types if one in self.types)
        if By.TYPE not in self.by:
            return _joined(TYPES, {one: (one,) for one in chosen}) if chosen else None
        if chosen:
            return Axis(TYPES, chosen)
        whole = ground.all_types
        return Axis(TYPES, (*whole, ALL), {ALL: whole}, complete=True)

    def _month(self, ground: Ground) -> Axis:
        months = self.months(ground)
        whole = {span(months): months} if len(months) > 1 else {}
        if By.MONTH in self.by:
            return Axis(MONTHS, (*months, *whole), whole)
        if By.QUARTER in self.by:
            groups = {span(some): some for some in quarters(months)}
            parts = {name: some for name, some in groups.items() if len(some) > 1}
            return Axis(MONTHS, tuple(dict.fromkeys((*groups, *whole))), parts | whole)
        return Axis(MONTHS, (span(months),), whole)


def _joined(name: str, chosen: Mapping[str, tuple[str, ...]]) -> Axis:
    """One category of several codes; a code inside another of them adds nothing."""
    atoms = tuple(dict.fromkeys(atom for some in chosen.values() for atom in some))
    whole = next((code for code, some in chosen.items() if set(some) == set(atoms)), "")
    label = whole or "+".join(sorted(chosen))
    return Axis(name, (label,), {} if atoms == (label,) else {label: atoms})


# ---- months ----


def span(months: Sequence[str]) -> str:
    return months[0] if len(months) == 1 else f"{months[0]}/{months[-1]}"


def months_of(period: str, counted: Sequence[str]) -> tuple[str, ...]:
    """`2026-03`, `2026-01/2026-03`, or the latest so many of those counted: `last-12`."""
    if period.startswith(LATEST):
        number = int(period.removeprefix(LATEST))
        return tuple(counted[-number:]) if len(counted) >= number else ()
    first, _, last = period.partition("/")
    return tuple(following(first, last or first))


def following(first: str, last: str) -> Iterable[str]:
    at = first
    while at <= last:
        yield at
        year, month = int(at[:4]), int(at[5:])
        at = f"{year + month // 12:04}-{month % 12 + 1:02}"


def quarter_of(month: str) -> str:
    return f"{month[:4]}Q{(int(month[5:]) + 2) // 3}"


def quarters(months: Sequence[str]) -> list[tuple[str, ...]]:
    """The months in groups, one a calendar quarter."""
    groups: dict[str, list[str]] = {}
    for month in months:
        groups.setdefault(quarter_of(month), []).append(month)
    return [tuple(some) for some in groups.values()]


def choices_of(counted: Sequence[str]) -> dict[str, list[str]]:
    """The stretches of counted months worth choosing: latest, years, quarters, months."""
    years: dict[str, list[str]] = {}
    for month in counted:
        years.setdefault(month[:4], []).append(month)
    return {
        LATEST: [f"{LATEST}{number}" for number in (1, 3, 12) if number <= len(counted)],
        "year": [span(some) for some in reversed(years.values()) if len(some) > 3],
        "quarter": [span(some) for some in reversed(quarters(counted)) if len(some) == 3],
        "month": list(reversed(counted)),
    }
