from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daymark.concerns import rules
from daymark.concerns.terms import Reason, Urgency


def test_danger_outranks_everything():
    assert rules.urgency([Reason.CHILD, Reason.DANGER_NOW]) is Urgency.IMMEDIATE


def test_a_child_is_read_today():
    assert rules.urgency([Reason.CHILD]) is Urgency.TODAY


def test_nothing_pressing_is_routine():
    assert rules.urgency([]) is Urgency.ROUTINE


@pytest.mark.parametrize(
    "text",
    [
        "two boys with rucksacks",
        "She looks about 15 years old",
        "he is 9 yo",
        "a girl who never speaks",
        "children sleep there",
        "in school uniform",
    ],
)
def test_a_child_in_the_text_is_noticed(text: str):
    assert Reason.CHILD in rules.reasons(danger=False, text=text)


@pytest.mark.parametrize(
    "text", ["six men in a van", "they owe him 9000 pounds", "25 years in the trade", "a boycott"]
)
def test_no_child_is_read_into_other_words(text: str):
    assert Reason.CHILD not in rules.reasons(danger=False, text=text)


@given(st.booleans(), st.text())
def test_reasons_hold_danger_exactly_when_the_reporter_said_so(danger: bool, text: str):
    assert (Reason.DANGER_NOW in rules.reasons(danger=danger, text=text)) is danger


@given(st.datetimes(timezones=st.just(UTC)))
def test_nothing_finer_than_the_hour_survives(moment: datetime):
    kept = rules.rounded(moment)
    assert (kept.minute, kept.second, kept.microsecond) == (0, 0, 0)
    assert timedelta() <= moment - kept < timedelta(hours=1)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Could you go back and count them?", "go back"),
        ("Please take a photo of the van", "take a photo"),
        ("Can you find out his name?", "find out"),
        ("Next time you see her, ask her", "Next time you"),
        ("Ask them where they sleep", "Ask them"),
    ],
)
def test_a_question_that_tasks_the_reporter_is_caught(question: str, words: str):
    assert rules.tasking(question) == words


@pytest.mark.parametrize(
    "question",
    [
        "Do you remember which evenings the van came?",
        "What colour was the gate?",
        "Is it safe for you to write here?",
        "Roughly how many people live there, as far as you know?",
    ],
)
def test_a_question_about_what_is_already_known_is_let_through(question: str):
    assert rules.tasking(question) is None
