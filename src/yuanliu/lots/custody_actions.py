"""Write to the ledger who has what where: moves, shipments, returns, containers and assemblies."""

from __future__ import annotations

from yuanliu.base.quantity import Quantity
from yuanliu.ledger.desk import Desk, action
from yuanliu.lots import custody
from yuanliu.lots.effects import CONTAINER_UNIT
from yuanliu.lots.events import Birth, Quality, TraceableKind
from yuanliu.lots.refusals import UnknownLot
from yuanliu.lots.requests import LotRef, Part
from yuanliu.lots.resolving import Finder, candidates, check_number, finder


@action
def move(desk: Desk, *, lots: tuple[Part, ...], place: str) -> None:
    """Move lots, units or containers with all they hold to another place."""
    find = finder(desk)
    takes = find.takes_there(lots)
    find.master.require("place", place)
    desk.record(
        custody.move(
            takes=takes,
            contents=find.contents([wanted.lot for wanted in takes]),
            place=place,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def ship(desk: Desk, *, lots: tuple[Part, ...], party: str) -> None:
    """Ship lots, units or containers with all they hold to a customer or dealer (R21)."""
    find = finder(desk)
    takes = find.takes_there(lots)
    find.master.require("party", party)
    desk.record(
        custody.ship(
            takes=takes,
            contents=find.contents([wanted.lot for wanted in takes]),
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
    """Take goods back from a party, into quarantine, and with them all of the lot that is here.

    A number makes the returned part a lot of its own, which alone waits in quarantine.
    """
    find = finder(desk)
    find.master.require("party", party)
    parent = find.lot_there(lot)
    birth = find.child(parent, number=number, quality=Quality.QUARANTINE) if number else None
    desk.record(
        custody.return_goods(
            parent,
            quantity=None if quantity is None else find.in_unit(quantity, parent),
            contents=find.contents([parent]),
            party=party,
            place=find.place(place),
            child_id=find.fresh_id(birth.item, number) if birth else parent.id,
            birth=birth,
            reason=reason,
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
    lots = find.all_there(children)
    birth = holder = None
    if candidates(find.lots, container):
        holder = find.lot(container)
    else:
        birth = _container_birth(find, container)
    desk.record(
        custody.pack(
            children=lots,
            contents=find.contents(lots),
            container_id=holder.id if holder else find.fresh_id(container.item, container.number),
            container_name=str(container),
            container=holder,
            above=find.lots.above(holder) if holder else (),
            birth=birth,
            spot=find.spot(place),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def unpack(desk: Desk, *, container: LotRef, children: tuple[LotRef, ...] = ()) -> None:
    """Take children out of a container; none named means all that is directly inside."""
    find = finder(desk)
    holder = find.lot(container)
    inside = find.contents([holder])[holder.id] if not children else ()
    desk.record(
        custody.unpack(
            holder,
            above=find.all([LotRef(id=parent) for parent in find.lots.above(holder)]),
            children=find.all_there(children)
            or [lot for lot in inside if lot.container == holder.id],
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def install(desk: Desk, *, component: LotRef, assembly: LotRef) -> None:
    """Install a component into an assembly (R28)."""
    find = finder(desk)
    holder = find.lot(assembly)
    part = find.lot_there(component)
    desk.record(
        custody.install(
            part,
            assembly=holder,
            above=find.lots.above(holder),
            contents=find.contents([part]),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def remove(desk: Desk, *, component: LotRef, assembly: LotRef, place: str = "") -> None:
    """Take a component out of an assembly."""
    find = finder(desk)
    part = find.lot_there(component)
    desk.record(
        custody.remove(
            part,
            assembly=find.lot(assembly),
            contents=find.contents([part]),
            place=find.place(place),
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


def _container_birth(find: Finder, container: LotRef) -> Birth:
    """Describe a container that is packed for the first time. Raises UnknownLot, Malformed."""
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
