"""Read a table, CSV or XLSX, as a heading and rows of text, a row at a time.

Row numbers are those a spreadsheet program shows: the heading is in row 1 unless the mapping says
otherwise, and a text that runs over several lines is still one row. A file of errors
(`error_files.py`) is a table too.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yuanliu.exchange.formulas import awake
from yuanliu.exchange.mapping import FileForm
from yuanliu.exchange.refusals import (
    FileEncodingWrong,
    FileMissing,
    FileNotTable,
    FileTooLarge,
    HeadingTwice,
)
from yuanliu.exchange.workbook import CHUNK, sheet_rows

BYTES_MAX = 100_000_000
WORKBOOK = ".xlsx"
NOT_TABLES = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".zip", ".pdf", ".docx")
ERROR_COLUMNS = ("error_row", "error_column", "error_value", "error_reason")
"""The columns a file of errors has after those of the file it came from."""
WHOLE_ROW = "*"
"""The column of an error that is about the whole row."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number as a spreadsheet shows it, and its cells as text.

    `unsettled` is a row of a file of errors that still says its cells do not fit the heading.
    """

    number: int
    cells: list[str]
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read from the start as often as needed.

    `headings` are the file's own; those of a file of errors are left out and `has_errors` is set.
    """

    path: Path
    form: FileForm
    encoding: str
    headings: tuple[str, ...]
    has_errors: bool = False

    def find(self, headings: Sequence[str]) -> int | None:
        """Give the place of the column with one of these headings. Raises HeadingTwice."""
        wanted = {_folded(heading) for heading in headings}
        found = [at for at, heading in enumerate(self.headings) if _folded(heading) in wanted]
        if len(found) > 1:
            raise HeadingTwice(file=self.path.name, heading=self.headings[found[0]])
        return found[0] if found else None

    def rows(self) -> Iterator[Row]:
        """Yield the rows with anything in them. Raises FileNotTable."""
        first = self.form.header + self.form.skip
        for number, cells in _numbered(self.path, self.form, self.encoding):
            if number > first and any(cell and not cell.isspace() for cell in cells):
                yield self._row(number, cells)

    def _row(self, number: int, cells: list[str]) -> Row:
        width = len(self.headings)
        if not self.has_errors:
            # Cells beyond the heading that hold nothing are how spreadsheets pad their rows.
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            return Row(number, cells)
        errors = cells[width:]
        at = ERROR_COLUMNS.index("error_column")
        unsettled = len(errors) > at and errors[at].strip() == WHOLE_ROW
        return Row(number, [awake(cell) for cell in cells[:width]], unsettled)


def open_table(path: Path, form: FileForm) -> Table:
    """Open a table and read its heading.

    Raises FileMissing, FileTooLarge, FileDangerous, FileEncodingWrong, FileNotTable, SheetMissing.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
    except OSError:
        raise FileMissing(file=str(path)) from None
    if size > BYTES_MAX:
        raise FileTooLarge(file=path.name, found=f"{size}", most=f"{BYTES_MAX} bytes")
    if path.suffix.lower() in NOT_TABLES:
        raise FileNotTable(file=path.name, row=1)
    workbook = path.suffix.lower() == WORKBOOK
    encoding = "" if workbook else encoding_of(path, form.encodings)
    for number, cells in _numbered(path, form, encoding):
        if number == form.header:
            headings = [" ".join(cell.split()) for cell in cells]
            while headings and not headings[-1]:
                headings.pop()
            if tuple(headings[-len(ERROR_COLUMNS) :]) == ERROR_COLUMNS:
                own = tuple(awake(heading) for heading in headings[: -len(ERROR_COLUMNS)])
                return Table(path, form, encoding, own, has_errors=True)
            return Table(path, form, encoding, tuple(headings))
    raise FileNotTable(file=path.name, row=form.header)


def _folded(heading: str) -> str:
    return " ".join(heading.split()).casefold()


def _numbered(path: Path, form: FileForm, encoding: str) -> Iterator[tuple[int, list[str]]]:
    if path.suffix.lower() == WORKBOOK:
        rows = sheet_rows(path, sheet=form.sheet, notation=form.notation)
        yield from enumerate(rows, 1)
        return
    dialect: dict[str, Any] = {"delimiter": form.delimiter, "strict": True}
    dialect |= {"quotechar": form.quote} if form.quote else {"quoting": csv.QUOTE_NONE}
    number = 0
    with path.open(encoding=encoding, newline="") as file:
        try:
            for number, cells in enumerate(csv.reader(file, **dialect), 1):
                yield number, cells
        except (csv.Error, UnicodeDecodeError) as error:
            raise FileNotTable(file=path.name, row=number + 1) from error


def encoding_of(path: Path, encodings: Sequence[str]) -> str:
    """Give the first of the encodings in which the whole file is text.

    A byte order mark decides alone.

    Raises FileEncodingWrong with the line and byte at which the last one failed.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    elif start.startswith(codecs.BOM_UTF8):
        encodings = ("utf-8-sig",)
    for encoding in encodings:
        failed = _undecodable(path, encoding)
        if failed is None:
            return "utf-8-sig" if encoding == "utf-8" else encoding
    line, byte = failed or (1, 0)
    raise FileEncodingWrong(file=path.name, encoding=encodings[-1], line=line, byte=byte)


def _undecodable(path: Path, encoding: str) -> tuple[int, int] | None:
    """Give the line and the byte (from 0) at which a file is no text in the encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, done = 1, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                # The error counts from the bytes the decoder still held of the chunk before.
                at = error.start - held
                return line + chunk[: max(at, 0)].count(b"\n"), done + at
            if not chunk:
                return None
            line += chunk.count(b"\n")
            done += len(chunk)
