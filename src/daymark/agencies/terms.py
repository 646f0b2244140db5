"""Words for who works in a partnership."""

from enum import StrEnum


class Kind(StrEnum):
    """What sort of organisation an agency is."""

    POLICE = "POLICE"
    COUNCIL = "COUNCIL"
    CHARITY = "CHARITY"
    COMMISSIONER = "COMMISSIONER"
    HEALTH = "HEALTH"
    HOME_OFFICE = "HOME_OFFICE"
    OTHER = "OTHER"


class Regime(StrEnum):
    """The data-protection law an agency's records fall under."""

    LAW_ENFORCEMENT = "LAW_ENFORCEMENT"
    """Data Protection Act 2018, Part 3: competent authorities, for law enforcement."""

    UK_GDPR = "UK_GDPR"
    """UK GDPR and Part 2 of the Act: everybody else."""


class Role(StrEnum):
    """What a member does. One role each; what it may do stands in `access.rules.GRANTS`."""

    DESK_OFFICER = "DESK_OFFICER"
    """Reads what the public reports and decides what happens next."""

    DESK_SUPERVISOR = "DESK_SUPERVISOR"
    """Answers for a desk: shares, restricts, reviews."""

    DETECTIVE = "DETECTIVE"
    """Investigates in the Modern Slavery and Human Trafficking team."""

    NAVIGATOR = "NAVIGATOR"
    """Victim Navigator: a charity's staff beside the police."""

    FIRST_RESPONDER = "FIRST_RESPONDER"
    """Trained staff of a designated first responder organisation."""

    SUPPORT_WORKER = "SUPPORT_WORKER"
    """Works in a support service."""

    COORDINATOR = "COORDINATOR"
    """Runs the partnership; sees no cases."""

    COMMISSIONER = "COMMISSIONER"
    """Commissions services; sees no cases."""

    ANALYST = "ANALYST"
    """Works with figures."""

    ADMINISTRATOR = "ADMINISTRATOR"
    """Manages an agency's members and desks; sees no content."""


class InvitationState(StrEnum):
    """Where an invitation stands; only an open one lets its holder in."""

    OPEN = "OPEN"
    USED = "USED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class ResetReason(StrEnum):
    """Why a member's second factors are taken away."""

    LOST = "LOST"
    """The phone or key is gone."""

    REPLACED = "REPLACED"
    """A new phone, and no recovery codes left."""

    COMPROMISED = "COMPROMISED"
    """Somebody else may hold them."""


class Standing(StrEnum):
    """How far a session has come; only a full one reaches a page."""

    SIGNED_OUT = "SIGNED_OUT"

    NO_FACTOR = "NO_FACTOR"
    """A password and no second factor yet: the set-up pages, and signing out."""

    UNCONFIRMED = "UNCONFIRMED"
    """Has a second factor and has not shown it in this session."""

    FULL = "FULL"


class SessionEnd(StrEnum):
    """Why a session ended by itself."""

    IDLE = "IDLE"
    TOO_OLD = "TOO_OLD"
