"""Rates that do not betray how many people they were made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from prevalence.disclosure.tables import Release


@dataclass(frozen=True)
class Rates:
    """Rounded rates of a release, one a cell, last dimension fastest.

    Parameters
    ----------
    values : people per `per` residents; None where the count is hidden or nobody lives there
    steps : what each rate is rounded to, a 1, 2 or 5 with zeros
    per : residents a rate is for
    """

    values: tuple[float | None, ...]
    steps: tuple[float | None, ...]
    per: int


def rates(release: Release, residents: ArrayLike, *, per: int = 100_000) -> Rates:
    """Rates of the counts shown, each rounded until its count cannot be told from it.

    Parameters
    ----------
    release : counts behind the gate
    residents : people living there, in the shape of the release or one that stretches to it (>= 0)
    per : residents a rate is for (>= 1)

    Notes
    -----
    The step is the smallest 1, 2 or 5 (with zeros) that spans at least the release's interval of
    people, so that the rate of a map whose counts are not shown fits that many counts.
    """
    people = np.broadcast_to(np.asarray(residents, dtype=float), release.shape).ravel()
    if np.any(people < 0) or not np.all(np.isfinite(people)) or per < 1:
        raise ValueError("residents are a number, none below zero, and `per` at least one")
    values: list[float | None] = []
    steps: list[float | None] = []
    for count, living in zip(release.shown, people.tolist(), strict=True):
        if count is None or not living:
            values.append(None)
            steps.append(None)
            continue
        step = _step(release.interval * per / living)
        values.append(float(f"{np.floor(count * per / living / step + 0.5) * step:.12g}"))
        steps.append(step)
    return Rates(tuple(values), tuple(steps), per)


def _step(least: float) -> float:
    """The smallest 1, 2 or 5 with zeros that is at least `least`."""
    power = float(10 ** np.floor(np.log10(least)))
    return next(
        float(f"{m * power:.12g}") for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9)
    )
