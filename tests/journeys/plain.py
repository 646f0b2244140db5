"""A reporter with nothing but plain HTTP: what a text browser sees and sends."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPRedirectHandler, Request, build_opener


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    actions: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    """Its buttons: where each sends it, and what it says besides."""


class _Page(HTMLParser):
    """The links and forms of a page, as far as a text browser needs them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        self.forms: list[Form] = []
        self._link = self._area = ""
        self._button: dict[str, str] = {}
        self._early: list[tuple[str, dict[str, str]]] = []
        self._ids: dict[str, Form] = {}
        self._said = ""
        self.feed(text)
        for said, button in self._early:
            self._add(self._ids[button["form"]], said, button)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._said = "" if tag in {"a", "button", "textarea"} else self._said
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
            self._ids[given.get("id", "")] = self.forms[-1]
        elif tag == "a":
            self._link = given.get("href", "")
        elif tag == "button":
            self._button = given
        elif tag == "textarea":
            self._area = given["name"]
        elif tag == "input" and (
            given.get("type") not in {"radio", "checkbox"} or "checked" in given
        ):
            self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        self._said += data

    def handle_endtag(self, tag: str) -> None:
        said = " ".join(self._said.split())
        if tag == "a":
            self.links[said] = self._link
        elif tag == "button" and "form" in self._button:
            self._early.append((said, self._button))
        elif tag == "button":
            self._add(self.forms[-1], said, self._button)
        elif tag == "textarea":
            self.forms[-1].fields[self._area] = self._said.removeprefix("\n")

    @staticmethod
    def _add(form: Form, said: str, button: dict[str, str]) -> None:
        says = {button["name"]: button["value"]} if button.get("name") else {}
        form.actions.setdefault(said, (button.get("formaction") or form.action, says))


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:  # type: ignore[override]
        return None


class Plain:
    """One page after another, by links and by buttons. A cookie offered is an error."""

    def __init__(self, address: str, path: str = "/") -> None:
        self.address = address
        self.open(path)

    def open(self, path: str, values: dict[str, str] | None = None, *, stay: bool = False) -> None:
        data = urlencode(values).encode() if values is not None else None
        opener = build_opener(_Stay) if stay else build_opener()
        try:
            answer = opener.open(Request(urljoin(self.address, path), data), timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            self.status, self.headers = answer.status, answer.headers
            self.html = answer.read().decode()
        assert "Set-Cookie" not in self.headers
        self._page = _Page(self.html)

    @property
    def text(self) -> str:
        """What a reader without styles reads."""
        body = re.sub(r".*<main[^>]*>|</main>.*", "", self.html, flags=re.S)
        return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))

    def follow(self, words: str) -> None:
        (link,) = [to for said, to in self._page.links.items() if said.startswith(words)]
        self.open(link)

    def press(self, words: str, **typed: str) -> None:
        for form in self._page.forms:
            if words in form.actions:
                action, says = form.actions[words]
                self.open(action, form.fields | typed | says)
                return
        raise AssertionError(f"no button says {words!r}: {self.text}")

    @property
    def code(self) -> str:
        found = re.search(r'class="digits"[^>]*>(.*?)</p>', self.html, re.S)
        assert found, self.text
        return " ".join(re.findall(r"\d{4}", found[1]))


def report(address: str, what: str, where: str = "CO2 8LN", *, danger: str = "") -> str:
    """File a report and give its code."""
    page = Plain(address, "/questions/")
    page.press("Check what you wrote", what=what, where=where, danger=danger)
    page.press("Send it")
    return page.code
