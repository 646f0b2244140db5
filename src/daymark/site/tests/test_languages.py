"""Every page of the public door in every language: in the address, and remembered nowhere."""

import gzip
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone, translation
from django.views import defaults
from playwright.sync_api import Page, Request, Route, ViewportSize, sync_playwright
from tests import catalogues
from tests.browser import COLOURS, RULES, WORDS, ask_axe, bring_axe, chromium, launch
from tests.doors import public_door
from tests.roles import as_role

from daymark import design
from daymark.concerns import actions as concerns
from daymark.concerns.forms.steps import STEPS
from daymark.concerns.models import Concern
from daymark.concerns.tests.people import People, people
from daymark.insight.actions import figures
from daymark.places import actions as places
from daymark.signs import actions as signs
from daymark.site import languages

pytestmark = pytest.mark.django_db

CODES = ("en", "ro", "vi", "sq", "ar")
OTHERS = CODES[1:]
ADDRESSES = (
    *("", "questions/", "back/", "signs/", "signs/car-wash/", "help/", "numbers/"),
    *("privacy/", "accessibility/", "nowhere/"),
)
STATIC = Path(design.__file__).parent / "static"
NAMES = {"Daymark", "Crimestoppers", *(label for _, label in settings.LANGUAGES)}
ANSWERS = {"danger": "no", "what": "A van at night", "where": "CO2 8JX"}
PEOPLE = {"ages": "UNDER_10", "sexes": "MALE"}
STRANGE = "abandon about zebrafish"
RING = settings.KEY_RING


@pytest.fixture(autouse=True)
def desk() -> Iterator[People]:
    with as_role("owner"):
        whole = people()
        signs.load_content(at=timezone.now() - timedelta(days=1))
    with public_door(), translation.override("en-gb"):
        yield whole


def under(code: str, address: str = "") -> str:
    return f"/{address}" if code == "en" else f"/{code}/{address}"


def get(address: str, **headers: str) -> HttpResponse:
    return Client(headers=headers).get(address)  # type: ignore[return-value]


def html(response: HttpResponse) -> str:
    return response.content.decode()


def nav(page: str) -> dict[str, str]:
    """Where a page's links and buttons for the languages lead."""
    part = re.search(r'<nav class="wrap langs".*?</ul>', page, re.DOTALL)
    found = re.findall(r'(?:href|formaction)="([^"]+)"[^>]*? lang="(\w+)"', part[0]) if part else []
    return {code: url for url, code in found}


def walk(code: str, client: Client | None = None) -> dict[str, HttpResponse]:
    """Every page that a form leads to, from a report to the thread with an answer in it."""
    client, pages = client or Client(), {}

    def post(name: str, address: str, **data: str) -> str:
        pages[name] = client.post(under(code, address), data)
        return html(pages[name])

    post("empty", "questions/", page="quick", to="check")
    draft = _draft(post("check", "questions/", page="quick", to="check", **ANSWERS))
    post("change", "questions/", page="check", draft=draft, to="quick")
    for step in STEPS:
        step_page = post(step.name, "questions/", draft=draft, page="check", to=step.name)
        draft = _draft(step_page)
    post("long", "questions/", draft=draft, page="when", to="next", since="1" * 501)
    post("gone", "questions/", draft="spoilt", page="place", to="next", where=ANSWERS["where"])
    draft = _draft(post("full", "questions/", draft=draft, page="people", to="check", **PEOPLE))
    draft = _draft(sent := post("code", "questions/", draft=draft, page="check", to="send"))
    digits = "".join(re.findall(r"<span>(\d{4})</span>", sent))
    post("wrong end", "questions/", draft=draft, to="kept", last="0")
    post("kept", "questions/", draft=draft, to="kept", last=digits[-4:])
    for name, typed in (("short", "12"), ("long", "1" * 40), ("wrong", "1" * 28), ("none", "")):
        post(f"{name} code", "back/", code=typed)
    post("word", "back/", code=STRANGE)
    draft = _draft(post("thread", "back/", code=digits))
    post("nothing added", "back/", draft=draft, to="add")
    draft = _draft(post("added", "back/", draft=draft, to="add", text="Two more men."))
    post("withdrawn", "back/", draft=draft, to="withdraw")
    post("lost", "questions/", draft="spoilt", to="send")
    return pages


def _draft(page: str) -> str:
    (draft,) = set(re.findall(r'name="draft" value="([^"]+)"', page))
    return str(draft)


def every_page(code: str) -> dict[str, HttpResponse]:
    pages = {f"/{address}": get(under(code, address)) for address in ADDRESSES}
    with translation.override("en-gb" if code == "en" else code):
        request = RequestFactory().get("/")
        pages["500"] = defaults.server_error(request)
        pages["400"] = defaults.bad_request(request, Exception())
    return pages | walk(code)


class Words(HTMLParser):
    """What a reader reads or hears, without what is marked as English."""

    SPOKEN = {
        *("aria-label", "data-done", "data-failed", "data-left", "data-over", "data-slow"),
        *("placeholder", "alt", "content"),
    }
    EMPTY = {"meta", "link", "input", "br", "hr", "path"}

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.english: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        lang, outer = given.get("lang"), bool(self.english and self.english[-1])
        english = lang == "en" if lang else outer
        if not english and tag != "meta":
            self.found += [text for name, text in attrs if name in self.SPOKEN and text]
        if tag not in self.EMPTY:
            self.english.append(english)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            self.english.pop()

    def handle_data(self, data: str) -> None:
        if not self.english or not self.english[-1]:
            self.found += [
                part.strip(" .,:–") for part in data.splitlines() if re.search("[A-Za-z]", part)
            ]


@pytest.mark.parametrize("code", CODES)
def test_every_page_says_its_language_and_direction_and_sets_no_cookie(code: str) -> None:
    for name, response in every_page(code).items():
        page = html(response)
        lang = "en-gb" if code == "en" else code
        assert f'<html lang="{lang}" dir="{"rtl" if code == "ar" else "ltr"}">' in page, name
        assert not response.cookies, name
        assert not response.has_header("Set-Cookie"), name


@pytest.mark.parametrize("code", OTHERS)
def test_no_english_is_left_but_what_is_marked(code: str) -> None:
    english = every_page("en")
    for name, response in every_page(code).items():
        theirs = set(Words(html(english[name])).found)
        ours = set(Words(html(response)).found)
        assert ours & theirs - NAMES - {*ANSWERS.values(), STRANGE} == set(), name
        assert ours - NAMES, name


@pytest.mark.parametrize("code", CODES)
def test_every_page_leads_to_itself_in_each_language(code: str) -> None:
    for address in ADDRESSES[:-1]:
        # Where something can be typed, the language that one reads is no button.
        here = {code} if address in {"questions/", "back/"} else set()
        theirs = {c: under(c, address) for c in CODES if c not in here}
        assert nav(html(get(under(code, address)))) == theirs
    assert nav(html(get(under(code, "nowhere/")))) == {c: under(c) for c in CODES}


def test_a_page_in_english_alone_says_so_and_leads_to_the_first_page_of_the_others() -> None:
    with as_role("owner"):
        places.load_areas(at=timezone.now())
        figures.load_content(at=timezone.now())
    response = get("/figures/then-and-now/", accept_language="ar")
    assert response.status_code == 200
    assert '<html lang="en-gb" dir="ltr">' in html(response)
    firsts = {code: under(code) for code in OTHERS}
    assert nav(html(response)) == {"en": "/figures/then-and-now/"} | firsts
    assert "<p><a href" not in html(response).split("</nav>")[0]
    assert get("/ar/figures/then-and-now/").status_code == 404


def _sent_again(page: str, into: str, **typed: str) -> str:
    """The page that the button of another language answers with, from what was typed so far."""
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    response = Client().post(nav(page)[into], carried | typed | {"to": "again"})
    assert response.status_code == 200
    return html(response)  # type: ignore[arg-type]


def test_another_language_keeps_what_was_typed_also_what_cannot_stay() -> None:
    pages = walk("vi")
    page = _sent_again(html(get("/questions/")), "ro", what="O dubă albă", danger="yes")
    assert "O dubă albă" in page
    assert re.search(r'value="yes"[^>]* checked', page)
    page = _sent_again(html(pages["when"]), "ar", since="1" * 501)
    assert "1" * 501 in page
    assert 'class="problem"' not in page
    page = _sent_again(html(pages["full"]), "sq")
    assert ANSWERS["what"] in page
    assert 'value="send"' in page
    assert "12 34" in _sent_again(html(get("/back/")), "ro", code="12 34")
    assert "Doi oameni" in _sent_again(html(pages["thread"]), "ro", text="Doi oameni")


def test_a_browser_that_sends_each_button_to_the_forms_own_address_gets_the_language() -> None:
    for typed in ({"page": "quick", "what": "O dubă albă"}, {"code": "12 34"}):
        address = "/questions/" if "page" in typed else "/back/"
        page = html(Client().post(address, typed | {"to": "again:ro"}))  # type: ignore[arg-type]
        assert '<html lang="ro" dir="ltr">' in page
        assert f'<form id="carry" method="post" action="/ro{address}"' in page
        assert list(typed.values())[-1] in page
        assert '<html lang="en-gb"' in html(Client().post(address, typed | {"to": "again:xx"}))  # type: ignore[arg-type]
    assert '<html lang="en-gb"' in html(get("/questions/"))


def test_what_somebody_emptied_stays_empty_in_another_language() -> None:
    page = _sent_again(html(walk("vi")["change"]), "ro", what=ANSWERS["what"], where="")
    assert ANSWERS["where"] not in page


@pytest.mark.parametrize("code", OTHERS)
def test_no_other_language_leads_away_from_the_only_page_that_shows_the_code(code: str) -> None:
    pages = walk(code)
    for name in ("code", "wrong end"):
        assert nav(html(pages[name])) == {}
        assert 'hreflang="en"' not in html(pages[name])


@pytest.mark.parametrize("code", OTHERS)
def test_the_browsers_language_is_offered_and_nobody_is_sent_there(code: str) -> None:
    response = get("/questions/", accept_language=f"xx, {code}-XX;q=0.9, en;q=0.5")
    assert response.status_code == 203
    assert "Accept-Language" in response["Vary"]
    offer = rf'<p><button formaction="/{code}/questions/" name="to" value="again:{code}"'
    assert re.search(offer, html(response))
    assert not re.search(offer, html(get("/questions/")))
    assert not re.search(offer, html(get("/questions/", accept_language="en-GB,en;q=0.9")))


def test_whoever_chose_a_language_is_offered_no_other() -> None:
    assert "<p><button" not in html(get("/ro/questions/", accept_language="ar")).split("</nav>")[0]


def test_a_language_nobody_knows_is_not_found() -> None:
    for address in ("/fr/", "/en-gb/", "/en/", "/RO/questions/", "/vi-VN/"):
        assert get(address).status_code == 404, address


@pytest.mark.parametrize("code", OTHERS)
def test_a_page_nobody_reviewed_says_so_and_leads_to_english_and_to_interpreters(code: str) -> None:
    for address in ("", "questions/", "signs/car-wash/", "help/"):
        (note,) = re.findall(
            r'<p class="small muted" role="note">.*?</p>', html(get(under(code, address)))
        )
        assert (f'href="/{address}" hreflang="en"' in note) == (address != "questions/")
        assert 'href="tel:08000121700"' in note
        assert note not in html(get(under("en", address)))
    assert '<p class="small muted" role="note">' not in html(get("/"))


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogues as they are, but Romanian with a reviewer's name in its header."""
    for code in OTHERS:
        catalogue = catalogues.read(code)
        if code == "ro":
            catalogue.header = catalogue.header.replace(languages.NOBODY, "Ana Pop, interpreter")
        path = tmp_path / code / "LC_MESSAGES" / "django.mo"
        path.parent.mkdir(parents=True)
        path.write_bytes(catalogues.compiled(catalogue))
    monkeypatch.setattr(languages, "LOCALE", tmp_path)
    languages.reviewed.cache_clear()
    yield
    languages.reviewed.cache_clear()


@pytest.mark.usefixtures("signed")
def test_a_reviewers_name_in_the_catalogue_takes_the_notice_away() -> None:
    assert '<p class="small muted" role="note">' not in html(get("/ro/"))
    assert '<p class="small muted" role="note">' in html(get("/sq/"))


@pytest.mark.parametrize("code", CODES)
def test_a_report_keeps_the_language_it_was_written_in(code: str, desk: People) -> None:
    walk(code)
    with as_role("worker"), override_settings(KEY_RING=RING):
        assert (
            concerns.arrivals.open_arrivals(now=timezone.now()) == 3
        )  # the report, what was added, and that contact details are taken back
    with as_role("partner", member_id=desk.officer.pk):
        assert Concern.unrestricted.get().language == code


@pytest.mark.parametrize("code", CODES)
def test_from_home_to_code_is_at_most_25_kb_over_the_wire(code: str) -> None:
    client = Client(headers={"accept-encoding": "gzip"})
    pages = [client.get(under(code)), client.get(under(code, "questions/"))]
    plain = walk(code)
    pages += [_squeezed(plain["check"]), _squeezed(plain["code"])]
    assert all(page["Content-Encoding"] == "gzip" for page in pages)
    sheet = gzip.compress((STATIC / "design" / "daymark.css").read_bytes(), 9)
    size = sum(len(page.content) for page in pages) + len(sheet)
    assert size <= 25_000 - len(pages) * 1_000, f"{size} bytes, and a kilobyte of headers a page"


def _squeezed(response: HttpResponse) -> HttpResponse:
    from django.middleware.gzip import GZipMiddleware

    request = RequestFactory(headers={"accept-encoding": "gzip"}).get("/")
    return GZipMiddleware(lambda _: response)(request)  # type: ignore[arg-type,return-value]


# ---- in a real browser ----


@pytest.mark.browser
def test_no_page_in_any_language_has_a_finding_or_is_wider_than_its_window() -> None:
    chromium()
    places = re.findall(r'href="(/signs/[a-z-]+/)"', html(get("/signs/")))
    pages = {
        (code, name): html(page)
        for code in CODES
        for name, page in (
            every_page(code) | {place: get(under(code, place[1:])) for place in places}
        ).items()
    }
    assert len(pages) > 250
    # A thread of its own: Playwright's event loop must not meet Django's database.
    with ThreadPoolExecutor(1) as alone:
        assert alone.submit(_findings, pages).result() == []


ORIGIN = "http://daymark.test"
DRAWN = """page => {
    const read = new DOMParser().parseFromString(page, "text/html");
    const root = document.documentElement;
    root.lang = read.documentElement.lang;
    root.dir = read.documentElement.dir;
    document.title = read.title;
    document.body.replaceWith(read.body);
}"""


def _findings(pages: dict[tuple[str, str], str]) -> list[str]:
    """Each page drawn in one window in turn: one style sheet and one axe serve all of them.

    The colours are those of the one style sheet: looking at them in one language is enough.
    """
    found: list[str] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        tab = browser.new_page(reduced_motion="reduce")
        _show(tab, pages["en", "/"])
        bring_axe(tab)
        for (code, name), page in pages.items():
            tab.evaluate(DRAWN, page)
            said = [
                f"{px} px too wide at {width}"
                for width in (1280, 768, 320)
                if (px := _over(tab, width)) > 0
            ]
            said += ask_axe(tab, RULES if code == "en" else WORDS)
            if code == "en":
                tab.emulate_media(color_scheme="dark")
                said += ask_axe(tab, COLOURS)
                tab.emulate_media(color_scheme="light")
            found += [f"{code} {name} {one}" for one in said]
        browser.close()
    return found


def _over(tab: Page, width: int) -> int:
    tab.set_viewport_size({"width": width, "height": 640})
    return int(tab.evaluate("document.documentElement.scrollWidth - innerWidth"))


# ---- a phone, without JavaScript ----

PHONE = ViewportSize(width=320, height=640)


@pytest.mark.browser
@pytest.mark.parametrize("code", ["vi", "ar"])
def test_from_a_report_to_the_code_and_back_on_a_phone(code: str) -> None:
    chromium()
    asked: Queue[tuple[Request, Future[HttpResponse]]] = Queue()
    client = Client()
    # A thread of its own: Playwright's event loop must not meet Django's database.
    with ThreadPoolExecutor(1) as alone:
        journey = alone.submit(travel, code, asked)
        journey.add_done_callback(lambda _: asked.put(None))  # type: ignore[arg-type]
        while (one := asked.get()) is not None:
            request, answer = one
            answer.set_result(_answered(client, request))
    journey.result()
    assert not client.cookies


def _answered(client: Client, request: Request) -> HttpResponse:
    path = urlsplit(request.url).path
    if request.method == "POST":
        body, kind = request.post_data_buffer or b"", request.headers["content-type"]
        return client.post(path, body, content_type=kind)  # type: ignore[return-value]
    return client.get(path)  # type: ignore[return-value]


def travel(code: str, asked: Queue[tuple[Request, Future[HttpResponse]]]) -> None:
    """Walk with JavaScript off; what its pages look like is looked at above."""

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            sheet = STATIC / path.removeprefix("/static/")
            route.fulfill(body=sheet.read_bytes(), content_type="text/css")
            return
        coming: Future[HttpResponse] = Future()
        asked.put((route.request, coming))
        response = coming.result(20)
        headers = {k: v for k, v in response.items() if k != "Content-Length"}
        route.fulfill(status=response.status_code, headers=headers, body=response.content)

    with sync_playwright() as playwright:
        browser = launch(playwright)
        phone = browser.new_context(viewport=PHONE, java_script_enabled=False)
        phone.set_default_timeout(15_000)
        tab = phone.new_page()
        tab.route("**/*", answer)
        _walk(tab, code)
        browser.close()


def _walk(tab: Page, code: str) -> None:
    tab.goto(ORIGIN)
    tab.click(f'nav.langs a[lang="{code}"]')
    tab.click(f'a.door[href="/{code}/signs/"]')
    tab.click(f'a[href="/{code}/signs/nail-bar/"]')
    tab.click(f'a[href="/{code}/numbers/"] >> nth=0')
    tab.goto(f"{ORIGIN}/{code}/help/")
    tab.click("a.mark")
    tab.click("a.door.first")
    tab.click("form .actions .button")
    tab.click("input[value=no] + label")
    tab.fill("textarea", {"vi": "Họ sợ hãi.", "ar": "إنهم خائفون."}[code])
    tab.fill("input[name=where]", "CO2 8JX")
    tab.click("form .actions .button")
    tab.click("form .actions .button >> nth=0")
    digits = tab.inner_text(".digits")
    tab.fill("input[name=last]", digits.split()[-1])
    tab.click("form .actions .button")
    tab.goto(f"{ORIGIN}/{code}/back/")
    tab.fill("textarea", "12")
    tab.click("form .actions .button")
    tab.fill("textarea", digits)
    tab.click("form .actions .button")
    tab.fill("textarea", "2")
    tab.click("form .actions .button")
    tab.wait_for_selector(".note.success")
    assert tab.context.cookies() == []


def _show(tab: Page, page: str) -> None:
    tab.unroute_all()
    tab.route("**/*", lambda route: _draw(route, page))
    tab.goto(ORIGIN)


def _draw(route: Route, page: str) -> None:
    path = urlsplit(route.request.url).path
    if path.startswith("/static/"):
        sheet = STATIC / path.removeprefix("/static/")
        route.fulfill(body=sheet.read_bytes(), content_type="text/css")
    else:
        route.fulfill(body=page, content_type="text/html; charset=utf-8")
