"""Keep the genealogy: flows, stays, circumstances and happenings, each row with when it was
known.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from yuanliu.base.quantity import Quantity, plain
from yuanliu.base.units import dimension_code
from yuanliu.genealogy import models
from yuanliu.genealogy.flows import (
    KIND_CODES,
    FlowLine,
    StayChange,
    circumstances,
    flow_lines,
    stay_changes,
)
from yuanliu.genealogy.models import FOREVER, Direction, StayKind
from yuanliu.ledger.facts import Fact
from yuanliu.ledger.projections import Bench
from yuanliu.lots.projector import lots
from yuanliu.lots.state import Lot
from yuanliu.masterdata.projector import master

NAME = "genealogy"
NO_TRACEABLE = 0


class GenealogySession:
    """The genealogy at work in one transaction."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._lots = lots(bench)
        self._master = master(bench)
        self._flows = bench.sheet(models.Flow, "fact")
        self._stays = bench.sheet(models.Stay, "child")
        self._circumstances = bench.sheet(models.Circumstance, "fact")
        self._happenings = bench.sheet(models.Happening, "fact")
        self._stay_at = {name: at for at, name in enumerate(self._stays.table.columns)}
        self._columns = self._flows.table.columns

    def preload(self, facts: Sequence[Fact]) -> None:
        """Read the stays of the children that these facts move."""
        keys = []
        for fact in facts:
            self._fresh(fact.position)
            for change in stay_changes(fact.data):
                lot = self._lots.get(change.child)
                if lot is not None:
                    keys.append(lot.key)
        self._stays.preload(keys)

    def apply(self, fact: Fact) -> None:
        """Add a fact's rows; close those of the fact it supersedes."""
        self._fresh(fact.position)
        if fact.supersedes is not None:
            self._retract(fact.supersedes, fact.position)
        self._happenings.put(
            (fact.position, fact.kind, fact.occurred.start, fact.occurred.end, fact.grade.rank,
             fact.recorded, fact.supersedes, FOREVER)
        )  # fmt: skip
        for line, flow in enumerate(flow_lines(fact.data)):
            self._flows.put(self._flow_row(fact, line, flow))
        for line, told in enumerate(circumstances(fact)):
            self._circumstances.put(
                (fact.position, line, told.role, told.code, told.value, told.unit)
            )
        for change in stay_changes(fact.data):
            if change.starts:
                self._start(fact, change)
            else:
                self._end(fact, change)

    def settle(self) -> None:
        """Do nothing more: rows are written as they come."""

    def _flow_row(self, fact: Fact, line: int, flow: FlowLine) -> tuple[Any, ...]:
        lot = self._lots.get(flow.traceable) if flow.traceable else None
        value = flow.quantity.value
        return (
            fact.position, line, (Direction.IN if flow.into_fact else Direction.OUT).value,
            lot.key if lot else NO_TRACEABLE, KIND_CODES[fact.kind],
            None if value is None else plain(value), flow.quantity.unit.code,
            dimension_code(flow.quantity.unit), flow.quantity.base_amount(),
            self._mass(lot, flow.quantity), fact.occurred.start, fact.occurred.end,
            fact.grade.rank, fact.position, FOREVER,
        )  # fmt: skip

    def _mass(self, lot: Lot | None, quantity: Quantity) -> float | None:
        if quantity.value is None:
            return None
        amount = Fraction(quantity.value) * (quantity.unit.factor or 1)
        if quantity.unit.dimension == "mass":
            return float(amount)
        if lot is None or not lot.item:
            return None
        item = self._master.item(lot.item)
        weight = item.kilograms_per_base_unit()
        if weight is None or item.unit.dimension != quantity.unit.dimension:
            return None
        return float(amount * weight)

    def _start(self, fact: Fact, change: StayChange) -> None:
        kind = StayKind.INSTALLED if change.installed else StayKind.PACKED
        self._stays.put(
            (fact.position, kind.value, self._lots.key_of(change.child),
             self._lots.key_of(change.parent), fact.occurred.start, fact.occurred.end,
             None, FOREVER, FOREVER, fact.grade.rank, fact.position, FOREVER)
        )  # fmt: skip

    def _end(self, fact: Fact, change: StayChange) -> None:
        """End the latest stay in that parent that had begun; what never began cannot end."""
        kind = StayKind.INSTALLED if change.installed else StayKind.PACKED
        parent = self._lots.key_of(change.parent)
        at = self._stay_at
        open_rows = [
            row
            for row in self._stays.rows(self._lots.key_of(change.child))
            if row[at["kind"]] == kind.value
            and row[at["parent"]] == parent
            and row[at["end_fact"]] is None
            and row[at["known_to"]] == FOREVER
            and row[at["start_from"]] <= fact.occurred.end
        ]
        if not open_rows:
            return
        latest = max(open_rows, key=lambda row: (row[at["start_from"]], row[at["fact"]]))
        self._replace_stay(
            latest,
            fact.position,
            end_fact=fact.position,
            end_from=fact.occurred.start,
            end_to=fact.occurred.end,
        )

    def _replace_stay(self, row: tuple[Any, ...], position: int, **changes: Any) -> None:
        """Close a row as known until now, and open its successor as known from now."""
        self._stays.put(self._changed(row, known_to=position))
        if changes:
            self._stays.put(self._changed(row, known_from=position, known_to=FOREVER, **changes))

    def _changed(self, row: tuple[Any, ...], **changes: Any) -> tuple[Any, ...]:
        values = list(row)
        for name, value in changes.items():
            values[self._stay_at[name]] = value
        return tuple(values)

    def _retract(self, position: int, by: int) -> None:
        old = self._bench.read_facts([position])[0]
        at = self._columns.index("known_to")
        for row in self._flows.rows(position):
            self._flows.put((*row[:at], by, *row[at + 1 :]))
        for row in self._happenings.rows(position):
            self._happenings.put((*row[:-1], by))
        for change in stay_changes(old.data):
            self._retract_stay(position, by, self._lots.key_of(change.child), change)

    def _retract_stay(self, position: int, by: int, child: int, change: StayChange) -> None:
        at = self._stay_at
        column = at["fact"] if change.starts else at["end_fact"]
        for row in self._stays.rows(child):
            if row[column] != position or row[at["known_to"]] != FOREVER:
                continue
            if change.starts:
                self._replace_stay(row, by)
            else:
                self._replace_stay(row, by, end_fact=None, end_from=FOREVER, end_to=FOREVER)

    def _fresh(self, position: int) -> None:
        for sheet in (self._flows, self._circumstances, self._happenings):
            sheet.known_empty(position)


class GenealogyProjection:
    """The projection as the ledger knows it."""

    name = NAME
    tables = (
        (models.Flow, "fact"),
        (models.Stay, "child"),
        (models.Circumstance, "fact"),
        (models.Happening, "fact"),
    )

    def open(self, bench: Bench) -> GenealogySession:
        """Start a session."""
        return GenealogySession(bench)
