"""A step that one member proposes and another of the same desk agrees to or declines."""

from datetime import datetime
from typing import Any

from django.db import transaction

from daymark.access import actions as access
from daymark.agencies.models import Agency, Member
from daymark.audit import actions as audit
from daymark.concerns import queries
from daymark.concerns.actions import handovers, merges
from daymark.concerns.actions.desk import close, current_of, locked
from daymark.concerns.actions.history import remember
from daymark.concerns.models import Concern, Proposal
from daymark.concerns.terms import Act, Closing, HandedOn, Verb


class Waiting(Exception):
    """Something is proposed for this concern already and waits for a colleague."""


class Stale(Exception):
    """The concern has changed since it was proposed; nothing was done."""

    def __init__(self, now: Concern) -> None:
        super().__init__("the concern has changed since")
        self.now = now


class NotYours(Exception):
    """Decided already, or proposed by the same member."""


def propose(
    concern: Concern,
    act: Act,
    payload: dict[str, Any],
    *,
    version: int,
    by: Member,
    at: datetime,
) -> Proposal:
    """Raises Conflict, Closed, Waiting."""
    with transaction.atomic():
        current = locked(concern, version=version)
        if Proposal.unrestricted.filter(dossier=current.pk, decided_at=None).exists():
            raise Waiting
        made = Proposal(
            dossier=current.dossier, act=act, payload=payload, version=version, by=by, at=at
        )
        made.save(force_insert=True)
        remember(current.dossier, Verb.PROPOSED, by=by, at=at, detail=act)
        access.notify(current.dossier, "proposal.made", at=at)
        audit.record("proposal.made", of=made, by=by, at=at, act=act)
    return made


def showed(found: list[Proposal], *, by: Member, at: datetime) -> None:
    """A proposal in a list names the concern it is about, so showing it is a read of that."""
    with transaction.atomic():
        audit.record_many("concern.shown", at=at, by=by, of=[one.dossier for one in found])


def agree(proposal: Proposal, *, by: Member, at: datetime) -> None:
    """Do what was proposed, as it was proposed.

    Raises NotYours, Stale, Closed, Conflict, NotTogether.
    """
    with transaction.atomic():
        current = _undecided(proposal, by=by)
        concern = current_of(Concern(dossier_id=current.dossier_id))
        if concern.version != current.version:
            raise Stale(concern)
        # First, since the database lets the rest through on its word.
        _decide(current, agreed=True, reason=None, by=by, at=at)
        _carry_out(current, concern, by=by, at=at)


def decline(proposal: Proposal, reason: str, *, by: Member, at: datetime) -> None:
    """Raises NotYours."""
    with transaction.atomic():
        current = _undecided(proposal, by=by)
        _decide(current, agreed=False, reason=reason, by=by, at=at)
        remember(current.dossier, Verb.DECLINED, by=by, at=at, detail=current.act, note=reason)


def _undecided(proposal: Proposal, *, by: Member) -> Proposal:
    found = (
        Proposal.unrestricted.select_for_update(of=("self",))
        .select_related("dossier__desk")
        .filter(pk=proposal.pk, decided_at=None)
        .exclude(by=by)
        .first()
    )
    if found is None:
        raise NotYours
    return found


def _decide(
    proposal: Proposal, *, agreed: bool, reason: str | None, by: Member, at: datetime
) -> None:
    proposal.agreed, proposal.reason, proposal.decided_by, proposal.decided_at = (
        agreed,
        reason,
        by,
        at,
    )
    proposal.save(update_fields=["agreed", "reason", "decided_by", "decided_at"])
    audit.record("proposal.decided", of=proposal, by=by, at=at, agreed=int(agreed))


def _carry_out(proposal: Proposal, concern: Concern, *, by: Member, at: datetime) -> None:
    given = proposal.payload
    if proposal.act == Act.CLOSE:
        close(
            concern,
            version=concern.version,
            because=Closing(given["because"]),
            note=given["note"],
            by=by,
            at=at,
            agreed=proposal,
        )
    elif proposal.act == Act.MERGE:
        into = queries.desk.at_my_desks(by, now=at).filter(pk=given["into"]).first()
        if into is None:
            raise merges.NotTogether
        merges.merge(
            concern,
            into,
            version=concern.version,
            into_version=into.version,
            by=by,
            at=at,
            agreed=proposal,
        )
    else:
        agency = Agency.unrestricted.filter(pk=given["agency"]).first() if given["agency"] else None
        handovers.hand_on(
            concern,
            handovers.Leaving(
                kind=HandedOn(given["kind"]),
                agency=agency,
                other=given["other"],
                reference=given["reference"],
                text=given["text"],
            ),
            version=concern.version,
            by=by,
            at=at,
            agreed=proposal,
        )
