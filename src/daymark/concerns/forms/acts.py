"""What a desk fills in with others: asking, merging, handing on, agreeing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from daymark.concerns.forms.desk import GROUNDS
from daymark.concerns.terms import HandedOn, Outcome, Whom
from daymark.design.forms import LONGEST, Choices, DayInput, end_of


class InquireForm(forms.Form):
    about = forms.ChoiceField(
        label=_("What do you ask about?"),
        widget=Choices,
        error_messages={"required": _("Choose what you ask about.")},
    )
    reason = forms.CharField(
        label=_("Why do you ask?"),
        help_text=_(
            "The other desk reads this and nothing of your concern. Say what you need to know, "
            "and how to reach you."
        ),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Say why you ask, so that they can decide.")},
    )

    def __init__(self, *args: Any, about: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = about  # type: ignore[attr-defined]  # a choice field


class AnswerForm(forms.Form):
    all_optional = True  # what a share needs depends on whether it is shared

    outcome = forms.ChoiceField(
        label=_("What do you answer?"),
        widget=Choices(
            hints={
                Outcome.SHARED: _("They read what was said, until a day, on a basis."),
                Outcome.TALK: _("They read with whom to speak, and how."),
                Outcome.REFUSED: _("They read why not."),
            }
        ),
        choices=[
            (Outcome.SHARED, _("Share it with them")),
            (Outcome.TALK, _("Talk to us")),
            (Outcome.REFUSED, _("Not shared")),
        ],
        error_messages={"required": _("Choose what you answer.")},
    )
    text = forms.CharField(
        label=_("Your answer"),
        help_text=_("With whom to talk and how, or why not. They read exactly this."),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Write an answer: they see nothing else.")},
    )
    ground = forms.ChoiceField(
        label=_("On what basis is it shared?"),
        required=False,
        choices=[
            ("", _("Not shared")),
            *GROUNDS,
        ],
    )
    explanation = forms.CharField(
        label=_("Why the basis holds here"),
        widget=forms.Textarea,
        max_length=LONGEST,
        required=False,
    )
    until = forms.DateField(label=_("Shared until which day?"), widget=DayInput, required=False)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            field: Any = self.fields["outcome"]
            field.choices = [one for one in field.choices if one[0] != Outcome.SHARED]
            field.help_text = _("A supervisor of the desk can also share it.")
            for name in ("ground", "explanation", "until"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == Outcome.SHARED:
            for name, words in (
                ("ground", _("Nothing is shared without a basis: choose one.")),
                ("explanation", _("Say why the basis holds: the share stands on it.")),
                ("until", _("A share needs a last day.")),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, words)
        if cleaned.get("until"):
            cleaned["until"] = end_of(cleaned["until"])
        return cleaned


class MergeForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    into = forms.CharField(
        label=_("Which one is kept?"),
        help_text=_("The reference of a concern of your desk, like 3F7K-9Q2M."),
        max_length=12,
        widget=forms.TextInput(attrs={"class": "short"}),
        error_messages={"required": _("Give the reference of the concern that is kept.")},
    )


class UnmergeForm(forms.Form):
    leave_kept = forms.BooleanField(
        label=_("Leave the one that was kept as it has become"), required=False
    )

    def __init__(self, *args: Any, offer: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not offer:
            self.fields["leave_kept"].widget = forms.HiddenInput()


class HandOnForm(forms.Form):
    """One form for all three: what is asked depends on what leaves the desk."""

    all_optional = True  # what is needed depends on what leaves the desk

    version = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What leaves the desk?"),
        widget=Choices(
            hints={
                HandedOn.EMERGENCY: _("Told to an emergency service; note its reference."),
                HandedOn.SAFEGUARDING: _("Referred to the authority; note its reference."),
                HandedOn.INFORMATION: _(
                    "A text for an intelligence unit that says nothing of who told us."
                ),
            }
        ),
        choices=[
            (HandedOn.EMERGENCY, _("An emergency, passed on")),
            (HandedOn.SAFEGUARDING, _("A safeguarding referral")),
            (HandedOn.INFORMATION, _("Information for intelligence")),
        ],
        error_messages={"required": _("Choose what leaves the desk.")},
    )
    agency: Any = forms.ModelChoiceField(
        label=_("To which organisation?"),
        queryset=None,
        required=False,
        empty_label=_("Another one, named below"),
    )
    other = forms.CharField(label=_("Another organisation"), required=False, max_length=200)
    reference = forms.CharField(
        label=_("Their reference"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "medium"}),
    )
    whom = forms.ChoiceField(
        label=_("For whom is the referral?"),
        help_text=_("Where age is in doubt: a child."),
        widget=Choices,
        required=False,
        choices=[(Whom.CHILD, _("A child")), (Whom.ADULT, _("An adult at risk"))],
    )
    text = forms.CharField(
        label=_("The information"),
        help_text=_(
            "In your own words, without anything that could tell who told us. It is information, "
            "not intelligence: somebody trained evaluates it."
        ),
        widget=forms.Textarea,
        max_length=LONGEST,
        required=False,
    )
    sure = forms.BooleanField(
        label=_("I have read it again: nothing in it tells who told us"), required=False
    )

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]
        self.fields["sure"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if bool(cleaned.get("agency")) == bool(cleaned.get("other")):
            self.add_error("agency", _("Choose an organisation, or name another one."))
        if kind in {HandedOn.EMERGENCY, HandedOn.SAFEGUARDING} and not cleaned.get("reference"):
            self.add_error("reference", _("Give their reference, so that it can be found again."))
        if kind == HandedOn.SAFEGUARDING and not cleaned.get("whom"):
            self.add_error("whom", _("Say whether it is for a child or for an adult."))
        if kind == HandedOn.INFORMATION and not cleaned.get("text"):
            self.add_error("text", _("Write the information."))
        if kind != HandedOn.SAFEGUARDING:
            cleaned["whom"] = ""
        if kind != HandedOn.INFORMATION:
            cleaned["text"] = ""
        return cleaned

    def warn(self, repeated: list[str]) -> None:
        """Hold it until somebody has looked at what may tell who told us."""
        self.fields["sure"].widget = forms.CheckboxInput()
        shown = "; ".join(f"“{words}”" for words in repeated[:5])
        self.add_error(
            "text",
            gettext(
                "This may tell who told us: %(words)s. Write it in other words, or tick below "
                "that it does not."
            )
            % {"words": shown},
        )


class ProposalForm(forms.Form):
    """Agreeing needs no words; declining does."""

    reason = forms.CharField(
        label=_("If you decline: why?"),
        widget=forms.Textarea,
        max_length=LONGEST,
        required=False,
    )
