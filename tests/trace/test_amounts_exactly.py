"""Amounts, forward and backward, against a simulation in exact fractions."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.trace import oracle
from tests.trace.histories import History
from tests.trace.strategies import TRACEABLES, feasible, with_seeds
from yuanliu.trace.amounts import Amounts
from yuanliu.trace.answer import Direction, trace
from yuanliu.trace.source import ALWAYS

CLOSE = 1e-9


def amounts_of(history: History, seeds, direction=Direction.FORWARD, **options):
    """Trace, and return the amount triples by key, and the trace."""
    found = trace(history.source(), seeds, direction, **options)
    assert isinstance(found.amounts, Amounts)
    entered = found.amounts.entered
    return {
        key: (entered.value[row], entered.lower[row], entered.upper[row])
        for row, key in enumerate(found.traceables.keys.tolist())
    }, found


def close(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=CLOSE, abs_tol=CLOSE)


@given(with_seeds(feasible()), st.none() | st.integers(0, 8))
def test_what_entered_and_what_remains_is_what_a_simulation_finds(case, since):
    history, seeds = case
    rows, _ = history.known()
    moments = dict.fromkeys(seeds, ALWAYS if since is None else since)
    found, answer = amounts_of(history, seeds, moment=since)
    plain = oracle.simulate(rows, moments)
    for row, key in enumerate(answer.traceables.keys.tolist()):
        told = oracle.simulate(rows, moments, watched=key)
        value, lower, upper = found[key]
        assert lower <= value <= upper
        assert close(value, float(told.entered[key])), key
        remaining = answer.amounts.remaining.take(np.array([row]))
        assert close(remaining.value[0], float(plain.remaining[key])), key
        assert remaining.lower[0] <= remaining.value[0] <= remaining.upper[0]
    unreached = [key for key in TRACEABLES if key not in found]
    assert all(plain.entered[key] == 0 for key in unreached)


@given(with_seeds(feasible()), st.none() | st.integers(0, 8))
def test_what_remains_and_what_was_sunk_is_what_the_seeds_were(case, since):
    history, seeds = case
    rows, _ = history.known()
    moments = dict.fromkeys(seeds, ALWAYS if since is None else since)
    _, answer = amounts_of(history, seeds, moment=since)
    balance = answer.amounts.balance
    told = oracle.simulate(rows, moments)
    assert close(balance.total.value[0], float(told.created))
    assert close(balance.sunk.value[0], float(told.sunk))
    assert close(balance.total.value[0], balance.remaining.value[0] + balance.sunk.value[0])
    for part in (balance.total, balance.remaining, balance.sunk):
        assert part.lower[0] <= part.value[0] <= part.upper[0]


@given(feasible(conserving=True))
def test_forward_and_backward_find_the_same_amount(history):
    forward = {key: amounts_of(history, [key])[0] for key in TRACEABLES}
    for seed in TRACEABLES:
        found, _ = amounts_of(history, [seed], Direction.BACKWARD)
        for key in TRACEABLES:
            there = forward[key].get(seed)
            back = found.get(key)
            assert (there is None) == (back is None)
            if there is not None and not math.isnan(back[0]) and not math.isnan(there[0]):
                assert close(there[0], back[0]), (key, seed)
                assert back[1] <= back[0] <= back[2]
