"""A real house, as `daymark demo` opens it, and real browsers at both of its doors."""

import base64
import hmac
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, sync_playwright

from tests.browser import chromium, findings, launch
from tests.journeys import plain
from tests.journeys.stories import STORIES

SOURCE = Path(__file__).parents[2] / "src"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class House:
    public: str
    partner: str
    members: list[dict[str, str]]
    folder: Path
    elsewhere: str
    """Where leaving leads: a page of this machine, in place of the weather."""
    states: dict[str, Any] = field(default_factory=dict)
    """Sign-ins of this run, by e-mail address: each member proves the second factor once."""
    codes: dict[str, str] = field(default_factory=dict)
    """The reporters' codes of `stories`, by their first word."""
    proved: dict[str, int] = field(default_factory=dict)
    """The half minute whose code a member used last: no code is taken twice."""

    def console(self) -> bytes:
        """What all its processes have said so far."""
        return self.folder.with_suffix(".log").read_bytes()

    def member(self, who: str) -> dict[str, str]:
        """By role, or by name where a role has two."""
        return next(one for one in self.members if who in (one["role"], one["name"]))

    def code(self, secret: str) -> str:
        """What an authenticator app shows, fresh and with a few seconds left to live."""
        while (step := int(time.time() // 30)) == self.proved.get(secret) or time.time() % 30 > 26:
            time.sleep(0.5)
        self.proved[secret] = step
        return totp(secret, step)


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[str]:
    """A site that has nothing to do with ours."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Elsewhere</title><h1>Sunny</h1>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def house(elsewhere: str) -> Iterator[House]:
    """Started in an empty folder, with the environment of somebody who has just cloned it."""
    chromium()
    ours = ("DAYMARK_", "DJANGO_", "DATABASE_URL")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment["PYTHONPATH"] = str(SOURCE)
    environment["DAYMARK_EXIT_URL"] = elsewhere
    public, partner = _free_port(), _free_port()
    with tempfile.TemporaryDirectory(prefix="dm-", ignore_cleanup_errors=True) as whole:
        folder = str(Path(whole) / "data")
        log = Path(folder).with_suffix(".log")
        command = [sys.executable, "-m", "daymark.site.cli", "demo", "--data", folder]
        command += ["--public-port", str(public), "--partner-port", str(partner)]
        command += ["--concerns", "60"]  # as few as it takes: a run waits for them
        with log.open("wb") as said:
            running = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            opened = _when_open(running, Path(folder), elsewhere)
            # All at once: the worker opens them while the first member signs in.
            for word, what in STORIES.items():
                opened.codes[word] = plain.report(opened.public, what)
            yield opened
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _when_open(running: subprocess.Popen[bytes], folder: Path, elsewhere: str) -> House:
    """The house once it says that both doors are open: `demo.json` then names their addresses."""
    file = folder / "demo.json"
    for _ in range(2400):
        if running.poll() is not None:
            log = folder.with_suffix(".log").read_text()
            pytest.fail(f"the demonstration ended by itself with {running.returncode}: {log}")
        told = json.loads(file.read_text()) if file.exists() else {}
        if "public" in told:
            return House(told["public"], told["partner"], told["members"], folder, elsewhere)
        time.sleep(0.1)
    pytest.fail("the demonstration was not open within four minutes")


@pytest.fixture(scope="package")  # not longer: Django refuses the database while it runs
def browser(house: House) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@dataclass
class Doors:
    """Opens browsers and hears what they complain about."""

    house: House
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, address: str, **options: Any) -> Page:
        context = self.browser.new_context(base_url=address, locale="en-GB", **options)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        context.on("page", self._listen)
        return context.new_page()

    def _listen(self, page: Page) -> None:
        own = {urlsplit(self.house.public).netloc, urlsplit(self.house.partner).netloc}

        def asked(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme != "data" and parts.netloc not in own:
                self.strangers.append(url)

        def said(kind: str, text: str) -> None:
            # Chromium calls each answer from 400 up a failed load; the tests look at those.
            if kind in {"error", "warning"} and "Failed to load resource" not in text:
                self.complaints.append(text)

        page.on("request", lambda request: asked(request.url))
        page.on("console", lambda message: said(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def were_quiet(self) -> None:
        assert self.complaints == []
        assert self.strangers == [], "a page asked another host for something"


@pytest.fixture
def doors(house: House, browser: Browser) -> Iterator[Doors]:
    opened = Doors(house, browser)
    yield opened
    for context in opened.contexts:
        context.close()
    opened.were_quiet()


@pytest.fixture
def public_page(doors: Doors) -> Iterator[Page]:
    """The public door without JavaScript, on a phone; it must leave nothing in the browser."""
    size = {"width": 360, "height": 740}
    page = doors.open(doors.house.public, java_script_enabled=False, viewport=size)
    yield page
    assert page.context.storage_state() == {"cookies": [], "origins": []}


@pytest.fixture
def sign_in(doors: Doors) -> Callable[..., Page]:
    """A member's browser, signed in with both factors; the same sign-in serves every journey."""

    def signed_in(who: str, **options: Any) -> Page:
        house = doors.house
        member = house.member(who)
        if member["email"] not in house.states:
            page = doors.open(house.partner)
            enter(page, member, house)
            house.states[member["email"]] = page.context.storage_state()
        page = doors.open(house.partner, storage_state=house.states[member["email"]], **options)
        page.goto("/")
        return page

    return signed_in


def enter(page: Page, member: dict[str, str], house: House) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Work e-mail address").fill(member["email"])
    page.get_by_label("Password").fill(member["password"])
    press(page, "Sign in")
    page.get_by_label("Code from your app").fill(house.code(member["totp_secret"]))
    press(page, "Sign in")
    page.wait_for_url("**/")


def totp(secret: str, step: int) -> str:
    """RFC 6238, with what every authenticator app assumes."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


@pytest.fixture(scope="package")
def inspector(house: House, browser: Browser) -> tuple[Doors, Page]:
    """One window, with scripts, for every page that is looked at and runs without them."""
    opened = Doors(house, browser)
    return opened, opened.open(house.public)


@pytest.fixture
def accessible(house: House, inspector: tuple[Doors, Page]) -> Iterator[Callable[[Page], None]]:
    """Check a page as it stands: no finding, and nothing wider than the window.

    The checker needs scripts. Where a page runs without, the same HTML is opened in a browser
    that has them, at the same address and size.
    """
    heard, window = inspector

    def check(page: Page) -> None:
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{page.url} is {wide} px wider than the window"
        if page.url.startswith(house.public):
            page = inspected(page)
        assert findings(page) == [], page.url

    def inspected(page: Page) -> Page:
        body = page.content()

        def same(route: Route) -> None:
            route.fulfill(body=body, content_type="text/html; charset=utf-8")

        if page.viewport_size:
            window.set_viewport_size(page.viewport_size)
        window.route(page.url, same)
        window.goto(page.url)
        window.unroute(page.url)
        return window

    heard.complaints.clear()
    heard.strangers.clear()
    yield check
    heard.were_quiet()


# ---- what every role does ----


def choose(page: Page, *names: str) -> None:
    """Tick as a finger does: the label covers its whole box, so it receives the press."""
    for name in names:
        page.get_by_label(name, exact=True).check(force=True)


def press(page: Page, name: str) -> None:
    """Press a button and stay until the page that answers is there."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str, *, exact: bool = False) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=exact).first.click()


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def find_concern(page: Page, words: str, *, shows: str = "") -> Locator:
    """The row that a search finds; a fresh report is there once the worker has opened it."""
    row = page.locator(".rows a", has_text=shows or words)
    come_to_see(page, f"/concerns/?words={words.replace(' ', '+')}", row)
    return row


def come_to_see(page: Page, address: str, wanted: Locator) -> None:
    """Open an address until this is on it: the worker looks every two seconds."""
    patience = time.monotonic() + 60
    page.goto(address)
    while not wanted.count():
        assert time.monotonic() < patience, f"{wanted} never came to {address}"
        page.wait_for_timeout(400)
        page.goto(address)


def open_concern(page: Page, word: str) -> str:
    """Open the concern that begins with this word; gives its address."""
    row = find_concern(page, word)
    with page.expect_navigation():
        row.click()
    return urlsplit(page.url).path
