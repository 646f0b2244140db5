"""What the partnership agreed becomes how its desks work, from the day it agreed on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.journeys.conftest import choose, follow, heading, press

Accessible = Callable[[Page], None]
SignIn = Callable[..., Page]
TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=90)  # so that no other journey is under it


def test_a_clock_is_changed_from_a_later_day_on(sign_in: SignIn, accessible: Accessible) -> None:
    # Given the rules as they stand
    page = sign_in("COORDINATOR", viewport={"width": 320, "height": 800}, color_scheme="dark")
    page.goto("/rules/")
    accessible(page)
    page.get_by_role("link", name="Change (Routine)").click()
    assert heading(page) == "How soon: Routine"
    accessible(page)
    # When what is typed makes no sense, it is said there, and nothing is lost
    page.get_by_label("Decided within how many hours?").fill("0")
    page.get_by_label("From which day?").fill((TODAY - timedelta(days=3)).isoformat())
    page.get_by_label("Where this was agreed").fill("Board, 3 May")
    press(page, "Set it")
    expect(page.locator(".errors")).to_contain_text("That day is over")
    expect(page.get_by_label("Where this was agreed")).to_have_value("Board, 3 May")
    accessible(page)
    page.get_by_label("Decided within how many hours?").fill("48")
    page.get_by_label("From which day?").fill(LATER.isoformat())
    press(page, "Set it")
    # Then it waits for its day beside what holds until then
    expect(page.get_by_role("status")).to_contain_text(f"{LATER:%B %Y}")
    expect(page.get_by_text("within 2 days")).to_be_visible()
    expect(page.get_by_text("within 3 days")).to_be_visible()
    accessible(page)


def test_a_route_names_its_area_and_its_desk(sign_in: SignIn, accessible: Accessible) -> None:
    page = sign_in("COORDINATOR")
    page.goto("/rules/")
    follow(page, "Add a route")
    accessible(page)
    page.get_by_label("For which area?").fill("Maldon")
    page.get_by_label("Which desk reads it?").select_option(index=1)
    page.get_by_label("From which day?").fill(LATER.isoformat())
    page.get_by_label("Where this was agreed").fill("Board, 3 May")
    press(page, "Set it")
    expect(page.get_by_text("Maldon", exact=True)).to_be_visible()
    accessible(page)


def test_a_supervisor_wants_a_second_person_at_the_own_desk(
    sign_in: SignIn, accessible: Accessible
) -> None:
    page = sign_in("DESK_SUPERVISOR")
    page.goto("/rules/")
    accessible(page)
    expect(page.get_by_role("link", name="Change (Routine)")).to_have_count(0)
    page.get_by_role("link", name="closing and merging").first.click()
    choose(page, "Yes")
    page.get_by_label("From which day?").fill(LATER.isoformat())
    page.get_by_label("Where this was agreed").fill("After the inspection")
    accessible(page)
    press(page, "Set it")
    planned = f"From {LATER:%-d %B %Y}: a second member agrees"
    expect(page.get_by_text(planned)).to_be_visible()
    accessible(page)
