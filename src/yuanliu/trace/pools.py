"""How much each pool held, what was drawn from it and what was left: by quantity alone, whatever
it was.

A pool is what a traceable holds from one group of fills to the next; see `replay.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanliu.trace.excerpt import OUTSIDE, Excerpt
from yuanliu.trace.source import Flags, Floats, Ints
from yuanliu.trace.triples import sum_by

EPSILON = 1e-9
"""Quantities that differ by less than this part of them are equal: they were added up as floats."""


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools of all traceables, those of one together and in order; arrays of one length.

    `content` is what the pool held before its draws: what the one before it left, the fills, and
    `missing`, the inflow nobody recorded without which more was drawn than it ever held. `drawn`
    is the known part of what was drawn, `left` what remains; NaN is unknown. `after` and `more`
    tell whether a pool of the same traceable precedes and follows, `any_drawn` and `any_unknown`
    whether there are draws and draws of unknown quantity, `uniform` whether all of it came from
    one fact (R6), `active` whether its traceable is a seed by then, `unfilled` whether it is the
    first of a traceable that nothing ever filled.
    """

    traceable: Ints
    after: Flags
    more: Flags
    content: Floats
    missing: Floats
    drawn: Floats
    left: Floats
    any_drawn: Flags
    any_unknown: Flags
    uniform: Flags
    active: Flags
    unfilled: Flags

    def __len__(self) -> int:
        return len(self.traceable)


@dataclass(frozen=True, slots=True)
class Part:
    """Parts of pools: `quantity` (NaN: unknown) lies in [least, most], the rest of the pool
    likewise.
    """

    quantity: Floats
    least: Floats
    most: Floats
    rest_least: Floats
    rest_most: Floats

    def take(self, rows: Ints | slice) -> Part:
        """Return some of them."""
        return Part(
            self.quantity[rows], self.least[rows], self.most[rows],
            self.rest_least[rows], self.rest_most[rows],
        )  # fmt: skip


def pools_of(
    excerpt: Excerpt,
    traceable: Ints,
    draw_pool: Ints,
    fill_pool: Ints,
    seeds: Ints,
    seed_pool: Ints,
) -> Pools:
    """Follow each traceable's content from pool to pool.

    `traceable` gives the traceable of each pool, `draw_pool` and `fill_pool` the pool of each
    row of the excerpt, `seed_pool` the first active pool of each seed. The content of a
    traceable that nothing ever filled is unknown.
    """
    count = len(traceable)
    after = np.append(False, traceable[1:] == traceable[:-1])[:count]
    more = np.append(after[1:], False)[:count]
    inside = fill_pool != OUTSIDE
    filled = sum_by(fill_pool[inside], excerpt.fills.quantity[inside], count)
    fills = np.bincount(fill_pool[inside], minlength=count)
    ever_filled = np.zeros(len(excerpt.keys), np.bool_)
    ever_filled[traceable[fills > 0]] = True
    filled[~ever_filled[traceable]] = np.nan
    quantity = excerpt.draws.quantity
    unknown = np.isnan(quantity)
    drawn = sum_by(draw_pool, np.where(unknown, 0.0, quantity), count)
    any_unknown = np.bincount(draw_pool[unknown], minlength=count) > 0
    content, left = _followed(filled, drawn, any_unknown, after, more)
    before = np.append(0.0, left[:-1])[:count]
    before[~after] = 0.0
    missing = np.maximum(np.nan_to_num(content - (before + filled)), 0.0)
    missing[missing <= EPSILON * drawn] = 0.0
    first_active = np.full(len(excerpt.keys), count)
    first_active[seeds] = seed_pool
    return Pools(
        traceable=traceable,
        after=after,
        more=more,
        content=content,
        missing=missing,
        drawn=drawn,
        left=left,
        any_drawn=np.bincount(draw_pool, minlength=count) > 0,
        any_unknown=any_unknown,
        uniform=(before == 0) & (fills + (missing > 0) <= 1),
        active=np.arange(count) >= first_active[traceable],
        unfilled=~after & ~ever_filled[traceable],
    )


def _followed(
    filled: Floats, drawn: Floats, any_unknown: Flags, after: Flags, more: Flags
) -> tuple[Floats, Floats]:
    """Return each pool's content, at least what was drawn from it, and what it left."""
    content = np.fmax(filled, np.where(np.isnan(filled), np.nan, drawn))
    left = _remainder(content, drawn, any_unknown)
    several = np.flatnonzero(after | more)
    rows = zip(
        filled[several].tolist(), drawn[several].tolist(), any_unknown[several].tolist(),
        after[several].tolist(), strict=True,
    )  # fmt: skip
    contents, lefts = [], []
    remains = 0.0
    for inflow, outflow, unknown, follows in rows:
        held = remains + inflow if follows else inflow
        held = max(held, outflow) if held == held else held
        remains = held - outflow
        if unknown:
            remains = np.nan
        elif remains <= EPSILON * held:
            remains = 0.0
        contents.append(held)
        lefts.append(remains)
    content[several], left[several] = contents, lefts
    return content, left


def _remainder(content: Floats, drawn: Floats, any_unknown: Flags) -> Floats:
    left = content - drawn
    left[left <= EPSILON * content] = 0.0
    left[any_unknown] = np.nan
    return left


def draw_part(pools: Pools, pool: Ints, quantity: Floats) -> Part:
    """Describe draws as parts of their pools; an unknown draw is anything the known ones leave."""
    content, unknown = pools.content[pool], np.isnan(quantity)
    held = np.where(np.isnan(content), np.inf, content)
    least = np.where(unknown, 0.0, quantity)
    most = np.where(unknown, held - pools.drawn[pool], quantity)
    with np.errstate(invalid="ignore"):
        rest_least = np.where(np.isnan(content), 0.0, np.maximum(held - most, 0.0))
    return Part(quantity, least, most, rest_least, held - least)


def left_part(pools: Pools) -> Part:
    """Describe what each pool leaves as a part of it."""
    known = ~np.isnan(pools.content)
    held = np.where(known, pools.content, np.inf)
    drawn_most = np.where(pools.any_unknown | ~known, held, pools.drawn)
    drawn_most[~pools.any_drawn] = 0.0
    most = np.where(pools.any_unknown | ~known, held - pools.drawn, pools.left)
    least = np.where(pools.any_unknown | ~known, 0.0, pools.left)
    return Part(pools.left, least, most, pools.drawn, drawn_most)
