"""What the demonstration's public reports: a plan of concerns, made of plain data by chance.

The mix follows `content/mix.toml`, the words stand in `content/stories.toml`. Nothing here knows
a database: `demo` files what is planned.
"""

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from daymark.site import names

CONTENT = Path(__file__).parent / "content"
TRADITIONS = {"ro": "romanian", "sq": "albanian", "vi": "vietnamese", "pl": "polish"} | {
    "ar": "arabic",
    "uk": "ukrainian",
}
SPAN = timedelta(days=730)
LATEST = 48
"""Reports of the last six days, however many there are in all: a desk has its day to work on."""

FLOOD = 18
"""Reports of one evening about one lay-by, all in the same words."""


class Fate(StrEnum):
    """What the desk made of it."""

    NEW = "NEW"
    READ = "READ"
    DECIDED = "DECIDED"
    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"
    DUPLICATE = "DUPLICATE"
    MISTYPED = "MISTYPED"
    MISROUTED = "MISROUTED"
    REOPENED = "REOPENED"
    TEST = "TEST"


@dataclass(frozen=True)
class District:
    """Where something can happen: its force, how many live there, its towns, parts of postcodes."""

    code: str
    force: str
    residents: int
    towns: tuple[str, ...]
    sectors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """One report as it will be filed, and what becomes of it."""

    at: datetime
    family: str
    age: str
    district: str
    types: tuple[str, ...]
    language: str
    danger: bool
    what: str
    where: str
    fate: Fate
    details: dict[str, Any] = field(default_factory=dict)
    teller: dict[str, str] = field(default_factory=dict)
    by_phone: bool = False
    picture: str = ""
    """What the photograph shows that came with it, if one did."""

    pair: int = 0
    """Two reports of one vehicle have the same number, from 1."""


@cache
def mix() -> dict[str, Any]:
    return tomllib.loads((CONTENT / "mix.toml").read_text(encoding="utf-8"))


@cache
def stories() -> dict[str, Any]:
    return tomllib.loads((CONTENT / "stories.toml").read_text(encoding="utf-8"))


def quotas(weights: Mapping[Any, float], number: int) -> list[Any]:
    """Each key as often as its weight asks, by largest remainders; as many as `number`."""
    total = sum(weights.values())
    exact = {key: number * weight / total for key, weight in weights.items()}
    counts = {key: int(share) for key, share in exact.items()}
    by_rest = sorted(exact, key=lambda key: counts[key] - exact[key])
    for key in by_rest[: number - sum(counts.values())]:
        counts[key] += 1
    return [key for key, count in counts.items() for _ in range(count)]


def plan(
    chance: random.Random, number: int, *, ground: Sequence[District], now: datetime
) -> list[Told]:
    """The reports of two years until now, oldest first."""
    people = {
        (family, age): count
        for family, ages in mix()["people"]["referred"].items()
        for age, count in ages.items()
    }
    forces = mix()["places"]["referred"]
    living = {force: sum(d.residents for d in ground if d.force == force) for force in forces}
    weights = {one.code: forces[one.force] * one.residents / living[one.force] for one in ground}
    kinds, codes = quotas(people, number), quotas(weights, number)
    languages = quotas(mix()["languages"], number)
    for drawn in (kinds, codes, languages):
        chance.shuffle(drawn)
    known = {one.code: one for one in ground}
    moments = _moments(chance, number, now)
    told = [
        _told(chance, at, family, age, known[code], language, now)
        for at, (family, age), code, language in zip(moments, kinds, codes, languages, strict=True)
    ]
    told = _doubled(chance, told, {code: one.force for code, one in known.items()})
    return _flooded(chance, told, known)


def _moments(chance: random.Random, number: int, now: datetime) -> list[datetime]:
    """All over two years, in the evenings most, with enough of the last days left to work on."""
    found = []
    for place in range(number):
        ago = timedelta(days=6) * chance.random() if place < LATEST else SPAN * chance.random()
        moment = now - ago
        hour = chance.choices(range(24), [1] * 7 + [3] * 5 + [4] * 5 + [8] * 6 + [3])[0]
        found.append(min(moment.replace(hour=hour, minute=chance.randrange(60)), now))
    return sorted(found)


def _told(
    chance: random.Random,
    at: datetime,
    family: str,
    age: str,
    district: District,
    language: str,
    now: datetime,
) -> Told:
    scenarios = [one for one in stories()["scenarios"] if one["family"] == family]
    (scenario,) = chance.choices(scenarios, [one["weight"] for one in scenarios])
    fill = _Filling(chance, chance.choice(district.towns))
    urgent = chance.random() < 0.07
    what = fill.account(scenario, language, child=age == "CHILD", urgent=urgent)
    guided = chance.random() < 0.45 or (language != "en" and age == "CHILD")
    return Told(
        at=at,
        family=family,
        age=age,
        district=district.code,
        types=tuple(scenario["types"]),
        language=language,
        danger=urgent or chance.random() < 0.04,
        what=what,
        where=_where(chance, fill, scenario, district, language),
        fate=_fate(chance, now - at),
        details=fill.details(scenario, age) if guided else {},
        teller=fill.teller(language) if guided or chance.random() < 0.2 else {},
        by_phone=chance.random() < 0.06,
        picture=chance.choice(["van", "house", "note"]) if chance.random() < 0.05 else "",
    )


def _where(
    chance: random.Random,
    fill: "_Filling",
    scenario: Mapping[str, Any],
    district: District,
    language: str,
) -> str:
    """Most name a town, some the beginning of a postcode, and a few nothing that leads anywhere."""
    drawn = chance.random()
    if drawn < 0.04:
        return ""
    if drawn < 0.2 and district.sectors:
        return chance.choice(district.sectors)
    if language != "en":
        return fill.place
    return fill(chance.choice(scenario["where"]))


def _fate(chance: random.Random, old: timedelta) -> Fate:
    if old < timedelta(days=2):
        return Fate.NEW
    if old < timedelta(days=25):
        return chance.choices(
            [Fate.NEW, Fate.READ, Fate.DECIDED, Fate.ASKED, Fate.ANSWERED, Fate.CLOSED],
            [2, 2, 6, 3, 3, 3],
        )[0]
    return chance.choices(
        [Fate.CLOSED, Fate.DECIDED, Fate.MISTYPED, Fate.MISROUTED, Fate.REOPENED, Fate.TEST],
        [84, 2, 5, 4, 2, 3],
    )[0]  # fmt: skip


def _doubled(chance: random.Random, told: list[Told], forces: Mapping[str, str]) -> list[Told]:
    """A twentieth tell of a vehicle that somebody told of before, most in the same district."""
    for pair, number in enumerate(range(19, len(told), 20), start=1):
        one, before = told[number], [n for n in range(number) if not told[n].pair]
        near = [n for n in before if told[n].district == one.district]
        far = [n for n in before if forces[told[n].district] != forces[one.district]]
        # Some were seen in the other force's area, whose desk holds the earlier report; and of the
        # latest pairs both lie open: to be merged, or asked about.
        away, still = bool(far) and (pair % 2 == 0 or not near), number > len(told) * 0.8
        place = chance.choice((far if away else near or before)[-10:])
        first = told[place]
        _one_vehicle(chance, told, place, number, pair=pair, still=still)
        if not away:
            closed = told[number].fate == Fate.CLOSED
            told[number] = replace(
                told[number],
                where=first.where,
                types=first.types,
                fate=Fate.DUPLICATE if closed else told[number].fate,
            )
    return told


def seen_twice(chance: random.Random, told: list[Told], one: int, other: int) -> None:
    """Let two of what is planned tell of one vehicle, as the last of the pairs; both lie open."""
    pair = 1 + max(each.pair for each in told)
    _one_vehicle(chance, told, *sorted([one, other]), pair=pair, still=True)


def _one_vehicle(
    chance: random.Random, told: list[Told], first: int, then: int, *, pair: int, still: bool
) -> None:
    plate = _plate(chance)
    words = {first: "I noted the number, {}.", then: "The van is {}."}
    for number, seen in words.items():
        one = told[number]
        told[number] = replace(
            one,
            what=f"{one.what} {seen.format(plate)}",
            fate=Fate.DECIDED if still else one.fate,
            pair=pair,
        )


def _flooded(chance: random.Random, told: list[Told], known: Mapping[str, District]) -> list[Told]:
    """One evening's reports in one form of words that went round, as somebody asked for online."""
    if len(told) < 10 * FLOOD:
        return told
    fitting = [
        number
        for number, one in enumerate(told[: -2 * FLOOD])
        if (one.family, one.age) == ("LABOUR", "ADULT") and not one.pair
    ]
    first, words = told[fitting[-1]], stories()["common"]["flood"]
    town = chance.choice(known[first.district].towns)
    for step, number in enumerate(fitting[-FLOOD:]):
        told[number] = replace(
            told[number],
            at=first.at + timedelta(minutes=7 * step),
            where=f"The lay-by on the bypass, {town}",
            what=words,
            language="en",
            danger=False,
            details={},
            teller={},
            picture="",
            by_phone=False,
            fate=Fate.DUPLICATE if step else Fate.CLOSED,
        )
    return sorted(told, key=lambda one: one.at)


@dataclass(frozen=True)
class _Filling:
    """Fills the gaps of sentences by chance, the same gap of one report the same way."""

    chance: random.Random
    place: str

    def __call__(self, text: str) -> str:
        common, chance = stories()["common"], self.chance
        gaps = {
            name: chance.choice(common[name]) for name in ("colour", "make", "day", "time", "since")
        }
        number = chance.choice(common["number"])
        plate = _plate(chance)
        return text.format(
            place=self.place,
            number=number,
            Number=number[0].upper() + number[1:],
            age=chance.randrange(11, 18),
            plate=plate,
            half=plate[:4],
            **gaps,
        )

    def account(
        self, scenario: Mapping[str, Any], language: str, *, child: bool, urgent: bool
    ) -> str:
        chance, common = self.chance, stories()["common"]
        if language != "en":
            words = stories()[language]
            seen = words.get(scenario["family"]) or words["UNKNOWN"]
            said = _some(chance, seen, chance.choice([2, 3]))
            said.insert(1, chance.choice(words["begin"]))
            said += _some(chance, words["go_on"], 2)
            return " ".join([*said, chance.choice(words["end"])])
        # What it is about stands first: lists show it.
        said = [chance.choice(scenario["open"])]
        if chance.random() < 0.45:
            said.append(chance.choice(common["begin"]))
        said += _some(chance, scenario["seen"], chance.choice([2, 3, 3, 4]))
        if child:
            said.insert(chance.randrange(1, len(said) + 1), chance.choice(common["child"]))
        said += _some(chance, common["go_on"], chance.choice([0, 1, 1, 2]))
        if urgent:
            said.append(chance.choice(common["risky"]))
        if chance.random() < 0.5:
            said.append(chance.choice(common["end"]))
        return " ".join(map(self, said))

    def details(self, scenario: Mapping[str, Any], age: str) -> dict[str, Any]:
        """What somebody answered a question at a time; the codes are those of `concerns.terms`."""
        chance, common = self.chance, stories()["common"]
        ages = {
            "CHILD": ["FROM_10_TO_17"],
            "ADULT": [chance.choice(["FROM_18_TO_29", "FROM_30_TO_59"])],
        }.get(age, [])
        said: dict[str, Any] = {
            "setting": scenario["setting"],
            "exact": chance.choice(["EXACT", "VAGUE", ""]),
            "since": self("since {since}") if chance.random() < 0.6 else "",
            "going_on": chance.choice(["YES", "YES", "UNKNOWN", "NO"]),
            "how_many": self("{number}") if chance.random() < 0.6 else "",
            "ages": ages,
            "sexes": chance.choice([["MALE"], ["FEMALE"], ["FEMALE", "MALE"], []]),
            "looks": chance.choice(common["looks"]) if chance.random() < 0.4 else "",
            "vehicles": self(chance.choice(common["vehicle"])) if chance.random() < 0.35 else "",
            "phones": _number(chance) if chance.random() < 0.1 else "",
        }
        if scenario.get("business") and chance.random() < 0.5:
            said["business"] = chance.choice(scenario["business"])
        return {name: value for name, value in said.items() if value}

    def teller(self, language: str) -> dict[str, str]:
        chance = self.chance
        known = chance.choices(["ANONYMOUS", "CONFIDENTIAL", "SHARE"], [6, 3, 2])[0]
        relation = chance.choice(
            ["NEIGHBOUR", "NEIGHBOUR", "CUSTOMER", "WORKER", "PROFESSIONAL", "CLOSE", "AFFECTED"]
        )
        said = {"known": known, "relation": relation}
        if known != "ANONYMOUS":
            said["name"] = names.person(chance, TRADITIONS.get(language, "british"))
            said["contact"] = _number(chance)
            said["safe"] = chance.choice(["Text only, mornings.", "Never leave a message.", ""])
        return said


def _some(chance: random.Random, texts: Sequence[str], number: int) -> list[str]:
    return chance.sample(list(texts), min(number, len(texts)))


def _plate(chance: random.Random) -> str:
    """A mark that was never issued: none begins with Q like this, and none holds an I."""
    area, first, last = chance.choices("ABCDEFGHJKLMNOPRSTUVWXY", k=3)
    return f"Q{area}{chance.randrange(10, 80)} {first}I{last}"


def _number(chance: random.Random) -> str:
    """From the numbers that Ofcom keeps for drama."""
    return f"07700 900{chance.randrange(1000):03d}"
