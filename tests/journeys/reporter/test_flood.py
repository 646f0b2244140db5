"""Two hundred people behind one address are all heard, and do not bury anybody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page, expect

from tests.journeys import plain
from tests.journeys.conftest import House, come_to_see
from tests.journeys.plain import Plain

PEOPLE, AT_ONCE = 200, 20
SAME = "Kittiwake quay: six people sleep in one room above the shop and never leave it."
OTHER = "Kittiwake quay: a girl waits alone by the ferry each night and a man collects her."


def test_two_hundred_behind_one_address_are_all_kept_and_stand_in_one_row(
    house: House, sign_in: Callable[..., Page], accessible: Callable[[Page], None]
) -> None:
    # Given two hundred people who file the same words at once from one address
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        codes = list(crowd.map(lambda _: plain.report(house.public, SAME), range(PEOPLE)))
    # And one whose report is another
    plain.report(house.public, OTHER)
    # Then each of them has a code of their own, and it opens
    assert len(set(codes)) == PEOPLE
    back = Plain(house.public, "/back/")
    back.press("Open it", code=codes[-1])
    assert back.status == 200
    # And at the desk there is one row for all of them, and one for the other
    page = sign_in("DESK_OFFICER")
    everybody = page.locator(".found", has_text=f"{PEOPLE + 1} concerns")
    come_to_see(page, "/concerns/?words=Kittiwake", everybody)
    expect(page.locator(".rows li")).to_have_count(2)
    accessible(page)
    # And the row opens to every one of them
    page.get_by_text(f"{PEOPLE} near-identical reports").click()
    expect(page.locator(".found")).to_contain_text(f"{PEOPLE} concerns")
