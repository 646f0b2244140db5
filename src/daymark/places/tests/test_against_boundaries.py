"""The shipped table against boundaries from another source: wards of December 2013, 20 m."""

import csv
import json
import math
import random
from pathlib import Path

import pytest

from daymark.places import actions, directory, outlines

SHARED = Path(__file__).parents[5] / "shared" / "data" / "geo"
DETAILED = SHARED / "essex_kent_districts_detailed.geojson"
ULTRA_GENERALISED = SHARED / "uk_local_authorities_2024_ultra_generalised.geojson"
LOOKUP = SHARED / "lookup_local_authority_csp_police_force_2024.csv"
RECODED = {"E08000016": "E08000038", "E08000019": "E08000039"}  # Barnsley, Sheffield: since 2025
needs_boundaries = pytest.mark.skipif(
    not DETAILED.exists(), reason="needs the detailed boundaries beside the repository"
)

Ring = list[tuple[float, float]]


def entries() -> list[directory.Entry]:
    return list(directory.shipped())


def areas() -> dict[str, dict[str, str]]:
    with (actions.DATA / "areas.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}


def test_every_shipped_postcode_names_a_council_in_the_shipped_areas() -> None:
    known = areas()
    for code in {entry.area for entry in entries()}:
        assert known[code]["kind"] in {"DISTRICT", "UNITARY", "LONDON"}
        assert known[code]["valid_to"] == ""


def test_essex_and_kent_are_there_in_full() -> None:
    known, numbers = areas(), {"E23000028": 0, "E23000032": 0}
    for entry in entries():
        code = entry.area
        while known[code]["kind"] != "POLICE_FORCE_AREA":
            code = known[code]["parent"]
        if code in numbers:
            numbers[code] += 1
    assert numbers == {"E23000028": 68_263, "E23000032": 71_839}


@needs_boundaries
def test_councils_lie_in_the_police_areas_the_official_lookup_gives() -> None:
    known = areas()
    with LOOKUP.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            area = known[row["ltla24_code"]]
            assert area["name"] == row["ltla24_name"]
            while area["kind"] != "POLICE_FORCE_AREA":
                area = known[area["parent"]]
            assert area["code"] == row["pfa24_code"]


@needs_boundaries
def test_postcodes_lie_inside_their_district() -> None:
    """A fixed sample keeps the test quick; all 140,102 once gave 99.97 %."""
    polygons = {
        feature["properties"]["code"]: _rings(feature["geometry"])
        for feature in json.loads(DETAILED.read_text())["features"]
    }
    inside_area = [e for e in entries() if e.area in polygons and e.easting]
    sample = random.Random(20261121).sample(inside_area, 3000)
    right = sum(_inside(_to_degrees(e.easting, e.northing), polygons[e.area]) for e in sample)
    assert right / len(sample) >= 0.999


def test_the_drawn_outlines_agree_with_the_postcodes_well_enough_to_look_at() -> None:
    drawn = {code: outlines.rings(code) for code in outlines.codes()}
    placed = [e for e in entries() if e.area in drawn and e.easting]
    sample = random.Random(20261121).sample(placed, 3000)
    right = sum(_inside((e.easting, e.northing), drawn[e.area]) for e in sample)
    assert right / len(sample) >= 0.99


@needs_boundaries
def test_every_district_of_england_and_wales_lies_where_its_official_boundary_does() -> None:
    """Twenty points in each of ours; the other side is generalised to 500 m."""
    official = {
        RECODED.get(code := feature["properties"]["ltla24_code"], code): _rings(feature["geometry"])
        for feature in json.loads(ULTRA_GENERALISED.read_text())["features"]
    }
    chance = random.Random(20261122)
    right = {}
    for code in areas():
        if code not in official or code[0] not in "EW":
            continue
        drawn = outlines.rings(code)
        points = []
        xs, ys = zip(*(point for ring in drawn for point in ring), strict=True)
        while len(points) < 20:
            point = (chance.uniform(min(xs), max(xs)), chance.uniform(min(ys), max(ys)))
            if _inside(point, drawn):  # type: ignore[arg-type]
                points.append(point)
        right[code] = sum(_inside(_to_degrees(*point), official[code]) for point in points) / 20
    assert len(right) == 318
    assert sum(right.values()) / len(right) >= 0.97
    assert min(right.values()) >= 0.5


def _rings(geometry: dict) -> list[Ring]:  # type: ignore[type-arg]
    parts = geometry["coordinates"]
    polygons = parts if geometry["type"] == "MultiPolygon" else [parts]
    return [ring for polygon in polygons for ring in polygon]


def _inside(point: tuple[float, float], rings: list[Ring]) -> bool:
    """Even-odd rule over all rings, so holes count as outside."""
    x, y = point
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1


def _to_degrees(easting: float, northing: float) -> tuple[float, float]:
    """National Grid to WGS84 longitude and latitude, good to about five metres.

    Ordnance Survey, "A guide to coordinate systems in Great Britain", annexes B and C.
    """
    a, b, f0 = 6377563.396, 6356256.909, 0.9996012717
    lat0, lon0 = math.radians(49), math.radians(-2)
    e2, n = 1 - (b * b) / (a * a), (a - b) / (a + b)
    lat, m = lat0, 0.0
    while abs(northing + 100_000 - m) >= 1e-5:
        lat += (northing + 100_000 - m) / (a * f0)
        d, s = lat - lat0, lat + lat0
        m = (
            b
            * f0
            * (
                (1 + n + 1.25 * n**2 + 1.25 * n**3) * d
                - (3 * n + 3 * n**2 + 2.625 * n**3) * math.sin(d) * math.cos(s)
                + (1.875 * n**2 + 1.875 * n**3) * math.sin(2 * d) * math.cos(2 * s)
                - 35 / 24 * n**3 * math.sin(3 * d) * math.cos(3 * s)
            )
        )
    sin2 = math.sin(lat) ** 2
    nu = a * f0 / math.sqrt(1 - e2 * sin2)
    rho = a * f0 * (1 - e2) / (1 - e2 * sin2) ** 1.5
    eta2, t, sec = nu / rho - 1, math.tan(lat), 1 / math.cos(lat)
    de = easting - 400_000
    phi = lat - t / (2 * rho * nu) * de**2
    phi += t / (24 * rho * nu**3) * (5 + 3 * t**2 + eta2 - 9 * t**2 * eta2) * de**4
    lam = lon0 + sec / nu * de - sec / (6 * nu**3) * (nu / rho + 2 * t**2) * de**3
    lam += sec / (120 * nu**5) * (5 + 28 * t**2 + 24 * t**4) * de**5
    return _to_wgs84(phi, lam, a, e2)


def _to_wgs84(phi: float, lam: float, a: float, e2: float) -> tuple[float, float]:
    nu = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    x = nu * math.cos(phi) * math.cos(lam)
    y = nu * math.cos(phi) * math.sin(lam)
    z = nu * (1 - e2) * math.sin(phi)
    s = 1 - 20.4894e-6
    rx, ry, rz = (math.radians(v / 3600) for v in (0.1502, 0.2470, 0.8421))
    x, y, z = (
        446.448 + s * x - rz * y + ry * z,
        -125.157 + rz * x + s * y - rx * z,
        542.060 - ry * x + rx * y + s * z,
    )
    a2, b2 = 6378137.0, 6356752.3141
    e2, p = 1 - b2**2 / a2**2, math.hypot(x, y)
    lat = math.atan2(z, p * (1 - e2))
    for _ in range(5):
        nu = a2 / math.sqrt(1 - e2 * math.sin(lat) ** 2)
        lat = math.atan2(z + e2 * nu * math.sin(lat), p)
    return math.degrees(math.atan2(y, x)), math.degrees(lat)
