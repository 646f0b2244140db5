"""The page for a caller: every question, one press, one report, a code to read out."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from tests.roles import as_role

from daymark.concerns import actions, queries
from daymark.concerns.forms.phone import ASKED, LANGUAGES, PhoneForm
from daymark.concerns.forms.steps import STEPS
from daymark.concerns.models import Account, Arrival, Concern, Route, Source
from daymark.concerns.tests.people import NOW, People, client_of
from daymark.concerns.views import carried
from daymark.signs import actions as signs
from daymark.signs import queries as known_signs
from daymark.vault import codes

URL = "/concerns/phone/"
SAID = {
    "language": "ro",
    "danger": "yes",
    "what": "Six men sleep above the car wash.",
    "where": "Colchester",
    "setting": "car-wash",
    "signs": ["car-wash-clothes"],
    "vehicles": "white van",
    "ages": ["FROM_18_TO_29"],
    "relation": "NEIGHBOUR",
    "known": "CONFIDENTIAL",
    "name": "Una",
    "contact": "07700 900123",
    "safe": "mornings",
}


@pytest.fixture
def cast(cast) -> People:
    with as_role("owner"):
        signs.load_content(at=NOW)
    return cast


def token(page) -> str:
    return re.search(r'name="draft" value="([^"]+)"', page.content.decode())[1]


def opened() -> Concern:
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
    with as_role("owner"):
        return Concern.unrestricted.get()


def test_a_stranger_takes_no_call(cast):
    assert Client().get(URL).status_code == 302
    assert client_of(cast.responder).get(URL).status_code == 403


def test_the_page_asks_what_the_public_report_asks(cast):
    page = client_of(cast.officer).get(URL)
    assert page.status_code == 200
    body = page.content.decode()
    with as_role("public"):
        places = known_signs.settings(on=NOW.date())
    asked = PhoneForm(places=places).fields
    assert {step.name for step in STEPS} - {step.name for step in ASKED} == {"files"}
    for step in ASKED:
        assert set(step.form.base_fields) <= set(asked)
    for name in asked:
        assert f'name="{name}"' in body
    for place in places:
        for sign in place.signs:
            assert f'value="{sign.key}"' in body


def test_everything_said_arrives_and_the_code_opens_the_thread(cast):
    client = client_of(cast.officer)
    page = client.post(URL, SAID | {"draft": token(client.get(URL))})
    assert page.status_code == 200
    one = opened()
    with as_role("owner"):
        account, source = Account.unrestricted.get(), Source.unrestricted.get()
        assert (one.language, account.what, account.where) == ("ro", SAID["what"], SAID["where"])
        assert account.details["vehicles"] == "white van"
        assert account.details["signs"] == ["car-wash-clothes"]
        assert (source.known, source.name, source.safe) == ("CONFIDENTIAL", "Una", "mornings")
    code = codes.parse(code_on(page))
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=carried.pepper())
    assert thread.pk == one.pk


def code_on(page) -> str:
    body = page.content.decode()
    panel = body[body.index('class="code') :]
    return " ".join(re.findall(r"\b\d{4}\b", panel)[:7])


def test_pressed_twice_it_files_once_and_shows_the_same_code(cast):
    client = client_of(cast.officer)
    said = SAID | {"draft": token(client.get(URL))}
    first, second = client.post(URL, said), client.post(URL, said)
    assert code_on(first) == code_on(second)
    with as_role("owner"):
        assert Arrival.unrestricted.count() == 1


def test_going_back_and_saying_more_files_another_with_its_own_code(cast):
    """Rather than to drop what was added behind the same page."""
    client = client_of(cast.officer)
    said = SAID | {"draft": token(client.get(URL))}
    first = client.post(URL, said)
    second = client.post(URL, said | {"what": "Seven men."})
    assert code_on(first) != code_on(second)
    with as_role("owner"):
        assert Arrival.unrestricted.count() == 2


def test_a_page_whose_seal_is_gone_files_nothing_and_loses_nothing(cast):
    client = client_of(cast.officer)
    page = client.post(URL, SAID | {"draft": "no such thing"})
    assert page.status_code == 422
    assert SAID["what"] in page.content.decode()
    assert client.post(URL, SAID | {"draft": token(page)}).status_code == 200
    with as_role("owner"):
        assert Arrival.unrestricted.count() == 1


def test_nothing_at_all_is_no_report(cast):
    client = client_of(cast.officer)
    page = client.post(URL, {"language": "en", "draft": token(client.get(URL))})
    assert page.status_code == 422
    assert "Write anything at all" in page.content.decode()


def test_an_anonymous_caller_leaves_no_name(cast):
    client = client_of(cast.officer)
    client.post(URL, SAID | {"known": "ANONYMOUS", "draft": token(client.get(URL))})
    opened()
    with as_role("owner"):
        source = Source.unrestricted.get()
        assert (source.name, source.contact) == ("", "")


def test_what_was_typed_is_kept_until_the_caller_rings_again(cast):
    client = client_of(cast.officer)
    client.post(URL, SAID | {"do": "keep", "draft": token(client.get(URL))})
    body = client.get(URL).content.decode()
    assert SAID["what"] in body
    assert "white van" in body
    assert re.search(r'value="car-wash-clothes"[^>]*checked', body)
    client.post(URL, SAID | {"draft": token(client.get(URL))})
    assert SAID["what"] not in client.get(URL).content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_concern_in_any_of_the_languages_can_be_shown(cast, language):
    client = client_of(cast.officer)
    client.post(URL, SAID | {"language": language, "draft": token(client.get(URL))})
    page = client.get(reverse("concern", args=[opened().pk]))
    assert page.status_code == 200
    assert "Taken on the phone" in page.content.decode()


def test_where_no_desk_reads_reports_nothing_is_filed_and_nothing_lost(cast):
    with as_role("owner"):
        Route.unrestricted.all().delete()
    client = client_of(cast.officer)
    page = client.post(URL, SAID | {"draft": token(client.get(URL))})
    body = page.content.decode()
    assert page.status_code == 422
    assert "No desk reads reports yet" in body
    assert SAID["what"] in body
    assert SAID["contact"] in body
    with as_role("owner"):
        assert not Arrival.unrestricted.exists()
