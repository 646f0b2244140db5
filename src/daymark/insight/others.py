"""Layouts of other publishers: residents, the Global Slavery Index, the record-level NRM study.

What of these was tried on an original and what on a reconstruction: `docs/insight/importing.md`.
"""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from daymark.insight import layouts, reading, rules
from daymark.insight.reading import About, Cell, Reading, Row, Stated, Unreadable, words
from daymark.insight.terms import UK, UNKNOWN, Dimension, Element

ONS = About("Mid-year population estimates", "Office for National Statistics")
GSI = About(
    "Global Slavery Index", "Walk Free", "Terms of Walk Free: cite single figures", "OFFICIAL"
)
STUDY = About(
    "NRM and Duty to Notify statistics, record level (UK Data Service SN 8910), counted",
    "Home Office",
    "UK Data Service End User Licence: safeguarded, not for redistribution",
    open=False,
)

_AREA = ("code", "ladcode", "area code", "geography code", "mnemonic", "pfa24 code")
_PEOPLE = ("residents", "all ages", "population", "all persons", "total")


def population(path: Path, *, period: str) -> Reading:
    """Residents by area: a column of GSS codes, one of everybody, if given those under 18.

    `period` is the year of the estimate. Raises Unreadable.
    """
    result, headings, rows = _first_table(path, ONS, _AREA, _PEOPLE)
    code, people = _place(headings, _AREA), _place(headings, _PEOPLE)
    young = next(
        (headings.index(name) for name in ("under18", "under 18") if name in headings), None
    )
    result.layout = "residents by area"
    if not re.fullmatch(r"\d{4}", period):
        raise Unreadable("say of which year the estimate is: add --period, such as 2024")

    def read_row(row: list[Cell]) -> list[Stated]:
        area = words(row[code])
        if not re.fullmatch(r"[EWSNK]\d{8}", area):
            raise ValueError(f"{area!r} is no GSS code")
        everybody = reading.count(row[people])
        if everybody is None:
            raise ValueError("no number of residents")
        counts: dict[tuple[str, ...], Decimal] = {(): everybody}
        children = reading.count(row[young]) if young is not None else None
        if children is not None:
            counts[("age:CHILD",)] = children
            counts[("age:ADULT",)] = everybody - children
        return [
            Stated("residents", area, period, value, "ons-population", breakdown)
            for breakdown, value in counts.items()
        ]

    _each(result, rows, read_row)
    return result


_INDEX = {"2016": "GSI-2018", "2021": "GSI-2023"}  # the year estimated, and the edition that did


def gsi(path: Path, *, period: str) -> Reading:
    """The country table of the Global Slavery Index; `period` is the year it estimates."""
    result, headings, rows = _first_table(path, GSI, ("country",), ("population",))
    result.layout = "countries of the Global Slavery Index"
    if not re.fullmatch(r"\d{4}", period):
        raise Unreadable("say which year the index estimates: add --period, such as 2021")
    country = headings.index("country")
    rate = next((i for i, h in enumerate(headings) if "prevalence" in h and "1,000" in h), None)
    people = next((i for i, h in enumerate(headings) if "number of people" in h), None)
    if rate is None or people is None:
        raise Unreadable("the table lacks the prevalence per 1,000 or the number of people")

    def read_row(row: list[Cell]) -> list[Stated]:
        name = words(row[country])
        if not name:
            return []
        area = UK if name == "United Kingdom" else name
        pairs = (
            ("estimate", reading.count(row[people])),
            ("estimate-rate", reading.count(row[rate])),
        )
        if not any(value is not None for _, value in pairs):
            return []
        method = (f"method:{_INDEX.get(period, f'GSI-for-{period}')}",)
        return [
            Stated(measure, area, period, value, "gsi", method)
            for measure, value in pairs
            if value is not None
        ]

    _each(result, rows, read_row)
    return result


_STUDY: dict[str, tuple[str, ...]] = {
    "year": ("year of referral", "referral year", "year"),
    "quarter": ("quarter of referral", "referral quarter", "quarter"),
    "age": ("age at exploitation", "age group at exploitation", "age group"),
    "gender": ("gender",),
    "force": ("police force", "police force referred to", "referred to police force"),
    "by": ("first responder type", "first responder category"),
}
_FLAGS = {
    Element.SEXUAL: ("sexual exploitation", "sexual"),
    Element.LABOUR: ("labour exploitation", "labour"),
    Element.DOMESTIC: ("domestic servitude", "domestic exploitation", "domestic"),
    Element.ORGANS: ("organ harvesting", "organ"),
    Element.CRIMINAL: ("criminal exploitation", "criminal"),
}


def ukds8910(path: Path, *, period: str = "") -> Reading:
    """The record-level study, counted: no record is kept, and what we count stays with members.

    Needs the year and quarter of the referral; counts what it finds of age, gender, types, kind of
    first responder and the force a case was sent to. Raises Unreadable.
    """
    result, headings, rows = _first_table(path, STUDY, _STUDY["year"], _STUDY["quarter"])
    result.layout = "records of study 8910, counted"
    columns = {
        meaning: place
        for meaning, names in _STUDY.items()
        if (place := next((headings.index(n) for n in names if n in headings), None)) is not None
    }
    flags = {
        element: place
        for element, names in _FLAGS.items()
        if (place := next((headings.index(n) for n in names if n in headings), None)) is not None
    }
    counted: Counter[tuple[str, str, str, tuple[str, ...]]] = Counter()

    def read_row(row: list[Cell]) -> list[Stated]:
        said = {meaning: words(row[place]) for meaning, place in columns.items()}
        quarter = layouts.quarter_code(said["year"], said["quarter"])
        codes: dict[Dimension, str] = {}
        if "age" in said:
            codes[Dimension.AGE] = layouts.age_code(said["age"] or UNKNOWN)
        if "gender" in said:
            codes[Dimension.GENDER] = layouts.gender_code(said["gender"] or UNKNOWN)
        if flags:
            present = {e for e, place in flags.items() if _yes(words(row[place]))}
            codes[Dimension.TYPE] = rules.type_code(present)
        if said.get("by"):
            codes[Dimension.BY] = layouts.kind_code(said["by"])
        counted[("referrals", UK, quarter, ())] += 1
        for dimension, code in codes.items():
            counted[("referrals", UK, quarter, (f"{dimension}:{code}",))] += 1
        if force := layouts.forces().get(said.get("force", "")):
            counted[("referrals-sent", force, quarter, ())] += 1
            if Dimension.AGE in codes:
                key = ("referrals-sent", force, quarter, (f"age:{codes[Dimension.AGE]}",))
                counted[key] += 1
        return []

    _each(result, rows, read_row, gives=1)
    result.stated = [
        Stated(measure, area, quarter, Decimal(number), "ukds-8910", breakdown, derived=True)
        for (measure, area, quarter, breakdown), number in sorted(counted.items())
    ]
    return result


def _yes(text: str) -> bool:
    plain = text.casefold()
    if plain in {"1", "yes", "y", "true"}:
        return True
    if plain in {"", "0", "no", "n", "false", "2"}:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


def _first_table(
    path: Path, about: About, *needed: tuple[str, ...]
) -> tuple[Reading, list[str], list[tuple[str, int, list[Cell]]]]:
    """The first sheet with a row of headings that names one of each of `needed`."""
    result = Reading(path.name, reading.digest(path), about)
    for sheet, grid in reading.sheets(path).items():
        filled = list(reading.filled(grid))
        for place, (_, row) in enumerate(filled[:20]):
            headings = [words(cell).casefold() for cell in row]
            if all(any(name in headings for name in names) for names in needed):
                width = len(headings)
                rows = [
                    (sheet, number, cells + [None] * (width - len(cells)))
                    for number, cells in filled[place + 1 :]
                ]
                return result, headings, rows
    raise Unreadable(
        f"{path.name} has no row of headings with {' and '.join(n[0] for n in needed)}"
    )


def _place(headings: list[str], names: tuple[str, ...]) -> int:
    return next(headings.index(name) for name in names if name in headings)


def _each(
    result: Reading,
    rows: list[tuple[str, int, list[Cell]]],
    read_row: Callable[[list[Cell]], list[Stated]],
    *,
    gives: int = 0,
) -> None:
    for sheet, number, cells in rows:
        try:
            found = read_row(cells)
        except ValueError as trouble:
            result.rows.append(Row(sheet, number, 0, str(trouble), refused=True))
            continue
        result.stated += found
        why = "" if found or gives else "no number"
        result.rows.append(Row(sheet, number, len(found) or gives, why))
