"""What left on paper, or was looked at before it left."""

from datetime import datetime

from django.db import transaction

from daymark.access.terms import Purpose
from daymark.agencies.models import Member
from daymark.audit import actions as audit
from daymark.concerns.actions.history import remember
from daymark.concerns.models import Concern
from daymark.concerns.terms import Verb


def read(concern: Concern, *, digest: str, by: Member, at: datetime) -> None:
    """A preview holds all that the paper holds: looking at it is a read of the record."""
    with transaction.atomic():
        audit.record("paper.read", of=concern.dossier, by=by, at=at, sha256=digest)


def export(
    concern: Concern,
    *,
    digest: str,
    recipient: str,
    purpose: Purpose,
    parts: frozenset[str],
    by: Member,
    at: datetime,
) -> None:
    """The trail keeps the digest, so that any copy can be held against it."""
    with transaction.atomic():
        detail = " ".join([purpose, *sorted(parts)])
        remember(concern.dossier, Verb.EXPORTED, by=by, at=at, detail=detail, note=recipient)
        audit.record(
            "paper.exported",
            of=concern.dossier,
            by=by,
            at=at,
            purpose=purpose,
            sha256=digest,
            parts=len(parts),
        )
