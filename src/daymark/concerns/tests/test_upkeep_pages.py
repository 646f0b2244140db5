"""An administrator opens desks, gives them new keys and closes them, on pages."""

import pytest
from django.urls import reverse
from tests.roles import as_role

from daymark.agencies import actions as agencies
from daymark.agencies.models import Desk, DeskKey, Seat
from daymark.agencies.terms import Role
from daymark.audit.models import Entry
from daymark.concerns import actions
from daymark.concerns.tests.people import BEFORE, _member, client_of
from daymark.design.ids import new_id

LIST, OPEN = reverse("desks"), reverse("desks_open")


def page(name: str, desk: Desk) -> str:
    return reverse(f"desks_{name}", args=[desk.pk])


@pytest.fixture
def admin(cast):
    """Of the force; sits nowhere."""
    with as_role("owner"):
        member = _member("admin", Role.ADMINISTRATOR, cast.force, cast.south)
        Seat.unrestricted.filter(member=member).delete()
    return member


@pytest.fixture
def client(admin):
    return client_of(admin)


@pytest.fixture
def spare(cast):
    """What no other route names is read by the council; nail bars still by the northern desk."""
    with as_role("owner"):
        actions.content.set_route(None, desk=cast.safeguarding, source="test", at=BEFORE)
        actions.content.set_route(
            None, type_key="nail_bar", desk=cast.north, source="test", at=BEFORE
        )


def test_a_stranger_is_turned_away_from_all_of_them(cast):
    pages = [LIST, OPEN, *(page(name, cast.north) for name in ("one", "key", "close"))]
    for stranger in (cast.responder, cast.officer, cast.supervisor):
        client = client_of(stranger)
        assert {client.get(url).status_code for url in pages} == {403}
        assert {client.post(url).status_code for url in pages[1:]} == {403}


def test_another_agencys_desk_is_as_one_that_is_not_there(cast, client):
    for name in ("one", "key", "close"):
        theirs = client.get(page(name, cast.safeguarding))
        nothing = client.get(reverse(f"desks_{name}", args=[new_id()]))
        assert (theirs.status_code, theirs.content) == (404, nothing.content)
    for name in ("key", "close"):
        given = {"successor": cast.north.pk, "sure": "yes"}
        assert client.post(page(name, cast.safeguarding), given).status_code == 404
    assert "Safeguarding" not in client.get(LIST).content.decode()


def test_a_key_is_changed_by_pressing_twice_and_stands_under_a_name(cast, admin, client):
    assert page("key", cast.north) in client.get(page("one", cast.north)).content.decode()
    before = bytes(cast.north.public_key)
    assert client.get(page("key", cast.north)).status_code == 200
    assert bytes(Desk.unrestricted.get(pk=cast.north.pk).public_key) == before
    done = client.post(page("key", cast.north), follow=True)
    assert "locked to a new key" in done.content.decode()
    assert "Earlier keys" in done.content.decode()
    with as_role("owner"):
        assert bytes(Desk.unrestricted.get(pk=cast.north.pk).public_key) != before
        assert DeskKey.unrestricted.filter(desk=cast.north).count() == 2
        assert Entry.unrestricted.get(verb="desk.key_rotated").actor == admin.pk


def test_a_desk_closed_while_its_page_stood_open_gets_no_key(cast, spare, client, monkeypatch):
    def closed_meanwhile(**_):
        raise agencies.DeskClosed

    monkeypatch.setattr(agencies, "rotate_desk_key", closed_meanwhile)
    assert client.post(page("key", cast.north)).status_code == 404


def test_a_desk_is_opened_once_under_a_name(cast, admin, client):
    refused = client.post(OPEN, {"name": "NORTH"})
    assert refused.status_code == 422
    assert "NORTH" in refused.content.decode()
    assert client.post(OPEN, {"name": " "}).status_code == 422
    done = client.post(OPEN, {"name": "Night desk"}, follow=True)
    assert "Nobody" in done.content.decode()
    with as_role("owner"):
        opened = Desk.unrestricted.get(name="Night desk")
        assert opened.agency_id == admin.agency_id
        assert Entry.unrestricted.get(verb="desk.opened", actor=admin.pk).object_id == opened.pk


def test_a_desk_that_reads_everything_else_cannot_be_closed_and_the_page_says_why(cast, client):
    url = page("close", cast.north)
    shown = client.get(url).content.decode()
    assert "a coordinator must name another desk" in shown
    assert "Everywhere else: <strong>nobody would read them" in shown
    assert 'name="successor"' not in shown
    refused = client.post(url, {"successor": cast.south.pk, "sure": "yes"})
    assert refused.status_code == 422
    assert Desk.unrestricted.get(pk=cast.north.pk).closed_at is None


def test_the_only_desk_and_ones_own_are_not_closed(cast, spare, admin, client):
    url = page("close", cast.north)
    with as_role("owner"):
        agencies.seat(member=admin, desk=cast.north, by=None, at=BEFORE)
    client = client_of(admin)
    assert "You sit here yourself" in client.get(url).content.decode()
    assert client.post(url, {"successor": cast.south.pk, "sure": "yes"}).status_code == 422
    with as_role("owner"):
        agencies.unseat(member=admin, desk=cast.north, by=None, at=BEFORE)
        agencies.close_desk(desk=cast.south, successor=cast.north, by=None, at=BEFORE)
    client = client_of(admin)
    assert "only open desk" in client.get(url).content.decode()
    assert client.post(url, {"successor": cast.south.pk, "sure": "yes"}).status_code == 422
    assert Desk.unrestricted.get(pk=cast.north.pk).closed_at is None


def test_a_desk_where_nobody_decides_takes_nothing_over(cast, spare, client):
    with as_role("owner"):
        empty = agencies.open_desk(agency=cast.force, name="Empty", by=None, at=BEFORE)
    for given in ({"successor": empty.pk}, {"successor": empty.pk, "sure": "yes"}):
        refused = client.post(page("close", cast.north), given)
        assert refused.status_code == 422
        assert "Nobody sits at Empty" in refused.content.decode()
    theirs = client.post(page("close", cast.north), {"successor": cast.safeguarding.pk})
    assert theirs.status_code == 422
    assert client.post(page("close", cast.north), {"sure": "yes"}).status_code == 422
    assert Desk.unrestricted.get(pk=cast.north.pk).closed_at is None


def test_closing_says_what_follows_and_asks_once_more(cast, spare, admin, client):
    url = page("close", cast.north)
    first = client.get(url).content.decode()
    assert "Council, Safeguarding" in first
    asked = client.post(url, {"successor": cast.south.pk})
    sure = asked.content.decode()
    assert asked.status_code == 200
    assert "officer, supervisor" in sure
    assert "Council, Safeguarding" in sure
    assert Desk.unrestricted.get(pk=cast.north.pk).closed_at is None
    done = client.post(url, {"successor": cast.south.pk, "sure": "yes"}, follow=True)
    assert "South took over" in done.content.decode()
    with as_role("owner"):
        assert Desk.unrestricted.get(pk=cast.north.pk).successor == cast.south
        assert Entry.unrestricted.get(verb="desk.closed").actor == admin.pk
    # It stays to be read, and nothing more is done to it.
    assert "South" in client.get(page("one", cast.north)).content.decode()
    for name in ("key", "close"):
        assert client.get(page(name, cast.north)).status_code == 404
        assert client.post(page(name, cast.north), {"sure": "yes"}).status_code == 404


def test_its_routes_show_on_today_until_somebody_sets_them(cast, spare, client):
    given = {"successor": cast.south.pk, "sure": "yes"}
    assert client.post(page("close", cast.north), given).status_code == 302
    today = client.get(reverse("today")).content.decode()
    assert "the desk is closed" in today
    assert "until a coordinator names another, Council, Safeguarding reads them" in today
    assert "the desk is closed" in client.get(reverse("rules")).content.decode()
