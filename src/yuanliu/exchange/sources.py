"""A file as its mapping sees it: rows read by column, with what a second table lends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from yuanliu.base.refusal import Refusal
from yuanliu.exchange.error_files import source_stem
from yuanliu.exchange.mapping import Column, Join, Mapping
from yuanliu.exchange.refusals import ColumnsMissing, FileMissing, JoinedTwice
from yuanliu.exchange.rows import Columns, Read, read_cell
from yuanliu.exchange.tables import WORKBOOK, Row, Table, open_table

ENDINGS = (".csv", ".txt", ".tsv", WORKBOOK)
HEADINGS_SHOWN = 20


@dataclass(slots=True)
class _Lender:
    """A second table, its rows by their key."""

    join: Join
    table: Table
    columns: Columns
    rows: dict[tuple[str, ...], list[Row]] = field(default_factory=dict)

    def lend(self, read: Read) -> None:
        """Lend the values of the row with the same key, if there is one.

        Note what is wrong with it.
        """
        ours = [read.values.get(name) for name, _ in self.join.on]
        found = self.rows.get(tuple(value.plain for value in ours if value is not None))
        if not found:
            return
        lent = self.columns.read(found[0])
        if len(found) > 1:
            refusal = JoinedTwice(
                file=self.table.path.name, first=found[0].number, second=found[1].number
            )
            lent.problem("", "", refusal)
        for problem in lent.problems:
            where = f"{self.table.path.name} [{found[0].number}] {problem.column}".rstrip()
            read.problems.append(replace(problem, column=where))
        read.values.update(lent.values)
        read.joined.add(self.join.name)


@dataclass(slots=True)
class Source:
    """A file opened for a mapping. `joined` names the second tables that were found."""

    table: Table
    columns: Columns
    lenders: list[_Lender]

    @property
    def joined(self) -> list[str]:
        """Name the files that lend their rows."""
        return [lender.table.path.name for lender in self.lenders]

    @property
    def missing(self) -> list[str]:
        """Name the columns the mapping knows and no file has."""
        lent = [name for lender in self.lenders for name in lender.columns.missing]
        return [*self.columns.missing, *lent]

    def reads(self) -> Iterator[Read]:
        """Yield every row, read; can be asked for again. Raises FileNotTable."""
        for row in self.table.rows():
            read = self.columns.read(row)
            for lender in self.lenders:
                lender.lend(read)
            yield read


def open_source(path: Path, mapping: Mapping) -> Source:
    """Open a file and the second tables beside it.

    Raises ColumnsMissing, JoinedTwice, and what `open_table` raises.
    """
    table = open_table(path, mapping.form)
    columns = _columns(mapping.columns, table)
    lenders = [
        lender for join in mapping.joins if (lender := _lender(join, path, mapping)) is not None
    ]
    return Source(table, columns, lenders)


def _columns(known: AnyMapping[str, Column], table: Table, *, prefix: str = "") -> Columns:
    columns = Columns(known, table, prefix=prefix)
    if columns.missing_required:
        found = table.headings[:HEADINGS_SHOWN]
        more = " …" if len(table.headings) > len(found) else ""
        raise ColumnsMissing(
            file=table.path.name,
            missing=", ".join(f"“{name}”" for name in columns.missing_required),
            row=table.form.header,
            found=", ".join(found) + more,
        )
    return columns


def _lender(join: Join, path: Path, mapping: Mapping) -> _Lender | None:
    place = path if not join.files else _beside(path, mapping.form.name, join.files)
    if place is None:
        if join.optional:
            return None
        raise FileMissing(file=", ".join(join.files))
    table = open_table(place, join.form)
    lender = _Lender(join, table, _columns(join.columns, table, prefix=f"{join.name}."))
    keys = [
        (join.columns[theirs], table.find(join.columns[theirs].headings)) for _, theirs in join.on
    ]
    for row in table.rows():
        key = _key_of(row, keys, table)
        known = lender.rows.setdefault(key, []) if key else []
        # A row that stands twice and says the same is one row.
        if key and all(row.cells != other.cells for other in known):
            known.append(row)
    return lender


def _key_of(
    row: Row, keys: list[tuple[Column, int | None]], table: Table
) -> tuple[str, ...] | None:
    parts = []
    for column, place in keys:
        if place is None or place >= len(row.cells):
            return None
        try:
            value = read_cell(row.cells[place], column, table.form)
        except Refusal:
            return None
        if value is None:
            return None
        parts.append(value.plain)
    return tuple(parts)


def _beside(path: Path, pattern: str, files: tuple[str, ...]) -> Path | None:
    """Find the second table beside a file: `Process*` beside Laboratory-2021 is Process-2021."""
    stem = source_stem(path.stem)
    before, star, after = pattern.partition("*")
    held = None
    if star:
        shape = re.escape(before) + "(.*)" + re.escape(after)
        found = re.fullmatch(shape, stem, re.IGNORECASE)
        held = found[1] if found else None
    beside = {
        entry.name.casefold(): entry
        for entry in sorted(path.parent.iterdir())
        if entry.suffix.casefold() in ENDINGS
    }
    for name in files:
        if "*" in name and held is None:
            continue
        wanted = name.replace("*", held or "")
        for ending in (path.suffix, *ENDINGS):
            entry = beside.get(f"{wanted}{ending}".casefold())
            if entry is not None and entry != path:
                return entry
    return None
