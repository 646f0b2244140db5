"""The languages of the public door: each has its own addresses; nothing remembers a choice."""

from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from daymark.design.parts import Link

LOCALE = Path(__file__).parents[1] / "locale"
NOBODY = "nobody yet"
"""What a catalogue's header `X-Reviewed-By` says until somebody has put a name there."""


def links(request: HttpRequest) -> list[Link]:
    """This page in each language. What only a form leads to sends a link on to its first page."""
    here = translation.get_language()
    return [
        Link(label, address(request, code), code == here, lang=plain(code))
        for code, label in settings.LANGUAGES
    ]


def offered(request: HttpRequest) -> Link | None:
    """A way to the language the browser prefers, on an English page; never a redirect."""
    preferred = translation.get_language_from_request(request)
    here = translation.get_language()
    if preferred == here or here != settings.LANGUAGE_CODE or not links(request):
        return None
    if not speaks(request, preferred):
        return None
    with translation.override(preferred):
        # In the catalogues each language names itself here: "Read this in Romanian?"
        label = gettext("Read this in English?")
    return Link(label, address(request, preferred), lang=preferred)


def english(request: HttpRequest) -> Link | None:
    """The English of a page that has been read by nobody who grew up with its language."""
    if reviewed(translation.get_language() or settings.LANGUAGE_CODE):
        return None
    found = [link for link in links(request) if link.lang == plain(settings.LANGUAGE_CODE)]
    return found[0] if found else Link("", "")


def address(request: HttpRequest, language: str) -> str:
    """This page in a language; where it is in English alone, the language's first page."""
    if not speaks(request, language):
        return _reversed(language, "home", {})
    return _reversed(language, *_place(request))


def speaks(request: HttpRequest, language: str) -> bool:
    """Whether the page is there in a language: one in English alone has one address."""
    english = settings.LANGUAGE_CODE
    place = _place(request)
    return language == english or _reversed(language, *place) != _reversed(english, *place)


@cache
def reviewed(language: str) -> bool:
    """Whether somebody who speaks it well has read the whole catalogue and signed it."""
    if language == settings.LANGUAGE_CODE:
        return True
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as catalogue:
        return GNUTranslations(catalogue).info().get("x-reviewed-by", NOBODY) != NOBODY


def plain(language: str) -> str:
    """`en-gb` is plain English to a reader, and so it is in their report."""
    return language.partition("-")[0]


def _reversed(language: str, name: str, named: dict[str, object]) -> str:
    with translation.override(language):
        return reverse(name, kwargs=named)


def _place(request: HttpRequest) -> tuple[str, dict[str, object]]:
    """The page's name and what its address carries; of a page that is not there, the first."""
    match = request.resolver_match
    return (match.view_name, match.kwargs) if match else ("home", {})
