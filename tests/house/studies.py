"""A study of each of two agencies, the force's shown to the council, with all it can have."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.urls import reverse
from tests.cast import Place
from tests.roles import as_role

from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.design.ids import new_id
from daymark.insight import estimating, tokens
from daymark.insight.actions import estimations, studies
from daymark.insight.models import Estimation, SeenList
from daymark.insight.terms import Progress

PERIOD = {"first": date(2025, 1, 1), "last": date(2025, 12, 31)}
OPTIONS = {"methods": ["stepwise"], "resamples": 100, "threshold": 0.02, "max_order": None}


@dataclass(frozen=True)
class Studied:
    study: UUID
    counted: UUID
    waiting: UUID
    share: UUID
    estimation: UUID

    def address(self, name: str) -> str:
        args = {
            "studies_list": [self.study, self.waiting],
            "studies_leave": [self.study, self.counted],
            "studies_forget": [self.counted],
            "studies_hide": [self.share],
            "studies_file": [self.estimation, "csv"],
        }.get(name)
        estimation = name.split("_")[1] in {"estimation", "json", "cancel", "repeat"}
        return reverse(name, args=args or [self.estimation if estimation else self.study])


NOTHING = Studied(*(new_id() for _ in range(5)))


def build(place: Place) -> dict[str, Studied]:
    force = place.members[Role.ANALYST, place.north]
    council = place.members[Role.ANALYST, place.safeguarding]
    return {
        "force": _built(place, force, council),
        "council": _built(place, council, None),
    }


def _built(place: Place, by: Member, other: Member | None) -> Studied:
    at = place.now
    with as_role("partner", member_id=by.pk):
        study = studies.begin(name="s", population="p", by=by, at=at, **PERIOD)
        for name, every in (("A", 2), ("B", 3), ("C", 5)):
            counted = _read(name, every, by, place)
            studies.accept(counted, study, by=by, at=at)
        waiting = _read("D", 7, by, place)
        asked = estimations.ask(study, options=OPTIONS | {"override": ""}, seed=1, by=by, at=at)
        share = new_id()
        if other:
            until = at + timedelta(days=30)
            share = studies.show(study, other.agency, until=until, by=by, at=at).pk
    with as_role("worker"):
        order = {"table": asked.table, "options": asked.options, "seed": asked.seed}
        Estimation.unrestricted.filter(pk=asked.pk).update(
            state=Progress.DONE,
            result=estimating.work(order, lambda *_: None),
            versions=estimating.versions(),
            finished_at=at,
        )
    return Studied(study.pk, counted.pk, waiting.pk, share, asked.pk)


def _read(label: str, every: int, by: Member, place: Place) -> SeenList:
    rows = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(300) if n % every == 0]
    reading = tokens.read("\n".join(["token", *rows]).encode())
    given = {"label": label, "source": "s", "sha256": "x", "by": by, "at": place.now}
    return studies.read_in(reading, **PERIOD, **given)
