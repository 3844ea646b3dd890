"""Short ways for the tests to ask for a trace and to read its answer."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tests.trace.histories import History
from yuanliu.trace.amounts import Amounts
from yuanliu.trace.answer import Direction, OpenEndKind, Trace, trace


def forward(history: History, *seeds: int, as_of: int | None = None, **options) -> Trace:
    """Trace forward."""
    return trace(history.source(as_of), seeds, Direction.FORWARD, as_of=as_of, **options)


def backward(history: History, *seeds: int, as_of: int | None = None, **options) -> Trace:
    """Trace backward."""
    return trace(history.source(as_of), seeds, Direction.BACKWARD, as_of=as_of, **options)


def reached(answer: Trace) -> set[int]:
    """Return the keys of what was reached."""
    return set(answer.traceables.keys.tolist())


def amount(answer: Trace, key: int) -> tuple[float, float, float]:
    """Return value, lower and upper bound of the amount of one traceable, NaN as None-like -1."""
    assert isinstance(answer.amounts, Amounts)
    row = answer.traceables.keys.tolist().index(key)
    entered = answer.amounts.entered
    value = float(entered.value[row])
    return (
        -1.0 if math.isnan(value) else round(value, 9),
        round(float(entered.lower[row]), 9),
        round(float(entered.upper[row]), 9),
    )


def remaining(answer: Trace, key: int) -> float:
    """Return what remains of the seeds in one traceable."""
    assert isinstance(answer.amounts, Amounts) and answer.amounts.remaining is not None
    row = answer.traceables.keys.tolist().index(key)
    return round(float(answer.amounts.remaining.value[row]), 9)


def first(answer: Trace, key: int) -> int:
    """Return the first contact (backward: the last contribution) of one traceable."""
    return int(answer.traceables.first[answer.traceables.keys.tolist().index(key)])


def flagged(answer: Trace, flags: Iterable[bool]) -> set[int]:
    """Return the keys that are flagged."""
    return {key for key, flag in zip(answer.traceables.keys.tolist(), flags, strict=True) if flag}


def open_ends(answer: Trace) -> dict[OpenEndKind, list[int]]:
    """Return the open ends by kind."""
    return {end.kind: end.keys.tolist() for end in answer.open_ends}
