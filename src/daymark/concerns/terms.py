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

    DESK = "DESK"
    """A member of the desk set it."""


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
    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    WITHDREW = "WITHDREW"
    """The reporter took back their name and how to reach them."""

    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


class Tie(StrEnum):
    """What two concerns share."""

    VEHICLE = "VEHICLE"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    WORDS = "WORDS"
    """Near-same words: perhaps the same report twice."""
