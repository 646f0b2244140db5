"""Pages for when something is wrong stand in the house's look and need nothing that may be down."""

import pytest
from django.core.exceptions import BadRequest
from django.test import Client, RequestFactory
from django.views import defaults
from django.views.csrf import csrf_failure


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (lambda r: defaults.server_error(r), 500, "Something went wrong here"),
        (lambda r: defaults.bad_request(r, BadRequest()), 400, "That could not be read"),
    ],
    ids=["500", "400"],
)
def test_it_is_drawn_without_a_database_a_session_or_a_door(answer, status, words):
    page = answer(RequestFactory().get("/"))
    assert page.status_code == status
    assert f"<h1>{words}</h1>" in page.content.decode()
    assert "design/daymark" in page.content.decode()


def test_a_form_without_its_token_is_told_to_be_sent_again():
    page = csrf_failure(RequestFactory().post("/"))
    assert page.status_code == 403
    assert "Please send it again" in page.content.decode()


@pytest.mark.django_db
def test_an_address_nobody_knows_answers_the_same_twice_and_does_not_repeat_it():
    first, second = Client().get("/nothing/at/all/"), Client().get("/another/address/")
    assert first.status_code == 404
    assert first.content == second.content
    assert b"There is nothing here" in first.content
