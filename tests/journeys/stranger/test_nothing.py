"""Whoever may not know a record learns nothing from asking for it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Doors, House, heading, open_concern

Accessible = Callable[[Page], None]


@pytest.mark.parametrize("address", ["/", "/concerns/", "/agreements/", "/account/", "/design/"])
def test_nobody_signed_in_is_sent_to_the_door(address: str, doors: Doors, house: House) -> None:
    page = doors.open(house.partner)
    page.goto(address)
    assert heading(page) == "Sign in"


def test_a_record_that_is_not_yours_answers_as_one_that_does_not_exist(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    # Given a concern of the north desk, and the supervisor of the south desk
    address = open_concern(sign_in("DESK_OFFICER"), "Rookery")
    known = address.strip("/").split("/")[-1]
    page = sign_in("Owen Pike")
    # When they ask for each of its pages, and for those of a record that never was
    for pattern in (
        "/concerns/{}/", "/concerns/{}/decide/", "/concerns/{}/ask/", "/concerns/{}/pass/",
        "/concerns/{}/close/", "/concerns/{}/reopen/", "/dossiers/{}/", "/dossiers/{}/share/",
        "/dossiers/{}/restrict/", "/dossiers/{}/block/", "/break-glass/{}/",
    ):  # fmt: skip
        real, invented = (page.request.get(pattern.format(pk)) for pk in (known, uuid4()))
        # Then both answer with the same bytes
        assert (real.status, real.body()) == (404, invented.body()), pattern
    page.goto(address)
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    accessible(page)


def test_every_state_of_the_design_room_stands_in_the_house(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    page = sign_in("ANALYST")
    page.goto("/design/")
    accessible(page)
