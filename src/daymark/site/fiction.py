"""An invented partnership on the real map of Essex and Kent: nobody and nothing here exists."""

from dataclasses import dataclass

from daymark.agencies.terms import Kind, Regime, Role

FORCE = "Saltmarsh Constabulary"
SECOND_FORCE = "Wealdshore Police"
COUNCIL = "Blackwater Council"
SECOND_COUNCIL = "Colne Reach Council"
UNITARY = "Thamesmouth Council"
KENT_COUNCIL = "Stour Vale Council"
CHARITY = "Harbour Trust"
SECOND_CHARITY = "Lantern Trust"
COMMISSIONER = "Office of the Saltmarsh Commissioner"
HEALTH = "Estuary Health Trust"

AGENCIES = {
    FORCE: (Kind.POLICE, Regime.LAW_ENFORCEMENT),
    SECOND_FORCE: (Kind.POLICE, Regime.LAW_ENFORCEMENT),
    COUNCIL: (Kind.COUNCIL, Regime.UK_GDPR),
    SECOND_COUNCIL: (Kind.COUNCIL, Regime.UK_GDPR),
    UNITARY: (Kind.COUNCIL, Regime.UK_GDPR),
    KENT_COUNCIL: (Kind.COUNCIL, Regime.UK_GDPR),
    CHARITY: (Kind.CHARITY, Regime.UK_GDPR),
    SECOND_CHARITY: (Kind.CHARITY, Regime.UK_GDPR),
    COMMISSIONER: (Kind.COMMISSIONER, Regime.UK_GDPR),
    HEALTH: (Kind.HEALTH, Regime.UK_GDPR),
}

NORTH, SOUTH, KENT = "MSHT desk north", "MSHT desk south", "MSHT desk"
SAFEGUARDING, COMMUNITY, VALE = "Safeguarding desk", "Community safety desk", "Adults desk"
NAVIGATORS = "Navigators"
DESKS = {
    NORTH: FORCE,
    SOUTH: FORCE,
    KENT: SECOND_FORCE,
    SAFEGUARDING: COUNCIL,
    COMMUNITY: UNITARY,
    VALE: KENT_COUNCIL,
    NAVIGATORS: CHARITY,
}

ROUTES = {
    # Basildon, Castle Point, Rochford, Southend-on-Sea, Brentwood
    **dict.fromkeys(("E07000066", "E07000069", "E07000075", "E06000033", "E07000068"), SOUTH),
    "E06000034": COMMUNITY,  # Thurrock, a unitary authority with a desk of its own
    "E23000032": KENT,  # the force area of Kent
    "E07000105": VALE,  # Ashford, a district inside it
}
"""By area; anywhere else goes to the northern desk."""

VIEW = "Last month by type"

OUTSIDE_AGREEMENT = SECOND_CHARITY

BUREAU = "Saltmarsh intelligence bureau"


@dataclass(frozen=True)
class Person:
    name: str
    role: Role
    agency: str
    desk: str = ""

    @property
    def email(self) -> str:
        host = self.agency.lower().split(" of the ")[-1].replace(" ", "-")
        return f"{self.name.lower().replace(' ', '.')}@{host}.example"


CAST = (
    Person("Nadia Okafor", Role.DESK_OFFICER, FORCE, NORTH),
    Person("Lena Marsh", Role.DESK_SUPERVISOR, FORCE, NORTH),
    Person("Daniel Reyes", Role.DETECTIVE, FORCE),
    Person("Asha Lund", Role.NAVIGATOR, CHARITY, NAVIGATORS),
    Person("Priya Nair", Role.FIRST_RESPONDER, COUNCIL, SAFEGUARDING),
    Person("Tom Achebe", Role.SUPPORT_WORKER, SECOND_CHARITY),
    Person("Grace Holm", Role.COORDINATOR, SECOND_COUNCIL),
    Person("Ravi Sol", Role.COMMISSIONER, COMMISSIONER),
    Person("Mei Tan", Role.ANALYST, COMMISSIONER),
    Person("Joan Petrie", Role.ADMINISTRATOR, FORCE),
    # Outside the one-per-role cast: the second person that some decisions need.
    Person("Owen Pike", Role.DESK_SUPERVISOR, FORCE, SOUTH),
)


STAFF: tuple[tuple[Role, str, str], ...] = (
    *[(Role.DESK_OFFICER, FORCE, NORTH)] * 3,
    *[(Role.DESK_OFFICER, FORCE, SOUTH)] * 3,
    *[(Role.DETECTIVE, FORCE, "")] * 3,
    (Role.DESK_SUPERVISOR, FORCE, NORTH),
    *[(Role.DESK_OFFICER, SECOND_FORCE, KENT)] * 2,
    (Role.DESK_SUPERVISOR, SECOND_FORCE, KENT),
    (Role.DETECTIVE, SECOND_FORCE, ""),
    (Role.ADMINISTRATOR, SECOND_FORCE, ""),
    (Role.FIRST_RESPONDER, COUNCIL, SAFEGUARDING),
    (Role.ADMINISTRATOR, COUNCIL, ""),
    (Role.FIRST_RESPONDER, SECOND_COUNCIL, ""),
    (Role.DESK_OFFICER, UNITARY, COMMUNITY),
    (Role.DESK_SUPERVISOR, UNITARY, COMMUNITY),
    (Role.DESK_OFFICER, KENT_COUNCIL, VALE),
    (Role.DESK_SUPERVISOR, KENT_COUNCIL, VALE),
    *[(Role.NAVIGATOR, CHARITY, NAVIGATORS)] * 2,
    *[(Role.SUPPORT_WORKER, SECOND_CHARITY, "")] * 2,
    (Role.ANALYST, COMMISSIONER, ""),
    (Role.FIRST_RESPONDER, HEALTH, ""),
    (Role.SUPPORT_WORKER, HEALTH, ""),
)
"""The others, whose names come from the models; they sign in through their agencies' own service,
which a demonstration does not have."""

TRADITIONS = ("british",) * 6 + ("nigerian", "indian", "polish", "romanian", "vietnamese", "arabic")
