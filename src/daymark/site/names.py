"""Invented names: a small model for each naming tradition, put together from parts by chance.

The parts stand in `content/names.toml`, with what they are. The same chance makes the same names
on every machine; nobody's record goes in, so nobody's record comes out.
"""

import random
import re
import tomllib
from functools import cache
from pathlib import Path

Model = dict[str, list[str]]


@cache
def _models() -> dict[str, Model]:
    file = Path(__file__).parent / "content" / "names.toml"
    models: dict[str, Model] = tomllib.loads(file.read_text(encoding="utf-8"))
    return models


def traditions() -> list[str]:
    return list(_models())


def person(chance: random.Random, tradition: str, *, woman: bool | None = None) -> str:
    """A whole name. Without `woman` chance decides."""
    sex = "f" if (chance.random() < 0.5 if woman is None else woman) else "m"
    return _part("person", _models()[tradition], sex, chance)


def _part(name: str, model: Model, sex: str, chance: random.Random) -> str:
    entries = model.get(f"{name}_{sex}") or model[name]
    texts, weights = zip(*(_weighed(entry) for entry in entries), strict=True)
    (text,) = chance.choices(texts, weights)
    return re.sub(r"\{(\w+)\}", lambda m: _part(m[1], model, sex, chance), text)


def _weighed(entry: str) -> tuple[str, int]:
    text, _, weight = entry.rpartition(" ")
    return (text, int(weight)) if weight.isdigit() else (entry, 1)
