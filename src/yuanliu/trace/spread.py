"""How much of the seeds is in everything they reached: a replay forward, with bounds (DESIGN §3,
rule 3).

Every pool carries the seed material in it: the value if the pool is well mixed, and bounds that
hold however it lies. Bounds need how thin and how thick any part of the pool can be (seed per
unit of content). A part of size q of a pool of size C with seed in [lower, upper], whose parts
are between thin and thick, holds

    at least max(lower - (C - q)·thick, q·thin)  and at most  min(upper - (C - q)·thin, q·thick).

What all came from one fact is uniform (R6): thin and thick are then lower/C and upper/C, and the
formula gives q/C of both. In a vessel with a heel, or a lot that was topped up, the parts are as
different as what went in (B10). What a process makes of an uneven input is bounded in the same
way, output by output.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanliu.trace.excerpt import OUTSIDE
from yuanliu.trace.pools import Part, left_part
from yuanliu.trace.replay import Replay
from yuanliu.trace.source import Flags, Floats, Ints, Small
from yuanliu.trace.triples import Triple, over, quietly, times

NO_DOUBT, ESTIMATED, UNTOLD = 0, 1, 2
"""The value is the value; it rests on an uncertain share or order; more may be in a part."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The seeds' material, in the seeds' unit, in the draws and fills of a replay and in what is
    left.

    `filled` is what the followed fills brought, before what a seed makes of it; `sunk` what went
    into each fact that made nothing; `left` what remains in each pool after its draws. `doubt`
    says of each followed fill why its value is not the value.
    """

    drawn: Triple
    filled: Triple
    sunk: Triple
    left: Triple
    doubt: Small


def spread(
    replay: Replay, *, per_unit: Floats, total_most: float, loose: Flags, laden: Flags
) -> Spread:
    """Replay forward from the active pools.

    `per_unit` is the seeds' unit in each traceable's measure, `total_most` the most there can be
    of their material. In `loose` traceables (by number) there may be anything up to that,
    because their order is not certain; in `laden` ones more than flowed into them, because some
    of the material is an installed part of them.
    """
    run = _Run(replay, per_unit, total_most, loose, laden)
    pool_begin, fact_begin = replay.pool_begin.tolist(), replay.fact_begin.tolist()
    with quietly():
        run.begin()
        for level in range(replay.levels):
            run.settle(replay.pool_order[pool_begin[level] : pool_begin[level + 1]])
            run.work(slice(fact_begin[level], fact_begin[level + 1]))
    return Spread(run.drawn, run.filled, run.sunk, run.left, run.doubt)


def as_seed(quantity: Floats, seed: Triple, active: Flags, per_unit: Floats) -> Triple:
    """Make everything that comes into an active pool seed material; what was so already counts
    once.
    """
    own = np.where(active, quantity * per_unit, 0.0)
    return Triple(
        np.maximum(seed.value, own),
        np.fmax(seed.lower, own),
        np.maximum(seed.upper, np.where(np.isnan(own), np.inf, own)),
    )


def part_of(part: Part, seed: Triple, density: Floats, thin: Floats, thick: Floats) -> Triple:
    """Tell how much seed is in parts of pools that hold `seed`."""
    value = part.quantity * density
    value[density == 0] = 0.0
    upper = np.minimum(seed.upper - times(part.rest_least, thin), times(part.most, thick))
    lower = np.maximum(seed.lower - times(part.rest_most, thick), times(part.least, thin))
    return Triple(value, np.maximum(lower, 0.0), np.maximum(upper, 0.0))


class _Run:
    """The state of all pools, draws and fills while a replay goes on."""

    def __init__(
        self, replay: Replay, per_unit: Floats, total_most: float, loose: Flags, laden: Flags
    ) -> None:
        pools = replay.pools
        count = len(pools)
        self._replay = replay
        self._pools = pools
        self._per_unit = per_unit[pools.traceable]
        self._total_most = total_most
        self._loose, self._laden = loose[pools.traceable], laden[pools.traceable]
        self._some_blurred = bool(self._loose.any() or self._laden.any())
        self._left_part = left_part(pools)
        self._seed = Triple.zeros(count)
        self._density = np.zeros(count)
        self._thin = np.full(count, np.inf)
        self._thick = np.zeros(count)
        self._even_least = np.full(count, np.inf)
        self._even_most = np.full(count, -np.inf)
        self._doubt = np.zeros(count, np.int8)
        self.left = Triple.zeros(count)
        self.drawn = Triple.zeros(len(replay.draws))
        self.filled = Triple.zeros(len(replay.fills))
        self.sunk = Triple.zeros(len(replay.facts))
        self.doubt = np.zeros(len(replay.fills), np.int8)

    def begin(self) -> None:
        """Pour what does not depend on the order: foreign fills, and what was there without a
        fill.
        """
        pools, foreign = self._pools, self._replay.foreign
        self._fill(self._replay.foreign_pool, foreign.quantity, Triple.zeros(len(foreign)))
        origin = np.flatnonzero(pools.unfilled)
        self._fill(origin, np.full(len(origin), np.nan), Triple.zeros(len(origin)))
        found = np.flatnonzero(pools.missing > 0)
        self._fill(found, pools.missing[found], Triple.zeros(len(found)))

    def settle(self, pool: Ints) -> None:
        """Finish pools to which everything has come: take over what the pool before left, and
        find how even they are.
        """
        pools = self._pools
        after = pool[pools.after[pool] & (pools.left[pool - 1] != 0)]
        before = after - 1
        self._pour(after, pools.left[before], self.left.take(before),
                   self._density[before], self._thin[before], self._thick[before])  # fmt: skip
        self._doubt[after] = np.maximum(self._doubt[after], self._doubt[before])
        content, seed = pools.content[pool], self._seed.take(pool)
        np.minimum(seed.upper, self._total_most, out=seed.upper)
        thin, thick = self._thin[pool], self._thick[pool]
        thin[np.isinf(thin)] = 0.0
        even = pools.uniform[pool] & (content > 0)
        thin[even] = seed.lower[even] / content[even]
        thick[even] = seed.upper[even] / content[even]
        least, most = self._even_least[pool], self._even_most[pool]
        density = np.where(least == most, least, np.where(most < least, 0.0, np.nan))
        known = content > 0
        density[known] = seed.value[known] / content[known]
        if self._some_blurred:
            self._blur(pool, seed, thin, thick)
        self._seed.put(pool, seed)
        self._density[pool], self._thin[pool], self._thick[pool] = density, thin, thick
        left = part_of(self._left_part.take(pool), seed, density, thin, thick)
        untouched = ~pools.any_drawn[pool]
        left.value[untouched] = seed.value[untouched]
        self.left.put(pool, left)

    def _blur(self, pool: Ints, seed: Triple, thin: Floats, thick: Floats) -> None:
        """Widen the bounds where the order is not certain, or where parts carry some of the
        material.
        """
        loose, laden = self._loose[pool], self._laden[pool]
        seed.lower[loose], thin[loose] = 0.0, 0.0
        seed.upper[loose | laden], thick[loose | laden] = self._total_most, np.inf
        doubt = np.where(laden, UNTOLD, np.where(loose, ESTIMATED, NO_DOUBT))
        self._doubt[pool] = np.maximum(self._doubt[pool], doubt)

    def work(self, facts: slice) -> None:
        """Let facts take their draws and hand the seed in them to what they made."""
        replay = self._replay
        if facts.start == facts.stop:
            return
        begin = replay.draw_begin[facts]
        rows = slice(int(begin[0]), int(replay.draw_begin[facts.stop]))
        pool, part = replay.draw_pool[rows], replay.draw_part.take(rows)
        thin, thick = self._thin[pool], self._thick[pool]
        taken = part_of(part, self._seed.take(pool), self._density[pool], thin, thick)
        self.drawn.put(rows, taken)
        begin = begin - begin[0]
        seed = Triple(
            np.add.reduceat(taken.value, begin),
            np.add.reduceat(taken.lower, begin),
            np.add.reduceat(taken.upper, begin),
        )
        floor = np.add.reduceat(times(part.least, thin), begin)
        cap = np.add.reduceat(times(part.most, thick), begin)
        doubt = np.where(taken.upper > 0, self._doubt[pool], NO_DOUBT)
        self._hand_on(facts, seed, floor, cap, np.maximum.reduceat(doubt, begin))

    def _hand_on(
        self, facts: slice, seed: Triple, floor: Floats, cap: Floats, doubt: Small
    ) -> None:
        """Share what facts took among their outputs, of which each is a part of what went in."""
        replay = self._replay
        begin = replay.fill_begin[facts.start : facts.stop + 1]
        counts = np.diff(begin)
        nothing = np.flatnonzero(counts == 0)
        self.sunk.put(facts.start + nothing, seed.take(nothing))
        rows = slice(int(begin[0]), int(begin[-1]))
        of = np.repeat(np.arange(len(counts)), counts)
        share, certain = replay.fills.share[rows], replay.fills.certain[rows]
        value = share * seed.value[of]
        value[share == 0] = 0.0
        upper = np.minimum(seed.upper[of] - times(1 - share, floor[of]), times(share, cap[of]))
        lower = np.maximum(seed.lower[of] - times(1 - share, cap[of]), times(share, floor[of]))
        given = Triple(
            value,
            np.where(certain, np.maximum(lower, 0.0), 0.0),
            np.where(certain, np.maximum(upper, 0.0), seed.upper[of]),
        )
        self.filled.put(rows, given)
        guessed = np.where(~certain & (given.upper > 0), ESTIMATED, NO_DOUBT)
        self.doubt[rows] = np.maximum(doubt[of], guessed)
        pool = replay.fill_pool[rows]
        caught = pool != OUTSIDE
        pool = pool[caught]
        np.maximum.at(self._doubt, pool, self.doubt[rows][caught])
        self._fill(pool, replay.fills.quantity[rows][caught], given.take(caught))

    def _fill(self, pool: Ints, quantity: Floats, seed: Triple) -> None:
        """Pour fills that are each as even as its own bounds say."""
        self._pour(
            pool, quantity, seed,
            over(seed.value, quantity, otherwise=np.nan),
            over(seed.lower, quantity, otherwise=0.0),
            over(seed.upper, quantity, otherwise=np.inf),
        )  # fmt: skip

    def _pour(
        self, pool: Ints, quantity: Floats, seed: Triple,
        density: Floats, thin: Floats, thick: Floats,
    ) -> None:  # fmt: skip
        """Add parts to pools; in an active pool all of it is seed."""
        active = self._pools.active[pool]
        if active.any():
            per_unit = self._per_unit[pool]
            seed = as_seed(quantity, seed, active, per_unit)
            least = np.where(active, per_unit, 0.0)
            density, thin = np.maximum(density, least), np.maximum(thin, least)
            thick = np.maximum(thick, least)
        np.add.at(self._seed.value, pool, seed.value)
        np.add.at(self._seed.lower, pool, seed.lower)
        np.add.at(self._seed.upper, pool, seed.upper)
        np.minimum.at(self._thin, pool, thin)
        np.maximum.at(self._thick, pool, thick)
        np.minimum.at(self._even_least, pool, np.where(np.isnan(density), -np.inf, density))
        np.maximum.at(self._even_most, pool, np.where(np.isnan(density), np.inf, density))
