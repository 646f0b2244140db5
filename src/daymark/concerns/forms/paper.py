"""What of a concern is put on paper, for whom and why."""

from django import forms
from django.utils.translation import gettext_lazy as _

from daymark.access.parts import PURPOSES
from daymark.concerns.terms import Part
from daymark.design.forms import Choices, ManyChoices


class PaperForm(forms.Form):
    parts = forms.MultipleChoiceField(
        label=_("What goes on it?"),
        choices=[
            (Part.ACCOUNT, _("What was said")),
            (Part.DETAILS, _("What was answered a question at a time")),
            (Part.CONVERSATION, _("The conversation")),
            (Part.REPORTER, _("Who the reporter is")),
            (Part.HISTORY, _("What was done, by whom")),
        ],
        widget=ManyChoices(
            hints={
                Part.CONVERSATION: _("What the reporter wrote may show who they are."),
                Part.REPORTER: _(
                    "Name and contact only if they said that these may be shared with those who "
                    "help."
                ),
                Part.HISTORY: _("With the notes of this desk."),
            }
        ),
        initial=[Part.ACCOUNT, Part.DETAILS],
        error_messages={"required": _("Choose at least one part.")},
    )
    recipient = forms.CharField(
        label=_("For whom?"),
        help_text=_("A person and where they work. It is printed on every page."),
        max_length=150,
        error_messages={"required": _("Say for whom it is.")},
    )
    purpose = forms.ChoiceField(
        label=_("For what purpose?"),
        choices=PURPOSES,
        widget=Choices,
        error_messages={"required": _("Choose a purpose.")},
    )
