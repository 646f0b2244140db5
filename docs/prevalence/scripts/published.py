"""The published intervals, again: Chan, Silverman & Vincent 2021, Silverman, Chan & Vincent 2024.

    python docs/prevalence/scripts/published.py [--tables DIR] [--simulation]

Published intervals rest on 1,000 resamples. Ours are computed from 20,000, and beside them stands
the standard deviation that 1,000 resamples leave in each end. ``--simulation`` repeats the study
of 500 populations five times (three minutes). Tables that do not ship with the package are read
from DIR.
"""

import argparse
from pathlib import Path

from prevalence import BestBIC, CaptureTable, Stepwise
from prevalence.bootstrap import Selects, bootstrap
from prevalence.data import korea, kosovo, uk2013
from prevalence.simulate import coverage, fitted_pattern_shares

TABLES = Path(__file__).resolve().parents[4] / "shared" / "data" / "mse"
RESAMPLES = 20_000


def show(what: str, table: CaptureTable, estimator: Selects, published: dict[float, str]) -> None:
    result = bootstrap(estimator, table, resamples=RESAMPLES, seed=1, levels=tuple(published))
    print(f"{what}: {result.estimate:,.1f}")
    for level, theirs in published.items():
        ends = result.interval(level, kind="bca")
        low, high = (
            error * (RESAMPLES / 1000) ** 0.5 for error in (ends.low_mc_error, ends.high_mc_error)
        )
        print(
            f"  BCa {level:.0%}: published {theirs}; here {ends.low:,.0f} to {ends.high:,.0f} "
            f"(at 1,000 resamples +/- {low:,.0f} and {high:,.0f})"
            + "".join(f"; {flag}" for flag in ends.flags)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--simulation", action="store_true")
    args = parser.parse_args()
    for name, what, theirs in (
        ("westernus_5", "Western US, stepwise (2,483)", "1,293 to 3,670"),
        ("neworleans_5_n185", "New Orleans, 5 lists, 185 cases, stepwise (1,034)", "589 to 1,703"),
        ("neworleans_8_n185", "New Orleans, 8 lists, 185 cases, stepwise (1,184)", "717 to 1,657"),
    ):
        path = args.tables / f"{name}.csv"
        if path.exists():
            show(what, CaptureTable.from_csv(path), Stepwise(), {0.95: theirs})
        else:
            print(f"{what}: not run, {path.name} does not ship with the package")
    both = {0.8: "7,400 to 12,200", 0.95: "6,900 to 18,000"}
    show("Kosovo, BIC over all models", kosovo(), BestBIC(), both)
    show("Korea, BIC over all models", korea(), BestBIC(), {0.95: "128 to 349"})
    if args.simulation:
        simulation()


def simulation() -> None:
    total, shares = fitted_pattern_shares(uk2013(lists=5))
    studies = [coverage(Stepwise(), total, shares, seed=seed) for seed in range(1, 6)]
    for what, theirs, ours in (
        ("RMSE", "3,057", [f"{s.rmse:,.0f}" for s in studies]),
        ("RMSE of the logarithm", "0.19", [f"{s.log_rmse:.3f}" for s in studies]),
        ("BCa 95% covers", "90%", [f"{s.covered[0.95]['bca']:.1%}" for s in studies]),
        ("BCa 80% covers", "about 70%", [f"{s.covered[0.8]['bca']:.1%}" for s in studies]),
    ):
        print(f"UK-like populations, {what}: published {theirs}; here {', '.join(ours)}")


if __name__ == "__main__":
    main()
