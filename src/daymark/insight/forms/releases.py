"""What an analyst fills in: what to count, how to keep it, how the gate stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from daymark.design.forms import Choices, ManyChoices
from daymark.insight import titles
from daymark.insight.definitions import (
    AREAS,
    LATEST,
    OWN,
    PUBLISHED_BY,
    TYPES,
    Definition,
    Ground,
    choices_of,
)
from daymark.insight.terms import Audience, By, Schedule


class ViewForm(forms.Form):
    """A view; its address says all of it."""

    all_optional = True

    measure = forms.ChoiceField(label=_("What to count"))
    period = forms.ChoiceField(label=_("When"))
    by = forms.MultipleChoiceField(
        label=_("Broken down by"),
        required=False,
        widget=ManyChoices,
        choices=[],
    )
    areas = forms.MultipleChoiceField(
        label=_("Only these areas"),
        help_text=_("None ticked: everywhere."),
        required=False,
        widget=ManyChoices,
    )
    types = forms.MultipleChoiceField(
        label=_("Only these types"),
        help_text=_("None ticked: every type."),
        required=False,
        widget=ManyChoices,
    )
    beside = forms.ChoiceField(label=_("Beside it, published figures of"), required=False)
    rates = forms.BooleanField(
        label=_("Also for each 100,000 residents"),
        help_text=_("Rounded until no count can be told from it. Needs an area."),
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        ground: Ground | None,
        names: Mapping[str, str],
        measures: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ground, self.names = ground, names
        own = [(OWN, gettext("Concerns reported to this partnership"))] if ground else []
        published = (gettext("Published figures"), list(measures))
        self._choose("measure", [*own, *([published] if measures else [])])
        self._choose("beside", [("", gettext("None")), *measures])
        self._choose("by", [(by.value, titles.by_name(by)) for by in By])
        self._choose("period", _periods(ground))
        codes = [] if ground is None else _codes(ground)
        self._choose("areas", [(code, titles.category(AREAS, code, names)) for code in codes])
        types = () if ground is None else ground.all_types
        self._choose("types", [(code, titles.category(TYPES, code, names)) for code in types])

    def _choose(self, field: str, choices: list[Any]) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        if chosen.get("measure", OWN) != OWN:
            by = set(chosen.get("by", ())) - {by.value for by in PUBLISHED_BY}
            if by:
                said = ", ".join(titles.by_name(By(one)).lower() for one in sorted(by))
                self.add_error(
                    "by", gettext("Published figures are not told apart by %(by)s.") % {"by": said}
                )
        return chosen

    @property
    def definition(self) -> Definition:
        return Definition.stored(self.cleaned_data)


def _codes(ground: Ground) -> list[str]:
    return [code for force, councils in ground.areas.items() for code in (force, *councils)]


def _periods(ground: Ground | None) -> list[Any]:
    found = choices_of(ground.months if ground else ())
    groups = {
        "year": gettext("Years"),
        "quarter": gettext("Quarters"),
        "month": gettext("Months"),
    }
    latest = found[LATEST] or [f"{LATEST}12"]
    return [
        (gettext("Latest"), [(code, titles.period(code)) for code in reversed(latest)]),
        *(
            (label, [(code, titles.period(code)) for code in found[key]])
            for key, label in groups.items()
            if found[key]
        ),
    ]


class KeepForm(forms.Form):
    """How a view is kept, for whom, and how often it is counted again."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        error_messages={"required": _("Give it a name by which you will find it again.")},
    )
    audience = forms.ChoiceField(
        label=_("Who sees it"),
        help_text=_(
            "A shared view is a question, not its answer: everybody counts for themselves."
        ),
        widget=Choices,
        initial=Audience.OWNER.value,
        choices=[
            (Audience.OWNER.value, _("Only me")),
            (Audience.AGENCY.value, _("My agency")),
            (Audience.PARTNERSHIP.value, _("All partner agencies")),
        ],
    )
    schedule = forms.ChoiceField(
        label=_("Count it again"),
        help_text=_("What it gives passes the same gate. You are told, also when it is refused."),
        widget=Choices,
        initial=Schedule.NEVER.value,
        choices=[
            (Schedule.NEVER.value, _("Only when I look")),
            (Schedule.MONTHLY.value, _("When a month has been counted")),
            (Schedule.QUARTERLY.value, _("When a quarter has been counted")),
        ],
    )

    def __init__(self, *args: Any, definition: Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = definition
        if definition.measure != OWN:  # these change with their editions, not by the month
            del self.fields["schedule"]

    def clean_schedule(self) -> str:
        chosen = str(self.cleaned_data["schedule"])
        if chosen == Schedule.NEVER:
            return chosen
        if not self.kept.rolls:
            raise forms.ValidationError(
                gettext(
                    "This view always counts the same months. Choose one of the latest periods "
                    "to count it again."
                )
            )
        return chosen


def _agreed() -> forms.CharField:
    return forms.CharField(
        label=_("Where this was agreed"),
        help_text=_("The meeting and its date."),
        max_length=300,
        error_messages={"required": _("Say where the partnership agreed to it.")},
    )


class GateForm(forms.Form):
    """How small a count may be that leaves."""

    minimum = forms.IntegerField(
        label=_("The smallest number shown"),
        help_text=_("Of concerns in a cell. Smaller ones, and what gives them away, are hidden."),
        min_value=2,
        max_value=1000,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )
    counted_after_days = forms.IntegerField(
        label=_("Days after which a month is counted"),
        help_text=_("A month is counted once and for good. Leave time to decide its concerns."),
        min_value=1,
        max_value=365,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )
    source = _agreed()


class ScopeForm(forms.Form):
    """The areas that counts tell apart, and from when."""

    forces = forms.MultipleChoiceField(
        label=_("Police force areas whose councils are told apart"),
        help_text=_("Concerns about anywhere else are counted together."),
        widget=ManyChoices,
        error_messages={"required": _("Tick at least one police force area.")},
    )
    since = forms.ChoiceField(
        label=_("From which month on"),
        help_text=_("A month that has been counted is never counted again."),
    )
    source = _agreed()

    def __init__(
        self,
        *args: Any,
        forces: Sequence[tuple[str, str]],
        months: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        said: Any = self.fields
        said["forces"].choices = list(forces)
        said["since"].choices = [(month, titles.period(month)) for month in months]
