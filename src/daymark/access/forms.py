"""What a supervisor fills in to open or close a dossier, and a member in an emergency."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from daymark.access.parts import GROUNDS, PURPOSES
from daymark.access.terms import Compartment
from daymark.design.forms import Choices, DayInput, ManyChoices

if TYPE_CHECKING:
    from daymark.agencies.models import Agency, Member

LONGEST = 5000
TWO = _("An agreement is between two agencies or more.")

COMPARTMENTS = [
    (Compartment.ACCOUNT, _("What was said")),
    (Compartment.SOURCE, _("The reporter and the conversation")),
]


class ShareForm(forms.Form):
    all_optional = True  # an agency or a person: neither is optional, and not both are needed

    agency: Any = forms.ModelChoiceField(
        label=_("A whole agency"),
        queryset=None,
        empty_label=_("Choose an agency"),
        required=False,
    )
    member: Any = forms.ModelChoiceField(
        label=_("Or one person"),
        queryset=None,
        empty_label=_("Choose a person"),
        required=False,
    )
    compartments = forms.MultipleChoiceField(
        label=_("What may they read?"),
        help_text=_("With nothing ticked they see that it exists and how it stands."),
        choices=COMPARTMENTS,
        widget=ManyChoices,
        required=False,
    )
    purpose = forms.ChoiceField(
        label=_("For what purpose?"),
        choices=PURPOSES,
        widget=Choices,
        error_messages={"required": _("Choose the purpose.")},
    )
    ground = forms.ChoiceField(
        label=_("On what basis?"),
        choices=GROUNDS,
        widget=Choices,
        error_messages={"required": _("Choose the basis.")},
    )
    explanation = forms.CharField(
        label=_("Why this basis holds here"),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Say why the basis holds: the share stands on it.")},
    )
    until = forms.DateField(
        label=_("Until which day?"),
        widget=DayInput,
        error_messages={"required": _("A share needs a last day.")},
    )

    def __init__(self, *args: Any, agencies: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        self.fields["member"].label_from_instance = lambda one: f"{one.name}, {one.agency}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("agency")) == bool(cleaned.get("member")):
            self.add_error("agency", _("Choose one agency or one person."))
        return cleaned

    @property
    def recipient(self) -> Agency | Member:
        chosen: Agency | Member = self.cleaned_data["agency"] or self.cleaned_data["member"]
        return chosen


class RestrictForm(forms.Form):
    named: Any = forms.ModelMultipleChoiceField(
        label=_("Who may know besides you?"),
        help_text=_("For the rest of the desk it no longer exists, until somebody lifts it."),
        queryset=None,
        widget=ManyChoices,
        required=False,
    )

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["named"].queryset = members  # type: ignore[attr-defined]


class BlockForm(forms.Form):
    member: Any = forms.ModelChoiceField(
        label=_("Who has a conflict of interest?"),
        help_text=_("For them it no longer exists, wherever they sit and whatever is shared."),
        queryset=None,
        empty_label=_("Choose a person"),
        error_messages={"required": _("Choose who it is.")},
    )
    reason = forms.CharField(
        label=_("What is the conflict?"),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Say what the conflict is.")},
    )

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        self.fields["member"].label_from_instance = lambda one: f"{one.name}, {one.agency}"  # type: ignore[attr-defined]


class GlassForm(forms.Form):
    reference = forms.CharField(
        label=_("Reference"),
        help_text=_("Eight characters, as somebody told you: for example 7KFD-2QXZ."),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "short", "autocomplete": "off"}),
        error_messages={"required": _("Type the reference.")},
    )
    reason = forms.CharField(
        label=_("What is the emergency?"),
        help_text=_("The desk that holds it reads this at once."),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Say what the emergency is.")},
    )
    minutes = forms.TypedChoiceField(
        label=_("For how long?"),
        coerce=int,
        choices=[(15, _("15 minutes")), (30, _("30 minutes")), (60, _("An hour"))],
        initial=15,
        widget=Choices,
    )


class ReviewForm(forms.Form):
    justified = forms.TypedChoiceField(
        label=_("Was it justified?"),
        coerce=lambda word: word == "yes",
        choices=[("yes", _("Yes")), ("no", _("No: it will be looked into"))],
        widget=Choices,
        error_messages={"required": _("Choose yes or no.")},
    )


class AgreementForm(forms.Form):
    title = forms.CharField(
        label=_("Name of the agreement"),
        max_length=200,
        error_messages={"required": _("Type its name.")},
    )
    agencies: Any = forms.ModelMultipleChoiceField(
        label=_("Who signed it?"),
        queryset=None,
        widget=ManyChoices,
        error_messages={"required": TWO},
    )
    valid_from = forms.DateField(
        label=_("In force from"),
        widget=DayInput,
        error_messages={"required": _("From which day?")},
    )
    valid_until = forms.DateField(
        label=_("Until"), widget=DayInput, error_messages={"required": _("Until which day?")}
    )
    source = forms.CharField(label=_("Where it is kept"), max_length=300, required=False)

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agencies"].queryset = agencies  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first + timedelta(days=1):
            self.add_error("valid_until", _("It must end after it starts."))
        if "agencies" in cleaned and len(cleaned["agencies"]) < 2:
            self.add_error("agencies", TWO)
        return cleaned
