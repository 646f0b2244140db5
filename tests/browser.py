"""Chromium, as every test that needs one starts it, and what axe is asked of a page in it."""

import shutil
from collections.abc import Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright

# Every window loads two pages for the list under the address bar, which nobody opens: they cost
# more than the page that is tested; and it keeps a process ready for a site that nobody visits.
# Chromium heeds the last list alone, so what Playwright leaves out for the sake of tests stands
# here again.
LEFT_OUT = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "LensOverlay"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "AimEnabled"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)


def chromium() -> str:
    """Where it is installed; without it, the test is skipped."""
    if found := shutil.which("chromium"):
        return found
    pytest.skip("no Chromium: install the package `chromium` to run the browser tests")


def launch(playwright: Playwright) -> Browser:
    arguments = ["--no-sandbox", f"--disable-features={','.join(LEFT_OUT)}"]
    return playwright.chromium.launch(executable_path=chromium(), args=arguments)


Rules = Mapping[str, object]

RULES: Rules = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# A page is the same in the dark but for its colours, and has the same colours at every width.
COLOURS: Rules = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
WORDS: Rules = {**RULES, "rules": {"color-contrast": {"enabled": False}}}


ASKED = """rules => axe.run(rules).then(
    found => found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html}`))
)"""


def findings(page: Page, rules: Rules = RULES) -> list[str]:
    """What axe finds on a page as it stands: level A, AA and best practice."""
    bring_axe(page)
    return ask_axe(page, rules)


def bring_axe(page: Page) -> None:
    """Once for each page that was loaded: half a megabyte on its way to the window."""
    page.evaluate(Axe().axe_script)


def ask_axe(page: Page, rules: Rules = RULES) -> list[str]:
    """Only the findings come back: what axe says of all that is well is far longer."""
    return list(page.evaluate(ASKED, dict(rules)))
