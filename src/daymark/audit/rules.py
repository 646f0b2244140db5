"""How the trail is chained, and how to tell that somebody touched it. Pure.

Each entry hashes every field of itself and the hash of the entry before it in its chain. The
worker ties the heads of the chains into one global chain of signed links. What is linked cannot
be changed without the signing key; `docs/decisions/0004-audit-chain.md` says what that leaves.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from typing import Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
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


class Witness(NamedTuple):
    """The place and hash of a link, as somebody outside the database kept it."""

    seq: int
    hash: bytes


class Finding(NamedTuple):
    """Something is wrong: in one chain, or with `chain` None in the global one."""

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


def verify(
    entries: Iterable[EntryRow],
    heads: Iterable[HeadRow],
    links: Iterable[LinkRow],
    *,
    public_keys: Sequence[bytes],
    witness: Witness | None = None,
) -> list[Finding]:
    """Everything that is wrong with a trail, in any order; empty when nothing is.

    `public_keys` are the keys trusted, the present and the retired. `witness` tells when
    the whole trail was set back to what it once was, which nothing inside it can.
    """
    links = sorted(links)
    newest = links[-1].at if links else None
    return [
        *verify_links(links, public_keys=public_keys, witness=witness),
        *verify_chains(
            sorted(entries, key=attrgetter("chain", "seq")),
            sorted(heads),
            sorted(links, key=attrgetter("chain", "chain_seq")),
            newest=newest,
        ),
    ]


def verify_links(
    links: Iterable[LinkRow], *, public_keys: Sequence[bytes], witness: Witness | None = None
) -> Iterator[Finding]:
    """Read the global chain once, in order of seq."""
    trusted = {key_id(key): Ed25519PublicKey.from_public_bytes(key) for key in public_keys}
    last: LinkRow | None = None
    witnessed = witness is None
    for link in links:
        seq, before = (last.seq, last.hash) if last else (0, START)
        wrong = _place(link.seq, seq, "link")
        if link.prev_hash != before:
            wrong.append("does not follow the link before it")
        if link_hash(link) != link.hash:
            wrong.append("was changed after it was written")
        if last and link.at < last.at:
            wrong.append("is dated before the link before it")
        if last and last.key_id != link.key_id and not _signed(last, trusted):
            yield Finding(None, last.seq, FORGED)
        if link.seq % SIGNATURES_APART == 0 and not _signed(link, trusted):
            wrong.append(FORGED)
        if witness and link.seq == witness.seq:
            witnessed = True
            if link.hash != witness.hash:
                wrong.append("is not the link that was kept elsewhere")
        for words in wrong:
            yield Finding(None, link.seq, words)
        last = link
    if last and not _signed(last, trusted):
        yield Finding(None, last.seq, FORGED)
    if witness and not witnessed:
        yield Finding(None, witness.seq, "was kept elsewhere, and is missing here")


FORGED = "has no valid signature: it or a link before it was not written by the worker"


def _signed(link: LinkRow, trusted: dict[str, Ed25519PublicKey]) -> bool:
    if link.key_id not in trusted:
        return False
    try:
        trusted[link.key_id].verify(link.signature, encode((LINK_FORMAT, *link[:-2])))
    except InvalidSignature:
        return False
    return True


def _place(seq: int, before: int, what: str) -> list[str]:
    if seq == before + 1:
        return []
    if seq <= before:
        return [f"stands where another {what} stands"]
    gone = f"#{before + 1}" if seq == before + 2 else f"#{before + 1} to #{seq - 1}"
    return [f"{gone} before it missing"]


class _Chained(Protocol):
    @property
    def chain(self) -> UUID: ...


Row = TypeVar("Row", bound=_Chained)


class _Stream(Generic[Row]):
    """Rows in order of chain, given out one chain at a time."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    @property
    def chain(self) -> UUID | None:
        return self._next.chain if self._next else None

    def of(self, chain: UUID) -> Iterator[Row]:
        while (row := self._next) and row.chain == chain:
            self._next = next(self._rows, None)
            yield row


def verify_chains(
    entries: Iterable[EntryRow],
    heads: Iterable[HeadRow],
    links: Iterable[LinkRow],
    *,
    newest: datetime | None,
) -> Iterator[Finding]:
    """Read all chains side by side, each iterable in order of chain and place in it.

    `newest` is the moment of the last link. Nothing but the current row of each is held.
    """
    entry_rows, head_rows, link_rows = _Stream(entries), _Stream(heads), _Stream(links)
    while chains := [s.chain for s in (entry_rows, head_rows, link_rows) if s.chain]:
        chain = min(chains)
        yield from _verify_chain(
            chain, entry_rows.of(chain), head_rows.of(chain), link_rows.of(chain), newest
        )


def _verify_chain(
    chain: UUID,
    entries: Iterator[EntryRow],
    heads: Iterator[HeadRow],
    links: Iterator[LinkRow],
    newest: datetime | None,
) -> Iterator[Finding]:
    seq, before, recorded_at = 0, START, _EPOCH
    due = next(links, None)
    tied: LinkRow | None = None
    for entry in entries:
        wrong = _place(entry.seq, seq, "entry")
        if entry.prev_hash != before:
            wrong.append("does not follow the entry before it")
        if entry_hash(entry) != entry.hash:
            wrong.append("was changed after it was written")
        if entry.recorded_at < recorded_at:
            wrong.append("was recorded before the entry before it")
        if entry.at > entry.recorded_at + SLACK:
            wrong.append("claims a moment that had not come when it was recorded")
        if tied and entry.recorded_at + SLACK < tied.at:
            wrong.append(f"is dated before link #{tied.seq}, which did not know it")
        while due and due.chain_seq <= entry.seq:
            if due.chain_seq < entry.seq:
                yield Finding(chain, due.chain_seq, f"was signed by link #{due.seq}, and is gone")
            elif due.head_hash != entry.hash:
                wrong.append(f"is not what link #{due.seq} signed")
            elif entry.recorded_at > due.at + SLACK:
                wrong.append(f"was recorded after link #{due.seq} signed it")
            if tied and due.seq < tied.seq:
                yield Finding(None, due.seq, f"came after link #{tied.seq} of the same chain")
            tied, due = due, next(links, None)
        for words in wrong:
            yield Finding(chain, entry.seq, words)
        seq, before, recorded_at = entry.seq, entry.hash, entry.recorded_at
    while due:
        yield Finding(chain, due.chain_seq, f"was signed by link #{due.seq}, and is gone")
        tied, due = due, next(links, None)
    linked = tied.chain_seq if tied else 0
    head = next(heads, None)
    if head is None:
        yield Finding(chain, seq, "the chain has lost its head")
    elif (head.seq, head.hash) != (seq, before) or (seq and head.recorded_at != recorded_at):
        yield Finding(chain, head.seq, f"is the head, but the entries end at #{seq}")
    elif head.linked != linked:
        yield Finding(chain, head.linked, f"is noted as linked, but the links end at #{linked}")
    if newest and linked < seq and recorded_at + FORGOTTEN < newest:
        yield Finding(chain, seq, "was kept from being linked")
    for again in heads:
        yield Finding(chain, again.seq, "is a second head")
