"""What was asked is refused if it contradicts what is known; what was done is recorded and listed.

Every kind of contradiction has its case here; a new one without a case fails the build.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.lots.floor import (
    about,
    call,
    do,
    exceptions,
    fact,
    lot,
    make,
    new,
    part,
    receive,
    refused,
    size,
    stock,
    submit_calls,
    tell,
)
from yuanliu.base.refusal import Conflict, all_refusals
from yuanliu.lots import queries

pytestmark = pytest.mark.usefixtures("plant")


@dataclass(frozen=True)
class Case:
    """Something that contradicts what is known at the scene."""

    action: str
    arguments: dict[str, Any]
    when: float = 8
    lot: str = "FLOUR/L1"


def scene() -> None:
    """Put lots into every state that can contradict something."""
    receive("L1", "100 kg", 1)
    receive("Q", "100 kg", 1, quality="quarantine")
    for number in ("H", "R", "P", "LATE", "SHIPPED"):
        receive(number, "100 kg", 4 if number == "LATE" else 1)
    receive("TWO", "60 kg", 1, place="WH")
    receive("TWO", "40 kg", 1, place="COLD")
    make("BREAD", "OLD", "70 件", 1, expires="2026-11-05")
    do("hold", 2, lots=["FLOUR/H"], reason="metal")
    do("reject", 2, lots=["FLOUR/R"], reason="mould")
    do("pack", 2, container="CASE", children=["FLOUR/P"])
    do("ship", 2, lots=[part("FLOUR/SHIPPED")], party="SHOP")
    results = [{"characteristic": "ash", "value": "1"}]
    do("inspect", 2, lot="FLOUR/L1", stage="incoming", results=results)


def use(name: str, quantity: str = "1 kg", **more: Any) -> dict[str, Any]:
    """Describe a use of a part of a lot."""
    return {"inputs": [part(name, quantity, **more)], "scrap": [{"quantity": "1 kg"}]}


ASH = [{"characteristic": "ash", "value": "2"}]
CASES: dict[str, Case] = {
    "already_inside": Case("pack", {"container": "B", "children": ["FLOUR/P"]}, lot="FLOUR/P"),
    "before_birth": Case("produce", use("FLOUR/LATE"), 3, lot="FLOUR/LATE"),
    "certificates_disagree": Case(
        "inspect", {"lot": "FLOUR/L1", "stage": "incoming", "results": ASH}
    ),
    "lot_differs": Case(
        "receive",
        {"lots": [new("FLOUR", "L1", "1 kg", quality="quarantine")], "supplier": "ACME"},
    ),
    "lot_expired": Case("produce", use("BREAD/OLD", "1 件"), lot="BREAD/OLD"),
    "lot_held": Case("produce", use("FLOUR/H"), lot="FLOUR/H"),
    "lot_in_quarantine": Case("produce", use("FLOUR/Q"), lot="FLOUR/Q"),
    "lot_rejected": Case("produce", use("FLOUR/R"), lot="FLOUR/R"),
    "not_enough": Case("produce", use("FLOUR/L1", "101 kg")),
    "not_held": Case("release", {"lots": ["FLOUR/L1"], "reason": "why"}),
    "not_in_one_place": Case(
        "pack", {"container": "B", "children": ["FLOUR/TWO"]}, lot="FLOUR/TWO"
    ),
    "not_inside": Case("unpack", {"container": "CASE", "children": ["FLOUR/L1"]}),
    "not_ours": Case(
        "move",
        {"lots": [part("FLOUR/SHIPPED", party="SHOP")], "place": "WH"},
        lot="FLOUR/SHIPPED",
    ),
    "not_whole": Case(
        "scrap", {"lots": [part("BREAD/OLD", "0.5 件")], "reason": "why"}, lot="BREAD/OLD"
    ),
    "packed_inside": Case("produce", use("FLOUR/P"), lot="FLOUR/P"),
    "place_needed": Case("produce", use("FLOUR/TWO"), lot="FLOUR/TWO"),
    "split_not_partial": Case(
        "split_lot", {"lot": "FLOUR/L1", "children": [{"number": "A", "quantity": "100 kg"}]}
    ),
    "unknown_hold": Case(
        "release", {"lots": ["FLOUR/H"], "holds": ["no-such-hold"], "reason": "y"}, lot="FLOUR/H"
    ),
}
BY_A_CORRECTION_ALONE = {"overdrawn"}
"""Corrections are always told: `tests/capture/test_corrections.py` has the cases."""


def test_every_contradiction_has_its_case() -> None:
    codes = {
        kind.code
        for kind in all_refusals()
        if issubclass(kind, Conflict) and kind.__module__.startswith("yuanliu.lots.")
    }
    assert codes == set(CASES) | BY_A_CORRECTION_ALONE


@pytest.mark.parametrize("code", CASES)
def test_what_is_asked_is_refused_and_what_is_told_is_recorded_and_listed(code: str) -> None:
    scene()
    case = CASES[code]
    refusal = refused(case.action, case.when, **case.arguments)
    assert refusal.code == code
    before = size()
    position = tell(case.action, case.when, **case.arguments)
    assert position == before
    assert exceptions(position) == [code]
    assert fact(position).conflicts == ({"code": code, "facts": refusal.facts},)
    listed = {"position": position, "code": code, "facts": refusal.facts}
    assert queries.exceptions(code=code) == (1, [listed])
    assert about(case.lot)["exceptions"] == [listed]


def test_an_exception_is_listed_for_every_lot_of_the_fact() -> None:
    scene()
    arguments = {"inputs": [part("FLOUR/H", "1 kg"), part("FLOUR/L1", "1 kg")]}
    position = tell("produce", 8, **arguments, outputs=[new("BREAD", "B1", "1 件")])
    for name in ("FLOUR/H", "FLOUR/L1", "BREAD/B1"):
        assert [one["position"] for one in about(name)["exceptions"]] == [position]


def test_the_newest_exceptions_are_listed_first_a_page_at_a_time() -> None:
    scene()
    told = [tell("produce", 8, **use("FLOUR/H")) for _ in range(3)]
    count, page = queries.exceptions(limit=2)
    assert (count, [one["position"] for one in page]) == (3, [told[2], told[1]])
    count, page = queries.exceptions(limit=2, offset=2)
    assert (count, [one["position"] for one in page]) == (3, [told[0]])


# What comes late


def places(name: str) -> dict[str, str]:
    """Give what is where, parties with an @."""
    return {spot: amount or "?" for spot, amount in stock(name).items()}


def test_a_late_scan_does_not_bring_a_lot_back_to_where_it_had_been() -> None:
    receive("L1", "100 kg", 1)
    do("move", 5, lots=[part("FLOUR/L1")], place="COLD")
    position = tell("move", 3, lots=[part("FLOUR/L1")], place="LINE")
    assert (exceptions(position), places("FLOUR/L1")) == ([], {"COLD": "100"})
    assert fact(position).data.moves[0].from_place == "WH"


def test_a_late_scan_does_not_bring_a_pallet_back_that_was_shipped_since() -> None:
    receive("L1", "100 kg", 1)
    do("pack", 2, container="PALLET", children=["FLOUR/L1"])
    do("ship", 5, lots=[part("PALLET")], party="SHOP")
    position = tell("move", 3, lots=[part("PALLET")], place="LINE")
    assert exceptions(position) == []
    assert places("PALLET") == {"@SHOP": "1"}
    assert places("FLOUR/L1") == {"@SHOP": "100"}


def test_a_late_shipment_takes_along_what_was_inside_then() -> None:
    receive("L1", "100 kg", 1)
    receive("L2", "100 kg", 1)
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("pack", 2.5, container="PALLET", children=["CASE"])
    do("unpack", 5, container="PALLET")
    do("unpack", 6, container="CASE")
    do("pack", 7, container="CASE", children=["FLOUR/L2"])
    position = tell("ship", 3, lots=[part("PALLET")], party="SHOP")
    assert exceptions(position) == []
    assert (places("PALLET"), places("CASE")) == ({"@SHOP": "1"}, {"@SHOP": "1"})
    assert (places("FLOUR/L1"), places("FLOUR/L2")) == ({"@SHOP": "100"}, {"WH": "100"})


def test_a_late_unpacking_without_names_takes_out_what_was_inside_then() -> None:
    receive("L1", "100 kg", 1)
    receive("L2", "100 kg", 1)
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("pack", 5, container="CASE", children=["FLOUR/L2"])
    position = tell("unpack", 3, container="CASE")
    assert fact(position).data.children == (lot("FLOUR/L1").id,)
    assert [child["number"] for child in about("CASE")["contents"]] == ["L2"]


def test_a_late_removal_of_what_was_taken_out_since_is_no_contradiction() -> None:
    make("PUMP", "P1", "1 件", 1)
    make("MOTOR", "M1", "1 件", 1)
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    do("pack", 5, container="CASE", children=["PUMP/P1"])
    position = tell("remove", 3, component="MOTOR/M1", assembly="PUMP/P1", place="COLD")
    assert exceptions(position) == []
    assert (places("MOTOR/M1"), places("PUMP/P1")) == ({"COLD": "1"}, {"LINE": "1"})


def test_a_late_part_that_was_moved_stays_when_the_rest_moves_on() -> None:
    receive("L1", "100 kg", 1)
    do("move", 5, lots=[part("FLOUR/L1")], place="LINE")
    tell("move", 3, lots=[part("FLOUR/L1", "10 kg", place="WH")], place="COLD")
    assert places("FLOUR/L1") == {"COLD": "10", "LINE": "90"}


def test_a_late_use_leaves_less_to_move_on() -> None:
    receive("L1", "100 kg", 1)
    do("move", 5, lots=[part("FLOUR/L1")], place="LINE")
    tell("produce", 3, **use("FLOUR/L1", "30 kg", place="WH"))
    assert places("FLOUR/L1") == {"LINE": "70"}


def test_a_late_count_is_measured_by_what_was_there_then() -> None:
    receive("L1", "100 kg", 1)
    do("produce", 5, **use("FLOUR/L1", "40 kg"))
    position = tell("adjust", 3, lot="FLOUR/L1", counted="97 kg", reason="stocktaking")
    assert str(fact(position).data.difference) == "-3 kg"
    assert places("FLOUR/L1") == {"WH": "57"}


def test_a_late_use_counts_on_what_nobody_used_since() -> None:
    receive("L1", "100 kg", 1)
    do("produce", 5, **use("FLOUR/L1", "40 kg"))
    arguments = use("FLOUR/L1", "61 kg")
    assert refused("produce", 3, **arguments).code == "not_enough"
    position = tell("produce", 3, inputs=[part("FLOUR/L1")], scrap=[{"quantity": "1 kg"}])
    assert str(fact(position).data.inputs[0].quantity) == "60 kg"
    assert places("FLOUR/L1") == {}


def test_what_came_late_does_not_hide_what_happened_since() -> None:
    receive("L1", "100 kg", 1)
    do("hold", 6, lots=["FLOUR/L1"], reason="metal")
    tell("move", 3, lots=[part("FLOUR/L1")], place="COLD")
    row = lot("FLOUR/L1")
    assert (row.last_position, row.disposition, row.place) == (size() - 2, "held", "COLD")


def test_one_request_may_ask_some_and_tell_some() -> None:
    receive("L1")
    do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    calls = [
        call("produce", 3, told=True, **use("FLOUR/L1")),
        call("move", 3, lots=[part("FLOUR/L1")], place="COLD"),
    ]
    positions = submit_calls(calls)
    assert [exceptions(position) for position in positions] == [["lot_held"], []]
