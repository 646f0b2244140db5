"""A thumb on a small phone hits what it is meant for."""

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Doors

THUMB = 44
SIZES = """() => Object.fromEntries([...document.querySelectorAll("a[href], button, summary")]
    .filter((one) => !one.matches(".skip, [role=note] a"))  // within sentences
    .map((one) => [one.textContent.trim(), one.getBoundingClientRect().height]))"""


@pytest.fixture
def phone(doors: Doors) -> Page:
    return doors.open(doors.house.public, viewport={"width": 320, "height": 568})


@pytest.mark.parametrize("address", ["/", "/ro/", "/vi/", "/sq/", "/ar/", "/numbers/", "/signs/"])
def test_every_way_on_is_high_enough_for_a_thumb(address: str, phone: Page) -> None:
    phone.goto(address)
    sizes = phone.evaluate(SIZES)
    assert {words: height for words, height in sizes.items() if height < THUMB} == {}
