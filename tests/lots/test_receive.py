"""What receiving lots records, and what it refuses."""

from __future__ import annotations

import pytest

from tests.lots.floor import (
    about,
    between,
    call,
    code_of,
    day,
    days,
    do,
    everything,
    exceptions,
    fact,
    flows,
    kinds,
    lot,
    new,
    receive,
    received,
    refused,
    status,
    stock,
    submit_calls,
    tell,
)
from yuanliu.base.refusal import Refusal
from yuanliu.lots.models import Traceable

pytestmark = pytest.mark.usefixtures("plant")


def test_a_received_lot_waits_in_quarantine_where_it_was_put() -> None:
    lots = [new("FLOUR", "L1", "100 kg", place="WH")]
    position = do("receive", 1, lots=lots, supplier="ACME", delivery="D-7", origin="Anhui")
    assert kinds(position) == ["received"]
    row = lot("FLOUR/L1")
    assert (row.kind, row.disposition, row.supplier, row.content) == (
        "lot",
        "quarantine",
        "ACME",
        "100",
    )
    assert stock("FLOUR/L1") == {"WH": "100"}
    assert flows(position) == ["+ 100 kg FLOUR/L1"]
    assert (fact(position).data.delivery, fact(position).data.origin) == ("D-7", "Anhui")


def test_a_lot_may_be_received_as_released() -> None:
    receive("L1", quality="released")
    assert status("FLOUR/L1") == "released"


def test_a_receipt_in_another_unit_is_kept_in_the_items_own() -> None:
    position = receive("L1", "0.25 t")
    assert flows(position) == ["+ 250 kg FLOUR/L1"]
    assert stock("FLOUR/L1") == {"WH": "250"}


def test_a_receipt_by_weight_becomes_pieces() -> None:
    receive("B1", "5 kg", item="BREAD")
    assert stock("BREAD/B1") == {"WH": "10"}


def test_thirty_digits_are_kept_to_the_last() -> None:
    receive("L1", "999999999999999999.999999999999 kg")
    assert stock("FLOUR/L1") == {"WH": "999999999999999999.999999999999"}
    do("split_lot", 2, lot="FLOUR/L1", children=[{"number": "A", "quantity": "0.000000000001 kg"}])
    assert stock("FLOUR/L1") == {"WH": "999999999999999999.999999999998"}


def test_an_unknown_quantity_is_unknown_and_not_zero() -> None:
    position = receive("L1", "? kg")
    assert stock("FLOUR/L1") == {"WH": None}
    assert flows(position) == ["+ ? kg FLOUR/L1"]
    assert status("FLOUR/L1") == "released"


def test_more_of_a_known_lot_is_added_to_it() -> None:
    first = receive("L1", "100 kg", 1)
    again = receive("L1", "20 kg", 2, place="COLD")
    assert Traceable.objects.count() == 1
    assert stock("FLOUR/L1") == {"WH": "100", "COLD": "20"}
    assert fact(first).data.outputs[0].birth is not None
    assert fact(again).data.outputs[0].birth is None


def test_an_unknown_amount_on_top_makes_the_whole_unknown() -> None:
    receive("L1", "100 kg", 1)
    receive("L1", "? kg", 2)
    assert stock("FLOUR/L1") == {"WH": None}


def test_one_receipt_may_put_a_new_lot_in_two_places() -> None:
    lots = [new("FLOUR", "L1", "60 kg", place="WH"), new("FLOUR", "L1", "40 kg", place="COLD")]
    do("receive", 1, lots=lots, supplier="ACME")
    assert Traceable.objects.count() == 1
    assert stock("FLOUR/L1") == {"WH": "60", "COLD": "40"}


def test_two_suppliers_with_the_same_number_never_collide() -> None:
    receive("7", "100 kg", supplier="ACME")
    receive("7", "30 kg", supplier="BETA")
    receive("7", "5 kg", 2, supplier="BETA")
    contents = dict(Traceable.objects.values_list("supplier", "content"))
    assert contents == {"ACME": "100", "BETA": "35"}


def test_two_suppliers_lots_of_one_number_in_one_receipt_are_two() -> None:
    lots = [
        new("FLOUR", "7", "60 kg", supplier="ACME"),
        new("FLOUR", "7", "40 kg", supplier="BETA"),
    ]
    do("receive", 1, lots=lots)
    contents = dict(Traceable.objects.values_list("supplier", "content"))
    assert contents == {"ACME": "60", "BETA": "40"}


def test_a_number_known_by_two_suppliers_must_say_which() -> None:
    receive("7", supplier="ACME")
    receive("7", supplier="BETA")
    refusal = refused("move", 2, lots=[{"lot": "FLOUR/7"}], place="COLD")
    assert refusal.code == "ambiguous_number"
    assert refusal.facts["candidates"] == "FLOUR/7 (ACME), FLOUR/7 (BETA)"
    ref = {"item": "FLOUR", "number": "7", "supplier": "BETA"}
    do("move", 2, lots=[{"lot": ref}], place="COLD")
    assert Traceable.objects.get(place="COLD").supplier == "BETA"


def test_a_suppliers_numbers_are_aliases() -> None:
    position = receive("L1", aliases=["S-77", "批 8"])
    assert kinds(position) == ["received", "alias_registered", "alias_registered"]
    assert about("FLOUR/L1")["aliases"] == [
        {"text": "S-77", "scheme": "supplier", "party": "ACME"},
        {"text": "批 8", "scheme": "supplier", "party": "ACME"},
    ]
    assert lot("S-77").number == lot("批8").number == "L1"


def test_the_aliases_of_a_line_with_its_own_supplier_are_that_suppliers() -> None:
    lots = [new("FLOUR", "7", "60 kg", supplier="BETA", aliases=["B-1"])]
    do("receive", 1, lots=lots, supplier="ACME")
    assert about("FLOUR/7")["aliases"] == [{"text": "B-1", "scheme": "supplier", "party": "BETA"}]


def test_the_expiry_follows_from_the_items_shelf_life() -> None:
    receive("B1", "10 件", 3, item="BREAD")
    assert days(lot("BREAD/B1").expires or 0) == 33


def test_a_told_expiry_is_kept() -> None:
    receive("B1", "10 件", 3, item="BREAD", expires="2026-12-24")
    assert about("BREAD/B1")["expires"] == "2026-12-24T23:59:59.999999Z"


def test_an_item_without_shelf_life_does_not_expire() -> None:
    receive("L1")
    assert lot("FLOUR/L1").expires is None


def test_a_unit_is_received_as_one_piece() -> None:
    receive("P1", "1 件", item="PUMP")
    assert lot("PUMP/P1").kind == "unit"
    assert code_of("receive", **received("P2", "2 件", item="PUMP")) == "unit_is_one"
    assert code_of("receive", **received("P2", "? 件", item="PUMP")) == "unit_is_one"


def test_a_unit_cannot_be_received_twice() -> None:
    receive("P1", "1 件", item="PUMP")
    assert code_of("receive", 2, **received("P1", "1 件", item="PUMP")) == "lot_number_taken"
    twice = [new("PUMP", "P2", "1 件", place=place) for place in ("WH", "COLD")]
    assert code_of("receive", 2, lots=twice, supplier="ACME") == "named_twice"


def test_the_pallet_does_not_wait_for_the_inspection_of_what_is_on_it() -> None:
    lots = [new("BOLT", "PAL", "1 件", kind="container"), new("BOLT", "7", "90 件")]
    do("receive", 1, lots=lots, supplier="ACME")
    assert (lot("BOLT/PAL").kind, status("BOLT/PAL")) == ("container", "released")
    assert status("BOLT/7") == "quarantine"


def test_a_vessel_is_not_received() -> None:
    lots = [new("MILK", "T1", "1 L", kind="vessel")]
    assert code_of("receive", lots=lots) == "wrong_kind"


@pytest.mark.parametrize("quantity", ["0 kg", "-1 kg", "0.000 kg"])
def test_nothing_or_less_is_not_received(quantity: str) -> None:
    assert code_of("receive", **received("L1", quantity)) == "quantity_not_positive"


def test_half_a_piece_is_not_received_but_half_a_dozen_is() -> None:
    refusal = refused("receive", **received("B1", "2.5 件", item="BOLT"))
    assert (refusal.code, refusal.facts) == ("not_whole", {"lot": "BOLT/B1", "quantity": "2.5 pc"})
    receive("B1", "0.5 doz", item="BOLT")
    assert stock("BOLT/B1") == {"WH": "6"}


def test_half_a_piece_that_was_received_is_recorded_and_listed() -> None:
    position = tell("receive", **received("B1", "2.5 件", item="BOLT"))
    assert stock("BOLT/B1") == {"WH": "2.5"}
    assert exceptions(position) == ["not_whole"]


def test_what_cannot_be_converted_is_not_received() -> None:
    assert code_of("receive", **received("L1", "5 L")) == "units_differ"
    assert code_of("receive", **received("L1", "5 件")) == "units_differ"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item": "NOSUCH"}, "unknown_code"),
        ({"place": "NOSUCH"}, "unknown_code"),
        ({"supplier": "NOSUCH"}, "unknown_code"),
        ({"number": ""}, "malformed"),
        ({"number": " L1"}, "malformed"),
        ({"number": "L\n1"}, "malformed"),
        ({"number": "L" * 201}, "malformed"),
        ({"aliases": ["a", ""]}, "malformed"),
    ],
)
def test_what_is_not_known_or_cannot_be_read_is_not_received(
    change: dict[str, str], code: str
) -> None:
    arguments = received("L1", **{k: v for k, v in change.items() if k != "number"})
    if "number" in change:
        arguments["lots"][0]["number"] = change["number"]
    assert code_of("receive", **arguments) == code


def test_a_receipt_names_a_lot() -> None:
    assert code_of("receive", lots=[], supplier="ACME") == "nothing_given"


def test_a_lot_stands_once_for_each_place_of_a_receipt() -> None:
    lots = [new("FLOUR", "L1", "60 kg", place="WH"), new("FLOUR", "L1", "40 kg", place="WH")]
    refusal = refused("receive", lots=lots, supplier="ACME")
    assert (refusal.code, refusal.facts) == ("named_twice", {"lot": "FLOUR/L1"})


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"quality": "quarantine"}, "released"),
        ({"expires": "2026-12-24"}, "2026-12-03T08:00:00Z"),
        ({"kind": "unit"}, "lot"),
    ],
)
def test_more_of_a_known_lot_cannot_be_something_else(told: dict[str, str], known: str) -> None:
    receive("B1", "10 件", 1, item="BREAD")
    more = {"lots": [new("BREAD", "B1", "5 件", place="WH", **told)], "supplier": "ACME"}
    refusal = refused("receive", 2, **more)
    assert (refusal.code, refusal.facts["known"]) == ("lot_differs", known)
    position = tell("receive", 2, **more)
    assert exceptions(position) == ["lot_differs"]
    assert stock("BREAD/B1") == {"WH": "15"}


def test_nothing_is_added_to_a_lot_that_is_packed_away() -> None:
    receive("L1", "100 kg", 1)
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    refusal = refused("receive", 3, **received("L1", "5 kg"))
    assert (refusal.code, refusal.facts["parent"]) == ("packed_inside", "CASE")


def test_a_request_of_several_calls_is_recorded_whole_or_not_at_all() -> None:
    before = everything()
    calls = [call("receive", 1, **received("L1")), call("hold", 2, lots=["FLOUR/L1"], reason="")]
    with pytest.raises(Refusal):
        submit_calls(calls)
    assert everything() == before


def test_the_same_request_twice_is_recorded_once() -> None:
    calls = [call("receive", 1, **received("L1"))]
    assert submit_calls(calls, key="k1") == submit_calls(calls, key="k1")
    assert stock("FLOUR/L1") == {"WH": "100"}


def test_a_receipt_told_to_the_month_is_born_some_time_in_it() -> None:
    receive("L1", "100 kg", between(0, 20))
    row = lot("FLOUR/L1")
    assert (row.born_start, row.born_end) == (day(0).start, day(20).start)
    do("move", 3, lots=[{"lot": "FLOUR/L1"}], place="COLD")
    assert stock("FLOUR/L1") == {"COLD": "100"}
