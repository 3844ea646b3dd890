"""How much: what the amounts of a trace are, whichever way it goes (DESIGN §3, rule 3; B4).

Forward, the amount of a traceable is the seeds' material that entered it, in the seeds' unit,
and `remaining` what of that is in it still; all that remains, and all that was sunk (scrap,
samples, losses), is together what the seeds ever were. Backward, the amount of a traceable is
how much of it entered the seeds, in its own measure. What enters twice, as in rework, counts
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from yuanliu.trace.excerpt import OUTSIDE
from yuanliu.trace.pools import EPSILON
from yuanliu.trace.replay import Replay
from yuanliu.trace.source import ALWAYS, Flags, Floats, Ints, Small
from yuanliu.trace.triples import Triple, sum_by


class NoAmounts(Enum):
    """Why a trace has no amounts."""

    NOT_ASKED = "not_asked"
    NOT_COMPARABLE = "not_comparable"
    """The seeds are measured in different dimensions and not all of them have a standard weight."""
    TRUNCATED = "truncated"
    """The search was stopped before its end."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Where the seeds' material is (B4): total = remaining + sunk, each a triple of length 1.

    `sink_*` are the facts that took of it and gave it to no traceable, one row each: `sink_kind`
    is the fact-kind code, `sink_scrap` marks the scrap of a process that made something besides.
    """

    total: Triple
    remaining: Triple
    sunk: Triple
    sink_fact: Ints
    sink_kind: NDArray[np.int16]
    sink_scrap: Flags
    sink_amount: Triple


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much, for each reached traceable in the order of the reach.

    `measure` is the dimension code in whose base unit `entered` and `remaining` are
    (MASS_MEASURE: kilograms by standard weight; NO_MEASURE: the traceable has no flows).
    `estimated` tells where a value rests on an uncertain share or order, `overdrawn` where more
    was drawn than was ever there, `unknown` where some flow has no quantity. Backward there is
    neither `remaining` nor a balance.
    """

    entered: Triple
    remaining: Triple | None
    measure: Small
    estimated: Flags
    overdrawn: Flags
    unknown: Flags
    balance: Balance | None


@dataclass(frozen=True, slots=True)
class Inflows:
    """All that came into pools from without, one row each: fills, and what no fill accounts for.

    `row` is the fill of the replay it was, or -1; `when` its moment (ALWAYS where no fill
    accounts for it). `unlocked` marks what a seed already held when it became suspect.
    """

    pool: Ints
    quantity: Floats
    row: Ints
    when: Ints
    unlocked: Flags

    @classmethod
    def of(cls, played: Replay) -> Inflows:
        """List followed fills, foreign fills, unrecorded inflows, unknown origins, and what
        seeds held.
        """
        pools = played.pools
        caught = np.flatnonzero(played.fill_pool != OUTSIDE)
        missing = np.flatnonzero(pools.missing > 0)
        origin = np.flatnonzero(pools.unfilled)
        active_before = np.append(False, pools.active[:-1])[: len(pools)]
        unlocked = np.flatnonzero(pools.active & pools.after & ~active_before)
        pool = np.concatenate(
            [played.fill_pool[caught], played.foreign_pool, missing, origin, unlocked]
        )
        row = np.full(len(pool), -1)
        row[: len(caught)] = caught
        when = np.full(len(pool), ALWAYS)
        fills = len(caught) + len(played.foreign)
        when[:fills] = np.concatenate([played.fills.when[caught], played.foreign.when])
        return cls(
            pool,
            np.concatenate([
                played.fills.quantity[caught], played.foreign.quantity, pools.missing[missing],
                np.full(len(origin), np.nan), pools.left[unlocked - 1],
            ]),
            row,
            when,
            np.arange(len(pool)) >= len(pool) - len(unlocked),
        )  # fmt: skip


def flagged(played: Replay, pools: Flags) -> Flags:
    """Tell of which traceables any pool is flagged."""
    flags = np.zeros(len(played.excerpt.keys), np.bool_)
    flags[played.pools.traceable[pools]] = True
    return flags


def overdrawn(played: Replay) -> Flags:
    """Tell of which traceables more was drawn than they ever held.

    Where the order is not certain, that only holds if all that ever came in is less than all that
    ever went out.
    """
    pools, count = played.pools, len(played.excerpt.keys)
    missing = sum_by(pools.traceable, pools.missing, count)
    last = ~pools.more
    left = np.zeros(count)
    left[pools.traceable[last]] = np.nan_to_num(pools.left[last], nan=np.inf)
    beyond: Flags = missing > np.where(played.loose, left * (1 + EPSILON), 0.0)
    return beyond


def unknown(played: Replay) -> Flags:
    """Tell of which traceables some flow has no quantity."""
    flags = np.zeros(len(played.excerpt.keys), np.bool_)
    for rows in (played.excerpt.draws, played.excerpt.fills):
        blank = np.isnan(rows.quantity) & (rows.traceable != OUTSIDE)
        flags[rows.traceable[blank]] = True
    return flags


def most_of_each(count: int, of: Ints, amounts: Floats) -> Floats:
    """Return the largest amount of each traceable."""
    largest = np.zeros(count)
    np.maximum.at(largest, of, amounts)
    return largest
