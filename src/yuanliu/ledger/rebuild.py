"""Replay the ledger into the projections: the tables are a reading of it and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction

from yuanliu.base.canonical import canonical
from yuanliu.ledger import bulk
from yuanliu.ledger.append import writing
from yuanliu.ledger.facts import Fact
from yuanliu.ledger.projections import Bench, FactReader, in_chunks, projections
from yuanliu.ledger.read import facts_at, facts_from
from yuanliu.ledger.sheets import SqlStore, Store

CHUNK = 2_000
Progress = Callable[[int], None]


def _quiet(_done: int) -> None:
    return None


def rebuild(*, now: int, progress: Progress = _quiet) -> int:
    """Empty every projection and replay all facts into them, in one transaction.

    Returns their number.
    """
    with transaction.atomic(), writing(now=now):
        for projection in projections():
            for model, _group in projection.tables:
                bulk.clear(connection, bulk.table_of(model, connection))
        return replay(facts_from(), SqlStore(connection), read_facts=facts_at, progress=progress)


def replay(
    facts: Iterable[Fact], store: Store, *, read_facts: FactReader, progress: Progress = _quiet
) -> int:
    """Apply facts to all projections over a store. Returns their number."""
    done = 0
    for chunk in in_chunks(facts, CHUNK):
        bench = Bench(connection, store, read_facts)
        bench.apply_all(chunk)
        bench.flush()
        done += len(chunk)
        progress(done)
    return done


def dump() -> bytes:
    """Write every projection table as canonical bytes: equal dumps are equal tables."""
    lines = []
    for projection in projections():
        for model, _group in projection.tables:
            table = bulk.table_of(model, connection)
            lines.append(table.name.encode())
            lines.extend(canonical([_plain(value) for value in row]) for row in _sorted(table))
    return b"\n".join(lines)


def fingerprint() -> str:
    """Give the SHA-256 of the dump."""
    return hashlib.sha256(dump()).hexdigest()


def _sorted(table: bulk.Table) -> list[bulk.Row]:
    # Databases collate text differently; the dump must not.
    return sorted(bulk.select_all(connection, table), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, int) and abs(value) >= 2**53 else value
