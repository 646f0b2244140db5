"""The way in through a real browser, with a passkey of its own and the strict content policy.

The browser's requests are answered in this process, by the partner door, in the test's own
transaction: no server, and each page is checked for accessibility as it appears.
"""

from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright
from tests.browser import findings, launch
from tests.roles import as_role

from daymark.agencies import actions
from daymark.agencies.terms import Role
from daymark.agencies.tests.people import PASSWORD, Cast, code, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.browser]

ORIGIN = "http://localhost"  # the name makes it a secure context, which passkeys need
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps a loop running in this thread; what we do in it is not asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = launch(playwright)
        yield started
        started.close()


class Door:
    """The partner door as one browser sees it; cookies stay on this side."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
        # Playwright calls back outside the test's context, where Django would connect anew.
        self.here = copy_context()

    def answer(self, route: Route) -> None:
        asked = route.request
        address = urlsplit(asked.url)
        if address.path.startswith("/static/"):
            name = address.path.removeprefix("/static/")
            kind = KINDS[name.rpartition(".")[2]]
            route.fulfill(body=Path(str(finders.find(name))).read_bytes(), content_type=kind)
            return
        given = self.here.run(
            self.client.generic,
            asked.method,
            address._replace(scheme="", netloc="").geturl(),
            asked.post_data_buffer or b"",
            content_type=asked.headers.get("content-type", ""),
            headers={k: v for k, v in asked.headers.items() if k in {"accept", "origin"}},
        )
        if 300 <= given.status_code < 400:
            # Chromium follows a redirect without asking here, and finds no server; it comes back
            # with a refresh.
            route.fulfill(headers={"Refresh": f"0; url={given['Location']}"})
            return
        route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.getvalue())


@pytest.fixture
def cast(db):
    with as_role("owner"):
        return Cast()


@pytest.fixture
def door(db) -> Door:
    return Door()


@pytest.fixture
def browse(chromium, door, settings) -> Iterator[Callable[..., Page]]:
    settings.LOGIN_REDIRECT_URL = "account"
    contexts, complaints = [], []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def opened(**options: object) -> Page:
        context = chromium.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route("**/*", door.answer)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def passkey(page: Page, *, verified: bool = True) -> tuple[object, str]:
    """A phone or laptop that unlocks at once."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": verified,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def check(page: Page) -> None:
    assert findings(page) == [], page.url


def test_from_the_invitation_to_signing_in_with_a_passkey_alone(browse, cast):
    with as_role("owner"):
        invited = actions.invite(
            agency=cast.force,
            email="new@essex.test",
            name="Nell Hart",
            role=Role.DESK_OFFICER,
            desks=[cast.desk],
            by=None,
            at=timezone.now(),
        )
    page = browse()
    passkey(page)

    page.goto(ORIGIN + reverse("invitation_accept", args=[invited.token]))
    check(page)
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="Second factors")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Authenticator app").click()
    check(page)
    secret = page.locator("#totp_secret").inner_text()
    page.get_by_label("Code from your app").fill(code(secret))
    page.get_by_role("button", name="Add the app").click()
    expect(page.locator("#recovery_codes li")).to_have_count(10)
    check(page)

    page.goto(ORIGIN + reverse("mfa_add_webauthn"))
    check(page)
    page.get_by_label("A name to know it by").fill("My laptop")
    page.get_by_text("Sign in with this key alone").click()
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_text("My laptop")).to_be_visible()
    check(page)

    page.goto(ORIGIN + reverse("account"))
    expect(page.get_by_text("MSHT desk")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Sign out", exact=True).click()

    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    check(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_password_and_then_a_key_that_is_not_a_passkey(browse, cast, door):
    page = browse()
    passkey(page)
    sign_in(door.client, cast.officer)
    page.goto(ORIGIN + reverse("mfa_add_webauthn"))
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    door.client.logout()

    page.goto(ORIGIN + reverse("account_login"))
    page.get_by_label("Work e-mail address").fill(cast.officer.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_key_that_its_owner_did_not_unlock_opens_nothing(browse, cast, door):
    page = browse()
    session, authenticator = passkey(page)
    sign_in(door.client, cast.officer)
    page.goto(ORIGIN + reverse("mfa_add_webauthn"))
    page.get_by_text("Sign in with this key alone").click()
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    door.client.logout()

    session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    page.goto(ORIGIN + reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    check(page)


def test_everything_but_keys_works_without_javascript(browse, cast, door):
    page = browse(java_script_enabled=False)
    page.goto(ORIGIN + reverse("account_login"))
    page.get_by_label("Work e-mail address").fill(cast.officer.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Authenticator app").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    secret = page.locator("#totp_secret").inner_text()
    page.get_by_label("Code from your app").fill("000000")
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_role("alert").first).to_contain_text("This code is not right")
    page.get_by_label("Code from your app").fill(code(secret))
    page.get_by_role("button", name="Add the app").click()
    expect(page.locator("#recovery_codes li")).to_have_count(10)


PAGES = [
    ("admin", "members", ()),
    ("admin", "member_invite", ()),
    ("admin", "member", ("officer",)),
    ("admin", "member", ("admin",)),
    ("supervisor", "factor_resets", ()),
    ("officer", "account", ()),
    ("officer", "account_change_password", ()),
    ("officer", "mfa_index", ()),
    ("officer", "mfa_deactivate_totp", ()),
    ("officer", "mfa_list_webauthn", ()),
    ("officer", "mfa_generate_recovery_codes", ()),
    ("officer", "account_reauthenticate", ()),
    ("officer", "mfa_reauthenticate", ()),
    ("officer", "account_logout", ()),
    (None, "account_reset_password", ()),
    (None, "account_reset_password_done", ()),
    (None, "account_inactive", ()),
    (None, "socialaccount_login_cancelled", ()),
]


def test_every_page_is_accessible_in_light_dark_and_narrow(browse, cast, door):
    wide = browse(viewport={"width": 1280, "height": 800})
    narrow = browse(viewport={"width": 320, "height": 700}, color_scheme="dark")
    signed_in_as = None
    for nth, (who, name, about) in enumerate(PAGES):
        if who != signed_in_as:
            door.client.logout()
            if who:
                sign_in(door.client, getattr(cast, who))
            signed_in_as = who
        # axe is slow: each page in one of the two looks, all of them without a sideways scroll.
        for page in {narrow, wide if nth % 2 else narrow}:
            page.goto(ORIGIN + reverse(name, args=[getattr(cast, one).pk for one in about]))
            assert page.locator("h1").count() == 1, name
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, name
        check(wide if nth % 2 else narrow)
