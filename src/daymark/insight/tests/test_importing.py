"""Importing: whole or not at all, once, and with what moved."""

import csv
from pathlib import Path

import pytest
from django.db.models import Sum
from tests.roles import as_role

from daymark.insight import importing
from daymark.insight.actions import figures as actions
from daymark.insight.models import Edition, Figure, Upload
from daymark.insight.terms import UK

from .conftest import NOW
from .spreadsheets import write
from .test_reading import BODY, DETAIL_2023, LONG, TITLE, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]


def count() -> tuple[int, int, int]:
    models = (Figure, Edition, Upload)
    return tuple(model.unrestricted.count() for model in models)  # type: ignore[return-value]


def take(*files: Path, **options: object) -> list[str]:
    with as_role("owner"):
        return importing.bring_in("nrm", files, at=NOW, **options)  # type: ignore[arg-type]


def detail(folder: Path, *, wrong: bool = False) -> Path:
    body = [list(row) for row in BODY]
    if wrong:
        body[4][3] = "Robot"
    return write(folder / "tables.ods", {"Table_13": sheet(DETAIL_2023, body, TITLE)})


def test_one_refused_row_and_nothing_of_any_file_is_taken(tmp_path: Path) -> None:
    good = write(tmp_path / "good.ods", {"Table_2": LONG})
    before = count()
    report = tmp_path / "rows.csv"
    with pytest.raises(actions.Refused, match="nothing was taken"):
        take(good, detail(tmp_path, wrong=True), report=report)
    assert count() == before
    with report.open() as lines:
        rows = list(csv.DictReader(lines))
    assert {row["outcome"] for row in rows} == {"understood", "passed over", "refused"}
    assert [r["reason"] for r in rows if r["outcome"] == "refused"] == ["'robot' is not known here"]
    assert len(rows) == len(BODY) + 3


def test_a_preview_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    before = count()
    told = take(write(tmp_path / "long.ods", {"Table_2": LONG}), preview=True)
    assert "32 figures stated, of which 32 would be new." in told
    assert told[-1] == "A preview: nothing was taken."
    assert count() == before


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "long.ods", {"Table_2": LONG})
    take(file)
    before = count()
    assert "long.ods: imported before, nothing to do" in take(file)
    again = tmp_path / "renamed.csv"
    again.write_text("Year,Quarter,Total\n2023,Q1,18\n2023,Q2,18\n")
    told = take(again.rename(tmp_path / "nrm referrals.csv"))
    assert "2 figures stated, of which 0 are new." in told
    assert count()[:2] == before[:2]


def test_a_new_edition_supersedes_and_shows_what_moved(tmp_path: Path) -> None:
    take(write(tmp_path / "long.ods", {"Table_2": LONG}))
    newer = tmp_path / "nrm referrals.csv"
    newer.write_text("Year,Quarter,Total\n2023,Q1,17\n2023,Q2,18\n2023,Q3,20\n")
    told = take(newer)
    about = "Referrals to the National Referral Mechanism, United Kingdom, January to March 2023"
    assert f"  {about}: 18 -> 17" in told
    assert sum("->" in line for line in told) == 1
    chain = Figure.unrestricted.filter(
        measure="referrals", period="2023Q1", breakdown=[], area=UK
    ).order_by("edition__published")
    assert [int(figure.value or 0) for figure in chain] == [18, 17]
    assert chain[0].superseded_by == chain[1]


def test_an_edition_that_would_be_changed_stops_the_whole_import(tmp_path: Path) -> None:
    file = tmp_path / "bulletin headlines.csv"
    file.write_text(
        "period,kind,published,referrals\n2022,year,2023-03-02,17000\n2030,year,2031-03-02,5\n"
    )
    before = count()
    with pytest.raises(actions.Contradiction, match="cannot say two things"):
        take(file)
    assert count() == before


def test_what_nobody_dates_asks_for_the_day_of_publication(tmp_path: Path) -> None:
    file = tmp_path / "nrm referrals.csv"
    file.write_text("Year,Quarter,Total\n2029,Q1,17\n")
    with pytest.raises(actions.Refused, match="add --published"):
        take(file)
    take(file, published="2029-05-10")
    assert Edition.unrestricted.filter(published="2029-05-10").exists()


def test_the_whole_folder_is_imported_and_reconciles(imported: None) -> None:
    made = Figure.unrestricted.filter(measure="referrals-made")
    leaves = made.filter(breakdown__len=6) | made.filter(breakdown__len=5, area__startswith="E23")
    detail = [f for f in made if any(code.startswith("nationality:") for code in f.breakdown)]
    assert leaves.exists()
    assert sum(int(f.value or 0) for f in detail) == 30197
    year = Figure.unrestricted.filter(
        measure="referrals",
        breakdown=[],
        period__startswith="2022Q",
        edition__published="2024-03-07",
    )
    assert year.aggregate(Sum("value"))["value__sum"] == 16921
    essex = made.filter(area="E23000028", breakdown=["by:POLICE"], period__startswith="2023Q")
    assert essex.aggregate(Sum("value"))["value__sum"] == 171


def test_shipped_facts_and_imported_tables_never_contradict_each_other(imported: None) -> None:
    for year in ("2022", "2023"):
        quarters = Figure.unrestricted.filter(
            measure="referrals",
            breakdown=[],
            period__startswith=f"{year}Q",
            edition__published="2024-03-07",
        )
        whole = Figure.unrestricted.get(
            measure="referrals", breakdown=[], period=year, edition__published="2024-03-07"
        )
        assert sum(int(f.value or 0) for f in quarters) == whole.value
