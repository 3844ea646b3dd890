"""In which containers things were: for where, not for what, as material does not mix through a
pallet.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from yuanliu.trace.dense import distinct, spans
from yuanliu.trace.forward import Touched
from yuanliu.trace.source import FOREVER, PACKED, Flags, FlowSource, Ints, Stays, ints

LEVELS_PLAIN = 8
"""Containers are not packed deeper than this, unless records say that they contain themselves."""


@dataclass(frozen=True, slots=True)
class Carriers:
    """Which containers carried what was reached, one row for each pair and time; arrays of one
    length.

    The container held the traceable, directly (`level` 1) or inside other containers, at moments
    within [since, until]; `now` tells that, as far as is known, it still does. Keys are those of
    traceables.
    """

    traceable: Ints
    container: Ints
    since: Ints
    until: Ints
    now: Flags
    level: Ints

    def __len__(self) -> int:
        return len(self.traceable)

    def take(self, rows: NDArray[np.generic]) -> Carriers:
        """Return some rows."""
        return Carriers(*(getattr(self, field.name)[rows] for field in fields(self)))


def carriers_forward(source: FlowSource, reached: Touched, stays: Stays) -> Carriers:
    """Find the containers that held what was reached at or after its first contact.

    `stays` are all stays of what was reached. Source calls: one for each level of packing.
    """
    return _carriers(source, stays, reached.keys, reached.first, forward=True)


def carriers_backward(source: FlowSource, reached: Touched) -> Carriers:
    """Find the containers that held what was reached at or before its last contribution."""
    stays = source.parents(np.sort(reached.keys))
    return _carriers(source, stays, reached.keys, reached.first, forward=False)


def _carriers(
    source: FlowSource, stays: Stays, keys: Ints, moment: Ints, *, forward: bool
) -> Carriers:
    always = np.full(len(keys), -FOREVER)
    forever = np.full(len(keys), FOREVER)
    held = Carriers(
        traceable=keys,
        container=keys,
        since=moment if forward else always,
        until=forever if forward else moment,
        now=np.ones(len(keys), np.bool_),
        level=np.zeros(len(keys), np.int64),
    )
    found: list[Carriers] = []
    while True:
        held = _outward(held, stays)
        if len(found) >= LEVELS_PLAIN:
            held = _not_in(held, found)
        if not len(held):
            break
        found.append(held)
        stays = source.parents(distinct(held.container))
    return _joined(found)


def _outward(held: Carriers, stays: Stays) -> Carriers:
    """Go from what was held by something to what that was packed in at the same time."""
    packed = stays.take(stays.kind == PACKED)
    packed = packed.take(np.argsort(packed.child, kind="stable"))
    begin = np.searchsorted(packed.child, held.container)
    counts = np.searchsorted(packed.child, held.container, side="right") - begin
    stay = spans(begin, counts)
    inner = held.take(np.repeat(np.arange(len(held)), counts))
    since = np.maximum(inner.since, packed.start_from[stay])
    until = np.minimum(inner.until, packed.end_to[stay])
    outer = Carriers(
        inner.traceable, packed.parent[stay], since, until,
        inner.now & (packed.end_to[stay] == FOREVER), inner.level + 1,
    )  # fmt: skip
    return outer.take(since <= until)


def _not_in(held: Carriers, found: list[Carriers]) -> Carriers:
    """Drop rows that say again what was found: a container that contains itself would never end."""
    known = {row for rows in found for row in _rows(rows)}
    return held.take(np.array([row not in known for row in _rows(held)], np.bool_))


def _rows(carriers: Carriers) -> list[tuple[int, ...]]:
    columns = (carriers.traceable, carriers.container, carriers.since, carriers.until)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _joined(parts: list[Carriers]) -> Carriers:
    if not parts:
        none = ints()
        return Carriers(none, none, none, none, none.astype(np.bool_), none)
    names = [field.name for field in fields(Carriers)]
    return Carriers(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
