"""What a page or an editor reads: the items in force on a day, in one language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast

from django.db.models import Q, QuerySet
from django.utils.functional import SimpleLazyObject

from daymark.signs.models import (
    Advice,
    Content,
    ExploitationType,
    Helpline,
    Passage,
    Setting,
    Sign,
)
from daymark.signs.terms import About, Audience, Bearing, Need

FALLBACK = "en"


@dataclass(frozen=True)
class Item:
    """Content in one language; `lang` is set where the words are English for want of others."""

    key: str
    text: str
    lang: str
    source: str
    source_date: date
    verified: bool


@dataclass(frozen=True)
class Type(Item):
    name: str
    element: str
    is_flag: bool


@dataclass(frozen=True)
class Place(Item):
    """A setting with its signs."""

    name: str
    signs: tuple[Item, ...]


@dataclass(frozen=True)
class Line(Item):
    """A number to call or text."""

    name: str
    need: str
    channel: str
    dialled: str
    shown: str
    area: str
    hours: str
    languages: str

    @property
    def spoken(self) -> str:
        """The number for a page: never broken over lines, left to right in any script."""
        return f"\u2066{self.shown}\u2069".replace(" ", "\u00a0")

    @property
    def url(self) -> str:
        return f"{'sms' if self.channel == 'TEXT' else 'tel'}:{self.dialled}"


@dataclass(frozen=True)
class Guidance(Item):
    bearing: str


@dataclass(frozen=True)
class Paragraph(Item):
    name: str


C = TypeVar("C", bound=Content)


def helplines(
    need: Need | None = None,
    *,
    on: date,
    language: str = FALLBACK,
    areas: Iterable[str] | None = None,
    public: bool = True,
) -> list[Line]:
    """Numbers by need. `areas` (GSS codes of a place's chain) leaves out other areas' lines."""
    rows = _in_force(Helpline, on=on, public=public)
    if need is not None:
        rows = rows.filter(need=need)
    if areas is not None:
        rows = rows.filter(area__in=["", *areas])
    order = list(Need)
    found = sorted(rows, key=lambda row: order.index(Need(row.need)))
    return [
        Line(
            **_item(row, language),
            **_words(row, language, "name", "hours", "languages"),
            need=row.need,
            channel=row.channel,
            dialled=row.dialled,
            shown=row.shown,
            area=row.area,
        )
        for row in found
    ]


def types(*, on: date, language: str = FALLBACK, public: bool = True) -> list[Type]:
    return [
        Type(
            **_item(row, language),
            **_words(row, language, "name"),
            element=row.element,
            is_flag=row.is_flag,
        )
        for row in _in_force(ExploitationType, on=on, public=public)
    ]


def settings(*, on: date, language: str = FALLBACK, public: bool = True) -> Sequence[Place]:
    """Settings with their signs; one without a sign to show is left out.

    They are read when somebody looks at the first: every step of a report is given them, and two
    show them.
    """
    found = SimpleLazyObject(lambda: _settings(on, language, public=public))
    return cast(Sequence[Place], found)


def _settings(on: date, language: str, *, public: bool) -> list[Place]:
    signs: dict[str, list[Item]] = {}
    for row in _in_force(Sign, on=on, public=public):
        signs.setdefault(row.setting, []).append(Item(**_item(row, language)))
    return [
        Place(**_item(row, language), **_words(row, language, "name"), signs=tuple(signs[row.key]))
        for row in _in_force(Setting, on=on, public=public)
        if row.key in signs
    ]


def setting(key: str, *, on: date, language: str = FALLBACK) -> Place | None:
    return next((place for place in settings(on=on, language=language) if place.key == key), None)


def advice(
    audience: Audience, *, on: date, language: str = FALLBACK, public: bool = True
) -> dict[Bearing, list[Guidance]]:
    """Advice for somebody, by what it asks for."""
    found: dict[Bearing, list[Guidance]] = {bearing: [] for bearing in Bearing}
    for row in _in_force(Advice, on=on, public=public).filter(audience=audience):
        found[Bearing(row.bearing)].append(Guidance(**_item(row, language), bearing=row.bearing))
    return found


def passages(page: About, *, on: date, language: str = FALLBACK) -> list[Paragraph]:
    return [
        Paragraph(**_item(row, language), **_words(row, language, "name"))
        for row in _in_force(Passage, on=on, public=True).filter(page=page)
    ]


def due_for_review(*, on: date) -> list[Content]:
    """Items in force whose review day has come or that nobody has confirmed, the oldest first."""
    due: list[Content] = []
    for model in (Helpline, Advice, Setting, Sign, ExploitationType, Passage):
        rows = _in_force(model, on=on, public=False)
        due += rows.filter(Q(review_by__lte=on) | Q(verified=False))
    return sorted(due, key=lambda item: (item.review_by, item.verified, item.key))


def _in_force(model: type[C], *, on: date, public: bool) -> QuerySet[C]:
    rows = model.unrestricted.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on
    ).order_by("position")
    return rows.filter(public=True) if public else rows


def _item(row: Content, language: str) -> dict[str, Any]:
    return {
        "key": row.key,
        "text": _text(row, language, "text"),
        "lang": "" if _base(language) in row.words else FALLBACK,
        "source": row.source,
        "source_date": row.source_date,
        "verified": row.verified,
    }


def _words(row: Content, language: str, *fields: str) -> dict[str, Any]:
    return {field: _text(row, language, field) for field in fields}


def _text(row: Content, language: str, field: str) -> str:
    texts = row.words.get(_base(language)) or row.words[FALLBACK]
    return str(texts.get(field, ""))


def _base(language: str) -> str:
    return language.partition("-")[0]
