"""One trace, whole: what was reached, how much of it, in which containers, and where the answer
is open.

`trace()` is what the rooms above call (DESIGN §3). The answer is arrays by key; names, JSON and
pages are made of it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from yuanliu.trace import backward, forward
from yuanliu.trace.amounts import Amounts, NoAmounts
from yuanliu.trace.amounts_backward import backward_amounts
from yuanliu.trace.amounts_forward import forward_amounts
from yuanliu.trace.carriers import Carriers, carriers_backward, carriers_forward
from yuanliu.trace.dense import distinct
from yuanliu.trace.excerpt import lookup
from yuanliu.trace.forward import Limits, Reach, Seeds, Touched
from yuanliu.trace.source import (
    ALWAYS,
    FOREVER,
    INFERRED,
    Columns,
    Flags,
    FlowSource,
    Ints,
    Stays,
    ints,
)


class Direction(Enum):
    """Which way a trace goes."""

    FORWARD = "forward"
    BACKWARD = "backward"


class OpenEndKind(Enum):
    """Why an answer is open at a place (B1). The value is the code in documents and JSON."""

    NO_ORIGIN = "no_origin"
    """Nothing received or produced it, as far as is recorded."""
    FOUND_MORE = "found_more"
    """Besides what was received or produced, some of it only turned up, as in a count."""
    OVERDRAWN = "overdrawn"
    """More was drawn from it than was ever in it."""
    UNKNOWN_QUANTITY = "unknown_quantity"
    """Some of its flows have no quantity."""
    WIDENED_TIME = "widened_time"
    """Reached only because times are not known exactly."""
    UNSCANNED = "unscanned"
    """Reached only over links that nobody scanned or declared."""


LOSES_LINKS = {
    Direction.FORWARD: frozenset[OpenEndKind](),
    Direction.BACKWARD: frozenset({OpenEndKind.NO_ORIGIN, OpenEndKind.OVERDRAWN}),
}
"""The open ends behind which there is material of which the answer does not know the origin."""


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """One kind of open end, and the keys of the traceables at which the answer is so open,
    sorted.
    """

    kind: OpenEndKind
    keys: Ints


@dataclass(frozen=True, slots=True)
class Counts:
    """How large an answer is: traceables (seeds included), facts, hops to the farthest
    traceable.
    """

    traceables: int
    facts: int
    depth: int


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer of a trace.

    `traceables` and `facts` are what was reached, with contact times, hops and grade; forward
    `first` is the earliest contact (ALWAYS for a seed suspect as a whole), backward the latest
    contribution. `amounts` are in the order of `traceables`, or the reason why there are none.
    `installed` are the stays over which assemblies were reached (still in it while `end_to` is
    FOREVER), `carriers` the containers. `complete` means: not truncated, and nothing known to be
    missing.
    """

    seeds: Seeds
    direction: Direction
    as_of: int | None
    complete: bool
    truncated: bool
    frontier: Ints
    open_ends: tuple[OpenEnd, ...]
    counts: Counts
    traceables: Touched
    widened: Flags
    facts: Touched
    amounts: Amounts | NoAmounts
    installed: Stays
    carriers: Carriers


def trace(
    source: FlowSource,
    seeds: Iterable[int],
    direction: Direction,
    *,
    moment: int | None = None,
    as_of: int | None = None,
    origin_kinds: frozenset[int] | None = None,
    amounts: bool = True,
    limits: Limits | None = None,
) -> Trace:
    """Trace traceables forward to all they went into, or backward to all that went into them.

    `source` is already cut to the ledger position `as_of`, which is only noted. From `moment` on
    (backward: until it) the seeds are suspect; None is the whole of them. `origin_kinds` are the
    codes of the fact kinds that are origins though nothing went into them; None lets every such
    fact be one. Raises ValueError if there is no seed.
    """
    is_forward = direction is Direction.FORWARD
    whole = ALWAYS if is_forward else FOREVER
    start = Seeds.of(ints(seeds), whole if moment is None else moment)
    columns = Columns.AMOUNTS if amounts else Columns.LINKS
    search = forward.reach if is_forward else backward.reach
    reached = search(source, start, limits=limits, columns=columns)
    found = _amounts(source, start, reached, direction, wanted=amounts)
    widened = reached.traceables.sure == whole * -1
    found_open = _open_ends(source, reached, widened, found, direction, origin_kinds)
    ends = tuple(end for end in found_open if len(end.keys))
    lost = any(end.kind in LOSES_LINKS[direction] for end in ends)
    return Trace(
        seeds=start,
        direction=direction,
        as_of=as_of,
        complete=not (reached.truncated or lost),
        truncated=reached.truncated,
        frontier=reached.frontier,
        open_ends=ends,
        counts=Counts(
            len(reached.traceables), len(reached.facts), int(reached.traceables.depth.max())
        ),
        traceables=reached.traceables,
        widened=widened,
        facts=reached.facts,
        amounts=found,
        installed=reached.installed,
        carriers=_carriers(source, reached, direction),
    )


def _amounts(
    source: FlowSource, seeds: Seeds, reached: Reach, direction: Direction, *, wanted: bool
) -> Amounts | NoAmounts:
    if not wanted:
        return NoAmounts.NOT_ASKED
    if reached.truncated:
        return NoAmounts.TRUNCATED
    if direction is Direction.FORWARD:
        return forward_amounts(source, seeds, reached)
    return backward_amounts(source, seeds, reached)


def _carriers(source: FlowSource, reached: Reach, direction: Direction) -> Carriers:
    if direction is Direction.FORWARD:
        return carriers_forward(source, reached.traceables, reached.stays)
    return carriers_backward(source, reached.traceables)


def _open_ends(
    source: FlowSource, reached: Reach, widened: Flags, found: Amounts | NoAmounts,
    direction: Direction, origin_kinds: frozenset[int] | None,
) -> Iterator[OpenEnd]:  # fmt: skip
    keys = reached.traceables.keys
    if direction is Direction.BACKWARD:
        no_origin, found_more = _without_origin(source, reached, origin_kinds)
        yield OpenEnd(OpenEndKind.NO_ORIGIN, no_origin)
        yield OpenEnd(OpenEndKind.FOUND_MORE, found_more)
    if isinstance(found, Amounts):
        yield OpenEnd(OpenEndKind.OVERDRAWN, np.sort(keys[found.overdrawn]))
        yield OpenEnd(OpenEndKind.UNKNOWN_QUANTITY, np.sort(keys[found.unknown]))
    yield OpenEnd(OpenEndKind.WIDENED_TIME, np.sort(keys[widened]))
    yield OpenEnd(OpenEndKind.UNSCANNED, np.sort(keys[reached.traceables.grade == INFERRED]))


def _without_origin(
    source: FlowSource, reached: Reach, origin_kinds: frozenset[int] | None
) -> tuple[Ints, Ints]:
    """Return the keys of what has no origin at all, and of what has one but partly only turned
    up.

    What went on from the frontier of a truncated search is not known, and is not said to have no
    origin.
    """
    keys, first = reached.traceables.keys, reached.traceables.first
    of = lookup(keys, reached.taken.traceable)
    followed = reached.taken.t_from <= first[of]
    from_nothing = np.setdiff1d(reached.facts.keys, reached.made.fact)
    turned_up = np.isin(reached.taken.fact, _no_origins(source, from_nothing, origin_kinds))
    explained, gained = np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.bool_)
    explained[of[followed & ~turned_up]] = True
    gained[of[followed & turned_up]] = True
    explained |= np.isin(keys, reached.frontier)
    return np.sort(keys[~explained]), np.sort(keys[explained & gained])


def _no_origins(source: FlowSource, facts: Ints, origin_kinds: frozenset[int] | None) -> Ints:
    """Return those of the facts that took nothing in which are no origins either."""
    if origin_kinds is None or not len(facts):
        return ints()
    made = source.outputs(facts, Columns.AMOUNTS)
    return distinct(made.fact[~np.isin(made.kind, sorted(origin_kinds))])
