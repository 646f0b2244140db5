"""The public pages: what they say, how small they are, and that everybody can use them."""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client, override_settings
from playwright.sync_api import Page, Route, sync_playwright
from tests.browser import COLOURS, RULES, WORDS, ask_axe, bring_axe, chromium, launch
from tests.roles import as_role

from daymark import design
from daymark.insight import pictures
from daymark.insight.actions import counts
from daymark.insight.models import Edition, Figure
from daymark.insight.queries import figures as queries
from daymark.signs import actions as signs

from .conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]

STATIC = Path(design.__file__).parent / "static"
ORIGIN = "http://daymark.test"
PAGES = (
    "figures/",
    "figures/area/",
    "figures/then-and-now/?q=16,938",
    "figures/then-and-now/?q=136,000",
    "figures/hidden/",
    "figures/picture/referrals/",
    "figures/area/districts/",
)


@pytest.fixture(autouse=True)
def _public_door() -> Iterator[None]:
    storages = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    engine = django_settings.TEMPLATES[0]
    options = engine["OPTIONS"] | {
        "context_processors": [
            "django.template.context_processors.request",
            "daymark.site.context.public",
        ]
    }
    with as_role("owner"):
        signs.load_content(at=NOW)
    with (
        override_settings(
            ROOT_URLCONF="daymark.site.urls_public",
            STORAGES=storages,
            STATIC_URL="/static/",
            TEMPLATES=[engine | {"OPTIONS": options}],
            MIDDLEWARE=[
                "daymark.site.middleware.headers",
                "django.middleware.locale.LocaleMiddleware",
            ],
            ALLOWED_HOSTS=["testserver"],
        ),
        as_role("public"),
    ):
        yield


def get(address: str, language: str = "en-gb") -> HttpResponse:
    prefix = "" if language == "en-gb" else f"{language}/"
    return Client().get(f"/{prefix}{address}")  # type: ignore[return-value]


def page(address: str, language: str = "en-gb") -> str:
    response = get(address, language)
    assert response.status_code == 200, address
    return response.content.decode()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_small_cacheable_and_needs_no_script(address: str) -> None:
    response = get(address)
    html = response.content.decode()
    assert len(html.encode()) < 60_000
    assert response["Cache-Control"] == "public, max-age=3600"
    # But for the script, of every page of this door, that leaves nothing behind.
    html = re.sub(r'<script src="/static/design/public[.\w]*\.js" defer></script>', "", html)
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=|<iframe|<img", html) == []
    assert not response.cookies
    assert html.index('href="tel:999"') < html.index("<h1")


def test_the_pages_stay_small_when_every_table_is_imported(imported: None) -> None:
    for address in PAGES:
        assert len(page(address).encode()) < 60_000, address


def test_a_councillor_finds_what_essex_police_referred_and_what_was_sent_to_it() -> None:
    text = words(page("figures/area/"))
    assert "171 referrals made by Essex Police in 2023" in text
    assert "345 cases sent to Essex Police in 2021" in text
    assert all(number in text for number in ("227", "265", "345"))
    assert "nobody can say how many there are in Colchester" in text


def test_the_first_page_of_figures_answers_what_is_asked_most() -> None:
    text = words(page("figures/"))
    for answer in (
        "171 referrals made by Essex Police in 2023",
        "345 cases sent to Essex Police in 2021",
        "16,921 referrals in the whole country in 2022, first published as 16,938",
        "Not known victims in Colchester, or in any other district",
    ):
        assert answer in text


def test_sixteen_thousand_nine_hundred_has_become_another_number() -> None:
    text = words(page("figures/then-and-now/?q=16%2C938"))
    assert "Revised: it is 16,921 today." in text
    assert re.search(r"16,921 7 March 2024 .* −17 .* 16,938 2 March 2023", text)
    assert "The “+33 %” often quoted with it is against 12,706" in text
    assert "Cite it like this" in text


def test_a_number_is_found_as_people_paste_it() -> None:
    for typed in ("16,938", "16938", "16.938", "16 938 referrals", "in 2022: 16,938, 12,706"):
        assert "16,921" in words(page(f"figures/then-and-now/?q={quote(typed)}")), typed
    assert "says 122,000, for 2021" in words(page("figures/then-and-now/?q=136k"))
    assert "We hold no cited figure" in words(page("figures/then-and-now/?q=99"))


def test_every_quotable_figure_has_a_page_at_a_stable_address() -> None:
    from daymark.insight.histories import History

    for figure in Figure.unrestricted.filter(quotable=True).select_related("edition", "measure"):
        if queries.too_small(figure):
            continue
        assert get(History([figure]).url.lstrip("/")).status_code == 200, figure
    assert get("figures/history/referrals/K02000001/1999/all/").status_code == 404


def test_nothing_below_five_is_quoted() -> None:
    small = Figure.unrestricted.get(measure="referrals", period="2018", value=1)
    assert queries.too_small(small)
    text = words(page("figures/then-and-now/?q=1"))
    assert "We hold no cited figure" in text
    assert get("figures/history/referrals/K02000001/2018/age:UNKNOWN/").status_code == 404


def test_no_page_and_no_drawing_tells_a_count_it_hides() -> None:
    ages = next(chart for chart in charts("picture") if chart.key == "ages")
    row = next(row for row in ages.table.rows if row[0] == "2018")
    assert row[1:4] == ["3,844", "[c]", "[c]"]
    for html in (page("figures/"), get("figures/picture/ages.svg").content.decode()):
        assert "2018, Age not known: [c]" in html
        assert "2018, Children: [c]" in html
    assert "We hold no cited figure" in words(page("figures/then-and-now/?q=3,129"))


def test_nationalities_come_with_the_names_the_tables_give_them() -> None:
    assert "British (UK, English, Scottish, Welsh, Northern Irish)" in words(page("figures/"))


def test_the_local_sum_is_shown_as_a_sum_and_never_as_an_estimate() -> None:
    text = words(page("figures/hidden/"))
    assert re.search(
        r"Essex 1,896,590 residents × 1\.8 ÷ 1,000 = about 3,400, if spread evenly", text
    )
    assert "A sum, not an estimate" in text
    assert "the assumption is not true" in text


@pytest.mark.parametrize("name", ["picture", "area", "hidden"])
def test_every_chart_says_what_it_shows_and_what_it_does_not(name: str) -> None:
    for chart in charts(name):
        assert chart.shows.strip().endswith((".", "…"))
        assert chart.not_said.strip()
        assert chart.source.strip(), chart.key
        assert chart.table.rows


def test_what_a_chart_is_said_to_show_follows_its_numbers() -> None:
    with as_role("owner"):
        edition = Edition.unrestricted.order_by("published").last()
        for measure, number in (
            ("reasonable-grounds", 200),
            ("conclusive-grounds", 300),
            ("duty-to-notify", 70),
            ("awaiting-conclusive", 90),
        ):
            Figure.unrestricted.create(
                measure_id=measure,
                edition=edition,
                area="K02000001",
                period="2031",
                breakdown=[],
                value=number,
            )
    said = {chart.key: chart.shows for chart in charts("picture")}
    assert said["decisions"].endswith("86 in 2024, 150 in 2031.")
    assert said["notified"].endswith("762 in 2016, 70 in 2031.")
    assert said["waiting"].endswith("29,275 people at its longest and 90 at the end of 2031.")


def charts(name: str) -> list[pictures.Chart]:
    if name == "area":
        return pictures.area(on=NOW.date())
    return {"picture": pictures.picture, "hidden": pictures.hidden}[name]()


def test_with_the_tables_imported_types_are_seen_both_ways(imported: None) -> None:
    found = {chart.key: chart for chart in charts("picture")}
    sets = dict(found["types"].table.rows)
    combinations = dict(found["combinations"].table.rows)
    assert sum(int(value.replace(",", "")) for value in combinations.values()) == 17023
    assert int(sets["Labour"].replace(",", "")) > int(combinations["Labour"].replace(",", ""))


def test_like_forces_stand_beside_essex_with_intervals(imported: None) -> None:
    rates = next(chart for chart in charts("area") if chart.key == "rates")
    rows = {row[0]: row for row in rates.table.rows}
    assert rows["Essex"][1:4] == ["171", "1,896,590", "9.0"]
    assert rows["Kent"][1] == "74"
    assert len(rows) == 8
    assert all(re.fullmatch(r"\d+\.\d – \d+\.\d", row[4]) for row in rates.table.rows)


def test_small_cells_of_a_force_cannot_be_worked_out(imported: None) -> None:
    types = next(chart for chart in charts("area") if chart.key == "area-types")
    for column in (1, 2):
        cells = [row[column] for row in types.table.rows]
        assert all(cell in {"[c]", "0"} or int(cell) >= 5 for cell in cells)
        assert cells.count("[c]") >= 2
    for _name, *row in types.table.rows:
        assert row.count("[c]") in {0, 2}


@cache
def every_page() -> dict[str, str]:
    """Made once: how it looks changes nothing in it."""
    return {address: page(address) for address in PAGES if "136" not in address}


LOOKS = {
    (320, "light", "screen"): RULES,
    (1280, "dark", "screen"): COLOURS,
    (768, "light", "screen"): WORDS,
    (320, "dark", "rtl"): None,
    (1280, "light", "rtl"): WORDS,
    (768, "dark", "forced"): None,  # a reader's own system answers for the colours it forces
    (720, "dark", "print"): COLOURS,
}


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_every_page_is_accessible_and_fits(look: tuple[int, str, str], imported: None) -> None:
    """On a phone and a desk, light and dark, from right to left, in colours forced by the reader
    and on paper, which is white whatever the screen."""
    chromium()
    assert looked_at()[look] == []


@cache
def looked_at() -> dict[tuple[int, str, str], list[str]]:
    pages = every_page()
    # A thread of its own: Playwright's event loop must not meet Django's database.
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(inspect, pages).result()


def inspect(pages: dict[str, str]) -> dict[tuple[int, str, str], list[str]]:
    """What axe and the eye of a ruler find, each page loaded once for all its looks.

    Screenshots go to DAYMARK_SHOTS if that is set.
    """
    found: dict[tuple[int, str, str], list[str]] = {look: [] for look in LOOKS}

    def answer(route: Route) -> None:
        address = route.request.url.removeprefix(f"{ORIGIN}/")
        if address.startswith("static/"):
            sheet = STATIC / address.removeprefix("static/")
            route.fulfill(body=sheet.read_bytes(), content_type="text/css")
        else:
            route.fulfill(body=pages[address], content_type="text/html; charset=utf-8")

    with sync_playwright() as playwright:
        browser = launch(playwright)
        tab = browser.new_page()
        tab.route("**/*", answer)
        for address in pages:
            tab.goto(f"{ORIGIN}/{address}")
            bring_axe(tab)
            for look in LOOKS:
                found[look] += [f"{address} {one}" for one in seen(tab, *look)]
                if shots := os.environ.get("DAYMARK_SHOTS"):
                    name = re.sub(r"\W+", "-", address).strip("-")
                    path = Path(shots) / f"{name}-{'-'.join(map(str, look))}.png"
                    tab.screenshot(path=path, full_page=True)
        browser.close()
    return found


def seen(tab: Page, width: int, scheme: Any, kind: str) -> list[str]:
    """What is wrong with the page in one look."""
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(
        media="print" if kind == "print" else "screen",
        color_scheme=scheme,
        forced_colors="active" if kind == "forced" else "none",
        reduced_motion="reduce",  # a colour on its way to another is neither
    )
    tab.evaluate("dir => { document.documentElement.dir = dir }", "rtl" if kind == "rtl" else "ltr")
    found = [f"prints {what}" for what in tab.evaluate(PRINTED)] if kind == "print" else []
    if rules := LOOKS[width, scheme, kind]:
        found += ask_axe(tab, rules)
    overflow = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    found += [f"is {overflow} px too wide"] if overflow > 0 else []
    found += [f"{swatch} means another colour" for swatch in tab.evaluate(SWATCHES)]
    return found + [f"words collide: {pair}" for pair in tab.evaluate(COLLIDING)]


# What paper should not carry: dark grounds, menus, links to files, what cannot be opened there.
PRINTED = """() => {
  const found = [...document.querySelectorAll('.c-nav, .c-find, .c-source a, details:not([open])')]
    .filter(e => e.getClientRects().length).map(e => 'the link ' + e.textContent.trim())
  for (const one of [document.body, ...document.querySelectorAll('main, .panel, .chart')]) {
    const numbers = getComputedStyle(one).backgroundColor.match(/[\\d.]+/g).map(Number)
    if ((numbers[3] ?? 1) > 0 && Math.min(...numbers.slice(0, 3)) < 200)
      found.push('a dark ground under ' + one.className)
  }
  for (const text of document.querySelectorAll('.c-svg .t')) {
    const ink = getComputedStyle(text).fill.match(/\\d+/g).map(Number)
    if (Math.min(...ink.slice(0, 3)) > 120) found.push('pale letters: ' + text.textContent)
  }
  return found
}"""

# Classes of a map that its legend shows in another colour than the map itself.
SWATCHES = """() => [...document.querySelectorAll('.c-legend [class^=q-]')].flatMap(swatch => {
  const drawn = swatch.closest('figure').querySelector('.c-map .' + swatch.classList[0])
  return getComputedStyle(drawn).fill === getComputedStyle(swatch).fill ? [] : [swatch.classList[0]]
})"""

# Pairs of words of one drawing that are both seen and lie over each other, or outside the page.
COLLIDING = """() => [...document.querySelectorAll('.c-svg')].flatMap(svg => {
  const seen = [...svg.querySelectorAll('text')].filter(t => t.getClientRects().length)
    .map(t => [t.textContent, t.getBoundingClientRect()]).filter(([, r]) => r.width)
  const found = []
  seen.forEach(([a, r], n) => {
    if (r.left < -1 || r.right > innerWidth + 1) found.push(a + ' leaves the page')
    seen.slice(n + 1).forEach(([b, s]) => {
      const across = Math.min(r.right, s.right) - Math.max(r.left, s.left)
      const down = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top)
      if (across > 1 && down > 4) found.push(a + ' / ' + b)
    })
  })
  return found
})"""


def test_the_smallest_count_shown_is_the_one_the_partnership_set():
    """One rule for published figures and own counts, and the page says which and why."""
    assert "Counts of people below 5 are hidden" in page("figures/hidden/")
    with as_role("owner"):
        counts.set_gate(minimum=9, counted_after_days=14, source="Board", by=None, at=NOW)
    said = page("figures/hidden/")
    assert "Counts of people below 9 are hidden" in said
    assert "so we show less" in said
    figure = Figure.unrestricted.filter(measure__small_cells=True).first()
    assert figure is not None
    figure.value = 8
    assert queries.too_small(figure)
