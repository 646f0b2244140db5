"""The guided path: what else somebody may know, one thing a page, each of it optional."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from daymark.concerns.actions.door import Details, Report, Teller, attached
from daymark.concerns.forms.files import FilesField
from daymark.concerns.forms.public import UncutForm
from daymark.concerns.terms import Ages, Exactness, GoingOn, Known, Relation, Sexes
from daymark.design.forms import LONGEST, Choices, ManyChoices
from daymark.signs.queries import Place

Answers = dict[str, Any]
"""What was answered so far, by field; it travels sealed in the page."""

ANYWHERE = "anywhere"
"""The setting whose signs can show in every other one."""

SHORT = 500

AGES = [
    (Ages.UNDER_10, _("Under 10")),
    (Ages.FROM_10_TO_17, _("10 to 17")),
    (Ages.FROM_18_TO_29, _("18 to 29")),
    (Ages.FROM_30_TO_59, _("30 to 59")),
    (Ages.FROM_60, _("60 or over")),
]
SEXES = [
    (Sexes.FEMALE, _("Women or girls")),
    (Sexes.MALE, _("Men or boys")),
    (Sexes.OTHER, _("Other, or not sure")),
]


class StepForm(UncutForm):
    """One page of the path. `places` are the settings and signs of the day, in its language."""

    all_optional = True

    def __init__(
        self, *args: Any, answers: Answers, places: Sequence[Place] = (), **options: Any
    ) -> None:
        super().__init__(*args, **({"initial": answers} | options))
        for field in self.fields.values():
            # What a browser kept would be there for whoever opens the page next.
            field.widget.attrs.setdefault("autocomplete", "off")

    @property
    def only(self) -> forms.BoundField | None:
        """The one field of a page that asks one thing: its label is the page's heading."""
        found = list(self)
        return found[0] if len(found) == 1 else None


def _few(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, max_length=SHORT, required=False)


def _much(label: Any, hint: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"class": "low"})
    return forms.CharField(
        label=label, help_text=hint, max_length=LONGEST, widget=area, required=False
    )


def _one(label: Any, choices: Sequence[tuple[str, Any]], **hints: Any) -> Any:
    return forms.ChoiceField(
        label=label, choices=choices, widget=Choices(hints=hints), required=False
    )


def _many(label: Any, choices: Sequence[tuple[str, Any]]) -> Any:
    return forms.MultipleChoiceField(
        label=label, choices=choices, widget=ManyChoices, required=False
    )


class SettingForm(StepForm):
    setting = forms.ChoiceField(
        label=_("What kind of place is it?"), widget=Choices, required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["setting"].choices = [  # type: ignore[attr-defined]
            *((one.key, one.name) for one in options["places"] if one.key != ANYWHERE),
            ("", _("Something else, or not sure")),
        ]


class SignsForm(StepForm):
    signs = forms.MultipleChoiceField(
        label=_("Did you notice any of these?"),
        help_text=_("Only what you saw or heard. No sign proves anything, and none is needed."),
        widget=ManyChoices,
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        said = options["answers"]
        near = {ANYWHERE, said.get("setting")}
        chosen = set(said.get("signs", ()))
        self.fields["signs"].choices = [  # type: ignore[attr-defined]
            (place.name, [(sign.key, sign.text) for sign in place.signs])
            for place in sorted(options["places"], key=lambda one: one.key == ANYWHERE)
            # What was ticked stays, also after another kind of place was chosen.
            if place.key in near or chosen & {sign.key for sign in place.signs}
        ]


class PlaceForm(StepForm):
    where = _few(
        _("Where is it?"),
        _("A postcode, an address, a landmark, or the nearest town."),
    )
    exact = _one(
        _("How exact is that?"),
        [
            (Exactness.EXACT, _("It happens right there")),
            (Exactness.VAGUE, _("It is near there, and I want to keep it vague")),
        ],
    )


class WhenForm(StepForm):
    since = _few(
        _("When did you notice it?"), _("A day, a time, or words: “most evenings since May”.")
    )
    going_on = _one(
        _("Is it still going on?"),
        [
            (GoingOn.YES, _("Yes")),
            (GoingOn.NO, _("No, it has stopped")),
            (GoingOn.UNKNOWN, _("I do not know")),
        ],
    )


class PeopleForm(StepForm):
    how_many = _few(_("How many people?"), _("A guess is fine."))
    ages = _many(_("How old do they seem?"), AGES)
    sexes = _many(_("Who are they?"), SEXES)
    looks = _much(
        _("What do they look like, and what are they called?"),
        _("Also whoever seems to be in charge. Say who is who."),
    )


class VehiclesForm(StepForm):
    vehicles = _much(
        _("Any cars, vans or other vehicles?"),
        _("Number plate, make, colour, words on the side. Only what you already know."),
    )


class PhonesForm(StepForm):
    phones = _much(
        _("Any phone numbers or names online?"),
        _("Numbers, e-mail addresses, accounts, adverts."),
    )


class BusinessForm(StepForm):
    business = _much(
        _("Is there a business, an agency or a landlord?"),
        _("Its name, who runs it, who owns the house."),
    )


class FilesForm(StepForm):
    files = FilesField()  # type: ignore[assignment]  # a declared field is no attribute

    def clean(self) -> Answers:
        return {}  # what is attached stands among the answers already


class RelationForm(StepForm):
    relation = _one(
        _("How do you know about it?"),
        [
            (Relation.AFFECTED, _("It happens to me")),
            (Relation.CLOSE, _("I am close to somebody it happens to")),
            (Relation.WORKER, _("I work there")),
            (Relation.NEIGHBOUR, _("I live nearby")),
            (Relation.CUSTOMER, _("I was there as a customer or a guest")),
            (Relation.PROFESSIONAL, _("I met it through my work")),
            (Relation.OTHER, _("In another way")),
        ],
    )


class KnownForm(StepForm):
    known = _one(
        _("How far do you want to be known?"),
        [
            (Known.ANONYMOUS, _("Anonymous")),
            (Known.CONFIDENTIAL, _("Confidential")),
            (Known.SHARE, _("Share")),
        ],
        ANONYMOUS=_("We do not ask who you are. Only your code brings you back."),
        CONFIDENTIAL=_("The desk may know who you are. It does not pass that on."),
        SHARE=_("The desk may tell others who can help, such as the police, who you are."),
    )


class ContactForm(StepForm):
    name = _few(_("What may we call you?"), _("Any name you like, or none."))
    contact = _few(_("How may we reach you?"), _("A phone number or an e-mail address, or none."))
    safe = _much(
        _("When and how is that safe?"),
        _(
            "For example: “text only, mornings”, or “never leave a message”. If you say nothing "
            "here, nobody contacts you, and the desk writes to you through your code."
        ),
    )


def _may_be_reached(answers: Answers) -> bool:
    return answers.get("known") != Known.ANONYMOUS


@dataclass(frozen=True)
class Step:
    """One page of the guided path. Its address is the report's own: its name travels in the form.

    The form's fields are the names of the answers, and those of `door.Details` and `door.Teller`.
    """

    name: str
    form: type[StepForm]
    title: Promise
    """The heading of a page that asks several things."""

    template: str = "concerns/public/step.html"
    asked: Callable[[Answers], bool] = lambda answers: True
    """Whether the step is for somebody who answered this so far."""


STEPS = (
    Step("setting", SettingForm, _("The kind of place")),
    Step("signs", SignsForm, _("What you noticed")),
    Step("place", PlaceForm, _("The place")),
    Step("when", WhenForm, _("When it happens")),
    Step("people", PeopleForm, _("The people you worry about")),
    Step("vehicles", VehiclesForm, _("Vehicles")),
    Step("phones", PhonesForm, _("Phones and names online")),
    Step("business", BusinessForm, _("Business or landlord")),
    Step(
        "files",
        FilesForm,
        _("Photos, films or papers"),
        template="concerns/public/files.html",
    ),
    Step("relation", RelationForm, _("Who you are to this")),
    Step("known", KnownForm, _("How far you are known")),
    Step("contact", ContactForm, _("Is it safe to contact you?"), asked=_may_be_reached),
)


def steps_for(answers: Answers) -> list[Step]:
    return [step for step in STEPS if step.asked(answers)]


def said_anything(answers: Answers) -> bool:
    return any(value.strip() if isinstance(value, str) else value for value in answers.values())


def in_words(form: forms.Form, answers: Answers) -> Iterator[tuple[str, str, list[str]]]:
    """What was answered of a form: the field, what it asks, and the answer in the page's words."""
    for bound in form:
        value = answers.get(bound.name)
        if not value:
            continue
        if isinstance(bound.field, FilesField):
            yield bound.name, str(bound.label), [one.name for one in attached(answers)]
            continue
        many = value if isinstance(value, list) else [value]
        words = dict(_flat(getattr(bound.field, "choices", ())))
        yield bound.name, str(bound.label), [str(words.get(one, one)) for one in many]


def _flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield key, label


def report_of(answers: Answers, *, language: str) -> Report:
    """The report that these answers make. Whoever is anonymous takes no name along."""
    teller = {one.name: answers[one.name] for one in fields(Teller) if one.name in answers}
    if not _may_be_reached(answers):
        teller = {key: value for key, value in teller.items() if key in {"known", "relation"}}
    return Report(
        danger=answers.get("danger") == "yes",
        what=answers.get("what", ""),
        where=answers.get("where", ""),
        language=language,
        details=Details(
            **{one.name: answers[one.name] for one in fields(Details) if one.name in answers}
        ),
        teller=Teller(**teller),
        files=attached(answers),
    )
