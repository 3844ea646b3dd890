"""Fill the tables of a scratch database with a made-up history, fast; the ledger stays empty."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray

from bench.generator import FOREVER, History
from yuanliu.genealogy.models import Circumstance, Flow, Happening, Stay
from yuanliu.lots.models import Balance, Traceable

Column = Any
"""The values of a column: an array, the one value of all rows, or None for NULL."""
Rows = dict[str, Column]

ROWS_AT_ONCE = 250_000
COPY_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END = b"\xff\xff"
KIND_NAMES = ("packed", "received", "produced", "split", "merged", "adjusted", "filled", "drawn")
NUMBERS = {
    "BigIntegerField": ">i8",
    "IntegerField": ">i4",
    "SmallIntegerField": ">i2",
    "FloatField": ">f8",
}
PEOPLE, MACHINES, PLACES = 40, 25, 12


def fill(connection: BaseDatabaseWrapper, history: History) -> None:
    """Make the tables a trace reads, and fill them; a lot's key is its row number plus one."""
    filled: tuple[tuple[type[models.Model], Callable[[History], Iterator[Rows]]], ...] = (
        (Flow, flow_rows),
        (Stay, stay_rows),
        (Happening, happening_rows),
        (Circumstance, circumstance_rows),
        (Traceable, traceable_rows),
        (Balance, balance_rows),
    )
    with connection.schema_editor() as editor:
        for model, _rows in filled:
            editor.create_model(model)
    indexes = _indexes(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode = OFF")
            cursor.execute("PRAGMA synchronous = OFF")
        for name, _statement in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for model, rows in filled:
            for some in rows(history):
                write(connection, model, some)
        for _name, statement in indexes:
            cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA journal_mode = TRUNCATE")
        else:
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")


def _indexes(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """List the secondary indexes: to sort a full table once is quicker than to keep an index."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            )
        else:
            cursor.execute(
                "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i"
                " JOIN pg_class c ON c.oid = i.indexrelid"
                " WHERE NOT i.indisprimary AND NOT i.indisunique"
                " AND c.relnamespace = current_schema()::regnamespace"
            )
        return [(str(name), str(statement)) for name, statement in cursor.fetchall()]


# What the tables hold ----------------------------------------------------------------------------


def flow_rows(history: History) -> Iterator[Rows]:
    """Give the flows: those of a known amount, then the others."""
    flows, facts = history.flows, history.facts
    first = np.flatnonzero(np.diff(flows.fact, prepend=-1))
    line = np.arange(len(flows)) - np.repeat(first, np.diff(first, append=len(flows)))
    known_to = known_to_of(history)
    unknown = np.isnan(flows.amount)
    for some, quantity in ((~unknown, b"100.0"), (unknown, None)):
        fact = flows.fact[some]
        amount = None if quantity is None else flows.amount[some]
        yield {
            "fact": fact,
            "line": line[some],
            "direction": flows.direction[some],
            "traceable": flows.lot[some] + 1,
            "kind": facts.kind[fact],
            "quantity": quantity,
            "unit": b"KGM",
            "dimension": 0,
            "amount": amount,
            "mass": amount,
            "t_from": facts.t_from[fact],
            "t_to": facts.t_to[fact],
            "grade": facts.grade[fact],
            "known_from": fact,
            "known_to": known_to[fact],
        }


def known_to_of(history: History) -> NDArray[np.int64]:
    """Give for each fact the position of the one that superseded it, FOREVER if none did."""
    position = np.arange(len(history.facts))
    later = history.facts.superseded
    gone = np.minimum(position + later, len(position))
    return np.where(later > 0, gone, FOREVER)


def stay_rows(history: History) -> Iterator[Rows]:
    """Give the stays: those that last, then those that ended."""
    facts = history.facts
    for ended in (False, True):
        stays = history.stays.take((history.stays.end_fact >= 0) == ended)
        end = stays.end_fact
        yield {
            "fact": stays.fact,
            "kind": stays.kind,
            "child": stays.child + 1,
            "parent": stays.parent + 1,
            "start_from": facts.t_from[stays.fact],
            "start_to": facts.t_to[stays.fact],
            "end_fact": end if ended else None,
            "end_from": facts.t_from[end] if ended else FOREVER,
            "end_to": facts.t_to[end] if ended else FOREVER,
            "grade": facts.grade[stays.fact],
            "known_from": end if ended else stays.fact,
            "known_to": FOREVER,
        }


def happening_rows(history: History) -> Iterator[Rows]:
    """Give one row for each fact, kind by kind."""
    known_to = known_to_of(history)
    for code, name in enumerate(KIND_NAMES):
        fact = np.flatnonzero(history.facts.kind == code)
        facts = history.facts.take(fact)
        yield {
            "fact": fact,
            "kind": name.encode(),
            "t_from": facts.t_from,
            "t_to": facts.t_to,
            "grade": facts.grade,
            "recorded": facts.t_to,
            "supersedes": None,
            "known_to": known_to[fact],
        }


def circumstance_rows(history: History) -> Iterator[Rows]:
    """Give each fact a person, and most a machine and a parameter."""
    fact = np.arange(len(history.facts))
    busy = fact[history.facts.kind > 1]
    yield _circumstances(fact, 0, b"person", _codes("P", fact % PEOPLE), b"")
    yield _circumstances(busy, 1, b"equipment", _codes("M", busy % MACHINES), b"")
    yield _circumstances(busy, 2, b"parameter", b"temperature", _codes("", busy % 90))


def _circumstances(fact: Any, line: int, role: bytes, code: Column, value: Column) -> Rows:
    return {"fact": fact, "line": line, "role": role, "code": code, "value": value, "unit": b""}


def traceable_rows(history: History) -> Iterator[Rows]:
    """Give every lot's present state."""
    lots = history.lots
    key = np.arange(1, len(lots) + 1)
    yield {
        "id": _codes("01900000-0000-7000-8000-", key, digits=12),
        "key": key,
        "kind": b"lot",
        "item": _codes("ITEM-", lots.layer),
        "number": _codes("L", key, digits=9),
        "supplier": b"",
        "unit": b"KGM",
        "quality": b"released",
        "disposition": b"released",
        "content": b"10",
        "place": _codes("STORE-", key % PLACES),
        "party": b"",
        "container": b"",
        "assembly": b"",
        "expires": None,
        "exit": b"",
        "holds": b"[]",
        "certificate": b"{}",
        "born_start": lots.at,
        "born_end": lots.at,
        "born_position": 0,
        "last_start": lots.at,
        "last_end": lots.at,
        "last_position": 0,
    }


def balance_rows(history: History) -> Iterator[Rows]:
    """Give what is left of every lot, where it lies."""
    key = np.arange(1, len(history.lots) + 1)
    place = _codes("STORE-", key % PLACES)
    yield {"traceable": key, "place": place, "party": b"", "quantity": b"10"}


def _codes(prefix: str, numbers: NDArray[Any], *, digits: int = 2) -> NDArray[np.bytes_]:
    """Write a number in each row behind a prefix, in a fixed number of digits."""
    width = len(prefix) + digits
    text = np.empty((len(numbers), width), "S1")
    for place, letter in enumerate(prefix):
        text[:, place] = letter.encode()
    for digit in range(digits):
        text[:, width - 1 - digit] = np.array(list("0123456789"), "S1")[numbers // 10**digit % 10]
    return text.view(f"S{width}").ravel()


# How they are written ----------------------------------------------------------------------------


def write(connection: BaseDatabaseWrapper, model: type[models.Model], rows: Rows) -> None:
    """Write rows into a table, a few hundred thousand at a time."""
    count = max(len(values) for values in rows.values() if isinstance(values, np.ndarray))
    for begin in range(0, count, ROWS_AT_ONCE):
        end = min(count, begin + ROWS_AT_ONCE)
        some = {
            name: values[begin:end] if isinstance(values, np.ndarray) else values
            for name, values in rows.items()
        }
        if connection.vendor == "postgresql":
            _copy(connection, model, some, end - begin)
        else:
            _insert(connection, model, some, end - begin)


def _insert(
    connection: BaseDatabaseWrapper, model: type[models.Model], rows: Rows, count: int
) -> None:
    columns = [_plain(values, count) for values in rows.values()]
    marks = ", ".join("?" * len(columns))
    names = ", ".join(f'"{name}"' for name in rows)
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})'
    connection.ensure_connection()
    connection.connection.execute("BEGIN")
    connection.connection.executemany(statement, zip(*columns, strict=True))
    connection.connection.execute("COMMIT")


def _plain(values: Column, count: int) -> Any:
    if not isinstance(values, np.ndarray):
        value = values.decode() if isinstance(values, bytes) else values
        return itertools.repeat(value, count)
    return values.astype("U").tolist() if values.dtype.kind == "S" else values.tolist()


def _copy(
    connection: BaseDatabaseWrapper, model: type[models.Model], rows: Rows, count: int
) -> None:
    """Write PostgreSQL's own binary form: the rows given at once are all of one width."""
    dtype: list[tuple[str, str]] = [("count", ">i2")]
    cells: dict[str, Column] = {"count": len(rows)}
    for name, values in rows.items():
        kind = _kind(model, name, values)
        width = np.dtype(kind).itemsize if kind else 0
        dtype.append((f"{name} length", ">i4"))
        cells[f"{name} length"] = -1 if values is None else width
        if kind:
            dtype.append((name, kind))
            cells[name] = values
    packed = np.empty(count, np.dtype(dtype))
    for name, values in cells.items():
        packed[name] = values
    names = ", ".join(f'"{name}"' for name in rows)
    statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN (FORMAT BINARY)'
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        copy.write(COPY_BEGIN + packed.tobytes() + COPY_END)


def _kind(model: type[models.Model], name: str, values: Column) -> str | None:
    """Say how a column is written: as a number of its width, as text, or (None) not at all."""
    if values is None or isinstance(values, bytes) and not values:
        return None
    kind = NUMBERS.get(model._meta.get_field(name).get_internal_type())
    text = (
        values.dtype.itemsize if isinstance(values, np.ndarray) else len(values) if not kind else 0
    )
    return kind or f"S{text}"
