"""Packing, unpacking, installing and removing: what is in what, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lots.floor import (
    about,
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
from yuanliu.lots.models import Content

pytestmark = pytest.mark.usefixtures("plant")


def inside(name: str) -> list[str]:
    """Name what is directly inside a container or assembly."""
    return [child["number"] for child in about(name)["contents"]]


# Pack


def test_a_container_number_not_seen_before_is_a_new_container() -> None:
    receive("L1")
    position = do("pack", 2, container="CASE", children=["FLOUR/L1"])
    assert kinds(position) == ["packed"]
    row = lot("CASE")
    assert (row.kind, row.item, row.content, row.disposition) == ("container", "", "1", "released")
    assert inside("CASE") == ["L1"]
    assert about("FLOUR/L1")["container"]["number"] == "CASE"
    assert flows(position) == []


def test_a_new_container_stands_where_its_first_child_lay_and_the_others_come_to_it() -> None:
    receive("L1", place="COLD")
    receive("L2", place="WH")
    do("pack", 2, container="CASE", children=["FLOUR/L1", "FLOUR/L2"])
    assert stock("CASE") == {"COLD": "1"}
    assert stock("FLOUR/L2") == {"COLD": "100"}


def test_a_new_container_may_stand_where_it_is_told() -> None:
    receive("L1", place="COLD")
    do("pack", 2, container="CASE", children=["FLOUR/L1"], place="LINE")
    assert (stock("CASE"), stock("FLOUR/L1")) == ({"LINE": "1"}, {"LINE": "100"})


def test_children_go_to_the_place_of_a_known_container() -> None:
    receive("L1", place="COLD")
    receive("L2", place="WH")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    position = do("pack", 3, container="CASE", children=["FLOUR/L2"])
    assert fact(position).data.birth is None
    assert (stock("FLOUR/L2"), inside("CASE")) == ({"COLD": "100"}, ["L1", "L2"])


def test_a_known_container_is_not_packed_where_it_is_not() -> None:
    receive("L1", place="COLD")
    receive("L2", place="COLD")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    arguments = {"container": "CASE", "children": ["FLOUR/L2"], "place": "WH"}
    refusal = refused("pack", 3, **arguments)
    assert (refusal.code, refusal.facts["lot"], refusal.facts["place"]) == (
        "not_enough",
        "CASE",
        "WH",
    )
    assert exceptions(tell("pack", 3, **arguments)) == ["not_enough"]
    assert (stock("CASE"), stock("FLOUR/L2")) == ({"COLD": "1"}, {"COLD": "100"})


def test_containers_go_into_containers_with_all_they_hold() -> None:
    receive("L1", place="COLD")
    receive("L2", place="WH")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("pack", 3, container="PALLET", children=["FLOUR/L2"])
    do("pack", 4, container="PALLET", children=["CASE"])
    assert (stock("CASE"), stock("FLOUR/L1")) == ({"WH": "1"}, {"WH": "100"})
    assert (inside("PALLET"), inside("CASE")) == (["L2", "CASE"], ["L1"])


@pytest.mark.parametrize("outer", ["CASE", "INNER"])
def test_a_container_does_not_go_into_itself(outer: str) -> None:
    receive("L1")
    do("pack", 2, container="INNER", children=["FLOUR/L1"])
    do("pack", 3, container="CASE", children=["INNER"])
    refusal = refused("pack", 4, container=outer, children=["CASE"])
    assert (refusal.code, refusal.facts) == ("inside_itself", {"lot": "CASE", "parent": outer})
    with pytest.raises(type(refusal)):
        tell("pack", 4, container=outer, children=["CASE"])


def test_what_is_packed_or_installed_is_not_packed_again() -> None:
    receive("L1")
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    refusal = refused("pack", 3, container="OTHER", children=["FLOUR/L1"])
    assert (refusal.code, refusal.facts) == (
        "already_inside",
        {"lot": "FLOUR/L1", "parent": "CASE"},
    )
    refusal = refused("pack", 3, container="OTHER", children=["MOTOR/M1"])
    assert (refusal.code, refusal.facts["parent"]) == ("already_inside", "PUMP/P1")


def test_what_was_seen_in_another_container_is_in_that_one() -> None:
    receive("L1")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    position = tell("pack", 3, container="OTHER", children=["FLOUR/L1"])
    assert exceptions(position) == ["already_inside"]
    assert Content.objects.count() == 1
    assert inside("OTHER") == ["L1"]


def test_a_lot_in_two_places_is_split_before_it_is_packed() -> None:
    receive("L1", "60 kg", place="WH")
    receive("L1", "40 kg", place="COLD")
    refusal = refused("pack", 2, container="CASE", children=["FLOUR/L1"])
    assert (refusal.code, refusal.facts["places"]) == ("not_in_one_place", "COLD, WH")


def test_a_lot_a_customer_has_a_part_of_is_split_before_it_is_packed() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1", "40 kg")], party="SHOP")
    assert code_of("pack", 3, container="CASE", children=["FLOUR/L1"]) == "not_in_one_place"
    position = tell("pack", 3, container="CASE", children=["FLOUR/L1"], place="LINE")
    assert exceptions(position) == ["not_in_one_place"]
    assert stock("FLOUR/L1") == {"LINE": "60", "@SHOP": "40"}


def test_what_is_used_up_or_shipped_is_not_packed() -> None:
    receive("L1")
    receive("L2")
    do("ship", 2, lots=[part("FLOUR/L1")], party="SHOP")
    do("scrap", 2, lots=[part("FLOUR/L2")], reason="wet")
    assert code_of("pack", 3, container="CASE", children=["FLOUR/L1"]) == "not_enough"
    assert code_of("pack", 3, container="CASE", children=["FLOUR/L2"]) == "not_enough"


def test_a_container_a_customer_has_is_packed_there() -> None:
    receive("L1")
    receive("L2")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("ship", 3, lots=[part("CASE")], party="SHOP")
    do("ship", 3, lots=[part("FLOUR/L2")], party="SHOP")
    do("pack", 4, container="CASE", children=["FLOUR/L2"])
    assert stock("FLOUR/L2") == {"@SHOP": "100"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"children": []}, "nothing_given"),
        ({"children": ["FLOUR/L1", "FLOUR/L1"]}, "named_twice"),
        ({"children": ["FLOUR/X"]}, "unknown_lot"),
        ({"container": "FLOUR/L2"}, "wrong_kind"),
        ({"container": "L2"}, "wrong_kind"),
        ({"container": "NOSUCH/1"}, "unknown_code"),
        ({"container": "01a203de-8562-77ea-992f-6874e79e8fb0"}, "unknown_lot"),
        ({"container": {"number": " CASE"}}, "malformed"),
        ({"place": "NOSUCH"}, "unknown_code"),
    ],
)
def test_a_packing_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    receive("L2")
    assert code_of("pack", 2, **{"container": "CASE", "children": ["FLOUR/L1"], **change}) == code


def test_nothing_is_packed_before_it_exists() -> None:
    receive("L1", "100 kg", 5)
    assert code_of("pack", 4, container="CASE", children=["FLOUR/L1"]) == "before_birth"


# Unpack


def test_unpacked_children_lie_where_the_container_lay() -> None:
    receive("L1")
    receive("L2")
    do("pack", 2, container="CASE", children=["FLOUR/L1", "FLOUR/L2"])
    do("move", 3, lots=[part("CASE")], place="COLD")
    position = do("unpack", 4, container="CASE", children=["FLOUR/L1"])
    assert kinds(position) == ["unpacked"]
    assert (stock("FLOUR/L1"), inside("CASE")) == ({"COLD": "100"}, ["L2"])
    do("move", 5, lots=[part("FLOUR/L1")], place="WH")
    assert stock("FLOUR/L2") == {"COLD": "100"}


def test_unpacking_without_names_takes_out_all_that_is_directly_inside() -> None:
    receive("L1")
    receive("L2")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("pack", 3, container="PALLET", children=["CASE", "FLOUR/L2"])
    do("unpack", 4, container="PALLET")
    assert (inside("PALLET"), inside("CASE")) == ([], ["L1"])
    assert code_of("unpack", 5, container="PALLET") == "nothing_given"


def test_what_was_unpacked_at_the_customers_stays_there() -> None:
    receive("L1")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("ship", 3, lots=[part("CASE")], party="SHOP")
    do("unpack", 4, container="CASE")
    do("receive_return", 5, lot="CASE", party="SHOP", place="WH")
    assert (stock("FLOUR/L1"), stock("CASE")) == ({"@SHOP": "100"}, {"WH": "1"})
    assert (status("FLOUR/L1"), status("CASE")) == ("shipped", "quarantine")


def test_only_what_is_inside_comes_out() -> None:
    receive("L1")
    receive("L2")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    refusal = refused("unpack", 3, container="CASE", children=["FLOUR/L2"])
    assert (refusal.code, refusal.facts) == ("not_inside", {"lot": "FLOUR/L2", "parent": "CASE"})
    assert code_of("unpack", 3, container="FLOUR/L1", children=["FLOUR/L2"]) == "wrong_kind"
    assert code_of("unpack", 3, container="CASE", children=["FLOUR/L1"] * 2) == "named_twice"
    assert code_of("unpack", 3, container="NOSUCH") == "unknown_lot"


@pytest.mark.parametrize("held", ["PALLET", "CASE"])
def test_nothing_comes_out_of_a_held_pallet_or_of_a_case_on_it(held: str) -> None:
    receive("L1")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("pack", 3, container="PALLET", children=["CASE"])
    do("hold", 4, lots=[held], reason="wet")
    refusal = refused("unpack", 5, container="CASE")
    assert (refusal.code, refusal.facts["lot"]) == ("lot_held", held)
    do("release", 6, lots=[held], reason="dry")
    do("unpack", 7, container="CASE")
    assert inside("CASE") == []


# Install and remove


def test_an_installed_component_is_part_of_its_assembly_and_goes_with_it() -> None:
    make("PUMP", "P1", "1 件")
    receive("M1", "1 件", item="MOTOR")
    position = do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    assert kinds(position) == ["installed"]
    assert (inside("PUMP/P1"), stock("MOTOR/M1")) == (["M1"], {"LINE": "1"})
    assert about("MOTOR/M1")["assembly"]["number"] == "P1"
    do("ship", 3, lots=[part("PUMP/P1")], party="SHOP")
    assert (stock("MOTOR/M1"), status("MOTOR/M1")) == ({"@SHOP": "1"}, "shipped")


def test_a_part_is_installed_at_the_customers() -> None:
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("ship", 2, lots=[part("PUMP/P1")], party="SHOP")
    do("install", 3, component="MOTOR/M1", assembly="PUMP/P1")
    assert stock("MOTOR/M1") == {"@SHOP": "1"}


def test_a_removed_component_is_free_again() -> None:
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    position = do("remove", 3, component="MOTOR/M1", assembly="PUMP/P1", place="COLD")
    assert kinds(position) == ["removed"]
    assert (stock("MOTOR/M1"), inside("PUMP/P1")) == ({"COLD": "1"}, [])
    do("install", 4, component="MOTOR/M1", assembly="PUMP/P1")
    do("remove", 5, component="MOTOR/M1", assembly="PUMP/P1")
    assert stock("MOTOR/M1") == {"LINE": "1"}


def test_a_removed_component_takes_its_own_parts_along() -> None:
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    make("BOLT", "K1", "4 件")
    do("install", 2, component="BOLT/K1", assembly="MOTOR/M1")
    do("install", 3, component="MOTOR/M1", assembly="PUMP/P1")
    do("remove", 4, component="MOTOR/M1", assembly="PUMP/P1", place="COLD")
    assert stock("BOLT/K1") == {"COLD": "4"}


@pytest.mark.parametrize(
    ("component", "assembly", "code"),
    [
        ("MOTOR/M1", "MOTOR/M1", "inside_itself"),
        ("PUMP/P1", "BOLT/K1", "inside_itself"),
        ("BOLT/K1", "PUMP/P1", "already_inside"),
        ("CASE", "PUMP/P1", "wrong_kind"),
        ("MOTOR/M1", "CASE", "wrong_kind"),
        ("MOTOR/M2", "PUMP/P1", "already_inside"),
        ("MOTOR/M3", "PUMP/P1", "lot_held"),
        ("MOTOR/M4", "PUMP/P1", "not_enough"),
        ("MOTOR/M1", "PUMP/P2", "not_enough"),
        ("MOTOR/X", "PUMP/P1", "unknown_lot"),
    ],
)
def test_an_installation_that_cannot_be_is_refused(
    component: str, assembly: str, code: str
) -> None:
    for number in ("M1", "M2", "M3", "M4"):
        make("MOTOR", number, "1 件")
    for number in ("P1", "P2"):
        make("PUMP", number, "1 件")
    make("BOLT", "K1", "4 件")
    do("install", 2, component="BOLT/K1", assembly="PUMP/P1")
    do("pack", 2, container="CASE", children=["MOTOR/M2"])
    do("hold", 2, lots=["MOTOR/M3"], reason="winding")
    do("scrap", 2, lots=[part("MOTOR/M4"), part("PUMP/P2")], reason="burnt")
    assert code_of("install", 3, component=component, assembly=assembly) == code


def test_only_what_is_installed_is_removed() -> None:
    make("PUMP", "P1", "1 件")
    make("PUMP", "P2", "1 件")
    make("MOTOR", "M1", "1 件")
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    assert code_of("remove", 3, component="MOTOR/M1", assembly="PUMP/P2") == "not_inside"
    wrong = {"component": "MOTOR/M1", "assembly": "PUMP/P1", "place": "NOSUCH"}
    assert code_of("remove", 3, **wrong) == "unknown_code"
    position = tell("remove", 3, component="MOTOR/M1", assembly="PUMP/P2")
    assert exceptions(position) == ["not_inside"]
    assert about("MOTOR/M1")["assembly"] is None


# Scrap


def test_scrapped_material_is_gone_and_flows_away() -> None:
    receive("L1")
    position = do("scrap", 2, lots=[part("FLOUR/L1", "30 kg")], reason="spilt")
    assert kinds(position) == ["scrapped"]
    assert (flows(position), stock("FLOUR/L1")) == (["- 30 kg FLOUR/L1"], {"WH": "70"})
    do("scrap", 3, lots=[part("FLOUR/L1")], reason="spilt")
    assert (status("FLOUR/L1"), stock("FLOUR/L1")) == ("scrapped", {})


def test_what_is_stopped_may_be_scrapped() -> None:
    receive("L1", quality="quarantine")
    do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    do("reject", 2, lots=["FLOUR/L1"], reason="metal")
    do("scrap", 3, lots=[part("FLOUR/L1")], reason="metal")
    assert stock("FLOUR/L1") == {}


def test_a_scrapped_pump_takes_its_motor_along() -> None:
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    position = do("scrap", 3, lots=[part("PUMP/P1")], reason="burnt")
    assert flows(position) == ["- 1 pc PUMP/P1", "- 1 pc MOTOR/M1"]
    assert (status("PUMP/P1"), status("MOTOR/M1")) == ("scrapped", "scrapped")


def test_a_customer_may_scrap_what_it_has() -> None:
    receive("L1")
    do("ship", 2, lots=[part("FLOUR/L1")], party="SHOP")
    do("scrap", 3, lots=[part("FLOUR/L1", "30 kg", party="SHOP")], reason="recalled")
    assert stock("FLOUR/L1") == {"@SHOP": "70"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lots": []}, "nothing_given"),
        ({"reason": " "}, "reason_needed"),
        ({"lots": [part("FLOUR/L1", "101 kg")]}, "not_enough"),
        ({"lots": [part("FLOUR/L1", "0 kg")]}, "quantity_not_positive"),
        ({"lots": [part("FLOUR/L1"), part("FLOUR/L1")]}, "named_twice"),
        ({"lots": [part("FLOUR/L2")]}, "packed_inside"),
    ],
)
def test_scrapping_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    receive("L2")
    do("pack", 2, container="CASE", children=["FLOUR/L2"])
    arguments = {"lots": [part("FLOUR/L1")], "reason": "wet", **change}
    assert code_of("scrap", 3, **arguments) == code


def test_a_container_defined_by_an_item_is_packed_by_its_number() -> None:
    lots = [new("BOLT", "PAL", "1 件", kind="container", place="WH"), new("FLOUR", "L1", "9 kg")]
    do("receive", 1, lots=lots, supplier="ACME")
    do("pack", 2, container="BOLT/PAL", children=["FLOUR/L1"])
    assert (inside("BOLT/PAL"), stock("FLOUR/L1")) == (["L1"], {"WH": "9"})
