"""Find what a call refers to, and prepare what it brings into being."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yuanliu.base.ids import new_id
from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity
from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop
from yuanliu.ledger.desk import Desk
from yuanliu.lots.events import Birth, Out, Quality, TraceableKind
from yuanliu.lots.projector import LotsSession, lots
from yuanliu.lots.refusals import AmbiguousNumber, LotNumberTaken, UnknownLot
from yuanliu.lots.requests import LotRef, NewLot, Part
from yuanliu.lots.rules import Take
from yuanliu.lots.state import Lot
from yuanliu.masterdata.projector import ItemFacts, MasterSession, master

NUMBER_LENGTH_MAX = 200
CANDIDATES_SHOWN = 5
MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Finder:
    """Find lots, items, places and parties on one desk."""

    desk: Desk
    lots: LotsSession
    master: MasterSession

    def lot(self, ref: LotRef) -> Lot:
        """Find the one lot a reference means. Raises UnknownLot, AmbiguousNumber."""
        found = candidates(self.lots, ref)
        if not found:
            raise UnknownLot(lot=str(ref))
        if len(found) > 1:
            shown = ", ".join(
                f"{lot.item}/{lot.number} ({lot.supplier or lot.id})"
                for lot in found[:CANDIDATES_SHOWN]
            )
            raise AmbiguousNumber(lot=str(ref), count=len(found), candidates=shown)
        return found[0]

    def all(self, refs: Sequence[LotRef]) -> list[Lot]:
        """Find several lots."""
        return [self.lot(ref) for ref in refs]

    def take(self, part: Part) -> Take:
        """Find a part of a lot, with its quantity in the lot's own unit."""
        lot = self.lot(part.lot)
        if part.place:
            self.master.require("place", part.place)
        quantity = None if part.quantity is None else self.in_unit(part.quantity, lot)
        return Take(lot=lot, quantity=quantity, place=part.place, party=part.party)

    def takes(self, parts: Sequence[Part]) -> list[Take]:
        """Find parts of several lots."""
        return [self.take(part) for part in parts]

    def in_unit(self, quantity: Quantity, lot: Lot) -> Quantity:
        """Convert a quantity to a lot's unit. Raises UnitsDiffer."""
        if quantity.unit == lot.unit:
            return quantity
        conversions = self.master.item(lot.item).conversions if lot.item else None
        return quantity.to(lot.unit, conversions)

    def place(self, code: str) -> str:
        """Check a place's code; blank is allowed. Raises UnknownCode."""
        if code:
            self.master.require("place", code)
        return code

    def party(self, code: str) -> str:
        """Check a party's code; blank is allowed. Raises UnknownCode."""
        if code:
            self.master.require("party", code)
        return code

    def outputs(
        self, wanted: Sequence[NewLot], *, quality: Quality, supplier: str = ""
    ) -> list[Out]:
        """Prepare what comes out: new lots are born, known ones get more."""
        outs: list[Out] = []
        born: dict[tuple[str, str], str] = {}
        for new in wanted:
            known = born.get((new.item, new.number))
            out = self.output(new, quality=quality, supplier=supplier, known=known)
            born[(new.item, new.number)] = out.traceable
            outs.append(out)
        return outs

    def output(
        self, new: NewLot, *, quality: Quality, supplier: str = "", known: str | None = None
    ) -> Out:
        """Prepare one thing that comes out. Raises LotNumberTaken for a unit that exists."""
        item = self.master.item(new.item)
        supplier = self.party(new.supplier or supplier)
        quantity = new.quantity.to(item.unit, item.conversions)
        if known is None:
            same = self._same_lot(new.item, new.number, supplier)
            known = same.id if same else None
            if same and TraceableKind.UNIT in (same.kind, new.kind):
                raise LotNumberTaken(item=new.item, number=new.number)
        place = self.place(new.place)
        if known:
            return Out(traceable=known, quantity=quantity, place=place)
        birth = self.birth(
            item,
            number=new.number,
            kind=new.kind,
            supplier=supplier,
            expires=new.expires,
            quality=new.quality or quality,
        )
        return Out(traceable=self.fresh_id(birth), quantity=quantity, place=place, birth=birth)

    def birth(
        self,
        item: ItemFacts,
        *,
        number: str,
        kind: TraceableKind | None = None,
        supplier: str = "",
        expires: Moment | None = None,
        quality: Quality = Quality.RELEASED,
    ) -> Birth:
        """Describe a traceable that comes into being; its shelf life starts now.

        Raises Malformed.
        """
        check_number(number)
        return Birth(
            kind=kind or (TraceableKind.UNIT if item.tracking == "unit" else TraceableKind.LOT),
            item=item.code,
            number=number,
            unit=item.unit.code,
            supplier=supplier,
            expires=expires or shelf_life_end(item, self.desk.capture.occurred),
            quality=quality,
        )

    def child(self, parent: Lot, *, number: str, item: str = "", **changes: Quality) -> Birth:
        """Describe a lot made of another one: it inherits status, expiry and supplier.

        Raises LotNumberTaken, Malformed.
        """
        check_number(number)
        item = item or parent.item
        self.check_free_number(item, number, parent.supplier)
        expires = None if parent.expires is None else Moment(parent.expires, parent.expires)
        return Birth(
            kind=parent.kind if parent.kind is not TraceableKind.VESSEL else TraceableKind.LOT,
            item=item,
            number=number,
            unit=self.master.item(item).unit.code if item else parent.unit.code,
            supplier=parent.supplier,
            expires=expires,
            quality=changes.get("quality", parent.quality),
        )

    def check_free_number(self, item: str, number: str, supplier: str) -> None:
        """Raise LotNumberTaken if the item has a lot of this number from this supplier."""
        if self._same_lot(item, number, supplier):
            raise LotNumberTaken(item=item, number=number)

    def fresh_id(self, birth: Birth) -> str:
        """Give the id of a new traceable: in a correction, the one the corrected fact had given."""
        return self.desk.reuse(birth.item, birth.number) or new_id()

    def _same_lot(self, item: str, number: str, supplier: str) -> Lot | None:
        for lot in self.lots.named(number):
            if (lot.item, lot.number, lot.supplier) == (item, number, supplier):
                return lot
        return None


def finder(desk: Desk) -> Finder:
    """Open the finder of a desk."""
    return Finder(desk, lots(desk.work.bench), master(desk.work.bench))


def candidates(session: LotsSession, ref: LotRef) -> list[Lot]:
    """Give every living traceable a reference may mean; its own number beats an alias."""
    if ref.id:
        lot = session.get(ref.id)
        return [lot] if lot is not None and lot.born is not None else []
    found = [
        lot
        for lot in session.named(ref.number)
        if (not ref.item or lot.item == ref.item)
        and (not ref.supplier or lot.supplier == ref.supplier)
    ]
    own = [lot for lot in found if lot.number == ref.number]
    return own or found


def check_number(number: str) -> None:
    """Check a lot number: text of any kind, but not blank, padded, unprintable or endless."""
    if not number or number != number.strip() or not number.isprintable():
        raise Malformed(
            field="number", value=number, problem=gettext_noop("it is blank, padded or unprintable")
        )
    if len(number) > NUMBER_LENGTH_MAX:
        raise Malformed(
            field="number",
            value=number[:40],
            problem=gettext_noop("more than %(most)s characters"),
            most=NUMBER_LENGTH_MAX,
        )


def shelf_life_end(item: ItemFacts, occurred: Moment) -> Moment | None:
    """Give when a lot made or received now expires, from the item's shelf life (R32)."""
    if item.shelf_life_days is None:
        return None
    life = item.shelf_life_days * MICROSECONDS_A_DAY
    return Moment(occurred.start + life, occurred.end + life, occurred.offset_minutes)
