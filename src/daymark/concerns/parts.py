"""How a concern is shown in a row: its words, its tags, its clock."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from daymark.concerns.forms.steps import AGES, SEXES
from daymark.concerns.models import (
    Account,
    Allowance,
    Concern,
    File,
    Limit,
    Route,
    SecondPerson,
)
from daymark.concerns.models import Clock as ClockRule
from daymark.concerns.terms import (
    PHONE,
    Act,
    Closing,
    Copying,
    Dead,
    Exactness,
    GoingOn,
    HandedOn,
    Known,
    LimitOf,
    Media,
    NoCopy,
    Outcome,
    Reason,
    Relation,
    State,
    Step,
    Tie,
    Urgency,
    Verb,
)
from daymark.design.parts import Clock, clock, span
from daymark.signs.queries import Place, Type

LONGEST_TITLE = 88


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

    @property
    def anchor(self) -> str:
        """Where its row stands on a page."""
        return f"c{self.concern.pk}"


def show(concern: Concern, account: Account | None, *, now: datetime) -> Shown:
    place = str(concern.area) if concern.area else gettext("Place not known")
    title = headline(account.what if account else "") or gettext("Concern %(reference)s") % {
        "reference": concern.dossier.reference
    }
    return Shown(
        concern=concern,
        account=account,
        title=title,
        tags=tags(concern),
        clock=_clock(concern, now=now),
        place=place,
    )


def headline(words: str) -> str:
    """The first sentence, or as much of it as fits a row, cut between words."""
    first = re.split(r"(?<=[.!?؟])\s|\n", words.strip(), maxsplit=1)[0]
    if len(first) <= LONGEST_TITLE:
        return first.removesuffix(".")
    cut = textwrap.shorten(first, LONGEST_TITLE, placeholder=" …")
    return cut if len(cut) > LONGEST_TITLE // 2 else f"{first[:LONGEST_TITLE]}…"


def _clock(concern: Concern, *, now: datetime) -> Clock | str:
    """How long there is to decide; a decision stops the clock."""
    if concern.state == State.CLOSED:
        return closing_words(concern.closed_because)
    if concern.decided_at:
        day = date_format(timezone.localtime(concern.decided_at), "j M")
        return gettext("Decided %(day)s") % {"day": day}
    return clock(concern.due_at, now=now)


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
        shown = [one for one in concern.reasons if one != Reason.REPEATED]
        found += [Tag(reason_words(reason), kind) for reason in shown]
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
        Reason.LATE_ANSWER: gettext("Answered after it was closed"),
        Reason.DESK: gettext("Set by the desk"),
        Reason.REPEATED: gettext("Repeats another"),
    }[Reason(reason)]


def type_words(keys: Iterable[str], types: Sequence[Type]) -> str:
    """`types` are the signs room's; what is no longer among them shows as its key."""
    names = {kind.key: kind.name for kind in types}
    return ", ".join(names.get(key, key) for key in keys)


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


def event_words(verb: str, detail: str) -> str:
    """What was done, and to which end: the detail of an event is a code, or a desk's name."""
    if verb == Verb.PASSED and detail:
        return gettext("Passed to %(desk)s") % {"desk": detail}
    if verb == Verb.TAKEN_OVER:
        return gettext("Its desk was closed: taken over by %(desk)s") % {"desk": detail}
    if verb == Verb.MALWARE:
        number, _, signature = detail.partition(" ")
        return gettext("Malware in file %(number)s: %(signature)s") % {
            "number": number,
            "signature": signature,
        }
    if verb == Verb.TAKEN:
        return gettext("Original of file %(number)s downloaded") % {"number": detail}
    if verb == Verb.ARRIVED and detail == PHONE:
        return gettext("Taken on the phone")
    said = ""
    if verb in {Verb.MERGED, Verb.KEPT, Verb.UNMERGED}:
        said = detail
    if verb == Verb.HANDED_ON:
        return handed_words(detail)
    if verb in {Verb.PROPOSED, Verb.DECLINED}:
        said = act_words(detail)
    if verb == Verb.ANSWERED_DESK:
        said = outcome_words(detail)
    if verb == Verb.CLOSED:
        said = closing_words(detail)
    if verb == Verb.DECIDED and detail:
        said = urgency_words(detail.split()[0])
    return f"{verb_words(verb)}: {said}" if said else verb_words(verb)


def verb_words(verb: str) -> str:
    return {
        Verb.ARRIVED: gettext("Arrived"),
        Verb.OPENED: gettext("First read"),
        Verb.DECIDED: gettext("Decided"),
        Verb.PASSED: gettext("Passed to another desk"),
        Verb.TAKEN_OVER: gettext("Its desk was closed"),
        Verb.ASKED: gettext("The reporter was asked"),
        Verb.ANSWERED: gettext("The reporter answered"),
        Verb.WITHDREW: gettext("The reporter took back their contact details"),
        Verb.DANGER: gettext("The reporter spoke of danger: immediate from now on"),
        Verb.CLOSED: gettext("Closed"),
        Verb.REOPENED: gettext("Opened again"),
        Verb.INQUIRED: gettext("Another desk was asked"),
        Verb.ANSWERED_DESK: gettext("Another desk was answered"),
        Verb.MERGED: gettext("Merged into another concern"),
        Verb.KEPT: gettext("Another report was merged into it"),
        Verb.UNMERGED: gettext("A merge was undone"),
        Verb.HANDED_ON: gettext("Handed on"),
        Verb.PROPOSED: gettext("Proposed to a colleague"),
        Verb.DECLINED: gettext("A colleague declined it"),
        Verb.ESCALATED: gettext("Past its clock: the supervisors were told"),
        Verb.EXPORTED: gettext("Put on paper"),
        Verb.MALWARE: gettext("Malware in a file"),
        Verb.TAKEN: gettext("Original of a file downloaded"),
    }[Verb(verb)]


def details(account: Account, settings: Sequence[Place]) -> dict[str, tuple[str, str]]:
    """What was answered a question at a time, by name: what was asked, and the answer in words.

    `settings` are the signs room's; what is no longer among them shows as its key.
    """
    said = account.details or {}
    names = {place.key: place.name for place in settings}
    seen = {sign.key: sign.text for place in settings for sign in place.signs}
    answers = {
        "setting": (
            gettext("Kind of place"),
            names.get(said.get("setting", ""), said.get("setting")),
        ),
        "signs": (gettext("Signs seen"), _lines(said.get("signs"), seen)),
        "exact": (gettext("The place is"), exactness_words(said.get("exact", ""))),
        "since": (gettext("When"), said.get("since")),
        "going_on": (gettext("Still going on"), going_on_words(said.get("going_on", ""))),
        "how_many": (gettext("How many people"), said.get("how_many")),
        "ages": (gettext("Ages"), _lines(said.get("ages"), dict(AGES))),
        "sexes": (gettext("Sex"), _lines(said.get("sexes"), dict(SEXES))),
        "looks": (gettext("What they look like"), said.get("looks")),
        "vehicles": (gettext("Vehicles"), said.get("vehicles")),
        "phones": (gettext("Phones and online names"), said.get("phones")),
        "business": (gettext("Business or landlord"), said.get("business")),
    }
    return {name: (asked, answer) for name, (asked, answer) in answers.items() if answer}


def _lines(codes: Sequence[str] | None, words: Mapping[str, Any]) -> str:
    return "\n".join(str(words.get(code, code)) for code in codes or ())


def exactness_words(exact: str) -> str:
    words: dict[str, str] = {
        Exactness.EXACT: gettext("Exactly there"),
        Exactness.VAGUE: gettext("Near there: kept vague by the reporter"),
    }
    return words.get(exact, exact)


def going_on_words(going_on: str) -> str:
    words: dict[str, str] = {
        GoingOn.YES: gettext("Yes"),
        GoingOn.NO: gettext("No, it has stopped"),
        GoingOn.UNKNOWN: gettext("Not known"),
    }
    return words.get(going_on, going_on)


def relation_words(relation: str) -> str:
    words: dict[str, str] = {
        Relation.AFFECTED: gettext("The person it happens to"),
        Relation.CLOSE: gettext("Someone close to them"),
        Relation.WORKER: gettext("Works there"),
        Relation.NEIGHBOUR: gettext("Lives nearby"),
        Relation.CUSTOMER: gettext("A customer"),
        Relation.PROFESSIONAL: gettext("Met them through work"),
        Relation.OTHER: gettext("Somebody else"),
    }
    return words.get(relation, relation)


def known_words(known: str) -> str:
    return {
        Known.ANONYMOUS: gettext("Anonymous"),
        Known.CONFIDENTIAL: gettext("Confidential: known to this desk, passed to nobody"),
        Known.SHARE: gettext("May be shared with those who help"),
    }[Known(known)]


# ---- files ----


@dataclass(frozen=True)
class ShownFile:
    """One file as the page of its concern shows it."""

    file: File
    kind: str
    size: str
    tag: Tag
    why: str = ""


def show_file(file: File) -> ShownFile:
    tag = {
        Copying.WAITING: Tag(gettext("Being copied"), "plain"),
        Copying.CLEAN: Tag(gettext("Clean copy"), "kelp"),
        Copying.NO_COPY: Tag(gettext("No copy"), "amber"),
        Copying.REFUSED: Tag(gettext("Malware"), "signal"),
    }[Copying(file.state)]
    why = no_copy_words(file.because, file.media) if file.because else ""
    return ShownFile(file, media_words(file.media), size_words(file.size), tag, why)


def media_words(media: str) -> str:
    return {
        Media.JPEG: gettext("Photo"),
        Media.HEIC: gettext("Photo"),
        Media.PNG: gettext("Picture"),
        Media.WEBP: gettext("Picture"),
        Media.GIF: gettext("Picture"),
        Media.PDF: gettext("PDF"),
        Media.TEXT: gettext("Text"),
        Media.SOUND: gettext("Sound"),
        Media.FILM: gettext("Film"),
        Media.ARCHIVE: gettext("Office document or archive"),
        Media.PROGRAM: gettext("Program"),
        Media.OTHER: gettext("Unknown kind"),
    }[Media(media)]


def no_copy_words(because: str, media: str) -> str:
    if because == NoCopy.KIND and media == Media.PROGRAM:
        return gettext("Kept sealed. It is a program: take care with the original.")
    return {
        NoCopy.KIND: gettext("Kept sealed. No safe copy can be made of this kind of file."),
        NoCopy.BROKEN: gettext("Kept sealed. It is damaged, or locked with a password."),
        NoCopy.TOO_MUCH: gettext(
            "Kept sealed. It unfolds into too much to be copied, as files made to do harm do."
        ),
        NoCopy.MISSING: gettext("It was announced and did not arrive. Tell your operator."),
        NoCopy.MALWARE: gettext("Kept sealed. The virus scanner knows it; nobody can download it."),
    }[NoCopy(because)]


def size_words(size: int) -> str:
    return filesizeformat(size)


def tie_words(ties: Iterable[str]) -> str:
    words = {
        Tie.VEHICLE: gettext("same vehicle"),
        Tie.PHONE: gettext("same number"),
        Tie.EMAIL: gettext("same e-mail address"),
        Tie.WORDS: gettext("near-same words"),
    }
    return ", ".join(words[Tie(tie)] for tie in sorted(ties))


def outcome_words(outcome: str) -> str:
    if not outcome:
        return ""
    return {
        Outcome.SHARED: gettext("Shared"),
        Outcome.TALK: gettext("Talk to us"),
        Outcome.REFUSED: gettext("Not shared"),
    }[Outcome(outcome)]


def handed_words(kind: str) -> str:
    return {
        HandedOn.EMERGENCY: gettext("Emergency passed on"),
        HandedOn.SAFEGUARDING: gettext("Safeguarding referral made"),
        HandedOn.INFORMATION: gettext("Handed on as information"),
    }[HandedOn(kind)]


def act_words(act: str) -> str:
    return {
        Act.CLOSE: gettext("Close it"),
        Act.MERGE: gettext("Merge it"),
        Act.HAND_ON: gettext("Hand it on as information"),
    }[Act(act)]


def dead_words(why: str) -> str:
    return {
        Dead.CLOSED: gettext("the desk is closed"),
        Dead.NOBODY: gettext("nobody sits there who may decide"),
        Dead.IDLE: gettext("nobody there has signed in for long"),
    }[Dead(why)]


def route_words(route: Route, kinds: Mapping[str, str]) -> str:
    """What a route is for; `kinds` are the names of the kinds of place."""
    where = str(route.area or gettext("Everywhere else"))
    return f"{where}, {kinds.get(route.type, route.type)}" if route.type else where


def limit_words(of: str) -> str:
    return {
        LimitOf.IDLE_DAYS: gettext("A desk counts as not read after"),
        LimitOf.FLOOD_LIKENESS: gettext("Near-identical reports share"),
        LimitOf.FLOOD_HOURS: gettext("Near-identical reports came within"),
        LimitOf.DRAFT_DAYS: gettext("What was typed and not sent is deleted after"),
    }[LimitOf(of)]


def step_words(step: str) -> str:
    return {
        Step.CLOSE: gettext("closing and merging"),
        Step.HAND_ON: gettext("handing on information"),
    }[Step(step)]


def _exactly(length: timedelta) -> str:
    """A stretch of time as it was set: half an hour counts."""
    hours = length / timedelta(hours=1)
    whole_days = hours >= 48 and hours % 24 == 0
    return span(length) if hours < 1 or whole_days else gettext("%(n)s h") % {"n": f"{hours:g}"}


def rule_words(rule: ClockRule | Limit | SecondPerson | Route | Allowance) -> str:
    """What a rule says, in a few words."""
    if isinstance(rule, ClockRule):
        if not rule.escalate_after:
            words = gettext("within %(within)s; supervisors hear at once when it is late")
        else:
            words = gettext("within %(within)s; supervisors hear %(later)s later")
        return words % {"within": _exactly(rule.within), "later": _exactly(rule.escalate_after)}
    if isinstance(rule, Limit):
        return {
            LimitOf.IDLE_DAYS: gettext("%(n)g days without anybody signing in"),
            LimitOf.FLOOD_LIKENESS: gettext("%(n)g %% of their words"),
            LimitOf.FLOOD_HOURS: gettext("%(n)g hours of each other"),
            LimitOf.DRAFT_DAYS: gettext("%(n)g days without a change"),
        }[LimitOf(rule.of)] % {"n": rule.value * (100 if rule.of == LimitOf.FLOOD_LIKENESS else 1)}
    if isinstance(rule, SecondPerson):
        return gettext("a second member agrees") if rule.wanted else gettext("each member alone")
    if isinstance(rule, Route):
        if rule.desk is None:
            return gettext("the wider area's desk")
        return f"{rule.desk.agency}: {rule.desk}"
    words = gettext("%(files)s files of %(size)s MB; they wait %(time)s, %(all)s MB together")
    return words % {
        "files": rule.files,
        "size": rule.megabytes,
        "time": _exactly(rule.kept_for),
        "all": rule.waiting_megabytes,
    }


def list_keys() -> list[tuple[str, str]]:
    return [
        ("j", gettext("next row")),
        ("k", gettext("row before")),
        ("Enter", gettext("open it")),
        ("/", gettext("search")),
        ("?", gettext("these keys")),
    ]


def concern_keys() -> list[tuple[str, str]]:
    return [
        ("n", gettext("next concern")),
        ("p", gettext("previous concern")),
        ("w", gettext("next that waits for a decision")),
        ("d", gettext("decide")),
        ("a", gettext("ask the reporter")),
        ("h", gettext("hand on")),
        ("m", gettext("merge")),
        ("c", gettext("close")),
        ("u", gettext("back to the list")),
        ("?", gettext("these keys")),
    ]
