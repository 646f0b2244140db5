"""Words of the vault."""

from enum import StrEnum


class Kind(StrEnum):
    """What a blind index may be made of: values with enough variety that one match means something.

    A date of birth or a sex has so few values that counting equal hashes names them, so neither
    is here.
    """

    PHONE = "PHONE"
    EMAIL = "EMAIL"
    VEHICLE = "VEHICLE"
    REFERENCE = "REFERENCE"


class Reason(StrEnum):
    """Why something typed is not a reporter's code."""

    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    UNKNOWN_WORD = "UNKNOWN_WORD"
    CHECK_FAILED = "CHECK_FAILED"
