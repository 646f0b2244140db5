"""What the pages of studies say in words: why a row was refused, what a method does, its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from daymark.insight.estimating import CHECKS
from daymark.insight.terms import Method, Progress, Stratum, Unfit
from daymark.insight.tokens import Refusal

ROWS_NAMED = 12


@dataclass(frozen=True)
class Told:
    """One reason, for all the rows it holds for."""

    why: str
    remedy: str
    rows: Sequence[int]
    number: int

    @property
    def more(self) -> int:
        return self.number - len(self.rows)


def refused(refusals: Sequence[Refusal]) -> list[Told]:
    """Reasons in the order they first came up; what stood in the rows is never repeated."""
    by: dict[tuple[Unfit, str], list[int]] = {}
    for one in refusals:
        by.setdefault((one.why, one.column), []).append(one.row)
    return [
        Told(*_why(why, column), rows[:ROWS_NAMED], len(rows)) for (why, column), rows in by.items()
    ]


def _why(why: Unfit, column: str) -> tuple[str, str]:
    make = _("Make tokens where the list is kept, as shown below, and upload those.")
    codes = _("Write F, M, X or U; an age band such as 18-24; a GSS area code; a year.")
    form = _("A token is 32 to 128 letters and digits of hexadecimal, 128 bits at least.")
    return {
        Unfit.EMPTY: (_("The token is missing"), make),
        Unfit.NAME: (_("This reads like a name or words"), make),
        Unfit.EMAIL: (_("This reads like an e-mail address"), make),
        Unfit.PHONE: (_("This reads like a phone number"), make),
        Unfit.DAY: (_("This reads like a date"), make),
        Unfit.NHS: (_("This reads like an NHS or phone number"), make),
        Unfit.REFERENCE: (_("This reads like a reference or record number"), make),
        Unfit.WORDS: (_("As long as a token, but no chance made it: words or a number"), make),
        Unfit.CLEAR: (_("Clear text in another spelling (hexadecimal or base64)"), make),
        Unfit.FORM: (_("This is no token"), form),
        Unfit.CODE: (_("The column “%(column)s” holds no such code") % {"column": column}, codes),
        Unfit.DIFFERS: (
            _("The same person twice on this list, with different codes"),
            _("Keep one row for each person, or leave the differing code empty."),
        ),
        Unfit.WIDTH: (
            _("More or fewer columns than the header has"),
            _("Give every row every column."),
        ),
        Unfit.LEVELS: (
            _("The column “%(column)s” tells too many groups apart") % {"column": column},
            _("Use wider bands or areas: small groups point at people."),
        ),
        Unfit.MIXED: (
            _("Tokens of different lengths"),
            _("Make all of them in one way, with one project secret."),
        ),
        Unfit.COLUMN: (
            _("Column %(column)s of the header is none we take") % {"column": column},
            _(
                "A file holds a column called token, and if you like sex, age, area and year. "
                "Take everything else out."
            ),
        ),
        Unfit.COLUMN_TWICE: (_("A column stands in the header twice"), _("Keep one of them.")),
        Unfit.NO_TOKEN: (_("No column is called token"), make),
        Unfit.NO_CSV: (_("This is not a CSV file in UTF-8"), _("Save it as CSV (UTF-8).")),
        Unfit.NOBODY: (_("The file has a header and no rows"), make),
    }[why]


def method_name(method: str) -> str:
    return {
        Method.STEPWISE: _("Stepwise log-linear"),
        Method.BIC: _("Best of all log-linear models"),
        Method.GRAPHS: _("Average over graphs"),
        Method.LATENT: _("Latent classes"),
        Method.THRESHOLD: _("Bayesian threshold"),
        CHECKS: _("Checks"),
    }.get(method, method)


def method_hint(method: str) -> str:
    return {
        Method.STEPWISE: _(
            "As for the official estimate of 2013: begins with independent lists and adds the "
            "dependences it finds. The interval repeats the choice for each resample."
        ),
        Method.BIC: _("Compares every model. With six lists and more it takes several minutes."),
        Method.GRAPHS: _("Weighs many models of which lists depend on each other (Bayesian)."),
        Method.LATENT: _("Takes people to be of several kinds, some harder to see (Bayesian)."),
        Method.THRESHOLD: _("Keeps the dependences that stand out (Bayesian)."),
    }[Method(method)]


def stratum_name(stratum: str) -> str:
    return {
        Stratum.SEX: _("Sex"),
        Stratum.AGE: _("Age band"),
        Stratum.AREA: _("Area"),
        Stratum.YEAR: _("Year"),
    }[Stratum(stratum)]


def state_name(state: str) -> tuple[str, str]:
    """In words, and the kind of tag."""
    return {
        Progress.QUEUED: (_("Waiting"), "plain"),
        Progress.RUNNING: (_("Being worked out"), "sea"),
        Progress.DONE: (_("Done"), "kelp"),
        Progress.FAILED: (_("Failed"), "signal"),
        Progress.CANCELLED: (_("Cancelled"), "plain"),
    }[Progress(state)]


def verdict(words: str) -> tuple[str, str, str]:
    """The verdict as a title, what it means, and the kind of notice."""
    return {
        "usable": (
            _("Usable"),
            _("Nothing that was checked speaks against it. Publish it with interval and limits."),
            "success",
        ),
        "indicative": (
            _("Indicative"),
            _("Say the order of magnitude, and why it can be no more exact."),
            "warning",
        ),
    }.get(
        words,
        (
            _("Do not publish"),
            _("No figure of this page is to leave the study. Say that the lists do not settle it."),
            "error",
        ),
    )


def limits() -> list[tuple[str, str]]:
    """What must be true for any of it to mean anything, and why it may not be."""
    return [
        (
            _("Nobody came or went"),
            _("People enter and leave within a year. A longer period gives a higher figure."),
        ),
        (
            _("Everybody meant the same people"),
            _("A suspected victim on one list and a confirmed one on another are not one measure."),
        ),
        (
            _("Everybody could have been seen"),
            _("Whoever nobody could ever have listed, in a closed household, is in no estimate."),
        ),
        (
            _("The same person has the same token"),
            _("A name spelt in two ways is two people, and makes the estimate too high."),
        ),
        (
            _("No list feeds another"),
            _("Where a charity refers to the police, their overlap says little about the unseen."),
        ),
        (
            _("The last assumption cannot be tested"),
            _("No data can show how all lists together hang together for those nobody saw."),
        ),
        (
            _("It is no list of names"),
            _("An estimate says how many, never who or where. It says nothing of one district."),
        ),
    ]


def option_rows(options: dict[str, Any], strata: Sequence[str]) -> list[tuple[str, str]]:
    rows = [
        (_("Methods"), ", ".join(method_name(one) for one in options["methods"])),
        (_("Resamples"), f"{options['resamples']:,}"),
        (_("Threshold of the stepwise method"), f"{options['threshold']:g}"),
    ]
    if options["max_order"]:
        rows.append((_("Most lists in one interaction"), str(options["max_order"])))
    if strata:
        rows.append((_("Also by"), ", ".join(stratum_name(one) for one in strata)))
    if options["override"]:
        rows.append((_("Estimated against the guard, because"), options["override"]))
    return rows
