"""Read flows and stays from the tables: one statement a call, whole columns at once.

However many keys a call names, they travel as one parameter; what comes back is one row that holds each
column as an array, for making a Python object of every cell would cost more than finding it. SQLite
writes such a column as a JSON array, PostgreSQL in the binary form of its arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray

from yuanliu.genealogy.models import Direction
from yuanliu.trace.memory import MemoryFlows
from yuanliu.trace.source import FOREVER, Columns, Flows, Ints, Stays

KEYS_AT_ONCE = 500_000
FACTS_AT_ONCE = 500_000

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the answer: the SQL that gives it and the type of its array."""

    sql: str
    dtype: type[np.generic]


LINK_COLUMNS = (
    _Column("f.fact", np.int64),
    _Column("f.traceable", np.int64),
    _Column("f.t_from", np.int64),
    # Nearly always 0, and so nearly nothing to carry.
    _Column("f.t_to - f.t_from", np.int64),
    _Column("f.grade", np.int8),
)
AMOUNT_COLUMNS = (
    *LINK_COLUMNS,
    _Column("f.amount", np.float64),
    _Column("f.dimension", np.int8),
    _Column("f.mass", np.float64),
    _Column("f.kind", np.int16),
)
STAY_COLUMNS = (
    _Column("f.kind", np.int8),
    _Column("f.child", np.int64),
    _Column("f.parent", np.int64),
    _Column("f.start_from", np.int64),
    _Column("f.start_to", np.int64),
    _Column("f.end_from", np.int64),
    _Column("f.end_to", np.int64),
    _Column("f.grade", np.int8),
    _Column("f.fact", np.int64),
)
DIRECTION = _Column("f.direction", np.int8)


class SqlFlows:
    """The genealogy's tables as a `FlowSource`, as known at a ledger position, or now (None)."""

    def __init__(self, connection: BaseDatabaseWrapper, as_of: int | None) -> None:
        self._reader = _reader(connection)
        self._known = _known(as_of)

    def out_of(self, traceables: Ints, columns: Columns) -> Flows:
        """Return the flows by which these traceables went into facts."""
        return self._flows("traceable", Direction.IN, traceables, columns)

    def into(self, traceables: Ints, columns: Columns) -> Flows:
        """Return the flows by which facts put something into these traceables."""
        return self._flows("traceable", Direction.OUT, traceables, columns)

    def inputs(self, facts: Ints, columns: Columns) -> Flows:
        """Return what went into these facts."""
        return self._flows("fact", Direction.IN, facts, columns)

    def outputs(self, facts: Ints, columns: Columns) -> Flows:
        """Return what came out of these facts, scrap included."""
        return self._flows("fact", Direction.OUT, facts, columns)

    def parents(self, children: Ints) -> Stays:
        """Return the stays of these children."""
        return self._stays("child", children)

    def children(self, parents: Ints) -> Stays:
        """Return the stays in these parents."""
        return self._stays("parent", parents)

    def _flows(self, by: str, direction: Direction, keys: Ints, columns: Columns) -> Flows:
        wanted = LINK_COLUMNS if columns is Columns.LINKS else AMOUNT_COLUMNS
        where = f"f.direction = {direction.value} AND {self._known}"
        parts = (
            _flows_of(self._reader.of_keys(wanted, "genealogy_flow", by, some, where))
            for some in _cut(keys)
        )
        return Flows.joined(parts)

    def _stays(self, by: str, keys: Ints) -> Stays:
        parts = (
            _stays_of(self._reader.of_keys(STAY_COLUMNS, "genealogy_stay", by, some, self._known))
            for some in _cut(keys)
        )
        return Stays.joined(parts)


def memory_flows(connection: BaseDatabaseWrapper, as_of: int | None) -> MemoryFlows:
    """Load the whole genealogy into memory, as known at a ledger position, or now (None)."""
    reader = _reader(connection)
    known = _known(as_of)
    flows, into_fact = [], []
    last = reader.last("genealogy_flow", "fact")
    for first in range(0, last + 1, FACTS_AT_ONCE):
        where = f"f.fact >= {first} AND f.fact < {first + FACTS_AT_ONCE} AND {known}"
        arrays = reader.where((*AMOUNT_COLUMNS, DIRECTION), "genealogy_flow", where)
        flows.append(_flows_of(arrays[:-1]))
        into_fact.append(arrays[-1] == Direction.IN.value)
    stays = _stays_of(reader.where(STAY_COLUMNS, "genealogy_stay", known))
    joined = np.concatenate(into_fact) if into_fact else np.empty(0, np.bool_)
    return MemoryFlows(Flows.joined(flows), joined, stays)


def _known(as_of: int | None) -> str:
    if as_of is None:
        return f"f.known_to = {FOREVER}"
    return f"f.known_from <= {int(as_of)} AND f.known_to > {int(as_of)}"


def _cut(keys: Ints) -> Sequence[Ints]:
    """Cut a huge set, so that no statement's answer is too large for one row."""
    return [keys[at : at + KEYS_AT_ONCE] for at in range(0, len(keys), KEYS_AT_ONCE)]


def _flows_of(arrays: Sequence[Array]) -> Flows:
    fact, traceable, t_from, lasted, grade, *amounts = arrays
    if not amounts:
        return Flows.links(fact, traceable, t_from, t_from + lasted, grade)
    return Flows(fact, traceable, t_from, t_from + lasted, grade, *amounts)


def _stays_of(arrays: Sequence[Array]) -> Stays:
    return Stays(*arrays)


# How each database gives whole columns -----------------------------------------------------------


class _Reader:
    """Run a statement that gives columns; `f` is the table in all SQL."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def of_keys(
        self, columns: Sequence[_Column], table: str, by: str, keys: Ints, where: str
    ) -> list[Array]:
        """Give the columns of the rows in which column `by` is one of the keys."""
        raise NotImplementedError

    def where(self, columns: Sequence[_Column], table: str, where: str) -> list[Array]:
        """Give the columns of the rows that fulfil a condition."""
        return self._columns(columns, f'"{table}" AS f WHERE {where}', [])

    def last(self, table: str, column: str) -> int:
        """Give the highest value of a column, -1 if there are no rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(f'SELECT max({column}) FROM "{table}"')
            (found,) = cursor.fetchone()
        return -1 if found is None else int(found)

    def _columns(
        self, columns: Sequence[_Column], tail: str, parameters: Sequence[str]
    ) -> list[Array]:
        raise NotImplementedError


class _SqliteReader(_Reader):
    def of_keys(
        self, columns: Sequence[_Column], table: str, by: str, keys: Ints, where: str
    ) -> list[Array]:
        # CROSS JOIN: SQLite then takes the keys in the outer loop and seeks each in the index.
        tail = f'json_each(%s) AS given CROSS JOIN "{table}" AS f ON f.{by} = given.value AND {where}'
        return self._columns(columns, tail, [str(keys.tolist())])

    def _columns(
        self, columns: Sequence[_Column], tail: str, parameters: Sequence[str]
    ) -> list[Array]:
        if any(column.dtype is np.float64 for column in columns):
            return self._rows(columns, tail, parameters)
        wanted = ", ".join(f"json_group_array({column.sql})" for column in columns)
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT {wanted} FROM {tail}", parameters)
            row = cursor.fetchone()
        return [
            np.fromstring(text[1:-1], np.int64, sep=",").astype(column.dtype, copy=False)
            for text, column in zip(row, columns, strict=True)
        ]

    def _rows(
        self, columns: Sequence[_Column], tail: str, parameters: Sequence[str]
    ) -> list[Array]:
        """Give the columns from rows: SQLite writes a float as text with 15 digits, which is too few."""
        wanted = ", ".join(column.sql for column in columns)
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT {wanted} FROM {tail}", parameters)
            rows = cursor.fetchall()
        return [
            np.array([row[place] for row in rows], np.float64)  # None becomes NaN
            if column.dtype is np.float64
            else np.fromiter(map(itemgetter(place), rows), column.dtype, len(rows))
            for place, column in enumerate(columns)
        ]


class _PostgresReader(_Reader):
    def of_keys(
        self, columns: Sequence[_Column], table: str, by: str, keys: Ints, where: str
    ) -> list[Array]:
        # OFFSET 0 keeps the planner from anything but seeking each key in the index: it guesses
        # how many rows a key has from an average that a few bulk lots make useless.
        inner = ", ".join(
            f"{column.sql} AS c{place}" for place, column in enumerate(columns)
        )
        tail = (
            f"unnest(%s::bigint[]) AS given(key) CROSS JOIN LATERAL (SELECT {inner}"
            f' FROM "{table}" AS f WHERE f.{by} = given.key AND {where} OFFSET 0) AS found'
        )
        outer = [_Column(f"c{place}", column.dtype) for place, column in enumerate(columns)]
        return self._columns(outer, tail, ["{" + str(keys.tolist())[1:-1] + "}"])

    def _columns(
        self, columns: Sequence[_Column], tail: str, parameters: Sequence[str]
    ) -> list[Array]:
        wanted = ", ".join(
            f"array_agg(coalesce({column.sql}, 'NaN'))"
            if column.dtype is np.float64
            else f"array_agg({column.sql})"
            for column in columns
        )
        from psycopg import Cursor  # here, for SQLite needs no psycopg
        from psycopg.pq import Format

        connection = self._connection
        connection.ensure_connection()
        # Django's own cursors bind on the client, and can have no binary answer.
        raw = Cursor(connection.connection)
        raw.format = Format.BINARY
        make = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
        with make(raw) as cursor:
            cursor.execute(f"SELECT {wanted} FROM {tail}", parameters)
            answer = raw.pgresult
            assert answer is not None
            return [
                _array(answer.get_value(0, place)).astype(column.dtype)
                for place, column in enumerate(columns)
            ]


ELEMENTS = {20: ">i8", 21: ">i2", 23: ">i4", 701: ">f8"}
"""PostgreSQL's numbers (OIDs) of bigint, smallint, integer and double precision."""
ARRAY_HEADER = np.dtype([("dimensions", ">i4"), ("nulls", ">i4"), ("element", ">i4")])
ARRAY_BEGIN = 20


def _array(value: bytes | None) -> Array:
    """Read the binary form of a PostgreSQL array without NULLs; NULL is the array_agg of no rows."""
    if value is None:
        return np.empty(0, np.int64)
    (header,) = np.frombuffer(value, ARRAY_HEADER, count=1)
    assert header["dimensions"] == 1 and not header["nulls"]
    cells = np.dtype([("width", ">i4"), ("value", ELEMENTS[int(header["element"])])])
    return np.frombuffer(value, cells, offset=ARRAY_BEGIN)["value"]


def _reader(connection: BaseDatabaseWrapper) -> _Reader:
    return (_PostgresReader if connection.vendor == "postgresql" else _SqliteReader)(connection)
