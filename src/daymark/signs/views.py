"""Public pages: what to look for, whom to call, help for oneself. They keep nothing."""

from collections.abc import Iterable
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from daymark.signs import queries
from daymark.signs.queries import Item
from daymark.signs.terms import About, Audience, Bearing, Need

NEEDS: dict[Need, Promise] = {
    Need.DANGER: _("Someone is in danger now"),
    Need.ADVICE: _("To talk about it"),
    Need.POLICE: _("To tell the police"),
    Need.ANONYMOUS: _("To tell without your name"),
    Need.SUPPORT: _("To find a safe place"),
    Need.CHILD: _("Worried about a child"),
    Need.LABOUR: _("Unfair work"),
    Need.RAILWAY: _("On a train or at a station"),
}


def signs(request: HttpRequest) -> HttpResponse:
    today, language = timezone.localdate(), _language()
    places = queries.settings(on=today, language=language)
    types = queries.types(on=today, language=language)
    return _page(request, "signs", [*places, *types], places=places, types=types, **_witness())


def signs_setting(request: HttpRequest, key: str) -> HttpResponse:
    place = queries.setting(key, on=timezone.localdate(), language=_language())
    if place is None:
        raise Http404
    return _page(request, "setting", place.signs, place=place, **_witness())


def help_myself(request: HttpRequest) -> HttpResponse:
    today, language = timezone.localdate(), _language()
    advice = queries.advice(Audience.SELF, on=today, language=language)
    lines = [
        line
        for need in (Need.ADVICE, Need.SUPPORT)
        for line in queries.helplines(need, on=today, language=language)
    ]
    shown = [*lines, *(item for items in advice.values() for item in items)]
    return _page(
        request,
        "help_myself",
        shown,
        lines=lines,
        know=advice[Bearing.KNOW],
        do=advice[Bearing.DO],
        never=advice[Bearing.NEVER],
    )


def helplines(request: HttpRequest) -> HttpResponse:
    lines = queries.helplines(on=timezone.localdate(), language=_language())
    groups = [
        (NEEDS[Need(need)], list(found)) for need, found in groupby(lines, lambda line: line.need)
    ]
    return _page(request, "helplines", lines, groups=groups)


def privacy(request: HttpRequest) -> HttpResponse:
    return _about(request, About.PRIVACY, _("Your privacy"))


def accessibility(request: HttpRequest) -> HttpResponse:
    return _about(request, About.ACCESSIBILITY, _("Using this site"))


def _about(request: HttpRequest, about: About, heading: Promise) -> HttpResponse:
    found = queries.passages(about, on=timezone.localdate(), language=_language())
    return _page(request, "about", found, heading=heading, passages=found)


def _language() -> str:
    return get_language() or queries.FALLBACK


def _witness() -> dict[str, object]:
    advice = queries.advice(Audience.WITNESS, on=timezone.localdate(), language=_language())
    return {"do": advice[Bearing.DO], "never": advice[Bearing.NEVER]}


def _page(
    request: HttpRequest, name: str, items: Iterable[Item], **context: object
) -> HttpResponse:
    """A page that starts with the number for danger and ends with where its words come from."""
    today, language = timezone.localdate(), _language()
    shown = list(items)
    context |= {
        "danger": queries.helplines(Need.DANGER, on=today, language=language),
        "fallback": next((item.lang for item in shown if item.lang), ""),
        "sources": sorted({item.source for item in shown}),
        "checked_date": min((item.source_date for item in shown), default=None),
    }
    return render(request, f"signs/{name}.html", context)
