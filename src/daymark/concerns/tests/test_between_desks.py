"""Desks that ask, merge, hand on, agree and are late, each step as the process that does it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from tests.roles import as_role

from daymark.access import actions as access
from daymark.access import queries as access_queries
from daymark.access.models import Notice
from daymark.access.terms import Ground
from daymark.agencies import actions as agencies
from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.audit.models import Entry
from daymark.concerns import actions, queries
from daymark.concerns.models import Asked, Concern, Handover, Inquiry, Proposal, Route, Thread
from daymark.concerns.terms import (
    Act,
    Closing,
    Dead,
    HandedOn,
    LimitOf,
    Outcome,
    Reason,
    State,
    Step,
    Told,
    Urgency,
    Verb,
)
from daymark.concerns.tests.people import BEFORE, NOW, People, concern, pass_to
from daymark.concerns.tests.test_alike import arrive
from daymark.concerns.tests.test_merges import merge
from daymark.design.ids import new_id

HOUR = timedelta(hours=1)


# ---- asking another desk ----


@pytest.fixture
def apart(cast) -> tuple:
    """Two concerns of one vehicle, the first passed to the southern desk."""
    theirs, ours = arrive("A van, EX12 ABC."), arrive("EX12 ABC at the farm.")
    with as_role("partner", member_id=cast.officer.pk):
        pass_to(concern(cast.officer, theirs), cast.south, by=cast.officer)
    return cast, theirs, ours


def inquire(cast, ours) -> None:
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, ours)
        (tied,) = queries.desk.alike(one, cast.officer, now=NOW)
        actions.inquiries.inquire(one, tied.handle, "Whose van?", by=cast.officer, at=NOW)


def answer(cast, outcome, text="Call us", opening=None) -> None:
    with as_role("partner", member_id=cast.colleague.pk):
        asked = queries.desk.inquiries_to(cast.colleague, now=NOW).get()
        actions.inquiries.answer(asked, outcome, text, opening=opening, by=cast.colleague, at=NOW)


def test_the_asker_learns_nothing_but_the_answer(apart):
    cast, theirs, ours = apart
    inquire(cast, ours)
    with as_role("partner", member_id=cast.officer.pk):
        assert not Asked.unrestricted.exists()
        mine = Inquiry.unrestricted.get()
        assert (mine.desk, mine.shared_id, mine.answered_at) == (cast.south, None, None)
    answer(cast, Outcome.TALK, "Ring the desk before four")
    with as_role("partner", member_id=cast.officer.pk):
        (mine,) = queries.desk.inquiries_of(concern(cast.officer, ours), cast.officer, now=NOW)
        assert (mine.outcome, mine.answer) == (Outcome.TALK, "Ring the desk before four")
        assert not Concern.unrestricted.filter(pk=theirs).exists()
        assert Notice.unrestricted.filter(dossier=ours, verb="inquiry.answered").exists()


def test_the_asked_desk_reads_the_reason_and_never_the_asking_concern(apart):
    cast, theirs, ours = apart
    inquire(cast, ours)
    with as_role("partner", member_id=cast.colleague.pk):
        (asked,) = queries.desk.inquiries_to(cast.colleague, now=NOW)
        assert (asked.dossier_id, asked.inquiry.reason) == (theirs, "Whose van?")
        assert not Concern.unrestricted.filter(pk=ours).exists()
        told = access_queries.unseen_notices(cast.colleague, now=NOW)
        assert "inquiry.made" in told.values_list("verb", flat=True)
    with as_role("owner"):
        for pk, verb in ((ours, "inquiry.made"), (theirs, "inquiry.received")):
            assert Entry.unrestricted.filter(dossier=pk, verb=verb, actor=cast.officer.pk).exists()


def test_an_answer_is_given_once_and_asking_again_waits_for_it(apart):
    cast, _, ours = apart
    inquire(cast, ours)
    with pytest.raises(actions.inquiries.NothingToAsk):
        inquire(cast, ours)
    answer(cast, Outcome.REFUSED)
    with pytest.raises(actions.inquiries.Answered):
        answer(cast, Outcome.TALK)
    inquire(cast, ours)


def test_sharing_opens_the_account_to_the_one_who_asked_and_names_it(apart):
    cast, theirs, ours = apart
    with as_role("owner"):
        Member.unrestricted.filter(pk=cast.colleague.pk).update(role=Role.DESK_SUPERVISOR)
        cast.colleague.refresh_from_db()
    inquire(cast, ours)
    opening = actions.inquiries.Opening(Ground.SAFEGUARDING_ADULT, "At risk", NOW + 24 * HOUR)
    answer(cast, Outcome.SHARED, "Here", opening)
    with as_role("partner", member_id=cast.officer.pk):
        shared = concern(cast.officer, theirs)
        assert queries.desk.accounts([shared], cast.officer, now=NOW)
        assert queries.desk.messages_of(shared, cast.officer, now=NOW) is None
        assert Inquiry.unrestricted.get().shared_id == theirs


def test_sharing_without_an_agreement_answers_nothing(apart):
    cast, _, ours = apart
    with as_role("owner"):
        Member.unrestricted.filter(pk=cast.colleague.pk).update(role=Role.DESK_SUPERVISOR)
        cast.colleague.refresh_from_db()
    inquire(cast, ours)
    over = actions.inquiries.Opening(Ground.SAFEGUARDING_ADULT, "At risk", NOW - HOUR)
    with pytest.raises(access.ShareRefused):
        answer(cast, Outcome.SHARED, "Here", over)
    with as_role("owner"):
        assert Inquiry.unrestricted.get().answered_at is None


def test_what_was_restricted_is_not_asked_about(apart):
    cast, theirs, ours = apart
    with as_role("partner", member_id=cast.officer.pk):
        (tied,) = queries.desk.alike(concern(cast.officer, ours), cast.officer, now=NOW)
    with as_role("owner"):
        access.restrict(
            Concern.unrestricted.get(pk=theirs).dossier, named=[], by=cast.colleague, at=NOW
        )
    with (
        as_role("partner", member_id=cast.officer.pk),
        pytest.raises(actions.inquiries.NothingToAsk),
    ):
        actions.inquiries.inquire(
            concern(cast.officer, ours), tied.handle, "Why", by=cast.officer, at=NOW
        )


def test_a_made_up_handle_and_a_concern_of_others_reach_nothing(apart):
    cast, _, ours = apart
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, ours)
        (tied,) = queries.desk.alike(one, cast.officer, now=NOW)
        with pytest.raises(actions.inquiries.NothingToAsk):
            actions.inquiries.inquire(one, new_id(), "Why", by=cast.officer, at=NOW)
    with as_role("partner", member_id=cast.responder.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT concerns_inquire(%s, %s, %s, NULL, now(), %s)",
            [new_id(), ours, tied.handle, new_id()],
        )
        assert cursor.fetchone() == (None,)


# ---- handing on ----


def hand_on(cast, pk, by=None, **leaving):
    by = by or cast.officer
    with as_role("partner", member_id=by.pk):
        one = concern(by, pk)
        actions.handovers.hand_on(
            one, actions.handovers.Leaving(**leaving), version=one.version, by=by, at=NOW
        )


def test_an_emergency_passed_on_is_immediate_and_stops_the_clock(cast):
    pk = arrive("A door was kicked in.")
    hand_on(cast, pk, kind=HandedOn.EMERGENCY, other="999", reference="0471 of today")
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        assert (one.urgency, one.decided_at) == (Urgency.IMMEDIATE, NOW)
        (given,) = queries.desk.handovers_of(one, cast.officer, now=NOW)
        assert (given.reference, given.other) == ("0471 of today", "999")
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute("SELECT reference FROM concerns_handover")
        assert b"0471" not in bytes(cursor.fetchone()[0])


def test_an_emergency_keeps_the_reasons_in_their_order(cast):
    pk = arrive("A door was kicked in.")
    with as_role("owner"):
        before = [Reason.DANGER_NOW, Reason.CHILD, Reason.REPEATED]
        Concern.unrestricted.filter(pk=pk).update(reasons=before)
    hand_on(cast, pk, kind=HandedOn.EMERGENCY, other="999", reference="0471 of today")
    with as_role("owner"):
        assert Concern.unrestricted.get(pk=pk).reasons == [
            Reason.DANGER_NOW,
            Reason.CHILD,
            Reason.DESK,
            Reason.REPEATED,
        ]


def test_a_handover_goes_to_one_organisation(cast):
    pk = arrive("A van.")
    with pytest.raises(IntegrityError), transaction.atomic():
        hand_on(cast, pk, kind=HandedOn.EMERGENCY, other="999", agency=cast.council)


# ---- a second person ----


@pytest.fixture
def two(cast) -> People:
    with as_role("owner"):
        for step in Step:
            actions.content.want_second_person(cast.north, step, source="test", at=BEFORE)
    return cast


def propose(cast, pk) -> Proposal:
    with as_role("partner", member_id=cast.officer.pk):
        return actions.proposals.propose(
            concern(cast.officer, pk),
            Act.CLOSE,
            {"because": Closing.NOTHING_FOUND, "note": "Looked into"},
            version=1,
            by=cast.officer,
            at=NOW,
        )


def agree(by, proposal) -> None:
    with as_role("partner", member_id=by.pk):
        actions.proposals.agree(proposal, by=by, at=NOW)


def test_closing_alone_is_refused_where_a_second_person_is_wanted(two):
    pk = arrive("A van.")
    with pytest.raises(actions.desk.NeedsSecondPerson):
        close(two.officer, pk)
    with as_role("partner", member_id=two.officer.pk):
        assert concern(two.officer, pk).state != State.CLOSED


def test_a_second_person_closes_it_as_it_was_proposed(two):
    pk = arrive("A van.")
    proposal = propose(two, pk)
    with pytest.raises(actions.proposals.NotYours):
        agree(two.officer, proposal)
    agree(two.supervisor, proposal)
    with as_role("partner", member_id=two.officer.pk):
        one = concern(two.officer, pk)
        assert (one.state, one.closed_because) == (State.CLOSED, Closing.NOTHING_FOUND)


def test_a_stale_proposal_is_not_carried_out(two):
    pk = arrive("A van.")
    proposal = propose(two, pk)
    with as_role("partner", member_id=two.officer.pk):
        actions.desk.decide(
            concern(two.officer, pk),
            version=1,
            urgency=Urgency.IMMEDIATE,
            types=[],
            note="",
            by=two.officer,
            at=NOW,
        )
    with pytest.raises(actions.proposals.Stale):
        agree(two.supervisor, proposal)


def test_a_merge_into_what_has_left_the_desk_is_refused(two):
    pk, into = arrive("A van."), arrive("Another van, at the quay.")
    with as_role("partner", member_id=two.officer.pk):
        proposal = actions.proposals.propose(
            concern(two.officer, pk),
            Act.MERGE,
            {"into": str(into), "reference": "x"},
            version=1,
            by=two.officer,
            at=NOW,
        )
        pass_to(concern(two.officer, into), two.south, by=two.officer)
    with pytest.raises(actions.merges.NotTogether):
        agree(two.supervisor, proposal)


def test_the_database_lets_nobody_decide_their_own_proposal(two):
    pk = arrive("A van.")
    propose(two, pk)
    sql = "UPDATE concerns_proposal SET agreed = true, decided_at = now(), decided_by_id = %s"
    with as_role("partner", member_id=two.officer.pk), connection.cursor() as cursor:
        cursor.execute(sql, [two.officer.pk])
        assert cursor.rowcount == 0
    with (
        as_role("owner"),
        connection.cursor() as cursor,
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        cursor.execute(sql, [two.officer.pk])


def test_the_database_refuses_whoever_closes_or_hands_on_alone(two, monkeypatch):
    """With the check of the application taken away."""
    pk = arrive("A van.")
    monkeypatch.setattr(queries.content, "needs_second_person", lambda *_, **__: False)
    with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
        close(two.officer, pk)
    with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
        hand_on(two, pk, kind=HandedOn.INFORMATION, other="Unit", text="A van was seen")
    other = arrive("EX12 ABC again.")
    with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
        merge(two, pk, other)
    agree(two.supervisor, propose(two, pk))


def close(member, pk) -> None:
    with as_role("partner", member_id=member.pk):
        one = concern(member, pk)
        actions.desk.close(
            one, version=one.version, because=Closing.NOTHING_FOUND, note="x", by=member, at=NOW
        )


def test_an_emergency_waits_for_nobody_and_information_does(two):
    pk = arrive("A van.")
    hand_on(two, pk, kind=HandedOn.EMERGENCY, other="999", reference="1")
    with pytest.raises(actions.desk.NeedsSecondPerson):
        hand_on(two, pk, kind=HandedOn.INFORMATION, other="Unit", text="A van was seen")
    with as_role("owner"):
        assert Handover.unrestricted.count() == 1


# ---- when nobody acts ----


def escalate(at) -> int:
    with as_role("worker"):
        return actions.overdue.escalate(now=at)


def test_supervisors_hear_once_of_what_lies_past_its_clock_and_margin(cast):
    pk = arrive("A van.")
    with as_role("owner"):
        due = Concern.unrestricted.get(pk=pk).due_at
    assert escalate(due + HOUR) == 0
    late = due + timedelta(hours=73)
    assert (escalate(late), escalate(late)) == (1, 0)
    with as_role("partner", member_id=cast.supervisor.pk):
        assert queries.desk.escalated(cast.supervisor, now=late).get().pk == pk
        assert Notice.unrestricted.filter(dossier=pk, verb="concern.escalated").exists()
    with as_role("partner", member_id=cast.officer.pk):
        assert not queries.desk.escalated(cast.officer, now=late).exists()


def test_a_route_to_nobody_is_dead_and_says_why(cast):
    with as_role("owner"):
        actions.content.set_limit(LimitOf.IDLE_DAYS, 7, source="test", at=BEFORE)
        Member.unrestricted.update(last_login=NOW)
        assert queries.content.dead_routes(now=NOW) == []
        Member.unrestricted.update(last_login=NOW - timedelta(days=8))
        assert [one.why for one in queries.content.dead_routes(now=NOW)] == [Dead.IDLE]
        empty = agencies.open_desk(agency=cast.force, name="Empty", by=None, at=BEFORE)
        actions.content.set_route(None, desk=empty, source="test", type_key="nails", at=BEFORE)
        assert Dead.NOBODY in {one.why for one in queries.content.dead_routes(now=NOW)}
        Route.unrestricted.filter(desk=empty).get()
        type(empty).unrestricted.filter(pk=empty.pk).update(closed_at=NOW)
        assert Dead.CLOSED in {one.why for one in queries.content.dead_routes(now=NOW)}


def test_a_type_has_its_own_desk_and_the_fallback_takes_the_rest(cast):
    with as_role("owner"):
        actions.content.set_route(
            None, desk=cast.south, source="test", type_key="nail_bar", at=BEFORE
        )
        assert queries.content.desk_for("", on=NOW.date(), type_key="nail_bar") == cast.south
        assert queries.content.desk_for("", on=NOW.date(), type_key="farm") == cast.north
        assert queries.content.desk_for("", on=NOW.date()) == cast.north


# ---- an answer to what is closed ----


def write_again(pk, text="He is back.", *, danger=False, at=NOW) -> None:
    with as_role("owner"):
        thread = Thread.unrestricted.select_related("desk").get(pk=pk)
        actions.door.add_to_report(thread, text, danger=danger, pk=new_id(), at=at)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=at) == 1


LATE = NOW + timedelta(days=40)


@pytest.mark.parametrize("danger", [False, True])
def test_an_answer_to_a_closed_concern_opens_it_and_waits_with_a_clock_and_a_reason(cast, danger):
    pk = arrive("A van.")
    close(cast.officer, pk)
    write_again(pk, danger=danger, at=LATE)
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        assert (one.state, one.closed_at, one.decided_at) == (State.OPEN, None, None)
        assert one.answer_waits
        assert one.reasons == [Reason.DANGER_NOW] * danger + [Reason.LATE_ANSWER]
        assert one.due_at > LATE
        assert one.version == 3
        first, *_ = queries.desk.history_of(one, cast.officer, now=LATE)
        assert first.verb == Verb.ANSWERED
    with as_role("owner"):
        assert Thread.unrestricted.get(pk=pk).told == Told.RECEIVED
    assert escalate(one.due_at + timedelta(hours=73)) == 1


def test_the_reporter_reads_when_what_they_answered_was_opened(cast):
    pk = arrive("A van.")

    def told_after(step) -> str:
        with as_role("partner", member_id=cast.officer.pk):
            step(concern(cast.officer, pk))
        with as_role("owner"):
            return Thread.unrestricted.get(pk=pk).told

    def read(one) -> None:
        actions.desk.read(one, by=cast.officer, at_desk=True, at=LATE)

    def ask(one) -> None:
        actions.desk.ask(one, "What colour was it?", by=cast.officer, at=LATE)

    assert told_after(read) == Told.READ
    close(cast.officer, pk)
    write_again(pk, at=LATE)
    assert told_after(read) == Told.READ
    assert told_after(ask) == Told.ASKED
    assert told_after(read) == Told.ASKED


def test_whoever_decides_or_closes_has_looked_at_the_answer(cast):
    pk = arrive("A van.")
    close(cast.officer, pk)
    write_again(pk)
    close(cast.officer, pk)
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        assert (one.state, one.reasons, one.answer_waits) == (State.CLOSED, [], False)


def test_an_answer_to_a_repeat_of_what_is_closed_opens_the_one_that_was_kept(cast):
    merged, kept = arrive("A van."), arrive("A lorry.")
    merge(cast, merged, kept)
    close(cast.officer, kept)
    write_again(merged)
    with as_role("partner", member_id=cast.officer.pk):
        assert concern(cast.officer, kept).state == State.OPEN
        assert concern(cast.officer, merged).state == State.CLOSED


# ---- floods ----

STORY = "Six men sleep above the car wash on the quay and they never leave it, day or night."


@pytest.fixture
def guarded(cast) -> People:
    with as_role("owner"):
        actions.content.set_limit(LimitOf.FLOOD_LIKENESS, 0.9, source="test", at=BEFORE)
        actions.content.set_limit(LimitOf.FLOOD_HOURS, 24, source="test", at=BEFORE)
    return cast


def rows(cast) -> list:
    with as_role("partner", member_id=cast.officer.pk):
        found = queries.desk.inbox(cast.officer, queries.desk.Filter(), now=NOW)
        listed = list(queries.desk.in_rows(found))
        crowd = queries.desk.standing_for(listed, found)
        return [(one.pk, crowd.get(one.pk, 1)) for one in listed]


def test_near_identical_reports_stand_in_one_row_which_opens_to_all_of_them(guarded):
    pks = [arrive(STORY) for _ in range(4)]
    assert rows(guarded) == [(pks[0], 4)]
    with as_role("partner", member_id=guarded.officer.pk):
        chosen = queries.desk.Filter(like=pks[0])
        opened = queries.desk.inbox(guarded.officer, chosen, now=NOW)
        assert {one.pk for one in opened} == set(pks)


@pytest.mark.parametrize(
    "other",
    [
        STORY.replace("car wash", "nail bar with another door at the back of the house"),
        f"{STORY} EX12 ABC",
        f"{STORY} Call 07700 900123",
    ],
)
def test_a_report_that_differs_in_a_fact_has_its_own_row(guarded, other):
    first, different = arrive(STORY), arrive(other)
    assert {pk for pk, _ in rows(guarded)} == {first, different}


def test_a_report_of_another_place_in_the_same_words_has_its_own_row(guarded):
    first, different = arrive(STORY, where="CO2 8JX"), arrive(STORY, where="CO2 8JY")
    assert {pk for pk, _ in rows(guarded)} == {first, different}


def test_danger_in_a_flood_keeps_its_row_and_comes_after_danger_that_repeats_nothing(guarded):
    crowd = [arrive(STORY, danger=True) for _ in range(3)]
    alone = arrive("She is locked in the house by the church.", danger=True)
    assert [pk for pk, _ in rows(guarded)] == [crowd[0], alone, *crowd[1:]]


def test_a_flood_raises_nobody_and_is_told_once(guarded):
    crowd = [arrive(STORY) for _ in range(5)]
    with as_role("owner"):
        assert {one.urgency for one in Concern.unrestricted.all()} == {Urgency.ROUTINE}
        told = Notice.unrestricted.filter(verb="concern.arrived").values_list("dossier", flat=True)
        assert list(told) == [crowd[0]]
        marked = Concern.unrestricted.filter(reasons__contains=[Reason.REPEATED])
        assert set(marked.values_list("pk", flat=True)) == set(crowd[1:])


def test_where_the_first_has_gone_elsewhere_the_next_stands_for_the_rest(guarded):
    crowd = [arrive(STORY) for _ in range(3)]
    with as_role("partner", member_id=guarded.officer.pk):
        pass_to(concern(guarded.officer, crowd[0]), guarded.south, by=guarded.officer)
    assert rows(guarded) == [(crowd[1], 2)]


def test_only_content_sets_the_limits(cast):
    with (
        as_role("partner", member_id=cast.supervisor.pk),
        pytest.raises(ProgrammingError),
        transaction.atomic(),
    ):
        actions.content.set_limit(LimitOf.IDLE_DAYS, 1, source="me", at=NOW)
