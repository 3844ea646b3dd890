"""The excerpt of the genealogy that a replay works on: rows by dense numbers, measures and
shares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yuanliu.trace.dense import distinct
from yuanliu.trace.source import Flags, Floats, Flows, Ints, Small
from yuanliu.trace.triples import sum_by

MASS_MEASURE, NO_MEASURE = -2, -1
"""Measures that are no dimension code: kilograms by standard weight, and none."""
WHOLE_SHARE = 1 - 1e-12
OUTSIDE = -1
"""The number of what is no traceable of the trace: scrap and, in a backward trace, co-products."""


@dataclass(frozen=True, slots=True)
class Draws:
    """What went into facts, one row per traceable and fact.

    `quantity` is in the traceable's own measure (NaN: unknown); `when` places the row among the
    fills of its traceable.
    """

    traceable: Ints
    fact: Ints
    quantity: Floats
    when: Ints

    def __len__(self) -> int:
        return len(self.fact)

    def take(self, rows: NDArray[np.generic]) -> Draws:
        """Return some rows."""
        return Draws(self.traceable[rows], self.fact[rows], self.quantity[rows], self.when[rows])


@dataclass(frozen=True, slots=True)
class Fills:
    """What came out of facts, one row per traceable and fact; `traceable` may be OUTSIDE.

    `share` is the part of the fact's whole output that this row is, `certain` whether that is
    known.
    """

    traceable: Ints
    fact: Ints
    quantity: Floats
    when: Ints
    share: Floats
    certain: Flags

    def __len__(self) -> int:
        return len(self.fact)

    def take(self, rows: NDArray[np.generic]) -> Fills:
        """Return some rows."""
        return Fills(
            self.traceable[rows], self.fact[rows], self.quantity[rows], self.when[rows],
            self.share[rows], self.certain[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Excerpt:
    """All draws and fills of the traceables of a trace, by dense numbers of traceables and
    facts.

    A fact that is `followed` carries the trace's material from traceables to traceables; any
    other only takes material away or brings foreign material in. `measure` says in what each
    traceable is measured: a dimension code, MASS_MEASURE where its flows are in several
    dimensions, NO_MEASURE where it has no flows. `weight` is its kilograms per unit of measure
    (NaN: unknown).
    """

    keys: Ints
    fact_keys: Ints
    fact_kind: NDArray[np.int16]
    followed: Flags
    draws: Draws
    fills: Fills
    measure: Small
    weight: Floats


def excerpt(
    keys: Ints, followed: Ints, draws: Flows, fills: Flows, draw_when: Ints, fill_when: Ints
) -> Excerpt:
    """Number, measure and group the flows of the traceables `keys`; `followed` are keys of
    facts.

    `draws` are all flows of those traceables into facts; `fills` all flows into them, and all
    other outputs of the followed facts. `draw_when` and `fill_when` order each traceable's rows:
    a fill comes before a draw whose moment is the same or later.
    """
    fact_keys = distinct(np.concatenate([draws.fact, fills.fact]))
    draw_fact, fill_fact = (
        np.searchsorted(fact_keys, draws.fact),
        np.searchsorted(fact_keys, fills.fact),
    )
    draw_of, fill_of = lookup(keys, draws.traceable), lookup(keys, fills.traceable)
    measure, in_mass = _measures(len(keys), draws, draw_of, fills, fill_of)
    known_fact = np.isin(fact_keys, followed)
    share, certain = _shares(len(fact_keys), fills, fill_fact, known_fact[fill_fact])
    drawn = Draws(
        draw_of, draw_fact, np.where(in_mass[draw_of], draws.mass, draws.amount), draw_when
    )
    filled = Fills(
        fill_of, fill_fact, np.where(in_mass[fill_of], fills.mass, fills.amount), fill_when,
        share, certain,
    )  # fmt: skip
    drawn, filled = _merged_draws(drawn), _merged_fills(filled)
    drawn, filled = _without_own_returns(len(fact_keys), drawn, filled)
    kind = np.zeros(len(fact_keys), np.int16)
    kind[draw_fact], kind[fill_fact] = draws.kind, fills.kind
    return Excerpt(
        keys, fact_keys, kind, known_fact, drawn, filled, measure,
        _weights(len(keys), fills, fill_of, in_mass),
    )  # fmt: skip


def lookup(keys: Ints, wanted: Ints) -> Ints:
    """Return where each wanted key is among `keys`, OUTSIDE where it is not."""
    if not len(keys):
        return np.full(len(wanted), OUTSIDE)
    order = np.argsort(keys)
    at = np.searchsorted(keys, wanted, sorter=order)
    at[at == len(keys)] = 0
    numbers = order[at]
    return np.where(keys[numbers] == wanted, numbers, OUTSIDE)


def moments_of(keys: Ints, moments: Ints, wanted: Ints, otherwise: Ints) -> Ints:
    """Return the moment of each wanted key, or what it is otherwise where the key is not known."""
    at = lookup(keys, wanted)
    found = otherwise.copy()
    known = at != OUTSIDE
    found[known] = moments[at[known]]
    return found


def _measures(
    count: int, draws: Flows, draw_of: Ints, fills: Flows, fill_of: Ints
) -> tuple[Small, Flags]:
    """Find each traceable's measure; where its flows disagree, kilograms.

    The flag has one more, for OUTSIDE.
    """
    lowest = np.full(count + 1, 127, np.int8)
    highest = np.full(count + 1, NO_MEASURE, np.int8)
    for flows, of in ((draws, draw_of), (fills, fill_of)):
        np.minimum.at(lowest, of, flows.dimension)
        np.maximum.at(highest, of, flows.dimension)
    in_mass = lowest < highest
    in_mass[OUTSIDE] = False
    in_mass &= highest != NO_MEASURE
    measure = np.where(in_mass, np.int8(MASS_MEASURE), highest)
    return measure[:count], in_mass


def _shares(count: int, fills: Flows, fact: Ints, followed: Flags) -> tuple[Floats, Flags]:
    """Share each followed fact's material among its outputs: by amount, else by mass, else
    evenly.

    By amount if all outputs (scrap included) are in one dimension and known, by mass if all
    masses are known; an even share is not certain, unless there is only one output.
    """
    share, certain = np.zeros(len(fact)), np.ones(len(fact), np.bool_)
    rows = np.flatnonzero(followed)
    of, amount, mass = fact[rows], fills.amount[rows], fills.mass[rows]
    outputs = np.bincount(of, minlength=count)
    total, total_mass = sum_by(of, amount, count), sum_by(of, mass, count)
    lowest, highest = np.full(count, 127, np.int8), np.full(count, -128, np.int8)
    np.minimum.at(lowest, of, fills.dimension[rows])
    np.maximum.at(highest, of, fills.dimension[rows])
    by_amount = (lowest == highest) & (total > 0)
    by_mass = ~by_amount & (total_mass > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share[rows] = np.where(
            by_amount[of], amount / total[of],
            np.where(by_mass[of], mass / total_mass[of], 1 / outputs[of]),
        )  # fmt: skip
    certain[rows] = (by_amount | by_mass | (outputs == 1))[of]
    return share, certain


def _weights(count: int, fills: Flows, of: Ints, in_mass: Flags) -> Floats:
    """Find the kilograms per unit of measure of each traceable, over its weighed fills."""
    quantity = np.where(in_mass[of], fills.mass, fills.amount)
    rows = np.flatnonzero((of != OUTSIDE) & (fills.mass > 0) & (quantity > 0))
    with np.errstate(invalid="ignore"):
        weights: Floats = sum_by(of[rows], fills.mass[rows], count)
        weights /= sum_by(of[rows], quantity[rows], count)
    return weights


def _groups(traceable: Ints, fact: Ints) -> tuple[Ints, Ints] | None:
    """Return rows in an order that brings equal (traceable, fact) together, and where each group
    begins.
    """
    if not len(fact):
        return None
    together = (traceable + 1) * (int(fact.max()) + 1) + fact
    order = np.argsort(together, kind="stable")
    ordered = together[order]
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return None if len(begins) == len(fact) else (order, begins)


def _merged_draws(draws: Draws) -> Draws:
    """Add up lines of one fact for one traceable (it lay in several places)."""
    groups = _groups(draws.traceable, draws.fact)
    if groups is None:
        return draws
    order, begins = groups
    return replace(
        draws.take(order[begins]), quantity=np.add.reduceat(draws.quantity[order], begins)
    )


def _merged_fills(fills: Fills) -> Fills:
    groups = _groups(fills.traceable, fills.fact)
    if groups is None:
        return fills
    order, begins = groups
    share = np.add.reduceat(fills.share[order], begins)
    first = fills.take(order[begins])
    return replace(
        first,
        quantity=np.add.reduceat(fills.quantity[order], begins),
        share=share,
        certain=first.certain | (share >= WHOLE_SHARE),
    )


def own_returns(draws: Draws, fills: Fills) -> tuple[Ints, Ints]:
    """Return the rows, in draws and in fills, where a fact gives a traceable back what it took
    of it.
    """
    facts = int(max(draws.fact.max(initial=0), fills.fact.max(initial=0))) + 1
    drawn = draws.traceable * facts + draws.fact
    filled = fills.traceable * facts + fills.fact
    both, draw_rows, fill_rows = np.intersect1d(
        drawn, filled, assume_unique=True, return_indices=True
    )
    inside = both >= 0
    return draw_rows[inside], fill_rows[inside]


def _without_own_returns(facts: int, draws: Draws, fills: Fills) -> tuple[Draws, Fills]:
    """Leave out facts that only take a traceable and give the same back, as a customer's return
    does.
    """
    draw_rows, fill_rows = own_returns(draws, fills)
    if not len(draw_rows):
        return draws, fills
    drawn = np.bincount(draws.fact, minlength=facts)
    filled = np.bincount(fills.fact, minlength=facts)
    fact = draws.fact[draw_rows]
    taken, given = draws.quantity[draw_rows], fills.quantity[fill_rows]
    same = (taken == given) | (np.isnan(taken) & np.isnan(given))
    nothing = same & (drawn[fact] == 1) & (filled[fact] == 1)
    return (
        draws.take(np.delete(np.arange(len(draws)), draw_rows[nothing])),
        fills.take(np.delete(np.arange(len(fills)), fill_rows[nothing])),
    )
