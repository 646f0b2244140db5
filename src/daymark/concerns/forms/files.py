"""Files that a reporter chooses."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """The files themselves are taken in while the request is read: see `views.uploads`."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Photos, films or papers"),
            help_text=_("Only what you already have. Do not go back to take more."),
            required=False,
            widget=ManyFiles(attrs={"multiple": True}),
        )
