"""Today, as somebody tired reads it: what cannot wait stands first, and nothing stands twice."""

import re
from datetime import timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.access import actions as access
from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.concerns import actions
from daymark.concerns.models import Concern
from daymark.concerns.terms import Closing, State, Step, Urgency
from daymark.concerns.tests.people import BEFORE, client_of, pass_to
from daymark.concerns.tests.people import concern as known
from daymark.concerns.tests.test_alike import arrive

HOUR = timedelta(hours=1)


def stands(pk: UUID, **how: object) -> None:
    """Half a day of a desk's work on a concern, in one line; a week old, and due in an hour."""
    now = timezone.now()
    usual = {"received_at": now - timedelta(days=7), "due_at": now + HOUR}
    with as_role("owner"):
        Concern.unrestricted.filter(pk=pk).update(**usual | how)


def headings(page: str) -> list[str]:
    return re.findall("<h2>(.*?)</h2>", page.partition("<aside")[0])


def in_order(page: str, *words: str) -> bool:
    assert [page.count(one) for one in words] == [1] * len(words)
    return sorted(words, key=page.index) == list(words)


def test_somebody_of_another_desk_finds_none_of_it(cast):
    arrive("A locked door.", danger=True)
    page = client_of(cast.colleague).get("/").content.decode()
    assert headings(page) == ["Nothing waits for you"]


def test_danger_comes_first_then_what_is_late_what_waits_and_what_is_new(cast):
    now = timezone.now()
    done = {"state": State.CLOSED, "closed_at": now, "closed_because": Closing.NOTHING_FOUND}
    stands(arrive("Pickers sleep in a barn."), **done)
    with as_role("owner"):
        actions.content.want_second_person(cast.north, Step.CLOSE, source="test", at=BEFORE)
    asked, asking = arrive("A van, EX12 ABC."), arrive("EX12 ABC by night.")
    with as_role("partner", member_id=cast.officer.pk):
        pass_to(known(cast.officer, asking), cast.south, by=cast.officer)
    inquire = reverse("concern_inquire", args=[asking])
    client = client_of(cast.colleague)
    handle = client.get(inquire).context["form"].fields["about"].choices[0][0]
    client.post(inquire, {"about": handle, "reason": "Whose?"})
    client_of(cast.supervisor).post(
        reverse("concern_close", args=[asked]),
        {"version": 1, "because": Closing.NOTHING_FOUND, "note": "A neighbour's"},
    )
    stands(asked)
    stands(arrive("Girls are moved about."), decided_at=now, state=State.OPEN)
    late = arrive("Boys carry parcels.")
    stands(late, due_at=now - HOUR)
    stands(arrive("A cook is never paid."), answer_waits=True, decided_at=now)
    stands(arrive("Her papers were taken."), answer_waits=True, due_at=now - 2 * HOUR)
    stands(arrive("He is beaten.", danger=True), due_at=now + HOUR / 2)
    stands(arrive("She rang again."), urgency=Urgency.IMMEDIATE, answer_waits=True, decided_at=now)
    page = client_of(cast.officer).get("/").content.decode()
    assert headings(page) == [
        "Somebody may be in danger now",
        "Past their clock",
        "The reporter answered",
        "Another desk asks",
        "A colleague wants a second person",
        "Waiting for a decision",
        "Decided, not closed",
        "Closed this week",
    ]
    assert in_order(
        page,
        *("He is beaten", "Her papers were taken", "Boys carry parcels", "A cook is never paid"),
        *("Force asks about", "Close it", "A van, EX12 ABC"),
        *("Girls are moved about", "Pickers sleep in a barn"),
    )
    assert "She rang again" in page.partition("Past their clock")[0]
    # A supervisor hears of it as well, and danger that was left lying is still danger.
    stands(late, due_at=now - HOUR, escalated_at=now)
    with as_role("owner"):
        Concern.unrestricted.filter(urgency=Urgency.IMMEDIATE, decided_at=None).update(
            escalated_at=now
        )
    page = client_of(cast.supervisor).get("/").content.decode()
    assert headings(page)[:3] == [
        "Somebody may be in danger now",
        "Past their clock by far",
        "Past their clock",
    ]
    assert in_order(page, "He is beaten", "Boys carry parcels", "Her papers were taken")


def test_where_more_cannot_wait_than_stands_there_a_link_leads_to_all(cast):
    for number in range(11):
        stands(arrive(f"Door {number} is locked."), due_at=timezone.now() - HOUR)
    client = client_of(cast.officer)
    page = client.get("/").content.decode()
    assert page.count("is locked") == 10
    assert "All 11 past their clock" in page
    with as_role("owner"):
        Concern.unrestricted.update(urgency=Urgency.IMMEDIATE)
    page = client.get("/").content.decode()
    (link,) = re.findall(r'<a href="([^"]+)">All that are immediate</a>', page)
    assert client.get(link).context["total"] == 11


def test_broken_glass_waits_for_a_supervisor_among_what_waits(cast):
    pk = arrive("A locked door.")
    with as_role("owner"):
        Member.unrestricted.filter(pk=cast.responder.pk).update(role=Role.DETECTIVE)
        reference = Concern.unrestricted.select_related("dossier").get(pk=pk).dossier.reference
    with as_role("partner", member_id=cast.responder.pk):
        access.break_glass(
            reference, "He may be there", minutes=15, by=cast.responder, at=timezone.now()
        )
    page = client_of(cast.supervisor).get("/").content.decode()
    assert headings(page)[-2:] == ["Broken glass to review", "Waiting for a decision"]
    assert "Broken glass" not in client_of(cast.officer).get("/").content.decode()
