"""Colours are tokens, every pair in use can be read, and the sheets stay small."""

import gzip
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent / "static" / "design"
SHEETS = {name: (STATIC / name).read_text() for name in ("daymark.css", "partner.css")}
ROOT = re.compile(r":root\{(.*?)\}", re.S)
COLOUR = re.compile(r"--([\w-]+):(#[0-9a-f]{3,6})\b")
PRINT = re.compile(r"@media print\{.*", re.S)

TEXT = [
    (ink, ground)
    for ground, inks in {
        "paper": "ink ink-2 sea signal amber",
        "card": "ink ink-2 sea signal amber kelp",
        "sand": "ink ink-2 sea",
        "sea-wash": "ink ink-2 sea",
        "signal-wash": "ink signal",
        "amber-wash": "ink amber",
        "kelp-wash": "ink kelp",
        "fill": "on-fill on-fill-2",
        "fill-2": "on-fill on-fill-2",
        "signal-fill": "on-fill",
        "ink": "paper",
        "signal": "paper card",
        "kelp": "kelp-wash",
        "sea": "sea-wash",
        "amber": "amber-wash",
        "focus": "on-focus",
        "bar": "on-bar on-bar-2",
        "bar-2": "on-bar on-bar-2",
        "on-bar-2": "bar",
    }.items()
    for ink in inks.split()
]
SHAPES = [
    ("edge", "paper"),
    ("edge", "card"),
    ("sea", "paper"),
    ("gold", "card"),
    ("gold", "amber-wash"),
    ("focus", "focus-ink"),
    ("on-bar-2", "bar-2"),
]


def _colours(scheme: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for sheet in SHEETS.values():
        light, dark, *_ = ROOT.findall(PRINT.sub("", sheet))
        found |= dict(COLOUR.findall(light))
        if scheme == "dark":
            found |= dict(COLOUR.findall(dark))
    return found


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([_luminance(one), _luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_every_pair_in_use_has_the_contrast_it_needs(
    scheme: str, pairs: list[tuple[str, str]], least: float
) -> None:
    colours = _colours(scheme)
    faint = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in pairs
        if contrast(colours[pair[0]], colours[pair[1]]) < least
    }
    assert faint == {}


@pytest.mark.parametrize("name", SHEETS)
def test_every_colour_is_a_token(name: str) -> None:
    rules = ROOT.sub("", PRINT.sub("", SHEETS[name]))
    assert re.findall(r"#[0-9a-f]{3,8}\b", rules) == []


@pytest.mark.parametrize("name", SHEETS)
def test_no_rule_says_left_or_right(name: str) -> None:
    physical = (
        r"(?<![\w-])(?:left|right|top|bottom|width|height)\s*:"
        r"|(?:margin|padding|border|inset)-(?:left|right|top|bottom)|(?:align|float):\s*(?:left|right)"
    )
    assert re.findall(physical, SHEETS[name]) == []


def test_the_public_sheet_stays_within_its_budget() -> None:
    assert len(gzip.compress(SHEETS["daymark.css"].encode(), 9)) <= 6 * 1024


def test_the_optional_script_stays_small() -> None:
    assert (STATIC / "enhance.js").stat().st_size <= 3 * 1024
    assert len(gzip.compress((STATIC / "public.js").read_bytes(), 9)) <= 3 * 1024
