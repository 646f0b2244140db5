"""The database alone keeps every row from whoever may not have it, and every part of it is needed.

The wall probe reads and writes past all Python checks, as each member and each role, and compares
with what `tests.worlds` works out from bare facts. Then each policy, trigger and constraint is
taken away in turn, and the probe must notice.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests.cast import Place, Relation
from tests.house import grants
from tests.roles import as_role
from tests.worlds import Facts, facts

from daymark.access import rules
from daymark.access.models import Grant
from daymark.access.terms import Compartment, Permission
from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.design.ids import new_id
from daymark.vault import codes
from daymark.vault.models import SEARCH_KEY

READ, TRIAGE, ASK = (
    Permission.READ_CONCERN,
    Permission.TRIAGE_CONCERNS,
    Permission.ASK_REPORTERS,
)
SHARE, RESTRICT, PASS = (
    Permission.SHARE_DOSSIERS,
    Permission.RESTRICT_DOSSIERS,
    Permission.PASS_CONCERNS,
)
AGREE, CLOSE = Permission.MANAGE_AGREEMENTS, Permission.CLOSE_CONCERNS


@dataclass(frozen=True)
class Scene:
    place: Place
    facts: Facts


@pytest.fixture(scope="module")
def scene(place: Place) -> Scene:
    """The cast with a draft each, a key and a second factor somebody has, a reset that waits."""
    with as_role("owner"):
        for member in place.everybody():
            run(
                "INSERT INTO access_draft (id, member_id, page, body, saved_at) SELECT %s, %s, '/',"
                " reason, now() FROM access_glass LIMIT 1",
                new_id(),
                member.pk,
            )
        run(
            "INSERT INTO agencies_factorreset (id, member_id, reason, requested_by_id,"
            " requested_at) VALUES (%s, %s, 'LOST', %s, now())",
            new_id(),
            place.members[Role.DETECTIVE, place.north].pk,
            place.administrator.pk,
        )
        run(
            "INSERT INTO insight_edition (id, series, published, title, publisher, source, quality,"
            " licence, retrieved, open) VALUES (%s, 's', '2025', 't', 'p', 's', 'OFFICIAL', 'l',"
            " now(), false)",
            kept := new_id(),
        )
        run(
            "INSERT INTO insight_measure (key, name, unit, definition, not_said, small_cells,"
            " position) VALUES ('m', 'm', 'people', 'd', 'n', false, 1)"
        )
        run(
            "INSERT INTO insight_figure (id, measure_id, edition_id, area, period, breakdown,"
            " value, quotable, derived, caveat) VALUES (%s, 'm', %s, 'E', '2025', '{}', 1,"
            " false, false, '')",
            new_id(),
            kept,
        )
        _counted(place)
        _studied(place)
        _between_desks(place)
        _ruled(place)
        return Scene(place, facts(place.now))


ENDS: dict[Any, tuple[Any, Any]] = {}
"""The dossier that asks and the one that is asked about, of each inquiry."""


def _between_desks(place: Place) -> None:
    """Some are merged; of those of which more is tried, what was proposed is decided."""
    ((text,),) = rows("SELECT explanation FROM access_basis LIMIT 1")
    cases = {case.pk: relation for relation, case in place.cases.items()}
    cases[place.cases[Relation.OWNER].pk] = Relation.OWNER
    for (pk, relation), other in zip(cases.items(), [*cases][1:] + [*cases][:1], strict=True):
        if relation not in SEEN:
            run(
                "INSERT INTO concerns_merge (id, merged_id, kept_id, before, merged_version,"
                " kept_version, by_id, at) VALUES (%s, %s, %s, %s, 1, 1, %s, now())",
                new_id(),
                pk,
                other,
                text,
                place.chief.pk,
            )
        else:  # so that something may be proposed for it
            run(
                "UPDATE concerns_proposal SET agreed = true, decided_at = now(),"
                " decided_by_id = %s WHERE dossier_id = %s",
                place.members[Role.DESK_OFFICER, place.north].pk,
                pk,
            )
    ENDS.clear()
    for inquiry, asking, asked in rows(
        "SELECT i.id, i.asking_id, a.dossier_id FROM concerns_inquiry i"
        " JOIN concerns_asked a ON a.inquiry_id = i.id"
    ):
        ENDS[inquiry] = asking, asked


RULES = {
    "clock": ("urgency, within, escalate_after", "'ROUTINE', '1 hour', '1 hour'"),
    "limit": ("of, value", "'IDLE_DAYS', 1"),
    "route": ("type, desk_id", "'x', '{desk}'"),
    "allowance": ("files, megabytes, kept_for, waiting_megabytes", "1, 1, '1 hour', 1"),
    "secondperson": ("desk_id, step, wanted", "'{desk}', 'CLOSE', false"),
}
TODAY = "(now() AT TIME ZONE 'Europe/London')::date"


def _new_rule(
    table: str, desk: str, begins: str = TODAY, until: str = TODAY, by: str = "NULL"
) -> str:
    columns, values = RULES[table]
    values = values.replace("'{desk}'", desk)
    return (
        f"INSERT INTO concerns_{table} (id, valid_from, valid_until, source, set_by_id, {columns})"
        f" VALUES (%(new)s, {begins}, {until}, 's', {by}, {values})"
    )


def _ruled(place: Place) -> None:
    """Of every rule one that is over; and what a desk wants a second person for."""
    desk = f"'{place.north.pk}'"
    for table in RULES:
        over = _new_rule(table, desk, "'2000-01-01'", "'2001-01-01'")
        run(over.replace("%(new)s", "%s"), new_id())
    run(_new_rule("secondperson", desk, until="NULL").replace("%(new)s", "%s"), new_id())


def _counted(place: Place) -> None:
    """A gate, and for a member of two agencies a view of each audience, a draft and a run."""
    scope = new_id()
    run(
        "INSERT INTO insight_scope (id, areas, types, since, source)"
        " VALUES (%s, '{}', '[]', '2026-01-01', 's')",
        scope,
    )
    run(
        "INSERT INTO insight_gate (id, minimum, counted_after_days, valid_from, source)"
        " VALUES (%s, 5, 7, '2026-01-01', 's')",
        new_id(),
    )
    run(
        "INSERT INTO insight_tally (id, scope_id, month, cells, counted_at)"
        ' VALUES (%s, %s, \'2026-01-01\', \'[{"area": "?", "type": "?", "concerns": 3}]\','
        " now())",
        new_id(),
        scope,
    )
    analysts = [place.members[Role.ANALYST, desk] for desk in (place.north, place.safeguarding)]
    for member in (*analysts, place.chief):
        for audience in ("OWNER", "AGENCY", "PARTNERSHIP"):
            run(
                "INSERT INTO insight_view (id, owner_id, agency_id, name, definition, audience,"
                " schedule, made_at) VALUES (%s, %s, %s, 'v', '{}', %s, 'NEVER', now())",
                view := new_id(),
                member.pk,
                member.agency_id,
                audience,
            )
        for reader in (member.pk, None):
            run(
                "INSERT INTO insight_release (id, scope_id, title, definition, since, until, body,"
                " digest, method, reader_id, made_by_id, made_at) VALUES (%s, %s, 't', '{}',"
                " '2026-01-01', '2026-01-01', '{}', %s, 'm', %s, %s, now())",
                release := new_id(),
                scope,
                str(release),
                reader,
                member.pk,
            )
        run(
            "INSERT INTO insight_run (id, view_id, owner_id, month, release_id, refused, at)"
            " VALUES (%s, %s, %s, '2026-01-01', %s, '', now())",
            new_id(),
            view,
            member.pk,
            release,
        )


def _studied(place: Place) -> None:
    """A study of two agencies each, the force's shown to the council, with a list and a run."""
    given = {}
    for desk in (place.north, place.safeguarding):
        member = place.members[Role.ANALYST, desk]
        study, accepted, waiting = new_id(), new_id(), new_id()
        given[desk] = study, member
        run(
            "INSERT INTO insight_study (id, agency_id, name, population, first_date, last_date,"
            " made_by_id, made_at) VALUES (%s, %s, 's', 'p', now(), now(), %s, now())",
            study,
            member.agency_id,
            member.pk,
        )
        for pk, accepted_at in ((accepted, place.now), (waiting, None)):
            run(
                "INSERT INTO insight_seenlist (id, agency_id, label, source, first_date, last_date,"
                " rows, people, strata, made_with, sha256, uploaded_by_id, uploaded_at,"
                " accepted_at) VALUES (%s, %s, 'L', 's', now(), now(), 1, 1, '{}', '', 'x', %s,"
                " now(), %s)",
                pk,
                member.agency_id,
                member.pk,
                accepted_at,
            )
        run(
            "INSERT INTO insight_chosen (id, study_id, list_id, added_by_id, added_at)"
            " VALUES (%s, %s, %s, %s, now())",
            new_id(),
            study,
            accepted,
            member.pk,
        )
        run(_new_estimation("%s", "%s"), new_id(), study, member.pk)
    study, member = given[place.north]
    run(
        "INSERT INTO insight_studyshare (id, study_id, agency_id, made_by_id, made_at, until)"
        " VALUES (%s, %s, %s, %s, now(), now() + interval '1 day')",
        new_id(),
        study,
        place.council.pk,
        member.pk,
    )


def _new_estimation(study: str, maker: str) -> str:
    return (
        'INSERT INTO insight_estimation (id, study_id, "table", data_hash, options, seed,'
        " made_by_id, made_at, state, doing, done, steps, tries, versions, trouble)"
        f" VALUES (%(new)s, {study}, '{{}}', 'h', '{{}}', 1, {maker}, now(), 'QUEUED', '', 0, 0, 0,"
        " '{}', '')"
    ).replace("%(new)s", "%s" if study == "%s" else "%(new)s")


def run(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def rows(sql: str, *values: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def attempt(sql: str, *values: object) -> int | str:
    """How many rows it reached, or why it was refused; nothing of it stays."""
    try:
        with transaction.atomic():
            reached = run(sql, *values)
            transaction.set_rollback(True)
            return reached
    except DatabaseError as error:
        return type(error).__name__


# ---- what a member may read, by table: key columns, and the rule over them ----

Rule = Callable[..., bool]


def _opened(compartment: Compartment) -> Rule:
    return lambda f, m, dossier: f.opens(m, dossier, compartment)


def _held(*permissions: Permission) -> Rule:
    return lambda f, m, dossier: f.holds(m, dossier, *permissions)


def _counts(f: Facts, m: Member) -> bool:
    return Permission.COUNT_CONCERNS in rules.GRANTS[Role(m.role)]


def _mine(f: Facts, m: Member, owner: object) -> bool:
    return owner == m.pk


def _sets_rules(f: Facts, m: Member, over: bool) -> bool:
    return m.role == Role.COORDINATOR and not over


def _administers(f: Facts, m: Member, agency: object) -> bool:
    return m.role == Role.ADMINISTRATOR and m.agency_id == agency


def _studies(m: Member) -> bool:
    return m.is_active and m.role == Role.ANALYST


def _sees_study(f: Facts, m: Member, agency: object, shown: list[object] | None) -> bool:
    return _studies(m) and (agency == m.agency_id or m.agency_id in (shown or []))


def _owns_study(f: Facts, m: Member, agency: object, shown: object = None) -> bool:
    return _studies(m) and agency == m.agency_id


_SHOWN = (
    "(SELECT array_agg(h.agency_id) FROM insight_studyshare h WHERE h.ended_at IS NULL"
    " AND h.until > now() AND h.study_id = {})"
)
OF_STUDY = "(SELECT y.agency_id FROM insight_study y WHERE y.id = study_id), " + _SHOWN.format(
    "study_id"
)
OWNER_OF_STUDY = "(SELECT y.agency_id FROM insight_study y WHERE y.id = study_id)"

READS: dict[str, tuple[str, Rule]] = {
    "access_dossier": ("id", lambda f, m, dossier: f.knows(m, dossier)),
    "access_basis": ("dossier_id", _held(SHARE)),
    "access_share": (
        "dossier_id, agency_id, member_id",
        lambda f, m, dossier, agency, member: (
            f.holds(m, dossier, SHARE)
            or (f.knows(m, dossier) and (agency == m.agency_id or member == m.pk))
        ),
    ),
    "access_named": ("dossier_id", lambda f, m, dossier: f.knows(m, dossier)),
    "access_block": ("dossier_id", _held(RESTRICT)),
    "access_glass": (
        "dossier_id, member_id",
        lambda f, m, dossier, member: (
            (f.knows(m, dossier) and member == m.pk) or f.holds(m, dossier, Permission.REVIEW_GLASS)
        ),
    ),
    "access_notice": ("dossier_id", lambda f, m, dossier: f.knows(m, dossier)),
    "access_draft": ("member_id", lambda f, m, member: member == m.pk),
    "concerns_concern": ("dossier_id", lambda f, m, dossier: f.knows(m, dossier)),
    "concerns_account": ("dossier_id", _opened(Compartment.ACCOUNT)),
    "concerns_event": ("dossier_id", _opened(Compartment.ACCOUNT)),
    "concerns_message": ("dossier_id", _opened(Compartment.SOURCE)),
    "concerns_file": ("dossier_id", _opened(Compartment.ACCOUNT)),
    "concerns_original": ("dossier_id", _held(Permission.OPEN_ORIGINALS)),
    "concerns_source": ("dossier_id", _opened(Compartment.SOURCE)),
    "concerns_thread": ("id", _held(READ)),
    "concerns_asked": ("dossier_id", _held(READ)),
    "concerns_inquiry": (
        "id",
        lambda f, m, inquiry: any(f.holds(m, end, READ) for end in ENDS[inquiry]),
    ),
    "concerns_merge": (
        "merged_id, kept_id",
        lambda f, m, merged, kept: f.knows(m, merged) and f.knows(m, kept),
    ),
    "concerns_handover": ("dossier_id", _opened(Compartment.ACCOUNT)),
    "concerns_proposal": ("dossier_id", _held(READ)),
    "insight_view": (
        "owner_id, agency_id, audience",
        lambda f, m, owner, agency, audience: (
            _counts(f, m)
            and (
                owner == m.pk
                or audience == "PARTNERSHIP"
                or (audience == "AGENCY" and agency == m.agency_id)
            )
        ),
    ),
    "insight_release": ("reader_id", lambda f, m, reader: reader is None or _counts(f, m)),
    "insight_run": ("owner_id", _mine),
    "insight_study": ("agency_id, " + _SHOWN.format("insight_study.id"), _sees_study),
    "insight_studyshare": (OF_STUDY, _sees_study),
    "insight_chosen": (OF_STUDY, _sees_study),
    "insight_estimation": (OF_STUDY, _sees_study),
    "insight_seenlist": (
        "agency_id, (SELECT array_agg(h.agency_id) FROM insight_studyshare h JOIN insight_chosen c"
        " ON c.study_id = h.study_id WHERE c.list_id = insight_seenlist.id)",
        _sees_study,
    ),
    "vault_datakey": ("id", lambda f, m, key: key == SEARCH_KEY or f.knows(m, key)),
    "audit_entry": ("dossier", _held(Permission.READ_TRAIL)),
    "agencies_deskkey": (
        "(SELECT agency_id FROM agencies_desk d WHERE d.id = desk_id)",
        _administers,
    ),
    "agencies_factorreset": (
        "(SELECT agency_id FROM agencies_member m WHERE m.id = member_id)",
        lambda f, m, agency: (
            m.agency_id == agency and m.role in {Role.ADMINISTRATOR, Role.DESK_SUPERVISOR}
        ),
    ),
}


def read_probe(scene: Scene, table: str) -> Iterator[str]:
    keys, rule = READS[table]
    query = f"SELECT {keys} FROM {table}"
    with as_role("owner"):
        all_of_them = sorted(map(str, rows(query))), rows(query)
    for member in scene.place.everybody():
        expected = sorted(str(row) for row in all_of_them[1] if rule(scene.facts, member, *row))
        with as_role("partner", member_id=member.pk):
            if sorted(map(str, rows(query))) != expected:
                yield f"{member} reads other rows of {table} than they may"
    with as_role("partner"):
        if [row for row in rows(query) if row != (SEARCH_KEY,)]:
            yield f"nobody signed in reads {table}"


# ---- what a member may change: a statement that reaches every row it can, and the rule ----

UPDATES: dict[str, tuple[str, str, Rule]] = {
    "access_dossier": (
        "UPDATE access_dossier SET restricted_at = NULL, restricted_by_id = NULL",
        "id",
        _held(RESTRICT),
    ),
    "access_basis": ("UPDATE access_basis SET ended_at = NULL", "dossier_id", _held(SHARE)),
    "access_share": ("UPDATE access_share SET ended_at = ended_at", "dossier_id", _held(SHARE)),
    "access_named": ("UPDATE access_named SET ended_at = NULL", "dossier_id", _held(RESTRICT)),
    "access_block": ("UPDATE access_block SET ended_at = NULL", "dossier_id", _held(RESTRICT)),
    "access_glass": (
        "UPDATE access_glass SET reviewed_at = now(), reviewed_by_id = %(me)s, justified = true",
        "dossier_id, member_id",
        lambda f, m, dossier, member: (
            f.holds(m, dossier, Permission.REVIEW_GLASS) and member != m.pk
        ),
    ),
    "access_notice": (
        "UPDATE access_notice SET seen_at = now(), seen_by_id = %(me)s",
        "dossier_id",
        _held(READ),
    ),
    "access_draft": (
        "UPDATE access_draft SET saved_at = now()",
        "member_id",
        lambda f, m, member: member == m.pk,
    ),
    "concerns_concern": (
        "UPDATE concerns_concern SET answer_waits = false",
        "dossier_id",
        _held(TRIAGE),
    ),
    "insight_view": (
        "UPDATE insight_view SET name = name",
        "owner_id",
        lambda f, m, owner: owner == m.pk and _counts(f, m),
    ),
    "insight_run": ("UPDATE insight_run SET seen_at = now()", "owner_id", _mine),
    "insight_studyshare": (
        "UPDATE insight_studyshare SET ended_at = ended_at",
        OWNER_OF_STUDY,
        _owns_study,
    ),
    "insight_chosen": (
        "UPDATE insight_chosen SET removed_at = removed_at",
        OWNER_OF_STUDY,
        _owns_study,
    ),
    "insight_estimation": (
        "UPDATE insight_estimation SET cancelled_at = now(), cancelled_by_id = %(me)s",
        OWNER_OF_STUDY,
        _owns_study,
    ),
    "insight_seenlist": (
        "UPDATE insight_seenlist SET accepted_at = now()",
        "agency_id, uploaded_by_id, accepted_at",
        lambda f, m, agency, uploader, accepted: (
            _owns_study(f, m, agency) and uploader == m.pk and accepted is None
        ),
    ),
    "insight_gate": (
        "UPDATE insight_gate SET valid_until = now()",
        "1",
        lambda f, m, _: m.role == Role.COORDINATOR,
    ),
    **{
        f"concerns_{table}": (
            f"UPDATE concerns_{table} SET valid_until = {TODAY} + 1",
            f"valid_until <= {TODAY}",
            _sets_rules,
        )
        for table in RULES
    },
    "concerns_secondperson": (
        f"UPDATE concerns_secondperson SET valid_until = {TODAY} + 1",
        f"valid_until <= {TODAY}, desk_id",
        lambda f, m, over, desk: (
            m.role == Role.DESK_SUPERVISOR and (m.pk, desk) in f.seats and not over
        ),
    ),
    "concerns_thread": ("UPDATE concerns_thread SET told = 'READ'", "id", _held(TRIAGE)),
    "concerns_inquiry": (
        "UPDATE concerns_inquiry SET outcome = 'REFUSED', answer = reason,"
        " answered_by_id = %(me)s, answered_at = now()",
        "id",
        lambda f, m, inquiry: f.holds(m, ENDS[inquiry][1], TRIAGE),
    ),
    "concerns_merge": (
        "UPDATE concerns_merge SET undone_at = now(), undone_by_id = %(me)s",
        "merged_id, kept_id",
        lambda f, m, merged, kept: f.holds(m, merged, CLOSE) and f.holds(m, kept, CLOSE),
    ),
    "concerns_proposal": (
        "UPDATE concerns_proposal SET agreed = true, decided_at = now(), decided_by_id = %(me)s",
        "dossier_id, by_id, decided_at",
        lambda f, m, dossier, by, decided: (
            f.holds(m, dossier, CLOSE) and by != m.pk and decided is None
        ),
    ),
    "agencies_desk": ("UPDATE agencies_desk SET closed_at = NULL", "agency_id", _administers),
    "agencies_deskkey": (
        "UPDATE agencies_deskkey SET retired_at = NULL",
        "(SELECT agency_id FROM agencies_desk d WHERE d.id = desk_id)",
        _administers,
    ),
    "agencies_member": (
        "UPDATE agencies_member SET last_login = now()",
        "id, agency_id",
        lambda f, m, member, agency: member == m.pk or _administers(f, m, agency),
    ),
    "agencies_seat": (
        "UPDATE agencies_seat SET until = NULL",
        "member_id, (SELECT agency_id FROM agencies_desk d WHERE d.id = desk_id)",
        lambda f, m, member, agency: member != m.pk and _administers(f, m, agency),
    ),
    "agencies_invitation": (
        "UPDATE agencies_invitation SET withdrawn_at = NULL",
        "member_id, (SELECT agency_id FROM agencies_member m WHERE m.id = member_id)",
        lambda f, m, member, agency: member == m.pk or _administers(f, m, agency),
    ),
    "agencies_factorreset": (
        "UPDATE agencies_factorreset SET closed_at = NULL",
        "(SELECT agency_id FROM agencies_member m WHERE m.id = member_id)",
        READS["agencies_factorreset"][1],
    ),
}
DELETES: dict[str, tuple[str, str, Rule]] = {
    "access_draft": ("DELETE FROM access_draft", *UPDATES["access_draft"][1:]),
    "mfa_authenticator": (
        "DELETE FROM mfa_authenticator",
        "user_id",
        lambda f, m, member: member == m.pk,
    ),
}


def change_probe(
    scene: Scene, table: str, statements: Mapping[str, tuple[str, str, Rule]]
) -> Iterator[str]:
    statement, keys, rule = statements[table]
    with as_role("owner"):
        all_of_them = rows(f"SELECT {keys} FROM {table}")
    for member in scene.place.everybody():
        expected = sum(rule(scene.facts, member, *row) for row in all_of_them)
        asked = statement.replace("%(me)s", f"'{member.pk}'")
        with as_role("partner", member_id=member.pk):
            reached = attempt(asked)
        if reached != expected:
            yield f"{member} changes {reached} rows of {table}, not {expected}"


# ---- what a member may add: one row for a dossier, and the same in another's name ----

TEXT = "(SELECT reason FROM access_glass LIMIT 1)"
INSERTS: dict[str, tuple[str, tuple[Permission, ...]]] = {
    "access_basis": (
        "INSERT INTO access_basis (id, dossier_id, ground, explanation, recorded_at,"
        " recorded_by_id) VALUES (%(id)s, %(dossier)s, 'CONSENT', %(text)s, now(), %(by)s)",
        (SHARE, PASS),
    ),
    "access_share": (
        "INSERT INTO access_share (id, dossier_id, member_id, compartments, purpose, basis_id,"
        " made_at, made_by_id, until) VALUES (%(id)s, %(dossier)s, %(colleague)s, '{}', 'SUPPORT',"
        " %(basis)s, now(), %(by)s, now() + interval '1 day')",
        (SHARE,),
    ),
    "access_named": (
        "INSERT INTO access_named (id, dossier_id, member_id, by_id, at)"
        " VALUES (%(id)s, %(dossier)s, %(colleague)s, %(by)s, now())",
        (RESTRICT,),
    ),
    "access_block": (
        "INSERT INTO access_block (id, dossier_id, member_id, reason, by_id, at)"
        " VALUES (%(id)s, %(dossier)s, %(colleague)s, %(text)s, %(by)s, now())",
        (RESTRICT,),
    ),
    "access_notice": (
        "INSERT INTO access_notice (id, dossier_id, verb, at)"
        " VALUES (%(id)s, %(dossier)s, 'x', now())",
        (SHARE, PASS),
    ),
    "concerns_letter": (
        "INSERT INTO concerns_letter (id, thread_id, sealed, sent_on)"
        " VALUES (%(id)s, %(dossier)s, '', now())",
        (ASK,),
    ),
    "concerns_message": (
        "INSERT INTO concerns_message (id, dossier_id, direction, text, at, by_id)"
        " VALUES (%(id)s, %(dossier)s, 'TO_REPORTER', %(text)s, now(), %(by)s)",
        (ASK,),
    ),
    "concerns_event": (
        "INSERT INTO concerns_event (id, dossier_id, verb, detail, at, by_id)"
        " VALUES (%(id)s, %(dossier)s, 'OPENED', '', now(), %(by)s)",
        (READ,),
    ),
    "concerns_handover": (
        "INSERT INTO concerns_handover (id, dossier_id, kind, other, whom, by_id, at)"
        " VALUES (%(id)s, %(dossier)s, 'EMERGENCY', 'x', '', %(by)s, now())",
        (TRIAGE,),
    ),
    "concerns_merge": (
        "INSERT INTO concerns_merge (id, merged_id, kept_id, before, merged_version, kept_version,"
        " by_id, at) VALUES (%(id)s, %(dossier)s, %(named)s, %(text)s, 1, 1, %(by)s, now())",
        (CLOSE,),
    ),
    "concerns_proposal": (
        "INSERT INTO concerns_proposal (id, dossier_id, act, payload, version, by_id, at)"
        " VALUES (%(id)s, %(dossier)s, 'CLOSE', %(text)s, 1, %(by)s, now())",
        (CLOSE,),
    ),
}
SEEN = (Relation.OWNER, Relation.ALL, Relation.UNNAMED, Relation.BLOCKED, Relation.GLASS)


def insert_probe(scene: Scene, table: str) -> Iterator[str]:
    statement, permissions = INSERTS[table]
    place = scene.place
    with as_role("owner"):
        ((text,),) = rows("SELECT explanation FROM access_basis LIMIT 1")
    for relation in SEEN:
        case = place.cases[relation]
        for member in (place.chief, *(place.member(role, relation) for role in TRYING)):
            for by in {member, place.chief}:
                may = by == member and scene.facts.holds(member, case.pk, *permissions)
                if by != member and "%(by)s" not in statement:
                    continue
                given = {
                    "id": new_id(),
                    "dossier": case.pk,
                    "by": by.pk,
                    "text": text,
                    "basis": case.basis.pk,
                    "named": place.cases[Relation.NAMED].pk,
                    "colleague": place.members[Role.ANALYST, place.north].pk,
                }
                with as_role("partner", member_id=member.pk):
                    done = attempt_named(statement, given) == 1
                if done != may:
                    yield f"{member} adds to {table}, {relation}, as {by}: {done}"


TRYING = (
    Role.DESK_OFFICER,
    Role.DESK_SUPERVISOR,
    Role.DETECTIVE,
    Role.COORDINATOR,
    Role.ADMINISTRATOR,
)


def attempt_named(sql: str, values: dict[str, object]) -> int | str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            transaction.set_rollback(True)
            return int(cursor.rowcount)
    except DatabaseError as error:
        return type(error).__name__


# ---- what nobody of these may do ----


@dataclass(frozen=True)
class Refusal:
    """A statement that must reach nothing; as the owner it is sound."""

    role: str
    member: str
    """A name in `people`; empty: nobody is signed in."""

    sql: str


ENTRY = (
    "INSERT INTO audit_entry (id, chain, verb, at, actor, agency, details, object_type, purpose)"
)


def _new_view(owner: str, agency: str) -> str:
    return (
        "INSERT INTO insight_view (id, owner_id, agency_id, name, definition, audience,"
        f" schedule, made_at) VALUES (%(new)s, %({owner})s, %({agency})s, 'v', '{{}}', 'OWNER',"
        " 'NEVER', now())"
    )


def _new_release(reader: str, maker: str) -> str:
    return (
        "INSERT INTO insight_release (id, scope_id, title, definition, since, until, body, digest,"
        " method, reader_id, made_by_id, made_at) SELECT %(new)s, id, 't', '{}', since, since,"
        f" '{{}}', 'd', 'm', {reader}, %({maker})s, now() FROM insight_scope LIMIT 1"
    )


def _new_study(agency: str, maker: str) -> str:
    return (
        "INSERT INTO insight_study (id, agency_id, name, population, first_date, last_date,"
        f" made_by_id, made_at) VALUES (%(new)s, %({agency})s, 's', 'p', now(), now(), %({maker})s,"
        " now())"
    )


def _new_list(agency: str, maker: str, accepted: str = "NULL") -> str:
    return (
        "INSERT INTO insight_seenlist (id, agency_id, label, source, first_date, last_date, rows,"
        " people, strata, made_with, sha256, uploaded_by_id, uploaded_at, accepted_at)"
        f" VALUES (%(new)s, %({agency})s, 'L', 's', now(), now(), 1, 1, '{{}}', '', 'x',"
        f" %({maker})s, now(), {accepted})"
    )


def _of(agency: str, what: str) -> str:
    """An id of that agency's."""
    return f"(SELECT id FROM insight_{what} WHERE agency_id = %({agency})s ORDER BY id LIMIT 1)"


def _sighting(agency: str, accepted: str) -> str:
    return (
        "INSERT INTO insight_sighting (id, list_id, person, strata)"
        " SELECT %(new)s, id, 'x', '{}' FROM insight_seenlist"
        f" WHERE agency_id = %({agency})s AND accepted_at IS {accepted} LIMIT 1"
    )


def _choice(study: str, seen: str, maker: str, accepted: str = "NOT NULL") -> str:
    return (
        "INSERT INTO insight_chosen (id, study_id, list_id, added_by_id, added_at, removed_at)"
        f" SELECT %(new)s, {_of(study, 'study')}, id, %({maker})s, now(), now()"
        f" FROM insight_seenlist WHERE agency_id = %({seen})s AND accepted_at IS {accepted} LIMIT 1"
    )


def _new_showing(maker: str) -> str:
    return (
        "INSERT INTO insight_studyshare (id, study_id, agency_id, made_by_id, made_at, until)"
        f" VALUES (%(new)s, {_of('council', 'study')}, %(force)s, %({maker})s, now(),"
        " now() + interval '1 day')"
    )


REFUSED: dict[str, list[Refusal]] = {
    "access_agreement.INSERT": [
        Refusal(
            "partner",
            "officer",
            "INSERT INTO access_agreement (id, name, valid_from, valid_until, source)"
            " VALUES (%(new)s, 'x', now(), now() + interval '1 day', '')",
        )
    ],
    "access_party.INSERT": [
        Refusal(
            "partner",
            "officer",
            "INSERT INTO access_party (id, agreement_id, agency_id)"
            " SELECT %(new)s, id, %(nobodys)s FROM access_agreement LIMIT 1",
        ),
        # Of an agreement that her own agency has no part in.
        Refusal(
            "partner",
            "chief",
            "WITH made AS (INSERT INTO access_agreement (id, name, valid_from, valid_until, source)"
            " VALUES (%(new)s, 'x', now(), now() + interval '1 day', '') RETURNING id)"
            " INSERT INTO access_party (id, agreement_id, agency_id)"
            " SELECT %(new)s, id, %(nobodys)s FROM made",
        ),
    ],
    "access_draft.INSERT": [
        Refusal(
            "partner",
            "officer",
            "INSERT INTO access_draft (id, member_id, page, body, saved_at)"
            " VALUES (%(new)s, %(chief)s, '/mine', %(text)s, now())",
        )
    ],
    "agencies_desk.INSERT": [
        Refusal(
            "partner",
            "administrator",
            "INSERT INTO agencies_desk (id, agency_id, name, public_key)"
            " VALUES (%(new)s, %(council)s, 'x', '')",
        )
    ],
    "agencies_deskkey.INSERT": [
        Refusal(
            "partner",
            "administrator",
            "INSERT INTO agencies_deskkey (id, desk_id, public_key, private_key, made_at,"
            " retired_at) VALUES (%(new)s, %(safeguarding)s, '', %(ring_text)s, now(), now())",
        )
    ],
    "agencies_member.INSERT": [
        Refusal(
            "partner",
            "administrator",
            "INSERT INTO agencies_member (id, agency_id, email, name, role, password, is_active,"
            " joined_at, generation)"
            " VALUES (%(new)s, %(council)s, 'x@x.test', 'x', 'NAVIGATOR', '!', true, now(), 0)",
        ),
        Refusal(
            "partner",
            "administrator",
            "INSERT INTO agencies_member (id, agency_id, email, name, role, password, is_active,"
            " joined_at, generation)"
            " VALUES (%(new)s, %(force)s, 'x@x.test', 'x', 'DETECTIVE', 'known', true, now(), 0)",
        ),
    ],
    "agencies_seat.INSERT": [
        Refusal(
            "partner",
            "administrator",
            "INSERT INTO agencies_seat (id, member_id, desk_id, since)"
            " VALUES (%(new)s, %(administrator)s, %(south)s, now())",
        )
    ],
    "agencies_invitation.INSERT": [
        Refusal(
            "partner",
            "administrator",
            "INSERT INTO agencies_invitation (id, member_id, token_hash, made_at, expires_at)"
            " VALUES (%(new)s, %(administrator)s, 'x', now(), now() + interval '1 day')",
        )
    ],
    "agencies_factorreset.INSERT": [
        Refusal(
            "partner",
            "officer",
            "INSERT INTO agencies_factorreset (id, member_id, reason, requested_by_id,"
            " requested_at) VALUES (%(new)s, %(chief)s, 'LOST', %(officer)s, now())",
        )
    ],
    "insight_view.INSERT": [
        Refusal("partner", "officer", _new_view("officer", "force")),
        Refusal("partner", "analyst", _new_view("chief", "force")),
        Refusal("partner", "analyst", _new_view("analyst", "council")),
    ],
    "insight_release.INSERT": [
        Refusal("partner", "officer", _new_release("NULL", "officer")),
        Refusal("partner", "officer", _new_release("%(officer)s", "officer")),
        Refusal("partner", "analyst", _new_release("NULL", "chief")),
        Refusal("partner", "analyst", _new_release("%(chief)s", "analyst")),
        Refusal("partner", "commissioner", _new_release("NULL", "commissioner")),
    ],
    "insight_study.INSERT": [
        Refusal("partner", "officer", _new_study("force", "officer")),
        Refusal("partner", "analyst", _new_study("council", "analyst")),
        Refusal("partner", "analyst", _new_study("force", "officer")),
    ],
    "insight_seenlist.INSERT": [
        Refusal("partner", "officer", _new_list("force", "officer")),
        Refusal("partner", "analyst", _new_list("council", "analyst")),
        Refusal("partner", "analyst", _new_list("force", "officer")),
        Refusal("partner", "analyst", _new_list("force", "analyst", "now()")),
    ],
    "insight_sighting.INSERT": [
        # What is accepted is never added to; what another agency reads in, neither.
        Refusal("partner", "analyst", _sighting("force", "NOT NULL")),
        Refusal("partner", "analyst", _sighting("council", "NULL")),
        Refusal("partner", "officer", _sighting("force", "NULL")),
    ],
    "insight_chosen.INSERT": [
        Refusal("partner", "officer", _choice("force", "force", "officer")),
        Refusal("partner", "analyst", _choice("council", "force", "analyst")),
        Refusal("partner", "analyst", _choice("force", "council", "analyst")),
        Refusal("partner", "analyst", _choice("force", "force", "officer")),
        Refusal("partner", "analyst", _choice("force", "force", "analyst", "NULL")),
    ],
    "insight_studyshare.INSERT": [
        Refusal("partner", "officer", _new_showing("officer")),
        Refusal("partner", "analyst", _new_showing("analyst")),
    ],
    "insight_estimation.INSERT": [
        Refusal("partner", "officer", _new_estimation(_of("force", "study"), "%(officer)s")),
        Refusal("partner", "analyst", _new_estimation(_of("council", "study"), "%(analyst)s")),
        Refusal("partner", "analyst", _new_estimation(_of("force", "study"), "%(officer)s")),
        Refusal(
            "partner",
            "analyst",
            _new_estimation(_of("force", "study"), "%(analyst)s").replace(
                "now(), 'QUEUED'", "now(), 'FAILED'"
            ),
        ),
    ],
    "insight_gate.INSERT": [
        Refusal(
            "partner",
            "analyst",
            "INSERT INTO insight_gate (id, minimum, counted_after_days, valid_from, valid_until,"
            " source) VALUES (%(new)s, 2, 1, now(), now(), 's')",
        )
    ],
    "insight_scope.INSERT": [
        Refusal(
            "partner",
            "analyst",
            "INSERT INTO insight_scope (id, areas, types, since, source)"
            " VALUES (%(new)s, '{}', '[]', '2031-01-01', 's')",
        )
    ],
    "mfa_authenticator.INSERT": [
        Refusal(
            "partner",
            "administrator",
            "INSERT INTO mfa_authenticator (user_id, type, data, created_at)"
            " VALUES (%(officer)s, 'webauthn', '{}', now())",
        )
    ],
    "audit_entry.INSERT": [
        Refusal(
            "partner",
            "officer",
            f"{ENTRY} VALUES (%(new)s, %(new)s, 'x', now(), %(chief)s, NULL, '{{}}', '', '')",
        ),
        Refusal(
            "public",
            "",
            f"{ENTRY} VALUES (%(new)s, %(new)s, 'x', now(), %(chief)s, NULL, '{{}}', '', '')",
        ),
        Refusal(
            "worker",
            "",
            f"{ENTRY} VALUES (%(new)s, %(new)s, 'x', now(), %(chief)s, NULL, '{{}}', '', '')",
        ),
    ],
    # By whom it is not for, for a day that is over, and in another's name.
    **{
        f"concerns_{table}.INSERT": [
            Refusal("partner", "officer", _new_rule(table, "%(north)s", by="%(officer)s")),
            Refusal("partner", setter, _new_rule(table, desk, begins, by=f"%({setter})s")),
            Refusal("partner", setter, _new_rule(table, "%(north)s", by="%(officer)s")),
        ]
        for table, setter, desk, begins in [
            *((table, "coordinator", "%(north)s", f"{TODAY} - 1") for table in RULES),
            ("secondperson", "chief", "%(south)s", TODAY),
        ]
    },
    "concerns_thread.INSERT": [
        Refusal(
            "partner",
            "analyst",
            "INSERT INTO concerns_thread (id, lookup, reporter_key, desk_id, told, told_on)"
            " VALUES (%(new)s, 'x', 'x', %(north)s, 'RECEIVED', now())",
        )
    ],
    "concerns_arrival.INSERT": [
        # An addition in the reporter's name, and a report in place of one that is there.
        *(
            Refusal(
                "partner",
                "officer",
                "INSERT INTO concerns_arrival (id, thread_id, desk_id, sealed, first, received_at,"
                f" trouble) VALUES (%(new)s, %(dossier)s, %(north)s, '', {first}, now(), '')",
            )
            for first in ("false", "true")
        ),
        Refusal(
            "public",
            "",
            "INSERT INTO concerns_arrival (id, thread_id, desk_id, sealed, first, received_at,"
            " opened_at, trouble)"
            " VALUES (%(new)s, %(dossier)s, %(north)s, '', false, now(), now(), '')",
        ),
    ],
    "concerns_parcel.INSERT": [
        Refusal(
            "public",
            "",
            "INSERT INTO concerns_parcel (id, size, received_at, trouble)"
            " VALUES (%(new)s, 1, now(), 'x')",
        )
    ],
}
TABLE_READS_OF_PUBLIC = ("concerns_thread", "concerns_letter", "insight_edition", "insight_figure")


def refusal_probe(scene: Scene, table: str, verb: str, role: str) -> Iterator[str]:
    place = scene.place
    people = {
        "officer": place.members[Role.DESK_OFFICER, place.north],
        "chief": place.chief,
        "administrator": place.members[Role.ADMINISTRATOR, place.north],
        "analyst": place.members[Role.ANALYST, place.north],
        "coordinator": place.members[Role.COORDINATOR, place.north],
        "commissioner": place.members[Role.COMMISSIONER, place.north],
    }
    with as_role("owner"):
        ((text,),) = rows("SELECT body FROM access_draft LIMIT 1")
        ((ring_text,),) = rows("SELECT private_key FROM agencies_deskkey LIMIT 1")
        ((nobodys,),) = rows(
            "INSERT INTO agencies_agency (id, name, kind, regime, valid_from, source)"
            " VALUES (%s, 'x', 'OTHER', 'UK_GDPR', now(), '') RETURNING id",
            new_id(),
        )
    known = {
        name: getattr(place, name).pk
        for name in ("force", "council", "north", "south", "safeguarding")
    }
    known |= {name: person.pk for name, person in people.items()}
    known |= {"text": text, "ring_text": ring_text, "nobodys": nobodys}
    known |= {"dossier": place.cases[Relation.OWNER].pk}
    for one in REFUSED.get(f"{table}.{verb}", ()):
        if one.role != role:
            continue
        given = known | {"new": new_id()}
        with as_role("owner"):
            if attempt_named(one.sql, given) != 1:
                yield f"not sound: {one.sql}"
        with as_role(role, member_id=people[one.member].pk if one.member else None):
            if attempt_named(one.sql, given) not in {0, "ProgrammingError"}:
                yield f"{role} {one.member} may: {one.sql}"


def public_probe(scene: Scene, table: str) -> Iterator[str]:
    """Without a code the public door reads no thread and no letter; with one, only its own."""
    with as_role("public"):
        run("SELECT set_config('daymark.lookup', '', true)")
        if run(f"SELECT 1 FROM {table}"):
            yield f"the public door reads {table}"
        if table.startswith("concerns"):
            run("SELECT set_config('daymark.lookup', %s, true)", lookup_of(scene.place))
            column = "id" if table == "concerns_thread" else "thread_id"
            plain = scene.place.cases[Relation.OWNER].pk
            if {row[0] for row in rows(f"SELECT {column} FROM {table}")} != {plain}:
                yield f"a reporter's code opens other rows of {table} than its own"
            run("SELECT set_config('daymark.lookup', '', true)")


def lookup_of(place: Place) -> str:
    from base64 import b64decode

    assert place.code
    return codes.lookup(place.code, b64decode(settings.CODE_PEPPER)).hex()


def probe(scene: Scene, table: str, verb: str, role: str) -> Iterator[str]:
    """Everything wrong with what a role may do to a table."""
    if verb in {"SELECT", "ALL"} and role == "partner" and table in READS:
        yield from read_probe(scene, table)
    if verb in {"SELECT", "ALL"} and role == "public" and table in TABLE_READS_OF_PUBLIC:
        yield from public_probe(scene, table)
    if verb in {"UPDATE", "ALL"} and role == "partner" and table in UPDATES:
        yield from change_probe(scene, table, UPDATES)
    if verb in {"DELETE", "ALL"} and role == "partner" and table in DELETES:
        yield from change_probe(scene, table, DELETES)
    if verb in {"INSERT", "ALL"}:
        if role == "partner" and table in INSERTS:
            yield from insert_probe(scene, table)
        yield from refusal_probe(scene, table, verb if verb != "ALL" else "INSERT", role)


# ---- the walls stand, and each of their stones is needed ----

ROLES = ("partner", "public", "worker")


def policies() -> list[tuple[str, str, str, str, bool]]:
    """Table, name, command, role, and whether every row passes it."""
    found = rows(
        "SELECT tablename, policyname, cmd, roles, coalesce(qual, 'true') = 'true'"
        " AND coalesce(with_check, 'true') = 'true' FROM pg_policies ORDER BY 1, 2"
    )
    return [
        (table, name, verb, role.removeprefix("daymark_"), is_open)
        for table, name, verb, names, is_open in found
        for role in names
    ]


@contextmanager
def without(*statements: str) -> Iterator[None]:
    """Inside, the owner has done this to the database; afterwards, nobody has."""
    with transaction.atomic():
        with as_role("owner"):
            # A table with checks still to come cannot be altered.
            run("SET CONSTRAINTS ALL IMMEDIATE")
            for statement in statements:
                run(statement)
        yield
        transaction.set_rollback(True)


def test_the_walls_stand(scene: Scene) -> None:
    done = {(table, verb, role) for table, _, verb, role, is_open in policies() if not is_open}
    assert [wrong for one in sorted(done) for wrong in probe(scene, *one)] == []


def test_each_policy_that_lets_every_row_through_has_a_reason(place: Place):
    with_reason = {f"{table}.{name}" for table, name, _, _, is_open in policies() if is_open}
    assert with_reason == set(grants.OPEN_POLICIES)


@pytest.fixture(scope="module")
def closed_policies(scene: Scene) -> list[tuple[str, str, str, str]]:
    return [(t, n, verb, role) for t, n, verb, role, is_open in policies() if not is_open]


def test_each_policy_taken_away_is_noticed(scene: Scene, closed_policies):
    unnoticed = []
    for table, name, verb, role in closed_policies:
        clauses = {"SELECT": "USING (true)", "DELETE": "USING (true)"}
        clauses |= {"INSERT": "WITH CHECK (true)"}
        wide = clauses.get(verb, "USING (true) WITH CHECK (true)")
        with without(f"ALTER POLICY {name} ON {table} {wide}"):
            if next(probe(scene, table, verb, role), None) is None:
                unnoticed.append(f"{table}.{name}")
    assert unnoticed == []


def test_row_level_security_switched_off_is_noticed(scene: Scene):
    unnoticed = []
    for table in READS:
        with without(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"):
            if next(read_probe(scene, table), None) is None:
                unnoticed.append(table)
    assert unnoticed == []


# ---- triggers and constraints: what is refused even to the owner of the database ----


def _share(place: Place, **changed: object) -> tuple[str, dict[str, object]]:
    case = place.cases[Relation.OWNER]
    return (
        "INSERT INTO access_share (id, dossier_id, agency_id, compartments, purpose, basis_id,"
        " made_at, made_by_id, until) VALUES (%(id)s, %(dossier)s, %(to)s, '{}', 'SUPPORT',"
        " %(basis)s, now(), %(by)s, now() + make_interval(days => %(days)s))",
        {
            "id": new_id(),
            "dossier": case.pk,
            "to": place.council.pk,
            "basis": case.basis.pk,
            "by": place.chief.pk,
            "days": 1,
        }
        | changed,
    )


def _of_another_dossier(place: Place) -> tuple[str, dict[str, object]]:
    return _share(place, basis=place.cases[Relation.ALL].basis.pk)


def _on_a_withdrawn_basis(place: Place) -> tuple[str, dict[str, object]]:
    run("UPDATE access_share SET ended_at = now() WHERE id = %s", _plain(place).share.pk)
    run("UPDATE access_basis SET ended_at = now() WHERE id = %s", _plain(place).basis.pk)
    return _share(place)


def _without_agreement(place: Place) -> tuple[str, dict[str, object]]:
    run("DELETE FROM access_party WHERE agency_id = %s", place.council.pk)
    return _share(place)


def _beyond_the_agreement(place: Place) -> tuple[str, dict[str, object]]:
    return _share(place, days=400)


def _under_an_expired_agreement(place: Place) -> tuple[str, dict[str, object]]:
    run("UPDATE access_agreement SET valid_until = now() - interval '1 day'")
    return _share(place)


def _basis_under_an_open_share(place: Place) -> tuple[str, dict[str, object]]:
    case = _plain(place)
    return (
        "UPDATE access_basis SET ended_at = now() WHERE id = %(basis)s",
        {"basis": case.basis.pk},
    )


def _revived(table: str) -> Callable[[Place], tuple[str, dict[str, object]]]:
    def attack(place: Place) -> tuple[str, dict[str, object]]:
        case = place.cases[Relation.NAMED]
        run("UPDATE access_share SET ended_at = now() WHERE dossier_id = %s", case.pk)
        run(f"UPDATE access_{table} SET ended_at = now() WHERE dossier_id = %s", case.pk)
        return (
            f"UPDATE access_{table} SET ended_at = NULL WHERE dossier_id = %(dossier)s",
            {"dossier": case.pk},
        )

    return attack


def _shown_without_agreement(place: Place) -> tuple[str, dict[str, object]]:
    run("DELETE FROM access_party WHERE agency_id = %s", place.council.pk)
    return _shown(place, days=1)


def _shown(place: Place, days: int) -> tuple[str, dict[str, object]]:
    return (
        "INSERT INTO insight_studyshare (id, study_id, agency_id, made_by_id, made_at, until)"
        " SELECT %(id)s, id, %(to)s, made_by_id, now(), now() + make_interval(days => %(days)s)"
        " FROM insight_study WHERE agency_id = %(force)s",
        {"id": new_id(), "to": place.council.pk, "force": place.force.pk, "days": days},
    )


def _shown_again(place: Place) -> tuple[str, dict[str, object]]:
    run("UPDATE insight_studyshare SET ended_at = now()")
    return "UPDATE insight_studyshare SET ended_at = NULL", {}


def _named_outside(place: Place) -> tuple[str, dict[str, object]]:
    return (
        "INSERT INTO access_named (id, dossier_id, member_id, by_id, at)"
        " VALUES (%(id)s, %(dossier)s, %(member)s, %(by)s, now())",
        {
            "id": new_id(),
            "dossier": _plain(place).pk,
            "member": place.outsider.pk,
            "by": place.chief.pk,
        },
    )


def _glass(place: Place, minutes: int) -> tuple[str, dict[str, object]]:
    return (
        "UPDATE access_glass SET until = opened_at + make_interval(mins => %(minutes)s)"
        " WHERE id = %(glass)s",
        {"minutes": minutes, "glass": _plain(place).glass.pk},
    )


def _reviewed_by_oneself(place: Place) -> tuple[str, dict[str, object]]:
    return (
        "UPDATE access_glass SET reviewed_at = now(), justified = true, reviewed_by_id = member_id"
        " WHERE id = %(glass)s",
        {"glass": _plain(place).glass.pk},
    )


def _reviewed_by_nobody(place: Place) -> tuple[str, dict[str, object]]:
    return (
        "UPDATE access_glass SET reviewed_at = now(), justified = true WHERE id = %(glass)s",
        {"glass": _plain(place).glass.pk},
    )


def _two_recipients(place: Place) -> tuple[str, dict[str, object]]:
    return (
        "UPDATE access_share SET member_id = made_by_id WHERE id = %(share)s",
        {"share": _plain(place).share.pk},
    )


def _shredded_again(place: Place) -> tuple[str, dict[str, object]]:
    key = {"key": _plain(place).pk}
    run(
        "UPDATE vault_datakey SET shredded_at = now(), wrapped = NULL, ring_key = '' WHERE id = %s",
        key["key"],
    )
    return "UPDATE vault_datakey SET made_at = made_at WHERE id = %(key)s", key


def _entry(verb: str, table: str) -> Callable[[Place], tuple[str, dict[str, object]]]:
    return lambda place: (f"{verb} audit_{table}", {})


def _plain(place: Place) -> Any:
    return place.cases[Relation.OWNER]


def _two_wanted(place: Place, step: str) -> Any:
    """The desk wants two for a step; of the concern, nothing is proposed that was agreed."""
    case = _plain(place)
    run("DELETE FROM concerns_secondperson")
    run(
        "INSERT INTO concerns_secondperson (id, desk_id, step, wanted, valid_from, source)"
        " VALUES (%s, %s, %s, true, '2000-01-01', 'test')",
        new_id(),
        place.north.pk,
        step,
    )
    run("DELETE FROM concerns_proposal WHERE dossier_id = %s", case.pk)
    return case


def _proposed(case: Any, act: str, *, agreed: bool, earlier: int = 0) -> None:
    run(
        "INSERT INTO concerns_proposal (id, dossier_id, act, payload, version, by_id, at, agreed,"
        " decided_by_id, decided_at) SELECT %s, c.dossier_id, %s, b.explanation, c.version - %s,"
        " g.member_id, now(), %s, b.recorded_by_id, now() FROM concerns_concern c,"
        " access_basis b, access_glass g WHERE c.dossier_id = %s AND b.dossier_id = c.dossier_id"
        " AND g.dossier_id = c.dossier_id",
        new_id(),
        act,
        earlier,
        agreed,
        case.pk,
    )


CLOSED = (
    "UPDATE concerns_concern SET state = 'CLOSED', closed_at = %(at)s, closed_because = 'TEST'"
    " WHERE dossier_id = %(dossier)s"
)
HANDED_ON = (
    "INSERT INTO concerns_handover (id, dossier_id, kind, other, whom, text, by_id, at)"
    " SELECT %(id)s, b.dossier_id, 'INFORMATION', 'x', '', b.explanation, b.recorded_by_id, %(at)s"
    " FROM access_basis b WHERE b.dossier_id = %(dossier)s"
)


def _alone(place: Place, step: str, *, days_ago: int = 0, **proposed: Any) -> Any:
    case = _two_wanted(place, step)
    if proposed:
        _proposed(case, **proposed)
    at = timezone.now() - timedelta(days=days_ago)
    sql = {"CLOSE": CLOSED, "HAND_ON": HANDED_ON}[step]
    return sql, {"id": new_id(), "dossier": case.pk, "at": at}


Attack = Callable[[Place], tuple[str, dict[str, object]]]
ALONE: dict[str, list[Attack]] = {
    step: [
        partial(_alone, step=step),
        partial(_alone, step=step, days_ago=20000),
        partial(_alone, step=step, act=step, agreed=False),
        partial(_alone, step=step, act=step, agreed=True, earlier=1),
        partial(_alone, step=step, act=other, agreed=True),
    ]
    for step, other in (("CLOSE", "HAND_ON"), ("HAND_ON", "CLOSE"))
}
TRIGGERS: dict[str, list[Attack]] = {
    "access_share.access_share_stands": [
        _of_another_dossier,
        _on_a_withdrawn_basis,
        _without_agreement,
        _beyond_the_agreement,
        _under_an_expired_agreement,
    ],
    "insight_studyshare.insight_share_stands": [
        _shown_without_agreement,
        partial(_shown, days=400),
    ],
    "insight_studyshare.access_stays_ended": [_shown_again],
    "concerns_concern.concerns_closed_by_two": ALONE["CLOSE"],
    "concerns_handover.concerns_handed_on_by_two": ALONE["HAND_ON"],
    "concerns_concern.concerns_version_rises": [
        lambda place: ("UPDATE concerns_concern SET version = version - 1", {})
    ],
    "access_basis.access_basis_ends": [_basis_under_an_open_share],
    "access_named.access_names_own": [_named_outside],
    "vault_datakey.stays_shredded": [_shredded_again],
    "audit_entry.audit_refuse": [
        _entry("UPDATE", "entry SET verb = 'x'"),
        _entry("DELETE FROM", "entry"),
    ],
    "audit_head.audit_refuse": [_entry("DELETE FROM", "head")],
    "audit_link.audit_refuse": [_entry("DELETE FROM", "link")],
    **{
        f"insight_{table}.audit_refuse": [
            lambda place, table=table: (f"UPDATE insight_{table} SET id = id", {}),
            lambda place, table=table: (
                f"DELETE FROM insight_{table} WHERE id NOT IN (SELECT release_id FROM insight_run)",
                {},
            ),
        ]
        for table in ("release", "tally")
    },
    "insight_scope.audit_refuse": [
        lambda place: ("UPDATE insight_scope SET id = id", {}),
        lambda place: (
            "DELETE FROM insight_scope WHERE id NOT IN (SELECT scope_id FROM insight_tally)",
            {},
        ),
    ],
    **{
        f"access_{table}.access_stays_ended": [_revived(table)]
        for table in ("basis", "share", "named", "block")
    },
}
"""By trigger: what it alone refuses, even to the owner."""

ELSEWHERE = {
    "agencies_member.agencies_guard_member": "src/daymark/agencies/tests/test_walls.py",
    "agencies_factorreset.agencies_guard_reset": "src/daymark/agencies/tests/test_walls.py",
    "mfa_authenticator.site_guard_authenticator": "src/daymark/agencies/tests/test_walls.py",
    "concerns_parcel.concerns_room_for_parcels": "src/daymark/concerns/tests/test_files.py",
    "audit_entry.audit_chain": "src/daymark/audit/tests/test_trail.py",
    "audit_entry.audit_advance": "src/daymark/audit/tests/test_trail.py",
}
"""Triggers that concern one room alone, each with the tests that prove it."""

CONSTRAINTS: dict[str, list[Attack]] = {
    "access_glass.glass_open_an_hour_at_most": [partial(_glass, minutes=61)],
    "access_glass.glass_reviewed_by_another": [_reviewed_by_oneself],
    "access_glass.glass_reviewed_by_somebody": [_reviewed_by_nobody],
    "access_share.share_has_one_recipient": [_two_recipients],
}


def stopped(place: Place, attack: Attack) -> bool:
    with transaction.atomic():
        with as_role("owner"):
            sql, given = attack(place)
            # Silence where there is no row to change would prove nothing.
            reached = attempt_named(sql, given)
        transaction.set_rollback(True)
    return isinstance(reached, str)


def test_every_trigger_has_what_it_refuses_or_a_test_elsewhere(place: Place):
    triggers = rows(
        "SELECT t.tgrelid::regclass || '.' || t.tgname FROM pg_trigger t"
        " WHERE NOT t.tgisinternal AND t.tgrelid::regclass::text NOT LIKE 'procrastinate%%'"
    )
    assert {name for (name,) in triggers} == TRIGGERS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_trigger_refuses_and_taken_away_is_noticed(trigger, scene: Scene):
    table, name = trigger.split(".")
    for attack in TRIGGERS[trigger]:
        assert stopped(scene.place, attack)
        with without(f"DROP TRIGGER {name} ON {table}"):
            assert not stopped(scene.place, attack)


@pytest.mark.parametrize("step", ALONE)
def test_what_two_agreed_to_is_let_through(step, scene: Scene):
    assert not stopped(scene.place, partial(_alone, step=step, act=step, agreed=True))


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_each_constraint_refuses_and_taken_away_is_noticed(constraint, scene: Scene):
    table, name = constraint.split(".")
    for attack in CONSTRAINTS[constraint]:
        assert stopped(scene.place, attack)
        with without(f"ALTER TABLE {table} DROP CONSTRAINT {name}"):
            assert not stopped(scene.place, attack)


def test_the_glass_that_the_function_breaks_lasts_an_hour_at_most(place: Place):
    """Whatever the application asks for."""
    case, member = place.cases[Relation.OWNER], place.outsider
    with as_role("owner"):
        ((reason,),) = rows("SELECT reason FROM access_glass LIMIT 1")
    long = (
        "SELECT access_break(gen_random_uuid(), %(reference)s, %(reason)s, now(),"
        " now() + interval '2 hours', gen_random_uuid())"
    )
    with as_role("partner", member_id=member.pk):
        run(long.replace("%(reference)s", "%s").replace("%(reason)s", "%s"), _ref(case), reason)
    with as_role("owner"):
        ((most,),) = rows("SELECT max(until - opened_at) FROM access_glass")
    assert most <= rules.LONGEST_GLASS


def _ref(case: Any) -> str:
    return str(case.dossier.reference)


# ---- grants ----


def granted() -> dict[str, dict[str, str]]:
    """What each serving role may do to each table, as the database says."""
    found: dict[str, dict[str, set[str]]] = {
        table: {}
        for (table,) in rows(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'm', 'f')"
        )
    }
    whole = rows(
        "SELECT c.relname, r.rolname, p.word FROM pg_class c"
        " CROSS JOIN pg_roles r CROSS JOIN unnest(%s::text[]) AS p(word)"
        " WHERE c.relname = ANY (%s) AND r.rolname = ANY (%s)"
        " AND has_table_privilege(r.oid, c.oid, p.word)",
        ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
        list(found),
        [f"daymark_{role}" for role in ROLES],
    )
    for table, role, word in whole:
        found[table].setdefault(role.removeprefix("daymark_"), set()).add(word)
    partly = rows(
        "SELECT c.relname, r.rolname, p.word, string_agg(a.attname, ' ' ORDER BY a.attname::text)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " AND NOT a.attisdropped"
        " CROSS JOIN pg_roles r CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS p(word)"
        " WHERE c.relname = ANY (%s) AND r.rolname = ANY (%s)"
        " AND has_column_privilege(r.oid, c.oid, a.attnum, p.word) GROUP BY 1, 2, 3",
        list(found),
        [f"daymark_{role}" for role in ROLES],
    )
    for table, role, word, columns in partly:
        words = found[table].setdefault(role.removeprefix("daymark_"), set())
        if word not in words:
            words.add(f"{word}({columns})")
    return {
        table: {role: " ".join(sorted(words)) for role, words in by_role.items()}
        for table, by_role in found.items()
    }


def declared() -> dict[str, dict[str, str]]:
    words = re.compile(r"\w+\([^)]*\)|\w+")
    return {
        table: {role: " ".join(sorted(words.findall(text))) for role, text in by_role.items()}
        for table, by_role in grants.GRANTS.items()
    }


def test_each_role_may_do_to_each_table_what_is_declared_and_no_more(place: Place):
    assert granted() == declared()


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT UPDATE (desk_id) ON access_dossier TO daymark_partner",
        "GRANT SELECT (private_key) ON agencies_deskkey TO daymark_partner",
        "GRANT SELECT (sealed) ON concerns_arrival TO daymark_public",
        "GRANT DELETE ON concerns_event TO daymark_partner",
        "GRANT SELECT ON access_grant TO PUBLIC",
    ],
)
def test_a_wider_grant_is_noticed(statement, place: Place):
    with without(statement):
        assert granted() != declared()


def test_every_table_has_row_level_security_or_a_reason_why_not(place: Place):
    bare = rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relrowsecurity"
    )
    assert {table for (table,) in bare} == set(grants.NO_POLICY)
    assert all(grants.NO_POLICY.values())
    nobody = {table for table, roles in grants.GRANTS.items() if not roles}
    assert nobody == {t for t, why in grants.NO_POLICY.items() if why == grants.NOT_GRANTED}


def test_the_grants_in_the_database_are_those_of_the_rules(place: Place):
    with as_role("owner"):
        stored = set(Grant.unrestricted.values_list("role", "permission"))
    assert stored == {
        (role, permission) for role, all_of in rules.GRANTS.items() for permission in all_of
    }


def test_a_day_is_told_where_the_partnership_is(place: Place):
    """In policies and functions as in Python: a moment made a day says in which zone."""
    said = rows(
        "SELECT tablename || '.' || policyname, concat(qual, with_check) FROM pg_policies"
        " UNION ALL SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proname NOT LIKE 'procrastinate%%'"
    )
    days = [(name, one) for name, text in said for one in re.findall(r".{50}::date\b", text)]
    assert "concerns_clock.partner_insert" in {name for name, _ in days}
    assert [(name, one) for name, one in days if f"ZONE '{settings.TIME_ZONE}'" not in one] == []


def test_no_serving_role_has_power_of_its_own(place: Place):
    found = rows(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
        " OR rolreplication, (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid),"
        " (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid)"
        " FROM pg_roles r WHERE rolname = ANY (%s) ORDER BY 1",
        [f"daymark_{role}" for role in ROLES],
    )
    assert found == [(f"daymark_{role}", False, 0, 0) for role in ROLES]


def test_functions_that_act_as_the_owner_are_called_by_the_partner_side_alone(place: Place):
    """And look names up where nobody else can put any."""
    found = rows(
        "SELECT p.oid::regprocedure::text, has_function_privilege('daymark_public', p.oid,"
        " 'EXECUTE'), p.prorettype = 'trigger'::regtype, coalesce(p.proconfig::text, '')"
        " FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"
        " AND p.proname NOT LIKE 'procrastinate%%'"
    )
    assert [name for name, public, is_trigger, _ in found if public and not is_trigger] == []
    assert [name for name, _, _, config in found if not config.endswith('pg_temp"}')] == []


# ---- the public door ----

PUBLIC_MAY_READ = (
    {table for table, roles in grants.GRANTS.items() if roles is grants.READ_BY_ALL}
    | {"concerns_route"}
    | {"concerns_thread", "concerns_letter"}
)
REPORTED = ("concerns_", "access_", "audit_", "vault_")


def test_the_public_door_reads_nothing_that_was_reported(place: Place):
    """Every table and every column, even holding another reporter's code.

    With a code it reads what its owner is meant to come back for: how the thread stands, and
    letters sealed to a key that only the code makes.
    """
    columns = rows(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')"
        " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2"
    )
    read = set()
    with as_role("public"):
        for lookup in ("", lookup_of(place)):
            run("SELECT set_config('daymark.lookup', %s, true)", lookup)
            for table, column in columns:
                got = attempt(f'SELECT "{column}" FROM {table}')
                if isinstance(got, int) and got and table.startswith(REPORTED):
                    read.add((table, column, bool(lookup)))
    told = {"concerns_route", "concerns_allowance"}
    own = {(table, column) for table, column in columns if table in told}
    own |= {(t, c) for t, c in columns if t in {"concerns_thread", "concerns_letter"}}
    assert {(table, column) for table, column, _ in read} == own
    assert {table for table, _, coded in read if not coded} == told


def test_the_public_door_changes_nothing_that_was_reported(place: Place):
    tables = [t for t in grants.GRANTS if t.startswith(REPORTED)]
    with as_role("public"):
        run("SELECT set_config('daymark.lookup', %s, true)", lookup_of(place))
        for table in tables:
            assert attempt(f"DELETE FROM {table}") == "ProgrammingError"
            ((column,),) = rows(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1",
                table,
            )
            assert attempt(f"UPDATE {table} SET {column} = NULL") == "ProgrammingError"
