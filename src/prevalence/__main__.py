"""The command line: ``prevalence`` or ``python -m prevalence``.

Exit code 0 with a result, 2 for bad input, 3 when the table or the method is refused.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from prevalence.results import Refused
from prevalence.runs import OtherRun, Progress
from prevalence.table import BadTable, CaptureTable

GIVEN, BAD_INPUT, REFUSED = 0, 2, 3
METHODS = ("stepwise", "bic", "graphs", "latent", "threshold")
RESAMPLES = {"stepwise": 20_000, "bic": 1000}
SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = _parser().parse_args(arguments)
    try:
        code: int = args.run(args)
    except (BadTable, OtherRun, ValueError) as error:
        print(f"prevalence: {error}", file=sys.stderr)
        return BAD_INPUT
    except Refused as refused:
        return _refused(refused, as_json=args.json)
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GIVEN
    return code


def _refused(refused: Refused, *, as_json: bool) -> int:
    if as_json:
        said = {"verdict": "do not publish", "refused": list(refused.reasons)}
        print(json.dumps(said | {"overlaps": refused.overlaps}, indent=2))
    else:
        print("Refused: this table does not carry an estimate.")
        print("\n".join(f"- {reason}" for reason in refused.reasons))
        print("\nPeople on both lists of each pair:", refused.overlaps, sep="\n")
    print("To estimate all the same, give --override with a written reason.", file=sys.stderr)
    return REFUSED


def _estimate(args: argparse.Namespace) -> int:
    from prevalence.honesty import estimate

    table = CaptureTable.from_csv(args.table)
    resamples = args.resamples if args.resamples is not None else RESAMPLES.get(args.method, 0)
    with _workers(args.workers) as executor:
        result = estimate(
            table,
            _estimator(args),
            resamples=resamples,
            seed=args.seed,
            override=args.override,
            executor=executor,
            progress=_progress("blocks"),
            checkpoint=args.checkpoint,
        )
    _show(result.to_dict() if args.json else result.summary())
    return GIVEN if math.isfinite(result.estimate) else REFUSED


def _estimator(args: argparse.Namespace) -> Any:
    if args.threshold is not None and args.method != "stepwise":
        raise ValueError("--threshold is the p-value of --method stepwise")
    if args.max_order is not None and args.method != "bic":
        raise ValueError("--max-order goes with --method bic")
    if args.method == "stepwise":
        from prevalence.stepwise import Stepwise

        return Stepwise(threshold=0.02 if args.threshold is None else args.threshold)
    if args.method == "bic":
        from prevalence.bic import BestBIC

        return BestBIC(max_order=args.max_order)
    if args.method == "graphs":
        from prevalence.graphs import GraphAverage

        return GraphAverage()
    if args.method == "latent":
        from prevalence.latent import LatentClass

        return LatentClass()
    from prevalence.threshold import BayesianThreshold

    return BayesianThreshold()


def _compare(args: argparse.Namespace) -> int:
    from prevalence.honesty import compare

    table = CaptureTable.from_csv(args.table, strata=args.strata)
    with _workers(args.workers) as executor:
        found = compare(
            table,
            resamples=args.resamples,
            seed=args.seed,
            override=args.override,
            executor=executor,
            progress=_progress("estimators"),
        )
    _show(found.to_dict() if args.json else found.summary())
    return GIVEN if any(math.isfinite(r.estimate) for r in found.results) else REFUSED


def _models(args: argparse.Namespace) -> int:
    from prevalence.results import VERSION
    from prevalence.spread import AllModels

    table = CaptureTable.from_csv(args.table)
    spread = AllModels(max_order=args.max_order).spread(table)
    refusals = table.check().refusals
    rows: list[dict[str, Any]] = [
        {
            "model": spread.notation(i),
            "terms": list(spread.names(i)),
            "N": float(spread.total[i]) if i < spread.fitted else None,
            "BIC": float(spread.bic[i]) if i < spread.fitted else None,
            "status": int(spread.status[i]),
        }
        for i in range(len(spread.status) if args.json else min(args.top, spread.fitted))
    ]
    if args.json:
        _show(
            {
                "lists": list(table.lists),
                "observed": table.observed,
                "fitted": spread.fitted,
                "models": rows,
                "warnings": list(refusals),
                "version": VERSION,
            }
        )
        return GIVEN
    print(f"{spread.fitted:,} of {len(spread.status):,} models can be fitted.")
    if spread.fitted:
        low, high = spread.supported()
        print(f"Those within 2 BIC of the best run from {low:,.0f} to {high:,.0f}.")
    print("\n".join(f"Not a basis for an estimate: {reason}" for reason in refusals))
    print(f"{'BIC':>10} {'total':>12}  model (lists: {', '.join(table.lists)})")
    for row in rows:
        print(f"{row['BIC']:>10.3f} {row['N']:>12,.1f}  {row['model']}")
    return GIVEN


def _check(args: argparse.Namespace) -> int:
    table = CaptureTable.from_csv(args.table)
    check = table.check()
    if args.json:
        _show(
            {
                "lists": list(table.lists),
                "observed": table.observed,
                "on_two_or_more": table.on_two_or_more,
                "overlaps": table.overlaps().tolist(),
                "empty_pairs": list(table.empty_pairs()),
                "refused": list(check.refusals),
                "warnings": list(check.warnings),
                "data_hash": table.hash(),
            }
        )
    else:
        print(f"{table.observed:,} people, {table.on_two_or_more:,} on two or more lists.\n")
        print(table.overlap_text())
        print("\n".join(f"- {words}" for words in (*check.refusals, *check.warnings)))
        print("This table is refused." if check.refusals else "This table may be estimated from.")
    return REFUSED if check.refusals else GIVEN


def _local(args: argparse.Namespace) -> int:
    from prevalence.local import AreaTooSmall, local_band

    try:
        band = local_band(args.population, area_sd=args.area_sd, seed=args.seed)
    except AreaTooSmall as error:
        print(json.dumps({"refused": [str(error)]}) if args.json else f"Refused: {error}")
        return REFUSED
    if args.json:
        _show(band.to_dict())
        return GIVEN
    print(band.sentence, "", sep="\n")
    for row in band.rows:
        source = row.source
        print(f"{source.name}, {source.edition} ({source.year}): {row.words}")
        print(f"  {source.definition}" + ("; interval assumed" if source.assumed else ""))
    print("", band.caveat, sep="\n")
    return GIVEN


def _show(said: dict[str, Any] | str) -> None:
    print(said if isinstance(said, str) else json.dumps(said, indent=2))


def _workers(number: int) -> AbstractContextManager[Executor | None]:
    return ProcessPoolExecutor(number) if number > 1 else nullcontext()


def _progress(what: str) -> Progress | None:
    """Write progress where a person is watching."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, in_all: int) -> None:
        print(f"\r{done} of {in_all} {what}", end="\n" if done == in_all else "", file=sys.stderr)

    return show


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prevalence", description=(
        "Count a hidden population from overlapping lists, and say when not to."))  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], words: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=words, description=words)
        sub.set_defaults(run=run)
        if name != "local":
            sub.add_argument("table", metavar="TABLE.csv", help="columns of 0/1, the last 'count'")
        sub.add_argument("--json", action="store_true", help="print JSON")
        return sub

    def drawing(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--seed", type=int, default=0, help="of the random numbers")

    def guarded(sub: argparse.ArgumentParser) -> None:
        drawing(sub)
        sub.add_argument("--override", metavar="REASON", help="why to estimate against the guard")
        sub.add_argument("--workers", type=int, default=1, help="processes for resamples")

    one = command("estimate", _estimate, "One estimate with its intervals, checks and verdict.")
    one.add_argument("--method", choices=METHODS, default="stepwise")
    one.add_argument("--threshold", type=float, metavar="P", help="p-value of stepwise (0.02)")
    one.add_argument("--max-order", type=int, metavar="K", help="most lists in an interaction")
    one.add_argument("--resamples", type=int, metavar="B", help="0 for no bootstrap")
    one.add_argument("--checkpoint", metavar="FILE.npz", help="resume a stopped bootstrap")
    guarded(one)
    every = command("compare", _compare, "Every estimator, every check, one verdict.")
    every.add_argument("--resamples", type=int, metavar="B", default=5000)
    every.add_argument("--strata", nargs="*", default=(), metavar="COLUMN")
    guarded(every)
    models = command("models", _models, "Every hierarchical model: terms, N, BIC, status.")
    models.add_argument("--max-order", type=int, metavar="K", help="most lists in an interaction")
    models.add_argument("--top", type=int, default=SHOWN, help="how many to print")
    command("check", _check, "The overlap table, and whether it carries an estimate.")
    local = command("local", _local, "What national studies would imply for an area: a band.")
    local.add_argument("--population", type=int, required=True, help="residents of the area")
    local.add_argument("--area-sd", type=float, default=0.6, help="spread of areas, log scale")
    drawing(local)
    return parser


if __name__ == "__main__":
    sys.exit(main())
