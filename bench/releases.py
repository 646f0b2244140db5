"""The room's own gate: tables of a thousand numbers, and a ledger of a hundred, from the database.

    python -m bench releases

Targets on two cores: 1,000 numbers in 5 s, a ledger of 100 tables in 60 s. All is rolled back.
"""

import time
from datetime import date

import django

django.setup()

import numpy as np  # noqa: E402 -- after the settings
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from daymark.agencies import actions as agencies  # noqa: E402
from daymark.agencies.context import acting_as  # noqa: E402
from daymark.agencies.models import Member  # noqa: E402
from daymark.agencies.terms import Kind, Regime, Role  # noqa: E402
from daymark.insight import gate  # noqa: E402
from daymark.insight.actions import counts  # noqa: E402
from daymark.insight.definitions import Definition, following  # noqa: E402
from daymark.insight.models import Release, Scope, Tally  # noqa: E402
from daymark.insight.queries import counts as queries  # noqa: E402
from daymark.insight.terms import By  # noqa: E402
from daymark.places import actions as places  # noqa: E402

FORCES = ("E23000028", "E23000032")
MONTHS = tuple(following("2024-01", "2025-12"))
NOW = timezone.now()


def analyst() -> Member:
    agency = agencies.open_agency(
        name="bench", kind=Kind.POLICE, regime=Regime.LAW_ENFORCEMENT, valid_from=NOW.date(), at=NOW
    )
    return Member.unrestricted.create(
        email="bench@example.org", name="bench", agency=agency, role=Role.ANALYST, joined_at=NOW
    )


def tell() -> None:
    """Two years of a busy partnership, skewed as real counts are."""
    rng = np.random.default_rng(5)
    scope = Scope.unrestricted.first() or counts.set_scope(
        FORCES, since=date(2020, 1, 1), source="bench", at=NOW
    )
    ground = queries.ground(scope)
    mean = rng.gamma(0.8, 2.5, (len(ground.all_areas), len(ground.all_types)))
    Tally.unrestricted.bulk_create(
        Tally(
            scope=scope,
            month=f"{month}-01",
            cells=[
                {"area": area, "type": kind, "concerns": int(rng.poisson(mean[a, k]))}
                for a, area in enumerate(ground.all_areas)
                for k, kind in enumerate(ground.all_types)
            ],
            counted_at=NOW,
        )
        for month in MONTHS
    )


def shown(view: Definition, member: Member) -> tuple[float, Release | None]:
    """Seconds of this process's own work, which a busy machine does not stretch."""
    started = time.process_time()
    try:
        release = counts.show(view, to=member, at=NOW, hide_more=True)
    except counts.Refused:
        release = None
    return time.process_time() - started, release


def thousand(member: Member) -> None:
    print("One table of about 1,000 numbers (target 5 s)")
    for by, period in (
        ((By.COUNCIL, By.MONTH), "2024-01/2025-12"),
        ((By.COUNCIL, By.TYPE, By.QUARTER), "2025-01/2025-09"),
    ):
        with transaction.atomic():
            spent, release = shown(Definition(by=by, period=period), member)
            told = gate.read(release.body) if release else None
            size, hidden = (len(told.shown), int(told.hidden.sum())) if told else (0, 0)
            print(f"  {' x '.join(by):28} {size:5} numbers, {hidden:5} hidden, {spent:5.2f} s")
            transaction.set_rollback(True)


def hundred(member: Member) -> None:
    print("A ledger of 100 tables, one after the other (target 60 s)")
    quarters = [f"{a}/{b}" for a, b in zip(MONTHS[::3], MONTHS[2::3], strict=True)]
    views = [
        Definition(by=by, period=period)
        for period in (*MONTHS, *quarters)
        for by in ((By.COUNCIL,), (By.TYPE,), (By.FORCE, By.TYPE))
    ]
    views += [Definition(by=(By.COUNCIL,), period=f"2024-{m:02}/2024-12") for m in range(1, 5)]
    spent, slowest, refused = 0.0, 0.0, 0
    for view in views[:100]:
        took, release = shown(view, member)
        spent, slowest, refused = spent + took, max(slowest, took), refused + (release is None)
    ledger = [gate.read(one.body) for one in queries.ledger(queries.scope())]
    print(
        f"  {len(ledger)} shown, {refused} refused: {spent:.1f} s, at most {slowest:.1f} s a table"
    )
    started = time.process_time()
    found = gate.exposed(ledger)
    print(f"  attacked as one in {time.process_time() - started:.1f} s, exposed {found}")


def main() -> None:
    with transaction.atomic():
        places.load_areas(at=NOW)
        counts.set_gate(minimum=5, counted_after_days=14, source="bench", by=None, at=NOW)
        member = analyst()
        tell()
        with acting_as(member.pk):
            thousand(member)
            hundred(member)
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
