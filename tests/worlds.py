"""What every member may know, worked out in plain Python from the bare facts.

`Facts` is read by the owner of the database, past every policy and query, and decides with
`rules.knows` and `rules.opened` alone: what pages, queries and policies are measured against.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from daymark.access.models import Block, Dossier, Glass, Named, Share
from daymark.access.rules import Standing, holds, knows, opened
from daymark.access.terms import Compartment, Permission
from daymark.agencies.models import Member, Seat


@dataclass(frozen=True)
class Given:
    """A share, as it was given."""

    dossier: UUID
    agency: UUID | None
    member: UUID | None
    compartments: frozenset[Compartment]
    until: datetime
    ended: bool


@dataclass(frozen=True)
class Facts:
    now: datetime
    desks: dict[UUID, UUID]
    """Where each dossier lies."""

    restricted: Collection[UUID]
    seats: Collection[tuple[UUID, UUID]]
    shares: Collection[Given]
    named: Collection[tuple[UUID, UUID]]
    blocked: Collection[tuple[UUID, UUID]]
    glass: Collection[tuple[UUID, UUID]]
    """Member and dossier (or desk): what holds now."""

    def standing(self, member: Member, dossier: UUID) -> Standing:
        reaching = [
            given.compartments
            for given in self.shares
            if given.dossier == dossier
            and (given.agency == member.agency_id or given.member == member.pk)
            and not given.ended
            and given.until > self.now
        ]
        tie = (member.pk, dossier)
        return Standing(
            at_desk=(member.pk, self.desks[dossier]) in self.seats,
            shared=frozenset().union(*reaching) if reaching else None,
            broken_glass=tie in self.glass,
            restricted=dossier in self.restricted,
            named=tie in self.named,
            blocked=tie in self.blocked,
        )

    def knows(self, member: Member, dossier: UUID | None) -> bool:
        return (
            dossier in self.desks
            and member.is_active
            and holds(member.role, Permission.READ_CONCERN)
            and knows(self.standing(member, dossier))
        )

    def opens(self, member: Member, dossier: UUID, compartment: Compartment) -> bool:
        return self.knows(member, dossier) and compartment in opened(self.standing(member, dossier))

    def holds(self, member: Member, dossier: UUID | None, *permissions: Permission) -> bool:
        """Known, at the member's own desk, and the role carries one of the permissions."""
        return (
            self.knows(member, dossier)
            and self.standing(member, dossier).at_desk
            and any(holds(member.role, permission) for permission in permissions)
        )

    def known(self, member: Member) -> set[UUID]:
        return {dossier for dossier in self.desks if self.knows(member, dossier)}

    def opened(self, member: Member, compartment: Compartment) -> set[UUID]:
        return {dossier for dossier in self.desks if self.opens(member, dossier, compartment)}


def facts(now: datetime) -> Facts:
    """Call it as the owner of the database."""
    live = Seat.unrestricted.filter(until=None, member__is_active=True)
    dossiers = list(Dossier.unrestricted.values_list("pk", "desk", "restricted_at"))
    return Facts(
        now=now,
        desks={pk: desk for pk, desk, _ in dossiers},
        restricted={pk for pk, _, since in dossiers if since},
        seats=set(live.values_list("member", "desk")),
        shares=[
            Given(
                dossier=share.dossier_id,
                agency=share.agency_id,
                member=share.member_id,
                compartments=frozenset(map(Compartment, share.compartments)),
                until=share.until,
                ended=share.ended_at is not None,
            )
            for share in Share.unrestricted.all()
        ],
        named=set(Named.unrestricted.filter(ended_at=None).values_list("member", "dossier")),
        blocked=set(Block.unrestricted.filter(ended_at=None).values_list("member", "dossier")),
        glass=set(Glass.unrestricted.filter(until__gt=now).values_list("member", "dossier")),
    )


def everybody() -> list[Member]:
    return list(Member.unrestricted.select_related("agency").order_by("pk"))
