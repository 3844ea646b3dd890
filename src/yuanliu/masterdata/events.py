"""Facts about what the factory is made of.

A later definition of the same code replaces the earlier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from yuanliu.ledger.kinds import fact


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDefined:
    """An item: unit of measure, shelf life, standard weight and own conversions.

    `unit` is a Rec 20 code; `weight` is kilograms for one `unit`, as text; `per_piece` maps a
    dimension to base units of it in one piece, as text (R13); `tracking` is `lot` or `unit`.
    """

    KIND: ClassVar[str] = "item_defined"
    VERSION: ClassVar[int] = 1
    code: str
    unit: str
    name_en: str = ""
    name_zh: str = ""
    tracking: str = "lot"
    shelf_life_days: int | None = None
    weight: str | None = None
    per_piece: Mapping[str, str] = field(default_factory=dict)
    gtin: str = ""
    category: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PartyDefined:
    """A party: supplier, customer, dealer or own company; `roles` says which."""

    KIND: ClassVar[str] = "party_defined"
    VERSION: ClassVar[int] = 1
    code: str
    name_en: str = ""
    name_zh: str = ""
    roles: tuple[str, ...] = ()
    region: str = ""
    gln: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDefined:
    """A place: site, warehouse, bin, line or station; `parent` is the place it lies in."""

    KIND: ClassVar[str] = "place_defined"
    VERSION: ClassVar[int] = 1
    code: str
    name_en: str = ""
    name_zh: str = ""
    place_kind: str = "warehouse"
    parent: str = ""
    gln: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentDefined:
    """A machine or tool."""

    KIND: ClassVar[str] = "equipment_defined"
    VERSION: ClassVar[int] = 1
    code: str
    name_en: str = ""
    name_zh: str = ""
    place: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeDefined:
    """A measuring device; `calibration_due` is an ISO day."""

    KIND: ClassVar[str] = "gauge_defined"
    VERSION: ClassVar[int] = 1
    code: str
    name_en: str = ""
    name_zh: str = ""
    calibration_due: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDefined:
    """A person who works here; one identity for ever."""

    KIND: ClassVar[str] = "person_defined"
    VERSION: ClassVar[int] = 1
    code: str
    name_en: str = ""
    name_zh: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDefined:
    """A version of an instruction: the code is `DOCUMENT@VERSION`, as `SOP-12@3`."""

    KIND: ClassVar[str] = "document_defined"
    VERSION: ClassVar[int] = 1
    code: str
    name_en: str = ""
    name_zh: str = ""
    in_force_from: str = ""
    in_force_until: str = ""
