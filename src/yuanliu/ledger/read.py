"""Read facts back, checking on the way that what is read is what was written."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from yuanliu.base.canonical import loads
from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.ledger import bulk, models
from yuanliu.ledger.facts import Fact, fact_of
from yuanliu.ledger.merkle import leaf_hash


class LedgerBroken(Refusal):
    """Say that an entry no longer has the hash it was recorded with."""

    code = "ledger_broken"
    sentence = gettext_noop(
        "The ledger entry at position %(position)s is not what was recorded. Stop, keep the"
        " database as"
        " it is, and run “yuanliu verify”."
    )
    status = 500


class NoSuchFact(Refusal):
    """Say that a position lies beyond the end of the ledger."""

    code = "no_such_fact"
    sentence = gettext_noop(
        "There is no fact at position %(position)s; the ledger has %(size)s facts."
    )
    status = 404


def size() -> int:
    """Give the number of entries."""
    return int(models.Head.objects.filter(id=1).values_list("size", flat=True).first() or 0)


def facts_at(positions: Sequence[int]) -> list[Fact]:
    """Read the facts at these positions, each once, in the order of the ledger.

    Raises LedgerBroken where one is not there: a position is only known once it is taken.
    """
    if not positions:
        return []
    wanted = sorted(set(positions))
    table = bulk.table_of(models.Entry, connection)
    rows = sorted(bulk.select_in(connection, table, "position", wanted))
    if len(rows) < len(wanted):
        raise LedgerBroken(position=min(set(wanted) - {row[0] for row in rows}))
    return [_fact(row) for row in rows]


def fact_at(position: int) -> Fact:
    """Read one fact. Raises NoSuchFact, LedgerBroken."""
    known = size()
    if not 0 <= position < known:
        raise NoSuchFact(position=position, size=known)
    return facts_at([position])[0]


def facts_from(first: int = 0, *, chunk: int = 5_000) -> Iterator[Fact]:
    """Read all facts from a position on, a chunk at a time: the way a follower or a replay reads.

    Raises LedgerBroken at a gap, so that nobody follows past it.
    """
    while True:
        rows = list(
            models.Entry.objects.filter(position__gte=first)
            .order_by("position")
            .values_list("position", "kind", "version", "recorded", "leaf_hash", "body")[:chunk]
        )
        for row in rows:
            if row[0] != first:
                raise LedgerBroken(position=first)
            yield _fact(row)
            first += 1
        if len(rows) < chunk:
            return


def _fact(row: tuple[int, str, int, int, bytes | memoryview, str]) -> Fact:
    position, _kind, _version, _recorded, digest, body = row
    if leaf_hash(body.encode()) != bytes(digest):
        raise LedgerBroken(position=position)
    return fact_of(position, loads(body))


@contextmanager
def one_state() -> Iterator[None]:
    """Read one state of the database, whatever others append meanwhile.

    Inside a transaction the caller answers for that.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def as_stored() -> Iterator[None]:
    """Read text as it is stored, with escapes for bytes that are no UTF-8 (PostgreSQL has none)."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    database = connection.connection
    before = database.text_factory
    database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        database.text_factory = before


def position_at(microseconds: int) -> int:
    """Give the position of the last fact recorded at or before a time, -1 if there was none.

    `recorded` never decreases along the ledger, so the answer is found by bisection.
    """
    return bisect.bisect_right(_RecordedTimes(), microseconds) - 1


class _RecordedTimes(Sequence[int]):
    """The recorded times by position, read one at a time."""

    def __len__(self) -> int:
        return size()

    def __getitem__(self, position: int) -> int:  # type: ignore[override]
        return int(
            models.Entry.objects.filter(position=position).values_list("recorded", flat=True).get()
        )
