"""How an estimation says how far it is."""

from daymark.insight.estimating import _Steps, work
from prevalence.bic import PARTS
from prevalence.data import uk2013


def test_going_through_every_model_is_told_step_by_step_and_never_backwards():
    table = uk2013(lists=5)
    counts = {str(n): int(people) for n, people in enumerate(table.counts) if people}
    order = {
        "table": {"lists": list(table.lists), "counts": counts, "strata": {}},
        "options": {
            "methods": ["bic"],
            "resamples": 100,
            "threshold": 0.02,
            "max_order": 2,
            "override": "",
        },
        "seed": 3,
    }
    heard: list[tuple[str, int, int]] = []
    result = work(order, lambda *said: heard.append(said))
    assert _Steps.SCREENED == 2 * PARTS
    assert {steps for _doing, _done, steps in heard} == {2 * PARTS + 2}
    within = [done for doing, done, _steps in heard if doing == "bic"]
    assert within == sorted(within)
    assert len(set(within)) > PARTS
    assert result["results"][0]["method"] == "bic"
