"""Every check in Python taken away, one at a time and all at once: the database lets nothing out.

The leak probe asks for pages and sends forms as members who may not, and looks for words that
stand nowhere but in one dossier, and for rows that changed. That the probe can see is shown with
the other wall: without row-level security each missing check is a leak.
"""

import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection
from django.http import Http404
from tests.cast import Case, Place, Relation, word
from tests.house import matrix
from tests.house.test_walls import READS, without
from tests.house.walk import address, ask, typed
from tests.roles import as_role
from tests.worlds import Facts, facts

from daymark.access import actions
from daymark.access import queries as access_queries
from daymark.access.models import (
    Basis,
    Block,
    Dossier,
    Draft,
    Glass,
    Named,
    Notice,
    Share,
)
from daymark.access.terms import Compartment, Permission
from daymark.agencies.models import Desk, Member
from daymark.agencies.terms import Role
from daymark.concerns.models import (
    Account,
    Asked,
    Concern,
    Event,
    File,
    Handover,
    Inquiry,
    Message,
    Original,
    Proposal,
    Source,
)
from daymark.concerns.queries import desk as concerns_queries
from daymark.concerns.queries import files as files_queries
from daymark.insight.queries import counts as counts_queries
from daymark.insight.queries import studies as studies_queries

# ---- the checks, each with what stands in its place when it is taken away ----

LISTS = ("today", "concerns", "search", "export", "notices")
ONE = ("concern", "concern_decide", "concern_ask", "concern_close", "concern_pass", "concern_paper")
ABOUT = ("who_knows", "share", "restrict", "block")
POSTED = tuple(
    name for name, row in matrix.RECORDS.items() if row.post == 302 and name != "break_glass"
)
EVERYTHING = (*LISTS, *ONE, *ABOUT, "glass_review", *(f"{name}!" for name in POSTED))
"""Pages to look at; with an exclamation mark, forms to send."""


STRANGERS = (
    Relation.STRANGER,
    Relation.NOTHING,
    Relation.ACCOUNT,
    Relation.EXPIRED,
    Relation.SHARED_UNNAMED,
    Relation.BLOCKED,
)
OF_RECORDS = [(Role.DESK_SUPERVISOR, relation) for relation in STRANGERS]
OF_ROLES = [(role, Relation.OWNER) for role in Role if role is not Role.DESK_SUPERVISOR]
OF_THE_DESK = [(Role.DESK_SUPERVISOR, Relation.OWNER)]
DRAFT = word("draft")


@dataclass(frozen=True)
class Check:
    """Where it stands, what takes its place, and the pages that ask it."""

    instead: Callable[..., Any]
    pages: tuple[str, ...]
    asked_by: Sequence[tuple[Role, Relation]] = tuple(OF_RECORDS)
    """Who tries: one role where they may know nothing or little, or every role at the desk."""


def every(model: Any, *related: str) -> Any:
    return model.unrestricted.select_related(*related)


def one(model: Any) -> Callable[..., Any]:
    return lambda pk, member, *, now: every(model).filter(pk=pk).first()


def of_it(model: Any, *related: str, **narrowed: object) -> Callable[..., Any]:
    return lambda dossier, member, *, now: every(model, *related).filter(
        dossier=dossier.pk, **narrowed
    )


def every_concern(member: Member, *, now: Any) -> Any:
    return every(Concern, "dossier__desk", "dossier__agency", "area").order_by("due_at", "pk")


def _any_dossier(request: Any, pk: UUID, permission: Any) -> Dossier:
    if found := every(Dossier, "agency", "desk").filter(pk=pk).first():
        return found
    raise Http404


def _any_concern(request: Any, pk: UUID, permission: Any = None) -> Concern:
    if found := every_concern(request.user, now=None).filter(pk=pk).first():
        return found
    raise Http404


def _found(text: str, member: Member, *, now: Any) -> dict[UUID, int]:
    with patch.object(access_queries, "opened_dossiers", lambda *_, **__: every(Dossier)):
        return SEARCH(text, member, now=now)


SEARCH = concerns_queries.search
ACCESS, CONCERNS = "daymark.access.queries.", "daymark.concerns.queries.desk."
FILES = "daymark.concerns.queries.files."
DESK, ABOUT_IT = "daymark.concerns.views.desk.", "daymark.access.views."
CHECKS: dict[str, Check] = {
    "daymark.access.guards.allowed": Check(lambda *_: True, EVERYTHING, OF_ROLES),
    "daymark.access.rules.holds": Check(lambda *_: True, EVERYTHING, OF_ROLES),
    ACCESS + "known_dossiers": Check(lambda member, *, now: every(Dossier), EVERYTHING),
    ACCESS + "opened_dossiers": Check(
        lambda member, compartment, *, now: every(Dossier), (*LISTS, "concern")
    ),
    ACCESS + "held_dossiers": Check(
        lambda member, permission, *, now: every(Dossier), (*LISTS, *ABOUT, "glass_review")
    ),
    ACCESS + "may": Check(
        lambda member, permission, dossier, *, now: True,
        ("concern", *(f"{name}!" for name in POSTED if name.startswith("concern"))),
    ),
    ACCESS + "_desks": Check(lambda member: Desk.unrestricted.values("pk"), EVERYTHING),
    ACCESS + "_shares": Check(lambda member, *, now: every(Share), (*LISTS, "concern")),
    ACCESS + "_open_glass": Check(lambda member, *, now: every(Glass), (*LISTS, "concern")),
    ACCESS + "shares_of": Check(of_it(Share, "basis"), ("who_knows",)),
    ACCESS + "bases_of": Check(of_it(Basis), ("who_knows",)),
    ACCESS + "named_in": Check(of_it(Named), ("concern", "who_knows")),
    ACCESS + "blocks_of": Check(of_it(Block, "member__agency"), ("who_knows",)),
    ACCESS + "share_of": Check(one(Share), ("share_end!",)),
    ACCESS + "basis_of": Check(one(Basis), ("basis_end!",)),
    ACCESS + "block_of": Check(one(Block), ("block_lift!",)),
    ACCESS + "glass_to_review": Check(
        lambda member, *, now: every(Glass, "member__agency", "dossier"),
        ("today", "glass_review", "glass_review!"),
    ),
    ACCESS + "notices_for": Check(
        lambda member, *, now: every(Notice, "dossier").order_by("-at"), ("notices",)
    ),
    ACCESS + "unseen_notices": Check(
        lambda member, *, now: every(Notice, "dossier").order_by("-at"), ("today", "notices!")
    ),
    ACCESS + "draft_of": Check(
        lambda page, member: Draft.unrestricted.filter(page=page).first(),
        ("concern_ask",),
        OF_THE_DESK,
    ),
    CONCERNS + "concerns_for": Check(every_concern, EVERYTHING),
    CONCERNS + "at_my_desks": Check(every_concern, ("today",)),
    CONCERNS + "inbox": Check(
        lambda member, chosen, *, now: every_concern(member, now=now), ("concerns", "export")
    ),
    CONCERNS + "search": Check(_found, ("search",)),
    CONCERNS + "accounts": Check(
        lambda concerns, member, *, now: {
            found.pk: found for found in every(Account).filter(pk__in=[c.pk for c in concerns])
        },
        (*LISTS, "concern"),
    ),
    CONCERNS + "source_of": Check(
        lambda one, member, *, now: every(Source).filter(dossier=one.pk).first(), ("concern",)
    ),
    CONCERNS + "messages_of": Check(of_it(Message, "by"), ("concern",)),
    CONCERNS + "history_of": Check(of_it(Event, "by__agency"), ("concern",)),
    FILES + "files_of": Check(of_it(File, "dossier"), ("concern", "file_copy", "file_preview")),
    FILES + "originals_of": Check(of_it(Original, "file__dossier"), ("file_original",)),
    CONCERNS + "alike": Check(
        lambda concern, member, *, now: [
            concerns_queries.Alike(other, other.dossier.desk, (), other.pk)
            for other in every_concern(member, now=now)
        ],
        ("concern",),
    ),
    CONCERNS + "inquiries_of": Check(
        lambda concern, member, *, now: every(
            Inquiry, "desk__agency", "by", "answered_by__agency"
        ).filter(asking=concern.pk),
        ("concern",),
    ),
    CONCERNS + "inquiries_to": Check(
        lambda member, *, now: every(Asked, "dossier__desk__agency", "inquiry__by__agency"),
        ("today", "concern"),
    ),
    CONCERNS + "handovers_of": Check(of_it(Handover, "agency", "by__agency"), ("concern",)),
    CONCERNS + "proposals_to": Check(
        lambda member, *, now: every(Proposal, "dossier", "by"), ("today", "concern")
    ),
    DESK + "_concern": Check(_any_concern, ("concern", *(f"{n}!" for n in POSTED[:5]))),
    DESK + "_held": Check(_any_concern, (*ONE, *(f"{n}!" for n in POSTED[:5]))),
    ABOUT_IT + "_held": Check(
        _any_dossier, (*ABOUT, "share!", "restrict!", "restriction_lift!", "block!")
    ),
}

NO_CHECKS = {
    CONCERNS + "passable_desks": "desks are in the directory",
    CONCERNS + "escalated": "starts from `concerns_for`, and narrows it",
    CONCERNS + "told_by": "what it gives comes from three checks of this list",
    CONCERNS + "merged_into": "what is merged is shown through `concerns_for`; see test_merges",
    CONCERNS + "merge_of": "the page has asked for one end, and names the other; see test_merges",
}

BEHIND_HELD = "the page that shows it has asked for the dossier at the member's desk before"
REDUNDANT = {
    "daymark.access.guards.allowed": "the query for what the member holds asks for the role again",
    ACCESS + "shares_of": BEHIND_HELD,
    ACCESS + "bases_of": BEHIND_HELD,
    ACCESS + "named_in": BEHIND_HELD,
    ACCESS + "blocks_of": BEHIND_HELD,
    CONCERNS + "search": "the function that searches repeats the rule and answers with ids",
}
"""Checks that other Python checks or a function of the database repeat."""


def test_every_query_for_a_member_is_a_check():
    asked = {
        f"{module.__name__}.{name}"
        for module in (access_queries, concerns_queries, files_queries)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and "member" in inspect.signature(function).parameters
    }
    assert asked - CHECKS.keys() == NO_CHECKS.keys()


COUNTS, STUDIES = "daymark.insight.queries.counts.", "daymark.insight.queries.studies."
BEHIND_THE_WALL = {
    **dict.fromkeys((COUNTS + "releases_for", COUNTS + "published"), "insight_release"),
    COUNTS + "release_of": "insight_release",
    **dict.fromkeys((COUNTS + "views_for", COUNTS + "own_view"), "insight_view"),
    **dict.fromkeys((COUNTS + "runs_for", COUNTS + "unseen_runs"), "insight_run"),
    **dict.fromkeys((STUDIES + "studies_for", STUDIES + "own_studies"), "insight_study"),
    **dict.fromkeys(
        (STUDIES + "own_lists", STUDIES + "lists_to_choose", STUDIES + "waiting_lists"),
        "insight_seenlist",
    ),
    STUDIES + "estimation_for": "insight_estimation",
    STUDIES + "share_of": "insight_studyshare",
}
"""What counts and studies ask for a member hangs on no dossier, all that the probe looks for. With
such a check taken away the wall of its table still stands: `test_walls` compares what it lets
through with the rule, member by member."""


def test_every_query_for_a_member_that_hangs_on_no_dossier_stands_behind_a_wall():
    asked = {
        f"{module.__name__}.{name}"
        for module in (counts_queries, studies_queries)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and "member" in inspect.signature(function).parameters
    }
    assert asked == BEHIND_THE_WALL.keys()
    assert set(BEHIND_THE_WALL.values()) <= READS.keys()


# ---- the leak probe ----

ACTS = {
    "concern_decide": Permission.TRIAGE_CONCERNS,
    "concern_pass": Permission.PASS_CONCERNS,
    "concern_ask": Permission.ASK_REPORTERS,
    "concern_close": Permission.CLOSE_CONCERNS,
    "concern_reopen": Permission.CLOSE_CONCERNS,
    "inquiry": Permission.TRIAGE_CONCERNS,
    "concern_merge": Permission.CLOSE_CONCERNS,
    "concern_hand_on": Permission.TRIAGE_CONCERNS,
    "concern_proposal": Permission.CLOSE_CONCERNS,
    "share": Permission.SHARE_DOSSIERS,
    "share_end": Permission.SHARE_DOSSIERS,
    "basis_end": Permission.SHARE_DOSSIERS,
    "restrict": Permission.RESTRICT_DOSSIERS,
    "restriction_lift": Permission.RESTRICT_DOSSIERS,
    "block": Permission.RESTRICT_DOSSIERS,
    "block_lift": Permission.RESTRICT_DOSSIERS,
    "glass_review": Permission.REVIEW_GLASS,
}
WRITTEN = (
    "access_basis",
    "access_block",
    "access_dossier",
    "access_glass",
    "access_named",
    "access_notice",
    "access_share",
    "concerns_account",
    "concerns_concern",
    "concerns_event",
    "concerns_handover",
    "concerns_inquiry",
    "concerns_letter",
    "concerns_merge",
    "concerns_message",
    "concerns_proposal",
    "concerns_source",
    "concerns_thread",
)


def forbidden(place: Place, known: Facts, member: Member) -> dict[str, str]:
    """The words that no page may show this member, each with what it gives away."""
    found = {DRAFT: "somebody else's draft"}
    for relation, case in place.cases.items():
        may = {
            "account": known.opens(member, case.pk, Compartment.ACCOUNT),
            "looks": known.opens(member, case.pk, Compartment.ACCOUNT),
            "note": known.opens(member, case.pk, Compartment.ACCOUNT),
            "file": known.opens(member, case.pk, Compartment.ACCOUNT),
            "file_name": known.holds(member, case.pk, Permission.OPEN_ORIGINALS),
            "name": known.opens(member, case.pk, Compartment.SOURCE),
            "said": known.opens(member, case.pk, Compartment.SOURCE),
            "answer": known.opens(member, case.pk, Compartment.SOURCE),
            "basis": known.holds(member, case.pk, Permission.SHARE_DOSSIERS),
            "block": known.holds(member, case.pk, Permission.RESTRICT_DOSSIERS),
            "glass": known.holds(member, case.pk, Permission.REVIEW_GLASS),
            "handed": known.opens(member, case.pk, Compartment.ACCOUNT),
            "proposed": known.holds(member, case.pk, Permission.READ_CONCERN),
            "asks": at_either_end(known, member, place, case),
            "asked": at_either_end(known, member, place, case),
        }
        found |= {
            case.words[what]: f"{what} of {relation}" for what, open_ in may.items() if not open_
        }
        if not known.knows(member, case.pk):
            found[case.dossier.reference] = f"existence of {relation}"
    return found


def at_either_end(known: Facts, member: Member, place: Place, case: Case) -> bool:
    assert place.elsewhere
    ends = (case.pk, place.elsewhere.pk)
    return any(known.holds(member, end, Permission.READ_CONCERN) for end in ends)


def leaks(
    place: Place, known: Facts, pairs: Sequence[tuple[Role, Relation]], pages: tuple[str, ...]
) -> Iterator[str]:
    seen: set[tuple[UUID, str]] = set()
    before = fingerprint()
    for role, relation in pairs:
        member, case = place.member(role, relation), place.cases[relation]
        hidden = forbidden(place, known, member)
        for page in pages:
            if page.endswith("!"):
                yield from _written(place, known, member, case, page[:-1], before)
                continue
            if page in LISTS and page != "search":
                if (member.pk, page) in seen:
                    continue
                seen.add((member.pk, page))
            for url, words in _asked(page, place, known, member, case):
                body = ask(place, member, "GET", url, before_undoing=lambda: None).body.decode()
                for told in hidden.keys() | words:
                    if told in body:
                        yield f"{member} reads {hidden.get(told, told)} at {url}"


def _asked(
    page: str, place: Place, known: Facts, member: Member, case: Case
) -> Iterator[tuple[str, set[str]]]:
    """The addresses of a page, and words which it in particular may not show."""
    if page == "search":
        # What was typed is echoed; that it is found shows as a link.
        for what, part in (("account", Compartment.ACCOUNT), ("answer", Compartment.SOURCE)):
            if not known.opens(member, case.pk, part):
                yield f"/concerns/?words={case.words[what][:10]}", {str(case.pk)}
    elif page in LISTS:
        yield (
            {"today": "/", "export": "/concerns/export.csv", "notices": "/news/"}.get(
                page, "/concerns/"
            ),
            set(),
        )
    else:
        yield address(page, case), set()


def _written(
    place: Place, known: Facts, member: Member, case: Case, name: str, before: list[str]
) -> Iterator[str]:
    if name in ACTS and known.holds(member, case.pk, ACTS[name]):
        return
    url = "/news/" if name == "notices" else address(name, case)
    after: list[list[str]] = []

    def look() -> None:
        after.append(fingerprint())

    ask(place, member, "POST", url, typed(name, place, case), before_undoing=look)
    if after != [before] and name != "notices":
        changed = [t for t, a, b in zip(WRITTEN, before, after[0], strict=True) if a != b]
        yield f"{member} writes {changed} by {url}"
    if name == "notices" and not rules_allow_seeing(known, member) and after != [before]:
        yield f"{member} marks news as seen"


def rules_allow_seeing(known: Facts, member: Member) -> bool:
    return any(known.holds(member, dossier, Permission.READ_CONCERN) for dossier in known.desks)


def fingerprint() -> list[str]:
    parts = ", ".join(
        f"(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t)"
        for table in WRITTEN
    )
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute(f"SELECT {parts}")
        return list(cursor.fetchone())


@pytest.fixture(scope="module")
def known(place: Place) -> Facts:
    """What is known to whom; and a draft that is its writer's alone."""
    page = address("concern_ask", place.cases[Relation.OWNER])
    with as_role("partner", member_id=place.chief.pk):
        actions.keep_draft(page, json.dumps({"text": [DRAFT]}), by=place.chief, at=place.now)
    with as_role("owner"):
        return facts(place.now)


def missing(*names: str) -> ExitStack:
    """Checks taken away; what was put into words with them is put into words anew."""
    access_queries.in_words.cache_clear()
    stack = ExitStack()
    stack.callback(access_queries.in_words.cache_clear)
    for name in names:
        stack.enter_context(patch(name, CHECKS[name].instead))
    return stack


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_taken_away_leaks_nothing(name, place: Place, known: Facts):
    check = CHECKS[name]
    with missing(name):
        assert list(leaks(place, known, check.asked_by, check.pages)) == []


def test_all_checks_taken_away_leak_nothing(place: Place, known: Facts):
    """But the two that only pass on what others found, which would hide the others' work."""
    with missing(*(CHECKS.keys() - {CONCERNS + "search", CONCERNS + "inbox"})):
        assert list(leaks(place, known, OF_RECORDS + OF_ROLES, EVERYTHING)) == []


NO_POLICIES = [f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in READS]


@pytest.mark.parametrize("name", sorted(CHECKS.keys() - REDUNDANT.keys()))
def test_without_the_second_wall_a_missing_check_is_a_leak(name, place: Place, known: Facts):
    """So the probe sees, and each check does something."""
    check = CHECKS[name]
    with without(*NO_POLICIES), missing(name):
        assert next(leaks(place, known, check.asked_by, check.pages), None) is not None


def test_without_the_second_wall_the_checks_alone_let_nothing_out(place: Place, known: Facts):
    with without(*NO_POLICIES):
        assert (
            list(leaks(place, known, OF_RECORDS + OF_ROLES, (*LISTS, "concern", "who_knows"))) == []
        )
