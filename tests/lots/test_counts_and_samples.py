"""Counting stock and taking samples."""

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
    part,
    receive,
    refused,
    shown,
    status,
    stock,
    tell,
)

pytestmark = pytest.mark.usefixtures("plant")


# Counts


@pytest.mark.parametrize(
    ("counted", "difference", "flow"),
    [("97.5 kg", "-2.5", "- 2.5 kg FLOUR/L1"), ("0.101 t", "1", "+ 1 kg FLOUR/L1")],
)
def test_a_count_sets_the_stock_and_keeps_the_difference(
    counted: str, difference: str, flow: str
) -> None:
    receive("L1")
    position = do("adjust", 2, lot="FLOUR/L1", counted=counted, reason="stocktaking")
    assert kinds(position) == ["adjusted"]
    assert shown(fact(position).data.difference.value) == difference
    assert flows(position) == [flow]
    assert stock("FLOUR/L1") == {"WH": {"97.5 kg": "97.5", "0.101 t": "101"}[counted]}


def test_a_count_may_find_nothing() -> None:
    receive("L1")
    position = do("adjust", 2, lot="FLOUR/L1", counted="0 kg", reason="stocktaking")
    assert (flows(position), stock("FLOUR/L1")) == (["- 100 kg FLOUR/L1"], {})


def test_a_count_may_find_a_lot_where_it_was_not() -> None:
    receive("L1")
    do("adjust", 2, lot="FLOUR/L1", counted="3 kg", place="COLD", reason="found")
    assert stock("FLOUR/L1") == {"WH": "100", "COLD": "3"}


def test_a_count_makes_known_what_was_unknown_and_nothing_flows() -> None:
    receive("L1", "? kg")
    position = do("adjust", 2, lot="FLOUR/L1", counted="80 kg", reason="weighed")
    assert (flows(position), stock("FLOUR/L1")) == ([], {"WH": "80"})
    assert fact(position).data.difference is None


def test_a_count_of_what_was_unknown_may_find_nothing() -> None:
    receive("L1", "? kg")
    do("adjust", 2, lot="FLOUR/L1", counted="0 kg", reason="weighed")
    assert stock("FLOUR/L1") == {}


def test_what_was_known_may_become_unknown() -> None:
    receive("L1")
    position = do("adjust", 2, lot="FLOUR/L1", counted="? kg", reason="bag burst")
    assert (flows(position), stock("FLOUR/L1")) == ([], {"WH": None})


@pytest.mark.parametrize(("booked", "counted"), [("100 kg", "100.0 kg"), ("? kg", "? kg")])
def test_a_count_that_finds_what_was_booked_adjusts_nothing(booked: str, counted: str) -> None:
    receive("L1", booked)
    refusal = refused("adjust", 2, lot="FLOUR/L1", counted=counted, reason="stocktaking")
    assert (refusal.code, refusal.facts["quantity"]) == ("count_unchanged", booked)


def test_stock_at_a_customers_may_be_counted() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1")], party="SHOP")
    do("adjust", 3, lot="FLOUR/L1", counted="60 kg", party="SHOP", reason="told by the shop")
    assert stock("FLOUR/L1") == {"@SHOP": "60"}


def test_overdrawn_stock_is_put_right_by_a_count() -> None:
    receive("L1")
    tell("scrap", 2, lots=[part("FLOUR/L1", "130 kg")], reason="spilt")
    position = do("adjust", 3, lot="FLOUR/L1", counted="5 kg", reason="stocktaking")
    assert (flows(position), stock("FLOUR/L1")) == (["+ 35 kg FLOUR/L1"], {"WH": "5"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"counted": "-1 kg"}, "quantity_not_positive"),
        ({"counted": "1 L"}, "units_differ"),
        ({"reason": ""}, "reason_needed"),
        ({"place": "NOSUCH"}, "unknown_code"),
        ({"party": "NOSUCH"}, "unknown_code"),
        ({"place": "WH", "party": "SHOP"}, "malformed"),
        ({"lot": "FLOUR/X"}, "unknown_lot"),
        ({"lot": "BREAD/B1", "counted": "3.5 件"}, "not_whole"),
        ({"lot": "CASE", "counted": "0 unit"}, "wrong_kind"),
    ],
)
def test_a_count_that_cannot_be_is_refused(change: dict[str, str], code: str) -> None:
    receive("L1")
    make("BREAD", "B1", "70 件")
    make("BREAD", "B2", "70 件")
    do("pack", 1, container="CASE", children=["BREAD/B2"])
    arguments = {"lot": "FLOUR/L1", "counted": "50 kg", "reason": "stocktaking", **change}
    assert code_of("adjust", 2, **arguments) == code


def test_a_count_in_two_places_says_where() -> None:
    receive("L1", place="WH")
    receive("L1", place="COLD")
    arguments = {"lot": "FLOUR/L1", "counted": "50 kg", "reason": "stocktaking"}
    assert code_of("adjust", 2, **arguments) == "place_needed"


def test_a_single_unit_is_lost_or_found_but_never_two() -> None:
    make("PUMP", "P1", "1 件")
    arguments = {"lot": "PUMP/P1", "reason": "stocktaking"}
    assert code_of("adjust", 2, **arguments, counted="2 件") == "unit_is_one"
    assert code_of("adjust", 2, **arguments, counted="1 件", place="COLD") == "unit_is_one"
    do("adjust", 2, **arguments, counted="0 件")
    do("adjust", 3, **arguments, counted="1 件", place="COLD")
    assert stock("PUMP/P1") == {"COLD": "1"}


# Samples


def test_a_sample_that_is_not_kept_is_used_up() -> None:
    receive("L1")
    position = do("take_sample", 2, lot="FLOUR/L1", quantity="200 g", purpose="moisture")
    assert kinds(position) == ["sampled"]
    assert (flows(position), stock("FLOUR/L1")) == (["- 0.2 kg FLOUR/L1"], {"WH": "99.8"})
    assert fact(position).data.purpose == "moisture"


def test_a_sample_that_is_kept_is_a_lot_of_its_own_where_it_was_taken() -> None:
    receive("L1", place="COLD")
    position = do("take_sample", 2, lot="FLOUR/L1", quantity="200 g", number="L1-S")
    assert flows(position) == ["- 0.2 kg FLOUR/L1", "+ 0.2 kg FLOUR/L1-S"]
    assert (stock("FLOUR/L1-S"), lot("FLOUR/L1-S").supplier) == ({"COLD": "0.2"}, "ACME")


@pytest.mark.parametrize(("stopped", "sample"), [("hold", "quarantine"), ("reject", "rejected")])
def test_a_stopped_lot_is_sampled_and_its_sample_is_no_better(stopped: str, sample: str) -> None:
    receive("L1")
    do(stopped, 2, lots=["FLOUR/L1"], reason="metal")
    do("take_sample", 3, lot="FLOUR/L1", quantity="1 kg", number="L1-S")
    assert status("FLOUR/L1-S") == sample


def test_a_lot_on_a_pallet_is_sampled_without_unpacking() -> None:
    receive("L1")
    do("pack", 2, container="PALLET", children=["FLOUR/L1"])
    do("take_sample", 3, lot="FLOUR/L1", quantity="1 kg")
    assert stock("FLOUR/L1") == {"WH": "99"}


def test_a_tank_is_sampled() -> None:
    do("define_vessel", 0.5, number="TANK", unit="L", place="LINE")
    receive("M1", "100 L", item="MILK")
    do("fill", 2, vessel="TANK", inputs=[part("MILK/M1")])
    do("take_sample", 3, lot="TANK", quantity="200 mL", number="TANK-S")
    row = lot("TANK-S")
    assert (row.kind, row.item, row.content, stock("TANK")) == ("lot", "", "0.2", {"LINE": "99.8"})


def test_a_sample_of_unknown_size_leaves_an_unknown_rest() -> None:
    receive("L1")
    do("take_sample", 2, lot="FLOUR/L1", quantity="? kg", number="L1-S")
    assert (stock("FLOUR/L1"), stock("FLOUR/L1-S")) == ({"WH": None}, {"WH": None})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "101 kg"}, "not_enough"),
        ({"quantity": "0 kg"}, "quantity_not_positive"),
        ({"quantity": "1 L"}, "units_differ"),
        ({"number": "L2"}, "lot_number_taken"),
        ({"number": " S"}, "malformed"),
        ({"place": "COLD"}, "not_enough"),
        ({"place": "NOSUCH"}, "unknown_code"),
        ({"lot": "CASE", "quantity": "1 unit"}, "wrong_kind"),
    ],
)
def test_a_sample_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    receive("L2")
    do("pack", 1, container="CASE", children=["FLOUR/L2"])
    arguments = {"lot": "FLOUR/L1", "quantity": "1 kg", **change}
    assert code_of("take_sample", 2, **arguments) == code


def test_a_sample_names_its_quantity() -> None:
    receive("L1")
    assert code_of("take_sample", 2, lot="FLOUR/L1") == "malformed"


def test_more_was_sampled_than_there_was() -> None:
    receive("L1", "1 kg")
    position = tell("take_sample", 2, lot="FLOUR/L1", quantity="2 kg", number="S")
    assert exceptions(position) == ["not_enough"]
    assert (stock("FLOUR/L1"), stock("FLOUR/S")) == ({"WH": "-1"}, {"WH": "2"})
