"""From what a reporter types to the right council, over the shipped data."""

from datetime import date

import pytest
from django.db import ProgrammingError, connection, transaction
from tests.roles import as_role

from daymark.places import queries
from daymark.places.models import Area, Postcode, Town
from daymark.places.queries import Point, area_of, chain_of, find, nearest_town, within
from daymark.places.terms import Match

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]

TODAY = date(2026, 11, 21)


TABLES = ["area", "othername", "succession", "postcode", "town", "residents", "edition"]


@pytest.mark.parametrize("role", ["public", "partner", "worker"])
def test_every_process_reads_places(role: str) -> None:
    with as_role(role):
        assert find("CM1 1QH").area is not None
        assert find("Witham").area is not None


@pytest.mark.parametrize("role", ["public", "partner", "worker"])
def test_no_serving_process_writes_places(role: str) -> None:
    for table in TABLES:
        with (
            as_role(role),
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            cursor.execute(f"DELETE FROM places_{table}")


def test_a_postcode_gives_its_district_and_a_point() -> None:
    found = find("cm11qh")
    assert (found.match, found.shown) == (Match.POSTCODE, "CM1 1QH")
    assert found.area is not None
    assert found.area.code == "E07000070"
    assert found.point == Point(570628, 206915)


# Outcodes that reach into two or more councils: the whole postcode must decide.
@pytest.mark.parametrize(
    ("postcode", "district"),
    [
        ("CM11 1AA", "Basildon"),
        ("CM11 1BW", "Chelmsford"),
        ("CM22 7AA", "Uttlesford"),
        ("CM22 7AF", "East Hertfordshire"),
        ("CM22 7DR", "Epping Forest"),
        ("CM23 3AA", "East Hertfordshire"),
        ("CM23 3BB", "Uttlesford"),
        ("EN9 1AA", "Broxbourne"),
        ("EN9 1AD", "Epping Forest"),
        ("EN9 1AL", "Enfield"),
        ("CO10 5AA", "Babergh"),
        ("CO10 5DT", "Colchester"),
        ("CO10 7AA", "Braintree"),
        ("CO10 8AA", "West Suffolk"),
    ],
)
def test_each_side_of_a_boundary_has_its_own_council(postcode: str, district: str) -> None:
    found = find(postcode)
    assert found.match is Match.POSTCODE
    assert found.area is not None
    assert found.area.name == district


def test_a_straddling_outcode_gives_every_council_with_its_share() -> None:
    found = find("CM11")
    assert found.match is Match.OUTCODE
    assert [c.area.name for c in found.candidates] == ["Basildon", "Chelmsford"]
    assert sum(c.share for c in found.candidates) == pytest.approx(1)
    assert found.candidates[0].share > 0.8
    assert found.area is None


def test_a_sector_is_finer_than_its_outcode() -> None:
    assert find("CM1 1").area is not None
    assert find("CM1").area is None


def test_a_new_postcode_is_placed_by_its_sector_and_said_to_be_unknown() -> None:
    assert not Postcode.unrestricted.filter(code="CO33XX").exists()
    found = find("12 High St, Colchester CO3 3XX")
    assert found.match is Match.UNKNOWN_POSTCODE
    assert found.shown == "CO3 3XX"
    assert found.likeliest is not None
    assert found.likeliest.name == "Colchester"


def test_a_terminated_postcode_still_has_its_place() -> None:
    with as_role("owner"):
        Postcode.unrestricted.filter(code="CM11QH").update(terminated=True)
    found = find("CM1 1QH")
    assert found.match is Match.TERMINATED
    assert found.area is not None


def test_a_place_far_away_is_a_well_formed_stranger() -> None:
    found = find("M1 1AE")
    assert (found.match, found.candidates) == (Match.UNKNOWN_POSTCODE, ())
    assert find("M1").candidates == ()


@pytest.mark.parametrize(
    ("text", "match", "area"),
    [
        ("Chelmsford", Match.TOWN, "Chelmsford"),
        ("clacton", Match.TOWN, "Tendring"),
        ("clackton on sea", Match.TOWN, "Tendring"),
        ("Canvey Island", Match.TOWN, "Castle Point"),
        ("Loughton", Match.TOWN, "Epping Forest"),
        ("tunbridge wells", Match.TOWN, "Tunbridge Wells"),
        ("the car wash on Chelmsford Road, Brentwood", Match.TOWN, "Brentwood"),
        ("thurrock", Match.AREA, "Thurrock"),
        ("Shepway", Match.AREA, "Folkestone and Hythe"),
        ("Folkestone & Hythe", Match.AREA, "Folkestone and Hythe"),
    ],
)
def test_a_town_or_an_area_is_found_by_name(text: str, match: Match, area: str) -> None:
    found = find(text)
    assert found.match is match
    assert found.likeliest is not None
    assert found.likeliest.name == area


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Essex", "COUNTY"), ("Sheffield", "METROPOLITAN"), ("Cumbria", "POLICE_FORCE_AREA")],
)
def test_of_areas_with_one_name_the_one_that_stands_comes_first(text: str, kind: str) -> None:
    area = find(text).area
    assert area is not None
    assert (area.kind, area.valid_to) == (kind, None)


def test_a_council_with_an_announced_end_is_still_found_by_name() -> None:
    with as_role("owner"):
        Area.unrestricted.filter(code="E06000034").update(valid_to=date(2028, 4, 1))
    area = find("Thurrock").area
    assert area is not None
    assert area.code == "E06000034"


def test_two_towns_of_one_name_are_both_offered() -> None:
    found = find("Rainham")
    assert {c.area.name for c in found.candidates} == {"Havering", "Medway"}
    assert found.area is None
    assert found.point is None


@pytest.mark.parametrize("text", ["", "near the stone wall", "I do not know", "A12", "xyzzyx"])
def test_words_without_a_place_find_nothing(text: str) -> None:
    assert find(text) == queries.NOTHING


def test_a_district_lies_in_its_county_its_police_area_and_its_country() -> None:
    area = area_of("CM1 1QH", on=TODAY)
    assert area is not None
    assert [(a.name, a.kind) for a in chain_of(area)] == [
        ("Chelmsford", "DISTRICT"),
        ("Essex", "COUNTY"),
        ("Essex", "POLICE_FORCE_AREA"),
        ("England", "COUNTRY"),
    ]


@pytest.mark.parametrize(
    ("code", "force"),
    [("E06000033", "E23000028"), ("E06000034", "E23000028"), ("E06000035", "E23000032")],
)
def test_a_unitary_lies_in_its_police_area_and_no_county(code: str, force: str) -> None:
    area = queries.by_code(code)
    assert area is not None
    assert area.parent is not None
    assert area.parent.code == force


def test_a_county_and_a_police_area_hold_their_councils() -> None:
    counts = {}
    for code in ("E10000012", "E23000028", "E10000016", "E23000032"):
        area = queries.by_code(code)
        assert area is not None
        counts[code] = len(within(area, on=TODAY))
    assert counts == {"E10000012": 12, "E23000028": 14, "E10000016": 12, "E23000032": 13}


def test_every_shipped_postcode_lies_in_a_council_that_stands() -> None:
    standing = {area.pk for area in queries.areas(on=TODAY)}
    assert set(Postcode.unrestricted.values_list("district_id", flat=True)) <= standing


def test_every_town_has_a_council_and_lies_near_its_postcodes() -> None:
    assert Town.unrestricted.count() > 450
    for name, district in (("Harwich", "Tendring"), ("Dover", "Dover"), ("Witham", "Braintree")):
        town = Town.unrestricted.get(name=name)
        assert town.district.name == district
        near = nearest_town(Point(town.easting + 50, town.northing - 50))
        assert near == town


def test_residents_of_a_police_area_are_the_sum_of_its_councils() -> None:
    """Mid-2023: Essex 1,896,590 and Kent 1,897,051 people, 406,876 and 415,019 under 18."""
    sums = {}
    for code in ("E23000028", "E23000032"):
        area = queries.by_code(code)
        assert area is not None
        counted = queries.residents(area, year=2023, on=TODAY)
        assert counted is not None
        sums[code] = (counted[0], sum(counted))
    assert sums == {"E23000028": (406_876, 1_896_590), "E23000032": (415_019, 1_897_051)}


def test_residents_counted_before_a_boundary_change_are_carried_over_it() -> None:
    """Sheffield got a new code in 2025; the figures are of 2023."""
    area = queries.by_code("E08000039")
    assert area is not None
    counted = queries.residents(area, year=2023, on=TODAY)
    assert counted is not None
    assert sum(counted) > 500_000


def test_a_year_nobody_counted_has_no_residents() -> None:
    area = queries.by_code("E23000028")
    assert area is not None
    assert queries.residents(area, year=1999, on=TODAY) is None
