"""The genealogy in memory: flows and stays as arrays with an index each way."""

from __future__ import annotations

import numpy as np

from yuanliu.trace.dense import spans
from yuanliu.trace.source import SCRAP, Columns, Flags, Flows, Ints, Stays


class _Index:
    """Find the rows that hold a key in one column, in time that does not depend on how many
    others there are.
    """

    def __init__(self, column: Ints, rows: Ints) -> None:
        order = np.argsort(column[rows], kind="stable")
        self._rows = rows[order]
        self._keys, self._begin = np.unique(column[self._rows], return_index=True)
        self._count = np.diff(np.append(self._begin, len(rows)))

    def rows(self, keys: Ints) -> Ints:
        """Return the rows that hold any of the keys."""
        if not len(self._keys) or not len(keys):
            return np.empty(0, np.int64)
        at = np.searchsorted(self._keys, keys)
        at[at == len(self._keys)] = 0
        at = at[self._keys[at] == keys]
        return self._rows[spans(self._begin[at], self._count[at])]


class MemoryFlows:
    """A `FlowSource` over arrays: `flows` with amounts, and for each whether it goes into its
    fact.
    """

    def __init__(self, flows: Flows, into_fact: Flags, stays: Stays | None = None) -> None:
        self._flows = flows
        self._stays = Stays.none() if stays is None else stays
        went_in = np.flatnonzero(into_fact)
        came_out = np.flatnonzero(~into_fact)
        caught = came_out[flows.traceable[came_out] != SCRAP]
        self._in_by_traceable = _Index(flows.traceable, went_in)
        self._out_by_traceable = _Index(flows.traceable, caught)
        self._in_by_fact = _Index(flows.fact, went_in)
        self._out_by_fact = _Index(flows.fact, came_out)
        every = np.arange(len(self._stays))
        self._by_child = _Index(self._stays.child, every)
        self._by_parent = _Index(self._stays.parent, every)

    def out_of(self, traceables: Ints, columns: Columns) -> Flows:
        """Return the flows by which these traceables went into facts."""
        return self._take(self._in_by_traceable.rows(traceables), columns)

    def into(self, traceables: Ints, columns: Columns) -> Flows:
        """Return the flows by which facts put something into these traceables."""
        return self._take(self._out_by_traceable.rows(traceables), columns)

    def inputs(self, facts: Ints, columns: Columns) -> Flows:
        """Return what went into these facts."""
        return self._take(self._in_by_fact.rows(facts), columns)

    def outputs(self, facts: Ints, columns: Columns) -> Flows:
        """Return what came out of these facts, scrap included."""
        return self._take(self._out_by_fact.rows(facts), columns)

    def parents(self, children: Ints) -> Stays:
        """Return the stays of these children."""
        return self._stays.take(self._by_child.rows(children))

    def children(self, parents: Ints) -> Stays:
        """Return the stays in these parents."""
        return self._stays.take(self._by_parent.rows(parents))

    def _take(self, rows: Ints, columns: Columns) -> Flows:
        flows = self._flows
        if columns is Columns.AMOUNTS:
            return flows.take(rows)
        return Flows.links(
            flows.fact[rows], flows.traceable[rows], flows.t_from[rows], flows.t_to[rows],
            flows.grade[rows],
        )  # fmt: skip
