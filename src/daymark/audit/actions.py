"""Writing to the trail."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from django.db import connection, models, transaction

from daymark.audit import rules
from daymark.design.ids import new_id

CODE = re.compile(r"[\w.:/+-]{0,100}", re.ASCII)
"""Ids, codes and counts have no spaces; what a person typed nearly always has."""

LINKING = 0x6461796D61726B
"""The advisory lock held by the one worker that extends the global chain."""

AT_ONCE = 1000
"""Heads linked in one transaction: their chains wait for it, about a tenth of a second."""


class OutsideTransaction(Exception):
    """An entry must be written in the transaction of what it is about."""


class NotACode(ValueError):
    """The trail holds ids, codes, counts and moments; words belong in the record."""


class Actor(Protocol):
    @property
    def pk(self) -> UUID: ...
    @property
    def agency_id(self) -> UUID: ...


def record(
    verb: str,
    *,
    at: datetime,
    by: Actor | None = None,
    of: models.Model | None = None,
    chain: UUID | None = None,
    purpose: str = "",
    **details: object,
) -> None:
    """Write one entry, in the chain of the dossier that `of` hangs on.

    What hangs on no dossier goes into the actor's own chain, so that two members never wait for
    each other; with no actor either, into `rules.SYSTEM`.
    """
    dossier = None if of is None else _dossier_of(of)
    _append(
        verb,
        at=at,
        by=by,
        chain=chain or dossier or (by.pk if by else rules.SYSTEM),
        object_type=of._meta.label_lower if of else "",
        objects=[(dossier, _id_of(of) if of else None)],
        purpose=purpose,
        details=details,
    )


def record_many(
    verb: str,
    *,
    at: datetime,
    by: Actor,
    of: Iterable[models.Model],
    purpose: str = "",
    **details: object,
) -> None:
    """Write one entry for each record of a list, a search or an export; none for an empty one.

    All in the actor's own chain: one statement, one lock, shared with nobody. Each entry names
    one dossier, so the trail of a dossier is one indexed read and shows none of the others.
    """
    listed: dict[str, list[tuple[UUID | None, UUID | None]]] = {}
    for one in of:
        listed.setdefault(one._meta.label_lower, []).append((_dossier_of(one), _id_of(one)))
    for object_type, objects in listed.items():
        _append(
            verb,
            at=at,
            by=by,
            chain=by.pk,
            object_type=object_type,
            objects=objects,
            purpose=purpose,
            details=details,
        )


def _append(
    verb: str,
    *,
    at: datetime,
    by: Actor | None,
    chain: UUID,
    object_type: str,
    objects: Sequence[tuple[UUID | None, UUID | None]],
    purpose: str,
    details: dict[str, object],
) -> None:
    if not connection.in_atomic_block:
        raise OutsideTransaction(verb)
    if by is None:
        at = rules.hour(at)
    # Only these columns may be written; the database fills in the rest.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (id, chain, verb, at, actor, agency, object_type, purpose,"
            " details, dossier, object_id)"
            " SELECT o.id, %s, %s, %s, %s, %s, %s, %s, %s, o.dossier, o.object_id"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS o(id, dossier, object_id)",
            [
                chain,
                _code(verb),
                at,
                by.pk if by else None,
                by.agency_id if by else None,
                object_type,
                _code(purpose),
                canonical(details),
                [new_id(at) for _ in objects],
                [dossier for dossier, _ in objects],
                [object_id for _, object_id in objects],
            ],
        )


def canonical(details: dict[str, object]) -> str:
    return json.dumps(
        {key: _plain(value) for key, value in details.items()},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )


def _plain(value: object) -> object:
    match value:
        case None | bool() | int():
            return value
        case str():
            return _code(value)
        case UUID():
            return str(value)
        case date():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            plain = [_plain(one) for one in value]
            return plain if isinstance(value, list | tuple) else sorted(plain, key=str)
        case _:
            raise NotACode(f"the trail cannot hold {type(value).__name__}")


def _code(text: str) -> str:
    if not CODE.fullmatch(text):
        raise NotACode("the trail holds codes, not words")
    return str(text)


def _dossier_of(record: models.Model) -> UUID | None:
    found = getattr(record, getattr(type(record), "DOSSIER", "dossier_id"), None)
    return found if isinstance(found, UUID) else None


def _id_of(record: models.Model) -> UUID:
    if not isinstance(record.pk, UUID):
        raise NotACode(f"{record._meta.label_lower} has no UUID as its key")
    return record.pk


def link_heads(*, at: datetime, signing_key: bytes) -> int:
    """Tie every chain that grew into the global chain; gives how many were tied.

    Chains that somebody is writing to are left for the next time, and a second worker leaves
    all to the first.
    """
    tied = 0
    while True:
        with transaction.atomic():
            some = _link_some(at=at, signing_key=signing_key)
        tied += some
        if some < AT_ONCE:
            return tied


def _link_some(*, at: datetime, signing_key: bytes) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LINKING])
        if cursor.fetchone() == (False,):
            return 0
        # Locked while they are linked: an entry still uncommitted can then never be older than
        # a link before it, which is how a back-dated one is told.
        cursor.execute(
            "SELECT chain, seq, hash FROM audit_head WHERE linked < seq"
            " ORDER BY chain LIMIT %s FOR UPDATE SKIP LOCKED",
            [AT_ONCE],
        )
        heads = cursor.fetchall()
        if not heads:
            return 0
        cursor.execute("SELECT seq, hash, at FROM audit_link ORDER BY seq DESC LIMIT 1")
        seq, before, last_at = cursor.fetchone() or (0, rules.START, at)
        links = list(
            rules.forge(
                heads,
                after=(seq, bytes(before)),
                at=rules.hour(max(at, last_at)),
                signing_key=signing_key,
            )
        )
        columns = [list(column) for column in zip(*links, strict=True)]
        cursor.execute(
            f"INSERT INTO audit_link ({', '.join(rules.LinkRow._fields)})"  # noqa: S608
            " SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[], %s::bytea[],"
            " %s::timestamptz[], %s::bytea[], %s::text[], %s::bytea[], %s::bytea[])",
            columns,
        )
        cursor.execute(
            "UPDATE audit_head h SET linked = n.seq"
            " FROM unnest(%s::uuid[], %s::bigint[]) AS n(chain, seq) WHERE h.chain = n.chain",
            columns[1:3],
        )
        return len(heads)
