"""A partnership that has counted: two forces, a few councils, a year of invented concerns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from daymark.access.models import Dossier, Retention
from daymark.access.terms import Kind, Marking, Purpose
from daymark.agencies.models import Agency, Desk, Member
from daymark.agencies.terms import Regime, Role
from daymark.agencies.tests.people import Cast
from daymark.concerns.models import Concern
from daymark.concerns.terms import Urgency
from daymark.design.ids import new_id
from daymark.insight.actions import counts
from daymark.insight.definitions import following
from daymark.insight.models import Scope, Tally
from daymark.places.models import Area
from daymark.signs import actions as signs

NOW = datetime(2026, 11, 22, 14, 25, tzinfo=UTC)
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
ESSEX, KENT = "E23000028", "E23000032"
BASILDON, COLCHESTER, TENDRING = "E07000066", "E07000071", "E07000076"
MAIDSTONE = "E07000110"
LABOUR, SEXUAL, CRIMINAL = "LABOUR", "SEXUAL", "CRIMINAL"
MONTHS = tuple(following("2025-11", "2026-10"))


@dataclass(frozen=True)
class People:
    force: Agency
    charity: Agency
    desk: Desk
    analyst: Member
    second: Member
    commissioner: Member
    coordinator: Member
    officer: Member


def people() -> People:
    """Call it as the owner, with areas loaded."""
    signs.load_content(at=NOW)
    cast = Cast()
    counts.set_gate(minimum=5, counted_after_days=14, source="Starting value", by=None, at=EARLY)
    counts.set_scope([ESSEX, KENT], since=date(2020, 1, 1), source="test", at=NOW)
    return People(
        force=cast.force,
        charity=cast.charity,
        desk=cast.desk,
        analyst=cast._member("mei@essex.test", Role.ANALYST, cast.force),
        second=cast._member("ines@harbour.test", Role.ANALYST, cast.charity),
        commissioner=cast._member("ravi@essex.test", Role.COMMISSIONER, cast.force),
        coordinator=cast._member("grace@essex.test", Role.COORDINATOR, cast.force),
        officer=cast.officer,
    )


def tell(cells: Mapping[tuple[str, str, str], int], *, at: datetime = NOW) -> None:
    """Lay counts down as the worker does: concerns by area, type and month, for MONTHS."""
    scope = Scope.unrestricted.get()
    for month in MONTHS:
        Tally.unrestricted.create(
            scope=scope,
            month=f"{month}-01",
            cells=[
                {"area": area, "type": kind, "concerns": number}
                for (area, kind, when), number in cells.items()
                if when == month and number
            ],
            counted_at=at,
        )


def concern(
    desk: Desk,
    received_at: datetime,
    *,
    area: str | None = None,
    types: tuple[str, ...] = (),
    restricted_by: Member | None = None,
    closed_because: str = "",
) -> Concern:
    """One concern as the worker lays it on a desk, without the words."""
    retention, _ = Retention.unrestricted.get_or_create(
        kind=Kind.CONCERN,
        defaults={"review_after_days": 365, "valid_from": date(2020, 1, 1), "source": "test"},
    )
    pk = new_id()
    dossier = Dossier.unrestricted.create(
        id=pk,
        kind=Kind.CONCERN,
        reference=str(pk)[-12:],
        agency_id=desk.agency_id,
        desk=desk,
        regime=Regime.LAW_ENFORCEMENT,
        purpose=Purpose.LAW_ENFORCEMENT,
        marking=Marking.OFFICIAL,
        retention=retention,
        opened_at=received_at,
        restricted_at=received_at if restricted_by else None,
        restricted_by=restricted_by,
    )
    return Concern.unrestricted.create(
        dossier=dossier,
        received_at=received_at,
        urgency=Urgency.ROUTINE,
        area=Area.unrestricted.get(code=area) if area else None,
        types=list(types),
        language="en",
        due_at=received_at,
        state="CLOSED" if closed_because else "OPEN",
        closed_at=received_at if closed_because else None,
        closed_because=closed_because,
    )
