"""What codes, tables and refusals of the partnership's own counts are called on a page."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from daymark.insight import naming
from daymark.insight.definitions import ALL, AREAS, LATEST, OWN, TYPES, Definition, Ground, span
from daymark.insight.terms import OTHER, SEVERAL, By, Why


def of(definition: Definition, ground: Ground, names: Mapping[str, str]) -> str:
    """ "Concerns by council and month: Essex, January to March 2026"."""
    said = [by_name(by).lower() for by in By if by in definition.by]
    joined = _(" and ").join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
    inside = [code for force, some in ground.areas.items() for code in (force, *some)]
    about = [category(AREAS, code, names) for code in inside if code in definition.areas]
    types = [code for code in ground.all_types if code in definition.types]
    about += [category(TYPES, code, names) for code in types]
    about = about if len(about) < 5 else [_("%(n)s areas and types") % {"n": len(about)}]
    about.append(period(span(definition.months(ground))))
    head = _("Concerns by %(what)s") % {"what": joined} if joined else _("Concerns")
    return f"{head}: {', '.join(about)}"[:300]


def query(definition: Mapping[str, Any]) -> str:
    """What was asked, for a machine: `concerns by:COUNCIL+MONTH areas:all types:all 2026-01/…`."""
    said = (f"{part}:{'+'.join(definition[part]) or 'all'}" for part in ("by", "areas", "types"))
    return " ".join([definition.get("measure", OWN), *said, definition["period"]])


def smaller_than_published(minimum: int) -> str:
    return _(
        "[c] stands for a number below %(minimum)s, or one that would give it away. The publisher "
        "prints it; in a small place one person can be recognised, so we show less."
    ) % {"minimum": minimum}


def by_name(by: By) -> str:
    return {
        By.FORCE: _("Police force area"),
        By.COUNCIL: _("Council"),
        By.TYPE: _("Type"),
        By.AGE: _("Age"),
        By.GENDER: _("Gender"),
        By.NATIONALITY: _("Nationality"),
        By.MONTH: _("Month"),
        By.QUARTER: _("Quarter"),
        By.YEAR: _("Year"),
    }[by]


def axis(name: str) -> str:
    return {AREAS: _("Area"), TYPES: _("Type")}.get(name, _("Period"))


def category(axis: str, code: str, names: Mapping[str, str]) -> str:
    """A category of a table, in words; several codes joined by plus signs become a list."""
    if axis == AREAS:
        return _area(code, names)
    if axis != TYPES:
        return period(code)
    if code in {ALL, SEVERAL, OTHER}:
        return {
            ALL: _("All types"),
            SEVERAL: _("More than one type"),
            OTHER: _("Not decided, or another type"),
        }[code]
    return _(" or ").join(naming.type_name(one) for one in code.split("+") if one)


def _area(code: str, names: Mapping[str, str]) -> str:
    if code == ALL:
        return _("All areas")
    if code == OTHER:
        return _("Elsewhere, or not known")
    if "+" in code:
        return _(" and ").join(_area(one, names) for one in code.split("+"))
    if code.endswith(OTHER):
        force = _area(code.removesuffix(OTHER), names)
        return _("%(force)s, council not known") % {"force": force}
    return names.get(code, code)


def period(code: str) -> str:
    """ "March 2026", "January to March 2026", "2025", "October 2025 to March 2026"."""
    if code.startswith(LATEST):
        number = int(code.removeprefix(LATEST))
        if number == 1:
            return _("The latest month")
        return _("The latest %(n)s months") % {"n": number}
    first, _sep, last = code.partition("/")
    if not last:
        return _month(first, "F Y")
    if first[:4] != last[:4]:
        return _("%(first)s to %(last)s") % {
            "first": _month(first, "F Y"),
            "last": _month(last, "F Y"),
        }
    if first.endswith("-01") and last.endswith("-12"):
        return first[:4]
    return _("%(first)s to %(last)s") % {
        "first": _month(first, "F"),
        "last": _month(last, "F Y"),
    }


def _month(month: str, form: str) -> str:
    return date_format(date.fromisoformat(f"{month}-01"), form)


def refusal(why: Why, earlier: Sequence[str]) -> str:
    if why is Why.SUBTRACTED:
        return _(
            "Together with what was shown before, somebody could work out a number that is hidden "
            "because it is small: %(earlier)s."
        ) % {"earlier": "; ".join(earlier)}
    return {
        Why.NOTHING_LEFT: _(
            "The numbers are so small that none of them could be shown. Ask for a longer period, "
            "a larger area or fewer breakdowns."
        ),
        Why.OTHER_RECORDS: _(
            "The numbers do not fit what was shown before, so nothing can be said of what they "
            "would give away. Tell whoever runs this deployment."
        ),
        Why.TOO_LARGE: _(
            "Too many tables cross each other for this one to be checked, and what was not "
            "checked is not shown. Ask for fewer breakdowns."
        ),
    }[why]
