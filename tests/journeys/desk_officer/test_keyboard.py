"""A whole day at the desk without a mouse: with the keys, and by Tab and Enter alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import find_concern, heading

Accessible = Callable[[Page], None]
SignIn = Callable[..., Page]
FOCUSED = "document.activeElement"
# The whole row of a list is outlined for the link in it.
OUTLINED = f"""[{FOCUSED}, {FOCUSED}.closest("li")].some(
    one => one && getComputedStyle(one).outlineStyle !== "none"
)"""
IN_SIGHT = f"""(box => box.bottom > 0 && box.top < innerHeight)(
    {FOCUSED}.getBoundingClientRect()
)"""


def focused(page: Page) -> str:
    """What has the focus, in words; it must be there, and be seen."""
    assert page.evaluate(f"{FOCUSED} !== document.body"), f"the focus is lost on {page.url}"
    where = page.evaluate(f"{FOCUSED}.outerHTML")
    assert page.evaluate(OUTLINED), f"no outline: {where}"
    assert page.evaluate(IN_SIGHT), f"out of sight: {where}"
    return str(page.evaluate(f"{FOCUSED}.innerText || {FOCUSED}.name"))


def tab_to(page: Page, wanted: str) -> None:
    """By Tab alone, seeing the focus at each step."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused(page)
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def leads_on(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def write(page: Page, wanted: str, words: str) -> None:
    """Type into a field; no letter of it is taken for a key."""
    tab_to(page, wanted)
    page.keyboard.type(words)
    assert page.evaluate(f"{FOCUSED}.value") == words


def test_a_whole_day_by_its_keys(sign_in: SignIn, accessible: Accessible) -> None:
    # Given Today, and the inbox two steps from it
    page = sign_in("DESK_OFFICER")
    find_concern(page, "Whinmoor")
    page.goto("/")
    tab_to(page, "nav a[href='/concerns/']")
    leads_on(page, "Enter")
    accessible(page)
    # When somebody asks for the keys, the list opens, and closes again
    page.keyboard.press("?")
    expect(page.get_by_text("row before")).to_be_visible()
    assert "Keys" in focused(page)
    accessible(page)
    page.keyboard.press("?")
    expect(page.get_by_text("row before")).to_be_hidden()
    # And the rows are walked, and never left
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("j")
    assert focused(page) != first
    for _ in range(3):
        page.keyboard.press("k")
    assert focused(page) == first
    # When they search, their words are words
    page.keyboard.press("/")
    assert focused(page) == "words"
    page.keyboard.type("jkundac? Whinmoor")
    assert page.evaluate(f"{FOCUSED}.value") == "jkundac? Whinmoor"
    page.keyboard.press("Control+A")
    page.keyboard.type("Whinmoor")
    leads_on(page, "Enter")
    page.keyboard.press("j")
    row = focused(page)
    assert row.startswith("Whinmoor")
    leads_on(page, "Enter")
    assert "Whinmoor" in heading(page)
    page.keyboard.press("?")
    expect(page.get_by_text("back to the list")).to_be_visible()
    accessible(page)
    # When they decide
    leads_on(page, "d")
    accessible(page)
    tab_to(page, "[name=urgency]")
    page.keyboard.press("ArrowUp")
    write(page, "[name=note]", "Duncan, a porter, can say who works at the kennels.")
    tab_to(page, "main .actions button")
    leads_on(page, "Enter")
    expect(page.get_by_role("status")).to_contain_text("Decided.")
    # Then the list is where it was, at the same row
    leads_on(page, "u")
    assert focused(page) == row
    assert "words=Whinmoor" in page.url
    accessible(page)
    # And from there they ask, and close
    leads_on(page, "Enter")
    leads_on(page, "a")
    accessible(page)
    write(page, "[name=text]", "Do you know what the place is called?")
    tab_to(page, "main .actions button")
    leads_on(page, "Enter")
    expect(page.get_by_role("status")).to_contain_text("Sealed for the reporter")
    leads_on(page, "c")
    accessible(page)
    tab_to(page, "[name=because]")
    page.keyboard.press("ArrowDown")
    write(page, "[name=note]", "A mistake, said the caller; checked.")
    tab_to(page, "main .actions button")
    leads_on(page, "Enter")
    expect(page.get_by_role("heading", name="Closed", exact=True)).to_be_visible()
    accessible(page)


def test_the_keys_can_be_switched_off_and_stay_off(sign_in: SignIn) -> None:
    page = sign_in("DESK_OFFICER")
    page.goto("/concerns/")
    page.keyboard.press("?")
    tab_to(page, ".keys button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Switch the keys on")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("/")
        assert page.evaluate(f"{FOCUSED}.matches('body, .keys button')")
        page.reload()
    tab_to(page, ".keys summary")
    page.keyboard.press("Enter")
    tab_to(page, ".keys button")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    assert page.evaluate(f"{FOCUSED}.matches('.rows .what a')")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_same_by_tab_and_enter_without_scripts(sign_in: SignIn, width: int) -> None:
    page = sign_in(
        "DESK_OFFICER", java_script_enabled=False, viewport={"width": width, "height": 800}
    )
    page.goto("/concerns/?words=Whinmoor")
    expect(page.locator(".keys")).to_be_hidden()
    tab_to(page, ".rows .what a")
    row = focused(page)
    leads_on(page, "Enter")
    tab_to(page, ".passage a")
    leads_on(page, "Enter")
    assert focused(page) == row
    leads_on(page, "Enter")
    tab_to(page, ".tasks a")
    assert focused(page)
    leads_on(page, "Enter")
    write(page, "[name=note]", "Duncan can say; nothing is lost.")
    tab_to(page, "main .actions button")
