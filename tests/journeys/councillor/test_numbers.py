"""A councillor with a phone, before a meeting: four questions in a minute, one tap from home."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Doors, House, heading

Accessible = Callable[[Page], None]
TAPS = 4


@pytest.fixture
def phone(doors: Doors, house: House) -> Page:
    """The smallest phone we know, without scripts, at the first page of the public door."""
    page = doors.open(
        house.public,
        java_script_enabled=False,
        has_touch=True,
        viewport={"width": 320, "height": 568},
    )
    page.goto("/")
    return page


def tapped(page: Page, *links: str) -> None:
    """Follow these links one after the other, each found by its words."""
    assert len(links) <= TAPS
    for name in links:
        with page.expect_navigation():
            page.get_by_role("link", name=name, exact=True).first.tap()


def seen(page: Page, words: str) -> None:
    """These words stand on the page in one piece and are shown without another tap."""
    expect(page.locator("main :is(li, p)", has_text=re.compile(words)).first).to_be_visible()


def test_a_tap_from_home_all_four_are_answered_within_three_screens(phone: Page) -> None:
    tapped(phone, "The picture in numbers")
    for words in (
        r"171\s*referrals made by Essex Police in 2023",
        r"345\s*cases sent to Essex Police in 2021\s*Anybody wrote them",
        r"16,921\s*referrals in the whole country in 2022, first published as 16,938",
        r"Not known\s*victims in Colchester.*\s*Nobody can say: referrals are published by force",
    ):
        box = phone.locator("main li", has_text=re.compile(words)).bounding_box()
        assert box, words
        assert box["y"] + box["height"] < 3 * 568, words


def test_how_many_essex_police_referred(phone: Page, accessible: Accessible) -> None:
    tapped(phone, "The picture in numbers", "Our area")
    assert heading(phone) == "Our area: Essex and Kent"
    seen(phone, r"171\s*referrals made by Essex Police in 2023")
    accessible(phone)


def test_how_that_differs_from_the_cases_sent_to_it(phone: Page) -> None:
    tapped(phone, "The picture in numbers", "Our area")
    seen(phone, r"345\s*cases sent to Essex Police in 2021")
    seen(phone, "Anybody wrote them; the force was asked to investigate")
    seen(phone, "That cases fell: the bars are two different counts")


def test_what_sixteen_thousand_nine_hundred_and_thirty_eight_has_become(
    phone: Page, accessible: Accessible
) -> None:
    tapped(phone, "The picture in numbers", "Then and now", "16,938")
    seen(phone, r"Revised: it is 16,921 today\.")
    accessible(phone)


def test_why_nobody_can_say_how_many_there_are_in_colchester(phone: Page) -> None:
    tapped(phone, "The picture in numbers", "Our area")
    seen(phone, r"Not known\s*victims in Colchester, or in any other district")
    phone.get_by_role("link", name="victims in Colchester").tap()
    seen(phone, "nobody can say how many there are in Colchester: there is no count")


def test_what_they_quote_can_be_cited_and_taken_along(phone: Page, accessible: Accessible) -> None:
    tapped(phone, "The picture in numbers", "Our area", "Cite it")
    seen(phone, r"“.+”, Daymark, http.+/figures/area/\w+/")
    accessible(phone)
    with phone.expect_download() as waiting:
        phone.get_by_role("link", name="PNG", exact=True).tap()
    assert waiting.value.suggested_filename == "daymark-sent.png"


def test_a_word_they_do_not_know_is_explained_a_tap_away(phone: Page) -> None:
    tapped(phone, "The picture in numbers")
    phone.locator("a.word", has_text="potential victims").first.tap()
    expect(phone.locator("#word-potential-victim")).to_be_in_viewport()
    assert "The term until a positive" in phone.locator("#word-potential-victim").inner_text()
