"""Words for what the public tells us and what a desk does with it."""

from enum import StrEnum


class State(StrEnum):
    """Where a concern stands at its desk."""

    NEW = "NEW"
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Urgency(StrEnum):
    """How soon a concern must be read and decided."""

    IMMEDIATE = "IMMEDIATE"
    TODAY = "TODAY"
    ROUTINE = "ROUTINE"


class Reason(StrEnum):
    """Why a concern is as urgent as it is; urgency is always shown with its reasons."""

    DANGER_NOW = "DANGER_NOW"
    """The reporter says somebody is in danger now or today."""

    CHILD = "CHILD"
    """A child is mentioned."""

    LATE_ANSWER = "LATE_ANSWER"
    """The reporter answered after it was closed; nobody has looked at that yet."""

    DESK = "DESK"
    """A member of the desk set it."""

    REPEATED = "REPEATED"
    """A near-identical report came shortly before: it never makes a concern more urgent."""


class Closing(StrEnum):
    """Why a concern was closed."""

    HANDED_ON = "HANDED_ON"
    SAFEGUARDED = "SAFEGUARDED"
    NOTHING_FOUND = "NOTHING_FOUND"
    NOT_OURS = "NOT_OURS"
    DUPLICATE = "DUPLICATE"
    TEST = "TEST"


class Direction(StrEnum):
    """Who wrote a message of the conversation."""

    FROM_REPORTER = "FROM_REPORTER"
    TO_REPORTER = "TO_REPORTER"


class Known(StrEnum):
    """How far a reporter wants to be known (the helpline's three choices)."""

    ANONYMOUS = "ANONYMOUS"
    CONFIDENTIAL = "CONFIDENTIAL"
    """The desk may know who it was, and passes that to nobody."""

    SHARE = "SHARE"
    """Whoever helps may know who it was."""


class Relation(StrEnum):
    """Who a reporter is to what they report."""

    AFFECTED = "AFFECTED"
    CLOSE = "CLOSE"
    WORKER = "WORKER"
    NEIGHBOUR = "NEIGHBOUR"
    CUSTOMER = "CUSTOMER"
    PROFESSIONAL = "PROFESSIONAL"
    OTHER = "OTHER"


class Exactness(StrEnum):
    """Whether the place is where it happens, or only near it: the reporter says which."""

    EXACT = "EXACT"
    VAGUE = "VAGUE"


class GoingOn(StrEnum):
    """Whether it still happens."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


class Ages(StrEnum):
    """How old people seem, in steps somebody passing by can tell."""

    UNDER_10 = "UNDER_10"
    FROM_10_TO_17 = "FROM_10_TO_17"
    FROM_18_TO_29 = "FROM_18_TO_29"
    FROM_30_TO_59 = "FROM_30_TO_59"
    FROM_60 = "FROM_60"


CHILDREN = frozenset({Ages.UNDER_10, Ages.FROM_10_TO_17})


class Sexes(StrEnum):
    FEMALE = "FEMALE"
    MALE = "MALE"
    OTHER = "OTHER"


class Told(StrEnum):
    """What the reporter reads when coming back: true, and silent about what was found."""

    RECEIVED = "RECEIVED"
    READ = "READ"
    ASKED = "ASKED"
    PASSED_ON = "PASSED_ON"
    CLOSED = "CLOSED"


class Verb(StrEnum):
    """What happened to a concern; the history shows these."""

    ARRIVED = "ARRIVED"
    OPENED = "OPENED"
    DECIDED = "DECIDED"
    PASSED = "PASSED"
    TAKEN_OVER = "TAKEN_OVER"
    """The desk it lay at was closed."""

    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    WITHDREW = "WITHDREW"
    """The reporter took back their name and how to reach them."""

    DANGER = "DANGER"
    """The reporter spoke of danger after sending: it became immediate, and its clock runs anew."""

    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    INQUIRED = "INQUIRED"
    ANSWERED_DESK = "ANSWERED_DESK"
    MERGED = "MERGED"
    KEPT = "KEPT"
    UNMERGED = "UNMERGED"
    HANDED_ON = "HANDED_ON"
    PROPOSED = "PROPOSED"
    DECLINED = "DECLINED"
    ESCALATED = "ESCALATED"
    EXPORTED = "EXPORTED"
    """Left the house on paper; the note says for whom."""
    MALWARE = "MALWARE"
    """The scanner found something in a file."""

    TAKEN = "TAKEN"
    """Somebody downloaded the original of a file."""


class Media(StrEnum):
    """What a file is, by its first bytes and never by its name."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    GIF = "GIF"
    HEIC = "HEIC"
    PDF = "PDF"
    TEXT = "TEXT"
    SOUND = "SOUND"
    FILM = "FILM"
    ARCHIVE = "ARCHIVE"
    """Also the documents of office programs, which are archives."""

    PROGRAM = "PROGRAM"
    OTHER = "OTHER"


class Copying(StrEnum):
    """Whether a file has a copy that is safe to look at."""

    WAITING = "WAITING"
    CLEAN = "CLEAN"
    NO_COPY = "NO_COPY"
    """Kept sealed; nobody looks at it in a browser."""

    REFUSED = "REFUSED"
    """The scanner found malware: kept sealed, and handed to nobody."""


class NoCopy(StrEnum):
    """Why there is no copy."""

    KIND = "KIND"
    """Of a kind that cannot be made anew: sound, film, archives, programs, the unknown."""

    BROKEN = "BROKEN"
    """Not what its first bytes say, cut off, or locked with a password."""

    TOO_MUCH = "TOO_MUCH"
    """Unfolds into more than a reader could want: a decompression bomb, or made like one."""

    MISSING = "MISSING"
    """Named in a report, and not there."""

    MALWARE = "MALWARE"


PHONE = "PHONE"
"""The detail of an arrival that a member wrote down for somebody on the phone."""


class Tie(StrEnum):
    """What two concerns share."""

    VEHICLE = "VEHICLE"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    WORDS = "WORDS"
    """Near-same words: perhaps the same report twice."""


class Outcome(StrEnum):
    """What a desk answered to another that asked about something it holds."""

    SHARED = "SHARED"
    TALK = "TALK"
    """Not in writing: it says with whom to speak, and how."""

    REFUSED = "REFUSED"


class HandedOn(StrEnum):
    """What left the desk."""

    EMERGENCY = "EMERGENCY"
    """Told to an emergency service, which gave a reference."""

    SAFEGUARDING = "SAFEGUARDING"
    """Referred to the authority that protects children, or adults at risk."""

    INFORMATION = "INFORMATION"
    """A sanitised text, for an intelligence unit to evaluate. It is not intelligence yet."""


class Whom(StrEnum):
    """For whom a safeguarding referral is made; where age is in doubt, a child."""

    CHILD = "CHILD"
    """Children Act 1989 s47."""

    ADULT = "ADULT"
    """Care Act 2014 s42."""


class Step(StrEnum):
    """What a desk may want a second person for."""

    CLOSE = "CLOSE"
    HAND_ON = "HAND_ON"


class Act(StrEnum):
    """What was proposed to a second person; merging closes, so it is a step of closing."""

    CLOSE = "CLOSE"
    MERGE = "MERGE"
    HAND_ON = "HAND_ON"


class LimitOf(StrEnum):
    """The numbers the desks work by."""

    IDLE_DAYS = "IDLE_DAYS"
    """After so many days without anybody signing in, a desk counts as not read."""

    FLOOD_LIKENESS = "FLOOD_LIKENESS"
    """The part of words that near-identical reports share, up to 1."""

    FLOOD_HOURS = "FLOOD_HOURS"
    """How near each other in time they came."""

    DRAFT_DAYS = "DRAFT_DAYS"
    """After so many days what was typed, not sent and not touched is deleted."""


class Part(StrEnum):
    """What of a concern may be put on paper."""

    ACCOUNT = "ACCOUNT"
    DETAILS = "DETAILS"
    CONVERSATION = "CONVERSATION"
    REPORTER = "REPORTER"
    HISTORY = "HISTORY"


class Dead(StrEnum):
    """Why nobody reads what a route brings."""

    CLOSED = "CLOSED"
    NOBODY = "NOBODY"
    """Nobody sits there who may decide."""

    IDLE = "IDLE"
    """Nobody who sits there has signed in for long."""
