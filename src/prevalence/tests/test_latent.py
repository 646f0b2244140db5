import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import digamma, expit

from prevalence.latent import LatentClass, _Chains, convergence
from prevalence.results import Refused, Status
from prevalence.table import CaptureTable

MSE = Path(__file__).parents[4] / "shared" / "data" / "mse"
needs_tables = pytest.mark.skipif(not MSE.is_dir(), reason="the reference tables are not here")
QUICK = LatentClass(chains=16, warm_up=160, keep=160)


@pytest.fixture(autouse=True)
def _no_floating_point_accident():
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        yield


def read(table: str) -> CaptureTable:
    with open(MSE / f"{table}.csv", newline="") as file:
        header, *rows = csv.reader(file)
    counts = {"".join(row[:-1]): int(row[-1]) for row in rows}
    return CaptureTable.from_counts(counts, lists=header[:-1])


def table_of(counts: list[int]) -> CaptureTable:
    k = len(counts).bit_length()
    return CaptureTable(tuple("ABCDE"[:k]), np.array([0, *counts]))


def population(rng: np.random.Generator, people: int, classes: list[tuple[float, ...]]):
    share = np.array(classes)[rng.integers(len(classes), size=people)]
    masks = (rng.random(share.shape) < share) @ (1 << np.arange(share.shape[1]))
    counts = np.bincount(masks, minlength=1 << share.shape[1])
    return table_of(counts[1:].tolist())


@needs_tables
@pytest.mark.parametrize("name", ["kosovo_4", "neworleans_5_n185"])
def test_where_chains_agree_limits_are_those_of_lcmcr(name):
    recorded = json.loads((MSE / "reference-results.json").read_text())["lcmcr"][name]["q"]
    result = QUICK.fit(read(name), seed=1)
    assert result.diagnostics["r_hat"] < 1.05
    assert result.estimate == pytest.approx(recorded["50%"], rel=0.03)
    ends = result.interval(0.95)
    assert (ends.low, ends.high) == pytest.approx((recorded["2.5%"], recorded["97.5%"]), rel=0.06)


@needs_tables
def test_chains_that_disagree_give_no_figure():
    result = LatentClass(chains=8, warm_up=40, keep=40).fit(read("netherlands_5"), seed=1)
    assert result.status is Status.NOT_CONVERGED
    assert result.diagnostics["r_hat"] > 1.05
    assert np.isnan(result.estimate)
    assert not result.intervals
    assert result.draws is None
    assert "chains disagree" in result.warnings[0]


def test_the_posterior_is_that_of_weighting_the_prior():
    # Small enough for brute force: 400,000 draws of the prior, weighted by the likelihood of
    # the people seen, and the unseen drawn given each.
    table, model = (
        table_of([9, 6, 2, 7, 1, 3, 2]),
        LatentClass(classes=3, chains=16, warm_up=60, keep=250),
    )
    rng, draws = np.random.default_rng(1), 400_000
    concentration = np.maximum(rng.gamma(0.25, 4, draws), 1e-12)
    rest = rng.random((2, draws)) ** (1 / concentration)
    weights = np.array([1 - rest[0], rest[0] * (1 - rest[1]), rest[0] * rest[1]])
    share = rng.random((3, 3, draws))
    chance = np.zeros((8, draws))
    for mask in range(8):
        on = [share[i] if mask >> i & 1 else 1 - share[i] for i in range(3)]
        chance[mask] = (weights * on[0] * on[1] * on[2]).sum(axis=0)
    with np.errstate(under="ignore"):
        log = table.counts[1:] @ np.log(chance[1:]) - 30 * np.log(chance[1:].sum(axis=0))
        mass = np.exp(log - log.max())
    kept = rng.choice(draws, 40_000, p=mass / mass.sum())
    unseen = rng.negative_binomial(30, np.maximum(1 - chance[0, kept], 1e-9))
    hidden, _ = model.sample(table, seed=2)
    for p in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert np.quantile(hidden, p) == pytest.approx(np.quantile(unseen, p), rel=0.06, abs=1)


def test_slopes_are_those_of_the_posterior():
    chains = _Chains(LatentClass(chains=3), table_of([50, 40, 8, 30, 5, 0, 2]).counts, rng())
    logits, sticks = chains.logits, chains.sticks
    _, slope, pull = chains._posterior(logits, sticks, 0.7)
    for i, k in ((0, 0), (2, 7)):
        nudge = np.zeros_like(logits)
        nudge[i, k] = 1e-5
        up, down = (chains._posterior(logits + s * nudge, sticks, 0.7)[0] for s in (1, -1))
        assert (up - down) / 2e-5 == pytest.approx(slope[i, k], rel=1e-4, abs=1e-6)
    for k in (0, 8):
        nudge = np.zeros_like(sticks)
        nudge[k] = 1e-5
        up, down = (chains._posterior(logits, sticks + s * nudge, 0.7)[0] for s in (1, -1))
        assert (up - down) / 2e-5 == pytest.approx(pull[k], rel=1e-4, abs=1e-6)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_lost_chain_restarts_from_another_and_a_lesser_one_does_not():
    chains = _Chains(LatentClass(chains=4), table_of([50, 40, 8, 30, 5, 0, 2]).counts, rng())
    chains.logits[:] = -1.0
    chains.logits[..., 1] = 6.0
    chains.logits[..., 2] = -1.1
    chains._restart_lost()
    assert chains.restarted == 1
    assert (chains.logits[..., 1] < 0).all()
    assert (chains.logits[..., 2] == -1.1).all()


class _Scripted(LatentClass):
    def sample(self, table, *, seed=0):
        hidden = np.random.default_rng(seed).poisson(300, (self.keep, self.chains)).astype(float)
        return hidden, {"restarted_chains": float(self.warm_up)}


@pytest.mark.parametrize(("restarted", "status"), [(15, "FITS"), (16, "NOT_CONVERGED")])
def test_restarting_a_quarter_of_the_chains_counts_as_disagreement(restarted, status):
    result = _Scripted(warm_up=restarted).fit(table_of([50, 40, 8, 30, 5, 0, 2]))
    assert result.diagnostics["r_hat"] < 1.05
    assert result.status is Status[status]
    assert np.isnan(result.estimate) == (status == "NOT_CONVERGED")


def test_a_sweep_keeps_everybody_it_counted():
    table = table_of([50, 40, 8, 30, 5, 0, 2])
    chains = _Chains(LatentClass(chains=4), table.counts, rng())
    in_use = chains.sweep()
    assert 1 <= in_use <= 10
    weights = expit(chains.sticks)
    assert ((weights >= 0) & (weights <= 1)).all()
    assert (chains.unseen >= 0).all()


def test_relabelling_lists_changes_nothing_and_a_seed_repeats_its_numbers():
    table = table_of([50, 40, 8, 30, 5, 1, 2])
    moved = np.zeros(8, dtype=np.int64)
    order = (2, 0, 1)
    for mask in range(8):
        moved[sum((mask >> i & 1) << order[i] for i in range(3))] = table.counts[mask]
    tiny = LatentClass(chains=4, warm_up=20, keep=20)
    first, again, other = (
        tiny.sample(t, seed=s)[0]
        for t, s in ((table, 1), (CaptureTable(("B", "C", "A"), moved), 1), (table, 2))
    )
    assert (first == again).all()
    assert (first != other).any()


def test_the_total_has_no_upper_limit():
    hidden, _ = LatentClass(chains=8, warm_up=40, keep=80).sample(
        table_of([90, 80, 1, 70, 1, 0, 0])
    )
    assert hidden.max() > 21 * 242


@pytest.mark.parametrize(
    "options", [{"chains": 1}, {"classes": 1}, {"keep": 3}, {"warm_up": 0}, {"shape": 0}]
)
def test_options_that_could_not_show_disagreement_are_refused(options):
    with pytest.raises(ValueError, match=r"at least|above 0"):
        LatentClass(**options)


def test_two_lists_are_refused():
    with pytest.raises(Refused):
        QUICK.fit(table_of([5, 4, 3]))


def test_tiny_shapes_are_drawn_in_logs():
    chains = _Chains(LatentClass(chains=2), table_of([5, 4, 3, 2, 1, 1, 1]).counts, rng())
    for shape in (1e-4, 0.03, 0.8, 1.0, 7.5):
        logs = chains._log_gamma(np.full(200_000, shape))
        assert np.isfinite(logs).all()
        assert logs.mean() == pytest.approx(digamma(shape), rel=0.02, abs=0.02)


def test_convergence_knows_independent_sticky_and_parted_chains():
    noise = np.random.default_rng(1).standard_normal((1000, 8))
    r_hat, effective = convergence(noise)
    assert r_hat < 1.01
    assert effective == pytest.approx(8000, rel=0.15)
    sticky = noise.copy()
    for t in range(1, len(sticky)):
        sticky[t] = 0.8 * sticky[t - 1] + 0.6 * noise[t]
    assert convergence(sticky)[1] == pytest.approx(8000 / 9, rel=0.25)
    parted = noise + (np.arange(8) == 3)
    assert convergence(parted)[0] > 1.05
    wider = noise * np.where(np.arange(8) == 3, 4, 1)
    assert convergence(wider)[0] > 1.05


def test_limits_cover_populations_of_one_class():
    # Of two classes they cover less often: see bench/prevalence_latent.py for how much less.
    rng, covered = np.random.default_rng(4), 0
    model = LatentClass(chains=8, warm_up=40, keep=40)
    for seed in range(8):
        table = population(rng, 800, [(0.35, 0.3, 0.25, 0.2)])
        totals = model.sample(table, seed=seed)[0] + table.observed
        low, high = np.quantile(totals, (0.025, 0.975))
        assert totals.min() >= table.observed
        covered += low <= 800 <= high
    assert covered >= 7
