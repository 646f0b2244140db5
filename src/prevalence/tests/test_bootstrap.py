from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import norm

from prevalence.bic import BestBIC
from prevalence.bootstrap import bootstrap, leave_one_out, replicate_intervals
from prevalence.data import korea, kosovo, uk2013
from prevalence.intervals import adjusted, adjusted_error, quantile
from prevalence.results import Interval
from prevalence.runs import OtherRun
from prevalence.simulate import coverage, fitted_pattern_shares
from prevalence.stepwise import Stepwise
from prevalence.table import CaptureTable


def test_bca_ends_follow_the_formula_of_efron():
    rng = np.random.default_rng(2)
    draws = rng.lognormal(7, 0.2, 4000)
    left, weights = rng.normal(1000, 3, 12), rng.integers(1, 90, 12).astype(float)
    found, _ = replicate_intervals(draws, 1080.0, (left, weights), [0.9])
    z0 = norm.ppf((draws < 1080).mean())
    gap = (weights @ left) / weights.sum() - left
    a = (weights @ gap**3) / (6 * (weights @ gap**2) ** 1.5)
    z = z0 + norm.ppf([0.05, 0.95])
    levels = norm.cdf(z0 + z / (1 - a * z))
    expected = np.quantile(draws, levels, method="median_unbiased")
    bca = found[0.9]["bca"]
    assert (bca.low, bca.high) == pytest.approx(tuple(expected), rel=1e-9)


def test_quantiles_are_numpy_s_type_8_and_survive_infinity():
    values = np.sort(np.random.default_rng(3).normal(size=57))
    for at in (0.0, 0.001, 0.3, 0.77, 0.999, 1.0):
        expected = np.quantile(values, at, method="median_unbiased")
        assert quantile(values, at) == pytest.approx(expected, rel=1e-12)
    assert quantile(np.array([1.0, np.inf, np.inf]), 0.9) == np.inf
    assert quantile(np.array([1.0, 2.0, np.inf]), 0.5) == 2.0


def test_the_monte_carlo_error_is_the_spread_of_the_end_over_repeated_runs():
    rng = np.random.default_rng(9)
    ends, errors = [], []
    jackknife = rng.normal(1000, 3, 12), np.ones(12)
    for _ in range(300):
        draws = rng.lognormal(7, 0.2, 1000)
        bca = replicate_intervals(draws, 1050.0, jackknife, [0.8])[0][0.8]["bca"]
        ends.append((bca.low, bca.high))
        errors.append((bca.low_mc_error, bca.high_mc_error))
    ratio = np.mean(errors, axis=0) / np.std(ends, axis=0)
    assert (np.abs(np.log(ratio)) < 0.15).all()


def test_beyond_its_pole_bca_takes_the_last_replicate():
    assert adjusted(0.9999, 3.0, 0.2) == 1.0
    assert adjusted_error(0.975, 0.0, 0.0, 0.5, 1000) > 0


def test_the_same_seed_gives_the_same_numbers_wherever_blocks_run():
    table = kosovo()
    here = bootstrap(Stepwise(), table, resamples=2500, seed=5)
    with ThreadPoolExecutor(2) as pool:
        there = bootstrap(Stepwise(), table, resamples=2500, seed=5, executor=pool)
    assert np.allclose(here.draws, there.draws, rtol=1e-12)
    assert here.interval(kind="bca") == there.interval(kind="bca")
    other = bootstrap(Stepwise(), table, resamples=2500, seed=6)
    assert not np.allclose(here.draws, other.draws)


def test_the_numbers_of_a_seed_are_written_down():
    """The same on every machine; a new NumPy that draws otherwise must show itself here."""
    result = bootstrap(Stepwise(), kosovo(), resamples=2000, seed=1)
    bca = result.interval(0.95, kind="bca")
    assert (bca.low, bca.high) == pytest.approx((12579.596387129963, 16515.55915595162), rel=1e-9)


class StopError(Exception):
    pass


def test_a_stopped_run_resumes_where_it_was(tmp_path):
    calls = []

    def stop_at_two(done, blocks):
        calls.append((done, blocks))
        if done == 2:
            raise StopError

    kept = tmp_path / "run.npz"
    run = {"resamples": 4000, "seed": 1, "checkpoint": kept}
    with pytest.raises(StopError):
        bootstrap(Stepwise(), korea(), progress=stop_at_two, **run)
    again = []
    resumed = bootstrap(Stepwise(), korea(), progress=lambda *at: again.append(at), **run)
    assert calls == [(1, 4), (2, 4)]
    assert again == [(3, 4), (4, 4)]
    straight = bootstrap(Stepwise(), korea(), resamples=4000, seed=1)
    assert np.array_equal(resumed.draws, straight.draws)
    with pytest.raises(OtherRun, match="another run"):
        bootstrap(Stepwise(), korea(), resamples=4000, seed=2, checkpoint=kept)


def test_selection_is_repeated_so_the_interval_is_wider_than_the_naive_one():
    result = bootstrap(Stepwise(), uk2013(lists=5), resamples=4000, seed=1)
    naive, whole = (result.interval(kind=kind) for kind in ("normal", "percentile"))
    assert whole.high - whole.low > 2 * (naive.high - naive.low)
    assert result.options["resamples"] == 4000
    assert result.seed == 1


def test_bca_at_the_edge_of_its_replicates_is_flagged(table_named):
    result = bootstrap(Stepwise(), table_named("neworleans_5_n185"), resamples=1000, seed=1)
    assert "extreme replicates" in result.interval(kind="bca").flags[0]
    assert result.interval(kind="percentile").flags == ()


def test_bic_selection_is_bootstrapped_as_published(reference):
    result = bootstrap(BestBIC(max_order=2), korea(), resamples=20_000, seed=1)
    published = reference["bic_bca"]["korea_3_order2_ntopInf_nboot1000"]["BCa"]["6"]
    ends = result.interval(kind="bca")
    assert ends.low == pytest.approx(published["0.025"], rel=0.03)
    assert ends.high == pytest.approx(published["0.975"], rel=0.1)


def test_too_few_resamples_are_refused():
    with pytest.raises(ValueError, match="at least 100"):
        bootstrap(Stepwise(), korea(), resamples=50)


def test_resamples_in_which_no_lists_meet_count_as_infinite():
    table = CaptureTable.from_counts({"100": 30, "010": 30, "001": 30, "110": 2}, lists="ABC")
    result = bootstrap(Stepwise(), table, resamples=1000, seed=1)
    assert any("no two lists share anybody" in w for w in result.warnings)
    assert result.interval(kind="percentile").high == np.inf
    assert isinstance(result.interval(kind="bca"), Interval)


def test_leaving_one_out_leaves_each_pattern_once():
    totals, weights = leave_one_out(Stepwise(), kosovo())
    assert len(totals) == np.count_nonzero(kosovo().counts)
    assert weights.sum() == kosovo().observed


def test_bca_covers_populations_like_the_uk_about_as_published():
    total, shares = fitted_pattern_shares(uk2013(lists=5))
    found = coverage(Stepwise(), total, shares, populations=40, resamples=400, seed=3)
    assert total == 11313
    assert found.populations == 40
    assert found.covered[0.95]["bca"] > 0.75  # 0.90 over 500; 0.75 is three deviations below
    assert found.covered[0.95]["percentile"] >= found.covered[0.8]["percentile"]
    assert 0.05 < found.log_rmse < 0.4
