"""Opening, sharing, restricting, passing dossiers; breaking glass. Each is audited."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from daymark.access import queries, rules
from daymark.access.models import (
    Agreement,
    Basis,
    Block,
    Dossier,
    Draft,
    Glass,
    Named,
    Notice,
    Party,
    Retention,
    Share,
)
from daymark.access.terms import Compartment, Ground, Kind, Marking, Purpose
from daymark.agencies.models import Agency, Desk, Member
from daymark.audit import actions as audit
from daymark.design.ids import new_id
from daymark.vault import actions as vault
from daymark.vault.fields import Locked

# Consonants and digits that are hard to misread and cannot spell a word.
_REFERENCE = "2345679BCDFGHJKLMNPQRTVWXZ"


class ShareRefused(Exception):
    """No live basis, or no agreement in date between the two agencies."""


class PassRefused(Exception):
    """The dossier cannot go to that desk on this basis."""


class ReviewRefused(Exception):
    """Reviewed already, or by the person who broke the glass."""


class NotAParty(Exception):
    """An agreement is recorded by a member of an agency that signed it."""


class NobodyNamed(Exception):
    """A restriction without anybody named would hide the dossier from everybody."""


def open_dossier(
    *, pk: UUID, kind: Kind, desk: Desk, purpose: Purpose, by: Member | None, at: datetime
) -> Dossier:
    """A new dossier with a data key of its own, held by `desk`."""
    retention = (
        Retention.unrestricted.filter(
            kind=kind, valid_from__lte=timezone.localdate(at), valid_until=None
        )
        .order_by("-valid_from")
        .first()
    )
    if retention is None:
        raise LookupError(f"No retention rule is in force for {kind}.")
    with transaction.atomic():
        vault.make_data_key(pk, at=at)
        dossier = Dossier.unrestricted.create(
            id=pk,
            kind=kind,
            reference=new_reference(),
            agency=desk.agency,
            desk=desk,
            regime=desk.agency.regime,
            purpose=purpose,
            marking=Marking.OFFICIAL_SENSITIVE,
            retention=retention,
            opened_at=at,
        )
        audit.record("dossier.opened", of=dossier, by=by, at=at)
        return dossier


def new_reference() -> str:
    """Eight random characters in two groups: says nothing about order or number."""
    letters = [secrets.choice(_REFERENCE) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def notify(dossier: Dossier, verb: str, *, at: datetime) -> Notice:
    """Tell the holding desk that something happened. A notice carries no content."""
    return Notice.unrestricted.create(id=new_id(at), dossier=dossier, verb=verb, at=at)


def look_over(dossier: Dossier, *, by: Member, at: datetime) -> None:
    """Reading who may know a dossier and why is a read of it."""
    with transaction.atomic():
        audit.record("dossier.looked_over", of=dossier, by=by, at=at)


def read_reason(broken: Glass, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        audit.record("glass.read", of=broken, by=by, at=at)


def show_news(notices: Iterable[Notice], *, by: Member, at: datetime) -> None:
    """News names a dossier, so showing it is a read of each."""
    with transaction.atomic():
        audit.record_many("news.shown", at=at, by=by, of=[one.dossier for one in notices])


def see_notice(notice: Notice, *, by: Member, at: datetime) -> None:
    Notice.unrestricted.filter(pk=notice.pk, seen_at=None).update(seen_at=at, seen_by=by)


def record_basis(
    dossier: Dossier, ground: Ground, explanation: str, *, by: Member, at: datetime
) -> Basis:
    with transaction.atomic():
        basis = Basis.unrestricted.create(
            dossier=dossier, ground=ground, explanation=explanation, recorded_at=at, recorded_by=by
        )
        audit.record("basis.recorded", of=basis, by=by, at=at, ground=ground)
        return basis


def share_on(
    dossier: Dossier,
    ground: Ground,
    explanation: str,
    *,
    to: Agency | Member,
    compartments: Iterable[Compartment],
    purpose: Purpose,
    until: datetime,
    by: Member,
    at: datetime,
) -> Share:
    """Share on a basis of its own: where nothing is shared, no basis was ever recorded.

    Raises ShareRefused.
    """
    with transaction.atomic():
        basis = record_basis(dossier, ground, explanation, by=by, at=at)
        return share(
            dossier,
            to=to,
            compartments=compartments,
            purpose=purpose,
            basis=basis,
            until=until,
            by=by,
            at=at,
        )


def share(
    dossier: Dossier,
    *,
    to: Agency | Member,
    compartments: Iterable[Compartment],
    purpose: Purpose,
    basis: Basis,
    until: datetime,
    by: Member,
    at: datetime,
) -> Share:
    """Open chosen compartments to an agency or a member. The database refuses what the rule does.

    Raises ShareRefused.
    """
    agency = to.agency if isinstance(to, Member) else to
    agreement = queries.agreement_between(dossier.agency, agency, now=at, until=until)
    stands = rules.share_stands(
        basis_live=basis.ended_at is None,
        agreement_from=agreement.valid_from if agreement else None,
        agreement_until=agreement.valid_until if agreement else None,
        same_agency=agency.pk == dossier.agency_id,
        until=until,
        now=at,
    )
    if not stands:
        raise ShareRefused
    with transaction.atomic():
        made = Share.unrestricted.create(
            dossier=dossier,
            agency=to if isinstance(to, Agency) else None,
            member=to if isinstance(to, Member) else None,
            compartments=sorted(compartments),
            purpose=purpose,
            basis=basis,
            agreement=agreement,
            made_at=at,
            made_by=by,
            until=until,
        )
        notify(dossier, "share.made", at=at)
        audit.record("share.made", of=made, by=by, at=at, to=str(to.pk), purpose=purpose)
        return made


def end_share(given: Share, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        Share.unrestricted.filter(pk=given.pk, ended_at=None).update(ended_at=at)
        audit.record("share.ended", of=given, by=by, at=at)


def end_basis(basis: Basis, *, by: Member, at: datetime) -> list[Share]:
    """Withdraw what shares stand on: they end in the same transaction.

    Returns the shares that ended, so that the page can say who already holds what.
    """
    with transaction.atomic():
        open_shares = list(
            Share.unrestricted.filter(basis=basis, ended_at=None)
            .select_related("agency", "member")
            .order_by("made_at")
        )
        for given in open_shares:
            end_share(given, by=by, at=at)
        Basis.unrestricted.filter(pk=basis.pk, ended_at=None).update(ended_at=at)
        audit.record("basis.ended", of=basis, by=by, at=at, shares=len(open_shares))
        return open_shares


def restrict(dossier: Dossier, *, named: Iterable[Member], by: Member, at: datetime) -> None:
    """Only the named, and whoever restricts, know the dossier from now on."""
    members = {member.pk: member for member in [*named, by]}
    if not members:
        raise NobodyNamed
    with transaction.atomic():
        for member in members.values():
            name(dossier, member, by=by, at=at)
        Dossier.unrestricted.filter(pk=dossier.pk).update(restricted_at=at, restricted_by=by)
        audit.record("dossier.restricted", of=dossier, by=by, at=at, named=len(members))


def name(dossier: Dossier, member: Member, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        already = Named.unrestricted.filter(dossier=dossier, member=member, ended_at=None)
        if not already.exists():
            made = Named.unrestricted.create(dossier=dossier, member=member, by=by, at=at)
            audit.record("restriction.named", of=made, by=by, at=at, member=str(member.pk))


def lift_restriction(dossier: Dossier, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        audit.record("dossier.restriction_lifted", of=dossier, by=by, at=at)
        Dossier.unrestricted.filter(pk=dossier.pk).update(restricted_at=None, restricted_by=None)
        Named.unrestricted.filter(dossier=dossier, ended_at=None).update(ended_at=at)


def block(dossier: Dossier, member: Member, reason: str, *, by: Member, at: datetime) -> Block:
    """A conflict of interest: the member no longer knows that the dossier exists."""
    with transaction.atomic():
        made = Block(dossier=dossier, member=member, reason=reason, by=by, at=at)
        audit.record("member.blocked", of=made, by=by, at=at, member=str(member.pk))
        made.save(force_insert=True)
        return made


def lift_block(barred: Block, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        Block.unrestricted.filter(pk=barred.pk, ended_at=None).update(ended_at=at)
        audit.record("member.unblocked", of=barred, by=by, at=at, member=str(barred.member_id))


def pass_on(dossier: Dossier, *, to: Desk, basis: Basis | None, by: Member, at: datetime) -> None:
    """Give the dossier to another desk, which holds it from now on.

    To another agency only on a live basis and under an agreement in date: the database checks
    both again, since afterwards the giver may no longer know the dossier. Shares that the new
    holder could not have made end. A restricted dossier stays where its named members are.
    Raises PassRefused.
    """
    with transaction.atomic():
        notify(dossier, "dossier.passed", at=at)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT access_pass(%s, %s, %s, %s)",
                [dossier.pk, to.pk, basis.pk if basis else None, at],
            )
            (ended,) = cursor.fetchone()
        if ended is None:
            raise PassRefused
        audit.record("dossier.passed", of=dossier, by=by, at=at, desk=str(to.pk), shares=ended)


def take_over(dossier: Dossier, *, to: Desk, at: datetime) -> None:
    """What lay at a desk that was closed lies at one of the same agency from now on. For the
    worker: shares, blocks and whoever is named stay as they are."""
    with transaction.atomic():
        Dossier.unrestricted.filter(pk=dossier.pk).update(desk=to)
        audit.record("dossier.taken_over", of=dossier, at=at, desk=str(to.pk))


def break_glass(
    reference: str, reason: str, *, minutes: int, by: Member, at: datetime
) -> UUID | None:
    """Open a dossier in an emergency; its desk is told at once, a second person reviews it.

    Returns the dossier's id, or None when there is nothing to open: no such reference, a
    restricted dossier, a conflict block and a missing permission look the same.
    """
    until = at + min(timedelta(minutes=minutes), rules.LONGEST_GLASS)
    glass = Glass(id=new_id(), member=by, reason=reason, opened_at=at, until=until)
    sealed = _sealed_reason(glass)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT access_break(%s, %s, %s, %s, %s, %s)",
                [glass.pk, reference.strip().upper(), sealed, at, until, new_id()],
            )
            (found,) = cursor.fetchone()
        if found is None:
            audit.record("glass.refused", at=at, by=by)
            return None
        audit.record("glass.broken", of=Dossier(id=found), by=by, at=at, glass=str(glass.pk))
        return UUID(str(found))


def _sealed_reason(glass: Glass) -> bytes:
    """The reason as its column holds it: the row is written by the database, not by save()."""
    locked = Glass._meta.get_field("reason").pre_save(glass, add=True)
    assert isinstance(locked, Locked)  # noqa: S101  a reason is never None
    return locked.token


def review_glass(broken: Glass, *, justified: bool, by: Member, at: datetime) -> None:
    if not rules.may_review(
        glass_member=broken.member_id, reviewer=by.pk, reviewed=broken.reviewed_at is not None
    ):
        raise ReviewRefused
    with transaction.atomic():
        updated = Glass.unrestricted.filter(pk=broken.pk, reviewed_at=None).update(
            reviewed_at=at, reviewed_by=by, justified=justified
        )
        if not updated:
            raise ReviewRefused
        audit.record("glass.reviewed", of=broken, by=by, at=at, justified=int(justified))


def make_agreement(
    *,
    title: str,
    agencies: Iterable[Agency],
    valid_from: datetime,
    valid_until: datetime,
    source: str,
    by: Member | None,
    at: datetime,
) -> Agreement:
    """Raises NotAParty; the operator (`by` None) may record any."""
    parties = list(agencies)
    if by:
        # The maker's own agency comes first: the database lets only a party bring in others.
        parties.sort(key=lambda agency: agency.pk != by.agency_id)
        if not parties or parties[0].pk != by.agency_id:
            raise NotAParty
    with transaction.atomic():
        made = Agreement.unrestricted.create(
            name=title, valid_from=valid_from, valid_until=valid_until, source=source
        )
        for agency in parties:
            Party.unrestricted.create(agreement=made, agency=agency)
        audit.record("agreement.made", of=made, by=by, at=at)
        return made


def keep_draft(page: str, body: str, *, by: Member, at: datetime) -> None:
    """Keep what a member typed on a page and has not sent; one draft a page."""
    with transaction.atomic():
        draft = Draft.unrestricted.select_for_update().filter(member=by, page=page).first()
        draft = draft or Draft(member=by, page=page)
        draft.body, draft.saved_at = body, at
        draft.save()


def drop_draft(page: str, *, by: Member) -> None:
    Draft.unrestricted.filter(member=by, page=page).delete()


def let_drafts_go(*, saved_before: datetime, at: datetime) -> int:
    """Delete the drafts nobody has touched since; the trail says how many, and not whose."""
    with transaction.atomic():
        gone, _ = Draft.unrestricted.filter(saved_at__lt=saved_before).delete()
        if gone:
            audit.record("drafts.let_go", at=at, drafts=gone)
        return gone


def set_retention(kind: Kind, *, review_after_days: int, source: str, at: datetime) -> Retention:
    """How long a kind of dossier is kept before review, from today on."""
    with transaction.atomic():
        Retention.unrestricted.filter(kind=kind, valid_until=None).update(
            valid_until=timezone.localdate(at)
        )
        return Retention.unrestricted.create(
            kind=kind,
            review_after_days=review_after_days,
            valid_from=timezone.localdate(at),
            source=source,
        )
