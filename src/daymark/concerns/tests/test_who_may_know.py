"""Opening a concern to others, and closing it: what is refused leaves nothing behind."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.access import actions as access
from daymark.access.models import Basis, Share
from daymark.concerns.tests.people import client_of
from daymark.concerns.tests.test_alike import arrive


@pytest.fixture
def agreed(cast):
    """The force and the council have an agreement for another thirty days."""
    now = timezone.now()
    with as_role("owner"):
        access.make_agreement(
            title="Between us",
            agencies=[cast.force, cast.council],
            valid_from=now - timedelta(days=1),
            valid_until=now + timedelta(days=30),
            source="test",
            by=None,
            at=now,
        )
    return cast


def asked(cast, days: int) -> dict[str, str]:
    return {
        "agency": str(cast.council.pk),
        "compartments": "ACCOUNT",
        "purpose": "SAFEGUARDING",
        "ground": "CONSENT",
        "explanation": "She agreed on the phone.",
        "until": (timezone.localdate() + timedelta(days=days)).isoformat(),
    }


def test_an_officer_opens_and_closes_it_to_nobody(cast):
    pk, client = arrive("A van."), client_of(cast.colleague)
    pages = ("who_knows", "share", "restrict", "block")
    assert {client.get(reverse(page, args=[pk])).status_code for page in pages} == {403}


@pytest.mark.parametrize("days", [-1, 60])
def test_a_share_that_is_refused_records_no_consent(agreed, days: int):
    """A basis left behind would say that somebody agreed, and then took it back."""
    pk, client = arrive("A van."), client_of(agreed.supervisor)
    page = client.post(reverse("share", args=[pk]), asked(agreed, days))
    assert page.status_code == 422
    shown = page.content.decode()
    assert "no agreement between the two agencies lasts that long" in shown
    assert "She agreed on the phone." in shown
    with as_role("owner"):
        assert not Basis.unrestricted.exists()
        assert not Share.unrestricted.exists()


def test_what_was_shared_opens_until_the_consent_is_withdrawn(agreed):
    pk, client = arrive("A van, EX12 ABC."), client_of(agreed.supervisor)
    responder = client_of(agreed.responder)
    concern = reverse("concern", args=[pk])
    assert responder.get(concern).status_code == 404
    done = client.post(reverse("share", args=[pk]), asked(agreed, 7))
    assert urlsplit(done["Location"]).path == reverse("who_knows", args=[pk])
    assert "EX12 ABC" in responder.get(concern).content.decode()
    with as_role("owner"):
        basis = Basis.unrestricted.get()
    told = client.post(reverse("basis_end", args=[basis.pk]), follow=True).content.decode()
    assert "These hold what they have already read: Council" in told
    assert responder.get(concern).status_code == 404
