"""What was typed when a session ended waits where it was typed, and a password nowhere."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.access.models import Draft
from daymark.concerns.tests.people import People, client_of, people
from daymark.concerns.tests.test_alike import arrive

SAID = "What colour was the van?"


@pytest.fixture
def cast(db: None) -> People:
    with as_role("owner"):
        return people()


def idle(client: Client) -> Client:
    session = client.session
    session["daymark_seen_at"] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()
    return client


def way_back(answer) -> str | None:
    parts = urlsplit(answer["Location"])
    assert parts.path == reverse("account_login")
    return parse_qs(parts.query).get("next", [None])[0]


def test_a_form_sent_too_late_is_filled_in_again(cast: People):
    pk = arrive("A van.")
    for member, page, said in (
        (cast.officer, "concern_ask", {"text": SAID}),
        (cast.supervisor, "share", {"explanation": SAID, "compartments": "SOURCE"}),
        (cast.supervisor, "block", {"reason": SAID}),
    ):
        address = reverse(page, args=[pk])
        late = idle(client_of(member)).post(address, said)
        assert way_back(late) == address
        shown = client_of(member).get(address).content.decode()
        assert SAID in shown
        if page == "share":
            assert 'value="SOURCE" id="id_compartments_1" checked' in " ".join(shown.split())


def test_what_a_script_saves_too_late_waits_on_its_page(cast: People):
    address = reverse("concern_ask", args=[arrive("A van.")])
    late = idle(client_of(cast.officer)).post(reverse("draft"), {"text": SAID, "page": address})
    assert way_back(late) == address
    assert SAID in client_of(cast.officer).get(address).content.decode()


@pytest.mark.parametrize(
    "page", ["account_change_password", "account_reauthenticate", "mfa_reauthenticate", "account"]
)
def test_a_password_is_never_kept(cast: People, page: str):
    late = idle(client_of(cast.officer)).post(
        reverse(page), {"password": "lantern tide gravel", "code": "123456"}
    )
    assert way_back(late) is None
    with as_role("owner"):
        assert not Draft.unrestricted.exists()


@pytest.mark.parametrize("page", ["https://elsewhere.test/", "//elsewhere.test/", "", "/\0"])
def test_a_draft_leads_nowhere_else(cast: People, page: str):
    said = {"text": SAID, "page": page}
    assert client_of(cast.officer).post(reverse("draft"), said).status_code == 422
    assert way_back(idle(client_of(cast.officer)).post(reverse("draft"), said)) is None


def test_a_page_whose_address_is_too_long_keeps_no_draft(cast: People):
    late = idle(client_of(cast.officer)).post(
        reverse("rules_clock", args=["x" * 300]), {"text": SAID}
    )
    assert way_back(late) is None


def test_a_button_pressed_too_late_leads_to_today(cast: People):
    late = idle(client_of(cast.supervisor)).post(
        reverse("restriction_lift", args=[arrive("A van.")])
    )
    assert way_back(late) is None
