"""Pictures as SVG, each with a twin in plain text that says the same.

Drawn by hand: no plotting package, no style sheet, no script. Everything takes the text colour of
the page it stands on, so it is legible in the dark, in print and where colours are forced; what
is told apart is told apart by shape and words.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from prevalence.local import LocalBand
from prevalence.patterns import name
from prevalence.results import NoInterval, Result
from prevalence.spread import SUPPORTED, Spread
from prevalence.table import CaptureTable

WIDTH, MARGIN, SIZE, LINE = 640, 8, 14, 20
LETTER = 0.56  # width of a letter in a system font, in its size
MOST_PATTERNS = 24
FARTHEST = 20.0
NO_FIGURE = "no figure"
FAINT, SOFT, CLEAR = 0.16, 0.45, 0.72


@dataclass(frozen=True)
class Plot:
    """A picture (an SVG element) and its twin in words."""

    svg: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of a chart of figures.

    Parameters
    ----------
    label : what the figure is
    low, high : its limits, people; None if it has none
    middle : the figure, people; None if there is none to show
    note : what to know about it
    """

    label: str
    low: float | None = None
    high: float | None = None
    middle: float | None = None
    note: str = ""

    @property
    def words(self) -> str:
        figure = "" if self.middle is None else f"{self.middle:,.0f}"
        if self.low is not None and self.high is not None:
            ends = f"{self.low:,.0f} to {self.high:,.0f}"
            return f"{figure} ({ends})" if figure else ends
        return figure or NO_FIGURE


def overlap(table: CaptureTable, *, width: int = WIDTH) -> Plot:
    """Show how many people were on exactly which lists (an UpSet chart), largest group first."""
    masks = [int(m) for m in np.argsort(-table.counts, kind="stable") if table.counts[m]]
    shown, rest = masks[:MOST_PATTERNS], masks[MOST_PATTERNS:]
    on = np.diag(table.overlaps()).tolist()
    title = "People by the exact set of lists they are on"
    desc = (
        f"{table.observed:,} people on {table.k} lists, {table.on_two_or_more:,} of them on two or "
        "more."
    )
    tail = ["Numbers under the dots are people on each list; dark bars, people on two or more."]
    if rest:
        tail.append(f"{table.counts[rest].sum():,} more people are in {len(rest)} smaller groups.")
    if empty := table.empty_pairs():
        tail.append(f"Nobody is on both of: {', '.join(empty)}.")
    below = [part for line in tail for part in _wrapped(line, _letters(width))]
    column = min(34.0, (width - 170) / table.k)
    left = MARGIN + max(column * table.k, 90)
    head = 34 + 0.75 * LETTER * SIZE * max(map(len, table.lists))
    most, room = int(table.counts.max()), width - left - 76
    draw = _Drawing(title, desc, width, head + LINE * (len(shown) + 2 + len(below)) + 8)
    for i, label in enumerate(table.lists):
        x = MARGIN + column * (i + 0.5)
        draw.text(x + 4, head - 12, label, turn=-48)
    for row, mask in enumerate(shown):
        y = head + LINE * (row + 0.5)
        if row % 2 == 0:
            draw.box(0, y - LINE / 2, width, LINE, opacity=0.05)
        inside = [i for i in range(table.k) if mask >> i & 1]
        for i in range(table.k):
            x = MARGIN + column * (i + 0.5)
            if i in inside:
                draw.dot(x, y, 5.5)
            else:
                draw.ring(x, y, 4, opacity=0.3)
        ends = [MARGIN + column * (i + 0.5) for i in (inside[0], inside[-1])]
        if len(inside) > 1:
            draw.line(ends[0], y, ends[1], y, thick=2.5)
        people = int(table.counts[mask])
        long = max(1.5, room * people / most)
        draw.box(left + 12, y - 6, long, 12, opacity=CLEAR if len(inside) > 1 else SOFT)
        draw.text(left + 18 + long, y + 5, f"{people:,}")
    y = head + LINE * (len(shown) + 0.5) + 6
    for i, people in enumerate(on):
        draw.text(MARGIN + column * (i + 0.5), y + 5, f"{people:,}", at="middle", size=11)
    for row, line in enumerate(below):
        draw.text(MARGIN, y + LINE * (row + 1) + 9, line, opacity=0.85, size=13)
    lines = [f"{label}: {people:,} people" for label, people in zip(table.lists, on, strict=True)]
    lines += [f"on {name(mask, table.lists)} only: {table.counts[mask]:,}" for mask in shown]
    return draw.done([*lines, *tail])


def spread(models: Spread, *, width: int = WIDTH) -> Plot:
    """Show every model's total against how much worse than the best it fits."""
    title = "Every model that fits, by its total and its distance from the best"
    total, worse = models.total[: models.fitted], models.bic[: models.fitted] - models.bic[:1]
    unfitted = len(models.total) - models.fitted
    if not models.fitted:
        draw = _Drawing(title, "No model can be fitted.", width, 40)
        return draw.done(["no model can be fitted"])
    low, high = models.supported()
    desc = (
        f"{models.fitted:,} models fit the table, {unfitted:,} do not. Those within "
        f"{SUPPORTED:g} of the best put the total between {low:,.0f} and {high:,.0f}."
    )
    near = worse <= FARTHEST
    top, deep = 56, 260
    draw = _Drawing(title, desc, width, top + deep + 58)
    axis = _Axis(total[near], 62, width - 20)
    edge = top + deep * SUPPORTED / FARTHEST
    draw.box(62, top, width - 82, edge - top, opacity=0.09)
    draw.text(64, top - 26, "As good as the best (shaded):")
    draw.text(64, top - 8, f"{low:,.0f} to {high:,.0f} people", bold=True)
    for level in (0, 5, 10, 15, 20):
        y = top + deep * level / FARTHEST
        draw.line(62, y, width - 20, y, opacity=FAINT)
        draw.text(54, y + 5, f"{level}", at="end")
    draw.text(16, top + deep / 2, "BIC above the best", turn=-90, at="middle", opacity=0.85)
    draw.axis(axis, top, top + deep)
    cells: dict[tuple[int, int], int] = {}
    for x, y in zip(axis(total[near]), top + deep * worse[near] / FARTHEST, strict=True):
        if y <= edge:
            draw.dot(float(x), float(y), 4.5, opacity=0.8)
        else:
            cell = int(x) // 6, int(y) // 6
            cells[cell] = cells.get(cell, 0) + 1
    most = math.log1p(max(cells.values(), default=1))
    for (i, j), count in sorted(cells.items()):
        draw.box(6 * i, 6 * j, 5, 5, opacity=round(0.15 + 0.6 * math.log1p(count) / most, 2))
    lines = []
    for start, stop in ((0, 2), (2, 6), (6, 10), (10, 20), (20, np.inf)):
        some = total[(worse >= start) & (worse < stop if start else worse <= SUPPORTED)]
        if start == SUPPORTED:
            some = total[(worse > SUPPORTED) & (worse < stop)]
        if len(some):
            above = f"{start:g} to {stop:g}" if np.isfinite(stop) else f"{start:g} or more"
            lines.append(
                f"{above} above the best BIC: {len(some):,} models, totals {some.min():,.0f} to "
                f"{some.max():,.0f}"
            )
    return draw.done(lines)


def comparison(results: Sequence[Result], *, level: float = 0.95, width: int = WIDTH) -> Plot:
    """Show the answers of several estimators for one table under each other."""
    lines = []
    for result in results:
        fits = math.isfinite(result.estimate)
        try:
            ends = result.interval(level)
        except NoInterval:
            ends = None
        lines.append(
            Line(
                label=result.method.replace("_", " "),
                low=ends.low if ends else None,
                high=ends.high if ends else None,
                middle=result.estimate if fits else None,
                note="" if fits else result.status.words,
            )
        )
    title = "What each estimator says"
    return _rows(title, f"Totals with {level:.0%} intervals, people, log scale.", lines, width)


def sensitivity(lines: Sequence[Line], *, baseline: float, width: int = WIDTH) -> Plot:
    """Show how a total moves when a choice is changed, against the total as estimated.

    Parameters
    ----------
    lines : one row for each changed choice
    baseline : the total with every choice as it was, people
    width : of the picture, in its own units
    """
    title = "How the total moves when a choice changes"
    desc = f"The upright line is the total as estimated, {baseline:,.0f} people; log scale."
    return _rows(title, desc, lines, width, baseline=baseline)


def local(band: LocalBand, *, width: int = WIDTH) -> Plot:
    """Show what each national study would imply for an area: bands without a middle."""
    lines = [
        Line(
            label=f"{row.source.name}, {row.source.edition}",
            low=row.low,
            high=row.high,
            note=f"{row.source.year}: {row.source.definition}"
            + ("; interval assumed" if row.source.assumed else ""),
        )
        for row in band.rows
    ]
    return _rows(band.sentence, f"{band.caveat} Log scale.", lines, width, said=band.caveat)


def _rows(
    title: str,
    desc: str,
    lines: Sequence[Line],
    width: int,
    *,
    baseline: float | None = None,
    said: str = "",
) -> Plot:
    figures = [v for line in lines for v in (line.low, line.middle, line.high) if v is not None]
    if baseline is not None:
        figures.append(baseline)
    letters = _letters(width)
    labels = [_wrapped(line.label, letters - len(line.words) - 3) for line in lines]
    notes = [_wrapped(line.note, letters) for line in lines]
    caveat = _wrapped(said, letters)
    marked = [22 if line.words != NO_FIGURE else 4 for line in lines]
    heights = [
        LINE * (len(label) + len(note)) + mark + 12
        for label, note, mark in zip(labels, notes, marked, strict=True)
    ]
    deep = sum(heights)
    draw = _Drawing(title, desc, width, deep + 52 + (LINE * len(caveat) + 12 if caveat else 0))
    axis = _Axis(np.array([v for v in figures if v > 0] or [1.0]), MARGIN + 12, width - MARGIN - 24)
    draw.axis(axis, 4, deep)
    if baseline is not None:
        x = float(axis(baseline))
        draw.line(x, 4, x, deep, thick=2, dash="5 3")
    top = 0.0
    for line, label, note, mark, height in zip(lines, labels, notes, marked, heights, strict=True):
        draw.text(width - MARGIN, top + LINE, line.words, at="end")
        for i, part in enumerate(label):
            draw.text(MARGIN, top + LINE * (i + 1), part, bold=True)
        foot = top + LINE * len(label)
        if line.low is not None and line.high is not None:
            start, stop = float(axis(max(line.low, 1))), float(axis(line.high))
            draw.box(start, foot + 10, max(stop - start, 2), 10, opacity=SOFT, corner=5)
        if line.middle is not None:
            draw.dot(float(axis(line.middle)), foot + 15, 6)
        for i, part in enumerate(note):
            draw.text(MARGIN, foot + mark + LINE * (i + 1) - 4, part, opacity=0.85, size=13)
        top += height
    for i, part in enumerate(caveat):
        draw.text(MARGIN, deep + 68 + LINE * i, part, opacity=0.85, size=13)
    twin = [
        f"{line.label}: {line.words}" + (f"; {line.note}" if line.note else "") for line in lines
    ]
    return draw.done(twin)


def _letters(width: int) -> int:
    return int((width - 2 * MARGIN) / (SIZE * LETTER))


def _wrapped(words: str, letters: int) -> list[str]:
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


class _Axis:
    """A log scale from people to places, a little wider than the figures on it."""

    def __init__(self, figures: np.ndarray, left: float, right: float) -> None:
        low, high = math.log10(figures.min()), math.log10(figures.max())
        spare = max(0.04 * (high - low), 0.06)
        self.low, self.high, self.left, self.right = low - spare, high + spare, left, right

    def __call__(self, people: np.ndarray | float) -> np.ndarray:
        share = (np.log10(people) - self.low) / (self.high - self.low)
        return np.asarray(self.left + share * (self.right - self.left))

    def ticks(self) -> list[int]:
        """Round numbers, as many as can be read beside each other."""
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        for steps in ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
            found = [round(s * 10**p) for p in powers if p >= 0 for s in steps]
            found = sorted({t for t in found if self.low <= math.log10(t) <= self.high})
            places = [float(self(t)) for t in found]
            room = LETTER * SIZE * (len(f"{max(found, default=1):,}") + 1)
            if all(b - a >= room for a, b in pairwise(places)):
                break
        return found


class _Drawing:
    """Collects the parts of one SVG; every word is escaped on the way in."""

    def __init__(self, title: str, desc: str, width: float, height: float) -> None:
        self.title, self.desc, self.width, self.height = title, desc, width, height
        self.parts: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        at: str = "start",
        size: int = SIZE,
        bold: bool = False,
        opacity: float = 1,
        turn: int = 0,
    ) -> None:
        more = f' text-anchor="{at}"' if at != "start" else ""
        more += ' font-weight="650"' if bold else ""
        more += f' font-size="{size}"' if size != SIZE else ""
        more += f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        more += f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(words)}</text>')

    def box(
        self, x: float, y: float, wide: float, high: float, *, opacity: float, corner: float = 0
    ) -> None:
        more = f' rx="{corner:g}"' if corner else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" '
            f'fill-opacity="{opacity:g}"{more}/>'
        )

    def dot(self, x: float, y: float, r: float, *, opacity: float = 1) -> None:
        more = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}"{more}/>')

    def ring(self, x: float, y: float, r: float, *, opacity: float) -> None:
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" fill="none" stroke="currentColor" '
            f'stroke-opacity="{opacity:g}"/>'
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        thick: float = 1,
        opacity: float = 1,
        dash: str = "",
    ) -> None:
        more = f' stroke-dasharray="{dash}"' if dash else ""
        more += f' stroke-opacity="{opacity:g}"' if opacity < 1 else ""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="currentColor" stroke-width="{thick:g}"{more}/>'
        )

    def axis(self, axis: _Axis, top: float, bottom: float) -> None:
        for tick in axis.ticks():
            x = float(axis(tick))
            self.line(x, top, x, bottom + 5, opacity=FAINT)
            self.text(x, bottom + 21, f"{tick:,}", at="middle")
        words = "people (log scale)"
        self.text((axis.left + axis.right) / 2, bottom + 40, words, at="middle", opacity=0.85)

    def done(self, lines: Sequence[str]) -> Plot:
        head = _wrapped(self.title, int(0.9 * _letters(int(self.width))))
        down = LINE * len(head) + 12
        titles = "".join(
            f'<text x="{MARGIN}" y="{LINE * (i + 1) - 3}" font-weight="650" font-size="15">'
            f"{escape(part)}</text>"
            for i, part in enumerate(head)
        )
        body = f'{titles}<g transform="translate(0 {down})">{"".join(self.parts)}</g>'
        mark = hashlib.sha256((self.title + body).encode()).hexdigest()[:10]
        tall = f"{self.height + down:.0f}"
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'aria-labelledby="t{mark} d{mark}" viewBox="0 0 {self.width:.0f} {tall}" '
            f'width="100%" fill="currentColor" '
            f'font-family="system-ui, sans-serif" font-size="{SIZE}">'
            f'<title id="t{mark}">{escape(self.title)}</title>'
            f'<desc id="d{mark}">{escape(self.desc)}</desc>{body}</svg>'
        )
        return Plot(svg, "\n".join([self.title, self.desc, *lines]))
