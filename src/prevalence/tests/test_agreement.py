"""R's answers, table by table: SparseMSE 2.0.1 and MultipleSystemsEstimation 1.2.0."""

import csv

import numpy as np
import pytest

from prevalence.bic import BestBIC
from prevalence.bootstrap import bootstrap
from prevalence.hierarchy import parse
from prevalence.patterns import names, pairs
from prevalence.results import Status
from prevalence.spread import AllModels
from prevalence.stepwise import Stepwise, select

TABLES = (
    "artificial_3", "korea_3", "kosovo_4", "netherlands_5", "netherlands_6", "neworleans_5_n185",
    "neworleans_5_n186", "neworleans_8_n185", "neworleans_8_n186", "uk2013_4", "uk2013_5",
    "uk2013_6", "westernus_5",
)  # fmt: skip


def sets(terms):
    """Pairs as sets, since R writes ``NG:LA`` or ``LA:NG``."""
    words = terms.split("+") if isinstance(terms, str) else terms
    return {frozenset(word.split(":")) for word in words if word}


@pytest.mark.parametrize("name", TABLES)
def test_stepwise_agrees_at_every_threshold(name, table_named, reference):
    table = table_named(name)
    points = reference["sparsemse_points"][name]
    assert len(points) == 9
    for threshold, theirs in points.items():
        ours = Stepwise(threshold=float(threshold[1:])).fit(table)
        assert ours.estimate == pytest.approx(theirs["est"], rel=1e-6)
        assert sets(ours.terms) == sets(theirs["terms"] or "")
        assert sets(ours.empty_pairs) == sets(theirs["empty"] or "")
        normal = ours.interval(0.95, kind="normal")
        assert (normal.low, normal.high) == pytest.approx((theirs["lo95"], theirs["hi95"]), 1e-4)


@pytest.mark.parametrize("name", ["kosovo_4", "neworleans_5_n185", "uk2013_5", "westernus_5"])
def test_all_200_replicates_choose_the_same_model_and_estimate(name, shared, table_named):
    table = table_named(name)
    with (shared / "fixtures" / f"{name}_stepwise_bootreps.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    masks = [sum(int(digit) << i for i, digit in enumerate(p)) for p in header[2:]]
    counts = np.zeros((1 << table.k, len(rows)), dtype=np.int64)
    counts[masks] = np.array([row[2:] for row in rows], dtype=np.int64).T
    models, fits = select(counts, table.k, threshold=0.02)
    theirs = np.array([float(row[0]) for row in rows])
    assert len(rows) == 200
    assert np.allclose(counts.sum(axis=0) + fits.hidden, theirs, rtol=1e-6)
    for i, row in enumerate(rows):
        chosen = names((t for t in pairs(table.k) if models[t, i]), table.lists)
        assert sets(chosen) == sets(row[1])


ALL_MODELS = {
    "artificial_3": 2, "korea_3": 2, "kosovo_4": 3, "uk2013_5": 2, "westernus_5": 3,
}  # fmt: skip


@pytest.mark.parametrize("name", ALL_MODELS)
def test_every_model_has_the_same_status_total_and_bic(name, shared, table_named):
    order = ALL_MODELS[name]
    spread = AllModels(max_order=order).spread(table_named(name))
    row_of = {spread.terms[:, i].tobytes(): i for i in range(len(spread.bic))}
    with (shared / "fixtures" / f"{name}_allmodels_order{order}.csv").open(newline="") as file:
        theirs = list(csv.DictReader(file))
    assert len(theirs) == len(row_of)
    rows = [row_of[parse(row["model"], len(spread.lists)).tobytes()] for row in theirs]
    assert spread.status[rows].tolist() == [int(row["status"]) for row in theirs]
    fitted = spread.status[rows] == Status.FITS
    for ours, column in ((spread.total, "N"), (spread.bic, "BIC")):
        expected = np.array(
            [float(row[column] if row["status"] == "0" else "nan") for row in theirs]
        )
        assert np.allclose(ours[rows][fitted], expected[fitted], rtol=1e-6)


def test_the_best_model_by_bic_is_the_same_at_every_order(table_named, reference):
    for name, orders in reference["bic"].items():
        for order, theirs in orders.items():
            ours = BestBIC(max_order=int(order[-1])).fit(table_named(name))
            assert ours.options["model"] == theirs["best"]
            assert ours.estimate == pytest.approx(theirs["est"], rel=1e-6)


def test_the_profile_interval_is_rcapture_s():
    from prevalence.data import uk2013

    ends = BestBIC(max_order=2).fit(uk2013(lists=5)).interval(0.95, kind="profile")
    assert (round(ends.low), round(ends.high)) == (17991, 30142)


@pytest.mark.parametrize("name", ["korea_3", "kosovo_4", "uk2013_4", "uk2013_5", "westernus_5"])
def test_bca_ends_agree_with_the_converged_ones(name, table_named, reference):
    """10,000 resamples here, 200,000 in the reference; bench/ repeats it with 200,000."""
    theirs = reference["bca_converged"][name]
    result = bootstrap(Stepwise(), table_named(name), resamples=10_000, seed=1)
    levels = dict(zip(theirs["alpha"], theirs["bca"], strict=True))
    spread = dict(zip(theirs["alpha"], theirs["mc_sd_at_1000"], strict=True))
    for level, (low, high) in {0.95: (0.025, 0.975), 0.8: (0.1, 0.9)}.items():
        bca = result.interval(level, kind="bca")
        for ours, at in ((bca.low, low), (bca.high, high)):
            within = max(0.01 * levels[at], 3 * spread[at] * np.hypot(0.1**0.5, 0.005**0.5))
            assert abs(ours - levels[at]) <= within, (name, at)
