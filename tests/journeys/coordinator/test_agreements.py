"""A coordinator records what the agencies of a partnership have signed."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import choose, follow, press

Accessible = Callable[[Page], None]


def test_an_agreement_is_recorded(sign_in: Callable[..., Page], accessible: Accessible) -> None:
    page = sign_in("COORDINATOR")
    expect(page.get_by_text("Your role sees no cases.")).to_be_visible()
    accessible(page)
    follow(page, "Agreements")
    accessible(page)
    follow(page, "Record an agreement")
    accessible(page)
    # Given an agreement of one agency that ends before it starts
    page.get_by_label("Name of the agreement").fill("Coastal night-time protocol")
    choose(page, "Colne Reach Council")
    page.get_by_label("In force from").fill("2026-11-01")
    page.get_by_label("Until").fill("2026-10-01")
    press(page, "Record")
    # Then it is refused with both reasons
    expect(page.locator(".errors")).to_contain_text("It must end after it starts.")
    expect(page.locator(".errors")).to_contain_text("between two agencies or more")
    accessible(page)
    # And recorded once it holds
    choose(page, "Lantern Trust")
    page.get_by_label("Until").fill("2027-10-31")
    press(page, "Record")
    expect(page.get_by_role("heading", name="Coastal night-time protocol")).to_be_visible()
    accessible(page)
    answer = page.goto("/concerns/")
    assert answer
    assert answer.status == 403
    accessible(page)
