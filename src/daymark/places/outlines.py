"""Outlines of districts as SVG path data, for maps drawn on the server.

Good for looking at, not for deciding where something lies: assign areas by postcode
(`queries.find`). Neighbours share every point of their border, so a map shows no gaps.
"""

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "outlines.json"
_UNIT = 10  # metres: what one step in the file means

Ring = tuple[tuple[int, int], ...]


class NoOutline(Exception):
    """Only the districts in `data/outlines.json` can be drawn."""


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


def drawing(districts: Iterable[str], *, width: int = 900) -> Drawing:
    """The districts together, filling a box of this width. Raises NoOutline."""
    known = _outlines()
    chosen = list(districts)
    unknown = [code for code in chosen if code not in known]
    if unknown or not chosen:
        raise NoOutline(", ".join(unknown) or "no district named")
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
    """The districts that can be drawn."""
    return set(_outlines())


def rings(code: str) -> list[Ring]:
    """The outline itself, metres on the British National Grid. Raises NoOutline."""
    if code not in _outlines():
        raise NoOutline(code)
    return list(_outlines()[code])


def _path(ring: Ring, frame: Drawing) -> str:
    """Relative steps between rounded points: short, and equal on both sides of a border."""
    placed = [frame.place(*point) for point in ring]
    steps = [
        (x - was_x, y - was_y)
        for (was_x, was_y), (x, y) in itertools.pairwise(placed)
        if (x, y) != (was_x, was_y)
    ]
    if len(steps) < 2:
        return ""
    start = f"M{placed[0][0]} {placed[0][1]}l"
    return start + " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-") + "z"


@cache
def _outlines() -> dict[str, list[Ring]]:
    raw: dict[str, list[list[int]]] = json.loads(_FILE.read_text(encoding="ascii"))
    return {
        code: [
            tuple(
                (east * _UNIT, north * _UNIT) for east, north in zip(r[::2], r[1::2], strict=True)
            )
            for r in flat
        ]
        for code, flat in raw.items()
    }
