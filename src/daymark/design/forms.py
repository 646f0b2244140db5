"""How every form of Daymark is drawn, and the few widgets Django lacks."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import django.forms
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

OURS = Path(__file__).parent / "templates" / "design"
DJANGOS = Path(django.forms.__file__).parent / "templates"

LONGEST = 20_000
"""Characters of one answer: more than anybody types, less than a request may carry."""


class DaymarkFormRenderer(DjangoTemplates):
    """The `FORM_RENDERER`: our markup for forms, fields, errors and widgets.

    A form may say `all_optional = True` when its page already tells people to skip what they
    like, so that "(optional)" is not repeated on every question.
    """

    form_template_name = "design/forms/form.html"
    formset_template_name = "design/forms/formset.html"
    field_template_name = "design/forms/field.html"

    @cached_property
    def engine(self) -> Any:
        # Django's own folder comes last, so that our widget templates of the same name win.
        return self.backend(
            {
                "APP_DIRS": True,
                "DIRS": [OURS, DJANGOS],
                "NAME": "daymarkforms",
                "OPTIONS": {},
            }
        )


class _Hinted(forms.widgets.ChoiceWidget):
    """Choices that can explain themselves: `hints` maps a value to a line under its label."""

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Any = (),
        hints: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.hints = dict(hints or {})

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["hint"] = self.hints.get(str(option["value"]), "")
        return option


class Choices(_Hinted, forms.RadioSelect):
    """Radio buttons with hints."""


class ManyChoices(_Hinted, forms.CheckboxSelectMultiple):
    """Tick boxes with hints."""


class DayInput(forms.DateInput):
    """The browser's own calendar; for people who enter days all day."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"class": "short", **(attrs or {})}, format="%Y-%m-%d")


def end_of(day: datetime.date) -> datetime.datetime:
    """The last moment of a day here."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.max))


class DateParts(forms.MultiWidget):
    """Day, month and year typed in three boxes; for a day somebody remembers."""

    template_name = "design/forms/date_parts.html"
    use_fieldset = True
    PARTS = (("day", _("Day"), 2), ("month", _("Month"), 2), ("year", _("Year"), 4))

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            part: forms.TextInput(
                {"inputmode": "numeric", "maxlength": size, "data-part": part, "data-label": label}
            )
            for part, label, size in self.PARTS
        }
        super().__init__(widgets, attrs)

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, datetime.date):
            return [value.day, value.month, value.year]
        if isinstance(value, str):
            # What was typed, given back as it was typed when it is no date.
            return [*reversed(value.split("-", 2))]
        return [None, None, None]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """One ISO day, for a plain `DateField` to judge; None when nothing was typed."""
        day, month, year = super().value_from_datadict(data, files, name)
        if not (day or month or year):
            return None
        return "-".join((part or "").strip() for part in (year, month, day))

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_day" if id_ else id_
