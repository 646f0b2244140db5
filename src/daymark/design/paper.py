"""PDF: a template and data beside it, the same bytes each time, readable by a screen reader.

Data never becomes part of the template's text, so nothing anybody typed is ever run. The result
is PDF/UA-1; letters that our fonts lack are marked, since such a file may not be made otherwise.
"""

import json
import struct
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

FONTS = (
    "fontpkg_source_sans_3",
    "fontpkg_noto_sans_arabic",
    "justmytype_intl_africa",
    "justmytype_intl_south_asia",
    "pylopdf_fonts_zh_cn",
)
_PLAIN = {"\n": "\n", "\t": " ", "\r": "", "\ufeff": ""}
MISSING = "\N{WHITE SQUARE}"


def render(template: Path, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """The paper, as made at this moment: no clock is read, and no path gets into it.

    The template reads `json(bytes(sys.inputs.data))`; `missing` in it is how many characters
    could not be set.
    """
    import typst  # 80 MB that only a page with a paper needs

    texts = _Texts()
    clean = texts.clean(data) | {"missing": texts.missing}
    return typst.compile(
        template.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(clean)},
        pdf_standards=["ua-1"],
        timestamp=int(at.timestamp()),
    )


_PAGE = """
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#set text(font: sys.inputs.typeface)
#image(bytes(sys.inputs.drawing), format: "svg")
"""


def picture(drawing: str, *, typeface: str) -> bytes:
    """An SVG as PNG, two dots to its unit, in the same typefaces as papers."""
    import typst

    return typst.compile(
        _PAGE.encode(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="png",
        ppi=192,
        sys_inputs={"drawing": drawing, "typeface": typeface},
    )


class _Texts:
    """Replaces what cannot be set, and counts it."""

    def __init__(self) -> None:
        self.missing = 0

    def clean(self, value: Any) -> Any:
        if isinstance(value, str):
            return "".join(map(self._letter, value))
        if isinstance(value, Mapping):
            return {key: self.clean(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(one) for one in value]
        return value

    def _letter(self, letter: str) -> str:
        if letter in _PLAIN:
            return _PLAIN[letter]
        # Joiners and marks of direction are never seen; they shape what stands beside them.
        kind = unicodedata.category(letter)
        if kind == "Cf" or (ord(letter) in _letters() and kind != "Cc"):
            return letter
        self.missing += 1
        return MISSING


def _files() -> list[Path]:
    folders = [Path(str(resources.files(name))) for name in FONTS]
    return sorted(file for folder in folders for file in folder.rglob("*.[ot]tf"))


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=sorted({str(file.parent) for file in _files()}),
    )


@cache
def _letters() -> frozenset[int]:
    """The characters that the upright fonts have."""
    upright = [file for file in _files() if "Italic" not in file.name]
    return frozenset().union(*(_mapped(file.read_bytes()) for file in upright))


def _mapped(font: bytes) -> set[int]:
    """The characters of a font: its `cmap` table in format 4 or 12 (OpenType 1.9)."""
    (tables,) = struct.unpack_from(">H", font, 4)
    heads = [struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(tables)]
    (cmap,) = (offset for tag, _, offset, _ in heads if tag == b"cmap")
    (number,) = struct.unpack_from(">H", font, cmap + 2)
    found: set[int] = set()
    for n in range(number):
        (offset,) = struct.unpack_from(">I", font, cmap + 4 + 8 * n + 4)
        start = cmap + offset
        (kind,) = struct.unpack_from(">H", font, start)
        if kind == 4:
            (double,) = struct.unpack_from(">H", font, start + 6)
            ends = struct.unpack_from(f">{double // 2}H", font, start + 14)
            starts = struct.unpack_from(f">{double // 2}H", font, start + 16 + double)
            for first, last in zip(starts, ends, strict=True):
                found.update(range(first, last + 1))
        elif kind == 12:
            (groups,) = struct.unpack_from(">I", font, start + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">III", font, start + 16 + 12 * group)
                found.update(range(first, last + 1))
    return found - {0xFFFF}
