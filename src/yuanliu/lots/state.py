"""A traceable as the rules see it: a frozen reading of its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from yuanliu.base.quantity import Quantity, plus
from yuanliu.base.units import Unit
from yuanliu.lots.events import Quality, TraceableKind


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where some of a traceable is: a place of ours, or with a party; both blank: not told."""

    place: str = ""
    party: str = ""

    def __str__(self) -> str:
        return self.party or self.place or UNTOLD


UNTOLD = "?"
"""How people write the spot that nobody told."""

Stock = Mapping[Spot, Decimal | None]
FactOrder = tuple[int, int, int]
Certificate = Mapping[str, tuple[str, str]]
"""For each characteristic the value that was told first and its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A traceable's present state.

    `stock` holds what is where (None: some, amount unknown; absent: nothing; an empty vessel keeps
    its spot with a zero). `born` and `last` are (start, end, position) of the fact that brought it
    into being and of the latest fact by floor time. `inside` names the container or assembly for
    people; it is no part of the state.
    """

    id: str
    key: int
    kind: TraceableKind
    item: str
    number: str
    unit: Unit
    supplier: str = ""
    quality: Quality = Quality.RELEASED
    holds: tuple[str, ...] = ()
    stock: Stock = field(default_factory=dict)
    container: str = ""
    assembly: str = ""
    expires: int | None = None
    exit: str = ""
    certificate: Certificate = field(default_factory=dict)
    born: FactOrder | None = None
    last: FactOrder = (0, 0, -1)
    inside: str = field(default="", compare=False)

    @property
    def held(self) -> bool:
        """Tell whether any hold stands."""
        return bool(self.holds)

    @property
    def quantity(self) -> Quantity:
        """Give all there is of it anywhere; unknown as soon as one part is."""
        total = Decimal(0)
        for value in self.stock.values():
            if value is None:
                return Quantity(None, self.unit)
            total = plus(total, value)
        return Quantity(total, self.unit)

    @property
    def empty(self) -> bool:
        """Tell whether nothing is left of it."""
        return not any(value is None or value != 0 for value in self.stock.values())

    @property
    def spots(self) -> list[Spot]:
        """Give where it is, places of ours first."""
        return sorted(self.stock, key=lambda spot: (spot.party, spot.place))

    @property
    def own_spots(self) -> list[Spot]:
        """Give the places of ours where it is."""
        return [spot for spot in self.spots if not spot.party]

    def at(self, spot: Spot) -> Quantity:
        """Give how much of it is at a spot."""
        return Quantity(self.stock.get(spot, Decimal(0)), self.unit)

    @property
    def disposition(self) -> str:
        """Give the one word for its status (CBV; GLOSSARY): void if a correction took its origin
        away.
        """
        if self.born is None:
            return "void"
        if self.holds:
            return "held"
        if self.empty:
            return self.exit or self.quality.value
        if all(spot.party for spot, value in self.stock.items() if value != 0):
            return "shipped"
        return self.quality.value
