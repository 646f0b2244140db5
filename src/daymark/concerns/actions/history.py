"""What was done to a concern, remembered with it."""

from datetime import datetime

from daymark.access.models import Dossier
from daymark.agencies.models import Member
from daymark.concerns.models import (
    Event,
)
from daymark.concerns.terms import (
    Verb,
)


def remember(
    dossier: Dossier,
    verb: Verb,
    *,
    by: Member | None,
    at: datetime,
    detail: str = "",
    note: str = "",
) -> None:
    event = Event(dossier=dossier, verb=verb, detail=detail, at=at, by=by, note=note or None)
    event.save(force_insert=True)
