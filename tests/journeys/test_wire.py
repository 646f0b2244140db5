"""What the quick report costs, and that it needs neither a mouse, a script nor a browser."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Doors, House, follow, press
from tests.journeys.desk_officer.test_day import tab_to
from tests.journeys.plain import Plain

BYTES, REQUESTS = 25 * 1024, 6


def test_the_quick_path_fits_a_poor_connection(doors: Doors, house: House, capsys: Any) -> None:
    # Given a browser that was never here, without scripts
    page = doors.open(house.public, java_script_enabled=False)
    wire = page.context.new_cdp_session(page)
    asked: dict[str, str] = {}
    cost: dict[str, int] = {}
    kept: list[str] = []
    policies: list[str] = []
    wire.on(
        "Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]})
    )
    wire.on(
        "Network.loadingFinished", lambda e: cost.update({e["requestId"]: e["encodedDataLength"]})
    )
    page.on("response", lambda answer: policies.append(_policy(answer)))
    wire.send("Network.enable")
    # When somebody goes from the first page to the code
    page.goto("/")
    follow(page, "Report a concern")
    page.get_by_label("What makes you worried?").fill("Eight people in one room, " * 8)
    page.get_by_label("Where is it?").fill("CO2 8LN")
    press(page, "Check what you wrote")
    press(page, "Send it")
    expect(page.locator(".digits")).to_be_visible()
    page.wait_for_load_state("networkidle")
    # Then it took few requests and few bytes, headers counted
    sent = {key: url for key, url in asked.items() if cost.get(key) and key not in kept}
    total = sum(cost[key] for key in sent)
    with capsys.disabled():
        print(f"\nThe quick report, cold: {total:,} bytes in {len(sent)} requests")
        for key, url in sent.items():
            print(f"  {int(cost[key]):>6,}  /{url.removeprefix(house.public)}")
    assert total <= BYTES
    assert len(sent) <= REQUESTS
    # And left nothing behind, under a policy that lets nothing else in
    assert page.context.storage_state() == {"cookies": [], "origins": []}
    assert all("default-src 'none'" in policy for policy in policies)


def _policy(answer: Any) -> str:
    return str(answer.headers.get("content-security-policy", ""))


def test_a_report_needs_no_mouse(public_page: Page) -> None:
    page = public_page
    page.goto("/")
    tab_to(page, "a.door.first")
    page.keyboard.press("Enter")
    page.wait_for_url("**/questions/")
    tab_to(page, "[name=danger]")
    page.keyboard.press("Space")
    tab_to(page, "[name=what]")
    page.keyboard.type("Reported by keyboard alone.")
    tab_to(page, "[name=where]")
    page.keyboard.type("CO2 8LN")
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".summary")
    tab_to(page, "main .actions button")
    page.keyboard.press("Enter")
    digits = page.locator(".digits").inner_text()
    tab_to(page, "[name=last]")
    page.keyboard.type(digits.split()[-1])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Thank you")


def test_a_report_needs_no_browser(house: House) -> None:
    # Given plain HTTP and nothing else
    page = Plain(house.public)
    assert "999" in page.text
    page.follow("Report a concern")
    # When a report is written, checked, changed, sent, and its code echoed
    page.press("Check what you wrote", what="", where="")
    assert page.status == 422
    assert "Tell us anything at all" in page.text
    page.press("Check what you wrote", what="They <b>never</b> leave.", where="CO2 8LN")
    assert "They <b>never</b> leave." in page.text
    assert "Your browser's Back button shows an empty page." in page.text
    page.press("Change (What)")
    page.press("Check what you wrote")
    page.press("Send it")
    code = page.code
    page.press("I have kept it", last="9")
    assert page.status == 422
    assert page.code == code
    page.press("I have kept it", last=code.split()[-1])
    assert page.text.startswith("Thank you")
    # Then the code opens it again
    page.open("/back/")
    page.press("Open it", code=code.replace(" ", "-"))
    assert "It has arrived" in page.text or "Somebody at the desk" in page.text
    page.press("Send", text="One more thing.")
    assert "Sent." in page.text
