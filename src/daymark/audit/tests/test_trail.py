"""What the database does with an entry, and whom it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from django.db import models, transaction
from django.db.utils import DatabaseError, ProgrammingError
from tests.roles import as_role

from daymark.audit import actions, rules
from daymark.audit.models import Entry, Head

NOW = datetime.now(UTC)


class Person(NamedTuple):
    pk: UUID
    agency_id: UUID


class Leaf(models.Model):
    """Hangs on a dossier."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    dossier_id = models.UUIDField()

    class Meta:
        app_label = "trail"
        managed = False


class Folder(models.Model):
    """Is a dossier itself."""

    DOSSIER = "id"
    id = models.UUIDField(primary_key=True, default=uuid4)

    class Meta:
        app_label = "trail"
        managed = False


def rows(chain: UUID | None = None) -> list[rules.EntryRow]:
    with as_role("worker"):
        entries = Entry.unrestricted.order_by("chain", "seq")
        if chain:
            entries = entries.filter(chain=chain)
        return [
            rules.EntryRow(*(bytes(v) if isinstance(v, memoryview) else v for v in row))
            for row in entries.values_list(*rules.EntryRow._fields)
        ]


@contextmanager
def refused(match: str = "permission denied|row-level security|append-only") -> Iterator[None]:
    with pytest.raises((ProgrammingError, DatabaseError), match=match), transaction.atomic():
        yield


@pytest.mark.django_db
def test_an_entry_is_chained_by_the_database():
    agent, leaf = Person(uuid4(), uuid4()), Leaf(dossier_id=uuid4())
    with as_role("partner", member_id=agent.pk):
        actions.record("leaf.read", at=NOW, by=agent, of=leaf, purpose="TRIAGE", pages=2)
        actions.record("leaf.closed", at=NOW, by=agent, of=leaf)
    first, second = rows(leaf.dossier_id)
    assert (first.seq, first.prev_hash) == (1, rules.START)
    assert (second.seq, second.prev_hash) == (2, first.hash)
    assert first.object_type == "trail.leaf"
    assert first.object_id == leaf.pk
    assert first.dossier == leaf.dossier_id
    assert (first.actor, first.agency) == agent
    assert first.details == '{"pages":2}'
    assert [rules.entry_hash(entry) for entry in (first, second)] == [first.hash, second.hash]
    with as_role("worker"):
        head = Head.unrestricted.get(chain=leaf.dossier_id)
    assert (head.seq, bytes(head.hash), head.linked) == (2, second.hash, 0)
