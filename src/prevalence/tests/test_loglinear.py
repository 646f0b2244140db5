import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prevalence.hierarchy import (
    TooManyModels,
    hierarchical_models,
    notation,
    parse,
)
from prevalence.loglinear import exists, fit, identified, main_effects, precision, support
from prevalence.patterns import subset_sums, superset_sums
from prevalence.results import Status


def design(model, k, live):
    """The design matrix, cell by cell, as a textbook writes it."""
    terms, cells = np.flatnonzero(model), np.flatnonzero(live)
    return np.array([[float(t & w == t) for t in terms] for w in cells])


def test_two_independent_lists_give_lincoln_and_petersen():
    counts = np.array([[0], [30], [50], [20]])
    fits = fit(counts, main_effects(2)[:, None], 2)
    assert fits.hidden[0] == pytest.approx(30 * 50 / 20, rel=1e-10)


def test_three_lists_with_all_pairs_give_the_closed_form():
    n = np.array([0, 40, 30, 12, 20, 9, 7, 5])
    model = parse("[12,13,23]", 3)
    hidden = fit(n[:, None], model[:, None], 3).hidden[0]
    # No three-way odds: the unseen are the product of odd patterns over that of even ones.
    assert hidden == pytest.approx(n[1] * n[2] * n[4] * n[7] / (n[3] * n[5] * n[6]), rel=1e-9)


def test_fitted_totals_equal_the_observed_ones():
    rng = np.random.default_rng(4)
    counts = rng.poisson(6, (16, 40))
    counts[0] = 0
    model = parse("[123,14,34]", 4)
    fits = fit(counts, model[:, None], 4)
    fitted = superset_sums(np.exp(fits.eta) * fits.live, 4)
    assert np.allclose(fitted[model], superset_sums(counts.astype(float), 4)[model], rtol=1e-8)


def test_a_fit_does_not_depend_on_its_neighbours():
    rng = np.random.default_rng(5)
    counts = rng.poisson(2, (16, 300))
    counts[0] = 0
    models = hierarchical_models(4, 3)[:, rng.integers(0, 113, 300)]
    together = fit(counts, models, 4)
    alone = [fit(counts[:, [i]], models[:, [i]], 4) for i in range(300)]
    assert np.array_equal(together.status, [one.status[0] for one in alone])
    assert np.allclose(
        together.hidden, [one.hidden[0] for one in alone], rtol=1e-12, equal_nan=True
    )


def test_newtons_verdict_is_that_of_rank_and_linear_programme():
    """Every hierarchical model of sparse tables, against the textbook definition."""
    rng = np.random.default_rng(6)
    tables = [np.array([0, 40, 30, 6, 20, 0, 0, 0])]  # Chan, Silverman & Vincent (2021), Table 2
    tables += [np.where(rng.random(16) < 0.6, 0, rng.integers(1, 4, 16)) for _ in range(6)]
    seen = set()
    for counts in tables:
        k = len(counts).bit_length() - 1
        counts[0], counts[1] = 0, 3
        models = hierarchical_models(k, k - 1)
        fits = fit(counts[:, None], models, k, full_status=True)
        nstar = superset_sums(counts, k)[:, None]
        for i in range(models.shape[1]):
            live, terms = (a[:, 0] for a in support(nstar, models[:, [i]], k))
            rank = np.linalg.matrix_rank(design(terms, k, live))
            code = (0 if exists(counts, live, terms) else 1) + (0 if rank == terms.sum() else 2)
            assert fits.status[i] == code, notation(models[:, i], k)
            seen.add(code)
    assert seen == {0, 1, 2, 3}


def test_euler_characteristic_is_rank():
    models = hierarchical_models(4, 3)
    live = np.ones((16, 1), dtype=bool)
    live[0] = live[15] = False
    ranks = [np.linalg.matrix_rank(design(m, 4, live[:, 0])) for m in models.T]
    expected = np.array(ranks) == models.sum(axis=0)
    assert np.array_equal(identified(live, models, 4), expected)
    assert not expected.all()


def test_the_standard_error_is_that_of_the_information_matrix():
    counts = np.array([0, 40, 30, 12, 20, 9, 7, 5])
    model = parse("[12,3]", 3)
    fits = fit(counts[:, None], model[:, None], 3)
    a = design(model, 3, fits.live[:, 0])
    mean = np.exp(fits.eta[1:, 0])
    expected = np.sqrt(np.linalg.inv(a.T @ (a * mean[:, None]))[0, 0])
    assert precision(fits.eta[:, 0], fits.live[:, 0], model, 3) == pytest.approx(expected)


def test_models_are_as_many_as_published():
    assert [hierarchical_models(k, k - 1).shape[1] for k in (3, 4, 5)] == [8, 113, 6893]
    assert hierarchical_models(6, 2).shape[1] == 32_768
    with pytest.raises(TooManyModels, match="lower the order"):
        hierarchical_models(6, 3)
    with pytest.raises(TooManyModels):
        hierarchical_models(9, 2)


def test_every_model_is_hierarchical_and_written_once():
    models = hierarchical_models(4, 3)
    closed = (subset_sums(~models, 4) & models).any()
    assert not closed
    words = {notation(m, 4) for m in models.T}
    assert len(words) == 113
    assert all(np.array_equal(parse(notation(m, 4), 4), m) for m in models.T)


def test_an_unreadable_model_is_refused():
    with pytest.raises(ValueError, match="lists 1 to 3"):
        parse("[14]", 3)


TABLES = st.lists(st.integers(0, 30), min_size=15, max_size=15).filter(any)


@settings(max_examples=40, deadline=None)
@given(TABLES, st.integers(2, 50))
def test_with_the_model_fixed_scaling_counts_scales_the_estimate(counts, factor):
    y = np.array([[0], *[[c] for c in counts]])
    models = hierarchical_models(4, 2)
    one, many = fit(y, models, 4), fit(y * factor, models, 4)
    assert np.array_equal(one.status, many.status)
    assert np.allclose(one.hidden * factor, many.hidden, rtol=1e-6, equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_no_model_crashes_on_any_table_or_gives_fewer_people_than_seen(counts):
    y = np.array([[0], *[[c] for c in counts]])
    fits = fit(y, hierarchical_models(4, 3), 4, full_status=True)
    fitted = fits.status == Status.FITS
    assert (fits.hidden[fitted] >= 0).all()
    assert np.isnan(fits.hidden[~fitted]).all()
