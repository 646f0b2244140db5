"""Somebody who saw something, on a phone, without JavaScript."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import plain
from tests.journeys.conftest import (
    House,
    choose,
    come_to_see,
    find_concern,
    follow,
    heading,
    open_concern,
    press,
)

WHAT = "Six men sleep above the car wash on the quay.\nA man in a white van takes their money."
Accessible = Callable[[Page], None]


def code_on(page: Page) -> tuple[str, str]:
    digits, words = page.locator(".digits").inner_text(), page.locator(".words").inner_text()
    return " ".join(digits.split()), " ".join(words.split())


def write(page: Page, what: str, where: str = "CO2 8LN") -> None:
    page.goto("/questions/")
    page.get_by_label("What makes you worried?").fill(what)
    page.get_by_label("Where is it?").fill(where)


def file(page: Page, what: str, where: str = "CO2 8LN") -> tuple[str, str]:
    write(page, what, where)
    press(page, "Check what you wrote")
    press(page, "Send it")
    return code_on(page)


def test_a_worried_neighbour_reports_and_comes_back(
    public_page: Page, accessible: Accessible
) -> None:
    page = public_page
    # Given somebody on the first page, which begins with danger
    page.goto("/")
    expect(page.get_by_role("link", name="999")).to_have_attribute("href", "tel:999")
    accessible(page)

    # When they report, forgetting everything at first
    follow(page, "Report a concern")
    accessible(page)
    press(page, "Check what you wrote")
    expect(page.locator(".errors")).to_contain_text("Tell us anything at all")
    assert page.title().startswith("Error: ")
    accessible(page)

    # And then say what and where
    choose(page, "Yes, or it could happen today")
    page.get_by_label("What makes you worried?").fill(WHAT)
    page.get_by_label("Where is it?").fill("CO2 8LN")
    press(page, "Check what you wrote")

    # Then the check page shows it, with 999 again, and says that nothing is sent
    assert heading(page) == "Check what you wrote"
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("takes their money.")
    expect(page.get_by_role("link", name="999")).to_be_visible()
    accessible(page)

    # When they change something, what they typed is still there
    press(page, "Change (What)")
    expect(page.get_by_label("What makes you worried?")).to_have_value(WHAT)
    expect(page.get_by_label("Yes, or it could happen today")).to_be_checked()
    accessible(page)
    page.get_by_label("Where is it?").fill("Hythe Quay, CO2 8LN")
    press(page, "Check what you wrote")
    expect(page.locator("main")).to_contain_text("Hythe Quay")
    press(page, "Send it")

    # Then the code is theirs; a wrong echo shows it again, the right one lets them go
    digits, words = code_on(page)
    assert len(re.findall(r"\d{4}", digits)) == 7
    assert len(words.split()) == 9
    accessible(page)
    page.get_by_label("Type the last four digits").fill("0")
    press(page, "I have kept it")
    expect(page.locator(".errors")).to_contain_text("That is not how your code ends")
    assert code_on(page) == (digits, words)
    accessible(page)
    page.get_by_label("Type the last four digits").fill(digits.split()[-1])
    press(page, "I have kept it")
    assert heading(page).startswith("Thank you")
    accessible(page)

    # When they come back with the digits, then with the words
    page.goto("/back/")
    accessible(page)
    for typed in (digits.replace(" ", "\n"), words.upper(), digits.replace(" ", "")):
        page.goto("/back/")
        page.get_by_label("Your code").fill(typed)
        press(page, "Open it")
        assert heading(page) == "Your report"
    expect(page.get_by_text("The desk has not written to you.")).to_be_visible()
    accessible(page)

    # Then they can add something, and an empty message says so
    press(page, "Send")
    expect(page.locator(".errors")).to_contain_text("Write something before you send.")
    accessible(page)
    page.get_by_label("Answer, or add something").fill("The van is white, with a ladder.")
    press(page, "Send")
    expect(page.get_by_role("status")).to_contain_text("Sent.")
    assert "ladder" not in page.content(), "what was added is not shown to the next reader"
    accessible(page)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type your code."),
        ("1234 5678", "Something is missing"),
        ("anchor bread zzzzzz", "is not a word of any code"),
        ("1" * 29, "That is too much"),
        ("1" * 28, "One part is mistyped"),
    ],
    ids=["empty", "short", "no-word", "long", "mistyped"],
)
def test_a_wrong_code_is_told_what_is_wrong_with_it(
    typed: str, said: str, public_page: Page, accessible: Accessible
) -> None:
    public_page.goto("/back/")
    public_page.get_by_label("Your code").fill(typed)
    press(public_page, "Open it")
    expect(public_page.locator(".errors")).to_contain_text(said)
    expect(public_page.get_by_label("Your code")).to_have_value(typed)
    accessible(public_page)


def test_a_code_that_nobody_was_given_opens_nothing(
    public_page: Page, accessible: Accessible
) -> None:
    from daymark.vault import codes

    public_page.goto("/back/")
    public_page.get_by_label("Your code").fill(codes.new().digits)
    press(public_page, "Open it")
    expect(public_page.locator(".errors")).to_contain_text("No report has this code.")
    accessible(public_page)


def test_pressed_twice_and_reloaded_it_is_filed_once(
    house: House, public_page: Page, sign_in: Callable[..., Page]
) -> None:
    # Given a report on the check page
    page = public_page
    write(page, "Brambleford bakery: people sleep on flour sacks in the cellar.")
    press(page, "Check what you wrote")
    check = page.content()

    # When it is sent by a double press, the page reloaded, and sent again from the check page
    page.get_by_role("button", name="Send it").dblclick()
    page.locator(".digits").wait_for()
    first = code_on(page)
    page.reload()
    assert code_on(page) == first
    page.route("**/questions/", lambda route: route.fulfill(body=check, content_type="text/html"))
    page.goto("/questions/")
    page.unroute_all()
    press(page, "Send it")
    assert code_on(page) == first

    # Then the desk has it once, also when the worker has come to what was sent later
    officer = sign_in("DESK_OFFICER")
    assert find_concern(officer, "Brambleford").count() == 1
    plain.report(house.public, "Cuttlebone chandlery: the door is barred at night.")
    find_concern(officer, "Cuttlebone")
    assert find_concern(officer, "Brambleford").count() == 1

    # And when they go back, change it and send it again, the change is added
    page.route("**/questions/", lambda route: route.fulfill(body=check, content_type="text/html"))
    page.goto("/questions/")
    page.unroute_all()
    page.get_by_role("button", name="Change").nth(1).click()
    page.get_by_label("What makes you worried?").fill("Brambleford bakery: the gate is grey.")
    press(page, "Check what you wrote")
    press(page, "Send it")
    assert code_on(page) == first
    address = open_concern(officer, "Brambleford")
    come_to_see(officer, address, officer.get_by_text("the gate is grey"))


def test_a_dropped_connection_loses_nothing(public_page: Page) -> None:
    page = public_page
    write(page, "The lorry leaves at four.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Check what you wrote").click(no_wait_after=True)
    expect(page.locator("[name=what]")).to_have_count(0)  # the browser's own error page
    page.context.set_offline(False)
    page.reload()
    expect(page.locator(".summary")).to_contain_text("The lorry leaves at four.")
    press(page, "Send it")
    assert len(code_on(page)[1].split()) == 9


def test_every_page_survives_a_reload(public_page: Page) -> None:
    page = public_page
    digits, _ = file(page, "Lights on all night in the packing shed.", "CM9 6YZ")
    for step in ("check", "sent"):
        write(page, "Reloaded.", "CO2 8LN")
        press(page, "Check what you wrote")
        if step == "sent":
            press(page, "Send it")
        before = heading(page)
        page.reload()
        assert heading(page) == before
    page.goto("/back/")
    page.get_by_label("Your code").fill(digits)
    press(page, "Open it")
    page.get_by_label("Answer, or add something").fill("They left at four.")
    press(page, "Send")
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("Sent.")


def test_a_page_whose_draft_cannot_be_read_says_so(
    public_page: Page, accessible: Accessible
) -> None:
    write(public_page, "Something.")
    press(public_page, "Check what you wrote")
    public_page.evaluate("document.querySelector('[name=draft]').value = 'broken'")
    press(public_page, "Send it")
    assert heading(public_page) == "This page has expired"
    accessible(public_page)


def test_the_postcode_decides_which_desk_reads_it(
    public_page: Page, sign_in: Callable[..., Page]
) -> None:
    # Given one report from Colchester and one from Southend-on-Sea
    file(public_page, "Tidewrack yard, men locked in at night.", "co28ln")
    file(public_page, "Saltbreeze yard, men locked in at night.", "SS1 1BB")
    # Then the north desk knows the first and not the second, the south desk the other way round
    north, south = sign_in("DESK_OFFICER"), sign_in("Owen Pike")
    open_concern(north, "Tidewrack")
    expect(north.get_by_label("About this concern")).to_contain_text("Colchester")
    open_concern(south, "Saltbreeze")
    expect(south.get_by_label("About this concern")).to_contain_text("Southend-on-Sea")
    north.goto("/concerns/?words=Saltbreeze")
    assert not north.get_by_text("Saltbreeze yard").count()
    south.goto("/concerns/?words=Tidewrack")
    assert not south.get_by_text("Tidewrack yard").count()


@pytest.mark.parametrize(
    "path", ["/signs/", "/signs/car-wash/", "/help/", "/numbers/", "/privacy/", "/accessibility/"]
)
def test_the_pages_to_read_are_accessible(
    path: str, public_page: Page, accessible: Accessible
) -> None:
    answer = public_page.goto(path)
    assert answer
    assert answer.status == 200
    accessible(public_page)


def test_a_mistyped_address_is_answered_in_the_houses_look(
    public_page: Page, accessible: Accessible
) -> None:
    answer = public_page.goto("/nothing/here/")
    assert answer
    assert answer.status == 404
    expect(public_page.get_by_role("button", name="Leave this site")).to_be_visible()
    accessible(public_page)


def test_leaving_empties_the_page_before_it_goes_elsewhere(house: House) -> None:
    left = plain.Plain(house.public)
    left.open("/leave/")
    assert left.status == 200
    assert f'content="0;url={house.elsewhere}"' in left.html
