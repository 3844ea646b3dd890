"""Write to the ledger what happens to traceables. Each action finds, asks the rule, and records."""

from __future__ import annotations

from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity
from yuanliu.base.units import unit_of
from yuanliu.ledger.desk import Desk, action
from yuanliu.lots import events, rules
from yuanliu.lots.effects import CONTAINER_UNIT
from yuanliu.lots.events import Birth, Loss, Out, Quality, TraceableKind
from yuanliu.lots.judging import spot_of
from yuanliu.lots.refusals import LotNumberTaken, UnknownLot
from yuanliu.lots.requests import ChildLot, LotRef, NewLot, Part
from yuanliu.lots.resolving import Finder, candidates, check_number, finder
from yuanliu.lots.state import Lot

_WORST = (Quality.REJECTED, Quality.QUARANTINE, Quality.RELEASED)


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
    outputs = find.outputs(lots, quality=Quality.QUARANTINE, supplier=find.party(supplier))
    desk.record(rules.receive(outputs=outputs, supplier=supplier, delivery=delivery, origin=origin))
    for new, out in zip(lots, outputs, strict=True):
        for text in new.aliases:
            _alias(desk, out.traceable, text=text, scheme="supplier", party=supplier)


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
    desk.record(
        rules.produce(
            inputs=find.takes(inputs),
            outputs=find.outputs(outputs, quality=Quality.RELEASED),
            scrap=scrap,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def split_lot(desk: Desk, *, lot: LotRef, children: tuple[ChildLot, ...], place: str = "") -> None:
    """Split parts of a lot into new lots that inherit its status."""
    find = finder(desk)
    parent = find.lot(lot)
    outs = [_child_out(find, parent, child, place=place) for child in children]
    desk.record(
        rules.split(
            parent,
            children=outs,
            place=find.place(place),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def merge_lots(desk: Desk, *, lots: tuple[Part, ...], number: str, place: str = "") -> None:
    """Merge lots of one item into a new lot; it takes the worst status and the earliest expiry."""
    find = finder(desk)
    takes = find.takes(lots)
    parents = [take.lot for take in takes]
    if not parents:
        rules.merge(
            parents=(), child=_NO_CHILD, item="", occurred=desk.capture.occurred, judge=desk.judge
        )
    check_number(number)
    find.check_free_number(parents[0].item, number, "")
    expiries = [parent.expires for parent in parents if parent.expires is not None]
    birth = Birth(
        kind=TraceableKind.LOT,
        item=parents[0].item,
        number=number,
        unit=parents[0].unit.code,
        expires=Moment(min(expiries), min(expiries)) if expiries else None,
        quality=min((parent.quality for parent in parents), key=_WORST.index),
    )
    child = Out(
        traceable=find.fresh_id(birth),
        quantity=rules.merged_quantity(takes, rules.Judge(desk.judge.tense)),
        place=find.place(place) or spot_of(parents[0], place=lots[0].place).place,
        birth=birth,
    )
    desk.record(
        rules.merge(
            parents=takes,
            child=child,
            item=parents[0].item,
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
    desk.record(
        rules.relabel(
            parent,
            child_id=find.fresh_id(birth),
            birth=birth,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def move(desk: Desk, *, lots: tuple[Part, ...], place: str) -> None:
    """Move lots, units or containers with all they hold to another place."""
    find = finder(desk)
    takes = find.takes(lots)
    find.master.require("place", place)
    desk.record(
        rules.move(
            takes=takes,
            contents=find.lots.children([take.lot.id for take in takes]),
            place=place,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def pack(desk: Desk, *, container: LotRef, children: tuple[LotRef, ...], place: str = "") -> None:
    """Pack children into a container; a container number not seen before is a new container
    (R27).
    """
    find = finder(desk)
    known = candidates(find.lots, container)
    lots = find.all(children)
    birth = None
    if not known:
        birth = _container_birth(find, container)
    holder = find.lot(container) if known else None
    container_id = holder.id if holder else find.fresh_id(_must(birth))
    if not find.place(place) and holder is None and lots:
        place = next((spot.place for spot in sorted(lots[0].stock) if not spot.party), "")
    desk.record(
        rules.pack(
            children=lots,
            contents=find.lots.children([lot.id for lot in lots]),
            container_id=container_id,
            container_name=str(container),
            container=holder,
            above=find.lots.above(holder) if holder else (),
            birth=birth,
            place=place,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def unpack(desk: Desk, *, container: LotRef, children: tuple[LotRef, ...] = ()) -> None:
    """Take children out of a container; none named means all that is directly inside."""
    find = finder(desk)
    holder = find.lot(container)
    lots = find.all(children) or [
        lot for lot in find.lots.children([holder.id]) if lot.container == holder.id
    ]
    desk.record(
        rules.unpack(holder, children=lots, occurred=desk.capture.occurred, judge=desk.judge)
    )


@action
def install(desk: Desk, *, component: LotRef, assembly: LotRef) -> None:
    """Install a component into an assembly (R28)."""
    find = finder(desk)
    holder = find.lot(assembly)
    desk.record(
        rules.install(
            find.lot(component),
            assembly=holder,
            above=find.lots.above(holder),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def remove(desk: Desk, *, component: LotRef, assembly: LotRef, place: str = "") -> None:
    """Take a component out of an assembly."""
    find = finder(desk)
    desk.record(
        rules.remove(
            find.lot(component),
            assembly=find.lot(assembly),
            place=find.place(place),
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
        events.VesselDefined(
            vessel=Out(
                traceable=find.fresh_id(birth),
                quantity=Quantity(rules.NOTHING, unit_of(unit)),
                place=find.place(place),
                birth=birth,
            )
        )
    )


@action
def fill(
    desk: Desk, *, vessel: LotRef, inputs: tuple[Part, ...], quantity: Quantity | None = None
) -> None:
    """Fill lots into a vessel; the quantity it gains is the sum of the inputs unless told."""
    find = finder(desk)
    tank = find.lot(vessel)
    takes = find.takes(inputs)
    gained = find.in_unit(quantity, tank) if quantity else _sum_in_unit(find, desk, takes, tank)
    desk.record(
        rules.fill(
            tank,
            inputs=takes,
            quantity=gained,
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
    outs = find.outputs(outputs, quality=Quality.RELEASED)
    drawn = find.in_unit(quantity, tank) if quantity else None
    if drawn is None and outs:
        items = [find.master.item(new.item) for new in outputs]
        drawn = Quantity(rules.NOTHING, tank.unit)
        for out, item in zip(outs, items, strict=True):
            drawn = drawn + out.quantity.to(tank.unit, item.conversions)
    desk.record(
        rules.draw(
            tank, quantity=drawn, outputs=outs, occurred=desk.capture.occurred, judge=desk.judge
        )
    )


@action
def ship(desk: Desk, *, lots: tuple[Part, ...], party: str) -> None:
    """Ship lots, units or containers with all they hold to a customer or dealer (R21)."""
    find = finder(desk)
    find.master.require("party", party)
    takes = find.takes(lots)
    desk.record(
        rules.ship(
            takes=takes,
            contents=find.lots.children([take.lot.id for take in takes]),
            party=party,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def receive_return(
    desk: Desk,
    *,
    lot: LotRef,
    party: str,
    quantity: Quantity | None = None,
    place: str = "",
    number: str = "",
    reason: str = "",
) -> None:
    """Take goods back from a party, into quarantine; a number makes the returned part a lot of its
    own.
    """
    find = finder(desk)
    find.master.require("party", party)
    parent = find.lot(lot)
    birth = find.child(parent, number=number, quality=Quality.QUARANTINE) if number else None
    desk.record(
        rules.return_goods(
            parent,
            quantity=None if quantity is None else find.in_unit(quantity, parent),
            party=party,
            place=find.place(place),
            child_id=find.fresh_id(birth) if birth else parent.id,
            birth=birth,
            reason=reason,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def scrap(desk: Desk, *, lots: tuple[Part, ...], reason: str) -> None:
    """Scrap material, with a reason."""
    takes = finder(desk).takes(lots)
    desk.record(
        rules.scrap(takes=takes, reason=reason, occurred=desk.capture.occurred, judge=desk.judge)
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
    target = find.lot(lot)
    desk.record(
        rules.adjust(
            target,
            counted=find.in_unit(counted, target),
            place=find.place(place),
            party=find.party(party),
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
    quantity: Quantity | None,
    purpose: str = "",
    number: str = "",
    place: str = "",
) -> None:
    """Take a sample; a number keeps it as a lot of its own."""
    find = finder(desk)
    target = find.lot(lot)
    told = None if quantity is None else find.in_unit(quantity, target)
    kept = None
    if number:
        birth = find.child(target, number=number)
        amount = told if told is not None else target.at(spot_of(target, place=place))
        kept = Out(traceable=find.fresh_id(birth), quantity=amount, place=place, birth=birth)
    desk.record(
        rules.sample(
            target,
            quantity=told,
            place=find.place(place),
            sample_out=kept,
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
    _alias(desk, find.lot(lot).id, text=text, scheme=scheme, party=find.party(party))


_NO_CHILD = Out(traceable="", quantity=Quantity(None, unit_of(CONTAINER_UNIT)))


def _alias(desk: Desk, traceable: str, *, text: str, scheme: str, party: str) -> None:
    check_number(text)
    desk.record(events.AliasRegistered(traceable=traceable, text=text, scheme=scheme, party=party))


def _child_out(find: Finder, parent: Lot, child: ChildLot, *, place: str) -> Out:
    birth = find.child(parent, number=child.number)
    spot = find.place(child.place) or spot_of(parent, place=place).place
    return Out(
        traceable=find.fresh_id(birth),
        quantity=find.in_unit(child.quantity, parent),
        place=spot,
        birth=birth,
    )


def _container_birth(find: Finder, container: LotRef) -> Birth:
    if container.id or not container.number:
        raise UnknownLot(lot=str(container))
    check_number(container.number)
    if container.item:
        find.master.require("item", container.item)
    return Birth(
        kind=TraceableKind.CONTAINER,
        item=container.item,
        number=container.number,
        unit=CONTAINER_UNIT,
    )


def _must(birth: Birth | None) -> Birth:
    if birth is None:
        raise LotNumberTaken(item="", number="")
    return birth


def _sum_in_unit(find: Finder, desk: Desk, takes: list[rules.Take], tank: Lot) -> Quantity:
    total = Quantity(rules.NOTHING, tank.unit)
    for wanted in takes:
        given = wanted.quantity
        if given is None:
            given = wanted.lot.at(spot_of(wanted.lot, place=wanted.place))
        conversions = find.master.item(wanted.lot.item).conversions if wanted.lot.item else None
        total = total + given.to(tank.unit, conversions)
    return total
