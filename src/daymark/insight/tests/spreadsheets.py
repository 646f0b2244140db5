"""Spreadsheets for tests, in the smallest form both formats allow."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[str | int | None]]


def write(path: Path, sheets: Mapping[str, Rows]) -> Path:
    {".ods": _ods, ".xlsx": _xlsx}[path.suffix](path, sheets)
    return path


def _ods(path: Path, sheets: Mapping[str, Rows]) -> None:
    def cell(value: str | int | None) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, int):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(value)}</text:p></table:table-cell>"
        )

    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    kinds = " ".join(
        f'xmlns:{kind}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"'
        for kind in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {kinds}><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest/>')


def _xlsx(path: Path, sheets: Mapping[str, Rows]) -> None:
    def cell(value: str | int | None) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w") as archive:
        names = ""
        targets = ""
        for number, (name, rows) in enumerate(sheets.items(), start=1):
            names += f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>'
            targets += (
                f'<Relationship Id="r{number}" Type="{links}/worksheet"'
                f' Target="worksheets/sheet{number}.xml"/>'
            )
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
            )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets>{names}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{targets}</Relationships>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="w"'
            f' Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
