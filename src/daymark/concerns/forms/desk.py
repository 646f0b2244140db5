"""What a desk fills in: one decision a page."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from daymark.access import parts as access
from daymark.access.terms import Ground
from daymark.concerns.terms import Closing, State, Urgency
from daymark.design.forms import LONGEST, Choices, ManyChoices

URGENCIES = [
    (Urgency.IMMEDIATE, _("Immediate")),
    (Urgency.TODAY, _("Today")),
    (Urgency.ROUTINE, _("Routine")),
]
GROUNDS = [one for one in access.GROUNDS if one[0] != Ground.CONSENT]
"""Those of a desk: the people a report is about have not been asked."""


class FilterForm(forms.Form):
    """What the inbox is narrowed to."""

    words = forms.CharField(label=_("Words or reference"), required=False, max_length=200)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Any state")),
            (State.NEW, _("New")),
            (State.OPEN, _("Open")),
            (State.CLOSED, _("Closed")),
        ],
    )
    urgency = forms.ChoiceField(
        label=_("Urgency"),
        required=False,
        choices=[("", _("Any urgency")), *URGENCIES],
    )
    late = forms.BooleanField(label=_("Past its clock"), required=False)
    answered = forms.BooleanField(label=_("The reporter answered"), required=False)
    like = forms.UUIDField(widget=forms.HiddenInput, required=False)


class _Versioned(forms.Form):
    """Carries the version its page was opened with, so that a conflict is noticed."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class DecideForm(_Versioned):
    urgency = forms.ChoiceField(
        label=_("How urgent is it?"),
        widget=Choices(
            hints={
                Urgency.IMMEDIATE: _("Somebody may be in danger now."),
                Urgency.TODAY: _("A child, or something that will not wait."),
                Urgency.ROUTINE: _("Everything else; it has a clock all the same."),
            }
        ),
        choices=URGENCIES,
        error_messages={"required": _("Choose how urgent it is.")},
    )
    types = forms.MultipleChoiceField(
        label=_("What might it be?"), widget=ManyChoices, required=False
    )
    note = forms.CharField(
        label=_("Why"),
        help_text=_("For whoever reads this after you."),
        widget=forms.Textarea,
        max_length=LONGEST,
        required=False,
    )

    def __init__(self, *args: Any, types: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["types"].choices = types  # type: ignore[attr-defined]  # a choice field


class PassForm(_Versioned):
    all_optional = True  # whether a basis is needed depends on the desk, as its hint says

    desk: Any = forms.ModelChoiceField(
        label=_("To which desk?"),
        queryset=None,
        empty_label=_("Choose a desk"),
        error_messages={"required": _("Choose a desk.")},
    )
    ground = forms.ChoiceField(
        label=_("On what basis?"),
        help_text=_("Needed when the desk belongs to another agency."),
        required=False,
        choices=[
            ("", _("Same agency: no basis needed")),
            *GROUNDS,
        ],
    )
    explanation = forms.CharField(
        label=_("Why does it belong there?"),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Say why, so that the other desk can go on.")},
    )

    def __init__(self, *args: Any, desks: Any, agency_id: object, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency_id = agency_id
        field = self.fields["desk"]
        field.queryset = desks  # type: ignore[attr-defined]  # a model choice field
        field.label_from_instance = lambda desk: f"{desk.agency}: {desk}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        desk = cleaned.get("desk")
        if desk and desk.agency_id != self.agency_id and not cleaned.get("ground"):
            self.add_error(
                "ground", _("Another agency may only receive it on a basis: choose one.")
            )
        return cleaned


class AskForm(forms.Form):
    text = forms.CharField(
        label=_("Your message"),
        help_text=_(
            "Ask only what the reporter already knows. Never ask them to go, watch, follow, film "
            "or find out: it endangers them."
        ),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Write a message.")},
    )

    def refuse_tasking(self, words: str) -> None:
        self.add_error(
            "text",
            gettext("“%(words)s” sends the reporter out to find more. Ask what they know already.")
            % {"words": words},
        )


class CloseForm(_Versioned):
    because = forms.ChoiceField(
        label=_("Why is it closed?"),
        widget=Choices,
        choices=[
            (Closing.HANDED_ON, _("Handed on as information")),
            (Closing.SAFEGUARDED, _("Safeguarding referral made")),
            (Closing.NOTHING_FOUND, _("Looked into; nothing more to do")),
            (Closing.NOT_OURS, _("Not about exploitation")),
            (Closing.DUPLICATE, _("Reported before, and not merged")),
            (Closing.TEST, _("A test or a joke")),
        ],
        error_messages={"required": _("Choose why it is closed.")},
    )
    note = forms.CharField(
        label=_("What was done"),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Say what was done.")},
    )


class ReopenForm(forms.Form):
    note = forms.CharField(
        label=_("Why is it open again?"),
        widget=forms.Textarea,
        max_length=LONGEST,
        error_messages={"required": _("Say why.")},
    )
