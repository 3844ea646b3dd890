"""Recompute everything the ledger claims, values of the projections included, and name what is
wrong.

The checks share no shortcut with the code that appends: leaves, tree, stored nodes, head, signed
checkpoints and every projected row are made again from the bodies alone (R72; RELIABILITY T1, T4).

They go from the certain to the derived. An entry that contradicts itself is named, and what rests
on it is not judged. Where every entry is whole but the root is not the one that was signed or kept,
the rows still tell which fact they were made from, and so which entry is another one now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from yuanliu.base import moments
from yuanliu.base.canonical import CanonicalError, canonical, loads
from yuanliu.ledger import bulk, checkpoints, models
from yuanliu.ledger.append import NODE_LEVELS
from yuanliu.ledger.compare import check_projections
from yuanliu.ledger.facts import Fact, fact_of
from yuanliu.ledger.kinds import UnknownKind
from yuanliu.ledger.merkle import Frontier, Node, leaf_hash
from yuanliu.ledger.note import Checkpoint, NoteInvalid, VerifierKey, open_note
from yuanliu.ledger.read import as_stored, one_state
from yuanliu.ledger.report import Finding, Report

__all__ = ["Finding", "Report", "verify"]

Progress = Callable[[int], None]


def _quiet(_done: int) -> None:
    return None


@dataclass(slots=True)
class _Walk:
    """What the bodies alone give: facts, tree, and how the signed roots compare with it."""

    claims: dict[int, list[tuple[str, bytes]]]
    facts: list[Fact] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)
    nodes: dict[Node, bytes] = field(default_factory=dict)
    vouched: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)
    disorder: int | None = None

    def compare_root(self) -> None:
        """Compare the root so far with those signed for this size."""
        for where, root in self.claims.get(self.frontier.size, ()):
            if root == self.frontier.root():
                self.vouched = self.frontier.size
            else:
                self.wrong.append((self.frontier.size, f"{where} signed another root"))


def verify(home: Path, *, progress: Progress = _quiet) -> Report:
    """Verify entries, tree, head, checkpoints and projections of the whole ledger."""
    report = Report()
    # Before the database: what is signed while this runs must not look like facts that are gone.
    files = list(checkpoints.kept_files(home))
    with one_state(), as_stored():
        walk = _Walk(_claimed_roots(report, home, files))
        _walk_entries(report, walk, progress)
        if report.first_bad is None:
            certain = _check_length(report, walk) and _check_roots(report, walk)
            check_projections(report, walk.facts, certain=certain)
        else:
            _check_length(report, walk)
    return report


# Signed checkpoints -------------------------------------------------------------------------------


def _claimed_roots(
    report: Report, home: Path, files: list[tuple[str, bytes]]
) -> dict[int, list[tuple[str, bytes]]]:
    """Read the signed checkpoints: which root was claimed for which size, and where it is kept."""
    claims: dict[int, list[tuple[str, bytes]]] = {}
    verifier = _verifier(report, home)
    signed = set()
    for size, note in bulk.select_all(
        connection, bulk.table_of(models.SignedCheckpoint, connection)
    ):
        where = f"the checkpoint of {size} facts in the database"
        checkpoint = _opened(report, where, note, verifier)
        if checkpoint is None:
            continue
        signed.add(checkpoint.size)
        if checkpoint.size != size:
            report.find(None, f"{where} is that of {checkpoint.size} facts")
        claims.setdefault(checkpoint.size, []).append((where, checkpoint.root))
    for name, told in files:
        where = f"the checkpoint in the file {name}"
        checkpoint = _opened(report, where, told, verifier)
        if checkpoint is None:
            continue
        if checkpoint.size not in signed:
            report.find(None, f"{where} is no longer in the database")
        claims.setdefault(checkpoint.size, []).append((where, checkpoint.root))
    report.checkpoints = sum(map(len, claims.values()))
    return claims


def _verifier(report: Report, home: Path) -> VerifierKey | None:
    try:
        return checkpoints.verifier_key(home)
    except (NoteInvalid, ValueError) as error:
        report.find(None, f"the public key cannot be read: {error}")
        return None


def _opened(
    report: Report, where: str, note: str | bytes, verifier: VerifierKey | None
) -> Checkpoint | None:
    try:
        opened = open_note(note, [verifier] if verifier else [])
        return Checkpoint.parse(opened.text)
    except (NoteInvalid, TypeError, AttributeError) as error:
        report.find(None, f"{where} is not signed by this ledger's key: {error}")
        return None


# Entries ------------------------------------------------------------------------------------------


def _walk_entries(report: Report, walk: _Walk, progress: Progress) -> None:
    """Read every entry by itself; what is wrong with one of them is certain."""
    recorded = 0
    walk.compare_root()
    for position, *entry in bulk.select_all(connection, bulk.table_of(models.Entry, connection)):
        expected = walk.frontier.size
        if position != expected:
            what = "is missing" if position > expected else "is not where the ledger begins"
            report.find(expected, f"position {expected} {what}; the next is {position}")
            break
        leaf, fact = _check_entry(report, position, *entry)
        if fact is not None:
            if fact.recorded < recorded and walk.disorder is None:
                walk.disorder = position
            recorded = max(recorded, fact.recorded)
            walk.facts.append(fact)
        completed = walk.frontier.append(leaf)
        walk.nodes.update((node, value) for node, value in completed if node[0] in NODE_LEVELS)
        walk.compare_root()
        progress(walk.frontier.size)
    report.size = walk.frontier.size
    report.root = walk.frontier.root()


def _check_entry(
    report: Report, position: int, kind: str, version: int, stamp: int, digest: bytes, body: str
) -> tuple[bytes, Fact | None]:
    if not isinstance(body, str):
        report.find(position, "the body is not text")
        return leaf_hash(bytes(body)), None
    written = body.encode("utf-8", "surrogateescape")
    leaf = leaf_hash(written)
    if leaf != digest:
        report.find(position, "the body does not have the hash that was recorded")
    try:
        values = loads(written)
        if canonical(values) != written:
            report.find(position, "the body is not in canonical form")
        fact = fact_of(position, values)
        if moments.iso(fact.recorded) != values["recorded"]:
            report.find(position, "the recorded time is not in canonical form")
    except (CanonicalError, UnknownKind) as error:
        report.find(position, f"the body cannot be read: {error}")
        return leaf, None
    except Exception as error:  # noqa: BLE001 - whatever a forged body provokes is a finding
        report.find(position, f"the body cannot be read: {error!r}")
        return leaf, None
    if (kind, version, stamp) != (fact.kind, values["version"], fact.recorded):
        report.find(position, "kind, version or time differ from those in the body")
    return leaf, fact


def _check_length(report: Report, walk: _Walk) -> bool:
    """Compare how many entries there are with how many the head and the checkpoints say."""
    before = len(report.findings)
    heads = list(bulk.select_all(connection, bulk.table_of(models.Head, connection)))
    if len(heads) > 1 or (heads and heads[0][0] != 1):
        report.find(None, "there is more than the one head")
    size = next((head[1] for head in heads if head[0] == 1), 0)
    if size != report.size:
        at = min(size, report.size) if isinstance(size, int) else 0
        report.find(at, f"the head says {size} facts; {report.size} are there")
    for signed in sorted(walk.claims):
        if signed > report.size:
            where = walk.claims[signed][0][0]
            report.find(report.size, f"{where} is of {signed} facts; {report.size} are left")
    return len(report.findings) == before


# The tree -----------------------------------------------------------------------------------------


def _check_roots(report: Report, walk: _Walk) -> bool:
    """Compare head, stored nodes and signed roots with the tree of the bodies.

    Returns whether the entries are the ones that were recorded, as far as the tree can tell.
    """
    frontier = walk.frontier
    wrong = list(walk.wrong)
    for _id, _size, root, kept, recorded in bulk.select_all(
        connection, bulk.table_of(models.Head, connection)
    ):
        if root != frontier.root() or kept != frontier.to_bytes():
            wrong.append((frontier.size, "the head has another root"))
        if recorded != (walk.facts[-1].recorded if walk.facts else 0):
            report.find(None, "the head's clock is not that of the last fact")
    certain = not wrong or walk.vouched == frontier.size
    if walk.disorder is not None:
        position = walk.disorder if certain else None
        before = (
            f"the fact at position {walk.disorder} was recorded before the one that precedes it"
        )
        report.find(position, before)
    for size, what in wrong:
        if certain:
            report.find(None, what)
        else:
            report.suspect(walk.vouched, size, what)
    for node, value in _wrong_nodes(walk):
        first, last = node[1] << node[0], (node[1] + 1 << node[0]) - 1
        there = "is wrong" if value else "is missing"
        report.find(None, f"the stored tree node over positions {first} to {last} {there}")
    return certain


def _wrong_nodes(walk: _Walk) -> Iterator[tuple[Node, object]]:
    table = bulk.table_of(models.Node, connection)
    stored = {(level, number): value for level, number, value in bulk.select_all(connection, table)}
    for node in sorted(stored.keys() | walk.nodes.keys()):
        if stored.get(node) != walk.nodes.get(node):
            yield node, stored.get(node)
