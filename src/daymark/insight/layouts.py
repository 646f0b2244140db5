"""The layouts of the tables we read, by what their columns mean and not where they stand.

A layout is recognised by its headings; `docs/insight/importing.md` lists them, with the files they
were tried on. Every row of a table either gives figures, is passed over for a stated reason (a
heading, a note, a subtotal), or is refused: then nothing of the file is taken.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from daymark.insight import reading, rules
from daymark.insight.reading import About, Cell, Grid, Reading, Row, Stated, Unreadable, words
from daymark.insight.terms import UK, UNKNOWN, Dimension

NRM = About("NRM statistics", "Home Office", quality="COPY")
SMALL_BOATS = About("Irregular migration statistics", "Home Office", quality="COPY")
PRESS = About(
    "Cases passed to Essex Police", "Local press", "Fact quoted with its source", "QUOTED"
)

_MEANINGS: dict[str, Dimension | str] = {
    "year": "year",
    "quarter": "quarter",
    "first responder type": Dimension.BY,
    "first responder": Dimension.RESPONDER,
    "government agency first responder": Dimension.RESPONDER,
    "first responder (government agencies)": Dimension.RESPONDER,
    "ngo and third sector first responder": Dimension.RESPONDER,
    "first responder (ngo and third sector)": Dimension.RESPONDER,
    "police first responder": Dimension.RESPONDER,
    "police and rocus first responder": Dimension.RESPONDER,
    "first responder (police)": Dimension.RESPONDER,
    "exploitation type": Dimension.TYPE,
    "claimed exploitation type": Dimension.TYPE,
    "age at exploitation": Dimension.AGE,
    "age group at exploitation": Dimension.AGE,
    "gender": Dimension.GENDER,
    "sex": Dimension.GENDER,
    "nationality": Dimension.NATIONALITY,
    "location of exploitation": Dimension.PLACE,
    "referrals": "value",
    "nrm referrals": "value",
    "people": "value",
    "reports": "value",
    "dtn reports": "value",
    "total": "total",
    "sum": "total",
}

_BY = {
    "government": "GOVERNMENT",
    "ngo": "CHARITY",
    "police": "POLICE",
    "local authorit": "LOCAL_AUTHORITY",
}
_GENDER = {"male": "MALE", "female": "FEMALE", "other": "OTHER"}
_NOT_KNOWN = re.compile(r"not (specified|recorded|known)|unknown|\[x\]|z", re.IGNORECASE)


@dataclass
class Table:
    """One sheet on its way to figures: its headings found, its rows still to be read."""

    reading: Reading
    sheet: str
    grid: Grid
    context: str  # the sheet's title lines and the file's name
    top: int  # the number of the row with the headings
    headings: list[str]
    meanings: dict[int, Dimension | str]
    group: dict[Dimension, str] = field(default_factory=dict)  # labels that stand once
    latest: str = ""
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        for number, row in reading.filled(self.grid):
            if number > self.top:
                yield number, row + [None] * (len(self.headings) - len(row))

    def column(self, meaning: Dimension | str) -> int | None:
        return next((c for c, m in self.meanings.items() if m == meaning), None)

    def at(self, meaning: Dimension | str) -> int:
        column = self.column(meaning)
        if column is None:
            raise ValueError(f"there is no column {meaning}")
        return column

    @property
    def dimensions(self) -> list[Dimension]:
        return [meaning for meaning in self.meanings.values() if isinstance(meaning, Dimension)]

    def take(self, number: int, found: list[Stated]) -> None:
        """Keep a row's figures; one that the table states twice is refused, not guessed at."""
        fresh: set[tuple[object, ...]] = set()
        for figure in found:
            if _key(figure) in self.seen or _key(figure) in fresh:
                what = " ".join((figure.period, *figure.breakdown))
                raise ValueError(f"{what} stands twice")
            fresh.add(_key(figure))
        for figure in found:
            self.seen[_key(figure)] = len(self.reading.stated)
            self.reading.stated.append(figure)
        self.note(number, len(found))

    def add(self, number: int, figure: Stated) -> None:
        """Add to the figure that earlier rows began: the source has dimensions we do not keep."""
        place = self.seen.get(_key(figure))
        if place is None:
            self.take(number, [figure])
            return
        before = self.reading.stated[place]
        total = (before.value or Decimal(0)) + (figure.value or Decimal(0))
        self.reading.stated[place] = replace(before, value=total)
        self.note(number, 1)

    def note(self, number: int, gave: int = 0, why: str = "", *, refused: bool = False) -> None:
        self.reading.rows.append(Row(self.sheet, number, gave, why, refused))


def _key(figure: Stated) -> tuple[object, ...]:
    return (figure.measure, figure.area, figure.period, figure.breakdown, figure.published)


def read(path: Path, *, period: str = "") -> Reading:
    """What a Home Office file states. Raises Unreadable when no table of it is known.

    `period` is the quarter of a detail table whose title does not name it.
    """
    result = Reading(path.name, reading.digest(path), NRM)
    found: list[str] = []
    for sheet, grid in reading.sheets(path).items():
        table = _table(result, sheet, grid, path.stem)
        layout = _layout(table) if table else None
        if table is None or layout is None:
            result.rows.append(Row(sheet, 0, 0, "no table of a layout we know"))
            continue
        if period:
            table.context += f" {period}"
        each_row(table, layout.read)
        found.append(layout.name)
    if not found:
        raise Unreadable(f"{path.name} holds no table of a layout we know")
    result.layout = ", ".join(dict.fromkeys(found))
    return result


def each_row(table: Table, read_row: Callable[[Table, int, list[Cell]], None]) -> None:
    for number, row in table.rows():
        try:
            read_row(table, number, row)
        except ValueError as trouble:
            table.note(number, why=str(trouble), refused=True)


# ---- finding the headings ----


def _table(result: Reading, sheet: str, grid: Grid, stem: str) -> Table | None:
    titles: list[str] = [stem.replace("_", " ").replace("-", " ")]
    for number, row in list(reading.filled(grid))[:20]:
        headings = [words(cell) for cell in row]
        meanings = {
            column: meaning
            for column, heading in enumerate(headings)
            if (meaning := _meaning(heading)) is not None
        }
        if len(set(meanings.values())) >= 2:
            above = grid[number - 2] if number > 1 else []
            return Table(
                result, sheet, grid, " ".join(titles), number, _joined(above, headings), meanings
            )
        titles.append(" ".join(heading for heading in headings if heading))
    return None


def _meaning(heading: str) -> Dimension | str | None:
    plain = heading.casefold()
    if re.fullmatch(r"\d{4} ?q[1-4]", plain):
        return "period"
    if plain in {"police force", "kind", "nrm referral", "nrm case outcome", "age group"}:
        return plain
    return _MEANINGS.get(plain)


def _joined(above: list[Cell], headings: list[str]) -> list[str]:
    """Headings with the group that stands over them ("Child (17 or under)" over "UK")."""
    group, joined, summed = "", list[str](), False
    groups = [words(cell) for cell in above] + [""] * len(headings)
    grouped = sum(bool(re.match(r"adult|child|age not", g, re.IGNORECASE)) for g in groups) >= 2
    for column, heading in enumerate(headings):
        if grouped and groups[column]:
            group, summed = groups[column], False
        elif summed:  # a second total in a group is the total of them all
            group = ""
        summed = summed or heading.casefold() == "total"
        joined.append(f"{group} {heading}".strip())
    return joined


# ---- the layouts ----


@dataclass(frozen=True)
class Layout:
    name: str
    known_by: Callable[[Table], bool]
    read: Callable[[Table, int, list[Cell]], None]


def _layout(table: Table) -> Layout | None:
    return next((layout for layout in _LAYOUTS if layout.known_by(table)), None)


def _has(*meanings: Dimension | str) -> Callable[[Table], bool]:
    return lambda table: set(meanings) <= set(table.meanings.values())


def _tidy(table: Table, number: int, row: list[Cell]) -> None:
    """One number a row, what it is about beside it."""
    period = quarter_code(_said(table, row, "year"), _said(table, row, "quarter"))
    codes, area = _codes(table, row)
    value = reading.count(row[table.at("value")])
    if value is None:
        table.note(number, why="no number")
    else:
        # Detail is printed once, with its quarter; a long series is restated with each release.
        detail = {Dimension.RESPONDER, Dimension.NATIONALITY} & set(table.dimensions)
        latest = "" if detail else _latest(table)
        table.take(number, [_stated(_measure(table), period, value, codes, area, latest=latest)])


def _small_boats(table: Table, number: int, row: list[Cell]) -> None:
    """Arrivals in small boats: we keep quarter, nationality and what became of the referral."""
    table.reading.about = SMALL_BOATS
    codes = {Dimension.NATIONALITY: _said(table, row, Dimension.NATIONALITY)}
    if "nrm referral" in table.meanings.values():
        measure = "small-boats"
        raised = _said(table, row, "nrm referral").casefold()
        routes = {"nrm referral raised": "REFERRED", "no nrm referral raised": "NOT_REFERRED"}
        codes[Dimension.ROUTE] = _one_of(routes, raised)
    else:
        measure = "small-boats-outcomes"
        group = words(row[table.headings.index("nrm case outcome group")])
        codes[Dimension.OUTCOME] = f"{group}: {_said(table, row, 'nrm case outcome')}"
    figure = Stated(
        measure=measure,
        area=UK,
        period=quarter_code(_said(table, row, "year"), f"Q{_said(table, row, 'quarter')}"),
        value=reading.count(row[table.at("value")]) or Decimal(0),
        series="irregular-migration",
        breakdown=tuple(rules.breakdown(codes)),
        published="2023-08",
        derived=True,
        caveat="Sum over age, sex and region of the source.",
    )
    table.add(number, figure)


def _crossed(table: Table, number: int, row: list[Cell]) -> None:
    """First responder, type, age and gender down the side, nationalities across.

    The first row of each group is its subtotal and the labels of a group stand once: the cells
    under them are blank. Rows with a gender are the finest; with the totals of each first
    responder they are all we take. What a row's nationalities sum to must be its total.
    """
    period = _period_of(table)
    side = (Dimension.RESPONDER, Dimension.TYPE, Dimension.AGE, Dimension.GENDER)
    said = {d: _said(table, row, d) for d in side if d in table.meanings.values()}
    fresh = next((place for place, d in enumerate(side) if said.get(d)), None)
    if fresh is None:
        raise ValueError("a row without a label")
    for place, dimension in enumerate(side):
        if said.get(dimension):
            table.group[dimension] = said[dimension]
        elif place > fresh:
            table.group.pop(dimension, None)
    group = {d: label for d, label in table.group.items() if label.casefold() != "total"}
    across = {
        column: heading
        for column, heading in enumerate(table.headings)
        if heading and column not in table.meanings and reading.count(row[column])
    }
    total = reading.count(row[table.at("total")])
    parts = sum((reading.count(row[column]) or Decimal(0) for column in across), Decimal(0))
    if total is None or parts != total:
        raise ValueError(f"its nationalities sum to {parts}, its total says {total}")
    if Dimension.GENDER in group:
        found = []
        for column, heading in across.items():
            codes, area = _coded(group | _by(table) | {Dimension.NATIONALITY: heading})
            value = reading.count(row[column])
            found.append(_stated("referrals-made", period, value, codes, area))
        table.take(number, found)
    elif Dimension.TYPE not in group:  # all of a first responder, or all of a kind of them
        codes, area = _coded(group | _by(table))
        table.take(number, [_stated("referrals-made", period, total, codes, area)])
    else:
        table.note(number, why="a subtotal, checked")


def _series(table: Table, number: int, row: list[Cell]) -> None:
    """Quarters down, ages, places and outcomes across, each with its total."""
    year, quarter = _said(table, row, "year"), _said(table, row, "quarter")
    if year:
        table.group[Dimension.BY] = year
    elif not quarter:
        raise ValueError("neither a year nor a quarter")
    if not quarter or quarter.casefold() == "total":
        table.note(number, why="the total of a year: the sum of its quarters")
        return
    period = quarter_code(table.group[Dimension.BY], quarter)
    measure = _measure(table)
    found = []
    for column, heading in enumerate(table.headings):
        if column in (table.column("year"), table.column("quarter")) or not heading:
            continue
        value = reading.count(row[column])
        if value is not None:
            codes = _heading_codes(heading)
            found.append(_stated(measure, period, value, codes, UK, latest=_latest(table)))
    table.take(number, found)


def _by_responder(table: Table, number: int, row: list[Cell]) -> None:
    """First responders down, quarters across."""
    labels = {d: _said(table, row, d) for d in (Dimension.BY, Dimension.RESPONDER)}
    codes, area = _coded(labels)
    found, total = [], Decimal(0)
    for column, meaning in table.meanings.items():
        value = reading.count(row[column]) if meaning == "period" else None
        if value is not None:
            period = table.headings[column].upper().replace(" ", "")
            found.append(_stated("referrals-made", period, value, codes, area))
            total += value
    said = reading.count(row[table.at("total")])
    if said != total:
        raise ValueError(f"its quarters sum to {total}, its total says {said}")
    table.take(number, [figure for figure in found if figure.value])


def _one_quarter(table: Table, number: int, row: list[Cell]) -> None:
    """Nationalities down, one total beside each: reports under the Duty to Notify."""
    codes, area = _codes(table, row)
    value = reading.count(row[table.at("total")])
    if value is None:
        table.note(number, why="no number")
    else:
        table.take(number, [_stated(_measure(table), _period_of(table), value, codes, area)])


_HEADLINES: dict[str, tuple[str, dict[Dimension, str]]] = {
    "referrals": ("referrals", {}),
    "to sca": ("referrals", {Dimension.AUTHORITY: "SCA"}),
    "to ieca": ("referrals", {Dimension.AUTHORITY: "IECA"}),
    "male": ("referrals", {Dimension.GENDER: "MALE"}),
    "female": ("referrals", {Dimension.GENDER: "FEMALE"}),
    "adult": ("referrals", {Dimension.AGE: "ADULT"}),
    "child": ("referrals", {Dimension.AGE: "CHILD"}),
    "reasonable grounds decisions": ("reasonable-grounds", {}),
    "conclusive grounds decisions": ("conclusive-grounds", {}),
    "duty to notify reports": ("duty-to-notify", {}),
}


def _headlines(table: Table, number: int, row: list[Cell]) -> None:
    """A row for each bulletin: its headline numbers, and what it now says of the period before."""
    cells = dict(zip(table.headings, row, strict=False))
    period = words(cells["period"])
    published = str(cells["published"] or "")
    if len(published) == 4:  # only the year is known: the list of releases may know more
        published = reading.releases().get(period, published)
    found = []
    for heading, (measure, codes) in _HEADLINES.items():
        value = reading.count(cells.get(heading))
        if value is not None:
            figure = _stated(measure, period, value, codes, UK, quotable=True)
            found.append(figure.published_on(published))
    restated = reading.count(cells.get("previous period as restated"))
    if restated is not None:
        figure = _stated("referrals", _before(period), restated, {}, UK, quotable=True)
        found.append(figure.published_on(published))
    # What a bulletin says of the year before may have a row of its own: the same number.
    table.take(number, [figure for figure in found if figure not in table.reading.stated])


def _sent(table: Table, number: int, row: list[Cell]) -> None:
    """Cases sent to a force, as the press quoted them."""
    table.reading.about = PRESS
    cells = dict(zip(table.headings, row, strict=False))
    area = _one_of(forces(), words(cells["police force"]))
    year = re.search(r"\((\d{4})\)", str(cells["source"] or ""))
    if not year:
        raise ValueError("the source does not say when it was published")
    parts: list[tuple[str, dict[Dimension, str]]] = [
        ("cases flagged to force", {}),
        ("of which children", {Dimension.AGE: "CHILD"}),
        *((kind, {Dimension.TYPE: kind.upper()}) for kind in ("labour", "sexual", "criminal")),
    ]
    found = [
        Stated(
            measure="referrals-sent",
            area=area,
            period=words(cells["year"]),
            value=value,
            series="press-essex",
            breakdown=tuple(rules.breakdown(codes)),
            published=year[1],
            quotable=True,
        )
        for heading, codes in parts
        if (value := reading.count(cells.get(heading))) is not None
    ]
    table.take(number, found)


_LAYOUTS = (
    Layout("small-boat arrivals", _has("year", "age group", "value"), _small_boats),
    Layout("headlines of bulletins", _has("kind", "value"), _headlines),
    Layout("cases sent to a force", _has("police force", "year"), _sent),
    Layout("first responders by quarter", _has(Dimension.RESPONDER, "period"), _by_responder),
    Layout("one number a row", _has("year", "quarter", "value"), _tidy),
    Layout("first responders in detail", _has(Dimension.TYPE, Dimension.GENDER, "total"), _crossed),
    Layout("quarters of years", _has("year", "quarter"), _series),
    Layout("nationalities of a quarter", _has(Dimension.NATIONALITY, "total"), _one_quarter),
)


# ---- what labels mean ----


def _said(table: Table, row: list[Cell], meaning: Dimension | str) -> str:
    column = table.column(meaning)
    return "" if column is None else words(row[column])


def quarter_code(year: str, quarter: str) -> str:
    """ "2023" and "Q4" or "Quarter 4" or "October to December"; raises ValueError."""
    if not re.fullmatch(r"\d{4}", year):
        raise ValueError(f"{year!r} is no year")
    match = re.search(r"[1-4]", quarter)
    if match:
        return f"{year}Q{match[0]}"
    for place, month in enumerate(("jan", "apr", "jul", "oct"), start=1):
        if quarter.casefold().startswith(month):
            return f"{year}Q{place}"
    raise ValueError(f"{quarter!r} is no quarter")


def _period_of(table: Table) -> str:
    """The quarter a detail table is about, from its title, the file's name or the caller."""
    context = table.context.casefold()
    patterns = (
        r"(?P<year>\d{4}) ?q(?P<quarter>[1-4])",
        r"quarter (?P<quarter>[1-4]),? (?P<year>\d{4})",
        r"(?P<quarter>january|april|july|october) to \w+,? (?P<year>\d{4})",
    )
    found = [m for pattern in patterns for m in re.finditer(pattern, context)]
    periods = {quarter_code(m["year"], m["quarter"]) for m in found}
    if len(periods) != 1:
        raise ValueError("the title does not name one quarter: add --period, such as 2023Q4")
    return periods.pop()


def _latest(table: Table) -> str:
    """The last quarter of a long series: all of it is as restated with that quarter's release."""
    if not table.latest:
        year, periods = "", []
        for _, row in table.rows():
            year = _said(table, row, "year") or year
            quarter = _said(table, row, "quarter")
            if re.search(r"[1-4]", quarter):
                periods.append(quarter_code(year, quarter))
        table.latest = max(periods)
    return table.latest


def _before(period: str) -> str:
    year, _, quarter = period.partition("Q")
    if not quarter:
        return str(int(year) - 1)
    return f"{year}Q{int(quarter) - 1}" if quarter != "1" else f"{int(year) - 1}Q4"


def _measure(table: Table) -> str:
    context = table.context.casefold()
    for said, measure in (
        ("reasonable grounds", "reasonable-grounds"),
        ("conclusive grounds", "conclusive-grounds"),
        ("duty to notify", "duty-to-notify"),
        ("dtn", "duty-to-notify"),
    ):
        if said in context:
            return measure
    made = table.column(Dimension.RESPONDER) is not None
    if "referrals" not in context:
        raise ValueError("the title does not say what is counted")
    return "referrals-made" if made else "referrals"


def _by(table: Table) -> dict[Dimension, str]:
    """The kind of first responder, from the table's own heading or else its title."""
    column = table.column(Dimension.RESPONDER)
    heading = table.headings[column] if column is not None else table.context
    return {Dimension.BY: heading}


def _codes(table: Table, row: list[Cell]) -> tuple[dict[Dimension, str], str]:
    return _coded({d: _said(table, row, d) for d in table.dimensions})


def _coded(labels: Mapping[Dimension, str]) -> tuple[dict[Dimension, str], str]:
    """Labels as codes, without totals; and the area: of the police force, else the kingdom."""
    codes: dict[Dimension, str] = {}
    area = UK
    for dimension, label in labels.items():
        if label and not re.fullmatch(r"total|.* total", label, re.IGNORECASE):
            codes[dimension] = _CODERS[dimension](label)
    if (responder := codes.get(Dimension.RESPONDER)) in forces():
        area = forces()[responder or ""]
        del codes[Dimension.RESPONDER]
    if codes.get(Dimension.BY) == "LOCAL_AUTHORITY":
        codes.pop(Dimension.RESPONDER, None)  # the tables name no council
    return codes, area


def _heading_codes(heading: str) -> dict[Dimension, str]:
    """What "Child (17 or under) UK and Overseas" or "age_unknown_negative" is about."""
    plain = heading.casefold()
    codes: dict[Dimension, str] = {}
    for said, age in (("adult", "ADULT"), ("child", "CHILD"), ("age", UNKNOWN)):
        if plain.startswith(said):
            codes[Dimension.AGE] = age
            plain = re.sub(
                r"^(adult|child|age) ?(\([^)]*\)|not specified or unknown|unknown)?", "", plain
            )
            break
    plain = plain.strip(" -")
    places = {"overseas": "OVERSEAS", "uk": "UK", "uk and overseas": "BOTH"}
    if plain in places:
        codes[Dimension.PLACE] = places[plain]
    elif re.match(r"(negative|positive)\b", plain):
        codes[Dimension.OUTCOME] = plain.split()[0].upper()
    elif plain.startswith("not specified"):
        codes[Dimension.PLACE] = UNKNOWN
    elif plain not in {"", "total", "reports", "dtn reports", "all ages"} | {
        "nrm referrals",
        "number of reports",
    }:
        raise ValueError(f"no meaning known for the heading {heading!r}")
    return codes


def _stated(
    measure: str,
    period: str,
    value: Decimal | None,
    codes: Mapping[Dimension, str],
    area: str,
    *,
    latest: str = "",
    quotable: bool = False,
) -> Stated:
    return Stated(
        measure=measure,
        area=area,
        period=period,
        value=value,
        series="nrm",
        breakdown=tuple(rules.breakdown(codes)),
        published=reading.releases().get(latest or period, ""),
        quotable=quotable,
    )


def _one_of(known: Mapping[str, str], label: str) -> str:
    if label not in known:
        raise ValueError(f"{label!r} is not known here")
    return known[label]


def kind_code(label: str) -> str:
    plain = label.casefold()
    found = [code for said, code in _BY.items() if said in plain]
    if len(found) != 1:
        raise ValueError(f"{label!r} is no kind of first responder")
    return found[0]


def age_code(label: str) -> str:
    plain = label.casefold()
    if plain.startswith("adult"):
        return "ADULT"
    if plain.startswith("child"):
        return "CHILD"
    if plain.startswith("age") or _NOT_KNOWN.match(plain):
        return UNKNOWN
    raise ValueError(f"{label!r} is no age group")


def gender_code(label: str) -> str:
    if _NOT_KNOWN.match(label):
        return UNKNOWN
    return _one_of(_GENDER, label.casefold())


def _place(label: str) -> str:
    if _NOT_KNOWN.match(label):
        return UNKNOWN
    return _one_of(
        {"uk": "UK", "overseas": "OVERSEAS", "uk and overseas": "BOTH"}, label.casefold()
    )


def _nationality(label: str) -> str:
    """Dual nationals as a pair; a label nobody has named yet is kept as it is printed."""
    return "+".join(rules.nationalities(label, nationality_names())) or label


_CODERS: dict[Dimension, Callable[[str], str]] = {
    Dimension.BY: kind_code,
    Dimension.RESPONDER: str,
    Dimension.TYPE: lambda label: rules.type_code(rules.elements(label)),
    Dimension.AGE: age_code,
    Dimension.GENDER: gender_code,
    Dimension.PLACE: _place,
    Dimension.NATIONALITY: _nationality,
}


@cache
def forces() -> dict[str, str]:
    """The area of each territorial police force, by the force's name in the tables."""
    return _pairs("forces.csv")


@cache
def nationality_names() -> dict[str, str]:
    """Names of nationalities as the tables print them, and as we show them (the alias table)."""
    return {label.casefold(): shown for label, shown in _pairs("nationalities.csv").items()}


def nationality_aliases() -> dict[str, list[str]]:
    """The nationalities that the tables name otherwise than we do."""
    found: dict[str, list[str]] = {}
    for label, shown in _pairs("nationalities.csv").items():
        if label != shown:
            found.setdefault(shown, []).append(label)
    return found


def _pairs(name: str) -> dict[str, str]:
    with (reading.CONTENT / name).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    return {row[0]: row[1] for row in rows}
