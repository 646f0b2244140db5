import pytest
from hypothesis import given
from hypothesis import strategies as st

from daymark.vault import index
from daymark.vault.index import NothingToIndex, TooGuessable
from daymark.vault.terms import Kind

KEY = b"k" * 32


def same(kind: Kind, *values: str) -> bool:
    return len({index.blind(kind, value, key=KEY) for value in values}) == 1


def words(text: str) -> set[str]:
    return set(index.words_of(text))


def test_one_phone_however_it_is_written():
    assert same(
        Kind.PHONE,
        "07700 900123",
        "+44 7700 900123",
        "+44 (0)7700-900123",
        "0044 7700 900 123",
        "+4407700900123",
        "7700900123",
        "tel:+447700900123",
        "٠٧٧٠٠ ٩٠٠١٢٣",
        "07700 900123 ext 4",
    )
    assert same(Kind.PHONE, "+40 (0)722 000 000", "0040 722 000 000")
    assert not same(Kind.PHONE, "07700 900123", "07700 900124")
    assert not same(Kind.PHONE, "+40 7700 900123", "07700 900123")
    assert index.normalised(Kind.PHONE, "020 7946 0000") == "+442079460000"


def test_one_address_one_vehicle_one_reference():
    assert same(Kind.EMAIL, "Ana@Example.org", " ana@example.ORG ", "mailto:ana@example.org")
    assert not same(Kind.EMAIL, "ana@example.org", "anna@example.org")
    assert same(Kind.VEHICLE, "AB51 OIL", "ab51oil", "AB51-01L", "ＡＢ５１ ＯＩＬ")
    assert not same(Kind.VEHICLE, "AB51 OIL", "AB52 OIL")
    assert same(Kind.REFERENCE, "NRM/2026/0012", "nrm 2026-0012")


def test_the_kind_and_the_key_are_part_of_the_hash():
    one = index.blind(Kind.PHONE, "+447700900123", key=KEY)
    assert one != index.blind(Kind.REFERENCE, "+447700900123", key=KEY)
    assert one != index.blind(Kind.PHONE, "+447700900123", key=b"q" * 32)
    assert len(one) == index.LENGTH


@pytest.mark.parametrize("kind", ["DATE_OF_BIRTH", "SEX", "date of birth", "NATIONALITY"])
def test_values_that_counting_would_name_get_no_index(kind):
    with pytest.raises(TooGuessable):
        index.blind(kind, "1990-01-01", key=KEY)


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k in Kind for v in ("", "  ", "---")])
def test_nothing_is_not_indexed(kind, value):
    if (kind, value) == (Kind.EMAIL, "---"):
        return
    with pytest.raises(NothingToIndex):
        index.blind(kind, value, key=KEY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Đorđević", "djordjevic".replace("dj", "d")),
        ("Łódź", "lodz"),
        ("Brașov", "BRASOV"),
        ("Nguyễn", "nguyen"),
        ("Straße", "STRASSE"),
        ("Ærø", "aero"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("أحمد", "احمد"),
        ("Αθήνα", "αθηνα"),
        ("Київ", "київ"),
        ("ﬁeld", "field"),
    ],
)
def test_words_meet_across_accents_case_and_keyboards(one, other):
    assert words(one) == words(other)


def test_vowels_written_as_marks_are_kept():
    assert words("किताब") != words("कतब")
    assert words("வேலை தளம்") == {"வேலை", "தளம்"}


def test_scripts_without_spaces_are_found_by_two_neighbours():
    assert words("按摩店在二楼") >= words("按摩") | words("二楼")
    assert words("ร้านนวด") >= {"นว"}
    assert words("van 白色 AB12") >= {"van", "白色", "ab12"}


def test_punctuation_separates_words():
    assert words("car-wash, (Basildon); O'Neil\nAB12\u00a0CDE") == {
        "car", "wash", "basildon", "o", "neil", "ab12", "cde",
    }  # fmt: skip


def test_a_typo_still_shares_most_trigrams():
    stored = index.search_tokens("Two men at the car wash in Basildon", key=KEY)
    right = index.query_tokens("Basildon", key=KEY)
    typo = index.query_tokens("Bassildon", key=KEY)
    other = index.query_tokens("Colchester", key=KEY)
    assert right.words | right.trigrams <= stored
    assert not typo.words & stored
    assert len(typo.trigrams & stored) / len(typo.trigrams) > 0.7
    assert len(other.trigrams & stored) / len(other.trigrams) < 0.3


@given(st.text(max_size=200))
def test_tokens_fit_a_bigint_and_hold_every_word_asked_for(text):
    tokens = index.search_tokens(text, key=KEY)
    assert all(-(2**63) <= token < 2**63 for token in tokens)
    query = index.query_tokens(text, key=KEY)
    assert query.words | query.trigrams == tokens
    assert tokens.isdisjoint(index.search_tokens(text, key=b"q" * 32))


def test_a_word_and_a_trigram_of_the_same_letters_differ():
    query = index.query_tokens("abc", key=KEY)
    assert query.words.isdisjoint(query.trigrams)
    assert len(query.trigrams) == 4
