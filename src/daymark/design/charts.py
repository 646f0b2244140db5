"""Charts as marks: where each bar, dot and line goes. Templates draw them as SVG.

Across, a chart counts in percent of its width; down, in pixels. So one drawing fits a phone and a
desk, and its words keep their size. What a chart shows stands in its table as well (`Table`).
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

GUTTER = 9.0  # percent kept at the start for the numbers of the axis
TONES = "abc"  # each a colour and a pattern


@dataclass(frozen=True)
class Table:
    """The same numbers as words, under the chart and in its CSV."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Mark:
    """One bar, dot or stretch; `said` is what it stands for, in words."""

    x: float
    y: float
    width: float
    height: float
    said: str
    tone: str = "a"
    number: str = ""  # printed beside it

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)

    @property
    def anchor(self) -> str:
        """A number over the last column ends with it, so that it does not leave the drawing."""
        return "end" if self.middle > 93 else "mid"

    @property
    def anchored(self) -> float:
        return self.right if self.middle > 93 else self.middle

    @property
    def above(self) -> float:
        return round(self.y - 6, 1)

    @property
    def right(self) -> float:
        return round(self.x + self.width, 2)


@dataclass(frozen=True)
class Tick:
    at: float
    text: str
    often: bool = True  # shown where there is little room too


@dataclass(frozen=True)
class Series:
    """A value for each group; None where there is none. Of `unsaid` groups no number is told."""

    name: str
    values: Sequence[float | None]
    tone: str = "a"
    unsaid: Collection[int] = ()


@dataclass(frozen=True)
class Break:
    """Something changed before a group, so that what follows is not the same series."""

    before: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What every chart carries with it; `key` is its address on the page."""

    key: str
    title: str
    shows: str  # one sentence
    not_said: str  # one sentence
    table: Table
    source: str = ""
    notes: Sequence[str] = ()
    unit: str = ""
    query: Sequence[str] = ()  # what was asked of the figures to make it

    kind = ""

    @property
    def template(self) -> str:
        return f"design/charts/{self.kind}.html"

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Tone and name; nothing where there is only one."""
        return []

    @property
    def patterned(self) -> bool:
        """Whether a tone other than the first, which is plain, fills a shape."""
        return any(tone != "a" for tone, _name in self.legend)


def nice_ticks(low: float, high: float, *, wanted: int = 4) -> list[float]:
    """Round numbers from at most `low` to at least `high`, 0 among them."""
    low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-9:
        return [0.0, 1.0]
    raw = (high - low) / wanted
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * n for n in (1, 2, 2.5, 5, 10) if size * n >= raw)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(n * step, 10) for n in range(first, last + 1)]


def short(value: float) -> str:
    """A number for an axis: 20k, 1.5m, 0.5."""
    for size, letter in ((1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def change(value: float) -> str:
    return "0" if not value else f"{value:+,.0f}".replace("-", "\u2212")


def printed(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


@dataclass(frozen=True, kw_only=True)
class Upright(Chart):
    """Groups (years, quarters) from start to end with an axis of numbers at the start."""

    groups: Sequence[str]
    series: Sequence[Series]
    breaks: Sequence[Break] = ()
    height: int = 240

    TOP, BOTTOM = 24, 26

    def __post_init__(self) -> None:
        if any(len(one.values) != len(self.groups) for one in self.series):
            raise ValueError("each series needs a value for each group")

    def _span(self) -> tuple[float, float]:
        values = [v for one in self.series for v in one.values if v is not None]
        return min(values, default=0.0), max(values, default=0.0)

    @cached_property
    def scale(self) -> list[float]:
        return nice_ticks(*self._span())

    @property
    def floor(self) -> int:
        return self.height - self.BOTTOM

    def down(self, value: float) -> float:
        """Pixels from the top at which a value lies."""
        low, high = self.scale[0], self.scale[-1]
        return round(self.floor - (value - low) / (high - low) * (self.floor - self.TOP), 1)

    @property
    def slot(self) -> float:
        return (100 - GUTTER) / len(self.groups)

    def start(self, group: int) -> float:
        return GUTTER + group * self.slot

    @property
    def ticks(self) -> list[Tick]:
        return [Tick(self.down(value), short(value)) for value in self.scale]

    @property
    def labels(self) -> list[Tick]:
        """Names of groups; every other one gives way on a phone, the last never."""
        last = len(self.groups) - 1
        every = math.ceil(len(self.groups) / 6)
        return [
            Tick(round(self.start(n) + self.slot / 2, 2), name, (last - n) % every == 0)
            for n, name in enumerate(self.groups)
        ]

    @property
    def break_lines(self) -> list[Tick]:
        return [Tick(round(self.start(one.before), 2), one.text) for one in self.breaks]

    @property
    def legend(self) -> list[tuple[str, str]]:
        return [(one.tone, one.name) for one in self.series] if len(self.series) > 1 else []


@dataclass(frozen=True, kw_only=True)
class Columns(Upright):
    """Columns, beside each other or stacked; numbers are printed on those in `numbered`."""

    stacked: bool = False
    numbered: Sequence[int] = ()
    changes: bool = False  # values are differences and carry their sign

    FEW = 5  # so many numbers fit on a phone; more of them are left to wider pages

    kind = "columns"

    def _span(self) -> tuple[float, float]:
        if not self.stacked:
            return super()._span()
        sums = [sum(one.values[n] or 0 for one in self.series) for n in range(len(self.groups))]
        return 0.0, max(sums, default=0.0)

    @property
    def marks(self) -> list[Mark]:
        write = change if self.changes else printed
        each = self.slot * 0.74 / (1 if self.stacked else len(self.series))
        found = []
        for n, group in enumerate(self.groups):
            base = 0.0
            for place, one in enumerate(self.series):
                value = one.values[n]
                if value is None or (self.stacked and not value):
                    continue
                x = self.start(n) + self.slot * 0.13 + (0 if self.stacked else place * each)
                top, bottom = self.down(max(base + value, base)), self.down(min(base + value, base))
                name = f", {one.name}" if len(self.series) > 1 else ""
                told = "[c]" if n in one.unsaid else write(value)
                found.append(
                    Mark(
                        round(x, 2),
                        top,
                        round(each, 2),
                        round(bottom - top, 1),
                        f"{group}{name}: {told} {self.unit}".strip(),
                        one.tone,
                        write(value) if n in self.numbered and not self.stacked else "",
                    )
                )
                base += value if self.stacked else 0
        return found

    @property
    def few(self) -> bool:
        return len(self.numbered) <= self.FEW

    @property
    def sums(self) -> list[Mark]:
        """What stands over a stacked column: the sum of it."""
        totals = {n: sum(one.values[n] or 0 for one in self.series) for n in self.numbered}
        return [
            Mark(self.start(n), self.down(total), self.slot, 0, "", number=printed(total))
            for n, total in totals.items()
            if self.stacked
        ]


@dataclass(frozen=True, kw_only=True)
class Lines(Upright):
    """Lines with their points; a gap for a missing value, whiskers where it has an interval."""

    intervals: Sequence[Sequence[tuple[float, float] | None]] = ()

    kind = "lines"

    def _span(self) -> tuple[float, float]:
        low, high = super()._span()
        ends = [end for one in self.intervals for pair in one if pair for end in pair]
        return min([low, *ends]), max([high, *ends])

    def _middle(self, group: int) -> float:
        return round(self.start(group) + self.slot / 2, 2)

    @property
    def marks(self) -> list[Mark]:
        return [
            Mark(self._middle(n), self.down(value), 0, 0, self._said(n, one, value), one.tone)
            for one in self.series
            for n, value in enumerate(one.values)
            if value is not None
        ]

    def _said(self, group: int, one: Series, value: float) -> str:
        name = f", {one.name}" if len(self.series) > 1 else ""
        return f"{self.groups[group]}{name}: {printed(value)} {self.unit}".strip()

    @property
    def strokes(self) -> list[tuple[float, float, float, float, str]]:
        """Straight pieces between neighbouring points: from x, y to x, y, and the tone."""
        return [
            (self._middle(n), self.down(here), self._middle(n + 1), self.down(there), one.tone)
            for one in self.series
            for n, (here, there) in enumerate(pairwise(one.values))
            if here is not None and there is not None
        ]

    @property
    def whiskers(self) -> list[tuple[float, float, float, str]]:
        return [
            (self._middle(n), self.down(pair[1]), self.down(pair[0]), one.tone)
            for one, pairs in zip(self.series, self.intervals, strict=False)
            for n, pair in enumerate(pairs)
            if pair
        ]


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart; `low` and `high` make a whisker, `shown` is what is printed."""

    name: str
    value: float | None
    shown: str = ""
    tone: str = "a"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Bars(Chart):
    """Bars from the start of the line, each under its name, so that names are never cut."""

    bars: Sequence[Bar]
    tones: Sequence[tuple[str, str]] = ()
    full: float = 0  # what a whole line means; the longest bar where it is 0

    kind = "bars"
    ROW = 46

    @property
    def height(self) -> int:
        return self.ROW * len(self.bars)

    @property
    def _full(self) -> float:
        ends = [max(bar.value or 0, bar.high or 0) for bar in self.bars]
        return self.full or max(ends, default=0) or 1

    def _across(self, value: float) -> float:
        return round(value / self._full * 100, 2)

    @property
    def marks(self) -> list[Mark]:
        return [
            Mark(
                0,
                n * self.ROW + 22,
                self._across(bar.value or 0),
                13,
                f"{bar.name}: {self._shown(bar)}",
                bar.tone,
                self._shown(bar),
            )
            for n, bar in enumerate(self.bars)
        ]

    @property
    def rows(self) -> list[tuple[Bar, Mark, float, tuple[float, float, float] | None]]:
        """Each bar, its mark, where its words stand, and its whisker: from, to, how far down."""
        return [
            (
                bar,
                mark,
                mark.y - 7,
                (self._across(bar.low), self._across(bar.high), mark.y + 6.5)
                if bar.low is not None and bar.high is not None
                else None,
            )
            for bar, mark in zip(self.bars, self.marks, strict=True)
        ]

    def _shown(self, bar: Bar) -> str:
        return bar.shown or ("" if bar.value is None else printed(bar.value))

    @property
    def legend(self) -> list[tuple[str, str]]:
        return list(self.tones)

    @property
    def patterned(self) -> bool:
        return any(bar.tone != "a" for bar in self.bars)


@dataclass(frozen=True, kw_only=True)
class Dots(Chart):
    """Values with their intervals on a scale of powers of ten: each step is ten times the last."""

    bars: Sequence[Bar]
    low: float
    high: float

    kind = "dots"
    ROW = 58

    @property
    def height(self) -> int:
        return self.ROW * len(self.bars) + 28

    def across(self, value: float) -> float:
        span = math.log10(self.high) - math.log10(self.low)
        return round(4 + (math.log10(value) - math.log10(self.low)) / span * 92, 2)

    @property
    def ticks(self) -> list[Tick]:
        last = math.ceil(math.log10(self.high))
        for steps in ((1, 2, 5), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)):
            numbers = [n * 10**power for power in range(last + 1) for n in steps]
            inside = [n for n in numbers if self.low <= n <= self.high]
            if len(inside) > 2:
                break
        return [Tick(self.across(n), short(n)) for n in inside]

    @property
    def marks(self) -> list[Mark]:
        """A dot where there is a value; a stretch as wide as the interval."""
        found = []
        for n, bar in enumerate(self.bars):
            low = self.across(bar.low if bar.low is not None else bar.value or self.low)
            high = self.across(bar.high if bar.high is not None else bar.value or self.high)
            said = f"{bar.name}: {bar.shown}"
            y = n * self.ROW + 38
            found.append(Mark(low, y, round(high - low, 2), 0, said, bar.tone, bar.shown))
        return found

    @property
    def rows(self) -> list[tuple[Bar, Mark, float, float | None, bool, str]]:
        """Each row: its mark, where its words stand, its dot, if it is "at least", its interval."""
        return [
            (
                bar,
                mark,
                mark.y - 18,
                None if bar.value is None else self.across(bar.value),
                bar.low is not None and bar.high is None,
                ""
                if bar.value is None or bar.low is None or bar.high is None
                else f" ({bar.low:,.0f} – {bar.high:,.0f})",
            )
            for bar, mark in zip(self.bars, self.marks, strict=True)
        ]
