import numpy as np
import pytest

from prevalence.bic import PARTS, BestBIC, bic
from prevalence.bootstrap import bootstrap
from prevalence.data import korea, uk2013
from prevalence.fixed import LogLinear
from prevalence.hierarchy import hierarchical_models
from prevalence.loglinear import fit
from prevalence.results import Status
from prevalence.spread import AllModels
from prevalence.table import CaptureTable


def exhaustive(counts, models, k):
    """Fit every model to every table, without bounds."""
    best, hidden = np.full(counts.shape[1], np.inf), np.full(counts.shape[1], np.nan)
    for i in range(models.shape[1]):
        fits = fit(counts, models[:, [i]], k)
        score = np.where(fits.status == Status.FITS, bic(fits, models[:, [i]], counts), np.inf)
        better = score < best - 1e-8
        best[better], hidden[better] = score[better], fits.hidden[better]
    return hidden


@pytest.mark.parametrize("sparse", [0.0, 0.3, 0.6])
def test_bounding_chooses_exactly_as_fitting_everything_does(sparse):
    rng = np.random.default_rng(8)
    shares = np.where(rng.random(16) < sparse, 0, rng.gamma(0.4, size=16))
    shares[[0, 1, 2, 4, 8, 3]] = 0, 4, 3, 3, 2, 0.2
    counts = rng.multinomial(150, shares / shares.sum(), size=60).T
    models = hierarchical_models(4, 3)
    expected = exhaustive(counts, models, 4)
    found = BestBIC().hidden(counts, 4)
    assert np.allclose(found, expected, rtol=1e-9, equal_nan=True)


def test_the_uk_answers_are_the_published_ones():
    table = uk2013(lists=5)
    assert BestBIC().fit(table).options["model"] == "[123,25,34]"
    assert BestBIC().fit(table).estimate == pytest.approx(25311.29, abs=0.01)
    assert BestBIC(max_order=2).fit(table).estimate == pytest.approx(22991.33, abs=0.01)


def test_the_spread_keeps_every_model_with_its_status():
    spread = AllModels().spread(uk2013(lists=5))
    assert (len(spread.bic), spread.fitted) == (6893, 6519)
    assert spread.notation(0) == "[123,25,34]"
    assert spread.weight.sum() == pytest.approx(1)
    assert (np.diff(spread.bic[: spread.fitted]) >= 0).all()
    assert np.isnan(spread.total[spread.fitted :]).all()
    low, high = spread.supported()
    assert (low, high) == (pytest.approx(12262.41, abs=0.01), pytest.approx(28822.1, abs=0.1))


def test_two_of_korea_s_models_cannot_be_fitted():
    spread = AllModels().spread(korea())
    assert spread.fitted == 6
    assert AllModels().fit(korea()).interval(0.95).low >= korea().observed


def test_a_single_model_is_bootstrapped_with_any_number_of_lists():
    rng = np.random.default_rng(1)
    counts = rng.poisson(0.7, (128, 5)) + 1
    counts[0] = 0
    models = hierarchical_models(7, 1)
    expected = fit(counts, models, 7).hidden
    assert np.allclose(BestBIC(max_order=1).hidden(counts, 7), expected)


def test_a_named_model_is_fitted_as_named():
    table = uk2013(lists=5)
    result = LogLinear(model="[12,13,23,25,34]").fit(table)
    assert result.estimate == pytest.approx(22991.33, abs=0.01)
    assert result.options["model"] == "[12,13,23,25,34]"
    named = bootstrap(LogLinear(model="[12,13,23,25,34]"), table, resamples=500, seed=1)
    chosen = bootstrap(BestBIC(max_order=2), table, resamples=500, seed=1)
    ends = [r.interval(kind="percentile") for r in (named, chosen)]
    assert ends[0].high - ends[0].low < ends[1].high - ends[1].low


def test_a_table_no_model_fits_gives_no_figure():
    table = CaptureTable.from_counts({"100": 50, "010": 60, "001": 70}, lists="ABC")
    for estimator in (BestBIC(), AllModels()):
        result = estimator.fit(table)
        assert np.isnan(result.estimate)
        assert result.status != Status.FITS


def test_screening_tells_how_far_it_is_and_gives_the_same_answer():
    heard: list[None] = []
    counts = np.repeat(uk2013(lists=5).counts[:, None], 3, axis=1)
    told = BestBIC(told=lambda: heard.append(None)).hidden(counts, 5)
    assert len(heard) == PARTS
    assert np.array_equal(told, BestBIC().hidden(counts, 5))
