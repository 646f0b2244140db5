"""A commissioner and an analyst: members of the house who see no case."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import follow

Accessible = Callable[[Page], None]


@pytest.mark.parametrize("role", ["COMMISSIONER", "ANALYST"])
def test_today_has_no_cases(
    role: str, sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    page = sign_in(role)
    expect(page.get_by_text("Your role sees no cases.")).to_be_visible()
    expect(page.locator(".rows")).to_have_count(0)
    expect(page.get_by_role("link", name="Concerns")).to_have_count(0)
    accessible(page)
    follow(page, "Agreements")
    expect(page.get_by_role("link", name="Record an agreement")).to_have_count(0)
    accessible(page)
    for address in ("/concerns/", "/news/", "/break-glass/", "/members/"):
        answer = page.goto(address)
        assert answer
        assert answer.status == 403
    accessible(page)
