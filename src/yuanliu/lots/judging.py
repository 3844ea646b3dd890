"""The questions every rule asks of a traceable: may it be used, is it there, did it exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from yuanliu.base.moments import EPOCH, MICROSECOND, Moment, iso
from yuanliu.base.quantity import Quantity
from yuanliu.base.units import COUNT
from yuanliu.ledger.judge import Judge
from yuanliu.lots.events import In, Quality, TraceableKind
from yuanliu.lots.refusals import (
    BeforeBirth,
    LotExpired,
    LotHeld,
    LotInQuarantine,
    LotRejected,
    NamedTwice,
    NotEnough,
    NothingGiven,
    NotWhole,
    PackedInside,
    PlaceNeeded,
    QuantityNotPositive,
    ReasonNeeded,
    UnitIsOne,
    WrongKind,
)
from yuanliu.lots.state import Lot, Spot

SINGLE = (TraceableKind.UNIT, TraceableKind.CONTAINER)
"""The kinds of which there is exactly one."""


_WORST_FIRST = (Quality.REJECTED, Quality.QUARANTINE, Quality.RELEASED)


def worst(qualities: Iterable[Quality]) -> Quality:
    """Give the worst of several qualities."""
    return min(qualities, key=_WORST_FIRST.index)


def name_of(lot: Lot) -> str:
    """Name a traceable as people do: item and number."""
    return f"{lot.item}/{lot.number}" if lot.item else lot.number


def parent_of(lot: Lot) -> str:
    """Name the container or assembly a traceable is in, "" for none."""
    return lot.inside or lot.container or lot.assembly


def check_existed(lot: Lot, *, occurred: Moment, judge: Judge) -> None:
    """Check that the lot existed at the time told. Conflict: BeforeBirth."""
    if lot.born is not None and lot.born[0] > occurred.end:
        judge.conflict(BeforeBirth(lot=name_of(lot), born=iso(lot.born[0]), told=str(occurred)))


def check_usable(lot: Lot, *, occurred: Moment, judge: Judge) -> None:
    """Check that a lot may be used or shipped.

    Conflicts: BeforeBirth, LotHeld, LotRejected, LotInQuarantine, LotExpired.
    """
    check_existed(lot, occurred=occurred, judge=judge)
    check_not_held(lot, judge=judge)
    if lot.quality is Quality.REJECTED:
        judge.conflict(LotRejected(lot=name_of(lot)))
    if lot.quality is Quality.QUARANTINE:
        judge.conflict(LotInQuarantine(lot=name_of(lot)))
    if lot.expires is not None and lot.expires < occurred.start:
        day = (EPOCH + lot.expires * MICROSECOND).date().isoformat()
        judge.conflict(LotExpired(lot=name_of(lot), day=day))


def check_not_held(lot: Lot, *, judge: Judge) -> None:
    """Check that no hold stands. Conflict: LotHeld."""
    if lot.held:
        judge.conflict(LotHeld(lot=name_of(lot)))


def check_free(lot: Lot, *, judge: Judge) -> None:
    """Check that a traceable is not packed or installed in another. Conflict: PackedInside."""
    if lot.container or lot.assembly:
        judge.conflict(PackedInside(lot=name_of(lot), parent=parent_of(lot)))


def check_amount(lot: str, quantity: Quantity, *, judge: Judge) -> None:
    """Check that there is some, and that what is counted is whole.

    Raises QuantityNotPositive. Conflict: NotWhole.
    """
    if not quantity.positive:
        raise QuantityNotPositive(lot=lot, quantity=str(quantity))
    check_whole(lot, quantity, judge=judge)


def check_whole(lot: str, quantity: Quantity, *, judge: Judge) -> None:
    """Check that what is counted is whole: half a dozen is, half a piece is not.

    Conflict: NotWhole.
    """
    unit = quantity.unit
    if unit.dimension != COUNT or quantity.value is None:
        return
    if (Fraction(quantity.value) * (unit.factor or 1)).denominator != 1:
        judge.conflict(NotWhole(lot=lot, quantity=str(quantity)))


def check_reason(reason: str) -> None:
    """Raise ReasonNeeded for a blank reason."""
    if not reason.strip():
        raise ReasonNeeded


def check_given(field: str, members: Sequence[object]) -> None:
    """Raise NothingGiven for an empty list."""
    if not members:
        raise NothingGiven(field=field)


def check_once(names: Iterable[tuple[str, object]]) -> None:
    """Raise NamedTwice if a traceable stands twice; the second member tells equal ones apart."""
    seen: set[tuple[str, object]] = set()
    for name in names:
        if name in seen:
            raise NamedTwice(lot=name[0])
        seen.add(name)


def check_kind(lot: Lot, *wanted: TraceableKind) -> None:
    """Raise WrongKind unless the traceable is of one of the kinds."""
    if lot.kind not in wanted:
        raise WrongKind(
            lot=name_of(lot), kind=lot.kind.value, wanted=" / ".join(kind.value for kind in wanted)
        )


def check_single(name: str, kind: TraceableKind, quantity: Quantity) -> None:
    """Raise UnitIsOne unless a single unit or container counts exactly one."""
    if kind in SINGLE and (quantity.unit.dimension != COUNT or quantity.value != 1):
        raise UnitIsOne(lot=name, quantity=str(quantity))


def spot_of(lot: Lot, *, spot: Spot | None = None, judge: Judge) -> Spot:
    """Find where to take from: the spot named, else the only one of ours.

    Conflict: PlaceNeeded; what was taken all the same is taken from where there is most.
    """
    if spot is not None:
        return spot
    own = lot.own_spots
    if len(own) > 1:
        judge.conflict(PlaceNeeded(lot=name_of(lot), places=", ".join(map(str, own))))
        return max(own, key=lambda place: (lot.stock[place] is None, lot.stock[place] or 0))
    return own[0] if own else Spot()


def take(lot: Lot, *, quantity: Quantity | None, spot: Spot | None = None, judge: Judge) -> In:
    """Decide what leaves a lot; quantity None is all that is at the spot.

    Raises QuantityNotPositive, UnitIsOne. Conflicts: PlaceNeeded, NotEnough, NotWhole.
    """
    spot = spot_of(lot, spot=spot, judge=judge)
    there = lot.at(spot)
    entire = Quantity(Decimal(1), lot.unit) if lot.kind in SINGLE else there
    if quantity is not None and lot.kind in SINGLE and not quantity.known:
        quantity = None  # of a single thing there is one, whoever does not know
    if quantity is not None:
        check_amount(name_of(lot), quantity, judge=judge)
        check_single(name_of(lot), lot.kind, quantity)
    wanted = entire if quantity is None else quantity
    nothing = there.value is not None and there.value <= 0
    short = there.value is not None and wanted.value is not None and wanted.value > there.value
    if nothing or short:
        shown = "…" if quantity is None else str(quantity)
        judge.conflict(
            NotEnough(lot=name_of(lot), place=str(spot), available=str(there), wanted=shown)
        )
        if quantity is None and lot.kind not in SINGLE:
            wanted = Quantity(None, lot.unit)
    whole = quantity is None or (there.value is not None and wanted.value == there.value)
    return In(traceable=lot.id, quantity=wanted, place=spot.place, party=spot.party, whole=whole)
