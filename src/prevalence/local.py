"""What national studies would imply for one area: a band for each study, and never one number.

Nobody has measured the area. The band says how far apart the studies are, and how far areas may
differ from the country; it is an order of magnitude and nothing to rank districts by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from prevalence.results import VERSION

FEWEST_RESIDENTS = 40_000
CAVEAT = (
    "Nobody has measured this locally. The band carries national studies over to the area by "
    "population alone; it is an order of magnitude. Do not compare areas by it, and do not divide "
    "referrals by it: a yearly flow over a number at one time is not a share found."
)


class AreaTooSmall(ValueError):
    """The area holds too few people to carry a national rate over to it."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A published national figure.

    Parameters
    ----------
    name : who published it
    edition : which edition or table of theirs
    year : the year the figure is about
    definition : what was counted: at one time or over a year, potential or confirmed
    low, high : ends of its interval, people (0 < low < high)
    population : people of the country at the time (> high)
    level : coverage of the interval, between 0 and 1
    assumed : whether the interval is our assumption because none was published
    """

    name: str
    edition: str
    year: int
    definition: str
    low: float
    high: float
    population: int
    level: float = 0.95
    assumed: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < self.population:
            raise ValueError(
                f"{self.name} {self.edition}: give an interval above 0 and below its population; "
                "where none was published, give one and say assumed=True"
            )
        if not 0 < self.level < 1:
            raise ValueError(f"{self.name} {self.edition}: level must lie between 0 and 1")


UK_SOURCES = (
    Source(
        name="Walk Free",
        edition="Global Slavery Index 2023",
        year=2021,
        definition="people in modern slavery on any day, modelled from regional surveys",
        low=122_000 / 1.5,
        high=122_000 * 1.5,
        population=67_886_000,
        assumed=True,
    ),
    Source(
        name="Home Office",
        edition="Modern Slavery Strategy 2014, stepwise model",
        year=2013,
        definition="potential victims over a year, from overlapping lists",
        low=10_000,
        high=13_000,
        population=64_106_000,
    ),
    Source(
        name="Silverman, Chan and Vincent",
        edition="Statistics and Computing 2024, best of all models",
        year=2013,
        definition="potential victims over a year, from the same lists, choice of model included",
        low=11_168,
        high=56_052,
        population=64_106_000,
    ),
)


@dataclass(frozen=True)
class BandRow:
    """What one source would imply, its 90 % band rounded outwards to one figure.

    Parameters
    ----------
    source : the study
    low, high : ends of the band, people
    words : the band in words
    """

    source: Source
    low: int
    high: int
    words: str


@dataclass(frozen=True, eq=False)
class LocalBand:
    """Bands of an area, one for each source, newest first.

    Parameters
    ----------
    population : residents of the area
    area_sd : assumed standard deviation between areas, on the log scale
    rows : one band for each source
    low, high : ends of the 90 % band over all sources, each weighted alike, people
    sentence : the one sentence to print, without a number
    caveat : what must stand beside the band wherever it goes
    draws : people in the area by source, in the order of `rows`, shape (sources, draws)
    seed : seed of the draws
    version : version of this package
    """

    population: int
    area_sd: float
    rows: tuple[BandRow, ...]
    low: int
    high: int
    sentence: str
    caveat: str
    draws: NDArray[np.int64]
    seed: int
    version: str = VERSION

    def to_dict(self) -> dict[str, Any]:
        """The bands as plain values for JSON; no middle is given, because there is none."""
        return {
            "population": self.population,
            "area_sd": {"value": self.area_sd, "assumed": True},
            "rows": [
                asdict(row.source) | {"low": row.low, "high": row.high, "words": row.words}
                for row in self.rows
            ],
            "all_sources": {"low": self.low, "high": self.high},
            "sentence": self.sentence,
            "caveat": self.caveat,
            "seed": self.seed,
            "version": self.version,
        }


def local_band(
    population: int,
    sources: Sequence[Source] = UK_SOURCES,
    area_sd: float = 0.6,
    *,
    draws: int = 40_000,
    seed: int = 0,
) -> LocalBand:
    """Carry national figures over to an area as an order-of-magnitude band for each.

    Parameters
    ----------
    population : residents of the area (>= 40,000, so that no ward or street gets one)
    sources : published national figures (at least one)
    area_sd : standard deviation between areas of the log rate, an assumption (>= 0)
    draws : draws for each source (>= 1000)
    seed : seed of the random numbers

    Raises
    ------
    AreaTooSmall : the area has fewer than 40,000 residents

    Notes
    -----
    log rate ~ normal through the ends of the source's interval; people in the area ~ Poisson with
    mean population x rate x exp(u - s^2/2), u ~ normal(0, s^2), s = `area_sd`.
    """
    if population < FEWEST_RESIDENTS:
        raise AreaTooSmall(
            f"{population:,} residents: below {FEWEST_RESIDENTS:,} a national rate says nothing "
            "about the place; use the district or the police force area"
        )
    if not sources:
        raise ValueError("name at least one source")
    if area_sd < 0:
        raise ValueError("area_sd is a standard deviation, 0 or more")
    if draws < 1000:
        raise ValueError("fewer than 1,000 draws do not hold a 90 % band")
    rng = np.random.default_rng(seed)
    newest = sorted(sources, key=lambda source: -source.year)
    drawn = np.array([_people(population, source, area_sd, draws, rng) for source in newest])
    bands = [_outwards(row) for row in drawn]
    low, high = _outwards(drawn.ravel())
    of = " of" if _words(high).endswith(("s", "handful")) else ""
    sentence = (
        f"National studies would imply anything from {_words(low)} to {_words(high)}{of} people "
        "here; nobody has measured it locally."
    )
    rows = tuple(
        BandRow(source, *band, f"{_words(band[0])} to {_words(band[1])}")
        for source, band in zip(newest, bands, strict=True)
    )
    return LocalBand(population, area_sd, rows, low, high, sentence, CAVEAT, drawn, seed)


def _people(
    population: int, source: Source, area_sd: float, draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    ends = np.log([source.low / source.population, source.high / source.population])
    sd = (ends[1] - ends[0]) / 2 / ndtri((1 + source.level) / 2)
    rate = ends.mean() + sd * rng.standard_normal(draws)
    area = area_sd * rng.standard_normal(draws) - area_sd**2 / 2
    return np.asarray(rng.poisson(population * np.exp(rate + area)), dtype=np.int64)


def _outwards(people: NDArray[np.int64]) -> tuple[int, int]:
    """Ends of the 90 % band to one significant figure, away from the middle."""
    low, high = np.quantile(people, (0.05, 0.95), method="inverted_cdf").tolist()
    down, up = (10 ** (len(str(int(end))) - 1) for end in (low, high))
    return int(low) // down * down, -(-int(high) // up) * up


def _words(people: int) -> str:
    if people < 10:
        return "a handful"
    digits = len(str(people)) - 1
    few = "a few" if people < 4 * 10**digits else "several"
    if digits < 5:
        unit = ("tens", "hundred", "thousand", "tens of thousands")[digits - 1]
        return f"{few} {unit}"
    return "hundreds of thousands"
