"""The picture: columns by steps, bounded, every line from a lot that is shown or counted."""

from hypothesis import given
from hypothesis import strategies as st

from yuanliu.web.graph import ROWS_MAX, STEPS_MAX, picture, shortened


def _lot(name, depth):
    return {"id": name, "item": "I", "number": name, "depth": depth, "disposition": "released"}


def _trace(seed, lots, facts):
    return {"seeds": [_lot(seed, 0)], "traceables": [_lot(seed, 0), *lots], "facts": facts}


def _fact(inputs, outputs, grade="declared"):
    return {"inputs": inputs, "outputs": outputs, "grade": grade}


NOTHING = _trace("s", [], [])


def test_a_lot_alone_is_one_node():
    made = picture(backward=NOTHING, forward=NOTHING)
    (node,) = made.nodes
    assert node.is_seed
    assert made.edges == []
    assert made.width > node.x
    assert made.height > node.y


def test_origins_stand_left_and_destinations_right():
    backward = _trace("s", [_lot("a", 1)], [_fact(["a"], ["s"], "scanned")])
    forward = _trace("s", [_lot("b", 1)], [_fact(["s"], ["b"], "inferred")])
    made = picture(backward=backward, forward=forward)
    places = {node.number: node.x for node in made.nodes}
    assert places["a"] < places["s"] < places["b"]
    assert [edge.grade for edge in made.edges] == ["scanned", "inferred"]
    assert made.grades == ["scanned", "inferred"]


def test_the_best_evidence_for_a_link_is_drawn():
    facts = [_fact(["s"], ["b"], "inferred"), _fact(["s"], ["b"], "scanned")]
    made = picture(backward=NOTHING, forward=_trace("s", [_lot("b", 1)], facts))
    assert [edge.grade for edge in made.edges] == ["scanned"]


def test_ten_thousand_outputs_are_counted_and_not_drawn():
    lots = [_lot(f"u{n}", 1) for n in range(10_000)]
    facts = [_fact(["s"], [lot["id"] for lot in lots])]
    made = picture(backward=NOTHING, forward=_trace("s", lots, facts))
    assert len(made.nodes) == 1 + ROWS_MAX
    assert made.nodes[-1].more == 10_000 - (ROWS_MAX - 1)
    assert len(made.edges) == ROWS_MAX


def test_what_lies_too_far_away_is_counted_in_one_column():
    lots = [_lot(f"u{n}", n) for n in range(1, 30)]
    facts = [_fact([f"u{n}" if n else "s"], [f"u{n + 1}"]) for n in range(29)]
    made = picture(backward=NOTHING, forward=_trace("s", lots, facts))
    assert len({node.x for node in made.nodes}) == STEPS_MAX + 2
    assert made.nodes[-1].more == 29 - STEPS_MAX


def test_a_loop_is_drawn_and_ends():
    lots = [_lot("a", 1), _lot("b", 2)]
    facts = [_fact(["s"], ["a"]), _fact(["a"], ["b"]), _fact(["b"], ["s"]), _fact(["a"], ["a"])]
    made = picture(backward=NOTHING, forward=_trace("s", lots, facts))
    assert len(made.edges) == 3


names = st.sampled_from([f"n{n}" for n in range(40)])


@given(
    depths=st.dictionaries(names, st.integers(1, 9)),
    links=st.lists(st.tuples(st.lists(names, max_size=6), st.lists(names, max_size=6))),
)
def test_every_lot_is_shown_or_counted_once_and_nodes_never_overlap(depths, links):
    lots = [_lot(name, depth) for name, depth in depths.items()]
    facts = [_fact(inputs, outputs) for inputs, outputs in links]
    made = picture(backward=NOTHING, forward=_trace("s", lots, facts))
    assert sum(node.more or 1 for node in made.nodes) == 1 + len(lots)
    spots = [(node.x, node.y) for node in made.nodes]
    assert len(set(spots)) == len(spots)
    for node in made.nodes:
        assert 0 <= node.x <= made.width - made.node_width
        assert 0 <= node.y <= made.height - made.node_height
    assert len(made.edges) <= len(made.nodes) ** 2


def test_long_names_are_cut_by_the_room_they_take():
    assert shortened("SHORT") == "SHORT"
    assert shortened("ABCDEFGHIJKLMNO") == "ABCDEFGHIJKLMNO"
    assert shortened("ABCDEFGHIJKLMNOP") == "ABCDEFGHIJKLMN…"
    assert shortened("批次编号二零二六年三月") == "批次编号二零二…"
