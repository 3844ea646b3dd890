"""Decide what may happen to traceables. Pure: states in, a fact's body out, or a refusal.

Quantities arrive in the lot's own unit; None means all that is there. Every function raises the
refusals of `judging.py` besides those it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity
from yuanliu.ledger.desk import Judge
from yuanliu.lots import events
from yuanliu.lots.events import Birth, In, Loss, Move, Out, TraceableKind
from yuanliu.lots.judging import (
    check_existed,
    check_free,
    check_given,
    check_kind,
    check_once,
    check_positive,
    check_reason,
    check_unit_is_one,
    check_usable,
    name_of,
    spot_of,
    take,
)
from yuanliu.lots.refusals import (
    AlreadyInside,
    CountUnchanged,
    InsideItself,
    ItemsDiffer,
    LotHeld,
    NotInside,
    SplitNotPartial,
)
from yuanliu.lots.state import Lot, Spot

MATERIAL = (TraceableKind.LOT, TraceableKind.UNIT)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A part of a lot that is to be used: None is all of it; the spot may be left to the rule."""

    lot: Lot
    quantity: Quantity | None
    place: str = ""
    party: str = ""


def receive(
    *, outputs: Sequence[Out], supplier: str, delivery: str, origin: str
) -> events.Received:
    """Decide a receipt of new lots, or of more of known ones."""
    check_given("lots", outputs)
    _check_outputs(outputs)
    return events.Received(
        outputs=tuple(outputs), supplier=supplier, delivery=delivery, origin=origin
    )


def produce(
    *,
    inputs: Sequence[Take],
    outputs: Sequence[Out],
    scrap: Sequence[Loss],
    occurred: Moment,
    judge: Judge,
) -> events.Produced:
    """Decide a process: inputs are usable and there, outputs are something (R14, R15)."""
    check_given("outputs", (*outputs, *scrap))
    _check_outputs(outputs)
    for loss in scrap:
        check_positive(loss.reason or "scrap", loss.quantity)
    return events.Produced(
        inputs=_use_all(inputs, occurred=occurred, judge=judge),
        outputs=tuple(outputs),
        scrap=tuple(scrap),
    )


def split(
    lot: Lot,
    *,
    children: Sequence[Out],
    place: str = "",
    occurred: Moment,
    judge: Judge,
) -> events.LotSplit:
    """Decide a split of parts of a lot into new lots. Raises SplitNotPartial."""
    check_given("children", children)
    check_kind(lot, TraceableKind.LOT)
    check_existed(lot, occurred=occurred, judge=judge)
    _check_not_held(lot, judge)
    check_free(lot, judge=judge)
    _check_outputs(children)
    total = children[0].quantity
    for child in children[1:]:
        total = total + child.quantity
    spot = spot_of(lot, place=place)
    there = lot.at(spot)
    if total.value is not None and there.value is not None and total.value >= there.value:
        judge.conflict(SplitNotPartial(lot=name_of(lot), quantity=str(total), available=str(there)))
    parent = In(traceable=lot.id, quantity=total, place=spot.place, party=spot.party)
    return events.LotSplit(parent=parent, children=tuple(children))


def merge(
    *, parents: Sequence[Take], child: Out, item: str, occurred: Moment, judge: Judge
) -> events.LotsMerged:
    """Decide that lots of one item become one lot. Raises ItemsDiffer."""
    check_given("lots", parents)
    for parent in parents:
        check_kind(parent.lot, TraceableKind.LOT)
        if parent.lot.item != item:
            raise ItemsDiffer(lot=name_of(parent.lot), item=parent.lot.item, wanted=item)
    return events.LotsMerged(parents=_use_all(parents, occurred=occurred, judge=judge), child=child)


def merged_quantity(parents: Sequence[Take], judge: Judge) -> Quantity:
    """Add up what the parents of a merge give; unknown if any is."""
    taken = [
        take(p.lot, quantity=p.quantity, place=p.place, party=p.party, judge=judge).quantity
        for p in parents
    ]
    total = taken[0]
    for quantity in taken[1:]:
        total = total + quantity
    return total


def relabel(
    lot: Lot, *, child_id: str, birth: Birth, occurred: Moment, judge: Judge
) -> events.Relabelled:
    """Decide that the whole of a lot gets a new identity, wherever parts of it lie."""
    check_kind(lot, *MATERIAL)
    check_existed(lot, occurred=occurred, judge=judge)
    _check_not_held(lot, judge)
    check_free(lot, judge=judge)
    spots = sorted(spot for spot in lot.stock if not spot.party) or [Spot()]
    parents = [take(lot, quantity=None, place=spot.place, judge=judge) for spot in spots]
    children = [
        Out(
            traceable=child_id,
            quantity=parent.quantity,
            place=parent.place,
            birth=birth if number == 0 else None,
        )
        for number, parent in enumerate(parents)
    ]
    return events.Relabelled(parents=tuple(parents), children=tuple(children))


def move(
    *, takes: Sequence[Take], contents: Sequence[Lot], place: str, occurred: Moment, judge: Judge
) -> events.Moved:
    """Decide a move within the factory; contents of containers go along."""
    check_given("lots", takes)
    return events.Moved(moves=_carry(takes, contents, Spot(place), occurred=occurred, judge=judge))


def ship(
    *, takes: Sequence[Take], contents: Sequence[Lot], party: str, occurred: Moment, judge: Judge
) -> events.Shipped:
    """Decide a shipment: nothing held, rejected, expired or in quarantine leaves, packed or not."""
    check_given("lots", takes)
    for lot in (*(t.lot for t in takes), *contents):
        check_usable(lot, occurred=occurred, judge=judge)
    moves = _carry(takes, contents, Spot("", party), occurred=occurred, judge=judge)
    return events.Shipped(moves=moves, party=party)


def pack(
    *,
    children: Sequence[Lot],
    contents: Sequence[Lot],
    container_id: str,
    container_name: str,
    container: Lot | None,
    above: Sequence[str],
    birth: Birth | None,
    place: str,
    occurred: Moment,
    judge: Judge,
) -> events.Packed:
    """Decide that children go into a container, and to its place.

    `above` are the containers it is in.
    """
    check_given("children", children)
    check_once((name_of(child), "") for child in children)
    if container is not None:
        check_kind(container, TraceableKind.CONTAINER)
        check_existed(container, occurred=occurred, judge=judge)
    target = Spot(place) if container is None else spot_of(container)
    for child in children:
        check_existed(child, occurred=occurred, judge=judge)
        if child.id == container_id or child.id in above:
            raise InsideItself(lot=name_of(child), parent=container_name)
        if child.container or child.assembly:
            judge.conflict(
                AlreadyInside(lot=name_of(child), parent=child.container or child.assembly)
            )
    return events.Packed(
        container=container_id,
        children=tuple(child.id for child in children),
        moves=_follow((*children, *contents), target),
        birth=birth,
        place=target.place,
    )


def unpack(
    container: Lot, *, children: Sequence[Lot], occurred: Moment, judge: Judge
) -> events.Unpacked:
    """Decide that children come out of a container. Conflict: NotInside."""
    check_given("children", children)
    check_kind(container, TraceableKind.CONTAINER)
    for child in children:
        check_existed(child, occurred=occurred, judge=judge)
        if child.container != container.id:
            judge.conflict(NotInside(lot=name_of(child), parent=name_of(container)))
    return events.Unpacked(container=container.id, children=tuple(child.id for child in children))


def install(
    component: Lot, *, assembly: Lot, above: Sequence[str], occurred: Moment, judge: Judge
) -> events.Installed:
    """Decide that a single component becomes part of an assembly (R28)."""
    check_kind(component, *MATERIAL)
    check_kind(assembly, *MATERIAL)
    check_usable(component, occurred=occurred, judge=judge)
    check_existed(assembly, occurred=occurred, judge=judge)
    if component.id == assembly.id or component.id in above:
        raise InsideItself(lot=name_of(component), parent=name_of(assembly))
    if component.assembly or component.container:
        parent = component.assembly or component.container
        judge.conflict(AlreadyInside(lot=name_of(component), parent=parent))
    moves = _follow((component,), spot_of(assembly))
    return events.Installed(component=component.id, assembly=assembly.id, moves=moves)


def remove(
    component: Lot, *, assembly: Lot, place: str, occurred: Moment, judge: Judge
) -> events.Removed:
    """Decide that a component is taken out of an assembly. Conflict: NotInside."""
    check_existed(component, occurred=occurred, judge=judge)
    if component.assembly != assembly.id:
        judge.conflict(NotInside(lot=name_of(component), parent=name_of(assembly)))
    moves = _follow((component,), Spot(place)) if place else ()
    return events.Removed(component=component.id, assembly=assembly.id, moves=moves)


def fill(
    vessel: Lot, *, inputs: Sequence[Take], quantity: Quantity, occurred: Moment, judge: Judge
) -> events.VesselFilled:
    """Decide that lots go into a vessel; `quantity` is what it gains, in its own unit (B10)."""
    check_given("inputs", inputs)
    check_kind(vessel, TraceableKind.VESSEL)
    check_positive(name_of(vessel), quantity)
    spot = spot_of(vessel)
    return events.VesselFilled(
        inputs=_use_all(inputs, occurred=occurred, judge=judge),
        vessel=Out(traceable=vessel.id, quantity=quantity, place=spot.place),
    )


def draw(
    vessel: Lot,
    *,
    quantity: Quantity | None,
    outputs: Sequence[Out],
    occurred: Moment,
    judge: Judge,
) -> events.VesselDrawn:
    """Decide that lots come out of a vessel; `quantity` is what it loses, in its own unit."""
    check_given("outputs", outputs)
    check_kind(vessel, TraceableKind.VESSEL)
    check_usable(vessel, occurred=occurred, judge=judge)
    _check_outputs(outputs)
    drawn = take(vessel, quantity=quantity, judge=judge)
    return events.VesselDrawn(vessel=drawn, outputs=tuple(outputs))


def return_goods(
    lot: Lot,
    *,
    quantity: Quantity | None,
    party: str,
    place: str,
    child_id: str,
    birth: Birth | None,
    reason: str,
    occurred: Moment,
    judge: Judge,
) -> events.Returned:
    """Decide that goods come back from a party, as themselves or as a new lot in quarantine."""
    check_existed(lot, occurred=occurred, judge=judge)
    parent = take(lot, quantity=quantity, party=party, judge=judge)
    child = Out(traceable=child_id, quantity=parent.quantity, place=place, birth=birth)
    return events.Returned(parent=parent, child=child, reason=reason)


def scrap(*, takes: Sequence[Take], reason: str, occurred: Moment, judge: Judge) -> events.Scrapped:
    """Decide that material is destroyed; what is held or rejected may be."""
    check_given("lots", takes)
    check_reason(reason)
    inputs = []
    for wanted in takes:
        check_existed(wanted.lot, occurred=occurred, judge=judge)
        inputs.append(
            take(
                wanted.lot,
                quantity=wanted.quantity,
                place=wanted.place,
                party=wanted.party,
                judge=judge,
            )
        )
    _check_takes_once(takes, inputs)
    return events.Scrapped(inputs=tuple(inputs), reason=reason)


def adjust(
    lot: Lot,
    *,
    counted: Quantity,
    place: str,
    party: str,
    reason: str,
    occurred: Moment,
    judge: Judge,
) -> events.Adjusted:
    """Decide an adjustment after a count.

    Raises CountUnchanged if the count found what was booked.
    """
    check_reason(reason)
    check_existed(lot, occurred=occurred, judge=judge)
    if counted.value is not None and counted.value < 0:
        check_positive(name_of(lot), counted)
    spot = spot_of(lot, place=place, party=party)
    booked = lot.at(spot)
    difference = None if booked.value is None or counted.value is None else counted - booked
    if booked == counted or (difference is not None and difference.value == 0):
        raise CountUnchanged(lot=name_of(lot), quantity=str(booked), place=str(spot))
    return events.Adjusted(
        traceable=lot.id,
        counted=counted,
        difference=difference,
        place=spot.place,
        party=spot.party,
        reason=reason,
    )


def sample(
    lot: Lot,
    *,
    quantity: Quantity | None,
    place: str,
    sample_out: Out | None,
    purpose: str,
    occurred: Moment,
    judge: Judge,
) -> events.Sampled:
    """Decide that a sample is taken, whatever the lot's status."""
    check_existed(lot, occurred=occurred, judge=judge)
    parent = take(lot, quantity=quantity, place=place, judge=judge)
    return events.Sampled(parent=parent, sample=sample_out, purpose=purpose)


def _check_not_held(lot: Lot, judge: Judge) -> None:
    if lot.held:
        judge.conflict(LotHeld(lot=name_of(lot)))


def _check_outputs(outputs: Sequence[Out]) -> None:
    check_once((out.traceable, out.place) for out in outputs)
    for out in outputs:
        name = out.birth.number if out.birth else out.traceable
        check_positive(name, out.quantity)
        if out.birth:
            check_unit_is_one(name, out.birth.kind, out.quantity)


def _use_all(takes: Sequence[Take], *, occurred: Moment, judge: Judge) -> tuple[In, ...]:
    used = []
    for wanted in takes:
        check_usable(wanted.lot, occurred=occurred, judge=judge)
        check_free(wanted.lot, judge=judge)
        used.append(
            take(
                wanted.lot,
                quantity=wanted.quantity,
                place=wanted.place,
                party=wanted.party,
                judge=judge,
            )
        )
    _check_takes_once(takes, used)
    return tuple(used)


def _check_takes_once(takes: Sequence[Take], used: Sequence[In]) -> None:
    names: Mapping[str, str] = {t.lot.id: name_of(t.lot) for t in takes}
    check_once((names[u.traceable], (u.traceable, u.place, u.party)) for u in used)


def _carry(
    takes: Sequence[Take],
    contents: Sequence[Lot],
    target: Spot,
    *,
    occurred: Moment,
    judge: Judge,
) -> tuple[Move, ...]:
    """Move what was taken, and everything packed in it, to the target."""
    moves = []
    for wanted in takes:
        check_existed(wanted.lot, occurred=occurred, judge=judge)
        check_free(wanted.lot, judge=judge)
        taken = take(
            wanted.lot,
            quantity=wanted.quantity,
            place=wanted.place,
            party=wanted.party,
            judge=judge,
        )
        moves.append(
            Move(
                traceable=taken.traceable,
                quantity=taken.quantity,
                from_place=taken.place,
                from_party=taken.party,
                to_place=target.place,
                to_party=target.party,
                whole=taken.whole,
            )
        )
    moves.extend(_follow(contents, target))
    check_once((move.traceable, (move.from_place, move.from_party)) for move in moves)
    return tuple(moves)


def _follow(lots: Sequence[Lot], target: Spot) -> tuple[Move, ...]:
    """Bring the whole of lots to a spot, from wherever they are."""
    return tuple(
        Move(
            traceable=lot.id,
            quantity=Quantity(value, lot.unit),
            from_place=spot.place,
            from_party=spot.party,
            to_place=target.place,
            to_party=target.party,
            whole=True,
        )
        for lot in lots
        for spot, value in sorted(lot.stock.items())
        if spot != target
    )
