from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daymark.agencies import rules
from daymark.agencies.terms import InvitationState, Role, SessionEnd, Standing

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2))


@pytest.mark.parametrize(
    ("until", "on", "current"),
    [
        (None, date(2026, 1, 1), True),
        (date(2026, 4, 1), date(2026, 3, 31), True),
        (date(2026, 4, 1), date(2026, 4, 1), False),
        (None, date(2019, 12, 31), False),
    ],
)
def test_an_agency_ends_on_the_day_it_is_valid_until(until, on, current):
    assert rules.is_current(date(2020, 1, 1), until, on) is current


@given(manager=st.sampled_from(Role), role=st.sampled_from(Role))
def test_only_an_administrator_of_the_same_agency_gives_roles_and_never_to_themselves(
    manager, role
):
    may = {
        (same, self_)
        for same in (True, False)
        for self_ in (True, False)
        if rules.may_give_role(role, by=manager, same_agency=same, to_self=self_)
    }
    assert may == ({(True, False)} if manager is Role.ADMINISTRATOR else set())


@given(st.sampled_from(Role), st.booleans(), st.booleans(), st.booleans())
def test_a_reset_is_approved_by_a_third_person_who_answers_for_the_agency(
    role, same, subject, requester
):
    may = rules.may_approve_reset(
        role, same_agency=same, is_subject=subject, is_requester=requester
    )
    answers = role in {Role.ADMINISTRATOR, Role.DESK_SUPERVISOR}
    assert may == (answers and same and not subject and not requester)


@given(idle=spans, age=spans)
def test_a_session_ends_when_idle_or_old_and_not_before(idle, age):
    end = rules.session_expired(
        started_at=NOW - max(idle, age),
        seen_at=NOW - idle,
        now=NOW,
        idle=IDLE,
        absolute=ABSOLUTE,
    )
    if max(idle, age) >= ABSOLUTE:
        assert end is SessionEnd.TOO_OLD
    elif idle >= IDLE:
        assert end is SessionEnd.IDLE
    else:
        assert end is None


@pytest.mark.parametrize(
    ("used", "withdrawn", "age", "state"),
    [
        (None, None, timedelta(days=6), InvitationState.OPEN),
        (None, None, timedelta(days=7), InvitationState.EXPIRED),
        (NOW, None, timedelta(days=9), InvitationState.USED),
        (None, NOW, timedelta(days=9), InvitationState.WITHDRAWN),
    ],
)
def test_an_invitation_lasts_seven_days_unless_used_or_withdrawn(used, withdrawn, age, state):
    found = rules.invitation_state(
        expires_at=NOW - age + rules.INVITATION_LASTS,
        used_at=used,
        withdrawn_at=withdrawn,
        now=NOW,
    )
    assert found is state


def test_only_a_factor_shown_in_this_session_makes_it_whole():
    def at(factor, used):
        return rules.standing(signed_in=True, has_factor=factor, used_factor=used)

    assert at(True, True) is Standing.FULL
    assert at(True, False) is Standing.UNCONFIRMED
    assert at(False, True) is at(False, False) is Standing.NO_FACTOR
    assert rules.standing(signed_in=False, has_factor=True, used_factor=True) is Standing.SIGNED_OUT


@pytest.mark.parametrize(
    ("email", "speaks"),
    [
        ("a@essex.test", True),
        ("a@ESSEX.test", True),
        ("a@sub.essex.test", False),
        ("a@notessex.test", False),
        ("essex.test@evil.test", False),
        ("", False),
    ],
)
def test_a_provider_speaks_for_its_domains_to_the_letter(email, speaks):
    assert rules.speaks_for(email, ["Essex.test"]) is speaks


@pytest.mark.parametrize(
    ("claims", "proved"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"acr": "urn:strong"}, True),
        ({"acr": None}, False),
        ({}, False),
    ],
)
def test_a_second_factor_is_proved_in_the_words_agreed(claims, proved):
    said = rules.provider_proved_second_factor(claims, amr=["mfa"], acr=["urn:strong"])
    assert said is proved
    assert not rules.provider_proved_second_factor(claims, amr=[], acr=[])
