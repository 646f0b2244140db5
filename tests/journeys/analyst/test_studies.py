"""An analyst estimates how many nobody saw, from lists on which nobody has a name."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from daymark.site import example
from tests.journeys.conftest import follow, heading, press

Accessible = Callable[[Page], None]
NAMES = b"token,sex\nJoan Petrie,F\nOwen Pike,M\n"


def test_a_study_from_the_first_list_to_the_same_figure_again(
    sign_in: Callable[..., Page], accessible: Accessible
) -> None:
    page = sign_in("ANALYST")
    follow(page, "Studies")
    accessible(page)
    follow(page, "Begin a study")
    accessible(page)
    page.get_by_label("What is the study called?").fill("Two coasts")
    page.get_by_label("Whom does it count?").fill("Invented people, exploited on either coast.")
    page.get_by_label("First day of the period").fill("2025-01-01")
    page.get_by_label("Last day of the period").fill("2025-12-31")
    press(page, "Begin")
    # Given a list of names: it is refused whole and says why, and nothing typed is lost
    follow(page, "Add a list")
    accessible(page)
    upload(page, "Police", NAMES)
    expect(page.get_by_text("This reads like a name or words")).to_be_visible()
    assert "Joan" not in page.content()
    expect(page.get_by_label("Short name of the list")).to_have_value("Police")
    accessible(page)
    # When the owners' tokens come instead
    for label, file in example.files(year=2025).items():
        if page.get_by_role("link", name="Add a list").count():
            follow(page, "Add a list")
        upload(page, label, file)
        if label == "Police":
            accessible(page)
        press(page, "Add it to the study")
    # Then it shows what they share, and small overlaps are marked
    expect(page.get_by_role("heading", name="What the lists share")).to_be_visible()
    accessible(page)
    estimated(page, sign_in, accessible)
    first = page.url
    expect(page.get_by_role("heading", name="What it rests on")).to_be_visible()
    expect(page.get_by_text("No data can show how all lists together")).to_be_visible()
    accessible(page)
    kept = downloaded(page, "Download (JSON)")
    with page.expect_download():
        page.get_by_role("link", name="XLSX with notes").click()
    # And again, from the same counts and seed: the same to the last digit
    press(page, "Repeat exactly")
    expect(page.get_by_text("Identical, to the last digit")).to_be_visible(timeout=90_000)
    assert page.url != first
    again = downloaded(page, "Download (JSON)")
    assert (again["seed"], again["data_hash"]) == (kept["seed"], kept["data_hash"])
    assert again["result"] == kept["result"]


def upload(page: Page, label: str, file: bytes) -> None:
    page.get_by_label("The file of tokens").set_input_files(
        {"name": "tokens.csv", "mimeType": "text/csv", "buffer": file}
    )
    page.get_by_label("Short name of the list").fill(label)
    page.get_by_label("Whose list is it").fill(f"{label}: people it met")
    page.get_by_label("First day it covers").fill("2025-01-01")
    page.get_by_label("Last day it covers").fill("2025-12-31")
    press(page, "Read it in")


def estimated(page: Page, sign_in: Callable[..., Page], accessible: Accessible) -> None:
    """Two methods; the work is watched with scripts and without."""
    follow(page, "Estimate", exact=True)
    accessible(page)
    for method in ("Best of all log-linear models", "Average over graphs", "Latent classes"):
        page.get_by_label(method, exact=True).uncheck(force=True)
    page.locator("summary", has_text="Options").click()
    page.get_by_label("Resamples for the intervals").fill("20000")
    press(page, "Estimate")
    assert "Estimation of " in heading(page)
    expect(page.get_by_role("progressbar")).to_be_visible()
    plain = sign_in("ANALYST", java_script_enabled=False)
    plain.goto(page.url)
    expect(plain.get_by_role("progressbar")).to_be_visible()
    expect(plain.get_by_text("The page refreshes itself")).to_be_visible()
    plain.goto(f"{page.url}?still")
    expect(plain.get_by_role("link", name="Have the page refresh itself")).to_be_visible()
    page.goto(f"{page.url}?still")
    accessible(page)
    page.goto(page.url.partition("?")[0])
    # By itself: nobody presses anything
    expect(page.get_by_role("heading", name="The methods side by side")).to_be_visible(
        timeout=120_000
    )
    expect(plain.get_by_role("heading", name="The methods side by side")).not_to_be_visible()
    plain.goto(page.url)
    expect(plain.get_by_role("heading", name="The methods side by side")).to_be_visible()


def downloaded(page: Page, name: str) -> dict[str, object]:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    found: dict[str, object] = json.loads(Path(waiting.value.path()).read_text())
    return found
