"""What the owner does to a deployment: migrate it, give it its content, look it over."""

from base64 import b64decode
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from daymark.access import actions as access
from daymark.access.models import Dossier, Retention
from daymark.access.terms import Kind
from daymark.agencies import actions as agencies
from daymark.agencies.factors import SecondFactors
from daymark.agencies.models import Desk
from daymark.audit import queries as audit
from daymark.audit import rules as chain
from daymark.concerns import actions as concerns
from daymark.concerns import queries as known
from daymark.concerns.models import Allowance, Arrival, Clock, File, Limit, Parcel, Route
from daymark.concerns.terms import Copying, LimitOf, NoCopy, Urgency
from daymark.insight import importing
from daymark.insight.actions import counts
from daymark.insight.actions import figures as insight
from daymark.insight.models import Gate, Scope
from daymark.places import actions as places
from daymark.places.directory import NotADirectory
from daymark.places.models import Postcode
from daymark.signs import actions as signs
from daymark.vault import actions as vault
from daymark.vault import queries as keyring
from daymark.vault import ring
from daymark.vault.locking import Misplaced

# What a partnership starts with until it agrees its own; each shows where it comes from.
STARTING = "Starting value of Daymark; to be agreed by the partnership"
# Before the first concern anybody brings along from an older system.
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
FIRST_MONTH = date(2020, 1, 1)
CLOCKS = {
    Urgency.IMMEDIATE: timedelta(hours=1),
    Urgency.TODAY: timedelta(hours=8),
    Urgency.ROUTINE: timedelta(days=3),
}
ESCALATE_AFTER = {
    Urgency.IMMEDIATE: timedelta(minutes=30),
    Urgency.TODAY: timedelta(hours=4),
    Urgency.ROUTINE: timedelta(days=1),
}
LIMITS = {
    LimitOf.IDLE_DAYS: 7,
    LimitOf.FLOOD_LIKENESS: 0.9,
    LimitOf.FLOOD_HOURS: 24,
    LimitOf.DRAFT_DAYS: 14,  # whoever is away for a fortnight finds what they left
}
REVIEW_AFTER_DAYS = 365
SMALLEST_SHOWN, COUNTED_AFTER_DAYS = 5, 14
COUNTED_FORCES = ("E23000028", "E23000032")  # Essex and Kent, whose postcodes ship
FILES, MEGABYTES, WAITING_MEGABYTES = 20, 25, 5_000
KEPT_FOR = timedelta(hours=48)
OTHER_RING = "The key ring is not the one this database was written with; put your copy back."
LATE = timedelta(hours=3)


def bring_up_to_date() -> None:
    """Migrate, collect static files and give an empty deployment its content; repeatable."""
    now = timezone.now()
    call_command("migrate", verbosity=0, interactive=False)
    if settings.STATIC_ROOT:
        call_command("collectstatic", verbosity=0, interactive=False)
    try:
        vault.ensure_search_key(at=now)
    except (ring.UnknownKey, Misplaced):
        raise SystemExit(f"daymark: {OTHER_RING}") from None
    signs.load_content(at=now)
    if not Postcode.unrestricted.exists():
        places.load_areas(at=now)
        places.load_postcodes(at=now)
    insight.load_content(at=now)
    if not Gate.unrestricted.exists():
        counts.set_gate(
            minimum=SMALLEST_SHOWN,
            counted_after_days=COUNTED_AFTER_DAYS,
            source=STARTING,
            by=None,
            at=SINCE,
        )
    if not Scope.unrestricted.exists():
        counts.set_scope(COUNTED_FORCES, since=FIRST_MONTH, source=STARTING, at=now)
    for urgency, within in CLOCKS.items():
        if not Clock.unrestricted.filter(urgency=urgency).exists():
            concerns.content.set_clock(
                urgency,
                within=within,
                escalate_after=ESCALATE_AFTER[urgency],
                source=STARTING,
                at=SINCE,
            )
    for of, value in LIMITS.items():
        if not Limit.unrestricted.filter(of=of).exists():
            concerns.content.set_limit(of, value, source=STARTING, at=SINCE)
    if not Allowance.unrestricted.exists():
        concerns.content.set_allowance(
            files=FILES,
            megabytes=MEGABYTES,
            kept_for=KEPT_FOR,
            waiting_megabytes=WAITING_MEGABYTES,
            source=STARTING,
            at=SINCE,
        )
    for kind in Kind:
        if not Retention.unrestricted.filter(kind=kind).exists():
            access.set_retention(
                kind, review_after_days=REVIEW_AFTER_DAYS, source=STARTING, at=SINCE
            )


def somebody_reads() -> bool:
    """Whether there is a desk for every report."""
    return (None, "") in known.content.routes(on=timezone.localdate())


def check(what: str) -> list[str]:
    """What is wrong with a deployment, in plain words; nothing when nothing is."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return ["database: it is not up to date; run `daymark migrate`"]
    found: list[str] = []
    if what in {"audit", "all"}:
        report = audit.check(public_keys=[chain.public_key(b64decode(settings.AUDIT_KEY))])
        found += [
            f"audit: chain {one.chain}, entry {one.seq}: {one.wrong}" for one in report.findings
        ]
        print(f"audit: {report.entries} entries in {report.chains} chains, {report.links} links")
    if what in {"arrivals", "all"}:
        stuck = Arrival.unrestricted.filter(opened_at=None).exclude(trouble="")
        found += [f"arrivals: {one.pk} could not be opened ({one.trouble})" for one in stuck]
        sealed = Parcel.unrestricted.exclude(trouble="")
        found += [f"files: {one.pk} could not be opened ({one.trouble})" for one in sealed]
        missing = File.unrestricted.filter(because=NoCopy.MISSING).select_related("dossier")
        found += [f"files: {one.dossier.reference} names one that is not here" for one in missing]
        late = timezone.now() - LATE
        waiting = File.unrestricted.filter(state=Copying.WAITING, at__lt=late).count()
        if waiting:
            found.append(f"files: {waiting} have waited for their copy for hours; is clamd silent?")
        behind = Desk.unrestricted.filter(
            pk__in=Dossier.unrestricted.filter(desk__closed_at__lt=late).values("desk")
        )
        found += [f"desks: {one} is closed, and what lies there lies there still" for one in behind]
        if not Route.unrestricted.filter(
            area=None, valid_until=None, desk__closed_at=None
        ).exists():
            found.append("routes: no desk reads reports from outside the areas with a desk")
        found += [
            f"routes: {one.route} is dead ({one.why})"
            for one in known.content.dead_routes(now=timezone.now())
        ]
    if what == "all":
        try:
            keyring.search_key()
        except (ring.UnknownKey, Misplaced):
            found.append(f"keys: {OTHER_RING}")
        found += [f"settings: {one.msg}" for one in run_checks() if one.is_serious()]
    return found


def keys(act: str, key: str = "") -> list[str]:
    """List the ring, after doing to it what was asked; or an exit that says why it was not."""
    now = timezone.now()
    if act == "desks":
        return _new_keys_of_desks(now)
    also = [SecondFactors()]
    try:
        if act == "rotate":
            vault.rotate_ring(settings.KEY_RING, by=None, at=now)
        if act == "drop":
            vault.drop_key(settings.KEY_RING, key, by=None, at=now, also=also)
    except (ring.RingError, vault.StillNeeded) as refused:
        raise SystemExit(f"daymark: {refused}") from None
    if act == "rewrap":
        return [
            f"{count.what}: {count.rewrapped} re-wrapped, {count.unreadable} unreadable"
            for count in vault.rewrap_all(by=None, at=now, also=also)
        ]
    held = ring.load(settings.KEY_RING)
    return [
        f"{key_id} {fingerprint}{'  (current)' if key_id == held.current else ''}"
        for key_id, fingerprint in held.fingerprints().items()
    ]


@transaction.atomic
def _new_keys_of_desks(at: datetime) -> list[str]:
    """For whoever fears that the machine, or a backup with its keys, was read."""
    desks = Desk.unrestricted.filter(closed_at=None).select_related("agency")
    told = []
    for desk in desks.order_by("agency__name", "name"):
        agencies.rotate_desk_key(desk=desk, by=None, at=at)
        told.append(f"{desk.agency}, {desk}: a new key")
    return told


def load_postcodes(path: Path) -> str:
    """A newer ONS directory, or all of Great Britain; or an exit that says what is wrong."""
    now = timezone.now()
    load = places.load_onspd if path.suffix.lower() == ".csv" else places.load_great_britain
    try:
        return f"{load(path, at=now)} postcodes"
    except NotADirectory as trouble:
        raise SystemExit(f"{path.name}: {trouble}") from None


def load_wards(path: Path, on: str) -> str:
    """Wards with their councils, standing from a day; or an exit that says what is wrong."""
    try:
        since = date.fromisoformat(on)
    except ValueError:
        raise SystemExit("say from which day these wards stand: --published 2024-12-01") from None
    try:
        return f"{places.load_wards(path, on=since, at=timezone.now())} wards"
    except (NotADirectory, places.UnknownAreas) as trouble:
        raise SystemExit(f"{path.name}: {trouble}") from None


def load_figures(
    what: str,
    files: list[Path],
    *,
    period: str,
    published: str,
    preview: bool,
    report: Path | None,
) -> list[str]:
    """Published figures; the lines to show, or an exit that says why nothing was taken."""
    try:
        return importing.bring_in(
            what,
            files,
            at=timezone.now(),
            period=period,
            published=published,
            preview=preview,
            report=report,
        )
    except (importing.Unreadable, insight.Refused, insight.Contradiction) as trouble:
        raise SystemExit(str(trouble)) from None
    except OSError as trouble:
        raise SystemExit(f"{trouble.filename}: {trouble.strerror}") from None
