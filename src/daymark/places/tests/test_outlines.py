import csv
import re
from collections import Counter

import pytest

from daymark.design.maps import centre, inside, rings
from daymark.places import actions, outlines
from daymark.places.terms import Landmark

ESSEX = ["E06000033", "E06000034", *(f"E070000{number}" for number in range(66, 78))]


def test_every_district_of_essex_and_kent_can_be_drawn() -> None:
    with (actions.DATA / "areas.csv").open(encoding="utf-8", newline="") as lines:
        areas = {row["code"]: row for row in csv.DictReader(lines)}
    homes = {"E23000028", "E23000032", "E10000012", "E10000016"}
    lowest = {c for c, a in areas.items() if a["parent"] in homes and a["kind"] != "COUNTY"}
    assert outlines.codes() == lowest
    assert len(lowest) == 27


def test_a_map_of_essex_is_small() -> None:
    drawn = outlines.drawing(ESSEX)
    assert len(drawn.paths) == 14
    assert all(drawn.paths.values())
    assert sum(len(path) for path in drawn.paths.values()) < 12_000


def test_a_drawing_fills_its_box_and_stays_inside() -> None:
    drawn = outlines.drawing(ESSEX, width=600)
    xs, ys = zip(*(p for path in drawn.paths.values() for p in _points(path)), strict=True)
    assert (min(xs), max(xs)) == (0, 600)
    assert (min(ys), max(ys)) == (0, drawn.height)
    assert drawn.view_box == f"0 0 600 {drawn.height}"


def test_a_point_is_placed_in_its_district() -> None:
    """Southend pier lies in the south-east quarter of the map of Essex."""
    drawn = outlines.drawing(ESSEX, width=900)
    x, y = drawn.place(588_500, 185_000)
    assert drawn.width / 2 < x < drawn.width
    assert drawn.height / 2 < y <= drawn.height


def test_neighbours_share_their_border_so_that_no_gap_shows() -> None:
    """Chelmsford lies inside Essex but for its bank of the Crouch."""
    drawn = outlines.drawing(ESSEX)
    corners = Counter(p for path in drawn.paths.values() for p in set(_points(path)))
    inland = _points(drawn.paths["E07000070"])
    shared = sum(corners[point] > 1 for point in inland)
    assert shared / len(inland) > 0.85


def test_every_msoa_of_essex_and_kent_can_be_drawn_and_lies_in_its_district() -> None:
    with (actions.DATA / "msoas.csv").open(encoding="utf-8", newline="") as lines:
        msoas = list(csv.DictReader(lines))
    assert outlines.msoa_codes() == {row["code"] for row in msoas}
    assert len(msoas) == 431
    assert sum(row["district"] in ESSEX for row in msoas) == 211
    colchester = [row["code"] for row in msoas if row["district"] == "E07000071"]
    frame = outlines.drawing(["E07000071"])
    district = rings(frame.paths["E07000071"])
    drawn = outlines.drawing(["E07000071", *colchester])
    for code in colchester:
        assert inside(centre(rings(drawn.paths[code])), district), code


def test_the_land_around_shows_where_the_coast_is() -> None:
    frame = outlines.drawing(ESSEX)
    land = outlines.land(frame, margin=40)
    assert len(land) < 5_000
    shape = rings(land)
    for name, east, north, dry in (
        ("Chelmsford", 570_500, 207_000, True),
        ("Royston", 536_000, 240_500, True),
        ("Gravesend", 564_500, 172_000, True),
        ("off Clacton", 622_000, 208_000, False),
        ("the Nore", 600_000, 181_000, False),
    ):
        assert inside(frame.place(east, north), shape) == dry, name
    for x, y in (point for ring in shape for point in ring):
        assert -40 <= x <= frame.width + 40
        assert -40 <= y <= frame.height + 40


def test_a_clipped_ring_keeps_what_lies_inside_the_box() -> None:
    whole = [(0, 0), (10, 0), (10, 10), (0, 10)]
    assert set(outlines._clipped(whole, (-5, -5, 20, 20))) == set(whole)
    assert set(outlines._clipped(whole, (5, 5, 20, 20))) == {(5, 5), (10, 5), (10, 10), (5, 10)}
    assert outlines._clipped(whole, (20, 20, 30, 30)) == []


def test_landmarks_are_found_in_the_frame_of_a_map() -> None:
    frame = outlines.drawing(ESSEX)
    found = outlines.spots(frame, kinds=set(Landmark))
    names = {spot.name for spot in found}
    assert {"Stansted", "Southend", "Harwich", "Tilbury", "Clacton"} <= names
    assert not {"Dover", "Lydd"} & names
    ports = outlines.spots(frame, kinds={Landmark.PORT})
    assert {spot.kind for spot in ports} == {Landmark.PORT}
    southend = next(spot for spot in found if spot.name == "Southend")
    at = frame.place(southend.easting, southend.northing)
    # Its runway lies across the border of Rochford and Southend-on-Sea.
    assert any(inside(at, rings(frame.paths[code])) for code in ("E06000033", "E07000075"))


@pytest.mark.parametrize("codes", [[], ["S12000033"], ["E07000071", "nonsense"], ["E02999999"]])
def test_an_area_without_an_outline_is_refused(codes: list[str]) -> None:
    with pytest.raises(outlines.NoOutline):
        outlines.drawing(codes)


def _points(path: str) -> list[tuple[int, int]]:
    found = []
    for ring in path.removesuffix("z").split("z"):
        numbers = [int(n) for n in re.findall(r"-?\d+", ring)]
        x, y = numbers[:2]
        found.append((x, y))
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            found.append((x, y))
    return found
