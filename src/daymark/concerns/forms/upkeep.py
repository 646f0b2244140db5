"""What an administrator fills in about the desks of an agency."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from daymark.concerns import queries
from daymark.design.forms import Choices

if TYPE_CHECKING:
    from daymark.agencies.models import Desk


class OpenForm(forms.Form):
    name = forms.CharField(
        label=_("What is the desk called?"),
        help_text=_("Other desks and agencies read this name."),
        max_length=200,
        error_messages={"required": _("Give the desk a name.")},
    )

    def __init__(self, *args: Any, taken: Iterable[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = {desk.name.casefold() for desk in taken}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.casefold() in self.taken:
            raise forms.ValidationError(
                gettext("Your agency has, or had, a desk of this name. Choose another.")
            )
        return name


class CloseForm(forms.Form):
    successor = forms.ChoiceField(
        label=_("Which desk takes over what lies here?"),
        help_text=_("Open and closed concerns, their conversations, and what reporters still add."),
        widget=Choices,
        error_messages={"required": _("Choose the desk that takes over.")},
    )

    def __init__(self, *args: Any, desks: Iterable[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desks = {str(desk.pk): desk for desk in desks}
        field: Any = self.fields["successor"]
        field.choices = [(pk, desk.name) for pk, desk in self.desks.items()]

    def clean_successor(self) -> Desk:
        desk = self.desks[self.cleaned_data["successor"]]
        if not queries.content.somebody_decides_at(desk):
            raise forms.ValidationError(
                gettext(
                    "Nobody sits at %(desk)s who may decide. Seat an officer or a supervisor there "
                    "first, under Members."
                )
                % {"desk": desk}
            )
        return desk
