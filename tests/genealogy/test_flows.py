"""Flows: exact quantities, amounts and mass for every kind of fact, and when they were known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lots.floor import between, call, day, do, make, names, new, part, receive, submit_calls
from yuanliu.genealogy.flows import KIND_CODES
from yuanliu.genealogy.models import FOREVER, Flow, Happening
from yuanliu.ledger.facts import Grade

pytestmark = pytest.mark.usefixtures("plant")


def rows(position: int) -> list[tuple[Any, ...]]:
    """Give a fact's flows as (direction, traceable, quantity, unit, amount, mass)."""
    called = {0: "scrap", **names()}
    found = Flow.objects.filter(fact=position).order_by("line")
    return [
        ("out" if f.direction else "in", called[f.traceable], f.quantity, f.unit, f.amount, f.mass)
        for f in found
    ]


def test_a_receipt_flows_out() -> None:
    position = do("receive", 1, lots=[new("CRUMBS", "C1", "1.5 kg"), new("BREAD", "B1", "20 件")])
    assert rows(position) == [
        ("out", "CRUMBS/C1", "1500", "GRM", 1.5, 1.5),
        ("out", "BREAD/B1", "20", "H87", 20.0, 10.0),
    ]


def test_a_process_flows_in_and_out_in_the_order_it_was_told() -> None:
    receive("L1")
    receive("M1", "9 L", item="MILK")
    position = do(
        "produce",
        2,
        inputs=[part("MILK/M1", "4 L"), part("FLOUR/L1", "? kg")],
        outputs=[new("BREAD", "B1", "20 件"), new("CRUMBS", "C1", "500 g")],
        scrap=[{"quantity": "0.5 kg"}, {"quantity": "1 L"}],
    )
    assert rows(position) == [
        ("in", "MILK/M1", "4", "LTR", 4.0, None),
        ("in", "FLOUR/L1", None, "KGM", None, None),
        ("out", "BREAD/B1", "20", "H87", 20.0, 10.0),
        ("out", "CRUMBS/C1", "500", "GRM", 0.5, 0.5),
        ("out", "scrap", "0.5", "KGM", 0.5, 0.5),
        ("out", "scrap", "1", "LTR", 1.0, None),
    ]


def test_every_kind_of_material_fact_flows_and_no_other() -> None:
    receive("L1")
    receive("L2")
    make("PUMP", "P1", "1 件")
    make("MOTOR", "M1", "1 件")
    expected = {
        do("split_lot", 2, lot="FLOUR/L1", children=[{"number": "A", "quantity": "9 kg"}]): "split",
        do("merge_lots", 3, lots=[part("FLOUR/A"), part("FLOUR/L2")], number="M"): "merged",
        do("relabel_lot", 4, lot="FLOUR/M", number="N"): "relabelled",
        do("adjust", 5, lot="FLOUR/N", counted="100 kg", reason="count"): "adjusted",
        do("take_sample", 6, lot="FLOUR/N", quantity="1 kg", number="S"): "sampled",
        do("scrap", 7, lots=[part("FLOUR/N", "2 kg")], reason="wet"): "scrapped",
        do("define_vessel", 8, number="SILO", unit="kg", place="LINE"): None,
        do("fill", 9, vessel="SILO", inputs=[part("FLOUR/N", "50 kg")]): "filled",
        do("draw", 10, vessel="SILO", outputs=[new("FLOUR", "D", "20 kg", place="LINE")]): "drawn",
        do("move", 11, lots=[part("FLOUR/D")], place="WH"): None,
        do("install", 11, component="MOTOR/M1", assembly="PUMP/P1"): None,
        do("pack", 12, container="CASE", children=["PUMP/P1", "FLOUR/D"]): None,
        do("ship", 13, lots=[part("CASE")], party="SHOP"): None,
        do("unpack", 14, container="CASE"): None,
        do("receive_return", 15, lot="FLOUR/D", party="SHOP", place="WH"): "returned",
        do("hold", 16, lots=["FLOUR/D"], reason="wet"): None,
        do("release", 17, lots=["FLOUR/D"], reason="dry"): None,
        do("inspect", 18, lot="FLOUR/D", results=[], verdict="fail"): None,
        do("reject", 19, lots=["FLOUR/D"], reason="wet"): None,
        do("register_alias", 20, lot="FLOUR/D", text="X"): None,
    }
    for position, kind in expected.items():
        kinds = set(Flow.objects.filter(fact=position).values_list("kind", flat=True))
        assert kinds == ({KIND_CODES[kind]} if kind else set()), position
    assert rows(min(expected)) == [
        ("in", "FLOUR/L1", "9", "KGM", 9.0, 9.0),
        ("out", "FLOUR/A", "9", "KGM", 9.0, 9.0),
    ]


def test_what_goes_through_a_tank_has_a_mass_if_the_tank_is_kept_by_weight() -> None:
    receive("M1", "10 L", item="MILK")
    do("define_vessel", 1, number="TANK", unit="kg")
    position = do("fill", 2, vessel="TANK", inputs=[part("MILK/M1", "10 L")])
    assert rows(position) == [
        ("in", "MILK/M1", "10", "LTR", 10.0, None),
        ("out", "TANK", "10.3", "KGM", 10.3, 10.3),
    ]


@pytest.mark.parametrize(
    ("booked", "counted", "flow"),
    [
        ("100 kg", "97 kg", [("in", "FLOUR/L1", "3", "KGM", 3.0, 3.0)]),
        ("100 kg", "104 kg", [("out", "FLOUR/L1", "4", "KGM", 4.0, 4.0)]),
        ("100 kg", "? kg", []),
        ("? kg", "97 kg", []),
    ],
)
def test_a_count_flows_by_the_difference_it_found(
    booked: str, counted: str, flow: list[tuple[Any, ...]]
) -> None:
    receive("L1", booked)
    assert rows(do("adjust", 2, lot="FLOUR/L1", counted=counted, reason="count")) == flow


def test_a_flow_keeps_the_stretch_of_time_and_the_grade_it_was_told_with() -> None:
    submit_calls(
        [call("receive", between(1, 3), grade=Grade.SCANNED, lots=[new("FLOUR", "L1", "9 kg")])]
    )
    flow = Flow.objects.get()
    assert (flow.t_from, flow.t_to, flow.grade) == (day(1).start, day(3).start, 3)
    happening = Happening.objects.get(kind="received")
    assert (happening.t_from, happening.t_to, happening.grade) == (flow.t_from, flow.t_to, 3)


def test_a_standard_weight_counts_from_when_it_is_known() -> None:
    light = make("BREAD", "B1", "10 件", 1)
    do("define_item", 2, item={"code": "BREAD", "unit": "件", "weight": "0.75"})
    heavy = make("BREAD", "B2", "10 件", 3)
    assert [rows(position)[0][-1] for position in (light, heavy)] == [5.0, 7.5]


def test_a_corrected_flow_is_known_until_its_correction_and_the_new_one_from_then() -> None:
    receive("L1")
    wrong = do("scrap", 2, lots=[part("FLOUR/L1", "7 kg")], reason="wet")
    arguments = {"lots": [part("FLOUR/L1", "9 kg")], "reason": "wet"}
    right = do("correct", 2, position=wrong, reason="typo", action="scrap", arguments=arguments)
    known = {
        f.fact: (f.quantity, f.known_from, f.known_to) for f in Flow.objects.filter(fact__gte=wrong)
    }
    assert known == {wrong: ("7", wrong, right), right: ("9", right, FOREVER)}
    lives = dict(Happening.objects.filter(fact__gte=wrong).values_list("fact", "known_to"))
    assert lives == {wrong: right, right: FOREVER}
    assert Happening.objects.get(fact=right).supersedes == wrong


def test_a_retracted_flow_is_known_until_it_is_taken_back() -> None:
    receive("L1")
    wrong = do("scrap", 2, lots=[part("FLOUR/L1", "7 kg")], reason="wet")
    back = do("correct", 3, position=wrong, reason="typo")
    assert list(Flow.objects.filter(fact=wrong).values_list("known_from", "known_to")) == [
        (wrong, back)
    ]
    assert not Flow.objects.filter(fact=back).exists()
