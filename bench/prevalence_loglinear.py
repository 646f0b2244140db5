"""Stepwise bootstraps, all models and exhaustive bootstraps beside R, with NumPy on one core.

    python bench/prevalence_loglinear.py [--tables DIR] [--long]

Where Rscript and its packages are installed, R is timed in the same run; where they are not, the
ratios are against costs recorded on two loaded cores, and the output says so. ``--long`` adds the
coverage studies of 500 populations and the BCa ends from 200,000 resamples.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from prevalence.bic import BestBIC
from prevalence.bootstrap import bootstrap, resample
from prevalence.data import kosovo, uk2013
from prevalence.hierarchy import hierarchical_models
from prevalence.loglinear import fit
from prevalence.simulate import Coverage, coverage, fitted_pattern_shares
from prevalence.stepwise import Stepwise
from prevalence.table import CaptureTable

TABLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "mse"
SCRIPT = Path(__file__).with_suffix(".R")
RESAMPLES = 1000
R_RESAMPLES = 20
# CPU seconds a resample, the lower of two recorded runs: SparseMSE 2.0.1, its successor 1.2.0.
RECORDED = {
    "uk2013_5": (0.141, 0.065),
    "westernus_5": (0.056, 0.037),
    "kosovo_4": (0.054, 0.030),
}
R_MODELS = 2.9  # CPU seconds, 1,024 models of uk2013_5 with existence check, successor 1.2.0
R_ALL_MODELS = 27.0  # wall seconds, 6,893 models with checks, the lower end of 27 to 53
R_FIT = 2.1e-3  # CPU seconds a fit in its BIC bootstrap
R_HOURS = 20  # computed for the coverage study


def seconds(work: Callable[[], object], *, times: int) -> float:
    """Least CPU time of several runs."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def r_costs(table: CaptureTable) -> dict[str, float]:
    """CPU seconds of R in this run; empty without R or its packages."""
    if not shutil.which("Rscript"):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        rows = [",".join([*table.lists, "count"])]
        for mask in np.flatnonzero(table.counts):
            digits = [str(mask >> i & 1) for i in range(table.k)]
            rows.append(",".join([*digits, str(table.counts[mask])]))
        path.write_text("\n".join(rows))
        command = ["Rscript", str(SCRIPT), str(path), str(R_RESAMPLES)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    return {name: float(x) for name, x in (line.split() for line in found.stdout.splitlines())}


def stepwise(tables: dict[str, CaptureTable]) -> None:
    print("\nStepwise bootstrap, selection repeated, CPU microseconds a resample")
    for name, table in tables.items():
        resample(Stepwise(), table.counts, table.k, 10, 0, 0)
        ours = seconds(
            lambda t=table: resample(Stepwise(), t.counts, t.k, RESAMPLES, 1, 0), times=3
        )
        ours /= RESAMPLES
        live = r_costs(table)
        for place, (key, package) in enumerate(
            (("sparsemse", "SparseMSE"), ("successor", "its successor"))
        ):
            theirs = live[key] / R_RESAMPLES if key in live else RECORDED[name][place]
            kind = "measured now" if key in live else "recorded, R not run here"
            print(f"  {name:12} {1e6 * ours:6.1f}   {theirs / ours:6.0f} times {package} ({kind})")


def models() -> None:
    print("\nEvery model of uk2013_5 with its status, CPU milliseconds")
    table = uk2013(lists=5)
    live = r_costs(table)
    recorded = "recorded, R not run here"
    for order, theirs, kind in (
        (2, live.get("models", R_MODELS), "measured now" if "models" in live else recorded),
        (4, R_ALL_MODELS, "recorded wall time, R not run here"),
    ):
        terms = hierarchical_models(5, order)
        ours = seconds(lambda t=terms: fit(table.counts[:, None], t, 5, full_status=True), times=5)
        number = terms.shape[1]
        print(f"  {number:5} models {1e3 * ours:6.1f}   {theirs / ours:5.0f} times R ({kind})")


def exhaustive() -> None:
    print("\nBIC bootstrap over every model, 1,000 resamples, CPU seconds")
    for name, table in (("kosovo_4", kosovo()), ("uk2013_5", uk2013(lists=5))):
        number = hierarchical_models(table.k, table.k - 1).shape[1]
        ours = seconds(lambda t=table: resample(BestBIC(), t.counts, t.k, RESAMPLES, 1, 0), times=1)
        theirs = number * RESAMPLES * R_FIT
        print(
            f"  {name} {number:5} models {ours:6.2f}   {theirs / ours:6.0f} times R "
            f"({R_FIT * 1e3} ms a fit recorded, R not run here)"
        )


def importing() -> None:
    command = [sys.executable, "-c", "import prevalence; prevalence.CaptureTable"]
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, check=True)
        taken.append(time.perf_counter() - start)
    print(f"\nImport, NumPy and the interpreter included: {min(taken):.2f} s")


def coverage_study() -> None:
    print("\nCoverage, 500 populations like uk2013_5, 1,000 resamples each, five times over")
    total, shares = fitted_pattern_shares(uk2013(lists=5))
    studies = []
    for seed in range(1, 6):
        start = time.process_time()
        found = coverage(Stepwise(), total, shares, seed=seed, progress=_progress)
        taken = time.process_time() - start
        studies.append(found)
        print(
            f"  {taken:5.1f} CPU seconds, {R_HOURS * 3600 / taken:5.0f} times R (computed, not "
            f"run): {_covered([found])}, RMSE {found.rmse:.0f}, log {found.log_rmse:.3f}"
        )
    print(f"  all 2,500 populations: {_covered(studies)}")


def _covered(studies: list[Coverage]) -> str:
    return ", ".join(
        f"{kind} {level:.0%} covers {np.mean([s.covered[level][kind] for s in studies]):.1%}"
        for level in (0.95, 0.8)
        for kind in ("bca", "percentile")
    )


def converged(
    tables: dict[str, CaptureTable], reference: dict[str, dict[str, list[float]]]
) -> None:
    print("\nBCa 95 % ends, 200,000 resamples beside the recorded ones")
    for name, table in tables.items():
        theirs = reference[name]
        result = bootstrap(Stepwise(), table, resamples=200_000, seed=7)
        bca = result.interval(0.95, kind="bca")
        for end, ours, error, at in (
            ("low", bca.low, bca.low_mc_error, 0),
            ("high", bca.high, bca.high_mc_error, -1),
        ):
            other = theirs["bca"][at]
            both = max(error, theirs["mc_sd_at_1000"][at] / 200**0.5) * 2**0.5
            apart = abs(ours / other - 1)
            fine = apart <= 0.01 or abs(ours - other) <= 3 * both
            print(
                f"  {name:18} {end:4} {ours:10.0f} +/- {error:5.0f}   {other:10.0f}   "
                f"{apart:6.2%} apart, {'agrees' if fine else 'DIFFERS'}"
            )


def _progress(done: int, in_all: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {in_all}", end="\n" if done == in_all else "", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--long", action="store_true")
    args = parser.parse_args()
    tables = {"uk2013_5": uk2013(lists=5), "kosovo_4": kosovo()}
    western = args.tables / "westernus_5.csv"
    if western.exists():
        tables["westernus_5"] = CaptureTable.from_csv(western)
    stepwise(tables)
    models()
    exhaustive()
    importing()
    if args.long:
        coverage_study()
        known = args.tables / "reference-results.json"
        if known.exists():
            reference = json.loads(known.read_text())["bca_converged"]
            more = {name: CaptureTable.from_csv(args.tables / f"{name}.csv") for name in reference}
            converged(more, reference)


if __name__ == "__main__":
    main()
