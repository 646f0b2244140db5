"""An administrator opens a desk, gives it a new key and closes it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import choose, follow, heading, press

Accessible = Callable[[Page], None]


def test_a_desk_comes_gets_another_key_and_goes(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    page = sign_in("ADMINISTRATOR", viewport={"width": 320, "height": 800})
    page.goto("/desks/")
    accessible(page)
    # Given a name that another desk has
    follow(page, "Open a desk")
    accessible(page)
    page.get_by_label("What is the desk called?").fill("msht desk north")
    press(page, "Open a desk")
    expect(page.locator(".errors")).to_contain_text("a desk of this name")
    accessible(page)
    page.get_by_label("What is the desk called?").fill("Night desk")
    press(page, "Open a desk")
    assert "Night desk" in heading(page)
    accessible(page)
    # When it gets another key
    follow(page, "Make a new key")
    accessible(page)
    press(page, "Make a new key")
    # Then the old one stays to be seen
    expect(page.get_by_text("Earlier keys")).to_be_visible()
    accessible(page)
    # And closing it asks who takes over, then once more
    follow(page, "Close the desk")
    accessible(page)
    press(page, "Continue")
    expect(page.locator(".errors")).to_contain_text("Choose the desk that takes over.")
    choose(page, "MSHT desk south")
    press(page, "Continue")
    assert "Close Night desk?" in heading(page)
    accessible(page)
    press(page, "Close it")
    expect(page.get_by_text("MSHT desk south took over")).to_be_visible()
    accessible(page)
    # What reads everything else is not closed, and the page says why
    follow(page, "MSHT desk north")
    follow(page, "Close the desk")
    expect(page.get_by_text("a coordinator must name another desk")).to_be_visible()
    accessible(page)
