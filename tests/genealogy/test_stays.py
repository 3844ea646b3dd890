"""Stays: from when to when a child was in a container or an assembly, and when that was known."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.lots.floor import (
    about,
    between,
    call,
    day,
    do,
    exceptions,
    make,
    new,
    part,
    receive,
    staying,
    stays,
    submit_calls,
    tell,
)
from yuanliu.genealogy.models import Stay, StayKind

pytestmark = pytest.mark.usefixtures("plant")


def test_a_stay_lasts_from_packing_to_unpacking() -> None:
    receive("L1")
    packed = do("pack", 2, container="CASE", children=["FLOUR/L1"])
    assert staying("FLOUR/L1") == [("CASE", 2, None)]
    unpacked = do("unpack", 4, container="CASE")
    assert staying("FLOUR/L1") == [("CASE", 2, 4)]
    assert [(s.end, s.known) for s in stays("FLOUR/L1")] == [
        (None, (packed, unpacked)),
        (4, (unpacked, None)),
    ]


def test_a_child_may_go_in_and_out_again() -> None:
    receive("L1")
    for when in (2, 4):
        do("pack", when, container="CASE", children=["FLOUR/L1"])
        do("unpack", when + 1, container="CASE")
    assert staying("FLOUR/L1") == [("CASE", 2, 3), ("CASE", 4, 5)]


def test_a_component_stays_in_its_assembly() -> None:
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    do("remove", 3, component="MOTOR/M1", assembly="PUMP/P1")
    assert staying("MOTOR/M1") == [("PUMP/P1", 2, 3)]
    assert set(Stay.objects.values_list("kind", flat=True)) == {StayKind.INSTALLED}


def test_a_component_moves_with_a_new_label_of_its_assembly() -> None:
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    do("install", 2, component="MOTOR/M1", assembly="PUMP/P1")
    do("relabel_lot", 3, lot="PUMP/P1", number="P9")
    assert staying("MOTOR/M1") == [("PUMP/P1", 2, 3), ("PUMP/P9", 3, None)]


def test_what_is_seen_in_another_container_left_the_first() -> None:
    receive("L1")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    tell("pack", 3, container="OTHER", children=["FLOUR/L1"])
    assert staying("FLOUR/L1") == [("CASE", 2, 3), ("OTHER", 3, None)]


def test_what_is_seen_out_of_a_container_is_in_none() -> None:
    receive("L1")
    receive("L2")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("pack", 2, container="OTHER", children=["FLOUR/L2"])
    position = tell("unpack", 3, container="OTHER", children=["FLOUR/L1"])
    assert exceptions(position) == ["not_inside"]
    assert staying("FLOUR/L1") == [("CASE", 2, 3)]
    assert about("FLOUR/L1")["container"] is None


def test_what_never_went_in_cannot_come_out() -> None:
    receive("L1")
    receive("L2")
    do("pack", 2, container="CASE", children=["FLOUR/L2"])
    tell("unpack", 3, container="CASE", children=["FLOUR/L1"])
    assert staying("FLOUR/L1") == []


def test_an_unpacking_told_before_its_packing_ends_it_all_the_same() -> None:
    receive("L1")
    receive("L2")
    do("pack", 2, container="CASE", children=["FLOUR/L2"])
    tell("unpack", 5, container="CASE", children=["FLOUR/L1"])
    late = tell("pack", 4, container="CASE", children=["FLOUR/L1"])
    assert [(s.start, s.end, s.known) for s in stays("FLOUR/L1")] == [(4, 5, (late, None))]
    assert about("FLOUR/L1")["container"] is None


def test_a_late_repacking_cuts_a_stay_in_two() -> None:
    receive("L1")
    first = do("pack", 2, container="CASE", children=["FLOUR/L1"])
    last = do("unpack", 8, container="CASE")
    out = tell("unpack", 4, container="CASE", children=["FLOUR/L1"])
    back = tell("pack", 6, container="CASE", children=["FLOUR/L1"])
    assert staying("FLOUR/L1") == [("CASE", 2, 4), ("CASE", 6, 8)]
    assert [(s.start, s.end, s.known) for s in stays("FLOUR/L1")] == [
        (2, None, (first, last)),
        (2, 8, (last, out)),
        (2, 4, (out, None)),
        (6, 8, (back, None)),
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_stays_are_the_same_in_whatever_order_they_are_told(order: tuple[int, ...]) -> None:
    receive("L1")
    receive("X")
    do("pack", 1.5, container="A", children=["FLOUR/X"])
    receive("Y")
    do("pack", 1.5, container="B", children=["FLOUR/Y"])
    told = [
        call("pack", 2, told=True, container="A", children=["FLOUR/L1"]),
        call("unpack", 3, told=True, container="A", children=["FLOUR/L1"]),
        call("pack", 4, told=True, container="B", children=["FLOUR/L1"]),
        call("unpack", 5, told=True, container="B", children=["FLOUR/L1"]),
    ]
    for number in order:
        submit_calls([told[number]])
    assert staying("FLOUR/L1") == [("A", 2, 3), ("B", 4, 5)]
    assert about("FLOUR/L1")["container"] is None


# Corrections


def test_a_retracted_packing_never_was() -> None:
    receive("L1")
    packed = do("pack", 2, container="CASE", children=["FLOUR/L1"])
    back = do("correct", 3, position=packed, reason="wrong label")
    assert staying("FLOUR/L1") == []
    assert [s.known for s in stays("FLOUR/L1")] == [(packed, back)]
    assert about("FLOUR/L1")["container"] is None


def test_a_retracted_unpacking_opens_the_stay_again() -> None:
    receive("L1")
    do("pack", 2, container="CASE", children=["FLOUR/L1"])
    unpacked = do("unpack", 3, container="CASE")
    do("correct", 4, position=unpacked, reason="wrong label")
    assert staying("FLOUR/L1") == [("CASE", 2, None)]
    assert about("FLOUR/L1")["container"]["number"] == "CASE"


def test_a_packing_corrected_to_another_time_still_ends_when_it_ended() -> None:
    receive("L1")
    packed = do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("unpack", 4, container="CASE")
    arguments = {"container": "CASE", "children": ["FLOUR/L1"]}
    do("correct", 3, position=packed, reason="typo", action="pack", arguments=arguments)
    assert staying("FLOUR/L1") == [("CASE", 3, 4)]


def test_a_packing_corrected_to_another_child_leaves_the_first_free() -> None:
    receive("L1")
    receive("L2")
    packed = do("pack", 2, container="CASE", children=["FLOUR/L1"])
    arguments = {"container": "CASE", "children": ["FLOUR/L2"]}
    do("correct", 2, position=packed, reason="typo", action="pack", arguments=arguments)
    assert (staying("FLOUR/L1"), staying("FLOUR/L2")) == ([], [("CASE", 2, None)])


def test_a_stay_known_only_roughly_keeps_its_stretch_of_time() -> None:
    do("receive", 1, lots=[new("FLOUR", "L1", "9 kg", place="WH", quality="released")])
    do("pack", between(2, 3), container="CASE", children=["FLOUR/L1"])
    do("ship", 5, lots=[part("CASE")], party="SHOP")
    row = Stay.objects.get()
    assert (row.start_from, row.start_to) == (day(2).start, day(3).start)
