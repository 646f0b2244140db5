"""Somebody who knows more: a question at a time, in another language, and taken back later."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import choose, come_to_see, find_concern, heading, open_concern, press
from tests.journeys.reporter.test_report import Accessible, code_on

STEPS = 12


def test_somebody_who_knows_more_is_asked_a_question_at_a_time(
    public_page: Page, accessible: Accessible, sign_in: Callable[..., Page]
) -> None:
    page = public_page
    # Given a few words on the quick page
    page.goto("/questions/")
    page.get_by_label("What makes you worried?").fill("Kingfisher hand car wash, men sleep above.")
    press(page, "Add more, a question at a time")

    # When they answer some questions and skip others, each page reachable and plain
    answers = {
        "What kind of place is it?": lambda: choose(page, "Hand car wash"),
        "Did you notice any of these?": lambda: choose(page, "Workers get no payslip."),
        "The place": lambda: choose(page, "It is near there, and I want to keep it vague"),
        "The people you worry about": lambda: choose(page, "10 to 17", "Men or boys"),
        "Any cars, vans or other vehicles?": lambda: page.locator("textarea").fill("KF61 SHR"),
        "How far do you want to be known?": lambda: choose(page, "Confidential"),
        "Is it safe to contact you?": lambda: page.get_by_label("How may we reach you?").fill(
            "07700 900321"
        ),
    }
    for number in range(1, STEPS + 1):
        assert page.title() == f"Question {number} of {STEPS} – Daymark"
        accessible(page)
        said = heading(page).removeprefix(f"Question {number} of {STEPS}").strip()
        answers.pop(said, lambda: None)()
        press(page, "Continue")
    assert answers == {}

    # Then all of it is there to check, and to change
    expect(page.locator("main")).to_contain_text("Workers get no payslip.")
    accessible(page)
    press(page, "Change (How old do they seem?)")
    expect(page.get_by_label("10 to 17", exact=True)).to_be_checked()
    choose(page, "18 to 29")
    press(page, "Continue")
    expect(page.locator("main")).to_contain_text("18 to 29")

    # When one answer is too long, it stays; so does all the rest, also in another language
    press(page, "Add more")
    page.locator("input[type=text], textarea").first.fill("x" * 20_001)
    press(page, "Continue")
    expect(page.locator(".errors")).to_be_visible()
    accessible(page)
    page.locator("input[type=text], textarea").first.fill("Most evenings")
    press(page, "Română")
    assert page.url.endswith("/ro/questions/")
    expect(page.locator("input[type=text], textarea").first).to_have_value("Most evenings")
    accessible(page)
    press(page, "English")
    press(page, "Back")
    press(page, "Check what you wrote")
    expect(page.locator("main")).to_contain_text("Most evenings")
    expect(page.locator("main")).to_contain_text("KF61 SHR")
    press(page, "Send it")
    digits, _ = code_on(page)

    # Then the desk reads it in its own words, and whom it may contact
    officer = sign_in("DESK_OFFICER")
    address = open_concern(officer, "Kingfisher")
    expect(officer.locator("main")).to_contain_text("Near there: kept vague by the reporter")
    expect(officer.locator("main")).to_contain_text("Child mentioned")
    expect(officer.locator("main")).to_contain_text("Not said, so not safe.")
    expect(officer.locator("main")).to_contain_text("07700 900321")
    accessible(officer)
    assert find_concern(officer, "KF61 SHR", shows="Kingfisher").count() == 1

    # When the reporter takes their contact details back
    page.goto("/back/")
    page.get_by_label("Your code").fill(digits)
    press(page, "Open it")
    page.get_by_label("Answer, or add something").fill("Half a sentence")
    page.locator("details.more summary").last.click()
    accessible(page)
    press(page, "Take back my name and contact details")
    expect(page.get_by_role("status")).to_contain_text("Taken back.")
    expect(page.get_by_label("Answer, or add something")).to_have_value("Half a sentence")

    # Then the desk has them no more, and is told so
    come_to_see(officer, address, officer.get_by_text("Contact details taken back"))
    assert "07700 900321" not in officer.content()
    accessible(officer)


def test_a_guided_report_needs_no_mouse(public_page: Page) -> None:
    page = public_page
    page.goto("/questions/")
    page.locator("[name=what]").fill("By keyboard alone.")
    page.locator("main button[value=more]").press("Enter")
    page.wait_for_selector("[name=setting]")
    # Enter in a field is "Continue", not the first language above it.
    page.locator("main button[value=next]").press("Enter")
    page.wait_for_selector("[name=signs]")
    page.locator("main button[value=next]").press("Enter")
    page.locator("[name=where]").press("Enter")
    page.locator("[name=since]").press("Enter")
    expect(page).to_have_title(f"Question 5 of {STEPS} – Daymark")
    assert "/questions/" in page.url
