"""An invented study, whole: lists of people who never lived, and one estimation of them.

What the demonstration shows, and what tests upload. The same people every time: they come from a
seed. Each list goes through what an uploaded file goes through.
"""

import csv
import hashlib
import io
import random
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from daymark.agencies.context import acting_as
from daymark.agencies.models import Member
from daymark.insight import making, tokens
from daymark.insight.actions import estimations, studies
from daymark.insight.models import Estimation
from daymark.insight.terms import Method, Stratum

PEOPLE = 1600
"""How many there are; a good estimate comes near it, and the study never says so."""

_LISTS: Mapping[str, tuple[str, float]] = {
    "Police": ("Invented: people the constabulary met and recorded", 0.16),
    "Councils": ("Invented: people known to safeguarding and housing", 0.14),
    "Charities": ("Invented: people who came to a charity for help", 0.12),
    "Health": ("Invented: people whom a clinic recorded as exploited", 0.09),
}
_OPTIONS: Mapping[str, object] = {
    "methods": [Method.STEPWISE.value, Method.THRESHOLD.value],
    "resamples": 300,
    "threshold": 0.02,
    "max_order": None,
    "override": "",
}


def files(*, seed: int = 1, year: int = 2025) -> dict[str, bytes]:
    """A file of tokens for each list, as `daymark tokens` writes it.

    Children are harder to see for all, and whom the police know a charity often knows too: what
    makes real lists awkward.
    """
    chance = random.Random(seed)  # noqa: S311 - invented people need no secrecy
    secret = hashlib.sha256(b"invented study %d" % seed).digest()
    rows: dict[str, list[list[str]]] = {name: [] for name in _LISTS}
    for number in range(PEOPLE):
        child, sex = chance.random() < 0.3, "F" if chance.random() < 0.4 else "M"
        person = making.token(
            secret, names=["Invented", str(number)], born=f"{year - 30}-01-01", others=[]
        )
        seen: set[str] = set()
        for name, (_source, often) in _LISTS.items():
            odds = often * (0.7 if child else 1.1)
            if name == "Charities" and "Police" in seen:
                odds *= 1.8
            if chance.random() < odds:
                seen.add(name)
                rows[name].append([person, sex, "CHILD" if child else "ADULT"])
    head = [f"token:{making.fingerprint(secret)}", Stratum.SEX.lower(), Stratum.AGE.lower()]
    return {name: _csv([head, *sorted(some)]) for name, some in rows.items()}


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def study(*, by: Member, at: datetime) -> Estimation:
    """The study with its lists, as this analyst would have brought it in, and two quick methods
    asked for; the worker takes them up when it next looks."""
    year = at.year - 1
    first, last = date(year, 1, 1), date(year, 12, 31)
    with transaction.atomic(), acting_as(by.pk):
        begun = studies.begin(
            name=f"Hidden in {year} (invented)",
            population=(
                "Invented people, to try this with: exploited in the area of the partnership at "
                f"any time in {year}, whatever their age. None of them exists."
            ),
            first=first,
            last=last,
            by=by,
            at=at,
        )
        for name, file in files(year=year).items():
            seen = studies.read_in(
                tokens.read(file),
                label=name,
                source=_LISTS[name][0],
                first=first,
                last=last,
                sha256=hashlib.sha256(file).hexdigest(),
                by=by,
                at=at,
            )
            studies.accept(seen, begun, by=by, at=at)
        return estimations.ask(
            begun, options=dict(_OPTIONS), strata=[Stratum.AGE], seed=1, by=by, at=at
        )
