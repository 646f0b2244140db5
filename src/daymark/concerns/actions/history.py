"""What was done to a concern, remembered with it."""

from datetime import datetime

from daymark.access.models import Dossier
from daymark.agencies.models import Member
from daymark.concerns.models import Event, Message
from daymark.concerns.terms import Direction, Verb
from daymark.design.ids import next_id


def remember(
    dossier: Dossier,
    verb: Verb,
    *,
    by: Member | None,
    at: datetime,
    detail: str = "",
    note: str = "",
) -> None:
    last = Event.unrestricted.filter(dossier=dossier.pk).order_by("pk").last()
    event = Event(dossier=dossier, verb=verb, detail=detail, at=at, by=by, note=note or None)
    event.pk = next_id(at, after=last.pk if last else None)
    event.save(force_insert=True)


def say(
    dossier: Dossier, direction: Direction, text: str, *, by: Member | None, at: datetime
) -> None:
    """One more message of the conversation, after those that stand there."""
    last = Message.unrestricted.filter(dossier=dossier.pk).order_by("pk").last()
    message = Message(dossier=dossier, direction=direction, text=text, at=at, by=by)
    message.pk = next_id(at, after=last.pk if last else None)
    message.save(force_insert=True)
