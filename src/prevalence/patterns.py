"""Capture patterns as bit masks: bit i of a mask is list i; a term of a model is a mask too.

Arrays over patterns have the mask as their first axis (length ``2**k``), so that a batch of
tables lies side by side in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.int64]


@cache
def sizes(k: int) -> Masks:
    """Number of lists in each of the ``2**k`` masks."""
    masks = np.arange(1 << k)
    return np.asarray(sum((masks >> i) & 1 for i in range(k)), dtype=np.int64)


@cache
def pairs(k: int) -> tuple[int, ...]:
    """Masks of all pairs of lists, by first list, then second: AB, AC, AD, BC, ..."""
    return tuple((1 << i) | (1 << j) for i in range(k) for j in range(i + 1, k))


def superset_sums(values: NDArray[Any], k: int) -> NDArray[Any]:
    """Sum `values` over all supersets of each mask, along the first axis."""
    out = values.copy()
    for i in range(k):
        view = out.reshape(1 << (k - 1 - i), 2, 1 << i, *out.shape[1:])
        view[:, 0] += view[:, 1]
    return out


def subset_sums(values: NDArray[Any], k: int) -> NDArray[Any]:
    """Sum `values` over all subsets of each mask, along the first axis."""
    out = values.copy()
    for i in range(k):
        view = out.reshape(1 << (k - 1 - i), 2, 1 << i, *out.shape[1:])
        view[:, 1] += view[:, 0]
    return out


def name(mask: int, lists: Sequence[str]) -> str:
    """Write a mask as its lists joined by colons: ``LA:NG``."""
    return ":".join(label for i, label in enumerate(lists) if mask >> i & 1)


def names(masks: Iterable[int], lists: Sequence[str]) -> tuple[str, ...]:
    """Write each mask as its lists joined by colons."""
    return tuple(name(int(mask), lists) for mask in masks)
