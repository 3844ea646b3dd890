"""Moving, shipping and taking back: what is recorded, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lots.floor import (
    code_of,
    do,
    exceptions,
    fact,
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

pytestmark = pytest.mark.usefixtures("plant")


# Move


def test_a_moved_lot_is_at_the_new_place_and_does_not_flow() -> None:
    receive("L1")
    position = do("move", 2, lots=[part("FLOUR/L1")], place="LINE")
    assert kinds(position) == ["moved"]
    assert stock("FLOUR/L1") == {"LINE": "100"}
    assert flows(position) == []


def test_a_part_of_a_lot_may_be_moved() -> None:
    receive("L1")
    do("move", 2, lots=[part("FLOUR/L1", "30 kg")], place="LINE")
    assert stock("FLOUR/L1") == {"WH": "70", "LINE": "30"}
    do("move", 3, lots=[part("FLOUR/L1", "20 kg", place="LINE")], place="COLD")
    assert stock("FLOUR/L1") == {"WH": "70", "LINE": "10", "COLD": "20"}


def test_an_unknown_part_that_moves_makes_both_places_unknown() -> None:
    receive("L1")
    do("move", 2, lots=[part("FLOUR/L1", "? kg")], place="LINE")
    assert stock("FLOUR/L1") == {"WH": None, "LINE": None}
    do("move", 3, lots=[part("FLOUR/L1", place="WH")], place="LINE")
    assert stock("FLOUR/L1") == {"LINE": None}


def test_a_container_moves_with_all_it_holds_however_deep() -> None:
    receive("L1")
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    do("pack", 2, container="CASE", children=["PUMP/P1", "FLOUR/L1"], place="WH")
    do("pack", 2, container="PALLET", children=["CASE"])
    position = do("move", 3, lots=[part("PALLET")], place="COLD")
    for name in ("PALLET", "CASE", "PUMP/P1", "MOTOR/M1"):
        assert stock(name) == {"COLD": "1"}
    assert stock("FLOUR/L1") == {"COLD": "100"}
    assert len(fact(position).data.moves) == 5


def test_a_stopped_lot_may_be_moved_away() -> None:
    receive("L1", quality="quarantine")
    do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    do("move", 3, lots=[part("FLOUR/L1")], place="COLD")
    assert (stock("FLOUR/L1"), status("FLOUR/L1")) == ({"COLD": "100"}, "held")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lots": []}, "nothing_given"),
        ({"place": "NOSUCH"}, "unknown_code"),
        ({"place": ""}, "unknown_code"),
        ({"lots": [part("FLOUR/L1", "101 kg")]}, "not_enough"),
        ({"lots": [part("FLOUR/L1", "0 kg")]}, "quantity_not_positive"),
        ({"lots": [part("FLOUR/L1"), part("FLOUR/L1")]}, "named_twice"),
        ({"lots": [part("FLOUR/L1", place="COLD")]}, "not_enough"),
        ({"lots": [part("FLOUR/P1")]}, "packed_inside"),
        ({"lots": [part("FLOUR/P1", "1 kg")]}, "packed_inside"),
        ({"lots": [part("CASE", "2 unit")]}, "unit_is_one"),
        ({"lots": [part("CASE", "0.5 unit")]}, "not_whole"),
    ],
)
def test_a_move_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    receive("P1")
    do("pack", 1, container="CASE", children=["FLOUR/P1"])
    arguments = {"lots": [part("FLOUR/L1")], "place": "LINE"}
    assert code_of("move", 2, **{**arguments, **change}) == code


def test_nothing_moves_before_it_exists() -> None:
    receive("L1", "100 kg", 5)
    assert code_of("move", 4, lots=[part("FLOUR/L1")], place="LINE") == "before_birth"


def test_goods_come_back_from_a_party_by_a_return_and_not_by_a_move() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1")], party="SHOP")
    assert code_of("move", 3, lots=[part("FLOUR/L1")], place="WH") == "not_enough"
    arguments = {"lots": [part("FLOUR/L1", party="SHOP")], "place": "WH"}
    assert code_of("move", 3, **arguments) == "not_ours"
    assert exceptions(tell("move", 3, **arguments)) == ["not_ours"]
    assert stock("FLOUR/L1") == {"WH": "100"}


def test_a_scan_of_a_lot_in_two_places_takes_it_from_where_there_is_most() -> None:
    receive("L1", "90 kg", place="WH")
    receive("L1", "10 kg", place="COLD")
    position = tell("move", 2, lots=[part("FLOUR/L1", "5 kg")], place="LINE")
    assert exceptions(position) == ["place_needed"]
    assert stock("FLOUR/L1") == {"WH": "85", "COLD": "10", "LINE": "5"}


def test_a_unit_that_was_moved_from_where_it_was_not_is_one_all_the_same() -> None:
    make("PUMP", "P1", "1 件")
    do("ship", 2, lots=[part("PUMP/P1")], party="SHOP")
    position = tell("move", 3, lots=[part("PUMP/P1")], place="COLD")
    assert exceptions(position) == ["not_enough"]
    assert stock("PUMP/P1") == {"@SHOP": "1", "": "-1", "COLD": "1"}


# Ship


def test_a_shipped_lot_is_with_the_customer() -> None:
    receive("L1")
    position = do("ship", 2, lots=[part("FLOUR/L1")], party="SHOP")
    assert kinds(position) == ["shipped"]
    assert (stock("FLOUR/L1"), status("FLOUR/L1")) == ({"@SHOP": "100"}, "shipped")
    row = lot("FLOUR/L1")
    assert (row.place, row.party, flows(position)) == ("", "SHOP", [])


def test_a_lot_that_is_shipped_in_part_is_still_here_and_says_so() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1", "40 kg")], party="SHOP")
    assert (stock("FLOUR/L1"), status("FLOUR/L1")) == ({"WH": "60", "@SHOP": "40"}, "released")
    row = lot("FLOUR/L1")
    assert (row.place, row.party, row.content) == ("WH", "", "100")
    assert code_of("ship", 3, lots=[part("FLOUR/L1", "61 kg")], party="SHOP") == "not_enough"


def test_a_dealer_may_pass_goods_on() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1")], party="MALL")
    do("ship", 3, lots=[part("FLOUR/L1", "30 kg", party="MALL")], party="SHOP")
    assert stock("FLOUR/L1") == {"@MALL": "70", "@SHOP": "30"}


def test_a_pallet_ships_with_all_it_holds() -> None:
    receive("L1")
    make("BREAD", "B1", "70 件")
    do("pack", 2, container="PALLET", children=["FLOUR/L1", "BREAD/B1"])
    do("ship", 3, lots=[part("PALLET")], party="SHOP")
    assert [status(name) for name in ("PALLET", "FLOUR/L1", "BREAD/B1")] == ["shipped"] * 3
    assert stock("BREAD/B1") == {"@SHOP": "70"}


@pytest.mark.parametrize("stopped", ["hold", "reject"])
def test_a_pallet_with_something_stopped_on_it_does_not_ship(stopped: str) -> None:
    receive("L1")
    make("BREAD", "B1", "70 件")
    do("pack", 2, container="CASE", children=["FLOUR/L1", "BREAD/B1"])
    do("pack", 2, container="PALLET", children=["CASE"])
    do(stopped, 3, lots=["BREAD/B1"], reason="metal")
    refusal = refused("ship", 4, lots=[part("PALLET")], party="SHOP")
    assert refusal.code == {"hold": "lot_held", "reject": "lot_rejected"}[stopped]
    assert refusal.facts["lot"] == "BREAD/B1"


def test_a_pump_with_a_held_motor_in_it_does_not_ship() -> None:
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    do("hold", 3, lots=["MOTOR/M1"], reason="winding")
    refusal = refused("ship", 4, lots=[part("PUMP/P1")], party="SHOP")
    assert (refusal.code, refusal.facts["lot"]) == ("lot_held", "MOTOR/M1")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lots": []}, "nothing_given"),
        ({"party": "NOSUCH"}, "unknown_code"),
        ({"party": ""}, "unknown_code"),
        ({"lots": [part("FLOUR/L1", "101 kg")]}, "not_enough"),
        ({"lots": [part("FLOUR/L1"), part("FLOUR/L1")]}, "named_twice"),
        ({"lots": [part("FLOUR/P1")]}, "packed_inside"),
        ({"lots": [part("CASE"), part("FLOUR/P1")]}, "packed_inside"),
    ],
)
def test_a_shipment_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    receive("P1")
    do("pack", 1, container="CASE", children=["FLOUR/P1"])
    arguments = {"lots": [part("FLOUR/L1")], "party": "SHOP"}
    assert code_of("ship", 2, **{**arguments, **change}) == code


def test_a_case_and_what_is_in_it_told_as_shipped_ship_once() -> None:
    receive("P1")
    do("pack", 1, container="CASE", children=["FLOUR/P1"])
    position = tell("ship", 2, lots=[part("CASE"), part("FLOUR/P1")], party="SHOP")
    assert exceptions(position) == ["packed_inside"]
    assert (stock("FLOUR/P1"), stock("CASE")) == ({"@SHOP": "100"}, {"@SHOP": "1"})


def test_each_contradiction_of_a_shipment_is_listed_once() -> None:
    receive("L1", "100 kg", 5)
    position = tell("ship", 4, lots=[part("FLOUR/L1")], party="SHOP")
    assert exceptions(position) == ["before_birth"]


def test_a_part_of_a_packed_lot_lying_elsewhere_stays_when_its_case_ships() -> None:
    receive("L1", "60 kg", 1)
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    tell("receive", 3, lots=[new("FLOUR", "L1", "5 kg", place="COLD")], supplier="ACME")
    do("ship", 4, lots=[part("CASE")], party="SHOP")
    assert stock("FLOUR/L1") == {"@SHOP": "60", "COLD": "5"}


def test_what_was_used_up_in_its_case_does_not_ship_with_it() -> None:
    make("MOTOR", "M1", "1 件")
    receive("L1")
    do("pack", 2, container="CASE", children=["MOTOR/M1", "FLOUR/L1"])
    used = [part("MOTOR/M1"), part("FLOUR/L1")]
    tell("produce", 3, inputs=used, scrap=[{"quantity": "1 件"}])
    do("ship", 4, lots=[part("CASE")], party="SHOP")
    assert (stock("MOTOR/M1"), stock("FLOUR/L1")) == ({}, {})


# Return


def test_returned_goods_wait_in_quarantine() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1")], party="SHOP")
    position = do(
        "receive_return",
        3,
        lot="FLOUR/L1",
        party="SHOP",
        quantity="30 kg",
        place="COLD",
        reason="wet",
    )
    assert kinds(position) == ["returned"]
    assert flows(position) == ["- 30 kg FLOUR/L1", "+ 30 kg FLOUR/L1"]
    assert stock("FLOUR/L1") == {"@SHOP": "70", "COLD": "30"}
    assert status("FLOUR/L1") == "quarantine"
    assert fact(position).data.reason == "wet"


def test_returned_goods_may_be_released_and_shipped_again() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1")], party="SHOP")
    do("receive_return", 3, lot="FLOUR/L1", party="SHOP", place="COLD")
    assert code_of("ship", 4, lots=[part("FLOUR/L1")], party="MALL") == "lot_in_quarantine"
    do("release", 4, lots=["FLOUR/L1"])
    do("ship", 5, lots=[part("FLOUR/L1")], party="MALL")
    assert (stock("FLOUR/L1"), status("FLOUR/L1")) == ({"@MALL": "100"}, "shipped")


def test_a_returned_part_may_be_a_lot_of_its_own_so_that_the_rest_stays_released() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1", "40 kg")], party="SHOP")
    position = do(
        "receive_return",
        3,
        lot="FLOUR/L1",
        party="SHOP",
        quantity="10 kg",
        place="COLD",
        number="L1-R",
    )
    assert flows(position) == ["- 10 kg FLOUR/L1", "+ 10 kg FLOUR/L1-R"]
    assert stock("FLOUR/L1") == {"WH": "60", "@SHOP": "30"}
    assert (stock("FLOUR/L1-R"), status("FLOUR/L1-R")) == ({"COLD": "10"}, "quarantine")
    assert status("FLOUR/L1") == "released"
    assert lot("FLOUR/L1-R").supplier == "ACME"


def test_a_pallet_comes_back_with_what_is_on_it() -> None:
    receive("L1")
    do("pack", 2, container="PALLET", children=["FLOUR/L1"])
    do("ship", 3, lots=[part("PALLET")], party="SHOP")
    position = do("receive_return", 4, lot="PALLET", party="SHOP", place="COLD")
    assert (stock("PALLET"), stock("FLOUR/L1")) == ({"COLD": "1"}, {"COLD": "100"})
    assert (status("PALLET"), status("FLOUR/L1")) == ("quarantine", "quarantine")
    assert flows(position) == ["- 1 unit PALLET", "+ 1 unit PALLET"]


def test_a_pump_comes_back_with_its_motor() -> None:
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    do("ship", 3, lots=[part("PUMP/P1")], party="SHOP")
    do("receive_return", 4, lot="PUMP/P1", party="SHOP", place="COLD")
    assert stock("MOTOR/M1") == {"COLD": "1"}


def test_what_is_still_packed_at_the_customers_comes_back_unpacked_or_under_its_own_number() -> (
    None
):
    receive("L1")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("ship", 3, lots=[part("CASE")], party="SHOP")
    arguments = {"lot": "FLOUR/L1", "party": "SHOP", "quantity": "5 kg", "place": "COLD"}
    assert code_of("receive_return", 4, **arguments) == "packed_inside"
    do("receive_return", 4, **arguments, number="L1-R")
    assert stock("FLOUR/L1") == {"@SHOP": "95"}
    do("unpack", 5, container="CASE")
    do("receive_return", 6, lot="FLOUR/L1", party="SHOP", place="COLD")
    assert (stock("FLOUR/L1"), stock("CASE")) == ({"COLD": "95"}, {"@SHOP": "1"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "41 kg"}, "not_enough"),
        ({"quantity": "0 kg"}, "quantity_not_positive"),
        ({"quantity": "1 L"}, "units_differ"),
        ({"party": "MALL"}, "not_enough"),
        ({"party": "NOSUCH"}, "unknown_code"),
        ({"party": ""}, "unknown_code"),
        ({"place": "NOSUCH"}, "unknown_code"),
        ({"number": "L2"}, "lot_number_taken"),
        ({"number": " "}, "malformed"),
        ({"lot": "FLOUR/X"}, "unknown_lot"),
    ],
)
def test_a_return_that_cannot_be_is_refused(change: dict[str, str], code: str) -> None:
    receive("L1")
    receive("L2")
    do("ship", 2, lots=[part("FLOUR/L1", "40 kg")], party="SHOP")
    arguments = {"lot": "FLOUR/L1", "party": "SHOP", "quantity": "5 kg", **change}
    assert code_of("receive_return", 3, **arguments) == code


def test_more_came_back_than_was_shipped() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1", "40 kg")], party="SHOP")
    position = tell(
        "receive_return", 3, lot="FLOUR/L1", party="SHOP", quantity="50 kg", place="COLD"
    )
    assert exceptions(position) == ["not_enough"]
    assert stock("FLOUR/L1") == {"WH": "60", "@SHOP": "-10", "COLD": "50"}
