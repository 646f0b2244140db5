"""Managing members through the pages."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.test import Client
from django.urls import reverse
from tests.roles import as_role

from daymark.agencies import queries
from daymark.agencies.context import acting_as
from daymark.agencies.models import Member
from daymark.agencies.tests.people import PASSWORD, SECRET, Cast, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db):
    with as_role("owner"):
        return Cast()


@pytest.fixture
def admin(cast, client):
    sign_in(client, cast.admin)
    return client


def link_in(answer):
    return re.search(r"http://testserver(/invitation/[\w-]+/)", answer.content.decode())[1]


def do(client, person, deed, **more):
    return client.post(reverse("member", args=[person.pk]), {"do": deed, **more})


@pytest.mark.parametrize("page", ["members", "member_invite"])
def test_only_administrators_manage_members(client, cast, page):
    for stranger in (cast.officer, cast.supervisor, cast.navigator):
        sign_in(client, stranger)
        assert client.get(reverse(page)).status_code == 403


def test_a_member_of_another_agency_is_not_found(admin, cast):
    assert admin.get(reverse("member", args=[cast.navigator.pk])).status_code == 404
    assert do(admin, cast.navigator, "leave").status_code == 404


def test_an_invitation_shown_once_lets_a_new_member_in(admin, cast):
    told = {
        "name": "Nell Hart",
        "email": "nell@essex.test",
        "role": "DESK_OFFICER",
        "desks": [str(cast.desk.pk)],
    }
    link = link_in(admin.post(reverse("member_invite"), told))
    nell = Member.unrestricted.get(email="nell@essex.test")
    assert link not in admin.get(reverse("member", args=[nell.pk])).content.decode()
    theirs = Client()
    weak = theirs.post(link, {"password": "nellhart", "again": "nellhart"})
    assert weak.context["form"].errors["password"]
    done = theirs.post(link, {"password": PASSWORD, "again": PASSWORD})
    assert done.url == reverse("mfa_index")
    # No second confirmation of a password typed a moment ago.
    assert theirs.get(reverse("mfa_activate_totp")).status_code == 200
    assert Client().get(link).status_code == 404
    assert list(queries.desks_of(nell)) == [cast.desk]


def test_an_address_that_is_taken_is_refused_in_the_form(admin, cast):
    told = {"name": "X", "email": cast.navigator.email, "role": "ANALYST"}
    answer = admin.post(reverse("member_invite"), told)
    assert answer.context["form"].errors["email"] == ["Nobody can be invited with this address."]


def test_what_is_missing_is_asked_for_by_name(admin):
    shown = admin.post(reverse("member_invite"), {"name": ""}).content.decode()
    for asked in ("Type their name.", "Type their e-mail address.", "Choose a role."):
        assert asked in shown
    assert "This field is required" not in shown


def test_nobody_changes_their_own_role_by_hand(admin, cast):
    assert do(admin, cast.admin, "role", role="DESK_OFFICER").status_code == 403
    assert do(admin, cast.admin, "made up").status_code == 403
    assert Member.unrestricted.get(pk=cast.admin.pk).role == "ADMINISTRATOR"


def test_role_and_desks_are_changed_and_the_membership_ended(admin, cast):
    do(admin, cast.officer, "role", role="ANALYST")
    do(admin, cast.officer, "desks", desks=[])
    officer = Member.unrestricted.get(pk=cast.officer.pk)
    assert officer.role == "ANALYST"
    assert not queries.desks_of(officer)
    wrong = do(admin, cast.officer, "desks", desks=[str(cast.charity_desk.pk)])
    assert wrong.context["desks_form"].errors
    do(admin, cast.officer, "leave")
    assert not Member.unrestricted.get(pk=cast.officer.pk).is_active


def test_a_reset_goes_through_two_people_and_ends_in_a_link(admin, cast):
    with transaction.atomic(), acting_as(cast.officer.pk):
        TOTP.activate(cast.officer, SECRET)
    do(admin, cast.officer, "ask_reset", reason="LOST")
    assert do(admin, cast.officer, "reset").status_code == 403
    other = Client()
    sign_in(other, cast.supervisor)
    page = other.get(reverse("factor_resets"))
    ((reset, _reason),) = page.context["resets"]
    other.post(reverse("factor_resets"), {"reset": reset.pk, "do": "approve"})
    assert Client().get(link_in(do(admin, cast.officer, "reset"))).status_code == 200
    assert not queries.has_second_factor(cast.officer.pk)


def test_where_mail_is_set_the_link_is_mailed_and_not_shown(admin, cast, settings, mailoutbox):
    settings.EMAIL_HOST = "mail.essex.test"
    answer = do(admin, cast.officer, "renew")
    assert "/invitation/" not in answer.content.decode()
    assert mailoutbox[0].to == [cast.officer.email]
    assert "http://testserver/invitation/" in mailoutbox[0].body


def test_an_account_names_its_second_factors(client, cast):
    sign_in(client, cast.officer)
    assert "Authenticator app" in client.get(reverse("account")).content.decode()


def test_everywhere_else_is_signed_out(client, cast):
    other = Client()
    sign_in(client, cast.officer)
    sign_in(other, cast.officer)
    client.post(reverse("account"))
    assert client.get(reverse("account")).status_code == 200
    assert other.get(reverse("account")).status_code == 302
