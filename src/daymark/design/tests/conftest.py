from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from playwright.sync_api import Browser, Page, Route, sync_playwright
from tests.browser import launch

from daymark.design import views

STATIC = Path(views.__file__).parent / "static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)
ORIGIN = "http://localhost"  # answered by the tests; the name makes it a secure context


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """The gallery as it stands by itself, whatever the site adds around it."""
    engine = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
    storages = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with override_settings(
        TEMPLATES=[engine],
        STORAGES=storages,
        STATIC_URL="/static/",
        ROOT_URLCONF="daymark.design.urls",
        FORM_RENDERER="daymark.design.forms.DaymarkFormRenderer",
    ):
        yield


def page_of(state: str, query: str = "") -> str:
    request: HttpRequest = RequestFactory().get(f"/{state}/?{query}")
    answer = views.gallery_state(request, state) if state else views.gallery(request)
    return answer.content.decode()


@pytest.fixture
def html() -> Callable[..., str]:
    return page_of


def _answer(route: Route) -> None:
    path, _, query = route.request.url.removeprefix(f"{ORIGIN}/").partition("?")
    if not route.request.url.startswith(ORIGIN):
        route.fulfill(body="<!doctype html><title>Elsewhere</title>", content_type="text/html")
    elif path == "kept/":
        route.fulfill(status=204)
    elif path.startswith("static/"):
        file = STATIC / path.removeprefix("static/")
        route.fulfill(body=file.read_bytes(), content_type=KINDS[file.suffix])
    else:
        route.fulfill(
            body=page_of(path.strip("/"), query),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": POLICY},
        )


@pytest.fixture(scope="module")  # not longer: Django refuses the database while it runs
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a gallery page in a fresh browser; anything it complains about fails the test."""
    contexts, complaints = [], []

    def opened(state: str, *, width: int = 1280, scheme: str = "light", **options: object) -> Page:
        rtl, expected = options.pop("rtl", False), str(options.pop("expected", "nothing"))
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, **options
        )
        contexts.append(context)
        page = context.new_page()
        _listen(page, complaints, expected)
        page.goto(_address(state, rtl=bool(rtl)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def window(browser: Browser) -> tuple[Page, list[str]]:
    page, complaints = browser.new_page(), []
    _listen(page, complaints, "nothing")
    return page, complaints


@pytest.fixture
def show(window: tuple[Page, list[str]]) -> Iterator[Callable[..., Page]]:
    """The same for a page that is only looked at: all of them in one window, one by one."""
    page, complaints = window

    def shown(state: str, *, width: int, scheme: Any, rtl: bool) -> Page:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.goto(_address(state, rtl=rtl))
        return page

    complaints.clear()
    yield shown
    assert complaints == []


def _address(state: str, *, rtl: bool) -> str:
    return f"{ORIGIN}/{state}{'/' if state else ''}?dir={'rtl' if rtl else 'ltr'}"


def _listen(page: Page, complaints: list[str], expected: str) -> None:
    def complain(text: str) -> None:
        if expected not in text:
            complaints.append(text)

    page.on("console", lambda message: complain(message.text))
    page.on("pageerror", lambda error: complain(str(error)))
    page.route("**/*", _answer)
