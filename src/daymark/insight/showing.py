"""A release as rows, a chart and a file. Reads its text alone: what is hidden is not in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from django.utils.translation import gettext as _

from daymark.design.charts import Bar, Bars, Chart, Columns, Series, Table
from daymark.insight import titles
from daymark.insight.definitions import MONTHS
from daymark.insight.rules import number

HIDDEN = "[c]"


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
            value = self._values[key]
            return HIDDEN if value is None else number(value)

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

    def chart(self, key: str) -> Chart | None:
        """The totals along the period, or else along the first axis; None where none are shown."""
        if not self._axes:
            return None
        main = next((a for a in reversed(self._axes) if a["name"] == MONTHS), self._axes[0])
        others = {}
        for axis in self._axes:
            if axis is not main:
                if not (total := _total(axis)):
                    return None
                others[axis["name"]] = total
        codes = [code for code in main["categories"] if code != _total(main)]
        values = [self._at(others | {main["name"]: code}) for code in codes]
        labels = [self._called(main, code) for code in codes]
        about: dict[str, Any] = {
            "key": key,
            "title": _("All of them by %(axis)s") % {"axis": titles.axis(main["name"]).lower()},
            "shows": _("Every concern the table counts."),
            "not_said": _(
                "A concern is what somebody told us, not a crime that happened nor a person "
                "who was exploited. Hidden numbers are left out."
            ),
            "table": Table(self.columns, [tuple(row) for row in self.rows()]),
            "source": _("This partnership's own counts"),
            "unit": _("concerns"),
        }
        if main["name"] == MONTHS:
            short = [_short(code) for code in codes]
            numbered = [n for n, value in enumerate(values) if value is not None]
            return Columns(
                **about,
                groups=short,
                series=[Series(_("Concerns"), [v if v is None else float(v) for v in values])],
                numbered=numbered,
            )
        return Bars(
            **about,
            bars=[
                Bar(label, value, HIDDEN if value is None else number(value))
                for label, value in zip(labels, values, strict=True)
            ],
        )

    def file(self, title: str, notes: Sequence[str]) -> Iterator[Sequence[str]]:
        yield from ([line] for line in (title, *notes))
        yield []
        yield self.columns
        yield from self.rows()


def _total(axis: Mapping[str, Any]) -> str:
    """The category that holds all the others; "" where there is none."""
    inside = {code: set(axis["parts"].get(code, [code])) for code in axis["categories"]}
    everybody = set().union(*inside.values())
    found = [code for code, own in inside.items() if own == everybody and len(inside) > 1]
    return found[0] if found else ""


def _short(code: str) -> str:
    """2026-03 as 3/26, a stretch by its first and last month."""
    ends = [f"{int(month[5:])}/{month[2:4]}" for month in code.split("/")]
    return "–".join(ends)
