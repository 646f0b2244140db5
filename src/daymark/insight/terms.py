"""The room's words: what figures are broken down by, and how good their source is."""

from enum import StrEnum


class Dimension(StrEnum):
    """What a figure may be broken down by; the order here is the order inside a breakdown."""

    METHOD = "method"  # of an estimate: another method estimates another thing
    AUTHORITY = "authority"  # which competent authority decides: SCA or IECA
    BY = "by"  # kind of first responder
    RESPONDER = "responder"
    OUTCOME = "outcome"
    ROUTE = "route"  # small-boat arrivals: NRM referral raised or not
    TYPE = "type"  # the exclusive combination as published: "LABOUR+CRIMINAL"
    FLAG = "flag"  # county lines: beside the types, never one of them
    PLACE = "place"  # where exploitation was said to happen
    AGE = "age"
    GENDER = "gender"
    NATIONALITY = "nationality"


class Quality(StrEnum):
    """How good the copy is that a figure was read in."""

    OFFICIAL = "OFFICIAL"  # the publisher's own page or file
    COPY = "COPY"  # the publisher's text or table in somebody else's copy
    QUOTED = "QUOTED"  # an official figure quoted by press or a partner
    DERIVED = "DERIVED"  # worked out here from figures of that edition


class Element(StrEnum):
    """The five elements of exploitation that the official combinations are made of."""

    SEXUAL = "SEXUAL"
    LABOUR = "LABOUR"
    DOMESTIC = "DOMESTIC"
    ORGANS = "ORGANS"
    CRIMINAL = "CRIMINAL"


UNKNOWN = "UNKNOWN"
"""Not specified, not recorded or not known, in any dimension."""

UK = "K02000001"
"""The United Kingdom in the ONS register of geographic codes."""


class Audience(StrEnum):
    """Who sees a saved view beside its owner; each counts for themselves."""

    OWNER = "OWNER"
    AGENCY = "AGENCY"
    PARTNERSHIP = "PARTNERSHIP"


class Schedule(StrEnum):
    """How often the worker counts a view again."""

    NEVER = "NEVER"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"


class By(StrEnum):
    """What a view breaks its numbers down by."""

    FORCE = "FORCE"
    COUNCIL = "COUNCIL"
    TYPE = "TYPE"
    AGE = "AGE"
    GENDER = "GENDER"
    NATIONALITY = "NATIONALITY"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class Why(StrEnum):
    """Why the gate refuses a table."""

    SUBTRACTED = "SUBTRACTED"
    """Together with earlier tables a number below the minimum could be worked out."""

    NOTHING_LEFT = "NOTHING_LEFT"
    OTHER_RECORDS = "OTHER_RECORDS"
    TOO_LARGE = "TOO_LARGE"
    """What was not checked is not cleared."""


SEVERAL = "+"
"""More than one type: a category of its own, so that types add up to all."""

OTHER = "?"
"""A type not decided or not told apart; a place not known or outside the partnership's areas."""


# ---- estimating from our own lists ----


class Stratum(StrEnum):
    """What may stand beside a token: a few short codes, and nothing that names anybody."""

    SEX = "SEX"  # F, M, X, U (not known)
    AGE = "AGE"  # bands: 0-17, 18-24, 65+, CHILD, ADULT, U
    AREA = "AREA"  # a GSS code, U
    YEAR = "YEAR"  # 2025, U


class Unfit(StrEnum):
    """Why a row, or a file, of tokens was refused."""

    EMPTY = "EMPTY"
    NAME = "NAME"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    DAY = "DAY"
    NHS = "NHS"
    REFERENCE = "REFERENCE"
    WORDS = "WORDS"  # the length of a token, and reads like words or a number
    CLEAR = "CLEAR"  # clear text behind hexadecimal or base64
    FORM = "FORM"
    CODE = "CODE"
    DIFFERS = "DIFFERS"  # the token again, with another code beside it
    WIDTH = "WIDTH"
    LEVELS = "LEVELS"
    MIXED = "MIXED"
    COLUMN = "COLUMN"
    COLUMN_TWICE = "COLUMN_TWICE"
    NO_TOKEN = "NO_TOKEN"
    NO_CSV = "NO_CSV"
    NOBODY = "NOBODY"


class Method(StrEnum):
    """The estimators of `prevalence`, by the names it gives them."""

    STEPWISE = "stepwise"
    BIC = "bic"
    GRAPHS = "graphs"
    LATENT = "latent"
    THRESHOLD = "threshold"


class Progress(StrEnum):
    """How an estimation stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
