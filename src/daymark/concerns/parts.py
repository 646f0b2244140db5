"""How a concern is shown in a row: its words, its tags, its clock."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.text import Truncator
from django.utils.translation import gettext

from daymark.concerns.models import Account, Concern
from daymark.concerns.terms import Closing, Reason, State, Urgency, Verb
from daymark.design.parts import Clock, clock


@dataclass(frozen=True)
class Tag:
    word: str
    kind: str = "sea"


@dataclass(frozen=True)
class Shown:
    """One concern as a member may see it; `account` is None where it is not open to them."""

    concern: Concern
    account: Account | None
    title: str
    tags: list[Tag]
    clock: Clock | str
    place: str


def show(concern: Concern, account: Account | None, *, now: datetime) -> Shown:
    place = str(concern.area) if concern.area else gettext("Place not known")
    words = account.what if account and account.what.strip() else ""
    title = Truncator(words).chars(72) or gettext("Concern %(reference)s") % {
        "reference": concern.dossier.reference
    }
    closed = concern.state == State.CLOSED
    return Shown(
        concern=concern,
        account=account,
        title=title,
        tags=tags(concern),
        clock=closing_words(concern.closed_because) if closed else clock(concern.due_at, now=now),
        place=place,
    )


def tags(concern: Concern) -> list[Tag]:
    """Urgency never stands alone: its reasons stand beside it."""
    found = []
    if concern.state == State.NEW:
        found.append(Tag(gettext("New"), "kelp"))
    if concern.answer_waits:
        found.append(Tag(gettext("Answered"), "amber"))
    if concern.state != State.CLOSED:
        kind = {Urgency.IMMEDIATE: "signal", Urgency.TODAY: "amber"}.get(
            Urgency(concern.urgency), "plain"
        )
        found.append(Tag(urgency_words(concern.urgency), kind))
        found += [Tag(reason_words(reason), kind) for reason in concern.reasons]
    return found


def urgency_words(urgency: str) -> str:
    return {
        Urgency.IMMEDIATE: gettext("Immediate"),
        Urgency.TODAY: gettext("Today"),
        Urgency.ROUTINE: gettext("Routine"),
    }[Urgency(urgency)]


def reason_words(reason: str) -> str:
    return {
        Reason.DANGER_NOW: gettext("Danger now"),
        Reason.CHILD: gettext("Child mentioned"),
        Reason.DESK: gettext("Set by the desk"),
    }[Reason(reason)]


def closing_words(because: str) -> str:
    if not because:
        return ""
    return {
        Closing.HANDED_ON: gettext("Handed on"),
        Closing.SAFEGUARDED: gettext("Safeguarded"),
        Closing.NOTHING_FOUND: gettext("Nothing more to do"),
        Closing.NOT_OURS: gettext("Not about exploitation"),
        Closing.DUPLICATE: gettext("Reported before"),
        Closing.TEST: gettext("A test or a joke"),
    }[Closing(because)]


def verb_words(verb: str) -> str:
    return {
        Verb.ARRIVED: gettext("Arrived"),
        Verb.OPENED: gettext("First read"),
        Verb.DECIDED: gettext("Decided"),
        Verb.PASSED: gettext("Passed to another desk"),
        Verb.ASKED: gettext("The reporter was asked"),
        Verb.ANSWERED: gettext("The reporter answered"),
        Verb.CLOSED: gettext("Closed"),
        Verb.REOPENED: gettext("Opened again"),
    }[Verb(verb)]
