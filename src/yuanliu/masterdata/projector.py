"""Keep the tables of master data: the last definition of each code."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import models as django_models

from yuanliu.base.canonical import canonical, loads
from yuanliu.base.units import Unit, unit_of
from yuanliu.ledger.facts import Fact
from yuanliu.ledger.projections import Bench, Projection
from yuanliu.masterdata import events, models
from yuanliu.masterdata.rules import UnknownCode

NAME = "masterdata"
MODELS: dict[type[Any], type[django_models.Model]] = {
    events.ItemDefined: models.Item,
    events.PartyDefined: models.Party,
    events.PlaceDefined: models.Place,
    events.EquipmentDefined: models.Equipment,
    events.GaugeDefined: models.Gauge,
    events.PersonDefined: models.Person,
    events.DocumentDefined: models.Document,
}
KIND_NAMES = {
    "item": models.Item,
    "party": models.Party,
    "place": models.Place,
    "equipment": models.Equipment,
    "gauge": models.Gauge,
    "person": models.Person,
    "document": models.Document,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What the rules of lots need to know of an item."""

    code: str
    unit: Unit
    tracking: str
    shelf_life_days: int | None
    weight: Fraction | None
    per_piece: Mapping[str, Fraction]

    @property
    def conversions(self) -> Mapping[str, Fraction]:
        """Give base units of each dimension in one piece, the standard weight included."""
        if self.weight is None or self.unit.dimension != "count" or self.unit.factor is None:
            return self.per_piece
        return {"mass": self.weight / self.unit.factor, **self.per_piece}

    def kilograms_per_base_unit(self) -> Fraction | None:
        """Give the weight of one base unit of the item's own dimension, if it is known."""
        if self.unit.dimension == "mass":
            return Fraction(1)
        if self.weight is not None and self.unit.factor is not None:
            return self.weight / self.unit.factor
        return self.per_piece.get("mass") if self.unit.dimension == "count" else None


class MasterSession:
    """Master data at work in one transaction."""

    def __init__(self, bench: Bench) -> None:
        self._sheets = {model: bench.sheet(model, "code") for model in MODELS.values()}
        self._items: dict[tuple[Any, ...], ItemFacts] = {}

    def preload(self, facts: Sequence[Fact]) -> None:
        """Read the codes that definitions will replace."""
        for model, sheet in self._sheets.items():
            sheet.preload(f.data.code for f in facts if MODELS.get(type(f.data)) is model)

    def preload_codes(self, kind: str, codes: Sequence[str]) -> None:
        """Read master data that a batch of calls refers to."""
        self._sheets[KIND_NAMES[kind]].preload(codes)

    def apply(self, fact: Fact) -> None:
        """Write the definition as its code's row."""
        model = MODELS.get(type(fact.data))
        if model is None:
            return
        sheet = self._sheets[model]
        values = {f.name: getattr(fact.data, f.name) for f in dataclasses.fields(fact.data)}
        values["position"] = fact.position
        sheet.put(tuple(_column(values[name]) for name in sheet.table.columns))

    def settle(self) -> None:
        """Do nothing more: rows are written as they come."""

    def knows(self, kind: str, code: str) -> bool:
        """Tell whether a code is defined."""
        return self._sheets[KIND_NAMES[kind]].get(code, code) is not None

    def require(self, kind: str, code: str) -> None:
        """Raise UnknownCode unless the code is defined."""
        if not self.knows(kind, code):
            raise UnknownCode(kind=kind, code=code)

    def places_above(self, code: str) -> list[str]:
        """Give a place and those it lies in, from the inside out."""
        sheet = self._sheets[models.Place]
        at = sheet.table.columns.index("parent")
        found: list[str] = []
        while code and code not in found:
            found.append(code)
            row = sheet.get(code, code)
            code = row[at] if row else ""
        return found

    def item(self, code: str) -> ItemFacts:
        """Give an item's facts. Raises UnknownCode."""
        sheet = self._sheets[models.Item]
        row = sheet.get(code, code)
        if row is None:
            raise UnknownCode(kind="item", code=code)
        found = self._items.get(row)
        if found is None:
            found = self._items[row] = _item_facts(sheet.table.columns, row)
        return found


def _column(value: Any) -> Any:
    if isinstance(value, tuple | Mapping):
        return canonical(list(value) if isinstance(value, tuple) else dict(value)).decode()
    return value


def _item_facts(columns: Sequence[str], row: Sequence[Any]) -> ItemFacts:
    named = dict(zip(columns, row, strict=True))
    return ItemFacts(
        code=named["code"],
        unit=unit_of(named["unit"]),
        tracking=named["tracking"],
        shelf_life_days=named["shelf_life_days"],
        weight=None if named["weight"] is None else Fraction(named["weight"]),
        per_piece={name: Fraction(text) for name, text in loads(named["per_piece"]).items()},
    )


class MasterProjection(Projection):
    """The projection as the ledger knows it."""

    name = NAME
    tables = tuple((model, "code") for model in MODELS.values())

    def open(self, bench: Bench) -> MasterSession:
        """Start a session."""
        return MasterSession(bench)


def master(bench: Bench) -> MasterSession:
    """Give the session of master data on this bench."""
    session = bench.sessions[NAME]
    assert isinstance(session, MasterSession)
    return session
