"""Decide what may happen to material. Pure: states in, a fact's body out, or a refusal.

Quantities arrive in the lot's own unit; None means all that is there. Every function raises the
refusals of `judging.py` besides those it names. Who has what where is decided in `custody.py`,
judgements in `verdicts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity, UnitsDiffer
from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop
from yuanliu.base.units import DIMENSIONS, unit_of
from yuanliu.ledger.judge import Judge
from yuanliu.lots import events
from yuanliu.lots.events import Birth, In, Loss, Out, TraceableKind
from yuanliu.lots.judging import (
    SINGLE,
    check_amount,
    check_existed,
    check_free,
    check_given,
    check_kind,
    check_not_held,
    check_once,
    check_reason,
    check_single,
    check_usable,
    check_whole,
    name_of,
    spot_of,
    take,
)
from yuanliu.lots.refusals import (
    CountUnchanged,
    ItemsDiffer,
    QuantityNotPositive,
    SplitNotPartial,
)
from yuanliu.lots.state import Lot, Spot

MATERIAL = (TraceableKind.LOT, TraceableKind.UNIT)
SUBSTANCE = (*MATERIAL, TraceableKind.VESSEL)
"""What can be used up: a container is not, only what is in it."""
NOTHING = Decimal(0)
PerItem = Mapping[str, Fraction] | None
Contents = Mapping[str, Sequence[Lot]]
"""By traceable, everything that is packed or installed in it, however deep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A part of a lot that is to be used: None is all of it; the spot may be left to the rule.

    `per_item` are the item's own conversions, as `Quantity.to` takes them.
    """

    lot: Lot
    quantity: Quantity | None
    spot: Spot | None = None
    per_item: PerItem = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """What comes out, under the name people know it by; `known` is the lot it adds to."""

    name: str
    out: Out
    known: Lot | None = None
    per_item: PerItem = None


def receive(
    *, makes: Sequence[Make], supplier: str, delivery: str, origin: str, judge: Judge
) -> events.Received:
    """Decide a receipt of new lots, or of more of known ones."""
    check_given("lots", makes)
    return events.Received(
        outputs=_outputs(makes, judge=judge), supplier=supplier, delivery=delivery, origin=origin
    )


def produce(
    *,
    inputs: Sequence[Take],
    makes: Sequence[Make],
    scrap: Sequence[Loss],
    occurred: Moment,
    judge: Judge,
) -> events.Produced:
    """Decide a process: inputs are usable and there, outputs are something (R14, R15)."""
    check_given("outputs", (*makes, *scrap))
    for loss in scrap:
        check_amount(loss.reason or "scrap", loss.quantity, judge=judge)
    return events.Produced(
        inputs=_use(inputs, occurred=occurred, judge=judge),
        outputs=_outputs(makes, judge=judge),
        scrap=tuple(scrap),
    )


def split(
    lot: Lot, *, makes: Sequence[Make], spot: Spot | None, occurred: Moment, judge: Judge
) -> events.LotSplit:
    """Decide a split of parts of a lot into new lots, which lie where it lies unless told.

    Conflict: SplitNotPartial.
    """
    check_given("children", makes)
    check_kind(lot, TraceableKind.LOT)
    check_existed(lot, occurred=occurred, judge=judge)
    check_not_held(lot, judge=judge)
    check_free(lot, judge=judge)
    check_once((make.name, "") for make in makes)
    spot = spot_of(lot, spot=spot, judge=judge)
    children = tuple(
        replace(out, place=out.place or spot.place) for out in _outputs(makes, judge=judge)
    )
    total = _total([child.quantity for child in children])
    there = lot.at(spot)
    if total.value is not None and there.value is not None and total.value >= there.value:
        judge.conflict(SplitNotPartial(lot=name_of(lot), quantity=str(total), available=str(there)))
    parent = In(traceable=lot.id, quantity=total, place=spot.place, party=spot.party)
    return events.LotSplit(parent=parent, children=children)


def merge(
    *,
    parents: Sequence[Take],
    child_id: str,
    birth: Birth,
    place: str,
    occurred: Moment,
    judge: Judge,
) -> events.LotsMerged:
    """Decide that lots of one item become one lot. Raises ItemsDiffer."""
    check_given("lots", parents)
    for parent in parents:
        check_kind(parent.lot, TraceableKind.LOT)
        if parent.lot.item != birth.item:
            raise ItemsDiffer(lot=name_of(parent.lot), item=parent.lot.item, wanted=birth.item)
    taken = _use(parents, occurred=occurred, judge=judge)
    child = Out(
        traceable=child_id,
        quantity=_total([part.quantity for part in taken]),
        place=place or taken[0].place,
        birth=birth,
    )
    return events.LotsMerged(parents=taken, child=child)


def relabel(
    lot: Lot,
    *,
    child_id: str,
    birth: Birth,
    components: Sequence[Lot],
    occurred: Moment,
    judge: Judge,
) -> events.Relabelled:
    """Decide that the whole of a lot gets a new identity, wherever parts of it lie.

    What is installed in it is in the new one from now on; what is with a party keeps the old label.
    Raises UnitsDiffer if it would become an item of another unit.
    """
    check_kind(lot, *MATERIAL)
    if unit_of(birth.unit) != lot.unit:
        raise UnitsDiffer(given=lot.unit.symbol, wanted=unit_of(birth.unit).symbol)
    check_existed(lot, occurred=occurred, judge=judge)
    check_not_held(lot, judge=judge)
    check_free(lot, judge=judge)
    spots = lot.own_spots or [Spot()]
    parents = [take(lot, quantity=None, spot=spot, judge=judge) for spot in spots]
    children = [
        Out(
            traceable=child_id,
            quantity=parent.quantity,
            place=parent.place,
            birth=birth if number == 0 else None,
        )
        for number, parent in enumerate(parents)
    ]
    return events.Relabelled(
        parents=tuple(parents),
        children=tuple(children),
        components=tuple(component.id for component in components),
    )


def define_vessel(*, vessel_id: str, birth: Birth, place: str) -> events.VesselDefined:
    """Decide that an empty vessel comes into use. Raises Malformed."""
    nothing = Quantity(NOTHING, unit_of(birth.unit))
    if nothing.unit.dimension not in DIMENSIONS:
        problem = gettext_noop("material is not measured in it")
        raise Malformed(field="unit", value=birth.unit, problem=problem)
    return events.VesselDefined(
        vessel=Out(traceable=vessel_id, quantity=nothing, place=place, birth=birth)
    )


def fill(
    vessel: Lot,
    *,
    inputs: Sequence[Take],
    quantity: Quantity | None,
    occurred: Moment,
    judge: Judge,
) -> events.VesselFilled:
    """Decide that lots go into a vessel, which gains the quantity, or their sum (B10).

    Raises UnitsDiffer if an input cannot be told in the vessel's unit.
    """
    check_given("inputs", inputs)
    check_kind(vessel, TraceableKind.VESSEL)
    check_existed(vessel, occurred=occurred, judge=judge)
    spot = spot_of(vessel, judge=judge)
    taken = _use(inputs, occurred=occurred, judge=judge)
    if quantity is None:
        pairs = zip(taken, inputs, strict=True)
        quantity = _total([part.quantity.to(vessel.unit, one.per_item) for part, one in pairs])
    check_amount(name_of(vessel), quantity, judge=judge)
    return events.VesselFilled(
        inputs=taken, vessel=Out(traceable=vessel.id, quantity=quantity, place=spot.place)
    )


def draw(
    vessel: Lot,
    *,
    quantity: Quantity | None,
    makes: Sequence[Make],
    occurred: Moment,
    judge: Judge,
) -> events.VesselDrawn:
    """Decide that lots come out of a vessel, which loses the quantity, or their sum.

    Raises UnitsDiffer if an output cannot be told in the vessel's unit.
    """
    check_given("outputs", makes)
    check_kind(vessel, TraceableKind.VESSEL)
    check_usable(vessel, occurred=occurred, judge=judge)
    outputs = _outputs(makes, judge=judge)
    if quantity is None:
        quantity = _total([m.out.quantity.to(vessel.unit, m.per_item) for m in makes])
    return events.VesselDrawn(vessel=take(vessel, quantity=quantity, judge=judge), outputs=outputs)


def scrap(
    *, takes: Sequence[Take], contents: Contents, reason: str, occurred: Moment, judge: Judge
) -> events.Scrapped:
    """Decide that material is destroyed, with all that is in it; held or rejected, it may be."""
    check_given("lots", takes)
    check_reason(reason)
    inputs: list[In] = []
    for wanted in takes:
        check_existed(wanted.lot, occurred=occurred, judge=judge)
        check_free(wanted.lot, judge=judge)
        taken = take(wanted.lot, quantity=wanted.quantity, spot=wanted.spot, judge=judge)
        inputs += [taken, *along(taken, contents)]
    _check_taken_once(takes, inputs)
    return events.Scrapped(inputs=tuple(inputs), reason=reason)


def adjust(
    lot: Lot, *, counted: Quantity, spot: Spot | None, reason: str, occurred: Moment, judge: Judge
) -> events.Adjusted:
    """Decide an adjustment after a count.

    Raises CountUnchanged if the count found what was booked.
    """
    check_reason(reason)
    check_kind(lot, *SUBSTANCE)
    check_existed(lot, occurred=occurred, judge=judge)
    if counted.value is not None and counted.value < 0:
        raise QuantityNotPositive(lot=name_of(lot), quantity=str(counted))
    check_whole(name_of(lot), counted, judge=judge)
    spot = spot_of(lot, spot=spot, judge=judge)
    booked = lot.at(spot)
    difference = None if booked.value is None or counted.value is None else counted - booked
    if booked == counted or (difference is not None and difference.value == 0):
        raise CountUnchanged(lot=name_of(lot), quantity=str(booked), place=str(spot))
    if lot.kind is TraceableKind.UNIT and counted.value != 0:
        # A unit found here is not elsewhere too.
        elsewhere = replace(lot, stock={s: v for s, v in lot.stock.items() if s != spot})
        check_single(name_of(lot), lot.kind, elsewhere.quantity + counted)
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
    quantity: Quantity,
    spot: Spot | None,
    sample_id: str,
    birth: Birth | None,
    purpose: str,
    occurred: Moment,
    judge: Judge,
) -> events.Sampled:
    """Decide that a sample is taken, whatever the lot's status; a birth keeps it as a lot."""
    check_kind(lot, *SUBSTANCE)
    check_existed(lot, occurred=occurred, judge=judge)
    parent = take(lot, quantity=quantity, spot=spot, judge=judge)
    kept = None
    if birth is not None:
        kept = Out(traceable=sample_id, quantity=parent.quantity, place=parent.place, birth=birth)
    return events.Sampled(parent=parent, sample=kept, purpose=purpose)


def along(taken: In, contents: Contents) -> list[In]:
    """List what goes along with a traceable that goes whole: all that is in it.

    It goes from where the traceable was. If nothing of it was there by what is known, it goes from
    wherever of ours it was; but what comes from a party was with the party.
    """
    if not taken.whole:
        return []
    spot = Spot(taken.place, taken.party)
    going = []
    for lot in contents.get(taken.traceable, ()):
        if lot.empty:
            continue
        parts = {place: lot.at(place) for place in [spot, *lot.own_spots]}
        if lot.kind in SINGLE:
            parts = {spot: Quantity(Decimal(1), lot.unit)}
        elif parts[spot].value != 0:
            parts = {spot: parts[spot]}
        elif spot.party:
            parts = {spot: lot.quantity}
        going += [
            In(
                traceable=lot.id,
                quantity=quantity,
                place=place.place,
                party=place.party,
                whole=True,
            )
            for place, quantity in parts.items()
            if quantity.value != 0
        ]
    return going


def _outputs(makes: Sequence[Make], *, judge: Judge) -> tuple[Out, ...]:
    check_once((make.name, (make.out.traceable, make.out.place)) for make in makes)
    for make in makes:
        check_amount(make.name, make.out.quantity, judge=judge)
        if make.out.birth:
            check_single(make.name, make.out.birth.kind, make.out.quantity)
        if make.known:
            check_free(make.known, judge=judge)
    return tuple(make.out for make in makes)


def _use(takes: Sequence[Take], *, occurred: Moment, judge: Judge) -> tuple[In, ...]:
    used = []
    for wanted in takes:
        check_kind(wanted.lot, *SUBSTANCE)
        check_usable(wanted.lot, occurred=occurred, judge=judge)
        check_free(wanted.lot, judge=judge)
        used.append(take(wanted.lot, quantity=wanted.quantity, spot=wanted.spot, judge=judge))
    _check_taken_once(takes, used)
    return tuple(used)


def _check_taken_once(takes: Sequence[Take], used: Sequence[In]) -> None:
    names = {wanted.lot.id: name_of(wanted.lot) for wanted in takes}
    check_once(
        (names.get(one.traceable, ""), (one.traceable, one.place, one.party)) for one in used
    )


def _total(quantities: Sequence[Quantity]) -> Quantity:
    total = quantities[0]
    for quantity in quantities[1:]:
        total = total + quantity
    return total
