"""The room's words."""

from enum import StrEnum


class Element(StrEnum):
    """The five elements the Home Office counts exploitation in (NRM statistics)."""

    LABOUR = "LABOUR"
    SEXUAL = "SEXUAL"
    CRIMINAL = "CRIMINAL"
    DOMESTIC = "DOMESTIC"
    ORGAN = "ORGAN"
    NONE = "NONE"  # not counted as an element of its own


class Need(StrEnum):
    """What somebody needs when they look for a number; also the order in which they show."""

    DANGER = "DANGER"
    ADVICE = "ADVICE"
    POLICE = "POLICE"
    ANONYMOUS = "ANONYMOUS"
    SUPPORT = "SUPPORT"
    CHILD = "CHILD"
    LABOUR = "LABOUR"
    RAILWAY = "RAILWAY"


class Channel(StrEnum):
    CALL = "CALL"
    TEXT = "TEXT"  # a text message from a mobile phone
    TEXTPHONE = "TEXTPHONE"  # for people who cannot hear or speak on the phone


class Audience(StrEnum):
    WITNESS = "WITNESS"  # somebody who saw something
    SELF = "SELF"  # the person it happens to


class Bearing(StrEnum):
    """What a piece of advice asks for."""

    DO = "DO"
    NEVER = "NEVER"
    KNOW = "KNOW"  # a right or a fact that helps


class About(StrEnum):
    """The page about this site that a passage stands on."""

    PRIVACY = "PRIVACY"
    ACCESSIBILITY = "ACCESS"
