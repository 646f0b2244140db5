"""Every address of both doors, walked by every role in every relation, answers as declared."""

import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.urls import resolve, reverse
from tests.cast import Case, Place, Relation
from tests.doors import public_door
from tests.house import matrix, studies
from tests.house.matrix import PARTNER, PUBLIC, Row
from tests.house.studies import Studied
from tests.house.walk import Answer, address, ask, patterns, typed
from tests.roles import as_role

from daymark.agencies.models import Member
from daymark.agencies.session_store import SessionStore
from daymark.agencies.terms import Role
from daymark.design.ids import new_id
from daymark.insight.actions import figures as insight
from daymark.signs import actions as signs
from daymark.site import urls_partner, urls_public
from daymark.vault import codes, envelope

METHODS = ("GET", "POST")


def test_every_address_has_a_row_and_every_row_an_address():
    assert sorted(PARTNER) == sorted(str(page.name) for page in patterns(urls_partner))
    assert sorted(PUBLIC) == sorted(str(page.name) for page in patterns(urls_public))


def test_the_roles_are_all_of_the_roles():
    assert set(Role) == matrix.EVERYBODY


# ---- the partner door ----


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", matrix.RECORDS)
def test_a_record_answers_as_declared(name, method, place):
    """And where it may not be known, with the very bytes of a record that is not there.

    A role that may never use the page is refused by the page itself before any record is looked
    at; all of the door around it is walked for two relations, and for every one by `make prove`.
    """
    row, wrong, told_apart = matrix.RECORDS[name], [], []
    for role in Role:
        there_is_none: dict[Member, Answer] = {}
        for relation in Relation:
            member, case = place.member(role, relation), place.cases[relation]
            declared = row.answer(method, role, relation)
            if declared == 403 and relation not in TWO and not PROVE:
                if not turned_away(member, name, method, case):
                    wrong.append((role, relation, "let in"))
                continue
            got = walk(place, member, name, method, case)
            if got.status != declared:
                wrong.append((role, relation, got.status))
            if got.status in {403, 404, 405, row.refused}:
                if member not in there_is_none:
                    there_is_none[member] = walk(place, member, name, method, None)
                if got != there_is_none[member]:
                    told_apart.append((role, relation, got, there_is_none[member]))
    assert wrong == []
    assert told_apart == []


PROVE = os.environ.get("DAYMARK_PROVE") == "1"
TWO = {Relation.OWNER, Relation.STRANGER}


def turned_away(member: Member, name: str, method: str, case: Case) -> bool:
    url = address(name, case)
    page = resolve(url)
    request = RequestFactory().generic(method, url)
    request.user = member
    try:
        page.func(request, *page.args, **page.kwargs)
    except PermissionDenied:
        return True
    return False


def walk(place: Place, member: Member | None, name: str, method: str, case: Case | None) -> Answer:
    data = typed(name, place, case) if method == "POST" else None
    got = ask(place, member, method, address(name, case), data)
    if name != "break_glass":
        return got
    reference = data["reference"].encode() if data else b""
    return Answer(got.status, got.headers, got.body.replace(reference, b"x" * 9))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", [*matrix.PAGES, *matrix.SIGN_IN])
def test_a_page_answers_as_declared(name, method, place):
    row, url = PARTNER[name], _page(name, place)
    wrong = []
    for role in [*Role, None]:
        member = place.members[role, place.north] if role else None
        data = typed(name, place) if method == "POST" else None
        got = ask(place, member, method, url, data)
        if got.status != row.answer(method, role):
            wrong.append((role, got.status, dict(got.headers).get("Location")))
    assert wrong == []


def _page(name: str, place: Place) -> str:
    given = {
        "design_gallery_state": ["today"],
        **{name: [new_id()] for name in ("views_edit", "releases_one", "releases_publish")},
        "views_file": ["csv"],
        "releases_file": [new_id(), "table", "csv"],
        "rules_clock": ["ROUTINE"],
        "rules_limit": ["IDLE_DAYS"],
        "rules_second": [place.north.pk, "CLOSE"],
        "openid_connect_login": [str(new_id())],
        "openid_connect_callback": [str(new_id())],
        "invitation_accept": ["no-such-token"],
        "account_reset_password_from_key": ["2n9c", "no-such-key"],
        "mfa_edit_webauthn": [_somebodys_key(place)],
        "mfa_remove_webauthn": [_somebodys_key(place)],
    }
    if name in matrix.STUDIES:
        return studies.NOTHING.address(name)
    if name in matrix.DESKS:
        return reverse(name, args=[place.south.pk])
    return reverse(name, args=given.get(name, []))


def _somebodys_key(place: Place) -> int:
    with as_role("owner"):
        key, _ = Authenticator.objects.get_or_create(
            user_id=place.chief.pk, type="webauthn", defaults={"data": {"name": "key"}}
        )
    return int(key.pk)


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_somebody_elses_key_answers_as_one_that_is_not_there(name, place):
    member, key = place.members[Role.DETECTIVE, place.north], _somebodys_key(place)
    for method in METHODS:
        there = ask(place, member, method, reverse(name, args=[key]))
        assert there == ask(place, member, method, reverse(name, args=[key + 9]))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", matrix.MEMBERS)
def test_members_are_managed_in_their_own_agency_alone(name, method, place):
    wrong = []
    for role in [*Role, None]:
        me = place.members[role, place.north] if role else None
        theirs = place.members[Role.DETECTIVE, place.safeguarding]
        own = place.members[Role.DETECTIVE, place.south]
        for row, about in zip(matrix.MEMBERS[name], (own, me or own, theirs), strict=True):
            data = typed(name, place) if method == "POST" else None
            got = ask(place, me, method, reverse(name, args=[about.pk]), data)
            if got.status != row.answer(method, role):
                wrong.append((role, about, got.status))
        if role:
            there = ask(place, me, method, reverse(name, args=[theirs.pk]))
            if there != ask(place, me, method, reverse(name, args=[new_id()])):
                wrong.append((role, "tells members apart"))
    assert wrong == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", matrix.DESKS)
def test_desks_are_looked_after_in_their_own_agency_alone(name, method, place):
    wrong = []
    for role in Role:
        me = place.members[role, place.north]
        for row, about in zip(matrix.DESKS[name], (place.south, place.safeguarding), strict=True):
            got = ask(place, me, method, reverse(name, args=[about.pk]))
            if got.status != row.answer(method, role):
                wrong.append((role, about, got.status))
        if got != ask(place, me, method, reverse(name, args=[new_id()])):
            wrong.append((role, "tells desks apart"))
    assert wrong == []


@pytest.fixture(scope="module")
def studied(place) -> dict[str, Studied]:
    return studies.build(place)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", matrix.STUDIES)
def test_a_study_answers_as_declared(name, method, place, studied):
    """And one that may not be known with the very bytes of one that is not there."""
    wrong = []
    for role in Role:
        north, council = place.members[role, place.north], place.members[role, place.safeguarding]
        asking = ((north, "force"), (council, "force"), (north, "council"))
        for row, (member, whose) in zip(matrix.STUDIES[name], asking, strict=True):
            data = typed(name, place) if method == "POST" else None
            got = ask(place, member, method, studied[whose].address(name), data)
            if got.status != row.answer(method, role):
                wrong.append((role, whose, got.status))
            if got.status in {403, 404, 405}:
                nothing = ask(place, member, method, studies.NOTHING.address(name), data)
                told_apart = got.status != 405 and got != nothing
                wrong += [(role, whose, "told apart")] if told_apart else []
    assert wrong == []


@pytest.mark.parametrize("name", PARTNER)
def test_nobody_signed_in_is_sent_to_sign_in(name, place):
    """With the same bytes whether or not there is such a record."""
    row: Row = PARTNER[name]
    for method in METHODS:
        if name in matrix.RECORDS:
            case = place.cases[Relation.OWNER]
            there, nothing = (ask(place, None, method, address(name, one)) for one in (case, None))
            assert [there.status, nothing.status] == [row.answer(method, None)] * 2
            assert there.body == nothing.body == b""
        elif row.answer(method, None) == 302 and name not in matrix.MEMBERS:
            got = ask(place, None, method, _page(name, place))
            assert dict(got.headers)["Location"].startswith(settings_login())


def settings_login() -> str:
    return reverse(settings.LOGIN_URL)


@pytest.mark.parametrize("name", PARTNER)
def test_a_password_alone_opens_nothing(name, place):
    """Signed in without having shown the second factor: sent to show it, whatever was asked."""
    member = place.members[Role.DESK_SUPERVISOR, place.north]
    half = half_a_session(place, member)
    case = place.cases[Relation.OWNER]
    if name in {"account_logout", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}:
        return
    if name in matrix.MEMBERS:
        url = reverse(name, args=[place.members[Role.DETECTIVE, place.south].pk])
    else:
        url = address(name, case) if name in matrix.RECORDS else _page(name, place)
    for method in METHODS:
        got = ask(place, None, method, url, session=half)
        assert got.status == 302
        assert dict(got.headers)["Location"].startswith(reverse("mfa_reauthenticate"))


def half_a_session(place: Place, member: Member) -> str:
    half = SessionStore()
    half.update(SessionStore(place.sessions[member.pk]).items())
    methods = half["account_authentication_methods"]
    half["account_authentication_methods"] = [one for one in methods if one["method"] != "mfa"]
    half.save()
    return str(half.session_key)


@pytest.mark.parametrize("relation", Relation)
def test_a_concern_shows_what_is_open_and_no_more(relation, place):
    case, told = place.cases[relation], []
    for role in Role:
        body = ask(
            place, place.member(role, relation), "GET", address("concern", case)
        ).body.decode()
        for reach, words in (
            (matrix.READ_ACCOUNT, ("account", "note")),
            (matrix.READ_SOURCE, ("said", "answer")),
        ):
            expected = role in reach.get(relation, ())
            told += [
                (role, what, expected) for what in words if (case.words[what] in body) != expected
            ]
    assert told == []


@pytest.mark.parametrize("name", PARTNER)
def test_a_nul_breaks_no_page(name, place):
    member = place.members[next(role for role in Role if role in PARTNER[name].roles), place.north]
    if name in matrix.SIGN_IN and 200 in PARTNER[name].signed_out:
        member = None
    case = place.cases[Relation.OWNER]
    if name in matrix.RECORDS:
        url = address(name, case)
    elif name in matrix.MEMBERS:
        url = reverse(name, args=[place.members[Role.DETECTIVE, place.south].pk])
    else:
        url = _page(name, place)
    assert list(_broken(place, member, url, typed(name, place, case))) == []


# ---- the public door ----


@pytest.fixture(scope="module")
def public(place) -> Iterator[Place]:
    with as_role("owner"):
        signs.load_content(at=place.now)
        insight.load_content(at=place.now)
    with public_door():
        yield place


_PARTS = {
    "signs_setting": ["car-wash"],
    "figures_history": ["no-such", "E92000001", "2025", "all"],
    "figures_history_file": ["no-such", "E92000001", "2025", "all", "csv"],
    "figures_chart": ["no-such", "one"],
    "figures_file": ["no-such", "one", "csv"],
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_answers_as_declared(name, public):
    url = reverse(name, args=_PARTS.get(name, []))
    got = [ask(public, None, "GET", url)]
    got += [ask(public, None, "POST", url, brought) for brought in _brought(name, public)]
    assert tuple(one.status for one in got) == PUBLIC[name]
    assert [one.headers for one in got if "Set-Cookie" in str(one.headers)] == []


def test_a_public_page_takes_no_notice_of_a_members_session(public):
    member = public.members[Role.DESK_SUPERVISOR, public.north]
    for name in ("home", "report", "come_back"):
        url = reverse(name)
        answers = [ask(public, who, "GET", url).body for who in (member, None)]
        # Each visit has a number of its own.
        known, unknown = (re.sub(rb'name="visit" value="[^"]+"', b"", body) for body in answers)
        assert known == unknown


def test_the_public_door_has_no_address_of_the_partner_door(public):
    for page in patterns(urls_partner):
        if page.name in matrix.RECORDS and page.name != "break_glass":
            url = f"/concerns/{public.cases[Relation.OWNER].pk}/"
            assert ask(public, None, "GET", url).status == 404


def _brought(name: str, place: Place) -> list[dict[str, str]]:
    answers = {"danger": "no", "what": "A van.", "where": ""}
    draft = {"id": str(new_id()), "answers": answers}
    unknown = codes.new().digits
    theirs = place.code.digits
    text = {"what": "A van.", "text": "More."}
    key = settings.FORM_KEY
    return [
        {},
        text | {"draft": envelope.pack(draft, key=key)},
        text | {"draft": envelope.pack(draft | {"code": unknown}, key=key)},
        text | {"draft": envelope.pack(draft | {"code": theirs}, key=key)},
        {"code": unknown},
        {"code": theirs},
    ]


# ---- what no text of the database holds ----

NUL = "\0"
NAMED = re.compile(r'<(?:input|textarea|select|button)\b[^>]*\bname="([^"]+)"')
ASKED = ("q", "page", "area", "type", "about", "into", "next", "all", "more", "still", "left")
"""What addresses carry besides the fields of forms."""


@pytest.mark.parametrize("name", PUBLIC)
def test_a_nul_breaks_no_public_page(name, public):
    url = reverse(name, args=_PARTS.get(name, []))
    for data in _brought(name, public)[1::4]:  # a draft, a reporter's code
        assert list(_broken(public, None, url, data)) == []


def _broken(
    place: Place, member: Member | None, url: str, data: dict[str, Any]
) -> Iterator[tuple[object, ...]]:
    """Where one stands in the path, in the query, in all fields of the page or in one of them."""
    page = ask(place, member, "GET", url).body.decode(errors="replace")
    fields = dict.fromkeys({*NAMED.findall(page)} - {"csrfmiddlewaretoken"}, NUL)
    query = urlencode(dict.fromkeys(ASKED, NUL) | fields)
    asked: list[tuple[str, str, dict[str, Any] | None]] = [("GET", f"{url}?{query}", None)]
    asked += [("GET", url.replace(f"/{part}", f"/{part}%00"), None) for part in url.split("/")]
    asked += [("POST", url, data | fields)]
    asked += [("POST", url, data | {one: f"{text}{NUL}"}) for one, text in data.items()]
    for one in asked:
        if ask(place, member, *one, before_undoing=lambda: None).status >= 500:
            yield one
