"""Estimations as work of their own: a process that knows counts, options and a seed, and no more.

An order goes in as JSON, lines of JSON come out: how far it is, and at the end the result. The
same order gives the same result, to the last digit, on the same versions. The process has no
address of the database and no key; it lets every other process go first, and ends with its parent.
"""

import hashlib
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from daymark.insight.terms import Method

Table = Mapping[str, Any]
"""`lists`: names in order; `counts`: people by pattern, a sum of 1, 2, 4 … for the lists in order;
`strata`: the same counts by column and code. As JSON keeps it: patterns are written as text."""

FEWEST_RESAMPLES, MOST_RESAMPLES = 100, 50_000
USUAL_RESAMPLES = 5000
USUAL_THRESHOLD = 0.02
CHECKS = "checks"
"""The last step: what the figure depends on, and what may be done with it."""


def data_hash(table: Table) -> str:
    """SHA-256 of lists and counts: the hash that `prevalence` gives a table without strata."""
    parts = {"lists": table["lists"], "counts": table["counts"]}
    if table["strata"]:
        parts["strata"] = table["strata"]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def same(first: Any, second: Any) -> bool:
    """Whether two results are one, to the last digit."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


@dataclass(frozen=True)
class Diagnosis:
    """What `prevalence` says of a table before anything is estimated."""

    observed: int
    on_two_or_more: int
    overlaps: tuple[tuple[int, ...], ...]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]


def diagnose(table: Table) -> Diagnosis:
    found = _capture(table)
    check = found.check()
    return Diagnosis(
        found.observed,
        found.on_two_or_more,
        tuple(tuple(row) for row in found.overlaps().tolist()),
        check.refusals,
        check.warnings,
    )


def _capture(table: Table) -> Any:
    import numpy as np  # a page that estimates nothing need not load it

    from prevalence import CaptureTable

    def counted(counts: Mapping[str, int]) -> Any:
        vector = np.zeros(1 << len(table["lists"]), dtype=np.int64)
        for pattern, people in counts.items():
            vector[int(pattern)] = people
        return vector

    strata = {
        column: {level: counted(counts) for level, counts in sorted(levels.items())}
        for column, levels in sorted(table["strata"].items())
    }
    return CaptureTable(tuple(table["lists"]), counted(table["counts"]), strata)


# ---- the work ----

Told = Callable[[str, int, int], None]


def work(order: Mapping[str, Any], told: Told) -> dict[str, Any]:
    """What the methods say of a table; `told` hears what is being done, steps done and in all.

    Raises prevalence's Refused where the guard refuses and no reason was written down.
    """
    from prevalence import honesty

    table, options = _capture(order["table"]), order["options"]
    steps = _Steps(options["methods"], options["resamples"], told)
    found = honesty.compare(
        table,
        estimators=[
            _estimator(method, options, table.k, steps.within_method)
            for method in options["methods"]
        ],
        resamples=options["resamples"],
        seed=order["seed"],
        override=options["override"] or None,
        executor=steps,
        progress=steps.method_done,
    )
    check = table.check()
    supported = found.spread.supported() if found.spread and found.spread.fitted else None
    said = found.to_dict() | {
        "refusals": list(check.refusals),
        "table_warnings": list(check.warnings),
        "supported": supported and list(supported),
        "table_hash": table.hash(),
    }
    return dict(_plain(said))


class _Steps:
    """Tells how far it is. As an executor it works at once, and counts blocks of resamples."""

    BLOCK = 1000  # resamples, as in prevalence.bootstrap
    SCREENED = 2 * 20  # parts of the models, for the resamples and for people left out one by one

    def __init__(self, methods: Sequence[str], resamples: int, told: Told) -> None:
        blocks = math.ceil(resamples / self.BLOCK)
        self.names = [*methods, CHECKS]
        sizes = {Method.STEPWISE: blocks, Method.BIC: self.SCREENED + 1}
        self.sizes = [sizes.get(Method(method), 1) for method in methods] + [1]
        self.told, self.at, self.within = told, 0, 0
        self._tell()

    def submit(self, function: Callable[..., Any], /, *args: Any) -> "_Finished":
        finished = _Finished(function(*args))
        self.within_method()
        return finished

    def within_method(self) -> None:
        self.within = min(self.within + 1, self.sizes[self.at] - 1)
        self._tell()

    def method_done(self, done: int, _all: int) -> None:
        self.at, self.within = done, 0
        self._tell()

    def _tell(self) -> None:
        done = sum(self.sizes[: self.at]) + self.within
        self.told(self.names[self.at], done, sum(self.sizes))


@dataclass
class _Finished:
    value: Any

    def result(self) -> Any:
        return self.value


def _estimator(
    method: str, options: Mapping[str, Any], lists: int, told: Callable[[], None]
) -> Any:
    match Method(method):
        case Method.STEPWISE:
            from prevalence.stepwise import Stepwise

            return Stepwise(threshold=options["threshold"])
        case Method.BIC:
            from prevalence.bic import BestBIC

            order = options["max_order"] or (None if lists <= 5 else 2)
            return BestBIC(max_order=order, told=told)
        case Method.GRAPHS:
            from prevalence.graphs import GraphAverage

            return GraphAverage()
        case Method.LATENT:
            from prevalence.latent import LatentClass

            return LatentClass()
        case Method.THRESHOLD:
            from prevalence.threshold import BayesianThreshold

            return BayesianThreshold()


def _plain(value: Any) -> Any:
    """Numbers, texts, lists and mappings; what is not a number is none."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def versions() -> dict[str, str]:
    from prevalence.results import VERSION

    found = {"prevalence": VERSION, "python": platform.python_version()}
    for name in ("daymark", "numpy", "scipy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "from source"
    return found


def main() -> None:
    threading.Thread(target=_end_with_parent, args=[os.getppid()], daemon=True).start()
    os.nice(10)
    order = json.load(sys.stdin)

    def say(**what: Any) -> None:
        print(json.dumps(what), flush=True)

    from prevalence.results import Refused

    try:
        result = work(order, lambda doing, done, steps: say(doing=doing, done=done, steps=steps))
        say(result=result, versions=versions())
    except Refused as refused:
        say(trouble="; ".join(refused.reasons))
    except (ValueError, ArithmeticError, MemoryError) as error:
        say(trouble=f"{type(error).__name__}: {error}")


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


# ---- the worker's side ----

_KEPT = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR")


class Work:
    """An estimation under way in a process of its own."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`
        source = str(Path(__file__).parents[2])
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        # One thread each: the order of sums, and so the last digit, depends on nothing else.
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        with tempfile.TemporaryFile() as written:
            written.write(json.dumps(order).encode())
            written.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "daymark.insight.estimating"],
                stdin=written,
                stdout=self._said,
                stderr=subprocess.STDOUT,
                env=environment | {"PYTHONPATH": source},
            )

    def said(self) -> list[dict[str, Any]]:
        """All it said so far; words that are no JSON come as trouble.

        From the start each time, a few dozen lines: a look that fails loses none of them.
        """
        # Read past the file's own place, which is where the process writes on.
        file = self._said.fileno()
        found = os.pread(file, os.fstat(file).st_size, 0)
        whole = found[: found.rfind(b"\n") + 1]
        return [_line(line) for line in whole.splitlines() if line.strip()]

    def ended(self) -> int | None:
        """Its exit code; None while it works."""
        return self._process.poll()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._said.close()


def _line(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"trouble": line.decode(errors="replace")}


if __name__ == "__main__":
    main()
