from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.template import Context, Template, TemplateSyntaxError
from hypothesis import given
from hypothesis import strategies as st

from daymark.design.parts import Clash, Clock, Pace, clashes, clock, sortable, span

NOW = datetime(2026, 11, 21, 9, 38, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "text", "pace"),
    [
        (timedelta(minutes=-38), "38 min late", Pace.LATE),
        (timedelta(hours=-5), "5 h late", Pace.LATE),
        (timedelta(days=-3), "3 days late", Pace.LATE),
        (timedelta(hours=2, minutes=59), "2 h left", Pace.SOON),
        (timedelta(hours=6), "Today 15:38", Pace.OK),
        (timedelta(days=2), "Mon 09:38", Pace.OK),
        (timedelta(days=12), "3 Dec", Pace.OK),
    ],
)
def test_a_clock_speaks_in_words(after: timedelta, text: str, pace: Pace) -> None:
    assert clock(NOW + after, now=NOW) == Clock(text, pace, NOW + after)


@given(st.timedeltas(min_value=timedelta(days=-900), max_value=timedelta(days=900)))
def test_a_clock_is_late_exactly_when_its_moment_has_passed(after: timedelta) -> None:
    told = clock(NOW + after, now=NOW)
    assert (told.pace is Pace.LATE) == (after < timedelta(0)) == ("late" in told.text)


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=900)))
def test_a_span_never_promises_more_time_than_there_is(length: timedelta) -> None:
    number, unit = span(length).split()
    size = {"min": 1, "h": 60, "day": 1440, "days": 1440}[unit]
    assert int(number) * size <= length.total_seconds() / 60


def test_a_heading_sorts_up_then_down_and_keeps_the_filters() -> None:
    fresh = sortable("Age", "age", QueryDict("kind=labour&page=3"))
    assert (fresh.sort_url, fresh.sorted) == ("?kind=labour&sort=age", "none")
    up = sortable("Age", "age", QueryDict("sort=age"))
    assert (up.sort_url, up.sorted) == ("?sort=-age", "ascending")
    assert sortable("Age", "age", QueryDict("sort=-age")).sorted == "descending"


def test_only_fields_that_differ_clash() -> None:
    labels = [("title", "Title"), ("reason", "Reason")]
    saved, typed = {"title": "Quay", "reason": None}, {"title": "Quay ", "reason": "Van"}
    assert clashes(labels, saved=saved, typed=typed) == [Clash("Reason", "", "Van")]


HOSTILE = [
    "{% tag x %}",
    "{% row x %}{{ x }}{% endrow %}",
    "{% summary_row x %}{{ x }}{% endsummary_row %}",
    "{% message x when=x %}{{ x }}{% endmessage %}",
    "{% event x when=x who=x %}{{ x }}{% endevent %}",
    "{% notification 'info' title=x %}{{ x }}{% endnotification %}",
    "{% panel x %}{{ x }}{% endpanel %}",
    "{% empty x %}{{ x }}{% endempty %}",
    "{% page_heading x caption=x lead=x %}",
    "{% details x %}{{ x }}{% enddetails %}",
    "{% conflict clashes who=x when=x %}",
    "{% figure x x note=x %}",
    "{% code_panel x x %}",
    "{% clock x %}",
    "{% door x x %}{{ x }}{% enddoor %}",
]


@pytest.mark.parametrize("call", HOSTILE)
def test_components_escape_what_they_are_handed(call: str) -> None:
    hostile = "<b>\"'&"
    page = Template("{% load design %}" + call).render(
        Context({"x": hostile, "clashes": [Clash(hostile, hostile, hostile)]})
    )
    assert hostile not in page
    assert "&lt;b&gt;" in page


@pytest.mark.parametrize(
    "call",
    [
        "{% tag 'x' 'red' %}",
        "{% button 'x' 'big' %}",
        "{% notification 'oops' %}{% endnotification %}",
    ],
)
def test_a_kind_nobody_knows_is_refused(call: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="is none of"):
        Template("{% load design %}" + call).render(Context())
