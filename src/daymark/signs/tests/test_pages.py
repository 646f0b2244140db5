"""The public pages: the danger number first, plain, small, and usable by everybody."""

import gzip
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.http import Http404, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path
from django.utils import timezone, translation
from playwright.sync_api import Route, sync_playwright
from tests.roles import as_role

from daymark import design
from daymark.signs import actions, views
from daymark.signs.models import Helpline, Sign

pytestmark = pytest.mark.django_db

STATIC = Path(design.__file__).parent / "static"
ORIGIN = "http://daymark.test"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
PAGES = ("signs/", "signs/car-wash/", "signs/anywhere/", "help/", "numbers/")


def elsewhere(request: object) -> HttpResponse:
    return HttpResponse()


URLS = (
    path("report/", elsewhere, name="report"),
    path("signs/", views.signs, name="signs"),
    path("signs/<slug:key>/", views.signs_setting, name="signs_setting"),
    path("help/", views.help_myself, name="help_myself"),
    path("numbers/", views.helplines, name="helplines"),
)


@pytest.fixture(autouse=True)
def _public_door() -> Iterator[None]:
    """Content loaded today, read as the public process, over these addresses alone."""
    with as_role("owner"):
        actions.load_content(at=timezone.now() - timedelta(days=1))
    storages = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with (
        override_settings(ROOT_URLCONF=URLS, STORAGES=storages, STATIC_URL="/static/"),
        as_role("public"),
    ):
        yield


def page(address: str, language: str = "en-gb") -> str:
    request = RequestFactory().get(f"/{address}")
    view, *key = {
        "signs/": (views.signs,),
        "help/": (views.help_myself,),
        "numbers/": (views.helplines,),
    }.get(address) or (views.signs_setting, address.split("/")[1])
    with translation.override(language):
        return view(request, *key).content.decode()  # type: ignore[operator]


@pytest.mark.parametrize("address", PAGES)
def test_the_danger_number_comes_before_anything_else(address: str) -> None:
    html = page(address)
    main = html[html.index("<main") :]
    assert main.index('href="tel:999"') < main.index("<h1")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_small_and_needs_no_script_and_no_cookie(address: str) -> None:
    html = page(address)
    assert len(gzip.compress(html.encode())) < 5_000
    # The one script is leaving at once; the link beside it works without.
    html = re.sub(r'<script src="[^"]*design/leave[^"]*" defer></script>', "", html)
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=|<iframe|<img", html) == []
    request = RequestFactory().get("/")
    assert not views.signs(request).cookies


def test_the_index_leads_to_every_setting() -> None:
    html = page("signs/")
    for key in re.findall(r'href="/signs/([a-z-]+)/"', html):
        assert "<li>" in page(f"signs/{key}/")
    assert html.count('href="/signs/') == 10


def test_a_setting_nobody_knows_or_may_see_is_not_found() -> None:
    for key in ("nothing", "cannabis"):
        with pytest.raises(Http404):
            views.signs_setting(RequestFactory().get("/"), key)


def test_a_setting_says_what_to_do_and_never_to_do_and_where_to_tell() -> None:
    html = page("signs/car-wash/")
    assert "No waterproof clothes" in html
    assert html.index("What to do") < html.index("What never to do")
    assert 'href="/report/"' in html
    assert 'href="/numbers/"' in html


def test_help_for_oneself_starts_with_the_helpline_and_needs_no_police() -> None:
    html = page("help/")
    assert html.index('href="tel:08000121700"') < html.index("Good to know")
    assert "even if you do not want to speak to the police" in html


def test_numbers_are_called_by_touch_and_texts_are_texts() -> None:
    html = page("numbers/")
    assert 'href="tel:08000121700"' in html
    assert 'href="sms:61016"' in html
    assert "0432" not in html


def test_a_page_shows_the_numbers_of_the_day() -> None:
    with as_role("owner"):
        Helpline.unrestricted.filter(key="crimestoppers").update(valid_to=timezone.localdate())
    assert "tel:0800555111" not in page("numbers/")


def test_words_not_yet_translated_are_marked_as_english_and_run_left_to_right() -> None:
    with as_role("owner"):
        for row in Sign.unrestricted.all():
            Sign.unrestricted.filter(pk=row.pk).update(words={"en": row.words["en"]})
    html = page("signs/car-wash/", "ar")
    assert re.search(r'<html lang="ar" dir="rtl"', html)
    assert re.search(r'<ul lang="en" dir="ltr">|<div lang="en" dir="ltr">', html)
    assert 'lang="en" dir="ltr"' not in page("signs/car-wash/").split("<details")[0]


def test_a_number_keeps_its_order_in_a_right_to_left_page() -> None:
    assert "\u206608000\u00a0121\u00a0700\u2069" in page("numbers/", "ar")


def test_a_page_says_when_its_words_were_last_checked() -> None:
    checked = Helpline.unrestricted.order_by("source_date")[0].source_date
    assert isinstance(checked, date)
    assert f"{checked.day} Nov 2026" in page("numbers/")
    assert f"{checked.day} tháng 11 năm 2026" in page("numbers/", "vi")


LOOKS = [
    (320, "light", "en-gb"),
    (1280, "light", "en-gb"),
    (320, "dark", "ar"),
    (768, "dark", "ro"),
]


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_every_page_is_accessible_and_fits(look: tuple[int, str, str]) -> None:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("no Chromium: install the package `chromium` to run the browser tests")
    width, scheme, language = look
    pages = {address: page(address, language) for address in PAGES}
    # A thread of its own: Playwright's event loop must not meet Django's database.
    with ThreadPoolExecutor(1) as alone:
        findings = alone.submit(inspect, chromium, pages, width, scheme, language).result()
    assert findings == []


def inspect(
    chromium: str, pages: dict[str, str], width: int, scheme: str, language: str
) -> list[str]:
    """What axe and the eye of a ruler find; screenshots go to DAYMARK_SHOTS if that is set."""
    found: list[str] = []

    def answer(route: Route) -> None:
        address = route.request.url.removeprefix(f"{ORIGIN}/")
        if address.startswith("static/"):
            sheet = STATIC / address.removeprefix("static/")
            route.fulfill(body=sheet.read_bytes(), content_type="text/css")
        else:
            route.fulfill(body=pages[address], content_type="text/html; charset=utf-8")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=True,  # for axe; the pages themselves bring no script
        )
        tab = context.new_page()
        tab.route("**/*", answer)
        for address in pages:
            tab.goto(f"{ORIGIN}/{address}")
            violations = Axe().run(tab, options=RULES).response["violations"]
            found += [
                f"{address} {rule['id']}: {node['html']}"
                for rule in violations
                for node in rule["nodes"]
            ]
            overflow = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
            if overflow > 0:
                found.append(f"{address} is {overflow} px too wide")
            if shots := os.environ.get("DAYMARK_SHOTS"):
                name = f"{address.strip('/').replace('/', '-')}-{width}-{scheme}-{language}.png"
                tab.screenshot(path=Path(shots) / name, full_page=True)
        browser.close()
    return found
