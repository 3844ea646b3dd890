"""Sheets: the working copy of a projection's table during one transaction.

A projector reads and writes rows here; nothing reaches the database before the flush, which writes
only what changed. The same projector runs over `MemoryShelf` when the ledger is verified, so that
what it would have made can be compared with what the tables hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from yuanliu.ledger import bulk
from yuanliu.ledger.bulk import Row, Table

Undo = Callable[[], None]


class Store(Protocol):
    """Where a sheet reads rows from and writes its changes to."""

    def load(self, table: Table, column: str, values: Sequence[Any]) -> Iterable[Row]:
        """Give the rows whose column is among the values."""
        ...

    def write(
        self, table: Table, inserts: Sequence[Row], updates: Sequence[Row], deletes: Sequence[Row]
    ) -> None:
        """Apply changes; `deletes` are keys."""
        ...


class SqlStore:
    """The database's tables."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def load(self, table: Table, column: str, values: Sequence[Any]) -> Iterable[Row]:
        """Read the rows with few statements."""
        return bulk.select_in(self.connection, table, column, values)

    def write(
        self, table: Table, inserts: Sequence[Row], updates: Sequence[Row], deletes: Sequence[Row]
    ) -> None:
        """Write the changes with one statement each."""
        bulk.delete(self.connection, table, deletes)
        bulk.update(self.connection, table, updates)
        bulk.insert(self.connection, table, inserts)


class MemoryStore:
    """Tables in memory, for replay without writing."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Row, Row]] = {}
        self._indexes: dict[tuple[str, str], dict[Any, set[Row]]] = {}

    def load(self, table: Table, column: str, values: Sequence[Any]) -> Iterable[Row]:
        """Look the rows up in an index of the column."""
        rows = self.tables.setdefault(table.name, {})
        index = self._index(table, column)
        for value in values:
            for key in index.get(value, ()):
                yield rows[key]

    def write(
        self, table: Table, inserts: Sequence[Row], updates: Sequence[Row], deletes: Sequence[Row]
    ) -> None:
        """Keep the rows; a group's column never changes under its key."""
        rows = self.tables.setdefault(table.name, {})
        places = table.at(*table.key)
        for key in deletes:
            gone = rows.pop(key)
            for (name, column), index in self._indexes.items():
                if name == table.name:
                    index[gone[table.columns.index(column)]].discard(key)
        for row in (*inserts, *updates):
            key = tuple(row[at] for at in places)
            rows[key] = row
            for (name, column), index in self._indexes.items():
                if name == table.name:
                    index.setdefault(row[table.columns.index(column)], set()).add(key)

    def _index(self, table: Table, column: str) -> dict[Any, set[Row]]:
        index = self._indexes.get((table.name, column))
        if index is None:
            index = self._indexes[(table.name, column)] = {}
            at, places = table.columns.index(column), table.at(*table.key)
            for row in self.tables.get(table.name, {}).values():
                index.setdefault(row[at], set()).add(tuple(row[place] for place in places))
        return index


class Sheet:
    """Rows of one table, held by group: all rows with the same value in the group's column."""

    def __init__(self, table: Table, group: str, store: Store, undo: list[Undo]) -> None:
        self.table = table
        self._store = store
        self._undo = undo
        self._group_column = group
        self._group_at = table.columns.index(group)
        self._key_at = table.at(*table.key)
        self._groups: dict[Any, dict[Row, Row]] = {}
        self._before: dict[tuple[Any, Row], Row | None] = {}

    def preload(self, groups: Iterable[Any]) -> None:
        """Read the groups that are not here yet, with one statement."""
        missing = [group for group in dict.fromkeys(groups) if group not in self._groups]
        if not missing:
            return
        for group in missing:
            self._groups[group] = {}
        for row in self._store.load(self.table, self._group_column, missing):
            self._groups[row[self._group_at]][tuple(row[at] for at in self._key_at)] = row

    def known_empty(self, group: Any) -> None:
        """Say that a group has no rows yet, so that it need not be read."""
        self._groups.setdefault(group, {})

    def rows(self, group: Any) -> list[Row]:
        """Give a group's rows in the order of their keys."""
        self.preload((group,))
        held = self._groups[group]
        return (
            [held[key] for key in sorted(held, key=_sortable)]
            if len(held) > 1
            else list(held.values())
        )

    def scan(self, column: str, value: Any) -> list[Row]:
        """Give the rows with a value in any column, unflushed changes included."""
        at = self.table.columns.index(column)
        found: dict[Row, Row] = {}
        for row in self._store.load(self.table, column, (value,)):
            if row[self._group_at] not in self._groups:
                found[tuple(row[place] for place in self._key_at)] = row
        for held in self._groups.values():
            found.update({key: row for key, row in held.items() if row[at] == value})
        return [found[key] for key in sorted(found, key=_sortable)]

    def get(self, group: Any, *key: Any) -> Row | None:
        """Give one row of a group, or None."""
        self.preload((group,))
        return self._groups[group].get(key)

    def put(self, row: Row) -> None:
        """Write a row over the one with the same key, or add it."""
        self._set(row[self._group_at], tuple(row[at] for at in self._key_at), row)

    def remove(self, row: Row) -> None:
        """Take a row away."""
        self._set(row[self._group_at], tuple(row[at] for at in self._key_at), None)

    def _set(self, group: Any, key: Row, row: Row | None) -> None:
        held = self._groups.get(group)
        if held is None:
            self.preload((group,))
            held = self._groups[group]
        old = held.get(key)
        if old == row:
            return
        self._before.setdefault((group, key), old)
        _assign(held, key, row)
        self._undo.append(lambda: _assign(held, key, old))

    def flush(self) -> None:
        """Write what changed since the last flush."""
        inserts, updates, deletes = [], [], []
        for (group, key), before in self._before.items():
            now = self._groups[group].get(key)
            if now == before:
                continue
            if now is None:
                deletes.append(key)
            elif before is None:
                inserts.append(now)
            else:
                updates.append(now)
        self._before.clear()
        self._store.write(self.table, inserts, updates, deletes)

    def forget(self) -> None:
        """Drop the working copy, after a flush, to keep memory bounded."""
        self._groups.clear()


def _assign(held: dict[Row, Row], key: Row, row: Row | None) -> None:
    if row is None:
        held.pop(key, None)
    else:
        held[key] = row


def _sortable(key: Row) -> tuple[tuple[bool, Any], ...]:
    return tuple((value is not None, value) for value in key)


class Shelf:
    """All sheets of one transaction, with one undo list so that a refused call leaves no trace."""

    def __init__(self, connection: BaseDatabaseWrapper, store: Store) -> None:
        self.connection = connection
        self.store = store
        self.undo: list[Undo] = []
        self._sheets: dict[str, Sheet] = {}

    def sheet(self, model: type[models.Model], group: str) -> Sheet:
        """Give the one sheet of a table; every caller must group it the same way."""
        name = model._meta.db_table
        found = self._sheets.get(name)
        if found is None:
            table = bulk.table_of(model, self.connection)
            found = self._sheets[name] = Sheet(table, group, self.store, self.undo)
        return found

    def rewind(self, mark: int) -> None:
        """Undo everything done since `len(undo)` was `mark`."""
        while len(self.undo) > mark:
            self.undo.pop()()

    def flush(self) -> None:
        """Write all changes."""
        for sheet in self._sheets.values():
            sheet.flush()

    def forget(self) -> None:
        """Drop all working copies."""
        for sheet in self._sheets.values():
            sheet.forget()
        self.undo.clear()
