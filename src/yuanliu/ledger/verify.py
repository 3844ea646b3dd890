"""Recompute everything the ledger claims, values of the projections included, and name what is
wrong.

The checks share no shortcut with the code that appends: leaves, tree, stored nodes, head, signed
checkpoints and every projected row are made again from the bodies alone (R72; RELIABILITY T1, T4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from yuanliu.base import moments
from yuanliu.base.canonical import CanonicalError, canonical, loads
from yuanliu.ledger import bulk, models
from yuanliu.ledger.append import NODE_LEVELS
from yuanliu.ledger.checkpoints import kept_notes, verifier_key
from yuanliu.ledger.facts import Fact, fact_of
from yuanliu.ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from yuanliu.ledger.note import Checkpoint, NoteInvalid, open_note
from yuanliu.ledger.projections import projections
from yuanliu.ledger.rebuild import replay
from yuanliu.ledger.sheets import MemoryStore

FINDINGS_MAX = 100
ROW_POSITIONS = ("position", "fact", "last_position", "first")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was recorded; `position` is None where no single fact is
    concerned.
    """

    position: int | None
    what: str


@dataclass(slots=True)
class Report:
    """What a verification found; sound when it found nothing."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    checkpoints: int = 0
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Tell whether everything is as it was recorded."""
        return not self.findings

    @property
    def first_bad(self) -> int | None:
        """Give the lowest position that is wrong, or None."""
        return min((f.position for f in self.findings if f.position is not None), default=None)

    def find(self, position: int | None, what: str) -> None:
        """Note a finding; past a hundred the rest adds nothing."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(position, what))


def verify(home: Path, *, progress: Callable[[int], None] = lambda _done: None) -> Report:
    """Verify entries, tree, head, checkpoints and projections of the whole ledger."""
    report = Report()
    facts: dict[int, Fact] = {}
    roots = _claimed_roots(home, report)
    nodes, frontier = _walk(report, facts, roots, progress)
    _check_nodes(report, nodes)
    _check_head(report, frontier)
    for size, claims in roots.items():
        if size > report.size:
            for where, _root in claims:
                report.find(report.size, f"{where} signs {size} facts; only {report.size} are left")
    if len(facts) == report.size:
        _check_projections(report, facts)
    return report


Claims = dict[int, list[tuple[str, bytes]]]


def _claimed_roots(home: Path, report: Report) -> Claims:
    """Read the signed checkpoints: which root was claimed for which size, and where it is kept."""
    verifier = verifier_key(home)
    claims: Claims = {}
    for where, note in kept_notes(home):
        try:
            opened = open_note(note, [verifier] if verifier else [])
            checkpoint = Checkpoint.parse(opened.text)
        except NoteInvalid as error:
            report.find(None, f"{where} is not signed by this ledger's key: {error}")
            continue
        if where.startswith("ledger_checkpoint") and not where.endswith(f" {checkpoint.size}"):
            report.find(None, f"{where} holds the checkpoint of size {checkpoint.size}")
        claims.setdefault(checkpoint.size, []).append((where, checkpoint.root))
        report.checkpoints += 1
    return claims


def _walk(
    report: Report,
    facts: dict[int, Fact],
    roots: Claims,
    progress: Callable[[int], None],
) -> tuple[dict[tuple[int, int], bytes], Frontier]:
    frontier = Frontier()
    nodes: dict[tuple[int, int], bytes] = {}
    recorded = 0
    _check_root(report, frontier, roots)
    for position, kind, version, stamp, digest, body in _entries():
        if position != frontier.size:
            report.find(frontier.size, f"position {frontier.size} is missing; {position} follows")
            break
        leaf = leaf_hash(body.encode())
        if leaf != digest:
            report.find(position, "the body does not have the hash that was recorded")
        fact = _read(report, position, body)
        if fact is not None:
            if (kind, version, stamp) != (fact.kind, loads(body)["version"], fact.recorded):
                report.find(position, "kind, version or time differ from those in the body")
            if fact.recorded < recorded:
                report.find(position, "it was recorded before the fact that precedes it")
            recorded = max(recorded, fact.recorded)
            facts[position] = fact
        for node, value in frontier.append(leaf):
            if node[0] in NODE_LEVELS:
                nodes[node] = value
        report.size = frontier.size
        _check_root(report, frontier, roots)
        progress(report.size)
    report.root = frontier.root()
    return nodes, frontier


def _entries() -> Iterator[tuple[int, str, int, int, bytes, str]]:
    for row in bulk.select_all(connection, bulk.table_of(models.Entry, connection)):
        position, kind, version, recorded, digest, body = row
        yield position, kind, version, recorded, bytes(digest), body


def _read(report: Report, position: int, body: str) -> Fact | None:
    try:
        values = loads(body)
        if canonical(values) != body.encode():
            report.find(position, "the body is not in canonical form")
        fact = fact_of(position, values)
        if moments.iso(fact.recorded) != values["recorded"]:
            report.find(position, "the recorded time is not in canonical form")
    except (CanonicalError, ValueError, LookupError, TypeError, AttributeError) as error:
        report.find(position, f"the body cannot be read: {error!r}")
        return None
    except Exception as error:  # noqa: BLE001 - whatever a forged body provokes is a finding
        report.find(position, f"the body cannot be read: {error!r}")
        return None
    return fact


def _check_root(report: Report, frontier: Frontier, roots: Claims) -> None:
    for where, root in roots.get(frontier.size, ()):
        if root != frontier.root():
            last = frontier.size - 1 if frontier.size else None
            report.find(last, f"{where} signed another root; something before it was changed")


def _check_nodes(report: Report, nodes: dict[tuple[int, int], bytes]) -> None:
    stored = {
        (level, number): bytes(value)
        for level, number, value in bulk.select_all(
            connection, bulk.table_of(models.Node, connection)
        )
    }
    for node in sorted(stored.keys() | nodes.keys()):
        if stored.get(node) != nodes.get(node):
            level, number = node
            report.find(number << level, f"the stored tree node {level}/{number} is wrong")


def _check_head(report: Report, frontier: Frontier) -> None:
    head = models.Head.objects.filter(id=1).first()
    if head is None:
        if frontier.size:
            report.find(0, "the head is missing")
        return
    if head.size != frontier.size:
        at = min(int(head.size), frontier.size)
        report.find(at, f"the head says {head.size} facts; {frontier.size} are there")
    elif bytes(head.root) != frontier.root() or bytes(head.frontier) != frontier.to_bytes():
        report.find(frontier.size - 1 if frontier.size else None, "the head has another root")
    last = models.Entry.objects.order_by("-position").values_list("recorded", flat=True).first()
    if head.recorded != (last or 0):
        report.find(frontier.size - 1, "the head's clock is not that of the last fact")


def _check_projections(report: Report, facts: dict[int, Fact]) -> None:
    store = MemoryStore()
    ordered = (facts[position] for position in range(report.size))

    def read_facts(positions: Any) -> list[Fact]:
        return [facts[position] for position in sorted(set(positions))]

    try:
        replay(ordered, store, read_facts=read_facts)
    except Exception as error:  # noqa: BLE001 - a forged fact may break any projector
        report.find(None, f"the facts cannot be replayed: {error!r}")
        return
    for projection in projections():
        for model, _group in projection.tables:
            table = bulk.table_of(model, connection)
            _compare(report, table, store.tables.get(table.name, {}))


def _compare(report: Report, table: bulk.Table, made: dict[bulk.Row, bulk.Row]) -> None:
    places = table.at(*table.key)
    waiting = dict(made)
    for row in bulk.select_all(connection, table):
        report.rows += 1
        key = tuple(row[at] for at in places)
        expected = waiting.pop(key, None)
        if expected is None:
            report.find(_position(table, row), f"{table.name} has a row no fact made: {key}")
        elif expected != row:
            report.find(
                _position(table, expected),
                f"{table.name} row {key} {_changes(table, row, expected)}",
            )
    for key, row in waiting.items():
        report.find(_position(table, row), f"{table.name} lacks the row {key}")


def _changes(table: bulk.Table, row: bulk.Row, expected: bulk.Row) -> str:
    differing = [
        f"{name} is {held!r}, the facts say {wanted!r}"
        for name, held, wanted in zip(table.columns, row, expected, strict=True)
        if held != wanted
    ]
    return "; ".join(differing)


def _position(table: bulk.Table, row: bulk.Row) -> int | None:
    for name in ROW_POSITIONS:
        if name in table.columns:
            return int(row[table.columns.index(name)])
    return None
