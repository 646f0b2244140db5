"""How often the worker looks, by the scheduler's own reading of our words."""

from itertools import pairwise

import pytest
from procrastinate.contrib.django import app

from daymark.site import tasks

MIDNIGHT = 1_800_000_000 - 1_800_000_000 % 86_400
HOUR = 3600


@pytest.mark.parametrize(
    ("task", "seconds"),
    [
        ("open_arrivals", 2),
        ("make_copies", 2),
        ("tend_estimations", 2),
        ("link_heads", 10),
        ("retry_stalled", 60),
    ],
)
def test_a_task_runs_evenly_through_the_whole_hour(task: str, seconds: int) -> None:
    assert tasks
    (found,) = [
        one for key, one in app.periodic_registry.periodic_tasks.items() if key[0].endswith(task)
    ]
    clock = found.croniter
    clock.set_current(MIDNIGHT, force=True)
    runs = [clock.get_next(float) for _ in range(HOUR // seconds)]
    assert {later - sooner for sooner, later in pairwise(runs)} == {seconds}


@pytest.mark.parametrize(
    "task", ["open_arrivals", "make_copies", "tend_estimations", "escalate", "count_months"]
)
def test_a_run_that_takes_long_is_not_overtaken_by_the_next(task: str) -> None:
    """Three run beside each other; a queueing lock alone counts those that have not begun."""
    assert getattr(tasks, task).lock == task
