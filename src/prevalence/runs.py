"""Long runs in blocks: any executor, progress after each block, stop and resume."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
SAVE_EVERY = 1.0  # seconds


class Future(Protocol):
    """A promise of a block, as of concurrent.futures or Dask."""

    def result(self) -> Any: ...


class Executor(Protocol):
    """Anything with concurrent.futures' submit: threads, processes, Dask's client, Ray's shim."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any: ...


class OtherRun(ValueError):
    """The checkpoint belongs to another table, estimator, seed or version."""


def generator(seed: int, *place: int) -> np.random.Generator:
    """Random numbers of one block, whatever the machine, the order and the other blocks."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *place])))


def run(
    function: Callable[..., Floats],
    tasks: Sequence[tuple[Any, ...]],
    *,
    identity: Sequence[Any],
    executor: Executor | None = None,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> list[Floats]:
    """Call `function` on each task, in order.

    Parameters
    ----------
    function : a module-level function that returns one array
    tasks : its arguments, one tuple a block
    identity : what makes this run this run, so that no other is resumed by mistake
    executor : where blocks run; None for here, one after the other
    progress : called with blocks done and blocks in all
    checkpoint : file (.npz) of finished blocks, read at the start and written on the way
    """
    key = hashlib.sha256(json.dumps([*map(str, identity), len(tasks)]).encode()).hexdigest()
    done = _load(checkpoint, key)
    todo = [i for i in range(len(tasks)) if i not in done]
    futures = {i: executor.submit(function, *tasks[i]) for i in todo} if executor else {}
    saved = time.monotonic()
    try:
        for i in todo:
            done[i] = futures[i].result() if executor else function(*tasks[i])
            if progress:
                progress(len(done), len(tasks))
            if checkpoint and time.monotonic() - saved > SAVE_EVERY:
                _save(checkpoint, key, done)
                saved = time.monotonic()
    finally:  # stopped by hand or by a failing block: what is finished is kept
        for future in futures.values():
            if hasattr(future, "cancel"):
                future.cancel()
        if checkpoint:
            _save(checkpoint, key, done)
    return [done[i] for i in range(len(tasks))]


def _load(checkpoint: str | os.PathLike[str] | None, key: str) -> dict[int, Floats]:
    if checkpoint is None or not Path(checkpoint).exists():
        return {}
    with np.load(checkpoint) as kept:
        if str(kept["key"]) != key:
            raise OtherRun(f"{checkpoint} belongs to another run: remove it or name another file")
        return {int(name): kept[name] for name in kept.files if name != "key"}


def _save(checkpoint: str | os.PathLike[str], key: str, done: dict[int, Floats]) -> None:
    fresh = Path(f"{checkpoint}.part")
    with fresh.open("wb") as file:
        blocks: dict[str, Any] = {str(i): block for i, block in done.items()}
        np.savez(file, key=np.array(key), **blocks)
    fresh.replace(checkpoint)  # so that a kill while writing leaves the last whole file
