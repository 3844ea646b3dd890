"""Find what comes back: material that enters a traceable which it has been in before (rework,
remainders).

What entered a traceable is counted once, so what it gets back of its own is taken off again. A
traceable can get something back only if it was filled after something was drawn from it, and
lies on a loop of the genealogy. For each of those, what was drawn is followed around the loop,
and nowhere else.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from yuanliu.trace.dense import distinct, on_loops
from yuanliu.trace.excerpt import OUTSIDE, WHOLE_SHARE
from yuanliu.trace.replay import Replay
from yuanliu.trace.source import Flags, Floats, Ints
from yuanliu.trace.triples import Triple, quietly

STEPS_MAX = 2_000_000
"""How many pools and facts all loops together may visit (a few seconds); beyond it
amounts are estimated."""


@dataclass(frozen=True, slots=True)
class Returns:
    """What came back: in each fill of the replay, of the material that had been in its traceable
    before.

    `looped` tells which traceables (by number) can get something back, `skipped` those of them
    that were not followed because the bound on steps was hit.
    """

    amount: Floats
    looped: Flags
    skipped: Flags


def returns(replay: Replay, drawn: Floats, *, steps_max: int = STEPS_MAX) -> Returns:
    """Follow what was drawn (an amount for each draw of the replay) back to where it was drawn
    from.
    """
    amount = np.zeros(len(replay.fills))
    count = len(replay.excerpt.keys)
    looped, skipped = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    candidates = _refilled(replay)
    if len(candidates):
        on_loop = _on_loops(replay)
        candidates = candidates[on_loop[candidates]]
        looped[candidates] = True
    if len(candidates):
        around = _Around(replay, on_loop, steps_max)
        for traceable in candidates.tolist():
            if not around.follow(traceable, drawn, amount):
                skipped[traceable] = True
    return Returns(amount, looped, skipped)


def _refilled(replay: Replay) -> Ints:
    """Return the traceables that a followed fact filled after something was drawn."""
    inside = replay.fill_pool[replay.fill_pool != OUTSIDE]
    again = inside[replay.pools.after[inside]]
    return distinct(replay.pools.traceable[again])


def _on_loops(replay: Replay) -> Flags:
    """Tell which traceables lie on or between loops of the genealogy, whatever the times."""
    count = len(replay.excerpt.keys)
    nodes = count + len(replay.facts)
    inside = np.flatnonzero(replay.fill_pool != OUTSIDE)
    fact_of_draw = np.repeat(np.arange(len(replay.facts)), np.diff(replay.draw_begin))
    fact_of_fill = np.repeat(np.arange(len(replay.facts)), np.diff(replay.fill_begin))
    tail = np.concatenate([replay.draws.traceable, count + fact_of_fill[inside]])
    head = np.concatenate([count + fact_of_draw, replay.fills.traceable[inside]])
    return on_loops(nodes, tail, head)[:count]


def new_part(whole: Triple, came_back: Floats) -> Triple:
    """Return what of fills had not been there before, given what had if everything was well mixed.

    If none of a fill came back, or all of it did, that does not depend on how things were mixed.
    """
    fresh = came_back == 0
    own = came_back >= WHOLE_SHARE * whole.value
    return Triple(
        np.where(fresh, whole.value, np.where(own, 0.0, np.maximum(whole.value - came_back, 0.0))),
        np.where(fresh, whole.lower, 0.0),
        np.where(own & ~fresh, 0.0, whole.upper),
    )


class _Around:
    """Walks from a traceable's draws around its loops, in the order of the replay's levels."""

    def __init__(self, replay: Replay, on_loop: Flags, steps_max: int) -> None:
        self._replay = replay
        self._on_loop = on_loop
        self._steps_left = steps_max
        pools = replay.pools
        with quietly():
            part = replay.draws.quantity / pools.content[replay.draw_pool]
            left = pools.left / pools.content
        self._part = np.where(replay.draws.quantity == 0, 0.0, part)
        self._left = np.where(pools.left == 0, 0.0, left)
        self._by_pool = np.argsort(replay.draw_pool, kind="stable")
        self._pool_begin = np.searchsorted(
            replay.draw_pool[self._by_pool], np.arange(len(pools) + 1)
        )
        self._fact_of_draw = np.repeat(np.arange(len(replay.facts)), np.diff(replay.draw_begin))
        self._level = self._levels()

    def _levels(self) -> Ints:
        """Return the level of every pool, and after them of every fact (facts of a level come
        after its pools).
        """
        replay = self._replay
        level = np.empty(len(replay.pools) + len(replay.facts), np.int64)
        steps = np.arange(replay.levels)
        level[replay.pool_order] = np.repeat(2 * steps, np.diff(replay.pool_begin))
        level[len(replay.pools) :] = np.repeat(2 * steps + 1, np.diff(replay.fact_begin))
        return level

    def follow(self, traceable: int, drawn: Floats, amount: Floats) -> bool:
        """Write what comes back to one traceable into `amount`; False if the bound on steps was
        hit.
        """
        replay, pools = self._replay, self._replay.pools
        first = int(np.searchsorted(pools.traceable, traceable))
        last = int(np.searchsorted(pools.traceable, traceable, side="right")) - 1
        walk = _Walk(self._level, int(self._level[last]))
        for row in self._by_pool[self._pool_begin[first] : self._pool_begin[last + 1]].tolist():
            walk.add(len(pools) + int(self._fact_of_draw[row]), float(drawn[row]))
        while walk:
            node, carried = walk.next()
            self._steps_left -= 1
            if self._steps_left < 0:
                return False
            if node < len(pools):
                self._out_of_pool(node, carried, walk)
                continue
            fact = node - len(pools)
            for row in range(int(replay.fill_begin[fact]), int(replay.fill_begin[fact + 1])):
                pool, given = int(replay.fill_pool[row]), float(replay.fills.share[row]) * carried
                if first <= pool <= last:
                    amount[row] += given
                elif pool != OUTSIDE and self._on_loop[pools.traceable[pool]]:
                    walk.add(pool, given)
        return True

    def _out_of_pool(self, pool: int, carried: float, walk: _Walk) -> None:
        begin, end = int(self._pool_begin[pool]), int(self._pool_begin[pool + 1])
        for row in self._by_pool[begin:end].tolist():
            fact = len(self._replay.pools) + int(self._fact_of_draw[row])
            walk.add(fact, float(self._part[row]) * carried)
        if self._replay.pools.more[pool]:
            walk.add(pool + 1, float(self._left[pool]) * carried)


class _Walk:
    """What is carried to the pools and facts ahead; each is left once, when all has come to it."""

    def __init__(self, level: Ints, level_max: int) -> None:
        self._level = level
        self._level_max = level_max
        self._carried: dict[int, float] = {}
        self._ahead: list[tuple[int, int]] = []

    def __bool__(self) -> bool:
        return bool(self._ahead)

    def add(self, node: int, amount: float) -> None:
        """Carry an amount to a pool or fact, unless it is nothing or lies behind the end of the
        walk.
        """
        level = int(self._level[node])
        if amount == 0 or level > self._level_max:
            return
        if node not in self._carried:
            self._carried[node] = 0.0
            heapq.heappush(self._ahead, (level, node))
        self._carried[node] += amount

    def next(self) -> tuple[int, float]:
        """Leave the nearest pool or fact with all that was carried to it."""
        _, node = heapq.heappop(self._ahead)
        return node, self._carried.pop(node)
