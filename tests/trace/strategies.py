"""Random small histories."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.trace.histories import INSTALLED, PACKED, PRODUCED, RECEIVED, History

TRACEABLES = range(1, 8)
some_traceables = st.lists(st.sampled_from(TRACEABLES), max_size=3, unique=True)


@st.composite
def moments(draw, last: int = 5, width: int = 2):
    """A time or an interval of times."""
    begin = draw(st.integers(0, last))
    return begin, min(begin + draw(st.integers(0, width)), last)


one_each = st.just((1, 0, 1.0))
any_quantity = st.tuples(
    st.none() | st.sampled_from([0, 1, 2, 5, 0.1]),
    st.sampled_from([0, 0, 0, 4]),
    st.none() | st.sampled_from([1.0, 2.5]),
)
"""Amount (unknown, nothing, exact or not), dimension, mass."""


@st.composite
def tangled(
    draw, facts: int = 7, stays: int = 3, width: int = 2, last: int = 5, quantities=one_each
):
    """Any history at all: ties, overlaps, loops, things that never came from anywhere; with
    corrections.
    """
    history = History()
    made = []
    for _ in range(draw(st.integers(1, facts))):
        inputs = draw(some_traceables)
        outputs = draw(some_traceables)
        outputs += draw(st.sampled_from([[], [], [0]]))
        made.append(
            history.fact(
                [(key, *draw(quantities)) for key in inputs],
                [(key, *draw(quantities)) for key in outputs],
                at=draw(moments(last, width)),
                grade=draw(st.sampled_from([3, 3, 2, 1])),
            )
        )
        if draw(st.integers(0, 5)) == 0:
            history.retract(draw(st.sampled_from(made)))
    for _ in range(draw(st.integers(0, stays))):
        start = draw(moments(last, width))
        end = draw(st.none() | moments(last, width))
        if end is not None:
            end = (max(start[0], end[0]), max(start[1], end[1]))
        child, parent = draw(st.tuples(st.sampled_from(TRACEABLES), st.sampled_from(TRACEABLES)))
        history.stay(
            child, parent, start=start, end=end,
            kind=draw(st.sampled_from([INSTALLED, INSTALLED, PACKED])),
            grade=draw(st.sampled_from([3, 3, 2, 1])),
        )  # fmt: skip
    return history


@st.composite
def feasible(draw, facts: int = 8, *, conserving: bool = False):
    """A history in which nothing is overdrawn: receipts, processes, splits, merges, vessels,
    rework, scrap.

    Facts happen one after the other, but are recorded in any order. With `conserving` no process
    gains or loses anything but scrap.
    """
    content = dict.fromkeys(TRACEABLES, 0)
    told = []
    for _ in range(draw(st.integers(2, facts))):
        filled = [key for key in TRACEABLES if content[key]]
        if not filled or draw(st.integers(0, 3)) == 0:
            key, amount = draw(st.sampled_from(TRACEABLES)), draw(st.integers(1, 8))
            told.append(((), ((key, amount),), RECEIVED))
            content[key] += amount
            continue
        inputs = []
        for key in draw(st.lists(st.sampled_from(filled), min_size=1, max_size=3, unique=True)):
            inputs.append((key, draw(st.integers(1, content[key]))))
        outputs = draw(_outputs(sum(amount for _, amount in inputs), conserving=conserving))
        told.append((tuple(inputs), tuple(outputs), PRODUCED))
        for key, amount in inputs:
            content[key] -= amount
        for key, amount in outputs:
            if key:
                content[key] += amount
    history = History()
    for moment in draw(st.permutations(range(len(told)))):
        inputs, outputs, kind = told[moment]
        history.fact(inputs, outputs, at=moment, kind=kind)
    return history


@st.composite
def _outputs(draw, total: int, *, conserving: bool):
    keys = draw(st.lists(st.sampled_from([0, *TRACEABLES]), max_size=3, unique=True))
    if not conserving:
        return [(key, draw(st.integers(1, 9))) for key in keys]
    outputs = []
    for key in keys:
        if total:
            outputs.append((key, draw(st.integers(1, total))))
            total -= outputs[-1][1]
    if total and keys:
        outputs[-1] = (outputs[-1][0], outputs[-1][1] + total)
    return outputs


@st.composite
def tiny(draw, facts: int = 6, *, width: int = 0):
    """A history in whole numbers so small that everything that can have happened can be listed.

    Lots 1 and 2 are received, 3 and 4 are vessels that are filled and drawn again and again, 5
    and 6 are lots. With a width, times are intervals.
    """
    history = History()
    content = dict.fromkeys(range(1, 7), 0)
    for moment in range(draw(st.integers(4, facts + 2))):
        at = (max(0, moment - draw(st.integers(0, width))), moment + draw(st.integers(0, width)))
        receivable = [1, 2] if moment < 2 else [2, 3]
        if moment < 2 or draw(st.integers(0, 4)) == 0:
            key, amount = receivable[moment % 2], draw(st.integers(2, 4))
            history.fact((), [(key, amount)], at=at, kind=RECEIVED)
            content[key] += amount
            continue
        filled = [key for key, amount in content.items() if amount]
        if not filled:
            break
        count = draw(st.integers(1, min(2, len(filled))))
        inputs = [
            (key, draw(st.integers(1, min(content[key], 4))))
            for key in draw(st.permutations(filled))[:count]
        ]
        total = sum(amount for _, amount in inputs)
        keys = draw(st.lists(st.sampled_from([3, 4, 3, 5, 6, 0]), min_size=1, max_size=2))
        if len(set(keys)) == 2 and all(amount % 2 == 0 for _, amount in inputs):
            outputs = [(key, total // 2) for key in keys]
        else:
            outputs = [(keys[0], total)]
        history.fact(inputs, outputs, at=at)
        for key, amount in inputs:
            content[key] -= amount
        for key, amount in outputs:
            if key:
                content[key] += amount
    return history


@st.composite
def with_seeds(draw, histories, count: int = 2):
    """A history and some of the traceables that something was drawn from, as seeds."""
    history = draw(histories)
    drawn = {row.traceable for row in history.rows if row.into}
    filled = {row.traceable for row in history.rows if row.traceable}
    likely = sorted(drawn or filled or TRACEABLES)
    return history, draw(st.lists(st.sampled_from(likely), min_size=1, max_size=count, unique=True))
