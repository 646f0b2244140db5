"""What the partnership and its desks set: each from a day on, with where it was agreed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from daymark.concerns import queries
from daymark.concerns.terms import LimitOf
from daymark.design.forms import Choices, DayInput

SHORT = {"class": "short"}


class _FromADay(forms.Form):
    """A rule begins today or later: what held before stays as it was."""

    starts = forms.DateField(
        label=_("From which day?"),
        widget=DayInput,
        error_messages={"required": _("Choose the day from which it holds.")},
    )
    source = forms.CharField(
        label=_("Where this was agreed"),
        help_text=_("The meeting or the paper, and its date."),
        max_length=300,
        error_messages={"required": _("Say where it was agreed.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["starts"].initial = today
        ours = [name for name in self.fields if name not in {"starts", "source"}]
        self.order_fields([*ours, "starts", "source"])

    def clean_starts(self) -> date:
        starts: date = self.cleaned_data["starts"]
        if starts < self.today:
            raise forms.ValidationError(
                gettext("That day is over: a rule begins today or on a later day.")
            )
        return starts


class _Hours(forms.DecimalField):
    """Hours, shown and typed as a number; a stretch of time to everybody else."""

    def __init__(self, *, least: float, **kwargs: Any) -> None:
        super().__init__(
            min_value=least,
            max_value=24 * 365,
            decimal_places=2,
            widget=forms.NumberInput(attrs=SHORT),
            error_messages={"min_value": _("It must be %(limit_value)s hours or more.")},
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, timedelta):
            return f"{value.total_seconds() / 3600:g}"
        return value

    def clean(self, value: Any) -> Any:
        hours = super().clean(value)
        return None if hours is None else timedelta(hours=float(hours))


class ClockForm(_FromADay):
    within = _Hours(
        label=_("Decided within how many hours?"),
        help_text=_("Counted from the end of the hour it arrived in. Half an hour is 0.5."),
        least=0.25,
    )
    escalate_after = _Hours(
        label=_("How many hours past that do the supervisors hear of it?"), least=0
    )


class LimitForm(_FromADay):
    value = forms.FloatField(widget=forms.NumberInput(attrs=SHORT | {"step": "any"}))

    def __init__(self, *args: Any, of: LimitOf, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        self.fields["value"].label = {
            LimitOf.IDLE_DAYS: _("After how many days?"),
            LimitOf.FLOOD_LIKENESS: _("How much of their words, in per cent?"),
            LimitOf.FLOOD_HOURS: _("How many hours apart at most?"),
            LimitOf.DRAFT_DAYS: _("After how many days?"),
        }[of]

    def clean_value(self) -> float:
        value: float = self.cleaned_data["value"]
        most = {
            LimitOf.IDLE_DAYS: 365,
            LimitOf.FLOOD_LIKENESS: 100,
            LimitOf.FLOOD_HOURS: 24 * 365,
            LimitOf.DRAFT_DAYS: 365,
        }
        if not 0 < value <= most[self.of]:
            raise forms.ValidationError(
                gettext("Give a number above 0 and up to %(most)s.") % {"most": most[self.of]}
            )
        return value / 100 if self.of == LimitOf.FLOOD_LIKENESS else value


class AllowanceForm(_FromADay):
    files = forms.IntegerField(  # type: ignore[assignment]  # Django takes fields off the class
        label=_("How many files to a report?"),
        min_value=1,
        max_value=1000,
        widget=forms.NumberInput(attrs=SHORT),
    )
    megabytes = forms.IntegerField(
        label=_("How many megabytes each at most?"),
        min_value=1,
        max_value=1000,
        widget=forms.NumberInput(attrs=SHORT),
    )
    kept_for = _Hours(label=_("How many hours does a file wait for its report?"), least=1)
    waiting_megabytes = forms.IntegerField(
        label=_("How many megabytes may wait for their reports, all together?"),
        help_text=_("When that is full, files are refused until some have been sent or let go."),
        min_value=1,
        max_value=10_000_000,
        widget=forms.NumberInput(attrs=SHORT),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        one, together = cleaned.get("megabytes"), cleaned.get("waiting_megabytes")
        if one and together and together < one:
            self.add_error("waiting_megabytes", _("Less than a single file may have."))
        return cleaned


class SecondPersonForm(_FromADay):
    wanted = forms.TypedChoiceField(
        label=_("Must a second member of the desk agree?"),
        widget=Choices(
            hints={
                "yes": _("One proposes it, another agrees. Nothing is done until then."),
                "no": _("Each member does it alone."),
            }
        ),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose yes or no.")},
    )


class RouteForm(_FromADay):
    area = forms.CharField(
        label=_("For which area?"),
        help_text=_(
            "The name or code of a council, county or police force area. Empty: everywhere that "
            "has no route of its own."
        ),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "medium"}),
    )
    type = forms.ChoiceField(label=_("For which kind of place?"), required=False)
    desk: Any = forms.ModelChoiceField(
        label=_("Which desk reads it?"),
        queryset=None,
        required=False,
        empty_label=_("None of its own: the wider area's desk"),
    )

    def __init__(self, *args: Any, desks: Any, types: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [("", _("Every kind")), *types]  # type: ignore[attr-defined]
        field: Any = self.fields["desk"]
        field.queryset = desks
        field.label_from_instance = lambda desk: f"{desk.agency}: {desk}"

    def clean_area(self) -> Any:
        text = self.cleaned_data["area"].strip()
        found = queries.content.areas_called(text, on=self.today) if text else []
        if len(found) > 1:
            codes = ", ".join(f"{area} ({area.code})" for area in found)
            raise forms.ValidationError(
                gettext("Several areas are called so. Give the code of one: %(codes)s.")
                % {"codes": codes}
            )
        if text and not found:
            raise forms.ValidationError(
                gettext("No council, county or police force area has this name or code.")
            )
        return found[0] if found else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        anywhere = "area" in cleaned and not cleaned["area"] and not cleaned.get("type")
        if anywhere and not cleaned.get("desk") and "desk" not in self.errors:
            self.add_error("desk", _("What comes from everywhere else needs a desk: choose one."))
        return cleaned
