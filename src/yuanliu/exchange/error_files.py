"""Write the rows that could not be taken in to a file a person corrects and imports again.

It has the columns, delimiter and encoding of the file they came from, and four more that say what
is wrong; the same mapping reads it.
"""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from yuanliu.exchange.formulas import asleep
from yuanliu.exchange.tables import ERROR_COLUMNS, WHOLE_ROW, Row, Table

_ENDING = re.compile(r"\.errors(?:\.(\d+))?$")


def source_stem(stem: str) -> str:
    """Give the name of the file that a file of errors came from, without its ending."""
    return _ENDING.sub("", stem)


def error_path(path: Path) -> Path:
    """Give the place of the file of errors: beside the file, else where the program runs.

    The errors left in a file of errors go to the next of its kind, so that no correction is
    overwritten.
    """
    found = _ENDING.search(path.stem)
    again = "" if found is None else f".{int(found[1] or 1) + 1}"
    name = f"{source_stem(path.stem)}.errors{again}.csv"
    folders = (path.parent, Path.cwd(), Path(tempfile.gettempdir()))
    writable = [folder for folder in folders if os.access(folder, os.W_OK)]
    return (writable or [path.parent])[0] / name


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """What is wrong with a row: the column and value ("" and "*" for the whole row), and why."""

    column: str
    value: str
    reason: str


class ErrorFile:
    """The file of errors of one import.

    It appears when it is closed, and only if a row went wrong.
    """

    def __init__(self, table: Table, place: Path) -> None:
        self.place = place
        self._table = table
        self._file: IO[str] | None = None
        self._writer: Any = None

    def write(self, row: Row, errors: Sequence[CellError]) -> None:
        """Add a row with what is wrong with it."""
        if self._file is None:
            self._open()
        width = len(self._table.headings)
        cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
        surplus = self._table.form.delimiter.join(row.cells[width:])
        values = [error.value for error in errors if error.value] + ([surplus] if surplus else [])
        told: tuple[str, ...] = (
            str(row.number),
            WHOLE_ROW if any(e.column == WHOLE_ROW for e in errors) else _joined(errors, "column"),
            " | ".join(values),
            _joined(errors, "reason"),
        )
        if not self._table.form.quote:
            # Nothing can be quoted in such a file: what would break the row gives way.
            told = tuple(_unbroken(text, self._table.form.delimiter) for text in told)
        self._writer.writerow([asleep(cell) for cell in (*cells, *told)])

    def close(self, *, keep: bool) -> Path | None:
        """Put the file in its place and give it; None if nothing went wrong or it is not kept."""
        if self._file is None:
            return None
        name = Path(self._file.name)
        self._file.close()
        self._file = None
        if not keep:
            name.unlink()
            return None
        name.replace(self.place)
        return self.place

    def _open(self) -> None:
        encoding = self._table.encoding or "utf-8-sig"
        # What cannot be written in the file's own encoding is written as ?: only our reasons can be
        # that.
        self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed by `close`
            "w",
            encoding="utf-8-sig" if encoding == "utf-8" else encoding,
            errors="replace",
            newline="",
            dir=self.place.parent,
            prefix=f".{self.place.stem}-",
            delete=False,
        )
        form = self._table.form
        quoting: dict[str, Any] = {"quotechar": form.quote}
        if not form.quote:
            quoting = {"quoting": csv.QUOTE_NONE, "quotechar": None}
        self._writer = csv.writer(
            self._file, delimiter=form.delimiter, lineterminator="\r\n", **quoting
        )
        self._writer.writerow([asleep(h) for h in (*self._table.headings, *ERROR_COLUMNS)])


def _unbroken(text: str, delimiter: str) -> str:
    return " ".join(text.replace(delimiter, " ").split())


def _joined(errors: Sequence[CellError], member: str) -> str:
    return " | ".join(dict.fromkeys(str(getattr(error, member)) for error in errors))
