"""Write to the ledger what happens to material. Each action finds, asks the rule, and records."""

from __future__ import annotations

from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity
from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop
from yuanliu.base.units import unit_of
from yuanliu.ledger.desk import Desk, action
from yuanliu.lots import events, rules
from yuanliu.lots.events import Birth, Loss, Quality, TraceableKind
from yuanliu.lots.judging import check_given, worst
from yuanliu.lots.projector import OWN_NUMBER
from yuanliu.lots.requests import ChildLot, LotRef, NewLot, Part
from yuanliu.lots.resolving import check_number, finder, inherited


@action
def receive(
    desk: Desk,
    *,
    lots: tuple[NewLot, ...],
    supplier: str = "",
    delivery: str = "",
    origin: str = "",
) -> None:
    """Receive lots from a supplier; they wait in quarantine unless told otherwise (R9, R36)."""
    find = finder(desk)
    makes = find.makes(lots, quality=Quality.QUARANTINE, supplier=find.party(supplier))
    desk.record(
        rules.receive(
            makes=makes, supplier=supplier, delivery=delivery, origin=origin, judge=desk.judge
        )
    )
    for new, make in zip(lots, makes, strict=True):
        for text in new.aliases:
            party = new.supplier or supplier
            _alias(desk, make.out.traceable, text=text, scheme="supplier", party=party)


@action
def produce(
    desk: Desk,
    *,
    outputs: tuple[NewLot, ...] = (),
    inputs: tuple[Part, ...] = (),
    scrap: tuple[Loss, ...] = (),
) -> None:
    """Produce outputs from inputs: products, co-products, by-products and scrap (R14, R15)."""
    find = finder(desk)
    takes = find.takes(inputs)
    used = {wanted.lot.id for wanted in takes}
    desk.record(
        rules.produce(
            inputs=takes,
            makes=find.makes(outputs, quality=Quality.RELEASED, used=used),
            scrap=scrap,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def split_lot(desk: Desk, *, lot: LotRef, children: tuple[ChildLot, ...], place: str = "") -> None:
    """Split parts of a lot into new lots or units that inherit its status."""
    find = finder(desk)
    parent = find.lot(lot)
    desk.record(
        rules.split(
            parent,
            makes=find.children(parent, children),
            spot=find.spot(place),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def merge_lots(desk: Desk, *, lots: tuple[Part, ...], number: str, place: str = "") -> None:
    """Merge lots of one item into a new lot; it takes the worst status and the earliest expiry."""
    check_given("lots", lots)
    check_number(number)
    find = finder(desk)
    takes = find.takes(lots)
    parents = [wanted.lot for wanted in takes]
    item = parents[0].item
    find.check_free_number(item, number, "")
    expiries = [parent.expires for parent in parents if parent.expires is not None]
    birth = Birth(
        kind=TraceableKind.LOT,
        item=item,
        number=number,
        unit=parents[0].unit.code,
        expires=Moment(min(expiries), min(expiries)) if expiries else None,
        quality=worst(inherited(parent) for parent in parents),
    )
    desk.record(
        rules.merge(
            parents=takes,
            child_id=find.fresh_id(item, number),
            birth=birth,
            place=find.place(place),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def relabel_lot(desk: Desk, *, lot: LotRef, number: str, item: str = "") -> None:
    """Give the whole of a lot a new number, or a new item of the same unit."""
    find = finder(desk)
    parent = find.lot(lot)
    birth = find.child(parent, number=number, item=item)
    inside = find.contents([parent])[parent.id]
    desk.record(
        rules.relabel(
            parent,
            child_id=find.fresh_id(birth.item, number),
            birth=birth,
            components=[lot for lot in inside if lot.assembly == parent.id],
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def define_vessel(desk: Desk, *, number: str, unit: str, place: str = "") -> None:
    """Define a tank, silo or hopper whose content will be kept in the unit (B10)."""
    find = finder(desk)
    check_number(number)
    find.check_free_number("", number, "")
    birth = Birth(kind=TraceableKind.VESSEL, item="", number=number, unit=unit_of(unit).code)
    desk.record(
        rules.define_vessel(
            vessel_id=find.fresh_id("", number), birth=birth, place=find.place(place)
        )
    )


@action
def fill(
    desk: Desk, *, vessel: LotRef, inputs: tuple[Part, ...], quantity: Quantity | None = None
) -> None:
    """Fill lots into a vessel; the quantity it gains is the sum of the inputs unless told."""
    find = finder(desk)
    tank = find.lot(vessel)
    desk.record(
        rules.fill(
            tank,
            inputs=find.takes(inputs),
            quantity=None if quantity is None else find.in_unit(quantity, tank),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def draw(
    desk: Desk,
    *,
    vessel: LotRef,
    outputs: tuple[NewLot, ...],
    quantity: Quantity | None = None,
) -> None:
    """Draw lots from a vessel; it loses the quantity, or the sum of the outputs if none is told."""
    find = finder(desk)
    tank = find.lot(vessel)
    desk.record(
        rules.draw(
            tank,
            quantity=None if quantity is None else find.in_unit(quantity, tank),
            makes=find.makes(outputs, quality=Quality.RELEASED),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def scrap(desk: Desk, *, lots: tuple[Part, ...], reason: str) -> None:
    """Scrap material, and containers or assemblies with all they hold, with a reason."""
    find = finder(desk)
    takes = find.takes(lots)
    desk.record(
        rules.scrap(
            takes=takes,
            contents=find.contents([wanted.lot for wanted in takes]),
            reason=reason,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def adjust(
    desk: Desk,
    *,
    lot: LotRef,
    counted: Quantity,
    reason: str,
    place: str = "",
    party: str = "",
) -> None:
    """Set what is at a place to what was counted, with a reason; the difference is kept."""
    find = finder(desk)
    target = find.lot_then(lot)
    desk.record(
        rules.adjust(
            target,
            counted=find.in_unit(counted, target),
            spot=find.spot(place, party),
            reason=reason,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def take_sample(
    desk: Desk,
    *,
    lot: LotRef,
    quantity: Quantity,
    purpose: str = "",
    number: str = "",
    place: str = "",
) -> None:
    """Take a sample; a number keeps it as a lot of its own."""
    find = finder(desk)
    target = find.lot(lot)
    birth = find.child(target, number=number) if number else None
    desk.record(
        rules.sample(
            target,
            quantity=find.in_unit(quantity, target),
            spot=find.spot(place),
            sample_id=find.fresh_id(birth.item, number) if birth else "",
            birth=birth,
            purpose=purpose,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def register_alias(
    desk: Desk, *, lot: LotRef, text: str, scheme: str = "", party: str = ""
) -> None:
    """Register another number of a lot: a supplier's, another system's or a historical one
    (R12).
    """
    find = finder(desk)
    if scheme == OWN_NUMBER:
        problem = gettext_noop("that is the scheme of a lot's own number")
        raise Malformed(field="scheme", value=scheme, problem=problem)
    _alias(desk, find.lot(lot).id, text=text, scheme=scheme, party=find.party(party))


def _alias(desk: Desk, traceable: str, *, text: str, scheme: str, party: str) -> None:
    check_number(text)
    desk.record(events.AliasRegistered(traceable=traceable, text=text, scheme=scheme, party=party))
