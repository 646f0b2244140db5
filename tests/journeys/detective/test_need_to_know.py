"""A detective of the same force: what was opened to them, and nothing by browsing."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import open_concern

Accessible = Callable[[Page], None]


def test_a_detective_knows_what_was_shared_and_finds_nothing_else(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    # Given a fresh concern at the desk
    officer, page = sign_in("DESK_OFFICER"), sign_in("DETECTIVE")
    address = open_concern(officer, "Curlewgate")
    # When the detective looks for it by its words, its address or its list
    page.goto("/concerns/?words=Curlewgate")
    expect(page.get_by_text("Curlewgate depot")).to_have_count(0)
    answer = page.goto(address)
    assert answer
    # Then it does not exist
    assert answer.status == 404
    accessible(page)
    # And the one that was shared with them does
    page.goto("/concerns/")
    assert page.locator(".rows a").count() >= 1
    accessible(page)
    with page.expect_navigation():
        page.locator(".rows a").last.click()
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    accessible(page)
