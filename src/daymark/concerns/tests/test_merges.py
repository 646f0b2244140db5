"""Merging two reports and undoing it: every field comes back."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.roles import as_role

from daymark.concerns import actions, queries
from daymark.concerns.actions.merges import KEPT_OF_BOTH
from daymark.concerns.models import Concern, Merge, Thread
from daymark.concerns.terms import Closing, Reason, State, Urgency
from daymark.concerns.tests.people import NOW, concern, pass_to
from daymark.concerns.tests.test_alike import arrive
from daymark.design.ids import new_id


def merge(cast, merged, kept, *, by=None) -> Merge:
    by = by or cast.officer
    with as_role("partner", member_id=by.pk):
        one, other = concern(by, merged), concern(by, kept)
        return actions.merges.merge(
            one, other, version=one.version, into_version=other.version, by=by, at=NOW
        )


def undo(cast, done, **how) -> None:
    with as_role("partner", member_id=cast.officer.pk):
        actions.merges.undo(done, by=cast.officer, at=NOW, **how)


def test_the_repeat_closes_and_the_kept_one_shows_it(cast):
    merged, kept = arrive("A van, EX12 ABC.", danger=True), arrive("EX12 ABC again.")
    merge(cast, merged, kept)
    with as_role("partner", member_id=cast.officer.pk):
        one, other = concern(cast.officer, merged), concern(cast.officer, kept)
        assert (one.state, one.closed_because) == (State.CLOSED, Closing.DUPLICATE)
        assert (other.urgency, other.reasons) == (Urgency.IMMEDIATE, [Reason.DANGER_NOW])
        (done,) = queries.desk.merged_into(other, cast.officer, now=NOW)
        assert done.merged_id == merged
        assert queries.desk.merge_of(one, cast.officer, now=NOW).kept_id == kept
    with as_role("partner", member_id=cast.colleague.pk):
        assert not queries.desk.merged_into(other, cast.colleague, now=NOW).exists()
        assert queries.desk.merge_of(one, cast.colleague, now=NOW) is None


moments = st.one_of(
    st.none(), st.integers(0, 5000).map(lambda minutes: NOW - timedelta(minutes=minutes))
)
states = st.fixed_dictionaries(
    {
        "state": st.sampled_from([State.NEW, State.OPEN]),
        "urgency": st.sampled_from(list(Urgency)),
        "reasons": st.lists(st.sampled_from(list(Reason)), unique=True, max_size=4),
        "types": st.lists(st.sampled_from(["labour", "sexual", "criminal"]), unique=True),
        "due_at": st.integers(0, 100).map(lambda hours: NOW + timedelta(hours=hours)),
        "first_read_at": moments,
        "decided_at": moments,
        "answer_waits": st.booleans(),
        "escalated_at": moments,
    }
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(one=states, other=states)
def test_undoing_brings_every_field_of_both_back(cast, one, other):
    with transaction.atomic():
        pks = [arrive("A van, EX12 ABC."), arrive("EX12 ABC again.")]
        with as_role("owner"):
            for pk, state in zip(pks, (one, other), strict=True):
                Concern.unrestricted.filter(pk=pk).update(**state)
        before = _fields(pks)
        undo(cast, merge(cast, *pks))
        after = _fields(pks)
        transaction.set_rollback(True)
    assert after == before


def _fields(pks) -> list[dict]:
    """Everything but the version, which counts every change."""
    names = [field.attname for field in Concern._meta.concrete_fields if field.attname != "version"]
    assert set(KEPT_OF_BOTH) < set(names)
    with as_role("owner"):
        return [Concern.unrestricted.values(*names).get(pk=pk) for pk in pks]


def test_a_change_since_refuses_the_undoing_until_it_is_left_as_it_is(cast):
    merged, kept = arrive("A van."), arrive("A lorry.")
    done = merge(cast, merged, kept)
    with as_role("partner", member_id=cast.officer.pk):
        actions.desk.decide(
            concern(cast.officer, kept),
            version=2,
            urgency=Urgency.TODAY,
            types=["labour"],
            note="",
            by=cast.officer,
            at=NOW,
        )
    with pytest.raises(actions.merges.Changed) as refused:
        undo(cast, done)
    assert refused.value.only_kept
    undo(cast, done, leave_kept=True)
    with as_role("partner", member_id=cast.officer.pk):
        assert concern(cast.officer, kept).urgency == Urgency.TODAY
        assert concern(cast.officer, merged).state == State.NEW


def test_what_is_merged_is_neither_reopened_passed_nor_merged_again(cast):
    first, second, third = arrive("A van."), arrive("A lorry."), arrive("A boat.")
    merge(cast, first, second)
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, first)
        with pytest.raises(actions.desk.IsMerged):
            actions.desk.reopen(one, note="x", by=cast.officer, at=NOW)
        with pytest.raises(actions.desk.IsMerged):
            pass_to(one, cast.south, by=cast.officer)
    with pytest.raises(actions.merges.NotTogether):
        merge(cast, second, third)
    with pytest.raises(actions.desk.Closed):
        merge(cast, third, first)
    with pytest.raises(actions.merges.NotTogether):
        merge(cast, third, third)


def test_a_reporter_keeps_their_thread_and_the_answer_shows_at_the_kept_one(cast):
    merged, kept = arrive("A van."), arrive("A lorry.")
    done = merge(cast, merged, kept)
    with as_role("partner", member_id=cast.officer.pk):
        actions.desk.ask(
            concern(cast.officer, merged), "Which colour was it?", by=cast.officer, at=NOW
        )
    with as_role("owner"):
        thread = Thread.unrestricted.select_related("desk").get(pk=merged)
    with as_role("owner"):
        actions.door.add_to_report(thread, "White.", pk=new_id(), at=NOW)
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
    with as_role("partner", member_id=cast.officer.pk):
        assert concern(cast.officer, kept).answer_waits
        assert not concern(cast.officer, merged).answer_waits
        said = queries.desk.messages_of(concern(cast.officer, merged), cast.officer, now=NOW)
        assert {one.text for one in said} == {"Which colour was it?", "White."}
    undo(cast, done)
    with as_role("partner", member_id=cast.officer.pk):
        assert concern(cast.officer, merged).answer_waits
        assert not concern(cast.officer, kept).answer_waits


def test_passing_the_kept_one_takes_its_repeats_along(cast):
    merged, kept = arrive("A van."), arrive("A lorry.")
    merge(cast, merged, kept)
    with as_role("partner", member_id=cast.officer.pk):
        pass_to(concern(cast.officer, kept), cast.south, by=cast.officer)
    with as_role("partner", member_id=cast.colleague.pk):
        found = queries.desk.concerns_for(cast.colleague, now=NOW)
        assert {one.pk for one in found} == {merged, kept}


def test_what_was_decided_before_its_merge_waits_for_the_desk_it_was_passed_to(cast):
    merged, kept = arrive("A van."), arrive("A lorry.")
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, merged)
        actions.desk.decide(
            one, version=1, urgency=Urgency.TODAY, types=[], note="", by=cast.officer, at=NOW
        )
    done = merge(cast, merged, kept)
    with as_role("partner", member_id=cast.officer.pk):
        pass_to(concern(cast.officer, kept), cast.south, by=cast.officer)
    with as_role("partner", member_id=cast.colleague.pk):
        with pytest.raises(actions.merges.Changed), transaction.atomic():
            actions.merges.undo(done, by=cast.colleague, at=NOW)
        actions.merges.undo(done, leave_kept=True, by=cast.colleague, at=NOW)
        again = concern(cast.colleague, merged)
    assert (again.state, again.urgency) == (State.NEW, Urgency.TODAY)
    assert again.decided_at is None
