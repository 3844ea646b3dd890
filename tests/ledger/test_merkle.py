"""RFC 6962/9162 trees: roots, frontiers and the four kinds of proof, on vectors and by law."""

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanliu.ledger import merkle
from yuanliu.ledger.merkle import EMPTY_ROOT, Frontier, MemoryNodes, Node, ProofInvalid

VECTORS = Path(__file__).parent.parent / "vectors" / "merkle-proofs"

SIZE_MAX = 300
LEAVES = [merkle.leaf_hash(f"entry {number}".encode()) for number in range(SIZE_MAX)]
NODES = MemoryNodes(LEAVES)


# For each family: what verifies it, and which member of a case is which argument.
FAMILIES: dict[str, tuple[Any, dict[str, str]]] = {
    "inclusion": (
        merkle.verify_inclusion,
        {"index": "leafIdx", "size": "treeSize", "leaf": "leafHash", "root": "root"},
    ),
    "consistency": (
        merkle.verify_consistency,
        {"old_size": "size1", "size": "size2", "old_root": "root1", "root": "root2"},
    ),
    "subtreeinclusion": (
        merkle.verify_subtree_inclusion,
        {"index": "leafIdx", "start": "start", "end": "end", "leaf": "leafHash", "root": "root"},
    ),
    "subtreeconsistency": (
        merkle.verify_subtree_consistency,
        {"start": "start", "end": "end", "size": "size", "subtree_root": "root1", "root": "root2"},
    ),
}


def cases(family: str) -> list[Any]:
    paths = sorted((VECTORS / family).rglob("*.json"))
    return [pytest.param(family, path, id=str(path.relative_to(VECTORS))) for path in paths]


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name in ("root", "root1", "root2", "leafHash"):
        if name in case:
            case[name] = base64.b64decode(case[name])
    case["proof"] = [base64.b64decode(text) for text in case["proof"] or []]
    return case


def verdict(verify: Any, **arguments: Any) -> str:
    try:
        verify(**arguments)
    except ProofInvalid:
        return "refused"
    return "accepted"


def mth(leaves: Sequence[bytes]) -> bytes:
    """Compute a root by the recursive definition of RFC 9162 §2.1.1, as an oracle."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + mth(leaves[:half]) + mth(leaves[half:])).digest()


ROOTS = [mth(LEAVES[:size]) for size in range(SIZE_MAX + 1)]

sizes = st.integers(1, SIZE_MAX)


@st.composite
def leaves_in_trees(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(1, size)), size


@st.composite
def subtrees(draw: st.DrawFn) -> tuple[int, int, int]:
    """Draw a non-empty subtree and the size of a tree that holds it."""
    width = draw(st.integers(1, SIZE_MAX))
    step = 1 << (width - 1).bit_length()
    start = draw(st.integers(0, (SIZE_MAX - width) // step)) * step
    return start, start + width, draw(st.integers(start + width, SIZE_MAX))


# --- the published vectors ----------------------------------------------------------------------


def test_every_family_has_cases_of_both_verdicts() -> None:
    for family in FAMILIES:
        verdicts = {read(case.values[1])["wantErr"] for case in cases(family)}
        assert verdicts == {True, False}


@pytest.mark.parametrize(
    ("family", "path"), [case for family in FAMILIES for case in cases(family)]
)
def test_a_vector_has_the_verdict_it_asks_for(family: str, path: Path) -> None:
    verify, names = FAMILIES[family]
    case = read(path)
    arguments = {argument: case[name] for argument, name in names.items()}
    expected = "refused" if case["wantErr"] else "accepted"
    assert verdict(verify, proof=case["proof"], **arguments) == expected


# --- hashes and roots ---------------------------------------------------------------------------


def test_leaves_and_nodes_are_hashed_with_different_first_bytes() -> None:
    assert merkle.leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert merkle.leaf_hash(b"L123456").hex() == (
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )
    assert merkle.node_hash(b"N123", b"N456").hex() == (
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root_of([]) == Frontier().root() == EMPTY_ROOT


@pytest.mark.parametrize("size", range(0, SIZE_MAX + 1, 7))
def test_a_root_is_that_of_the_recursive_definition(size: int) -> None:
    assert merkle.root_of(LEAVES[:size]) == ROOTS[size]
    assert merkle.subtree_root(NODES, start=0, end=size) == ROOTS[size]


# --- frontiers ----------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 40), max_size=12))
def test_a_frontier_has_the_root_of_all_leaves_however_they_were_appended(
    batches: list[int],
) -> None:
    frontier, size = Frontier(), 0
    for count in batches:
        count = min(count, SIZE_MAX - size)
        if count == 1:
            frontier.append(LEAVES[size])
        else:
            frontier.extend(LEAVES[size : size + count])
        size += count
        assert frontier.size == size
        assert frontier.root() == merkle.root_of(LEAVES[:size]) == ROOTS[size]


@given(st.integers(0, SIZE_MAX), st.integers(0, SIZE_MAX))
def test_a_frontier_reads_back_from_its_bytes_and_grows_on(size: int, more: int) -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:size])
    written = frontier.to_bytes()
    assert len(written) == 8 + 32 * size.bit_count()
    again = Frontier.from_bytes(written)
    assert again == frontier
    assert again.to_bytes() == written
    again.extend(LEAVES[size : size + more])
    assert again.root() == ROOTS[min(size + more, SIZE_MAX)]


@given(st.integers(0, SIZE_MAX), st.integers(0, SIZE_MAX))
def test_a_frontier_names_exactly_the_nodes_that_the_new_leaves_complete(a: int, b: int) -> None:
    before, after = min(a, b), max(a, b)
    frontier = Frontier()
    frontier.extend(LEAVES[:before])
    completed = frontier.extend(LEAVES[before:after])
    expected = {
        (level, index)
        for level in range(1, SIZE_MAX.bit_length())
        for index in range(before >> level, after >> level)
    }
    nodes = [node for node, _ in completed]
    assert len(nodes) == len(expected)
    assert set(nodes) == expected
    assert NODES.subtree_roots(nodes) == [root for _, root in completed]


def test_a_frontier_of_a_wrong_length_is_refused() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:5])
    written = frontier.to_bytes()
    for wrong in (b"", written[:-1], written + b"\x00", written[:7], written[:8]):
        with pytest.raises(ValueError, match="not a frontier"):
            Frontier.from_bytes(wrong)


def test_a_leaf_hash_of_a_wrong_length_is_refused_and_nothing_is_appended() -> None:
    frontier = Frontier()
    with pytest.raises(ValueError, match="must be 32 bytes"):
        frontier.extend([LEAVES[0], b"short"])
    assert frontier.size == 0
    assert frontier.root() == EMPTY_ROOT


# --- proofs by law ------------------------------------------------------------------------------


def with_one_bit_changed(proof: list[bytes], bit: int) -> list[bytes]:
    position, bit = divmod(bit % (256 * len(proof)), 256)
    changed = bytearray(proof[position])
    changed[bit // 8] ^= 1 << bit % 8
    return [*proof[:position], bytes(changed), *proof[position + 1 :]]


def flipped(value: bytes, bit: int) -> bytes:
    return with_one_bit_changed([value], bit)[0]


def refuses_every_change(verify: Any, good: dict[str, Any], hashes: list[str], bit: int) -> None:
    """Check that the proof holds as given, and with no bit, hash or length changed."""
    verify(**good)
    for name in hashes:
        assert verdict(verify, **good | {name: flipped(good[name], bit)}) == "refused"
        assert verdict(verify, **good | {name: good[name] + b"\x00"}) == "refused"
    proof = good["proof"]
    wrong_proofs = [[*proof, LEAVES[0]], [LEAVES[0], *proof], [*proof, b""], [b"", *proof]]
    if proof:
        wrong_proofs += [proof[:-1], proof[1:], with_one_bit_changed(proof, bit)]
        wrong_proofs += [[proof[0][:-1], *proof[1:]], [proof[0] + b"\x00", *proof[1:]]]
    for wrong in wrong_proofs:
        assert verdict(verify, **good | {"proof": wrong}) == "refused"


bits = st.integers(0, 2**16)


@given(leaves_in_trees(), bits)
def test_an_inclusion_proof_holds_and_no_change_of_it_does(leaf: tuple[int, int], bit: int) -> None:
    index, size = leaf
    proof = merkle.inclusion_proof(NODES, index=index, size=size)
    assert len(proof) <= (size - 1).bit_length()
    good = {
        "index": index,
        "size": size,
        "leaf": LEAVES[index],
        "proof": proof,
        "root": ROOTS[size],
    }
    refuses_every_change(merkle.verify_inclusion, good, ["leaf", "root"], bit)
    for other in {index - 1, index + 1, size, -1, 2**64}:
        assert verdict(merkle.verify_inclusion, **good | {"index": other}) == "refused"
    assert verdict(merkle.verify_inclusion, **good | {"size": index}) == "refused"


@given(growths(), bits)
def test_a_consistency_proof_holds_and_no_change_of_it_does(
    growth: tuple[int, int], bit: int
) -> None:
    old_size, size = growth
    good = {
        "old_size": old_size,
        "size": size,
        "proof": merkle.consistency_proof(NODES, old_size=old_size, size=size),
        "old_root": ROOTS[old_size],
        "root": ROOTS[size],
    }
    refuses_every_change(merkle.verify_consistency, good, ["old_root", "root"], bit)
    for other in {0, -1, size + 1}:
        assert verdict(merkle.verify_consistency, **good | {"old_size": other}) == "refused"


@given(subtrees(), st.integers(0, SIZE_MAX), bits)
def test_a_subtree_inclusion_proof_holds_and_no_change_of_it_does(
    subtree: tuple[int, int, int], number: int, bit: int
) -> None:
    start, end, _ = subtree
    index = start + number % (end - start)
    good = {
        "index": index,
        "start": start,
        "end": end,
        "leaf": LEAVES[index],
        "proof": merkle.subtree_inclusion_proof(NODES, index=index, start=start, end=end),
        "root": mth(LEAVES[start:end]),
    }
    refuses_every_change(merkle.verify_subtree_inclusion, good, ["leaf", "root"], bit)
    for other in {start - 1, end}:
        assert verdict(merkle.verify_subtree_inclusion, **good | {"index": other}) == "refused"


@given(subtrees(), bits)
def test_a_subtree_consistency_proof_holds_and_no_change_of_it_does(
    subtree: tuple[int, int, int], bit: int
) -> None:
    start, end, size = subtree
    good = {
        "start": start,
        "end": end,
        "size": size,
        "proof": merkle.subtree_consistency_proof(NODES, start=start, end=end, size=size),
        "subtree_root": mth(LEAVES[start:end]),
        "root": ROOTS[size],
    }
    refuses_every_change(merkle.verify_subtree_consistency, good, ["subtree_root", "root"], bit)


def test_every_proof_in_every_small_tree_holds() -> None:
    for size in range(1, 34):
        for start in range(size):
            for end in range(start + 1, size + 1):
                if not merkle.is_subtree(start, end):
                    continue
                proof = merkle.subtree_consistency_proof(NODES, start=start, end=end, size=size)
                merkle.verify_subtree_consistency(
                    start=start,
                    end=end,
                    size=size,
                    proof=proof,
                    subtree_root=mth(LEAVES[start:end]),
                    root=ROOTS[size],
                )


def test_the_subtree_proofs_of_the_draft_are_made_of_the_hashes_it_names() -> None:
    def of(*intervals: tuple[int, int]) -> list[bytes]:
        return [mth(LEAVES[start:end]) for start, end in intervals]

    inclusion = merkle.subtree_inclusion_proof(NODES, index=10, start=8, end=13)
    assert inclusion == of((11, 12), (8, 10), (12, 13))
    of_full_subtree = merkle.subtree_consistency_proof(NODES, start=4, end=8, size=14)
    assert of_full_subtree == of((0, 4), (8, 14))
    of_ragged_subtree = merkle.subtree_consistency_proof(NODES, start=8, end=13, size=14)
    assert of_ragged_subtree == of((12, 13), (13, 14), (8, 12), (0, 8))


@given(growths(), leaves_in_trees())
def test_a_subtree_from_zero_or_of_one_leaf_has_the_plain_proofs(
    growth: tuple[int, int], leaf: tuple[int, int]
) -> None:
    old_size, size = growth
    assert merkle.subtree_consistency_nodes(0, old_size, size) == merkle.consistency_nodes(
        old_size, size
    )
    index, size = leaf
    assert merkle.subtree_consistency_nodes(index, index + 1, size) == merkle.inclusion_nodes(
        index, size
    )


def test_a_proof_in_a_very_large_tree_is_found_by_arithmetic_alone() -> None:
    parts = merkle.inclusion_nodes(2**63, 2**64 - 1)
    assert len(parts) == 64
    assert parts[0] == [(0, 2**63 + 1)]
    assert parts[-1] == [(63, 0)]


# --- what cannot be asked or verified -----------------------------------------------------------


class CountingNodes:
    """Count how often nodes are asked for."""

    def __init__(self) -> None:
        self.asked: list[list[Node]] = []

    def subtree_roots(self, wanted: Sequence[Node]) -> list[bytes]:
        self.asked.append(list(wanted))
        return NODES.subtree_roots(wanted)


@given(subtrees())
def test_a_proof_asks_its_source_once_and_for_each_node_once(
    subtree: tuple[int, int, int],
) -> None:
    start, end, size = subtree
    nodes = CountingNodes()
    proof = merkle.subtree_consistency_proof(nodes, start=start, end=end, size=size)
    assert len(nodes.asked) == (1 if proof else 0)
    for asked in nodes.asked:
        assert len(asked) == len(set(asked)) <= 2 * size.bit_length() + 1


def test_an_interval_is_a_subtree_only_where_it_is_aligned() -> None:
    subtrees = [(0, 0), (5, 5), (0, 7), (7, 8), (6, 8), (8, 13), (2**63, 2**64 - 1)]
    others = [(4, 13), (1, 3), (2, 5), (3, 2), (-1, 0), (1, 2**63 + 2)]
    assert all(merkle.is_subtree(start, end) for start, end in subtrees)
    assert not any(merkle.is_subtree(start, end) for start, end in others)


@pytest.mark.parametrize(
    ("prove", "arguments", "reason"),
    [
        (merkle.inclusion_proof, {"index": 5, "size": 5}, "not in a subtree"),
        (merkle.inclusion_proof, {"index": -1, "size": 5}, "not in a subtree"),
        (merkle.consistency_proof, {"old_size": 0, "size": 5}, "empty tree"),
        (merkle.consistency_proof, {"old_size": 6, "size": 5}, "not a subtree"),
        (merkle.subtree_inclusion_proof, {"index": 1, "start": 1, "end": 3}, "not in a subtree"),
        (merkle.subtree_consistency_proof, {"start": 1, "end": 3, "size": 8}, "not a subtree"),
        (merkle.subtree_root, {"start": 1, "end": 3}, "not a subtree"),
    ],
)
def test_a_proof_that_cannot_exist_is_not_made(
    prove: Any, arguments: dict[str, int], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        prove(NODES, **arguments)


def test_a_source_that_gives_too_few_or_malformed_nodes_is_refused() -> None:
    class Forgetful:
        def subtree_roots(self, wanted: Sequence[Node]) -> list[bytes]:
            return NODES.subtree_roots(wanted)[1:]

    class Garbled:
        def subtree_roots(self, wanted: Sequence[Node]) -> list[bytes]:
            return [b"short"] * len(wanted)

    with pytest.raises(ValueError, match="asked for 3 nodes, given 2"):
        merkle.inclusion_proof(Forgetful(), index=0, size=8)
    with pytest.raises(ValueError, match="must be 32 bytes"):
        merkle.inclusion_proof(Garbled(), index=0, size=8)


def test_an_empty_subtree_is_part_of_every_tree_and_proven_by_nothing() -> None:
    assert merkle.subtree_consistency_proof(NODES, start=3, end=3, size=8) == []
    good: dict[str, Any] = {
        "start": 3,
        "end": 3,
        "size": 8,
        "proof": [],
        "subtree_root": EMPTY_ROOT,
        "root": ROOTS[8],
    }
    verify = merkle.verify_subtree_consistency
    assert verdict(verify, **good) == "accepted"
    assert verdict(verify, **good | {"subtree_root": ROOTS[8]}) == "refused"
    assert verdict(verify, **good | {"proof": [EMPTY_ROOT]}) == "refused"
    assert verdict(verify, **good | {"size": 2}) == "refused"


@pytest.mark.parametrize("wrong", [-1, 2**64, 1.0, True, "1", None])
def test_a_size_or_position_that_is_none_is_refused(wrong: Any) -> None:
    good: dict[str, Any] = {
        "index": 1,
        "size": 2,
        "leaf": LEAVES[1],
        "proof": [LEAVES[0]],
        "root": ROOTS[2],
    }
    merkle.verify_inclusion(**good)
    assert verdict(merkle.verify_inclusion, **good | {"size": wrong}) == "refused"
    assert verdict(merkle.verify_inclusion, **good | {"index": wrong}) == "refused"


def test_bytes_moved_from_one_hash_into_its_neighbour_are_refused() -> None:
    # Together they hash to the same node, so only their lengths tell.
    short, long = LEAVES[0][:31], LEAVES[0][31:] + LEAVES[1]
    assert merkle.node_hash(short, long) == ROOTS[2]
    tree = {"size": 2, "proof": [long], "root": ROOTS[2]}
    assert verdict(merkle.verify_inclusion, index=0, leaf=short, **tree) == "refused"
    assert verdict(merkle.verify_consistency, old_size=1, old_root=short, **tree) == "refused"


@given(
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 40),
    st.lists(st.sampled_from([*LEAVES[:3], b"", b"x" * 31, b"x" * 33]), max_size=7),
)
def test_a_verifier_given_anything_either_accepts_or_refuses(
    start: int, end: int, size: int, proof: list[bytes]
) -> None:
    hashes = {"subtree_root": LEAVES[0], "root": ROOTS[3]}
    verdict(
        merkle.verify_subtree_consistency, start=start, end=end, size=size, proof=proof, **hashes
    )
    verdict(
        merkle.verify_subtree_inclusion,
        index=size,
        start=start,
        end=end,
        leaf=LEAVES[0],
        proof=proof,
        root=ROOTS[3],
    )
