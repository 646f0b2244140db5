"""Where a concern lies, drawn: its district, and the point only where the words gave one."""

import math
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from daymark.concerns.models import Account, Concern
from daymark.places import outlines
from daymark.places import queries as places
from daymark.places.models import Town
from daymark.places.terms import Match

SIDE = 280  # of the box the outline fills
LETTER = 6.4  # the width of one, at the size of the labels
EXACT = {Match.POSTCODE, Match.TERMINATED}


@dataclass(frozen=True)
class Label:
    """A town, for finding one's way; the words stand on the side where there is room."""

    name: str
    x: int
    y: int
    before: bool
    """The words end at the dot instead of starting there."""

    @property
    def text_x(self) -> int:
        return self.x - 7 if self.before else self.x + 7

    @property
    def text_y(self) -> int:
        return self.y + 4

    @property
    def span(self) -> tuple[float, float]:
        wide = len(self.name) * LETTER
        return (self.text_x - wide, self.x + 4) if self.before else (self.x - 4, self.text_x + wide)

    def covers(self, other: "Label") -> bool:
        (a, b), (c, d) = self.span, other.span
        return abs(self.y - other.y) < 15 and a < d and c < b


@dataclass(frozen=True)
class Place:
    """A map and the words that say the same."""

    words: str
    view_box: str
    paths: list[str]
    labels: list[Label]
    point: tuple[int, int] | None


def drawn(concern: Concern, account: Account, *, on: date) -> Place | None:
    """A map of the concern's area; None where it is not known, or outside Essex and Kent.

    Towns ship for Essex and Kent; elsewhere the map would be a shape without a name. Only a
    postcode is exact enough for a point: a town's middle would send somebody to the wrong street.
    What it shows is in the account, so it is for whom the account is open to.
    """
    if concern.area is None:
        return None
    inside = [area.code for area in places.within(concern.area, on=on)]
    if not inside or not outlines.codes().issuperset(inside):
        return None
    frame = outlines.drawing(inside, width=SIDE)
    if frame.height > SIDE:
        frame = outlines.drawing(inside, width=round(SIDE * SIDE / frame.height))
    found = places.find(account.where)
    point = found.point if found.match in EXACT else None
    spot = frame.place(point.easting, point.northing) if point else None
    towns = places.largest_towns(inside)
    return Place(
        words=_said(concern, found.shown, point),
        view_box=f"-10 -10 {frame.width + 20} {frame.height + 20}",
        paths=[path for path in frame.paths.values() if path],
        labels=_labels(towns, frame, spot),
        point=spot,
    )


def _said(concern: Concern, shown: str, point: places.Point | None) -> str:
    area = str(concern.area)
    if point is None:
        return gettext("%(area)s. Where in it is not known exactly.") % {"area": area}
    where = gettext("%(postcode)s, %(area)s") % {"postcode": shown, "area": area}
    if (town := places.nearest_town(point)) is not None:
        away = math.hypot(town.easting - point.easting, town.northing - point.northing) / 1000
        where = gettext("%(place)s, %(km)s km from the middle of %(town)s") % {
            "place": where,
            "km": f"{away:.1f}",
            "town": town.name,
        }
    return gettext("%(place)s. The point is the postcode's, not a house's.") % {"place": where}


def _labels(
    towns: list[Town], frame: outlines.Drawing, spot: tuple[int, int] | None
) -> list[Label]:
    """The largest towns whose words cover neither each other nor the point."""
    taken = [Label("", *spot, before=False)] if spot else []
    placed: list[Label] = []
    for town in towns:
        x, y = frame.place(town.easting, town.northing)
        for before in (False, True) if x < frame.width / 2 else (True, False):
            label = Label(town.name, x, y, before)
            fits = label.span[0] >= -10 and label.span[1] <= frame.width + 10
            if fits and not any(label.covers(other) for other in [*taken, *placed]):
                placed.append(label)
                break
        if len(placed) == 4:
            break
    return placed
