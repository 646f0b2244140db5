"""Asking for an estimation, and the worker's part in it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from daymark.agencies.models import Member
from daymark.audit import actions as audit
from daymark.design.ids import new_id
from daymark.insight.estimating import Work, data_hash
from daymark.insight.models import Estimation, Study
from daymark.insight.queries import studies as queries
from daymark.insight.terms import Progress, Stratum

LOST = timedelta(seconds=60)
"""A worker that has not said for so long that it is at it, is not."""

MOST_TRIES = 3
TROUBLE = 2000  # letters kept of what went wrong


class NothingToCount(ValueError):
    """A study without people on its lists."""


def ask(
    study: Study,
    *,
    options: Mapping[str, Any],
    strata: Iterable[Stratum] = (),
    seed: int,
    by: Member,
    at: datetime,
) -> Estimation:
    """Count now, and have the worker estimate from these counts. Raises NothingToCount."""
    with transaction.atomic():
        table = queries.table_of(study, list(strata))
        if not table["counts"]:
            raise NothingToCount
        return _ask(study, table, options, seed, None, by, at)


def repeat(earlier: Estimation, *, by: Member, at: datetime) -> Estimation:
    """The same counts, options and seed again."""
    with transaction.atomic():
        return _ask(earlier.study, earlier.table, earlier.options, earlier.seed, earlier, by, at)


def _ask(
    study: Study,
    table: Mapping[str, Any],
    options: Mapping[str, Any],
    seed: int,
    repeats: Estimation | None,
    by: Member,
    at: datetime,
) -> Estimation:
    asked = Estimation.unrestricted.create(
        study=study,
        table=table,
        data_hash=data_hash(table),
        options=options,
        seed=seed,
        repeats=repeats,
        made_by=by,
        made_at=at,
    )
    audit.record("estimation.asked", of=asked, by=by, at=at, data=asked.data_hash, seed=seed)
    return asked


def look(one: Estimation, *, by: Member, at: datetime, export: bool = False) -> None:
    with transaction.atomic():
        audit.record("estimation.exported" if export else "estimation.read", of=one, by=by, at=at)


def cancel(one: Estimation, *, by: Member, at: datetime) -> None:
    """Ask the worker to stop; it does at its next look."""
    with transaction.atomic():
        waiting = Estimation.unrestricted.filter(
            pk=one.pk, cancelled_at=None, state__in=[Progress.QUEUED, Progress.RUNNING]
        )
        if waiting.update(cancelled_at=at, cancelled_by=by):
            audit.record("estimation.cancelled", of=one, by=by, at=at)


# ---- the worker ----


class Bench:
    """Where a worker has at most one estimation under way; kept from one look to the next."""

    def __init__(self) -> None:
        self.worker = new_id()
        self.pk: UUID = self.worker
        self.work: Work | None = None

    def lay(self, one: Estimation) -> None:
        self.pk = one.pk
        self.work = Work({"table": one.table, "options": one.options, "seed": one.seed})

    def clear(self) -> None:
        if self.work:
            self.work.stop()
        self.work = None


def tend(bench: Bench, *, now: datetime) -> None:
    """One look: note how far the work is, take it down when it is done, begin the next.

    A worker that dies takes its work with it; another begins it again, from the same counts and
    seed, so the result is the one it would have been.
    """
    if bench.work:
        _follow(bench, bench.work, now=now)
    if not bench.work:
        _begin(bench, now=now)


def _follow(bench: Bench, work: Work, *, now: datetime) -> None:
    ended = work.ended()  # asked first: what it says last is then written
    said = work.said()
    with transaction.atomic():
        one = (
            Estimation.unrestricted.select_for_update(of=["self"])
            .filter(pk=bench.pk, worker=bench.worker, state=Progress.RUNNING)
            .first()
        )
        if one is None:  # given to another worker, who thought this one dead
            bench.clear()
            return
        for line in said:
            one.doing = line.get("doing", one.doing)
            one.done = line.get("done", one.done)
            one.steps = line.get("steps", one.steps)
        done = next((line for line in said if "result" in line), None)
        troubles = [str(line["trouble"]) for line in said if "trouble" in line]
        one.seen_at = now
        if one.cancelled_at:
            _finish(one, Progress.CANCELLED, at=now)
        elif done:
            one.result, one.versions, one.done = done["result"], done["versions"], one.steps
            _finish(one, Progress.DONE, at=now)
        elif ended is not None:
            told = " ".join(troubles)[-TROUBLE:]
            one.trouble = told or f"The work ended by itself (code {ended})."
            _finish(one, Progress.FAILED, at=now)
        one.save(update_fields=_WORKERS)
        if one.state != Progress.RUNNING:
            bench.clear()


def _begin(bench: Bench, *, now: datetime) -> None:
    with transaction.atomic():
        one = (
            Estimation.unrestricted.select_for_update(skip_locked=True, of=["self"])
            .filter(Q(state=Progress.QUEUED) | Q(state=Progress.RUNNING, seen_at__lt=now - LOST))
            .order_by("made_at", "pk")
            .first()
        )
        if one is None:
            return
        one.seen_at = now
        if one.cancelled_at:
            _finish(one, Progress.CANCELLED, at=now)
        elif one.tries >= MOST_TRIES:
            one.trouble = f"It was begun {one.tries} times, and the worker ended each time."
            _finish(one, Progress.FAILED, at=now)
        else:
            one.state, one.worker, one.started_at = Progress.RUNNING, bench.worker, now
            one.tries, one.done, one.doing = one.tries + 1, 0, ""
            bench.lay(one)
            audit.record("estimation.begun", of=one, at=now, tries=one.tries)
        one.save(update_fields=_WORKERS)


def _finish(one: Estimation, state: Progress, *, at: datetime) -> None:
    one.state, one.finished_at = state, at
    audit.record(f"estimation.{state.lower()}", of=one, at=at)


_WORKERS = [
    "state", "doing", "done", "steps", "worker", "tries", "seen_at", "started_at", "finished_at",
    "result", "versions", "trouble",
]  # fmt: skip
