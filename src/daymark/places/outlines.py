"""Outlines of districts and MSOAs, and what lies around them, for maps drawn on the server.

Good for looking at, not for deciding where something lies: assign areas by postcode
(`queries.find`). Neighbours share every point of their border, so a map shows no gaps.

The districts and MSOAs of Essex and Kent lie in small files of their own. Those of England and
Wales are read once somebody draws one.
"""

import csv
import itertools
import json
import lzma
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from daymark.places.terms import Landmark

_DATA = Path(__file__).parent / "data"
_HOME, _WIDE = "outlines", "england_wales"
_UNIT = 10  # metres: what one step in the file means

Point = tuple[int, int]
Ring = tuple[Point, ...]


class NoOutline(Exception):
    """Only the districts of England and Wales and the MSOAs of 2011 can be drawn."""


@dataclass(frozen=True)
class Spot:
    """An airport, an airfield or a port, in metres on the British National Grid."""

    kind: Landmark
    name: str
    easting: int
    northing: int


@dataclass(frozen=True)
class Drawing:
    """Path data by GSS code, in a view box `width` by `height`."""

    width: int
    height: int
    paths: dict[str, str]
    west: float
    north: float
    metres: float  # per unit of the view box

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"

    def place(self, easting: float, northing: float) -> tuple[int, int]:
        """Where a point of the British National Grid lies in the view box."""
        return (
            round((easting - self.west) / self.metres),
            round((self.north - northing) / self.metres),
        )


def drawing(areas: Iterable[str], *, width: int = 900) -> Drawing:
    """Districts or MSOAs together, filling a box of this width. Raises NoOutline.

    All come from files that were simplified together: others would leave gaps.
    """
    chosen = list(areas)
    known = _together(chosen)
    points = [point for code in chosen for ring in known[code] for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    frame = Drawing(
        width=width,
        height=round((north - south) * width / (east - west)),
        paths={},
        west=west,
        north=north,
        metres=(east - west) / width,
    )
    for code in chosen:
        frame.paths[code] = "".join(_path(ring, frame) for ring in known[code])
    return frame


def codes() -> set[str]:
    """The districts of Essex and Kent, which cost least to draw."""
    return set(_file(_HOME))


def msoa_codes() -> set[str]:
    """The MSOAs of 2011 in them."""
    return set(_file(f"{_HOME}_msoa"))


def land(frame: Drawing, *, margin: int = 0) -> str:
    """The land in a drawing's box and `margin` units around it; what is left is the sea.

    Rougher than the areas that are drawn upon it. "" far from the land that ships.
    """
    box = (-margin, -margin, frame.width + margin, frame.height + margin)
    paths = []
    for ring in _outline("land", "land"):
        inside = _clipped([frame.place(*point) for point in ring], box)
        if len(inside) >= 3:
            paths.append(_steps(inside))
    return "".join(paths)


def spots(frame: Drawing, *, kinds: Collection[Landmark], margin: int = 0) -> list[Spot]:
    """The landmarks of these kinds in a drawing's box and `margin` units around it."""
    found = []
    for spot in _spots():
        x, y = frame.place(spot.easting, spot.northing)
        across = -margin <= x <= frame.width + margin
        if spot.kind in kinds and across and -margin <= y <= frame.height + margin:
            found.append(spot)
    return found


def rings(code: str) -> list[Ring]:
    """The outline itself, metres on the British National Grid. Raises NoOutline."""
    return _together([code])[code]


def _path(ring: Ring, frame: Drawing) -> str:
    return _steps([frame.place(*point) for point in ring])


def _steps(placed: Sequence[Point]) -> str:
    """Relative steps between rounded points: short, and equal on both sides of a border."""
    steps = [
        (x - was_x, y - was_y)
        for (was_x, was_y), (x, y) in itertools.pairwise(placed)
        if (x, y) != (was_x, was_y)
    ]
    if len(steps) < 2:
        return ""
    start = f"M{placed[0][0]} {placed[0][1]}l"
    return start + " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-") + "z"


def _clipped(ring: Sequence[Point], box: tuple[int, int, int, int]) -> list[Point]:
    """The part of a ring inside a box, cut along one side of it after the other.

    Where a ring leaves the box and returns, the cut runs along the side (Sutherland, Hodgman).
    """
    kept = list(ring)
    for axis, limit, above in ((0, box[0], 1), (1, box[1], 1), (0, box[2], -1), (1, box[3], -1)):
        before, kept = kept, []
        for was, now in itertools.pairwise([*before[-1:], *before]):
            was_in = (was[axis] - limit) * above >= 0
            now_in = (now[axis] - limit) * above >= 0
            if was_in != now_in:
                part = (limit - was[axis]) / (now[axis] - was[axis])
                other = round(was[1 - axis] + part * (now[1 - axis] - was[1 - axis]))
                kept.append((limit, other) if axis == 0 else (other, limit))
            if now_in:
                kept.append(now)
    return kept


@cache
def _spots() -> tuple[Spot, ...]:
    with (_DATA / "landmarks.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Spot(Landmark(r["kind"]), r["name"], int(r["easting"]), int(r["northing"]))
            for r in csv.DictReader(lines)
        )


def _together(chosen: Sequence[str]) -> dict[str, list[Ring]]:
    """All from files that were simplified together. Raises NoOutline."""
    for level in (_HOME, _WIDE):
        files = {code: f"{level}_msoa" if _is_msoa(code) else level for code in chosen}
        unknown = [code for code, name in files.items() if code not in _file(name)]
        if files and not unknown:
            return {code: _outline(name, code) for code, name in files.items()}
    raise NoOutline(", ".join(unknown) or "no area named")


def _is_msoa(code: str) -> bool:
    return code.startswith(("E02", "W02"))


@cache
def _outline(name: str, code: str) -> list[Ring]:
    found = []
    for ring in _file(name)[code]:
        numbers = [int(word) for word in ring.split()] if isinstance(ring, str) else ring
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        found.append(tuple((east * _UNIT, north * _UNIT) for east, north in pairs))
    return found


@cache
def _file(name: str) -> dict[str, list[list[int]]] | dict[str, list[str]]:
    """Rings of east, north, east, north ...; those of the packed files are words yet."""
    path = _DATA / f"{name}.json"
    packed = path.with_suffix(".json.xz")
    text = lzma.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    found: dict[str, list[list[int]]] | dict[str, list[str]] = json.loads(text)
    return found
