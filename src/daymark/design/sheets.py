"""A chart as a file that stands by itself: title, key, what it does not say, source.

SVG for programs that draw, PNG for a slide or a letter. Both are the same bytes for the same
chart: no clock, no name of a machine, and letters from a typeface that a package ships.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from textwrap import wrap

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from daymark.design import paper
from daymark.design.charts import Chart
from daymark.design.maps import PAD, Map
from daymark.design.templatetags.charts import draw

WIDTH, EDGE = 800, 32
INNER = WIDTH - 2 * EDGE
_STYLE = Path(__file__).parent / "static" / "design" / "charts.css"
_FAMILY = "Source Sans 3"


@dataclass(frozen=True)
class Line:
    """A line of words on a sheet: how it looks, and where its letters stand."""

    look: str
    text: str
    y: int


@dataclass(frozen=True)
class Key:
    """One entry of the legend."""

    x: int
    y: int
    fill: str
    text: str


class Sheet:
    """Where everything of a drawing that stands alone is put, from the top down."""

    LOOKS = {"st": (26, 30, 58), "sw": (16, 22, 96), "sb": (14, 19, 108)}
    """Of a title, a sentence and the small print: size, height of a line, letters in it."""

    def __init__(self, chart: Chart, *, source: Sequence[str]) -> None:
        self.chart = chart
        self.source = source
        self.width, self.edge, self.inner = WIDTH, EDGE, INNER

    @cached_property
    def head(self) -> list[Line]:
        return list(self._lines(EDGE, ("st", self.chart.title), ("sw", self.chart.shows)))

    @cached_property
    def keys(self) -> list[Key]:
        chart, found, x, y = self.chart, [], 0, self.head[-1].y + 16
        entries = [("" if t == "a" else f"url(#{chart.key}-{t})", name) for t, name in chart.legend]
        if isinstance(chart, Map):
            entries = [(f"q-{n}", text) for n, text in chart.classes]
            if chart.patterned:
                entries.append((f"url(#{chart.key}-none)", chart.hatched))
            entries += chart.signs
        for fill, text in entries:
            wide = 40 + len(text) * 9
            if x and x + wide > INNER:
                x, y = 0, y + 24
            found.append(Key(EDGE + x, y, fill, text))
            x += wide
        return found

    @property
    def top(self) -> int:
        return (self.keys[-1].y if self.keys else self.head[-1].y) + 32

    @property
    def plot(self) -> int:
        """How high the drawing itself is."""
        chart = self.chart
        if isinstance(chart, Map):
            return round(INNER * (chart.height + 2 * PAD) / (chart.width + 2 * PAD))
        return int(getattr(chart, "height", 0))

    @cached_property
    def foot(self) -> list[Line]:
        lines = [
            f"{_('What it does not say')}: {self.chart.not_said}",
            *self.chart.notes,
            *self.source,
        ]
        return list(self._lines(self.top + self.plot + 18, *(("sb", line) for line in lines)))

    @property
    def height(self) -> int:
        return self.foot[-1].y + EDGE

    def _lines(self, y: int, *texts: tuple[str, str]) -> Iterator[Line]:
        for look, text in texts:
            _size, high, letters = self.LOOKS[look]
            for line in wrap(text, letters):
                y += high
                yield Line(look, line, y)
            y += 6


def svg(chart: Chart, *, source: Sequence[str]) -> str:
    """The drawing with its words; `source` are the lines that say where it comes from."""
    sheet = Sheet(chart, source=source)
    context = {"sheet": sheet, "chart": chart, "style": _style(), "drawn": draw(chart, alone=True)}
    return render_to_string("design/charts/sheet.html", context).strip()


@lru_cache(maxsize=32)
def png(drawing: str) -> bytes:
    """An SVG of ours as a picture, two dots to its unit. The same drawing is painted once."""
    # Asked for 400 or 650, the painter takes the thinnest letters of a variable typeface.
    known = re.sub(
        r"font-weight:(\d+)",
        lambda weight: f"font-weight:{700 if int(weight[1]) >= 600 else 500}",
        drawing.replace("<style>", "<style>text{font-weight:400}", 1),
    )
    return paper.picture(known, typeface=_FAMILY)


@cache
def _style() -> str:
    """The drawing's share of the stylesheet, in light, without what only browsers understand.

    Word processors and drawing programs know neither custom properties nor rem.
    """
    text = _STYLE.read_text(encoding="utf-8").partition(".chart{")[0]
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"@[a-z-]+[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", text)
    root, _, rules = text.partition("}")
    values = dict(re.findall(r"(--[\w-]+):([^;}]+)", root)) | {"--c-paper": "#fff"}
    rules = re.sub(r"var\((--[\w-]+)\)", lambda name: values[name[1]].strip(), rules)
    rules = re.sub(r"(\d*\.?\d+)rem", lambda size: f"{float(size[1]) * 16:g}px", rules)
    looks = "".join(f".{look}{{font-size:{size}px}}" for look, (size, *_) in Sheet.LOOKS.items())
    return rules.strip() + looks + ".st{font-weight:700}.sb{fill:#46555e}.paper{fill:#fff}"
