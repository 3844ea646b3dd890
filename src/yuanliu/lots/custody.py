"""Decide who has what where: moves, shipments, returns, containers and assemblies. Pure.

Material does not change here; what is packed or installed goes along with what it is in. Every
function raises the refusals of `judging.py` besides those it names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity
from yuanliu.ledger.judge import Judge
from yuanliu.lots import events
from yuanliu.lots.events import Birth, In, Move, Out, TraceableKind
from yuanliu.lots.judging import (
    SINGLE,
    check_existed,
    check_free,
    check_given,
    check_kind,
    check_not_held,
    check_once,
    check_usable,
    name_of,
    parent_of,
    take,
)
from yuanliu.lots.refusals import (
    AlreadyInside,
    InsideItself,
    NotEnough,
    NotInOnePlace,
    NotInside,
    NotOurs,
)
from yuanliu.lots.rules import MATERIAL, NOTHING, Contents, Take, along
from yuanliu.lots.state import Lot, Spot


def move(
    *, takes: Sequence[Take], contents: Contents, place: str, occurred: Moment, judge: Judge
) -> events.Moved:
    """Decide a move within the factory. Conflict: NotOurs, for what is with a party."""
    check_given("lots", takes)
    for wanted in takes:
        if wanted.spot is not None and wanted.spot.party:
            judge.conflict(NotOurs(lot=name_of(wanted.lot), party=wanted.spot.party))

    def check(lot: Lot) -> None:
        check_existed(lot, occurred=occurred, judge=judge)

    return events.Moved(moves=_carry(takes, contents, Spot(place), check=check, judge=judge))


def ship(
    *, takes: Sequence[Take], contents: Contents, party: str, occurred: Moment, judge: Judge
) -> events.Shipped:
    """Decide a shipment: nothing held, rejected, expired or in quarantine leaves, packed or not."""
    check_given("lots", takes)

    def check(lot: Lot) -> None:
        check_usable(lot, occurred=occurred, judge=judge)

    moves = _carry(takes, contents, Spot("", party), check=check, judge=judge)
    return events.Shipped(moves=moves, party=party)


def return_goods(
    lot: Lot,
    *,
    quantity: Quantity | None,
    contents: Contents,
    party: str,
    place: str,
    child_id: str,
    birth: Birth | None,
    reason: str,
    occurred: Moment,
    judge: Judge,
) -> events.Returned:
    """Decide that goods come back from a party, as themselves or as a new lot, into quarantine.

    As themselves they bring along what is in them. A new lot may be part of what is still packed.
    """
    check_existed(lot, occurred=occurred, judge=judge)
    if birth is None:
        check_free(lot, judge=judge)
    parent = take(lot, quantity=quantity, spot=Spot("", party), judge=judge)
    child = Out(traceable=child_id, quantity=parent.quantity, place=place, birth=birth)
    moves = () if birth else _moves(along(parent, contents), Spot(place))
    return events.Returned(parent=parent, child=child, reason=reason, moves=moves)


def pack(
    *,
    children: Sequence[Lot],
    contents: Contents,
    container_id: str,
    container_name: str,
    container: Lot | None,
    above: Sequence[str],
    birth: Birth | None,
    spot: Spot | None,
    occurred: Moment,
    judge: Judge,
) -> events.Packed:
    """Decide that children go whole into a container, and to its place.

    `above` are the containers it is in; `spot` is where a new one stands, or must stand. Conflicts:
    AlreadyInside, NotInOnePlace. Raises InsideItself.
    """
    check_given("children", children)
    check_once((name_of(child), child.id) for child in children)
    if container is None:
        target = spot or next(iter(children[0].own_spots), None)
    else:
        check_kind(container, TraceableKind.CONTAINER)
        check_existed(container, occurred=occurred, judge=judge)
        target = _stands(container, spot, judge=judge)
    for child in children:
        check_existed(child, occurred=occurred, judge=judge)
        if child.id == container_id or child.id in above:
            raise InsideItself(lot=name_of(child), parent=container_name)
        _check_goes_in(child, target, judge=judge)
    target = target or Spot()
    return events.Packed(
        container=container_id,
        children=tuple(child.id for child in children),
        moves=tuple(m for child in children for m in _bring(child, contents, target)),
        birth=birth,
        place=target.place,
    )


def unpack(
    container: Lot,
    *,
    above: Sequence[Lot],
    children: Sequence[Lot],
    occurred: Moment,
    judge: Judge,
) -> events.Unpacked:
    """Decide that children come out of a container that is not held, nor what it is in.

    Conflict: NotInside.
    """
    check_given("children", children)
    check_once((name_of(child), child.id) for child in children)
    check_kind(container, TraceableKind.CONTAINER)
    for holder in (container, *above):
        check_not_held(holder, judge=judge)
    for child in children:
        check_existed(child, occurred=occurred, judge=judge)
        if child.container != container.id:
            judge.conflict(NotInside(lot=name_of(child), parent=name_of(container)))
    return events.Unpacked(container=container.id, children=tuple(child.id for child in children))


def install(
    component: Lot,
    *,
    assembly: Lot,
    above: Sequence[str],
    contents: Contents,
    occurred: Moment,
    judge: Judge,
) -> events.Installed:
    """Decide that a single component becomes part of an assembly (R28).

    Conflicts: AlreadyInside, NotInOnePlace. Raises InsideItself.
    """
    check_kind(component, *MATERIAL)
    check_kind(assembly, *MATERIAL)
    check_usable(component, occurred=occurred, judge=judge)
    check_existed(assembly, occurred=occurred, judge=judge)
    if component.id == assembly.id or component.id in above:
        raise InsideItself(lot=name_of(component), parent=name_of(assembly))
    target = _stands(assembly, None, judge=judge)
    _check_goes_in(component, target, judge=judge)
    moves = _bring(component, contents, target) if target else ()
    return events.Installed(component=component.id, assembly=assembly.id, moves=moves)


def remove(
    component: Lot,
    *,
    assembly: Lot,
    contents: Contents,
    place: str,
    occurred: Moment,
    judge: Judge,
) -> events.Removed:
    """Decide that a component is taken out of an assembly. Conflict: NotInside."""
    check_existed(component, occurred=occurred, judge=judge)
    if component.assembly != assembly.id:
        judge.conflict(NotInside(lot=name_of(component), parent=name_of(assembly)))
    moves = _bring(component, contents, Spot(place), ours=False) if place else ()
    return events.Removed(component=component.id, assembly=assembly.id, moves=moves)


def _carry(
    takes: Sequence[Take],
    contents: Contents,
    target: Spot,
    *,
    check: Callable[[Lot], None],
    judge: Judge,
) -> tuple[Move, ...]:
    """Move what was taken, and everything in it, to the target."""
    named = {wanted.lot.id for wanted in takes}
    names: dict[str, str] = {}
    moves: list[Move] = []
    for wanted in takes:
        inside = [lot for lot in contents.get(wanted.lot.id, ()) if lot.id not in named]
        for lot in (wanted.lot, *inside):
            names[lot.id] = name_of(lot)
            check(lot)
        check_free(wanted.lot, judge=judge)
        taken = _take(wanted, judge=judge)
        anywhere = wanted.spot is None and (wanted.quantity is None or wanted.lot.kind in SINGLE)
        moves.append(_move(taken, target, anywhere=anywhere and taken.whole))
        moves += _moves(along(taken, {wanted.lot.id: inside}), target)
    check_once((names[m.traceable], (m.traceable, m.from_place, m.from_party)) for m in moves)
    return tuple(moves)


def _take(wanted: Take, *, judge: Judge) -> In:
    lot = wanted.lot
    if lot.kind is TraceableKind.VESSEL and lot.empty and wanted.quantity is None:
        # An empty tank can be moved, although there is nothing in it to take.
        spot = next(iter(lot.own_spots), Spot())
        return In(traceable=lot.id, quantity=lot.at(spot), place=spot.place, whole=True)
    return take(lot, quantity=wanted.quantity, spot=wanted.spot, judge=judge)


def _check_goes_in(child: Lot, target: Spot | None, *, judge: Judge) -> None:
    """Check that a child is free, and that all of it is at hand, in one place."""
    if child.container or child.assembly:
        judge.conflict(AlreadyInside(lot=name_of(child), parent=parent_of(child)))
    spots = [spot for spot in child.spots if child.stock[spot] != 0]
    at_hand = [spot for spot in spots if not spot.party or spot == target]
    if not at_hand:
        nothing = Quantity(NOTHING, child.unit)
        judge.conflict(
            NotEnough(
                lot=name_of(child), place=str(target or Spot()), available=str(nothing), wanted="…"
            )
        )
    elif len(spots) > 1:
        judge.conflict(NotInOnePlace(lot=name_of(child), places=", ".join(map(str, spots))))


def _stands(holder: Lot, spot: Spot | None, *, judge: Judge) -> Spot | None:
    """Give where a container or assembly stands, ours or a party's. Conflict: NotEnough."""
    standing = [place for place in holder.spots if holder.stock[place] != 0]
    found = standing[0] if standing else None
    if found is None or spot not in (None, found):
        wanted = str(Quantity(NOTHING + 1, holder.unit))
        available = str(holder.at(spot or Spot()))
        judge.conflict(
            NotEnough(
                lot=name_of(holder), place=str(spot or Spot()), available=available, wanted=wanted
            )
        )
    return found


def _bring(child: Lot, contents: Contents, target: Spot, *, ours: bool = True) -> tuple[Move, ...]:
    """Bring all of a child that is in our hands, and what is in it, to the target."""
    spots = [spot for spot in (child.own_spots if ours else child.spots) if spot != target]
    going: list[In] = []
    for spot in spots:
        if child.stock[spot] == 0:
            continue
        part = In(
            traceable=child.id,
            quantity=child.at(spot),
            place=spot.place,
            party=spot.party,
            whole=True,
        )
        going += [part, *along(part, contents)]
    return _moves(going, target)


def _moves(parts: Sequence[In], target: Spot) -> tuple[Move, ...]:
    """Move whole traceables that go with something: from wherever of ours they are."""
    return tuple(_move(part, target, anywhere=not part.party) for part in parts)


def _move(part: In, target: Spot, *, anywhere: bool) -> Move:
    return Move(
        traceable=part.traceable,
        quantity=part.quantity,
        from_place=part.place,
        from_party=part.party,
        to_place=target.place,
        to_party=target.party,
        whole=part.whole,
        anywhere=anywhere,
    )
