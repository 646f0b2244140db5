"""Authenticated encryption of one value, bound to the place it belongs to."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
TAG = 16


class Misplaced(Exception):
    """Ciphertext that was not written here under this key: moved, altered, or the wrong key."""


def subkey(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"daymark " + purpose).derive(key)


def lock(key: bytes, plain: bytes, *, bound_to: bytes) -> bytes:
    """AES-256-GCM under a fresh random nonce, which leads the result."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unlock(key: bytes, locked: bytes, *, bound_to: bytes) -> bytes:
    if len(locked) < NONCE + TAG:
        raise Misplaced
    try:
        return AESGCM(key).decrypt(locked[:NONCE], locked[NONCE:], bound_to)
    except InvalidTag:
        raise Misplaced from None


def pad(plain: bytes, step: int) -> bytes:
    """To the next multiple of `step`, always by at least one byte (ISO/IEC 7816-4)."""
    return plain + b"\x80" + bytes(-(len(plain) + 1) % step)


def unpad(padded: bytes) -> bytes:
    """Undo `pad`; only ever called on authenticated bytes."""
    plain, mark, zeros = padded.rpartition(b"\x80")
    if not mark or zeros.strip(b"\0"):
        raise Misplaced
    return plain
