"""Reading keys. Encrypted fields ask here; other rooms rarely need to."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from daymark.vault import ring
from daymark.vault.models import SEARCH_KEY, DataKey

_MOST = 256
_in_hand: ContextVar[OrderedDict[UUID, bytes] | None] = ContextVar("keys in hand", default=None)


class NoKey(Exception):
    """No data key that this process may see."""


class Shredded(Exception):
    """The dossier was erased: what was written in it can never be read again."""


@contextmanager
def keys_in_hand() -> Iterator[None]:
    """Keep opened data keys for one request or one job, at most 256 and never longer.

    Outside of it every read of an encrypted field opens its key anew.
    """
    if _in_hand.get() is not None:
        yield
        return
    token = _in_hand.set(OrderedDict())
    try:
        yield
    finally:
        _in_hand.reset(token)


def key_for(dossier_id: UUID) -> bytes:
    """The data key of a dossier. Raises NoKey or Shredded."""
    held = _in_hand.get()
    if held is not None and dossier_id in held:
        held.move_to_end(dossier_id)
        return held[dossier_id]
    found = DataKey.unrestricted.filter(pk=dossier_id).first()
    if found is None:
        raise NoKey(str(dossier_id))
    return _open(found)


def take_in_hand(dossier_ids: Iterable[UUID]) -> None:
    """Open the keys of a page of records in one query, for reading inside `keys_in_hand`."""
    held = _in_hand.get()
    if held is None:
        return
    missing = [dossier_id for dossier_id in set(dossier_ids) if dossier_id not in held]
    for found in DataKey.unrestricted.filter(pk__in=missing, shredded_at__isnull=True)[:_MOST]:
        _open(found)


def forget(dossier_id: UUID) -> None:
    """Let go of a key that was just made or shredded."""
    held = _in_hand.get()
    if held is not None:
        held.pop(dossier_id, None)


def search_key() -> bytes:
    """The key of `index.blind` and `index.search_tokens`; `actions.ensure_search_key` makes it."""
    return key_for(SEARCH_KEY)


def binding(dossier_id: UUID) -> bytes:
    """What a wrapped data key is bound to."""
    return b"data key\0" + dossier_id.bytes


def _open(found: DataKey) -> bytes:
    if found.wrapped is None:
        raise Shredded(str(found.pk))
    key = ring.in_use().unwrap(found.ring_key, bytes(found.wrapped), context=binding(found.pk))
    held = _in_hand.get()
    if held is not None:
        held[found.pk] = key
        if len(held) > _MOST:
            held.popitem(last=False)
    return key
