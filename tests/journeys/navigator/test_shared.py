"""A Victim Navigator, to whom one concern was opened by name."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Accessible = Callable[[Page], None]


def test_the_navigator_reads_the_account_and_the_conversation(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    page = sign_in("NAVIGATOR")
    expect(page.get_by_role("heading", name="Shared with you")).to_be_visible()
    accessible(page)
    with page.expect_navigation():
        page.locator(".rows a").first.click()
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    expect(page.get_by_role("heading", name="Conversation")).to_be_visible()
    accessible(page)
    page.goto("/news/")
    accessible(page)
    # What belongs to other roles is closed by name, not hidden
    for address in ("/members/", "/agreements/new/", "/concerns/export.csv"):
        answer = page.goto(address)
        assert answer
        assert answer.status == 403
        expect(page.get_by_role("heading", name="not open to your role")).to_be_visible()
    accessible(page)
