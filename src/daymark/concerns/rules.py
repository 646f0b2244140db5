"""Decisions about a concern, as plain functions."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from daymark.concerns.terms import CHILDREN, Dead, Known, Media, Reason, Tie, Urgency

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


SAMPLE = 64
"""How many of an account's smallest hashes stand for all of it."""


def perhaps_alike(mine: Sequence[int], sample: Sequence[int]) -> bool:
    """Whether two accounts may share as much as `ALIKE` says, from sorted hashes of one and the
    smallest of the other.

    Of the smallest hashes of both together, the part that both hold is on average what they share
    of all. The bound lies far enough below that one true pair in a hundred is missed at most.
    """
    smallest = sorted({*mine[:SAMPLE], *sample[:SAMPLE]})[:SAMPLE]
    shared = set(mine[:SAMPLE]) & set(sample)
    return bool(smallest) and sum(one in shared for one in smallest) >= 0.35 * len(smallest)


def may_name(known: str) -> bool:
    """Whether the reporter's name and contact may leave the desk, on paper or in any other way.

    "Confidential" was told to this desk alone; only who said so may be shared.
    """
    return known == Known.SHARE


# ---- files ----

LONGEST_NAME = 120
SIZE_STEP = 4096
"""Encryption tells the length of a file in these steps; what we store about it tells no more."""

GRACE = timedelta(days=1)
"""A report sent in the last minute may still be on its way when its files' time is over."""

_FIRST_BYTES: tuple[tuple[Media, tuple[bytes, ...]], ...] = (
    (Media.JPEG, (b"\xff\xd8\xff",)),
    (Media.PNG, (b"\x89PNG\r\n\x1a\n",)),
    (Media.GIF, (b"GIF87a", b"GIF89a")),
    (Media.SOUND, (b"ID3", b"OggS", b"fLaC", b"#!AMR", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1")),
    (Media.FILM, (b"\x1a\x45\xdf\xa3", b"\x00\x00\x01\xba", b"FLV")),
    (
        Media.ARCHIVE,
        (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh",
         b"\xfd7zXZ", b"\xd0\xcf\x11\xe0"),
    ),
    (
        Media.PROGRAM,
        (b"MZ", b"\x7fELF", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!",
         b"dex\n"),
    ),
)  # fmt: skip
_PICTURES_OF_TELEPHONES = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def media(body: bytes) -> Media:
    """What a file is, by its content; its name and what a browser says of it do not count."""
    if body[:4] == b"RIFF":
        kinds = {b"WEBP": Media.WEBP, b"WAVE": Media.SOUND, b"AVI ": Media.FILM}
        return kinds.get(body[8:12], Media.OTHER)
    if body[4:8] == b"ftyp":
        if body[8:12] in _PICTURES_OF_TELEPHONES:
            return Media.HEIC
        return Media.SOUND if body[8:11] == b"M4A" else Media.FILM
    for kind, beginnings in _FIRST_BYTES:
        if body.startswith(beginnings):
            return kind
    if b"%PDF-" in body[:1024]:
        return Media.PDF
    return Media.TEXT if _reads_as_text(body) else Media.OTHER


def _reads_as_text(body: bytes) -> bool:
    start = body[:4096]
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    odd = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in start)
    return bool(start) and b"\0" not in body and odd * 100 <= len(start)


def plain_name(name: str) -> str:
    """A file's name without its folders, nor anything that could act or read otherwise."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(char for char in last if char.isprintable()).strip(" .")
    stem, dot, ending = shown.rpartition(".")
    if len(shown) > LONGEST_NAME and dot and len(ending) < 10:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return shown[:LONGEST_NAME]


def size_shown(size: int) -> int:
    """Rounded up to what the encrypted file's own length tells."""
    return -(-max(size, 1) // SIZE_STEP) * SIZE_STEP


def still_waits(received_at: datetime, *, kept_for: timedelta, now: datetime) -> bool:
    """Whether a file that was attached then may still be sent."""
    return rounded(now) < received_at + kept_for


def abandoned_before(*, kept_for: timedelta, now: datetime) -> datetime:
    """What was attached before this and named by no report can be let go of."""
    return now - kept_for - GRACE


_ORDER = (Urgency.IMMEDIATE, Urgency.TODAY, Urgency.ROUTINE)


def most_urgent(*urgencies: Urgency) -> Urgency:
    return min(urgencies, key=_ORDER.index)


def reasons_of_both(one: Collection[str], other: Collection[str]) -> list[str]:
    """Every reason that makes either urgent, most pressing first."""
    both = {*one, *other} - {Reason.REPEATED}
    own: list[str] = [Reason.REPEATED] if Reason.REPEATED in one else []
    return [*(reason for reason in Reason if reason in both), *own]


def looked_at(reasons: Collection[str]) -> list[str]:
    """What is left of the reasons once somebody has looked at what the reporter said last."""
    return [reason for reason in reasons if reason != Reason.LATE_ANSWER]


def same_flood(
    *, strength: float, least: float, apart: timedelta, within: timedelta, same_facts: bool
) -> bool:
    """Whether a report repeats another: near-identical words, and no fact in it that differs.

    Another vehicle, number, place or answer makes a report of its own, however alike the words:
    else somebody could hide a report behind many copies of a form of words.
    """
    return same_facts and strength >= least and apart <= within


LONG_RUN = 8
"""So many words in a row, as somebody wrote them, may tell who wrote them."""


def repeated(text: str, *, names: Collection[str], passages: Collection[str]) -> list[str]:
    """What in a text for others may tell who told us: their names and contacts, the numbers and
    addresses they wrote, and runs of their own words."""
    said = _spaced(text)
    kinds = {Tie.PHONE, Tie.EMAIL}
    contacts = {
        value for passage in [*passages, *names] for tie, value in marks(passage) if tie in kinds
    }
    digits = re.sub(r"\D", "", text)
    found = [
        name
        for name in dict.fromkeys([*names, *contacts])
        if _names(name, said) or (len(re.sub(r"\D", "", name)) > 6 and _digits(name) in digits)
    ]
    for passage in passages:
        found += _runs(said, _spaced(passage))
    return found


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)[-9:]


def _spaced(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _names(name: str, said: str) -> bool:
    """Any part of a name of three letters or more, as a word."""
    parts = [part for part in _spaced(name).split() if len(part) > 2 and not part.isdigit()]
    return any(f" {part} " in f" {said} " for part in parts)


def _runs(said: str, passage: str) -> list[str]:
    words = passage.split()
    padded, found, at = f" {said} ", [], 0
    while at + LONG_RUN <= len(words):
        length = LONG_RUN
        if f" {' '.join(words[at : at + length])} " not in padded:
            at += 1
            continue
        while at + length < len(words) and f" {' '.join(words[at : at + length + 1])} " in padded:
            length += 1
        found.append(" ".join(words[at : at + length]))
        at += length
    return found


def dead(
    *,
    closed: bool,
    readers: int,
    last_seen: datetime | None,
    idle: timedelta | None,
    now: datetime,
) -> Dead | None:
    """Why nobody reads what a route brings; None where somebody does."""
    if closed:
        return Dead.CLOSED
    if not readers:
        return Dead.NOBODY
    if idle is not None and (last_seen is None or now - last_seen > idle):
        return Dead.IDLE
    return None
