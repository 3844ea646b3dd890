"""What splitting, merging and relabelling lots records, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lots.floor import (
    about,
    call,
    code_of,
    days,
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
    submit_calls,
    tell,
)
from yuanliu.lots.models import Traceable

pytestmark = pytest.mark.usefixtures("plant")


def child(number: str, quantity: str, **more: str) -> dict[str, str]:
    """Describe a child of a split."""
    return {"number": number, "quantity": quantity, **more}


# Split


def test_a_split_takes_from_the_parent_what_the_children_get() -> None:
    receive("L1")
    children = [child("L1-A", "40 kg"), child("L1-B", "500 g", place="COLD")]
    position = do("split_lot", 2, lot="FLOUR/L1", children=children)
    assert kinds(position) == ["split"]
    assert flows(position) == ["- 40.5 kg FLOUR/L1", "+ 40 kg FLOUR/L1-A", "+ 0.5 kg FLOUR/L1-B"]
    assert stock("FLOUR/L1") == {"WH": "59.5"}
    assert stock("FLOUR/L1-A") == {"WH": "40"}
    assert stock("FLOUR/L1-B") == {"COLD": "0.5"}


def test_children_inherit_supplier_expiry_and_status() -> None:
    receive("B1", "70 件", 1, item="BREAD", quality="quarantine")
    do("split_lot", 2, lot="BREAD/B1", children=[child("B1-A", "20 件")])
    row = lot("BREAD/B1-A")
    assert (row.supplier, row.disposition, days(row.expires or 0)) == ("ACME", "quarantine", 31)


def test_a_rejected_or_expired_lot_may_be_split_and_its_children_are_no_better() -> None:
    receive("B1", "70 件", 1, item="BREAD")
    do("reject", 2, lots=["BREAD/B1"], reason="mould")
    do("split_lot", 60, lot="BREAD/B1", children=[child("B1-A", "20 件")])
    assert status("BREAD/B1-A") == "rejected"
    use = {"inputs": [part("BREAD/B1-A")], "scrap": [{"quantity": "1 件"}]}
    assert code_of("produce", 60, **use) == "lot_rejected"


def test_a_held_lot_is_not_split() -> None:
    receive("L1")
    do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    children = [child("L1-A", "40 kg")]
    assert code_of("split_lot", 3, lot="FLOUR/L1", children=children) == "lot_held"


def test_what_was_split_off_a_held_lot_waits_in_quarantine() -> None:
    receive("L1")
    do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    position = tell("split_lot", 3, lot="FLOUR/L1", children=[child("L1-A", "40 kg")])
    assert exceptions(position) == ["lot_held"]
    assert status("FLOUR/L1-A") == "quarantine"


def test_units_may_be_split_off_a_lot() -> None:
    make("BOLT", "K1", "90 件")
    children = [child("S1", "1 件", kind="unit"), child("S2", "1 件", kind="unit")]
    do("split_lot", 2, lot="BOLT/K1", children=children)
    assert (lot("BOLT/S1").kind, lot("BOLT/S2").kind) == ("unit", "unit")
    wrong = [child("S3", "2 件", kind="unit")]
    assert code_of("split_lot", 3, lot="BOLT/K1", children=wrong) == "unit_is_one"
    wrong = [child("S3", "1 件", kind="container")]
    assert code_of("split_lot", 3, lot="BOLT/K1", children=wrong) == "wrong_kind"


def test_a_split_of_an_unknown_quantity_leaves_an_unknown_rest() -> None:
    receive("L1", "? kg")
    do("split_lot", 2, lot="FLOUR/L1", children=[child("A", "40 kg"), child("B", "? kg")])
    assert stock("FLOUR/L1") == {"WH": None}
    assert (stock("FLOUR/A"), stock("FLOUR/B")) == ({"WH": "40"}, {"WH": None})


def test_a_lot_in_two_places_is_split_where_it_is_told() -> None:
    receive("L1", "60 kg", place="WH")
    receive("L1", "40 kg", place="COLD")
    children = [child("A", "10 kg")]
    assert code_of("split_lot", 2, lot="FLOUR/L1", children=children) == "place_needed"
    do("split_lot", 2, lot="FLOUR/L1", children=children, place="COLD")
    assert stock("FLOUR/L1") == {"WH": "60", "COLD": "30"}
    assert stock("FLOUR/A") == {"COLD": "10"}


@pytest.mark.parametrize(
    ("children", "code"),
    [
        ([], "nothing_given"),
        ([child("A", "100 kg")], "split_not_partial"),
        ([child("A", "60 kg"), child("B", "41 kg")], "split_not_partial"),
        ([child("A", "0 kg")], "quantity_not_positive"),
        ([child("A", "-1 kg")], "quantity_not_positive"),
        ([child("A", "1 kg"), child("A", "2 kg")], "named_twice"),
        ([child("L1", "1 kg")], "lot_number_taken"),
        ([child("A ", "1 kg")], "malformed"),
        ([child("A", "1 L")], "units_differ"),
        ([child("A", "1 kg", place="NOSUCH")], "unknown_code"),
    ],
)
def test_a_split_that_cannot_be_is_refused(children: list[Any], code: str) -> None:
    receive("L1")
    assert code_of("split_lot", 2, lot="FLOUR/L1", children=children) == code


def test_a_split_of_all_points_to_relabelling() -> None:
    receive("L1")
    refusal = refused("split_lot", 2, lot="FLOUR/L1", children=[child("A", "100 kg")])
    assert str(refusal) == (
        "100 kg cannot be split off lot FLOUR/L1, which has 100 kg. Split off less, or relabel the"
        " whole lot."
    )


def test_units_containers_and_vessels_are_not_split() -> None:
    make("PUMP", "P1", "1 件")
    do("pack", 2, container="CASE", children=["PUMP/P1"])
    do("define_vessel", 2, number="TANK", unit="L", place="LINE")
    for name, quantity in (("PUMP/P1", "1 件"), ("CASE", "1 件"), ("TANK", "1 L")):
        children = [child("A", quantity)]
        assert code_of("split_lot", 3, lot=name, children=children) == "wrong_kind"


def test_a_packed_lot_is_not_split() -> None:
    receive("L1")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    children = [child("A", "1 kg")]
    assert code_of("split_lot", 3, lot="FLOUR/L1", children=children) == "packed_inside"


def test_more_was_split_off_than_there_was() -> None:
    receive("L1")
    position = tell("split_lot", 2, lot="FLOUR/L1", children=[child("A", "130 kg")])
    assert exceptions(position) == ["split_not_partial"]
    assert (stock("FLOUR/L1"), stock("FLOUR/A")) == ({"WH": "-30"}, {"WH": "130"})


# Merge


def test_merged_lots_become_one_and_are_used_up() -> None:
    receive("L1", "60 kg")
    receive("L2", "40 kg", supplier="BETA", place="COLD")
    position = do("merge_lots", 2, lots=[part("FLOUR/L1"), part("FLOUR/L2", "30 kg")], number="M1")
    assert kinds(position) == ["merged"]
    assert flows(position) == ["- 60 kg FLOUR/L1", "- 30 kg FLOUR/L2", "+ 90 kg FLOUR/M1"]
    assert (status("FLOUR/L1"), stock("FLOUR/L2")) == ("consumed", {"COLD": "10"})
    assert (stock("FLOUR/M1"), lot("FLOUR/M1").supplier) == ({"WH": "90"}, "")


def test_a_merge_of_an_unknown_quantity_is_unknown() -> None:
    receive("L1", "60 kg")
    receive("L2", "? kg")
    do("merge_lots", 2, lots=[part("FLOUR/L1"), part("FLOUR/L2")], number="M1", place="COLD")
    assert stock("FLOUR/M1") == {"COLD": None}
    assert stock("FLOUR/L2") == {}


def test_a_merge_takes_the_earliest_expiry() -> None:
    make("BREAD", "B1", "10 件", 1)
    make("BREAD", "B2", "10 件", 4)
    do("merge_lots", 5, lots=[part("BREAD/B2"), part("BREAD/B1")], number="B3")
    assert days(lot("BREAD/B3").expires or 0) == 31


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        (("released", "released"), "released"),
        (("released", "quarantine"), "quarantine"),
        (("quarantine", "rejected"), "rejected"),
        (("held", "released"), "quarantine"),
        (("rejected", "held"), "rejected"),
    ],
)
def test_a_merge_takes_the_worst_status(statuses: tuple[str, str], worst: str) -> None:
    for number, given in zip(("L1", "L2"), statuses, strict=True):
        receive(number, quality="quarantine" if given == "quarantine" else "released")
        if given == "held":
            do("hold", 1, lots=[f"FLOUR/{number}"], reason="metal")
        if given == "rejected":
            do("reject", 1, lots=[f"FLOUR/{number}"], reason="mould")
    tell("merge_lots", 2, lots=[part("FLOUR/L1"), part("FLOUR/L2")], number="M1")
    assert status("FLOUR/M1") == worst


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lots": []}, "nothing_given"),
        ({"lots": [part("FLOUR/L1"), part("RYE/R1")]}, "items_differ"),
        ({"lots": [part("FLOUR/L1"), part("FLOUR/L1")]}, "named_twice"),
        ({"lots": [part("FLOUR/L1", "999 kg"), part("FLOUR/L2")]}, "not_enough"),
        ({"lots": [part("FLOUR/L1", "0 kg"), part("FLOUR/L2")]}, "quantity_not_positive"),
        ({"lots": [part("PUMP/P1")]}, "wrong_kind"),
        ({"number": "M0"}, "lot_number_taken"),
        ({"number": ""}, "malformed"),
        ({"place": "NOSUCH"}, "unknown_code"),
    ],
)
def test_a_merge_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    receive("L2")
    receive("R1", item="RYE")
    make("PUMP", "P1", "1 件")
    make("FLOUR", "M0", "1 kg")
    arguments = {"lots": [part("FLOUR/L1"), part("FLOUR/L2")], "number": "M1"}
    assert code_of("merge_lots", 2, **{**arguments, **change}) == code


@pytest.mark.parametrize("stopped", ["hold", "reject"])
def test_a_stopped_lot_is_not_merged_away(stopped: str) -> None:
    receive("L1")
    receive("L2")
    do(stopped, 2, lots=["FLOUR/L2"], reason="metal")
    code = code_of("merge_lots", 3, lots=[part("FLOUR/L1"), part("FLOUR/L2")], number="M1")
    assert code == {"hold": "lot_held", "reject": "lot_rejected"}[stopped]


def test_a_lot_may_take_the_number_that_only_another_supplier_uses() -> None:
    receive("L1")
    receive("M1", supplier="BETA")
    do("merge_lots", 2, lots=[part("FLOUR/L1")], number="M1")
    assert Traceable.objects.filter(number="M1").count() == 2


# Relabel


def test_a_relabelled_lot_has_a_new_number_and_the_old_one_is_used_up() -> None:
    receive("L1")
    position = do("relabel_lot", 2, lot="FLOUR/L1", number="N1")
    assert kinds(position) == ["relabelled"]
    assert flows(position) == ["- 100 kg FLOUR/L1", "+ 100 kg FLOUR/N1"]
    assert (status("FLOUR/L1"), stock("FLOUR/N1")) == ("consumed", {"WH": "100"})
    assert (lot("FLOUR/N1").supplier, status("FLOUR/N1")) == ("ACME", "released")


def test_a_lot_in_several_places_is_relabelled_wherever_it_lies() -> None:
    receive("L1", "60 kg", place="WH")
    receive("L1", "30 kg", place="COLD")
    receive("L1", "? kg", place="")
    position = do("relabel_lot", 2, lot="FLOUR/L1", number="N1")
    assert flows(position) == [
        "- ? kg FLOUR/L1",
        "- 30 kg FLOUR/L1",
        "- 60 kg FLOUR/L1",
        "+ ? kg FLOUR/N1",
        "+ 30 kg FLOUR/N1",
        "+ 60 kg FLOUR/N1",
    ]
    assert stock("FLOUR/L1") == {}
    assert stock("FLOUR/N1") == {"": None, "COLD": "30", "WH": "60"}


def test_what_a_customer_has_keeps_its_label() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1", "40 kg")], party="SHOP")
    do("relabel_lot", 3, lot="FLOUR/L1", number="N1")
    assert (stock("FLOUR/L1"), stock("FLOUR/N1")) == ({"@SHOP": "40"}, {"WH": "60"})
    assert status("FLOUR/L1") == "shipped"


def test_a_grade_change_makes_it_another_item_of_the_same_unit() -> None:
    receive("L1")
    do("relabel_lot", 2, lot="FLOUR/L1", number="L1", item="RYE")
    assert stock("RYE/L1") == {"WH": "100"}
    assert code_of("relabel_lot", 3, lot="RYE/L1", number="X", item="BREAD") == "units_differ"
    assert code_of("relabel_lot", 3, lot="RYE/L1", number="X", item="CRUMBS") == "units_differ"
    assert code_of("relabel_lot", 3, lot="RYE/L1", number="X", item="NOSUCH") == "unknown_code"


def test_a_lots_other_names_stay_with_the_old_label() -> None:
    receive("L1", aliases=["S-77"])
    do("relabel_lot", 2, lot="FLOUR/L1", number="N1")
    assert lot("S-77").number == "L1"
    assert about("FLOUR/N1")["aliases"] == []


def test_parts_stay_in_a_unit_that_gets_a_new_label() -> None:
    submit_calls(
        [
            call("produce", 1, outputs=[new("PUMP", "P1", "1 件", place="LINE")]),
            call("produce", 1, outputs=[new("MOTOR", "M1", "1 件", place="LINE")]),
            call("install", 2, component="MOTOR/M1", assembly="PUMP/P1"),
            call("relabel_lot", 3, lot="PUMP/P1", number="P9"),
        ]
    )
    assert [inside["number"] for inside in about("PUMP/P9")["contents"]] == ["M1"]
    do("ship", 4, lots=[part("PUMP/P9")], party="SHOP")
    assert stock("MOTOR/M1") == {"@SHOP": "1"}


@pytest.mark.parametrize(
    ("change", "code"),
    [({"number": "L2"}, "lot_number_taken"), ({"number": ""}, "malformed")],
)
def test_a_label_that_cannot_be_is_refused(change: dict[str, str], code: str) -> None:
    receive("L1")
    receive("L2")
    assert code_of("relabel_lot", 2, **{"lot": "FLOUR/L1", "number": "N1", **change}) == code


def test_what_is_held_packed_or_gone_is_not_relabelled() -> None:
    for number in ("H", "P", "G"):
        receive(number)
    do("hold", 2, lots=["FLOUR/H"], reason="metal")
    do("pack", 2, container="CASE", children=["FLOUR/P"])
    do("scrap", 2, lots=[part("FLOUR/G")], reason="spilt")
    assert code_of("relabel_lot", 3, lot="FLOUR/H", number="N") == "lot_held"
    assert code_of("relabel_lot", 3, lot="FLOUR/P", number="N") == "packed_inside"
    assert code_of("relabel_lot", 3, lot="FLOUR/G", number="N") == "not_enough"
    assert code_of("relabel_lot", 3, lot="CASE", number="N") == "wrong_kind"


def test_a_held_lot_that_was_relabelled_waits_in_quarantine() -> None:
    receive("L1")
    do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    position = tell("relabel_lot", 3, lot="FLOUR/L1", number="N1")
    assert exceptions(position) == ["lot_held"]
    assert (status("FLOUR/N1"), stock("FLOUR/N1")) == ("quarantine", {"WH": "100"})
