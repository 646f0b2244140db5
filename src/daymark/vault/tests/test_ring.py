import json
import os
import secrets
from base64 import b64encode

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from hypothesis import given
from hypothesis import strategies as st

from daymark.vault import ring, sealing
from daymark.vault.checks import key_ring
from daymark.vault.locking import Misplaced
from daymark.vault.ring import BrokenRing, ExposedRing, FixedRing, NoRing, Ring, UnknownKey


@pytest.fixture
def path(tmp_path):
    tmp_path.chmod(0o755)  # so that the file's own mode decides
    return tmp_path / "ring.json"


def made(current: str = "k1", *ids: str) -> Ring:
    return Ring(current, {key_id: secrets.token_bytes(32) for key_id in ids or (current,)})


def test_a_new_ring_reads_back_and_only_its_owner_can_read_it(path):
    created = ring.create(path)
    assert ring.load(path) == created
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FixedRing):
        ring.create(path)
    assert ring.load(path) == created


def test_a_ring_others_can_read_is_refused(path):
    ring.create(path)
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(ExposedRing, match="chmod 600"):
            ring.load(path)


def test_a_folder_that_nobody_else_may_enter_protects_the_ring_too(path):
    ring.create(path)
    path.chmod(0o444)  # as container platforms mount secrets
    path.parent.chmod(0o700)
    assert ring.load(path).current == "k1"


def test_the_environment_may_hold_the_ring_itself():
    key = secrets.token_bytes(32)
    text = json.dumps({"current": "a", "keys": {"a": b64encode(key).decode()}})
    assert ring.load(text) == Ring("a", {"a": key})
    for change in (ring.rotate, lambda held: ring.without(held, "a")):
        with pytest.raises((FixedRing, BrokenRing)):
            change(text)


def test_a_missing_ring_is_named():
    with pytest.raises(NoRing, match="DAYMARK_KEY_RING"):
        ring.load("")
    with pytest.raises(NoRing, match="daymark keys create"):
        ring.load("/nowhere/ring.json")


KEY = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"current": "k1"}',
        '{"current": "k1", "keys": {}}',
        '{"current": "k1", "keys": []}',
        '{"current": "k1", "keys": {"k1": 5}}',
        '{"current": "k1", "keys": {"k1": "AAAA"}}',
        '{"current": "k1", "keys": {"k1": "not base64"}}',
        json.dumps({"current": "k2", "keys": {"k1": KEY}}),
        json.dumps({"current": "K 1", "keys": {"K 1": KEY}}),
    ],
)
def test_a_broken_ring_is_refused_without_quoting_it(text, path):
    with pytest.raises(BrokenRing) as refused:
        ring.load(text)
    assert refused.value.__cause__ is None
    assert KEY not in str(refused.value)
    path.write_text(text[1:])
    path.chmod(0o600)
    with pytest.raises(BrokenRing):
        ring.load(path)


def test_keys_are_never_printed():
    held = made()
    assert repr(held.keys["k1"]) not in repr(held)
    assert held.keys["k1"].hex()[:16] not in held.fingerprints()["k1"]


def test_rotation_adds_a_key_and_keeps_the_old_one(path):
    old = ring.create(path)
    wrapped = old.wrap(b"k" * 32, context=b"c")
    new = ring.rotate(path)
    assert new.current == "k2"
    assert ring.load(path) == new
    assert new.unwrap("k1", wrapped, context=b"c") == b"k" * 32
    assert ring.rotate(path).current == "k3"
    left = ring.without(path, "k2")
    assert set(left.keys) == set(ring.load(path).keys) == {"k1", "k3"}
    with pytest.raises(UnknownKey):
        ring.without(path, "k2")
    with pytest.raises(BrokenRing):
        ring.without(path, "k3")
    assert os.listdir(path.parent) == ["ring.json"]


def test_two_rotations_at_once_do_not_lose_a_key(path):
    ring.create(path)
    path.with_name("ring.json.new").touch()
    with pytest.raises(FixedRing, match="somebody else"):
        ring.rotate(path)
    assert ring.load(path).current == "k1"


def test_a_process_sees_a_ring_rotated_under_it(path, settings):
    ring.create(path)
    settings.KEY_RING = str(path)
    assert ring.in_use().current == "k1"
    ring.rotate(path)
    assert ring.in_use().current == "k2"


@given(st.binary(max_size=2000), st.binary(max_size=20))
def test_a_value_under_the_ring_opens_in_its_context_alone(plain, context):
    held = made("k2", "k1", "k2")
    token = ring.lock(held, plain, context=context)
    assert ring.key_of(token) == "k2"
    assert token.startswith(ring.header("k2"))
    assert ring.unlock(held, token, context=context) == plain
    with pytest.raises(Misplaced):
        ring.unlock(held, token, context=context + b"!")
    with pytest.raises(Misplaced):
        ring.unlock(made("k2"), token, context=context)
    with pytest.raises(UnknownKey):
        ring.unlock(made("k1"), token, context=context)


@given(st.binary(max_size=60))
def test_rubbish_is_no_value_of_the_ring(rubbish):
    for token in (rubbish, b"\x02" + rubbish, ring.header("k1") + rubbish):
        with pytest.raises((Misplaced, UnknownKey)):
            ring.unlock(made(), token, context=b"")


def test_relocking_needs_no_reading_and_frees_the_old_key():
    keys = made("k1", "k1", "k2").keys
    old, both, new = Ring("k1", keys), Ring("k2", keys), Ring("k2", {"k2": keys["k2"]})
    token = ring.relock(both, ring.lock(old, b"secret", context=b"c"), context=b"c")
    assert ring.unlock(new, token, context=b"c") == b"secret"


def test_a_partner_process_without_its_ring_does_not_start(settings, path):
    settings.KEY_RING = str(path)
    with pytest.raises(SystemCheckError, match="daymark keys create"):
        call_command("check")
    ring.create(path)
    call_command("check")


def test_the_public_door_needs_no_ring_and_can_seal_but_open_nothing(settings):
    desk = sealing.new_pair()
    settings.DOOR, settings.KEY_RING = "public", ""
    assert key_ring() == []
    assert sealing.seal(desk.public, b"They sleep in the van.", context=b"c")
    with pytest.raises(NoRing):
        ring.in_use()
