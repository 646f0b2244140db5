"""How the trail is chained, and how to tell that somebody touched it. Pure.

Each entry hashes every field of itself and the hash of the entry before it in its chain. The
worker ties the heads of the chains into one global chain of signed links. What is linked cannot
be changed without the signing key; `docs/decisions/0004-audit-chain.md` says what that leaves.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
)

ENTRY_FORMAT = "daymark.audit.entry.1"
LINK_FORMAT = "daymark.audit.link.1"
START = bytes(32)
"""What the first entry of a chain, and the first link, name as the hash before them."""

SYSTEM = UUID("00000000-0000-8000-8000-000000000001")
"""The chain of what belongs to no dossier and was done by no member."""

SLACK = timedelta(minutes=65)
"""The hour that links and unattributed entries are rounded down to, and five minutes for two
clocks that disagree."""

FORGOTTEN = timedelta(days=1)
"""Longer than any transaction: an entry unlinked for so long was kept from the worker."""

SIGNATURES_APART = 500
"""Every link covers all links before it, so the last signature vouches for the whole chain;
the ones between only help to say where it went wrong."""


class EntryRow(NamedTuple):
    """One entry, in the order in which its fields are hashed."""

    id: UUID
    chain: UUID
    seq: int
    verb: str
    at: datetime
    recorded_at: datetime
    actor: UUID | None
    agency: UUID | None
    dossier: UUID | None
    object_type: str
    object_id: UUID | None
    purpose: str
    details: str
    prev_hash: bytes
    hash: bytes


class HeadRow(NamedTuple):
    chain: UUID
    seq: int
    hash: bytes
    recorded_at: datetime
    linked: int


class LinkRow(NamedTuple):
    """One link, in the order in which its fields are signed; the hash covers the signature."""

    seq: int
    chain: UUID
    chain_seq: int
    head_hash: bytes
    at: datetime
    prev_hash: bytes
    key_id: str
    signature: bytes
    hash: bytes


class Finding(NamedTuple):
    """Something is wrong: in a dossier's chain, or with `chain` None in the global one."""

    chain: UUID | None
    seq: int
    wrong: str

    def __str__(self) -> str:
        return f"{self.chain or 'global chain'} #{self.seq}: {self.wrong}"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NULL = b"\xff\xff\xff\xff"
_UUID = (16).to_bytes(4, "big")
_NUMBER = (8).to_bytes(4, "big")


def encode(values: Iterable[UUID | int | str | datetime | bytes | None]) -> bytes:
    """Each value behind its length in four bytes; -1 stands for null.

    The database writes the same bytes (`audit_encoding`), so neither side trusts the other.
    """
    parts: list[bytes] = []
    for value in values:
        if value is None:
            parts.append(_NULL)
        elif isinstance(value, UUID):
            parts += (_UUID, value.bytes)
        elif isinstance(value, int):
            parts += (_NUMBER, value.to_bytes(8, "big", signed=True))
        elif isinstance(value, datetime):
            moment = (value - _EPOCH) // _MICROSECOND
            parts += (_NUMBER, moment.to_bytes(8, "big", signed=True))
        else:
            text = value.encode() if isinstance(value, str) else value
            parts += (len(text).to_bytes(4, "big"), text)
    return b"".join(parts)


def entry_hash(entry: EntryRow) -> bytes:
    return sha256(encode((ENTRY_FORMAT, *entry[:-1]))).digest()


def link_hash(link: LinkRow) -> bytes:
    return sha256(encode((LINK_FORMAT, *link[:-1]))).digest()


def hour(moment: datetime) -> datetime:
    """What is kept of a moment that may betray when a reporter was at the keyboard."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def public_key(signing_key: bytes) -> bytes:
    """The 32 bytes with which anybody can check what `signing_key` (32 bytes) signed."""
    return Ed25519PrivateKey.from_private_bytes(signing_key).public_key().public_bytes_raw()


def key_id(public_key: bytes) -> str:
    return sha256(public_key).hexdigest()[:16]


def forge(
    heads: Iterable[tuple[UUID, int, bytes]],
    *,
    after: tuple[int, bytes],
    at: datetime,
    signing_key: bytes,
) -> Iterator[LinkRow]:
    """Links for heads (chain, seq, hash), tied behind the link `after` (seq, hash)."""
    key = Ed25519PrivateKey.from_private_bytes(signing_key)
    named = key_id(public_key(signing_key))
    seq, before = after
    for chain, chain_seq, head_hash in heads:
        seq += 1
        body = (seq, chain, chain_seq, head_hash, at, before, named)
        link = LinkRow(*body, key.sign(encode((LINK_FORMAT, *body))), b"")
        link = link._replace(hash=link_hash(link))
        before = link.hash
        yield link
