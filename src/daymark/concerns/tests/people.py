"""The fewest people a concern needs: two desks of one force, one of a council."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.test import Client
from tests.roles import as_role

from daymark.access import actions as access
from daymark.access.terms import Ground, Kind
from daymark.agencies import actions as agencies
from daymark.agencies.models import Agency, Desk, Member
from daymark.agencies.terms import Kind as AgencyKind
from daymark.agencies.terms import Regime, Role
from daymark.agencies.tests.people import sign_in
from daymark.concerns import actions, queries
from daymark.concerns.models import Concern
from daymark.concerns.terms import Urgency
from daymark.vault import actions as vault

NOW = datetime(2026, 11, 22, 14, 25, tzinfo=UTC)
BEFORE = NOW - timedelta(days=30)


@dataclass(frozen=True)
class People:
    force: Agency
    council: Agency
    north: Desk
    south: Desk
    safeguarding: Desk
    officer: Member
    colleague: Member
    supervisor: Member
    responder: Member


def content(*, at: datetime) -> None:
    """What a desk cannot work without. Call it as the owner."""
    vault.ensure_search_key(at=at)
    access.set_retention(Kind.CONCERN, review_after_days=365, source="test", at=at)
    for urgency, hours in ((Urgency.IMMEDIATE, 1), (Urgency.TODAY, 8), (Urgency.ROUTINE, 72)):
        actions.content.set_clock(
            urgency,
            within=timedelta(hours=hours),
            escalate_after=timedelta(hours=hours),
            source="test",
            at=at,
        )
    actions.content.set_allowance(
        files=20,
        megabytes=25,
        kept_for=timedelta(hours=48),
        waiting_megabytes=100,
        source="test",
        at=at,
    )


def people() -> People:
    """Call it as the owner."""
    content(at=BEFORE)
    force, council = (
        agencies.open_agency(
            name=name, kind=kind, regime=regime, valid_from=BEFORE.date(), at=BEFORE
        )
        for name, kind, regime in (
            ("Force", AgencyKind.POLICE, Regime.LAW_ENFORCEMENT),
            ("Council", AgencyKind.COUNCIL, Regime.UK_GDPR),
        )
    )
    north = agencies.open_desk(agency=force, name="North", by=None, at=BEFORE)
    south = agencies.open_desk(agency=force, name="South", by=None, at=BEFORE)
    safeguarding = agencies.open_desk(agency=council, name="Safeguarding", by=None, at=BEFORE)
    actions.content.set_route(None, desk=north, source="test", at=BEFORE)
    return People(
        force=force,
        council=council,
        north=north,
        south=south,
        safeguarding=safeguarding,
        officer=_member("officer", Role.DESK_OFFICER, force, north),
        colleague=_member("colleague", Role.DESK_OFFICER, force, south),
        supervisor=_member("supervisor", Role.DESK_SUPERVISOR, force, north),
        responder=_member("responder", Role.FIRST_RESPONDER, council, safeguarding),
    )


def _member(name: str, role: Role, agency: Agency, desk: Desk) -> Member:
    member = Member.unrestricted.create(
        email=f"{name}@example.org", name=name, agency=agency, role=role, joined_at=BEFORE
    )
    agencies.seat(member=member, desk=desk, by=None, at=BEFORE)
    return member


def client_of(member: Member) -> Client:
    """A browser in which the member has signed in."""
    client = Client()
    with as_role("owner"):
        sign_in(client, Member.unrestricted.get(pk=member.pk))
    return client


def concern(member: Member, pk: UUID) -> Concern:
    """Call it as the partner process, for the member."""
    return queries.desk.concerns_for(member, now=NOW).get(pk=pk)


def pass_to(
    one: Concern,
    desk: Desk,
    ground: Ground | None = None,
    *,
    by: Member,
    at: datetime = NOW,
) -> None:
    """Call it as the partner process, for the member."""
    actions.desk.pass_to(
        one, version=one.version, desk=desk, ground=ground, explanation="Theirs", by=by, at=at
    )
