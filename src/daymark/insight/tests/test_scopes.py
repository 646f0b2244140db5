"""What is counted, and which areas are told apart since when."""

import re
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from tests.roles import as_role

from daymark.audit.models import Entry
from daymark.insight.actions import counts as actions
from daymark.insight.definitions import following
from daymark.insight.models import Scope
from daymark.insight.queries import counts as queries

from .counted import ESSEX, KENT, NOW, People, concern, people, tell
from .test_counts import PLENTY
from .test_releasing import browser, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]

OTHER_AREAS = {"forces": [ESSEX], "since": "2026-11", "source": "Board of 20 November"}


@pytest.fixture
def cast(db) -> Iterator[People]:
    with as_role("owner"):
        found = people()
        tell(PLENTY)
    with override_settings(ROOT_URLCONF="daymark.site.urls_partner"):
        yield found


def test_whoever_counts_sees_it_and_only_the_coordinator_sets_it(cast: People):
    for url, allowed in (("/insight/areas/", cast.commissioner), ("/insight/areas/set/", None)):
        assert browser(None).get(url)["Location"].startswith("/sign-in/")
        assert browser(cast.officer).get(url).status_code == 403
        assert browser(cast.coordinator).get(url).status_code == 200
        assert browser(cast.commissioner).get(url).status_code == (200 if allowed else 403)
    said = page(browser(cast.analyst), "/insight/areas/")
    assert "Colchester" in said
    assert "From January 2020 on" in said
    assert "Choose other areas" not in said
    assert "12 months" in said
    assert re.findall(r'aria-current="page">(\w+)', said) == ["Views"], "where its way back leads"


def test_other_areas_begin_with_a_month_that_nobody_has_counted(cast: People):
    client = browser(cast.coordinator)
    form = page(client, "/insight/areas/set/")
    assert 'value="2026-11"' in form
    assert 'value="2026-10"' not in form
    wrong = client.post("/insight/areas/set/", OTHER_AREAS | {"since": "2026-10", "source": ""})
    assert wrong.status_code == 200
    assert "Say where the partnership agreed to it." in wrong.content.decode()
    assert client.post("/insight/areas/set/", OTHER_AREAS).status_code == 302
    said = page(client, "/insight/areas/")
    assert "From January 2020, until November 2026 begins" in said
    assert "Board of 20 November" in said
    with as_role("owner"):
        entry = Entry.unrestricted.get(verb="scope.set", actor=cast.coordinator.pk)
        scope = Scope.unrestricted.get(source="Board of 20 November")
        assert entry.object_id == scope.pk
        assert queries.scope() != scope, "no month of it has been counted"
    assert list(scope.areas) == [ESSEX]
    assert 'value="2026-11"' not in page(client, "/insight/areas/set/")


def test_a_counted_month_is_never_told_apart_anew(cast: People):
    with as_role("owner"):
        for month in ("2026-10", "2020-01"):
            with pytest.raises(actions.AlreadyCounted):
                actions.set_scope([KENT], since=queries.first_day(month), source="test", at=NOW)


def test_the_next_month_is_counted_by_the_new_areas_in_a_ledger_of_its_own(cast: People):
    with as_role("owner"):
        actions.set_scope([ESSEX], since=queries.first_day("2026-11"), source="x", at=NOW)
        later = NOW.replace(year=2027, month=1)
        concern(cast.desk, NOW)
    with as_role("worker"):
        counted = {f"{one.month:%Y-%m}": one for one in actions.count_months(now=later)}
    assert list(counted["2026-11"].scope.areas) == [ESSEX]
    with as_role("partner"):
        assert queries.ledger(queries.scope()) == []
        months = queries.ground(queries.scope()).months
    assert months == tuple(following("2026-11", months[-1]))


def test_the_database_lets_nobody_else_set_it_and_nobody_change_it(cast: People):
    def write(words: str) -> None:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(words)

    insert = (
        "INSERT INTO insight_scope (id, areas, types, since, source)"
        " VALUES (gen_random_uuid(), '{}', '[]', '2031-01-01', 's')"
    )
    for member in (cast.analyst, cast.officer, cast.commissioner):
        with as_role("partner", member_id=member.pk):
            write(insert)
    with as_role("partner", member_id=cast.coordinator.pk):
        write("DELETE FROM insight_scope")
        with connection.cursor() as cursor:
            cursor.execute(insert)
    with as_role("owner"):
        write("UPDATE insight_scope SET source = 'x'")
