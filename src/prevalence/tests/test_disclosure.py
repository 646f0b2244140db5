import json
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from prevalence.disclosure import (
    BadTable,
    Contradiction,
    Dimension,
    Refused,
    Release,
    Table,
    TooLarge,
    Why,
    attack,
    attacking,
    protect,
    rates,
)
from prevalence.disclosure import world as worlds
from prevalence.disclosure.attacking import Kind

AGES = Dimension.flat("age", ("child", "adult"))
DISTRICTS = ("Basildon", "Castle Point", "Colchester", "Southend", "Tendring")
AREAS = Dimension.flat("area", DISTRICTS)
MONTHS = tuple(f"2024-{month:02}" for month in range(1, 13))
COUNTS = [[9, 21], [3, 8], [14, 30], [2, 11], [7, 16]]
QUICK = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def period(name: str, months: tuple[str, ...]) -> Dimension:
    return Dimension("month", (name,), {name: months})


def random_table(rng: np.random.Generator, *, dims: int, most: int) -> Table:
    """A skewed table, as real ones are, of flat and of nested dimensions."""
    dimensions = []
    for d in range(dims):
        names = [f"{d}{i}" for i in range(rng.integers(2, most + 1))]
        nested = len(names) > 3 and rng.random() < 0.5
        groups = {"south": names[:2], "north": names[2:]}
        dimensions.append(
            Dimension.tree(f"d{d}", groups) if nested else Dimension.flat(f"d{d}", names)
        )
    shape = [len(d.leaves) for d in dimensions]
    mean = rng.choice([4.0, 15.0, 60.0])
    return Table.from_leaves("t", dimensions, rng.poisson(rng.gamma(0.7, mean, shape)))


def part_of(table: Table, rng: np.random.Generator) -> Table:
    """The same people by fewer dimensions, or only some categories of one of them."""
    axis = int(rng.integers(len(table.dimensions)))
    own = table.dimensions[axis]
    if rng.random() < 0.5 and len(table.dimensions) > 1:
        top = own.categories.index("All")
        dims = tuple(d for i, d in enumerate(table.dimensions) if i != axis)
        return Table("without " + own.name, dims, table.counts.take(top, axis))
    some = [own.leaves[i] for i in range(int(rng.integers(1, len(own.leaves) + 1)))]
    names = tuple(own.categories[i] for i in some)
    fewer = Dimension.flat(own.name, names, total="some of " + own.name, complete=False)
    counts = table.counts.take(some, axis)
    counts = np.concatenate([counts, counts.sum(axis, keepdims=True)], axis)
    dims = tuple(fewer if i == axis else d for i, d in enumerate(table.dimensions))
    return Table("some of " + own.name, dims, counts)


def whole_numbers(release: Release) -> NDArray[np.int64]:
    """Every two by two table with totals that fits a release which shows its total, by trying."""
    total = release.shown[8]
    inner = np.array([c for c in product(range(total + 1), repeat=4) if sum(c) == total])
    cells = inner.reshape(-1, 2, 2)
    cells = np.concatenate([cells, cells.sum(axis=1, keepdims=True)], axis=1)
    cells = np.concatenate([cells, cells.sum(axis=2, keepdims=True)], axis=2).reshape(-1, 9)
    shown = [i for i, value in enumerate(release.shown) if value is not None]
    return cells[(cells[:, shown] == [release.shown[i] for i in shown]).all(axis=1)]


def test_a_table_without_small_counts_leaves_as_it_is():
    table = Table.from_leaves("t", [AREAS, AGES], np.array(COUNTS) + 5)
    release = protect(table)
    assert release.shown == tuple(table.counts.ravel().tolist())
    assert release.notes == ("No count lies between 1 and 4; every number is shown.",)


def test_a_small_count_is_hidden_with_as_many_as_keep_it_hidden():
    release = protect(Table.from_leaves("t", [AREAS, AGES], COUNTS))
    assert release["Castle Point", "child"] is None
    assert release["Southend", "child"] is None
    assert release["All", "All"] == 121
    assert release.hidden.sum() == 4  # the two and the adults beside them
    assert attack([release]) == []


def test_what_a_reader_is_told_does_not_tell_small_from_complementary():
    release = protect(Table.from_leaves("t", [AREAS, AGES], COUNTS))
    assert release.why["Southend", "child"] == Why.SMALL
    assert release.why["Southend", "adult"] == Why.COMPLEMENT
    for reason in Why:
        assert reason not in release.to_json()
    assert "why" not in json.loads(release.to_json())


def test_zeros_that_put_everybody_of_a_group_in_one_category_are_hidden():
    table = Table.from_leaves("t", [AREAS, AGES], [[9, 21], [0, 18], [14, 30], [5, 11], [7, 16]])
    found = attack([Release.unprotected(table)])
    assert [e.kind for e in found] == [Kind.ZERO]
    assert found[0].words == "t: everybody counted there is in area Castle Point, age adult"
    release = protect(table)
    assert release["Castle Point", "child"] is None
    assert Why.ZERO in release.why.values()
    assert attack([release]) == []


def test_a_zero_that_says_nothing_about_a_group_stays():
    ages = Dimension.flat("age", ("child", "adult", "not known"))
    types = Dimension.flat("type", ("labour", "sexual", "criminal"))
    table = Table.from_leaves("t", [ages, types], [[0, 8, 9], [12, 0, 7], [5, 6, 7]])
    assert protect(table).hidden.sum() == 0


def test_two_tables_that_pass_alone_are_refused_together():
    # Each passes a checker that looks at one table at a time: nothing small, and the totals of the
    # second are sums of what it shows. Subtracted, they give the ten hidden counts, to the person.
    ages = Dimension.flat("age", [f"{a} to {a + 4}" for a in range(10, 60, 5)], total=None)
    inner = np.array([(10 + a, 8 + a % 5, 1 + a % 4) for a in range(10)])
    gender = ("female", "male", "other")
    second = Table(
        "by age and gender",
        (ages, Dimension.flat("gender", gender[:2], total="shown", complete=False)),
        np.column_stack([inner[:, :2], inner[:, :2].sum(axis=1)]),
    )
    everybody = Dimension("gender", ("All",), {"All": gender})
    first = Table("by age", (ages, everybody), inner.sum(axis=1, keepdims=True))
    for table in (first, second):
        assert not protect(table).hidden.any()
    found = attack([protect(first), protect(second)])
    assert [e.low for e in found] == [e.high for e in found] == inner[:, 2].tolist()
    with pytest.raises(Refused, match="age 10 to 14, gender other must be 1"):
        protect(second, ledger=[protect(first)], further=False)


def test_the_second_of_two_tables_leaves_with_more_hidden_where_that_helps():
    ages = Dimension.flat("age", [f"{a} to {a + 4}" for a in range(10, 60, 5)], total=None)
    inner = np.array([(10 + a, 8 + a % 5, 1 + a % 4) for a in range(10)])
    first = protect(Table("by age", (ages,), inner.sum(axis=1)))
    gender = Dimension.flat("gender", ("female", "male", "other"))
    second = protect(Table.from_leaves("by age and gender", [ages, gender], inner), ledger=[first])
    assert first.hidden.sum() == 0
    assert second.hidden[:, 2].all()
    assert not second.hidden[:, 3].any()  # everybody's total was out already
    assert attack([first, second]) == []


def test_a_month_between_two_periods_is_not_betrayed():
    counts = np.array([[9, 12, 8, 15, 6]]).T
    year = Table("2024", (Dimension("area", DISTRICTS), period("2024", MONTHS)), counts)
    most = Table(
        "to November",
        (Dimension("area", DISTRICTS), period("to November", MONTHS[:-1])),
        counts - [[0], [1], [0], [6], [0]],
    )
    first = protect(year)
    betrayed = attack([first, Release.unprotected(most)])
    assert [(e.kind, e.low, e.high) for e in betrayed] == [(Kind.GROUP, 1, 1)]
    assert ("month", "2024-12") in betrayed[0].cell
    with pytest.raises(Refused, match="area Castle Point, month 2024-12 must be 1"):
        protect(most, ledger=[first], further=False)
    second = protect(most, ledger=[first])
    assert second["Castle Point", "to November"] is None
    assert second["Basildon", "to November"] == 9
    assert second.why["Castle Point", "to November"] == Why.EARLIER
    assert attack([first, second]) == []


def test_three_totals_that_leave_one_month_over_are_not_betrayed():
    halves = [("2024", MONTHS, 20), ("first half", MONTHS[:6], 10), ("to Nov", MONTHS[6:11], 9)]
    tables = [Table(name, (period(name, m),), [count]) for name, m, count in halves]
    first, second = protect(tables[0]), protect(tables[1], ledger=[protect(tables[0])])
    assert attack([first, second]) == []
    with pytest.raises(Refused, match="no number of it could be shown"):
        protect(tables[2], ledger=[first, second])


def test_a_district_between_two_areas_is_not_betrayed():
    county = Dimension("area", ("Essex",), {"Essex": DISTRICTS})
    without = Dimension("area", ("rest",), {"rest": DISTRICTS[:-1]})
    first = protect(Table("county", (county,), [120]))
    with pytest.raises(Refused):
        protect(Table("rest", (without,), [117]), ledger=[first])
    assert protect(Table("rest", (without,), [110]), ledger=[first]).shown == (110,)


def test_people_in_no_category_shown_are_protected_too():
    gender = Dimension("gender", ("f", "m", "All"), {"All": ("f", "m", "not stated")})
    table = Table("t", (AREAS, gender), [[9, 8, 18], *([7, 8, 15] for _ in range(4)), [37, 40, 78]])
    assert attack([Release.unprotected(table)])
    release = protect(table)
    assert attack([release]) == []
    assert release.hidden.any()


def test_one_month_of_a_longer_table_is_compared_with_the_whole():
    months = Dimension.flat("month", MONTHS[:3], total="2024 Q1", complete=False)
    quarter = Table.from_leaves("quarter", [AREAS, months], [[5, 6, 7]] * 4 + [[9, 2, 8]])
    first = protect(quarter)
    monthly = Table("February", (AREAS, Dimension("month", ("2024-02",))), quarter.counts[:, [1]])
    second = protect(monthly, ledger=[first])
    assert attack([first, second]) == []
    assert second["Tendring", "2024-02"] is None


def test_a_cell_shown_before_is_not_hidden_in_vain():
    first = protect(Table("by area", (AREAS,), [30, 11, 44, 13, 23, 121]))
    second = protect(Table.from_leaves("t", [AREAS, AGES], COUNTS), ledger=[first])
    assert not second.hidden[:, 2].any()
    assert attack([first, second]) == []


def test_publishing_the_same_table_twice_changes_nothing():
    table = Table.from_leaves("t", [AREAS, AGES], COUNTS)
    first = protect(table)
    other = protect(Table("by area", (AREAS,), table.counts[:, 2]), ledger=[first])
    assert protect(table, ledger=[first, other]) == first
    assert protect(table, ledger=[first]).digest == first.digest


def test_numbers_from_other_records_are_noticed():
    first = protect(Table("a", (AREAS,), [30, 11, 44, 13, 23, 121]))
    changed = Table("b", (AREAS,), [30, 11, 44, 13, 24, 122])
    with pytest.raises(Contradiction):
        protect(changed, ledger=[first])
    with pytest.raises(Contradiction):
        attack([first, Release.unprotected(changed)])


def test_late_entries_are_a_dimension_of_their_own():
    def recorded(name: str, *parts: str) -> Dimension:
        return Dimension("recorded", (name,), {name: parts})

    areas = Dimension("area", DISTRICTS)
    early = recorded("by March", "in time")
    late = recorded("by June", "by March", "late")
    first = protect(Table("by March", (areas, early), np.array([[30, 11, 44, 13, 23]]).T))
    both = Table("by June", (areas, late), np.array([[30, 12, 44, 19, 23]]).T)
    with pytest.raises(BadTable):
        Dimension("recorded", ("by June",), {"by June": ("by June", "late")})
    second = protect(both, ledger=[first])
    assert second["Castle Point", "by June"] is None
    assert second["Southend", "by June"] == 19


def test_too_many_crossings_are_refused_rather_than_cleared(monkeypatch):
    monkeypatch.setattr(worlds, "MOST_GROUPS", 5)
    with pytest.raises(TooLarge):
        protect(Table.from_leaves("t", [AREAS, AGES], COUNTS))


def test_dimensions_never_crossed_are_not_multiplied():
    # 12 dimensions in a chain: 4**12 groups of people would not fit anywhere.
    rng = np.random.default_rng(4)
    dims = [Dimension.flat(f"d{i}", [f"{i}{j}" for j in range(4)]) for i in range(12)]
    people = rng.integers(0, 4, (600, 12))
    ledger: list[Release] = []
    for one, two in zip(range(11), range(1, 12), strict=True):
        counts = np.zeros((4, 4), dtype=int)
        np.add.at(counts, (people[:, one], people[:, two]), 1)
        table = Table.from_leaves(f"{one} {two}", [dims[one], dims[two]], counts)
        ledger.append(protect(table, ledger=ledger))
    assert attack(ledger) == []


def test_margins_of_three_pairs_are_attacked_as_one_cube():
    # Worked by hand: given all pairs, one number d from -3 to 0 is all that is open, added to or
    # taken from each cell of the cube in turn.
    cube = np.array([[[9, 0], [3, 8]], [[2, 7], [3, 4]]])
    dims = [Dimension(f"d{i}", ("0", "1")) for i in range(3)]
    pairs = []
    for i in range(3):
        others = tuple(d for j, d in enumerate(dims) if j != i)
        pairs.append(Release.unprotected(Table(f"without d{i}", others, cube.sum(axis=i))))
    assert min(value for release in pairs for value in release.shown) >= 5
    betrayed = {tuple(int(c) for _, c in e.cell): (e.low, e.high) for e in attack(pairs)}
    assert betrayed == {
        (0, 0, 1): (0, 3),
        (0, 1, 0): (3, 6),
        (1, 0, 0): (2, 5),
        (1, 0, 1): (4, 7),
        (1, 1, 0): (0, 3),
        (1, 1, 1): (4, 7),
    }


def test_a_selection_first_and_everybody_later():
    some = Dimension.flat("area", DISTRICTS[:2], total="south", complete=False)
    first = protect(Table.from_leaves("south", [some], [30, 11]))
    ages = Dimension("age", ("child", "adult"))
    assert protect(Table("ages", (ages,), [60, 70]), ledger=[first]).shown == (60, 70)
    with pytest.raises(Refused, match="area \\(elsewhere\\) must be 3"):
        protect(Table("ages", (ages,), [20, 24]), ledger=[first], further=False)
    assert protect(Table("ages", (ages,), [20, 24]), ledger=[first]).hidden.sum() == 1
    with pytest.raises(Contradiction, match="complete lacks"):
        protect(
            Table.from_leaves("f", [Dimension.flat("area", DISTRICTS[1:])], [9] * 4), ledger=[first]
        )


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([30, 11, 44, 13, 23, 120], "All is not the sum"),
        ([30, 11, 44, 13, -1, 97], "whole numbers"),
        ([30, 11, 44, 13, 0.5, 98.5], "whole numbers"),
        ([30, 11, 44, 13, 23], "shape"),
        ([30, 11, 44, 13, float("nan"), 98], "numbers"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(counts, words):
    with pytest.raises(BadTable, match=words):
        Table("t", (AREAS,), counts)


def test_a_group_without_parts_is_what_other_tables_say_it_is():
    parts = protect(Table("a", (Dimension("area", ("Essex",), {"Essex": DISTRICTS}),), [120]))
    rest = Dimension("area", ("without Tendring",), {"without Tendring": DISTRICTS[:-1]})
    bare = protect(Table("b", (Dimension("area", ("Essex",)),), [120]), ledger=[parts])
    assert bare.shown == (120,)
    with pytest.raises(Refused, match="area Tendring must be 3"):
        protect(Table("c", (rest,), [117]), ledger=[parts, bare], further=False)
    other = protect(Table("d", (Dimension("area", ("Essex",), {"Essex": ("Southend",)}),), [20]))
    with pytest.raises(BadTable, match="not clear"):
        attack([parts, bare, other])


def test_no_category_is_a_part_of_itself():
    with pytest.raises(BadTable, match="part of itself"):
        Dimension("area", ("a",), {"a": ("b",), "b": ("a",)})


def test_a_ledger_entry_that_was_changed_is_noticed():
    text = protect(Table.from_leaves("t", [AREAS, AGES], COUNTS)).to_json()
    assert Release.from_json(text).to_json() == text
    with pytest.raises(BadTable, match="digest"):
        Release.from_json(text.replace("null", "7", 1))


def test_a_rate_fits_as_many_counts_as_a_hidden_cell_would():
    areas = Dimension("area", ("Colchester", "Tendring", "Maldon"))
    release = protect(Table("t", (areas,), [24, 3, 7]))
    found = rates(release, [192_700, 148_300, 0])
    assert found.values[0] == pytest.approx(10.0)  # 24 is 12.45 in 100,000, to the next 5
    assert found.steps[0] == 5
    assert found.values[1:] == (None, None)


@QUICK
@given(st.integers(5, 400), st.integers(100, 2_000_000), st.sampled_from([1_000, 100_000]))
def test_no_rate_betrays_its_numerator(count, living, per):
    assume(count <= living)
    release = protect(Table("t", (Dimension("area", ("a",)),), [count]))
    found = rates(release, [living], per=per)
    counts = np.arange(0, 2 * count + 500)
    steps = np.floor(counts * per / living / found.steps[0] + 0.5) * found.steps[0]
    fits = counts[np.isclose(steps, found.values[0])]
    assert count in fits
    assert fits.size >= release.interval or fits[0] == 0


@QUICK
@given(st.integers(0, 2**32))
def test_nothing_is_hidden_where_nothing_is_small(seed):
    table = random_table(np.random.default_rng(seed), dims=2, most=4)
    big = Table("t", table.dimensions, table.counts * 5)
    some = Release.unprotected(Table("t", table.dimensions, (table.counts > 0) * table.counts * 5))
    hidden = protect(big).hidden.any()
    assert hidden == any(e.kind is Kind.ZERO for e in attack([some]))


@QUICK
@given(st.integers(0, 2**32))
def test_a_release_survives_json_and_the_same_table_gives_it_again(seed):
    table = random_table(np.random.default_rng(seed), dims=2, most=3)
    try:
        release = protect(table)
    except Refused:
        return
    back = Release.from_json(release.to_json())
    assert back == release
    assert hash(back) == hash(release)
    assert protect(table, ledger=[back]) == release


def test_the_adversary_knows_what_trying_every_table_finds():
    rng = np.random.default_rng(3)
    dims = [Dimension.flat("a", "xy"), Dimension.flat("b", "uv")]
    for _ in range(40):
        counts = Table.from_leaves("t", dims, rng.integers(0, 5, (2, 2))).counts
        keep = rng.random(9) < 0.6
        shown = tuple(int(c) if k else None for c, k in zip(counts.ravel(), keep, strict=True))
        if shown[8] is None:
            continue  # without the total there is no end to try to
        release = Release("t", tuple(dims), shown, 5, 5)
        fits = whole_numbers(release)
        seen = {e.cell: (e.low, e.high) for e in attack([release]) if e.kind is Kind.CELL}
        for cell, (names, value) in enumerate(release.cells()):
            if value is not None:
                continue
            low, high = int(fits[:, cell].min()), int(fits[:, cell].max())
            exposed = high > 0 and low < 5 and high - low < 5
            key = tuple(zip(("a", "b"), names, strict=True))
            assert (key in seen) == exposed
            assert not exposed or seen[key] == (low, high)


def plainly(releases: list[Release]) -> dict[tuple[str, tuple[tuple[str, str], ...]], tuple]:
    """The attack by its definition: everybody by everything at once, two programmes a cell."""
    names = sorted({d.name for r in releases for d in r.dimensions})
    codes = {
        name: sorted({c for r in releases for d in r.dimensions if d.name == name for c in _all(d)})
        for name in names
    }
    cube = list(product(*(codes[name] for name in names)))
    shown, right, asked = [], [], {}
    for release in releases:
        places = product(*(zip(d.categories, d.sets, strict=True) for d in release.dimensions))
        for place, value in zip(places, release.shown, strict=True):
            own = {d.name: s for d, (_, s) in zip(release.dimensions, place, strict=True)}
            row = [
                all(code in own[n] for n, code in zip(names, some, strict=True) if n in own)
                for some in cube
            ]
            if value is None:
                cell = tuple(
                    (d.name, c) for d, (c, _) in zip(release.dimensions, place, strict=True)
                )
                asked[release.title, cell] = np.array(row, dtype=float)
            else:
                shown.append(row)
                right.append(value)
    known = {"A_eq": np.array(shown, dtype=float), "b_eq": right} if shown else {}
    found = {}
    for where, row in asked.items():
        low = linprog(row, **known, bounds=(0, 10_000)).fun
        high = -linprog(-row, **known, bounds=(0, 10_000)).fun
        low, high = int(np.ceil(low - 1e-6)), int(np.floor(high + 1e-6))
        if high > 0 and low < 5 and high - low < 5:
            found[where] = (low, high)
    return found


def _all(dimension: Dimension) -> set[str]:
    return set().union(*dimension.sets)


@settings(QUICK, max_examples=25)
@given(st.integers(0, 2**32))
def test_the_adversary_finds_what_counting_by_everything_at_once_finds(seed):
    rng = np.random.default_rng(seed)
    table = random_table(rng, dims=3, most=3)
    axes = [tuple(rng.permutation(3)[: rng.integers(0, 3)]) for _ in range(3)]
    releases = []
    for number, away in enumerate(axes):
        counts = table.counts
        for axis in sorted(away, reverse=True):
            counts = counts.take(table.dimensions[axis].categories.index("All"), axis)
        dims = tuple(d for i, d in enumerate(table.dimensions) if i not in away)
        hidden = rng.random(counts.size) < 0.5
        shown = tuple(None if h else int(c) for c, h in zip(counts.ravel(), hidden, strict=True))
        releases.append(Release(str(number), dims, shown, 5, 5))
    found = {(e.release, e.cell): (e.low, e.high) for e in attack(releases) if e.kind is Kind.CELL}
    assert found == plainly(releases)


def test_a_thousand_random_tables_and_ledgers_are_never_betrayed():
    rng = np.random.default_rng(2024)
    tables = refused = 0
    while tables < 1000:  # kept small, so that the ordinary run has time for as many
        dims = int(rng.choice([2, 2, 2, 3]))
        table = random_table(rng, dims=dims, most=3 if dims == 2 else 2)
        sequence = [table, part_of(table, rng), part_of(table, rng)][: int(rng.integers(1, 4))]
        ledger: list[Release] = []
        for step in rng.permutation(len(sequence)):
            tables += 1
            try:
                ledger.append(protect(sequence[step], ledger=ledger))
            except Refused:
                refused += 1
                continue
            small = (sequence[step].counts > 0) & (sequence[step].counts < 5)
            assert ledger[-1].hidden[small].all()
        attacking._solved.clear()  # so that the adversary takes nothing over from the gate
        assert attack(ledger) == []
    assert refused < 100
