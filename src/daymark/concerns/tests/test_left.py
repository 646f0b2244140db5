"""A visit that somebody left: whoever finds its pages in the browser finds nothing."""

import re
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import Client
from tests.doors import public_door
from tests.roles import as_role

from daymark.concerns import actions
from daymark.concerns.models import Left, Thread

WORDS = "Six men above the car wash."


@pytest.fixture
def door(cast) -> Iterator[Client]:
    with public_door():
        yield Client()


def carried(answer) -> dict[str, str]:
    html = answer.content.decode()
    hidden = re.findall(r'<input type="hidden" name="(visit|page|draft)" value="([^"]*)"', html)
    return dict(hidden)


def test_a_visit_has_one_number_from_the_first_page_to_the_code(door):
    quick = carried(door.get("/questions/"))
    check = carried(door.post("/questions/", quick | {"what": WORDS, "to": "check"}))
    sent = carried(door.post("/questions/", check | {"to": "send"}))
    assert quick["visit"] == check["visit"] == sent["visit"]
    assert carried(door.get("/questions/"))["visit"] != quick["visit"]


@pytest.mark.parametrize("stage", ["quick", "check", "code"])
def test_nothing_of_a_visit_that_was_left_is_shown_or_taken(door, stage):
    # Given the request behind a page, as a browser keeps it
    sends = carried(door.get("/questions/")) | {"what": WORDS, "to": "check"}
    if stage != "quick":
        sends = carried(door.post("/questions/", sends)) | {"to": "send"}
    if stage == "code":
        sends = carried(door.post("/questions/", sends)) | {"to": "kept", "last": ""}
    with as_role("owner"):
        before = Thread.unrestricted.count()
    # When its reporter leaves, and somebody sends it again
    assert door.post("/leave/", {"visit": sends["visit"]}).status_code == 200
    answer = door.post("/questions/", sends)
    # Then an empty form is all there is
    assert answer.status_code == 302
    assert answer["Location"] == "/questions/"
    with as_role("owner"):
        assert Thread.unrestricted.count() == before


def test_the_messages_of_a_visit_that_was_left_are_not_shown_again(door):
    asked = carried(door.get("/back/")) | {"code": "0000 0000"}
    door.post("/leave/", {"visit": asked["visit"]})
    answer = door.post("/back/", asked)
    assert (answer.status_code, answer["Location"]) == (302, "/back/")


def test_who_has_said_how_the_code_ends_has_left(door):
    check = door.post("/questions/", {"page": "quick", "what": WORDS, "to": "check"})
    code = door.post("/questions/", carried(check) | {"to": "send"})
    last = re.findall(r"<span>(\d{2,4})</span>", code.content.decode())[6]
    kept = carried(code) | {"to": "kept", "last": last}
    assert "Thank you" in door.post("/questions/", kept).content.decode()
    assert door.post("/questions/", kept).status_code == 302


def test_all_the_visits_of_a_document_are_left_at_once_and_nonsense_is_passed_over(door):
    two = [carried(door.get(address))["visit"] for address in ("/questions/", "/back/")]
    door.post("/leave/", {"visit": [*two, "nonsense", two[0]]})
    with as_role("owner"):
        assert {str(one.pk) for one in Left.unrestricted.all()} == set(two)


def test_no_fault_of_ours_keeps_anybody_here(door, monkeypatch):
    def broken(visits):
        raise OperationalError("the database is away")

    monkeypatch.setattr(actions.door, "leave", broken)
    visit = carried(door.get("/questions/"))["visit"]
    answer = door.post("/leave/", {"visit": visit})
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' in answer.content.decode()


@pytest.mark.parametrize("address", ["/questions/", "/back/", "/vi/questions/"])
def test_a_page_to_type_in_is_one_that_browsers_do_not_keep_for_back(door, address):
    answer = door.get(address)
    assert answer.status_code == 203
    assert answer["Cache-Control"] == "no-store"
