"""Workbooks as small as their formats allow: what writes them otherwise is not installed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

_KIND = "http://schemas.openxmlformats.org"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_Rows = Sequence[Sequence[str]]


def xlsx(sheets: Mapping[str, _Rows]) -> bytes:
    """Rows of texts by the names of sheets, as a workbook of Excel."""
    numbered = list(enumerate(sheets, 1))
    listed = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in numbered)
    links = "".join(
        f'<Relationship Id="r{i}" Type="{_KIND}/officeDocument/2006/relationships/worksheet" '
        f'Target="worksheets/sheet{i}.xml"/>'
        for i, _ in numbered
    )
    root = (
        f'<Relationship Id="r0" Target="xl/workbook.xml" '
        f'Type="{_KIND}/officeDocument/2006/relationships/officeDocument"/>'
    )
    namespace = f'xmlns="{_KIND}/package/2006/relationships"'
    names = (
        f'xmlns="{_KIND}/spreadsheetml/2006/main" '
        f'xmlns:r="{_KIND}/officeDocument/2006/relationships"'
    )
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": _element("Relationships", namespace, root),
            "xl/_rels/workbook.xml.rels": _element("Relationships", namespace, links),
            "xl/workbook.xml": _element("workbook", names, f"<sheets>{listed}</sheets>"),
            **{f"xl/worksheets/sheet{i}.xml": _sheet(sheets[name]) for i, name in numbered},
        }
    )


def ods(rows: _Rows) -> bytes:
    """Rows of texts as a sheet of LibreOffice."""
    spaces = "urn:oasis:names:tc:opendocument:xmlns"
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
            "</table:table-cell>"
            for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = " ".join(f'xmlns:{name}="{spaces}:{name}:1.0"' for name in ("office", "table", "text"))
    table = f'<table:table table:name="Sheet">{cells}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    manifest = f'xmlns:manifest="{spaces}:manifest:1.0"'
    return packed(
        {
            "mimetype": _ODS,
            "META-INF/manifest.xml": _element("manifest:manifest", manifest, ""),
            "content.xml": _element("office:document-content", names, body),
        }
    )


def packed(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file of some files by their names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _sheet(rows: _Rows) -> str:
    cells = ""
    for r, row in enumerate(rows, 1):
        fields = (
            f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{value}</t></is></c>'
            for c, value in enumerate(row)
        )
        cells += _element("row", f'r="{r}"', "".join(fields))
    kind = f'xmlns="{_KIND}/spreadsheetml/2006/main"'
    return _element("worksheet", kind, f"<sheetData>{cells}</sheetData>")


def _element(name: str, attributes: str, content: str) -> str:
    return f"<{name} {attributes}>{content}</{name}>"
