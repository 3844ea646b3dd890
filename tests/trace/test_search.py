"""How a search goes on: source calls by depth, never by node; bounds that are told; times that
improve.
"""

from collections import Counter

import numpy as np
import pytest

from tests.trace.asking import backward, first, flagged, forward, open_ends, reached
from tests.trace.histories import PACKED, History
from yuanliu.trace import forward as forward_search
from yuanliu.trace.amounts import NoAmounts
from yuanliu.trace.answer import Direction, OpenEndKind, trace
from yuanliu.trace.forward import Limits, Seeds
from yuanliu.trace.source import ALWAYS, FOREVER, FlowSource, Ints


class CountingSource:
    """A source that counts what it is asked, and checks that it is asked for sorted sets."""

    def __init__(self, source: FlowSource) -> None:
        self._source = source
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str):
        def ask(keys: Ints, *columns):
            assert (np.diff(keys) > 0).all(), "keys are sorted, each once"
            assert len(keys), "nothing is asked for nothing"
            self.calls[name] += 1
            return getattr(self._source, name)(keys, *columns)

        return ask


def layers(depth: int, width: int) -> History:
    """A lot that becomes `width` lots, each of which goes through `depth - 1` more processes
    with scrap.
    """
    history = History()
    history.receive(1, width, at=0)
    history.fact([(1, width)], [(1000 + n, 1) for n in range(width)], at=1)
    for layer in range(1, depth):
        for n in range(width):
            history.fact(
                [(1000 * layer + n, 1)], [(1000 * (layer + 1) + n, 1), (0, 0.1)], at=layer + 1
            )
    history.stay(1000 * depth, 999_000, start=depth, kind=PACKED)
    history.stay(999_000, 999_001, start=depth, kind=PACKED)
    return history


@pytest.mark.parametrize("width", [1, 10, 300])
def test_the_number_of_source_calls_grows_with_depth_and_never_with_nodes(width):
    depth = 6
    source = CountingSource(layers(depth, width).source())
    answer = trace(source, [1], Direction.FORWARD)
    assert answer.counts.depth == depth
    assert answer.counts.traceables == 1 + depth * width
    assert source.calls == {
        "out_of": depth + 1,  # one a round, and the round that finds nothing more
        "outputs": depth + 1,  # one a round, and one for the scrap's amounts
        "parents": depth + 1 + 2,  # one a round, and one for each level of packing
        "into": 1,
    }


@pytest.mark.parametrize("width", [1, 10, 300])
def test_backward_the_number_of_source_calls_grows_with_depth_too(width):
    depth = 6
    history = layers(depth, width)
    history.fact([(1000 * depth + n, 1) for n in range(width)], [(2, 1)], at=depth + 1)
    source = CountingSource(history.source())
    answer = trace(source, [2], Direction.BACKWARD, origin_kinds=frozenset({1}))
    assert answer.counts.traceables == 2 + depth * width
    assert answer.complete
    assert source.calls == {
        "into": depth + 2,
        "inputs": depth + 2,
        "children": depth + 2,
        "out_of": 1,
        "outputs": 2,  # co-products, and the kinds of what had no input
        "parents": 3,
    }


def test_a_longer_way_that_touches_earlier_opens_flows_that_a_shorter_way_had_closed():
    seed, between, meeting, later = 1, 2, 3, 4
    history = History()
    history.fact([(seed, 1)], [(meeting, 1)], at=10)
    history.fact([(seed, 1)], [(between, 1)], at=1)
    history.fact([(between, 1)], [(meeting, 1)], at=2)
    history.fact([(meeting, 1)], [(later, 1)], at=5)
    answer = forward(history, seed)
    assert reached(answer) == {seed, between, meeting, later}
    assert first(answer, meeting) == 2
    assert first(answer, later) == 5


def test_what_left_before_the_contact_is_not_reached():
    seed, tank, before, after = 1, 2, 3, 4
    history = History()
    history.fact([(tank, 1)], [(before, 1)], at=1)
    history.fact([(seed, 1)], [(tank, 1)], at=2)
    history.fact([(tank, 1)], [(after, 1)], at=3)
    assert reached(forward(history, seed)) == {seed, tank, after}
    assert reached(backward(history, before)) == {before, tank}
    assert reached(forward(history, tank, moment=2)) == {tank, after}


def test_times_known_only_to_the_month_widen_the_answer_and_it_says_so():
    seed, tank, drawn = 1, 2, 3
    history = History()
    history.fact([(seed, 1)], [(tank, 1)], at=(0, 30))
    history.fact([(tank, 1)], [(drawn, 1)], at=10)
    answer = forward(history, seed)
    assert reached(answer) == {seed, tank, drawn}
    assert open_ends(answer)[OpenEndKind.WIDENED_TIME] == [drawn]
    assert answer.complete


def test_a_contact_that_becomes_sure_later_makes_what_follows_sure():
    seed, between, meeting, later = 1, 2, 3, 4
    history = History()
    history.fact([(seed, 1)], [(meeting, 1)], at=(1, 5))  # perhaps before the seed was suspect
    history.fact([(seed, 1)], [(between, 1)], at=4)
    history.fact([(between, 1)], [(meeting, 1)], at=5)
    history.fact([(meeting, 1)], [(later, 1)], at=6)
    answer = forward(history, seed, moment=3)
    assert first(answer, meeting) == 3
    assert flagged(answer, answer.widened) == set()
    assert answer.traceables.sure.tolist() == [3, 4, 5, 6]


def test_a_part_that_may_have_been_taken_out_before_touches_its_assembly_only_perhaps():
    lot, part, taken_early, taken_late, never = range(1, 6)
    history = History()
    history.fact([(lot, 1)], [(part, 1)], at=5)
    history.install(part, never, start=1, end=4)
    history.install(part, taken_early, start=1, end=(4, 8))
    history.install(part, taken_late, start=(6, 7), end=(7, 8))
    answer = forward(history, lot)
    assert reached(answer) == {lot, part, taken_early, taken_late}
    assert flagged(answer, answer.widened) == {taken_early}
    assert first(answer, taken_late) == 6
    assert answer.traceables.sure[answer.traceables.keys == taken_late] == [7]


def test_links_nobody_scanned_or_declared_are_told():
    history = History()
    history.fact([(1, 1)], [(2, 1)], at=1, grade=2)
    history.fact([(2, 1)], [(3, 1)], at=2, grade=1)
    answer = forward(history, 1)
    assert answer.traceables.grade.tolist() == [3, 2, 1]
    assert open_ends(answer)[OpenEndKind.UNSCANNED] == [3]


def test_an_inferred_installation_grades_what_is_beyond_it():
    part, assembly, product = 1, 2, 3
    history = History()
    history.install(part, assembly, start=1, grade=1)
    history.fact([(assembly, 1)], [(product, 1)], at=2)
    answer = forward(history, part)
    assert answer.traceables.grade.tolist() == [3, 1, 1]
    assert answer.facts.grade.tolist() == [1]


def test_a_bound_on_traceables_truncates_and_names_the_frontier():
    history = layers(6, 10)
    answer = forward(history, 1, limits=Limits(traceables_max=20))
    assert answer.truncated
    assert not answer.complete
    assert answer.counts.traceables == 21
    assert answer.frontier.tolist() == [2000 + n for n in range(10)]
    assert answer.amounts is NoAmounts.TRUNCATED


def test_a_bound_on_time_truncates_by_the_clock_it_is_given():
    seconds = iter(range(100))
    limits = Limits(seconds_max=2, clock=lambda: float(next(seconds)))
    answer = forward(layers(6, 2), 1, limits=limits)
    assert answer.truncated
    assert answer.counts.depth == 2


def test_a_bound_that_is_not_hit_changes_nothing():
    answer = forward(layers(6, 10), 1, limits=Limits(traceables_max=61))
    assert not answer.truncated
    assert answer.complete
    assert answer.counts.traceables == 61


def test_a_truncated_search_does_not_say_that_its_frontier_has_no_origin():
    history = History()
    history.receive(1, 1, at=0)
    history.fact([(1, 1)], [(2, 1)], at=1)
    history.fact([(2, 1)], [(3, 1)], at=2)
    answer = backward(history, 3, limits=Limits(traceables_max=1))
    assert answer.frontier.tolist() == [2]
    assert open_ends(answer) == {}


def test_a_bound_in_seconds_needs_a_clock():
    with pytest.raises(ValueError, match="clock"):
        Limits(seconds_max=1)


@pytest.mark.parametrize("keys", [[], [0], [-1, 2]])
def test_a_trace_needs_traceables_to_start_from(keys):
    with pytest.raises(ValueError, match="at least one traceable"):
        trace(History().source(), keys, Direction.FORWARD)


def test_seeds_are_sorted_and_each_once():
    seeds = Seeds.of(np.array([5, 3, 5]), ALWAYS)
    assert seeds.keys.tolist() == [3, 5]
    assert seeds.moment.tolist() == [ALWAYS, ALWAYS]
    each = Seeds.of(np.array([5, 3]), np.array([50, 30]))
    assert each.moment.tolist() == [30, 50]


def test_a_chain_of_three_thousand_hops_has_no_cap():
    history = History()
    for hop in range(1, 3_001):
        history.fact([(hop, 1)], [(hop + 1, 1)], at=hop)
    source = CountingSource(history.source())
    answer = forward_search.reach(source, Seeds.of([1], ALWAYS))
    assert answer.traceables.depth.max() == 3_000
    assert source.calls["out_of"] == 3_001
    assert forward(history, 1).amounts.entered.value[-1] == 1


def test_an_assembly_is_reached_while_the_part_is_in_it_and_its_other_parts_are_not():
    lot, part, other_part, gearbox, car, earlier_car, wreck = range(1, 8)
    history = History()
    history.receive(lot, 2, at=0)
    history.fact([(lot, 1)], [(part, 1)], at=10)
    history.install(part, earlier_car, start=1, end=5)  # before it was of the suspect lot
    history.install(part, gearbox, start=11, end=20)
    history.install(other_part, gearbox, start=11)
    history.install(gearbox, car, start=15)
    history.fact([(car, 1)], [(wreck, 1)], at=30)
    answer = forward(history, lot)
    assert reached(answer) == {lot, part, gearbox, car, wreck}
    inside = zip(answer.installed.child.tolist(), answer.installed.parent.tolist(),
                 answer.installed.end_to.tolist(), strict=True)  # fmt: skip
    assert sorted(inside) == [(part, gearbox, 20), (gearbox, car, FOREVER)]
    back = backward(history, car)
    assert reached(back) == {car, gearbox, part, other_part, lot}


def test_the_amount_of_an_assembly_is_what_is_in_its_parts():
    lot, part, gearbox, car, wreck = range(1, 6)
    history = History()
    history.receive(lot, 4, at=0)
    history.fact([(lot, 1)], [(part, 1)], at=1)
    history.install(part, gearbox, start=2)
    history.install(gearbox, car, start=3)
    answer = forward(history, lot)
    assert answer.amounts.entered.value.tolist() == [4, 1, 1, 1]
    assert answer.amounts.balance.remaining.value == [4]  # the part holds it; nothing counts twice
    back = backward(history, car)
    amounts = dict(
        zip(back.traceables.keys.tolist(), back.amounts.entered.value.tolist(), strict=True)
    )
    assert amounts[lot] == 1
    assert amounts[part] == 1
    history.fact([(car, 1)], [(wreck, 1)], at=4)
    answer = forward(history, lot)
    row = answer.traceables.keys.tolist().index(wreck)
    assert np.isnan(answer.amounts.entered.value[row])  # the part may be in it or not
    assert (answer.amounts.entered.lower[row], answer.amounts.entered.upper[row]) == (0, 4)
    assert answer.amounts.balance.remaining.value == [4]
