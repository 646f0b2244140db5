"""The way in, page by page, as the partner process."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session
from django.db import transaction
from django.urls import get_resolver, reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.agencies import actions
from daymark.agencies.context import acting_as
from daymark.agencies.middleware import REACHABLE
from daymark.agencies.models import Member
from daymark.agencies.terms import Role, Standing
from daymark.agencies.tests.people import PASSWORD, SECRET, Cast, code, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db):
    with as_role("owner"):
        return Cast()


def enrol(member):
    with transaction.atomic(), acting_as(member.pk):
        TOTP.activate(member, SECRET)
        return RecoveryCodes.activate(member)


def password(client, member, typed=PASSWORD, **kwargs):
    return client.post(
        reverse("account_login"), {"login": member.email, "password": typed}, **kwargs
    )


def second(client, typed):
    return client.post(reverse("mfa_authenticate"), {"code": typed})


def is_in(client):
    return client.get(reverse("account")).status_code == 200


def test_a_password_and_a_code_let_a_member_in(client, cast):
    enrol(cast.officer)
    asked = password(client, cast.officer)
    assert asked.url == reverse("mfa_authenticate")
    assert not is_in(client)
    assert second(client, code()).url == "/"
    assert is_in(client)
    assert Member.unrestricted.get(pk=cast.officer.pk).last_login


def test_a_code_works_once_even_a_minute_later(client, cast):
    enrol(cast.officer)
    used = code()
    password(client, cast.officer)
    second(client, used)
    client.post(reverse("account_logout"))
    password(client, cast.officer)
    assert second(client, used).status_code == 200
    assert not is_in(client)
    with as_role("owner"):
        from django.core.cache import cache

        key = TOTP(Authenticator.objects.get(user=cast.officer, type="totp"))
        assert cache.get(key._get_used_cache_key(used)) == "y"


def test_a_recovery_code_works_once(client, cast):
    spare = enrol(cast.officer).generate_codes()[0]
    password(client, cast.officer)
    second(client, spare)
    assert is_in(client)
    client.post(reverse("account_logout"))
    password(client, cast.officer)
    assert second(client, spare).status_code == 200
    assert not is_in(client)


def test_the_secret_of_a_second_factor_is_not_in_the_database(cast):
    enrol(cast.officer)
    stored = Authenticator.objects.filter(user=cast.officer).values_list("data", flat=True)
    assert SECRET not in str(list(stored))
    assert "seed" in str(list(stored))


def test_a_stranger_and_a_wrong_password_get_the_same_answer(client, cast):
    wrong = password(client, cast.officer, "not this one, surely")
    cast.officer.email = "nobody@essex.test"
    unknown = password(client, cast.officer, "not this one, surely")
    assert wrong.status_code == unknown.status_code == 200
    said = [r.context["form"].non_field_errors() for r in (wrong, unknown)]
    assert said[0] == said[1]
    assert said[0]


def test_forgetting_a_password_tells_nobody_who_is_a_member(client, cast, mailoutbox):
    url = reverse("account_reset_password")
    known = client.post(url, {"email": cast.officer.email})
    unknown = client.post(url, {"email": "nobody@essex.test"})
    assert known.url == unknown.url
    assert [mail.to for mail in mailoutbox] == [[cast.officer.email]]


def test_a_mailed_link_changes_a_password_once(client, cast, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": cast.officer.email})
    link = next(word for word in mailoutbox[0].body.split() if "/password/new/" in word)
    form = client.get(link, follow=True)
    new = "three quiet herons waiting"
    done = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert done.url == reverse("account_reset_password_from_key_done")
    assert Member.unrestricted.get(pk=cast.officer.pk).check_password(new)
    assert "does not work any more" in client.get(link, follow=True).content.decode()


def test_too_many_tries_are_stopped(client, cast):
    enrol(cast.officer)
    for _try in range(5):
        password(client, cast.officer, "not this one, surely")
    assert "Too many" in password(client, cast.officer).content.decode()
    assert not is_in(client)


def test_nobody_signs_up(client, cast):
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert {"account_signup", "socialaccount_signup", "account_email"} & names == set()


# The wall


def pages():
    """Every page of the partner door, with an address that its pattern takes."""
    given = {"UUIDConverter": "00000000-0000-7000-8000-000000000000", "IntConverter": "1"}
    for name, entries in get_resolver().reverse_dict.lists():
        if isinstance(name, str):
            for possibilities, _pattern, _defaults, converters in entries:
                values = {k: given.get(type(c).__name__, "x") for k, c in converters.items()}
                for pattern, parameters in possibilities:
                    yield name, "/" + pattern % {p: values.get(p, "x") for p in parameters}


@pytest.mark.parametrize("standing", [Standing.NO_FACTOR, Standing.UNCONFIRMED])
def test_without_a_second_factor_every_page_leads_to_where_one_gets_it(client, cast, standing):
    sign_in(client, cast.admin)
    if standing is Standing.NO_FACTOR:
        with as_role("owner"):
            Authenticator.objects.all().delete()
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    target = "mfa_index" if standing is Standing.NO_FACTOR else "mfa_reauthenticate"
    walked = 0
    for name, path in pages():
        if name in REACHABLE[standing]:
            continue
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 302, (name, path)
            assert answer.url.split("?")[0] == reverse(target), (name, path)
            walked += 1
    assert walked > 40


def test_a_password_alone_reaches_only_the_pages_of_setting_up(client, cast):
    """The pages themselves, not only their names: what they show stays theirs."""
    password(client, cast.officer)
    assert client.get("/").url == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked.url.startswith(reverse("account_reauthenticate"))


def test_setting_up_an_app_makes_the_session_whole(client, cast):
    password(client, cast.officer)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    done = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert done.url == reverse("mfa_view_recovery_codes")
    codes = client.get(done.url)
    assert len(codes.context["unused_codes"]) == 10
    assert codes.context["unused_codes"][0] not in client.get(done.url).content.decode()
    assert is_in(client)


def test_the_only_second_factor_cannot_be_taken_away(client, cast):
    sign_in(client, cast.officer)
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert "only second factor" in answer.content.decode()
    assert Authenticator.objects.filter(user=cast.officer, type="totp").exists()


def test_whoever_loses_their_last_factor_meets_the_wall_at_once(client, cast):
    sign_in(client, cast.officer)
    with as_role("owner"):
        Authenticator.objects.all().delete()
    assert client.get(reverse("account")).url == reverse("mfa_index")


# Sessions


def seen(client, *, started, last):
    session = client.session
    now = timezone.now()
    session["daymark_started_at"] = (now - started).isoformat()
    session["daymark_seen_at"] = (now - last).isoformat()
    session.save()


@pytest.mark.parametrize(
    ("started", "last", "why"),
    [
        (timedelta(hours=2), timedelta(minutes=31), "IDLE"),
        (timedelta(hours=13), timedelta(minutes=1), "TOO_OLD"),
    ],
)
def test_a_session_ends_by_itself(client, cast, started, last, why):
    sign_in(client, cast.officer)
    seen(client, started=started, last=last)
    answer = client.get(reverse("account") + "?tab=1")
    assert answer.url == f"{reverse('account_login')}?ended={why}&next=%2Faccount%2F%3Ftab%3D1"
    assert "You were signed out" in client.get(answer.url).content.decode()
    assert not is_in(client)


def test_a_session_in_use_goes_on(client, cast):
    sign_in(client, cast.officer)
    seen(client, started=timedelta(hours=11), last=timedelta(minutes=29))
    assert is_in(client)
    seen_at = client.session["daymark_seen_at"]
    assert seen_at > (timezone.now() - timedelta(minutes=1)).isoformat()


def test_a_session_that_no_sign_in_began_is_over(client, cast):
    sign_in(client, cast.officer)
    session = client.session
    del session["daymark_started_at"]
    session.save()
    assert not is_in(client)


KEPT = []


def keep(request, member):
    KEPT.append((member.pk, request.POST["text"]))
    return "/drafts/"


def test_what_was_typed_when_the_session_ended_is_kept(client, cast, settings):
    settings.EXPIRED_POST_HOOK = f"{__name__}.keep"
    import sys

    sys.modules.setdefault(__name__, sys.modules[keep.__module__])
    KEPT.clear()
    sign_in(client, cast.officer)
    seen(client, started=timedelta(hours=1), last=timedelta(hours=1))
    answer = client.post(reverse("account"), {"text": "half a report"})
    assert [(cast.officer.pk, "half a report")] == KEPT
    assert "next=%2Fdrafts%2F" in answer.url


def test_what_a_half_signed_in_session_posts_is_not_kept(client, cast, settings):
    settings.EXPIRED_POST_HOOK = f"{__name__}.keep"
    KEPT.clear()
    sign_in(client, cast.officer)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    seen(client, started=timedelta(hours=1), last=timedelta(hours=1))
    client.post(reverse("account"), {"text": "half a report"})
    assert KEPT == []


@pytest.mark.parametrize(
    "deed",
    [
        lambda c, at: actions.change_role(member=c.officer, role=Role.ANALYST, by=c.admin, at=at),
        lambda c, at: actions.leave(member=c.officer, by=c.admin, at=at),
        lambda c, at: actions.unseat(member=c.officer, desk=c.desk, by=c.admin, at=at),
        lambda c, at: actions.end_sessions(member=c.officer, by=c.admin, at=at),
        lambda c, at: actions.set_password(member=c.officer, password="x" * 20, at=at),
    ],
    ids=["role", "leaves", "desk", "ended", "password"],
)
def test_a_change_of_a_member_ends_their_sessions(client, cast, deed):
    sign_in(client, cast.officer)
    assert is_in(client)
    with transaction.atomic(), acting_as(cast.admin.pk):
        deed(cast, timezone.now())
    assert not is_in(client)


def test_changing_a_password_ends_the_other_sessions_and_keeps_this_one(client, cast):
    from django.test import Client

    other = Client()
    sign_in(client, cast.officer)
    sign_in(other, cast.officer)
    new = "three quiet herons waiting"
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert is_in(client)
    assert not is_in(other)


def test_a_stolen_table_of_sessions_signs_nobody_in(client, cast):
    sign_in(client, cast.officer)
    cookie = client.cookies["sessionid"].value
    row = Session.objects.get()
    assert cookie not in {row.session_key, row.session_data}
    client.cookies["sessionid"] = row.session_key
    assert not is_in(client)
