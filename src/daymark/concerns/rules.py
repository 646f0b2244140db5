"""Decisions about a concern, as plain functions."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from daymark.concerns.terms import CHILDREN, Known, Reason, Tie, Urgency

# Words that make a desk look again; a hint for ranking, never a finding.
_CHILD_WORDS = re.compile(
    r"\b(?:child(?:ren)?|kids?|bab(?:y|ies)|toddlers?|boys?|girls?|"
    r"school ?(?:boys?|girls?|child(?:ren)?|uniforms?)|teen(?:ager)?s?|minors?|under ?18|"
    r"(?:[1-9]|1[0-7])[ -]?(?:(?:years?|yrs?)[ -]old|y/?o)|"
    r"(?:about|aged?|looks|maybe|only) (?:[1-9]|1[0-7]))\b",
    re.IGNORECASE,
)


def reasons(*, danger: bool, text: str, ages: Collection[str] = ()) -> tuple[Reason, ...]:
    """Why a fresh report deserves attention, most pressing first.

    `ages` are what the reporter ticked, which counts in every language.
    """
    found = []
    if danger:
        found.append(Reason.DANGER_NOW)
    if not CHILDREN.isdisjoint(ages) or _CHILD_WORDS.search(text):
        found.append(Reason.CHILD)
    return tuple(found)


def urgency(found: Collection[str]) -> Urgency:
    """Danger outranks everything; a child is read today."""
    if Reason.DANGER_NOW in found:
        return Urgency.IMMEDIATE
    return Urgency.TODAY if Reason.CHILD in found else Urgency.ROUTINE


def known(chosen: str, *, reachable: bool) -> Known:
    """How far a reporter is known. Whoever gave a name and did not choose is not passed on."""
    if chosen:
        return Known(chosen)
    return Known.CONFIDENTIAL if reachable else Known.ANONYMOUS


ROUNDING = timedelta(hours=1)
"""What `rounded` takes away at most."""


def due(received_at: datetime, *, within: timedelta) -> datetime:
    """By when a concern must be decided.

    Counted from the end of the hour it arrived in: a clock that ran before the report was there
    would be late before anybody could read it.
    """
    return received_at + ROUNDING + within


def rounded(moment: datetime) -> datetime:
    """The hour a report arrived in; nothing finer is kept, or a clock could tell who it was."""
    return moment.replace(minute=0, second=0, microsecond=0)


# A question may only ask for what the reporter already knows. Asking them to find out more puts
# them in danger and may make them a covert human intelligence source in law.
_TASKING = re.compile(
    r"\b("
    r"go (back|there|and|to)|find out|keep (an eye|watch)|watch (them|him|her|the|for)|"
    r"follow (them|him|her|the)|take (a |some |more )?(photo|picture|video)s?|film|"
    r"record (them|him|her|the)|get (me|us|their|the|his|her)|try to (see|find|get|speak|talk)|"
    r"(speak|talk) to (them|him|her|the)|ask (them|him|her|around|the|your)|"
    r"look (inside|in the|through)|listen (in|to)|next time you|pretend|befriend|search"
    r")\b",
    re.IGNORECASE,
)


def tasking(question: str) -> str | None:
    """The words in a question that would send the reporter out to find more, if any."""
    match = _TASKING.search(question)
    return match.group(0) if match else None


_VEHICLE = re.compile(
    r"\b(?:[A-Za-z]{2}\d{2}[ -]?[A-Za-z]{3}|[A-Z]\d{1,3}[ -]?[A-Z]{3}|[A-Z]{3}[ -]?\d{1,3}[A-Z])\b"
)
_PHONE = re.compile(r"(?<![\w+])(?:\+44|0044|0)(?:[ ()-]{0,2}\d){9,10}(?!\d)")
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")


def marks(text: str) -> set[tuple[Tie, str]]:
    """What in a text may tie it to another: vehicle marks, telephone numbers, e-mail addresses."""
    return {
        (tie, found.group(0))
        for tie, pattern in (
            (Tie.VEHICLE, _VEHICLE),
            (Tie.PHONE, _PHONE),
            (Tie.EMAIL, _EMAIL),
        )
        for found in pattern.finditer(text)
    }


ALIKE = 0.5
"""Two accounts that share this part of their words and trigrams may be about the same thing."""


def alikeness(one: Collection[int], other: Collection[int]) -> float:
    """The part of all hashes that two accounts share: 0 for nothing, 1 for the same words."""
    first, second = set(one), set(other)
    return len(first & second) / len(first | second) if first or second else 0.0


def may_name(known: str) -> bool:
    """Whether the reporter's name and contact may leave the desk, on paper or in any other way.

    "Confidential" was told to this desk alone; only who said so may be shared.
    """
    return known == Known.SHARE
