"""Published tables, shipped as cited facts.

``uk2013``
    Potential victims of trafficking in the UK, 2013, six lists: National Crime Agency strategic
    assessment; Silverman (2014), Home Office; Bales, Hesketh & Silverman (2015), Significance.
    LA local authority, NG non-governmental organisation, PF police force, GO government
    organisation, GP general public, NCA National Crime Agency.
``kosovo``
    Killings in Kosovo, four lists: Ball et al. (2002), AAAS/ABA-CEELI.
``korea``
    Korea, three lists: Ball, Shin & Yang (2018), HRDAG.
"""

from __future__ import annotations

from importlib.resources import as_file, files

from prevalence.table import CaptureTable


def _read(name: str) -> CaptureTable:
    with as_file(files(__name__) / f"{name}.csv") as path:
        return CaptureTable.from_csv(path)


def uk2013(*, lists: int = 6) -> CaptureTable:
    """UK 2013 with 6 lists, 5 (police and NCA merged) or 4 (the general public dropped too)."""
    table = _read("uk2013_6")
    if lists == 6:
        return table
    merged = table.merge("PF", "NCA")
    if lists == 5:
        return merged
    if lists == 4:
        return merged.drop("GP")
    raise ValueError("UK 2013 comes with 4, 5 or 6 lists")


def kosovo() -> CaptureTable:
    """Kosovo: 4,400 people on four lists that overlap well."""
    return _read("kosovo_4")


def korea() -> CaptureTable:
    """Korea: 123 people on three lists."""
    return _read("korea_3")
