"""What a file states: figures understood, rows passed over, rows refused. No database."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

CONTENT = Path(__file__).parent / "content"

Cell = str | Decimal | None
Grid = list[list[Cell]]

_NOTES = re.compile(r"\[(?:notes?|r|p|x|z|c|b)\b[^\]]*\]", re.IGNORECASE)


class Unreadable(Exception):
    """The file is no table in a layout we know."""


@dataclass(frozen=True)
class Stated:
    """One number as a file states it. `published` is empty where neither row nor release tells."""

    measure: str
    area: str
    period: str
    value: Decimal | None
    series: str
    breakdown: tuple[str, ...] = ()
    published: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    quotable: bool = False
    derived: bool = False
    caveat: str = ""

    def published_on(self, published: str) -> "Stated":
        return replace(self, published=published)


@dataclass(frozen=True)
class About:
    """What every edition read from a layout is called and allowed."""

    title: str
    publisher: str
    licence: str = "Open Government Licence v3.0"
    quality: str = "OFFICIAL"
    open: bool = True


@dataclass(frozen=True)
class Row:
    """What became of one row: figures it gave, or the reason why it gave none."""

    sheet: str
    number: int  # as the spreadsheet counts
    gave: int
    why: str = ""
    refused: bool = False


@dataclass
class Reading:
    name: str
    digest: str
    about: About
    layout: str = ""
    stated: list[Stated] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def refused(self) -> list[Row]:
        return [row for row in self.rows if row.refused]


def sheets(path: Path) -> dict[str, Grid]:
    """Every sheet of a CSV, ODS, XLSX or XLS file as rows of text and numbers, from row 1."""
    if path.suffix.lower() in {".csv", ".tab", ".tsv", ".txt"}:
        delimiter = "\t" if path.suffix.lower() != ".csv" else ","
        try:
            rows = csv.reader(io.StringIO(_text(path.read_bytes())), delimiter=delimiter)
            return {"": [[_cell(entry) for entry in row] for row in rows]}
        except (UnicodeDecodeError, csv.Error):
            raise Unreadable(f"{path.name} is no table of text") from None
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise Unreadable(
            "reading spreadsheets needs the package python-calamine (the extra `numbers`)"
        ) from None
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            return {
                name: [
                    [_cell(entry) for entry in row]
                    for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                ]
                for name in book.sheet_names
            }
    except CalamineError as trouble:
        raise Unreadable(f"{path.name} is no spreadsheet: {trouble}") from None


def digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@cache
def releases() -> dict[str, str]:
    """When the bulletin of each quarter was published, as exactly as we know."""
    with (CONTENT / "releases.csv").open(encoding="utf-8", newline="") as lines:
        return {row["quarter"]: row["published"] for row in csv.DictReader(lines)}


def words(cell: Cell) -> str:
    """A heading or label without its notes, dots for spaces and odd spacing."""
    text = "" if cell is None else str(cell)
    text = _NOTES.sub(" ", text)
    text = re.sub(r"[._\s\u00a0]+", " ", text)
    return text.strip()


def count(cell: Cell) -> Decimal | None:
    """The number in a cell; None for an empty one. Raises ValueError for anything else.

    The Home Office writes 0 as "-" in some years, and z or x for "not applicable".
    """
    if cell is None or (isinstance(cell, str) and words(cell) in {"", "z", "x"}):
        return None
    if isinstance(cell, Decimal):
        return cell
    text = _NOTES.sub("", cell).replace(",", "").replace(" ", "").strip()
    if text in {"-", "–"}:
        return Decimal(0)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{cell!r} is no number") from None
    if not value.is_finite():
        raise ValueError(f"{cell!r} is no number")
    return value


def filled(grid: Grid) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold anything, with their number in the spreadsheet."""
    for number, row in enumerate(grid, start=1):
        if any(words(cell) for cell in row):
            yield number, row


def _cell(entry: object) -> Cell:
    if entry is None or entry == "":
        return None
    if isinstance(entry, bool):
        return str(entry)
    if isinstance(entry, int | float):
        return (
            Decimal(repr(entry))
            if isinstance(entry, int) or entry != int(entry)
            else Decimal(int(entry))
        )
    return str(entry)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252")
