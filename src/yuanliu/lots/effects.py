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

from yuanliu.base.quantity import Quantity, plus
from yuanliu.base.units import unit_of
from yuanliu.ledger.facts import Fact
from yuanliu.lots import events
from yuanliu.lots.events import Birth, In, Move, Out, Quality, Stage, TraceableKind
from yuanliu.lots.state import FactOrder, Lot, Spot

Change = Callable[[Lot], Lot]
Effect = tuple[str, Change]
NOTHING = Decimal(0)
CONTAINER_UNIT = "C62"
A_HOLD = ("/hold", "/hold")
"""What a hold's id is kept under in a correction; no item has a slash in its code."""


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


def fold(lot: Lot, changes: Iterable[Change], order: FactOrder) -> Lot:
    """Work what one fact does to a traceable into its state; `order` is the fact's on the floor."""
    for change in changes:
        lot = change(lot)
    return replace(lot, last=max(lot.last, order))


def changes_by_traceable(fact: Fact) -> dict[str, list[Change]]:
    """Group what a fact does by traceable, in the fact's own order."""
    grouped: dict[str, list[Change]] = {}
    for traceable, change in effects(fact):
        grouped.setdefault(traceable, []).append(change)
    return grouped


def concerns_lots(data: Any) -> bool:
    """Tell whether a fact's body is of a kind that does something to traceables."""
    return type(data) in _EFFECTS


def effects(fact: Fact) -> Iterable[Effect]:
    """List what a fact does; nothing for facts that are not about traceables."""
    effect = _EFFECTS.get(type(fact.data))
    return () if effect is None else effect(fact, fact.data)


def births(data: Any) -> dict[str, Birth]:
    """Give the traceables that a fact brings into being."""
    if isinstance(data, events.Packed):
        return {data.container: data.birth} if data.birth else {}
    return {out.traceable: out.birth for out in outputs(data) if out.birth}


def put_into(data: Any, parent: str) -> tuple[str, ...]:
    """Give what a fact puts into a container or an assembly."""
    if isinstance(data, events.Packed) and data.container == parent:
        return data.children
    if isinstance(data, events.Installed) and data.assembly == parent:
        return (data.component,)
    if isinstance(data, events.Relabelled) and data.children[0].traceable == parent:
        return data.components
    return ()


def identities(data: Any) -> list[tuple[str, str, str]]:
    """List what a fact gave an id to, as (item, number, id): traceables, and the hold of a hold."""
    if isinstance(data, events.Held):
        return [(*A_HOLD, data.hold)]
    return [(birth.item, birth.number, born) for born, birth in births(data).items()]


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


def _relabelled(fact: Fact, data: events.Relabelled) -> Iterator[Effect]:
    yield from _flow(fact, data)
    for component in data.components:
        yield component, _set_assembly(data.children[0].traceable)


def _returned(fact: Fact, data: events.Returned) -> Iterator[Effect]:
    yield from _flow(fact, data)
    yield from _moves(fact, data)
    # What was out of our hands waits for judgement, whatever it was before.
    for traceable in (data.child.traceable, *(move.traceable for move in data.moves)):
        yield traceable, lambda lot: replace(lot, quality=Quality.QUARANTINE)


def _moves(_fact: Fact, data: Any) -> Iterator[Effect]:
    for move in data.moves:
        yield move.traceable, _relocate(move)


def _packed(fact: Fact, data: events.Packed) -> Iterator[Effect]:
    if data.birth:
        yield data.container, _be_born(data.birth, fact)
        one = Quantity(Decimal(1), unit_of(data.birth.unit))
        yield data.container, _gain(Spot(data.place), one)
    yield data.container, _touch
    yield from _moves(fact, data)
    for child in data.children:
        yield child, _set_container(data.container)


def _unpacked(_fact: Fact, data: events.Unpacked) -> Iterator[Effect]:
    yield data.container, _touch
    for child in data.children:
        yield child, _set_container("")


def _installed(fact: Fact, data: events.Installed) -> Iterator[Effect]:
    yield data.assembly, _touch
    yield from _moves(fact, data)
    yield data.component, _set_assembly(data.assembly)


def _removed(fact: Fact, data: events.Removed) -> Iterator[Effect]:
    yield data.assembly, _touch
    yield data.component, _set_assembly("")
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
        yield data.traceable, _touch
        return

    def certify(lot: Lot) -> Lot:
        told = {r.characteristic: (r.value, r.unit) for r in data.results if r.value.strip()}
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
        return replace(lot, holds=left, quality=data.quality or lot.quality)

    for traceable in data.traceables:
        yield traceable, release


def _rejected(_fact: Fact, data: events.Rejected) -> Iterator[Effect]:
    for traceable in data.traceables:
        yield traceable, lambda lot: replace(lot, quality=Quality.REJECTED)


def _touched(_fact: Fact, data: Any) -> Iterator[Effect]:
    for traceable in data.traceables:
        yield traceable, _touch


def _alias(_fact: Fact, data: events.AliasRegistered) -> Iterator[Effect]:
    yield data.traceable, _touch


def _touch(lot: Lot) -> Lot:
    """Change nothing: the fact is part of the traceable's history all the same."""
    return lot


def _set_container(container: str) -> Change:
    return lambda lot: replace(lot, container=container)


def _set_assembly(assembly: str) -> Change:
    return lambda lot: replace(lot, assembly=assembly)


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
    return lambda lot: _with_stock(lot, spot, _sum(lot.stock.get(spot, NOTHING), quantity.value))


def _lose(spot: Spot, quantity: Quantity, ends: str, *, whole: bool) -> Change:
    def lose(lot: Lot) -> Lot:
        left = _sum(lot.stock.get(spot, NOTHING), (-quantity).value)
        # All of an unknown amount leaves nothing; a part of one leaves an unknown rest.
        lot = _with_stock(lot, spot, NOTHING if whole and left is None else left)
        return replace(lot, exit=ends)

    return lose


def _sum(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else plus(first, second)


def _relocate(move: Move) -> Change:
    source = Spot(move.from_place, move.from_party)
    target = Spot(move.to_place, move.to_party)
    taken = _lose(source, move.quantity, "", whole=move.whole)
    put = _gain(target, move.quantity)

    def relocate(lot: Lot) -> Lot:
        spots = _found_at(lot, source) if move.anywhere else []
        if not spots:
            return replace(put(taken(lot)), exit=lot.exit)
        for spot in spots:
            lot = _gain(target, lot.at(spot))(_with_stock(lot, spot, NOTHING))
        return lot

    return relocate


def _found_at(lot: Lot, believed: Spot) -> list[Spot]:
    """Say where the whole of a traceable came from: whence it was believed, else from us."""
    there = lot.at(believed)
    return [believed] if there.value is None or there.value > 0 else lot.own_spots


def _with_stock(lot: Lot, spot: Spot, value: Decimal | None) -> Lot:
    stock = {**lot.stock, spot: value}
    left = {place: amount for place, amount in stock.items() if amount is None or amount != 0}
    if not left and lot.kind is TraceableKind.VESSEL:
        left = {spot: NOTHING}  # an empty tank still stands where it stood
    return replace(lot, stock=left)


_EFFECTS: Mapping[type[Any], Callable[[Fact, Any], Iterable[Effect]]] = {
    events.Received: _flow,
    events.Produced: _flow,
    events.LotSplit: _flow,
    events.LotsMerged: _flow,
    events.Relabelled: _relabelled,
    events.VesselDefined: _flow,
    events.VesselFilled: _flow,
    events.VesselDrawn: _flow,
    events.Returned: _returned,
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
