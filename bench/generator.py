"""Make seeded histories of layered plants, as arrays: what the genealogy's tables are filled with.

A plant has raw lots, five layers of produced lots, bulk lots that go into hundreds to hundreds of
thousands of processes, splits, vessels that are topped up, a little rework, lots poured into older
ones, a culture propagated from generation to generation, pallets and assemblies. A process takes
lots made shortly before it, so that what a raw lot reaches does not grow with the plant; what a
bulk lot reaches does. The same seed and size always make the same history. All of it is made up.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FULL_SIZE = 2_000_000
FOREVER = 2**63 - 1
START_MICROSECONDS = 1_600_000_000_000_000
MICROSECONDS_PER_LOT = 60_000_000
LAYER_SHARES = (0.15, 0.20, 0.25, 0.20, 0.10)
"""Of all lots, those made in layers 1 to 5."""
OUTPUTS_MEAN = 2.5
INPUTS = (2, 8)
LOTS_BACK_MEAN = 20
BULK_LOTS = (2, 20, 300, 8_000)
"""How many lots of each bulk material follow one another in a plant of full size."""
FIRST_BULK_LOT_LASTS = 0.65
SHARE_SPLIT, SHARE_DRAWN, SHARE_SKIPPING = 0.10, 0.05, 0.20
SHARE_REWORK, SHARE_POURED, SHARE_PACKED, SHARE_INSTALLED = 0.0005, 0.003, 0.03, 0.005
SHARE_IMPRECISE, SHARE_SUPERSEDED, SHARE_UNKNOWN = 0.05, 0.003, 0.01
LOTS_PER_VESSEL, LOTS_PER_GENERATION, FILLS = 20_000, 2_000, 300
HOUR_MICROSECONDS = 3_600_000_000

RAW, BULK, VESSEL, CULTURE = 0, 10, 20, 30
"""Layers of lots beside 1 to 5; bulk material m is layer BULK + m."""
NO_FLOW, RECEIVED, PRODUCED, SPLIT, MERGED, FILLED, DRAWN = 0, 1, 2, 3, 4, 6, 7
IN, OUT = 0, 1
PACKED, INSTALLED = 1, 2

SomeTable = TypeVar("SomeTable", bound="Table")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self: SomeTable, rows: Array) -> SomeTable:
        """Return some rows."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def followed_by(self: SomeTable, other: SomeTable) -> SomeTable:
        """Return these rows and then those."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return type(self)(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True, slots=True)
class Lots(Table):
    """Traceables: when each came to be (microseconds), and its layer."""

    at: Array
    layer: Array


@dataclass(frozen=True, slots=True)
class Facts(Table):
    """Facts: when, kind, grade, and how many facts later each is superseded (0: it is not)."""

    t_from: Array
    t_to: Array
    kind: Array
    grade: Array
    superseded: Array


@dataclass(frozen=True, slots=True)
class Flows(Table):
    """Flows: row of the fact, row of the lot, direction, kilograms (NaN: unknown)."""

    fact: Array
    lot: Array
    direction: Array
    amount: Array


@dataclass(frozen=True, slots=True)
class Stays(Table):
    """Stays: rows of two lots, of the fact that began each and of the one that ended it (or -1)."""

    fact: Array
    child: Array
    parent: Array
    kind: Array
    end_fact: Array


@dataclass(frozen=True, slots=True)
class History:
    """A history; lots and facts are in the order of time, flows in the order of facts."""

    lots: Lots
    facts: Facts
    flows: Flows
    stays: Stays


def plant(lots: int, *, seed: int, begins: float = 0.0, lasts: float | None = None) -> History:
    """Make the history of a plant with so many lots; times are in units of one lot's time."""
    making = _Making(lots, np.random.default_rng(seed))
    making.raw_and_bulk()
    making.culture_and_vessels()
    for layer in range(1, len(LAYER_SHARES) + 1):
        making.layer(layer)
    making.pour_back()
    making.put_together()
    return making.history(begins=begins, lasts=float(lots) if lasts is None else lasts)


def joined(one: History, other: History) -> tuple[History, Array]:
    """Put two histories with nothing in common into one; give the rows of the first one's lots."""
    lots, lot_rows = _in_order(one.lots.followed_by(other.lots), "at")
    facts, fact_rows = _in_order(one.facts.followed_by(other.facts), "t_from")
    n_lots, n_facts = len(one.lots), len(one.facts)
    flows = one.flows.followed_by(
        Flows(other.flows.fact + n_facts, other.flows.lot + n_lots, other.flows.direction,
              other.flows.amount)
    )  # fmt: skip
    ends = np.where(other.stays.end_fact < 0, -1, other.stays.end_fact + n_facts)
    stays = one.stays.followed_by(
        Stays(other.stays.fact + n_facts, other.stays.child + n_lots,
              other.stays.parent + n_lots, other.stays.kind, ends)
    )  # fmt: skip
    history = History(lots, facts, _moved(flows, lot_rows, fact_rows), stays)
    return _with_stays(history, lot_rows, fact_rows), lot_rows[:n_lots]


def _in_order(table: SomeTable, column: str) -> tuple[SomeTable, Array]:
    """Sort a table by a column; give each old row's new row."""
    order = np.argsort(getattr(table, column), kind="stable")
    rows = np.empty(len(order), np.int64)
    rows[order] = np.arange(len(order))
    return table.take(order), rows


def _moved(flows: Flows, lot_rows: Array, fact_rows: Array) -> Flows:
    moved = Flows(fact_rows[flows.fact], lot_rows[flows.lot], flows.direction, flows.amount)
    return moved.take(np.lexsort((moved.lot, moved.direction, moved.fact)))


def _with_stays(history: History, lot_rows: Array, fact_rows: Array) -> History:
    stays = history.stays
    ends = np.where(stays.end_fact < 0, -1, fact_rows[stays.end_fact])
    moved = Stays(
        fact_rows[stays.fact], lot_rows[stays.child], lot_rows[stays.parent], stays.kind, ends
    )
    return History(history.lots, history.facts, history.flows, moved)


class _Making:
    """A plant being made: times are shares of its life, rows are numbered as they come."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self._size = size
        self._rng = rng
        self._lots: list[tuple[Array, Array]] = []
        self._facts: list[tuple[Array, Array]] = []
        self._flows: list[tuple[Array, Array, Array]] = []
        self._stays: list[tuple[Array, ...]] = []
        self._lot_count = self._fact_count = 0
        self._made: dict[int, tuple[Array, Array]] = {}

    # What everything starts from

    def raw_and_bulk(self) -> None:
        """Receive the raw lots and the bulk lots, one delivery each."""
        scale = self._size / FULL_SIZE
        counts = [max(1, round(count * scale)) for count in BULK_LOTS[1:]]
        starts = [np.array([0.0, FIRST_BULK_LOT_LASTS])]
        starts += [np.arange(count) / count for count in counts]
        for material, start in enumerate(starts):
            self._receive(start, BULK + material)
        rest = self._size - round(self._size * sum(LAYER_SHARES)) - sum(map(len, starts))
        rest -= self._size // LOTS_PER_GENERATION + self._vessel_count()
        self._receive(np.sort(self._rng.random(max(1, rest))), RAW)

    def culture_and_vessels(self) -> None:
        """Propagate a culture, and fill vessels from raw lots again and again."""
        generations = max(1, self._size // LOTS_PER_GENERATION)
        at = (np.arange(generations) + 0.5) / generations
        culture = self._new_lots(at, CULTURE)
        facts = self._new_facts(at, PRODUCED)
        self._flow(facts[1:], culture[:-1], IN)
        self._flow(facts, culture, OUT)
        vessels = self._new_lots(np.zeros(self._vessel_count()), VESSEL)
        count = min(FILLS, max(2, self._size // 40)) * len(vessels)
        fills = np.sort(self._rng.random(count))
        facts = self._new_facts(fills, FILLED)
        self._take_recent(RAW, facts, fills, latest=True)
        self._flow(facts, self._rng.choice(vessels, count), OUT)

    def _vessel_count(self) -> int:
        return max(1, self._size // LOTS_PER_VESSEL)

    def _receive(self, at: Array, layer: int) -> None:
        self._flow(self._new_facts(at, RECEIVED), self._new_lots(at, layer), OUT)

    # Production

    def layer(self, layer: int) -> None:
        """Make a layer's lots from those of the layers below it."""
        count = round(self._size * LAYER_SHARES[layer - 1])
        many = max(1, round(count / OUTPUTS_MEAN))
        at = np.sort(self._rng.random(many))
        split = self._rng.random(many) < SHARE_SPLIT
        drawn = ~split & (layer == 1) & (self._rng.random(many) < SHARE_DRAWN)
        facts = self._new_facts(at, np.where(split, SPLIT, np.where(drawn, DRAWN, PRODUCED)))
        self._outputs(layer, facts, at, count)
        inputs = np.where(split, 1, self._rng.integers(*INPUTS, size=many, endpoint=True))
        rows = np.repeat(np.flatnonzero(~drawn), inputs[~drawn])
        self._take_recent(layer - 1, facts[rows], at[rows])
        plain = np.flatnonzero(~split & ~drawn)
        for material in range(len(BULK_LOTS)):
            self._take_recent(BULK + material, facts[plain], at[plain], latest=True)
        self._flow(facts[drawn], self._rng.choice(self._made[VESSEL][0], drawn.sum()), IN)
        if layer > 1:
            rows = plain[self._rng.random(len(plain)) < SHARE_SKIPPING]
            self._take_recent(layer - 2, facts[rows], at[rows])
        if layer == 4:
            self._use_culture(facts[plain], at[plain])
        self._rework(layer, at)

    def _outputs(self, layer: int, facts: Array, at: Array, count: int) -> None:
        each = np.arange(len(facts))
        of = np.sort(np.concatenate([each, self._rng.integers(len(facts), size=count - len(each))]))
        if layer == len(LAYER_SHARES):
            # One process puts its material into very many units.
            many = self._size // 200
            begin = (count - many) // 2
            of[begin : begin + many] = of[begin]
        self._flow(facts[of], self._new_lots(at[of], layer), OUT)

    def _use_culture(self, facts: Array, at: Array) -> None:
        culture, since = self._made[CULTURE]
        rows = np.minimum(np.searchsorted(at, since, side="right"), len(at) - 1)
        self._flow(facts[rows], culture, IN)

    def _rework(self, layer: int, at: Array) -> None:
        """Take a lot of the layer into a process of the layer below it."""
        if layer < 3:
            return
        lots, since = self._made[layer]
        rows = self._rng.integers(len(lots), size=max(1, round(len(at) * SHARE_REWORK)))
        below, made = self._made[layer - 1]
        into = np.searchsorted(made, since[rows], side="right")
        rows, into = rows[into < len(below)], into[into < len(below)]
        facts = self._new_facts(made[into], MERGED)
        self._flow(facts, lots[rows], IN)
        self._flow(facts, below[into], OUT)

    def pour_back(self) -> None:
        """Pour some lots into slightly older ones, part of which is used up already."""
        for layer in (1, 2, 3):
            lots, since = self._made[layer]
            rows = np.arange(LOTS_BACK_MEAN, len(lots), max(1, round(1 / SHARE_POURED)))
            facts = self._new_facts(since[rows], MERGED)
            self._flow(facts, lots[rows], IN)
            older = rows - self._rng.integers(1, LOTS_BACK_MEAN, size=len(rows))
            self._flow(facts, lots[older], OUT)

    def put_together(self) -> None:
        """Pack some lots on pallets, and install some in assemblies; a third comes out again."""
        last = len(LAYER_SHARES)
        for kind, share, layer in (
            (PACKED, SHARE_PACKED, last),
            (INSTALLED, SHARE_INSTALLED, last - 1),
        ):
            children, since = self._made[layer]
            parents, made = self._made[last]
            rows = np.flatnonzero(self._rng.random(len(children)) < share)
            at = since[rows]
            into = np.minimum(np.searchsorted(made, at, side="right") + 1, len(parents) - 1)
            keep = parents[into] != children[rows]
            rows, at, into = rows[keep], at[keep], into[keep]
            begun = self._new_facts(at, NO_FLOW)
            ends = self._new_facts(np.minimum(at + 0.001, 1.0), NO_FLOW)
            ended = np.where(self._rng.random(len(rows)) < 0.3, ends, -1)
            self._stays.append(
                (begun, children[rows], parents[into], np.full(len(rows), kind), ended)
            )

    # Parts

    def _new_lots(self, at: Array, layer: int) -> Array:
        rows = np.arange(self._lot_count, self._lot_count + len(at))
        self._lot_count += len(at)
        self._lots.append((at, np.full(len(at), layer)))
        self._made[layer] = (rows, at)
        return rows

    def _new_facts(self, at: Array, kind: int | Array) -> Array:
        rows = np.arange(self._fact_count, self._fact_count + len(at))
        self._fact_count += len(at)
        self._facts.append((at, np.broadcast_to(kind, len(at))))
        return rows

    def _flow(self, facts: Array, lots: Array, direction: int) -> None:
        self._flows.append((facts, lots, np.full(len(facts), direction)))

    def _take_recent(self, layer: int, facts: Array, at: Array, *, latest: bool = False) -> None:
        back = np.ones(len(at), np.int64) if latest else None
        lots = self._recent(layer, at, back)
        self._flow(facts[lots >= 0], lots[lots >= 0], IN)

    def _recent(self, layer: int, at: Array, back: Array | None = None) -> Array:
        """Choose for each moment a lot of a layer made shortly before; -1 where there is none."""
        lots, since = self._made[layer]
        if back is None:
            back = self._rng.geometric(1 / LOTS_BACK_MEAN, size=len(at))
        rows = np.searchsorted(since, at, side="right") - back
        return np.where(rows >= 0, lots[np.maximum(rows, 0)], -1)

    # The whole

    def history(self, *, begins: float, lasts: float) -> History:
        """Give every row its time, grade and amount, and sort them."""
        rng = self._rng
        at, layer = (np.concatenate(parts) for parts in zip(*self._lots, strict=True))
        lots, lot_rows = _in_order(Lots(_moment(at, begins, lasts), layer), "at")
        at, kind = (np.concatenate(parts) for parts in zip(*self._facts, strict=True))
        moment = _moment(at, begins, lasts)
        vague = np.where(rng.random(len(at)) < SHARE_IMPRECISE, HOUR_MICROSECONDS, 0)
        later = rng.integers(1, 1000, size=len(at))
        gone = rng.random(len(at)) < SHARE_SUPERSEDED
        grade = rng.choice([3, 2, 1], p=[0.80, 0.17, 0.03], size=len(at))
        facts, fact_rows = _in_order(
            Facts(moment - vague, moment + vague, kind, grade, np.where(gone, later, 0)), "t_from"
        )
        fact, lot, direction = (np.concatenate(parts) for parts in zip(*self._flows, strict=True))
        unique = np.unique((fact * 2 + direction) * self._lot_count + lot, return_index=True)[1]
        fact, lot, direction = fact[unique], lot[unique], direction[unique]
        flows = Flows(fact, lot, direction, self._amounts(lot, direction))
        stays = Stays(*(np.concatenate(parts) for parts in zip(*self._stays, strict=True)))
        history = History(lots, facts, _moved(flows, lot_rows, fact_rows), stays)
        return _with_stays(history, lot_rows, fact_rows)

    def _amounts(self, lot: Array, direction: Array) -> Array:
        """Make every lot 100 kg a time, and use nine tenths of it in equal parts."""
        times_made = np.bincount(lot[direction == OUT], minlength=self._lot_count)
        times_used = np.bincount(lot[direction == IN], minlength=self._lot_count)
        part = 90.0 * np.maximum(times_made, 1)[lot] / np.maximum(times_used, 1)[lot]
        amount = np.where(direction == OUT, 100.0, part.round(3))
        amount[self._rng.random(len(amount)) < SHARE_UNKNOWN] = np.nan
        return amount


def _moment(at: Array, begins: float, lasts: float) -> Array:
    lot_times = begins + at * lasts
    return START_MICROSECONDS + (lot_times * MICROSECONDS_PER_LOT).astype(np.int64)
