"""Somebody with photos on a small phone, in Vietnamese, without JavaScript; and the desk."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from daymark.concerns.tests import pictures
from tests.journeys.conftest import Doors, come_to_see, follow, open_concern
from tests.journeys.reporter.test_report import code_on

Accessible = Callable[[Page], None]
WHAT = "Quillfeather: họ ngủ trong xe tải."
PHOTO = pictures.photo((1600, 1200), turned=6)


Kept = Callable[[str, bytes], Path]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """A file on the phone; handed over by its path, for bytes take the driver twenty seconds."""

    def keep(name: str, body: bytes) -> Path:
        (file := tmp_path / name).write_bytes(body)
        return file

    return keep


def to(page: Page, where: str) -> None:
    with page.expect_navigation():
        page.locator(f"main button[name=to][value='{where}']").click()


@pytest.fixture
def small_phone(doors: Doors) -> Page:
    size = {"width": 320, "height": 640}
    return doors.open(doors.house.public, java_script_enabled=False, viewport=size)


def test_photos_in_vietnamese_reach_the_desk_without_what_they_hide(
    small_phone: Page, sign_in: Callable[..., Page], accessible: Accessible, kept: Kept
) -> None:
    page = small_phone
    # Given a report in Vietnamese on its check page
    page.goto("/vi/questions/")
    page.locator("[name=what]").fill(WHAT)
    page.locator("[name=where]").fill("CO2 8LN")
    with page.expect_navigation():
        page.locator("main button").first.click()

    # When photos are chosen, one of them too large
    to(page, "files")
    accessible(page)
    files = [kept("nhà.jpg", PHOTO), kept("lớn.mp4", bytes(26_000_000))]
    page.locator("[name=files]").set_input_files(files)
    to(page, "attach")
    expect(page.locator(".errors")).to_contain_text("lớn.mp4")
    expect(page.locator(".attached")).to_contain_text("nhà.jpg")
    expect(page.locator(".attached")).not_to_contain_text("lớn.mp4")
    accessible(page)

    # And another one is attached and taken off again
    page.locator("[name=files]").set_input_files([kept("nhầm.png", b"x")])
    to(page, "attach")
    with page.expect_navigation():
        page.get_by_role("button", name="nhầm.png").click()
    expect(page.locator(".attached")).not_to_contain_text("nhầm.png")

    # Then the check page names what goes along, and it is sent
    to(page, "next")
    expect(page.locator("main")).to_contain_text("nhà.jpg")
    accessible(page)
    to(page, "send")
    digits, _ = code_on(page)

    # When they come back and add a PDF without a word
    page.goto("/vi/back/")
    page.locator("[name=code]").fill(digits)
    with page.expect_navigation():
        page.locator("main button").first.click()
    accessible(page)
    paper = kept("giấy.pdf", pictures.drawing("PDF"))
    page.locator("[name=files]").set_input_files([paper])
    to(page, "add")
    expect(page.get_by_role("status")).to_be_visible()

    # Then the desk sees both, once the worker has made the copies
    officer = sign_in("DESK_OFFICER")
    gallery = officer.locator(".files")
    copies = gallery.get_by_text("Clean copy", exact=True)
    come_to_see(officer, open_concern(officer, "Quillfeather"), copies.nth(1))
    expect(copies).to_have_count(2)
    expect(gallery.locator("img").first).to_have_js_property("naturalWidth", 360)
    accessible(officer)

    # And the copy is upright, and says neither where nor by whom it was made
    address = gallery.get_by_role("link", name="Open file 1").get_attribute("href")
    answer = officer.request.get(str(address))
    copy = Image.open(BytesIO(answer.body()))
    assert copy.size == (1200, 1600)
    assert not dict(copy.getexif())
    assert pictures.NAMED.encode() not in answer.body()
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    pdf = officer.request.get(str(address).replace("/1/", "/2/"))
    assert pdf.headers["content-disposition"].startswith("attachment")
    # And the original is not the officer's to take
    assert officer.request.get(f"{address}original/").status == 403

    # But the supervisor's, after a page that says what it can do
    chief = sign_in("DESK_SUPERVISOR")
    open_concern(chief, "Quillfeather")
    follow(chief, "Original of file 1")
    expect(chief.locator("main")).to_contain_text("nhà.jpg")
    accessible(chief)
    with chief.expect_download() as download:
        chief.get_by_role("button", name="Download the original").click()
    assert download.value.suggested_filename.endswith("-file-1.original")
    assert download.value.path().read_bytes() == PHOTO
    follow(chief, "Back to the concern")
    expect(chief.locator("main")).to_contain_text("Original of file 1 downloaded")


def test_a_report_in_arabic_takes_files_from_right_to_left(
    small_phone: Page, accessible: Accessible, kept: Kept
) -> None:
    page = small_phone
    page.goto("/ar/questions/")
    page.locator("[name=what]").fill("شاحنة بيضاء")
    with page.expect_navigation():
        page.locator("main button").first.click()
    to(page, "files")
    page.locator("[name=files]").set_input_files([kept("van.jpg", PHOTO)])
    to(page, "attach")
    expect(page.locator(".attached")).to_contain_text("van.jpg")
    accessible(page)
