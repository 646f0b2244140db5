"""Loading the shipped content, as the owner: whole or not at all, and idempotent."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from daymark.signs.models import (
    Advice,
    Content,
    ExploitationType,
    Helpline,
    Passage,
    Setting,
    Sign,
)
from daymark.signs.queries import FALLBACK
from daymark.signs.terms import Channel, Need

CONTENT = Path(__file__).parent / "content"

_WORDS = ("name", "text", "hours", "languages")
_FACTS: dict[type[Content], tuple[str, ...]] = {
    ExploitationType: ("element", "is_flag"),
    Setting: (),
    Sign: ("setting",),
    Helpline: ("need", "channel", "dialled", "shown", "area"),
    Advice: ("audience", "bearing"),
    Passage: ("page",),
}
_DEFAULTS: dict[str, Any] = {"is_flag": False, "area": ""}
# Changes of these correct the record about an item; what the public reads stays the same.
_ABOUT = ("position", "source", "source_date", "review_by", "owner", "verified")


class BadContent(Exception):
    """A content file says something that cannot be right."""


@dataclass(frozen=True)
class Loaded:
    opened: int
    closed: int


def load_content(*, at: datetime, content: Path = CONTENT) -> Loaded:
    """Bring the database to what the files say, dated by the day of `at`.

    A changed item closes its row and opens a new one; an item no longer in the files is closed.
    """
    today = timezone.localdate(at)
    opened = closed = 0
    with transaction.atomic():
        for model, items in _read(content).items():
            more, fewer = _bring(model, items, today)
            opened, closed = opened + more, closed + fewer
    return Loaded(opened=opened, closed=closed)


def _bring(model: type[Content], items: dict[str, dict[str, Any]], today: date) -> tuple[int, int]:
    standing = {row.key: row for row in model.unrestricted.filter(valid_to__isnull=True)}
    fresh: list[Content] = []
    closed = 0
    for key, item in items.items():
        row = standing.pop(key, None)
        if row and all(getattr(row, field) == item[field] for field in _shown(model)):
            model.unrestricted.filter(pk=row.pk).update(**{f: item[f] for f in _ABOUT})
            continue
        if row:
            _close(row, today)
            closed += 1
        fresh.append(model(key=key, valid_from=today, **item))
    for row in standing.values():
        _close(row, today)
        closed += 1
    model.unrestricted.bulk_create(fresh)
    return len(fresh), closed


def _shown(model: type[Content]) -> tuple[str, ...]:
    return ("words", "public", *_FACTS[model])


def _close(row: Content, today: date) -> None:
    """End a row today; one opened today was never in force for a day and leaves no trace."""
    if row.valid_from >= today:
        row.delete()
    else:
        type(row).unrestricted.filter(pk=row.pk).update(valid_to=today)


def _read(content: Path) -> dict[type[Content], dict[str, dict[str, Any]]]:
    """Facts and English words of every item, joined by the words of the other languages."""
    items: dict[type[Content], dict[str, dict[str, Any]]] = {model: {} for model in _FACTS}
    for model, raw in _entries(content / FALLBACK):
        key = raw["key"]
        if key in items[model]:
            raise BadContent(f"{key} stands twice")
        items[model][key] = _fields(model, raw, position=len(items[model]))
    for folder in sorted(p for p in content.iterdir() if p.is_dir() and p.name != FALLBACK):
        for model, raw in _entries(folder):
            if raw["key"] not in items[model]:
                raise BadContent(f"{folder.name} translates an unknown item: {raw['key']}")
            items[model][raw["key"]]["words"][folder.name] = _words(raw)
    return items


def _entries(folder: Path) -> Iterator[tuple[type[Content], dict[str, Any]]]:
    """Every item of a language's files; what stands under [common] holds for each of them."""
    for name, model in (
        ("types", ExploitationType),
        ("settings", Setting),
        ("helplines", Helpline),
        ("advice", Advice),
        ("passages", Passage),
    ):
        path = folder / f"{name}.toml"
        with path.open("rb") as text:
            file = tomllib.load(text)
        common = file.get("common", {})
        for entry in file[name]:
            whole = common | entry
            signs = whole.pop("signs", [])
            yield model, whole
            inherited = {k: v for k, v in whole.items() if k not in {"key", *_WORDS}}
            for sign in signs:
                yield Sign, inherited | {"setting": whole["key"]} | sign


def _fields(model: type[Content], raw: dict[str, Any], *, position: int) -> dict[str, Any]:
    if model is Helpline:
        _check_number(raw)
    facts = {name: raw.get(name, _DEFAULTS.get(name)) for name in _FACTS[model]}
    return facts | {
        "position": position,
        "words": {FALLBACK: _words(raw)},
        "source": raw["source"],
        "source_date": raw["source_date"],
        "review_by": raw["review_by"],
        "owner": raw["owner"],
        "verified": raw["verified"],
        "public": raw.get("public", raw["verified"]),
    }


def _words(raw: dict[str, Any]) -> dict[str, str]:
    return {field: raw[field] for field in _WORDS if field in raw}


def _check_number(raw: dict[str, Any]) -> None:
    """A number that reads differently from what the phone dials could cost somebody their call."""
    Need(raw["need"])
    Channel(raw["channel"])
    if raw["shown"].replace(" ", "") != raw["dialled"] or not raw["dialled"].isdigit():
        raise BadContent(f"{raw['key']}: {raw['shown']} does not dial {raw['dialled']}")
