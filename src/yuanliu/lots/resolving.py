"""Find what a call refers to, and prepare what it brings into being."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from yuanliu.base.moments import Moment, iso
from yuanliu.base.quantity import Quantity
from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop
from yuanliu.ledger.desk import Desk
from yuanliu.lots.events import Birth, Out, Quality, TraceableKind
from yuanliu.lots.judging import SINGLE, name_of, worst
from yuanliu.lots.projector import LotsSession, lots
from yuanliu.lots.refusals import (
    AmbiguousNumber,
    LotDiffers,
    LotNumberTaken,
    NamedTwice,
    UnknownLot,
    WrongKind,
)
from yuanliu.lots.requests import ChildLot, LotRef, NewLot, Part
from yuanliu.lots.rules import MATERIAL, Contents, Make, PerItem, Take
from yuanliu.lots.state import UNTOLD, Lot, Spot
from yuanliu.masterdata.projector import ItemFacts, MasterSession, master

NUMBER_LENGTH_MAX = 200
CANDIDATES_SHOWN = 5
MICROSECONDS_A_DAY = 86_400_000_000
Identity = tuple[str, str, str]
"""What makes a lot number unique: item, number and supplier."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Find lots, items, places and parties on one desk."""

    desk: Desk
    lots: LotsSession
    master: MasterSession

    # What is there

    def lot(self, ref: LotRef) -> Lot:
        """Find the one lot a reference means, as it is now, with the status rules must judge by.

        Its quality and holds are the worse of now and of the time told: what waited for inspection
        then may not be used then, even if it was released since. Raises UnknownLot,
        AmbiguousNumber.
        """
        return self._placed(self._judged(self._one(ref)))

    def lot_there(self, ref: LotRef) -> Lot:
        """Find a lot where it was at the time told, with the status rules must judge by."""
        return self._placed(self._there(self._one(ref)))

    def lot_then(self, ref: LotRef) -> Lot:
        """Find a lot with the status and the stock it had at the time told."""
        lot = self._one(ref)
        then = self._then(lot)
        return replace(lot, quality=then.quality, holds=then.holds, stock=then.stock)

    def all(self, refs: Sequence[LotRef]) -> list[Lot]:
        """Find several lots as they are now."""
        return [self.lot(ref) for ref in refs]

    def all_there(self, refs: Sequence[LotRef]) -> list[Lot]:
        """Find several lots where they were at the time told."""
        return [self.lot_there(ref) for ref in refs]

    def takes(self, parts: Sequence[Part]) -> list[Take]:
        """Find parts of lots that are used up: what nobody used since can be."""
        return [self._take(part, self.lot(part.lot)) for part in parts]

    def takes_there(self, parts: Sequence[Part]) -> list[Take]:
        """Find parts of lots that go elsewhere: from where they were at the time told."""
        return [self._take(part, self.lot_there(part.lot)) for part in parts]

    def contents(self, lots: Sequence[Lot]) -> Contents:
        """Find everything that was in these lots at the time told, by lot."""
        told = self.desk.capture.occurred
        now = self.lots.contents([lot.id for lot in lots])
        found = {}
        for lot in lots:
            inside = now[lot.id]
            if lot.last[0] > told.end:
                inside = self.lots.contents_then(lot, told)
            found[lot.id] = [self._there(one) for one in inside]
        return found

    def in_unit(self, quantity: Quantity, lot: Lot) -> Quantity:
        """Convert a quantity to a lot's unit. Raises UnitsDiffer."""
        return quantity.to(lot.unit, self._per_item(lot))

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

    def spot(self, place: str, party: str = "") -> Spot | None:
        """Say where: at a place or with a party, `?` for the place nobody told, None if blank.

        Raises UnknownCode, Malformed.
        """
        if place and party:
            problem = gettext_noop("say a place or a party, not both")
            raise Malformed(field="party", value=party, problem=problem)
        if place == UNTOLD:
            return Spot()
        return Spot(self.place(place), self.party(party)) if place or party else None

    # What comes into being

    def makes(
        self,
        wanted: Sequence[NewLot],
        *,
        quality: Quality,
        supplier: str = "",
        used: Collection[str] = (),
    ) -> list[Make]:
        """Prepare what comes out: new lots are born, known ones get more.

        `used` are the ids of what goes in: only those single units may come out again. Raises
        LotNumberTaken, NamedTwice, WrongKind, Malformed. Conflict: LotDiffers.
        """
        self.lots.preload_numbers(text for new in wanted for text in (new.number, *new.aliases))
        births: dict[Identity, Birth] = {}
        known: dict[Identity, Lot | None] = {}
        lines: list[tuple[NewLot, ItemFacts, Identity]] = []
        for new in wanted:
            item = self.master.item(new.item)
            identity = (item.code, new.number, self.party(new.supplier or supplier))
            lines.append((new, item, identity))
            if identity in births:
                if births[identity].kind in SINGLE:
                    raise NamedTwice(lot=f"{new.item}/{new.number}")
                continue
            same = known[identity] = self._same_lot(*identity)
            if same is None:
                births[identity] = self._birth(new, item, identity[2], quality=quality)
            else:
                self._check_adds_to(same, new, used=used)
        ids = self.ids(births)
        makes = []
        for new, item, identity in lines:
            same = known[identity]
            out = Out(
                traceable=same.id if same else ids[identity],
                quantity=new.quantity.to(item.unit, item.conversions),
                place=self.place(new.place),
                birth=births.pop(identity, None),
            )
            name = f"{new.item}/{new.number}"
            added_to = None if same is None else self._placed(same)
            makes.append(Make(name=name, out=out, known=added_to, per_item=item.conversions))
        return makes

    def children(self, parent: Lot, wanted: Sequence[ChildLot]) -> list[Make]:
        """Prepare the lots or units that are split off a lot. Raises LotNumberTaken, WrongKind."""
        self.lots.preload_numbers(child.number for child in wanted)
        births = {}
        for child in wanted:
            if child.kind not in (None, *MATERIAL):
                raise WrongKind(lot=child.number, kind=child.kind.value, wanted="lot / unit")
            birth = self.child(parent, number=child.number, kind=child.kind)
            births[(birth.item, birth.number, birth.supplier)] = birth
        ids = self.ids(births)
        makes = []
        for child in wanted:
            identity = (parent.item, child.number, parent.supplier)
            out = Out(
                traceable=ids[identity],
                quantity=self.in_unit(child.quantity, parent),
                place=self.place(child.place),
                birth=births[identity],
            )
            makes.append(Make(name=f"{parent.item}/{child.number}", out=out))
        return makes

    def child(
        self,
        parent: Lot,
        *,
        number: str,
        item: str = "",
        kind: TraceableKind | None = None,
        quality: Quality | None = None,
    ) -> Birth:
        """Describe a lot made of another one: it inherits status, expiry and supplier.

        What comes of a held lot waits in quarantine: a new number lifts no hold. Raises
        LotNumberTaken, Malformed.
        """
        check_number(number)
        item = item or parent.item
        self.check_free_number(item, number, parent.supplier)
        own = TraceableKind.LOT if parent.kind is TraceableKind.VESSEL else parent.kind
        return Birth(
            kind=kind or own,
            item=item,
            number=number,
            unit=self.master.item(item).unit.code if item else parent.unit.code,
            supplier=parent.supplier,
            expires=None if parent.expires is None else Moment(parent.expires, parent.expires),
            quality=quality or inherited(parent),
        )

    def check_free_number(self, item: str, number: str, supplier: str) -> None:
        """Raise LotNumberTaken if the item has a lot of this number from this supplier."""
        if self._same_lot(item, number, supplier):
            raise LotNumberTaken(item=item, number=number)

    def ids(self, births: Collection[Identity]) -> dict[Identity, str]:
        """Give ids to what is born: in a correction, those that the corrected fact had given.

        What keeps its number keeps its id; only then may a new number take over what is left.
        """
        given = {(item, number) for item, number, _id in self.desk.reusable}
        in_order = sorted(births, key=lambda identity: identity[:2] not in given)
        return {identity: self.fresh_id(*identity[:2]) for identity in in_order}

    def fresh_id(self, item: str, number: str) -> str:
        """Give the id of one new thing: in a correction, the one the corrected fact had given."""
        return self.desk.reuse(item, number) or self.lots.fresh_id()

    def _one(self, ref: LotRef) -> Lot:
        found = candidates(self.lots, ref)
        if not found:
            raise UnknownLot(lot=str(ref))
        if len(found) > 1:
            shown = ", ".join(
                f"{name_of(lot)} ({lot.supplier or lot.id})" for lot in found[:CANDIDATES_SHOWN]
            )
            raise AmbiguousNumber(lot=str(ref), count=len(found), candidates=shown)
        return found[0]

    def _take(self, part: Part, lot: Lot) -> Take:
        quantity = None if part.quantity is None else self.in_unit(part.quantity, lot)
        spot = self.spot(part.place, part.party)
        return Take(lot=lot, quantity=quantity, spot=spot, per_item=self._per_item(lot))

    def _then(self, lot: Lot) -> Lot:
        return self.lots.as_of(lot, self.desk.capture.occurred)

    def _judged(self, lot: Lot) -> Lot:
        then = self._then(lot)
        if then is lot:
            return lot
        holds = tuple(sorted({*lot.holds, *then.holds}))
        return replace(lot, quality=worst((lot.quality, then.quality)), holds=holds)

    def _there(self, lot: Lot) -> Lot:
        then = self._then(lot)
        if then is lot:
            return lot
        there = replace(lot, stock=then.stock, container=then.container, assembly=then.assembly)
        holds = tuple(sorted({*lot.holds, *then.holds}))
        return replace(there, quality=worst((lot.quality, then.quality)), holds=holds)

    def _placed(self, lot: Lot) -> Lot:
        """Name the container or assembly that a lot is in, for people."""
        parent = self.lots.get(lot.container or lot.assembly)
        return lot if parent is None else replace(lot, inside=name_of(parent))

    def _per_item(self, lot: Lot) -> PerItem:
        return self.master.item(lot.item).conversions if lot.item else None

    def _birth(self, new: NewLot, item: ItemFacts, supplier: str, *, quality: Quality) -> Birth:
        """Describe a traceable that comes into being; its shelf life starts now."""
        check_number(new.number)
        kind = new.kind or (TraceableKind.UNIT if item.tracking == "unit" else TraceableKind.LOT)
        if kind is TraceableKind.VESSEL:
            wanted = "lot / unit / container"
            raise WrongKind(lot=f"{new.item}/{new.number}", kind=kind.value, wanted=wanted)
        if kind is TraceableKind.CONTAINER:
            quality = Quality.RELEASED  # what is in it waits for inspection, not the pallet
        return Birth(
            kind=kind,
            item=item.code,
            number=new.number,
            unit=item.unit.code,
            supplier=supplier,
            expires=new.expires or shelf_life_end(item, self.desk.capture.occurred),
            quality=new.quality or quality,
        )

    def _check_adds_to(self, same: Lot, new: NewLot, *, used: Collection[str]) -> None:
        if same.kind in SINGLE and same.id not in used:
            raise LotNumberTaken(item=new.item, number=new.number)
        expires = None if new.expires is None else new.expires.end
        for known, told in (
            (same.kind.value, new.kind and new.kind.value),
            (same.quality.value, new.quality and new.quality.value),
            (_day(same.expires), _day(expires)),
        ):
            if told and told != known:
                conflict = LotDiffers(lot=name_of(same), known=known or "—", told=told)
                self.desk.judge.conflict(conflict)

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


def inherited(parent: Lot) -> Quality:
    """Give the quality of what is made of a lot under a new number."""
    return worst((parent.quality, Quality.QUARANTINE)) if parent.held else parent.quality


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


def _day(microseconds: int | None) -> str:
    return "" if microseconds is None else iso(microseconds)
