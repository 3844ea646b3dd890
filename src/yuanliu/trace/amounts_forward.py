"""Forward amounts: how much of the seeds entered what they reached, what remains in it, what was
sunk.
"""

from __future__ import annotations

import numpy as np

from yuanliu.trace.amounts import (
    Amounts,
    Balance,
    Inflows,
    NoAmounts,
    most_of_each,
    overdrawn,
    unknown,
)
from yuanliu.trace.dense import distinct, levels_of
from yuanliu.trace.excerpt import (
    MASS_MEASURE,
    NO_MEASURE,
    OUTSIDE,
    Excerpt,
    excerpt,
    lookup,
    moments_of,
)
from yuanliu.trace.forward import Reach, Seeds
from yuanliu.trace.loops import new_part, returns
from yuanliu.trace.replay import Replay, replay
from yuanliu.trace.source import SCRAP, Columns, Flags, Floats, Flows, FlowSource, Ints, Stays
from yuanliu.trace.spread import ESTIMATED, UNTOLD, Spread, as_seed, spread
from yuanliu.trace.triples import Triple, quietly


def forward_amounts(source: FlowSource, seeds: Seeds, reached: Reach) -> Amounts | NoAmounts:
    """Find how much of the seeds entered and remains in everything they reached.

    `reached` is their forward reach, complete and read with `Columns.AMOUNTS`. Asks the source
    for at most two more sets.
    """
    keys = reached.traceables.keys
    book = _read(source, reached)
    number = np.flatnonzero(np.isin(keys, seeds.keys))
    moment = seeds.moment[np.searchsorted(seeds.keys, keys[number])]
    measure, per_unit = _seed_unit(book, number)
    if np.isnan(per_unit[number]).any():
        return NoAmounts.NOT_COMPARABLE
    played = replay(book, number, moment)
    with quietly():
        return _Forward(played, per_unit, measure, _numbered(keys, reached.installed)).amounts()


def _read(source: FlowSource, reached: Reach) -> Excerpt:
    """Read all fills of the reached traceables and the scrap of the reached facts."""
    keys, facts = reached.traceables.keys, reached.facts
    fills = [source.into(np.sort(keys), Columns.AMOUNTS)]
    wasting = distinct(reached.made.fact[reached.made.traceable == SCRAP])
    if len(wasting):
        made = source.outputs(wasting, Columns.AMOUNTS)
        fills.append(made.take(made.traceable == SCRAP))
    filled = Flows.joined(fills)
    # A fact can only have carried the material from the moment at which it was in its inputs.
    when = moments_of(facts.keys, facts.first, filled.fact, filled.t_from)
    return excerpt(keys, facts.keys, reached.taken, filled, reached.taken.t_to, when)


def _seed_unit(book: Excerpt, number: Ints) -> tuple[int, Floats]:
    """Choose the seeds' unit: their own measure if they share one, else kilograms by standard
    weight.

    Return the measure, and how much of that unit one of each traceable's measure is (NaN:
    unknown).
    """
    measures = np.unique(book.measure[number])
    measures = measures[measures != NO_MEASURE]
    if len(measures) <= 1:
        return int(measures[0]) if len(measures) else NO_MEASURE, np.ones(len(book.keys))
    weight = np.where(book.measure == MASS_MEASURE, 1.0, book.weight)
    weight[book.measure == NO_MEASURE] = 1.0
    return MASS_MEASURE, weight


def _numbered(keys: Ints, installed: Stays) -> tuple[Ints, Ints]:
    """Return which components, by number, were in which assemblies, each pair once."""
    part, whole = lookup(keys, installed.child), lookup(keys, installed.parent)
    pairs = distinct(part * len(keys) + whole)
    return pairs // len(keys), pairs % len(keys)


class _Forward:
    """A forward replay and what adds it up by traceable."""

    def __init__(
        self, played: Replay, per_unit: Floats, measure: int, installed: tuple[Ints, Ints]
    ) -> None:
        self._played = played
        self._count = len(played.excerpt.keys)
        self._measure = measure
        self._parts, self._wholes = installed
        self._inflows = Inflows.of(played)
        self._of = played.pools.traceable[self._inflows.pool]
        self._active = played.pools.active[self._inflows.pool]
        self._per_unit = per_unit
        self._own = self._inflows.quantity * per_unit[self._of]

    def amounts(self) -> Amounts:
        """Replay, and add up by traceable."""
        played = self._played
        own_most = np.where(np.isnan(self._own), np.inf, self._own)
        run = spread(
            played, per_unit=self._per_unit, total_most=float(own_most[self._active].sum()),
            loose=played.loose, laden=self._laden(),
        )  # fmt: skip
        came = self._came(run)
        created = self._created(came)
        total = created.summed(np.zeros(len(created), np.int64), 1).tidy()
        entered, estimated = self._entered(run, came, created, total)
        remaining = self._remaining(run)
        balance = self._balance(run, remaining, total)
        untold = self._doubtful(run, UNTOLD)
        entered.value[untold], remaining.value[untold] = np.nan, np.nan
        return Amounts(
            entered=self._with_parts(entered).tidy(),
            remaining=remaining.tidy(),
            measure=np.full(self._count, self._measure, np.int8),
            estimated=estimated,
            overdrawn=overdrawn(played),
            unknown=unknown(played),
            balance=balance,
        )

    def _laden(self) -> Flags:
        """Tell which assemblies went on into facts with the material inside an installed part."""
        laden = np.zeros(self._count, np.bool_)
        laden[self._wholes] = True
        onward = np.zeros(self._count, np.bool_)
        onward[self._played.draws.traceable] = True
        return laden & onward

    def _came(self, run: Spread) -> Triple:
        """Return the seeds' material in each inflow as it came."""
        flows = self._inflows
        came = Triple.zeros(len(flows.pool))
        known = flows.row >= 0
        came.put(known, run.filled.take(flows.row[known]))
        came.put(flows.unlocked, run.left.take(flows.pool[flows.unlocked] - 1))
        return came

    def _created(self, came: Triple) -> Triple:
        """Return what became seed material by coming into a seed, and was not yet."""
        own = np.where(self._active, self._own, 0.0)
        most = np.where(np.isnan(own), np.inf, own)
        least = np.nan_to_num(own)
        return Triple(
            np.maximum(own - came.value, 0.0),
            np.maximum(least - came.upper, 0.0),
            np.maximum(most - came.lower, 0.0),
        )

    def _entered(
        self, run: Spread, came: Triple, created: Triple, total: Triple
    ) -> tuple[Triple, Flags]:
        """Add up what entered each traceable, each bit of it once."""
        flows, count = self._inflows, self._count
        held = as_seed(flows.quantity, came, self._active, self._per_unit[self._of])
        held.put(flows.unlocked, created.take(flows.unlocked))
        back = returns(self._played, run.drawn.value)
        known = flows.row >= 0
        again = np.zeros(len(flows.pool))
        again[known] = back.amount[flows.row[known]]
        new = new_part(held, again).summed(self._of, count)
        # What came with one fill had not come with another before it was counted there.
        lower = np.maximum(new.lower, most_of_each(count, self._of, held.lower))
        upper = np.minimum(new.upper, total.upper)
        value = np.where(back.skipped, upper, new.value)
        looped = back.looped
        value[looped] = np.clip(value, lower, np.maximum(lower, upper))[looped]
        entered = Triple(value, lower, upper)
        estimated = back.skipped | self._played.loose | self._doubtful(run, ESTIMATED)
        return entered, estimated

    def _doubtful(self, run: Spread, doubt: int) -> Flags:
        """Tell which traceables got a fill whose value is in doubt."""
        flags = np.zeros(self._count, np.bool_)
        rows = (run.doubt >= doubt) & (self._played.fill_pool != OUTSIDE)
        flags[self._played.fills.traceable[rows]] = True
        return flags

    def _remaining(self, run: Spread) -> Triple:
        """Return what is in each traceable at the end."""
        pools = self._played.pools
        last = np.flatnonzero(~pools.more)
        remaining = Triple.zeros(self._count)
        remaining.put(pools.traceable[last], run.left.take(last))
        return remaining

    def _balance(self, run: Spread, remaining: Triple, total: Triple) -> Balance:
        played, book = self._played, self._played.excerpt
        bare = np.flatnonzero(np.diff(played.fill_begin) == 0)
        scrap = np.flatnonzero(played.fill_pool == OUTSIDE)
        fact = np.concatenate([played.facts[bare], played.fills.fact[scrap]])
        parts = (run.sunk.take(bare), run.filled.take(scrap))
        amount = Triple(*(
            np.concatenate(columns)
            for columns in zip(*((p.value, p.lower, p.upper) for p in parts), strict=True)
        )).tidy()  # fmt: skip
        some = np.flatnonzero(amount.upper > 0)
        amount, fact = amount.take(some), fact[some]
        there, gone = _sum(remaining), _sum(amount)
        return Balance(
            total=total,
            remaining=_within(there, total, gone),
            sunk=_within(gone, total, there),
            sink_fact=book.fact_keys[fact],
            sink_kind=book.fact_kind[fact],
            sink_scrap=some >= len(bare),
            sink_amount=amount,
        )

    def _with_parts(self, entered: Triple) -> Triple:
        """Add to each assembly what entered the components that were in it when they carried
        material.
        """
        levels = levels_of(self._count, self._parts, self._wholes)[self._parts]
        for level in distinct(levels[levels >= 0]):
            part, whole = self._parts[levels == level], self._wholes[levels == level]
            np.add.at(entered.value, whole, entered.value[part])
            np.add.at(entered.lower, whole, entered.lower[part])
            np.add.at(entered.upper, whole, entered.upper[part])
        inside_itself = self._wholes[levels < 0]
        entered.put(inside_itself, Triple.unknown(len(inside_itself)))
        return entered


def _sum(amounts: Triple) -> Triple:
    return amounts.summed(np.zeros(len(amounts), np.int64), 1).tidy()


def _within(part: Triple, total: Triple, rest: Triple) -> Triple:
    """Narrow the bounds of a part by what the rest leaves of the total."""
    with np.errstate(invalid="ignore"):
        least, most = total.lower - rest.upper, total.upper - rest.lower
    return Triple(part.value, np.fmax(part.lower, least), np.fmin(part.upper, most)).tidy()
