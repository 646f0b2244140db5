"""The room's words."""

from enum import StrEnum


class Kind(StrEnum):
    """What an area is, by the ONS register of geographic codes (first letters of the code)."""

    COUNTRY = "COUNTRY"  # E92, W92, S92
    POLICE_FORCE_AREA = "POLICE_FORCE_AREA"  # E23, W15, S23
    COUNTY = "COUNTY"  # E10, the upper of two tiers
    UNITARY = "UNITARY"  # E06, W06, S12: one tier
    METROPOLITAN = "METROPOLITAN"  # E08, one tier
    LONDON = "LONDON"  # E09, one tier
    DISTRICT = "DISTRICT"  # E07, the lower of two tiers
    WARD = "WARD"  # E05
    MSOA = "MSOA"  # E02, a statistical area of about 8,000 residents; ours are those of 2011


PARTS = frozenset({Kind.WARD, Kind.MSOA})
"""Parts of a lowest council, which nobody means who names a place: Castle is a ward ten times."""

LOWEST_COUNCILS = frozenset({Kind.UNITARY, Kind.METROPOLITAN, Kind.LONDON, Kind.DISTRICT})
"""The kinds a postcode belongs to: every place has exactly one of them."""


class Landmark(StrEnum):
    """What a map shows for orientation."""

    AIRPORT = "AIRPORT"
    AIRFIELD = "AIRFIELD"  # small, without scheduled flights
    PORT = "PORT"


class Match(StrEnum):
    """What somebody's words about a place turned out to be."""

    POSTCODE = "POSTCODE"
    TERMINATED = "TERMINATED"  # Royal Mail uses it no more; the place is still known
    UNKNOWN_POSTCODE = "UNKNOWN_POSTCODE"  # well-formed, not in the table: new, or mistyped
    SECTOR = "SECTOR"  # CM1 1
    OUTCODE = "OUTCODE"  # CM1
    TOWN = "TOWN"
    AREA = "AREA"
    NOTHING = "NOTHING"
