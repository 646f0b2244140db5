"""What a member writes down for somebody on the phone travels as sealed as any report."""

import json

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from tests.roles import as_role

from daymark.audit.models import Entry
from daymark.concerns import actions, queries
from daymark.concerns.models import Arrival, Concern, Thread
from daymark.concerns.parts import event_words
from daymark.concerns.terms import Verb
from daymark.concerns.tests.people import NOW
from daymark.concerns.tests.test_road import PEPPER, REPORT
from daymark.design.ids import new_id
from daymark.vault import codes


def take(member, *, pk=None, code=None):
    pk, code = pk or new_id(), code or codes.new()
    with as_role("partner", member_id=member.pk):
        actions.door.take_call(REPORT, pk=pk, code=code, pepper=PEPPER, by=member, at=NOW)
    return pk, code


def test_it_arrives_like_any_report_and_history_says_who_took_it(cast):
    pk, code = take(cast.officer)
    with as_role("owner"):
        assert b"car wash" not in bytes(Arrival.unrestricted.get(pk=pk).sealed)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 1
    with as_role("partner", member_id=cast.officer.pk):
        one = Concern.unrestricted.get(pk=pk)
        event = queries.desk.history_of(one, cast.officer, now=NOW).get(verb=Verb.ARRIVED)
        assert (event.by, event_words(event.verb, event.detail)) == (
            cast.officer,
            "Taken on the phone",
        )
    with as_role("public"):
        assert queries.door.thread_of(code, pepper=PEPPER) is not None


def test_pressed_twice_it_is_filed_once(cast):
    pk, code = take(cast.officer)
    take(cast.officer, pk=pk, code=code)
    with as_role("owner"):
        assert Thread.unrestricted.count() == Arrival.unrestricted.count() == 1


def test_who_took_it_stands_in_the_trail_and_not_beside_the_envelope(cast):
    pk, _ = take(cast.officer)
    with as_role("owner"):
        entry = Entry.unrestricted.get(verb="call.taken")
        assert (entry.actor, entry.dossier) == (cast.officer.pk, None)
        stored = Arrival.unrestricted.filter(pk=pk).values().get()
    assert str(cast.officer.pk) not in json.dumps(stored, default=str)


def test_a_role_that_decides_nothing_files_nothing(cast):
    with pytest.raises(ProgrammingError), transaction.atomic():
        take(cast.responder)


def test_a_member_adds_nothing_in_the_reporters_name(cast):
    """Not by the way that callers' reports come in, either."""
    pk, _ = take(cast.officer)
    with as_role("owner"):
        thread = Thread.unrestricted.select_related("desk").get(pk=pk)
    with (
        as_role("partner", member_id=cast.officer.pk),
        pytest.raises(ProgrammingError),
        transaction.atomic(),
    ):
        actions.door.add_to_report(thread, "I lied.", pk=new_id(), at=NOW)
