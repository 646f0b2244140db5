from dataclasses import replace

import numpy as np
import pytest

from prevalence.bic import BestBIC
from prevalence.data import korea, kosovo, uk2013
from prevalence.graphs import GraphAverage
from prevalence.honesty import Verdict, all_models, compare, estimate, guard, judge
from prevalence.latent import LatentClass
from prevalence.results import Refused, Status
from prevalence.sensitivity import heterogeneity, sensitivity
from prevalence.simulate import coverage, draw, latent_class_shares
from prevalence.stepwise import Stepwise
from prevalence.table import CaptureTable

QUICK = (Stepwise(), BestBIC(max_order=2), GraphAverage(points=500))


def verdict_on(table):
    results = [estimator.fit(table) for estimator in QUICK]
    return judge(table, results, sensitivity(table), all_models(table))


def independent(seed=1, people=20_000):
    shares = latent_class_shares([1], [[0.5, 0.45, 0.4, 0.55]])
    return draw(people, shares, "ABCD", rng=np.random.default_rng(seed))


def test_a_clear_table_is_usable():
    verdict, reasons = verdict_on(independent())
    assert (verdict, reasons) == (Verdict.USABLE, ())


@pytest.mark.parametrize("seed", range(12))
def test_people_who_are_harder_to_see_never_give_a_usable_figure(seed):
    """Two kinds of people, and a truth of 1.5 to 2.6 times the estimate."""
    rng = np.random.default_rng(seed)
    while True:
        k = int(rng.integers(3, 6))
        share, ratio = rng.uniform(0.3, 0.7), np.exp(rng.uniform(np.log(4), np.log(60)))
        people, easy = int(rng.integers(2000, 12_000)), rng.uniform(0.08, 0.6, k)
        odds = easy / (1 - easy) / ratio * np.exp(rng.normal(0, 0.3, k))
        shares = latent_class_shares([share, 1 - share], [easy, odds / (1 + odds)])
        table = draw(people, shares, "ABCDE"[:k], rng=rng)
        if table.check().refusals:
            continue
        if 1.5 < people / Stepwise().fit(table).estimate < 2.6:
            break
    assert verdict_on(table)[0] > Verdict.USABLE


def test_the_uk_table_is_not_to_be_published_and_says_why():
    verdict, reasons = verdict_on(uk2013(lists=5))
    said = " ".join(reason.words for reason in reasons)
    assert verdict == Verdict.DO_NOT_PUBLISH
    for part in ("12,262 to 28,822", "estimators disagree", "thirty times", "leaving one list out"):
        assert part in said
    assert reasons[0].verdict >= reasons[-1].verdict


def test_a_thin_table_is_refused_with_its_overlaps():
    with pytest.raises(Refused, match="123 people") as refused:
        guard(korea())
    assert refused.value.overlaps == korea().overlap_text()
    with pytest.raises(Refused):
        estimate(korea(), Stepwise(), override="because")
    assert guard(kosovo()) is None


def test_lists_that_share_nobody_are_refused_whatever_the_reason():
    table = CaptureTable.from_counts({"100": 90, "010": 90, "001": 90}, lists="ABC")
    with pytest.raises(Refused, match="no written reason"):
        guard(table, "Ordered by the court on 3 May for the case file")


def test_a_total_beyond_every_interval_is_called_so():
    shares = latent_class_shares([0.35, 0.65], [[0.4, 0.35, 0.45, 0.3], [0.03, 0.03, 0.04, 0.02]])
    table = draw(6000, shares, "ABCD", rng=np.random.default_rng(0))
    words = [r.words for r in verdict_on(table)[1]]
    assert any("more than any interval covers" in w for w in words)


def test_an_override_is_carried_and_the_figure_still_not_publishable():
    why = "Ordered by the court on 3 May for the case file"
    result = estimate(korea(), Stepwise(), resamples=500, override=why)
    assert result.override == why
    assert result.verdict == "do not publish"
    assert why in result.summary()
    assert estimate(kosovo(), Stepwise(), resamples=500, override=why).override is None


def test_chains_that_disagree_forbid_publication():
    table = independent()
    good = Stepwise().fit(table)
    bad = replace(good, method="latent", status=Status.NOT_CONVERGED, estimate=np.nan)
    verdict, reasons = judge(table, [good, bad], sensitivity(table), None)
    assert verdict == Verdict.DO_NOT_PUBLISH
    assert "chains have not agreed" in reasons[0].words


def test_compare_runs_everyone_and_gives_one_verdict():
    table = kosovo()
    steps = []
    everyone = (*QUICK, LatentClass(chains=2, warm_up=4, keep=4))
    found = compare(
        table, estimators=everyone, resamples=400, progress=lambda *at: steps.append(at)
    )
    assert [r.method for r in found.results] == ["stepwise", "bic", "graphs", "latent"]
    assert {r.verdict for r in found.results} == {found.verdict.words}
    assert steps[-1] == (4, 4)
    said = found.to_dict()
    assert set(said) >= {"verdict", "reasons", "results"}
    text = found.summary()
    assert text.startswith(f"Verdict: {found.verdict.words}")
    assert "People on both lists" in text
    assert "All assume:" in text


def test_an_estimator_that_cannot_run_is_named():
    table = draw(
        9000, latent_class_shares([1], [[0.2] * 7]), "ABCDEFG", rng=np.random.default_rng(1)
    )
    found = compare(table, estimators=(Stepwise(), BestBIC(max_order=2)), resamples=200)
    assert "lower the order" in found.declined["bic"]
    assert found.spread is None


def test_linkage_errors_move_a_two_list_table_as_arithmetic_says():
    table = CaptureTable(("A", "B"), np.array([0, 300, 500, 100]))
    linkage = sensitivity(table).linkage
    assert linkage["5% of links missed"] == pytest.approx(400 * 600 / 105)
    assert linkage["5% of links false"] == pytest.approx(400 * 600 / 95)


def test_each_list_is_taken_as_truth():
    found = sensitivity(independent()).as_truth
    assert set(found) == {"A", "B", "C", "D"}
    for truth in found.values():
        assert truth.low * 0.97 < truth.known < truth.high * 1.03
    missed = sensitivity(kosovo()).as_truth["EXH"]
    assert missed.known == 1910
    assert missed.high < missed.known


def test_strata_that_are_too_small_are_named_and_others_must_add_up():
    rng = np.random.default_rng(3)
    kinds = {"f": (6000, 0.5), "m": (6000, 0.5), "x": (20, 0.5)}
    rows = [
        {"sex": sex} | {label: int(on) for label, on in zip("ABCD", person, strict=True)}
        for sex, (people, chance) in kinds.items()
        for person in rng.random((people, 4)) < chance
        if person.any()
    ]
    table = CaptureTable.from_links(rows, lists=tuple("ABCD"), strata=("sex",))
    checks = sensitivity(table)
    assert checks.strata["sex"]["x"] is None
    assert checks.strata["sex"]["f"] == pytest.approx(6000, rel=0.05)
    words = [r.words for r in judge(table, [], checks, None)[1]]
    assert any("too small for an estimate of their own, shown only pooled: x" in w for w in words)
    apart = replace(checks, strata={"sex": {"f": 9000.0, "m": 9000.0}})
    words = [r.words for r in judge(table, [], apart, None)[1]]
    assert any("do not add up" in w for w in words)


def test_a_mixture_is_found_where_there_is_one():
    shares = latent_class_shares([0.4, 0.6], [[0.6] * 4, [0.05] * 4])
    mixed = heterogeneity(draw(6000, shares, "ABCD", rng=np.random.default_rng(2)))
    assert mixed.gain > 10
    alike = heterogeneity(independent())
    assert alike.gain < 6
    assert alike.high < 1.25 * 20_000


def test_no_interval_covers_people_of_two_kinds():
    shares = latent_class_shares(
        [0.3, 0.7], [[0.2, 0.25, 0.3, 0.15, 0.2], [0.03, 0.03, 0.04, 0.02, 0.02]]
    )
    found = coverage(Stepwise(), 10_000, shares, populations=20, resamples=200, seed=1)
    assert found.covered[0.95] == {"bca": 0.0, "percentile": 0.0}
    assert np.exp(found.bias) == pytest.approx(0.5, abs=0.05)


def test_a_table_without_a_fit_has_no_heterogeneity_to_look_for():
    table = CaptureTable.from_counts({"100": 90, "010": 90, "001": 90}, lists="ABC")
    assert heterogeneity(table) is None
    verdict, _ = judge(table, [Stepwise().fit(table)], sensitivity(table), all_models(table))
    assert verdict == Verdict.DO_NOT_PUBLISH
