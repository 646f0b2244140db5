"""Figures, their editions, and who may read them."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.roles import as_role

from daymark.insight.actions import figures as actions
from daymark.insight.models import Edition, Figure, Measure
from daymark.insight.reading import Stated
from daymark.insight.terms import UK, Quality

from .conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]


def history(
    measure: str, period: str, *, area: str = UK, breakdown: list[str] | None = None
) -> list[int]:
    rows = Figure.unrestricted.filter(
        measure=measure, area=area, period=period, breakdown=breakdown or []
    ).order_by("edition__published")
    return [int(row.value) for row in rows if row.value is not None]


@pytest.mark.parametrize(
    ("measure", "period", "values"),
    [
        ("referrals", "2022", [16938, 16921]),
        ("referrals", "2021", [12727, 12706, 12700]),
        ("referrals", "2022Q4", [4418, 4416, 4413]),
        ("referrals", "2023", [17004, 16990]),
        ("referrals", "2017", [5145, 5142, 5136]),
        ("referrals", "2025", [23411, 23407]),
        ("referrals", "2025Q2/2026Q1", [24116]),
    ],
)
def test_every_vintage_of_a_quoted_number_is_kept(
    measure: str, period: str, values: list[int]
) -> None:
    assert history(measure, period) == values


def test_a_figure_points_at_what_the_next_edition_says_of_it() -> None:
    first = Figure.unrestricted.get(value=16938)
    assert first.superseded_by is not None
    assert first.superseded_by.value == 16921
    assert first.superseded_by.superseded_by is None


def test_estimates_by_different_methods_are_no_vintages_of_each_other() -> None:
    rows = Figure.unrestricted.filter(measure="estimate", superseded_by=None, area=UK)
    assert sorted(int(row.value or 0) for row in rows) == [0, 11700, 100000, 122000, 136000]
    (band,) = rows.filter(value=None)
    assert (band.low, band.high) == (10000, 13000)


def test_an_index_superseded_as_a_whole_says_so_though_its_year_is_another() -> None:
    old = Figure.unrestricted.get(measure="estimate", value=136000)
    assert old.superseded_by is None
    assert old.edition.superseded_by is not None
    assert old.edition.superseded_by.published == "2023-05-24"


def test_the_counts_of_essex_police_stand_apart_from_the_cases_sent_to_it() -> None:
    essex = "E23000028"
    assert history("referrals-made", "2023", area=essex, breakdown=["by:POLICE"]) == [171]
    assert history("referrals-sent", "2019", area=essex) == [227]
    assert history("referrals-sent", "2020", area=essex) == [265, 265]
    assert history("referrals-sent", "2021", area=essex) == [345]


def test_ages_of_a_year_sum_to_its_total() -> None:
    for year in ("2010", "2016", "2019", "2022", "2023"):
        rows = Figure.unrestricted.filter(
            measure="referrals", period=year, edition__published="2024-03-07"
        )
        total = rows.get(breakdown=[]).value
        parts = [r.value or 0 for r in rows if [b[:4] for b in r.breakdown] == ["age:"]]
        assert sum(parts) == total, year


def test_loading_the_content_twice_changes_nothing() -> None:
    with as_role("owner"):
        before = list(Figure.unrestricted.order_by("pk").values())
        assert actions.load_content(at=NOW).added == 0
        assert list(Figure.unrestricted.order_by("pk").values()) == before


def test_an_edition_never_says_two_things() -> None:
    edition = Edition.unrestricted.get(series="nrm", published="2023-03-02")
    other = Stated("referrals", UK, "2022", Decimal(17000), "nrm", (), "2023-03-02")
    with as_role("owner"), pytest.raises(actions.Contradiction, match="16938"):
        actions._take([other], {("nrm", "2023-03-02"): edition}, actions.Imported())
    assert history("referrals", "2022") == [16938, 16921]


def test_a_late_found_old_edition_takes_its_place_in_the_chain() -> None:
    with as_role("owner"):
        edition = Edition.unrestricted.create(
            series="nrm",
            published="2023-07",
            title="In between",
            publisher="Home Office",
            source="test",
            quality=Quality.OFFICIAL,
            licence="OGL",
            retrieved=NOW.date(),
        )
        between = Stated("referrals", UK, "2022", Decimal(16930), "nrm", (), "2023-07")
        actions._take([between], {("nrm", "2023-07"): edition}, actions.Imported())
    first = Figure.unrestricted.get(value=16938)
    assert first.superseded_by is not None
    assert first.superseded_by.value == 16930
    assert first.superseded_by.superseded_by is not None
    assert first.superseded_by.superseded_by.value == 16921


BROKEN = [
    {"period": "202"},
    {"period": "2022Q5"},
    {"value": Decimal(-1)},
    {"value": None},
    {"value": Decimal(5), "low": Decimal(6), "high": Decimal(7)},
    {"value": None, "low": Decimal(8), "high": Decimal(7)},
]


@pytest.mark.parametrize("wrong", BROKEN, ids=str)
def test_the_database_refuses_a_figure_that_cannot_be_right(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {
        "measure_id": "referrals",
        "area": UK,
        "period": "2030",
        "value": Decimal(5),
        "edition": Edition.unrestricted.first(),
    }
    with as_role("owner"), pytest.raises(IntegrityError), transaction.atomic():
        Figure.unrestricted.create(**(right | wrong))


def test_a_figure_stands_once_in_an_edition() -> None:
    row = Figure.unrestricted.filter(breakdown=[]).first()
    assert row is not None
    row.pk = uuid4()
    with as_role("owner"), pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize("role", ["public", "partner", "worker"])
def test_every_process_reads_figures_and_none_writes_them(role: str) -> None:
    with as_role(role):
        assert Figure.unrestricted.filter(value=16938).exists()
        assert Measure.unrestricted.exists()
        for statement in (
            "UPDATE insight_figure SET value = 1",
            "DELETE FROM insight_edition",
            "INSERT INTO insight_measure (key) VALUES ('x')",
        ):
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_the_public_door_reads_nothing_but_figures_and_the_least_that_is_shown() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, privilege FROM pg_class,"
            " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege"
            " WHERE relname LIKE 'insight_%' AND relkind = 'r'"
            " AND has_table_privilege('daymark_public', oid, privilege)"
        )
        assert sorted(cursor.fetchall()) == [
            ("insight_edition", "SELECT"),
            ("insight_figure", "SELECT"),
            ("insight_gate", "SELECT"),
            ("insight_measure", "SELECT"),
        ]


def test_what_was_licensed_to_its_reader_alone_is_kept_from_the_public_door() -> None:
    with as_role("owner"):
        Edition.unrestricted.filter(published="2026-05-14").update(open=False)
    with as_role("partner"):
        assert Figure.unrestricted.filter(value=24116).exists()
    with as_role("public"):
        assert not Figure.unrestricted.filter(value=24116).exists()
        assert not Edition.unrestricted.filter(published="2026-05-14").exists()
