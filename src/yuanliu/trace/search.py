"""What a search has read of the genealogy so far, and the labels it has found."""

from __future__ import annotations

import numpy as np

from yuanliu.trace.dense import Growing, KeyIndex, Ragged, distinct
from yuanliu.trace.source import (
    FOREVER,
    INSTALLED,
    SCANNED,
    SCRAP,
    Columns,
    Flags,
    Flows,
    FlowSource,
    Ints,
    Small,
    Stays,
)

LINK = {"other": np.int64, "t_from": np.int64, "t_to": np.int64, "grade": np.int8}
STAY = {"other": np.int64, "row": np.int64, "grade": np.int8, "start_from": np.int64,
        "start_to": np.int64, "end_from": np.int64, "end_to": np.int64}  # fmt: skip


class Labels:
    """When traceables or facts, by number, are touched: `first`, `sure` (FOREVER: not), `depth`
    (-1: not).
    """

    def __init__(self) -> None:
        self._first: Growing[np.int64] = Growing(np.int64)
        self._sure: Growing[np.int64] = Growing(np.int64)
        self._depth: Growing[np.int64] = Growing(np.int64)

    @property
    def first(self) -> Ints:
        """Return the earliest possible moment of each."""
        return self._first.data

    @property
    def sure(self) -> Ints:
        """Return the moment by which each is certainly touched."""
        return self._sure.data

    @property
    def depth(self) -> Ints:
        """Return the fewest hops to each."""
        return self._depth.data

    @property
    def reached(self) -> Flags:
        """Tell which are touched at all."""
        touched: Flags = self.depth >= 0
        return touched

    def lengthen(self, size: int) -> None:
        """Make room for `size` of them, new ones untouched."""
        self._first.lengthen(size, FOREVER)
        self._sure.lengthen(size, FOREVER)
        self._depth.lengthen(size, -1)

    def lower(self, numbers: Ints, first: Ints, sure: Ints, depth: int) -> Ints:
        """Lower labels where those given are earlier; return the numbers that improved, each
        once.
        """
        first_before, sure_before = self.first[numbers], self.sure[numbers]
        np.minimum.at(self.first, numbers, first)
        np.minimum.at(self.sure, numbers, sure)
        new = self.depth[numbers] < 0
        self.depth[numbers[new]] = depth
        better = new | (self.first[numbers] < first_before) | (self.sure[numbers] < sure_before)
        return distinct(numbers[better])


class Read:
    """The part of the genealogy read so far; every traceable and every fact is asked for once.

    `taken` are the flows out of traceables (other: fact number), `made` those out of facts
    (other: traceable number), `installed` the stays in assemblies (other: traceable number, row:
    in `stays`).
    """

    def __init__(self, source: FlowSource, columns: Columns) -> None:
        self._source = source
        self._columns = columns
        self._stays_read = 0
        self.traceables = KeyIndex()
        self.facts = KeyIndex()
        self.taken = Ragged(**LINK)
        self.made = Ragged(**LINK)
        self.installed = Ragged(**STAY)
        self.taken_flows: list[Flows] = []
        self.made_flows: list[Flows] = []
        self.stays: list[Stays] = []
        self.worst_grade = SCANNED

    def read_traceables(self, numbers: Ints) -> None:
        """Read what these traceables went into and what they were installed in, unless it was
        read.
        """
        missing = self.taken.missing(numbers)
        if not len(missing):
            return
        missing = missing[np.argsort(self.traceables.keys[missing])]
        keys = self.traceables.keys[missing]
        flows = self._source.out_of(keys, self._columns)
        self.taken_flows.append(flows)
        at = np.searchsorted(keys, flows.traceable)
        self._add_flows(self.taken, missing, at, self.facts.add(flows.fact), flows)
        self._read_stays(missing, keys)

    def read_facts(self, numbers: Ints) -> None:
        """Read what these facts made, unless it was read."""
        missing = self.made.missing(numbers)
        if not len(missing):
            return
        missing = missing[np.argsort(self.facts.keys[missing])]
        keys = self.facts.keys[missing]
        flows = self._source.outputs(keys, Columns.LINKS)
        self.made_flows.append(flows)
        caught = flows.take(flows.traceable != SCRAP)
        at = np.searchsorted(keys, caught.fact)
        self._add_flows(self.made, missing, at, self.traceables.add(caught.traceable), caught)

    def _read_stays(self, missing: Ints, keys: Ints) -> None:
        stays = self._source.parents(keys)
        self.stays.append(stays)
        rows = np.flatnonzero(stays.kind == INSTALLED)
        inside = stays.take(rows)
        self._note(inside.grade)
        self.installed.missing(missing)
        self.installed.add(
            missing, np.searchsorted(keys, inside.child),
            other=self.traceables.add(inside.parent), row=self._stays_read + rows,
            grade=inside.grade, start_from=inside.start_from, start_to=inside.start_to,
            end_from=inside.end_from, end_to=inside.end_to,
        )  # fmt: skip
        self._stays_read += len(stays)

    def _add_flows(self, rows: Ragged, owners: Ints, at: Ints, other: Ints, flows: Flows) -> None:
        self._note(flows.grade)
        rows.add(owners, at, other=other, t_from=flows.t_from, t_to=flows.t_to, grade=flows.grade)

    def _note(self, grades: Small) -> None:
        if len(grades):
            self.worst_grade = min(self.worst_grade, int(grades.min()))
