"""Who, with what, by which method, where and under which conditions: 5M1E on every fact (R17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.lots.floor import code_of, do, part, receive, received
from yuanliu.genealogy.models import FOREVER, Circumstance, Happening
from yuanliu.ledger.facts import Context, Reading

pytestmark = pytest.mark.usefixtures("plant")

SHIFT = Context(
    people=("LI",),
    team="A",
    equipment=("MIXER",),
    tools=("WHISK-3",),
    gauges=("SCALE",),
    documents=("SOP-1@2",),
    station="LINE",
    step="mixing",
    orders=("WO-7",),
    parameters={"speed": Reading(value="120.50", unit="RPM", gauge="SCALE")},
    environment={"temperature": Reading(value="21.4", unit="CEL")},
    note="after cleaning",
)
TOLD = [
    ("person", "LI", "", ""),
    ("equipment", "MIXER", "", ""),
    ("tool", "WHISK-3", "", ""),
    ("gauge", "SCALE", "", ""),
    ("document", "SOP-1@2", "", ""),
    ("order", "WO-7", "", ""),
    ("team", "A", "", ""),
    ("station", "LINE", "", ""),
    ("step", "mixing", "", ""),
    ("parameter", "speed", "120.50", "RPM"),
    ("gauge", "SCALE", "speed", ""),
    ("environment", "temperature", "21.4", "CEL"),
]


def rows(position: int) -> list[tuple[str, ...]]:
    """Give what bore on a fact as (role, code, value, unit)."""
    found = Circumstance.objects.filter(fact=position).order_by("line")
    return list(found.values_list("role", "code", "value", "unit"))


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("move", {"lots": [part("FLOUR/L1")], "place": "COLD"}),
        ("split_lot", {"lot": "FLOUR/L1", "children": [{"number": "A", "quantity": "1 kg"}]}),
        ("produce", {"inputs": [part("FLOUR/L1", "1 kg")], "scrap": [{"quantity": "1 kg"}]}),
        ("pack", {"container": "CASE", "children": ["FLOUR/L1"]}),
        ("adjust", {"lot": "FLOUR/L1", "counted": "3 kg", "reason": "count"}),
        ("take_sample", {"lot": "FLOUR/L1", "quantity": "1 kg"}),
        ("hold", {"lots": ["FLOUR/L1"], "reason": "metal"}),
        ("record_parameters", {"lots": ["FLOUR/L1"]}),
        ("record_readings", {}),
        ("register_alias", {"lot": "FLOUR/L1", "text": "X"}),
        ("define_vessel", {"number": "T", "unit": "L"}),
    ],
)
def test_the_circumstances_of_every_kind_of_fact_can_be_asked_for(
    action: str, arguments: dict[str, Any]
) -> None:
    receive("L1")
    position = do(action, 2, context=SHIFT, **arguments)
    assert rows(position) == TOLD
    asked = Circumstance.objects.filter(role="equipment", code="MIXER")
    assert list(asked.values_list("fact", flat=True)) == [position]


def test_supplier_delivery_and_origin_bear_on_a_receipt() -> None:
    position = do("receive", 1, **received("L1"), delivery="D-7", origin="Anhui")
    assert rows(position) == [
        ("supplier", "ACME", "", ""),
        ("delivery", "D-7", "", ""),
        ("origin", "Anhui", "", ""),
    ]


def test_the_customer_bears_on_shipment_and_return() -> None:
    receive("L1")
    shipped = do("ship", 2, lots=[part("FLOUR/L1")], party="SHOP")
    returned = do("receive_return", 3, lot="FLOUR/L1", party="SHOP", place="WH")
    assert rows(shipped) == rows(returned) == [("party", "SHOP", "", "")]


def test_the_gauge_of_a_result_bears_on_its_inspection() -> None:
    receive("L1")
    results = [{"characteristic": "ash", "value": "0.45", "gauge": "SCALE"}]
    position = do("inspect", 2, lot="FLOUR/L1", results=results)
    assert rows(position) == [("gauge", "SCALE", "ash", "")]


@pytest.mark.parametrize(
    "change",
    [
        {"people": ("NOBODY",)},
        {"equipment": ("NOTHING",)},
        {"gauges": ("NOTHING",)},
        {"documents": ("SOP-1@9",)},
        {"station": "NOWHERE"},
        {"parameters": {"speed": Reading(value="1", gauge="NOTHING")}},
        {"environment": {"heat": Reading(value="1", gauge="NOTHING")}},
    ],
    ids=str,
)
def test_circumstances_name_only_what_is_defined(change: dict[str, Any]) -> None:
    receive("L1")
    context = replace(SHIFT, **change)
    arguments = {"lots": [part("FLOUR/L1")], "place": "COLD", "context": context}
    assert code_of("move", 2, **arguments) == "unknown_code"


def test_circumstances_of_a_fact_that_does_not_count_any_more_are_told_apart() -> None:
    receive("L1")
    wrong = do("move", 2, context=SHIFT, lots=[part("FLOUR/L1")], place="COLD")
    do("correct", 3, position=wrong, reason="typo")
    counting = Happening.objects.filter(known_to=FOREVER).values("fact")
    asked = Circumstance.objects.filter(role="equipment", code="MIXER")
    assert asked.filter(fact=wrong).exists()
    assert not asked.filter(fact__in=counting).exists()
