"""Whatever is recorded, however contradictory, a trace ends, says what it does not know, and
stays consistent.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.histories import History, source_of
from tests.trace.strategies import any_quantity, tangled, with_seeds
from yuanliu.trace.amounts import Amounts, NoAmounts
from yuanliu.trace.answer import Direction, Trace, trace

anything = with_seeds(
    tangled(facts=8, quantities=any_quantity)
    | tangled(facts=10, last=1, width=1, quantities=any_quantity)
)
"""Any history, or one in which nearly everything happens at the same time."""
directions = st.sampled_from(Direction)
ROUNDING = 1e-9


def check_triple(triple) -> None:
    """Bounds are never NaN, never below nothing, and hold the value where there is one."""
    assert not np.isnan(triple.lower).any() and not np.isnan(triple.upper).any()
    assert (triple.lower >= 0).all() and np.isfinite(triple.lower).all()
    assert (triple.lower <= triple.upper + ROUNDING).all()
    known = ~np.isnan(triple.value)
    assert (triple.lower[known] <= triple.value[known]).all()
    assert (triple.value[known] <= triple.upper[known]).all()


@given(anything, directions, st.none() | st.integers(0, 5))
def test_amounts_are_within_bounds_or_unknown(case, direction, moment):
    history, seeds = case
    answer = trace(history.source(), seeds, direction, moment=moment)
    if answer.amounts is NoAmounts.NOT_COMPARABLE:
        return
    assert isinstance(answer.amounts, Amounts)
    check_triple(answer.amounts.entered)
    if answer.amounts.remaining is not None:
        check_triple(answer.amounts.remaining)
    balance = answer.amounts.balance
    if balance is not None:
        for part in (balance.total, balance.remaining, balance.sunk, balance.sink_amount):
            check_triple(part)
        total = balance.total.value[0]
        parts = balance.remaining.value[0] + balance.sunk.value[0]
        if np.isfinite(total) and np.isfinite(parts):
            assert abs(total - parts) <= ROUNDING * max(1, total)


def same(left: Trace, right: Trace) -> None:
    """Two answers say the same of every traceable, in whatever order."""
    one, other = np.argsort(left.traceables.keys), np.argsort(right.traceables.keys)
    for name in ("keys", "first", "sure", "depth", "grade"):
        assert np.array_equal(
            getattr(left.traceables, name)[one], getattr(right.traceables, name)[other]
        )
    assert left.complete == right.complete
    assert [(e.kind, e.keys.tolist()) for e in left.open_ends] == [
        (e.kind, e.keys.tolist()) for e in right.open_ends
    ]
    if isinstance(left.amounts, Amounts):
        for name in ("value", "lower", "upper"):
            np.testing.assert_allclose(
                getattr(left.amounts.entered, name)[one],
                getattr(right.amounts.entered, name)[other],
                atol=ROUNDING,
            )


@given(anything, directions, st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_rows(case, direction, random):
    history, seeds = case
    rows, stays = history.known()
    shuffled, shuffled_stays = list(rows), list(stays)
    random.shuffle(shuffled)
    random.shuffle(shuffled_stays)
    same(
        trace(source_of(rows, stays), seeds, direction),
        trace(source_of(shuffled, shuffled_stays), seeds, direction),
    )


@given(anything, directions, st.data())
def test_the_whole_answer_as_of_a_position_is_that_of_the_history_cut_there(case, direction, data):
    history, seeds = case
    position = data.draw(st.integers(0, history.position))
    same(
        trace(history.source(as_of=position), seeds, direction),
        trace(source_of(*history.known(position)), seeds, direction),
    )


@given(anything, directions)
def test_without_amounts_the_same_is_reached(case, direction):
    history, seeds = case
    full = trace(history.source(), seeds, direction)
    links = trace(history.source(), seeds, direction, amounts=False)
    assert links.amounts is NoAmounts.NOT_ASKED
    assert full.traceables.keys.tolist() == links.traceables.keys.tolist()
    assert full.traceables.first.tolist() == links.traceables.first.tolist()
    assert full.facts.keys.tolist() == links.facts.keys.tolist()


@given(anything)
def test_every_seed_alone_reaches_no_more_than_all_together(case):
    history, seeds = case
    together = trace(history.source(), seeds, Direction.FORWARD)
    union = set()
    for seed in seeds:
        union |= set(trace(history.source(), [seed], Direction.FORWARD).traceables.keys.tolist())
    assert union == set(together.traceables.keys.tolist())


def test_an_empty_history_answers_with_the_seed_alone():
    answer = trace(History().source(), [7], Direction.BACKWARD)
    assert answer.traceables.keys.tolist() == [7]
    assert answer.counts.facts == 0
