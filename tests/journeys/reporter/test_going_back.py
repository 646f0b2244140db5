"""Going back, a page opened anew, a lost connection: nothing that was typed goes with them."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys import plain
from tests.journeys.conftest import Doors, House

Accessible = Callable[[Page], None]

HEADING = "h1"


@pytest.fixture
def page(doors: Doors) -> Iterator[Page]:
    """The public door on a phone, with scripts; nothing may stay in the browser all the same."""
    page = doors.open(doors.house.public, viewport={"width": 360, "height": 740})
    yield page
    assert page.context.storage_state() == {"cookies": [], "origins": []}


def _write(page: Page, what: str = "Six men in one room.") -> None:
    page.goto("/")
    page.locator("a.door.first").click()
    page.locator("[name=what]").fill(what)
    page.locator("[name=where]").fill("CO2 8LN")


def _press(page: Page, to: str) -> None:
    page.locator(f"main button[value={to}]").first.click()


def test_back_shows_what_was_typed_and_what_is_changed_there_counts(
    page: Page, accessible: Accessible
) -> None:
    _write(page)
    _press(page, "check")
    expect(page.locator(".summary")).to_contain_text("Six men in one room.")
    expect(page.locator(HEADING)).to_be_focused()
    expect(page.get_by_text("Back button shows an empty page")).to_be_hidden()
    page.go_back()
    expect(page.locator("[name=what]")).to_have_value("Six men in one room.")
    expect(page.locator("[name=where]")).to_have_value("CO2 8LN")
    page.locator("[name=what]").fill("Seven men in one room.")
    accessible(page)
    _press(page, "check")
    expect(page.locator(".summary")).to_contain_text("Seven men in one room.")
    # And so does the gesture that goes back to the first page by mistake, and forward again
    page.go_back()
    page.go_back()
    expect(page.locator("a.door.first")).to_be_visible()
    page.go_forward()
    expect(page.locator("[name=what]")).to_have_value("Seven men in one room.")


def test_answers_given_later_outlive_a_way_back_to_an_earlier_page(page: Page) -> None:
    _write(page)
    _press(page, "more")
    for asked in range(3):
        expect(page.locator("main button[value=next]")).to_be_visible()
        title = page.title()
        page.locator("main :is(input:not([type=hidden]), textarea)").nth(asked % 2).focus()
        page.keyboard.press("Space")
        _press(page, "next")
        expect(page).not_to_have_title(title)
    for _ in range(4):
        page.go_back()
    expect(page.locator("[name=what]")).to_have_value("Six men in one room.")
    page.locator("[name=what]").fill("Eight men in one room.")
    before = page.evaluate("history.length")
    _press(page, "check")
    rows = page.locator(".summary")
    expect(rows).to_contain_text("Eight men in one room.")
    assert rows.locator("button").count() >= 4
    assert page.evaluate("history.length") < before


def test_an_error_and_a_language_take_no_place_in_the_history(page: Page) -> None:
    page.goto("/questions/")
    before = page.evaluate("history.length")
    _press(page, "check")
    expect(page.locator(".errors")).to_be_focused()
    page.locator("[name=what]").fill("Bốn người trong một phòng.")
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page).to_have_url(re.compile("/vi/"))
    expect(page.locator("[name=what]")).to_have_value("Bốn người trong một phòng.")
    assert page.evaluate("history.length") == before


def test_looking_something_up_in_the_middle_loses_nothing(page: Page) -> None:
    _write(page)
    page.get_by_role("link", name="Your privacy").click()
    expect(page).to_have_url(re.compile("/privacy/"))
    expect(page.locator(HEADING)).to_be_focused()
    page.go_back()
    expect(page.locator("[name=what]")).to_have_value("Six men in one room.")
    _press(page, "check")
    expect(page.locator(".summary")).to_contain_text("Six men in one room.")


def test_a_page_that_is_opened_anew_still_knows_what_was_answered(page: Page) -> None:
    # A phone short of memory does this while its camera is open.
    _write(page)
    _press(page, "more")
    expect(page.locator("main button[value=next]")).to_be_visible()
    title = page.title()
    page.reload()
    expect(page).to_have_title(title)
    _press(page, "back")
    expect(page.locator("[name=what]")).to_have_value("Six men in one room.")
    _press(page, "check")
    _press(page, "send")
    code = page.locator(".digits").inner_text()
    page.reload()
    expect(page.locator(".digits")).to_have_text(code)
    page.locator("[name=last]").fill(code.split()[-1])
    _press(page, "kept")
    expect(page.locator(HEADING)).to_contain_text("Thank you")
    assert not page.evaluate("history.state.draft")
    # All is done now, and nobody finds the code by going back
    page.go_back()
    expect(page.locator("[name=what]")).to_have_value("")


def test_a_lost_connection_loses_nothing(page: Page, accessible: Accessible) -> None:
    _write(page)
    page.context.set_offline(True)
    _press(page, "check")
    expect(page.get_by_role("alert")).to_contain_text("There is no connection.")
    expect(page.locator("[name=what]")).to_have_value("Six men in one room.")
    page.context.set_offline(False)
    accessible(page)
    _press(page, "check")
    expect(page.locator(".summary")).to_be_visible()
    assert not page.get_by_role("alert").is_visible()


def test_somebody_waiting_is_told_so_and_a_second_press_does_nothing(page: Page) -> None:
    _write(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))

    def slowly(route: Route) -> None:
        time.sleep(1.5)
        route.continue_()

    page.route("**/questions/", slowly)
    _press(page, "check")
    _press(page, "check")
    expect(page.get_by_role("status")).to_contain_text("One moment, please.")
    expect(page.locator(".summary")).to_be_visible()
    assert asked == ["POST"]


def test_a_fault_of_ours_stands_before_what_was_typed_and_not_in_its_place(
    page: Page, house: House
) -> None:
    page.goto("/back/")
    page.locator("[name=code]").fill(plain.report(house.public, "A lorry by the quay."))
    page.locator("main .actions button").first.click()
    page.locator("[name=text]").fill("They were moved last night.")
    broken = (
        page.content().replace("<h1", "<h1>Something went wrong here</h1><h2").replace("carry", "")
    )
    page.route(
        "**/back/", lambda route: route.fulfill(status=500, body=broken, content_type="text/html")
    )
    _press(page, "add")
    expect(page.locator(HEADING)).to_contain_text("Something went wrong here")
    page.unroute("**/back/")
    page.go_back()
    expect(page.locator("[name=text]")).to_have_value("They were moved last night.")
    _press(page, "add")
    expect(page.locator("main")).to_contain_text("Sent.")
