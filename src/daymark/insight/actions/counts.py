"""Counting concerns, setting the gate, showing and publishing what has passed it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from daymark.access import rules as access
from daymark.access.terms import Permission
from daymark.agencies.context import acting_as
from daymark.agencies.models import Member
from daymark.audit import actions as audit
from daymark.concerns.models import Concern
from daymark.concerns.terms import Closing
from daymark.insight import titles
from daymark.insight.definitions import Definition, Ground, NotAView, following
from daymark.insight.models import Gate, Release, Run, Scope, Tally, View
from daymark.insight.queries import counts
from daymark.insight.terms import OTHER, SEVERAL, Audience, Element, Schedule
from daymark.places import queries as places
from daymark.places.models import Area
from daymark.signs import queries as signs

LEDGER = 0x6C6564676572
"""The advisory lock of whoever adds to the ledger: two tables never pass beside each other."""


class Refused(Exception):
    """The gate refuses; `stopped` says why, `earlier` what was shown before that betrays it."""

    def __init__(self, stopped: Any, earlier: Sequence[Release]) -> None:
        self.stopped, self.earlier = stopped, list(earlier)
        super().__init__(str(stopped))


class Outgrown(Exception):
    """It shows numbers that are too small to be shown now."""


class MayNotPublish(Exception):
    """The role does not publish."""


# ---- content ----


def set_gate(
    *,
    minimum: int,
    counted_after_days: int,
    source: str,
    by: Member | None,
    at: datetime,
) -> Gate:
    """How small a count may be that leaves, from today on. What has left stays as it is."""
    with transaction.atomic():
        day = timezone.localdate(at)
        Gate.unrestricted.filter(valid_until=None).update(valid_until=day)
        gate = Gate.unrestricted.create(
            minimum=minimum, counted_after_days=counted_after_days, valid_from=day, source=source
        )
        audit.record("gate.set", of=gate, by=by, at=at, minimum=minimum, days=counted_after_days)
    return gate


class AlreadyCounted(ValueError):
    """The month has been counted, or other areas begin in it."""


def set_scope(
    forces: Sequence[str], *, since: date, source: str, at: datetime, by: Member | None = None
) -> Scope:
    """The police force areas whose councils, as they stand now, are told apart from a month on.

    Raises AlreadyCounted: a month is counted once, by the areas that held when it was.
    """
    areas: dict[str, list[str]] = {}
    since = since.replace(day=1)
    for code in forces:
        force = places.by_code(code)
        if force is None:
            raise ValueError(f"{code} is no area that is loaded")
        within = places.within(force, on=timezone.localdate(at))
        areas[code] = sorted(one.code for one in within)
    types = [element.value for element in Element]
    with transaction.atomic():
        _lock()
        if since in {scope.since for scope in counts.scopes()} or counts.counted_since(since):
            raise AlreadyCounted
        scope = Scope.unrestricted.create(areas=areas, types=types, since=since, source=source)
        audit.record("scope.set", of=scope, by=by, at=at, since=since, forces=list(forces))
    return scope


# ---- counting ----


def count_months(*, now: datetime) -> list[Tally]:
    """Count each month that has been over for long enough, once; by the worker."""
    counted = []
    with transaction.atomic():
        first = Concern.unrestricted.order_by("received_at").values_list("received_at").first()
        scopes = list(Scope.unrestricted.order_by("since"))
        try:
            gate = counts.gate_on(timezone.localdate(now))
        except counts.NothingCounted:
            gate = None
        if first is None or not scopes or gate is None:
            return []
        over = timezone.localdate(now - timedelta(days=gate.counted_after_days))
        begun = max(f"{timezone.localdate(first[0]):%Y-%m}", f"{scopes[0].since:%Y-%m}")
        done = {f"{month:%Y-%m}" for (month,) in Tally.unrestricted.values_list("month")}
        for month in following(begun, f"{over:%Y-%m}"):
            day = counts.first_day(month)
            if month in done or month >= f"{over:%Y-%m}":
                continue
            scope = [one for one in scopes if one.since <= day][-1]
            tally = Tally.unrestricted.create(
                scope=scope, month=day, cells=_cells(scope, day, now=now), counted_at=now
            )
            audit.record("counts.counted", at=now, month=month)
            counted.append(tally)
    return counted


def _cells(scope: Scope, month: date, *, now: datetime) -> list[dict[str, Any]]:
    """The concerns of a month, but tests and what only the named may know of."""
    start = timezone.make_aware(datetime(month.year, month.month, 1))  # noqa: DTZ001
    end = timezone.make_aware(datetime(month.year + month.month // 12, month.month % 12 + 1, 1))  # noqa: DTZ001
    rows = (
        Concern.unrestricted.filter(
            received_at__gte=start, received_at__lt=end, dossier__restricted_at=None
        )
        .exclude(closed_because=Closing.TEST)
        .values_list("area", "types")
    )
    elements, whose = _elements(timezone.localdate(now)), _whose(scope)
    found = Counter(
        (whose.get(area, OTHER), _type({elements[k] for k in types if k in elements}))
        for area, types in rows
    )
    return [
        {"area": area, "type": kind, "concerns": number}
        for (area, kind), number in sorted(found.items())
    ]


def _elements(on: date) -> dict[str, str]:
    """The key of each type of exploitation, and how published tables count it."""
    known = {"ORGAN": Element.ORGANS} | {element.value: element for element in Element}
    return {
        one.key: known[one.element].value
        for one in signs.types(on=on, public=False)
        if one.element in known
    }


def _type(elements: set[str]) -> str:
    return SEVERAL if len(elements) > 1 else next(iter(elements), OTHER)


def _whose(scope: Scope) -> dict[UUID | None, str]:
    """Each area in the finest code of the scope it lies in."""
    above = {
        pk: (code, up) for pk, code, up in Area.unrestricted.values_list("id", "code", "parent")
    }
    councils = {code for some in scope.areas.values() for code in some}
    found: dict[UUID | None, str] = {}
    for area in above:
        at: UUID | None = area
        while at is not None:
            code, up = above[at]
            if code in councils or code in scope.areas:
                found[area] = code if code in councils else code + OTHER
                break
            at = up
    return found


# ---- what passes the gate ----


def show(
    definition: Definition,
    *,
    to: Member,
    at: datetime,
    hide_more: bool = False,
    scheduled: bool = False,
) -> Release:
    """What this view may show this member, entered in the ledger as shown to them.

    The same view of the same months gives what it gave before, to whomever. The worker shows it
    for them when `scheduled`. Raises Refused, NotAView, counts.NothingCounted.
    """
    by = None if scheduled else to
    try:
        return _show(definition, to=to, by=by, at=at, hide_more=hide_more)
    except Refused as refused:
        why, earlier = refused.stopped.why, [one.pk for one in refused.earlier]
        with transaction.atomic():
            audit.record("counts.refused", by=by, at=at, why=why, earlier=earlier)
        raise


def _show(
    definition: Definition, *, to: Member, by: Member | None, at: datetime, hide_more: bool
) -> Release:
    scope = counts.scope()
    ground = counts.ground(scope)
    axes, settled = definition.axes(ground), definition.settled(ground)
    with transaction.atomic():
        _lock()
        ledger = counts.ledger(scope)  # also what others were shown: two could compare
        same = [entry for entry in ledger if entry.definition == settled]
        mine = [entry for entry in same if entry.reader_id in {None, to.pk}]
        if mine:
            release = mine[-1]
        else:
            body = (
                same[-1]
                if same
                else _through_the_gate(
                    definition, scope, ground, axes, ledger, at=at, hide_more=hide_more
                )
            )
            release = _entered(body, settled, reader=to, by=to, at=at)
        audit.record(
            "counts.shown",
            of=release,
            by=by,
            at=at,
            since=release.since,
            until=release.until,
        )
    return release


def _through_the_gate(
    definition: Definition,
    scope: Scope,
    ground: Ground,
    axes: Any,
    ledger: Sequence[Release],
    *,
    at: datetime,
    hide_more: bool,
) -> Release:
    from daymark.insight import gate

    months = definition.months(ground)
    title = titles.of(definition, ground, counts.names(scope))
    asked = gate.table(title, axes, counts.own_counts(scope, months))
    entries = list({entry.digest: entry for entry in ledger}.values())
    try:
        passed = gate.release(
            asked,
            minimum=counts.gate_on(timezone.localdate(at)).minimum,
            ledger=[gate.read(entry.body) for entry in entries],
            hide_more=hide_more,
        )
    except gate.Stopped as stopped:
        raise Refused(stopped, [entries[n] for n in stopped.entries]) from None
    return Release(
        scope=scope,
        title=title,
        since=counts.first_day(months[0]),
        until=counts.first_day(months[-1]),
        body=passed.to_json(),
        digest=passed.digest,
        method=gate.METHOD,
    )


def _entered(
    body: Release, settled: Mapping[str, Any], *, reader: Member | None, by: Member, at: datetime
) -> Release:
    return Release.unrestricted.create(
        scope=body.scope,
        title=body.title,
        definition=settled,
        since=body.since,
        until=body.until,
        body=body.body,
        digest=body.digest,
        method=body.method,
        reader=reader,
        made_by=by,
        made_at=at,
    )


def look(one: Release, *, by: Member, at: datetime, export: bool = False) -> None:
    """Reading what a member was shown is a read; what was published is everybody's."""
    if one.reader_id:
        with transaction.atomic():
            verb = "counts.exported" if export else "counts.read"
            audit.record(verb, of=one, by=by, at=at)


def look_through(drafts: Iterable[Release], *, by: Member, at: datetime) -> None:
    """The ledger with what members were shown: its titles and sizes say what they asked."""
    with transaction.atomic():
        found = [one for one in drafts if one.reader_id]
        audit.record_many("counts.listed", by=by, at=at, of=found)


def publish(shown: Release, *, by: Member, at: datetime) -> Release:
    """To everybody what a member was shown: it has passed the gate with all the ledger.

    Raises MayNotPublish, and Outgrown where the smallest number shown was raised since.
    """
    if not access.holds(by.role, Permission.PUBLISH_COUNTS):
        raise MayNotPublish
    with transaction.atomic():
        _lock()
        out = Release.unrestricted.filter(digest=shown.digest, reader=None).first()
        if out is None:
            if json.loads(shown.body)["minimum"] < counts.gate_on(timezone.localdate(at)).minimum:
                raise Outgrown
            out = _entered(shown, shown.definition, reader=None, by=by, at=at)
            audit.record("counts.published", of=out, by=by, at=at, digest=out.digest)
    return out


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEDGER])


# ---- saved views ----


def save_view(
    definition: Mapping[str, Any],
    *,
    name: str,
    audience: Audience,
    schedule: Schedule,
    by: Member,
    at: datetime,
) -> View:
    with transaction.atomic():
        view = View.unrestricted.create(
            owner=by,
            agency_id=by.agency_id,
            name=name,
            definition=dict(definition),
            audience=audience,
            schedule=schedule,
            made_at=at,
        )
        audit.record("view.saved", of=view, by=by, at=at, audience=audience, schedule=schedule)
    return view


def change_view(
    view: View, *, name: str, audience: Audience, schedule: Schedule, by: Member, at: datetime
) -> None:
    with transaction.atomic():
        view.name, view.audience, view.schedule = name, audience, schedule
        view.save(update_fields=["name", "audience", "schedule"])
        audit.record("view.changed", of=view, by=by, at=at, audience=audience, schedule=schedule)


def end_view(view: View, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        view.ended_at = at
        view.save(update_fields=["ended_at"])
        audit.record("view.ended", of=view, by=by, at=at)


def run_schedules(*, now: datetime) -> list[Run]:
    """Count again each scheduled view whose turn it is, as its owner; by the worker.

    A month has its turn when it has been counted, a quarter when its last month has. What the
    gate refuses it refuses here too, and the owner reads why.
    """
    try:
        ground = counts.ground(counts.scope())
    except counts.NothingCounted:
        return []
    month = ground.months[-1]
    ended = [
        (Schedule.MONTHLY, month),
        (Schedule.QUARTERLY, next((m for m in reversed(ground.months) if _ends_quarter(m)), "")),
    ]
    done = []
    for schedule, last in ended:
        if not last:
            continue
        due = View.unrestricted.filter(
            schedule=schedule, ended_at=None, owner__is_active=True
        ).exclude(pk__in=Run.unrestricted.filter(month=counts.first_day(last)).values("view"))
        for view in due.select_related("owner").order_by("pk"):
            if access.holds(view.owner.role, Permission.COUNT_CONCERNS):
                done.append(_run(view, last, now=now))
    return done


def _ends_quarter(month: str) -> bool:
    return int(month[5:]) % 3 == 0


def _run(view: View, month: str, *, now: datetime) -> Run:
    with transaction.atomic():
        release, refused = None, ""
        try:
            with acting_as(view.owner_id):  # nothing rolled back: a refusal stays in the trail
                definition = Definition.stored(view.definition)
                release = show(definition, to=view.owner, at=now, scheduled=True)
        except Refused as stopped:
            refused = titles.refusal(stopped.stopped.why, [one.title for one in stopped.earlier])
        except NotAView as wrong:
            refused = str(wrong)
        run = Run.unrestricted.create(
            view=view,
            owner=view.owner,
            month=counts.first_day(month),
            release=release,
            refused=refused,
            at=now,
        )
        audit.record("view.ran", of=run, at=now)
    return run


def see_runs(*, by: Member, at: datetime) -> None:
    """The owner has looked at what their schedules gave."""
    with transaction.atomic():
        if counts.unseen_runs(by).update(seen_at=at):
            audit.record("view.runs_seen", by=by, at=at)
