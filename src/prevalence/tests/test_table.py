import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prevalence.data import uk2013
from prevalence.table import BadTable, CaptureTable

SMALL = {"10": 5, "01": 7, "11": 2}


def small() -> CaptureTable:
    return CaptureTable.from_counts(SMALL, lists=("A", "B"))


def test_counts_are_indexed_by_bit_mask():
    assert small().counts.tolist() == [0, 5, 7, 2]
    assert (small().observed, small().on_two_or_more, small().k) == (14, 2, 2)


def test_counts_cannot_be_changed_afterwards():
    with pytest.raises(ValueError):
        small().counts[1] = 9


def test_patterns_may_be_digits_names_or_a_vector():
    named = CaptureTable.from_counts({("A",): 5, "B": 7, ("B", "A"): 2}, lists=("A", "B"))
    vector = CaptureTable.from_counts([0, 5, 7, 2], lists=("A", "B"))
    assert named.hash() == vector.hash() == small().hash()


def test_linked_records_count_each_person_once():
    records = [{"A": 1, "B": 0}] * 5 + [{"A": False, "B": True}] * 7 + [{"A": "1", "B": 1.0}] * 2
    assert CaptureTable.from_links(records, lists=("A", "B")).hash() == small().hash()


def test_strata_are_split_merged_and_dropped_along():
    records = [
        {"A": 1, "B": 0, "C": 1, "sex": "f"},
        {"A": 0, "B": 1, "C": 0, "sex": "m"},
        {"A": 1, "B": 1, "C": 0, "sex": "f"},
    ]
    table = CaptureTable.from_links(records, lists=("A", "B", "C"), strata=("sex",))
    assert {level: part.observed for level, part in table.by("sex").items()} == {"f": 2, "m": 1}
    assert table.merge("A", "B").by("sex")["f"].lists == ("A+B", "C")
    assert table.drop("B").by("sex")["m"].observed == 0
    with pytest.raises(BadTable, match="known: sex"):
        table.by("age")


def test_a_data_frame_is_read_by_its_columns():
    frame = {"A": [1, 0, 1], "B": [0, 1, 1], "count": [5, 7, 2]}
    assert CaptureTable.from_frame(frame).hash() == small().hash()


def test_a_spreadsheet_csv_with_semicolons_and_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("﻿A;B;count\n1;0;5\n\n0;1;7\n1;1;2\n", encoding="utf-8")
    assert CaptureTable.from_csv(path).hash() == small().hash()


def test_overlaps_have_list_sizes_on_the_diagonal():
    assert small().overlaps().tolist() == [[7, 2], [2, 9]]
    assert "NCA" in uk2013().overlap_text()


def test_merging_uk_police_and_nca_gives_the_published_five_lists(table_named):
    table, published = uk2013(lists=5), table_named("uk2013_5")
    assert np.array_equal(table.counts, published.counts)
    assert np.array_equal(uk2013(lists=4).counts, table_named("uk2013_4").counts)


def test_dropping_a_list_loses_those_who_were_on_no_other():
    assert small().drop("A").observed == 9
    assert uk2013(lists=5).drop("GP").observed == 2428


def test_the_guard_names_every_reason():
    check = CaptureTable.from_counts(SMALL, lists=("A", "B")).check()
    assert len(check.refusals) == 3
    assert "2 lists" in check.refusals[0]
    empty = CaptureTable.from_counts({"100": 90, "010": 80, "110": 30, "001": 9}, lists="ABC")
    assert empty.check().refusals == ("2 of 3 pairs of lists share nobody",)
    assert uk2013().check().refusals == ()
    assert "LA:GP" in uk2013().check().warnings[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("A,B\n1,0\n", "last column must be called 'count'"),
        ("A,A,count\n1,0,3\n", "two lists are called 'A'"),
        ("A,,count\n1,0,3\n", "list 2 is called ''"),
        ("A:B,C,count\n1,0,3\n", "without a colon"),
        ("A,B,count\n1,2,3\n", "line 2: B is '2'; write 1"),
        ("A,B,count\n1,0,3\n1,1,-4\n", "line 3: the count is '-4'"),
        ("A,B,count\n1,0,3.5\n", "line 2: the count is '3.5'"),
        ("A,B,count\n1,0,nan\n", "line 2: the count is 'nan'"),
        ("A,B,count\n1,0\n", "line 2 has 2 values where the header has 3"),
        ("A,B,count\n1,0,3\n0,0,9\n", "line 3: 9 counted on no list"),
        ("A,B,count\n1,0,3\n0,1,1\n1,0,2\n", "line 4 repeats the pattern of line 2"),
        ("A,B,count\n", "counts nobody"),
        ("A,B,count\n1,0,0\n", "counts nobody"),
        ('A,B,count\n"1,0,3\n', "not a CSV file"),
    ],
)
def test_a_bad_file_is_refused_by_row_and_remedy(tmp_path, text, says):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(BadTable, match=says):
        CaptureTable.from_csv(path)


def test_a_missing_or_binary_file_is_refused(tmp_path):
    with pytest.raises(BadTable, match="check the name"):
        CaptureTable.from_csv(tmp_path / "none.csv")
    (tmp_path / "image.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(BadTable, match="UTF-8"):
        CaptureTable.from_csv(tmp_path / "image.csv")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: CaptureTable.from_counts({"101": 3}, lists=("A", "B")), "3 digits"),
        (lambda: CaptureTable.from_counts({("Z",): 3}, lists=("A", "B")), "'Z', which is not"),
        (lambda: CaptureTable.from_counts([1, 2, 3], lists=("A", "B")), "4 patterns"),
        (lambda: CaptureTable.from_counts([1, 2, 3, 4], lists=("A", "B")), "on no list"),
        (lambda: CaptureTable.from_links([{"A": 1}], lists=("A", "B")), "row 1 has no column 'B'"),
        (lambda: CaptureTable.from_links([[1, 0]], lists=("A", "B")), "row 1 is not a mapping"),
        (lambda: CaptureTable.from_links([{"A": None}], lists=("A",)), "row 1: A is None"),
        (lambda: CaptureTable.from_frame({"A": [1], "count": [1, 2]}), "differ in length"),
        (lambda: small().merge("A", "A"), "with itself"),
        (lambda: small().drop("Z"), "no list 'Z'"),
        (lambda: CaptureTable.from_links([], lists=tuple(map(str, range(13)))), "13 lists"),
    ],
)
def test_other_bad_input_is_refused_with_a_remedy(make, says):
    with pytest.raises(BadTable, match=says):
        make()


cells = st.one_of(
    st.integers(-2, 3), st.floats(allow_nan=True), st.text(max_size=3), st.none(), st.booleans()
)


ROWS = st.lists(st.fixed_dictionaries({"A": cells, "B": cells, "count": cells}), max_size=4)


def outcome(make):
    """The table, or None for a refusal that says something; anything else is a crash."""
    try:
        return make()
    except BadTable as error:
        return None if str(error) else error


@given(ROWS)
def test_whatever_the_cells_hold_a_table_comes_out_or_is_refused(rows):
    frame = {name: [row[name] for row in rows] for name in ("A", "B", "count")}
    table = outcome(lambda: CaptureTable.from_frame(frame))
    assert table is None or table.observed > 0


@given(st.text(max_size=60))
def test_whatever_the_file_says_a_table_comes_out_or_is_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    table = outcome(lambda: CaptureTable.from_csv(path))
    assert table is None or table.observed > 0


@given(st.lists(st.integers(0, 40), min_size=15, max_size=15).filter(any))
def test_merging_order_does_not_matter(counts):
    table = CaptureTable(("A", "B", "C", "D"), np.array([0, *counts]))
    one = table.merge("A", "B").merge("A+B", "C")
    other = table.merge("B", "C").merge("A", "B+C")
    assert one.lists == other.lists == ("A+B+C", "D")
    assert one.hash() == other.hash()
