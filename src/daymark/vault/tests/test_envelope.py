import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daymark.vault import envelope
from daymark.vault.envelope import Unreadable


def new_key() -> str:
    return b64encode(secrets.token_bytes(32)).decode()


KEY = new_key()
answers = st.dictionaries(
    st.text(max_size=10), st.text(max_size=50) | st.booleans() | st.none() | st.lists(st.integers())
)


@given(answers)
def test_a_draft_comes_back_as_it_was(data):
    token = envelope.pack(data, key=KEY)
    assert envelope.unpack(token, key=KEY) == data
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_retired_key_reads_until_it_is_taken_away():
    new = new_key()
    token = envelope.pack({"where": "CM1"}, key=KEY)
    assert envelope.unpack(token, key=f"{new},{KEY}") == {"where": "CM1"}
    with pytest.raises(Unreadable):
        envelope.unpack(token, key=new)
    fresh = envelope.pack({"where": "CM1"}, key=f"{new},{KEY}")
    assert envelope.unpack(fresh, key=new) == {"where": "CM1"}


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_an_altered_draft_is_unreadable(place, change):
    token = envelope.pack({"what": "They sleep in the van."}, key=KEY)
    raw = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place % len(raw)] ^= change
    with pytest.raises(Unreadable):
        envelope.unpack(urlsafe_b64encode(raw).rstrip(b"=").decode(), key=KEY)


@given(st.text(max_size=60))
def test_anything_else_is_unreadable(text):
    with pytest.raises(Unreadable):
        envelope.unpack(text, key=KEY)


def test_the_length_says_only_how_many_steps():
    lengths = {len(envelope.pack({"what": "x" * n}, key=KEY)) for n in (0, 10, 490)}
    assert len(lengths) == 1
    assert len(envelope.pack({"what": "x" * 600}, key=KEY)) > lengths.pop()


def test_half_a_surrogate_pair_does_not_cost_the_draft():
    assert envelope.unpack(envelope.pack({"what": "a\ud83d"}, key=KEY), key=KEY) == {"what": "a?"}


def test_a_short_form_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        envelope.pack({}, key="AAAA")
