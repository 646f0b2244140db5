"""What was typed and not sent waits as long as the partnership says, and is then gone."""

import json
from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from tests.roles import as_role

from daymark.access.models import Draft
from daymark.audit.models import Entry
from daymark.concerns import actions
from daymark.concerns.terms import LimitOf
from daymark.concerns.tests.people import BEFORE, NOW, People, client_of
from daymark.concerns.tests.test_alike import arrive


def keep_for(days: int) -> None:
    with as_role("owner"):
        actions.content.set_limit(LimitOf.DRAFT_DAYS, days, source="test", at=BEFORE)


def typed(cast: People, page: str, *, days_ago: int) -> None:
    with as_role("partner", member_id=cast.officer.pk):
        actions.drafts.access.keep_draft(
            page, "{}", by=cast.officer, at=NOW - timedelta(days=days_ago, seconds=1)
        )


def left() -> list[str]:
    with as_role("owner"):
        return list(Draft.unrestricted.order_by("page").values_list("page", flat=True))


def test_what_nobody_came_back_to_is_deleted_and_the_trail_says_how_many(cast: People):
    keep_for(14)
    for page, days_ago in (("/13/", 13), ("/14/", 14), ("/40/", 40)):
        typed(cast, page, days_ago=days_ago)
    with as_role("worker"):
        assert actions.drafts.let_go(now=NOW) == 2
        assert actions.drafts.let_go(now=NOW) == 0
    assert left() == ["/13/"]
    with as_role("owner"):
        entry = Entry.unrestricted.get(verb="drafts.let_go")
    assert json.loads(entry.details) == {"drafts": 2}
    assert entry.actor is None


def test_without_a_number_no_draft_is_deleted(cast: People):
    typed(cast, "/400/", days_ago=400)
    with as_role("worker"):
        assert actions.drafts.let_go(now=NOW) == 0
    assert left() == ["/400/"]


@pytest.mark.parametrize("column", ["page", "body", "member_id"])
def test_the_worker_deletes_drafts_and_reads_none(cast: People, column: str):
    typed(cast, "/1/", days_ago=1)
    with as_role("worker"), pytest.raises(ProgrammingError), transaction.atomic():
        list(Draft.unrestricted.values_list(column))


def test_a_page_says_until_when_it_keeps_what_is_typed(cast: People):
    page = reverse("concern_ask", args=[arrive("A van.")])
    client = client_of(cast.officer)
    said = {"text": "Which car wash?", "do": "keep"}
    assert "until you come back." in client.post(page, said).content.decode()
    keep_for(14)
    day = date_format(timezone.localdate() + timedelta(days=14), "j F")
    kept = client.post(page, said).content.decode()
    assert f"Kept. It waits here until {day}." in kept
    assert f'data-saved="Draft kept until {day}"' in kept
