"""Words for who may know what."""

from enum import StrEnum


class Permission(StrEnum):
    """What a page asks for. Each role's grants stand in `rules.GRANTS`."""

    PUBLIC = "PUBLIC"
    """Anybody, signed in or not."""

    MEMBER = "MEMBER"
    """Anybody who is signed in with a second factor."""

    READ_CONCERN = "READ_CONCERN"
    TRIAGE_CONCERNS = "TRIAGE_CONCERNS"
    PASS_CONCERNS = "PASS_CONCERNS"
    ASK_REPORTERS = "ASK_REPORTERS"
    CLOSE_CONCERNS = "CLOSE_CONCERNS"
    EXPORT_CONCERNS = "EXPORT_CONCERNS"
    OPEN_ORIGINALS = "OPEN_ORIGINALS"
    """Hand out a file exactly as it was sent."""
    TAKE_ESCALATIONS = "TAKE_ESCALATIONS"
    """Hears of what a desk left lying past its clock."""

    SEE_ROUTES = "SEE_ROUTES"
    """Hears of routes that lead where nobody reads."""

    SEE_RULES = "SEE_RULES"
    """See how the desks work: clocks, limits, routes, what needs a second person."""

    SET_RULES = "SET_RULES"
    """Set what holds for the whole partnership."""

    SET_DESK_RULES = "SET_DESK_RULES"
    """Set what one's own desk wants for itself."""

    SHARE_DOSSIERS = "SHARE_DOSSIERS"
    RESTRICT_DOSSIERS = "RESTRICT_DOSSIERS"
    BREAK_GLASS = "BREAK_GLASS"
    REVIEW_GLASS = "REVIEW_GLASS"
    READ_TRAIL = "READ_TRAIL"

    COUNT_CONCERNS = "COUNT_CONCERNS"
    """See counts of concerns behind the gate, and never a concern."""

    PUBLISH_COUNTS = "PUBLISH_COUNTS"
    SET_GATE = "SET_GATE"
    """Say how small a count may be that leaves."""

    RUN_STUDIES = "RUN_STUDIES"
    """Upload lists of tokens and estimate from them; see no record of anybody."""

    MANAGE_AGREEMENTS = "MANAGE_AGREEMENTS"
    MANAGE_MEMBERS = "MANAGE_MEMBERS"
    MANAGE_DESKS = "MANAGE_DESKS"
    """Open desks of one's own agency, give them new keys, close them; see nothing they hold."""


class Kind(StrEnum):
    """What a dossier holds. Reading one needs the permission `READ_` followed by its kind."""

    CONCERN = "CONCERN"


class Compartment(StrEnum):
    """The parts of a dossier that are shared one by one."""

    IDENTITY = "IDENTITY"
    SAFE_CONTACT = "SAFE_CONTACT"
    ACCOUNT = "ACCOUNT"
    HEALTH = "HEALTH"
    IMMIGRATION = "IMMIGRATION"
    SAFEGUARDING = "SAFEGUARDING"
    SOURCE = "SOURCE"


class Marking(StrEnum):
    """Government Security Classifications: nothing higher is ever held here."""

    OFFICIAL = "OFFICIAL"
    OFFICIAL_SENSITIVE = "OFFICIAL_SENSITIVE"
    """A handling marking within OFFICIAL."""


class Purpose(StrEnum):
    """Why a dossier exists, or is shared."""

    SAFEGUARDING = "SAFEGUARDING"
    LAW_ENFORCEMENT = "LAW_ENFORCEMENT"
    SUPPORT = "SUPPORT"


class Ground(StrEnum):
    """What a share stands on."""

    CONSENT = "CONSENT"
    """A receipt of the person's consent; withdrawal ends every share that stands on it."""

    SAFEGUARDING_CHILD = "SAFEGUARDING_CHILD"
    """Children Act 2004 s11; Data Protection Act 2018 Sch 1 Pt 2, safeguarding of children."""

    SAFEGUARDING_ADULT = "SAFEGUARDING_ADULT"
    """Care Act 2014 s42; Data Protection Act 2018 Sch 1 Pt 2, individuals at risk."""

    LAW_ENFORCEMENT = "LAW_ENFORCEMENT"
    """Data Protection Act 2018 Part 3: prevention, investigation, prosecution."""

    VITAL_INTERESTS = "VITAL_INTERESTS"
    """UK GDPR Art 6(1)(d): somebody's life is at risk."""
