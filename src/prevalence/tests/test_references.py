import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prevalence.references import NoOverlap, chao_lower_bound, chapman, independence
from prevalence.results import Status
from prevalence.table import CaptureTable

MSE = Path(__file__).parents[4] / "shared" / "data" / "mse"
RECORDED = (
    json.loads((MSE / "reference-results.json").read_text())["sparsemse_points"]
    if MSE.is_dir()
    else {}
)
needs_tables = pytest.mark.skipif(not RECORDED, reason="the reference tables are not here")
people = st.integers(0, 500)
tables = st.lists(people, min_size=7, max_size=7).filter(any)


def read(table: str) -> CaptureTable:
    with open(MSE / f"{table}.csv", newline="") as file:
        header, *rows = csv.reader(file)
    counts = {"".join(row[:-1]): int(row[-1]) for row in rows}
    return CaptureTable.from_counts(counts, lists=header[:-1])


def table_of(counts: list[int]) -> CaptureTable:
    k = len(counts).bit_length()
    return CaptureTable(tuple("ABCDE"[:k]), np.array([0, *counts]))


def test_chapman_worked_by_hand():
    # 200 and 100 people, 20 on both: 201 * 101 / 21 - 1, and Seber's variance
    # 201 * 101 * 180 * 80 / (21**2 * 22) = 30130.68, whose root is 173.58.
    result = chapman(200, 100, 20)
    assert result.estimate == pytest.approx(965.7142857)
    assert result.observed == 280
    ends = result.interval(0.95)
    assert ends.low == pytest.approx(965.714 - 1.959964 * 173.58, abs=0.02)
    assert ends.high == pytest.approx(965.714 + 1.959964 * 173.58, abs=0.02)
    assert any("nothing about being on another" in line for line in result.assumptions)


@given(people, people, people)
def test_swapping_the_lists_changes_nothing(first, second, both):
    both = min(first, second, both)
    if not both:
        with pytest.raises(NoOverlap):
            chapman(first, second, both)
        return
    one, two = chapman(first, second, both), chapman(second, first, both)
    assert (one.estimate, one.interval()) == (two.estimate, two.interval())
    assert one.estimate >= one.observed - 1e-9
    assert one.interval().low >= one.observed


def test_more_on_both_than_on_one_is_refused():
    with pytest.raises(ValueError, match="without being on each"):
        chapman(5, 9, 6)


@needs_tables
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_independence_is_the_model_with_main_effects_alone(name):
    recorded, result = RECORDED[name]["p0"], independence(read(name))
    assert result.estimate == pytest.approx(recorded["est"], rel=1e-7)
    # R's standard error is that of the step before its last.
    for level, low, high in ((0.95, "lo95", "hi95"), (0.8, "lo80", "hi80")):
        ends = result.interval(level)
        assert (ends.low, ends.high) == pytest.approx((recorded[low], recorded[high]), rel=1e-4)


@given(tables, st.integers(2, 9))
def test_scaling_the_counts_scales_independence(counts, factor):
    one, many = (independence(table_of([c * f for c in counts])) for f in (1, factor))
    assert one.status == many.status
    assert many.estimate == pytest.approx(factor * one.estimate, rel=1e-9, nan_ok=True)
    assert not one.estimate < one.observed
    assert (one.status is Status.FITS) == bool(np.isfinite(one.estimate))


def test_lists_that_never_meet_give_no_total():
    for counts in ([5, 7, 0, 3, 0, 0, 0], [5, 0, 3, 0, 1, 0, 1]):
        result = independence(table_of(counts))
        assert result.status is Status.NO_MLE
        assert np.isnan(result.estimate)
        assert "independence gives no total" in result.warnings[1]


def test_chao_worked_by_hand():
    # 3 lists, 60 people on one, 9 on two, 1 on three: 70 + 2/3 * 60 * 59 / (2 * 10) = 188.
    result = chao_lower_bound(table_of([20, 20, 3, 20, 3, 3, 1]))
    assert result.estimate == pytest.approx(188)
    r, a = 60 / 9, 2 / 3
    variance = 9 * (a / 2 * r**2 + a**2 * r**3 + a**2 / 4 * r**4)
    factor = np.exp(1.959964 * np.sqrt(np.log1p(variance / 118**2)))
    assert result.interval().low == pytest.approx(70 + 118 / factor)
    assert result.interval().high == pytest.approx(70 + 118 * factor)


@given(tables)
def test_chao_is_never_below_the_people_seen(counts):
    result = chao_lower_bound(table_of(counts))
    assert not result.estimate < result.observed
    assert any("lower bound" in line or "no bound" in line for line in result.warnings)


def test_one_list_has_no_bound_and_no_total():
    table = CaptureTable(("A",), np.array([0, 5]))
    assert chao_lower_bound(table).status is independence(table).status is Status.NO_MLE


def test_limits_cover_independent_lists_and_the_bound_lies_below():
    rng, covered, below = np.random.default_rng(6), 0, 0
    for _ in range(200):
        on = rng.random((1000, 3)) < (0.3, 0.25, 0.2)
        table = table_of(np.bincount(on @ (1, 2, 4), minlength=8)[1:].tolist())
        ends = independence(table).interval(0.95)
        covered += ends.low <= 1000 <= ends.high
        mixed = rng.random((1000, 3)) < rng.choice([0.05, 0.4], 1000)[:, None]
        hard = table_of(np.bincount(mixed @ (1, 2, 4), minlength=8)[1:].tolist())
        below += chao_lower_bound(hard).estimate < 1000
    assert 180 <= covered <= 199
    assert below >= 195
