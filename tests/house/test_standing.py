"""What has ended, was passed on or names somebody opens no dossier by a way around the rule."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.urls import reverse
from tests.cast import Place, Relation, share_with
from tests.house.walk import ask
from tests.roles import as_role

from daymark.access import actions, queries
from daymark.access.models import Agreement, Glass, Named, Notice, Party, Share
from daymark.access.terms import Compartment, Ground
from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.audit.models import Entry
from daymark.design.ids import new_id


def run(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def refused(constraint: str, sql: str, *values: object) -> bool:
    try:
        with transaction.atomic():
            run(sql, *values)
    except IntegrityError as error:
        return bool(error.__cause__.diag.constraint_name == constraint)
    return False


def sees(member: Member, table: str, dossier: object) -> int:
    with as_role("partner", member_id=member.pk):
        return run(f"SELECT 1 FROM {table} WHERE dossier_id = %s", dossier)


def test_whoever_broke_the_glass_cannot_hide_it_from_the_desk(place: Place):
    breaker = place.member(Role.DETECTIVE, Relation.GLASS)
    case = place.cases[Relation.GLASS]
    with as_role("partner", member_id=breaker.pk):
        told = Notice.unrestricted.filter(dossier=case.pk, verb="glass.broken").latest("at")
        assert not queries.unseen_notices(breaker, now=place.now).exists()
        actions.see_notice(told, by=breaker, at=place.now)
    with as_role("partner", member_id=place.chief.pk):
        waiting = queries.unseen_notices(place.chief, now=place.now)
        assert told.pk in waiting.values_list("pk", flat=True)
        actions.see_notice(told, by=place.chief, at=place.now)
        assert told.pk not in waiting.values_list("pk", flat=True)


def test_a_receiver_sees_their_own_share_and_no_others(place: Place):
    case = place.cases[Relation.ALL]
    supervisor = place.member(Role.DESK_SUPERVISOR, Relation.ALL)
    assert sees(place.chief, "access_share", case.pk) == 2
    assert sees(supervisor, "access_share", case.pk) == 1


@pytest.mark.parametrize("table", ["basis", "share", "named", "block"])
def test_what_has_ended_stays_ended(table, place: Place):
    dossier = place.cases[Relation.NAMED].pk
    with as_role("owner"):
        run("UPDATE access_share SET ended_at = now() WHERE dossier_id = %s", dossier)
        run(f"UPDATE access_{table} SET ended_at = now() WHERE dossier_id = %s", dossier)
        revive = f"UPDATE access_{table} SET ended_at = NULL WHERE dossier_id = %s"
        assert refused("ended_stays_ended", revive, dossier)


def test_nobody_of_another_agency_is_named(place: Place):
    """Being named opens everything, so it would be a share without a basis."""
    case, chief = place.cases[Relation.NAMED], place.chief
    name = "INSERT INTO access_named (id, dossier_id, member_id, by_id, at) VALUES (%s,%s,%s,%s,%s)"
    with as_role("partner", member_id=chief.pk):
        stranger = place.member(Role.DETECTIVE, Relation.STRANGER).pk
        values = (new_id(), case.pk, stranger, chief.pk, place.now)
        assert refused("named_in_own_agency", name, *values)
        colleague = place.member(Role.DETECTIVE, Relation.COLLEAGUE)
        actions.name(case.dossier, colleague, by=chief, at=place.now)
    with as_role("owner"):
        assert Named.unrestricted.filter(dossier=case.pk, member=colleague).exists()


def test_a_restricted_dossier_is_not_passed(place: Place):
    case = place.cases[Relation.NAMED]
    with as_role("partner", member_id=place.chief.pk), pytest.raises(actions.PassRefused):
        actions.pass_on(case.dossier, to=place.south, basis=None, by=place.chief, at=place.now)


def test_passing_ends_the_shares_the_new_holder_could_not_have_made(place: Place):
    """The council agreed with the charity for a year; with nobody else after that."""
    case, chief, now = place.cases[Relation.ALL], place.chief, place.now
    with as_role("owner"):
        lone = place.agreement
        Party.unrestricted.filter(agreement=lone, agency=place.charity).delete()
        two = Agreement.unrestricted.create(
            name="two", valid_from=lone.valid_from, valid_until=lone.valid_until
        )
        for agency in (place.force, place.charity):
            Party.unrestricted.create(agreement=two, agency=agency)
        internal = share_with(
            place, case.dossier, place.members[Role.DETECTIVE, place.safeguarding], [], at=now
        )
    with as_role("partner", member_id=chief.pk):
        basis = actions.record_basis(
            case.dossier, Ground.SAFEGUARDING_ADULT, "why", by=chief, at=now
        )
        actions.pass_on(case.dossier, to=place.safeguarding, basis=basis, by=chief, at=now)
    with as_role("owner"):
        open_ones = Share.unrestricted.filter(dossier=case.pk, ended_at=None)
        assert not open_ones.filter(agency=place.charity).exists()
        assert internal in open_ones
        passed = Entry.unrestricted.get(dossier=case.pk, verb="dossier.passed")
        assert '"shares":1' in passed.details


def test_a_review_is_not_reviewed_again(place: Place):
    case = place.cases[Relation.OWNER]
    first, second = place.chief, place.member(Role.DESK_SUPERVISOR, Relation.OWNER)
    with as_role("partner", member_id=first.pk):
        actions.review_glass(case.glass, justified=False, by=first, at=place.now)
    again = "UPDATE access_glass SET justified = true, reviewed_by_id = %s WHERE dossier_id = %s"
    with as_role("partner", member_id=second.pk):
        assert run(again, second.pk, case.pk) == 0
    with as_role("owner"):
        assert Glass.unrestricted.get(pk=case.glass.pk).justified is False


def test_a_reader_without_the_desk_writes_no_news(place: Place):
    reader = place.member(Role.DESK_SUPERVISOR, Relation.ALL)
    with (
        as_role("partner", member_id=reader.pk),
        pytest.raises(Exception, match="row-level security"),
        transaction.atomic(),
    ):
        actions.notify(place.cases[Relation.ALL].dossier, "share.made", at=place.now)


def test_a_share_outlives_neither_its_basis_nor_its_agreement(place: Place):
    case, now = place.cases[Relation.OWNER], place.now
    late = place.agreement.valid_until + timedelta(days=1)
    with as_role("owner"), pytest.raises(actions.ShareRefused):
        share_with(place, case.dossier, place.council, [Compartment.ACCOUNT], at=now, until=late)
    with as_role("owner"):
        actions.end_basis(case.basis, by=place.chief, at=now)
        assert Share.unrestricted.get(pk=case.share.pk).ended_at == now


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.DESK_SUPERVISOR])
def test_nobody_records_an_agreement_their_agency_did_not_sign(role, place: Place):
    member = place.members[role, place.north]
    of_others = {
        "title": "Between others",
        "agencies": [str(place.council.pk), str(place.charity.pk)],
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
    }
    with_ours = of_others | {"agencies": [str(place.force.pk), str(place.charity.pk)]}
    url = reverse("agreement_new")
    assert ask(place, member, "POST", url, of_others).status == 422
    assert ask(place, member, "POST", url, with_ours).status == 302


def test_a_share_is_offered_only_where_an_agreement_is_in_date(place: Place):
    dossier = place.cases[Relation.OWNER].dossier
    with as_role("owner"):
        offered = queries.agencies_to_share_with(dossier.agency, now=place.now)
        assert set(offered) == {place.council, place.charity}
        people = queries.members_to_share_with(dossier, now=place.now)
        assert place.outsider in people
        Party.unrestricted.filter(agency=place.charity).delete()
        assert set(offered.all()) == {place.council}
        assert place.outsider not in people.all()
        assert place.chief in people.all()


def test_only_a_party_records_an_agreement_also_past_the_page(place: Place):
    with as_role("partner", member_id=place.chief.pk):
        actions.make_agreement(
            title="Ours",
            agencies=[place.charity, place.force],
            valid_from=place.now,
            valid_until=place.now + timedelta(days=1),
            source="test",
            by=place.chief,
            at=place.now,
        )
        theirs = Agreement.unrestricted.create(
            name="Theirs", valid_from=place.now, valid_until=place.now + timedelta(days=1)
        )
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Party.unrestricted.create(agreement=theirs, agency=place.charity)
