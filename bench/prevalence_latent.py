"""Latent classes, decomposable graphs and the Bayesian threshold beside their R packages.

    python bench/prevalence_latent.py [--tables DIR] [--coverage]

Where Rscript and the package LCMCR are installed, its sweeps are timed in the same run; where they
are not, ratios are against the costs recorded on two loaded cores, and the output says so.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np

from prevalence.graphs import GraphAverage
from prevalence.latent import LatentClass, _Chains, convergence, fixed_order
from prevalence.results import Status
from prevalence.table import CaptureTable
from prevalence.threshold import BayesianThreshold

TABLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "mse"
SETTLED = ("korea_3", "kosovo_4", "uk2013_4", "westernus_5", "neworleans_5_n185")
PARTED = ("uk2013_5", "uk2013_6", "netherlands_5")
SWEEP = {"kosovo_4": 14.3e-6}  # CPU seconds a sweep of LCMCR 0.4.14, K = 10; others 10 to 18
SWEEPS = (10e-6, 18e-6)
KEPT, THINNED = 2000, 100  # of the recorded LCMCR chains, whose effective sample is in the results

R_SCRIPT = """
suppressMessages(library(LCMCR))
args <- commandArgs(TRUE)
d <- read.csv(args[1]); k <- ncol(d) - 1
cells <- d[rep(seq_len(nrow(d)), d$count), seq_len(k)]
cells[] <- lapply(cells, factor, levels = c(0, 1))
s <- lcmCR(cells, K = 10, a_alpha = .25, b_alpha = .25, seed = 1, buffer_size = 10000)
invisible(capture.output(s$Update(2000, output = FALSE)))
t <- system.time(capture.output(s$Update(20000, output = FALSE)))
cat((t[["user.self"]] + t[["sys.self"]]) / 20000)
"""


def r_sweep(table: Path) -> float | None:
    """CPU seconds a sweep of LCMCR, measured now; None without R and the package."""
    if not shutil.which("Rscript"):
        return None
    command = ["Rscript", "-e", R_SCRIPT, str(table)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(found.stdout.split()[-1]) if found.returncode == 0 else None


def our_sweep(table: CaptureTable, chains: int) -> float:
    """CPU seconds a Gibbs sweep of one chain, chains having reached the posterior."""
    state = _Chains(LatentClass(chains=chains), fixed_order(table)[1], np.random.default_rng(1))
    state.warm_up(100)
    start = time.process_time()
    for _ in range(300):
        state.sweep()
    return (time.process_time() - start) / 300 / chains


def sweeps(tables: Path) -> None:
    print("\nGibbs sweeps, K = 10, CPU microseconds")
    for name in (*SETTLED, *PARTED):
        file = tables / f"{name}.csv"
        table, live = CaptureTable.from_csv(file), r_sweep(file)
        low, high = (
            (live, live) if live else (SWEEP.get(name, SWEEPS[0]), SWEEP.get(name, SWEEPS[1]))
        )
        kind = "R now" if live else "R recorded, not run here"
        for chains in (32, 64):
            ours = our_sweep(table, chains)
            print(
                f"  {name:18} {chains} chains {1e6 * ours:5.1f}   {kind} {1e6 * low:.1f} to "
                f"{1e6 * high:.1f}   ratio {low / ours:.2f} to {high / ours:.2f}"
            )


def mixing(tables: Path, recorded: dict[str, dict[str, float]]) -> None:
    print("\nEffective draws a CPU second, kosovo_4 (R recorded, warm-up not counted)")
    table = CaptureTable.from_csv(tables / "kosovo_4.csv")
    model = LatentClass()
    start = time.process_time()
    state = _Chains(model, fixed_order(table)[1], np.random.default_rng(1))
    state.warm_up(model.warm_up)
    warm = time.process_time()
    hidden = np.empty((model.keep, model.chains))
    for step in range(model.keep):
        state.sweep()
        state.move()
        hidden[step] = state.unseen
    end = time.process_time()
    _, effective = convergence(np.log(hidden))
    theirs = recorded["kosovo_4"]["ess_chain1"] / (KEPT * THINNED * SWEEP["kosovo_4"])
    print(f"  R {theirs:.0f}")
    for words, since in (("after warm-up", warm), ("warm-up included", start)):
        rate = effective / (end - since)
        print(f"  ours, {words}: {rate:.0f}, {rate / theirs:.1f} times R")


def agreement(tables: Path, recorded: dict[str, dict[str, dict[str, float]]]) -> None:
    print(
        "\nLatent classes against the recorded LCMCR run: share by which median and limits differ"
    )
    for name in (*SETTLED, *PARTED):
        start = time.process_time()
        result = LatentClass().fit(CaptureTable.from_csv(tables / f"{name}.csv"))
        spent, theirs = time.process_time() - start, recorded[name]
        lost = result.diagnostics["restarted_chains"]
        r_hats = f"R-hat {result.diagnostics['r_hat']:.3f} (R {theirs['Rhat']:.3f})"
        said = f"{r_hats}, {lost:.0f} restarted, {spent:.1f} s"
        if result.status is not Status.FITS:
            print(f"  {name:18} refused, {said}")
            continue
        ends = result.interval(0.95)
        off = (
            result.estimate / theirs["q"]["50%"] - 1,
            ends.low / theirs["q"]["2.5%"] - 1,
            ends.high / theirs["q"]["97.5%"] - 1,
        )
        print(
            f"  {name:18} median {off[0]:+.1%}, limits {off[1]:+.1%} {off[2]:+.1%}, "
            f"effective {result.diagnostics['effective_sample']:.0f}, {said}"
        )


def others(tables: Path) -> None:
    print("\nGraphs (dga 0.04 to 0.05 s for 822 graphs on 1,000 points) and threshold (1.4 to 2 s)")
    for name in ("uk2013_5", "kosovo_4"):
        table = CaptureTable.from_csv(tables / f"{name}.csv")
        for words, model in (
            ("graphs, 1,000 points", GraphAverage(points=1000)),
            ("graphs, every whole number", GraphAverage()),
            ("threshold", BayesianThreshold()),
        ):
            model.fit(table)
            start = time.process_time()
            result = model.fit(table)
            spent = time.process_time() - start
            drawn = result.diagnostics.get("effective_sample")
            more = f", {drawn:.0f} effective draws" if drawn else ""
            print(f"  {name:10} {words:28} {result.estimate:9,.0f} in {spent:.3f} s{more}")


def coverage(populations: int = 100) -> None:
    print(f"\nCoverage of 95 % limits over {populations} populations of 800 people, four lists")
    model = LatentClass(chains=8, warm_up=60, keep=80)
    for words, classes in (
        ("one class", [(0.35, 0.3, 0.25, 0.2)]),
        ("two classes", [(0.45, 0.4, 0.35, 0.3), (0.12, 0.15, 0.2, 0.25)]),
        ("two, one hard to see", [(0.4, 0.4, 0.4, 0.4), (0.03, 0.03, 0.03, 0.03)]),
    ):
        rng, covered, off = np.random.default_rng(1), 0, []
        for seed in range(populations):
            share = np.array(classes)[rng.integers(len(classes), size=800)]
            counts = np.bincount((rng.random(share.shape) < share) @ (1, 2, 4, 8), minlength=16)
            counts[0] = 0
            table = CaptureTable(("A", "B", "C", "D"), counts)
            totals = model.sample(table, seed=seed)[0] + table.observed
            low, middle, high = np.quantile(totals, (0.025, 0.5, 0.975))
            covered += low <= 800 <= high
            off.append(middle / 800)
        print(f"  {words:22} {covered / populations:.0%}, median of medians {np.median(off):.2f} N")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--tables", type=Path, default=TABLES)
    options.add_argument("--coverage", action="store_true", help="add the coverage study (minutes)")
    chosen = options.parse_args()
    recorded = json.loads((chosen.tables / "reference-results.json").read_text())["lcmcr"]
    others(chosen.tables)
    sweeps(chosen.tables)
    mixing(chosen.tables, recorded)
    agreement(chosen.tables, recorded)
    if chosen.coverage:
        coverage()


if __name__ == "__main__":
    main()
