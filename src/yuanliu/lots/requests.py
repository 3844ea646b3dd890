"""What callers hand to the actions: references to lots, parts of them, and new ones."""

from __future__ import annotations

from dataclasses import dataclass

from yuanliu.base.ids import is_id
from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity
from yuanliu.lots.events import Quality, TraceableKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRef:
    """A traceable as people name it: by our id, by item and number, or by any number it goes by.

    `supplier` tells apart two suppliers' lots of the same number.
    """

    id: str = ""
    item: str = ""
    number: str = ""
    supplier: str = ""

    def __str__(self) -> str:
        return self.id or (f"{self.item}/{self.number}" if self.item else self.number)

    @classmethod
    def parse(cls, text: str) -> LotRef:
        """Read `ITEM/LOT`, an id, or a number alone; the first slash separates."""
        text = text.strip()
        if is_id(text):
            return cls(id=text.lower())
        item, slash, number = text.partition("/")
        return cls(item=item, number=number) if slash else cls(number=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How much of a lot is meant: no quantity is all that is there.

    `place` or `party` say where it is.
    """

    lot: LotRef
    quantity: Quantity | None = None
    place: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLot:
    """A lot, unit or container that comes into being, or more of one that is known by this
    number.
    """

    item: str
    number: str
    quantity: Quantity
    kind: TraceableKind | None = None
    place: str = ""
    supplier: str = ""
    expires: Moment | None = None
    quality: Quality | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLot:
    """A lot that is made of another: item, unit, expiry and status come from its parent unless
    told.
    """

    number: str
    quantity: Quantity
    place: str = ""
    kind: TraceableKind | None = None
