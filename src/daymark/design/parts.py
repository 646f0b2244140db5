"""What views hand to the page components that need more than a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext


@dataclass(frozen=True)
class Link:
    """A place to go: a menu item, a tab, a language."""

    label: str
    url: str
    current: bool = False
    count: int | None = None
    lang: str = ""


@dataclass(frozen=True)
class Column:
    """A table's column heading; `sort_url` makes it a link."""

    label: str
    numeric: bool = False
    sort_url: str = ""
    sorted: str = ""
    hidden: bool = False


def sortable(label: str, key: str, query: QueryDict, *, numeric: bool = False) -> Column:
    """A column whose heading sorts by `?sort=key`, or `-key` when it already does.

    The other parameters survive; the page number does not.
    """
    current = query.get("sort", "")
    ascending, descending = current == key, current == f"-{key}"
    target = query.copy()
    target.pop("page", None)
    target["sort"] = f"-{key}" if ascending else key
    state = "ascending" if ascending else "descending" if descending else "none"
    return Column(label, numeric, f"?{target.urlencode()}", state)


class Pace(StrEnum):
    """How a deadline stands."""

    LATE = "late"
    SOON = "soon"
    OK = "ok"


@dataclass(frozen=True)
class Clock:
    """A deadline in words; the pace never speaks by colour alone."""

    text: str
    pace: Pace = Pace.OK
    at: datetime | None = None


def clock(due_at: datetime, *, now: datetime, soon: timedelta = timedelta(hours=4)) -> Clock:
    """Say how a deadline stands: "38 min late", "2 h left", "Mon 12:00", "3 Dec"."""
    if due_at < now:
        late = gettext("%(span)s late") % {"span": span(now - due_at)}
        return Clock(late, Pace.LATE, due_at)
    if due_at - now <= soon:
        left = gettext("%(span)s left") % {"span": span(due_at - now)}
        return Clock(left, Pace.SOON, due_at)
    local = timezone.localtime(due_at)
    days = (timezone.localdate(due_at) - timezone.localdate(now)).days
    if days == 0:
        return Clock(gettext("Today %(time)s") % {"time": date_format(local, "H:i")}, at=due_at)
    return Clock(date_format(local, "D H:i" if days < 7 else "j M"), at=due_at)


def span(length: timedelta) -> str:
    """A stretch of time in its largest unit, rounded down so that nobody is promised more."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return gettext("%(n)s min") % {"n": max(minutes, 1)}
    if minutes < 48 * 60:
        return gettext("%(n)s h") % {"n": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


@dataclass(frozen=True)
class Clash:
    """One field that two people changed: what is saved, and what you typed."""

    label: str
    theirs: str
    yours: str


def clashes(labels: Sequence[tuple[str, str]], *, saved: Any, typed: Any) -> list[Clash]:
    """The fields, named by (key, label), whose saved and typed values differ."""
    pairs = ((label, saved.get(key), typed.get(key)) for key, label in labels)
    return [
        Clash(label, _plain(theirs), _plain(yours))
        for label, theirs, yours in pairs
        if _plain(theirs) != _plain(yours)
    ]


def _plain(value: Any) -> str:
    return "" if value is None else str(value).strip()
