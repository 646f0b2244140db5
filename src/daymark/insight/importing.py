"""One import from its files to the words for the operator."""

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from daymark.insight import layouts, naming, others, rules
from daymark.insight.actions import figures as actions
from daymark.insight.queries import figures as queries
from daymark.insight.reading import Reading, Unreadable

READERS: Mapping[str, Callable[..., Reading]] = {
    "nrm": layouts.read,
    "population": others.population,
    "ukds8910": others.ukds8910,
    "gsi": others.gsi,
}


def bring_in(
    what: str,
    files: Sequence[Path],
    *,
    at: datetime,
    period: str = "",
    published: str = "",
    preview: bool = False,
    report: Path | None = None,
) -> list[str]:
    """Read all files, then take all or nothing; returns what to tell the operator.

    `report` receives one line for each row of each file: understood, passed over or refused.
    Raises Unreadable, actions.Refused or actions.Contradiction; then nothing was taken.
    """
    readings = [READERS[what](path, period=period) for path in files]
    if report:
        _write(report, readings)
    told = [line for reading in readings for line in _understood(reading)]
    refused = sum(len(reading.refused) for reading in readings)
    if refused:
        raise actions.Refused(
            "\n".join([*told, f"{refused} rows were not understood, so nothing was taken."])
        )
    done = actions.import_readings(readings, at=at, published=published, preview=preview)
    told += [f"{name}: imported before, nothing to do" for name in done.seen_before]
    would = "would be new" if preview else "are new"
    told.append(f"{done.stated:,} figures stated, of which {done.added:,} {would}.")
    if done.moved:
        told.append("What moved against the edition before:")
        told += _moved(done.moved[:40])
        if len(done.moved) > 40:
            told.append(f"  and {len(done.moved) - 40} more")
    if preview:
        told.append("A preview: nothing was taken.")
    return told


def _understood(reading: Reading) -> list[str]:
    passed = Counter(row.why for row in reading.rows if row.why and not row.refused)
    lines = [
        f"{reading.name}: {reading.layout}; {len(reading.rows):,} rows, "
        f"{len(reading.stated):,} figures"
    ]
    lines += [f"  passed over {number:,}: {why}" for why, number in passed.most_common()]
    for row in reading.refused[:20]:
        lines.append(
            f"  refused {f'{row.sheet}, ' if row.sheet else ''}row {row.number}: {row.why}"
        )
    return lines


def _moved(moves: Sequence[actions.Move]) -> list[str]:
    measures, areas = queries.measures(), queries.area_names(move.area for move in moves)
    lines = []
    for move in moves:
        about = [measures[move.measure].name, areas.get(move.area, move.area)]
        about += filter(None, [naming.breakdown_name([*move.breakdown])])
        about.append(rules.period_name(move.period))
        lines.append(f"  {', '.join(about)}: {rules.number(move.was)} -> {rules.number(move.now)}")
    return lines


def _write(report: Path, readings: Sequence[Reading]) -> None:
    with report.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(("file", "sheet", "row", "figures", "outcome", "reason"))
        for reading in readings:
            for row in reading.rows:
                outcome = "refused" if row.refused else "understood" if row.gave else "passed over"
                writer.writerow((reading.name, row.sheet, row.number, row.gave, outcome, row.why))


__all__ = ["READERS", "Unreadable", "bring_in"]
