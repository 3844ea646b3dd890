"""How much of everything is in the seeds: the replay backward (DESIGN §3, rule 3).

Every pool gets the part of a unit of its content that ends in the seeds (its *worth*), every
fact the part of what goes into it. The seeds are worth 1, and what enters one counts once.
Bounds are for any part of the content: of a uniform pool every part is shared among the draws
alike; of an uneven one a part may have gone wherever some of it went, so the bounds are the
least and the most of those places.

The laws that tie this to `spread.py`: what `spread` from u finds in F is what `shares` of F
finds of u.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanliu.trace.excerpt import OUTSIDE
from yuanliu.trace.replay import Replay
from yuanliu.trace.source import Flags, Floats, Ints
from yuanliu.trace.triples import Triple, quietly, sum_by


@dataclass(frozen=True, slots=True)
class Shares:
    """Worth: of each draw of the replay (what it takes, evenly), and of the content of each
    pool.
    """

    drawn: Triple
    pool: Triple
    guessed: Flags


def shares(replay: Replay, *, seeds: Flags, counted: Flags, unknown: Flags) -> Shares:
    """Replay backward.

    `seeds` are the traceables, by number, all of which counts; `counted` tells which fills of
    the replay into them do (others come too late); `unknown` are traceables of which some
    unknown part does, because it is an installed part of something that was taken further.
    """
    run = _Run(replay, seeds, counted, unknown)
    pool_begin, fact_begin = replay.pool_begin.tolist(), replay.fact_begin.tolist()
    with quietly():
        for level in reversed(range(replay.levels)):
            run.weigh_facts(slice(fact_begin[level], fact_begin[level + 1]))
            run.weigh_pools(replay.pool_order[pool_begin[level] : pool_begin[level + 1]])
    return Shares(run.drawn, run.worth, run.guessed)


class _Run:
    """The worth of all pools and draws while a replay goes on."""

    def __init__(self, replay: Replay, seeds: Flags, counted: Flags, unknown: Flags) -> None:
        pools = replay.pools
        count = len(pools)
        self._replay = replay
        self._seed = seeds[pools.traceable]
        self._counted = counted
        self._unknown = unknown[pools.traceable]
        self._vague = replay.loose[pools.traceable]
        self._lost = np.zeros(count, np.bool_)
        self._lost[replay.lost_pool] = True
        known = ~np.isnan(pools.content) & ~pools.any_unknown
        self._even = pools.uniform & known & ~self._vague
        with quietly():
            part = replay.draws.quantity / pools.content[replay.draw_pool]
            self._left = np.where(pools.left == 0, 0.0, pools.left / pools.content)
        self._part = np.where(replay.draws.quantity == 0, 0.0, part)
        self._mean = Triple.zeros(count)
        self._least = np.full(count, np.inf)
        self._most = np.full(count, -np.inf)
        self.worth = Triple.zeros(count)
        self.drawn = Triple.zeros(len(replay.draws))
        self.guessed = np.zeros(count, np.bool_)

    def weigh_facts(self, facts: slice) -> None:
        """Find the worth of what goes into facts from the worth of what they made."""
        if facts.start == facts.stop:
            return
        replay = self._replay
        begin = replay.fill_begin[facts.start : facts.stop + 1]
        count = len(begin) - 1
        rows = slice(int(begin[0]), int(begin[-1]))
        of = np.repeat(np.arange(count), np.diff(begin))
        share, certain = replay.fills.share[rows], replay.fills.certain[rows]
        made = self._made(rows)
        mean = Triple(*(
            sum_by(of, times_known(share, column), count)
            for column in (made.value, made.lower, made.upper)
        ))  # fmt: skip
        some = share > 0
        least, most = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(least, of[some], made.lower[some])
        np.maximum.at(most, of[some], made.upper[some])
        least[np.isinf(least)], most[np.isinf(most)] = 0.0, 0.0
        doubtful = np.bincount(of[~certain], minlength=count) > 0
        mean.lower[doubtful], mean.upper[doubtful] = least[doubtful], most[doubtful]
        pool = replay.fill_pool[rows]
        guessed = doubtful & (most > least)
        guessed |= np.bincount(of[(pool >= 0) & self.guessed[pool]], minlength=count) > 0
        self._charge(facts, mean, least, most, guessed)

    def _made(self, rows: slice) -> Triple:
        """Return the worth of what fills brought: nothing outside the trace, all in a seed."""
        replay = self._replay
        pool = replay.fill_pool[rows]
        made = self.worth.take(pool)
        fixed = (pool == OUTSIDE) | self._seed[pool]
        worth = ((pool != OUTSIDE) & self._counted[rows])[fixed].astype(np.float64)
        made.put(fixed, Triple(worth, worth, worth))
        return made

    def _charge(
        self, facts: slice, mean: Triple, least: Floats, most: Floats, guessed: Flags
    ) -> None:
        """Bring the worth of facts to the pools they drew from."""
        replay = self._replay
        begin = replay.draw_begin[facts.start : facts.stop + 1]
        rows = slice(int(begin[0]), int(begin[-1]))
        of = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
        pool, part = replay.draw_pool[rows], self._part[rows]
        worth = mean.take(of)
        self.drawn.put(rows, worth)
        np.add.at(self._mean.value, pool, times_known(part, worth.value))
        np.add.at(self._mean.lower, pool, times_known(part, worth.lower))
        np.add.at(self._mean.upper, pool, times_known(part, worth.upper))
        some = part != 0
        np.minimum.at(self._least, pool[some], least[of][some])
        np.maximum.at(self._most, pool[some], most[of][some])
        self.guessed[pool[guessed[of] & some]] = True

    def weigh_pools(self, pool: Ints) -> None:
        """Find the worth of pools from that of their draws and of what they left to the next
        pool.
        """
        pools = self._replay.pools
        onward = np.where(pools.more[pool], pool + 1, pool)
        left = np.where(pools.more[pool], self._left[pool], 0.0)
        after = self.worth.take(onward)
        value = self._mean.value[pool] + times_known(left, after.value)
        lower = self._mean.lower[pool] + times_known(left, after.lower)
        upper = self._mean.upper[pool] + times_known(left, after.upper)
        some_left = self._left[pool] != 0
        none = some_left & ~pools.more[pool] | self._lost[pool]
        kept = some_left & pools.more[pool]
        least, most = self._least[pool], self._most[pool]
        least[none], most[none] = np.minimum(least[none], 0.0), np.maximum(most[none], 0.0)
        least[kept] = np.minimum(least[kept], after.lower[kept])
        most[kept] = np.maximum(most[kept], after.upper[kept])
        least[np.isinf(least)], most[np.isinf(most)] = 0.0, 0.0
        agreed = np.isnan(value) & (least == most)
        value[agreed] = least[agreed]
        even = self._even[pool]
        lower, upper = np.where(even, lower, least), np.where(even, upper, most)
        lower[self._vague[pool]], upper[self._vague[pool]] = 0.0, 1.0
        unknown = self._unknown[pool]
        value[unknown], upper[unknown] = np.nan, 1.0
        self.guessed[pool] |= self._vague[pool]
        self.guessed[pool[kept]] |= self.guessed[onward[kept]]
        self.worth.put(pool, Triple(value, lower, np.minimum(upper, 1.0)))


def times_known(part: Floats, worth: Floats) -> Floats:
    """Multiply, where an unknown part of nothing is nothing, and no part of the unknown is
    nothing.
    """
    product = part * worth
    product[(worth == 0) | (part == 0)] = 0.0
    return product
