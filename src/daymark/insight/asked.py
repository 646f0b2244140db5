"""The query behind a chart, written down while the chart is made, so that the two agree."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

COUNCILS = "councils"
"""What an area's answer is split by where it is no dimension of a figure."""


@dataclass(frozen=True)
class Asked:
    """One question put to the figures: a measure, where, of what part, for which periods.

    `area` is "" for every police force; `split` names the dimension an answer was split by, or
    `COUNCILS`; `editions` are the days of publication of what was used.
    """

    measure: str
    area: str
    breakdown: tuple[str, ...] = ()
    split: str = ""
    periods: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The same for a machine: `referrals-made E23000028 by:POLICE 2023Q1..2023Q4`."""
        part = "+".join(self.breakdown) or "all"
        split = f" split:{self.split}" if self.split else ""
        periods = "..".join(dict.fromkeys((self.periods[0], self.periods[-1])))
        return f"{self.measure} {self.area or 'forces'} {part}{split} {periods}"


_notes: ContextVar[list[Asked] | None] = ContextVar("asked", default=None)


@contextmanager
def noted() -> Iterator[list[Asked]]:
    """What is asked of the figures inside, each question once, in its order."""
    notes: list[Asked] = []
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def note(
    measure: str,
    area: str,
    *,
    periods: Iterable[str],
    breakdown: Iterable[str] = (),
    split: str = "",
    editions: Iterable[str] = (),
) -> None:
    notes = _notes.get()
    asked = Asked(
        measure,
        area,
        tuple(breakdown),
        split,
        tuple(sorted(set(periods))),
        tuple(sorted(set(editions))),
    )
    if notes is not None and asked.periods and asked not in notes:
        notes.append(asked)
