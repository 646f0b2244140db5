"""Outlines of all districts and MSOAs of England and Wales, and what they cost."""

import csv
import random
from collections import Counter
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from daymark.design.maps import Shape, rings
from daymark.places import actions, directory, outlines

ESSEX = ["E06000033", "E06000034", *(f"E070000{number}" for number in range(66, 78))]
POWYS, LINCOLN, DUDLEY = "W06000023", "E07000138", "E08000027"  # without a coast
CLASSES = ("#eef3f8", "#c6d8e8", "#8fb3d1", "#4d83b0", "#1d4f7c")


@cache
def districts() -> dict[str, str]:
    """Code to name of the lowest councils that stand."""
    lowest = {"DISTRICT", "UNITARY", "METROPOLITAN", "LONDON"}
    with (actions.DATA / "areas.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["code"]: row["name"]
            for row in csv.DictReader(lines)
            if row["kind"] in lowest and not row["valid_to"] and row["code"][0] in "EW"
        }


@cache
def drawn_in_steps_of_ten_metres() -> outlines.Drawing:
    once = outlines.drawing(districts())
    return outlines.drawing(districts(), width=round(once.width * once.metres / 10))


@pytest.fixture
def forgotten() -> None:
    outlines._file.cache_clear()
    outlines._outline.cache_clear()


def test_every_district_and_msoa_can_be_drawn() -> None:
    assert len(districts()) == 318
    assert all(outlines.drawing([code]).paths[code] for code in districts())
    msoas = Counter(code[0] for code in outlines._file("england_wales_msoa"))
    assert msoas == {"E": 6791, "W": 410}
    assert outlines._file("england_wales_msoa").keys() > outlines.msoa_codes()
    for code in ("W02000001", "E02000001", "E02006934"):
        assert outlines.drawing([code]).paths[code]


def test_all_of_them_ship_in_half_a_megabyte() -> None:
    def size(name: str) -> int:
        return (actions.DATA / name).stat().st_size

    assert size("england_wales.json.xz") < 110_000
    assert size("england_wales_msoa.json.xz") < 450_000


@pytest.mark.usefixtures("forgotten")
def test_a_page_that_draws_essex_does_not_unpack_wales(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = []
    unpack = outlines.lzma.decompress
    monkeypatch.setattr(outlines.lzma, "decompress", lambda b: unpacked.append(len(b)) or unpack(b))
    frame = outlines.drawing(ESSEX)
    outlines.drawing(sorted(outlines.msoa_codes()))
    outlines.land(frame)
    outlines.rings("E07000071")
    assert unpacked == []
    outlines.drawing([POWYS])
    assert unpacked == [(actions.DATA / "england_wales.json.xz").stat().st_size]
    outlines.drawing([*ESSEX, "E09000026"])
    assert len(unpacked) == 1


@pytest.mark.usefixtures("forgotten")
def test_only_what_is_drawn_is_turned_into_numbers() -> None:
    outlines.drawing([POWYS, LINCOLN])
    assert outlines._outline.cache_info().currsize == 2


def test_the_whole_country_is_a_choropleth_of_less_than_a_photograph() -> None:
    frame = outlines.drawing(districts())
    shapes = "".join(
        f'<path d="{path}" fill="{CLASSES[n % 5]}"><title>{districts()[code]}</title></path>'
        for n, (code, path) in enumerate(frame.paths.items())
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{frame.view_box}">{shapes}</svg>'
    paths = ElementTree.fromstring(svg).findall("{http://www.w3.org/2000/svg}path")
    assert len(paths) == 318
    # City of London is three units high here, and is still a shape.
    assert all(len(rings(path.get("d", ""))[0]) >= 3 for path in paths)
    assert len(svg.encode()) < 170_000


def test_neighbours_share_their_border_everywhere() -> None:
    frame = drawn_in_steps_of_ten_metres()
    edges = {code: edges_of(path) for code, path in frame.paths.items()}
    everywhere = Counter(edge for one in edges.values() for edge in one)
    assert max(everywhere.values()) == 2
    for code in (POWYS, LINCOLN, DUDLEY):
        alone = [edge for edge in edges[code] if everywhere[edge] == 1]
        # Powys reaches the Dyfi's mouth.
        assert len(alone) <= len(edges[code]) * (0.02 if code == POWYS else 0), code


def test_postcodes_fall_into_the_right_district() -> None:
    """Of all 2,406,090 of England and Wales, 99.56 % once did."""
    frame = drawn_in_steps_of_ten_metres()
    shapes = {code: Shape(rings(path)) for code, path in frame.paths.items()}
    placed = [e for e in directory.shipped() if e.easting and e.northing]
    home = [e for e in placed if e.area in outlines.codes()]
    around = [e for e in placed if e.area not in outlines.codes()]
    for entries in (home, around):
        sample = random.Random(20261122).sample(entries, 3000)
        right = sum(frame.place(e.easting or 0, e.northing or 0) in shapes[e.area] for e in sample)
        assert right / len(sample) >= 0.99


def edges_of(path: str) -> set[frozenset[tuple[float, float]]]:
    return {
        frozenset(edge)
        for ring in rings(path)
        for edge in pairwise([*ring, ring[0]])
        if edge[0] != edge[1]
    }
