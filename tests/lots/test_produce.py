"""What a process records: inputs, products, co-products, by-products and scrap."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lots.floor import (
    between,
    code_of,
    do,
    exceptions,
    flows,
    kinds,
    lot,
    make,
    new,
    part,
    receive,
    refused,
    status,
    stock,
    tell,
)
from yuanliu.lots.models import Traceable

pytestmark = pytest.mark.usefixtures("plant")


def bake(when: float = 2, /, *, told: bool = False, **more: Any) -> int:
    """Bake 40 kg of flour L1 into 70 loaves B1."""
    arguments: dict[str, Any] = {
        "inputs": [part("FLOUR/L1", "40 kg")],
        "outputs": [new("BREAD", "B1", "70 件", place="LINE")],
        **more,
    }
    return do("produce", when, told=told, **arguments)


def test_inputs_lose_what_outputs_gain_and_all_flow() -> None:
    receive("L1")
    position = bake(scrap=[{"quantity": "2 kg", "reason": "dust"}])
    assert kinds(position) == ["produced"]
    assert stock("FLOUR/L1") == {"WH": "60"}
    assert stock("BREAD/B1") == {"LINE": "70"}
    assert flows(position) == ["- 40 kg FLOUR/L1", "+ 70 pc BREAD/B1", "+ 2 kg scrap"]
    assert (status("BREAD/B1"), lot("BREAD/B1").supplier) == ("released", "")


def test_many_inputs_make_many_outputs() -> None:
    receive("L1")
    receive("R1", "50 kg", item="RYE")
    receive("M1", "20 L", item="MILK")
    position = do(
        "produce",
        2,
        inputs=[part("FLOUR/L1", "30 kg"), part("RYE/R1", "5000 g"), part("MILK/M1")],
        outputs=[new("BREAD", "B1", "60 件"), new("CRUMBS", "C1", "1.5 kg")],
    )
    assert flows(position) == [
        "- 30 kg FLOUR/L1",
        "- 5 kg RYE/R1",
        "- 20 L MILK/M1",
        "+ 60 pc BREAD/B1",
        "+ 1500 g CRUMBS/C1",
    ]
    assert status("MILK/M1") == "consumed"
    assert stock("MILK/M1") == {}


def test_a_product_may_have_its_own_expiry_and_status() -> None:
    output = new("BREAD", "B1", "70 件", expires="2026-11-20", quality="quarantine")
    do("produce", 2, outputs=[output])
    assert status("BREAD/B1") == "quarantine"


def test_more_may_be_made_of_a_lot_that_is_known() -> None:
    make("BREAD", "B1", "70 件", 1)
    make("BREAD", "B1", "30 件", 2)
    assert Traceable.objects.count() == 1
    assert stock("BREAD/B1") == {"LINE": "100"}


def test_a_lot_may_be_reworked_into_itself() -> None:
    make("BREAD", "B1", "70 件", 1)
    position = do(
        "produce",
        2,
        inputs=[part("BREAD/B1", "20 件")],
        outputs=[new("BREAD", "B1", "18 件", place="LINE")],
        scrap=[{"quantity": "2 件"}],
    )
    assert flows(position) == ["- 20 pc BREAD/B1", "+ 18 pc BREAD/B1", "+ 2 pc scrap"]
    assert stock("BREAD/B1") == {"LINE": "68"}


def test_a_single_unit_may_be_reworked_into_itself() -> None:
    make("PUMP", "P1", "1 件", 1)
    make("MOTOR", "M1", "1 件", 1)
    inputs = [part("PUMP/P1"), part("MOTOR/M1")]
    do("produce", 2, inputs=inputs, outputs=[new("PUMP", "P1", "1 件", place="LINE")])
    assert (stock("PUMP/P1"), status("PUMP/P1")) == ({"LINE": "1"}, "released")
    assert status("MOTOR/M1") == "consumed"


def test_a_single_unit_is_made_once() -> None:
    make("PUMP", "P1", "1 件", 1)
    assert code_of("produce", 2, outputs=[new("PUMP", "P1", "1 件")]) == "lot_number_taken"
    assert code_of("produce", 2, outputs=[new("PUMP", "P2", "3 件")]) == "unit_is_one"


def test_an_unknown_quantity_used_leaves_an_unknown_rest() -> None:
    receive("L1")
    position = bake(inputs=[part("FLOUR/L1", "? kg")])
    assert flows(position)[0] == "- ? kg FLOUR/L1"
    assert (stock("FLOUR/L1"), status("FLOUR/L1")) == ({"WH": None}, "released")
    bake(3, inputs=[part("FLOUR/L1", "5 kg")])
    assert stock("FLOUR/L1") == {"WH": None}


def test_all_of_an_unknown_quantity_leaves_nothing() -> None:
    receive("L1", "? kg")
    position = bake(inputs=[part("FLOUR/L1")])
    assert flows(position)[0] == "- ? kg FLOUR/L1"
    assert (stock("FLOUR/L1"), status("FLOUR/L1")) == ({}, "consumed")


def test_waste_alone_is_a_process_too() -> None:
    receive("L1")
    inputs = [part("FLOUR/L1", "1 kg")]
    position = do("produce", 2, inputs=inputs, scrap=[{"quantity": "1 kg"}])
    assert flows(position) == ["- 1 kg FLOUR/L1", "+ 1 kg scrap"]


def test_a_process_makes_something() -> None:
    receive("L1")
    assert code_of("produce", 2, inputs=[part("FLOUR/L1", "1 kg")]) == "nothing_given"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"inputs": [part("FLOUR/L1", "101 kg")]}, "not_enough"),
        ({"inputs": [part("FLOUR/L1", "1 kg", place="COLD")]}, "not_enough"),
        ({"inputs": [part("FLOUR/L1", "1 kg", party="SHOP")]}, "not_enough"),
        ({"inputs": [part("FLOUR/L1", "0 kg")]}, "quantity_not_positive"),
        ({"inputs": [part("FLOUR/L1", "-3 kg")]}, "quantity_not_positive"),
        ({"inputs": [part("FLOUR/L1", "3 L")]}, "units_differ"),
        ({"inputs": [part("FLOUR/L1", "3 kg", place="NOSUCH")]}, "unknown_code"),
        ({"inputs": [part("FLOUR/L1", "3 kg", party="NOSUCH")]}, "unknown_code"),
        ({"inputs": [part("FLOUR/L1", "3 kg", place="WH", party="SHOP")]}, "malformed"),
        ({"inputs": [part("FLOUR/L1", "3 kg"), part("FLOUR/L1", "4 kg")]}, "named_twice"),
        ({"inputs": [part("FLOUR/L2", "3 kg")]}, "unknown_lot"),
        ({"outputs": [new("BREAD", "B1", "0 件")]}, "quantity_not_positive"),
        ({"outputs": [new("BREAD", "B1", "1.5 件")]}, "not_whole"),
        ({"scrap": [{"quantity": "-1 kg"}]}, "quantity_not_positive"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    arguments = {"inputs": [part("FLOUR/L1", "40 kg")], "outputs": [new("BREAD", "B1", "70 件")]}
    assert code_of("produce", 2, **{**arguments, **change}) == code


def test_the_refusal_says_how_much_there_is_where() -> None:
    receive("L1", "12.50 kg")
    refusal = refused("produce", 2, inputs=[part("FLOUR/L1", "13 kg")], outputs=[])
    assert refusal.code == "nothing_given"
    outputs = [new("BREAD", "B1", "1 件")]
    refusal = refused("produce", 2, inputs=[part("FLOUR/L1", "13 kg")], outputs=outputs)
    assert str(refusal) == (
        "Only 12.5 kg of lot FLOUR/L1 is at WH, 13 kg is wanted. Count the stock, or record what"
        " is missing first."
    )


def test_nothing_is_used_that_is_not_there_any_more() -> None:
    receive("L1")
    bake(inputs=[part("FLOUR/L1")])
    assert code_of(
        "produce", 3, inputs=[part("FLOUR/L1")], outputs=[new("BREAD", "B2", "1 件")]
    ) == ("not_enough")


def test_a_lot_in_two_places_is_used_from_the_one_that_is_named() -> None:
    receive("L1", "100 kg", place="WH")
    receive("L1", "10 kg", place="COLD")
    refusal = refused(
        "produce", 2, inputs=[part("FLOUR/L1", "5 kg")], outputs=[new("BREAD", "B1", "1 件")]
    )
    assert (refusal.code, refusal.facts["places"]) == ("place_needed", "COLD, WH")
    bake(inputs=[part("FLOUR/L1", "5 kg", place="COLD"), part("FLOUR/L1", "6 kg", place="WH")])
    assert stock("FLOUR/L1") == {"WH": "94", "COLD": "5"}


def test_what_lies_where_nobody_told_is_named_by_a_question_mark() -> None:
    receive("L1", "100 kg", place="")
    receive("L1", "10 kg", place="COLD")
    bake(inputs=[part("FLOUR/L1", "5 kg", place="?")])
    assert stock("FLOUR/L1") == {"": "95", "COLD": "10"}


def test_a_container_is_not_used_up_with_what_is_in_it() -> None:
    receive("L1")
    do("pack", 2, container="PAL", children=["FLOUR/L1"])
    assert code_of("produce", 3, inputs=[part("PAL")], scrap=[{"quantity": "1 kg"}]) == "wrong_kind"
    packed = refused("produce", 3, inputs=[part("FLOUR/L1")], scrap=[{"quantity": "1 kg"}])
    assert str(packed) == "FLOUR/L1 is packed in PAL. Unpack it first, or move PAL."


def test_a_subcontractor_may_use_what_lies_with_it() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1", "50 kg")], party="BETA")
    bake(3, inputs=[part("FLOUR/L1", "20 kg", party="BETA")])
    assert stock("FLOUR/L1") == {"WH": "50", "@BETA": "30"}


# What may not be used


@pytest.mark.parametrize("action", ["produce", "ship"])
@pytest.mark.parametrize("status", ["held", "rejected", "quarantine", "expired"])
def test_what_is_stopped_is_neither_used_nor_shipped(action: str, status: str) -> None:
    made = new("BREAD", "B1", "70 件", place="WH", expires="2026-11-05")
    do(
        "produce",
        1,
        outputs=[made | {"quality": "quarantine" if status == "quarantine" else "released"}],
    )
    if status == "held":
        do("hold", 2, lots=["BREAD/B1"], reason="metal")
    if status == "rejected":
        do("reject", 2, lots=["BREAD/B1"], reason="mould")
    when = 9 if status == "expired" else 2.5
    use = {"inputs": [part("BREAD/B1", "1 件")], "outputs": [new("CRUMBS", "C1", "400 g")]}
    ship = {"lots": [part("BREAD/B1", "1 件")], "party": "SHOP"}
    arguments = use if action == "produce" else ship
    code = {"quarantine": "lot_in_quarantine"}.get(status, f"lot_{status}")
    assert code_of(action, when, **arguments) == code
    position = tell(action, when, **arguments)
    assert exceptions(position) == [code]
    expected = {"WH": "69"} if action == "produce" else {"WH": "69", "@SHOP": "1"}
    assert stock("BREAD/B1") == expected


def test_a_lot_may_be_used_on_the_day_it_expires() -> None:
    do("produce", 1, outputs=[new("BREAD", "B1", "70 件", expires="2026-11-07")])
    use = {"inputs": [part("BREAD/B1", "1 件")], "scrap": [{"quantity": "1 件"}]}
    do("produce", 5.5, **use)
    assert code_of("produce", 6, **use) == "lot_expired"


def test_a_lot_is_not_used_before_it_exists() -> None:
    receive("L1", "100 kg", 5)
    arguments = {"inputs": [part("FLOUR/L1", "1 kg")], "outputs": [new("BREAD", "B1", "1 件")]}
    assert code_of("produce", 4, **arguments) == "before_birth"
    do("produce", between(4, 6), **arguments)


def test_a_use_told_for_when_the_lot_waited_for_inspection_is_refused_though_it_is_released() -> (
    None
):
    receive("L1", "100 kg", 1, quality="quarantine")
    do("release", 5, lots=["FLOUR/L1"])
    arguments = {"inputs": [part("FLOUR/L1", "1 kg")], "outputs": [new("BREAD", "B1", "1 件")]}
    assert code_of("produce", 4, **arguments) == "lot_in_quarantine"
    position = tell("produce", 4, **arguments)
    assert exceptions(position) == ["lot_in_quarantine"]
    do("produce", 5, inputs=[part("FLOUR/L1", "1 kg")], outputs=[new("BREAD", "B2", "1 件")])


def test_a_use_told_for_before_a_hold_is_refused_while_the_hold_stands() -> None:
    receive("L1")
    do("hold", 5, lots=["FLOUR/L1"], reason="metal")
    arguments = {"inputs": [part("FLOUR/L1", "1 kg")], "outputs": [new("BREAD", "B1", "1 件")]}
    assert code_of("produce", 4, **arguments) == "lot_held"


def test_all_that_contradicts_is_listed_at_once() -> None:
    receive("L1", "10 kg", 5, quality="quarantine")
    do("hold", 6, lots=["FLOUR/L1"], reason="metal")
    position = tell(
        "produce", 4, inputs=[part("FLOUR/L1", "11 kg")], outputs=[new("BREAD", "B1", "1 件")]
    )
    assert exceptions(position) == ["before_birth", "lot_held", "lot_in_quarantine", "not_enough"]
    assert stock("FLOUR/L1") == {"WH": "-1"}
