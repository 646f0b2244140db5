"""Leaving at once: what a browser still shows to whoever takes the phone next."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.browser import chromium
from tests.journeys.conftest import House

TYPED = "greenfinchpapers"
Opened = Callable[[bool], Page]


@pytest.fixture
def profile(browser: Browser, house: House, tmp_path: Path) -> Iterator[Opened]:
    """A browser with a profile on disk, as somebody's own phone has one."""
    contexts: list[BrowserContext] = []

    def opened(scripts: bool) -> Page:
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium(),
            args=["--no-sandbox"],
            # Playwright keeps pages from being frozen for Back; people's browsers do not.
            ignore_default_args=["--disable-back-forward-cache"],
            java_script_enabled=scripts,
            base_url=house.public,
            locale="en-GB",
        )
        contexts.append(context)
        return context.pages[0]

    yield opened
    for context in contexts:
        context.close()


def _to_the_report(page: Page) -> None:
    page.goto("about:blank")
    page.goto("/")
    page.locator("a.door.first").click()
    page.locator("[name=what]").fill(TYPED)
    page.locator("[name=where]").fill(TYPED)


def _to_the_check_page(page: Page) -> None:
    _to_the_report(page)
    page.locator("main button[value=check]").click()
    page.wait_for_selector(".summary")


def _to_the_code(page: Page) -> None:
    _to_the_check_page(page)
    page.locator("main button[value=send]").click()
    page.wait_for_selector(".digits")


def _to_what_the_desk_says(page: Page) -> None:
    _to_the_code(page)
    code = page.locator(".digits").inner_text()
    page.locator("[name=last]").fill(code.split()[-1])
    page.locator("main .actions button").click()
    page.wait_for_selector("main ul")
    page.goto("/back/")
    page.locator("[name=code]").fill(code)
    page.locator("main .actions button").click()
    page.wait_for_selector("[name=text]")
    page.locator("[name=text]").fill(TYPED)


def _shown_by_back(page: Page) -> str:
    """What Back shows to somebody who agrees to everything the browser asks."""
    try:
        page.go_back(timeout=3_000, wait_until="commit")
    except Error as refusal:
        if "ERR_CACHE_MISS" in str(refusal):  # "Send it again?" Yes.
            page.wait_for_timeout(500)
            page.context.new_cdp_session(page).send("Page.reload")
        elif "Timeout" not in str(refusal):  # a page that was kept whole commits nothing
            raise
    page.wait_for_timeout(600)
    fields = page.locator("textarea, input").all()
    return page.content() + " ".join(field.input_value() for field in fields)


@pytest.mark.parametrize("way", [_to_the_report, _to_the_code, _to_what_the_desk_says])
@pytest.mark.parametrize("scripts", [False, True], ids=["plain", "scripts"])
def test_after_leaving_back_shows_nothing_that_was_typed(
    scripts: bool, way: Callable[[Page], None], profile: Opened, house: House
) -> None:
    page = profile(scripts)
    way(page)
    code = page.locator(".digits")
    secrets = [TYPED, *(code.all_inner_texts())]
    before = page.evaluate("history.length")
    page.locator("button.leave").click()
    page.wait_for_url(house.elsewhere)
    for _ in range(before):
        shown = _shown_by_back(page)
        assert not [one for one in secrets if one in shown], page.url
        if "about:" in page.url:
            break


def test_the_history_names_two_pages_and_nothing_of_what_was_done(
    profile: Opened, tmp_path: Path, house: House
) -> None:
    page = profile(False)
    _to_the_check_page(page)
    page.locator("main button[value=send]").click()
    page.wait_for_selector(".digits")
    code = page.locator(".digits").inner_text().split()
    page.locator("button.leave").click()
    page.wait_for_url(house.elsewhere)
    page.context.close()
    kept = sqlite3.connect(tmp_path / "profile" / "Default" / "History")
    rows = kept.execute("SELECT url, title FROM urls WHERE url NOT LIKE 'about:%'").fetchall()
    kept.close()
    ours = {url.removeprefix(house.public): title for url, title in rows if house.public in url}
    assert set(ours) <= {"", "questions/", "leave/"}
    assert set(ours.values()) <= {"Welcome – Daymark", "Code – Daymark", "Elsewhere"}
    # What is cached, filled in, or remembered in any other way; sessions hold what a tab can
    # send again, which the threat model names.
    words = [TYPED.encode(), " ".join(code[:2]).encode(), "".join(code[:2]).encode()]
    found = {
        file.name
        for file in (tmp_path / "profile").rglob("*")
        if file.is_file() and file.parent.name != "Sessions"
        if any(word in file.read_bytes() for word in words)
    }
    assert found == set()


@pytest.mark.parametrize("key", ["Escape", "Shift"])
def test_three_times_a_key_leaves_and_takes_the_pages_place(
    key: str, profile: Opened, house: House
) -> None:
    page = profile(True)
    _to_the_check_page(page)
    entries = page.evaluate("history.length")
    for _ in range(3):
        page.keyboard.press(key)
    page.wait_for_url(house.elsewhere)
    assert page.evaluate("history.length") == entries
    assert TYPED not in _shown_by_back(page)


def test_with_scripts_not_even_the_session_holds_a_word(profile: Opened, tmp_path: Path) -> None:
    page = profile(True)
    _to_the_check_page(page)
    page.goto("about:blank")
    page.context.close()
    found = [
        file.name
        for file in (tmp_path / "profile").rglob("*")
        if file.is_file()
        if any(word in file.read_bytes() for word in (TYPED.encode(), TYPED.encode("utf-16-le")))
    ]
    assert found == []
