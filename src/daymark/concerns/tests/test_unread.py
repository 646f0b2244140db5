"""A house where no desk reads reports says so before anybody types, and loses nothing typed."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.doors import public_door
from tests.roles import as_role

from daymark.agencies import actions as agencies
from daymark.agencies.models import Desk
from daymark.concerns import actions
from daymark.concerns.models import Arrival, Route
from daymark.concerns.tests.people import BEFORE, content
from daymark.signs import actions as signs

REPORT = reverse("report", urlconf="daymark.site.urls_public")
TYPED = {"page": "quick", "to": "check", "danger": "yes", "what": "Six men.", "where": "CO2 8JX"}


@pytest.fixture
def nobody(db):
    """As `daymark up` leaves a house before `daymark found`."""
    with as_role("owner"):
        content(at=BEFORE)
        signs.load_content(at=BEFORE)
        assert not Desk.unrestricted.exists()


def hidden(page) -> str:
    return re.search(r'name="draft" value="([^"]+)', page.content.decode())[1]


def test_it_says_so_before_anybody_types(nobody):
    with public_door():
        page = Client().get(REPORT)
        body = page.content.decode()
    assert page.status_code == 503
    assert "Reports cannot be taken here yet" in body
    assert 'href="tel:999"' in body
    assert body.count('href="tel:') > 2
    assert "<textarea" not in body
    assert "Try again" not in body


def test_what_was_typed_comes_back_and_can_be_sent_once_somebody_reads(nobody):
    with public_door():
        page = Client().post(REPORT, TYPED)
        draft = hidden(page)
        body = page.content.decode()
        assert page.status_code == 503
        for words in ("Six men.", "CO2 8JX", "Yes, or it could happen today", "Try again"):
            assert words in body
        later = {"page": "check", "draft": draft, "to": "check"}
        assert "Six men." in Client().post(REPORT, later).content.decode()
    with as_role("owner"):
        force = agencies.open_agency(
            name="Force", kind="POLICE", regime="LAW_ENFORCEMENT", valid_from=BEFORE.date(),
            at=BEFORE,
        )  # fmt: skip
        desk = agencies.open_desk(agency=force, name="North", by=None, at=BEFORE)
        actions.content.set_route(None, desk=desk, source="test", at=BEFORE)
    with public_door():
        assert "<textarea" in Client().get(REPORT).content.decode()
        check = Client().post(REPORT, later)
        assert check.status_code == 200
        sent = Client().post(REPORT, {"page": "check", "draft": hidden(check), "to": "send"})
        assert "Keep this code" in sent.content.decode()
    with as_role("owner"):
        assert Arrival.unrestricted.count() == 1


def test_too_long_a_text_and_a_change_of_language_come_back_too(nobody):
    with public_door():
        long = "A van. " * 10_000
        assert long.strip() in Client().post(REPORT, TYPED | {"what": long}).content.decode()
        page = Client().post(REPORT, TYPED | {"to": "again:ro"})
        body = page.content.decode()
        assert "Aici încă nu se pot primi mesaje" in body
        assert "Six men." in body
        again = {"page": "check", "draft": hidden(page), "to": "again:vi"}
        assert "Six men." in Client().post(REPORT, again).content.decode()
        empty = Client().post(REPORT, {"page": "quick", "to": "again:ar"})
        assert "<textarea" not in empty.content.decode()


def test_a_report_that_no_route_takes_is_kept_in_the_page(cast):
    """The routes of some areas stand, and none for what they do not name."""
    with as_role("owner"):
        signs.load_content(at=BEFORE)
        actions.content.set_route(
            None, type_key="nail_bar", desk=cast.north, source="test", at=BEFORE
        )
        Route.unrestricted.filter(type="").update(valid_until=timezone.now().date())
    with public_door():
        check = Client().post(REPORT, TYPED)
        assert check.status_code == 200
        refused = Client().post(REPORT, {"page": "check", "draft": hidden(check), "to": "send"})
    assert refused.status_code == 503
    assert "Six men." in refused.content.decode()
