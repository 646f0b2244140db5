import contextlib
import random
import unicodedata
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daymark.vault import codes
from daymark.vault.codes import Code, NotACode
from daymark.vault.terms import Reason

numbers = st.integers(min_value=0, max_value=10**26 - 1)
every_code = numbers.map(Code)


def refusal(text: str) -> NotACode:
    with pytest.raises(NotACode) as caught:
        codes.parse(text)
    return caught.value


@given(every_code)
def test_both_forms_read_back(code):
    assert codes.parse(code.digits) == codes.parse(code.words) == code
    assert len(code.digits.split()) == 7
    assert len(code.words.split()) == 9


def test_the_check_digits_are_those_of_iso_7064():
    # 98 - (794 * 100 mod 97) = 44: the worked example of ISO 7064 MOD 97-10.
    assert Code(794).digits.replace(" ", "") == "79444".zfill(28)


def test_check_digits_that_are_never_written_are_refused():
    # 00 and 97 leave the same remainder, as do 01 and 98, 02 and 99: one of each is written.
    for written, never in (("97", "00"), ("98", "01"), ("02", "99")):
        code = next(Code(n) for n in range(98) if Code(n).digits.endswith(written))
        assert refusal(code.digits[:-2] + never).reason is Reason.CHECK_FAILED


@given(every_code)
@settings(max_examples=25)
def test_every_wrong_digit_is_caught(code):
    text = code.digits.replace(" ", "")
    for place in range(28):
        for digit in set("0123456789") - {text[place]}:
            wrong = text[:place] + digit + text[place + 1 :]
            assert refusal(wrong).reason is Reason.CHECK_FAILED


@given(every_code)
@settings(max_examples=100)
def test_every_swap_of_neighbouring_digits_is_caught(code):
    text = code.digits.replace(" ", "")
    for i in range(27):
        if text[i] != text[i + 1]:
            swapped = text[:i] + text[i + 1] + text[i] + text[i + 2 :]
            assert refusal(swapped).reason is Reason.CHECK_FAILED


@given(every_code)
@settings(max_examples=2, deadline=None)
def test_every_wrong_word_is_caught(code):
    words = code.words.split()
    for place in range(9):
        for other in codes._word_list():
            if other != words[place]:
                wrong = [*words[:place], other, *words[place + 1 :]]
                assert refusal(" ".join(wrong)).reason is Reason.CHECK_FAILED


@given(every_code)
@settings(max_examples=100)
def test_every_swap_of_two_words_is_caught(code):
    words = code.words.split()
    for i, j in combinations(range(9), 2):
        if words[i] != words[j]:
            swapped = words.copy()
            swapped[i], swapped[j] = words[j], words[i]
            assert refusal(" ".join(swapped)).reason is Reason.CHECK_FAILED


@given(every_code, st.sampled_from("٠۰०๐００᱐"))
def test_digits_of_any_script_are_read(code, zero):
    base = ord(zero)
    other = "".join(chr(base + int(d)) if d.isdigit() else "-" for d in code.digits)
    assert codes.parse(other) == code


@given(every_code, st.randoms(use_true_random=False))
def test_words_are_known_by_their_first_four_letters(code, rng):
    typed = [word[: rng.randint(4, 8)].upper() for word in code.words.split()]
    numbered = "\n".join(f"{i}. {word}," for i, word in enumerate(typed, start=1))
    assert codes.parse(numbered) == code


def test_invisible_marks_and_odd_dashes_do_not_matter():
    code = codes.new()
    assert codes.parse("\u200f " + code.digits.replace(" ", " \u2013\u00a0") + "\u200e") == code
    accented = unicodedata.normalize("NFC", code.words.replace("e", "é"))
    assert codes.parse(accented) == code
    assert codes.parse(code.words.title().replace("I", "İ").replace("i", "ı")) == code


def test_a_refusal_says_what_to_look_at():
    code = Code(12345678901234567890123456)
    assert refusal("").reason is Reason.TOO_SHORT
    assert refusal(code.digits[:-1]).reason is Reason.TOO_SHORT
    assert refusal(code.digits + "0").reason is Reason.TOO_LONG
    words = code.words.split()
    assert refusal(" ".join(words[:-1])).reason is Reason.TOO_SHORT
    assert refusal(" ".join([*words, "zoo"])).reason is Reason.TOO_LONG
    unknown = refusal(" ".join([*words[:3], "qwerty", *words[4:]]))
    assert (unknown.reason, unknown.word) == (Reason.UNKNOWN_WORD, "qwerty")
    assert "qwerty" not in str(unknown)


def test_eight_words_beyond_the_largest_code_are_refused():
    beyond = codes._split(10**26)
    words = [codes._word_list()[n] for n in [*beyond, codes._check_word(beyond)]]
    assert refusal(" ".join(words)).reason is Reason.CHECK_FAILED


@given(st.text(max_size=80))
def test_nothing_typed_breaks_the_reader(text):
    with contextlib.suppress(NotACode):
        codes.parse(text)


@given(every_code)
def test_nothing_printed_shows_the_secret(code):
    shown = f"{code} {code!r} {code!s} {[code]}"
    assert str(code.number) not in shown or code.number < 10
    assert code.digits not in shown
    assert code.words not in shown


def test_a_code_comes_from_the_given_randomness_and_fills_its_range():
    class Dice(random.Random):
        def randbelow(self, bound: int) -> int:
            return self.randrange(bound)

    assert codes.new(Dice(1)) == codes.new(Dice(1)) != codes.new(Dice(2))
    assert max(codes.new().number for _ in range(200)) > 10**25
    with pytest.raises(ValueError, match="26 digits"):
        Code(10**26)


@given(every_code, every_code)
def test_what_is_stored_depends_on_code_and_pepper(one, other):
    assert codes.lookup(one, b"p" * 32) == codes.lookup(one, b"p" * 32)
    assert codes.lookup(one, b"p" * 32) != codes.lookup(one, b"q" * 32)
    assert codes.lookup(one, b"p" * 32) != codes.seed(one, b"p" * 32)
    if one != other:
        assert codes.lookup(one, b"p" * 32) != codes.lookup(other, b"p" * 32)
