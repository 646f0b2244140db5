"""What reporters fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from daymark.concerns.forms.files import FilesField
from daymark.design.forms import LONGEST, Choices


class UncutForm(forms.Form):
    """Lets no browser cut off what is too long without a word: our error says so, and keeps it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.error_messages["max_length"] = _(
                    "Too long: %(show_value)d characters, and %(limit_value)d are the most. "
                    "Shorten it here."
                )
            if isinstance(field.widget, forms.TextInput):
                field.widget.attrs.pop("maxlength", None)


class ReportForm(UncutForm):
    """Danger, what, where. Nothing is needed but anything at all."""

    all_optional = True

    danger = forms.ChoiceField(
        label=_("Is anyone in danger right now?"),
        choices=[("yes", _("Yes, or it could happen today")), ("no", _("No, or I do not know"))],
        widget=Choices,
        required=False,
    )
    what = forms.CharField(
        label=_("What makes you worried?"),
        help_text=_("In any language. Who, what they do, what they look like, what was said."),
        widget=forms.Textarea(attrs={"autocomplete": "off"}),
        max_length=LONGEST,
        required=False,
    )
    where = forms.CharField(
        label=_("Where is it?"),
        help_text=_("A postcode, an address, or words: “behind the station, blue gate”."),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class KeptForm(UncutForm):
    """The end of the code, typed back, so that nobody leaves without having kept it."""

    last = forms.CharField(
        label=_("Type the last four digits of your code"),
        help_text=_("So that we both know you have kept it. The last word does as well."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
        error_messages={"required": _("Type the last four digits of your code.")},
    )


class CodeForm(UncutForm):
    code = forms.CharField(
        label=_("Your code"),
        help_text=_("The 28 digits or the nine words, with or without spaces."),
        max_length=2000,
        widget=forms.Textarea(attrs={"autocomplete": "off", "spellcheck": "false", "class": "low"}),
        error_messages={"required": _("Type your code.")},
    )


class AnswerForm(UncutForm):
    text = forms.CharField(
        label=_("Answer, or add something"),
        help_text=_("Only what you already know. Do not go back to look for more."),
        widget=forms.Textarea(attrs={"autocomplete": "off"}),
        max_length=LONGEST,
        error_messages={"required": _("Write something before you send.")},
    )
    files = FilesField()  # type: ignore[assignment]  # a declared field is no attribute

    def __init__(self, *args: Any, with_files: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].required = not with_files
