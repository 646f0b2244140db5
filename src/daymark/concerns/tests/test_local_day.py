"""At half past midnight in summer it is another day here than in UTC: what begins today, holds."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests.roles import as_role

from daymark.access import actions as access
from daymark.access import queries as known
from daymark.access.models import Retention
from daymark.access.terms import Ground, Kind, Purpose
from daymark.agencies.models import Agency
from daymark.concerns import actions
from daymark.concerns.models import Concern
from daymark.concerns.terms import Closing, Step, Urgency
from daymark.concerns.tests.people import BEFORE, concern
from daymark.concerns.tests.test_alike import arrive
from daymark.design.ids import new_id

NIGHT = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
TODAY = date(2027, 7, 1)
EVENING = NIGHT - timedelta(hours=1)


def test_a_clock_that_begins_today_holds(cast):
    with as_role("owner"):
        actions.content.set_clock(
            Urgency.TODAY,
            within=timedelta(hours=2),
            escalate_after=timedelta(0),
            source="test",
            at=EVENING,
            starts=TODAY,
        )
    pk, due = arrive("A van."), {}
    for at in (EVENING, NIGHT):
        with as_role("partner", member_id=cast.officer.pk):
            one = concern(cast.officer, pk)
            actions.desk.decide(
                one,
                version=one.version,
                urgency=Urgency.TODAY,
                types=[],
                note="",
                by=cast.officer,
                at=at,
            )
        with as_role("owner"):
            due[at] = Concern.unrestricted.get(pk=pk).due_at
    assert due[EVENING] - due[NIGHT] == timedelta(hours=6)


def test_what_is_set_without_a_day_begins_today(cast):
    with as_role("owner"):
        made = actions.content.set_route(None, desk=cast.south, source="test", at=NIGHT)
    assert made.valid_from == TODAY


def test_a_second_person_wanted_from_today_is_wanted_by_page_and_database(cast):
    with as_role("owner"):
        actions.content.want_second_person(
            cast.north, Step.CLOSE, source="test", at=EVENING, starts=TODAY
        )
    pk = arrive("A van.")
    with as_role("partner", member_id=cast.supervisor.pk):
        one = concern(cast.supervisor, pk)
        with pytest.raises(actions.desk.NeedsSecondPerson):
            actions.desk.close(
                one,
                version=one.version,
                because=Closing.NOTHING_FOUND,
                note="",
                by=cast.supervisor,
                at=NIGHT,
            )
    ask = "SELECT concerns_need_agreed(%s, 'CLOSE', '{CLOSE}', %s)"
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute(ask, [pk, EVENING])
        with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
            cursor.execute(ask, [pk, NIGHT])


def test_how_long_a_dossier_is_kept_changes_today(cast):
    with as_role("owner"):
        rule = access.set_retention(Kind.CONCERN, review_after_days=9, source="test", at=NIGHT)
        assert rule.valid_from == Retention.unrestricted.get(valid_until=TODAY).valid_until
        opened = access.open_dossier(
            pk=new_id(),
            kind=Kind.CONCERN,
            desk=cast.north,
            purpose=Purpose.SAFEGUARDING,
            by=None,
            at=NIGHT,
        )
    assert opened.retention == rule


def test_an_agency_that_ended_yesterday_is_given_nothing(cast):
    with as_role("owner"):
        access.make_agreement(
            title="Between us",
            agencies=[cast.force, cast.council],
            valid_from=BEFORE,
            valid_until=NIGHT + timedelta(days=9),
            source="test",
            by=None,
            at=BEFORE,
        )
        Agency.unrestricted.filter(pk=cast.council.pk).update(valid_until=TODAY)
    pk = arrive("A van.")
    with as_role("partner", member_id=cast.supervisor.pk):
        assert cast.council in known.current_agencies(now=EVENING)
        assert cast.council not in known.current_agencies(now=NIGHT)
        dossier = concern(cast.supervisor, pk).dossier
        basis = access.record_basis(
            dossier, Ground.SAFEGUARDING_ADULT, "why", by=cast.supervisor, at=NIGHT
        )
        give = {"to": cast.safeguarding, "basis": basis, "by": cast.supervisor}
        with pytest.raises(access.PassRefused), transaction.atomic():
            access.pass_on(dossier, **give, at=NIGHT)
        access.pass_on(dossier, **give, at=EVENING)
