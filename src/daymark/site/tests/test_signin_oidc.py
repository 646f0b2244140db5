"""Signing in through an agency's own service, against a real OpenID provider."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.agencies import actions
from daymark.agencies.context import acting_as
from daymark.agencies.models import Invitation, Member
from daymark.agencies.terms import Role
from daymark.agencies.tests.people import SECRET, Cast, code

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    """The provider's address; the process ends with the tests."""
    script = Path(__file__).with_name("oidc_provider.py")
    provider = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path_factory.mktemp("provider"))],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield f"http://127.0.0.1:{provider.stdout.readline().strip()}"
    finally:
        provider.terminate()
        provider.wait(timeout=10)
        provider.stdout.close()


@pytest.fixture
def cast(db):
    with as_role("owner"):
        return Cast()


@pytest.fixture
def connect(cast, issuer):
    """Connect the force to the provider, and register Daymark there."""

    def make(agency=cast.force, domains=("essex.test",), **accepts):
        with as_role("owner"):
            provider = actions.connect_provider(
                agency=agency,
                issuer=issuer,
                client_id=f"daymark-{agency.pk}-{len(accepts)}",
                client_secret="between us",
                email_domains=domains,
                at=timezone.now(),
                **accepts,
            )
        back = "http://testserver" + reverse("openid_connect_callback", args=[provider.pk])
        known = {"id": provider.client_id, "secret": "between us", "back": back}
        requests.get(f"{issuer}/client", params=known, timeout=10).raise_for_status()
        return provider

    return make


def through(client, provider, sub, email, *, verified=True, **claims):
    """Walk there and back as somebody the provider knows as `sub`."""
    away = client.get(reverse("openid_connect_login", args=[provider.pk]))
    assert away.status_code == 302
    assert away.url.startswith(provider.issuer)
    said = {"sub": sub, "email": email, "verified": verified, "claims": claims}
    with requests.Session() as browser:
        url = f"{provider.issuer}/person"
        browser.get(url, params={"said": json.dumps(said)}, timeout=10).raise_for_status()
        back = browser.get(away.url, allow_redirects=False, timeout=10)
    assert back.status_code == 302, back.text
    return client.get(urlsplit(back.headers["Location"])._replace(scheme="", netloc="").geturl())


def is_in(client):
    return client.get(reverse("account")).status_code == 200


def test_an_invited_member_is_found_by_verified_address_and_asked_for_our_second_factor(
    client, cast, connect
):
    with transaction.atomic(), acting_as(cast.officer.pk):
        TOTP.activate(cast.officer, SECRET)
    answer = through(client, connect(), "anna", cast.officer.email, amr=["pwd", "mfa"])
    assert answer.url == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert is_in(client)


def test_without_a_factor_of_ours_it_is_set_up_first(client, cast, connect):
    through(client, connect(), "bea", cast.officer.email)
    assert client.get("/").url == reverse("mfa_index")
    assert not is_in(client)


def test_an_agency_may_let_its_provider_ask_for_the_second_factor(client, cast, connect):
    provider = connect(accepted_amr=["mfa"])
    through(client, provider, "cora", cast.officer.email, amr=["pwd", "mfa"])
    assert is_in(client)
    assert not Authenticator.objects.exists()


def test_a_provider_that_asked_for_a_password_alone_proves_nothing(client, cast, connect):
    through(client, connect(accepted_amr=["mfa"]), "dora", cast.officer.email, amr=["pwd"])
    assert not is_in(client)


def test_the_level_asked_for_is_the_level_checked(client, cast, connect):
    provider = connect(accepted_acr=["urn:strong"])
    away = client.get(reverse("openid_connect_login", args=[provider.pk]))
    asked = parse_qs(urlsplit(away.url).query)
    assert asked["acr_values"] == ["urn:strong"]
    assert "code_challenge" in asked
    through(client, provider, "elsa", cast.officer.email, acr="urn:weak")
    assert not is_in(client)
    client.post(reverse("account_logout"))
    through(client, provider, "elsa", cast.officer.email, acr="urn:strong")
    assert is_in(client)


def test_a_link_cannot_weaken_what_is_asked(client, cast, connect):
    provider = connect(accepted_acr=["urn:strong"])
    url = reverse("openid_connect_login", args=[provider.pk])
    away = client.get(url + "?auth_params=acr_values%3Durn%3Aweak&process=connect&scope=all")
    assert parse_qs(urlsplit(away.url).query)["acr_values"] == ["urn:strong"]
    assert "all" not in parse_qs(urlsplit(away.url).query)["scope"][0]


@pytest.mark.parametrize(
    ("sub", "email", "verified"),
    [
        ("stranger", "nobody@essex.test", True),
        ("unverified", "officer@essex.test", False),
        ("other-domain", "nav@harbour.test", True),
        ("sub-domain", "officer@evil.essex.test", True),
    ],
)
def test_nobody_else_gets_in_and_nobody_is_made(client, cast, connect, sub, email, verified):
    before = Member.unrestricted.count()
    answer = through(
        client, connect(accepted_amr=["mfa"]), sub, email, verified=verified, amr=["mfa"]
    )
    assert answer.status_code == 403
    assert not is_in(client)
    assert Member.unrestricted.count() == before
    assert not SocialAccount.objects.exists()


def test_a_provider_speaks_for_its_own_agency_even_when_it_claims_more(client, cast, connect):
    provider = connect(domains=("essex.test", "harbour.test"), accepted_amr=["mfa"])
    answer = through(client, provider, "finn", cast.navigator.email, amr=["mfa"])
    assert answer.status_code == 403
    assert not is_in(client)


def test_a_member_who_left_does_not_come_back_this_way(client, cast, connect):
    provider = connect(accepted_amr=["mfa"])
    through(client, provider, "gina", cast.officer.email, amr=["mfa"])
    assert is_in(client)
    with as_role("owner"):
        actions.leave(member=cast.officer, by=None, at=timezone.now())
    assert not is_in(client)
    assert through(client, provider, "gina", cast.officer.email, amr=["mfa"]).status_code == 403


def test_a_known_member_comes_back_under_the_same_id_alone(client, cast, connect):
    provider = connect(accepted_amr=["mfa"])
    through(client, provider, "hana", cast.officer.email, amr=["mfa"])
    client.post(reverse("account_logout"))
    # The address was given to somebody else at the provider.
    other = through(client, provider, "ivor", cast.officer.email, amr=["mfa"])
    assert other.status_code == 403
    # The same person under a new address.
    through(client, provider, "hana", "anna.new@essex.test", amr=["mfa"])
    assert is_in(client)


def test_what_the_provider_says_of_a_person_is_not_kept(client, cast, connect):
    provider = connect()
    for _visit in range(2):
        through(client, provider, "jana", cast.officer.email, shoe_size=39)
        client.post(reverse("account_logout"))
    assert [kept.extra_data for kept in SocialAccount.objects.all()] == [{}]


def test_coming_through_the_provider_uses_the_invitation_up(client, cast, connect):
    with as_role("owner"):
        invited = actions.invite(
            agency=cast.force,
            email="new@essex.test",
            name="New",
            role=Role.ANALYST,
            by=None,
            at=timezone.now(),
        )
    page = client.get(reverse("invitation_accept", args=[invited.token]))
    assert page.status_code == 200
    through(client, connect(accepted_amr=["mfa"]), "kim", "new@essex.test", amr=["mfa"])
    assert is_in(client)
    assert Invitation.unrestricted.get(member=invited.member).used_at
    assert client.get(reverse("invitation_accept", args=[invited.token])).status_code == 404


def test_a_provider_that_is_disconnected_is_gone_and_its_sessions_too(client, cast, connect):
    provider = connect(accepted_amr=["mfa"])
    assert "Essex Police" in client.get(reverse("account_login")).content.decode()
    through(client, provider, "lea", cast.officer.email, amr=["mfa"])
    with as_role("owner"):
        actions.disconnect_provider(provider=provider, at=timezone.now())
    assert not is_in(client)
    assert client.get(reverse("openid_connect_login", args=[provider.pk])).status_code == 404
    assert "as a member of" not in client.get(reverse("account_login")).content.decode()


def test_the_client_secret_is_not_in_the_database(cast, connect):
    connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM agencies_identityprovider")
        assert b"between us" not in bytes(cursor.fetchone()[0])
