"""Making, shredding and re-wrapping keys."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction

from daymark.audit import actions as audit
from daymark.vault import queries, ring
from daymark.vault.fields import RingTextField
from daymark.vault.locking import Misplaced
from daymark.vault.models import SEARCH_KEY, DataKey
from daymark.vault.ring import Ring, UnknownKey, Wrapper

BATCH = 500


class StillNeeded(Exception):
    """Something is still wrapped under a key that was to be dropped; re-wrap first."""


class HiddenRows(Exception):
    """This process may not see every row, so it cannot say that nothing needs an old key."""


@dataclass(frozen=True, slots=True)
class Count:
    """What one holder of wrapped keys did in a run of `rewrap_all`."""

    what: str
    rewrapped: int
    unreadable: int
    """Wrapped under a key the ring has lost, or altered: looked at by a person, never skipped
    silently."""


class Holder(Protocol):
    """Something that keeps values wrapped under the ring and can move them to its current key."""

    name: str

    def batch(self, ring: Wrapper, *, after: UUID | None, size: int) -> "Batch":
        """Re-wrap at most `size` values not under the current key, in order of id."""

    def waiting(self, ring: Wrapper) -> int:
        """How many values are not under the current key; lets nobody write until the end of the
        transaction."""


@dataclass(frozen=True, slots=True)
class Batch:
    rewrapped: int
    unreadable: int
    last: UUID | None
    """Where the next batch goes on; None when this was the last."""


def make_data_key(dossier_id: UUID, *, at: datetime) -> DataKey:
    """Give a new dossier its key, in the transaction that makes the dossier."""
    wrapper = ring.in_use()
    wrapped = wrapper.wrap(secrets.token_bytes(32), context=queries.binding(dossier_id))
    queries.forget(dossier_id)
    made = DataKey(id=dossier_id, wrapped=wrapped, ring_key=wrapper.current, made_at=at)
    made.save(force_insert=True)
    return made


def ensure_search_key(*, at: datetime) -> bytes:
    """The key of blind indexes and search tokens, made on the first call."""
    try:
        return queries.search_key()
    except queries.NoKey:
        wrapper = ring.in_use()
        wrapped = wrapper.wrap(secrets.token_bytes(32), context=queries.binding(SEARCH_KEY))
        first = DataKey(id=SEARCH_KEY, wrapped=wrapped, ring_key=wrapper.current, made_at=at)
        # Two processes may be first: the one that loses reads the key of the other.
        DataKey.unrestricted.bulk_create([first], ignore_conflicts=True)
        return queries.search_key()


def shred(dossier_id: UUID, *, by: audit.Actor | None, at: datetime, purpose: str = "") -> DataKey:
    """Erase a dossier by erasing its key; shredding twice changes nothing.

    Worker only. Copies of the old row live on in backups until those expire.
    """
    if dossier_id == SEARCH_KEY:
        raise ValueError("the search key is no dossier")
    with transaction.atomic():
        key = DataKey.unrestricted.select_for_update().filter(pk=dossier_id).first()
        if key is None:
            raise queries.NoKey(str(dossier_id))
        if key.shredded_at is None:
            key.wrapped, key.ring_key, key.shredded_at = None, "", at
            key.save(update_fields=["wrapped", "ring_key", "shredded_at"])
            audit.record("vault.shredded", at=at, by=by, of=key, purpose=purpose)
    queries.forget(dossier_id)
    return key


def rotate_ring(source: str | Path, *, by: audit.Actor | None, at: datetime) -> Ring:
    """Make a new key current. Nothing is re-wrapped yet: that is `rewrap_all`."""
    with transaction.atomic():
        # Written down first: a rotation that the trail does not know must not happen.
        before = ring.load(source).current
        audit.record("vault.ring_rotated", at=at, by=by, from_key=before)
        return ring.rotate(source)


def rewrap_all(
    *, by: audit.Actor | None, at: datetime, also: Sequence[Holder] = (), size: int = BATCH
) -> list[Count]:
    """Move everything under the ring's current key; run again after an interruption.

    Each batch is a transaction of its own and takes only what is not yet moved, so pages go on
    being served meanwhile. Owner only. Raises HiddenRows.
    """
    wrapper = ring.in_use()
    counts = [_rewrap(holder, wrapper, size) for holder in _holders(also)]
    with transaction.atomic():
        audit.record(
            "vault.rewrapped",
            at=at,
            by=by,
            to_key=wrapper.current,
            rewrapped=sum(count.rewrapped for count in counts),
            unreadable=sum(count.unreadable for count in counts),
        )
    return counts


def drop_key(
    source: str | Path,
    key_id: str,
    *,
    by: audit.Actor | None,
    at: datetime,
    also: Sequence[Holder],
) -> Ring:
    """Take an old key out of the ring once nothing waits under it.

    `also` names every holder outside a `RingTextField`, and has no default because a forgotten
    one loses what it holds. Owner only. Raises StillNeeded or HiddenRows.

    Backups made before the re-wrapping can then no longer be read: keep the dropped key with
    them, or let them expire first.
    """
    held = ring.load(source)
    if key_id == held.current:
        raise StillNeeded("The current key cannot be dropped; rotate first.")
    with transaction.atomic():
        waiting = {holder.name: holder.waiting(held) for holder in _holders(also)}
        if any(waiting.values()):
            raise StillNeeded(", ".join(f"{name}: {n}" for name, n in waiting.items() if n))
        audit.record("vault.ring_key_dropped", at=at, by=by, key=key_id)
        return ring.without(source, key_id)


class DataKeys:
    """The data keys of dossiers, as something to re-wrap."""

    name = "vault.datakey"

    def batch(self, ring: Wrapper, *, after: UUID | None, size: int) -> Batch:
        _see_all(DataKey._meta.db_table)
        rows = self._waiting(ring).select_for_update().order_by("pk")
        if after:
            rows = rows.filter(pk__gt=after)
        found = list(rows[:size])
        done = 0
        for key in found:
            context = queries.binding(key.pk)
            try:
                plain = ring.unwrap(key.ring_key, bytes(key.wrapped or b""), context=context)
            except (Misplaced, UnknownKey):
                continue
            key.wrapped, key.ring_key = ring.wrap(plain, context=context), ring.current
            key.save(update_fields=["wrapped", "ring_key"])
            done += 1
        return Batch(done, len(found) - done, found[-1].pk if len(found) == size else None)

    def waiting(self, ring: Wrapper) -> int:
        _see_all(DataKey._meta.db_table, lock=True)
        return self._waiting(ring).count()

    def _waiting(self, ring: Wrapper) -> models.QuerySet[DataKey]:
        return DataKey.unrestricted.filter(shredded_at__isnull=True).exclude(ring_key=ring.current)


class RingFields:
    """One `RingTextField` of one model, as something to re-wrap."""

    def __init__(self, field: RingTextField) -> None:
        quote = connection.ops.quote_name
        columns = field.model._meta.pk.column, field.column
        self.field = field
        self.name = field.model._meta.label_lower + "." + field.name
        self.table = quote(field.model._meta.db_table)
        self.key, self.column = (quote(name) for name in columns if name)
        # `substring` of a null is null, so empty values never match.
        self.where = f"substring({self.column} FROM 1 FOR %s) <> %s"

    def batch(self, wrapper: Wrapper, *, after: UUID | None, size: int) -> Batch:
        done = 0
        _see_all(self.table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {self.key}, {self.column} FROM {self.table} WHERE {self.where}"  # noqa: S608
                f" AND ({self.key} > %s OR %s::uuid IS NULL)"
                f" ORDER BY {self.key} LIMIT %s FOR UPDATE",
                [*self._other_than(wrapper), after, after, size],
            )
            found = cursor.fetchall()
            for key, token in found:
                try:
                    new = ring.relock(wrapper, bytes(token), context=self.field.binding(key))
                except (Misplaced, UnknownKey):
                    continue
                cursor.execute(
                    f"UPDATE {self.table} SET {self.column} = %s WHERE {self.key} = %s",  # noqa: S608
                    [new, key],
                )
                done += 1
        return Batch(done, len(found) - done, found[-1][0] if len(found) == size else None)

    def waiting(self, wrapper: Wrapper) -> int:
        _see_all(self.table, lock=True)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {self.table} WHERE {self.where}",  # noqa: S608
                self._other_than(wrapper),
            )
            return int(cursor.fetchone()[0])

    def _other_than(self, wrapper: Wrapper) -> list[int | bytes]:
        header = ring.header(wrapper.current)
        return [len(header), header]


def _holders(also: Iterable[Holder]) -> list[Holder]:
    fields = [
        RingFields(field)
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, RingTextField)
    ]
    return [DataKeys(), *fields, *also]


def _see_all(table: str, *, lock: bool = False) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_security_active(%s::regclass)", [table])
        if cursor.fetchone() != (False,):
            raise HiddenRows(table)
        if lock:
            # Waits for whoever is writing: a row not yet committed may be under the old key.
            cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")


def _rewrap(holder: Holder, wrapper: Wrapper, size: int) -> Count:
    rewrapped = unreadable = 0
    after: UUID | None = None
    while True:
        with transaction.atomic():
            batch = holder.batch(wrapper, after=after, size=size)
        rewrapped += batch.rewrapped
        unreadable += batch.unreadable
        after = batch.last
        if after is None:
            return Count(holder.name, rewrapped, unreadable)
