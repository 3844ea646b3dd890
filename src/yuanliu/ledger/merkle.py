"""Compute and prove the ledger's Merkle tree (RFC 6962 §2.1, RFC 9162 §2.1, SHA-256).

A hash is 32 bytes. A leaf's index is the entry's position, from 0; a size is a number of leaves.
`[start, end)` is a subtree where `start` is a multiple of the smallest power of two not below
`end - start`; it is a Merkle tree of its own and can be proven to lie in the whole one
(draft-ietf-plants-merkle-tree-certs §4). A *node* `(level, index)` is a complete subtree: the
leaves `[index * 2^level, (index + 1) * 2^level)`, so that level 0 is a leaf.

A prover first finds by arithmetic alone which nodes each hash of the proof is folded from
(`…_nodes`), asks its `NodeSource` for all of them at once, then folds. A verifier follows the
standards' own verifying procedures, which share no code with the provers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Protocol

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

_SIZE_MAX: Final = 2**64 - 1
_SIZE_BYTES: Final = 8

Node = tuple[int, int]
"""A complete subtree, `(level, index)`."""

Interval = tuple[int, int]
"""The leaves `[start, end)`."""


class ProofInvalid(ValueError):
    """Say why a proof does not prove what it was given for."""


class NodeSource(Protocol):
    """Whatever keeps the tree: a database, a tile store, memory."""

    def subtree_roots(self, wanted: Sequence[Node]) -> list[bytes]:
        """Give the root hash of each wanted complete subtree, in the order asked for."""
        ...  # pragma: no cover


def leaf_hash(data: bytes) -> bytes:
    """Hash an entry into its leaf (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring subtrees into the one that holds both (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Compute the root over leaf hashes; EMPTY_ROOT for none (RFC 9162 §2.1.1)."""
    level = list(leaf_hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        # An odd last node has no sibling and rises unhashed.
        odd = level[-1:] if len(level) % 2 else []
        level = [node_hash(*pair) for pair in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


class Frontier:
    """Hold what is needed to append and to know the root: the complete subtrees, largest first.

    One hash for every bit set in the size (a compact range from leaf 0).
    """

    __slots__ = ("_roots", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._roots: list[bytes] = []

    @property
    def size(self) -> int:
        """Give the number of leaves appended."""
        return self._size

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Append one leaf hash, and give the nodes above the leaves that it completes."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> list[tuple[Node, bytes]]:
        """Append leaf hashes in order, and give the nodes above the leaves that they complete.

        The nodes come with their hashes, children before parents. Raises ValueError, with nothing
        appended, if a hash is not 32 bytes.
        """
        added = list(leaves)
        for leaf in added:
            _require_hash(leaf, "a leaf hash")
        completed: list[tuple[Node, bytes]] = []
        roots, size = self._roots, self._size
        for leaf in added:
            # Every trailing one of the size is a subtree that this leaf, rising, completes.
            level, index, rising = 0, size, leaf
            while index & 1:
                rising = sha256(b"\x01" + roots.pop() + rising).digest()
                level, index = level + 1, index >> 1
                completed.append(((level, index), rising))
            roots.append(rising)
            size += 1
        self._size = size
        return completed

    def root(self) -> bytes:
        """Compute the root over all leaves appended; EMPTY_ROOT for none."""
        return _fold(self._roots)

    def to_bytes(self) -> bytes:
        """Write the frontier as its size (8 bytes, big-endian) and its hashes, largest first."""
        return self._size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._roots)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Read what `to_bytes` wrote. Raises ValueError if the length does not fit the size."""
        size = int.from_bytes(data[:_SIZE_BYTES], "big")
        if len(data) != _SIZE_BYTES + HASH_SIZE * size.bit_count():
            raise ValueError(f"{len(data)} bytes are not a frontier of {size} leaves")
        frontier = cls()
        frontier._size = size
        frontier._roots = [
            bytes(data[at : at + HASH_SIZE]) for at in range(_SIZE_BYTES, len(data), HASH_SIZE)
        ]
        return frontier

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frontier) and self.to_bytes() == other.to_bytes()


class MemoryNodes:
    """Keep every complete subtree of a list of leaf hashes in memory (a NodeSource)."""

    def __init__(self, leaf_hashes: Iterable[bytes]) -> None:
        level = list(leaf_hashes)
        self.size = len(level)
        self._levels = [level]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            level = [node_hash(left, right) for left, right in pairs]
            self._levels.append(level)

    def subtree_roots(self, wanted: Sequence[Node]) -> list[bytes]:
        """Give the root of each wanted complete subtree. Raises IndexError for one not there."""
        return [self._levels[level][index] for level, index in wanted]


def is_subtree(start: int, end: int) -> bool:
    """Tell whether `[start, end)` can be a subtree; an empty one can stand anywhere.

    Source: draft-ietf-plants-merkle-tree-certs §4.1.
    """
    return 0 <= start <= end and start % _bit_ceil(end - start) == 0


def cover(start: int, end: int) -> list[Node]:
    """List the complete subtrees that `[start, end)` is folded from, left to right.

    Their sizes fall. Raises ValueError if `[start, end)` is not a subtree.
    """
    if not is_subtree(start, end):
        raise ValueError(f"[{start}, {end}) is not a subtree")
    nodes: list[Node] = []
    size = end - start
    while size:
        level = size.bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
        size -= 1 << level
    return nodes


def subtree_root(source: NodeSource, *, start: int, end: int) -> bytes:
    """Compute the root of a subtree; `start=0` gives the root of the whole tree at size `end`.

    Raises ValueError if `[start, end)` is not a subtree.
    """
    return _fold(_asked(source, cover(start, end)))


def inclusion_nodes(index: int, size: int) -> list[list[Node]]:
    """List, for each hash of an inclusion proof, the nodes it is folded from (RFC 9162 §2.1.3.1).

    Raises ValueError unless 0 <= index < size.
    """
    return subtree_inclusion_nodes(index, 0, size)


def consistency_nodes(old_size: int, size: int) -> list[list[Node]]:
    """List, for each hash of a consistency proof, the nodes it is folded from (RFC 9162 §2.1.4.1).

    Raises ValueError unless 0 < old_size <= size: from an empty tree there is nothing to prove.
    """
    if old_size == 0:
        raise ValueError("nothing can be proven from an empty tree")
    return subtree_consistency_nodes(0, old_size, size)


def subtree_inclusion_nodes(index: int, start: int, end: int) -> list[list[Node]]:
    """List, for each hash of a subtree inclusion proof, the nodes it is folded from.

    Raises ValueError unless `[start, end)` is a subtree that holds the leaf `index`.
    Source: draft-ietf-plants-merkle-tree-certs §4.3.
    """
    if not is_subtree(start, end) or not start <= index < end:
        raise ValueError(f"leaf {index} is not in a subtree [{start}, {end})")
    siblings: list[Interval] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return [cover(*sibling) for sibling in reversed(siblings)]


def subtree_consistency_nodes(start: int, end: int, size: int) -> list[list[Node]]:
    """List, for each hash of a subtree consistency proof, the nodes it is folded from.

    Raises ValueError unless `[start, end)` is a subtree of a tree of `size` leaves.
    Source: draft-ietf-plants-merkle-tree-certs §4.4.1.
    """
    if not is_subtree(start, end) or end > size:
        raise ValueError(f"[{start}, {end}) is not a subtree of {size} leaves")
    if start == end:
        return []
    siblings: list[Interval] = []
    left, right, known = 0, size, True
    while (left, right) != (start, end):
        middle = left + _split(right - left)
        if end <= middle:
            siblings.append((middle, right))
            right = middle
            continue
        siblings.append((left, middle))
        if start < middle:
            # The subtree reaches over the middle, so its root is no node of the larger tree and
            # the verifier must be given the rightmost part of it.
            start, known = middle, False
        left = middle
    if not known:
        siblings.append((left, right))
    return [cover(*sibling) for sibling in reversed(siblings)]


def inclusion_proof(source: NodeSource, *, index: int, size: int) -> list[bytes]:
    """Prove that the leaf at `index` is in the tree of `size` leaves. Raises as inclusion_nodes."""
    return _prove(source, inclusion_nodes(index, size))


def consistency_proof(source: NodeSource, *, old_size: int, size: int) -> list[bytes]:
    """Prove that the tree of `size` leaves starts with that of `old_size`.

    Raises as consistency_nodes.
    """
    return _prove(source, consistency_nodes(old_size, size))


def subtree_inclusion_proof(source: NodeSource, *, index: int, start: int, end: int) -> list[bytes]:
    """Prove that the leaf at `index` is in the subtree. Raises as subtree_inclusion_nodes."""
    return _prove(source, subtree_inclusion_nodes(index, start, end))


def subtree_consistency_proof(
    source: NodeSource, *, start: int, end: int, size: int
) -> list[bytes]:
    """Prove that the subtree is part of the tree of `size` leaves.

    Raises as subtree_consistency_nodes.
    """
    return _prove(source, subtree_consistency_nodes(start, end, size))


def verify_inclusion(
    *, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf hash stands at `index` in the tree of `size` leaves with this root.

    Raises ProofInvalid. Source: RFC 9162 §2.1.3.2.
    """
    verify_subtree_inclusion(index=index, start=0, end=size, leaf=leaf, proof=proof, root=root)


def verify_subtree_inclusion(
    *, index: int, start: int, end: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf hash stands at `index` in the subtree `[start, end)` with this root.

    Raises ProofInvalid. Source: draft-ietf-plants-merkle-tree-certs §4.3.2-3.
    """
    _check_bounds(index, start, end)
    if not is_subtree(start, end):
        raise ProofInvalid(f"[{start}, {end}) is not a subtree")
    if not start <= index < end:
        raise ProofInvalid(f"leaf {index} is not in [{start}, {end})")
    _check_hashes((leaf, *proof, root))
    path, last = index - start, end - start - 1
    computed = leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if path & 1 or path == last:
            computed = node_hash(sibling, computed)
            while not path & 1:  # levels where the last node has no sibling
                path, last = path >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        path, last = path >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("the proof is too short")
    if computed != root:
        raise ProofInvalid("the proof leads to another root")


def verify_consistency(
    *, old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> None:
    """Check that the tree of `size` leaves with this root starts with the old tree.

    Raises ProofInvalid, for an empty old tree too: every tree starts with it, so that a proof
    would vouch for nothing. Source: RFC 9162 §2.1.4.2.
    """
    _check_bounds(old_size, size)
    if old_size == 0:
        raise ProofInvalid("nothing can be proven from an empty tree")
    verify_subtree_consistency(
        start=0, end=old_size, size=size, proof=proof, subtree_root=old_root, root=root
    )


def verify_subtree_consistency(
    *, start: int, end: int, size: int, proof: Sequence[bytes], subtree_root: bytes, root: bytes
) -> None:
    """Check that the subtree `[start, end)` is part of the tree of `size` leaves with this root.

    An empty subtree is part of every tree: only its own root is checked then.
    Raises ProofInvalid. Source: draft-ietf-plants-merkle-tree-certs §4.4.3.
    """
    _check_bounds(start, end, size)
    if not is_subtree(start, end) or end > size:
        raise ProofInvalid(f"[{start}, {end}) is not a subtree of {size} leaves")
    if start == end or (start, end) == (0, size):
        # Nothing is hashed here, so the roots need no more than to be equal.
        expected = EMPTY_ROOT if start == end else root
        if proof:
            raise ProofInvalid("the proof is too long")
        if subtree_root != expected:
            raise ProofInvalid("the roots differ")
        return
    _check_hashes((subtree_root, *proof, root))
    # The paths, rising level by level, of the subtree's first and last leaf and the tree's last.
    first, last, tree_last = start, end - 1, size - 1
    while first != last and (last == tree_last or last & 1):
        first, last, tree_last = first >> 1, last >> 1, tree_last >> 1
    hashes = list(proof)
    if first != last and not hashes:
        raise ProofInvalid("the proof is too short")
    in_subtree = in_tree = subtree_root if first == last else hashes.pop(0)
    for sibling in hashes:
        if tree_last == 0:
            raise ProofInvalid("the proof is too long")
        if last & 1 or last == tree_last:
            if first < last:
                in_subtree = node_hash(sibling, in_subtree)
            in_tree = node_hash(sibling, in_tree)
            while not last & 1:  # levels where the last node has no sibling
                first, last, tree_last = first >> 1, last >> 1, tree_last >> 1
        else:
            in_tree = node_hash(in_tree, sibling)
        first, last, tree_last = first >> 1, last >> 1, tree_last >> 1
    if tree_last != 0:
        raise ProofInvalid("the proof is too short")
    if in_subtree != subtree_root:
        raise ProofInvalid("the proof leads to another subtree root")
    if in_tree != root:
        raise ProofInvalid("the proof leads to another root")


def _bit_ceil(size: int) -> int:
    """Give the smallest power of two not below `size`; 1 for 0."""
    return 1 << (size - 1).bit_length() if size else 1


def _split(size: int) -> int:
    """Give the largest power of two below `size` (> 1), where its two halves meet."""
    return 1 << ((size - 1).bit_length() - 1)


def _fold(roots: Sequence[bytes]) -> bytes:
    """Fold neighbouring complete subtrees, falling in size, into the root over all of them."""
    if not roots:
        return EMPTY_ROOT
    folded = roots[-1]
    for left in reversed(roots[:-1]):
        folded = node_hash(left, folded)
    return folded


def _asked(source: NodeSource, wanted: Sequence[Node]) -> list[bytes]:
    roots = source.subtree_roots(wanted) if wanted else []
    if len(roots) != len(wanted):
        raise ValueError(f"asked for {len(wanted)} nodes, given {len(roots)}")
    for root in roots:
        _require_hash(root, "a node")
    return roots


def _prove(source: NodeSource, parts: Sequence[Sequence[Node]]) -> list[bytes]:
    roots = iter(_asked(source, [node for part in parts for node in part]))
    return [_fold([next(roots) for _ in part]) for part in parts]


def _require_hash(value: bytes, what: str) -> None:
    if len(value) != HASH_SIZE:
        raise ValueError(f"{what} must be {HASH_SIZE} bytes, not {len(value)}")


def _check_bounds(*numbers: int) -> None:
    for number in numbers:
        if type(number) is not int or not 0 <= number <= _SIZE_MAX:
            raise ProofInvalid(f"{number!r} is not a position or size")


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for value in hashes:
        if not isinstance(value, bytes) or len(value) != HASH_SIZE:
            raise ProofInvalid(f"a hash must be {HASH_SIZE} bytes")
