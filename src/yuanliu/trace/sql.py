"""Read flows and stays from the tables: one statement a call, whole columns at once.

However many keys a call names, they travel as one parameter; what comes back is one row that holds
each column as an array, for making a Python object of every cell costs more than finding it. SQLite
writes such a column as a JSON array, PostgreSQL in the binary form of its arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray

from yuanliu.genealogy.models import Direction
from yuanliu.trace.memory import MemoryFlows
from yuanliu.trace.source import FOREVER, Columns, Flags, Floats, Flows, Ints, Stays

RUN_BITS = 20
KEYS_AT_ONCE = 500_000
assert KEYS_AT_ONCE < 2**RUN_BITS
FACTS_AT_ONCE = 500_000

Array = NDArray[Any]

LINKS = ("f.fact", "f.traceable", "f.t_from", "(f.t_to - f.t_from) * 4 + f.grade")
"""Whole numbers; those that are small share a column, for each costs the same to carry."""
AMOUNTS = (*LINKS, "f.kind * 256 + f.dimension + 1")
FLOATS = ("f.amount", "f.mass")
STAYS = (
    *("f.kind", "f.child", "f.parent", "f.start_from", "f.start_to", "f.end_from", "f.end_to"),
    *("f.grade", "f.fact"),
)


class SqlFlows:
    """The genealogy's tables as a `FlowSource`, as known at a ledger position, or now (None).

    Every call is one statement; the first large one may be preceded by a look at the statistics.
    """

    def __init__(self, connection: BaseDatabaseWrapper, as_of: int | None) -> None:
        self._reader = _reader(connection)
        self._flow_known, self._stay_known = _known(as_of)

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
        whole, floats = (LINKS, ()) if columns is Columns.LINKS else (AMOUNTS, FLOATS)
        where = f"f.direction = {direction.value} AND {self._flow_known}"
        return Flows.joined(
            _flows_of(*self._reader.flows(whole, floats, by, some, where)) for some in _cut(keys)
        )

    def _stays(self, by: str, keys: Ints) -> Stays:
        return Stays.joined(
            _stays_of(self._reader.stays(STAYS, by, some, self._stay_known)) for some in _cut(keys)
        )


def memory_flows(connection: BaseDatabaseWrapper, as_of: int | None) -> MemoryFlows:
    """Load the whole genealogy into memory, as known at a ledger position, or now (None)."""
    reader = _reader(connection)
    flow_known, stay_known = _known(as_of)
    flows, into_fact = [], []
    for first in range(0, reader.last_fact() + 1, FACTS_AT_ONCE):
        some = f"f.fact >= {first} AND f.fact < {first + FACTS_AT_ONCE} AND {flow_known}"
        tail = f'"genealogy_flow" AS f WHERE {some}'
        (*whole, direction), floats = reader.columns((*AMOUNTS, "f.direction"), FLOATS, tail, "")
        flows.append(_flows_of(whole, floats))
        into_fact.append(direction == Direction.IN.value)
    tail = f'"genealogy_stay" AS f WHERE {stay_known}'
    stays = _stays_of(reader.columns(STAYS, (), tail, "")[0])
    joined: Flags = np.concatenate([np.empty(0, np.bool_), *into_fact])
    return MemoryFlows(Flows.joined(flows), joined, stays)


def _known(as_of: int | None) -> tuple[str, str]:
    """Give the conditions under which a flow and a stay count; a flow is known from its fact on."""
    if as_of is None:
        return (f"f.known_to = {FOREVER}",) * 2
    ended = f"f.known_to > {int(as_of)}"
    return f"f.fact <= {int(as_of)} AND {ended}", f"f.known_from <= {int(as_of)} AND {ended}"


def _cut(keys: Ints) -> Sequence[Ints]:
    """Cut a huge set, so that no statement's answer is too large for one row."""
    return [keys[at : at + KEYS_AT_ONCE] for at in range(0, len(keys), KEYS_AT_ONCE)]


def _flows_of(whole: Sequence[Ints], floats: Sequence[Floats]) -> Flows:
    fact, traceable, t_from, lasted_and_grade, *kinds = whole
    t_to, grade = t_from + (lasted_and_grade >> 2), (lasted_and_grade & 3).astype(np.int8)
    if not floats:
        return Flows.links(fact, traceable, t_from, t_to, grade)
    kind, dimension = (kinds[0] >> 8).astype(np.int16), ((kinds[0] & 255) - 1).astype(np.int8)
    return Flows(fact, traceable, t_from, t_to, grade, floats[0], dimension, floats[1], kind)


def _stays_of(columns: Sequence[Ints]) -> Stays:
    kind, child, parent, start_from, start_to, end_from, end_to, grade, fact = columns
    return Stays(
        kind.astype(np.int8), child, parent, start_from, start_to, end_from, end_to,
        grade.astype(np.int8), fact,
    )  # fmt: skip


def _runs(keys: Ints) -> Ints:
    """Write sorted keys as runs of neighbours: the first key shifted, plus how many more follow it.

    What one fact made has neighbouring keys, and a stretch of an index is found as fast as one key.
    """
    begins = np.flatnonzero(np.diff(keys, prepend=-2) != 1)
    more = np.diff(begins, append=len(keys)) - 1
    runs: Ints = (keys[begins] << RUN_BITS) + more
    return runs


def _in_run(column: str, run: str) -> str:
    first = f"({run} >> {RUN_BITS})"
    return f"{column} BETWEEN {first} AND {first} + ({run} & {2**RUN_BITS - 1})"


# How each database gives whole columns -----------------------------------------------------------

Answer = tuple[list[Ints], list[Floats]]


class _Reader:
    """Run statements that give columns, whole numbers and then floats; `f` is the table."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def last_fact(self) -> int:
        """Give the highest fact that has flows, -1 if there are none."""
        with self._connection.cursor() as cursor:
            cursor.execute('SELECT max(fact) FROM "genealogy_flow"')
            (found,) = cursor.fetchone()
        return -1 if found is None else int(found)

    def flows(
        self, whole: Sequence[str], floats: Sequence[str], by: str, keys: Ints, where: str
    ) -> Answer:
        """Give the columns of the flows in which column `by` is one of the keys."""
        raise NotImplementedError

    def stays(self, whole: Sequence[str], by: str, keys: Ints, where: str) -> list[Ints]:
        """Give the columns of the stays in which column `by` is one of the keys."""
        raise NotImplementedError

    def columns(self, whole: Sequence[str], floats: Sequence[str], tail: str, keys: str) -> Answer:
        """Give columns of what the SQL after FROM says; its one parameter is the keys, if any."""
        raise NotImplementedError


# SQLite

MILLION = 1_000_000
REST_BITS = 82
"""Binary places of a float's rest behind the millionths: nothing is told apart below 2⁻⁸²."""
NO_FLOAT = -(2**62)
WHOLE_MAX = 2**62


class _SqliteReader(_Reader):
    def flows(
        self, whole: Sequence[str], floats: Sequence[str], by: str, keys: Ints, where: str
    ) -> Answer:
        tail = self._tail("genealogy_flow", by, where)
        return self.columns(whole, floats, tail, str(_runs(keys).tolist()))

    def stays(self, whole: Sequence[str], by: str, keys: Ints, where: str) -> list[Ints]:
        tail = self._tail("genealogy_stay", by, where)
        return self.columns(whole, (), tail, str(_runs(keys).tolist()))[0]

    @staticmethod
    def _tail(table: str, by: str, where: str) -> str:
        # CROSS JOIN: the runs are then the outer loop, and each is looked up in the index.
        among = _in_run(f"f.{by}", "given.value")
        return f'json_each(%s) AS given CROSS JOIN "{table}" AS f ON {among} AND {where}'

    def columns(self, whole: Sequence[str], floats: Sequence[str], tail: str, keys: str) -> Answer:
        parts = [part for column in floats for part in _as_whole_numbers(column)]
        wanted = ", ".join(f"json_group_array({column})" for column in (*whole, *parts))
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT {wanted} FROM {tail}", [keys] if keys else [])
            row = cursor.fetchone()
        found = [np.fromstring(text[1:-1], np.int64, sep=",") for text in row]
        numbers, parts_found = found[: len(whole)], found[len(whole) :]
        pairs = list(zip(parts_found[::2], parts_found[1::2], strict=True))
        if any(_too_large(*pair) for pair in pairs):
            return numbers, self._floats(floats, tail, keys)
        return numbers, [_float_again(*pair) for pair in pairs]

    def _floats(self, floats: Sequence[str], tail: str, keys: str) -> list[Floats]:
        """Give the float columns cell by cell."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(floats)} FROM {tail}", [keys] if keys else [])
            rows = cursor.fetchall()
        return [np.array([*map(itemgetter(at), rows)], np.float64) for at in range(len(floats))]


def _as_whole_numbers(column: str) -> tuple[str, str]:
    """Write a float as its millionths and the rest: as text it would lose its last digits.

    Few quantities have more than six decimal places, so that the rest is nearly always 0.
    """
    millionths = f"CAST({column} * {MILLION}.0 + 0.5 AS INTEGER)"
    near = f"{millionths} / {MILLION}.0"
    return (
        f"coalesce({millionths}, 0)",
        f"CASE WHEN {near} = {column} THEN 0 WHEN {column} IS NULL THEN {NO_FLOAT}"
        f" ELSE CAST(({column} - {near}) * {2**REST_BITS}.0 AS INTEGER) END",
    )


def _too_large(millionths: Ints, rest: Ints) -> bool:
    return bool(np.any(np.abs(millionths) >= WHOLE_MAX) or np.any(rest >= WHOLE_MAX))


def _float_again(millionths: Ints, rest: Ints) -> Floats:
    values: Floats = millionths / MILLION
    some = np.flatnonzero(rest)
    if len(some):
        values[some] += np.ldexp(rest[some].astype(np.float64), -REST_BITS)
        values[rest == NO_FLOAT] = np.nan
    return values


# PostgreSQL

ELEMENTS = {20: ">i8", 21: ">i2", 23: ">i4", 701: ">f8"}
"""PostgreSQL's numbers (OIDs) of bigint, smallint, integer and double precision."""
ARRAY_HEADER = np.dtype([("dimensions", ">i4"), ("nulls", ">i4"), ("element", ">i4")])
ARRAY_BEGIN = 20


RUNS_TO_BE_SURE = 64
SOUND = """
SELECT bool_and(reltuples >= relpages) OR pg_is_in_recovery() FROM pg_class
WHERE oid IN ('"genealogy_flow"'::regclass, '"genealogy_stay"'::regclass)
"""
"""Whether PostgreSQL believes that the tables hold something, or it cannot be helped."""


class _PostgresReader(_Reader):
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        self._sure = False

    def flows(
        self, whole: Sequence[str], floats: Sequence[str], by: str, keys: Ints, where: str
    ) -> Answer:
        return self._of_keys("genealogy_flow", whole, floats, by, keys, where)

    def stays(self, whole: Sequence[str], by: str, keys: Ints, where: str) -> list[Ints]:
        return self._of_keys("genealogy_stay", whole, (), by, keys, where)[0]

    def _of_keys(
        self,
        table: str,
        whole: Sequence[str],
        floats: Sequence[str],
        by: str,
        keys: Ints,
        where: str,
    ) -> Answer:
        runs = _runs(keys)
        if len(runs) >= RUNS_TO_BE_SURE and not self._sure:
            self._be_sure()
        # OFFSET 0 leaves the planner no choice but to look each run up in the index: how many rows
        # a key has it can only guess from an average, which a few bulk lots make useless.
        inner = ", ".join(f"{column} AS c{at}" for at, column in enumerate((*whole, *floats)))
        among = _in_run(f"f.{by}", "given.run")
        tail = (
            f"unnest(%s::bigint[]) AS given(run) CROSS JOIN LATERAL (SELECT {inner}"
            f' FROM "{table}" AS f WHERE {among} AND {where} OFFSET 0) AS found'
        )
        names = [f"c{at}" for at in range(len(whole) + len(floats))]
        text = "{" + str(runs.tolist())[1:-1] + "}"
        return self.columns(names[: len(whole)], names[len(whole) :], tail, text)

    def _be_sure(self) -> None:
        """See that the planner does not take the tables for empty.

        It would read a table whole for each run. So it does where rows were taken out, the table
        vacuumed and filled again, until statistics are next gathered.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(SOUND)
            (sound,) = cursor.fetchone()
            if not sound:
                cursor.execute('ANALYZE "genealogy_flow", "genealogy_stay"')
        self._sure = True

    def columns(self, whole: Sequence[str], floats: Sequence[str], tail: str, keys: str) -> Answer:
        from psycopg import Cursor  # here, for SQLite needs no psycopg
        from psycopg.pq import Format

        wanted = [f"array_agg({column})" for column in whole]
        wanted += [f"array_agg(coalesce({column}, 'NaN'))" for column in floats]
        connection = self._connection
        connection.ensure_connection()
        # Django's own cursors bind on the client, and can have no binary answer.
        raw = Cursor(connection.connection)
        raw.format = Format.BINARY
        make = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
        with _index_scans(connection.connection), make(raw) as cursor:  # type: ignore[arg-type]
            cursor.execute(f"SELECT {', '.join(wanted)} FROM {tail}", [keys] if keys else None)
            answer = raw.pgresult
            assert answer is not None
            arrays = [_array(answer.get_value(0, at)) for at in range(len(wanted))]
        numbers = [array.astype(np.int64) for array in arrays[: len(whole)]]
        return numbers, [array.astype(np.float64) for array in arrays[len(whole) :]]


@contextmanager
def _index_scans(connection: Any) -> Iterator[None]:
    """Have each run looked up in the index, and at once.

    How much a run holds the planner can only guess, and of a table that was filled since its last
    ANALYZE it guesses so much that it would read the whole table once for every run, or compile the
    statement to machine code, which takes longer than to run it.
    """
    connection.execute("SET enable_seqscan = off; SET jit = off")
    try:
        yield
    finally:
        # After an error the transaction's rollback takes the settings back.
        with suppress(Exception):
            connection.execute("RESET enable_seqscan; RESET jit")


def _array(value: bytes | None) -> Array:
    """Read PostgreSQL's binary form of an array without NULLs; NULL is the array_agg of no rows."""
    if value is None:
        return np.empty(0, np.int64)
    (header,) = np.frombuffer(value, ARRAY_HEADER, count=1)
    assert header["dimensions"] == 1 and not header["nulls"]
    cell = np.dtype([("width", ">i4"), ("value", ELEMENTS[int(header["element"])])])
    found: Array = np.frombuffer(value, cell, offset=ARRAY_BEGIN)["value"]
    return found


def _reader(connection: BaseDatabaseWrapper) -> _Reader:
    return (_PostgresReader if connection.vendor == "postgresql" else _SqliteReader)(connection)
