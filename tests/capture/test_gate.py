"""The gate: who may do what, when it happened, all of a request or nothing, and never a crash."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factory import (
    FIRST_SHIFT,
    ME,
    NOW,
    SECOND,
    SHIFT,
    attempt,
    call,
    define_plant,
    group,
    receive,
    receive_released,
    record,
    refusal_of,
    sometime,
    when,
)
from tests.ledger.states import undone
from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity
from yuanliu.base.refusal import Refusal
from yuanliu.capture.binding import schema_of
from yuanliu.capture.gate import CLOCK_SKEW_MAX, Caller, Group, submit_all
from yuanliu.ledger import models
from yuanliu.ledger.desk import actions
from yuanliu.ledger.facts import Context, Grade, Reading
from yuanliu.ledger.judge import Tense
from yuanliu.ledger.read import fact_at, facts_from, size
from yuanliu.ledger.rebuild import dump
from yuanliu.ledger.verify import verify
from yuanliu.lots.models import Deviation, Traceable
from yuanliu.lots.requests import LotRef

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plant(db) -> None:
    """Every test here needs the plant's master data."""
    define_plant()


# Who


def test_a_correction_needs_the_permission_of_what_it_puts_in_the_facts_place():
    record(receive("F1"))
    clerk = replace(ME, actor="li", may_write=frozenset({"correct", "receive"}))
    wanted = {"position": 0, "reason": "typo", "action": "ship", "arguments": {}}
    refusal = refusal_of(call("correct", **wanted), caller=clerk)
    assert refusal.as_json() == {
        "code": "not_allowed",
        "facts": {"actor": "li", "action": "ship"},
    }


def test_a_caller_may_do_what_is_listed_and_nothing_else():
    packer = replace(ME, actor="li", may_write=frozenset({"pack", "receive"}))
    record(receive("F1"), caller=packer)
    before = (size(), dump())
    refusal = refusal_of(call("ship", lots=[{"lot": "FLOUR/F1"}], party="SHOP"), caller=packer)
    assert refusal.as_json() == {
        "code": "not_allowed",
        "facts": {"actor": "li", "action": "ship"},
    }
    assert refusal.status == 403
    assert refusal_of(receive("F2"), call("hold", lots=["FLOUR/F1"], reason="x"), caller=packer)
    assert (size(), dump()) == before


def test_a_caller_without_permissions_may_do_nothing(django_assert_num_queries):
    nobody = Caller(actor="nobody", channel="api")
    with django_assert_num_queries(0):
        for action in actions():
            assert refusal_of(call(action), caller=nobody).code == "not_allowed"


def test_every_fact_says_who_told_it_through_what():
    receipt = record(replace(receive("F1"), raw='{"scan":"(10)F1"}', grade=Grade.SCANNED))
    fact = fact_at(receipt.first)
    by = fact.provenance
    assert (by.actor, by.channel, by.device, by.ip) == ("wang", "test", "pda-3", "192.0.2.7")
    assert (by.raw, by.key, by.digest, fact.grade) == ('{"scan":"(10)F1"}', "", "", Grade.SCANNED)


# What and when


def test_an_unknown_action_is_named(django_assert_num_queries):
    with django_assert_num_queries(0):
        refusal = refusal_of(call("explode"))
    assert refusal.as_json() == {"code": "unknown_action", "facts": {"action": "explode"}}
    assert refusal.status == 404


def test_a_request_without_calls_is_refused():
    refusal = refusal_of()
    assert (refusal.code, refusal.facts["field"]) == ("malformed", "calls")


def test_a_batch_without_requests_is_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert submit_all([], caller=ME, now=NOW) == []


def test_what_cannot_be_read_is_refused_before_the_database_is_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert refusal_of(call("receive", lots="F1")).facts["field"] == "lots"


def test_a_clock_may_be_five_minutes_fast_and_no_more():
    fast = Moment(NOW + CLOCK_SKEW_MAX, NOW + CLOCK_SKEW_MAX)
    faster = Moment(fast.start + 1, fast.end + 1)
    record(receive("F1", "1 kg", fast))
    refusal = refusal_of(receive("F2", "1 kg", faster))
    assert (refusal.code, refusal.status) == ("in_the_future", 422)
    assert refusal.facts == {"told": str(faster)}


def test_a_time_known_roughly_may_end_in_the_future():
    record(receive("F1", "1 kg", Moment(NOW - SECOND, NOW + 10**12)))


def test_floor_time_and_recorded_time_are_kept_apart():
    shift = sometime(0, 480)
    fact = fact_at(record(receive("F1", "1 kg", shift), now=NOW + 5).first)
    assert (fact.occurred, fact.recorded) == (shift, NOW + 5)
    assert fact.occurred.start == when(0).start == int(FIRST_SHIFT.timestamp()) * SECOND


# All or nothing


def test_the_calls_of_a_request_see_what_the_ones_before_did():
    receipt = record(
        receive("F1"),
        call("release", 1, lots=["FLOUR/F1"]),
        call("ship", 2, lots=[{"lot": "FLOUR/F1"}], party="SHOP"),
    )
    assert receipt.count == 3
    assert Traceable.objects.get().disposition == "shipped"


def test_the_last_refused_call_takes_the_first_ones_with_it():
    before = (size(), dump())
    refusal = refusal_of(
        receive("F1"), receive("F2"), call("ship", lots=[{"lot": "FLOUR/F1"}], party="SHOP")
    )
    assert refusal.code == "lot_in_quarantine"
    assert (size(), dump()) == before


def test_each_request_of_a_batch_gets_its_own_answer_in_order():
    outcomes = attempt(
        group(receive("F1")),
        group(call("explode")),
        group(receive("F2"), call("move", lots=[{"lot": "FLOUR/F1"}], place="NOWHERE")),
        group(receive("F3")),
        Group(calls=()),
    )
    assert [o.receipt.count if o.receipt else o.refusal.code for o in outcomes] == [
        1,
        "unknown_action",
        "unknown_code",
        1,
        "malformed",
    ]
    assert list(Traceable.objects.order_by("key").values_list("number", flat=True)) == ["F1", "F3"]


# Asked and told


def test_what_is_asked_is_refused_and_what_is_told_is_kept_with_its_conflicts():
    record(receive("F1", "10 kg"))
    wanted = {"lot": "FLOUR/F1", "quantity": "12 kg"}
    shipped = call("ship", 5, lots=[wanted], party="SHOP")
    assert refusal_of(shipped).code == "lot_in_quarantine"
    told = fact_at(record(replace(shipped, tense=Tense.TOLD)).first)
    assert [conflict["code"] for conflict in told.conflicts] == ["lot_in_quarantine", "not_enough"]
    listed = Deviation.objects.order_by("line").values_list("position", "line", "code")
    assert list(listed) == [
        (told.position, 0, "lot_in_quarantine"),
        (told.position, 1, "not_enough"),
    ]


def test_telling_does_not_excuse_what_cannot_be_understood():
    for nonsense in (
        call("ship", told=True, lots=[{"lot": "FLOUR/F9"}], party="SHOP"),
        call("ship", told=True, lots=[], party="SHOP"),
        call("receive", told=True, lots=[{"item": "X", "number": "1", "quantity": "1 kg"}]),
    ):
        assert refusal_of(nonsense).code in ("unknown_lot", "nothing_given", "unknown_code")


# Circumstances


def test_circumstances_are_kept_whole():
    fact = fact_at(record(replace(receive("F1"), context=SHIFT)).first)
    assert fact.context == SHIFT


@pytest.mark.parametrize(
    ("context", "kind", "code"),
    [
        (Context(people=("WANG", "LI")), "person", "LI"),
        (Context(equipment=("OVEN",)), "equipment", "OVEN"),
        (Context(gauges=("RULER",)), "gauge", "RULER"),
        (Context(documents=("SOP-1@3",)), "document", "SOP-1@3"),
        (Context(station="MOON"), "place", "MOON"),
        (Context(parameters={"force": Reading(value="1", gauge="RULER")}), "gauge", "RULER"),
        (Context(environment={"humidity": Reading(value="1", gauge="X")}), "gauge", "X"),
    ],
)
def test_circumstances_name_what_is_defined(context, kind, code):
    refusal = refusal_of(replace(receive("F1"), context=context))
    assert refusal.as_json() == {"code": "unknown_code", "facts": {"kind": kind, "code": code}}
    assert size() == models.Entry.objects.count()


@pytest.mark.parametrize(
    "context",
    [
        Context(tools=("x" * 501,)),
        Context(orders=("WO-1", "x" * 501)),
        Context(team="x" * 501),
        Context(step="x" * 501),
        Context(parameters={"x" * 501: Reading(value="1")}),
        Context(environment={"x" * 501: Reading(value="1")}),
    ],
    ids=("tools", "orders", "team", "step", "parameters", "environment"),
)
def test_circumstances_are_bounded_for_the_index_they_stand_in(context, request):
    refusal = refusal_of(replace(receive("F1"), context=context))
    role = request.node.callspec.id
    assert (refusal.code, refusal.facts["field"]) == ("malformed", f"context.{role}")


def test_the_longest_circumstances_in_the_widest_script_fit():
    long = "\U00020000" * 500
    context = Context(tools=(long,), orders=(long,), team=long, step=long, note=long * 10,
                      parameters={long: Reading(value=long)})  # fmt: skip
    assert record(replace(receive("F1"), context=context)).count == 1


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_the_door_kept_raw_must_be_text_too(text):
    for bad in (
        replace(receive("F1"), raw=text),
        replace(receive("F1"), context=Context(note=text)),
    ):
        refusal = refusal_of(bad)
        assert refusal.code == "malformed"
        str(refusal).encode()


# Few statements


@pytest.mark.parametrize("count", [1, 60])
def test_the_number_of_statements_does_not_grow_with_the_batch(
    count, django_assert_max_num_queries
):
    record(receive_released("SEED"), call("move", lots=[{"lot": "FLOUR/SEED"}], place="LINE"))
    requests = [
        group(
            receive_released(f"F{number}"),
            call("move", 1, lots=[{"lot": f"FLOUR/F{number}"}], place="LINE"),
            key=f"k{number}",
        )
        for number in range(count)
    ]
    with django_assert_max_num_queries(40):
        assert all(outcome.receipt for outcome in attempt(*requests))


# Never a crash ------------------------------------------------------------------------------------

ODD = ("", "new", "源流", "x/y")
BY_NAME = {
    "item": ("FLOUR", "BREAD", "PUMP", "OIL"),
    "place": ("WH", "LINE", ""),
    "parent": ("SITE", ""),
    "party": ("SHOP", "MALL"),
    "supplier": ("ACME", ""),
    "number": ("N1", "N2", "F1"),
    "code": ("NEW-1", "FLOUR"),
    "unit": ("kg", "L", "件"),
    "reason": ("because",),
    "tracking": ("lot", "unit"),
    "weight": ("0.5",),
    "roles": ("supplier", "customer"),
    "stage": ("incoming", "other"),
    "action": ("scrap", "receive", ""),
}
REFS = ("FLOUR/F1", "FLOUR/F2", "BREAD/B1", "CASE-1", "PUMP/P1", "MOTOR/M1", "T-1", "S-77", "none")
AMOUNTS = ("1 kg", "40 kg", "1 件", "1 件", "2 L", "? kg", "0 kg", "500 g", "1e17 t", "3 h")


def plausible(kind: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Make JSON for a type hint out of the plant's own codes, so that much of it makes sense."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if type(None) in inner:
        return plausible(next(one for one in inner if one is not type(None)), name) | st.none()
    if origin is tuple:
        return st.lists(plausible(inner[0], name), min_size=1, max_size=2)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(st.sampled_from(("mass", "lots", "reason")), st.just("1"))
    leaf = {
        str: st.sampled_from(BY_NAME.get(name, ()) * 3 + ODD),
        int: st.integers(1, 30),
        Quantity: st.sampled_from(AMOUNTS),
        Moment: st.sampled_from(("2027-01", "2027-05-01T00:00:00Z", "9998-12-31")),
        LotRef: st.sampled_from(REFS),
        Any: st.sampled_from(ODD),
    }.get(kind)
    if leaf is not None:
        return leaf
    if issubclass(kind, Enum):
        return st.sampled_from([member.value for member in kind])
    hints, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
    return objects(
        {field.name: plausible(hints[field.name], field.name) for field in fields},
        {field.name for field in fields if not has_default(field)},
    )


def has_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


@st.composite
def objects(draw: Any, members: dict[str, st.SearchStrategy[Any]], needed: set[str]) -> Any:
    """Make an object with what it needs and now and then one more member."""
    others = sorted(set(members) - needed)
    more = draw(st.lists(st.sampled_from(others), max_size=2)) if others else []
    return {name: draw(members[name]) for name in members if name in {*needed, *more}}


@st.composite
def any_call(draw: Any) -> Any:
    kind = actions()[draw(st.sampled_from(sorted(actions())))]
    hints, schema = typing.get_type_hints(kind.function), schema_of(kind.function)
    members = {name: plausible(hints[name], name) for name in schema["properties"]}
    told = draw(objects(members, set(schema.get("required", []))))
    minutes = draw(st.sampled_from((30, 3, 0)))
    return replace(
        call(kind.name, minutes, told=draw(st.booleans())),
        arguments=told,
        context=draw(st.sampled_from((SHIFT, Context()))),
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(any_call(), min_size=1, max_size=3))
def test_any_call_is_recorded_whole_or_refused_without_a_trace(calls, stock):
    before = stock
    with undone():
        try:
            receipt = record(*calls)
        except Refusal as refusal:
            assert (size(), dump()) == before
            str(refusal).encode()
            return
        assert receipt.count >= len(calls)
        assert [fact.position for fact in facts_from(before[0])] == list(receipt.positions)
        assert verify(Path("nowhere")).findings == []


@pytest.fixture
def stock(plant) -> tuple[int, bytes]:
    """Fill the plant a little; gives size and dump."""
    record(
        receive_released("F1", "100 kg", 1, aliases=["S-77"]),
        receive("F2", "50 kg", 1),
        receive_released("B1", "30 件", 1, item="BREAD"),
        receive_released("P1", "1 件", 1, item="PUMP"),
        receive_released("M1", "1 件", 1, item="MOTOR"),
        call("define_vessel", 1, number="T-1", unit="L"),
        call("pack", 2, container="CASE-1", children=["BREAD/B1"]),
    )
    return size(), dump()
