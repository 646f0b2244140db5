"""What a file states: every layout, and every reason to refuse it. No database."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from daymark.insight import layouts, others
from daymark.insight.reading import Reading, Stated, Unreadable
from daymark.insight.terms import UK

from .spreadsheets import Rows, write

ESSEX = "E23000028"
DETAIL_2023 = (
    "Police first responder [note 3]",
    "Exploitation type",
    "Age at exploitation",
    "Gender",
    "Afghan",
    "Pakistani UK",
    "UK",
    "Total",
)
DETAIL_2022 = (
    None,
    "First responder (Police)",
    "Claimed exploitation type",
    "Age group at exploitation",
    "Gender",
    *DETAIL_2023[4:],
)
BODY: Rows = [
    ("Total", None, None, None, 1, 1, 5, 7),
    ("Essex Police", None, None, None, 1, 0, 3, 4),
    (None, "Criminal", None, None, 1, 0, 1, 2),
    (None, None, "Adult (18 or over)", None, 1, 0, 1, 2),
    (None, None, None, "Male", 1, 0, 1, 2),
    (None, "Sexual, Labour & Criminal", None, None, 0, 0, 2, 2),
    (None, None, "Child (17 or under)", None, 0, 0, 2, 2),
    (None, None, None, "Female", 0, 0, 1, 1),
    (None, None, None, "Male", 0, 0, 1, 1),
    ("Tarian ROCU", None, None, None, 0, 1, 2, 3),
    (None, "Not specified or unknown", None, None, 0, 1, 2, 3),
    (None, None, "Not specified or unknown", None, 0, 1, 2, 3),
    (None, None, None, "Male", 0, 1, 2, 3),
]
TITLE = "Table 13: NRM referrals by police first responder, Quarter 4 2023 (October to December)"
NOTE = "This worksheet contains one table. Some cells refer to notes."


def sheet(headings: tuple[str | None, ...], body: Rows, *titles: str) -> Rows:
    shift = (None,) if headings[0] is None else ()
    return [*((title,) for title in titles), headings, *((*shift, *row) for row in body)]


def said(reading: Reading) -> dict[tuple[str, tuple[str, ...]], int]:
    return {(s.area, s.breakdown): int(s.value or 0) for s in reading.stated}


@pytest.mark.parametrize("suffix", [".ods", ".xlsx"])
@pytest.mark.parametrize(
    ("headings", "titles"),
    [(DETAIL_2023, (TITLE, NOTE)), (DETAIL_2022, (TITLE,))],
    ids=["2023", "2022"],
)
def test_both_detail_layouts_say_the_same(
    tmp_path: Path, suffix: str, headings: tuple[str | None, ...], titles: tuple[str, ...]
) -> None:
    file = write(
        tmp_path / f"tables{suffix}",
        {"Cover": [("National Referral Mechanism",)], "Table_13": sheet(headings, BODY, *titles)},
    )
    found = layouts.read(file)
    assert found.refused == []
    assert {(s.measure, s.period, s.published) for s in found.stated} == {
        ("referrals-made", "2023Q4", "2024-03-07")
    }
    police, child = "by:POLICE", "age:CHILD"
    tarian = (police, "responder:Tarian ROCU", "type:UNKNOWN", "age:UNKNOWN", "gender:MALE")
    three = "type:SEXUAL+LABOUR+CRIMINAL"
    assert said(found) == {
        (ESSEX, (police,)): 4,
        (ESSEX, (police, "type:CRIMINAL", "age:ADULT", "gender:MALE", "nationality:Afghan")): 1,
        (ESSEX, (police, "type:CRIMINAL", "age:ADULT", "gender:MALE", "nationality:British")): 1,
        (ESSEX, (police, three, child, "gender:FEMALE", "nationality:British")): 1,
        (ESSEX, (police, three, child, "gender:MALE", "nationality:British")): 1,
        (UK, (police, "responder:Tarian ROCU")): 3,
        (UK, (*tarian, "nationality:Pakistani+British")): 1,
        (UK, (*tarian, "nationality:British")): 2,
        (UK, (police,)): 7,
    }


def test_a_row_whose_parts_do_not_make_its_total_is_refused(tmp_path: Path) -> None:
    body = [*BODY[:4], (None, None, None, "Male", 1, 0, 2, 2), *BODY[5:]]
    file = write(tmp_path / "t.ods", {"Table_13": sheet(DETAIL_2023, body, TITLE)})
    (row,) = layouts.read(file).refused
    assert (row.sheet, row.number) == ("Table_13", 7)
    assert "sum to 3, its total says 2" in row.why


@pytest.mark.parametrize(
    ("cell", "why"),
    [("Cuckooing", "no type"), ("Grown-up", "no age group"), ("Robot", "not known")],
)
def test_a_label_nobody_knows_is_refused_with_its_words(
    tmp_path: Path, cell: str, why: str
) -> None:
    place = {"Cuckooing": (2, 1), "Grown-up": (3, 2), "Robot": (4, 3)}[cell]
    body = [list(row) for row in BODY]
    body[place[0]][place[1]] = cell
    file = write(tmp_path / "t.xlsx", {"Table_13": sheet(DETAIL_2023, body, TITLE)})
    refused = layouts.read(file).refused
    assert refused
    assert all(why in row.why.lower() and cell.lower() in row.why.lower() for row in refused)


def test_a_detail_table_without_a_quarter_asks_for_one(tmp_path: Path) -> None:
    table = sheet(DETAIL_2023, BODY, "Referrals by police first responder")
    file = write(tmp_path / "t.ods", {"Table_13": table})
    assert "add --period" in layouts.read(file).refused[0].why
    assert layouts.read(file, period="2023Q4").refused == []


GROUPS = ("Adult (18 or over)", "Child (17 or under)", "Age not specified or unknown")
PLACES = ("Overseas", "UK", "UK and Overseas", "Not specified or unknown", "Total")
LONG: Rows = [
    ("Table 2: NRM referrals by quarter, age at exploitation and location of exploitation",),
    (None, None, *[cell for group in GROUPS for cell in (group, None, None, None, None)], None),
    ("Year", "Quarter", *PLACES * 3, "Total"),
    (2023, None, *(2, 4, 6, 0, 12) * 3, 36),
    (None, "Q1", *(1, 2, 3, 0, 6) * 3, 18),
    (None, "Q2", *(1, 2, 3, 0, 6) * 3, 18),
]


def test_a_long_series_is_read_under_its_two_rows_of_headings(tmp_path: Path) -> None:
    found = layouts.read(write(tmp_path / "t.ods", {"Table_2": LONG}))
    assert found.refused == []
    assert Counter((s.measure, s.period, s.published) for s in found.stated) == {
        ("referrals", "2023Q1", "2023-08"): 16,
        ("referrals", "2023Q2", "2023-08"): 16,
    }
    first = {s.breakdown: int(s.value or 0) for s in found.stated if s.period == "2023Q1"}
    assert first[()] == 18
    assert first["age:CHILD",] == 6
    assert first["place:BOTH", "age:UNKNOWN"] == 3


def test_a_quarter_that_stands_twice_is_refused_not_guessed(tmp_path: Path) -> None:
    """The second quarter of 2023 was published under the year 2022."""
    again = [*LONG[:3], (2022, "Q1", *LONG[4][2:]), (2022, "Q1", *LONG[4][2:])]
    found = layouts.read(write(tmp_path / "t.ods", {"Table_2": again}))
    assert [row.why for row in found.refused] == ["2022Q1 place:OVERSEAS age:ADULT stands twice"]


def test_outcomes_of_decisions_are_read_from_the_table_of_decisions(tmp_path: Path) -> None:
    columns = [
        f"{group} - {outcome}"
        for group in GROUPS
        for outcome in ("Negative reasonable grounds", "Positive reasonable grounds", "Total")
    ]
    table: Rows = [
        ("Table 16: NRM reasonable grounds decisions by quarter",),
        ("Year", "Quarter", *columns, "Total"),
        (2023, "Total", *(1, 2, 3) * 3, 9),
        (None, "Quarter 4", *(1, 2, 3) * 3, 9),
    ]
    found = layouts.read(write(tmp_path / "t.xlsx", {"Table_16": table}))
    assert {s.measure for s in found.stated} == {"reasonable-grounds"}
    assert said(found)[UK, ("outcome:POSITIVE", "age:CHILD")] == 2
    assert len(found.stated) == 10


def test_a_file_without_a_table_we_know_is_unreadable(tmp_path: Path) -> None:
    for suffix in (".ods", ".xlsx"):
        with pytest.raises(Unreadable, match="no table"):
            layouts.read(write(tmp_path / f"t{suffix}", {"Cover": [("Hello", "there")]}))
    broken = tmp_path / "broken.ods"
    broken.write_bytes(b"not a spreadsheet")
    with pytest.raises(Unreadable, match="no spreadsheet"):
        layouts.read(broken)
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\x8f\x00")
    with pytest.raises(Unreadable, match="no table of text"):
        layouts.read(picture)


def number(path: Path, column: str, **where: str) -> int:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return sum(int(r[column]) for r in rows if all(r[k] == v for k, v in where.items()))


def total(stated: list[Stated], *, at: str = "", **where: str) -> int:
    return sum(
        int(s.value or 0)
        for s in stated
        if (not at or s.period == at) and all(getattr(s, k) == v for k, v in where.items())
    )


def test_the_detail_of_every_quarter_sums_to_what_was_published(nrm: Path) -> None:
    found = layouts.read(nrm / "referrals_by_first_responder_detail_2022q2_2023q4.csv")
    quarters = ("2022Q2", "2022Q3", "2022Q4", "2023Q1", "2023Q2", "2023Q3", "2023Q4")
    sums = [total(found.stated, at=quarter) for quarter in quarters]
    assert sums == [4171, 4586, 4417, 4746, 3998, 4138, 4141]
    assert sum(sums) == 30197
    assert total(found.stated, area=ESSEX) == 311
    assert total(found.stated, area="E23000032") == 150


def test_totals_of_first_responders_agree_with_their_detail(nrm: Path) -> None:
    totals = layouts.read(nrm / "referrals_by_first_responder_totals_2022q2_2023q4.csv")
    detail = layouts.read(nrm / "referrals_by_first_responder_detail_2022q2_2023q4.csv")
    parts: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    for s in detail.stated:
        who = tuple(code for code in s.breakdown if code.startswith(("by:", "responder:")))
        if who != ("by:LOCAL_AUTHORITY",):  # the table of totals leaves the councils out
            parts[s.area, s.period, who] += int(s.value or 0)
    assert {(s.area, s.period, s.breakdown): int(s.value or 0) for s in totals.stated} == dict(
        parts
    )


def test_the_long_series_sums_to_the_years_of_the_bulletin(nrm: Path) -> None:
    found = layouts.read(nrm / "referrals_by_quarter_2009q2_2023q4.csv")
    whole = [s for s in found.stated if not s.breakdown]
    assert sum(int(s.value or 0) for s in whole if s.period.startswith("2023")) == 17004
    assert sum(int(s.value or 0) for s in whole if s.period.startswith("2022")) == 16921
    places = layouts.read(nrm / "referrals_by_quarter_age_location_2009q2_2023q4.csv")
    by_age = {(s.period, s.breakdown): s.value for s in found.stated if s.breakdown}
    assert all(
        by_age[s.period, s.breakdown] == s.value for s in places.stated if len(s.breakdown) == 1
    )
    assert total(places.stated, at="2023Q4") == 2 * 4142  # the totals stand beside their parts


@pytest.mark.parametrize(
    ("name", "measure", "year"),
    [
        ("reasonable_grounds_by_quarter_2014_2023.csv", "reasonable-grounds", 15247),
        ("conclusive_grounds_by_quarter_2014_2023.csv", "conclusive-grounds", 9825),
        ("duty_to_notify_by_quarter_2015q4_2023q4.csv", "duty-to-notify", 4929),
    ],
)
def test_decisions_and_reports_of_2023_equal_the_bulletin(
    nrm: Path, name: str, measure: str, year: int
) -> None:
    found = layouts.read(nrm / name)
    assert {(s.measure, s.published) for s in found.stated} == {(measure, "2024-03-07")}
    whole = [s for s in found.stated if not s.breakdown and s.period.startswith("2023")]
    assert sum(int(s.value or 0) for s in whole) == year


def test_every_table_of_the_folder_is_read_whole(nrm: Path) -> None:
    for path in sorted(nrm.glob("*.csv")):
        found = layouts.read(path)
        assert found.refused == [], path.name
        with path.open(encoding="utf-8", newline="") as lines:
            assert len(found.rows) == len(list(csv.DictReader(lines))), path.name


def test_small_boat_arrivals_keep_their_sum(nrm: Path) -> None:
    for name in ("small_boat_nrm_referrals.csv", "small_boat_nrm_outcomes.csv"):
        assert total(layouts.read(nrm / name).stated) == number(nrm / name, "referrals")


def test_residents_are_read_by_code_and_year(tmp_path: Path) -> None:
    file = tmp_path / "mid2024.csv"
    file.write_text('Code,Name,All ages,Under 18\nE07000071,Colchester,"200,222",42000\n')
    found = others.population(file, period="2024")
    assert said(found) == {
        ("E07000071", ()): 200222,
        ("E07000071", ("age:CHILD",)): 42000,
        ("E07000071", ("age:ADULT",)): 158222,
    }
    with pytest.raises(Unreadable, match="--period"):
        others.population(file, period="")
    file.write_text("Code,Name,All ages\nColchester,Colchester,200222\n")
    assert "no GSS code" in others.population(file, period="2024").refused[0].why


def test_real_residents_of_essex_are_read(nrm: Path) -> None:
    path = nrm.parent / "population" / "ew_police_force_area_mid2023.csv"
    found = others.population(path, period="2023")
    assert found.refused == []
    assert said(found)[ESSEX, ()] == number(path, "residents", pfa24_code=ESSEX)


def test_the_index_is_read_country_by_country(nrm: Path) -> None:
    found = others.gsi(nrm.parent / "reference" / "gsi_2023_country_prevalence.csv", period="2021")
    assert found.refused == []
    assert {s.breakdown for s in found.stated} == {("method:GSI-2023",)}
    numbers = {(s.measure, s.area): s.value for s in found.stated}
    assert numbers["estimate", UK] == 122000
    assert numbers["estimate-rate", UK] == Decimal("1.8")
    assert numbers["estimate-rate", "Eritrea"] == Decimal("90.3")
    assert len([key for key in numbers if key[0] == "estimate-rate"]) == 160


def test_a_record_level_file_leaves_counts_alone(tmp_path: Path) -> None:
    file = tmp_path / "ukda.tab"
    file.write_text(
        "Case\tYear of referral\tQuarter of referral\tAge at exploitation\tGender\t"
        "Police force\tLabour exploitation\tCriminal exploitation\n"
        "1\t2024\tQ1\tChild (17 or under)\tMale\tEssex Police\t0\t1\n"
        "2\t2024\tQ1\tAdult (18 or over)\tMale\tEssex Police\t1\t1\n"
        "3\t2024\tQ2\tAdult (18 or over)\tFemale\tNobody's Police\t0\t0\n"
    )
    found = others.ukds8910(file)
    assert not found.about.open
    assert found.refused == []
    counts = {(s.measure, s.area, s.period, s.breakdown): int(s.value or 0) for s in found.stated}
    assert counts["referrals-sent", ESSEX, "2024Q1", ()] == 2
    assert counts["referrals-sent", ESSEX, "2024Q1", ("age:CHILD",)] == 1
    assert counts["referrals", UK, "2024Q1", ("type:LABOUR+CRIMINAL",)] == 1
    assert counts["referrals", UK, "2024Q2", ("type:UNKNOWN",)] == 1
    assert all(len(breakdown) <= 1 for _, _, _, breakdown in counts)
