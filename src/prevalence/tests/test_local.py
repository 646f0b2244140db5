import json
import re
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prevalence.local import (
    UK_SOURCES,
    AreaTooSmall,
    BandRow,
    LocalBand,
    Source,
    local_band,
)

RESIDENTS = 192_700


def test_three_uk_studies_imply_what_was_worked_out_for_colchester():
    # Worked separately: half of the draws between 32 and 219, nine in ten between 14 and 631.
    band = local_band(RESIDENTS)
    quarter, three_quarters = np.quantile(band.draws, (0.25, 0.75))
    low, high = np.quantile(band.draws, (0.05, 0.95))
    assert (quarter, three_quarters) == pytest.approx((32, 219), rel=0.06)
    assert (low, high) == pytest.approx((14, 631), rel=0.12)
    assert (band.low, band.high) == (10, 600)
    assert band.sentence == (
        "National studies would imply anything from a few tens to several hundred people here; "
        "nobody has measured it locally."
    )


def test_without_differences_between_areas_each_study_gives_back_its_own_interval():
    band = local_band(50_000_000, area_sd=0)
    for row, people in zip(band.rows, band.draws, strict=True):
        source, scale = row.source, 50_000_000 / row.source.population
        ends = np.quantile(people, (0.025, 0.975))
        assert ends == pytest.approx((source.low * scale, source.high * scale), rel=0.02)


def test_no_single_number_leaves_the_band():
    band = local_band(RESIDENTS)
    said = json.dumps(band.to_dict())
    for word in ("median", "mean", "estimate", "central", "found per", "percent"):
        assert f'"{word}"' not in said
    names = {field.name for cls in (BandRow, LocalBand) for field in fields(cls)}
    assert not names & {"median", "mean", "estimate", "total", "middle"}
    assert not re.search(r"\d", band.sentence)
    assert "tens of people here" in local_band(40_000, area_sd=0, sources=UK_SOURCES[2:]).sentence
    assert all(row.low < row.high for row in band.rows)


def test_every_row_says_who_when_and_what_was_counted():
    band = local_band(RESIDENTS)
    assert [row.source.year for row in band.rows] == sorted(
        (source.year for source in UK_SOURCES), reverse=True
    )
    for row in band.to_dict()["rows"]:
        assert row["name"]
        assert row["edition"]
        assert row["definition"]
        assert isinstance(row["assumed"], bool)
    assert "Nobody has measured" in band.to_dict()["caveat"]


def test_a_ward_gets_no_band():
    with pytest.raises(AreaTooSmall, match="police force area"):
        local_band(12_000)


@pytest.mark.parametrize(
    "change", [{"low": 0}, {"high": 9_000}, {"population": 11_000}, {"level": 1.0}]
)
def test_a_figure_without_an_interval_is_refused(change):
    with pytest.raises(ValueError, match="Home Office"):
        replace(UK_SOURCES[1], **change)


@pytest.mark.parametrize("options", [{"sources": ()}, {"area_sd": -1}, {"draws": 10}])
def test_options_without_meaning_are_refused(options):
    with pytest.raises(ValueError):
        local_band(RESIDENTS, **options)


@settings(max_examples=20, deadline=None)
@given(st.integers(40_000, 9_000_000), st.floats(0, 1.2))
def test_ends_are_round_and_hold_nine_draws_in_ten(population, area_sd):
    band = local_band(population, area_sd=area_sd, draws=2000)
    for row, people in zip(band.rows, band.draws, strict=True):
        assert re.fullmatch(r"[1-9]0*|0", str(row.low))
        assert re.fullmatch(r"[1-9]0*", str(row.high))
        assert ((row.low <= people) & (people <= row.high)).mean() >= 0.9
        assert row.words.split(" to ")[0]


def test_a_larger_area_and_a_larger_spread_reach_further():
    here, twice = local_band(100_000), local_band(200_000)
    assert np.quantile(twice.draws, 0.5) == pytest.approx(2 * np.quantile(here.draws, 0.5), rel=0.1)
    assert local_band(100_000, area_sd=1.2).high > here.high


def test_bands_cover_areas_made_by_the_same_assumptions():
    rng, covered = np.random.default_rng(7), 0
    source = Source(
        name="S", edition="1", year=2020, definition="d", low=5e4, high=2e5, population=10**8
    )
    for seed in range(100):
        rate = np.exp(np.log(1e-3) + np.log(4) / 2 / 1.96 * rng.standard_normal())
        people = rng.poisson(300_000 * rate * np.exp(0.6 * rng.standard_normal() - 0.18))
        row = local_band(300_000, [source], draws=2000, seed=seed).rows[0]
        covered += row.low <= people <= row.high
    assert 86 <= covered <= 99


def test_the_same_seed_gives_the_same_band():
    assert (local_band(RESIDENTS, seed=3).draws == local_band(RESIDENTS, seed=3).draws).all()
    assert (local_band(RESIDENTS, seed=3).draws != local_band(RESIDENTS, seed=4).draws).any()
