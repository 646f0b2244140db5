"""Photographs for the demonstration, drawn here: nobody's van, nobody's house, nobody's hand."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

SIZE = (960, 720)
SKY, ROAD, WALL, DARK, PAPER = "#9fb4bf", "#5c6166", "#b7a58c", "#23282c", "#efe9da"


@cache
def photograph(of: str) -> bytes:
    """A JPEG of a van, a house or a note, blurred as by an unsteady hand."""
    picture = Image.new("RGB", SIZE, SKY)
    draw = ImageDraw.Draw(picture)
    {"van": _van, "house": _house, "note": _note}[of](draw)
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.6)).save(out, "JPEG", quality=72)
    return out.getvalue()


def _van(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 500, 960, 720), fill=ROAD)
    draw.rectangle((60, 250, 620, 560), fill="#e8e8e4")
    draw.polygon([(620, 330), (760, 330), (840, 450), (840, 560), (620, 560)], fill="#dcdcd6")
    draw.polygon([(650, 350), (745, 350), (805, 445), (650, 445)], fill=DARK)
    for x in (180, 700):
        draw.ellipse((x - 62, 500, x + 62, 624), fill=DARK)
        draw.ellipse((x - 26, 536, x + 26, 588), fill="#8a8f93")
    draw.rectangle((780, 520, 850, 545), fill="#e8d34a")


def _house(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 600, 960, 720), fill="#6f7d5a")
    draw.rectangle((180, 280, 780, 640), fill=WALL)
    draw.polygon([(140, 280), (480, 110), (820, 280)], fill="#7a4a3c")
    draw.rectangle((430, 460, 530, 640), fill="#4a5d52")
    # Every window is covered from inside.
    for x in (230, 620):
        for y in (320, 480):
            draw.rectangle((x, y, x + 120, y + 100), fill=DARK)


def _note(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 960, 720), fill="#7b6a55")
    draw.polygon([(210, 120), (760, 160), (730, 620), (180, 570)], fill=PAPER)
    for line in range(6):
        y = 220 + 60 * line
        draw.line((270, y, 640 - 60 * (line % 3), y + 22), fill="#2d4a7a", width=7)
