import datetime
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django import forms
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from daymark.design.forms import Choices, DateParts
from daymark.design.samples import EveryField

CONTROLS = {"input", "select", "textarea"}


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str, attribute: str) -> list[str]:
        return [
            attrs[attribute] or ""
            for name, attrs in self.tags
            if name == tag and attribute in attrs
        ]

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.tags if "id" in attrs]

    @property
    def controls(self) -> list[dict[str, str | None]]:
        return [
            attrs for name, attrs in self.tags if name in CONTROLS and attrs.get("type") != "hidden"
        ]


@pytest.fixture
def refused(alone: None) -> Page:
    return Page(str(EveryField({})))


def test_each_error_in_the_summary_links_to_a_control(refused: Page) -> None:
    targets = [href.removeprefix("#") for href in refused.all("a", "href")]
    assert len(targets) == len(EveryField({}).errors)
    assert set(targets) <= {control["id"] for control in refused.controls}


def test_every_control_has_a_label_and_every_description_exists(refused: Page) -> None:
    labelled = set(refused.all("label", "for"))
    assert {control["id"] for control in refused.controls} <= labelled
    described = [
        name for _, attrs in refused.tags for name in (attrs.get("aria-describedby") or "").split()
    ]
    assert "id_account_error" in described
    assert set(described) <= set(refused.ids)


def test_no_id_is_used_twice(refused: Page) -> None:
    assert len(refused.ids) == len(set(refused.ids))


def test_a_refused_control_says_so_and_keeps_its_autocomplete(refused: Page) -> None:
    email = next(control for control in refused.controls if control["name"] == "email")
    assert email["aria-invalid"] == "true"
    assert email["autocomplete"] == "email"


def test_an_accepted_form_has_no_summary(alone: None) -> None:
    assert 'class="errors"' not in str(EveryField())


def test_django_messages_name_their_field_in_the_summary(alone: None) -> None:
    assert "What they said: This field is required." in str(EveryField({}))


def test_a_question_needs_no_colon_before_the_message(alone: None) -> None:
    assert "Which desk takes it? This field is required." in str(EveryField({}))


def test_a_message_of_our_own_stands_alone(alone: None) -> None:
    class Told(forms.Form):
        where = forms.CharField(label="Where", error_messages={"required": "Say where it is"})

    assert 'href="#id_where">Say where it is</a>' in str(Told({}))


def test_an_error_of_the_whole_form_is_in_the_summary_without_a_link(alone: None) -> None:
    class Refuses(forms.Form):
        def clean(self) -> None:
            raise forms.ValidationError("Say at least one thing")

    assert "<li>Say at least one thing</li>" in str(Refuses({}))


def test_only_optional_fields_say_so(alone: None) -> None:
    class Some(forms.Form):
        needed = forms.CharField()
        spare = forms.CharField(required=False)

    class All(Some):
        all_optional = True

    assert str(Some()).count("(optional)") == 1
    assert "(optional)" not in str(All())


def test_a_limit_is_told_but_never_cuts_what_is_typed(alone: None) -> None:
    class Told(forms.Form):
        words = forms.CharField(max_length=500, widget=forms.Textarea)

    area = next(attrs for tag, attrs in Page(str(Told())).tags if tag == "textarea")
    assert "maxlength" not in area
    assert area["data-limit"] == "500"
    assert "Up to 500 characters" in str(Told())


def test_the_limit_of_a_translated_page_is_a_number_a_script_can_read(
    alone: None, settings: object
) -> None:
    class Told(forms.Form):
        words = forms.CharField(max_length=20000, widget=forms.Textarea)

    settings.USE_THOUSAND_SEPARATOR = True  # type: ignore[attr-defined]
    assert 'data-limit="20000"' in str(Told())


def test_a_choice_carries_its_hint(alone: None) -> None:
    class Asked(forms.Form):
        safe = forms.ChoiceField(
            choices=[("y", "Yes"), ("n", "No")], widget=Choices(hints={"n": "Why"})
        )

    page = Page(str(Asked()))
    no = next(control for control in page.controls if control["value"] == "n")
    assert no["aria-describedby"] == "id_safe_1_hint"
    assert "id_safe_1_hint" in page.ids


def test_what_people_type_is_escaped_everywhere(alone: None) -> None:
    class Told(forms.Form):
        name = forms.CharField(label="<i>Name</i>", help_text="<i>hint</i>")
        words = forms.CharField(widget=forms.Textarea)
        kind = forms.ChoiceField(choices=[("<i>", "<i>")], widget=Choices(hints={"<i>": "<i>"}))

    data = {"name": "", "words": "<i>", "kind": "<i>x</i>"}
    assert "<i>" not in str(Told(data))


class Born(forms.Form):
    born = forms.DateField(widget=DateParts, required=False)


def _typed(day: str, month: str, year: str) -> Born:
    data = QueryDict(mutable=True)
    data.update({"born_day": day, "born_month": month, "born_year": year})
    return Born(data)


@given(st.dates())
def test_a_day_typed_in_parts_is_that_day(day: datetime.date) -> None:
    form = _typed(str(day.day), str(day.month), f"{day.year:04}")
    assert form.is_valid()
    assert form.cleaned_data["born"] == day


@pytest.mark.parametrize(
    "parts", [("31", "2", "2020"), ("x", "", ""), ("", "5", "1990"), ("1", "13", "20")]
)
def test_a_day_that_is_none_is_refused_and_given_back_as_typed(
    alone: None, parts: tuple[str, str, str]
) -> None:
    form = _typed(*parts)
    assert not form.is_valid()
    values = [control.get("value") or "" for control in Page(str(form["born"])).controls]
    assert tuple(values) == parts


def test_no_day_at_all_is_no_day(html: Callable[..., str]) -> None:
    form = _typed("", "", "")
    assert form.is_valid()
    assert form.cleaned_data["born"] is None
