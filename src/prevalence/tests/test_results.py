import json
import math

import numpy as np
import pytest

from prevalence.results import Interval, NoInterval, Result, Status


def result(**changes) -> Result:
    given = {
        "method": "stepwise",
        "lists": ("A", "B", "C"),
        "observed": 100,
        "estimate": 400.0,
        "hidden": 300.0,
        "intervals": {0.95: {"normal": Interval(300, 600), "bca": Interval(250, 700, 5, 9)}},
    }
    return Result(**(given | changes))


def test_the_best_kind_of_interval_is_shown_unless_one_is_named():
    assert result().interval().low == 250
    assert result().interval(kind="normal").low == 300
    with pytest.raises(NoInterval, match="normal, bca"):
        result().interval(0.5)


def test_a_rate_carries_the_interval_it_came_from():
    rate = result().per_1000(10_000)
    assert (rate.estimate, rate.low, rate.high, rate.kind) == (40, 25, 70, "bca")
    with pytest.raises(ValueError, match="population"):
        result().per_1000(0)


@pytest.mark.parametrize(("lists", "band"), [("ABC", (250, 400)), ("ABCD", (400, 700))])
def test_the_k_way_band_scales_the_dark_figure_by_the_odds(lists, band):
    # With an odd number of lists the unseen sit in the denominator of the odds ratio.
    assert result(lists=tuple(lists)).k_way_band((1, 2)) == band
    assert result(lists=tuple(lists)).k_way_band() == (250, 700)


def test_the_summary_carries_interval_error_band_and_assumptions():
    text = result(warnings=("two models disagree",), override="asked by the board").summary()
    for part in ("400 people", "95% bca: 250 to 700", "+/- 5, 9", "250 to 700", "assumes:"):
        assert part in text
    assert "warning: two models disagree" in text
    assert "because: asked by the board" in text


def test_json_has_the_promised_keys_and_no_numbers_that_do_not_exist():
    said = json.loads(json.dumps(result(estimate=math.nan, hidden=math.nan).to_dict()))
    promised = "method lists observed estimate hidden interval terms empty_pairs status warnings"
    assert set(f"{promised} verdict seed version".split()) <= set(said)
    assert said["estimate"] is None
    assert said["interval"] == {"level": 0.95, "normal": [300, 600], "bca": [250, 700]}
    assert said["status"] == 0


def test_a_result_cannot_be_changed_but_can_be_warned():
    with pytest.raises(AttributeError):
        result().estimate = 3
    with pytest.raises(TypeError):
        result().options["a"] = 1
    assert result().warned("x", "x").warnings == ("x",)


def test_every_status_has_words():
    assert all(status.words for status in Status)


def test_draws_do_not_fill_the_screen():
    assert "array" not in repr(result(draws=np.zeros(5)))
