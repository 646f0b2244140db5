import hmac
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from daymark.vault import codes, sealing
from daymark.vault.locking import Misplaced, pad, unpad
from daymark.vault.sealing import Unopenable

DESK = sealing.new_pair()
OTHER = sealing.new_pair()


@given(st.binary(max_size=10_000), st.binary(max_size=40))
@settings(max_examples=50)
def test_only_the_right_key_and_context_open_what_was_sealed(plaintext, context):
    sealed = sealing.seal(DESK.public, plaintext, context=context)
    assert sealing.open_sealed(DESK.private, sealed, context=context) == plaintext
    with pytest.raises(Unopenable):
        sealing.open_sealed(OTHER.private, sealed, context=context)
    with pytest.raises(Unopenable):
        sealing.open_sealed(DESK.private, sealed, context=context + b"!")


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
@settings(max_examples=100)
def test_any_altered_byte_is_noticed(place, change):
    sealed = bytearray(sealing.seal(DESK.public, b"They sleep in the van.", context=b"c"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(Unopenable):
        sealing.open_sealed(DESK.private, bytes(sealed), context=b"c")


@given(st.binary(max_size=100))
def test_anything_else_is_unopenable(rubbish):
    for sealed in (rubbish, b"\x01" + rubbish):
        with pytest.raises(Unopenable):
            sealing.open_sealed(DESK.private, sealed, context=b"c")


def test_what_is_sealed_is_plain_hpke_and_opens_without_the_library():
    """RFC 9180, base mode, written out by hand: DHKEM(X25519), HKDF-SHA256, AES-256-GCM."""
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\x01\0\x02"
    sealed = sealing.seal(DESK.public, b"They sleep in the van.", context=b"c")[1:]

    def extract(suite_id: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite_id + label + material, "sha256")

    def expand(suite_id: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
        info = length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + info
        return HKDFExpand(SHA256(), length, info).derive(key)

    ephemeral, ciphertext = sealed[:32], sealed[32:]
    private = X25519PrivateKey.from_private_bytes(DESK.private)
    shared = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    shared = extract(kem, b"", b"eae_prk", shared)
    shared = expand(kem, shared, b"shared_secret", ephemeral + DESK.public, 32)
    about = extract(suite, b"", b"info_hash", b"daymark sealing v1\0c")
    about = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + about
    secret = extract(suite, shared, b"secret", b"")
    key, nonce = (
        expand(suite, secret, b"key", about, 32),
        expand(suite, secret, b"base_nonce", about, 12),
    )
    assert unpad(AESGCM(key).decrypt(nonce, ciphertext, b"")) == b"They sleep in the van."


def test_the_length_says_only_how_many_steps():
    lengths = {len(sealing.seal(DESK.public, b"x" * n, context=b"c")) for n in (0, 1, 900, 4095)}
    assert len(lengths) == 1
    longer = len(sealing.seal(DESK.public, b"x" * 4096, context=b"c"))
    assert longer - lengths.pop() == sealing.STEP


def test_the_same_text_never_looks_the_same():
    assert sealing.seal(DESK.public, b"x", context=b"c") != sealing.seal(
        DESK.public, b"x", context=b"c"
    )


def test_a_key_that_would_give_everyone_the_same_secret_is_refused():
    for useless in (bytes(32), (1).to_bytes(32, "little"), b"short"):
        with pytest.raises(ValueError):
            sealing.seal(useless, b"x", context=b"c")


def test_a_reporter_opens_the_answer_with_the_code_alone():
    code, pepper = codes.new(), os.urandom(32)
    public = sealing.pair_from_seed(codes.seed(code, pepper), context=b"concern:1").public
    answer = sealing.seal(public, "Mulțumim.".encode(), context=b"reply:1")
    again = codes.parse(code.words)
    pair = sealing.pair_from_seed(codes.seed(again, pepper), context=b"concern:1")
    assert sealing.open_sealed(pair.private, answer, context=b"reply:1").decode() == "Mulțumim."
    for seed, context in [
        (codes.seed(codes.new(), pepper), b"concern:1"),
        (codes.seed(code, os.urandom(32)), b"concern:1"),
        (codes.seed(code, pepper), b"concern:2"),
    ]:
        assert sealing.pair_from_seed(seed, context=context).public != public


def test_a_private_key_is_never_printed():
    assert DESK.private.hex() not in repr(DESK)
    assert repr(DESK.private) not in repr(DESK)


@given(st.binary(max_size=300), st.sampled_from([16, 64, 256]))
def test_padding_is_undone_exactly(plain, step):
    padded = pad(plain, step)
    assert len(padded) % step == 0
    assert unpad(padded) == plain


@given(st.binary(max_size=40).filter(lambda data: b"\x80" not in data))
def test_bytes_that_were_never_padded_are_refused(data):
    for never_padded in (data, data + b"\x80\x00x"):
        with pytest.raises(Misplaced):
            unpad(never_padded)
