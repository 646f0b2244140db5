"""An analyst counts what the partnership was told; the gate decides what of it leaves."""

from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.journeys.conftest import choose, follow, heading, press

Accessible = Callable[[Page], None]
LATEST = {"measure": "concerns", "period": "last-1"}
REFUSED = "one table taken from the other leaves it"


def test_a_view_is_built_kept_and_published_and_its_difference_refused(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    page = sign_in("ANALYST")
    follow(page, "Views")
    accessible(page)
    # Given the concerns of the latest year by council, beside what is published
    follow(page, "Build a view")
    accessible(page)
    page.get_by_label("When").select_option("last-12")
    choose(page, "Council")
    page.get_by_label("Beside it, published figures of").select_option(index=1)
    press(page, "Show")
    assert heading(page).startswith("Concerns by council")
    # Then a map and a table stand there, what is small hidden in both, and published figures
    hidden = page.locator("svg.c-map path[fill^='url(']").count()
    listed = page.locator("#map tbody td", has_text="[c]")
    assert listed.count() == hidden > 0
    assert not {"1", "2", "3", "4"} & {*page.locator("main td.num").all_inner_texts()}
    expect(page.get_by_role("heading", name="Beside it, as published")).to_be_visible()
    accessible(page)
    with page.expect_download() as waiting:
        page.locator("#map").get_by_role("link", name="PNG").click()
    assert waiting.value.suggested_filename == "daymark-map.png"
    # When it is saved, shared and scheduled
    follow(page, "Save this view")
    accessible(page)
    page.get_by_label("Name").fill("Councils, month by month")
    choose(page, "All partner agencies", "When a month has been counted")
    press(page, "Save")
    row = page.locator(".rows li", has_text="Councils, month by month")
    expect(row).to_contain_text("Every month")
    # Then a partner finds it among theirs
    other = sign_in("COORDINATOR")
    other.goto("/insight/")
    expect(other.locator(".rows", has_text="Councils, month by month")).to_be_visible()
    accessible(other)
    # When everything is published, and one part less is asked for
    page.goto(address(LATEST))
    if page.get_by_role("button", name="Publish what is shown").count():
        press(page, "Publish what is shown")
        accessible(page)
    refused_difference(page)
    # Then the gate names the table it would be taken from, and shows nothing
    expect(page.get_by_text(REFUSED)).to_be_visible()
    assert page.locator("main table").count() == 0
    accessible(page)
    # And what is counted at all stands a link away
    page.goto("/insight/areas/")
    expect(page.get_by_text("Colchester")).to_be_visible()
    accessible(page)
    page.goto("/insight/releases/?all=1")
    accessible(page)


def address(asked: dict[str, str], **parts: list[str]) -> str:
    return f"/insight/view/?{urlencode(asked | parts, doseq=True)}"


def refused_difference(page: Page) -> None:
    """Ask for all types or councils, then for all but one, until that one is too few to be told."""
    page.goto("/insight/view/")
    found = {}
    for part in ("types", "areas"):
        boxes = page.locator(f"input[name={part}]")
        every = [str(boxes.nth(n).get_attribute("value")) for n in range(boxes.count())]
        found[part] = [code for code in every if not code.startswith("E23")]
    years = page.locator("optgroup[label=Years] option")
    for period in [str(years.nth(n).get_attribute("value")) for n in range(years.count())]:
        asked = LATEST | {"period": period}
        for part, every in found.items():
            page.request.get(address(asked, **{part: every}))
            for one in every:
                less = address(asked, **{part: [code for code in every if code != one]})
                # Some forty are asked for: only the one that is looked at is drawn.
                if REFUSED in page.request.get(less).text():
                    page.goto(less)
                    return
    raise AssertionError("no difference was refused")
