"""Maps of areas: classes of colour, and names that never lie over each other.

Takes outlines as SVG path data (`places.outlines.drawing`), knows nothing about places itself.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from daymark.design.charts import Chart

Point = tuple[float, float]
CLASSES = 5
LETTER = 0.66  # how wide a bold letter is, of its size, in the widest typeface of a system
SNUG = 0.85  # how much of its room a name must have inside its area to stand there
PAD = 40  # room around the areas, for words beside them


@dataclass(frozen=True)
class Area:
    """An area of the map; `value` None where none is told, which is drawn hatched."""

    code: str
    name: str
    path: str
    value: float | None
    shown: str


@dataclass(frozen=True)
class Spot:
    """A point for orientation, drawn quietly; `kind` is its sign: "ring" or "square"."""

    kind: str
    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Label:
    """Where an area's words stand, in a box; `leader` joins them to an area they lie outside."""

    area: Area
    number: int
    x: float
    y: float
    width: float
    height: float
    leader: tuple[float, float, float, float] | None
    dark: bool = False  # on the two strongest colours

    def overlaps(self, other: "Label") -> bool:
        return (
            abs(self.x - other.x) * 2 < self.width + other.width
            and abs(self.y - other.y) * 2 < self.height + other.height
        )

    @property
    def first_line(self) -> float:
        return round(self.y - self.height * 0.08, 1)

    @property
    def second_line(self) -> float:
        return round(self.y + self.height * 0.36, 1)

    @property
    def only_line(self) -> float:
        return round(self.y + self.height * 0.32, 1)


@dataclass(frozen=True, kw_only=True)
class Map(Chart):
    """A choropleth: five classes, each with its bounds in words; labels in full and as numbers."""

    areas: Sequence[Area]
    width: int
    height: int
    ground: str = ""  # path data of the land around, so that the coast shows
    spots: Sequence[Spot] = ()
    signs: Sequence[tuple[str, str]] = ()  # what each kind of spot is
    hatched: str = ""  # why an area has no value, where one has none
    opened: bool = True  # its table; closed where the same numbers follow on the page

    kind = "map"

    @property
    def view_box(self) -> str:
        return f"{-PAD} {-PAD} {self.width + 2 * PAD} {self.height + 2 * PAD}"

    @cached_property
    def bounds(self) -> list[tuple[float, float]]:
        """The least and the greatest value of each class; classes of about the same size."""
        values = sorted(area.value for area in self.areas if area.value is not None)
        if not values:
            return []
        number = min(CLASSES, len(set(values)))
        cuts = [round(len(values) * n / number) for n in range(number + 1)]
        tops = sorted({values[cut - 1] for cut in cuts[1:] if cut})
        groups = [
            [value for value in values if below < value <= top]
            for below, top in pairwise([-math.inf, *tops])
        ]  # the same value is never in two classes
        return [(group[0], group[-1]) for group in groups]

    def class_of(self, area: Area) -> int | None:
        """From 0, the least; None where nothing is known."""
        if area.value is None:
            return None
        return next(n for n, (_, top) in enumerate(self.bounds) if area.value <= top)

    @property
    def classes(self) -> list[tuple[int, str]]:
        """Each class as a legend says it: from the least to the greatest value in it."""
        shown = {area.value: area.shown for area in self.areas}
        return [
            (n, shown[low] if low == high else f"{shown[low]} – {shown[high]}")
            for n, (low, high) in enumerate(self.bounds)
        ]

    @property
    def patterned(self) -> bool:
        return any(area.value is None for area in self.areas)

    @property
    def listed(self) -> list[tuple[Area, Sequence[str]]]:
        """The rows of the table, which stand in the order of the areas."""
        return list(zip(self.areas, self.table.rows, strict=True))

    @property
    def shapes(self) -> list[tuple[Area, int | None]]:
        return [(area, self.class_of(area)) for area in self.areas]

    @cached_property
    def labels(self) -> list[Label]:
        """Names with values, for a wide page."""
        return self._lit(21, tuple((area.name, area.shown) for area in self.areas))

    @cached_property
    def spot_names(self) -> list[tuple[Spot, float, float, str]]:
        """Spots whose name finds a free place beside them: where it starts, or ends."""
        taken = [(one.x, one.y, one.width, one.height) for one in self.labels]
        taken += [(spot.x, spot.y, 16, 16) for spot in self.spots]
        found = []
        for spot in self.spots:
            wide = len(spot.name) * 17 * LETTER
            for dx, dy, anchor in _SIDES:
                middle = spot.x + dx + {"start": wide / 2, "end": -wide / 2, "mid": 0}[anchor]
                box = (middle, spot.y + dy - 6, wide, 20)
                if _free(box, taken, (self.width, self.height)) and not any(
                    one.leader and _crosses(one.leader, Label(one.area, 0, *box, None))
                    for one in self.labels
                ):
                    found.append((spot, round(spot.x + dx, 1), round(spot.y + dy, 1), anchor))
                    taken.append(box)
                    break
        return found

    @cached_property
    def keys(self) -> list[Label]:
        """Numbers, for a phone: the table says what they stand for."""
        return self._lit(46, tuple((str(n + 1),) for n in range(len(self.areas))))

    def _lit(self, size: int, texts: tuple[tuple[str, ...], ...]) -> list[Label]:
        spots = tuple((spot.x, spot.y) for spot in self.spots)
        labels = place(tuple(self.areas), texts, size, self.width, self.height, spots)
        return [
            replace(one, dark=one.leader is None and (self.class_of(one.area) or 0) >= 3)
            for one in labels
        ]


_SIDES = ((13, 6, "start"), (-13, 6, "end"), (0, 28, "mid"), (0, -14, "mid"))
"""Where the name of a spot may stand beside it, the best first."""

Box = tuple[float, float, float, float]
"""The middle, across and down, and how wide and high."""


def _free(box: Box, taken: Sequence[Box], size: tuple[int, int]) -> bool:
    """Whether a box lies on the map and over none of those that are taken, but its own spot."""
    x, y, wide, high = box
    inside_map = (
        wide / 2 - PAD <= x <= size[0] + PAD - wide / 2
        and high / 2 - PAD <= y <= size[1] + PAD - high / 2
    )
    return inside_map and not any(
        abs(x - ox) * 2 < wide + ow and abs(y - oy) * 2 < high + oh for ox, oy, ow, oh in taken
    )


def rings(path: str) -> list[list[Point]]:
    """The points of path data made of `M`, relative `l` and `z`."""
    found = []
    for part in path.split("M")[1:]:
        start, _, steps = part.partition("l")
        x, y = map(float, start.split())
        ring = [(x, y)]
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", steps)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        found.append(ring)
    return found


def inside(point: Point, shape: Sequence[Sequence[Point]]) -> bool:
    """Whether a point lies in a shape of rings, holes left out."""
    x, y = point
    within = False
    for ring in shape:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                within = not within
    return within


def centre(shape: Sequence[Sequence[Point]]) -> Point:
    """The roomiest point of a shape's largest ring: farthest from its outline, on a grid."""
    ring = max(shape, key=lambda one: abs(_area(one)))
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    best, room = (sum(xs) / len(xs), sum(ys) / len(ys)), -1.0
    for n in range(1, 16):
        for m in range(1, 16):
            point = (
                min(xs) + (max(xs) - min(xs)) * n / 16,
                min(ys) + (max(ys) - min(ys)) * m / 16,
            )
            if not inside(point, [ring]):
                continue
            # Words are wider than high, so room to the sides counts for less.
            away = min(math.hypot((point[0] - x) * 0.6, point[1] - y) for x, y in ring)
            if away > room:
                best, room = point, away
    return best


class Shape:
    """Rings that can be asked whether a point lies in them, with a quick no for most points."""

    def __init__(self, rings: Sequence[Sequence[Point]]) -> None:
        self.rings = rings
        xs, ys = zip(*(point for ring in rings for point in ring), strict=True)
        self.box = (min(xs), min(ys), max(xs), max(ys))

    def __contains__(self, point: Point) -> bool:
        west, north, east, south = self.box
        in_box = west <= point[0] <= east and north <= point[1] <= south
        return in_box and inside(point, self.rings)


@lru_cache(maxsize=32)
def place(
    areas: tuple[Area, ...],
    texts: tuple[tuple[str, ...], ...],
    size: float,
    width: int,
    height: int,
    spots: tuple[Point, ...] = (),
) -> tuple[Label, ...]:
    """A label for each area: in it where it fits, else beside it with a line to it.

    Tries the sea before the land, and near before far; the smallest areas choose first. No two
    labels overlap, and those beside an area keep off the spots where they can. A map changes as
    seldom as its figures, so the places found are kept.
    """
    shapes = {area.code: Shape(rings(area.path)) for area in areas}
    centres = {code: centre(shape.rings) for code, shape in shapes.items()}
    placed: list[Label] = []
    numbers = {area.code: n for n, area in enumerate(areas, start=1)}

    def box(area: Area, x: float, y: float) -> Label:
        text = texts[numbers[area.code] - 1]
        wide = max(map(len, text)) * size * LETTER + size * 0.3
        return Label(
            area, numbers[area.code], round(x, 1), round(y, 1), wide, len(text) * size * 1.15, None
        )

    def fits(area: Area) -> bool:
        label = box(area, *centres[area.code])
        corners = [
            (label.x + dx * label.width * SNUG / 2, label.y + dy * label.height / 2)
            for dx in (-1, 0, 1)
            for dy in (-1, 1)
        ]
        return all(corner in shapes[area.code] for corner in corners)

    def small(area: Area) -> float:
        return max(abs(_area(ring)) for ring in shapes[area.code].rings)

    for area in sorted(areas, key=lambda one: (not fits(one), small(one))):
        label = box(area, *centres[area.code])
        if not fits(area) or any(label.overlaps(other) for other in placed):
            label = _beside(label, placed, shapes, centres, (width, height), spots)
        placed.append(label)
    return tuple(sorted(placed, key=lambda label: label.number))


def _beside(
    label: Label,
    placed: Sequence[Label],
    shapes: Mapping[str, Shape],
    centres: Mapping[str, Point],
    size: tuple[int, int],
    spots: Sequence[Point],
) -> Label:
    own = centres[label.area.code]
    best, least = label, math.inf
    for far in range(30, 420, 15):
        if far >= least:
            break
        for turn in range(32):
            angle = turn * math.pi / 16
            x, y = own[0] + far * math.cos(angle), own[1] + far * math.sin(angle)
            tried = Label(label.area, label.number, x, y, label.width, label.height, None)
            half_w, half_h = label.width / 2, label.height / 2
            if not (
                half_w - PAD <= x <= size[0] + PAD - half_w
                and half_h - PAD <= y <= size[1] + PAD - half_h
            ) or any(tried.overlaps(other) for other in placed):
                continue
            covered = sum(
                abs(x - cx) < half_w and abs(y - cy) < half_h for cx, cy in centres.values()
            ) + sum(abs(x - sx) < half_w + 8 and abs(y - sy) < half_h + 8 for sx, sy in spots)
            end_x = min(max(own[0], x - half_w), x + half_w)
            end_y = min(max(own[1], y - half_h), y + half_h)
            drawn = (*own, end_x, end_y)
            crossed = sum(
                _crosses(drawn, other)
                or (
                    other.leader is not None
                    and (_crosses(other.leader, tried) or _cut(drawn, other.leader))
                )
                for other in placed
            )
            cost = far + 200.0 * covered + 150 * crossed
            if cost >= least:
                continue
            parts = [(x + dx * half_w, y + dy * half_h) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
            cost += 25 * sum(any(spot in shape for shape in shapes.values()) for spot in parts)
            if cost < least:
                own_ground = sum(spot in shapes[label.area.code] for spot in parts)
                line = (round(own[0], 1), round(own[1], 1), round(end_x, 1), round(end_y, 1))
                best, least = (
                    Label(
                        label.area,
                        label.number,
                        round(x, 1),
                        round(y, 1),
                        label.width,
                        label.height,
                        line if own_ground < 4 else None,
                    ),
                    cost,
                )
    return best


def _crosses(line: tuple[float, float, float, float], label: Label) -> bool:
    """Whether a leader runs through a label, looked at in twelve places."""
    x, y, to_x, to_y = line
    return any(
        abs(x + (to_x - x) * n / 12 - label.x) * 2 < label.width
        and abs(y + (to_y - y) * n / 12 - label.y) * 2 < label.height
        for n in range(1, 13)
    )


def _cut(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two leaders cross each other."""

    def side(line: tuple[float, ...], x: float, y: float) -> bool:
        return (line[2] - line[0]) * (y - line[1]) > (line[3] - line[1]) * (x - line[0])

    return side(one, *other[:2]) != side(one, *other[2:]) and side(other, *one[:2]) != side(
        other, *one[2:]
    )


def _area(ring: Sequence[Point]) -> float:
    return (
        sum(
            ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True)
        )
        / 2
    )
