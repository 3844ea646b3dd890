"""Decide whether a definition of master data can stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from yuanliu.base.quantity import number
from yuanliu.base.refusal import CHOOSE_ONE, Malformed, Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.base.units import COUNT, DIMENSIONS, MASS, Unit, unit_of
from yuanliu.masterdata.events import (
    DocumentDefined,
    GaugeDefined,
    ItemDefined,
    PartyDefined,
    PlaceDefined,
)

CODE_LENGTH_MAX = 120
SHELF_LIFE_DAYS_MAX = 36_525
UNTOLD_PLACE = "?"
"""What people write for a place nobody told: no place may be called so."""
TRACKINGS = ("lot", "unit")
PARTY_ROLES = ("supplier", "customer", "dealer", "own")


class UnknownCode(Refusal):
    """Say that a code is not in the master data."""

    code = "unknown_code"
    sentence = gettext_noop(
        "There is no %(kind)s with the code “%(code)s”. Check the code, or define it first."
    )
    status = 404


class ItemUnitFixed(Refusal):
    """Say that an item's unit cannot change once the item exists."""

    code = "item_unit_fixed"
    sentence = gettext_noop(
        "Item %(item)s is kept in %(unit)s and its lots are recorded in it. Define a new item"
        " instead."
    )


def check_code(code: str) -> None:
    """Check that a code can stand: not blank, no slash (it separates item and lot), no control
    characters.

    Raises Malformed.
    """
    if not code or code != code.strip():
        raise Malformed(
            field="code", value=code, problem=gettext_noop("it is blank or padded with blanks")
        )
    if "/" in code or not code.isprintable() or len(code) > CODE_LENGTH_MAX:
        raise Malformed(
            field="code",
            value=code,
            problem=gettext_noop("use up to %(most)s printable characters without a slash"),
            most=CODE_LENGTH_MAX,
        )


def define(definition: Any) -> None:
    """Check a definition of any kind. Raises Malformed, UnknownUnit."""
    check_code(definition.code)
    if isinstance(definition, ItemDefined):
        _check_item(definition)
    elif isinstance(definition, PlaceDefined):
        if definition.code == UNTOLD_PLACE:
            problem = gettext_noop("it stands for a place nobody told")
            raise Malformed(field="code", value=definition.code, problem=problem)
    elif isinstance(definition, PartyDefined):
        for role in definition.roles:
            _check_choice("roles", role, PARTY_ROLES)
    elif isinstance(definition, GaugeDefined):
        _check_day("calibration_due", definition.calibration_due)
    elif isinstance(definition, DocumentDefined):
        _check_day("in_force_from", definition.in_force_from)
        _check_day("in_force_until", definition.in_force_until)
        if definition.in_force_until and definition.in_force_until < definition.in_force_from:
            raise Malformed(
                field="in_force_until",
                value=definition.in_force_until,
                problem=gettext_noop("it ends before it starts"),
            )


def check_place_above(place: str, above: Sequence[str]) -> None:
    """Check that a place does not lie inside itself; `above` are the places it would lie in.

    Raises Malformed.
    """
    if place in above:
        problem = gettext_noop("it lies inside %(place)s itself")
        raise Malformed(field="parent", value=above[0], problem=problem, place=place)


def redefine_item(*, unit_before: str, definition: ItemDefined) -> None:
    """Check that a new definition keeps the item's unit. Raises ItemUnitFixed."""
    if unit_of(unit_before) != unit_of(definition.unit):
        raise ItemUnitFixed(item=definition.code, unit=unit_of(unit_before).symbol)


def _check_item(item: ItemDefined) -> None:
    unit = unit_of(item.unit)
    if unit.dimension not in DIMENSIONS:
        raise Malformed(
            field="unit", value=item.unit, problem=gettext_noop("material is not measured in it")
        )
    _check_choice("tracking", item.tracking, TRACKINGS)
    if item.tracking == "unit" and (unit.dimension != COUNT or unit.factor != 1):
        raise Malformed(
            field="unit", value=item.unit, problem=gettext_noop("items tracked singly are counted")
        )
    if item.shelf_life_days is not None and not 0 < item.shelf_life_days <= SHELF_LIFE_DAYS_MAX:
        raise Malformed(
            field="shelf_life_days",
            value=item.shelf_life_days,
            problem=gettext_noop("it must lie between 1 and %(most)s"),
            most=SHELF_LIFE_DAYS_MAX,
        )
    for name, text in (("weight", item.weight), *item.per_piece.items()):
        if text is not None and number(text) <= 0:
            raise Malformed(field=name, value=text, problem=gettext_noop("it must be positive"))
    for dimension in item.per_piece:
        _check_choice("per_piece", dimension, tuple(d for d in DIMENSIONS if d != COUNT))
    _check_weights_agree(item, unit)


def _check_weights_agree(item: ItemDefined, unit: Unit) -> None:
    """Check that an item counted in pieces does not weigh one thing here and another there."""
    per_piece = item.per_piece.get(MASS)
    if unit.dimension != COUNT or item.weight is None or per_piece is None:
        return
    if Fraction(number(item.weight)) != Fraction(number(per_piece)) * (unit.factor or 1):
        problem = gettext_noop("it is not the weight of a piece, %(weight)s kg")
        raise Malformed(
            field="per_piece.mass", value=per_piece, problem=problem, weight=item.weight
        )


def _check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise Malformed(field=field, value=value, problem=CHOOSE_ONE, choices=", ".join(choices))


def _check_day(field: str, value: str) -> None:
    if not value:
        return
    try:
        date.fromisoformat(value)
    except ValueError:
        raise Malformed(
            field=field, value=value, problem=gettext_noop("write a day as 2026-11-22")
        ) from None
