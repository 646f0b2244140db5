"""Every component in every state, in a real browser."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.http import Http404
from django.test import RequestFactory
from playwright.sync_api import Page, expect
from tests.browser import COLOURS, RULES, WORDS, findings

from daymark.design import views

DESIGN = Path(views.__file__).parent
STATES = ["", *views.STATES]
LOOKS = {
    (320, "light", False): RULES,
    (768, "dark", True): COLOURS,
    (1280, "light", False): WORDS,
}
OpenPage = Callable[..., Page]


def test_a_state_nobody_knows_is_not_found() -> None:
    with pytest.raises(Http404):
        views.gallery_state(RequestFactory().get("/"), "nothing")


@pytest.mark.parametrize("state", STATES)
def test_nothing_needs_what_the_content_policy_forbids(
    state: str, html: Callable[..., str]
) -> None:
    page = html(state)
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?! src=)", page) == []


def test_the_public_journey_leaves_room_within_its_budget(html: Callable[..., str]) -> None:
    journey = ["public-home", "public-report", "public-check", "public-code"]
    parts = [html(state) for state in journey]
    parts += [html(state, "dir=rtl") for state in journey]
    sheet = len(gzip.compress((DESIGN / "static/design/daymark.css").read_bytes()))
    longest = sum(max(len(gzip.compress(page.encode())) for page in parts) for _ in journey)
    assert sheet + longest < 18 * 1024


@pytest.mark.browser
@pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}-{'rtl' if look[2] else 'ltr'}"
)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state or "index")
def test_a_page_is_accessible_and_fits(
    state: str, look: tuple[int, str, bool], show: OpenPage
) -> None:
    width, scheme, rtl = look
    page = show(state, width=width, scheme=scheme, rtl=rtl)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page, LOOKS[look]) == []


@pytest.mark.browser
def test_the_narrowest_page_fits_from_right_to_left(open_page: OpenPage) -> None:
    page = open_page("", width=320, rtl=True)
    for state in STATES[1:]:
        page.goto(f"http://localhost/{state}/?dir=rtl")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, state


@pytest.mark.browser
def test_a_public_page_costs_three_requests(open_page: OpenPage) -> None:
    asked: list[str] = []
    page = open_page("public-home")
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="networkidle")
    # The page, its looks, and the script that leaves nothing behind.
    assert len(asked) == 3


@pytest.mark.browser
def test_a_refused_page_starts_at_its_errors(open_page: OpenPage) -> None:
    page = open_page("public-errors")
    expect(page.locator(".errors")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#id_danger_0"
    assert page.title().startswith("Error: ")


@pytest.mark.browser
def test_the_first_tab_skips_to_the_page(open_page: OpenPage) -> None:
    page = open_page("today")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.browser
def test_every_action_is_big_enough_to_hit(open_page: OpenPage) -> None:
    actions = ".button, .leave, .door, .choice, .bar nav a, .pages a, .menu-button, .field select"
    typed = ".field input:not([type=radio], [type=checkbox])"
    small = """wanted => [...document.querySelectorAll(wanted)].filter(
        e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""
    for state in ("public-home", "public-report", "public-question", "fields", "inbox"):
        assert open_page(state, width=320).evaluate(small, f"{actions}, {typed}") == []


@pytest.mark.browser
def test_the_menu_opens_without_a_script_and_closes_on_escape(open_page: OpenPage) -> None:
    page = open_page("today", width=320)
    link = page.get_by_role("link", name="Insight")
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert link.is_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    assert not link.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("key", ["Escape", "Shift"])
def test_leaving_at_once_puts_this_page_out_of_reach(open_page: OpenPage, key: str) -> None:
    page = open_page("public-thread")
    before = page.evaluate("history.length")
    for _ in range(3):
        page.keyboard.press(key)
    page.wait_for_url("https://www.bbc.co.uk/**")
    assert page.evaluate("history.length") == before


@pytest.mark.browser
def test_the_counter_speaks_only_near_the_limit(open_page: OpenPage) -> None:
    page = open_page("fields")
    area, count = page.locator("#id_account"), page.locator("#id_account_count")
    area.press_sequentially("a" * 8)
    page.wait_for_timeout(500)
    expect(count).to_have_text("Up to 500 characters")
    area.fill("a" * 510)
    expect(count).to_have_class(re.compile("over"))
    expect(count).to_have_text("Characters too many: 10")
    assert len(area.input_value()) == 510


@pytest.mark.browser
def test_a_draft_is_kept_while_typing_and_a_failure_is_said(open_page: OpenPage) -> None:
    page = open_page("fields", expected="Failed to")
    with page.expect_request("**/kept/") as kept:
        page.locator("#id_account").fill("Six men")
    sent = kept.value.post_data or ""
    assert "Six men" in sent
    assert f'name="page"\r\n\r\n{urlsplit(page.url).path}\r\n' in sent
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.route("**/kept/", lambda route: route.fulfill(status=302, headers={"Location": "/"}))
    page.locator("#id_account").fill("Six men and a van")
    expect(page.get_by_text("The draft could not be kept")).to_be_visible()


@pytest.mark.browser
def test_the_code_can_be_copied_where_scripts_run(open_page: OpenPage) -> None:
    page = open_page("public-code", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "48213 99307 11752 60498 22617 85"


@pytest.mark.browser
def test_without_scripts_nothing_promises_what_only_a_script_can_do(open_page: OpenPage) -> None:
    page = open_page("public-code", java_script_enabled=False)
    assert not page.get_by_role("button", name="Copy the code").is_visible()
    assert page.get_by_role("button", name="Leave this site").is_visible()
