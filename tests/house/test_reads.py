"""Whatever a page shows of a record is a read of it, and stands in its trail."""

import pytest
from django.urls import reverse
from tests.cast import Place, Relation
from tests.house.walk import ask
from tests.roles import as_role

from daymark.agencies.terms import Role
from daymark.audit.models import Entry

PAGES = [
    "today",
    "concerns",
    "concerns_export",
    "notices",
    "concern",
    "concern_decide",
    "concern_pass",
    "concern_ask",
    "concern_close",
    "concern_reopen",
    "concern_paper",
    "who_knows",
]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_shows_a_record_writes_that_it_was_read(name: str, place: Place):
    member = place.members[Role.DESK_SUPERVISOR, place.north]
    case = place.cases[Relation.OWNER]
    of_one = name == "who_knows" or name.startswith("concern_") or name == "concern"
    url = reverse(name, args=[case.pk]) if of_one else reverse(name)
    written: list[str] = []

    def look() -> None:
        with as_role("owner"):
            found = Entry.unrestricted.filter(dossier=case.pk, actor=member.pk)
            written.extend(found.values_list("verb", flat=True))

    with as_role("owner"):
        before = Entry.unrestricted.filter(dossier=case.pk, actor=member.pk).count()
    answer = ask(place, member, "GET", url, before_undoing=look)
    assert answer.status == 200
    assert len(written) > before
