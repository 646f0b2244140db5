"""What somebody says on the phone: all of a reporter's questions on one long page."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from daymark.concerns.forms.public import ReportForm
from daymark.concerns.forms.steps import STEPS, said_anything
from daymark.signs.queries import Place

LANGUAGES = str.split(
    "en ar bg bn es fa fr hi hu it lt lv ne pa pl pt ro ru sk sq ta th tr uk ur vi"
)
"""Languages that callers speak and Django has a name for."""


def _languages() -> list[tuple[str, str]]:
    named = [(code, str(get_language_info(code)["name_translated"])) for code in LANGUAGES]
    return sorted(named, key=lambda one: (one[0] != "en", one[1]))


ASKED = tuple(step for step in STEPS if step.name != "files")
"""What can be said on the phone; files come with the code, later."""


class PhoneForm(ReportForm):
    """The quick questions and every step of the guided path, each of them to be skipped."""

    FIRST = ("language", "danger", "what", "where")

    language = forms.ChoiceField(
        label=_("Which language does the caller speak?"),
        help_text=_("Write in English what you hear in it."),
        choices=_languages,
        initial="en",
    )

    def __init__(self, *args: Any, places: Sequence[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        # Every sign of every setting: nobody knows yet what the caller will say.
        every = {"signs": [sign.key for place in places for sign in place.signs]}
        for step in ASKED:
            for name, field in step.form(answers=every, places=places).fields.items():
                self.fields.setdefault(name, field)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        told = {name: value for name, value in cleaned.items() if name != "language"}
        if not self.errors and not said_anything(told):
            self.add_error("what", _("Write anything at all, even one sentence."))
        return cleaned

    @property
    def sections(self) -> Iterator[tuple[str, str, list[forms.BoundField]]]:
        """The questions under the headings of the path; what is asked first has none."""
        yield "", "", [self[name] for name in self.FIRST]
        for step in ASKED:
            names = [name for name in step.form.base_fields if name not in self.FIRST]
            yield step.name, str(step.title), [self[name] for name in names]
