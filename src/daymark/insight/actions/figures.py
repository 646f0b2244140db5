"""Loading figures, as the owner: each load is whole or not at all, and idempotent."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from daymark.insight import rules
from daymark.insight.models import Edition, Figure, Measure, Upload
from daymark.insight.reading import CONTENT, Reading, Stated


class Contradiction(Exception):
    """A file states another number than the same edition does already: editions never change."""


class Refused(Exception):
    """Rows of a file were not understood, so nothing of it was taken."""


@dataclass(frozen=True)
class Move:
    """What a new edition says beside the one before it."""

    measure: str
    area: str
    period: str
    breakdown: tuple[str, ...]
    was: Decimal
    now: Decimal


@dataclass
class Imported:
    """What an import did, or would do."""

    stated: int = 0
    added: int = 0
    moved: list[Move] = field(default_factory=list)
    seen_before: list[str] = field(default_factory=list)


def load_content(*, at: datetime, content: Path = CONTENT) -> Imported:
    """The cited figures that ship. What they say once they say for good: a wrong one is corrected
    by a line of a later edition, or in a migration that says why."""
    with (content / "measures.toml").open("rb") as text:
        measures = tomllib.load(text)["measures"]
    with (content / "editions.toml").open("rb") as text:
        editions = tomllib.load(text)
    with transaction.atomic():
        Measure.unrestricted.bulk_create(
            [Measure(position=place, **entry) for place, entry in enumerate(measures)],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["name", "unit", "definition", "not_said", "small_cells", "position"],
        )
        known: dict[tuple[str, str], Edition] = {}
        for entry in editions["editions"]:
            facts = editions["common"] | entry
            key = {"series": facts.pop("series"), "published": facts.pop("published")}
            facts.pop("superseded_by", None)
            known[tuple(key.values())], _ = Edition.unrestricted.update_or_create(
                **key, defaults=facts
            )
        for entry in editions["editions"]:
            if later := entry.get("superseded_by"):
                series = entry["series"]
                Edition.unrestricted.filter(series=series, published=entry["published"]).update(
                    superseded_by=known[series, later]
                )
        with (content / "figures.csv").open(encoding="utf-8", newline="") as lines:
            stated = [_shipped(row) for row in csv.DictReader(lines)]
        return _take(stated, known, Imported())


def import_readings(
    readings: Sequence[Reading], *, at: datetime, published: str = "", preview: bool = False
) -> Imported:
    """Take what files state, or say what taking it would change (`preview`).

    `published` dates what no row and no list of releases dates. Raises Refused when a row of any
    file was not understood, Contradiction when an edition would be changed.
    """
    done = Imported()
    with transaction.atomic():
        taking: list[tuple[Reading, list[Stated]]] = []
        editions: dict[tuple[str, str], Edition] = {}
        for reading in readings:
            if reading.refused:
                raise Refused(f"{reading.name}: {len(reading.refused)} rows were not understood")
            if Upload.unrestricted.filter(digest=reading.digest).exists():
                done.seen_before.append(reading.name)
                continue
            stated = [_dated(entry, published) for entry in reading.stated]
            taking.append((reading, stated))
            for key in {(entry.series, entry.published) for entry in stated} - editions.keys():
                editions[key] = _edition(reading, *key, at=at)
        _take([entry for _, stated in taking for entry in stated], editions, done)
        for reading, stated in taking:
            Upload.unrestricted.create(
                name=reading.name,
                digest=reading.digest,
                layout=reading.layout,
                stated=len(stated),
                read_at=at,
            )
        if preview:
            transaction.set_rollback(True)
    return done


def _dated(entry: Stated, published: str) -> Stated:
    if entry.published or not published:
        if not entry.published:
            raise Refused(
                f"nobody says when the figures of {entry.period} were published: add --published"
            )
        return entry
    return entry.published_on(published)


def _edition(reading: Reading, series: str, published: str, *, at: datetime) -> Edition:
    about = reading.about
    edition, _ = Edition.unrestricted.get_or_create(
        series=series,
        published=published,
        defaults={
            "title": f"{about.title}, {rules.published_name(published)}",
            "publisher": about.publisher,
            "source": f"File {reading.name}",
            "quality": about.quality,
            "licence": about.licence,
            "open": about.open,
            "retrieved": timezone.localdate(at),
        },
    )
    return edition


def _take(
    stated: Sequence[Stated], editions: Mapping[tuple[str, str], Edition], done: Imported
) -> Imported:
    known = {
        (f.edition_id, f.measure_id, f.area, f.period, tuple(f.breakdown)): f
        for f in Figure.unrestricted.filter(
            edition__in=editions.values(), measure__in={entry.measure for entry in stated}
        )
    }
    fresh: list[Figure] = []
    wrong: list[str] = []
    for entry in stated:
        edition = editions[entry.series, entry.published]
        key = (edition.pk, entry.measure, entry.area, entry.period, entry.breakdown)
        figure = known.get(key)
        if figure is None:
            known[key] = figure = _figure(entry, edition)
            fresh.append(figure)
        elif (figure.value, figure.low, figure.high) != (entry.value, entry.low, entry.high):
            wrong.append(f"{figure}, now {entry.value}")
    if wrong:
        more = " ..." if len(wrong) > 5 else ""
        raise Contradiction("an edition cannot say two things: " + "; ".join(wrong[:5]) + more)
    done.stated += len(stated)
    done.added += len(fresh)
    if fresh:
        _insert(fresh)
        _link({entry.measure for entry in stated})
        done.moved = _moves([edition.pk for edition in editions.values()], fresh)
    return done


def _insert(figures: Sequence[Figure]) -> None:
    """By COPY: a whole release has some ten thousand figures."""
    fields = Figure._meta.concrete_fields
    names = [str(field.column) for field in fields]
    attributes = [field.attname for field in fields]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY insight_figure ({', '.join(names)}) FROM STDIN") as copy,
    ):
        for figure in figures:
            copy.write_row([getattr(figure, attribute) for attribute in attributes])


def _figure(entry: Stated, edition: Edition) -> Figure:
    return Figure(
        measure_id=entry.measure,
        edition=edition,
        area=entry.area,
        period=entry.period,
        breakdown=list(entry.breakdown),
        value=entry.value,
        low=entry.low,
        high=entry.high,
        quotable=entry.quotable,
        derived=entry.derived,
        caveat=entry.caveat,
    )


def _link(measures: set[str]) -> None:
    """Point each figure at what the next edition says of the same thing, whatever order came in."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE insight_figure AS figure SET superseded_by_id = chain.later
            FROM (
                SELECT f.id, lead(f.id) OVER (
                    PARTITION BY f.measure_id, f.area, f.period, f.breakdown
                    ORDER BY e.published, f.id
                ) AS later
                FROM insight_figure f JOIN insight_edition e ON e.id = f.edition_id
                WHERE f.measure_id = ANY(%s)
            ) AS chain
            WHERE chain.id = figure.id
              AND figure.superseded_by_id IS DISTINCT FROM chain.later
            """,
            [list(measures)],
        )


def _moves(editions: list[Any], fresh: list[Figure]) -> list[Move]:
    new = {figure.pk for figure in fresh}
    earlier = Figure.unrestricted.filter(superseded_by__edition__in=editions).select_related(
        "superseded_by"
    )
    return [
        Move(f.measure_id, f.area, f.period, tuple(f.breakdown), f.value, later.value)
        for f in earlier
        if (later := f.superseded_by) is not None
        and (later.pk in new or f.pk in new)
        and f.value is not None
        and later.value is not None
        and f.value != later.value
    ]


def _shipped(row: dict[str, str]) -> Stated:
    def decimal(text: str) -> Decimal | None:
        return Decimal(text) if text else None

    return Stated(
        measure=row["measure"],
        area=row["area"],
        period=row["period"],
        breakdown=tuple(row["breakdown"].split()),
        value=decimal(row["value"]),
        low=decimal(row["low"]),
        high=decimal(row["high"]),
        series=row["series"],
        published=row["published"],
        quotable=row["quoted"] == "yes",  # nobody quotes the parts that we summed ourselves
        derived=bool(row["derived"]),
        caveat=row["caveat"],
    )
