"""How fast a place is found, against a database with the shipped postcodes loaded.

    DATABASE_URL=... python bench/places.py

Prints microseconds per look-up and the ratio to an empty query, which is what travels between
machines: a look-up by postcode should cost a few empty queries, one by name some dozens.
"""

import random
import time
from collections.abc import Callable

import django

django.setup()

from django.db import connection  # noqa: E402 -- after the settings

from daymark.places import directory, queries, rules  # noqa: E402

ROUNDS = 300


def microseconds(work: Callable[[str], object], texts: list[str]) -> float:
    started = time.perf_counter()
    for text in texts:
        work(text)
    return (time.perf_counter() - started) / len(texts) * 1e6


def empty(_: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def main() -> None:
    rng = random.Random(1)
    codes = [e.code for e in rng.sample(list(directory.shipped()), ROUNDS)]
    towns = rng.choices(["Chelmsford", "the car wash in Witham", "clackton on sea"], k=ROUNDS // 5)
    empty("")
    base = microseconds(empty, codes)
    cases: list[tuple[str, Callable[[str], object], list[str]]] = [
        ("empty query", empty, codes),
        ("normalise a postcode (no database)", rules.normalise_postcode, codes),
        ("find a postcode", queries.find, codes),
        ("find an outcode", queries.find, [code[:-3] for code in codes]),
        ("find a town", queries.find, towns),
    ]
    for name, work, texts in cases:
        each = microseconds(work, texts)
        print(f"{name:36} {each:10.0f} us   {each / base:6.1f} x")


if __name__ == "__main__":
    main()
