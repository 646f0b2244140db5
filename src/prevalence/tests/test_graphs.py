import csv
import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from prevalence import graphs
from prevalence.graphs import GraphAverage, decomposable
from prevalence.patterns import name
from prevalence.results import Refused
from prevalence.table import CaptureTable

MSE = Path(__file__).parents[4] / "shared" / "data" / "mse"
needs_tables = pytest.mark.skipif(not MSE.is_dir(), reason="the reference tables are not here")
RECORDED = json.loads((MSE / "reference-results.json").read_text())["dga"] if MSE.is_dir() else {}
CASES = [
    (table, grid, RECORDED[table][grid])
    for table in RECORDED
    for grid in RECORDED[table]
    if grid != "ngraphs"
]


def read(table: str) -> CaptureTable:
    with open(MSE / f"{table}.csv", newline="") as file:
        header, *rows = csv.reader(file)
    counts = {"".join(row[:-1]): int(row[-1]) for row in rows}
    return CaptureTable.from_counts(counts, lists=header[:-1])


def table_of(counts: list[int]) -> CaptureTable:
    k = len(counts).bit_length()
    return CaptureTable(tuple("ABCDE"[:k]), np.array([0, *counts]))


@needs_tables
@pytest.mark.parametrize(("table", "grid", "recorded"), CASES)
def test_limits_and_weights_are_those_of_dga(table, grid, recorded):
    points = None if grid.startswith("int") else 1000
    found = GraphAverage(delta=recorded["delta"], points=points).posterior(read(table))
    for p, key in ((0.5, "median"), (0.025, "lo95"), (0.975, "hi95"), (0.1, "lo80"), (0.9, "hi80")):
        assert found.quantile(p) == recorded[key]
    best = np.argsort(-found.weights)[:5]
    assert found.weights[best] == pytest.approx(recorded["top_graph_weights"], abs=1e-8)
    k = read(table).k
    for i, graph in zip(best, recorded["top_graphs"], strict=True):
        cliques = {name(c, "12345"[:k]).replace(":", "") for c in found.cliques[i]}
        assert cliques == set(graph.split("|"))


@pytest.mark.parametrize(("k", "graphs"), [(2, 2), (3, 8), (4, 61), (5, 822), (6, 18154)])
def test_every_decomposable_graph_is_found_once(k, graphs):
    factors, cliques = decomposable(k)
    assert len(factors) == len(set(cliques)) == graphs


def test_two_lists_worked_by_hand():
    # 3 people on A only, 2 on B only, 1 on both, delta 1/4: the joint of m unseen people is
    # N! / (m! 3! 2! 1!) / N times, for the joined graph, the Dirichlet-multinomial of four cells
    # and, for the unjoined one, the product of two beta-binomials.
    found = GraphAverage(points=None).posterior(table_of([3, 2, 1]))
    m = np.arange(1, 181)
    several = gammaln(m + 7) - gammaln(m + 1) - np.log(m + 6)
    joined = sum(gammaln(c + 0.25) - gammaln(0.25) for c in (m, 3, 2, 1)) - gammaln(m + 7)
    apart = sum(
        gammaln(m + 6 - on + 0.5) + gammaln(on + 0.5) - 2 * gammaln(0.5) - gammaln(m + 7)
        for on in (4, 3)
    )
    mass = np.exp(np.array([apart, joined]) + several)
    assert found.weights == pytest.approx(mass.sum(axis=1) / mass.sum())
    assert found.probabilities == pytest.approx(mass.sum(axis=0) / mass.sum())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=7, max_size=7).filter(any), st.permutations(range(3)))
def test_relabelling_lists_changes_nothing(counts, order):
    table = table_of(counts)
    moved = np.zeros(8, dtype=np.int64)
    for mask in range(8):
        moved[sum((mask >> i & 1) << order[i] for i in range(3))] = table.counts[mask]
    one, two = (GraphAverage().fit(t) for t in (table, CaptureTable(("A", "B", "C"), moved)))
    assert (one.estimate, one.interval()) == (two.estimate, two.interval())
    assert one.estimate >= table.observed


def test_four_lists_in_any_order_give_one_answer():
    counts = np.random.default_rng(1).poisson(8, 15).tolist()
    table = table_of(counts)
    answers = set()
    for order in permutations(range(4)):
        moved = np.zeros(16, dtype=np.int64)
        for mask in range(16):
            moved[sum((mask >> i & 1) << order[i] for i in range(4))] = table.counts[mask]
        found = GraphAverage().posterior(CaptureTable(table.lists, moved))
        answers.add(tuple(found.quantile(p) for p in (0.025, 0.5, 0.975)))
    assert len(answers) == 1


def test_sifting_graphs_on_a_coarse_grid_changes_no_figure(monkeypatch):
    table = table_of(np.random.default_rng(2).poisson(6, 15).tolist())
    monkeypatch.setattr(graphs, "SIFT", 200)
    quick = GraphAverage().posterior(table)
    monkeypatch.setattr(graphs, "SIFT", 10**9)
    slow = GraphAverage().posterior(table)
    assert (quick.weights == 0).any()
    assert quick.weights == pytest.approx(slow.weights, abs=1e-9)
    assert quick.probabilities == pytest.approx(slow.probabilities, abs=1e-9)


@needs_tables
def test_a_large_prior_count_is_warned_of():
    result = GraphAverage(delta=1.0, points=1000).fit(read("westernus_5"))
    assert result.estimate == 346
    assert any("pulls the estimate" in warning for warning in result.warnings)


def test_a_posterior_that_outgrows_its_grid_is_warned_of():
    result = GraphAverage().fit(table_of([27, 37, 4, 28, 0, 2, 0]))
    assert result.diagnostics["beyond_grid"] > 0.0025
    assert any("too low" in warning for warning in result.warnings)


@pytest.mark.parametrize("options", [{"delta": 0}, {"reach": 0}, {"points": 1}])
def test_a_grid_or_prior_without_meaning_is_refused(options):
    with pytest.raises(ValueError):
        GraphAverage(**options)


def test_one_list_is_refused_with_its_overlaps():
    with pytest.raises(Refused) as refused:
        GraphAverage().fit(CaptureTable(("A",), np.array([0, 5])))
    assert "A" in refused.value.overlaps


def test_limits_cover_populations_of_independent_lists():
    rng, covered = np.random.default_rng(3), 0
    for _ in range(60):
        on = rng.random((600, 3)) < (0.3, 0.25, 0.2)
        masks = on @ (1, 2, 4)
        counts = np.bincount(masks, minlength=8)
        counts[0] = 0
        ends = GraphAverage(points=2000).fit(CaptureTable(("A", "B", "C"), counts)).interval(0.95)
        covered += ends.low <= 600 <= ends.high
    assert covered >= 52
