"""A draft that travels in a hidden field of the public door's forms.

The public door keeps nothing between two pages, so the page itself carries what was answered so
far, readable to nobody else who finds it in a cache or a back button.
"""

import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from daymark.vault import locking

STEP = 512
_VERSION = b"\x01"
_BOUND_TO = b"daymark form v1"


class Unreadable(Exception):
    """Not packed here, altered, or packed under a key that has been retired."""


def pack(data: dict[str, Any], *, key: str) -> str:
    """URL-safe text, its length in steps; `key` is base64 of 32 bytes.

    For rotation `key` may hold two, the newer first, separated by a comma.
    """
    plain = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    # A browser can send half a surrogate pair; it must not cost the reporter the draft.
    padded = locking.pad(plain.encode("utf-8", errors="replace"), STEP)
    locked = locking.lock(_keys(key)[0], padded, bound_to=_BOUND_TO)
    return urlsafe_b64encode(_VERSION + locked).rstrip(b"=").decode()


def unpack(token: str, *, key: str) -> dict[str, Any]:
    """Raises Unreadable."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise Unreadable from None
    if raw[:1] != _VERSION:
        raise Unreadable
    for one in _keys(key):
        try:
            plain = locking.unpad(locking.unlock(one, raw[1:], bound_to=_BOUND_TO))
        except locking.Misplaced:
            continue
        found: dict[str, Any] = json.loads(plain)
        return found
    raise Unreadable


def _keys(text: str) -> list[bytes]:
    keys = [b64decode(part, validate=True) for part in text.split(",")]
    if any(len(key) != 32 for key in keys):
        raise ValueError("a form key is base64 of 32 bytes")
    return keys
