"""Backward amounts: how much of everything entered the seeds, in its own measure."""

from __future__ import annotations

import numpy as np

from yuanliu.trace.amounts import (
    Amounts,
    Inflows,
    flagged,
    most_of_each,
    overdrawn,
    unknown,
)
from yuanliu.trace.excerpt import OUTSIDE, Excerpt, excerpt, lookup, moments_of
from yuanliu.trace.forward import Reach, Seeds
from yuanliu.trace.loops import new_part, returns
from yuanliu.trace.replay import Replay, replay
from yuanliu.trace.shares import Shares, shares, times_known
from yuanliu.trace.source import FOREVER, Columns, Flags, Floats, Flows, FlowSource, Ints, ints
from yuanliu.trace.triples import Triple, quietly, times


def backward_amounts(source: FlowSource, seeds: Seeds, reached: Reach) -> Amounts:
    """Find how much of everything they reached entered the seeds.

    `reached` is their backward reach, complete and read with `Columns.AMOUNTS`. Asks the source
    for at most two more sets.
    """
    keys = reached.traceables.keys
    book = _read(source, reached)
    played = replay(book, ints(), ints())
    whole, part_of_more = _installed(keys, seeds, reached)
    moment = np.full(len(keys) + 1, FOREVER)
    moment[lookup(keys, seeds.keys)] = seeds.moment
    counted = played.fills.when <= moment[played.fills.traceable]
    run = shares(played, seeds=whole, counted=counted, unknown=part_of_more)
    with quietly():
        return _Backward(played, run, moment, whole, part_of_more).amounts()


def _read(source: FlowSource, reached: Reach) -> Excerpt:
    """Read all draws from the reached traceables and all outputs of the reached facts."""
    keys, facts = reached.traceables.keys, reached.facts
    draws = source.out_of(np.sort(keys), Columns.AMOUNTS)
    made = source.outputs(np.sort(facts.keys), Columns.AMOUNTS)
    beside = reached.taken.take(lookup(facts.keys, reached.taken.fact) == OUTSIDE)
    fills = Flows.joined([made, beside])
    # A fact can only have contributed until the moment at which what it made did.
    when = moments_of(facts.keys, facts.first, draws.fact, draws.t_to)
    return excerpt(keys, facts.keys, draws, fills, when, fills.t_from)


def _installed(keys: Ints, seeds: Seeds, reached: Reach) -> tuple[Flags, Flags]:
    """Tell which traceables are seeds or parts of them, and which are parts of what was taken
    further.
    """
    whole, other = np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.bool_)
    whole[lookup(keys, seeds.keys)] = True
    part = lookup(keys, reached.installed.child)
    of = lookup(keys, reached.installed.parent)
    while True:
        new = part[whole[of] & ~whole[part]]
        if not len(new):
            break
        whole[new] = True
    other[part[~whole[of]]] = True
    return whole, other & ~whole


class _Backward:
    """A backward replay and what adds it up by traceable."""

    def __init__(
        self, played: Replay, run: Shares, moment: Ints, whole: Flags, part_of_more: Flags
    ) -> None:
        self._played = played
        self._run = run
        self._moment = moment
        self._whole = whole
        self._part_of_more = part_of_more
        self._back = returns(played, played.draws.quantity)
        self._count = len(played.excerpt.keys)
        self._inflows = Inflows.of(played)
        self._of = played.pools.traceable[self._inflows.pool]

    def amounts(self) -> Amounts:
        """Add up by traceable."""
        played = self._played
        entered = self._taken()
        ever = self._ever()
        np.minimum(entered.upper, ever.upper, out=entered.upper)
        entered.put(self._whole, ever.take(self._whole))
        entered.value[self._part_of_more] = np.nan
        entered.upper[self._part_of_more] = ever.upper[self._part_of_more]
        return Amounts(
            entered=entered.tidy(),
            remaining=None,
            measure=played.excerpt.measure,
            estimated=flagged(played, self._run.guessed) & ~self._whole | self._back.skipped,
            overdrawn=overdrawn(played),
            unknown=unknown(played),
            balance=None,
        )

    def _taken(self) -> Triple:
        """Return how much of each traceable was drawn and ended in the seeds, each bit of it
        once.
        """
        played, worth = self._played, self._run.drawn
        part, of = played.draw_part, played.draws.traceable
        drawn = Triple(
            times_known(part.quantity, worth.value),
            times(part.least, worth.lower),
            times(part.most, worth.upper),
        )
        gross = drawn.summed(of, self._count)
        # What came back was counted when it was first drawn, and not when it is drawn again.
        caught = np.flatnonzero(played.fill_pool != OUTSIDE)
        fills = played.fills.traceable[caught]
        again, quantity = self._back.amount[caught], played.fills.quantity[caught]
        new = new_part(_exactly(quantity), again)
        onward = self._run.pool.take(played.fill_pool[caught])
        twice = Triple(
            times_known(again, onward.value),
            times(np.nan_to_num(quantity - new.upper), onward.lower),
            times(np.nan_to_num(quantity - new.lower, nan=np.inf), onward.upper),
        ).summed(fills, self._count)
        largest = most_of_each(self._count, of, drawn.lower)
        looped = self._back.looped
        lower = np.where(looped, np.maximum(gross.lower - twice.upper, largest), gross.lower)
        upper = np.where(looped, gross.upper - twice.lower, gross.upper)
        value = gross.value - twice.value
        value[looped] = np.clip(value, lower, np.maximum(lower, upper))[looped]
        return Triple(value, lower, upper)

    def _ever(self) -> Triple:
        """Return how much ever was in each traceable, as far as it counts, each bit of it once."""
        flows, back = self._inflows, self._back
        known = flows.row >= 0
        own = np.where(flows.when <= self._moment[self._of], flows.quantity, 0.0)
        again = np.zeros(len(flows.pool))
        again[known] = back.amount[flows.row[known]]
        all_of_it = _exactly(own)
        new = new_part(all_of_it, again).summed(self._of, self._count)
        largest = most_of_each(self._count, self._of, all_of_it.lower)
        return Triple(new.value, np.maximum(new.lower, largest), new.upper)


def _exactly(quantity: Floats) -> Triple:
    """Make exact amounts of quantities, and unknown ones of unknown quantities."""
    blank = np.isnan(quantity)
    return Triple(quantity, np.where(blank, 0.0, quantity), np.where(blank, np.inf, quantity))
