import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from prevalence import plots
from prevalence.graphs import GraphAverage
from prevalence.local import local_band
from prevalence.plots import Line
from prevalence.references import chao_lower_bound, independence
from prevalence.results import Status
from prevalence.spread import AllModels
from prevalence.table import CaptureTable

SVG = "{http://www.w3.org/2000/svg}"
TABLE = CaptureTable(("police", "council & NGO", "<b>line"), np.array([0, 60, 55, 9, 40, 0, 7, 2]))
GRAPHS = GraphAverage(points=500).fit(TABLE)
REFUSED = replace(
    GRAPHS, method="latent", estimate=np.nan, intervals={}, status=Status.NOT_CONVERGED
)
LINES = [
    Line(label="without list police", low=150, middle=210, high=400),
    Line(label="threshold 0.001", middle=260, note="one pair fewer"),
]
FIVE = CaptureTable(
    ("LA", "NG", "PFNCA", "GO", "GP"), np.r_[0, np.random.default_rng(1).poisson(9, 31)]
)
DRAWN = {
    "overlap": lambda width: plots.overlap(TABLE, width=width),
    "overlap of many": lambda width: plots.overlap(FIVE, width=width),
    "spread": lambda width: plots.spread(AllModels().spread(TABLE), width=width),
    "comparison": lambda width: plots.comparison(
        [GRAPHS, independence(TABLE), chao_lower_bound(TABLE), REFUSED], width=width
    ),
    "sensitivity": lambda width: plots.sensitivity(LINES, baseline=230, width=width),
    "local": lambda width: plots.local(local_band(192_700), width=width),
}


@pytest.fixture(params=sorted(DRAWN))
def drawn(request):
    return DRAWN[request.param]


def test_a_picture_has_a_name_and_a_description(drawn):
    root = ElementTree.fromstring(drawn(640).svg)
    named = {
        node.get("id"): node.text for node in root if node.tag in (SVG + "title", SVG + "desc")
    }
    assert root.get("role") == "img"
    assert all(named[mark] for mark in root.get("aria-labelledby").split())


def test_the_twin_in_words_says_every_number_of_the_picture(drawn):
    plot = drawn(640)
    texts = [node.text for node in ElementTree.fromstring(plot.svg).iter(SVG + "text")]
    scale = texts.index(next(t for t in texts if "log scale" in t)) if "log" in plot.svg else 0
    ticks = {t for t in texts[:scale] if re.fullmatch(r"[\d,]+", t)}
    for text in texts:
        for number in re.findall(r"\d[\d,]*", text):
            assert number in plot.text or text in ticks


@pytest.mark.parametrize("width", [340, 640, 900])
def test_nothing_is_drawn_outside_the_picture(drawn, width):
    root = ElementTree.fromstring(drawn(width).svg)
    _, _, wide, high = map(float, root.get("viewBox").split())
    (group,) = root.findall(SVG + "g")
    down = float(group.get("transform").split()[1].rstrip(")"))
    for node in group:
        if node.tag == SVG + "text" and not node.get("transform"):
            long = 0.56 * float(node.get("font-size", 14)) * len(node.text)
            x = float(node.get("x")) - {"end": long, "middle": long / 2}.get(
                node.get("text-anchor"), 0
            )
            assert x >= -1
            assert x + long <= wide + 1, node.text
            assert 0 < down + float(node.get("y")) < high
        if node.tag == SVG + "rect":
            assert float(node.get("x")) >= 0
            assert float(node.get("x")) + float(node.get("width")) <= wide + 0.1
            assert down + float(node.get("y")) + float(node.get("height")) <= high


def test_names_from_outside_stay_text():
    svg = plots.overlap(TABLE).svg
    assert "<b>" not in svg
    assert "&lt;b&gt;line" in svg
    assert "council &amp; NGO" in svg


def test_pictures_obey_the_page_they_stand_on(drawn):
    svg = drawn(640).svg
    assert not re.search(r"style=|<style|<script|#[0-9a-f]{3}|rgb|href|onload", svg)
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) <= {"currentColor", "none"}


def test_two_pictures_on_one_page_do_not_share_names():
    marks = [re.findall(r'id="([^"]+)"', draw(640).svg) for draw in DRAWN.values()]
    flat = [mark for found in marks for mark in found]
    assert len(flat) == len(set(flat))


def test_a_refused_estimator_is_shown_without_a_figure():
    text = plots.comparison([GRAPHS, REFUSED]).text
    assert "latent: no figure; chains have not agreed" in text


def test_the_smallest_groups_are_added_up():
    text = plots.overlap(FIVE).text
    shown = sum(int(n.replace(",", "")) for n in re.findall(r" only: ([\d,]+)", text))
    more = int(re.search(r"([\d,]+) more people", text)[1])
    assert shown + more == FIVE.observed


def test_a_table_without_a_model_is_said_to_have_none():
    empty = AllModels().spread(TABLE)
    none = replace(empty, total=empty.total * np.nan, status=np.full_like(empty.status, 1))
    assert "no model can be fitted" in plots.spread(none).text


def test_local_bands_draw_no_middle():
    svg = plots.local(local_band(192_700)).svg
    assert "<circle" not in svg
    assert svg.count("<rect") == 3
