"""Proofs from the database: whoever has a body can check it without us."""

import base64
import random
from typing import Any

import pytest
from django.db import connection

from tests.ledger.kinds_of_test import known_to_the_ledger, ring
from yuanliu.base.refusal import Malformed
from yuanliu.ledger import append, merkle, models, proofs, triggers
from yuanliu.ledger.append import writing
from yuanliu.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from yuanliu.ledger.proofs import DatabaseNodes, prove_consistency, prove_inclusion, root_at
from yuanliu.ledger.read import LedgerBroken, NoSuchFact

pytestmark = pytest.mark.django_db
HASHES = ("leaf_hash", "root", "old_root")
LISTS = ("inclusion_proof", "consistency_proof")


@pytest.fixture(autouse=True)
def bells():
    with known_to_the_ledger():
        yield


def grow(sizes: list[int]) -> list[bytes]:
    """Append so many facts in each of several transactions; give all leaf hashes."""
    for size in sizes:
        with writing(now=1) as work:
            for _ in range(size):
                ring(work, work.next_position)
    bodies = models.Entry.objects.order_by("position").values_list("body", flat=True)
    return [leaf_hash(body.encode()) for body in bodies]


def decoded(proof: dict[str, Any]) -> dict[str, Any]:
    """Read a proof as a stranger does."""
    return {
        name: base64.b64decode(value)
        if name in HASHES
        else [base64.b64decode(step) for step in value]
        if name in LISTS
        else value
        for name, value in proof.items()
    }


def check_inclusion(proof: dict[str, Any]) -> None:
    told = decoded(proof)
    leaf = leaf_hash(told["body"].encode())
    assert leaf == told["leaf_hash"]
    verify_inclusion(
        index=told["position"],
        size=told["tree_size"],
        leaf=leaf,
        proof=told["inclusion_proof"],
        root=told["root"],
    )


def check_consistency(proof: dict[str, Any]) -> None:
    told = decoded(proof)
    verify_consistency(
        old_size=told["old_size"],
        size=told["tree_size"],
        proof=told["consistency_proof"],
        old_root=told["old_root"],
        root=told["root"],
    )


def test_every_position_of_every_size_of_a_small_ledger_is_proven():
    leaves = grow([1, 2, 3, 5, 8])
    for size in range(1, len(leaves) + 1):
        assert root_at(size) == merkle.root_of(leaves[:size])
        for position in range(size):
            check_inclusion(prove_inclusion(position, tree_size=size))
            check_consistency(prove_consistency(position + 1, tree_size=size))


@pytest.mark.parametrize("seed", range(3))
def test_random_positions_at_random_sizes_are_proven_over_stored_nodes(seed):
    chance = random.Random(seed)
    leaves = grow([chance.randint(1, 200) for _ in range(8)])
    size = len(leaves)
    assert models.Node.objects.count() == size // 256
    for _ in range(60):
        tree_size = chance.randint(1, size)
        position = chance.randrange(tree_size)
        check_inclusion(prove_inclusion(position, tree_size=tree_size))
        check_consistency(prove_consistency(position + 1, tree_size=tree_size))
        assert root_at(tree_size) == merkle.root_of(leaves[:tree_size])


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 768])
def test_the_edges_of_stored_nodes_are_proven(size):
    leaves = grow([size])
    for position in {0, 1, 127, 128, 254, size // 2, size - 2, size - 1}:
        check_inclusion(prove_inclusion(position))
        check_consistency(prove_consistency(position + 1))
    assert root_at(size) == merkle.root_of(leaves)
    stored = models.Node.objects.order_by("number").values_list("level", "number", "hash")
    assert [(level, number, bytes(value)) for level, number, value in stored] == [
        (8, number, merkle.root_of(leaves[number * 256 : (number + 1) * 256]))
        for number in range(size // 256)
    ]


@pytest.mark.parametrize("step", [1, 2, 3])
def test_any_number_of_stored_levels_gives_the_same_tree(monkeypatch, step):
    # With 8 levels to a step, the third stored level would need 16,777,216 facts.
    monkeypatch.setattr(proofs, "STORED_STEP", step)
    monkeypatch.setattr(append, "NODE_LEVELS", frozenset(range(step, 64, step)))
    leaves = grow([1, 30, 70, 3, 96])
    nodes = merkle.MemoryNodes(leaves)
    wanted = [(level, index) for level in range(8) for index in range(len(leaves) >> level)]
    assert DatabaseNodes().subtree_roots(wanted) == nodes.subtree_roots(wanted)
    levels = set(models.Node.objects.values_list("level", flat=True))
    assert levels == set(range(step, 8, step))
    for tree_size in range(1, 201, 7):
        check_inclusion(prove_inclusion(tree_size // 2, tree_size=tree_size))
        check_consistency(prove_consistency(1 + tree_size // 3, tree_size=tree_size))


@pytest.mark.parametrize(
    ("level", "index", "rows"),
    [(0, 70_000, 1), (7, 3, 128), (8, 256, 1), (15, 1, 128), (16, 1, 1), (17, 0, 2), (24, 3, 1)],
)
def test_a_node_is_folded_from_few_stored_rows(monkeypatch, level, index, rows):
    asked = []

    def read(self: DatabaseNodes, base: int, numbers: list[int]) -> dict[int, bytes]:
        asked.append((base, numbers))
        return {number: bytes([base]) * 31 + bytes([number % 256]) for number in numbers}

    monkeypatch.setattr(DatabaseNodes, "_read", read)
    (root,) = DatabaseNodes().subtree_roots([(level, index)])
    ((base, numbers),) = asked
    assert (base, len(numbers)) == (level - level % 8, rows)
    assert numbers == list(range(index * rows, (index + 1) * rows))
    leaves = [bytes([base]) * 31 + bytes([number % 256]) for number in numbers]
    assert root == merkle.root_of(leaves)


def test_a_proof_needs_few_statements(django_assert_max_num_queries):
    grow([700])
    with django_assert_max_num_queries(9):
        prove_inclusion(300)
    with django_assert_max_num_queries(9):
        prove_consistency(300)


@pytest.mark.parametrize("position", [5, -1, 2**62, 10**30])
def test_a_position_beyond_the_tree_cannot_be_proven(position):
    grow([5])
    with pytest.raises(NoSuchFact) as refused:
        prove_inclusion(position)
    assert refused.value.facts == {"position": position, "size": 5}


def test_a_position_that_came_later_is_not_in_an_earlier_tree():
    grow([5])
    with pytest.raises(NoSuchFact) as refused:
        prove_inclusion(3, tree_size=3)
    assert refused.value.facts == {"position": 3, "size": 3}


@pytest.mark.parametrize("size", [0, 6, -1, 10**30])
def test_a_size_the_ledger_never_had_is_refused(size):
    grow([5])
    for prove in (
        lambda: prove_inclusion(0, tree_size=size),
        lambda: prove_consistency(1, tree_size=size),
        lambda: prove_consistency(size),
    ):
        with pytest.raises(Malformed) as refused:
            prove()
        assert str(refused.value).endswith("cannot be read: the ledger has 5 facts.")


def test_an_empty_ledger_proves_nothing():
    with pytest.raises(NoSuchFact):
        prove_inclusion(0)
    with pytest.raises(Malformed):
        prove_consistency(1)


def test_a_proof_of_what_was_changed_is_not_handed_out():
    grow([300])
    triggers.remove(connection)
    entry = models.Entry.objects.get(position=7)
    models.Entry.objects.filter(position=7).update(body=entry.body.replace("7", "8"))
    with pytest.raises(LedgerBroken) as refused:
        prove_inclusion(7)
    assert refused.value.facts == {"position": 7}


def test_a_proof_over_a_changed_node_is_not_handed_out():
    grow([300])
    triggers.remove(connection)
    models.Node.objects.update(hash=b"\1" * 32)
    for prove in (lambda: prove_inclusion(290), lambda: prove_consistency(256)):
        with pytest.raises(LedgerBroken):
            prove()


def test_a_missing_node_or_leaf_is_named():
    grow([600])
    triggers.remove(connection)
    models.Node.objects.filter(number=1).delete()
    with pytest.raises(LedgerBroken) as refused:
        prove_inclusion(590)
    assert refused.value.facts == {"position": 256}
    models.Entry.objects.filter(position=589).delete()
    with pytest.raises(LedgerBroken) as refused:
        DatabaseNodes().subtree_roots([(2, 147)])
    assert refused.value.facts == {"position": 589}
