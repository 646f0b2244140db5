"""A first responder at the council sees what was opened to them, and of it what was opened."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import follow

Accessible = Callable[[Page], None]


def test_what_is_shared_is_there_and_closed_parts_stay_closed(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    # Given two concerns shared with the council, one of them without what was said
    page = sign_in("FIRST_RESPONDER", viewport={"width": 360, "height": 740})
    expect(page.get_by_role("heading", name="Shared with you")).to_be_visible()
    accessible(page)
    shared = page.locator("h2:has-text('Shared with you') + ul a").all()
    addresses = [link.get_attribute("href") for link in shared]
    page.get_by_role("button", name="Menu").click()
    accessible(page)
    follow(page, "Concerns", exact=True)
    accessible(page)
    closed = 0
    for address in addresses:
        page.goto(str(address))
        # Then both show how they stand; one keeps its account to itself
        expect(page.get_by_label("About this concern")).to_contain_text("MSHT desk north")
        closed += page.get_by_text("The account is not shared with you").count()
        expect(page.get_by_role("heading", name="Conversation")).to_have_count(0)
        for name in ("Decide", "Ask the reporter", "Close", "Who may know"):
            expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
        accessible(page)
        # And what only the desk may do answers as if it were not there
        answer = page.goto(f"{address}decide/")
        assert answer
        assert answer.status in {403, 404}
        accessible(page)
    assert closed == 1
