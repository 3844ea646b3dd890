"""What a trace reads: flows and stays as arrays, and the `FlowSource` that gives them.

One algorithm runs over SQL, over the in-memory index and over an export, because all it asks for
is "the flows of these traceables" and "the flows of these facts": sets in, arrays out, never one
by one.

Conventions, everywhere in this room:
- a traceable and a fact are int64 keys; traceable `SCRAP` (0) is what a process lost, and is no
  traceable;
- times are int64 microseconds since 1970 UTC; a fact happened somewhere in [t_from, t_to], both
  included, and all flows of one fact carry that fact's times, kind and grade;
- amounts are float64 in the base unit of their dimension, masses in kilograms; NaN is unknown,
  not zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Small = NDArray[np.int8]

SCRAP = 0
"""The traceable key of what a process lost."""
FOREVER = 2**63 - 1
"""The end of a stay that lasts, and the moment that never comes."""
ALWAYS = -FOREVER
"""The moment before every other. (Its negative is FOREVER, so time can be mirrored.)"""

SCANNED, DECLARED, INFERRED = 3, 2, 1
"""Evidence grades, best first (B2)."""
GRADES = (SCANNED, DECLARED, INFERRED)

PACKED, INSTALLED = 1, 2
"""Kinds of stay."""


class Columns(Enum):
    """How much of a flow is wanted."""

    LINKS = "links"
    """Fact, traceable, times and grade: what reach needs, and what the covering indexes hold."""
    AMOUNTS = "amounts"
    """Those, and amount, dimension, mass and kind."""


def ints(values: Iterable[int] | NDArray[Any] = ()) -> Ints:
    """Make an int64 array."""
    if isinstance(values, np.ndarray):
        return values.astype(np.int64, copy=False)
    return np.fromiter(values, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Flows:
    """Flows as arrays, one row each; all of length n.

    `fact`, `traceable`, `t_from`, `t_to` int64, `grade` int8. Read with `Columns.AMOUNTS` also
    `amount` and `mass` float64, `dimension` int8 and the fact-kind code `kind` int16; else those
    are empty.
    """

    fact: Ints
    traceable: Ints
    t_from: Ints
    t_to: Ints
    grade: Small
    amount: Floats
    dimension: Small
    mass: Floats
    kind: NDArray[np.int16]

    @classmethod
    def links(cls, fact: Ints, traceable: Ints, t_from: Ints, t_to: Ints, grade: Small) -> Flows:
        """Make flows without amounts."""
        none = np.empty(0)
        return cls(
            fact, traceable, t_from, t_to, grade,
            amount=none, dimension=none.astype(np.int8), mass=none, kind=none.astype(np.int16),
        )  # fmt: skip

    @classmethod
    def none(cls) -> Flows:
        """Make no flows."""
        empty = ints()
        return cls.links(empty, empty, empty, empty, empty.astype(np.int8))

    @classmethod
    def joined(cls, parts: Iterable[Flows]) -> Flows:
        """Put several pieces end to end; all of them with amounts, or none."""
        pieces = [part for part in parts if len(part)]
        if not pieces:
            return cls.none()
        if len(pieces) == 1:
            return pieces[0]
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in names))

    def __len__(self) -> int:
        return len(self.fact)

    def take(self, rows: NDArray[Any]) -> Flows:
        """Return the rows given by index or by mask."""
        columns = (getattr(self, field.name) for field in fields(self))
        return Flows(*(column[rows] if len(column) else column for column in columns))


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays as arrays, one row each: a child was packed or installed in a parent for some time.

    It began somewhere in [start_from, start_to] by `fact` and ended somewhere in [end_from, end_to]
    (FOREVER while it lasts). `kind` is PACKED or INSTALLED.
    """

    kind: Small
    child: Ints
    parent: Ints
    start_from: Ints
    start_to: Ints
    end_from: Ints
    end_to: Ints
    grade: Small
    fact: Ints

    @classmethod
    def none(cls) -> Stays:
        """Make no stays."""
        empty, small = ints(), ints().astype(np.int8)
        return cls(small, empty, empty, empty, empty, empty, empty, small, empty)

    @classmethod
    def joined(cls, parts: Iterable[Stays]) -> Stays:
        """Put several pieces end to end."""
        pieces = [part for part in parts if len(part)]
        if not pieces:
            return cls.none()
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in names))

    def __len__(self) -> int:
        return len(self.child)

    def take(self, rows: NDArray[Any]) -> Stays:
        """Return the rows given by index or by mask."""
        return Stays(*(getattr(self, field.name)[rows] for field in fields(self)))


class FlowSource(Protocol):
    """The genealogy as it was known at one ledger position (B3); rows come in any order.

    Keys are given sorted, each once. `Columns.LINKS` lets a source answer from a covering index.
    """

    def out_of(self, traceables: Ints, columns: Columns) -> Flows:
        """Return the flows by which these traceables went into facts."""

    def into(self, traceables: Ints, columns: Columns) -> Flows:
        """Return the flows by which facts put something into these traceables."""

    def inputs(self, facts: Ints, columns: Columns) -> Flows:
        """Return what went into these facts."""

    def outputs(self, facts: Ints, columns: Columns) -> Flows:
        """Return what came out of these facts, scrap (traceable 0) included."""

    def parents(self, children: Ints) -> Stays:
        """Return the stays, packed and installed, of these children."""

    def children(self, parents: Ints) -> Stays:
        """Return the stays, packed and installed, in these parents."""


class Mirrored:
    """A source seen backwards: time runs the other way, what went in comes out.

    What is after something in the mirror was before it in the world, so one algorithm traces
    both ways.
    """

    def __init__(self, source: FlowSource) -> None:
        self._source = source

    def out_of(self, traceables: Ints, columns: Columns) -> Flows:
        """Return the flows by which facts put something into these traceables, mirrored."""
        return mirrored_flows(self._source.into(traceables, columns))

    def into(self, traceables: Ints, columns: Columns) -> Flows:
        """Return the flows by which these traceables went into facts, mirrored."""
        return mirrored_flows(self._source.out_of(traceables, columns))

    def inputs(self, facts: Ints, columns: Columns) -> Flows:
        """Return what came out of these facts, mirrored."""
        return mirrored_flows(self._source.outputs(facts, columns))

    def outputs(self, facts: Ints, columns: Columns) -> Flows:
        """Return what went into these facts, mirrored."""
        return mirrored_flows(self._source.inputs(facts, columns))

    def parents(self, children: Ints) -> Stays:
        """Return the stays in these parents, mirrored."""
        return mirrored_stays(self._source.children(children))

    def children(self, parents: Ints) -> Stays:
        """Return the stays of these children, mirrored."""
        return mirrored_stays(self._source.parents(parents))


def mirrored_flows(flows: Flows) -> Flows:
    """Let time run the other way."""
    return Flows(
        flows.fact, flows.traceable, -flows.t_to, -flows.t_from, flows.grade,
        flows.amount, flows.dimension, flows.mass, flows.kind,
    )  # fmt: skip


def mirrored_stays(stays: Stays) -> Stays:
    """Let time run the other way, and the parent be in the child."""
    return Stays(
        stays.kind, stays.parent, stays.child,
        -stays.end_to, -stays.end_from, -stays.start_to, -stays.start_from,
        stays.grade, stays.fact,
    )  # fmt: skip
