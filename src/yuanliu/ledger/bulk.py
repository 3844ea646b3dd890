"""Move many rows between Python and the database with few statements, on SQLite and PostgreSQL
alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the bulk functions see it: its columns in order and those that make the key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    types: tuple[str, ...]

    def at(self, *columns: str) -> tuple[int, ...]:
        """Give the places of columns in a row."""
        return tuple(self.columns.index(column) for column in columns)


def table_of(model: type[models.Model], connection: BaseDatabaseWrapper) -> Table:
    """Describe a model's table; the composite key's own pseudo-field is no column."""
    found = _TABLES.get((model, connection.vendor))
    if found is None:
        found = _TABLES[model, connection.vendor] = _describe(model, connection)
    return found


_TABLES: dict[tuple[type[models.Model], str], Table] = {}


def _describe(model: type[models.Model], connection: BaseDatabaseWrapper) -> Table:
    fields = model._meta.concrete_fields
    key = [str(field.column) for field in model._meta.pk_fields]
    return Table(
        name=model._meta.db_table,
        columns=tuple(str(field.column) for field in fields if field.column),
        key=tuple(key),
        types=tuple(str(field.db_type(connection)) for field in fields if field.column),
    )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def insert(connection: BaseDatabaseWrapper, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows; each is a tuple in the order of the table's columns."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) > 8:
            statement = f'COPY "{table.name}" ({_names(table.columns)}) FROM STDIN'
            with cursor.cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(table.columns))
        statement = f'INSERT INTO "{table.name}" ({_names(table.columns)}) VALUES ({marks})'
        cursor.executemany(statement, rows)


def update(connection: BaseDatabaseWrapper, table: Table, rows: Sequence[Row]) -> None:
    """Write rows over those with the same key, all of which must exist."""
    if not rows:
        return
    others = [column for column in table.columns if column not in table.key]
    if not others:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}[]" for kind in table.types)
            sets = ", ".join(f'"{column}" = given."{column}"' for column in others)
            match = " AND ".join(f'target."{column}" = given."{column}"' for column in table.key)
            cursor.execute(
                f'UPDATE "{table.name}" AS target SET {sets} FROM unnest({arrays})'
                f" AS given({_names(table.columns)}) WHERE {match}",
                [list(column) for column in zip(*rows, strict=True)],
            )
            return
        sets = ", ".join(f'"{column}" = %s' for column in others)
        match = " AND ".join(f'"{column}" = %s' for column in table.key)
        places = table.at(*others, *table.key)
        statement = f'UPDATE "{table.name}" SET {sets} WHERE {match}'
        cursor.executemany(statement, [tuple(row[at] for at in places) for row in rows])


def delete(connection: BaseDatabaseWrapper, table: Table, keys: Sequence[Row]) -> None:
    """Delete the rows with these keys."""
    if not keys:
        return
    match = " AND ".join(f'"{column}" = %s' for column in table.key)
    with connection.cursor() as cursor:
        cursor.executemany(f'DELETE FROM "{table.name}" WHERE {match}', keys)


def clear(connection: BaseDatabaseWrapper, table: Table) -> None:
    """Empty a table."""
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{table.name}"')


def members(connection: BaseDatabaseWrapper, kind: str, values: Sequence[Any]) -> tuple[str, Any]:
    """Give the SQL and the one parameter for "is among these values", however many there are."""
    if connection.vendor == "postgresql":
        return f"= ANY(%s::{kind}[])", list(values)
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(values))


def select_in(
    connection: BaseDatabaseWrapper, table: Table, column: str, values: Sequence[Any]
) -> Iterator[Row]:
    """Yield the whole rows whose column is among the values, one statement for each 20,000
    values.
    """
    kind = table.types[table.columns.index(column)]
    for first in range(0, len(values), CHUNK):
        among, parameter = members(connection, kind, values[first : first + CHUNK])
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT {_names(table.columns)} FROM "{table.name}" WHERE "{column}" {among}',
                [parameter],
            )
            yield from _clean(table, cursor.fetchall())


def select_all(connection: BaseDatabaseWrapper, table: Table) -> Iterator[Row]:
    """Yield every row in the order of the key, some thousands at a time."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {_names(table.columns)} FROM "{table.name}" ORDER BY {_names(table.key)}'
        )
        while rows := cursor.fetchmany(CHUNK):
            yield from _clean(table, rows)


def _clean(table: Table, rows: Sequence[Row]) -> Iterator[Row]:
    """Turn the memory views that PostgreSQL gives for bytes into bytes."""
    if not any(kind in ("bytea", "BLOB") for kind in table.types):
        yield from rows
        return
    for row in rows:
        yield tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
