"""The field's words explained where they stand, from one file: `content/glossary.toml`."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from daymark.design.charts import Chart
from daymark.insight.reading import CONTENT


@dataclass(frozen=True)
class Word:
    key: str
    name: str
    said: tuple[str, ...]
    meaning: str


@cache
def words() -> tuple[Word, ...]:
    with (CONTENT / "glossary.toml").open("rb") as text:
        entries = tomllib.load(text)["words"]
    return tuple(Word(e["key"], e["name"], tuple(e["said"]), e["meaning"]) for e in entries)


def of(chart: Chart) -> list[Word]:
    """The words a chart uses, its table included."""
    table = chart.table
    cells = [*table.columns, *(row[0] for row in table.rows)]
    text = "\n".join([chart.title, chart.shows, chart.not_said, *chart.notes, *cells])
    used = {_by_said()[match[0].casefold()].key for match in _pattern().finditer(text)}
    return [word for word in words() if word.key in used]


@dataclass
class Page:
    """The words of one page: each leads to its meaning from where it stands first."""

    used: dict[str, Word] = field(default_factory=dict)

    def explain(self, chart: Chart) -> Chart:
        """The chart with links in its sentences; what it draws stays as it is."""
        return replace(
            chart,
            shows=self.mark(chart.shows),
            not_said=self.mark(chart.not_said),
            notes=[self.mark(note) for note in chart.notes],
        )

    def mark(self, text: str) -> SafeString:
        pieces, at = [], 0
        for match in _pattern().finditer(text):
            word = _by_said()[match[0].casefold()]
            if word.key in self.used:
                continue
            self.used[word.key] = word
            link = format_html('<a class="word" href="#word-{}">{}</a>', word.key, match[0])
            pieces += [conditional_escape(text[at : match.start()]), link]
            at = match.end()
        return mark_safe("".join([*pieces, conditional_escape(text[at:])]))  # noqa: S308 -- escaped above

    @property
    def words(self) -> Iterable[Word]:
        return [word for word in words() if word.key in self.used]


@cache
def _by_said() -> dict[str, Word]:
    return {said.casefold(): word for word in words() for said in word.said}


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_by_said(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)
