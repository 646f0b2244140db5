"""Sealing: whoever holds a public key can put something in; only the private key takes it out.

HPKE (RFC 9180), base mode: X25519, HKDF-SHA256, AES-256-GCM. The public door seals to the
receiving desk; a desk seals its answer to the pair that the reporter's code derives.
"""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from daymark.vault.locking import pad, subkey, unpad

STEP = 4096
_VERSION = b"\x01"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Unopenable(Exception):
    """Sealed to another key or for another context, or altered since."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An X25519 pair, 32 raw bytes each."""

    public: bytes
    private: bytes = field(repr=False)


def new_pair() -> Pair:
    return _pair(X25519PrivateKey.generate())


def pair_from_seed(secret: bytes, *, context: bytes) -> Pair:
    """The same pair each time; `secret` needs 80 bits or more, such as `codes.seed`."""
    return _pair(X25519PrivateKey.from_private_bytes(subkey(secret, b"pair v1\0" + context)))


def seal(public: bytes, plaintext: bytes, *, context: bytes) -> bytes:
    """Padded to 4 KiB steps, so that the length says little; `context` is authenticated.

    Raises ValueError when `public` is no usable X25519 key.
    """
    key = X25519PublicKey.from_public_bytes(public)
    return _VERSION + _SUITE.encrypt(pad(plaintext, STEP), key, info=_info(context))


def open_sealed(private: bytes, sealed: bytes, *, context: bytes) -> bytes:
    """Raises Unopenable."""
    if sealed[:1] != _VERSION:
        raise Unopenable
    key = X25519PrivateKey.from_private_bytes(private)
    try:
        return unpad(_SUITE.decrypt(sealed[1:], key, info=_info(context)))
    except InvalidTag:
        raise Unopenable from None


def _pair(key: X25519PrivateKey) -> Pair:
    return Pair(public=key.public_key().public_bytes_raw(), private=key.private_bytes_raw())


def _info(context: bytes) -> bytes:
    return b"daymark sealing v1\0" + context
