"""Define master data. Every definition is a fact; the last one of a code stands."""

from __future__ import annotations

from yuanliu.ledger.desk import Desk, action
from yuanliu.masterdata import rules
from yuanliu.masterdata.events import (
    DocumentDefined,
    EquipmentDefined,
    GaugeDefined,
    ItemDefined,
    PartyDefined,
    PersonDefined,
    PlaceDefined,
)
from yuanliu.masterdata.projector import master


@action
def define_item(desk: Desk, *, item: ItemDefined) -> None:
    """Define an item: its unit, names, shelf life, standard weight and conversions (R11)."""
    rules.define(item)
    session = master(desk.work.bench)
    if session.knows("item", item.code):
        known = session.item(item.code)
        rules.redefine_item(unit_before=known.unit.code, definition=item)
    desk.record(item)


@action
def define_party(desk: Desk, *, party: PartyDefined) -> None:
    """Define a supplier, customer, dealer or own company."""
    rules.define(party)
    desk.record(party)


@action
def define_place(desk: Desk, *, place: PlaceDefined) -> None:
    """Define a site, warehouse, bin, line or station."""
    rules.define(place)
    if place.parent:
        session = master(desk.work.bench)
        session.require("place", place.parent)
        rules.check_place_above(place.code, session.places_above(place.parent))
    desk.record(place)


@action
def define_equipment(desk: Desk, *, equipment: EquipmentDefined) -> None:
    """Define a machine or tool."""
    rules.define(equipment)
    if equipment.place:
        master(desk.work.bench).require("place", equipment.place)
    desk.record(equipment)


@action
def define_gauge(desk: Desk, *, gauge: GaugeDefined) -> None:
    """Define a measuring device and when its calibration is due."""
    rules.define(gauge)
    desk.record(gauge)


@action
def define_person(desk: Desk, *, person: PersonDefined) -> None:
    """Define a person who works here."""
    rules.define(person)
    desk.record(person)


@action
def define_document(desk: Desk, *, document: DocumentDefined) -> None:
    """Define a version of an instruction."""
    rules.define(document)
    desk.record(document)
