"""Defining items, parties, places, machines, gauges, people and documents."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.lots.floor import code_of, do, kinds, refused
from yuanliu.base.refusal import Refusal
from yuanliu.base.units import unit_of
from yuanliu.masterdata import models, rules
from yuanliu.masterdata.events import ItemDefined
from yuanliu.masterdata.projector import ItemFacts

ITEM: dict[str, Any] = {"code": "SALT", "unit": "kg"}
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "item": (models.Item, ITEM),
    "party": (models.Party, {"code": "ACME", "roles": ["supplier", "own"], "region": "华东"}),
    "place": (models.Place, {"code": "WH", "place_kind": "warehouse"}),
    "equipment": (models.Equipment, {"code": "MIXER", "name_zh": "和面机"}),
    "gauge": (models.Gauge, {"code": "SCALE", "calibration_due": "2027-01-31"}),
    "person": (models.Person, {"code": "LI", "name_zh": "李雷"}),
    "document": (
        models.Document,
        {"code": "SOP-1@2", "in_force_from": "2026-01-01", "in_force_until": "2026-01-01"},
    ),
}


def define(kind: str, when: float = 1, /, **told: Any) -> int:
    """Define something."""
    return do(f"define_{kind}", when, **{kind: told})


def refusal_of(kind: str, **told: Any) -> str:
    """Define something that is refused, with nothing changed."""
    return code_of(f"define_{kind}", **{kind: told})


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_a_definition_is_a_fact_and_the_last_one_stands(kind: str) -> None:
    model, told = KINDS[kind]
    first = define(kind, **told)
    assert kinds(first) == [f"{kind}_defined"]
    second = define(kind, 2, **{**told, "name_en": "New name"})
    row = model.objects.get()
    assert (row.code, row.name_en, row.position, str(row)) == (
        told["code"],
        "New name",
        second,
        told["code"],
    )


@pytest.mark.django_db
def test_lists_and_maps_are_kept_as_json() -> None:
    define("party", code="ACME", roles=["supplier", "own"])
    define("item", code="MILK", unit="L", per_piece={"volume": "1", "mass": "1.03"})
    assert models.Party.objects.get().roles == '["supplier","own"]'
    assert models.Item.objects.get().per_piece == '{"mass":"1.03","volume":"1"}'


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", ["", " X", "X ", "A/B", "A\nB", "X" * 121])
def test_a_code_that_cannot_be_typed_again_is_refused(kind: str, code: str) -> None:
    assert refusal_of(kind, **{**KINDS[kind][1], "code": code}) == "malformed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("item", {"unit": "buckets"}, "unknown_unit"),
        ("item", {"unit": "CEL"}, "malformed"),
        ("item", {"tracking": "pallet"}, "malformed"),
        ("item", {"tracking": "unit"}, "malformed"),
        ("item", {"tracking": "unit", "unit": "doz"}, "malformed"),
        ("item", {"shelf_life_days": 0}, "malformed"),
        ("item", {"shelf_life_days": -3}, "malformed"),
        ("item", {"shelf_life_days": 36_526}, "malformed"),
        ("item", {"weight": "0"}, "malformed"),
        ("item", {"weight": "heavy"}, "malformed"),
        ("item", {"per_piece": {"mass": "-1"}}, "malformed"),
        ("item", {"per_piece": {"colour": "1"}}, "malformed"),
        ("item", {"per_piece": {"count": "12"}}, "malformed"),
        ("item", {"unit": "件", "weight": "2", "per_piece": {"mass": "2.5"}}, "malformed"),
        ("item", {"colour": "white"}, "malformed"),
        ("party", {"roles": ["friend"]}, "malformed"),
        ("place", {"parent": "NOWHERE"}, "unknown_code"),
        ("place", {"code": "?"}, "malformed"),
        ("equipment", {"place": "NOWHERE"}, "unknown_code"),
        ("gauge", {"calibration_due": "31.1.2027"}, "malformed"),
        ("document", {"in_force_from": "soon"}, "malformed"),
        ("document", {"in_force_until": "2025-12-31"}, "malformed"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(
    kind: str, change: dict[str, Any], code: str
) -> None:
    assert refusal_of(kind, **{**KINDS[kind][1], **change}) == code


@pytest.mark.django_db
def test_an_items_unit_is_fixed_but_it_may_be_told_by_another_name() -> None:
    define("item", **ITEM)
    refusal = refused("define_item", 2, item={**ITEM, "unit": "g"})
    assert (refusal.code, refusal.facts) == ("item_unit_fixed", {"item": "SALT", "unit": "kg"})
    define("item", 2, **{**ITEM, "unit": "千克", "shelf_life_days": 36_525})
    assert models.Item.objects.get().shelf_life_days == 36_525


@pytest.mark.django_db
def test_a_place_does_not_lie_inside_itself() -> None:
    define("place", code="SITE")
    define("place", code="HALL", parent="SITE")
    define("place", code="BIN", parent="HALL")
    assert refusal_of("place", code="SITE", parent="BIN") == "malformed"
    assert refusal_of("place", code="BIN", parent="BIN") == "malformed"
    define("place", 2, code="BIN", parent="SITE")


def item_facts(**told: Any) -> ItemFacts:
    """Describe an item for the rules of lots."""
    state = {
        "code": "X",
        "unit": unit_of("件"),
        "tracking": "lot",
        "shelf_life_days": None,
        "weight": None,
        "per_piece": {},
    }
    return ItemFacts(**{**state, **told})


@pytest.mark.parametrize(
    ("told", "conversions", "weight"),
    [
        ({}, {}, None),
        ({"weight": Fraction(1, 2)}, {"mass": Fraction(1, 2)}, Fraction(1, 2)),
        ({"unit": unit_of("doz"), "weight": Fraction(6)}, {"mass": Fraction(1, 2)}, Fraction(1, 2)),
        ({"per_piece": {"mass": Fraction(3)}}, {"mass": Fraction(3)}, Fraction(3)),
        ({"unit": unit_of("g")}, {}, Fraction(1)),
        ({"unit": unit_of("L"), "weight": Fraction(9, 10)}, {}, Fraction(9, 10)),
        ({"unit": unit_of("mL"), "weight": Fraction(9, 10_000)}, {}, Fraction(9, 10)),
    ],
    ids=str,
)
def test_what_a_piece_or_a_base_unit_weighs(
    told: dict[str, Any], conversions: dict[str, Fraction], weight: Fraction | None
) -> None:
    facts = item_facts(**told)
    assert (dict(facts.conversions), facts.kilograms_per_base_unit()) == (conversions, weight)


def test_the_rules_need_no_database() -> None:
    rules.define(ItemDefined(code="SALT", unit="KGM"))
    with pytest.raises(Refusal) as caught:
        rules.redefine_item(unit_before="GRM", definition=ItemDefined(code="SALT", unit="KGM"))
    assert caught.value.code == "item_unit_fixed"
