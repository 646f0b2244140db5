"""A desk officer's day, from the second factor to a closed concern."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import (
    Doors,
    House,
    choose,
    come_to_see,
    find_concern,
    follow,
    heading,
    open_concern,
    press,
)

Accessible = Callable[[Page], None]
SignIn = Callable[..., Page]


def test_two_factors_open_the_door(doors: Doors, house: House, accessible: Accessible) -> None:
    # Given somebody at the door
    page, member = doors.open(house.partner), house.member("DESK_OFFICER")
    page.goto("/concerns/")
    assert heading(page) == "Sign in"
    accessible(page)
    # When the password is wrong, the page says so and no more
    page.get_by_label("Work e-mail address").fill(member["email"])
    page.get_by_label("Password").fill("not this one")
    press(page, "Sign in")
    expect(page.locator(".errors")).to_be_visible()
    accessible(page)
    # And when it is right, nothing opens before the second factor
    page.get_by_label("Work e-mail address").fill(member["email"])
    page.get_by_label("Password").fill(member["password"])
    press(page, "Sign in")
    assert heading(page) == "Your second factor"
    accessible(page)
    page.goto("/concerns/")
    assert heading(page) != "Concerns"
    page.goto("/sign-in/second-factor/")
    page.get_by_label("Code from your app").fill("000000")
    press(page, "Sign in")
    expect(page.locator(".errors")).to_be_visible()
    accessible(page)
    page.get_by_label("Code from your app").fill(house.code(member["totp_secret"]))
    press(page, "Sign in")
    # Then they are where they wanted to be, and the day begins
    assert heading(page) == "Concerns"
    page.goto("/")
    expect(page.get_by_role("heading", name="Waiting for a decision")).to_be_visible()
    accessible(page)
    house.states[member["email"]] = page.context.storage_state()


def test_today_says_what_waits(sign_in: SignIn, accessible: Accessible) -> None:
    for width, scheme in ((320, "dark"), (1280, "light")):
        page = sign_in(
            "DESK_OFFICER", viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        expect(page.get_by_text("Demonstration: every person")).to_be_visible()
        expect(page.get_by_role("heading", name="The reporter answered")).to_be_visible()
        expect(page.get_by_label("Your desk")).to_contain_text("open at your desk")
        accessible(page)


def test_the_inbox_is_narrowed_and_keeps_how(sign_in: SignIn, accessible: Accessible) -> None:
    # Given the inbox
    page = sign_in("DESK_OFFICER")
    follow(page, "Concerns", exact=True)
    accessible(page)
    everything = _found(page)
    # When it is narrowed to what is open and routine
    page.get_by_label("State").select_option("Open")
    page.get_by_label("Urgency").select_option("Routine")
    press(page, "Show")
    # Then fewer are shown, and the address keeps the filter
    assert 0 < _found(page) < everything
    assert "state=OPEN" in page.url
    page.reload()
    expect(page.get_by_label("State")).to_have_value("OPEN")
    accessible(page)
    # And what is past its clock is late in words
    page.goto("/concerns/?late=on")
    assert page.locator(".clock.late").count() == min(_found(page), 25)
    # And the export holds exactly what the list counts
    page.goto("/concerns/?state=CLOSED")
    rows = page.request.get("/concerns/export.csv?state=CLOSED").text().count("CLOSED")
    assert rows == _found(page)
    # And a second page keeps the filter too
    page.goto("/concerns/")
    follow(page, "Next", exact=True)
    accessible(page)
    # And nothing found is said kindly
    page.goto("/concerns/?words=xylophonist&state=CLOSED")
    expect(page.get_by_text("No concern fits")).to_be_visible()
    accessible(page)
    follow(page, "Clear")
    assert _found(page) == everything


def _found(page: Page) -> int:
    found = re.match(r"\d+", page.locator(".found").inner_text())
    assert found
    return int(found[0])


def test_a_search_forgives_a_slip_and_finds_by_reference(sign_in: SignIn) -> None:
    page = sign_in("DESK_OFFICER")
    open_concern(page, "Thistlewick")
    reference = page.locator("h1 .caption").inner_text().split()[-1]
    for words in ("Thistelwick", "thistlewick pickers", reference.lower()):
        expect(find_concern(page, words, shows="Thistlewick")).to_be_visible()


def test_a_question_reaches_the_reporter_and_the_answer_comes_back(
    house: House, sign_in: SignIn, public_page: Page, accessible: Accessible
) -> None:
    # Given a concern and its reporter's code
    code = house.codes["Ploverfield"]
    page = sign_in("DESK_OFFICER")
    address = open_concern(page, "Ploverfield")
    expect(page.get_by_text("Nothing yet. The reporter can be asked")).to_be_visible()
    accessible(page)
    # When the officer would send the reporter out, the form refuses and keeps the words
    follow(page, "Ask the reporter")
    accessible(page)
    press(page, "Send to the reporter")
    expect(page.locator(".errors")).to_contain_text("Write a message.")
    tasking = "Could you go back and take some photos for us?"
    page.get_by_label("Your message").fill(tasking)
    press(page, "Send to the reporter")
    expect(page.locator(".errors")).to_contain_text("sends the reporter out")
    expect(page.get_by_label("Your message")).to_have_value(tasking)
    accessible(page)
    # And when they ask what the reporter knows already
    page.get_by_label("Your message").fill("Thank you. Do you remember the name on the door?")
    press(page, "Send to the reporter")
    expect(page.get_by_role("status")).to_contain_text("Sealed for the reporter")
    accessible(page)
    # Then the code opens the letter, and an answer can be given
    public_page.goto("/back/")
    public_page.get_by_label("Your code").fill(code)
    press(public_page, "Open it")
    expect(public_page.get_by_text("The desk has written to you.")).to_be_visible()
    expect(public_page.get_by_text("the name on the door?")).to_be_visible()
    accessible(public_page)
    public_page.get_by_label("Answer, or add something").fill("Whitecliff Linen, in blue.")
    press(public_page, "Send")
    accessible(public_page)
    # And the officer sees that it came, and reads it
    come_to_see(page, address, page.locator(".facts", has_text="Answered"))
    expect(page.get_by_label("Conversation with the reporter")).to_contain_text("Whitecliff Linen")
    accessible(page)
    page.goto("/concerns/?answered=on&words=Ploverfield")
    expect(page.get_by_text("Ploverfield laundry").first).to_be_visible()


def test_two_officers_at_once_lose_nothing(sign_in: SignIn, accessible: Accessible) -> None:
    # Given two officers who decide about the same concern at the same time
    nadia, lena = sign_in("DESK_OFFICER"), sign_in("DESK_SUPERVISOR")
    row = find_concern(nadia, "Marrowdown")  # nobody has read it yet: that is remembered later
    address = row.get_attribute("href")
    for page in (nadia, lena):
        page.goto(f"{address}decide/")
    accessible(nadia)
    # When the second saves after the first
    choose(lena, "Today", "Forced work")
    lena.get_by_label("Why").fill("Two of them are hurt.")
    press(lena, "Save the decision")
    expect(lena.get_by_role("status")).to_contain_text("Decided.")
    choose(nadia, "Immediate", "Domestic servitude")
    nadia.get_by_label("Why").fill("A call from the farm shop.")
    press(nadia, "Save the decision")
    # Then both versions stand side by side, with the name, and nothing typed is lost
    clash = nadia.locator(".conflict")
    expect(clash).to_contain_text("Lena Marsh changed this while you were typing")
    for words in ("Today", "Immediate", "Forced work", "Two of them are hurt.", "farm shop"):
        expect(clash).to_contain_text(words)
    expect(nadia.get_by_label("Why")).to_have_value("A call from the farm shop.")
    expect(nadia.get_by_label("Domestic servitude")).to_be_checked()
    accessible(nadia)
    # And it can be saved over, knowingly; the history holds both
    choose(nadia, "Forced work")
    press(nadia, "Save the decision")
    expect(nadia.locator(".line")).to_contain_text("Decided: Immediate")
    expect(nadia.locator(".line")).to_contain_text("Decided: Today")
    expect(nadia.get_by_label("About this concern")).to_contain_text("Domestic servitude")
    accessible(nadia)


def test_what_is_saved_for_later_waits(sign_in: SignIn, accessible: Accessible) -> None:
    # Given a decision that is interrupted
    page = sign_in("DESK_OFFICER")
    address = open_concern(page, "Cobblewharf")
    page.goto(f"{address}decide/")
    choose(page, "Immediate", "County lines")
    page.get_by_label("Why").fill("Half a thought, to be finished")
    press(page, "Save for later")
    expect(page.locator(".note")).to_contain_text("Kept.")
    accessible(page)
    # When the officer comes back from another browser
    page = sign_in("DESK_OFFICER")
    page.goto(f"{address}decide/")
    # Then everything is as it was left
    expect(page.get_by_label("Why")).to_have_value("Half a thought, to be finished")
    expect(page.get_by_label("Immediate")).to_be_checked()
    expect(page.get_by_label("County lines")).to_be_checked()
    # And where scripts run, nobody need press anything
    page.get_by_label("Why").fill("The whole thought")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.goto(f"{address}decide/")
    expect(page.get_by_label("Why")).to_have_value("The whole thought")
    press(page, "Save the decision")
    page.goto(f"{address}decide/")
    expect(page.get_by_label("Why")).to_have_value("")


def test_a_concern_is_passed_on_with_a_basis(
    house: House, sign_in: SignIn, accessible: Accessible
) -> None:
    # Given a concern that belongs with the council
    page = sign_in("DESK_OFFICER")
    address = open_concern(page, "Larkmeadow")
    follow(page, "Pass to another desk")
    accessible(page)
    # When no basis is named, another agency may not have it
    council = "Blackwater Council: Safeguarding desk"
    page.get_by_label("To which desk?").select_option(council)
    page.get_by_label("Why does it belong there?").fill("Adult social care leads here.")
    press(page, "Pass it on")
    expect(page.locator(".errors")).to_contain_text("only receive it on a basis")
    accessible(page)
    # And when there is one, it goes
    page.get_by_label("On what basis?").select_option("Safeguarding an adult at risk")
    press(page, "Pass it on")
    expect(page.get_by_role("status")).to_contain_text("Passed to Safeguarding desk.")
    # Then it is gone from here, and there for them
    answer = page.goto(address)
    assert answer
    assert answer.status == 404
    priya = sign_in("FIRST_RESPONDER")
    priya.goto(address)
    assert "Larkmeadow house" in heading(priya)
    accessible(priya)


def test_a_concern_is_closed_with_a_reason_and_opened_again(
    sign_in: SignIn, accessible: Accessible
) -> None:
    # Given a concern that needs nothing more
    page = sign_in("DESK_OFFICER")
    open_concern(page, "Gorsehill")
    follow(page, "Close", exact=True)
    accessible(page)
    press(page, "Close the concern")
    expect(page.locator(".errors")).to_contain_text("Choose why it is closed.")
    accessible(page)
    # When it is closed with a reason
    choose(page, "Looked into; nothing more to do")
    page.get_by_label("What was done").fill("Spoke to the employer; wages were late, and are paid.")
    press(page, "Close the concern")
    # Then it says so, and takes no decision
    expect(page.get_by_role("heading", name="Closed", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Decide")).to_have_count(0)
    accessible(page)
    # And it can be opened again, with a reason
    follow(page, "Open again")
    accessible(page)
    press(page, "Open again")
    expect(page.locator(".errors")).to_contain_text("Say why.")
    accessible(page)
    page.get_by_label("Why is it open again?").fill("A second report says the same.")
    press(page, "Open again")
    expect(page.get_by_role("link", name="Decide")).to_be_visible()
    expect(page.locator(".line")).to_contain_text("Opened again")
    accessible(page)


def test_a_decision_needs_no_mouse(sign_in: SignIn) -> None:
    page = sign_in("DESK_OFFICER")
    page.goto(f"{open_concern(page, 'Hazelmere')}decide/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to what this page is about
    assert page.evaluate("document.activeElement.id") == "main"
    tab_to(page, "[name=urgency]")
    page.keyboard.press("ArrowUp")
    tab_to(page, "[name=types]")
    page.keyboard.press("Space")
    tab_to(page, "[name=note]")
    page.keyboard.type("By keyboard alone.")
    tab_to(page, "main .actions button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Decided.")
    expect(page.locator(".line")).to_contain_text("By keyboard alone.")


def tab_to(page: Page, wanted: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(outline) != "none", f"{wanted} has no visible focus"
            return
    raise AssertionError(f"Tab never reaches {wanted}")
