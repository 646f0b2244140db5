import csv
import re
from collections import Counter

import pytest

from daymark.places import actions, outlines

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


@pytest.mark.parametrize("codes", [[], ["E09000001"], ["nonsense"]])
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
