import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prevalence.results import Refused
from prevalence.table import CaptureTable
from prevalence.threshold import BayesianThreshold, quantile

MSE = Path(__file__).parents[4] / "shared" / "data" / "mse"
RECORDED = (
    json.loads((MSE / "reference-results.json").read_text())["bayesthresh"] if MSE.is_dir() else {}
)
needs_tables = pytest.mark.skipif(not RECORDED, reason="the reference tables are not here")


def read(table: str) -> CaptureTable:
    with open(MSE / f"{table}.csv", newline="") as file:
        header, *rows = csv.reader(file)
    counts = {"".join(row[:-1]): int(row[-1]) for row in rows}
    return CaptureTable.from_counts(counts, lists=header[:-1])


def table_of(counts: list[int]) -> CaptureTable:
    k = len(counts).bit_length()
    return CaptureTable(tuple("ABCDE"[:k]), np.array([0, *counts]))


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@needs_tables
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_kept_pairs_ratios_and_limits_are_those_of_the_published_method(name):
    runs = [RECORDED[name][f"proper_seed{seed}"] for seed in (1, 2, 3)]
    result = BayesianThreshold().fit(read(name))
    assert set(result.terms) == set(as_list(runs[0]["retained"]))
    for pair in runs[0]["stat"]:
        by_seed = [run["stat"][pair] for run in runs]
        ratio = result.diagnostics[f"ratio {pair}"]
        # R's own seeds differ by up to a fifth: its chains give few effective draws.
        assert ratio == pytest.approx(np.mean(by_seed), rel=0.12, abs=0.15)
    middle, ends = np.mean([run["median"] for run in runs]), result.interval(0.95)
    assert result.estimate == pytest.approx(middle, rel=0.01)
    assert ends.low == pytest.approx(np.mean([run["q"]["2.5%"] for run in runs]), rel=0.015)
    assert ends.high == pytest.approx(np.mean([run["q"]["97.5%"] for run in runs]), rel=0.02)
    assert result.diagnostics["effective_sample"] > 5000


def test_without_kept_pairs_the_posterior_is_that_of_counting_on_a_grid():
    # Three independent lists, main effects only, summed by hand over the share of each list: with
    # flat priors on logarithms the unseen given the shares is a gamma of the people seen.
    table = table_of([40, 30, 8, 25, 7, 5, 2])
    result = BayesianThreshold(threshold=99).fit(table)
    assert result.terms == ()
    odds = np.exp(np.linspace(-7, 3, 90))
    a, b, c = np.meshgrid(odds, odds, odds, indexing="ij", sparse=True)
    on = [int(table.counts[np.arange(8) >> i & 1 == 1].sum()) for i in range(3)]
    seen = (1 + a) * (1 + b) * (1 + c) - 1
    n = table.observed
    log = on[0] * np.log(a) + on[1] * np.log(b) + on[2] * np.log(c) - n * np.log(seen)
    mass = np.exp(log - log.max())
    rng = np.random.default_rng(1)
    cells = rng.choice(mass.size, 200_000, p=(mass / mass.sum()).ravel())
    unseen = rng.gamma(n, 1 / seen.ravel()[cells])
    for p in (0.025, 0.5, 0.975):
        found = quantile(result.draws - n, np.full(4000, 1 / 4000), p)
        assert found == pytest.approx(np.quantile(unseen, p), rel=0.05)
    assert result.hidden == pytest.approx(np.median(unseen), rel=0.02)


@needs_tables
def test_pairs_near_the_threshold_are_named():
    result = BayesianThreshold().fit(read("uk2013_5"))
    assert any("GO:GP" in warning and "hair" in warning for warning in result.warnings)


def test_a_weighted_quantile_counts_weights():
    values, weights = np.array([5.0, 1.0, 3.0]), np.array([0.2, 0.5, 0.3])
    assert [quantile(values, weights, p) for p in (0.1, 0.5, 0.6, 0.81, 1.0)] == [1, 1, 3, 5, 5]


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=7, max_size=7).filter(lambda c: sum(c) > 20),
    st.permutations(range(3)),
)
def test_relabelling_lists_changes_nothing(counts, order):
    table = table_of(counts)
    moved = np.zeros(8, dtype=np.int64)
    for mask in range(8):
        moved[sum((mask >> i & 1) << order[i] for i in range(3))] = table.counts[mask]
    names = [""] * 3
    for old, new in enumerate(order):
        names[new] = table.lists[old]
    model = BayesianThreshold(proposals=2000, draws=10)
    one, two = model.fit(table), model.fit(CaptureTable(tuple(names), moved))
    sides = [{frozenset(t.split(":")) for t in result.terms} for result in (one, two)]
    if len({tuple(sorted(col)) for col in table.overlaps().tolist()}) == 3:
        assert sides[0] == sides[1]
        assert one.estimate == pytest.approx(two.estimate, rel=1e-9, nan_ok=True)
    assert not one.estimate < table.observed


@pytest.mark.parametrize("options", [{"prior_sd": 0}, {"threshold": -1}, {"proposals": 10}])
def test_options_without_meaning_are_refused(options):
    with pytest.raises(ValueError, match="prior_sd"):
        BayesianThreshold(**options)


def test_two_lists_are_refused():
    with pytest.raises(Refused):
        BayesianThreshold().fit(table_of([5, 4, 3]))


def test_limits_cover_populations_of_independent_lists():
    rng, covered = np.random.default_rng(5), 0
    model = BayesianThreshold(proposals=4000)
    for _ in range(40):
        on = rng.random((1500, 4)) < (0.3, 0.25, 0.2, 0.15)
        counts = np.bincount(on @ (1, 2, 4, 8), minlength=16)
        ends = model.fit(table_of(counts[1:].tolist())).interval(0.95)
        covered += ends.low <= 1500 <= ends.high
    assert covered >= 34
