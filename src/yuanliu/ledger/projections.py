"""Projections: tables that are nothing but a reading of the ledger (DESIGN §1, §4).

A room registers a projection in its `AppConfig.ready()`. Live, each fact is applied in the
transaction that records it; on rebuild and verification all facts are applied again by the same
code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from yuanliu.ledger.bulk import Row, Table
from yuanliu.ledger.facts import Fact
from yuanliu.ledger.sheets import Sheet, Shelf, Store

FactReader = Callable[[Sequence[int]], list[Fact]]


class Session(Protocol):
    """One projection at work on one shelf."""

    def preload(self, facts: Sequence[Fact]) -> None:
        """Read what these facts will touch, with few statements."""
        ...

    def apply(self, fact: Fact) -> None:
        """Work one fact into the sheets."""
        ...

    def settle(self) -> None:
        """Put what the session still holds into the sheets, before they are flushed."""
        ...


class Projection(Protocol):
    """A reading of the ledger: its name, its tables (each with the column that groups it), its
    sessions.
    """

    name: str
    tables: Sequence[tuple[type[models.Model], str]]

    def open(self, bench: Bench) -> Session:
        """Start a session."""
        ...

    def last_fact(self, table: Table, row: Row, made: Store) -> int | None:
        """Give the position of the last fact that bears on a row which does not itself name one.

        `made` holds the tables as the facts make them. None if no fact is known to bear on it.
        """
        return None


_PROJECTIONS: dict[str, Projection] = {}


def register(projection: Projection) -> None:
    """Add a projection; facts are applied in the order of registration."""
    _PROJECTIONS[projection.name] = projection


def projections() -> list[Projection]:
    """Give the projections in the order in which facts are applied to them."""
    return list(_PROJECTIONS.values())


class Bench:
    """Where the projections work together: one shelf, one session each, and a reader of earlier
    facts.
    """

    def __init__(
        self, connection: BaseDatabaseWrapper, store: Store, read_facts: FactReader
    ) -> None:
        self.shelf = Shelf(connection, store)
        self.read_facts = read_facts
        self.sessions: dict[str, Session] = {}
        for projection in projections():
            self.sessions[projection.name] = projection.open(self)

    def sheet(self, model: type[models.Model], group: str) -> Sheet:
        """Give the working copy of a table."""
        return self.shelf.sheet(model, group)

    def apply(self, fact: Fact) -> None:
        """Apply a fact to every projection."""
        for session in self.sessions.values():
            session.apply(fact)

    def apply_all(self, facts: Sequence[Fact]) -> None:
        """Preload for a run of facts, then apply each."""
        for session in self.sessions.values():
            session.preload(facts)
        for fact in facts:
            self.apply(fact)

    def flush(self) -> None:
        """Write everything to the store."""
        for session in self.sessions.values():
            session.settle()
        self.shelf.flush()

    def mark(self) -> int:
        """Remember the present state."""
        return len(self.shelf.undo)

    def rewind(self, mark: int) -> None:
        """Return to a remembered state."""
        self.shelf.rewind(mark)


def in_chunks(facts: Iterable[Fact], size: int) -> Iterable[list[Fact]]:
    """Cut a stream of facts into lists."""
    chunk: list[Fact] = []
    for fact in facts:
        chunk.append(fact)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
