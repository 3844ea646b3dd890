"""The replay of a trace's facts: what was in each traceable between its fills, and in which
order to go.

A *pool* is what a traceable holds from one group of fills to the next: what was left over, plus
the fills, and out of it the draws. A traceable that is filled once has one pool; a vessel has
one for every time it was topped up after something was drawn. Draws from one pool commute, so
pools and facts form a graph without loops, and are worked through level by level, all of a level
at once.

Within a traceable a fill comes before a draw if it can have: a fill whose earliest moment is no
later than the draw's latest. Where such choices contradict each other (a rework loop inside one
instant), the facts concerned are taken by their latest moment and then in the order in which
they were recorded, and the traceables whose order that bends are `loose`: bounds must not rely
on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanliu.trace.dense import distinct, levels_of, on_loops
from yuanliu.trace.excerpt import OUTSIDE, Draws, Excerpt, Fills, own_returns
from yuanliu.trace.pools import Part, Pools, draw_part, pools_of
from yuanliu.trace.source import Flags, Ints

ACTIVATE, FILL, DRAW, GIVE_BACK = 0, 1, 2, 3
"""What happens to a traceable, in the order in which it happens at one moment."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The pools and the followed facts, in the order of their levels.

    `draws` are the draws of followed facts and `fills` what those facts made, both by fact;
    `foreign` are the fills by other facts. `draw_pool`, `fill_pool` and `foreign_pool` give the
    pool of each (OUTSIDE for scrap and co-products), `lost_pool` the pools from which facts that
    are not followed drew. Level i is first the pools
    `pool_order[pool_begin[i]:pool_begin[i+1]]`, then the facts `fact_begin[i]` to
    `fact_begin[i+1]` in the order of `facts` (numbers in the excerpt). Fact f has the draws
    `draw_begin[f]:draw_begin[f+1]` and the fills `fill_begin[f]:fill_begin[f+1]`. `loose` are
    traceables, by number, whose order was bent.
    """

    excerpt: Excerpt
    pools: Pools
    draws: Draws
    draw_pool: Ints
    draw_part: Part
    fills: Fills
    fill_pool: Ints
    foreign: Fills
    foreign_pool: Ints
    lost_pool: Ints
    pool_order: Ints
    pool_begin: Ints
    facts: Ints
    fact_begin: Ints
    draw_begin: Ints
    fill_begin: Ints
    loose: Flags

    @property
    def levels(self) -> int:
        """Return how many levels there are."""
        return len(self.pool_begin) - 1


@dataclass(frozen=True, slots=True)
class _Order:
    """A cut into pools: the pool of each draw and fill, of each seed's activation, and each
    pool's traceable.

    `fills_before` counts, for each draw, the fills of its traceable that come before it.
    """

    draw_pool: Ints
    fill_pool: Ints
    seed_pool: Ints
    traceable: Ints
    fills_before: Ints


def replay(excerpt: Excerpt, seeds: Ints, active_from: Ints) -> Replay:
    """Cut the excerpt into pools and put pools and facts in an order in which they can be worked
    through.

    `seeds` are traceables by number that are active from a moment on (forward); none backward.
    """
    draws, fills = excerpt.draws, excerpt.fills
    own = own_returns(draws, fills)
    fill_when, fill_step = _fill_moments(draws, fills, own)
    order = _cut(draws, fills, seeds, draws.when, fill_when, active_from, fill_step)
    followed = _carrying(excerpt)
    levels = levels_of(*_edges(order, draws, fills, followed))
    loose = np.zeros(len(excerpt.keys), np.bool_)
    bent = np.zeros(len(loose), np.bool_)
    while np.any(levels < 0):
        # Bent traceables alone form no loop, so every time there is one to bend that was straight.
        pools = len(order.traceable)
        looped = on_loops(*_edges(order, draws, fills, followed))[:pools]
        loose[order.traceable[looped]] = True
        bent[order.traceable[levels[:pools] < 0]] = True
        order = _bend(excerpt, bent, seeds, fill_when, fill_step, active_from)
        levels = levels_of(*_edges(order, draws, fills, followed))
    if loose.any() or len(own[0]):
        differs = order.fills_before != _fills_before(draws, fills, own)
        loose[draws.traceable[differs]] = True
    return _arranged(excerpt, order, levels, followed, loose, seeds)


def _carrying(excerpt: Excerpt) -> Flags:
    """Tell which facts carry material: followed ones that draw from something."""
    draws = np.bincount(excerpt.draws.fact, minlength=len(excerpt.fact_keys))
    carrying: Flags = excerpt.followed & (draws > 0)
    return carrying


def _fill_moments(draws: Draws, fills: Fills, own: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Place what a fact gives back to a traceable it drew from right after that draw."""
    when, step = fills.when.copy(), np.full(len(fills), FILL)
    draw_rows, fill_rows = own
    when[fill_rows] = draws.when[draw_rows]
    step[fill_rows] = GIVE_BACK
    return when, step


def _fills_before(draws: Draws, fills: Fills, own: tuple[Ints, Ints]) -> Ints:
    """Count for each draw the fills that can have come before it, all but what its own fact
    gives back.
    """
    none = np.empty(0, np.int64)
    step = np.full(len(fills), FILL)
    before = _cut(draws, fills, none, draws.when, fills.when, none, step).fills_before.copy()
    before[own[0]] -= 1
    return before


def _cut(
    draws: Draws, fills: Fills, seeds: Ints,
    draw_when: Ints, fill_when: Ints, seed_when: Ints, fill_step: Ints,
) -> _Order:  # fmt: skip
    """Sort what happens to each traceable, and begin a pool at every inflow that follows a draw."""
    inside = np.flatnonzero(fills.traceable != OUTSIDE)
    of = np.concatenate([draws.traceable, fills.traceable[inside], seeds])
    when = np.concatenate([draw_when, fill_when[inside], seed_when])
    step = np.concatenate(
        [np.full(len(draws), DRAW), fill_step[inside], np.full(len(seeds), ACTIVATE)]
    )
    _, rank = np.unique(when, return_inverse=True)
    place = (of * (int(rank.max(initial=0)) + 1) + rank) * 4 + step
    sequence = np.argsort(place, kind="stable")
    of, step = of[sequence], step[sequence]
    is_draw = step == DRAW
    begins = np.append(True, of[1:] != of[:-1])[: len(of)]
    cuts = begins.copy()
    cuts[1:] |= ~is_draw[1:] & is_draw[:-1]
    pool = np.empty(len(of), np.int64)
    pool[sequence] = np.cumsum(cuts) - 1
    is_fill = (step == FILL) | (step == GIVE_BACK)
    filled = np.cumsum(is_fill)
    before = np.empty(len(of), np.int64)
    before[sequence] = filled - np.repeat(
        (filled - is_fill)[begins], np.diff(np.append(np.flatnonzero(begins), len(of)))
    )
    fill_pool = np.full(len(fills), OUTSIDE)
    fill_pool[inside] = pool[len(draws) : len(draws) + len(inside)]
    return _Order(
        draw_pool=pool[: len(draws)],
        fill_pool=fill_pool,
        seed_pool=pool[len(draws) + len(inside) :],
        traceable=of[cuts],
        fills_before=before[: len(draws)],
    )


def _bend(
    excerpt: Excerpt, bent: Flags, seeds: Ints,
    fill_when: Ints, fill_step: Ints, active_from: Ints,
) -> _Order:  # fmt: skip
    """Cut again, taking what happens to the bent traceables by their facts' latest moments and
    positions.
    """
    draws, fills = excerpt.draws, excerpt.fills
    moment = np.zeros(len(excerpt.fact_keys), np.int64)
    moment[fills.fact] = fills.when
    moment[draws.fact] = draws.when
    draws_something = np.zeros(len(moment), np.bool_)
    draws_something[draws.fact] = True
    sequence = np.lexsort((np.arange(len(moment)), draws_something, moment))
    rank = np.empty(len(moment), np.int64)
    rank[sequence] = np.arange(len(moment))
    bent_fill = bent[fills.traceable] & (fills.traceable != OUTSIDE)
    return _cut(
        draws, fills, seeds,
        np.where(bent[draws.traceable], rank[draws.fact], draws.when),
        np.where(bent_fill, rank[fills.fact], fill_when),
        np.where(bent[seeds], np.searchsorted(moment[sequence], active_from), active_from),
        np.where(bent_fill, GIVE_BACK, fill_step),
    )  # fmt: skip


def _edges(order: _Order, draws: Draws, fills: Fills, followed: Flags) -> tuple[int, Ints, Ints]:
    """Return how many nodes there are, pools and after them facts, and the edges from what comes
    first.
    """
    pools = len(order.traceable)
    drawn = np.flatnonzero(followed[draws.fact])
    filled = np.flatnonzero(followed[fills.fact] & (order.fill_pool != OUTSIDE))
    after = np.flatnonzero(order.traceable[1:] == order.traceable[:-1])
    return (
        pools + len(followed),
        np.concatenate([order.draw_pool[drawn], pools + fills.fact[filled], after]),
        np.concatenate([pools + draws.fact[drawn], order.fill_pool[filled], after + 1]),
    )


def _arranged(
    excerpt: Excerpt, order: _Order, levels: Ints, followed: Flags, loose: Flags, seeds: Ints
) -> Replay:
    draws, fills = excerpt.draws, excerpt.fills
    pools = pools_of(excerpt, order.traceable, order.draw_pool, order.fill_pool,
                     seeds, order.seed_pool)  # fmt: skip
    pool_levels, fact_levels = levels[: len(pools)], levels[len(pools) :]
    facts = np.flatnonzero(followed)
    facts = facts[np.argsort(fact_levels[facts], kind="stable")]
    at = np.full(len(followed), len(facts))
    at[facts] = np.arange(len(facts))
    draw_rows, draw_begin = _by_fact(at[draws.fact], len(facts))
    fill_rows, fill_begin = _by_fact(at[fills.fact], len(facts))
    foreign = np.flatnonzero(~followed[fills.fact] & (order.fill_pool != OUTSIDE))
    steps = np.arange(int(levels.max(initial=-1)) + 2)
    pool_order = np.argsort(pool_levels, kind="stable")
    return Replay(
        excerpt=excerpt,
        pools=pools,
        draws=draws.take(draw_rows),
        draw_pool=order.draw_pool[draw_rows],
        draw_part=draw_part(pools, order.draw_pool[draw_rows], draws.quantity[draw_rows]),
        fills=fills.take(fill_rows),
        fill_pool=order.fill_pool[fill_rows],
        foreign=fills.take(foreign),
        foreign_pool=order.fill_pool[foreign],
        lost_pool=distinct(order.draw_pool[~followed[draws.fact]]),
        pool_order=pool_order,
        pool_begin=np.searchsorted(pool_levels[pool_order], steps),
        facts=facts,
        fact_begin=np.searchsorted(fact_levels[facts], steps),
        draw_begin=draw_begin,
        fill_begin=fill_begin,
        loose=loose,
    )


def _by_fact(at: Ints, facts: int) -> tuple[Ints, Ints]:
    """Return the rows of the arranged facts in their order, and where each fact's begin."""
    rows = np.argsort(at, kind="stable")
    begin = np.searchsorted(at[rows], np.arange(facts + 1))
    return rows[: begin[-1]], begin
