"""Prove that a fact is in the ledger, and that the ledger was only ever appended to (RFC 9162
§2.1).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from django.db import connection

from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop
from yuanliu.ledger import bulk, models
from yuanliu.ledger.merkle import (
    ProofInvalid,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    subtree_root,
    verify_consistency,
    verify_inclusion,
)
from yuanliu.ledger.read import LedgerBroken, NoSuchFact, size

STORED_STEP = 8


class DatabaseNodes:
    """Complete subtrees read from the database: leaves, and the stored roots of every 256^n of
    them.
    """

    def subtree_roots(self, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        """Give the roots asked for with one statement for each stored level they need.

        Raises LedgerBroken where one is not there.
        """
        needed: dict[int, set[int]] = {}
        for level, index in wanted:
            base = level - level % STORED_STEP
            width = 1 << (level - base)
            needed.setdefault(base, set()).update(range(index * width, (index + 1) * width))
        stored = {base: self._read(base, sorted(numbers)) for base, numbers in needed.items()}
        for base, numbers in needed.items():
            if missing := numbers - stored[base].keys():
                raise LedgerBroken(position=min(missing) << base)
        return [_fold(stored[level - level % STORED_STEP], level, index) for level, index in wanted]

    def _read(self, level: int, numbers: list[int]) -> dict[int, bytes]:
        if level == 0:
            among, parameter = bulk.members(connection, "bigint", numbers)
            statement = f"SELECT position, leaf_hash FROM ledger_entry WHERE position {among}"
            parameters: list[Any] = [parameter]
        else:
            among, parameter = bulk.members(connection, "bigint", numbers)
            statement = f"SELECT number, hash FROM ledger_node WHERE level = %s AND number {among}"
            parameters = [level, parameter]
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return {number: bytes(value) for number, value in cursor.fetchall()}


def _fold(stored: dict[int, bytes], level: int, index: int) -> bytes:
    """Fold stored roots up to a level that is not stored itself."""
    width = 1 << (level % STORED_STEP)
    row = [stored[number] for number in range(index * width, (index + 1) * width)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def root_at(tree_size: int) -> bytes:
    """Compute the root the ledger had at a size. Raises LedgerBroken if the head has another."""
    root = subtree_root(DatabaseNodes(), start=0, end=tree_size)
    head = models.Head.objects.filter(id=1, size=tree_size).first()
    if head is not None and bytes(head.root) != root:
        raise LedgerBroken(position=tree_size - 1)
    return root


def prove_inclusion(position: int, *, tree_size: int | None = None) -> dict[str, Any]:
    """Make a proof that the fact at a position is in the tree of a size (default: now).

    All hashes are base64. Whoever has the body can check it with SHA-256 alone. Raises NoSuchFact,
    Malformed, and LedgerBroken rather than hand out a proof that does not hold.
    """
    tree_size = _tree_size(tree_size)
    entry = models.Entry.objects.filter(position=position).first()
    if entry is None or not 0 <= position < tree_size:
        raise NoSuchFact(position=position, size=tree_size)
    proof = inclusion_proof(DatabaseNodes(), index=position, size=tree_size)
    leaf, root = leaf_hash(entry.body.encode()), root_at(tree_size)
    try:
        verify_inclusion(index=position, size=tree_size, leaf=leaf, proof=proof, root=root)
    except ProofInvalid as error:
        raise LedgerBroken(position=position) from error
    return {
        "position": position,
        "tree_size": tree_size,
        "body": entry.body,
        "leaf_hash": to_base64(leaf),
        "inclusion_proof": [to_base64(step) for step in proof],
        "root": to_base64(root),
    }


def prove_consistency(old_size: int, *, tree_size: int | None = None) -> dict[str, Any]:
    """Make a proof that the tree of the old size is the beginning of the newer one.

    Raises Malformed, and LedgerBroken rather than hand out a proof that does not hold.
    """
    tree_size = _tree_size(tree_size)
    if not 0 < old_size <= tree_size:
        raise Malformed(
            field="old_size",
            value=old_size,
            problem=gettext_noop("the ledger has %(size)s facts"),
            size=tree_size,
        )
    proof = consistency_proof(DatabaseNodes(), old_size=old_size, size=tree_size)
    old, root = root_at(old_size), root_at(tree_size)
    try:
        verify_consistency(old_size=old_size, size=tree_size, proof=proof, old_root=old, root=root)
    except ProofInvalid as error:
        raise LedgerBroken(position=old_size - 1) from error
    return {
        "old_size": old_size,
        "tree_size": tree_size,
        "old_root": to_base64(old),
        "root": to_base64(root),
        "consistency_proof": [to_base64(step) for step in proof],
    }


def _tree_size(wanted: int | None) -> int:
    known = size()
    if wanted is None:
        return known
    if not 0 < wanted <= known:
        raise Malformed(
            field="tree_size",
            value=wanted,
            problem=gettext_noop("the ledger has %(size)s facts"),
            size=known,
        )
    return wanted


def to_base64(value: bytes) -> str:
    """Write bytes as base64 text."""
    return base64.b64encode(value).decode()
