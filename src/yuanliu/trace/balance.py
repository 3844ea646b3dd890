"""The mass balance of a traceable, in exact decimals (B4, R45).

received or produced = consumed + in stock + shipped + scrapped + sampled + unexplained
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yuanliu.base.quantity import plain
from yuanliu.genealogy.flows import KIND_CODES
from yuanliu.lots.state import Spot, Stock

ENTERED, CONSUMED, SCRAPPED, SAMPLED = "entered", "consumed", "scrapped", "sampled"
IN_STOCK, SHIPPED, UNEXPLAINED = "in_stock", "shipped", "unexplained"

_LEAVING = {
    KIND_CODES["scrapped"]: SCRAPPED,
    KIND_CODES["sampled"]: SAMPLED,
    KIND_CODES["adjusted"]: UNEXPLAINED,
}
_ADJUSTED = KIND_CODES["adjusted"]


@dataclass(frozen=True, slots=True)
class SeedFlow:
    """One flow of the traceable that is balanced: exact quantity (None: unknown), which way, of
    which kind.
    """

    fact: int
    into_fact: bool
    kind: int
    quantity: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What became of a traceable.

    None is unknown; `unexplained` is what the other members leave over.
    """

    unit: str
    entered: Decimal | None
    consumed: Decimal | None
    in_stock: Decimal | None
    shipped: Decimal | None
    scrapped: Decimal | None
    sampled: Decimal | None
    unexplained: Decimal | None

    @property
    def closed(self) -> bool:
        """Tell whether everything is known and nothing is unexplained."""
        return self.unexplained == 0

    def as_json(self) -> dict[str, Any]:
        """Write the balance with exact decimals as text, null where unknown."""
        members = (ENTERED, CONSUMED, IN_STOCK, SHIPPED, SCRAPPED, SAMPLED, UNEXPLAINED)
        values: dict[str, Any] = {
            name: None if getattr(self, name) is None else plain(getattr(self, name))
            for name in members
        }
        return {"unit": self.unit, **values, "closed": self.closed}


def balance(flows: Iterable[SeedFlow], stock: Stock, *, unit: str) -> Balance:
    """Balance a traceable from its flows and from what is left of it where.

    A count that found less or more is unexplained, and so is stock below nothing: more was used
    than ever was there. What leaves a lot and comes back to it in the same fact is no flow.
    """
    sums: dict[str, Decimal | None] = dict.fromkeys(
        (ENTERED, CONSUMED, SCRAPPED, SAMPLED), Decimal(0)
    )
    for flow in _without_own_returns(flows):
        if flow.kind == _ADJUSTED:
            continue
        name = _LEAVING.get(flow.kind, CONSUMED) if flow.into_fact else ENTERED
        sums[name] = _plus(sums[name], flow.quantity)
    own = _total(stock, lambda spot: not spot.party)
    shipped = _total(stock, lambda spot: bool(spot.party))
    in_stock = own if own is None else max(own, Decimal(0))
    unexplained = sums[ENTERED]
    for part in (sums[CONSUMED], sums[SCRAPPED], sums[SAMPLED], in_stock, shipped):
        unexplained = None if unexplained is None or part is None else unexplained - part
    return Balance(
        unit=unit,
        entered=sums[ENTERED],
        consumed=sums[CONSUMED],
        in_stock=in_stock,
        shipped=shipped,
        scrapped=sums[SCRAPPED],
        sampled=sums[SAMPLED],
        unexplained=unexplained,
    )


def added(balances: Sequence[Balance]) -> Balance | None:
    """Add up balances that share a unit; None if they do not."""
    if len({one.unit for one in balances}) != 1:
        return None
    members = (ENTERED, CONSUMED, IN_STOCK, SHIPPED, SCRAPPED, SAMPLED, UNEXPLAINED)
    sums: dict[str, Decimal | None] = dict.fromkeys(members, Decimal(0))
    for one in balances:
        for name in members:
            sums[name] = _plus(sums[name], getattr(one, name))
    return Balance(unit=balances[0].unit, **sums)


def _without_own_returns(flows: Iterable[SeedFlow]) -> list[SeedFlow]:
    """Leave out pairs by which a fact takes from the lot and gives the same back to it."""
    kept: list[SeedFlow] = []
    entering: dict[tuple[int, Decimal | None], list[int]] = {}
    listed = list(flows)
    for at, flow in enumerate(listed):
        if not flow.into_fact:
            entering.setdefault((flow.fact, flow.quantity), []).append(at)
    dropped: set[int] = set()
    for at, flow in enumerate(listed):
        twins = entering.get((flow.fact, flow.quantity)) if flow.into_fact else None
        if twins:
            dropped.update((at, twins.pop()))
    kept.extend(flow for at, flow in enumerate(listed) if at not in dropped)
    return kept


def _plus(total: Decimal | None, more: Decimal | None) -> Decimal | None:
    return None if total is None or more is None else total + more


def _total(stock: Mapping[Spot, Decimal | None], counts: Any) -> Decimal | None:
    total: Decimal | None = Decimal(0)
    for spot, value in stock.items():
        if counts(spot):
            total = _plus(total, value)
    return total
