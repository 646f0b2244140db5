"""What lists share, as tables for a page, and what an analyst should know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from daymark.insight.models import SeenList, Study

LONGEST = 366  # days; a leap year


@dataclass(frozen=True)
class Pattern:
    """People on exactly these lists."""

    on: tuple[bool, ...]
    names: str
    people: int
    share: int  # of the largest, percent
    small: bool  # below what may leave


def patterns(table: Mapping[str, Any], *, minimum: int) -> list[Pattern]:
    """Each combination of lists that somebody is on, the largest first."""
    lists = table["lists"]
    most = max(table["counts"].values(), default=1)
    found = []
    for mask, people in table["counts"].items():
        on = tuple(bool(int(mask) >> place & 1) for place in range(len(lists)))
        names = ", ".join(name for name, here in zip(lists, on, strict=True) if here)
        found.append(Pattern(on, names, people, round(100 * people / most), people < minimum))
    return sorted(found, key=lambda one: (-one.people, one.names))


def pairs(table: Mapping[str, Any], *, minimum: int) -> list[tuple[str, list[tuple[int, bool]]]]:
    """For each list, how many of its people are on each list; small ones marked."""
    lists = table["lists"]
    both = [[0] * len(lists) for _name in lists]
    for mask, people in table["counts"].items():
        on = [place for place in range(len(lists)) if int(mask) >> place & 1]
        for first in on:
            for second in on:
                both[first][second] += people
    return [
        (name, [(people, 0 < people < minimum) for people in row])
        for name, row in zip(lists, both, strict=True)
    ]


def remarks(study: Study, lists: Sequence[SeenList], table: Mapping[str, Any]) -> list[str]:
    """What no count says: secrets that differ, periods that do not fit."""
    told = []
    secrets = {one.made_with for one in lists if one.made_with}
    if len(secrets) > 1:
        told.append(
            _(
                "The lists were made with different project secrets (%(them)s): the same person "
                "has different tokens on them, so overlaps between them are lost."
            )
            % {"them": ", ".join(sorted(secrets))}
        )
    elif len(lists) > 1 and all(int(mask).bit_count() == 1 for mask in table["counts"]):
        told.append(
            _(
                "Nobody is on two lists. Were all of them made with the same project secret, from "
                "the same columns?"
            )
        )
    for one in lists:
        if one.first_date < study.first_date or one.last_date > study.last_date:
            told.append(
                _("%(list)s covers days outside the period of the study.") % {"list": one.label}
            )
    for first, second in combinations(lists, 2):
        if first.last_date < second.first_date or second.last_date < first.first_date:
            told.append(
                _("%(first)s and %(second)s have no day in common.")
                % {"first": first.label, "second": second.label}
            )
    if (study.last_date - study.first_date).days >= LONGEST:
        told.append(_("The period is longer than a year: people come and go in it."))
    return told
