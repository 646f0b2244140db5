from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daymark.places import directory, rules
from daymark.places.terms import Match

SHIPPED = [entry.code for entry in directory.shipped()]
codes = st.sampled_from(SHIPPED)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("CM1 1AA", "CM1 1AA"),
        ("cm11aa", "CM1 1AA"),
        ("  Cm1   1aA. ", "CM1 1AA"),
        ("CM 1 1 AA", "CM1 1AA"),
        ("CM1-1AA", "CM1 1AA"),
        ("C01 1AA", "CO1 1AA"),
        ("CO1 IAA", "CO1 1AA"),
        ("SSO 7JA", "SS0 7JA"),
        ("IG1O 1AA", "IG10 1AA"),
        ("1G10 1AA", "IG10 1AA"),
        ("SW1A 1AA", "SW1A 1AA"),
        ("ＣＭ１ １ＡＡ", "CM1 1AA"),
    ],
)
def test_a_postcode_is_read_however_it_is_typed(typed: str, read: str) -> None:
    code = rules.normalise_postcode(typed)
    assert code is not None
    assert (code.kind, str(code)) == (Match.POSTCODE, read)


@pytest.mark.parametrize(
    ("typed", "kind", "read"),
    [
        ("CM1", Match.OUTCODE, "CM1"),
        ("co1", Match.OUTCODE, "CO1"),
        ("C01", Match.OUTCODE, "CO1"),
        ("CM11", Match.OUTCODE, "CM11"),
        ("CM1 1", Match.SECTOR, "CM1 1"),
        ("CM11 2", Match.SECTOR, "CM11 2"),
        ("CM112", Match.SECTOR, "CM11 2"),
        ("EC1A", Match.OUTCODE, "EC1A"),
    ],
)
def test_the_beginning_of_a_postcode_is_told_from_the_whole(
    typed: str, kind: Match, read: str
) -> None:
    code = rules.normalise_postcode(typed)
    assert code is not None
    assert (code.kind, str(code)) == (kind, read)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "Chelmsford", "so", "boots", "12", "CM", "ZZ1 1ZZ", "CM1 1AC1", "CM01 1AA", "B0"],
)
def test_words_and_impossible_codes_are_no_postcode(typed: str) -> None:
    assert rules.normalise_postcode(typed) is None


@pytest.mark.parametrize("inward", ["1CA", "1IA", "1KA", "1MA", "1OA", "1VA", "1AC"])
def test_letters_that_royal_mail_never_uses_inward_make_no_postcode(inward: str) -> None:
    code = rules.normalise_postcode(f"CM1 {inward}")
    assert code is None or code.kind is not Match.POSTCODE


def _spellings(code: str) -> st.SearchStrategy[str]:
    """The ways people type one postcode: any case, any spaces, O and I for 0 and 1."""
    return st.tuples(
        *(st.sampled_from([c, c.lower(), c + " ", *_lookalikes(c)]) for c in code)
    ).map("".join)


def _lookalikes(character: str) -> list[str]:
    return {"0": ["O", "o"], "1": ["I", "i"]}.get(character, [])


@given(
    codes.flatmap(lambda code: st.tuples(st.just(code), _spellings(code))).filter(
        lambda case: any(c.isdigit() for c in case[1])
    )
)
def test_every_spelling_of_a_real_postcode_is_that_postcode(case: tuple[str, str]) -> None:
    code, typed = case
    read = rules.normalise_postcode(typed)
    assert read is not None
    assert read.compact == code


@given(st.text(max_size=30))
def test_reading_is_stable_and_never_fails(typed: str) -> None:
    code = rules.normalise_postcode(typed)
    if code:
        assert rules.normalise_postcode(str(code)) == code
    rules.postcode_in(typed)
    rules.name_in(typed, ["clacton on sea", "deal"])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("12 High Street, Chelmsford CM1 1AA", "CM1 1AA"),
        ("flat 2, cm11aa, by the station", "CM1 1AA"),
        ("moved from CO1 1AA to SS0 7JA", "SS0 7JA"),
        ("the A12 at junction 17", None),
        ("call me on 07700 900123", None),
        ("between CM1 and CM2", None),
    ],
)
def test_a_postcode_is_found_inside_an_address(text: str, read: str | None) -> None:
    code = rules.postcode_in(text)
    assert (str(code) if code else None) == read


NAMES = ["brentwood", "chelmsford", "clacton on sea", "clacton", "deal", "st osyth", "stock"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("car wash on Chelmsford Road, Brentwood", "brentwood"),
        ("Brentwood, near Chelmsford Road", "brentwood"),
        ("near the pier at Clacton-on-Sea", "clacton on sea"),
        ("clacton seafront", "clacton"),
        ("the farm at Saint Osyth", "st osyth"),
        ("a great deal of stock", None),
        ("a house in Deal", "deal"),
        ("Chelmsford Road", None),
        ("", None),
    ],
)
def test_a_town_is_found_inside_a_sentence(text: str, name: str | None) -> None:
    assert rules.name_in(text, NAMES) == name


amounts = st.integers(0, 10**6).map(Fraction)


@st.composite
def replaced(draw: st.DrawFn) -> tuple[dict[int, Fraction], dict[int, dict[int, Fraction]]]:
    """Old areas 0-9 go, in parts, to areas 10-19; some of those go on to 20-24."""
    counts = {area: draw(amounts) for area in draw(st.sets(st.integers(0, 19), min_size=1))}
    shares: dict[int, dict[int, Fraction]] = {}
    for area in draw(st.sets(st.integers(0, 19))):
        nexts = st.integers(10, 19) if area < 10 else st.integers(20, 24)
        weights = draw(st.dictionaries(nexts, st.integers(1, 50), min_size=1, max_size=4))
        total = sum(weights.values())
        shares[area] = {new: Fraction(weight, total) for new, weight in weights.items()}
    return counts, shares


@given(replaced())
def test_carrying_counts_to_new_areas_keeps_the_total(
    case: tuple[dict[int, Fraction], dict[int, dict[int, Fraction]]],
) -> None:
    counts, shares = case
    carried = rules.carry(counts, shares)
    assert sum(carried.values()) == sum(counts.values())
    assert not carried.keys() & shares.keys()


@given(replaced())
def test_whole_numbers_of_new_areas_keep_the_total_too(
    case: tuple[dict[int, Fraction], dict[int, dict[int, Fraction]]],
) -> None:
    carried = rules.carry(*case)
    rounded = rules.whole(carried)
    assert sum(rounded.values()) == sum(case[0].values())
    assert all(abs(rounded[area] - carried[area]) < 1 for area in carried)
    backwards = dict(reversed(carried.items()))
    assert rules.whole(backwards) == rounded


def test_half_a_person_in_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no whole number"):
        rules.whole({1: Fraction(1, 2)})


def test_shares_that_lose_somebody_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        rules.carry({1: Fraction(10)}, {1: {2: Fraction(9, 10)}})


def test_an_area_that_succeeds_itself_is_refused() -> None:
    circle = {1: {2: Fraction(1)}, 2: {1: Fraction(1)}}
    with pytest.raises(ValueError, match="succeeds itself"):
        rules.carry({1: Fraction(1)}, circle)
