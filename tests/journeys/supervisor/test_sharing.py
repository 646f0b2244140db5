"""A supervisor opens a dossier to others, closes it again, and looks at emergencies."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.journeys.conftest import choose, follow, heading, open_concern, press

Accessible = Callable[[Page], None]
SignIn = Callable[..., Page]
TODAY = datetime.now(UTC).date()
NEXT_MONTH, IN_TEN_YEARS = str(TODAY + timedelta(days=30)), str(TODAY + timedelta(days=3650))


def share(
    page: Page,
    to: str,
    *,
    person: bool = False,
    read: tuple[str, ...] = (),
    until: str = NEXT_MONTH,
) -> None:
    page.get_by_label("Or one person" if person else "A whole agency").select_option(to)
    choose(page, *read, "Safeguarding", "Safeguarding an adult at risk")
    page.get_by_label("Why this basis holds here").fill("He may need care and support.")
    page.get_by_label("Until which day?").fill(until)
    press(page, "Share")


def status(page: Page, address: str) -> int:
    answer = page.goto(address)
    assert answer
    return answer.status


def test_shared_with_an_agency_until_the_basis_is_withdrawn(
    sign_in: SignIn, accessible: Accessible
) -> None:
    # Given a concern that the council does not know
    lena, priya = sign_in("DESK_SUPERVISOR"), sign_in("FIRST_RESPONDER")
    address = open_concern(lena, "Finchwater")
    assert status(priya, address) == 404
    accessible(priya)
    follow(lena, "Who may know")
    expect(lena.get_by_text("Nobody outside the desk.")).to_be_visible()
    accessible(lena)
    # When the supervisor shares what was said with the council
    follow(lena, "Share with others")
    accessible(lena)
    press(lena, "Share")
    expect(lena.locator(".errors")).to_contain_text("Choose one agency or one person.")
    accessible(lena)
    share(lena, "Blackwater Council", read=("What was said",))
    expect(lena.get_by_role("heading", name="Blackwater Council")).to_be_visible()
    accessible(lena)
    # Then the council reads it, but not the conversation, and can change nothing
    assert status(priya, address) == 200
    expect(priya.locator("main")).to_contain_text("a man lives in a shed")
    expect(priya.get_by_role("heading", name="Conversation")).to_have_count(0)
    expect(priya.get_by_role("link", name="Decide")).to_have_count(0)
    accessible(priya)
    # And when the basis is withdrawn, it is closed to them at once, and who holds it is said
    press(lena, "Withdraw it, and end what stands on it")
    expect(lena.locator(".note.warning")).to_contain_text("Blackwater Council")
    accessible(lena)
    assert status(priya, address) == 404


def test_an_agency_without_an_agreement_is_not_offered_nor_one_past_its_end(
    sign_in: SignIn, accessible: Accessible
) -> None:
    page = sign_in("DESK_SUPERVISOR")
    page.goto(open_concern(page, "Oakfen").replace("concerns", "dossiers") + "share/")
    expect(page.get_by_role("option", name="Harbour Trust", exact=True)).to_have_count(1)
    expect(page.get_by_role("option", name="Lantern Trust")).to_have_count(0)
    share(page, "Harbour Trust", read=("What was said",), until=IN_TEN_YEARS)
    expect(page.locator(".errors")).to_contain_text("no agreement between the two agencies")
    expect(page.get_by_label("Why this basis holds here")).to_have_value(re.compile("care"))
    accessible(page)


def test_shared_with_one_person_until_the_share_ends(
    sign_in: SignIn, accessible: Accessible
) -> None:
    lena, asha = sign_in("DESK_SUPERVISOR"), sign_in("NAVIGATOR")
    address = open_concern(lena, "Ferrywell")
    lena.goto(address.replace("concerns", "dossiers") + "share/")
    both = ("What was said", "The reporter and the conversation")
    share(lena, "Asha Lund, Harbour Trust", person=True, read=both)
    assert status(asha, address) == 200
    expect(asha.get_by_role("heading", name="Conversation")).to_be_visible()
    accessible(asha)
    press(lena, "End this share")
    expect(lena.get_by_role("status")).to_contain_text("The share has ended.")
    accessible(lena)
    assert status(asha, address) == 404


def test_restricted_to_named_people_it_is_gone_for_the_rest_of_the_desk(
    sign_in: SignIn, accessible: Accessible
) -> None:
    lena, nadia = sign_in("DESK_SUPERVISOR"), sign_in("DESK_OFFICER")
    address = open_concern(lena, "Wrenbridge")
    assert status(nadia, address) == 200
    lena.goto(address.replace("concerns", "dossiers"))
    follow(lena, "Restrict to named people")
    accessible(lena)
    press(lena, "Restrict")
    expect(lena.locator("main")).to_contain_text("restricted: only those named below")
    accessible(lena)
    assert status(nadia, address) == 404
    lena.goto(address)
    expect(lena.get_by_text("Only these people know that it exists")).to_be_visible()
    accessible(lena)
    lena.goto(address.replace("concerns", "dossiers"))
    press(lena, "Lift the restriction")
    assert status(nadia, address) == 200


def test_a_conflict_of_interest_closes_it_to_one_person(
    sign_in: SignIn, accessible: Accessible
) -> None:
    lena, nadia = sign_in("DESK_SUPERVISOR"), sign_in("DESK_OFFICER")
    address = open_concern(lena, "Dunnockside")
    lena.goto(address.replace("concerns", "dossiers"))
    follow(lena, "Conflict of interest")
    accessible(lena)
    press(lena, "Block")
    expect(lena.locator(".errors")).to_be_visible()
    accessible(lena)
    lena.get_by_label("Who has a conflict").select_option("Nadia Okafor, Saltmarsh Constabulary")
    lena.get_by_label("What is the conflict?").fill("Her brother-in-law owns it.")
    press(lena, "Block")
    expect(lena.get_by_role("heading", name="Conflicts of interest")).to_be_visible()
    accessible(lena)
    assert status(nadia, address) == 404
    press(lena, "Lift the block")
    assert status(nadia, address) == 200


def test_broken_glass_is_reviewed_by_a_second_person(
    sign_in: SignIn, accessible: Accessible
) -> None:
    # Given a detective who opens a concern in an emergency
    lena, daniel = sign_in("DESK_SUPERVISOR"), sign_in("DETECTIVE")
    address = open_concern(lena, "Sandpiper")
    reference = lena.locator("h1 .caption").inner_text().split()[-1]
    assert status(daniel, address) == 404
    daniel.goto("/break-glass/")
    accessible(daniel)
    daniel.get_by_label("Reference").fill("0000-0000")
    press(daniel, "Open it now")
    expect(daniel.locator(".errors")).to_contain_text("Say what the emergency is.")
    accessible(daniel)
    daniel.get_by_label("What is the emergency?").fill("A 999 call from this address just now.")
    press(daniel, "Open it now")
    expect(daniel.locator(".errors")).to_contain_text("Nothing can be opened with this reference.")
    accessible(daniel)
    daniel.get_by_label("Reference").fill(reference)
    press(daniel, "Open it now")
    expect(daniel.locator(".note.warning")).to_contain_text("15 minutes")
    expect(daniel.locator("main")).to_contain_text("screaming every night")
    accessible(daniel)
    # Then the desk is told at once, and a supervisor says whether it was justified
    lena.goto("/news/")
    expect(lena.get_by_text(f"{reference}: Opened in an emergency")).to_be_visible()
    accessible(lena)
    lena.goto("/")
    follow(lena, reference)
    assert heading(lena).endswith("Review broken glass")
    expect(lena.locator("main")).to_contain_text("A 999 call from this address")
    accessible(lena)
    press(lena, "Save")
    expect(lena.locator(".errors")).to_contain_text("Choose yes or no.")
    accessible(lena)
    choose(lena, "Yes")
    press(lena, "Save")
    expect(lena.get_by_role("status")).to_contain_text("Reviewed.")
    accessible(lena)
