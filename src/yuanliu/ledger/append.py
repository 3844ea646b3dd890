"""Append facts: one transaction, gapless positions in commit order, tree and projections with them.

Whoever appends locks the head row first, so that everything read afterwards is the last committed
state and positions are given in the order of commits: a follower that reads on from the last
position it saw misses nothing (DESIGN §4; RELIABILITY F8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from yuanliu.base.canonical import CanonicalError, canonical
from yuanliu.base.refusal import Malformed, Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.ledger import bulk, models
from yuanliu.ledger.facts import Draft, Fact, body_of
from yuanliu.ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from yuanliu.ledger.projections import Bench
from yuanliu.ledger.read import facts_at
from yuanliu.ledger.sheets import SqlStore

NODE_LEVELS = frozenset(range(8, 64, 8))
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The escape itself: not a backslash, written as two, before the letters u0000."""


class KeyReused(Refusal):
    """Say that an idempotency key came back with another request."""

    code = "key_reused"
    sentence = gettext_noop(
        "The key “%(key)s” was already used for another request. Send the same request again,"
        " or use"
        " a new key."
    )
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a request brought about: `count` facts from position `first`."""

    first: int
    count: int

    @property
    def positions(self) -> range:
        """Give the positions of the facts."""
        return range(self.first, self.first + self.count)


class Writing:
    """The ledger while its head is locked: record facts, rewind a refused call, all or nothing at
    the end.
    """

    def __init__(self, head: models.Head, now: int) -> None:
        self._head = head
        self._frontier = Frontier.from_bytes(bytes(head.frontier))
        self._facts: list[Fact] = []
        self._bodies: list[bytes] = []
        # The ledger's own clock never runs backward, whatever the machine's does (F6).
        self.recorded = max(now, head.recorded)
        self.bench = Bench(connection, SqlStore(connection), self._read_facts)

    @property
    def head(self) -> models.Head:
        """Give the head as it was when it was locked."""
        return self._head

    @property
    def next_position(self) -> int:
        """Give the position the next fact will take."""
        return int(self._head.size) + len(self._facts)

    def record(self, draft: Draft) -> Fact:
        """Record a decided fact and apply it to the projections.

        Raises Malformed if it has no canonical form.
        """
        fact = Fact(
            position=self.next_position,
            recorded=self.recorded,
            data=draft.data,
            occurred=draft.occurred,
            grade=draft.grade,
            provenance=draft.provenance,
            context=draft.context,
            conflicts=draft.conflicts,
            supersedes=draft.supersedes,
            reason=draft.reason,
        )
        body = _canonical_body(fact)
        self.bench.apply(fact)
        self._facts.append(fact)
        self._bodies.append(body)
        return fact

    def mark(self) -> tuple[int, int]:
        """Remember the present state, to rewind to if a call is refused halfway."""
        return (len(self._facts), self.bench.mark())

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forget everything recorded since the mark."""
        count, undo = mark
        del self._facts[count:]
        del self._bodies[count:]
        self.bench.rewind(undo)

    def facts_since(self, position: int) -> list[Fact]:
        """Give the facts recorded in this transaction from a position on."""
        return self._facts[position - int(self._head.size) :]

    def _read_facts(self, positions: Sequence[int]) -> list[Fact]:
        size = int(self._head.size)
        old = facts_at([position for position in positions if position < size])
        return old + [self._facts[position - size] for position in positions if position >= size]

    def finish(self) -> None:
        """Write entries, tree, head and projections."""
        if not self._facts:
            return
        hashes = [leaf_hash(body) for body in self._bodies]
        nodes = self._frontier.extend(hashes)
        entries = [
            (fact.position, fact.kind, fact.data.VERSION, fact.recorded, digest, body.decode())
            for fact, digest, body in zip(self._facts, hashes, self._bodies, strict=True)
        ]
        bulk.insert(connection, bulk.table_of(models.Entry, connection), entries)
        kept = [(*node, value) for node, value in nodes if node[0] in NODE_LEVELS]
        bulk.insert(connection, bulk.table_of(models.Node, connection), kept)
        models.Head.objects.filter(id=1).update(
            size=self._frontier.size,
            root=self._frontier.root(),
            frontier=self._frontier.to_bytes(),
            recorded=self.recorded,
        )
        self.bench.flush()


def _canonical_body(fact: Fact) -> bytes:
    try:
        body = canonical(body_of(fact))
    except CanonicalError as error:
        raise Malformed(
            field="fact", value=fact.kind, problem="%(detail)s", detail=str(error)
        ) from error
    if b"\\u0000" in body and _NUL.search(body):
        raise Malformed(
            field="fact", value=fact.kind, problem=gettext_noop("it contains a NUL character")
        )
    return body


@contextmanager
def writing(*, now: int) -> Iterator[Writing]:
    """Open the ledger for appending; `now` is the door's clock in microseconds since 1970 UTC.

    Everything recorded inside becomes durable together when the block ends, or not at all if it
    raises.
    """
    with transaction.atomic():
        head = _lock_head()
        work = Writing(head, now)
        yield work
        work.finish()


def _lock_head() -> models.Head:
    head = models.Head.objects.select_for_update().filter(id=1).first()
    if head is None:
        empty = Frontier()
        models.Head.objects.get_or_create(
            id=1, defaults={"size": 0, "root": EMPTY_ROOT, "frontier": empty.to_bytes()}
        )
        head = models.Head.objects.select_for_update().get(id=1)
    return head
