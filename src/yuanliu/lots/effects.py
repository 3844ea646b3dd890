"""What each fact does to each traceable, as pure functions of the fact and the traceable's state.

A traceable's state is the fold of its facts in the order of the floor. A fact that arrives in order
is folded on; one that arrives late, or corrects another, makes the fold start again. Both end in
the same state because nothing here looks at anything but the fact and the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from yuanliu.base.quantity import Quantity
from yuanliu.base.units import unit_of
from yuanliu.ledger.facts import Fact
from yuanliu.lots import events
from yuanliu.lots.events import Birth, In, Move, Out, Quality, Stage, TraceableKind
from yuanliu.lots.state import Lot, Spot

Change = Callable[[Lot], Lot]
Effect = tuple[str, Change]
CONTAINER_UNIT = "C62"


def blank(traceable: str, key: int) -> Lot:
    """Make the state of a traceable of which nothing is known yet."""
    return Lot(
        id=traceable,
        key=key,
        kind=TraceableKind.LOT,
        item="",
        number="",
        unit=unit_of(CONTAINER_UNIT),
    )


def fold(lot: Lot, fact: Fact) -> Lot:
    """Work one fact into a traceable's state."""
    for traceable, change in effects(fact):
        if traceable == lot.id:
            lot = change(lot)
    return replace_last(lot, fact)


def replace_last(lot: Lot, fact: Fact) -> Lot:
    """Note the fact as the latest in floor time."""
    return replace(lot, last=max(lot.last, fact.order))


def changes_by_traceable(fact: Fact) -> dict[str, list[Change]]:
    """Group what a fact does by traceable, in the fact's own order."""
    grouped: dict[str, list[Change]] = {}
    for traceable, change in effects(fact):
        grouped.setdefault(traceable, []).append(change)
    return grouped


def effects(fact: Fact) -> Iterable[Effect]:
    """List what a fact does; nothing for facts that are not about traceables."""
    effect = _EFFECTS.get(type(fact.data))
    return () if effect is None else effect(fact, fact.data)


def births(data: Any) -> dict[str, Birth]:
    """Give the traceables that a fact brings into being."""
    if isinstance(data, events.Packed):
        return {data.container: data.birth} if data.birth else {}
    return {out.traceable: out.birth for out in outputs(data) if out.birth}


def outputs(data: Any) -> tuple[Out, ...]:
    """Give what comes out of a material flow."""
    if isinstance(data, events.Received | events.Produced | events.VesselDrawn):
        return data.outputs
    if isinstance(data, events.LotSplit | events.Relabelled):
        return data.children
    if isinstance(data, events.LotsMerged | events.Returned):
        return (data.child,)
    if isinstance(data, events.VesselDefined | events.VesselFilled):
        return (data.vessel,)
    if isinstance(data, events.Sampled) and data.sample:
        return (data.sample,)
    return ()


def inputs(data: Any) -> tuple[In, ...]:
    """Give what goes into a material flow."""
    if isinstance(data, events.Produced | events.VesselFilled | events.Scrapped):
        return data.inputs
    if isinstance(data, events.LotsMerged | events.Relabelled):
        return data.parents
    if isinstance(data, events.LotSplit | events.Returned | events.Sampled):
        return (data.parent,)
    if isinstance(data, events.VesselDrawn):
        return (data.vessel,)
    return ()


_EXITS = {"produced": "consumed", "filled": "consumed", "merged": "consumed", "split": "consumed",
          "relabelled": "consumed", "drawn": "consumed", "returned": "consumed",
          "scrapped": "scrapped", "sampled": "consumed"}  # fmt: skip


def _flow(fact: Fact, data: Any) -> Iterator[Effect]:
    ends = _EXITS.get(fact.kind, "")
    for taken in inputs(data):
        spot = Spot(taken.place, taken.party)
        yield taken.traceable, _lose(spot, taken.quantity, ends, whole=taken.whole)
    for out in outputs(data):
        if out.birth:
            yield out.traceable, _be_born(out.birth, fact)
        yield out.traceable, _gain(Spot(out.place), out.quantity)
        if isinstance(data, events.Returned) and not out.birth:
            # What was out of our hands waits for judgement, whatever it was before.
            yield out.traceable, lambda lot: replace(lot, quality=Quality.QUARANTINE)


def _moves(_fact: Fact, data: Any) -> Iterator[Effect]:
    for move in data.moves:
        yield move.traceable, _relocate(move)


def _packed(fact: Fact, data: events.Packed) -> Iterator[Effect]:
    if data.birth:
        yield data.container, _be_born(data.birth, fact)
        one = Quantity(Decimal(1), unit_of(data.birth.unit))
        yield data.container, _gain(Spot(data.place), one)
    yield from _moves(fact, data)
    for child in data.children:
        yield child, lambda lot: replace(lot, container=data.container)


def _unpacked(_fact: Fact, data: events.Unpacked) -> Iterator[Effect]:
    for child in data.children:
        yield child, lambda lot: replace(lot, container="")


def _installed(fact: Fact, data: events.Installed) -> Iterator[Effect]:
    yield from _moves(fact, data)
    yield data.component, lambda lot: replace(lot, assembly=data.assembly)


def _removed(fact: Fact, data: events.Removed) -> Iterator[Effect]:
    yield data.component, lambda lot: replace(lot, assembly="")
    yield from _moves(fact, data)


def _adjusted(_fact: Fact, data: events.Adjusted) -> Iterator[Effect]:
    def count(lot: Lot) -> Lot:
        spot = Spot(data.place, data.party)
        if data.difference is None:
            return _with_stock(lot, spot, data.counted.value)
        return _gain(spot, data.difference)(lot)

    yield data.traceable, count


def _inspected(_fact: Fact, data: events.Inspected) -> Iterator[Effect]:
    if data.stage is not Stage.INCOMING:
        yield data.traceable, lambda lot: lot
        return

    def certify(lot: Lot) -> Lot:
        told = {result.characteristic: result.value for result in data.results}
        # What was told first stays the measure; a later certificate that differs is an exception.
        return replace(lot, certificate={**told, **lot.certificate})

    yield data.traceable, certify


def _held(_fact: Fact, data: events.Held) -> Iterator[Effect]:
    def hold(lot: Lot) -> Lot:
        return replace(lot, holds=tuple(sorted({*lot.holds, data.hold})))

    for traceable in data.traceables:
        yield traceable, hold


def _released(_fact: Fact, data: events.Released) -> Iterator[Effect]:
    def release(lot: Lot) -> Lot:
        left = tuple(hold for hold in lot.holds if hold not in data.holds)
        return replace(lot, holds=left, quality=Quality.RELEASED)

    for traceable in data.traceables:
        yield traceable, release


def _rejected(_fact: Fact, data: events.Rejected) -> Iterator[Effect]:
    for traceable in data.traceables:
        yield traceable, lambda lot: replace(lot, quality=Quality.REJECTED)


def _touched(_fact: Fact, data: Any) -> Iterator[Effect]:
    for traceable in data.traceables:
        yield traceable, lambda lot: lot


def _alias(_fact: Fact, data: events.AliasRegistered) -> Iterator[Effect]:
    yield data.traceable, lambda lot: lot


def _be_born(birth: Birth, fact: Fact) -> Change:
    def be_born(lot: Lot) -> Lot:
        return replace(
            lot,
            kind=birth.kind,
            item=birth.item,
            number=birth.number,
            unit=unit_of(birth.unit),
            supplier=birth.supplier,
            quality=birth.quality,
            expires=None if birth.expires is None else birth.expires.end,
            born=(fact.occurred.start, fact.occurred.end, fact.position),
        )

    return be_born


def _gain(spot: Spot, quantity: Quantity) -> Change:
    def gain(lot: Lot) -> Lot:
        before = lot.stock.get(spot, Decimal(0))
        unknown = before is None or quantity.value is None
        return _with_stock(lot, spot, None if unknown else before + quantity.value)  # type: ignore[operator]

    return gain


def _lose(spot: Spot, quantity: Quantity, ends: str, *, whole: bool) -> Change:
    def lose(lot: Lot) -> Lot:
        before = lot.stock.get(spot, Decimal(0))
        unknown = before is None or quantity.value is None
        if whole and unknown:
            return replace(_with_stock(lot, spot, Decimal(0)), exit=ends)
        lot = _with_stock(lot, spot, None if unknown else before - quantity.value)  # type: ignore[operator]
        return replace(lot, exit=ends)

    return lose


def _relocate(move: Move) -> Change:
    source = Spot(move.from_place, move.from_party)
    taken = _lose(source, move.quantity, "", whole=move.whole)
    put = _gain(Spot(move.to_place, move.to_party), move.quantity)

    def relocate(lot: Lot) -> Lot:
        return replace(put(taken(lot)), exit=lot.exit)

    return relocate


def _with_stock(lot: Lot, spot: Spot, value: Decimal | None) -> Lot:
    stock = dict(lot.stock)
    if value is not None and value == 0:
        stock.pop(spot, None)
    else:
        stock[spot] = value
    return replace(lot, stock=stock)


_EFFECTS: Mapping[type[Any], Callable[[Fact, Any], Iterable[Effect]]] = {
    events.Received: _flow,
    events.Produced: _flow,
    events.LotSplit: _flow,
    events.LotsMerged: _flow,
    events.Relabelled: _flow,
    events.VesselDefined: _flow,
    events.VesselFilled: _flow,
    events.VesselDrawn: _flow,
    events.Returned: _flow,
    events.Scrapped: _flow,
    events.Sampled: _flow,
    events.Moved: _moves,
    events.Shipped: _moves,
    events.Packed: _packed,
    events.Unpacked: _unpacked,
    events.Installed: _installed,
    events.Removed: _removed,
    events.Adjusted: _adjusted,
    events.Inspected: _inspected,
    events.Held: _held,
    events.Released: _released,
    events.Rejected: _rejected,
    events.ParametersRecorded: _touched,
    events.ReadingsRecorded: _touched,
    events.AliasRegistered: _alias,
}
