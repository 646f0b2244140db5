"""An administrator lets people in, and sees nothing of what they work on."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Doors, House, choose, follow, heading, press

Accessible = Callable[[Page], None]


def test_an_invited_member_sets_up_a_second_factor_and_begins(
    doors: Doors, house: House, sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    # Given an administrator who invites a desk officer
    page = sign_in("ADMINISTRATOR")
    accessible(page)
    follow(page, "Members")
    accessible(page)
    follow(page, "Invite a member")
    accessible(page)
    press(page, "Invite")
    expect(page.locator(".errors")).to_be_visible()
    accessible(page)
    page.get_by_label("Name").fill("Kit Farrow")
    page.get_by_label("Work e-mail address").fill("kit.farrow@saltmarsh-constabulary.example")
    choose(page, "Desk officer", "MSHT desk south")
    press(page, "Invite")
    link = page.locator("#link").inner_text()
    accessible(page)
    # When the new member follows the link
    kit = doors.open(house.partner)
    kit.goto(link)
    assert "Kit Farrow" in heading(kit)
    accessible(kit)
    password = "three-otters-under-a-pier"
    for box in kit.locator("input[type=password]").all():
        box.fill(password)
    press(kit, "Go on")
    # Then nothing opens before a second factor is set up
    assert heading(kit) == "Second factors"
    accessible(kit)
    kit.goto("/concerns/")
    assert heading(kit) == "Second factors"
    follow(kit, "Authenticator app")
    accessible(kit)
    secret = kit.locator("#totp_secret").inner_text().replace(" ", "")
    kit.get_by_label("code", exact=False).first.fill(house.code(secret))
    press(kit, "Add the app")
    assert heading(kit) == "Recovery codes"
    accessible(kit)
    follow(kit, "Go on")
    expect(kit.get_by_text("Kit Farrow")).to_be_visible()
    expect(kit.get_by_role("link", name="Concerns", exact=True)).to_be_visible()
    accessible(kit)
    kit.goto("/account/")
    accessible(kit)
    # And the link is used up
    page.goto(link)
    assert heading(page) == "This link does not work any more"
    accessible(page)


def test_an_administrator_sees_no_content(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    page = sign_in("ADMINISTRATOR")
    expect(page.get_by_text("Your role sees no cases.")).to_be_visible()
    for address in ("/concerns/", "/concerns/export.csv", "/news/", "/break-glass/"):
        answer = page.goto(address)
        assert answer
        assert answer.status == 403
    page.goto("/members/")
    follow(page, "Nadia Okafor")
    expect(page.get_by_role("heading", name="Nadia Okafor")).to_be_visible()
    accessible(page)
