"""An operator opens a house that nobody stands in yet."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.agencies import actions
from daymark.agencies import queries as agencies
from daymark.agencies.models import Agency, Desk, IdentityProvider, Member
from daymark.agencies.terms import Role
from daymark.concerns.queries.content import desk_for
from daymark.site.founding import NoSignInService, NotAPartnership, disconnect, found

pytestmark = pytest.mark.django_db

PARTNERSHIP = """
address = "http://localhost:8001"
[[agency]]
name = "Essex Police"
kind = "POLICE"
regime = "LAW_ENFORCEMENT"
desks = ["MSHT desk"]
[[agency.administrator]]
name = "Jo Example"
email = "Jo@police.example"
[agency.sign_in]
issuer = "https://login.police.example"
client_id = "daymark"
client_secret = "between us"
email_domains = ["police.example"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "partnership.toml"
    written.write_text(PARTNERSHIP)
    return written


def link(told: list[str]) -> str:
    (found_,) = re.findall(r"for Jo Example alone.*: http://localhost:8001(/\S+)", "\n".join(told))
    return str(found_)


def test_the_first_administrator_comes_in_and_needs_a_second_factor(file: Path, client: Client):
    with as_role("owner"):
        told = found(file, at=timezone.now())
    assert told[:2] == ["Essex Police: opened", "Essex Police: desk MSHT desk opened"]
    assert "http://localhost:8001/sign-in/through/" in told[-2]
    assert told[-1] == "MSHT desk: reads all reports, until the rules name others"
    assert str(desk_for("CO2 8JX", on=timezone.localdate())) == "MSHT desk"
    password = {"password": "lantern tide gravel", "again": "lantern tide gravel"}
    come = client.post(link(told), password)
    assert urlsplit(come["Location"]).path == reverse("mfa_index")
    assert client.get(reverse("members"))["Location"] == reverse("mfa_index")
    with as_role("owner"):
        assert found(file, at=timezone.now()) == ["Nothing was missing."]


def test_read_again_the_file_adds_what_is_new_and_a_fresh_link(file: Path, client: Client):
    with as_role("owner"):
        first = found(file, at=timezone.now())
        file.write_text(PARTNERSHIP.replace('["MSHT desk"]', '["MSHT desk", "Night desk"]'))
        again = found(file, at=timezone.now())
        assert Agency.unrestricted.count() == Member.unrestricted.count() == 1
        assert Desk.unrestricted.count() == 2
    assert again[0] == "Essex Police: desk Night desk opened"
    assert len(again) == 2
    assert client.get(link(first)).status_code == 404
    assert client.get(link(again)).status_code == 200


@pytest.mark.parametrize(
    ("of", "instead", "said"),
    [
        ("POLICE", "POLISE", "kind is 'POLISE', not one of POLICE, COUNCIL"),
        ("Jo@police.example", "jo at police", "Enter a valid email address"),
        ('name = "Jo Example"', 'name = " "', "name is missing"),
        ("[[agency]]", "[agency]", "not built like the example"),
        ('["police.example"]', "[]", "email_domains is missing"),
        ("http://localhost:8001", "localhost", "Enter a valid URL"),
        ("=", "= =", "Invalid value"),
    ],
)
def test_a_file_that_cannot_be_followed_is_refused_whole(
    file: Path, of: str, instead: str, said: str
):
    file.write_text(PARTNERSHIP.replace(of, instead, 1))
    with as_role("owner"):
        with pytest.raises(NotAPartnership, match=said):
            found(file, at=timezone.now())
        assert not Agency.unrestricted.exists()


def test_a_desk_that_was_closed_is_not_opened_again_by_its_name(file: Path):
    with as_role("owner"):
        found(file, at=timezone.now())
        old = Desk.unrestricted.get()
        new = actions.open_desk(agency=old.agency, name="New", by=None, at=timezone.now())
        actions.close_desk(desk=old, successor=new, by=None, at=timezone.now())
        again = found(file, at=timezone.now())
    assert "Essex Police: desk MSHT desk was closed and stays so; take it out of the file" in again


def test_a_sign_in_service_ends_and_nobody_is_locked_out(file: Path, client: Client):
    now = timezone.now()
    with as_role("owner"):
        found(file, at=now)
        agency = Agency.unrestricted.get()
        jo = agencies.member_called("jo@police.example")
        people = [
            actions.invite(agency=agency, email=email, name=email, role=role, by=jo, at=now).member
            for email, role in (
                ("sam@police.example", Role.ADMINISTRATOR),
                ("kim@police.example", Role.ANALYST),
                ("lee@police.example", Role.ANALYST),
            )
        ]
        # All came through the service but for Lee, whose link waits; Sam chose a password, too.
        for one in (jo, *people[:2]):
            actions.accept_through_provider(member=one, at=now)
        actions.set_password(member=people[0], password="lantern tide gravel", at=now)
        before = dict(Member.unrestricted.values_list("pk", "generation"))
        told = disconnect("Essex Police", address="http://localhost:8001/", at=timezone.now())
        after = dict(Member.unrestricted.values_list("pk", "generation"))
        assert not agencies.identity_providers(timezone.now()).exists()
        assert all(after[pk] > generation for pk, generation in before.items())
    assert told[0] == (
        "Essex Police: https://login.police.example disconnected; every member is signed out"
    )
    assert "a link for lee@police.example still works, made by Jo Example" in told[1]
    assert [line for line in told if "alone" in line and "sam@" in line] == []
    assert "Essex Police: 2 more have no password; they get links under Members" in told
    assert "take sign_in out of your file" in told[-1].lower()
    assert client.get(link(told)).status_code == 200
    with as_role("owner"):
        with pytest.raises(NoSignInService, match="Agencies that have one: none"):
            disconnect("Essex Police", address="", at=timezone.now())
        assert IdentityProvider.unrestricted.count() == 1
