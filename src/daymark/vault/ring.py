"""The key ring: the keys that wrap all others, kept outside the database.

`{"current": "k2", "keys": {"k1": "<base64 of 32 bytes>", "k2": "..."}}`, in a file that nobody
else may read, or in the environment. A key management service fits behind `Wrapper`.
"""

import json
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.conf import settings

from daymark.vault import locking

_ID = re.compile(r"[a-z0-9-]{1,32}")
_VERSION = b"\x02"


class RingError(Exception):
    """The key ring cannot be used; the message says why and what to do."""


class NoRing(RingError):
    """There is no key ring: none named, or the file is missing."""


class ExposedRing(RingError):
    """Other users of the machine could read the key ring."""


class BrokenRing(RingError):
    """The key ring is not what `daymark keys create` writes."""


class UnknownKey(RingError):
    """Something is wrapped under a key that this ring does not hold (any more, or yet)."""


class FixedRing(RingError):
    """A ring held in the environment is changed there, and an existing file is never replaced."""


class Wrapper(Protocol):
    """What a provider of keys does: a ring in a file, or a key management service."""

    @property
    def current(self) -> str:
        """The id of the key that `wrap` uses; ASCII, at most 32 characters."""

    def wrap(self, key: bytes, *, context: bytes) -> bytes: ...

    def unwrap(self, key_id: str, wrapped: bytes, *, context: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Ring:
    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise BrokenRing(f"The key ring's current key {self.current!r} is not in it.")
        for key_id, key in self.keys.items():
            if not _ID.fullmatch(key_id):
                raise BrokenRing(f"{key_id!r} is no id of a key: use a-z, 0-9 and hyphens.")
            if len(key) != 32:
                raise BrokenRing(f"Key {key_id!r} of the ring is not 32 bytes long.")

    def wrap(self, key: bytes, *, context: bytes) -> bytes:
        return locking.lock(self._wrapping(self.current), key, bound_to=context)

    def unwrap(self, key_id: str, wrapped: bytes, *, context: bytes) -> bytes:
        """Raises UnknownKey, or locking.Misplaced."""
        return locking.unlock(self._wrapping(key_id), wrapped, bound_to=context)

    def fingerprints(self) -> dict[str, str]:
        """What two machines compare to see that they hold the same ring; says nothing of keys."""
        return {
            key_id: locking.subkey(key, b"fingerprint").hex()[:16]
            for key_id, key in self.keys.items()
        }

    def _wrapping(self, key_id: str) -> bytes:
        if key_id not in self.keys:
            raise UnknownKey(f"Key {key_id!r} is not in the key ring.")
        return locking.subkey(self.keys[key_id], b"wrapping")


def in_use() -> Wrapper:
    """The ring of this process; a ring rotated meanwhile is read anew.

    Raises NoRing at the public door, which must not be able to open anything.
    """
    return load(settings.KEY_RING)


def load(source: str | Path) -> Ring:
    """Read the ring from a path, or from the JSON itself.

    Raises NoRing, ExposedRing or BrokenRing.
    """
    text = str(source)
    if text.lstrip().startswith("{"):
        return _parse(text)
    if not text:
        raise NoRing("DAYMARK_KEY_RING names no key ring.")
    path = Path(text)
    try:
        status = path.stat()
        if status.st_mode & 0o077 and path.parent.stat().st_mode & 0o011:
            raise ExposedRing(f"Other users can read {path}; run: chmod 600 {path}")
        return _read(path, status.st_ino, status.st_mtime_ns)
    except FileNotFoundError:
        raise NoRing(f"There is no key ring at {path}; `daymark keys create` makes one.") from None
    except OSError as error:
        raise NoRing(f"The key ring at {path} cannot be read: {error.strerror}.") from None


def create(path: Path) -> Ring:
    """Make a ring with one key; an existing one is never replaced."""
    ring = Ring("k1", {"k1": secrets.token_bytes(32)})
    try:
        _write(path, ring)
    except FileExistsError:
        raise FixedRing(f"{path} exists; a key ring is never overwritten.") from None
    return ring


def rotate(source: str | Path) -> Ring:
    """Add a key and make it current; older keys stay until nothing is wrapped under them.

    With several machines, hand the new file to all of them before the next write.
    """
    ring = load(source)
    numbers = [int(key_id[1:]) for key_id in ring.keys if re.fullmatch(r"k\d+", key_id)]
    new = f"k{max(numbers, default=0) + 1}"
    return _replace(source, Ring(new, {**ring.keys, new: secrets.token_bytes(32)}))


def without(source: str | Path, key_id: str) -> Ring:
    """Take an old key out of the ring; `actions.drop_key` first makes sure nothing needs it."""
    ring = load(source)
    if key_id not in ring.keys:
        raise UnknownKey(f"Key {key_id!r} is not in the key ring.")
    keys = {known: key for known, key in ring.keys.items() if known != key_id}
    return _replace(source, Ring(ring.current, keys))


def lock(ring: Wrapper, plain: bytes, *, context: bytes) -> bytes:
    """Encrypt a value straight under the ring: version, key id, wrapped one-off key, ciphertext.

    The one-off key keeps long values away from a key management service, and lets rotation
    re-wrap 32 bytes instead of reading what was written.
    """
    key = secrets.token_bytes(32)
    return _token(ring, key, locking.lock(key, plain, bound_to=context), context)


def unlock(ring: Wrapper, token: bytes, *, context: bytes) -> bytes:
    """Raises locking.Misplaced or UnknownKey."""
    key_id, wrapped, locked = _parts(token)
    key = ring.unwrap(key_id, wrapped, context=context)
    return locking.unlock(key, locked, bound_to=context)


def relock(ring: Wrapper, token: bytes, *, context: bytes) -> bytes:
    """The same value wrapped under the current key."""
    key_id, wrapped, locked = _parts(token)
    return _token(ring, ring.unwrap(key_id, wrapped, context=context), locked, context)


def key_of(token: bytes) -> str:
    """The id of the key that a token is wrapped under."""
    return _parts(token)[0]


def header(key_id: str) -> bytes:
    """How every token wrapped under this key begins."""
    return _VERSION + bytes([len(key_id)]) + key_id.encode()


def _token(ring: Wrapper, key: bytes, locked: bytes, context: bytes) -> bytes:
    wrapped = ring.wrap(key, context=context)
    return header(ring.current) + len(wrapped).to_bytes(2, "big") + wrapped + locked


def _parts(token: bytes) -> tuple[str, bytes, bytes]:
    if len(token) < 2 or token[:1] != _VERSION:
        raise locking.Misplaced
    end = 2 + token[1]
    length = int.from_bytes(token[end : end + 2], "big")
    wrapped, locked = token[end + 2 : end + 2 + length], token[end + 2 + length :]
    return token[2:end].decode("ascii", errors="replace"), wrapped, locked


@lru_cache(maxsize=4)
def _read(path: Path, _inode: int, _changed: int) -> Ring:
    return _parse(path.read_text())


def _parse(text: str) -> Ring:
    try:
        held = json.loads(text)
        keys = {str(name): b64decode(key, validate=True) for name, key in held["keys"].items()}
        return Ring(str(held["current"]), keys)
    except (ValueError, KeyError, TypeError, AttributeError):
        # Without the cause: it would quote what may be a key.
        raise BrokenRing(
            'The key ring must be {"current": id, "keys": {id: base64 of 32 bytes}}.'
        ) from None


def _replace(source: str | Path, ring: Ring) -> Ring:
    if str(source).lstrip().startswith("{"):
        raise FixedRing("This key ring is held in the environment; change it there.")
    path = Path(source)
    beside = path.with_name(path.name + ".new")
    try:
        _write(beside, ring)
    except FileExistsError:
        raise FixedRing(f"{beside} exists: somebody else is changing the ring.") from None
    beside.replace(path)
    return ring


def _write(path: Path, ring: Ring) -> None:
    keys = {key_id: b64encode(key).decode() for key_id, key in ring.keys.items()}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        json.dump({"current": ring.current, "keys": keys}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
