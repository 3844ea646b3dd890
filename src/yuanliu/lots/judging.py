"""The questions every rule asks of a traceable: may it be used, is it there, did it exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yuanliu.base.moments import EPOCH, MICROSECOND, Moment, iso
from yuanliu.base.quantity import Quantity
from yuanliu.ledger.desk import Judge
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
    PackedInside,
    PlaceNeeded,
    QuantityNotPositive,
    ReasonNeeded,
    UnitIsOne,
    WrongKind,
)
from yuanliu.lots.state import Lot, Spot


def name_of(lot: Lot) -> str:
    """Name a traceable as people do: item and number."""
    return f"{lot.item}/{lot.number}" if lot.item else lot.number


def check_existed(lot: Lot, *, occurred: Moment, judge: Judge) -> None:
    """Check that the lot existed at the time told. Conflict: BeforeBirth."""
    if lot.born is not None and lot.born[0] > occurred.end:
        judge.conflict(BeforeBirth(lot=name_of(lot), born=iso(lot.born[0]), told=str(occurred)))


def check_usable(lot: Lot, *, occurred: Moment, judge: Judge) -> None:
    """Check that a lot may be used or shipped.

    Conflicts: held, rejected, in quarantine, expired.
    """
    check_existed(lot, occurred=occurred, judge=judge)
    if lot.held:
        judge.conflict(LotHeld(lot=name_of(lot)))
    if lot.quality is Quality.REJECTED:
        judge.conflict(LotRejected(lot=name_of(lot)))
    if lot.quality is Quality.QUARANTINE:
        judge.conflict(LotInQuarantine(lot=name_of(lot)))
    if lot.expires is not None and lot.expires < occurred.start:
        day = (EPOCH + lot.expires * MICROSECOND).date().isoformat()
        judge.conflict(LotExpired(lot=name_of(lot), day=day))


def check_free(lot: Lot, *, judge: Judge) -> None:
    """Check that a traceable is not packed or installed in another. Conflict: PackedInside."""
    if lot.container or lot.assembly:
        judge.conflict(PackedInside(lot=name_of(lot), parent=lot.container or lot.assembly))


def check_positive(lot: str, quantity: Quantity) -> None:
    """Raise QuantityNotPositive unless there is some."""
    if not quantity.positive:
        raise QuantityNotPositive(lot=lot, quantity=str(quantity))


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


def check_unit_is_one(name: str, kind: TraceableKind, quantity: Quantity) -> None:
    """Raise UnitIsOne unless a single unit counts exactly one."""
    if kind is TraceableKind.UNIT and quantity.value != 1:
        raise UnitIsOne(lot=name, quantity=str(quantity))


def spot_of(lot: Lot, *, place: str = "", party: str = "") -> Spot:
    """Find where to take from: the spot named, else the only one of ours. Raises PlaceNeeded."""
    if place or party:
        return Spot(place, party)
    own = sorted(spot for spot in lot.stock if not spot.party)
    if len(own) > 1:
        raise PlaceNeeded(lot=name_of(lot), places=", ".join(map(str, own)))
    return own[0] if own else Spot()


def take(
    lot: Lot, *, quantity: Quantity | None, place: str = "", party: str = "", judge: Judge
) -> In:
    """Decide what leaves a lot; quantity None is all that is at the spot.

    Raises PlaceNeeded, QuantityNotPositive, UnitIsOne. Conflict: NotEnough.
    """
    spot = spot_of(lot, place=place, party=party)
    there = lot.at(spot)
    nothing = there.value is not None and there.value <= 0
    wanted = quantity if quantity is not None else there
    if quantity is not None or not nothing:
        check_positive(name_of(lot), wanted)
    short = there.value is not None and wanted.value is not None and wanted.value > there.value
    if nothing or short:
        shown = "…" if quantity is None else str(quantity)
        judge.conflict(
            NotEnough(lot=name_of(lot), place=str(spot), available=str(there), wanted=shown)
        )
        if quantity is None:
            wanted = Quantity(None, lot.unit)
    if lot.kind is TraceableKind.UNIT and wanted.known:
        check_unit_is_one(name_of(lot), lot.kind, wanted)
    whole = quantity is None or (there.value is not None and wanted.value == there.value)
    return In(traceable=lot.id, quantity=wanted, place=spot.place, party=spot.party, whole=whole)
