"""Chromium, as every test that needs one starts it."""

import shutil

import pytest
from playwright.sync_api import Browser, Playwright

# Every window loads two pages for the list under the address bar, which nobody opens: they cost
# more than the page that is tested. Chromium heeds the last list alone, so what Playwright leaves
# out for the sake of tests stands here again.
LEFT_OUT = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
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
