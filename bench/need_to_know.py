"""What the second wall costs, and what sealing a report costs.

The same query for the same member, once as the owner (the application's rule alone) and once as
the partner role (the application's rule and row-level security), over a partnership of 20,000
concerns; then filing a report beside a bare insert into the same table.
"""

import os
import secrets
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 -- after the settings

from daymark.access.models import Dossier, Retention  # noqa: E402
from daymark.access.terms import Kind, Marking, Purpose  # noqa: E402
from daymark.agencies import actions as agencies  # noqa: E402
from daymark.agencies.context import acting_as  # noqa: E402
from daymark.agencies.models import Member  # noqa: E402
from daymark.agencies.terms import Kind as AgencyKind  # noqa: E402
from daymark.agencies.terms import Regime, Role  # noqa: E402
from daymark.concerns import actions, queries  # noqa: E402
from daymark.concerns.models import Arrival, Concern  # noqa: E402
from daymark.concerns.terms import Urgency  # noqa: E402
from daymark.design.ids import new_id  # noqa: E402
from daymark.vault import codes  # noqa: E402

CONCERNS, DESKS, ROUNDS = 20_000, 20, 30
NOW = datetime.now(UTC)


def main() -> None:
    member = fill()
    asks: list[tuple[str, Callable[[], object]]] = [
        ("the inbox's first page", lambda: list(queries.desk.concerns_for(member, now=NOW)[:25])),
        ("how many there are", lambda: queries.desk.concerns_for(member, now=NOW).count()),
        ("one concern", lambda: queries.desk.concerns_for(member, now=NOW).first()),
        ("an unscoped count", Concern.unrestricted.count),
    ]
    print(f"{CONCERNS:,} concerns at {DESKS} desks; median of {ROUNDS}")
    alone = [timed(ask) for _, ask in asks]
    become_partner()
    with transaction.atomic(), acting_as(member.pk):
        walled = [timed(ask) for _, ask in asks]
    for (name, _), one, two in zip(asks, alone, walled, strict=True):
        print(f"{name:28} {one:8.2f} ms   with the wall {two:8.2f} ms   {two / one:5.2f} x")


def timed(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def fill() -> Member:
    at = NOW - timedelta(days=60)
    force = agencies.open_agency(
        name=f"Bench {new_id()}",
        kind=AgencyKind.POLICE,
        regime=Regime.LAW_ENFORCEMENT,
        valid_from=at.date(),
        at=at,
    )
    desks = [agencies.open_desk(agency=force, name=f"{n}", by=None, at=at) for n in range(DESKS)]
    member = Member.unrestricted.create(
        email=f"{new_id()}@example.org",
        name="Bench",
        agency=force,
        role=Role.DESK_OFFICER,
        joined_at=at,
    )
    agencies.seat(member=member, desk=desks[0], by=None, at=at)
    actions.content.set_route(None, desk=desks[0], source="bench", at=at)
    filing()
    retention = Retention.unrestricted.filter(kind=Kind.CONCERN).latest("valid_from")
    dossiers = [
        Dossier(
            kind=Kind.CONCERN,
            reference=secrets.token_hex(6),
            agency=force,
            desk=desks[number % DESKS],
            regime=Regime.LAW_ENFORCEMENT,
            purpose=Purpose.SAFEGUARDING,
            marking=Marking.OFFICIAL_SENSITIVE,
            retention=retention,
            opened_at=at,
        )
        for number in range(CONCERNS)
    ]
    Dossier.unrestricted.bulk_create(dossiers, batch_size=2000)
    Concern.unrestricted.bulk_create(
        (
            Concern(
                dossier=dossier,
                received_at=at,
                urgency=Urgency.ROUTINE,
                language="en",
                due_at=at + timedelta(minutes=number),
            )
            for number, dossier in enumerate(dossiers)
        ),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return member


def filing() -> None:
    """A sealed report and its code, beside the bare insert of an envelope of the same size."""
    report = actions.door.Report(danger=False, what="x" * 600, where="CO2 8JX", language="en")
    pepper = secrets.token_bytes(32)

    def file() -> None:
        actions.door.file_report(report, pk=new_id(), code=codes.new(), pepper=pepper, at=NOW)

    sealing = timed(file)
    model = Arrival.unrestricted.select_related("thread", "desk").latest("received_at")

    def insert() -> None:
        Arrival(
            id=new_id(),
            thread=model.thread,
            desk=model.desk,
            sealed=model.sealed,
            first=False,
            received_at=NOW,
        ).save(force_insert=True)

    bare = timed(insert)
    print(f"filing a report              {sealing:8.2f} ms   a bare insert {bare:8.2f} ms")
    print(f"                             {sealing / bare:8.2f} x, {1000 / sealing:.0f} a second")


def become_partner() -> None:
    url = urlsplit(os.environ["BENCH_PARTNER_URL"])
    connection.close()
    connection.settings_dict["USER"] = unquote(url.username or "")
    connection.settings_dict["PASSWORD"] = unquote(url.password or "")


if __name__ == "__main__":
    main()
