"""Tanks, silos and hoppers: filling, drawing, heels and units (B10)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lots.floor import (
    code_of,
    do,
    exceptions,
    flows,
    kinds,
    lot,
    new,
    part,
    receive,
    refused,
    status,
    stock,
    tell,
)

pytestmark = pytest.mark.usefixtures("plant")


@pytest.fixture
def tank(plant: None) -> None:
    """Stand a milk tank on the line, with two lots of milk beside it."""
    do("define_vessel", 0.5, number="TANK", unit="L", place="LINE")
    receive("M1", "100 L", item="MILK")
    receive("M2", "60 L", item="MILK")


def milk(number: str, quantity: str, **more: Any) -> dict[str, Any]:
    """Describe milk that is drawn."""
    return new("MILK", number, quantity, place="COLD", **more)


def test_a_vessel_comes_into_use_empty_at_its_place() -> None:
    position = do("define_vessel", 1, number="TANK", unit="L", place="LINE")
    assert kinds(position) == ["vessel_defined"]
    row = lot("TANK")
    assert (row.kind, row.unit, row.content, row.place) == ("vessel", "LTR", "0", "LINE")
    assert (stock("TANK"), flows(position)) == ({"LINE": "0"}, [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "TANK"}, "lot_number_taken"),
        ({"number": ""}, "malformed"),
        ({"unit": "CEL"}, "malformed"),
        ({"unit": "buckets"}, "unknown_unit"),
        ({"place": "NOSUCH"}, "unknown_code"),
    ],
)
def test_a_vessel_that_cannot_be_is_refused(change: dict[str, str], code: str) -> None:
    do("define_vessel", 1, number="TANK", unit="L", place="LINE")
    arguments = {"number": "T2", "unit": "L", "place": "LINE", **change}
    assert code_of("define_vessel", 2, **arguments) == code


@pytest.mark.usefixtures("tank")
def test_what_is_filled_in_is_used_up_and_lies_where_the_vessel_stands() -> None:
    position = do("fill", 2, vessel="TANK", inputs=[part("MILK/M1"), part("MILK/M2", "20 L")])
    assert kinds(position) == ["filled"]
    assert flows(position) == ["- 100 L MILK/M1", "- 20 L MILK/M2", "+ 120 L TANK"]
    assert (stock("TANK"), stock("MILK/M2")) == ({"LINE": "120"}, {"WH": "40"})
    assert status("MILK/M1") == "consumed"


@pytest.mark.usefixtures("tank")
def test_a_topped_up_vessel_keeps_its_heel() -> None:
    do("fill", 2, vessel="TANK", inputs=[part("MILK/M1")])
    do("draw", 3, vessel="TANK", outputs=[milk("D1", "90 L")])
    assert stock("TANK") == {"LINE": "10"}
    do("fill", 4, vessel="TANK", inputs=[part("MILK/M2")])
    assert stock("TANK") == {"LINE": "70"}


@pytest.mark.usefixtures("tank")
def test_an_emptied_vessel_still_stands_where_it_stood() -> None:
    do("fill", 2, vessel="TANK", inputs=[part("MILK/M1")])
    position = do("draw", 3, vessel="TANK", outputs=[milk("D1", "60 L"), milk("D2", "40 L")])
    assert flows(position) == ["- 100 L TANK", "+ 60 L MILK/D1", "+ 40 L MILK/D2"]
    assert (stock("TANK"), stock("MILK/D1")) == ({"LINE": "0"}, {"COLD": "60"})
    do("fill", 4, vessel="TANK", inputs=[part("MILK/M2")])
    assert stock("TANK") == {"LINE": "60"}


@pytest.mark.usefixtures("tank")
def test_a_vessel_moves_full_or_empty() -> None:
    do("move", 2, lots=[part("TANK")], place="COLD")
    assert stock("TANK") == {"COLD": "0"}
    do("fill", 3, vessel="TANK", inputs=[part("MILK/M1")])
    do("move", 4, lots=[part("TANK")], place="WH")
    assert stock("TANK") == {"WH": "100"}


@pytest.mark.usefixtures("tank")
def test_kilograms_go_into_a_tank_kept_in_litres_by_the_items_density() -> None:
    receive("M3", "100 L", item="MILK")
    do("define_vessel", 1, number="SCALE-TANK", unit="kg", place="LINE")
    position = do("fill", 2, vessel="SCALE-TANK", inputs=[part("MILK/M3", "10 L")])
    assert flows(position) == ["- 10 L MILK/M3", "+ 10.3 kg SCALE-TANK"]
    position = do("draw", 3, vessel="SCALE-TANK", outputs=[milk("D1", "1 L")])
    assert flows(position) == ["- 1.03 kg SCALE-TANK", "+ 1 L MILK/D1"]


@pytest.mark.usefixtures("tank")
def test_what_cannot_be_converted_is_told_in_the_vessels_unit() -> None:
    receive("L1")
    inputs = [part("FLOUR/L1", "10 kg")]
    assert code_of("fill", 2, vessel="TANK", inputs=inputs) == "units_differ"
    position = do("fill", 2, vessel="TANK", inputs=inputs, quantity="17 L")
    assert flows(position) == ["- 10 kg FLOUR/L1", "+ 17 L TANK"]
    outputs = [new("FLOUR", "F9", "5 kg")]
    assert code_of("draw", 3, vessel="TANK", outputs=outputs) == "units_differ"
    position = do("draw", 3, vessel="TANK", outputs=outputs, quantity="8 L")
    assert (flows(position)[0], stock("TANK")) == ("- 8 L TANK", {"LINE": "9"})


@pytest.mark.usefixtures("tank")
def test_an_unknown_filling_makes_an_unknown_content_and_all_of_it_can_be_drawn() -> None:
    do("fill", 2, vessel="TANK", inputs=[part("MILK/M1", "? L")])
    assert stock("TANK") == {"LINE": None}
    do("draw", 3, vessel="TANK", outputs=[milk("D1", "? L")])
    assert stock("TANK") == {"LINE": None}
    assert stock("MILK/D1") == {"COLD": None}


@pytest.mark.usefixtures("tank")
def test_a_process_may_draw_straight_from_a_vessel() -> None:
    do("fill", 2, vessel="TANK", inputs=[part("MILK/M1")])
    inputs = [part("TANK", "30 L")]
    position = do("produce", 3, inputs=inputs, outputs=[new("BREAD", "B1", "60 件")])
    assert flows(position) == ["- 30 L TANK", "+ 60 pc BREAD/B1"]
    assert stock("TANK") == {"LINE": "70"}


@pytest.mark.usefixtures("tank")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"inputs": []}, "nothing_given"),
        ({"inputs": [part("MILK/M1", "101 L")]}, "not_enough"),
        ({"inputs": [part("MILK/M1", "0 L")]}, "quantity_not_positive"),
        ({"inputs": [part("MILK/M1"), part("MILK/M1")]}, "named_twice"),
        ({"quantity": "0 L"}, "quantity_not_positive"),
        ({"quantity": "5 kg"}, "units_differ"),
        ({"vessel": "MILK/M2"}, "wrong_kind"),
        ({"vessel": "NOSUCH"}, "unknown_lot"),
    ],
)
def test_a_filling_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    arguments = {"vessel": "TANK", "inputs": [part("MILK/M1", "10 L")], **change}
    assert code_of("fill", 2, **arguments) == code


@pytest.mark.usefixtures("tank")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"outputs": []}, "nothing_given"),
        ({"outputs": [milk("D1", "101 L")]}, "not_enough"),
        ({"outputs": [milk("D1", "0 L")]}, "quantity_not_positive"),
        ({"quantity": "0 L"}, "quantity_not_positive"),
        ({"vessel": "MILK/M2"}, "wrong_kind"),
    ],
)
def test_a_drawing_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    do("fill", 2, vessel="TANK", inputs=[part("MILK/M1")])
    arguments = {"vessel": "TANK", "outputs": [milk("D1", "10 L")], **change}
    assert code_of("draw", 3, **arguments) == code


@pytest.mark.usefixtures("tank")
def test_a_held_vessel_is_not_drawn_from_and_a_held_lot_is_not_filled_in() -> None:
    do("fill", 2, vessel="TANK", inputs=[part("MILK/M1")])
    do("hold", 3, lots=["TANK", "MILK/M2"], reason="sour")
    assert code_of("draw", 4, vessel="TANK", outputs=[milk("D1", "10 L")]) == "lot_held"
    refusal = refused("fill", 4, vessel="TANK", inputs=[part("MILK/M2")])
    assert (refusal.code, refusal.facts["lot"]) == ("lot_held", "MILK/M2")


@pytest.mark.usefixtures("tank")
def test_more_was_drawn_than_was_in_it() -> None:
    do("fill", 2, vessel="TANK", inputs=[part("MILK/M1", "10 L")])
    position = tell("draw", 3, vessel="TANK", outputs=[milk("D1", "12 L")])
    assert exceptions(position) == ["not_enough"]
    assert stock("TANK") == {"LINE": "-2"}


@pytest.mark.usefixtures("tank")
def test_filling_what_is_not_there_is_recorded_with_an_unknown_amount() -> None:
    do("scrap", 2, lots=[part("MILK/M1")], reason="sour")
    position = tell("fill", 3, vessel="TANK", inputs=[part("MILK/M1")])
    assert exceptions(position) == ["not_enough"]
    assert flows(position) == ["- ? L MILK/M1", "+ ? L TANK"]
    assert stock("TANK") == {"LINE": None}
