"""Charts by their marks: how many, where, and what stands beside them. Not by pixels."""

import re
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daymark.design.charts import (
    GUTTER,
    Bar,
    Bars,
    Break,
    Columns,
    Dots,
    Lines,
    Series,
    Table,
    change,
    nice_ticks,
    short,
)
from daymark.design.maps import Area, Map, centre, inside, rings
from daymark.design.parts import Link
from daymark.design.templatetags.charts import chart as figure
from daymark.design.templatetags.charts import draw

WORDS = {
    "key": "k",
    "title": "Referrals",
    "shows": "They rose.",
    "not_said": "Why they rose.",
    "table": Table(["Year", "Referrals"], [["2022", "16,921"]]),
    "source": "Source: somebody.",
}
numbers = st.floats(0, 1e6, allow_nan=False)


@given(st.lists(numbers, min_size=1, max_size=30))
def test_columns_are_as_high_as_their_values_and_stand_on_the_floor(values: list[float]) -> None:
    chart = Columns(
        groups=[str(n) for n in range(len(values))], series=[Series("a", values)], **WORDS
    )
    assert len(chart.marks) == len(values)
    top = chart.scale[-1]
    for value, mark in zip(values, chart.marks, strict=True):
        assert mark.y + mark.height == pytest.approx(chart.floor, abs=0.11)
        full = chart.floor - chart.TOP
        assert mark.height == pytest.approx(value / top * full, abs=0.11)
        assert mark.x >= GUTTER
        assert mark.right <= 100
    for before, after in combinations(chart.marks, 2):
        assert before.right <= after.x


def test_a_fall_hangs_below_the_line_and_carries_its_sign() -> None:
    chart = Columns(
        groups=["a", "b"],
        series=[Series("change", [25, -17])],
        numbered=[0, 1],
        changes=True,
        **WORDS,
    )
    up, down = chart.marks
    zero = chart.down(0)
    assert up.y + up.height == down.y == zero
    assert [up.number, down.number] == ["+25", "−17"]
    assert change(0) == "0"


def test_stacked_parts_stand_on_each_other_and_make_the_sum() -> None:
    series = [Series("adults", [10, 20], "a"), Series("children", [5, 10], "b")]
    chart = Columns(groups=["1", "2"], series=series, stacked=True, numbered=[1], **WORDS)
    first, second = chart.marks[:2]
    assert first.x == second.x
    assert second.y + second.height == pytest.approx(first.y, abs=0.11)
    assert [mark.number for mark in chart.sums] == ["30"]
    assert [tone for tone, _name in chart.legend] == ["a", "b"]


def test_a_line_breaks_where_a_value_is_missing() -> None:
    chart = Lines(
        groups=["1", "2", "3", "4"],
        series=[Series("a", [1, 2, None, 4])],
        intervals=[[(0.5, 2), None, None, (3, 6)]],
        breaks=[Break(3, "counted anew")],
        **WORDS,
    )
    assert len(chart.marks) == 3
    assert len(chart.strokes) == 1
    assert [(round(top), round(bottom)) for _x, top, bottom, _t in chart.whiskers] == [
        (round(chart.down(2)), round(chart.down(0.5))),
        (round(chart.down(6)), round(chart.down(3))),
    ]
    assert chart.scale[-1] >= 6
    (line,) = chart.break_lines
    assert line.at == pytest.approx(chart.start(3), abs=0.01)


def test_series_and_groups_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="each group"):
        Lines(groups=["1"], series=[Series("a", [1, 2])], **WORDS)


def test_bars_are_as_long_as_their_values_and_whiskers_lie_where_they_should() -> None:
    chart = Bars(bars=[Bar("x", 10, low=5, high=20), Bar("y", 5)], **WORDS)
    assert [mark.width for mark in chart.marks] == [50, 25]
    assert [whisker for *_rest, whisker in chart.rows] == [(25, 100, chart.marks[0].y + 6.5), None]


def test_a_scale_of_tens_puts_ten_times_as_much_one_step_on() -> None:
    bars = [
        Bar("band", None, "10,000 – 13,000", low=10_000, high=13_000),
        Bar("dot", 100_000, "at least 100,000", low=100_000),
    ]
    chart = Dots(bars=bars, low=1_000, high=1_000_000, **WORDS)
    step = chart.across(10_000) - chart.across(1_000)
    assert chart.across(100_000) - chart.across(10_000) == pytest.approx(step, abs=0.02)
    band, dot = chart.rows
    assert band[1].width > 0
    assert band[3] is None
    assert dot[3] == chart.across(100_000)
    assert dot[4]


def test_a_short_scale_has_marks_enough_and_says_each_interval() -> None:
    bars = [Bar("dot", 1_628, "1,628", low=1_346, high=2_117)]
    chart = Dots(bars=bars, low=1_077, high=2_646, **WORDS)
    assert [tick.text for tick in chart.ticks] == ["1.2k", "1.5k", "2k", "2.5k"]
    assert '1,628<tspan class="w"> (1,346 – 2,117)</tspan>' in draw(chart)


@given(st.floats(-1e7, 0, allow_subnormal=False), st.floats(0.01, 1e7))
def test_an_axis_reaches_beyond_its_values_in_round_steps(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 0 in ticks
    assert len(ticks) <= 8


def test_numbers_of_an_axis_are_short() -> None:
    assert [short(n) for n in (0, 0.5, 500, 20_000, 1_500_000)] == [
        "0",
        "0.5",
        "500",
        "20k",
        "1.5m",
    ]


def test_a_figure_brings_its_sentences_table_and_downloads() -> None:
    from django.template.loader import render_to_string

    chart = Bars(bars=[Bar("<b>", 10)], **WORDS)
    html = render_to_string(
        "design/charts/figure.html", figure(chart, [Link("Numbers (CSV)", "/k.csv")])
    )
    for words in ("They rose.", "Why they rose.", "16,921", 'href="/k.csv"', "Numbers (CSV)"):
        assert words in html
    assert "&lt;b&gt;" in html
    assert "<b>:" not in html


SQUARE = "M{x} {y}l{s} 0 0 {s} -{s} 0z"


def squares(*sizes: int) -> Map:
    areas, x = [], 0
    for n, size in enumerate(sizes):
        path = SQUARE.format(x=x, y=200, s=size)
        areas.append(Area(f"A{n}", f"Area number {n}", path, n * 10, str(n * 10)))
        x += size
    return Map(areas=areas, width=x, height=600, **WORDS)


def test_path_data_is_read_as_points() -> None:
    assert rings("M1 2l3-4 5 6zM0 0l1 1 1-1z") == [
        [(1, 2), (4, -2), (9, 4)],
        [(0, 0), (1, 1), (2, 0)],
    ]
    shape = rings(SQUARE.format(x=10, y=10, s=10))
    assert inside((15, 15), shape)
    assert not inside((25, 15), shape)
    assert inside(centre(shape), shape)


def test_names_stand_in_large_areas_and_beside_small_ones_with_a_line() -> None:
    drawn = squares(300, 40, 30, 300)
    assert [label.leader is None for label in drawn.labels] == [True, False, False, True]
    for label in drawn.labels:
        if label.leader:
            shape = rings(label.area.path)
            assert inside(label.leader[:2], shape)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(20, 220), min_size=1, max_size=12))
def test_no_two_labels_of_a_map_overlap(sizes: list[int]) -> None:
    drawn = squares(*sizes, 300)
    for labels in (drawn.labels, drawn.keys):
        assert len(labels) == len(drawn.areas)
        assert not any(one.overlaps(other) for one, other in combinations(labels, 2))


def test_each_class_of_a_map_holds_areas_and_says_its_bounds() -> None:
    drawn = squares(*[100] * 12)
    classes = {drawn.class_of(area) for area in drawn.areas}
    assert classes == set(range(5))
    assert drawn.classes[0][1].startswith("0 – ")
    unknown = Area("X", "Nowhere", SQUARE.format(x=0, y=0, s=9), None, "not known")
    assert drawn.class_of(unknown) is None


def test_every_area_of_essex_can_be_reached_and_named_in_twenty_kilobytes() -> None:
    from daymark.places import outlines

    codes = sorted(code for code in outlines.codes() if code in ESSEX)
    drawing = outlines.drawing(codes, width=900)
    areas = [
        Area(code, f"Council {n}", drawing.paths[code], n, f"{n}k") for n, code in enumerate(codes)
    ]
    essex = Map(areas=areas, width=drawing.width, height=drawing.height, **WORDS)
    svg = draw(essex)
    assert len(svg.encode()) <= 20_000
    links = re.findall(r'<a href="#k-(\w+)" aria-label="(Council \d+): (\d+k)">', svg)
    assert [code for code, _name, _value in links] == codes
    assert svg.count("<path") == 14
    for labels in (essex.labels, essex.keys):
        assert not any(one.overlaps(other) for one, other in combinations(labels, 2))


ESSEX = {f"E070000{n}" for n in range(66, 78)} | {"E06000033", "E06000034"}


def test_no_value_of_a_map_is_in_two_classes():
    values = [5, 6, 6, 6, 6, 7, 8, 10, 10, 10, 17, 18, 20, 20]
    areas = [
        Area(f"a{n}", f"a{n}", "M0 0l1 0 0 1z", value, str(value)) for n, value in enumerate(values)
    ]
    about = {"key": "m", "title": "", "shows": "", "not_said": "", "table": Table([], [])}
    drawn = Map(areas=areas, width=9, height=9, **about)
    assert all(top < low for (_low, top), (low, _top) in pairwise(drawn.bounds))
    for area in areas:
        low, top = drawn.bounds[drawn.class_of(area)]
        assert low <= area.value <= top
