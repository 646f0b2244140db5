"""A key is changed and a desk closed: what was reported is still read, by whoever should."""

import secrets
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from tests.roles import as_role

from daymark.access import actions as access
from daymark.access import queries as known
from daymark.access.models import Dossier
from daymark.agencies import actions as agencies
from daymark.agencies.models import Seat
from daymark.agencies.terms import Role
from daymark.audit.models import Entry
from daymark.concerns import actions, queries
from daymark.concerns.models import Arrival
from daymark.concerns.terms import Dead
from daymark.concerns.tests.people import BEFORE, NOW, _member, concern
from daymark.design.ids import new_id
from daymark.vault import codes

PEPPER = secrets.token_bytes(32)
NAILS = actions.door.Details(setting="nail_bar")


@pytest.fixture
def desks(cast):
    """North reads of nail bars, the council everything else; south may take over from north."""
    with as_role("owner"):
        actions.content.set_route(None, desk=cast.safeguarding, source="test", at=BEFORE)
        actions.content.set_route(
            None, type_key="nail_bar", desk=cast.north, source="test", at=BEFORE
        )
        admin = _member("admin", Role.ADMINISTRATOR, cast.force, cast.south)
        Seat.unrestricted.filter(member=admin).delete()
        other = _member("other", Role.DESK_OFFICER, cast.council, cast.safeguarding)
    return SimpleNamespace(**vars(cast), admin=admin, other=other)


def file(what: str) -> tuple:
    pk, code = new_id(), codes.new()
    report = actions.door.Report(danger=False, what=what, where="", language="en", details=NAILS)
    with as_role("public"):
        actions.door.file_report(report, pk=pk, code=code, pepper=PEPPER, at=NOW)
    return pk, code


def add(code: codes.Code, text: str) -> None:
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        actions.door.add_to_report(thread, text, pk=new_id(), at=NOW)


def work() -> None:
    """What the worker does every other second."""
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
        actions.closing.bring_along(now=NOW)


def rotate(cast) -> None:
    with as_role("partner", member_id=cast.admin.pk):
        agencies.rotate_desk_key(desk=cast.north, by=cast.admin, at=NOW)


def close(cast, *, desk=None, successor=None) -> None:
    with as_role("partner", member_id=cast.admin.pk):
        actions.closing.close_desk(
            desk or cast.north, successor=successor or cast.south, by=cast.admin, at=NOW
        )


def read_by(member) -> set[str]:
    """What was said, in every concern that the pages and the database show a member."""
    with as_role("partner", member_id=member.pk):
        found = list(queries.desk.concerns_for(member, now=NOW))
        accounts = queries.desk.accounts(found, member, now=NOW).values()
        assert Dossier.unrestricted.count() == len(found)
        return {one.what for one in accounts}


def test_nothing_is_lost_when_the_key_is_changed_and_the_desk_closed(desks):
    first, code = file("Sealed to the first key.")
    work()
    _, waiting = file("Sealed to the first key, opened after it was changed.")
    rotate(desks)
    file("Sealed to the second key, opened after the desk was closed.")
    close(desks)
    add(waiting, "Sealed to the desk that is closed.")
    with as_role("owner"):
        assert Arrival.unrestricted.filter(opened_at=None).count() == 3
    work()
    everything = {
        "Sealed to the first key.",
        "Sealed to the first key, opened after it was changed.",
        "Sealed to the second key, opened after the desk was closed.",
    }
    assert read_by(desks.colleague) == everything
    for nobody in (desks.officer, desks.supervisor, desks.other, desks.responder, desks.admin):
        assert read_by(nobody) == set()
    # Whoever comes back with a code is heard by the desk that took over.
    add(code, "There is a second door.")
    work()
    with as_role("partner", member_id=desks.colleague.pk):
        said = queries.desk.messages_of(concern(desks.colleague, first), desks.colleague, now=NOW)
        assert [one.text for one in said] == ["There is a second door."]
    # What is reported now goes where the other routes lead.
    file("Reported after the desk was closed.")
    work()
    assert read_by(desks.other) == {"Reported after the desk was closed."}
    assert read_by(desks.colleague) == everything
    with as_role("owner"):
        assert not Arrival.unrestricted.filter(opened_at=None).exists()
        assert [one.why for one in queries.content.dead_routes(now=NOW)] == [Dead.CLOSED]


def test_what_was_brought_along_says_so_and_keeps_its_decisions(desks):
    pk, _ = file("A van.")
    work()
    with as_role("owner"):
        before = queries.desk._concerns(Dossier.unrestricted.filter(pk=pk)).values().get()
    close(desks)
    work()
    with as_role("partner", member_id=desks.colleague.pk):
        last = queries.desk.history_of(
            concern(desks.colleague, pk), desks.colleague, now=NOW
        ).first()
        assert (last.verb, last.detail, last.by) == ("TAKEN_OVER", "South", None)
    with as_role("owner"):
        after = queries.desk._concerns(Dossier.unrestricted.filter(pk=pk)).values().get()
        entry = Entry.unrestricted.get(verb="dossier.taken_over", dossier=pk)
        closed = Entry.unrestricted.get(verb="desk.closed")
    assert after == before
    assert str(desks.south.pk) in entry.details
    # Of what has just arrived nothing finer than the hour is kept.
    assert entry.at == last.at == NOW.replace(minute=0)
    assert (closed.actor, closed.object_id) == (desks.admin.pk, desks.north.pk)


def test_what_only_the_named_know_stays_theirs(desks):
    pk, _ = file("Only for the named.")
    work()
    with as_role("partner", member_id=desks.supervisor.pk):
        dossier = known.known_dossiers(desks.supervisor, now=NOW).get(pk=pk)
        access.restrict(dossier, named=[], by=desks.supervisor, at=NOW)
    close(desks)
    work()
    assert read_by(desks.supervisor) == {"Only for the named."}
    assert read_by(desks.colleague) == set()


def test_whoever_took_over_may_be_closed_in_turn(desks):
    file("Twice brought along.")
    with as_role("owner"):
        third = agencies.open_desk(agency=desks.force, name="Third", by=None, at=BEFORE)
        reader = _member("third", Role.DESK_OFFICER, desks.force, third)
    close(desks)
    close(desks, desk=desks.south, successor=third)
    work()
    assert read_by(reader) == {"Twice brought along."}


def test_bringing_along_goes_on_where_it_stopped(desks):
    for number in range(5):
        file(f"Report {number}.")
    work()
    close(desks)
    with as_role("worker"):
        moved = [actions.closing.bring_along(now=NOW, most=2) for _ in range(4)]
    assert moved == [2, 2, 1, 0]
    assert len(read_by(desks.colleague)) == 5


def test_a_desk_that_reads_everything_else_is_not_closed(desks):
    with as_role("owner"):
        actions.content.set_route(None, desk=desks.north, source="test", at=NOW)
    with pytest.raises(actions.closing.NobodyElseReads):
        close(desks)
    # Nor one that is to read it from a later day on.
    with as_role("owner"):
        starts = NOW.date() + timedelta(days=9)
        actions.content.set_route(None, desk=desks.safeguarding, source="test", at=NOW)
        actions.content.set_route(None, desk=desks.north, source="test", starts=starts, at=NOW)
    with pytest.raises(actions.closing.NobodyElseReads):
        close(desks)
    with as_role("owner"):
        actions.content.set_route(None, desk=desks.south, source="test", starts=starts, at=NOW)
    close(desks)


def test_nothing_is_laid_where_nobody_decides(desks):
    with as_role("owner"):
        empty = agencies.open_desk(agency=desks.force, name="Empty", by=None, at=BEFORE)
    with pytest.raises(actions.closing.NobodyDecides):
        close(desks, successor=empty)


def test_no_route_is_set_to_a_closed_desk_and_no_desk_closed_while_one_is_set(desks):
    close(desks)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [actions.content.SETTING])
            assert cursor.fetchone() == (False,)
    finally:
        other.close()
    with as_role("owner"), pytest.raises(agencies.DeskClosed):
        actions.content.set_route(None, desk=desks.north, source="test", at=NOW)


def test_each_route_says_who_would_read_instead(desks):
    with as_role("owner"):
        starts = NOW.date() + timedelta(days=9)
        actions.content.set_route(
            None, type_key="farm", desk=desks.north, source="test", starts=starts, at=NOW
        )
        leads = queries.content.leading_to(desks.north, on=NOW.date())
    assert [(one.route.type, one.instead) for one in leads] == [
        ("nail_bar", desks.safeguarding),
        ("farm", desks.safeguarding),
    ]
