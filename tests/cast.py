"""One cast for every test of who may know what: each role in each place, one dossier a relation.

Everything is made through the real actions, by the owner of the database or by the member who
does it in life. What each dossier holds carries words found nowhere else, so that a test can say
of any page what it gave away.
"""

import random
import string
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from daymark.access import actions as access
from daymark.access.models import Agreement, Basis, Block, Dossier, Glass, Named, Share
from daymark.access.terms import Compartment, Ground, Kind, Purpose
from daymark.agencies import actions as agencies
from daymark.agencies.models import Agency, Desk, Member
from daymark.agencies.terms import Kind as AgencyKind
from daymark.agencies.terms import Regime, Role
from daymark.agencies.tests.people import joined, sign_in
from daymark.concerns import actions as concerns
from daymark.concerns.copying import Copy
from daymark.concerns.models import (
    Asked,
    Concern,
    Handover,
    Inquiry,
    Likeness,
    Proposal,
    Thread,
)
from daymark.concerns.terms import Act, Closing, HandedOn, State, Tie, Urgency
from daymark.concerns.tests.people import content
from daymark.design.ids import new_id
from daymark.vault import codes
from daymark.vault import queries as keys
from tests.roles import as_role


class Relation(StrEnum):
    """What ties a member to a dossier."""

    OWNER = "OWNER"
    """Sits at the desk that holds it."""

    COLLEAGUE = "COLLEAGUE"
    """Sits at another desk of the same agency."""

    STRANGER = "STRANGER"
    """Works for another agency, and nothing was shared."""

    NOTHING = "NOTHING"
    """Shared with the member's agency, no compartment opened."""

    ACCOUNT = "ACCOUNT"
    SOURCE = "SOURCE"
    ALL = "ALL"
    """Shared with the member's agency: what was said, the conversation, or both."""

    TO_MEMBER = "TO_MEMBER"
    """Shared with this member by name."""

    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    """Was shared."""

    NAMED = "NAMED"
    UNNAMED = "UNNAMED"
    """Sits at its desk; it is restricted, and they are named or are not."""

    SHARED_UNNAMED = "SHARED_UNNAMED"
    """Shared with the member's agency, then restricted to others."""

    BLOCKED = "BLOCKED"
    SHARED_BLOCKED = "SHARED_BLOCKED"
    """Sits at its desk, or was given it, and has a conflict of interest."""

    GLASS = "GLASS"
    GLASS_OVER = "GLASS_OVER"
    """Broke the glass a moment ago, or two hours ago for one hour, as far as the role may."""


HERE = {Relation.OWNER, Relation.NAMED, Relation.UNNAMED, Relation.BLOCKED}
PLAIN = {Relation.OWNER, Relation.COLLEAGUE, Relation.STRANGER}
"""One dossier, seen from three places."""

SHARED = {
    Relation.NOTHING: [],
    Relation.ACCOUNT: [Compartment.ACCOUNT],
    Relation.SOURCE: [Compartment.SOURCE],
    Relation.ALL: [Compartment.ACCOUNT, Compartment.SOURCE],
    Relation.EXPIRED: [Compartment.ACCOUNT, Compartment.SOURCE],
    Relation.REVOKED: [Compartment.ACCOUNT, Compartment.SOURCE],
    Relation.SHARED_UNNAMED: [Compartment.ACCOUNT, Compartment.SOURCE],
    Relation.SHARED_BLOCKED: [Compartment.ACCOUNT, Compartment.SOURCE],
}
"""What the member's agency was given."""


@dataclass(frozen=True)
class Case:
    """A dossier with everything a dossier can have, and the words that would give it away."""

    dossier: Dossier
    share: Share
    basis: Basis
    block: Block
    glass: Glass
    inquiry: Inquiry
    """What another desk asks about it."""

    words: dict[str, str]
    """By what they stand in: `account`, `said` (by the desk to the reporter), `answer`,
    `note`, `basis`, `block`, `glass`, `handed`, `proposed`, `asks` (another desk about it),
    `asked` (of another desk for it), `file` (its text), `file_name`."""

    @property
    def pk(self) -> UUID:
        return self.dossier.pk


@dataclass
class Place:
    """The cast and its cases, built once."""

    now: datetime
    force: Agency
    council: Agency
    charity: Agency
    north: Desk
    south: Desk
    safeguarding: Desk
    members: dict[tuple[Role, Desk], Member]
    chief: Member
    """A second supervisor at the northern desk, who does what has to be done."""

    administrator: Member
    """A second one of the force, so that the first has somebody to ask."""

    outsider: Member
    bystander: Member
    """A navigator and a support worker of the charity, to whom things are done."""

    agreement: Agreement
    elsewhere: Dossier | None = None
    """At the southern desk; it asks about every case and is asked about by it."""

    cases: dict[Relation, Case] = field(default_factory=dict)
    code: codes.Code | None = None
    """Of the plain case's reporter."""

    sessions: dict[UUID, str] = field(default_factory=dict)
    """The key of a whole session of each member's, second factor and all."""

    def member(self, role: Role, relation: Relation) -> Member:
        if relation in HERE:
            return self.members[role, self.north]
        desk = self.south if relation is Relation.COLLEAGUE else self.safeguarding
        return self.members[role, desk]

    def everybody(self) -> list[Member]:
        return [*self.members.values(), self.chief, self.outsider, self.bystander]


def build(now: datetime) -> Place:
    """Call it as the owner of the database, inside a transaction."""
    with keys.keys_in_hand():
        place = _people(now)
        place.elsewhere = _elsewhere(place)
        plain = _case(place, "PLAIN")
        place.code = _CODES[plain.pk]
        place.cases = dict.fromkeys(PLAIN, plain)
        for relation in Relation:
            if relation not in PLAIN:
                place.cases[relation] = _case(place, relation)
                _tie(place, relation, place.cases[relation])
        for relation in (Relation.NAMED, Relation.UNNAMED, Relation.SHARED_UNNAMED):
            named = [m for (_, desk), m in place.members.items() if desk == place.north]
            access.restrict(
                place.cases[relation].dossier,
                named=named if relation is Relation.NAMED else [],
                by=place.chief,
                at=now,
            )
        for member in place.everybody():
            client = Client()
            sign_in(client, member)
            place.sessions[member.pk] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return place


def _people(now: datetime) -> Place:
    before = now - timedelta(days=30)
    content(at=before)
    force = _agency("The force", AgencyKind.POLICE, Regime.LAW_ENFORCEMENT, before)
    council = _agency("The council", AgencyKind.COUNCIL, Regime.UK_GDPR, before)
    charity = _agency("The charity", AgencyKind.CHARITY, Regime.UK_GDPR, before)
    north, south, safeguarding, harbour = (
        agencies.open_desk(agency=agency, name=name, by=None, at=before)
        for agency, name in (
            (force, "North"),
            (force, "South"),
            (council, "Safeguarding"),
            (charity, "Harbour"),
        )
    )
    concerns.content.set_route(None, desk=north, source="test", at=before)
    members = {
        (role, desk): member_at(desk, role, before)
        for desk in (north, south, safeguarding)
        for role in Role
    }
    return Place(
        now=now,
        force=force,
        council=council,
        charity=charity,
        north=north,
        south=south,
        safeguarding=safeguarding,
        members=members,
        chief=member_at(north, Role.DESK_SUPERVISOR, before, name="chief"),
        administrator=member_at(north, Role.ADMINISTRATOR, before, name="second"),
        outsider=member_at(harbour, Role.NAVIGATOR, before),
        bystander=member_at(harbour, Role.SUPPORT_WORKER, before),
        agreement=access.make_agreement(
            title="Agreement",
            agencies=[force, council, charity],
            valid_from=before,
            valid_until=now + timedelta(days=365),
            source="test",
            by=None,
            at=before,
        ),
    )


def _agency(name: str, kind: AgencyKind, regime: Regime, at: datetime) -> Agency:
    return agencies.open_agency(name=name, kind=kind, regime=regime, valid_from=at.date(), at=at)


def member_at(desk: Desk, role: Role, at: datetime, *, name: str = "") -> Member:
    """A member who sits there, can sign in, and has an authenticator app."""
    local = f"{name or role}.{desk.name}".lower()
    member = joined(
        desk.agency,
        f"{local}@example.org",
        role,
        name=local.replace("_", " ").replace(".", " of ").capitalize(),
        desks=[desk],
        at=at,
    )
    Authenticator.objects.create(user_id=member.pk, type="totp", data={"secret": "x"})
    return member


_CODES: dict[UUID, codes.Code] = {}


def _elsewhere(place: Place) -> Dossier:
    at = place.now - timedelta(hours=3)
    dossier = access.open_dossier(
        pk=new_id(),
        kind=Kind.CONCERN,
        desk=place.south,
        purpose=Purpose.SAFEGUARDING,
        by=None,
        at=at,
    )
    Concern.unrestricted.create(
        dossier=dossier,
        received_at=at,
        urgency=Urgency.ROUTINE,
        language="en",
        due_at=at + timedelta(hours=8),
        state=State.CLOSED,
        closed_at=at,
        closed_because=Closing.NOTHING_FOUND,
    )
    return dossier


def _case(place: Place, name: str) -> Case:
    """A concern that was read, decided, asked about and answered; shared, broken into, blocked."""
    now, chief = place.now, place.chief
    at = now - timedelta(hours=3)
    words = {
        what: word(name, what)
        for what in (
            "account",
            "looks",
            "name",
            "said",
            "answer",
            "note",
            "basis",
            "block",
            "glass",
            "file",
            "file_name",
            "handed",
            "proposed",
            "asks",
            "asked",
        )
    }
    pk, code = new_id(), codes.new()
    _CODES[pk] = code
    report = concerns.door.Report(
        danger=False,
        what=words["account"],
        where="",
        language="en",
        details=concerns.door.Details(looks=words["looks"]),
        teller=concerns.door.Teller(name=words["name"]),
        files=[_attached(words["file"], words["file_name"], at=at)],
    )
    pepper = b64decode(settings.CODE_PEPPER)
    concerns.door.file_report(report, pk=pk, code=code, pepper=pepper, at=at)
    concerns.arrivals.open_arrivals(now=at)
    concerns.files.open_parcels()
    # What a real cleaner makes is proved elsewhere; here its copy only has to be told apart.
    concerns.files.make_copies(now=at, copy_of=lambda body, media: Copy(body, preview=body))
    one = Concern.unrestricted.select_related("dossier__agency", "dossier__desk").get(pk=pk)
    concerns.desk.read(one, by=chief, at_desk=True, at=at)
    concerns.desk.decide(
        one, version=1, urgency=Urgency.TODAY, types=[], note=words["note"], by=chief, at=at
    )
    concerns.desk.ask(one, words["said"], by=chief, at=at)
    thread = Thread.unrestricted.select_related("desk").get(pk=pk)
    concerns.door.add_to_report(thread, words["answer"], pk=new_id(), at=at)
    concerns.arrivals.open_arrivals(now=at)
    basis = access.record_basis(
        one.dossier, Ground.SAFEGUARDING_ADULT, words["basis"], by=chief, at=at
    )
    share = share_with(place, one.dossier, place.charity, [Compartment.ACCOUNT], basis=basis, at=at)
    block = access.block(one.dossier, place.bystander, words["block"], by=chief, at=at)
    break_glass(one.dossier, place.outsider, words["glass"], at=now)
    return Case(
        dossier=one.dossier,
        share=share,
        basis=basis,
        block=block,
        glass=Glass.unrestricted.get(dossier=pk),
        inquiry=_between_desks(place, one.dossier, words, at=at),
        words=words,
    )


def _attached(text: str, name: str, *, at: datetime) -> concerns.door.Attached:
    packing = concerns.door.Packing(f"{name}.txt", at=at)
    packing.add(text.encode())
    return packing.finish()


def _between_desks(
    place: Place, dossier: Dossier, words: dict[str, str], *, at: datetime
) -> Inquiry:
    """Handed on, proposed about, asked about by the southern desk and asking it."""
    chief, other = place.chief, place.elsewhere
    assert other
    Handover.unrestricted.create(
        dossier=dossier,
        kind=HandedOn.EMERGENCY,
        other="A service",
        reference=words["handed"],
        by=chief,
        at=at,
    )
    Proposal.unrestricted.create(
        dossier=dossier,
        act=Act.CLOSE,
        payload={"because": Closing.NOTHING_FOUND, "note": words["proposed"]},
        version=2,
        by=chief,
        at=at,
    )
    likeness = Likeness.unrestricted.create(
        earlier=other, later=dossier, tie=Tie.EMAIL, strength=1.0
    )
    made = [
        Inquiry.unrestricted.create(
            asking=asking, desk=asked.desk, ties=[], reason=words[word], by=chief, at=at
        )
        for asking, asked, word in ((other, dossier, "asks"), (dossier, other, "asked"))
    ]
    for inquiry, asked in zip(made, (dossier, other), strict=True):
        Asked.unrestricted.create(inquiry=inquiry, dossier=asked, likeness=likeness)
    return made[0]


def share_with(
    place: Place,
    dossier: Dossier,
    to: Agency | Member,
    compartments: list[Compartment],
    *,
    at: datetime,
    basis: Basis | None = None,
    until: datetime | None = None,
) -> Share:
    basis = basis or access.record_basis(
        dossier, Ground.SAFEGUARDING_ADULT, "because", by=place.chief, at=at
    )
    return access.share(
        dossier,
        to=to,
        compartments=compartments,
        purpose=Purpose.SAFEGUARDING,
        basis=basis,
        until=until or place.now + timedelta(days=60),
        by=place.chief,
        at=at,
    )


def break_glass(dossier: Dossier, member: Member, reason: str, *, at: datetime) -> UUID | None:
    with as_role("partner", member_id=member.pk):
        return access.break_glass(dossier.reference, reason, minutes=60, by=member, at=at)


def _tie(place: Place, relation: Relation, case: Case) -> None:
    """What makes the relation; restrictions come last, since nothing can be done after them."""
    now, dossier, at = place.now, case.dossier, place.now - timedelta(hours=2)
    theirs = [place.member(role, relation) for role in Role]
    if relation in SHARED:
        over = relation is Relation.EXPIRED
        given = share_with(
            place,
            dossier,
            place.council,
            SHARED[relation],
            at=at,
            until=at + timedelta(hours=1) if over else None,
        )
        if relation is Relation.REVOKED:
            access.end_share(given, by=place.chief, at=now)
    if relation is Relation.TO_MEMBER:
        for member in theirs:
            share_with(place, dossier, member, list(Compartment), at=at)
    if relation in {Relation.BLOCKED, Relation.SHARED_BLOCKED}:
        for member in theirs:
            access.block(dossier, member, "kin", by=place.chief, at=at)
    if relation in {Relation.GLASS, Relation.GLASS_OVER}:
        for member in theirs:
            break_glass(dossier, member, "now", at=now if relation is Relation.GLASS else at)


def named_in(dossier: Dossier) -> set[UUID]:
    open_ones = Named.unrestricted.filter(dossier=dossier, ended_at=None)
    return set(open_ones.values_list("member", flat=True))


def word(*parts: str) -> str:
    """Letters that stand nowhere else, and are like no other word."""
    chance = random.Random("/".join(parts))
    return "".join(chance.choice(string.ascii_lowercase) for _ in range(14))
