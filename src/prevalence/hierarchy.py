"""All hierarchical models of k lists, and every one of them fitted to a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from prevalence.patterns import sizes

Bools = NDArray[np.bool_]
MOST_MODELS = 200_000


class TooManyModels(ValueError):
    """There are more models than can be gone through; lower the order or merge lists."""


@lru_cache(maxsize=8)
def hierarchical_models(k: int, max_order: int) -> Bools:
    """Every hierarchical model with all main effects, short of the saturated one.

    Parameters
    ----------
    k : number of lists (>= 1)
    max_order : most lists in one interaction (>= 1); k gives the same models as k - 1

    Returns
    -------
    terms of each model, shape (2**k, models)
    """
    if max_order < 1:
        raise ValueError("the order is the number of lists in an interaction, so at least 1")
    too_many = TooManyModels(
        f"{k} lists have more than {MOST_MODELS:,} models of order {max_order}: lower the order "
        "or merge lists that belong together"
    )
    if max_order >= 2 and comb(k, 2) > MOST_MODELS.bit_length():
        raise too_many
    bits = 1 << np.arange(1 << k, dtype=object)
    models: list[int] = [sum(bits[t] for t in range(1 << k) if sizes(k)[t] <= 1)]
    for order in range(2, min(max_order, k - 1) + 1):
        terms = [sum(1 << i for i in c) for c in combinations(range(k), order)]
        below = {t: sum(bits[t & ~(1 << i)] for i in range(k) if t >> i & 1) for t in terms}
        grown: list[int] = []
        for model in models:
            grown += _grown(model, [bits[t] for t in terms if model & below[t] == below[t]])
            if len(grown) > MOST_MODELS:
                raise too_many
        models = grown
    table = np.array([[m >> t & 1 for m in models] for t in range(1 << k)], dtype=bool)
    table.setflags(write=False)
    return table


def _grown(model: int, extra: Sequence[int]) -> Iterator[int]:
    choices = [model]
    for bit in extra:
        choices += [choice | bit for choice in choices]
    return iter(choices)


def generators(model: Bools, k: int) -> tuple[int, ...]:
    """Masks of a model's maximal terms, its largest first."""
    inside = [int(t) for t in np.flatnonzero(model)]
    top = [t for t in inside if not any(t != u and t & u == t for u in inside)]
    return tuple(sorted(top, key=lambda t: (-int(sizes(k)[t]), _digits(t, k))))


def notation(model: Bools, k: int) -> str:
    """Write a model by its maximal terms with lists as digits: ``[123,25,34]``."""
    separator = "" if k < 10 else "."
    return "[" + ",".join(separator.join(_digits(t, k)) for t in generators(model, k)) + "]"


def parse(text: str, k: int) -> Bools:
    """Read a model written as ``[123,25,34]`` (semicolons do as well)."""
    model = np.zeros(1 << k, dtype=bool)
    model[[0, *(1 << np.arange(k))]] = True
    for word in re.split(r"[,;]", text.strip("[] ")):
        digits = [int(d) - 1 for d in (word.split(".") if "." in word else word)]
        if not digits or not all(0 <= d < k for d in digits):
            raise ValueError(f"{word!r} in {text!r} does not name lists 1 to {k}")
        term = sum(1 << d for d in set(digits))
        model[[t for t in range(1 << k) if t & term == t]] = True
    return model


def _digits(mask: int, k: int) -> list[str]:
    return [str(i + 1) for i in range(k) if mask >> i & 1]
