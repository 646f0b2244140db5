"""A release as rows, charts and files. Reads its text alone: what is hidden is not in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from django.utils.translation import gettext as _

from daymark.design.charts import Bar, Bars, Chart, Columns, Series, Table
from daymark.design.maps import PAD, Area, Map
from daymark.insight import titles
from daymark.insight.definitions import AREAS, MONTHS, following, quarter_of, quarters
from daymark.insight.queries.published import Published
from daymark.insight.rules import HIDDEN, number
from daymark.places import outlines


@dataclass(frozen=True)
class Shown:
    """What a release says. `body` is its JSON, `names` what its areas are called."""

    body: str
    names: Mapping[str, str]

    @cached_property
    def told(self) -> Mapping[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def minimum(self) -> int:
        return int(self.told["minimum"])

    @property
    def hidden(self) -> int:
        return sum(value is None for value in self.told["shown"])

    @property
    def cells(self) -> int:
        return len(self.told["shown"])

    @property
    def dimensions(self) -> list[str]:
        """What it counts by, in words: "Area: 30 categories", "Period: March 2026"."""
        return [
            f"{titles.axis(one['name'])}: "
            + (
                self._called(one, one["categories"][0])
                if len(one["categories"]) == 1
                else _("%(n)s categories") % {"n": len(one["categories"])}
            )
            for one in self.told["dimensions"]
        ]

    @cached_property
    def _values(self) -> dict[tuple[str, ...], int | None]:
        axes = [one["categories"] for one in self.told["dimensions"]]
        return dict(zip(product(*axes), self.told["shown"], strict=True))

    @cached_property
    def _axes(self) -> list[dict[str, Any]]:
        """Those with more than one category; the others stand in the title."""
        return [one for one in self.told["dimensions"] if len(one["categories"]) > 1]

    def _at(self, chosen: Mapping[str, str]) -> int | None:
        dimensions = self.told["dimensions"]
        return self._values[tuple(chosen.get(d["name"], d["categories"][0]) for d in dimensions)]

    def _called(self, axis: Mapping[str, Any], code: str) -> str:
        if code == _total(axis) and axis["name"] == MONTHS:
            return _("All of them")
        return titles.category(axis["name"], code, self.names)

    @property
    def heads(self) -> int:
        """How many columns of a row are its headings."""
        return max(len(self._axes) - 1, 1)

    @property
    def columns(self) -> list[str]:
        if not self._axes:
            return [_("Period"), _("Concerns")]
        first = [titles.axis(axis["name"]) for axis in (self._axes[:-1] or self._axes)]
        if len(self._axes) == 1:
            return [*first, _("Concerns")]
        last = self._axes[-1]
        return [*first, *(self._called(last, code) for code in last["categories"])]

    def rows(self) -> Iterator[list[str]]:
        return self._rows({})

    def _rows(self, instead: Mapping[tuple[str, ...], str]) -> Iterator[list[str]]:
        """Each row as printed; `instead` prints other values than the counts."""

        def cell(chosen: Mapping[str, str]) -> str:
            key = tuple(chosen.get(d["name"], d["categories"][0]) for d in self.told["dimensions"])
            if instead:
                return instead[key]
            return _printed(self._values[key])

        if not self._axes:
            code = self.told["dimensions"][-1]["categories"][0]
            yield [titles.period(code), cell({})]
            return
        rows, last = (
            (self._axes[:-1], self._axes[-1]) if len(self._axes) > 1 else (self._axes, None)
        )
        for codes in product(*(axis["categories"] for axis in rows)):
            chosen = {axis["name"]: code for axis, code in zip(rows, codes, strict=True)}
            heads = [self._called(axis, code) for axis, code in zip(rows, codes, strict=True)]
            if last is None:
                yield [*heads, cell(chosen)]
            else:
                yield [*heads, *(cell(chosen | {last["name"]: c}) for c in last["categories"])]

    def rates(self, residents: Mapping[str, int], *, per: int = 100_000) -> list[list[str]]:
        """The same rows as rates, rounded until no count can be told from one."""
        import numpy as np

        from daymark.insight import gate
        from prevalence.disclosure import rates

        release = gate.read(self.body)
        areas = next((d for d in release.dimensions if d.name == "area"), None)
        if areas is None:
            return []
        shape = [len(d.categories) if d is areas else 1 for d in release.dimensions]
        people = np.array([residents.get(code, 0) for code in areas.categories]).reshape(shape)
        found = rates(release, people, per=per)
        printed = {
            codes: HIDDEN if count is None else "–" if value is None else f"{value:,g}"
            for (codes, count), value in zip(release.cells(), found.values, strict=True)
        }
        return list(self._rows(printed))

    @property
    def notes(self) -> list[str]:
        """What travels with the numbers, on the page and in the files of the table."""
        if self.hidden:
            small = _(
                "[c] stands for a number from 1 to %(most)s, or one from which such a number could "
                "be worked out, also together with what was shown before: %(hidden)s of %(cells)s."
            ) % {"most": self.minimum - 1, "hidden": self.hidden, "cells": self.cells}
        else:
            small = _("No number lies between 1 and %(most)s; every number is shown.") % {
                "most": self.minimum - 1
            }
        counted = _(
            "Concerns by the month they arrived in, each month counted once. Tests and concerns "
            "restricted to named people are not counted; what was decided later is not added."
        )
        return [small, counted]

    def table(self, title: str, query: Sequence[str]) -> Chart:
        """All of it, to take along as numbers."""
        rows = Table(self.columns, [tuple(row) for row in self.rows()])
        return Chart(key="table", title=title, table=rows, notes=self.notes, **self._about(query))

    def charts(self, query: Sequence[str] = ()) -> list[Chart]:
        """The totals in time and on a map, or else as bars; none where no total is shown.

        Drawn from what was released and nothing else: no picture says more than the table.
        """
        found = [self._along(query), self._map(query)]
        return [one for one in found if one]

    def _about(self, query: Sequence[str]) -> dict[str, Any]:
        return {
            "shows": _("Every concern the table counts."),
            "not_said": _(
                "A concern is what somebody told us, not a crime that happened nor a person "
                "who was exploited. Hidden numbers are left out."
            ),
            "source": _("Source: this partnership's own counts, table %(digest)s.")
            % {"digest": self.told["digest"][:12]},
            "unit": _("concerns"),
            "query": query,
        }

    def _totals(self, axis: Mapping[str, Any]) -> list[tuple[str, int | None]] | None:
        """Each category of an axis with its number over all the others; None without totals."""
        others = {}
        for one in self._axes:
            if one is not axis:
                if not (total := _total(one)):
                    return None
                others[one["name"]] = total
        codes = [code for code in axis["categories"] if code != _total(axis)]
        return [(code, self._at(others | {axis["name"]: code})) for code in codes]

    def _along(self, query: Sequence[str]) -> Chart | None:
        if not self._axes:
            return None
        main = next((a for a in reversed(self._axes) if a["name"] == MONTHS), self._axes[0])
        totals = self._totals(main)
        if totals is None or (main["name"] == AREAS and _councils(main)):
            return None  # a map shows the councils
        labels = [self._called(main, code) for code, _value in totals]
        named = titles.axis(main["name"])
        about = self._about(query) | {
            "key": "counted",
            "title": _("All of them by %(axis)s") % {"axis": named.lower()},
            "table": _two(named, labels, [value for _code, value in totals]),
        }
        if main["name"] == MONTHS:
            return Columns(
                **about,
                groups=[_short(code) for code, _value in totals],
                series=[Series(_("Concerns"), [v if v is None else float(v) for _c, v in totals])],
                numbered=[n for n, (_code, value) in enumerate(totals) if value is not None],
            )
        return Bars(
            **about,
            bars=[
                Bar(label, value, _printed(value))
                for label, (_code, value) in zip(labels, totals, strict=True)
            ],
        )

    def _map(self, query: Sequence[str]) -> Map | None:
        axis = next((one for one in self._axes if one["name"] == AREAS), None)
        codes = _councils(axis) if axis else []
        if axis is None or not codes:
            return None
        said = dict(self._totals(axis) or ())
        if not said:
            return None
        drawing = outlines.drawing(codes, width=900)
        names = [self._called(axis, code) for code in codes]
        away = [
            self._called(axis, code)
            for code in said
            if code not in codes and code not in axis["parts"]
        ]
        return Map(
            **self._about(query)
            | {
                "not_said": _(
                    "Where there is more exploitation. More people live in some councils than in "
                    "others, and some tell us more. A concern is what somebody told us."
                )
            },
            key="map",
            title=_("All of them by council"),
            table=_two(_("Council"), names, [said[code] for code in codes]),
            areas=[
                Area(code, name, drawing.paths[code], said[code], _shown(said[code]))
                for code, name in zip(codes, names, strict=True)
            ],
            opened=False,
            hatched=_("Hidden: too small, or it would give away one that is"),
            width=drawing.width,
            height=drawing.height,
            ground=outlines.land(drawing, margin=PAD),
            notes=[_("Not on the map: %(away)s.") % {"away": ", ".join(away)}] if away else [],
        )


def as_published(found: Published, *, minimum: int, query: Sequence[str]) -> Chart:
    """Published figures of a view, to take along as numbers."""
    heads = [_("Area"), *([_("Of whom")] if found.broken_down else [])]
    return Chart(
        key=found.measure.pk,
        title=found.measure.name,
        shows=found.measure.definition,
        not_said=found.measure.not_said,
        table=Table(
            [*heads, *found.columns],
            [(area, *([what] if found.broken_down else []), *v) for area, what, v in found.rows],
        ),
        source=_("Source: %(sources)s.") % {"sources": "; ".join(found.sources)},
        notes=[titles.smaller_than_published(minimum)] if found.hidden else [],
        query=query,
    )


def _councils(axis: Mapping[str, Any]) -> list[str]:
    """The areas that can be drawn: none lies in another, and there is something to compare."""
    codes = [c for c in axis["categories"] if c not in axis["parts"] and c in outlines.codes()]
    return codes if len(codes) > 1 else []


def _two(head: str, labels: Sequence[str], values: Sequence[int | None]) -> Table:
    rows = [(label, _printed(value)) for label, value in zip(labels, values, strict=True)]
    return Table([head, _("Concerns")], rows)


def _printed(value: int | None) -> str:
    return HIDDEN if value is None else number(value)


def _shown(value: int | None) -> str:
    return _("hidden") if value is None else number(value)


def _total(axis: Mapping[str, Any]) -> str:
    """The category that holds all the others; "" where there is none."""
    inside = {code: set(axis["parts"].get(code, [code])) for code in axis["categories"]}
    everybody = set().union(*inside.values())
    found = [code for code, own in inside.items() if own == everybody and len(inside) > 1]
    return found[0] if found else ""


def _short(code: str) -> str:
    """2026-03 as 3/26, a quarter as Q1 26, another stretch by its first and last month."""
    first, _sep, last = code.partition("/")
    if last and quarters(months := [*following(first, last)]) == [tuple(months)]:
        if len(months) == 3:
            return f"Q{quarter_of(first)[-1]} {first[2:4]}"
        return f"{int(first[5:])}–{int(last[5:])}/{last[2:4]}"
    ends = [f"{int(month[5:])}/{month[2:4]}" for month in code.split("/")]
    return "–".join(ends)
