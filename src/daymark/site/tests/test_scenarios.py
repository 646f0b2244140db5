"""The demonstration's plan: invented, the same everywhere, mixed as published figures say."""

import csv
import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scipy import stats

from daymark.concerns import rules
from daymark.concerns.actions.door import Details, Teller
from daymark.site import fiction, names, scenarios
from daymark.site.scenarios import FLOOD, SPAN, District, Fate

NRM = Path(__file__).parents[5] / "shared" / "data" / "nrm"
needs_figures = pytest.mark.skipif(
    not NRM.exists(), reason="needs the published referral figures beside the repository"
)
NOW = datetime(2026, 11, 22, 14, 25, tzinfo=UTC)
GROUND = [
    District("E07000071", "E23000028", 192_000, ("Colchester",), ("CO2 8",)),
    District("E07000070", "E23000028", 182_000, ("Chelmsford",)),
    District("E07000106", "E23000032", 157_000, ("Whitstable",)),
    District("E06000035", "E23000032", 280_000, ("Strood",)),
]


def plan(number: int = 600, seed: int = 1, now: datetime = NOW) -> list[scenarios.Told]:
    return scenarios.plan(random.Random(seed), number, ground=GROUND, now=now)


@pytest.fixture(scope="module")
def told() -> list[scenarios.Told]:
    return plan()


def test_the_same_chance_tells_the_same_story():
    assert plan(120) == plan(120)
    assert plan(120) != plan(120, seed=2)


@pytest.mark.parametrize("number", [60, 137, 600])
def test_as_many_are_planned_as_were_asked_for_over_two_years_until_now(number):
    found = plan(number)
    assert len(found) == number
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert NOW - SPAN - timedelta(days=1) <= found[0].at < NOW - SPAN / 2
    assert NOW - timedelta(days=6) < found[-1].at <= NOW


# Over two years: every day of the week and of the month, at every hour.
DAYS = [
    datetime(2027, 3, 1, tzinfo=UTC) + timedelta(days=4, hours=1, minutes=7) * n for n in range(200)
]


def test_on_any_day_the_desks_can_do_what_is_planned():
    for seed, now in enumerate(DAYS):
        found = plan(60 + seed % 20, seed, now)
        assert all(now - SPAN - timedelta(days=1) <= one.at <= now for one in found)
        assert [one.at for one in found] == sorted(one.at for one in found)
        assert set(Counter(one.pair for one in found if one.pair).values()) == {2}
        # What has been dealt with was there to be read; the latest pairs lie open on purpose.
        late = [one for one in found if now - one.at < timedelta(days=1)]
        assert {one.fate for one in late} <= {Fate.NEW, Fate.DECIDED}
        assert all(one.pair for one in late if one.fate == Fate.DECIDED)
        essex = [one for one in found[:-5] if one.district in {"E07000071", "E07000070"}]
        waiting = [one for one in essex if one.fate in {Fate.NEW, Fate.READ, Fate.DECIDED}]
        assert len(waiting) > 6
        assert any(one.language == "en" and not one.pair for one in waiting)


def published(column) -> Counter:
    """People referred, as the source's own rows say."""
    counted: Counter = Counter()
    file = NRM / "referrals_by_first_responder_detail_2022q2_2023q4.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            counted[column(row)] += int(row["referrals"])
    return counted


def family(row) -> str:
    said = row["exploitation_type"]
    for word, name in (("Sexual", "SEXUAL"), ("Domestic", "DOMESTIC"), ("Organ", "ORGAN")):
        if word in said:
            return name
    return {
        "Labour": "LABOUR",
        "Criminal": "CRIMINAL",
        "Labour & Criminal": "LABOUR_AND_CRIMINAL",
        "Not specified or unknown": "UNKNOWN",
    }[said]


def age(row) -> str:
    said = row["age_at_exploitation"]
    return {"Adult": "ADULT", "Child": "CHILD"}.get(said.split()[0], "UNKNOWN")


@needs_figures
def test_the_mix_is_what_the_source_says():
    kept = scenarios.mix()["people"]
    counted = published(lambda row: (family(row), age(row)))
    assert {
        (family, age): number
        for family, ages in kept["referred"].items()
        for age, number in ages.items()
    } == dict(counted)
    assert kept["total"] == sum(counted.values())
    forces: Counter = Counter()
    with (NRM / "referrals_essex_kent_police_detail_2022q2_2023q4.csv").open() as lines:
        for row in csv.DictReader(lines):
            forces[row["first_responder"]] += int(row["referrals"])
    assert scenarios.mix()["places"]["referred"] == {
        "E23000028": forces["Essex Police"],
        "E23000032": forces["Kent Police"],
    }


def fits(found: Counter, shares: dict) -> float:
    """How likely a mix as far from the shares as this would be by chance alone."""
    total, number = sum(shares.values()), sum(found.values())
    expected = {key: number * share / total for key, share in shares.items()}
    # Cells too small for the test are taken together, as is usual.
    small = [key for key, value in expected.items() if value < 5]
    rows = [(found[key], value) for key, value in expected.items() if key not in small]
    if small:
        rows.append((sum(found[key] for key in small), sum(expected[key] for key in small)))
    observed, wanted = zip(*(row for row in rows if row[1]), strict=True)
    return float(stats.chisquare(observed, wanted).pvalue)


@needs_figures
def test_types_and_ages_follow_the_published_shares(told):
    for column, read in ((family, lambda one: one.family), (age, lambda one: one.age)):
        assert fits(Counter(map(read, told)), published(column)) > 0.05


def test_places_follow_the_published_shares_and_then_the_residents(told):
    force = {one.code: one.force for one in GROUND}
    shares = scenarios.mix()["places"]["referred"]
    assert fits(Counter(force[one.district] for one in told), shares) > 0.05
    kent = Counter(one.district for one in told if force[one.district] == "E23000032")
    assert fits(kent, {"E07000106": 157_000, "E06000035": 280_000}) > 0.05


def test_the_chi_square_would_notice_another_mix():
    wrong = Counter({"LABOUR": 100, "CRIMINAL": 100, "SEXUAL": 400})
    assert fits(wrong, {"LABOUR": 8811, "CRIMINAL": 8291, "SEXUAL": 4777}) < 0.001


def test_a_child_is_a_child_in_what_is_said(told):
    for one in told:
        if one.age == "CHILD":
            found = rules.reasons(danger=False, text=one.what, ages=one.details.get("ages", ()))
            assert "CHILD" in found, one.what


def test_most_reports_say_where_it_is(told):
    assert sum(one.where == "CO2 8" for one in told) > 5
    assert 0 < sum(not one.where for one in told) < len(told) / 10


def test_every_account_can_be_filed(told):
    for one in told:
        assert "{" not in one.what + one.where
        assert Details(**one.details)
        assert Teller(**one.teller)


def test_reporters_write_in_several_languages(told):
    assert {one.language for one in told} == {"en", "ro", "sq", "vi", "ar", "pl", "uk"}
    arabic = next(one.what for one in told if one.language == "ar")
    assert re.search("[\u0600-\u06ff]", arabic)


def test_desks_make_every_kind_of_mistake_and_mend_it(told):
    assert {one.fate for one in told} == set(Fate)


def test_accounts_are_rarely_near_the_same(told):
    """Else every concern would be shown as perhaps another one."""
    words = [set(one.what.casefold().split()) for one in told if one.language == "en"][:200]
    pairs = [(a, b) for n, a in enumerate(words) for b in words[n + 1 :]]
    near = sum(len(a & b) / len(a | b) > 0.5 for a, b in pairs)
    assert near / len(pairs) < 0.01


def test_one_evening_brings_a_flood_about_one_place(told):
    flood = [one for one in told if "out of a lorry tonight" in one.what]
    assert len(flood) == FLOOD
    assert flood[-1].at - flood[0].at < timedelta(hours=4)
    assert len({(one.what, one.where) for one in flood}) == 1


def test_a_flood_is_about_a_place_that_can_be_found():
    """Whatever the report it takes the place of said of where it was, which may be nothing."""
    towns = {f"The lay-by on the bypass, {town}" for one in GROUND for town in one.towns}
    for seed in range(30):
        said = {one.where for one in plan(180, seed) if "out of a lorry tonight" in one.what}
        assert len(said) == 1
        assert said < towns


def test_a_pair_names_one_vehicle_and_nobody_else_does(told):
    pairs: dict[int, list[str]] = {}
    for one in told:
        if one.pair and "out of a lorry tonight" not in one.what:
            pairs.setdefault(one.pair, []).extend(re.findall(r"Q[A-Z]\d\d [A-Z]I[A-Z]", one.what))
    assert len(pairs) > 20
    whole = [plates for plates in pairs.values() if len(plates) >= 2]
    assert all(len(set(plates[:2]) & set(plates)) >= 1 for plates in whole)
    assert len(whole) > 20


def test_numbers_and_vehicles_are_nobodys(told):
    text = " ".join(f"{one.what} {one.details} {one.teller}" for one in told)
    marks = {mark for tie, mark in rules.marks(text) if tie == "PHONE"}
    assert marks
    assert all(re.fullmatch(r"07700 900\d{3}", mark) for mark in marks)
    plates = {mark for tie, mark in rules.marks(text) if tie == "VEHICLE"}
    assert plates
    assert all(re.fullmatch(r"Q[A-Z]\d\d [A-Z]I[A-Z]", plate) for plate in plates)


@pytest.mark.parametrize("tradition", names.traditions())
def test_a_name_is_made_of_the_models_parts_and_the_same_by_chance(tradition):
    first = [names.person(random.Random(7), tradition) for _ in range(2)]
    assert first[0] == first[1]
    many = {names.person(random.Random(seed), tradition) for seed in range(200)}
    assert len(many) > 40
    assert not any("{" in name or any(c.isdigit() for c in name) for name in many)


def test_the_sexes_have_the_forms_of_their_language():
    polish = [names.person(random.Random(n), "polish", woman=True) for n in range(50)]
    assert not any(name.endswith("ski") for name in polish)


def test_ten_agencies_and_forty_members():
    assert len(fiction.AGENCIES) == 10
    assert len(fiction.CAST) + len(fiction.STAFF) == 40
    agencies = {person.agency for person in fiction.CAST} | {
        agency for _, agency, _ in fiction.STAFF
    }
    assert agencies == set(fiction.AGENCIES)
    for _, agency, desk in fiction.STAFF:
        assert not desk or fiction.DESKS[desk] == agency
