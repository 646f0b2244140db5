"""Reading the trail."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, Max, Model, QuerySet

from daymark.audit import rules
from daymark.audit.models import Entry, Head, Link

AT_A_TIME = 2000
"""Rows fetched in one go: `check` holds no more than this of each table."""

Row = TypeVar("Row", rules.EntryRow, rules.HeadRow, rules.LinkRow)


class Report(NamedTuple):
    entries: int
    chains: int
    links: int
    unlinked: int
    """Chains whose newest entries no link covers yet: normally those of the last seconds."""
    newest: rules.Witness | None
    """The last link. Kept outside the database, it lets a later check tell a set-back."""
    findings: list[rules.Finding]


def trail_of(dossier_id: UUID) -> QuerySet[Entry]:
    """Who did what with a dossier, oldest first, also those who met it in a list."""
    return Entry.unrestricted.filter(dossier=dossier_id).order_by("recorded_at", "at", "id")


_LOOKS = r"\.(read|shown|looked_over)$"


def acts_on(dossier_id: UUID) -> QuerySet[Entry]:
    """What was done with a dossier, newest first; looking at it is told by `looks_at`."""
    return trail_of(dossier_id).exclude(verb__regex=_LOOKS).reverse()


class Looks(NamedTuple):
    actor: UUID | None
    verb: str
    times: int
    last: datetime


def looks_at(dossier_id: UUID) -> list[Looks]:
    """Who looked at what of a dossier, how many times and when last; the latest first."""
    looks = Entry.unrestricted.filter(dossier=dossier_id, verb__regex=_LOOKS)
    found = looks.values_list("actor", "verb").annotate(times=Count("pk"), last=Max("at"))
    return [Looks(*row) for row in found.order_by("-last", "actor", "verb")]


def check(
    *, public_keys: Sequence[bytes], witness: rules.Witness | None = None, most: int = 1000
) -> Report:
    """Verify the whole trail as it stood at one moment; run as the worker or the owner.

    Tables are streamed, so memory stays flat. Gives up after `most` findings.
    """
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone:
            # One snapshot for all reads: what is written meanwhile is not half seen.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        last = Link.unrestricted.order_by("-seq").first()
        read: Counter[str] = Counter()
        findings = chain(
            rules.verify_links(
                _stream(Link, rules.LinkRow, "seq"), public_keys=public_keys, witness=witness
            ),
            rules.verify_chains(
                _stream(Entry, rules.EntryRow, "chain, seq", read),
                _stream(Head, rules.HeadRow, "chain", read),
                _stream(Link, rules.LinkRow, "chain, chain_seq", read),
                newest=last.at if last else None,
            ),
        )
        return Report(
            findings=list(islice(findings, most)),
            entries=read["audit_entry"],
            chains=read["audit_head"],
            links=read["audit_link"],
            unlinked=Head.unrestricted.filter(linked__lt=F("seq")).count(),
            newest=rules.Witness(last.seq, bytes(last.hash)) if last else None,
        )


def _stream(
    model: type[Model], shape: type[Row], order: str, read: Counter[str] | None = None
) -> Iterator[Row]:
    table = model._meta.db_table
    # The driver's own cursor: binary rows, without Django's conversions, read twice as fast.
    with connection.connection.cursor(name=f"{table}_by_{order[:3]}", binary=True) as cursor:
        cursor.execute(f"SELECT {', '.join(shape._fields)} FROM {table} ORDER BY {order}")  # noqa: S608
        while rows := cursor.fetchmany(AT_A_TIME):
            if read is not None:
                read[table] += len(rows)
            yield from map(shape._make, rows)
