"""Read a sheet of an XLSX workbook as text, after making sure that it is no more than it should be.

The checks come first because the library that reads cells unpacks without a bound, and lays out the
whole rectangle between the first and the last cell (RELIABILITY B3, B4).
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import python_calamine as calamine

from yuanliu.base.quantity import plain
from yuanliu.exchange.cells import Notation
from yuanliu.exchange.refusals import FileDangerous, FileNotTable, FileTooLarge, SheetMissing

UNPACKED_MAX = 100_000_000
RATIO_MAX = 100
RATIO_FREE = 1_000_000
"""Unpacked bytes below which a ratio says nothing: a small sheet of equal cells packs very well."""
MEMBERS_MAX = 1_000
CELLS_MAX = 5_000_000
EXACT_MAX = 10**15
"""Spreadsheets keep 15 digits: a longer number has been rounded and is no number of a lot."""
CHUNK = 1 << 20
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
# Every repetition is bounded or stops at the next element: hostile XML costs no more than its size.
_FAILED = re.compile(
    rb"""<(?:\w{1,20}:)?c\b((?=[^<>]*\bt\s*=\s*["']e["'])[^<>]*)>"""
    rb"""(?:(?!</(?:\w{1,20}:)?c>).){0,4000}?<(?:\w{1,20}:)?v>([^<]{0,40})<""",
    re.DOTALL,
)
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OVERLAP = 64


def check_workbook(path: Path) -> None:
    """Check that an archive may be unpacked, counting while unpacking.

    Raises FileTooLarge above 100 MB or 5 million cells, FileDangerous above a ratio of 100, 1,000
    members, for entities and for members that lie about themselves, FileNotTable for what is no
    archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS_MAX:
                raise FileDangerous(file=path.name)
            _check_members(archive, members, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        # RuntimeError: it asks for a password; NotImplementedError: a packing of no spreadsheet.
        raise FileNotTable(file=path.name, row=1) from error


def _check_members(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], path: Path) -> None:
    unpacked, packed = 0, path.stat().st_size
    for member in members:
        if member.filename.lower().endswith((".zip", ".xlsx")):
            raise FileDangerous(file=path.name)
        extent = _Extent()
        with archive.open(member) as stream:
            tail = b""
            while chunk := stream.read(CHUNK):
                unpacked += len(chunk)
                if unpacked > UNPACKED_MAX:
                    raise FileTooLarge(
                        file=path.name, found=f"> {UNPACKED_MAX}", most=f"{UNPACKED_MAX} bytes"
                    )
                if unpacked > RATIO_FREE and unpacked > RATIO_MAX * packed:
                    raise FileDangerous(file=path.name)
                if member.filename.endswith(".xml"):
                    _check_xml(tail + chunk, extent, path)
                tail = (tail + chunk)[-_OVERLAP:]


def _check_xml(text: bytes, extent: _Extent, path: Path) -> None:
    if _DOCTYPE.search(text) or text.startswith((b"\xfe\xff", b"\xff\xfe")):
        raise FileDangerous(file=path.name)
    for found in _REFERENCE.finditer(text):
        extent.add(found[1], int(found[2]))
    if extent.cells > CELLS_MAX:
        raise FileTooLarge(file=path.name, found=f"{extent.cells}", most=f"{CELLS_MAX} cells")


class _Extent:
    """The rectangle that a sheet's cells span."""

    def __init__(self) -> None:
        self.rows, self.columns = 1, 1

    def add(self, letters: bytes, row: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, _column_of(letters))

    @property
    def cells(self) -> int:
        return self.rows * self.columns


def _column_of(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column


def sheet_rows(path: Path, *, sheet: str, notation: Notation) -> Iterator[list[str]]:
    """Yield the rows of a sheet, the first if none is named, as the text a CSV of it would hold.

    Raises SheetMissing, and what `check_workbook` raises.
    """
    check_workbook(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            name = _sheet_name(book.sheet_names, sheet, path)
            found = book.get_sheet_by_name(name)
            failed = _failed_formulas(path, name)
            for number, row in enumerate(found.iter_rows(), 1):
                cells = [_text_of(cell, notation) for cell in row]
                for column, shown in failed.get(number, ()):
                    cells[column - 1] = shown
                yield cells
    except (calamine.CalamineError, ElementTree.ParseError, KeyError, OSError, ValueError) as error:
        raise FileNotTable(file=path.name, row=1) from error


def _sheet_name(names: list[str], wanted: str, path: Path) -> str:
    if not wanted and names:
        return names[0]
    if wanted in names:
        return wanted
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise SheetMissing(file=path.name, sheet=wanted, known=", ".join(names))


def _failed_formulas(path: Path, sheet: str) -> dict[int, list[tuple[int, str]]]:
    """Give, by row, the columns whose formula failed and what is shown there.

    The library that reads cells gives such a cell as blank, which would be no statement at all.
    """
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        xml = archive.read(part) if part in archive.namelist() else b""
    failed: dict[int, list[tuple[int, str]]] = {}
    for found in _FAILED.finditer(xml):
        place = _REFERENCE.search(found[1])
        if place is not None and place[1]:
            shown = html.unescape(found[2].decode("utf-8", "replace"))
            failed.setdefault(int(place[2]), []).append((_column_of(place[1]), shown))
    return failed


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Find the member of the archive that holds a sheet; entities were refused before."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    wanted = ""
    for node in book.iter():
        if node.tag.endswith("}sheet") and node.get("name") == sheet:
            wanted = next((v for name, v in node.items() if name.endswith("}id")), "")
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next((str(r.get("Target")) for r in relations if r.get("Id") == wanted), "")
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _text_of(cell: Any, notation: Notation) -> str:
    """Write a typed cell as a CSV in the file's notation would.

    A number that is whole has no point.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number_text(cell, notation)
    if isinstance(cell, datetime):
        whole_day = cell.time() == time()
        return cell.date().isoformat() if whole_day else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time | timedelta):
        return str(cell)
    return ""


def _number_text(cell: float, notation: Notation) -> str:
    if cell != cell or abs(cell) == float("inf"):
        return ""
    if abs(cell) >= EXACT_MAX:
        return f"{cell:.5E}"  # as the spreadsheet shows it; a text column refuses it (CellSpoiled)
    if cell == int(cell):
        return str(int(cell))
    # Fifteen digits are what the spreadsheet shows; the rest is how a double writes 0.1.
    return plain(Decimal(f"{cell:.15g}")).replace(".", notation.decimal)
