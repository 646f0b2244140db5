"""The invented study: what a demonstration shows works from the first list to the figure."""

import pytest
from django.utils import timezone
from tests.roles import as_role

from daymark.insight import tokens
from daymark.insight.actions.estimations import Bench
from daymark.insight.estimating import diagnose
from daymark.insight.models import Estimation
from daymark.insight.terms import Progress, Stratum
from daymark.insight.tests.test_studies import Cast, bench, cast, work  # noqa: F401 - fixtures
from daymark.site import example

pytestmark = pytest.mark.django_db


def test_the_invented_lists_are_the_same_every_time_and_pass_as_tokens():
    made = example.files()
    assert made == example.files()
    assert made != example.files(seed=2)
    readings = {name: tokens.read(file) for name, file in made.items()}
    assert len(readings) == 4
    for reading in readings.values():
        assert not reading.refused
        assert reading.strata == (Stratum.SEX, Stratum.AGE)
    assert len({reading.made_with for reading in readings.values()}) == 1


def test_the_invented_study_carries_an_estimate_that_comes_near_the_truth(
    cast: Cast,  # noqa: F811
    bench: Bench,  # noqa: F811
):
    with as_role("owner"):
        asked = example.study(by=cast.analyst, at=timezone.now())
    work(bench)
    with as_role("owner"):
        done = Estimation.unrestricted.get(pk=asked.pk)
    assert diagnose(asked.table).refusals == ()
    assert done.state == Progress.DONE, done.trouble
    numbers = [found["estimate"] for found in done.result["results"]]
    assert len(numbers) == 2
    assert all(0.7 < n / example.PEOPLE < 1.4 for n in numbers)
