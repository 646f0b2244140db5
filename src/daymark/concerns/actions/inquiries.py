"""One desk asks another about something that it holds, and is answered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from daymark.access import actions as access
from daymark.access.models import Dossier
from daymark.access.terms import Compartment, Ground, Purpose
from daymark.agencies.models import Member
from daymark.audit import actions as audit
from daymark.concerns.actions.history import remember
from daymark.concerns.models import Asked, Concern, Inquiry
from daymark.concerns.terms import Outcome, Verb
from daymark.design.ids import new_id
from daymark.vault.fields import Locked


class NothingToAsk(Exception):
    """No desk holds such a thing, or it was asked already and has not answered."""


class Answered(Exception):
    """Somebody of the desk answered first."""


@dataclass(frozen=True)
class Opening:
    """On what basis a concern is opened to those who asked, and until when."""

    ground: Ground
    explanation: str
    until: datetime


def inquire(concern: Concern, handle: UUID, reason: str, *, by: Member, at: datetime) -> None:
    """Ask the desk that holds what `handle` stands for. Raises NothingToAsk.

    What it is goes into the trail of both dossiers and to nobody else.
    """
    inquiry = Inquiry(id=new_id(), asking=concern.dossier, reason=reason)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT concerns_inquire(%s, %s, %s, %s, %s, %s)",
                [inquiry.pk, concern.pk, handle, _sealed_reason(inquiry), at, new_id()],
            )
            (asked,) = cursor.fetchone()
        if asked is None:
            raise NothingToAsk
        remember(concern.dossier, Verb.INQUIRED, by=by, at=at, note=reason)
        audit.record("inquiry.made", of=inquiry, by=by, at=at)
        audit.record(
            "inquiry.received", of=Dossier(id=asked), by=by, at=at, inquiry=str(inquiry.pk)
        )


def read_inquiries(found: list[Asked], *, by: Member, at: datetime) -> None:
    """What another desk asks about a concern is read as a part of it."""
    with transaction.atomic():
        audit.record_many("inquiry.read", at=at, by=by, of=[one.dossier for one in found])


def answer(
    asked: Asked,
    outcome: Outcome,
    text: str,
    *,
    opening: Opening | None = None,
    by: Member,
    at: datetime,
) -> None:
    """Share what was asked about, say with whom to talk, or refuse. Raises Answered, ShareRefused.

    Another agency is given the account as a whole; inside one's own, the one who asked.
    """
    with transaction.atomic():
        inquiry = (
            Inquiry.unrestricted.select_for_update(of=("self",))
            .select_related("by__agency")
            .filter(pk=asked.pk, answered_at=None)
            .first()
        )
        if inquiry is None:
            raise Answered
        if opening:
            _share(asked.dossier, inquiry.by, opening, by=by, at=at)
            inquiry.shared = asked.dossier
        inquiry.outcome, inquiry.answer, inquiry.answered_by = outcome, text, by
        inquiry.answered_at = at
        inquiry.save(update_fields=["outcome", "answer", "shared", "answered_by", "answered_at"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT concerns_answered(%s, %s)", [inquiry.pk, new_id()])
        remember(asked.dossier, Verb.ANSWERED_DESK, by=by, at=at, detail=outcome, note=text)
        audit.record("inquiry.answered", of=inquiry, by=by, at=at, outcome=outcome)
        audit.record("inquiry.answered", of=asked.dossier, by=by, at=at, outcome=outcome)


def _share(dossier: Dossier, to: Member, opening: Opening, *, by: Member, at: datetime) -> None:
    access.share_on(
        dossier,
        opening.ground,
        opening.explanation,
        to=to if to.agency_id == dossier.agency_id else to.agency,
        compartments=[Compartment.ACCOUNT],
        purpose=Purpose(dossier.purpose),
        until=opening.until,
        by=by,
        at=at,
    )


def _sealed_reason(inquiry: Inquiry) -> bytes:
    """The reason as its column holds it: the row is written by the database, not by save()."""
    locked = Inquiry._meta.get_field("reason").pre_save(inquiry, add=True)
    assert isinstance(locked, Locked)  # noqa: S101  a reason is never None
    return locked.token
