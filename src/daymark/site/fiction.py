"""An invented partnership on real Essex geography: nobody and nothing here exists."""

from dataclasses import dataclass

from daymark.agencies.terms import Kind, Regime, Role

FORCE = "Saltmarsh Constabulary"
COUNCIL = "Blackwater Council"
SECOND_COUNCIL = "Colne Reach Council"
CHARITY = "Harbour Trust"
SECOND_CHARITY = "Lantern Trust"
COMMISSIONER = "Office of the Saltmarsh Commissioner"

AGENCIES = {
    FORCE: (Kind.POLICE, Regime.LAW_ENFORCEMENT),
    COUNCIL: (Kind.COUNCIL, Regime.UK_GDPR),
    SECOND_COUNCIL: (Kind.COUNCIL, Regime.UK_GDPR),
    CHARITY: (Kind.CHARITY, Regime.UK_GDPR),
    SECOND_CHARITY: (Kind.CHARITY, Regime.UK_GDPR),
    COMMISSIONER: (Kind.COMMISSIONER, Regime.UK_GDPR),
}

NORTH, SOUTH, SAFEGUARDING = "MSHT desk north", "MSHT desk south", "Safeguarding desk"
DESKS = {NORTH: FORCE, SOUTH: FORCE, SAFEGUARDING: COUNCIL, "Navigators": CHARITY}

SOUTHERN = ("E07000066", "E07000069", "E07000075", "E06000033", "E06000034", "E07000068")
"""Basildon, Castle Point, Rochford, Southend-on-Sea, Thurrock, Brentwood."""

VIEW = "Last month by type"

OUTSIDE_AGREEMENT = SECOND_CHARITY


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
    Person("Asha Lund", Role.NAVIGATOR, CHARITY, "Navigators"),
    Person("Priya Nair", Role.FIRST_RESPONDER, COUNCIL, SAFEGUARDING),
    Person("Tom Achebe", Role.SUPPORT_WORKER, SECOND_CHARITY),
    Person("Grace Holm", Role.COORDINATOR, SECOND_COUNCIL),
    Person("Ravi Sol", Role.COMMISSIONER, COMMISSIONER),
    Person("Mei Tan", Role.ANALYST, COMMISSIONER),
    Person("Joan Petrie", Role.ADMINISTRATOR, FORCE),
    # Outside the one-per-role cast: the second person that some decisions need.
    Person("Owen Pike", Role.DESK_SUPERVISOR, FORCE, SOUTH),
)


@dataclass(frozen=True)
class Story:
    """What somebody reported; `{place}` is a real Essex town, everything else is invented."""

    what: str
    where: str
    types: tuple[str, ...]
    danger: bool = False


STORIES = (
    Story(
        "Six men sleep above the car wash. They start before seven and are still there at nine at "
        "night, in trainers, soaked. A man in a white van takes their money every evening.",
        "The hand car wash on the main road, {place}",
        ("labour",),
    ),
    Story(
        "The girl who does nails never speaks. An older woman answers for her and takes the money. "
        "She looks about 16 and I think she sleeps in the back room.",
        "Nail bar on the high street, {place}",
        ("labour",),
        danger=True,
    ),
    Story(
        "New people in my neighbour's flat. He has a learning disability and I have not seen him "
        "for a week. Callers at all hours who stay two minutes.",
        "Ground-floor flat behind the station, {place}",
        ("cuckooing", "criminal"),
    ),
    Story(
        "Two boys get on the same train every Friday with big rucksacks and two phones each. They "
        "look exhausted. An adult meets them in a car and shouts at them.",
        "{place} station, platform 2",
        ("criminal",),
        danger=True,
    ),
    Story(
        "A carer who visits my mother says her agency keeps her passport and she owes them nine "
        "thousand pounds. She works from six to eleven at night, seven days.",
        "She lives with seven others in a house in {place}",
        ("labour",),
    ),
    Story(
        "Caravans behind the packing shed, at least twenty people, no lights. A minibus takes them "
        "at four in the morning. One told me in the shop that wages go to the driver.",
        "Farm lane north of {place}",
        ("labour",),
    ),
    Story(
        "Different women every few weeks in the holiday let next door. Men come all day for half "
        "an hour. A man brings shopping, they never leave.",
        "Holiday let near the seafront, {place}",
        ("sexual",),
    ),
    Story(
        "All windows covered, a strong smell, fans day and night. Somebody is locked in, I hear "
        "knocking from inside when the car leaves.",
        "Terraced house near the park, {place}",
        ("criminal",),
        danger=True,
    ),
    Story(
        "A woman cleans and minds the children across the road. She sleeps on the kitchen floor, "
        "has no phone and is never out alone. She cried when my daughter said hello.",
        "Big house on the new estate, {place}",
        ("domestic",),
    ),
    Story(
        "Men resurfacing drives door to door. The young one has burns on his arms and was not "
        "allowed to drink water. The boss has everybody's bank cards in an envelope.",
        "Last seen in {place}, moving along the street",
        ("labour",),
    ),
    Story(
        "I work in the kitchen. We are paid forty pounds a day and they say they will send us back "
        "if we talk. I want to know what happens if I tell you more.",
        "Restaurant in {place}; please do not come there yet",
        ("labour",),
    ),
    Story(
        "Shellfish pickers out on the mud at night with head torches, no life jackets, a gang "
        "boss on the sea wall who shouts when they rest.",
        "The sea wall east of {place}",
        ("labour",),
        danger=True,
    ),
)

TOWNS = (
    "Colchester", "Chelmsford", "Southend-on-Sea", "Basildon", "Harlow", "Clacton-on-Sea",
    "Braintree", "Brentwood", "Maldon", "Harwich", "Witham", "Grays", "Canvey Island", "Epping",
    "Saffron Walden", "Rayleigh",
)  # fmt: skip

QUESTION = "Thank you for telling us. Do you remember which days it is, and about what time?"
ANSWER = "Tuesdays and Fridays, mostly after seven."
DECISION = "Fits two earlier reports. Details in the text are consistent; no name given."
CLOSING = "Passed as information for intelligence after a call with the duty inspector."
BASIS = "Adults at risk may need care and support; the council leads under the Care Act 2014."
