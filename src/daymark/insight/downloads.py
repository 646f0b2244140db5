"""A chart as a file to take along: numbers with their notes, a drawing, a picture.

The same chart gives the same bytes on every machine and at every hour.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from daymark.design import sheets
from daymark.design.charts import Chart
from daymark.insight import citing, glossary

NO_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook must carry one; ours is always this


def notes(chart: Chart, address: str) -> Iterator[tuple[str, str]]:
    """What must travel with the numbers, as pairs of what it is and what it says."""
    yield _("Shows"), chart.shows
    yield _("Does not say"), chart.not_said
    for note in chart.notes:
        yield _("Note"), note
    yield _("Source"), chart.source
    yield _("Cite as"), citing.citation(chart, address)
    for question in chart.query:
        yield _("Made by the query"), question
    yield (
        _("Sign"),
        _("[c]: too small to print, or it would give away one that is. –: not known."),
    )


def as_csv(chart: Chart, address: str) -> bytes:
    """UTF-8 with the mark by which a spreadsheet knows it; notes first, then a line left free."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([chart.title])
    for _what, note in notes(chart, address):
        writer.writerow([note])
    writer.writerow([])
    writer.writerow(chart.table.columns)
    writer.writerows(chart.table.rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(chart: Chart, address: str) -> bytes:
    """A workbook of two sheets: the numbers, as numbers, and everything they need beside them."""
    import xlsxwriter  # only who asks for a workbook loads its writer

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"title": chart.title, "created": NO_DAY})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    title = book.add_format({"bold": True, "font_size": 14})
    words = book.add_format({"text_wrap": True, "valign": "top"})
    end = book.add_format({"align": "right"})
    formats = {kind: book.add_format({"num_format": kind}) for kind in ("#,##0", "#,##0.0", "0%")}

    sheet = book.add_worksheet(_("Numbers"))
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(chart.table.columns):
        sheet.write_string(0, place, column, head)
        longest = max(len(row[place]) for row in chart.table.rows)
        sheet.set_column(place, place, min(max(longest + 2, 12), 60))
    for down, row in enumerate(chart.table.rows, start=1):
        sheet.write_string(down, 0, row[0])
        for place, cell in enumerate(row[1:], start=1):
            value, kind = number(cell)
            if value is None:
                sheet.write_string(down, place, cell, end)
            else:
                sheet.write_number(down, place, value, formats[kind])

    sheet = book.add_worksheet(_("Notes"))
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, chart.title, title)
    rows = [*notes(chart, address), *((word.name, word.meaning) for word in glossary.of(chart))]
    for down, (what, note) in enumerate(rows, start=2):
        sheet.write_string(down, 0, what, words)
        sheet.write_string(down, 1, note, words)
    book.close()
    return made.getvalue()


def as_svg(chart: Chart, address: str) -> str:
    return sheets.svg(chart, source=[chart.source, address])


def as_png(chart: Chart, address: str) -> bytes:
    return sheets.png(as_svg(chart, address))


FORMS: dict[str, tuple[str, Callable[[Chart, str], str | bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "svg": ("image/svg+xml", as_svg),
    "png": ("image/png", as_png),
}


def forms(chart: Chart) -> list[tuple[str, str]]:
    """The forms in which a chart can be had, and what a link to each says."""
    said = {"csv": "CSV", "xlsx": _("XLSX with notes"), "svg": "SVG", "png": "PNG"}
    return [(form, text) for form, text in said.items() if chart.kind or form in {"csv", "xlsx"}]


def answer(chart: Chart, address: str, form: str) -> HttpResponse:
    """The file itself. Raises Http404 for a form in which it cannot be had."""
    if form not in dict(forms(chart)):
        raise Http404
    kind, made = FORMS[form]
    response = HttpResponse(made(chart, address), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="daymark-{chart.key}.{form}"'
    return response


def number(cell: str) -> tuple[float | None, str]:
    """A cell's number and how it is written; None for words, ranges and what is hidden."""
    match = re.fullmatch(r"([+−-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(\s?%)?", cell)
    if not match:
        return None, ""
    sign, whole, part, percent = match.groups()
    value = float(whole.replace(",", "") + (part or "")) * (-1 if sign in {"−", "-"} else 1)
    if percent:
        return value / 100, "0%"
    return value, "#,##0.0" if part else "#,##0"
