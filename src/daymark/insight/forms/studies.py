"""What an analyst fills in: a study, a list, a choice of methods."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from daymark.design.forms import Choices, DayInput, ManyChoices
from daymark.insight import wording
from daymark.insight.estimating import (
    FEWEST_RESAMPLES,
    MOST_RESAMPLES,
    USUAL_RESAMPLES,
    USUAL_THRESHOLD,
)
from daymark.insight.terms import Method
from daymark.insight.tokens import LARGEST

SHORTEST_REASON = 10
LARGEST_SEED = 2**31 - 1


class _WithPeriod(forms.Form):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first."))
        return cleaned


class StudyForm(_WithPeriod):
    name = forms.CharField(
        label=_("What is the study called?"),
        max_length=100,
        error_messages={"required": _("Give the study a name.")},
    )
    population = forms.CharField(
        label=_("Whom does it count?"),
        help_text=_(
            "Who belongs and who does not, in which area. All lists must mean the same people. "
            "No names."
        ),
        widget=forms.Textarea,
        max_length=2000,
        error_messages={"required": _("Say whom the study counts: the figure means nothing else.")},
    )
    first = forms.DateField(label=_("First day of the period"), widget=DayInput)
    last = forms.DateField(
        label=_("Last day of the period"),
        help_text=_("Twelve months at most, so that few come or go in between."),
        widget=DayInput,
    )


class ListForm(_WithPeriod):
    file = forms.FileField(
        label=_("The file of tokens"),
        help_text=_(
            "CSV with a column called token, and if you like sex, age, area and year. A file with "
            "names, dates of birth or numbers of people is refused whole."
        ),
        error_messages={"required": _("Choose a file of at most 25 MB.")},
    )
    label = forms.CharField(
        label=_("Short name of the list"),
        help_text=_("Such as Police or Council: it heads a column."),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "medium"}),
        error_messages={"required": _("Give the list a short name.")},
    )
    source = forms.CharField(
        label=_("Whose list is it, and how does somebody come to be on it?"), max_length=200
    )
    first = forms.DateField(label=_("First day it covers"), widget=DayInput)
    last = forms.DateField(label=_("Last day it covers"), widget=DayInput)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 25 MB."))
        return file

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"])
        if ":" in label or "+" in label:
            raise forms.ValidationError(_("Leave out colon and plus: they join names of lists."))
        return label


class ChooseForm(forms.Form):
    list: Any = forms.ModelChoiceField(
        label=_("Which list?"),
        queryset=None,
        empty_label=None,
        widget=Choices,
        error_messages={"required": _("Choose a list.")},
    )

    def __init__(self, *args: Any, lists: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["list"]
        field.queryset = lists
        field.label_from_instance = lambda one: (
            f"{one.label}: {one.source} ({one.first_date:%-d %b %Y} – {one.last_date:%-d %b %Y})"
        )


class ShowForm(forms.Form):
    agency: Any = forms.ModelChoiceField(
        label=_("Which agency?"),
        help_text=_("Only those with which yours has an agreement in date."),
        queryset=None,
        empty_label=_("Choose an agency"),
        error_messages={"required": _("Choose an agency.")},
    )
    until = forms.DateField(label=_("Until which day?"), widget=DayInput)

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]


class EstimateForm(forms.Form):
    methods = forms.MultipleChoiceField(
        label=_("Which methods?"),
        help_text=_("Their disagreement is part of the answer: leave all ticked if you can wait."),
        widget=ManyChoices,
        error_messages={"required": _("Choose at least one method.")},
    )
    resamples = forms.IntegerField(
        label=_("Resamples for the intervals"),
        min_value=FEWEST_RESAMPLES,
        max_value=MOST_RESAMPLES,
        initial=USUAL_RESAMPLES,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )
    threshold = forms.FloatField(
        label=_("Threshold of the stepwise method (p-value)"),
        min_value=0.001,
        max_value=0.2,
        initial=USUAL_THRESHOLD,
        widget=forms.NumberInput(attrs={"class": "short", "step": "any"}),
    )
    max_order = forms.TypedChoiceField(
        label=_("Most lists in one interaction (best of all models)"),
        choices=[("", _("As many as can be gone through")), ("2", "2"), ("3", "3"), ("4", "4")],
        coerce=int,
        empty_value=None,
        required=False,
    )
    strata = forms.MultipleChoiceField(
        label=_("Check also whether groups add up to the whole?"),
        widget=ManyChoices,
        required=False,
    )
    seed = forms.IntegerField(
        label=_("Seed of the random numbers"),
        help_text=_("Kept with the result: the same seed gives the same figures."),
        min_value=0,
        max_value=LARGEST_SEED,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )
    override = forms.CharField(
        label=_("Why estimate although the lists do not carry it?"),
        help_text=_(
            "At least ten letters. The result carries your reason and may not be published."
        ),
        widget=forms.Textarea,
        max_length=500,
        required=False,
    )

    def __init__(self, *args: Any, strata: Any, refused: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused = refused
        methods: Any = self.fields["methods"]
        methods.choices = [(one.value, wording.method_name(one)) for one in Method]
        methods.initial = [one.value for one in Method]
        methods.widget.hints = {one.value: wording.method_hint(one) for one in Method}
        if strata:
            field: Any = self.fields["strata"]
            field.choices = [(one, wording.stratum_name(one)) for one in strata]
            field.initial = list(strata)
        else:
            del self.fields["strata"]
        if not refused:
            del self.fields["override"]

    def clean_override(self) -> str:
        reason = str(self.cleaned_data["override"]).strip()
        if self.refused and len(reason) < SHORTEST_REASON:
            raise forms.ValidationError(_("Write down why, in at least ten letters."))
        return reason
