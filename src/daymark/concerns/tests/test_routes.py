"""Every postcode of Essex and Kent reaches the right desk, at every tier of council.

The routes are those of a real partnership: the forces for their areas, the two counties, one of
the three unitary authorities and two districts with desks of their own. What is right comes from
other sources than our tables where they lie beside the repository: councils and forces from an
official look-up and a register of councils, the ground from district boundaries.
"""

import csv
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.roles import as_role

from daymark.agencies import actions as agencies
from daymark.agencies.models import Desk
from daymark.agencies.terms import Kind, Regime
from daymark.concerns import actions, queries
from daymark.concerns.queries.content import desk_for, desk_of, routes
from daymark.concerns.tests.people import BEFORE, NOW
from daymark.places import queries as places
from daymark.places.models import Area, Postcode
from daymark.places.tests.conftest import shipped
from daymark.places.tests.test_against_boundaries import _rings, _to_degrees

__all__ = ["shipped"]
SHARED = Path(__file__).parents[5] / "shared" / "data"
BOUNDARIES = SHARED / "geo" / "essex_kent_districts_detailed.geojson"
FORCES = SHARED / "geo" / "lookup_local_authority_csp_police_force_2024.csv"
COUNCILS = SHARED / "reference" / "mysociety_uk_local_authorities.csv"
needs_others = pytest.mark.skipif(
    not (BOUNDARIES.exists() and FORCES.exists() and COUNCILS.exists()),
    reason="needs the boundaries, the look-up and the register beside the repository",
)

ESSEX, KENT = "E23000028", "E23000032"
ROUTES = {
    "E23000028": "Essex force",
    "E23000032": "Kent force",
    "E10000012": "Essex county",
    "E10000016": "Kent county",
    "E06000033": "Southend",
    "E07000071": "Colchester",
    "E07000108": "Dover",
}
"""Thurrock and Medway have no desk of their own and are in no county, so their force answers."""


@pytest.fixture
def desks(shipped, db) -> dict[str, str]:
    """The routes, made as an operator makes them; gives the desks' names by area code."""
    with as_role("owner"):
        agency = agencies.open_agency(
            name="All", kind=Kind.POLICE, regime=Regime.LAW_ENFORCEMENT,
            valid_from=BEFORE.date(), at=BEFORE,
        )  # fmt: skip

        def desk(name: str) -> Desk:
            return agencies.open_desk(agency=agency, name=name, by=None, at=BEFORE)

        actions.content.set_route(None, desk=desk("Elsewhere"), source="test", at=BEFORE)
        for code, name in ROUTES.items():
            area = Area.unrestricted.get(code=code)
            actions.content.set_route(area, desk=desk(name), source="test", at=BEFORE)
    return ROUTES


def routed() -> dict[str, str]:
    """Every postcode with the desk that `desk_for`'s own rule gives its area."""
    known = routes(on=NOW.date())
    desks = {area.pk: desk_of(area, known).name for area in Area.unrestricted.all()}
    rows = Postcode.unrestricted.values_list("code", "district")
    return {code: desks[district] for code, district in rows}


def live() -> dict[str, tuple[str, int | None, int | None]]:
    """Postcodes nobody has ended, with their district's code and their point."""
    rows = Postcode.unrestricted.exclude(terminated=True)
    return {
        code: (district, east, north)
        for code, district, east, north in rows.values_list(
            "code", "district__code", "easting", "northing"
        )
    }


def right_desks() -> dict[str, str]:
    """By district, from the look-up and the register alone."""
    with FORCES.open(encoding="utf-8-sig", newline="") as lines:
        force = {row["ltla24_code"]: row["pfa24_code"] for row in csv.DictReader(lines)}
    with COUNCILS.open(encoding="utf-8-sig", newline="") as lines:
        county = {row["gss-code"]: row["county-la"] for row in csv.DictReader(lines)}
    upper = {"ESS": "Essex county", "KEN": "Kent county"}
    return {
        code: ROUTES.get(code) or upper.get(county[code]) or ROUTES.get(pfa, "Elsewhere")
        for code, pfa in force.items()
    }


@needs_others
def test_every_postcode_reaches_the_desk_its_council_should_have(desks):
    right, found = right_desks(), routed()
    wrong = [
        (code, found[code], right[district])
        for code, (district, *_) in live().items()
        if found[code] != right[district]
    ]
    assert wrong == []
    counted = Counter(found.values())
    assert set(counted) == {*ROUTES.values(), "Elsewhere"}
    inside = sum(number for name, number in counted.items() if name != "Elsewhere")
    assert inside == 68_263 + 71_839


@needs_others
def test_every_postcode_reaches_the_desk_of_the_ground_it_stands_on(desks):
    """Against boundaries drawn from wards to 20 m: a few points lie across a border from there."""
    right, found = right_desks(), routed()
    placed = [(code, east, north) for code, (_, east, north) in live().items() if east]
    points = np.array([_to_degrees(east, north) for _, east, north in placed])
    ground = on_the_ground(points)
    judged = [(code, g) for (code, *_), g in zip(placed, ground, strict=True) if g]
    agree = sum(found[code] == right[g] for code, g in judged)
    assert len(judged) > 139_000
    assert agree / len(judged) > 0.9995


def on_the_ground(points: np.ndarray) -> list[str]:
    """The district each point lies in, by the even-odd rule; "" for none."""
    ground = [""] * len(points)
    for feature in json.loads(BOUNDARIES.read_text())["features"]:
        rings = [np.array(ring) for ring in _rings(feature["geometry"])]
        every = np.concatenate(rings)
        (west, south), (east, north) = every.min(axis=0), every.max(axis=0)
        near = np.flatnonzero(
            (points[:, 0] > west) & (points[:, 0] < east)
            & (points[:, 1] > south) & (points[:, 1] < north)
        )  # fmt: skip
        x, y = points[near].T
        crossings = np.zeros(len(near), dtype=int)
        for ring in rings:
            for (x1, y1), (x2, y2) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                if y1 == y2:
                    continue
                crossed = (y1 > y) != (y2 > y)
                crossings += crossed & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        for index in near[crossings % 2 == 1]:
            ground[index] = feature["properties"]["code"]
    return ground


def test_a_report_that_names_a_postcode_goes_where_the_rule_sends_it(desks):
    """The whole way, from what is typed, for a fixed sample of every district."""
    found, by_district = routed(), {}
    for code, (district, *_) in live().items():
        by_district.setdefault(district, []).append(code)
    chance = random.Random(20261122)
    for codes in by_district.values():
        for code in chance.sample(codes, min(6, len(codes))):
            spoken = f"the yard at {code[:-3].lower()} {code[-3:]}"
            assert desk_for(spoken, on=NOW.date()).name == found[code]


def test_every_stored_postcode_is_read_as_itself(shipped, db):
    """So that none of them falls to a neighbouring sector."""
    for code in live():
        read = places.rules.normalise_postcode(f"{code[:-3]} {code[-3:]}")
        assert read is not None
        assert read.compact == code


@pytest.mark.parametrize(
    ("where", "desk"),
    [
        ("Colchester", "Colchester"),
        ("Witham", "Essex county"),
        ("the seafront in Southend", "Southend"),
        ("Grays", "Essex force"),
        ("Deal", "Dover"),
        ("Chatham", "Kent force"),
        ("Kent", "Kent county"),
        ("Truro", "Elsewhere"),
        ("", "Elsewhere"),
    ],
)
def test_words_go_to_the_narrowest_area_with_a_desk(desks, where, desk):
    assert desk_for(where, on=NOW.date()).name == desk


def test_a_route_begins_and_ends_on_its_days(desks):
    """A new desk takes over from its day on, and a closed desk reads nothing."""
    with as_role("owner"):
        area, old = Area.unrestricted.get(code="E07000071"), Desk.unrestricted.get(name="Dover")
        actions.content.set_route(area, desk=old, source="test", at=NOW)
    assert desk_for("Colchester", on=BEFORE.date()).name == "Colchester"
    assert desk_for("Colchester", on=NOW.date()).name == "Dover"
    with as_role("owner"):
        Desk.unrestricted.filter(pk=old.pk).update(closed_at=NOW)
    assert desk_for("Colchester", on=NOW.date()).name == "Essex county"


def test_without_any_route_a_report_is_refused_and_not_lost_at_a_wrong_desk(shipped, db):
    with pytest.raises(queries.content.NoRoute):
        desk_for("Colchester", on=NOW.date())
