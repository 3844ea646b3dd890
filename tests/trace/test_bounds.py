"""Bounds hold however material lies in a vessel, and in whatever order imprecise times allow."""

import itertools

from hypothesis import assume, given

from tests.trace import oracle
from tests.trace.histories import History
from tests.trace.strategies import tiny, with_seeds
from yuanliu.trace.answer import Direction, trace

ROUNDING = 1e-9


@given(with_seeds(tiny(), count=1))
def test_no_way_of_mixing_leaves_the_bounds(case):
    check_bounds(*case)


@given(with_seeds(tiny(width=2, facts=4), count=1))
def test_no_order_that_the_times_allow_leaves_the_bounds(case):
    check_bounds(*case)


def check_bounds(history: History, seeds: list[int]) -> None:
    seed = seeds[0]
    rows, _ = history.known()
    answer = trace(history.source(), [seed], Direction.FORWARD)
    keys = answer.traceables.keys.tolist()
    assume(not answer.amounts.overdrawn.any())
    feasible = 0
    for order in itertools.islice(oracle.orders(rows), 200):
        found = oracle.extremes(rows, {seed}, order)
        if found is None:
            continue
        feasible += 1
        for key, (left_least, left_most, least, most) in found.items():
            if key not in keys:
                assert most == 0
                continue
            row = keys.index(key)
            remaining, entered = answer.amounts.remaining, answer.amounts.entered
            assert remaining.lower[row] <= left_least + ROUNDING, key
            assert remaining.upper[row] >= left_most - ROUNDING, key
            assert entered.lower[row] <= least + ROUNDING, key
            if not looped(rows, key):
                assert entered.upper[row] >= most - ROUNDING, key
    assume(feasible)


def looped(rows, key) -> bool:
    """Tell whether a traceable can feed itself."""
    ahead, seen = [key], set()
    while ahead:
        now = ahead.pop()
        for row in rows:
            if row.into and row.traceable == now:
                made = [r.traceable for r in rows if r.fact == row.fact and not r.into]
                ahead += [other for other in made if other not in seen]
                seen |= set(made)
    return key in seen
