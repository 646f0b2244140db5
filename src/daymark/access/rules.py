"""Who may do what, and who may know what. The database repeats both in its own words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from daymark.access.terms import Compartment, Permission
from daymark.agencies.terms import Role

_DESK = {
    Permission.READ_CONCERN,
    Permission.TRIAGE_CONCERNS,
    Permission.PASS_CONCERNS,
    Permission.ASK_REPORTERS,
    Permission.CLOSE_CONCERNS,
    Permission.EXPORT_CONCERNS,
    Permission.SEE_RULES,
}
_COUNT = {Permission.COUNT_CONCERNS, Permission.PUBLISH_COUNTS}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.DESK_OFFICER: frozenset(_DESK),
    Role.DESK_SUPERVISOR: frozenset(
        _DESK
        | {
            Permission.OPEN_ORIGINALS,
            Permission.SHARE_DOSSIERS,
            Permission.RESTRICT_DOSSIERS,
            Permission.BREAK_GLASS,
            Permission.REVIEW_GLASS,
            Permission.READ_TRAIL,
            Permission.MANAGE_AGREEMENTS,
            Permission.TAKE_ESCALATIONS,
            Permission.SET_DESK_RULES,
        }
    ),
    Role.DETECTIVE: frozenset({Permission.READ_CONCERN, Permission.BREAK_GLASS}),
    Role.NAVIGATOR: frozenset({Permission.READ_CONCERN, Permission.BREAK_GLASS}),
    Role.FIRST_RESPONDER: frozenset({Permission.READ_CONCERN, Permission.BREAK_GLASS}),
    Role.SUPPORT_WORKER: frozenset({Permission.READ_CONCERN}),
    Role.COORDINATOR: frozenset(
        {
            Permission.MANAGE_AGREEMENTS,
            Permission.SET_GATE,
            Permission.SEE_ROUTES,
            Permission.SEE_RULES,
            Permission.SET_RULES,
        }
        | _COUNT
    ),
    Role.COMMISSIONER: frozenset({Permission.COUNT_CONCERNS}),
    Role.ANALYST: frozenset({Permission.RUN_STUDIES} | _COUNT),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.MANAGE_MEMBERS,
            Permission.MANAGE_DESKS,
            Permission.SEE_ROUTES,
            Permission.SEE_RULES,
        }
    ),
}

LONGEST_GLASS = timedelta(minutes=60)
"""How long break-glass stays open at most; a check constraint says the same."""


def holds(role: str, permission: Permission) -> bool:
    """Whether a role carries a permission; every member carries PUBLIC and MEMBER."""
    if permission in {Permission.PUBLIC, Permission.MEMBER}:
        return True
    return permission in GRANTS[Role(role)]


@dataclass(frozen=True)
class Standing:
    """What ties one member to one dossier at one moment."""

    at_desk: bool = False
    shared: frozenset[Compartment] | None = None
    broken_glass: bool = False
    restricted: bool = False
    named: bool = False
    blocked: bool = False


def knows(standing: Standing) -> bool:
    """Whether the dossier exists for this member.

    A conflict-of-interest block beats everything; a named restriction beats everything but the
    block: only the named know it, whatever desk they sit at and whatever was shared or broken.
    """
    if standing.blocked:
        return False
    if standing.restricted:
        return standing.named
    return standing.at_desk or standing.shared is not None or standing.broken_glass


def opened(standing: Standing) -> frozenset[Compartment]:
    """The compartments this member may read.

    The desk, the named and whoever broke the glass read all of it; a share opens what it names.
    """
    if not knows(standing):
        return frozenset()
    if standing.at_desk or standing.restricted or standing.broken_glass:
        return frozenset(Compartment)
    return standing.shared or frozenset()


def share_stands(
    *,
    basis_live: bool,
    agreement_from: datetime | None,
    agreement_until: datetime | None,
    same_agency: bool,
    until: datetime,
    now: datetime,
) -> bool:
    """Whether a share may be made: a live basis, and an agreement in date until the share ends.

    Inside one agency no agreement is needed; the basis is.
    """
    if not basis_live or until <= now:
        return False
    if same_agency:
        return True
    if agreement_from is None or agreement_until is None:
        return False
    return agreement_from <= now and until <= agreement_until


def may_review(*, glass_member: object, reviewer: object, reviewed: bool) -> bool:
    """Break-glass is reviewed once, by somebody else."""
    return not reviewed and glass_member != reviewer
