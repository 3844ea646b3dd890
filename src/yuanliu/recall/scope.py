"""What a recall must reach (R45, B2, B4): pure, over a trace's answer and what is where now.

The three sets are nested: what is certain is also likely, what is likely is also possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from yuanliu.base.quantity import plain
from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop

Json = dict[str, Any]
SETS = {"certain": 3, "likely": 2, "possible": 1}
GRADE_RANKS = {"scanned": 3, "declared": 2, "inferred": 1}
INTO_SHOWN = 20


class TraceTruncated(Refusal):
    """Say that a recall cannot rest on a trace that stopped at a limit."""

    code = "trace_truncated"
    sentence = gettext_noop(
        "The trace stopped at its limit after %(count)s lots; a recall needs all of them. Ask again"
        " without a limit."
    )


def scope(answer: Json, *, balances: Mapping[str, Sequence[Json]]) -> Json:
    """Find a recall's scope from a forward trace. Raises TraceTruncated.

    `balances` tells for each traceable's id what is at which place or party (`value` exact text,
    None unknown).
    """
    if answer["truncated"]:
        raise TraceTruncated(count=answer["counts"]["traceables"])
    into = _went_into(answer)
    entries = [_entry(lot, balances.get(lot["id"], ()), into) for lot in answer["traceables"]]
    return {
        "seeds": answer["seeds"],
        "as_of": answer["as_of"],
        "complete": answer["complete"],
        "open_ends": answer["open_ends"],
        **{
            name: [entry for entry in entries if GRADE_RANKS[entry["grade"]] >= rank]
            for name, rank in SETS.items()
        },
        "by_location": _by(entries, "places", "location"),
        "by_customer": _by(entries, "parties", "party"),
        "totals": _totals(entries),
        "balance": answer["balance"],
        "hold": [_held(entry) for entry in entries if _must_be_held(entry)],
    }


def _went_into(answer: Json) -> dict[str, list[str]]:
    """Tell for each traceable which reached ones it went into."""
    names = {lot["id"]: _name(lot) for lot in answer["traceables"]}
    into: dict[str, dict[str, None]] = {}
    for fact in answer["facts"]:
        made = [names[out] for out in fact["outputs"] if out in names]
        for source in fact["inputs"]:
            if source in names:
                into.setdefault(source, {}).update(dict.fromkeys(made))
    return {source: list(made) for source, made in into.items()}


def _entry(lot: Json, spots: Sequence[Json], into: Mapping[str, list[str]]) -> Json:
    consumed_into = into.get(lot["id"], [])
    where = {
        "places": [
            {"location": spot["place"], "value": spot["value"]}
            for spot in spots
            if not spot["party"]
        ],
        "parties": [
            {"party": spot["party"], "value": spot["value"]} for spot in spots if spot["party"]
        ],
        "consumed_into": consumed_into[:INTO_SHOWN],
        "consumed_into_count": len(consumed_into),
    }
    return {**lot, "where": where}


def _must_be_held(entry: Json) -> bool:
    """Tell whether something of it is still in our hands and nobody holds it yet."""
    ours = any(
        spot["value"] is None or Decimal(spot["value"]) > 0 for spot in entry["where"]["places"]
    )
    return ours and entry["disposition"] not in ("held", "rejected")


def _held(entry: Json) -> Json:
    return {"id": entry["id"], "item": entry["item"], "number": entry["number"]}


def _by(entries: Iterable[Json], group: str, name: str) -> list[Json]:
    """Sum what is at each place, or with each party, by unit."""
    lots: dict[str, set[str]] = {}
    sums: dict[str, dict[str, _Sum]] = {}
    for entry in entries:
        for spot in entry["where"][group]:
            where = spot[name]
            lots.setdefault(where, set()).add(entry["id"])
            _add(sums.setdefault(where, {}), entry, spot["value"])
    return [
        {
            name: where,
            "lots": len(lots[where]),
            "quantities": [total.as_json() for _unit, total in sorted(sums[where].items())],
        }
        for where in sorted(lots)
    ]


def _totals(entries: Iterable[Json]) -> list[Json]:
    """Sum by item and unit: lots, what was made or received of them, what of it is where, what is
    used up.
    """
    rows: dict[tuple[str, str], _Row] = {}
    for entry in entries:
        quantity = entry["quantity"]
        key = (entry["item"], quantity["unit"])
        row = rows.setdefault(key, _Row(entry["item"], quantity["unit"], quantity["symbol"]))
        row.lots += 1
        row.affected.add(entry["entered"]["value"])
        for spot in entry["where"]["places"]:
            row.in_stock.add(spot["value"])
        for spot in entry["where"]["parties"]:
            row.shipped.add(spot["value"])
    return [rows[key].as_json() for key in sorted(rows)]


class _Sum:
    """A sum of exact quantities in one unit; unknown as soon as one part is."""

    def __init__(self, unit: str, symbol: str) -> None:
        self.unit, self.symbol = unit, symbol
        self.value: Decimal | None = Decimal(0)

    def add(self, value: str | None) -> None:
        """Add a quantity written as text, or an unknown one."""
        self.value = None if self.value is None or value is None else self.value + Decimal(value)

    def as_json(self) -> Json:
        """Write the sum as the answers write quantities."""
        value = None if self.value is None else plain(self.value)
        return {"value": value, "unit": self.unit, "symbol": self.symbol}


def _add(sums: dict[str, _Sum], entry: Json, value: str | None) -> None:
    unit = entry["quantity"]["unit"]
    sums.setdefault(unit, _Sum(unit, entry["quantity"]["symbol"])).add(value)


def _name(lot: Json) -> str:
    return f"{lot['item']}/{lot['number']}" if lot["item"] else str(lot["number"])


class _Row:
    """The totals of one item."""

    def __init__(self, item: str, unit: str, symbol: str) -> None:
        self.item = item
        self.lots = 0
        self.affected = _Sum(unit, symbol)
        self.in_stock = _Sum(unit, symbol)
        self.shipped = _Sum(unit, symbol)

    def as_json(self) -> Json:
        """Write the totals; what is neither in stock nor with customers is used up."""
        used_up = _Sum(self.affected.unit, self.affected.symbol)
        parts = (self.affected.value, self.in_stock.value, self.shipped.value)
        affected, in_stock, shipped = parts
        if affected is None or in_stock is None or shipped is None:
            used_up.value = None
        else:
            used_up.value = affected - in_stock - shipped
        return {
            "item": self.item,
            "lots": self.lots,
            "affected": self.affected.as_json(),
            "in_stock": self.in_stock.as_json(),
            "shipped": self.shipped.as_json(),
            "used_up": used_up.as_json(),
        }
