import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from prevalence.data import korea, kosovo, uk2013
from prevalence.results import Status
from prevalence.stepwise import Stepwise, select
from prevalence.table import CaptureTable

COUNTS = st.lists(st.integers(0, 60), min_size=7, max_size=7).filter(any)


def test_the_uk_estimate_is_the_published_one():
    result = Stepwise().fit(uk2013(lists=5))
    assert result.estimate == pytest.approx(11312.99, abs=0.005)
    assert len(result.terms) == 6
    assert Stepwise().fit(uk2013()).estimate == pytest.approx(11417.99, abs=0.005)


def test_threshold_zero_keeps_lists_independent_and_one_adds_every_pair():
    assert Stepwise(threshold=0).fit(kosovo()).terms == ()
    assert len(Stepwise(threshold=1).fit(kosovo()).terms) == 6
    with pytest.raises(ValueError, match="between 0 and 1"):
        Stepwise(threshold=2)


def test_tables_side_by_side_give_what_each_gives_alone():
    table = uk2013(lists=5)
    rng = np.random.default_rng(1)
    counts = rng.multinomial(table.observed, table.counts / table.observed, size=40).T
    models, fits = select(counts, 5, threshold=0.02)
    for i in range(0, 40, 7):
        model, single = select(counts[:, [i]], 5, threshold=0.02)
        assert np.array_equal(model[:, 0], models[:, i])
        assert single.hidden[0] == pytest.approx(fits.hidden[i], rel=1e-12)


def test_lists_that_share_nobody_have_no_estimate_and_say_so():
    table = CaptureTable.from_counts({"100": 50, "010": 60, "001": 70}, lists=("A", "B", "C"))
    result = Stepwise().fit(table)
    assert result.status == Status.NO_MLE
    assert np.isnan(result.estimate)
    assert result.intervals == {}


def test_a_list_with_nobody_on_it_changes_nothing():
    with_empty = CaptureTable(("A", "B", "C", "D"), np.append(korea().counts, np.zeros(8, int)))
    with_it = Stepwise().fit(with_empty).estimate
    assert with_it == pytest.approx(Stepwise().fit(korea()).estimate, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(COUNTS)
def test_relabelling_lists_changes_nothing(counts):
    table = CaptureTable(("A", "B", "C"), np.array([0, *counts]))
    assume(not tied(table))
    here = Stepwise().fit(table).estimate
    for order in ((2, 0, 1), (1, 0, 2)):
        moved = [sum((w >> o & 1) << i for i, o in enumerate(order)) for w in range(8)]
        other = np.zeros(8, dtype=np.int64)
        other[moved] = table.counts
        relabelled = CaptureTable(tuple("ABC"[o] for o in order), other)
        there = Stepwise().fit(relabelled).estimate
        assert there == pytest.approx(here, rel=1e-7, nan_ok=True)


def tied(table: CaptureTable) -> bool:
    """Two pairs alike in size and overlap: which comes first is then the order of the lists."""
    sizes = np.diag(table.overlaps())
    overlaps = table.overlaps()[np.triu_indices(3, 1)]
    return len(set(sizes.tolist())) < 3 or len(set(overlaps.tolist())) < 3


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_estimates_are_never_below_the_observed(counts):
    result = Stepwise(threshold=0.2).fit(CaptureTable(("A", "B", "C"), np.array([0, *counts])))
    if result.status == Status.FITS:
        assert result.estimate >= result.observed
        for kinds in result.intervals.values():
            for ends in kinds.values():
                assert result.observed - 1e-9 <= ends.low <= ends.high
    else:
        assert np.isnan(result.estimate)


@settings(max_examples=20, deadline=None)
@given(COUNTS, st.integers(1, 7))
def test_an_empty_pattern_changes_nothing(counts, pattern):
    digits = [f"{w & 1}{w >> 1 & 1}{w >> 2 & 1}" for w in range(8)]
    given_counts = {digits[w]: counts[w - 1] for w in range(1, 8)}
    without = {d: c for d, c in given_counts.items() if c}
    one = CaptureTable.from_counts(given_counts | {digits[pattern]: given_counts[digits[pattern]]},
                                   lists="ABC")  # fmt: skip
    other = CaptureTable.from_counts(without, lists="ABC")
    assert one.hash() == other.hash()
    assert Stepwise().fit(one).to_dict() == Stepwise().fit(other).to_dict()
