"""From a sealed report to the desk and back, each step as the process that does it."""

import re
import secrets
import time
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.doors import public_door
from tests.roles import as_role

from daymark.access import actions as access
from daymark.access.terms import Ground
from daymark.concerns import actions, queries
from daymark.concerns.models import (
    Account,
    Arrival,
    Concern,
    Event,
    Letter,
    Message,
    Source,
    Thread,
)
from daymark.concerns.terms import Closing, Direction, Known, Reason, State, Told, Urgency
from daymark.concerns.tests.people import NOW, concern, pass_to
from daymark.design.ids import new_id
from daymark.vault import codes

PEPPER = secrets.token_bytes(32)
REPORT = actions.door.Report(
    danger=True, what="Six men sleep above the car wash.", where="CO2 8JX", language="en"
)


def file(report=REPORT, *, at=NOW, pk=None, code=None):
    pk, code = pk or new_id(), code or codes.new()
    with as_role("public"):
        actions.door.file_report(report, pk=pk, code=code, pepper=PEPPER, at=at)
    return pk, code


def arrive(report=REPORT, *, at=NOW):
    pk, code = file(report, at=at)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=at) == 1
    return pk, code


def test_the_public_door_cannot_read_what_it_took_in(cast):
    file()
    with as_role("public"):
        assert not Thread.unrestricted.exists()
        with pytest.raises(ProgrammingError), transaction.atomic():
            list(Arrival.unrestricted.all())


def test_what_is_stored_says_nothing_of_what_was_said(cast):
    pk, _ = file()
    with as_role("owner"):
        sealed = bytes(Arrival.unrestricted.get(pk=pk).sealed)
    assert b"car wash" not in sealed
    assert len(sealed) > 4096


def test_filing_the_same_report_twice_files_it_once(cast):
    pk, code = file()
    file(pk=pk, code=code)
    with as_role("owner"):
        assert Arrival.unrestricted.count() == Thread.unrestricted.count() == 1


def finer_than_the_hour(since: int) -> set[str]:
    """The columns that hold the moments of this test, or ids that were made in it."""
    found, until = set(), time.time_ns() // 1_000_000
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('uuid', 'timestamp with time zone')"
        )
        for table, column, kind in cursor.fetchall():
            cursor.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
            for (one,) in cursor.fetchall():
                if kind == "uuid":
                    fine = one.version == 7 and since <= one.int >> 80 <= until
                else:
                    fine = one == NOW or since <= one.timestamp() * 1000 <= until
                if fine:
                    found.add(f"{table}.{column}")
    return found


def test_only_the_hour_is_kept(cast):
    since = time.time_ns() // 1_000_000
    hour = NOW.replace(minute=0)
    file(pk=new_id(hour))
    pk, code = file(pk=new_id(hour))
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        said = {"pk": new_id(hour), "at": NOW, "danger": True}
        actions.door.add_to_report(thread, "EX12 ABC", **said)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 3
    with as_role("owner"):
        one = Concern.unrestricted.get(pk=pk)
        assert finer_than_the_hour(since) == set()
    assert one.received_at == hour


def test_an_answer_stands_after_the_question_of_the_same_hour(cast):
    pk, code = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        actions.desk.ask(concern(cast.officer, pk), "Which days?", by=cast.officer, at=NOW)
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        actions.door.add_to_report(thread, "Tuesdays", pk=new_id(), at=NOW)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 1
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        said = [each.text for each in queries.desk.messages_of(one, cast.officer, now=NOW)]
        verbs = [each.verb for each in queries.desk.history_of(one, cast.officer, now=NOW)]
    assert said == ["Which days?", "Tuesdays"]
    assert verbs[:2] == ["ANSWERED", "ASKED"]


def test_the_worker_lays_it_on_the_desk_and_empties_the_envelope(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        (account,) = queries.desk.accounts([one], cast.officer, now=NOW).values()
        assert account.what == REPORT.what
        assert one.urgency == Urgency.IMMEDIATE
        assert one.due_at == one.received_at + timedelta(hours=2)
    with as_role("owner"):
        assert bytes(Arrival.unrestricted.get(pk=pk).sealed) == b""


def test_an_envelope_that_cannot_be_opened_stays_and_says_so(cast):
    pk, _ = file()
    with as_role("owner"):
        Arrival.unrestricted.update(sealed=b"\x01broken")
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 0
        assert Arrival.unrestricted.get(pk=pk).trouble == "Unopenable"
        assert actions.arrivals.retry_arrivals() == 1


def test_another_desk_of_the_same_force_knows_nothing_of_it(cast):
    arrive()
    with as_role("partner", member_id=cast.colleague.pk):
        assert not queries.desk.concerns_for(cast.colleague, now=NOW).exists()
        assert not Concern.unrestricted.exists()
        assert not Account.unrestricted.exists()


def test_a_search_finds_words_nearly_spelt(cast):
    pk, _ = arrive()
    arrive(actions.door.Report(danger=False, what="A nail bar.", where="", language="en"))
    with as_role("partner", member_id=cast.officer.pk):
        assert queries.desk.search("car wahs sleeping", cast.officer, now=NOW).keys() == {pk}
        assert not queries.desk.search("greyhound", cast.officer, now=NOW)
    with as_role("partner", member_id=cast.colleague.pk):
        assert not queries.desk.search("car wash", cast.colleague, now=NOW)


def test_of_what_a_search_finds_the_nearest_comes_first_and_what_is_far_not_at_all(cast):
    stories = [
        "They wait by the washing lines among parked carts.",
        "Men sleep above the car wahs on the quay.",
        "Men sleep above the car wash on the quay.",
    ]
    _, near, same = (
        arrive(actions.door.Report(danger=one is stories[1], what=one, where="", language="en"))[0]
        for one in stories
    )
    with as_role("partner", member_id=cast.officer.pk):
        chosen = queries.desk.Filter(words="car wash")
        found = [one.pk for one in queries.desk.inbox(cast.officer, chosen, now=NOW)]
    assert found == [same, near]


def test_the_first_reading_is_remembered_and_told(cast):
    pk, code = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        actions.desk.read(concern(cast.officer, pk), by=cast.officer, at_desk=True, at=NOW)
        one = concern(cast.officer, pk)
        assert (one.state, one.first_read_at) == (State.OPEN, NOW)
    with as_role("public"):
        assert queries.door.thread_of(code, pepper=PEPPER).told == Told.READ


def test_a_question_reaches_the_reporter_and_the_answer_the_desk(cast):
    pk, code = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        actions.desk.ask(concern(cast.officer, pk), "Which evenings?", by=cast.officer, at=NOW)
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        assert thread.told == Told.ASKED
        (letter,) = queries.door.letters_of(thread, code, pepper=PEPPER)
        assert letter.text == "Which evenings?"
        actions.door.add_to_report(thread, "Tuesdays.", pk=new_id(), at=NOW)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 1
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        assert one.answer_waits
        said = [m.text for m in queries.desk.messages_of(one, cast.officer, now=NOW)]
        assert sorted(said) == ["Tuesdays.", "Which evenings?"]
        assert queries.desk.search("Tuesdays", cast.officer, now=NOW).keys() == {pk}


def test_an_answer_to_what_was_decided_comes_before_what_waits_for_nobody(cast):
    (quiet, _), (answered, code), (new, _) = arrive(), arrive(), arrive()
    with as_role("partner", member_id=cast.officer.pk):
        for pk in (quiet, answered):
            decide(concern(cast.officer, pk), cast.officer, version=1)
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        actions.door.add_to_report(thread, "Tuesdays.", pk=new_id(), at=NOW)
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
    with as_role("partner", member_id=cast.officer.pk):
        listed = queries.desk.inbox(cast.officer, queries.desk.Filter(), now=NOW)
        order = list(listed.values_list("pk", flat=True))
        assert set(order[:2]) == {answered, new}
        assert order[2] == quiet


def test_an_addition_never_overtakes_its_report(cast):
    pk, code = file()
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        actions.door.add_to_report(thread, "The van is white.", pk=new_id(), at=NOW)
    with as_role("owner"):  # its row is written anew, so that it lies behind the addition
        report = Arrival.unrestricted.get(pk=pk)
        Arrival.unrestricted.filter(pk=pk).delete()
        report.save(force_insert=True)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 2


def test_another_code_opens_nothing(cast):
    arrive()
    with as_role("public"):
        assert queries.door.thread_of(codes.new(), pepper=PEPPER) is None
        assert not Letter.unrestricted.exists()


def test_however_many_codes_are_tried_the_next_costs_the_same(cast):
    """One read by a unique hash; nothing is counted, locked or written."""
    code, pepper = codes.new(), b64decode(settings.CODE_PEPPER)
    with as_role("public"):
        actions.door.file_report(REPORT, pk=new_id(), code=code, pepper=pepper, at=NOW)
    costs = []
    with public_door():
        for tried in [*(codes.new() for _ in range(20)), code]:
            with CaptureQueriesContext(connection) as asked:
                answer = Client().post("/back/", {"code": tried.digits})
            assert answer.status_code == (200 if tried is code else 422)
            costs.append([one["sql"] for one in asked if "concerns_thread" in one["sql"]])
            done = " ".join(one["sql"] for one in asked)
            assert not re.search(r"\b(INSERT|UPDATE|DELETE|LOCK)\b", done)
    assert {len(cost) for cost in costs} == {1}
    assert Thread._meta.get_field("lookup").unique


def test_a_question_that_sends_the_reporter_out_is_refused(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        with pytest.raises(actions.desk.Tasking):
            actions.desk.ask(concern(cast.officer, pk), "Go back and look", by=cast.officer, at=NOW)
        assert not Message.unrestricted.exists()


def test_two_decisions_at_once_conflict_and_the_second_writes_nothing(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        decide(one, cast.officer, version=1)
        with pytest.raises(actions.desk.Conflict) as caught:
            decide(one, cast.officer, version=1, urgency=Urgency.TODAY)
        assert caught.value.now.urgency == Urgency.ROUTINE
        assert concern(cast.officer, pk).version == 2


def decide(one, by, *, version, urgency=Urgency.ROUTINE):
    actions.desk.decide(
        one, version=version, urgency=urgency, types=["labour"], note="Seen before", by=by, at=NOW
    )


def test_a_decision_moves_the_clock_and_is_remembered(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        decide(concern(cast.officer, pk), cast.officer, version=1)
        one = concern(cast.officer, pk)
        assert one.due_at == one.received_at + timedelta(hours=73)
        event = queries.desk.history_of(one, cast.officer, now=NOW).first()
        assert (event.verb, event.note) == ("DECIDED", "Seen before")


def test_a_closed_concern_takes_no_decision_until_it_is_reopened(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        actions.desk.close(
            one, version=1, because=Closing.NOTHING_FOUND, note="Done", by=cast.officer, at=NOW
        )
        with pytest.raises(actions.desk.Closed):
            decide(one, cast.officer, version=2)
        actions.desk.reopen(one, note="More came", by=cast.officer, at=NOW)
        assert concern(cast.officer, pk).state == State.OPEN


def test_what_is_open_is_not_opened_again(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk), pytest.raises(actions.desk.NotClosed):
        actions.desk.reopen(concern(cast.officer, pk), note="Twice", by=cast.officer, at=NOW)


def test_a_decision_answers_the_answer_and_a_pass_starts_the_clock_anew(cast):
    pk, code = arrive()
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        actions.door.add_to_report(thread, "Tuesdays.", pk=new_id(), at=NOW)
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
    with as_role("partner", member_id=cast.officer.pk):
        decide(concern(cast.officer, pk), cast.officer, version=1)
        one = concern(cast.officer, pk)
        assert (one.answer_waits, one.decided_at) == (False, NOW)
        pass_to(one, cast.south, by=cast.officer)
    with as_role("partner", member_id=cast.colleague.pk):
        assert concern(cast.colleague, pk).decided_at is None


def test_passing_within_the_agency_moves_it_from_desk_to_desk(cast):
    pk, code = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        pass_to(concern(cast.officer, pk), cast.south, by=cast.officer)
        assert not queries.desk.concerns_for(cast.officer, now=NOW).exists()
    with as_role("partner", member_id=cast.colleague.pk):
        assert concern(cast.colleague, pk).dossier.desk_id == cast.south.pk
    with as_role("public"):
        assert queries.door.thread_of(code, pepper=PEPPER).told == Told.PASSED_ON


def test_passing_to_another_agency_needs_an_agreement(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        with pytest.raises(access.PassRefused):
            pass_to(one, cast.safeguarding, Ground.SAFEGUARDING_ADULT, by=cast.officer)
        assert concern(cast.officer, pk).dossier.desk_id == cast.north.pk
    with as_role("owner"):
        access.make_agreement(
            title="Agreement",
            agencies=[cast.force, cast.council],
            valid_from=NOW - timedelta(days=1),
            valid_until=NOW + timedelta(days=1),
            source="",
            by=None,
            at=NOW,
        )
    with as_role("partner", member_id=cast.officer.pk):
        with pytest.raises(access.PassRefused):
            pass_to(one, cast.safeguarding, None, by=cast.officer)
        pass_to(one, cast.safeguarding, Ground.SAFEGUARDING_ADULT, by=cast.officer)
    with as_role("partner", member_id=cast.responder.pk):
        assert concern(cast.responder, pk).dossier.agency_id == cast.council.pk


def test_history_cannot_be_rewritten(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        for sql in ("UPDATE concerns_event SET detail = 'x'", "DELETE FROM concerns_event"):
            with pytest.raises(ProgrammingError), transaction.atomic():
                connection.cursor().execute(sql)
        assert Event.unrestricted.filter(dossier=pk).exists()


def test_a_message_is_never_written_in_the_reporters_name(cast):
    pk, _ = arrive()
    with as_role("partner", member_id=cast.officer.pk):
        forged = Message(
            dossier_id=pk, direction=Direction.FROM_REPORTER, text="I lied", at=NOW, by=None
        )
        with pytest.raises(ProgrammingError), transaction.atomic():
            forged.save(force_insert=True)


MORE = actions.door.Report(
    danger=False,
    what="A house with the blinds down.",
    where="CO2 8JX",
    language="ar",
    details=actions.door.Details(
        setting="car-wash",
        ages=["FROM_10_TO_17"],
        vehicles="a van, EX12 KLM",
        phones="07700 900123",
    ),
    teller=actions.door.Teller(
        known="CONFIDENTIAL", relation="NEIGHBOUR", name="Ilse", contact="07700 900999", safe=""
    ),
)


def test_what_was_answered_a_question_at_a_time_is_laid_down_and_counts(cast):
    pk, _ = arrive(MORE)
    other, _ = arrive(
        actions.door.Report(danger=False, what="EX12KLM parks here", where="", language="en")
    )
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        assert one.urgency == Urgency.TODAY, "an age that was ticked counts in every language"
        (account,) = queries.desk.accounts([one], cast.officer, now=NOW).values()
        assert account.details["setting"] == "car-wash"
        assert queries.desk.search("EX12", cast.officer, now=NOW)
        assert [alike.concern.pk for alike in queries.desk.alike(one, cast.officer, now=NOW)] == [
            other
        ]
        source = queries.desk.source_of(one, cast.officer, now=NOW)
        assert (source.known, source.name, source.contact) == (
            Known.CONFIDENTIAL,
            "Ilse",
            "07700 900999",
        )
        assert not queries.desk.search("Ilse", cast.officer, now=NOW)
    with as_role("partner", member_id=cast.colleague.pk):
        assert queries.desk.source_of(one, cast.colleague, now=NOW) is None
        assert not Source.unrestricted.exists()


def test_who_gave_a_name_and_chose_nothing_is_passed_to_nobody(cast):
    teller = actions.door.Teller(name="Ilse")
    pk, _ = arrive(replace(MORE, teller=teller))
    with as_role("owner"):
        assert Source.unrestricted.get(pk=pk).known == Known.CONFIDENTIAL


def test_a_report_sealed_before_there_were_questions_is_opened(cast):
    said = {"danger": True, "what": "x", "where": "", "language": "en"}
    assert actions.door.Report.opened(said) == replace(REPORT, what="x", where="")


def test_contact_details_taken_back_are_gone_and_the_desk_is_told(cast):
    pk, code = arrive(MORE)
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        actions.door.withdraw_contact(thread, pk=new_id(), at=NOW)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 1
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        source = queries.desk.source_of(one, cast.officer, now=NOW)
        assert (source.name, source.contact, source.safe) == ("", "", "")
        assert source.known == Known.ANONYMOUS
        assert source.withdrawn_at == NOW.replace(minute=0)
        assert "WITHDREW" in [e.verb for e in queries.desk.history_of(one, cast.officer, now=NOW)]
        assert not one.answer_waits


def test_what_was_changed_after_sending_is_added_once(cast):
    pk, code, first, second = new_id(), codes.new(), new_id(), new_id()
    for sent_as, words in ((first, "The van is white."), (second, "The van is blue."), (first, "")):
        for _ in range(2):
            with as_role("public"):
                actions.door.file_report(
                    REPORT, pk=pk, code=code, pepper=PEPPER, at=NOW, sent_as=sent_as, words=words
                )
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 2
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        said = queries.desk.messages_of(one, cast.officer, now=NOW)
        assert [message.text for message in said] == ["The van is blue."]
        assert one.answer_waits


def test_what_was_changed_after_sending_goes_to_the_desk_that_holds_it_now(cast):
    pk, code = new_id(), codes.new()
    said = {"pk": pk, "code": code, "pepper": PEPPER, "at": NOW}
    with as_role("public"):
        actions.door.file_report(REPORT, sent_as=new_id(), **said)
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
    with as_role("partner", member_id=cast.officer.pk):
        pass_to(concern(cast.officer, pk), cast.south, by=cast.officer)
    with as_role("public"):
        actions.door.file_report(REPORT, sent_as=new_id(), words="Blue.", **said)
    with as_role("owner"):
        assert Arrival.unrestricted.get(first=False).desk == cast.south


def test_danger_that_is_spoken_of_later_presses_all_the_same(cast):
    calm = replace(REPORT, danger=False)
    pk, code = arrive(calm)
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        decide_as = {"urgency": Urgency.ROUTINE, "types": [], "note": ""}
        actions.desk.decide(one, version=1, by=cast.officer, at=NOW, **decide_as)
    with as_role("public"):
        actions.door.file_report(
            REPORT,
            pk=pk,
            code=code,
            pepper=PEPPER,
            at=NOW,
            sent_as=new_id(),
            words="He has a knife",
        )
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 1
    with as_role("partner", member_id=cast.officer.pk):
        after = concern(cast.officer, pk)
        assert after.urgency == Urgency.IMMEDIATE
        assert after.reasons[0] == Reason.DANGER_NOW
        assert after.decided_at is None
        assert after.due_at == after.received_at + timedelta(hours=2)
        with pytest.raises(actions.desk.Conflict):
            actions.desk.decide(after, version=2, by=cast.officer, at=NOW, **decide_as)
