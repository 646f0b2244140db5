"""Whatever a page shows of a record is a read of it, and stands in its trail."""

import pytest
from django.urls import reverse
from tests.cast import Place, Relation
from tests.house.matrix import RECORDS
from tests.house.walk import address, ask
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
    "concern_inquire",
    "concern_merge",
    "concern_hand_on",
    "concern_proposal",
    "who_knows",
    "file_preview",
    "file_copy",
    "file_original",
]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_shows_a_record_writes_that_it_was_read(name: str, place: Place):
    member = place.members[Role.DESK_SUPERVISOR, place.north]
    case = place.cases[Relation.OWNER]
    url = address(name, case) if name in RECORDS else reverse(name)
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
