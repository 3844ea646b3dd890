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
    StayLine,
    circumstances,
    flow_lines,
    stay_changes,
    stay_lines,
)
from yuanliu.genealogy.models import FOREVER, Direction, StayKind
from yuanliu.ledger.facts import Fact
from yuanliu.ledger.projections import Bench, Projection
from yuanliu.lots.effects import changes_by_traceable
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
        self._keep_stays(fact)

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

    def _keep_stays(self, fact: Fact) -> None:
        """Begin and end stays; where a fact comes late or corrects, pair the child's facts anew."""
        changes = list(stay_changes(fact.data))
        children = dict.fromkeys(change.child for change in changes)
        if fact.supersedes is not None:
            (old,) = self._bench.read_facts([fact.supersedes])
            children |= dict.fromkeys(change.child for change in stay_changes(old.data))
        lots = {child: self._must(child) for child in children}
        self._stays.preload(lot.key for lot in lots.values())
        for lot in lots.values():
            if fact.supersedes is not None or fact.order < lot.last:
                self._renew_stays(lot, fact)
        for change in changes:
            lot = lots[change.child]
            if fact.supersedes is None and fact.order >= lot.last:
                self._go_on(lot, fact, change)

    def _go_on(self, child: Lot, fact: Fact, change: StayChange) -> None:
        """End the stay that lasts, and begin another if the change is a beginning."""
        kind = _kind_of(change).value
        at = self._stay_at
        for row in self._known_stays(child):
            if row[at["kind"]] == kind and row[at["end_fact"]] is None:
                self._stays.put(self._changed(row, known_to=fact.position))
                ended = self._changed(
                    row,
                    end_fact=fact.position,
                    end_from=fact.occurred.start,
                    end_to=fact.occurred.end,
                    known_from=fact.position,
                )
                self._stays.put(ended)
        if change.starts:
            self._stays.put(self._stay_row(child, StayLine(change, fact), fact.position))

    def _stay_row(self, child: Lot, line: StayLine, known_from: int) -> tuple[Any, ...]:
        start, end = line.start, line.end
        kind, parent = _kind_of(line.change).value, self._lots.key_of(line.change.parent)
        ended: tuple[int | None, int, int] = (None, FOREVER, FOREVER)
        if end is not None:
            ended = (end.position, end.occurred.start, end.occurred.end)
        return (
            start.position, kind, child.key, parent,
            start.occurred.start, start.occurred.end, *ended, start.grade.rank,
            known_from, FOREVER,
        )  # fmt: skip

    def _renew_stays(self, child: Lot, fact: Fact) -> None:
        """Close the stays that are not so after all, and open those that are, as known from now."""
        touches = child.id in changes_by_traceable(fact)
        counting = self._lots.standing(child, fact if touches else None)
        lines = stay_lines(child.id, counting)
        wanted = [self._stay_row(child, line, fact.position) for line in lines]
        told = self._stay_at["known_from"]
        lasting = {row[:told] for row in wanted}
        known = {row[:told]: row for row in self._known_stays(child)}
        for row in known.values():
            if row[:told] not in lasting:
                self._stays.put(self._changed(row, known_to=fact.position))
        for row in wanted:
            if row[:told] not in known:
                self._stays.put(row)

    def _known_stays(self, child: Lot) -> list[tuple[Any, ...]]:
        at = self._stay_at["known_to"]
        return [row for row in self._stays.rows(child.key) if row[at] == FOREVER]

    def _changed(self, row: tuple[Any, ...], **changes: Any) -> tuple[Any, ...]:
        values = list(row)
        for name, value in changes.items():
            values[self._stay_at[name]] = value
        return tuple(values)

    def _must(self, traceable: str) -> Lot:
        lot = self._lots.get(traceable)
        if lot is None:
            raise LookupError(f"traceable {traceable} has no row")
        return lot

    def _retract(self, position: int, by: int) -> None:
        at = self._columns.index("known_to")
        for row in self._flows.rows(position):
            self._flows.put((*row[:at], by, *row[at + 1 :]))
        for row in self._happenings.rows(position):
            self._happenings.put((*row[:-1], by))

    def _fresh(self, position: int) -> None:
        for sheet in (self._flows, self._circumstances, self._happenings):
            sheet.known_empty(position)


def _kind_of(change: StayChange) -> StayKind:
    return StayKind.INSTALLED if change.installed else StayKind.PACKED


class GenealogyProjection(Projection):
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
