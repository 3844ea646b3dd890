"""Binding: what an action's type hints say is what is taken, described, and refused by name."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanliu.base.moments import EARLIEST, LATEST, Moment
from yuanliu.base.quantity import Quantity, kilograms, parse_quantity
from yuanliu.base.refusal import Malformed, Refusal
from yuanliu.base.units import UnknownUnit, all_units
from yuanliu.capture.binding import (
    INTEGER_MAX,
    LIST_LENGTH_MAX,
    LONG_TEXT_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    bind,
    describe,
    schema_of,
)
from yuanliu.ledger.desk import Desk, actions
from yuanliu.lots.events import Quality, Stage, TraceableKind
from yuanliu.lots.requests import LotRef, NewLot, Part

Json = Any
ACTIONS = sorted(actions().values(), key=lambda kind: kind.name)
every_action = pytest.mark.parametrize("kind", ACTIONS, ids=lambda kind: kind.name)

# What is taken ------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=9)
numbers = st.integers(-(10**17), 10**17).map(str) | st.decimals(-1000, 1000, places=3).map(str)
units = st.sampled_from(all_units()).flatmap(
    lambda unit: st.sampled_from([unit.code, unit.symbol, unit.name_zh])
)
quantities = (
    st.builds("{} {}".format, numbers, units)
    | units.map("? {}".format)
    | st.builds(lambda value, unit: {"value": value, "unit": unit}, st.none() | numbers, units)
    | st.builds(lambda value, unit: {"value": value, "unit": unit}, st.integers(0, 99), units)
    | units.map(lambda unit: {"unit": unit})
)
names = texts.filter(lambda text: text.strip().strip("/"))
lot_refs = st.builds("{}/{}".format, texts, names) | st.fixed_dictionaries(
    {"number": names}, optional={"item": texts, "supplier": texts}
)
moments = st.builds(
    lambda start, length: str(Moment(start, min(start + length, LATEST), 480)),
    st.integers(EARLIEST, LATEST),
    st.sampled_from([0, 1, 10**9]),
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["\0", "\ud800", "x" * 600, "1 kg", "F/1", "2026-01-05", "-0", "NaN kg"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def taken(kind: Any) -> st.SearchStrategy[Json]:
    """Make any JSON value that must be taken for a type hint."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(st.none() if one is type(None) else taken(one) for one in inner))
    if origin is tuple:
        return st.lists(taken(inner[0]), max_size=3)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(texts, taken(inner[1]), max_size=3)
    leaf = {str: texts, int: st.integers(-INTEGER_MAX, INTEGER_MAX), Quantity: quantities,
            Moment: moments, LotRef: lot_refs, Any: anything}.get(kind)  # fmt: skip
    if leaf is not None:
        return leaf
    if issubclass(kind, Enum):
        return st.sampled_from([member.value for member in kind])
    hints = typing.get_type_hints(kind)
    fields = {member.name: member for member in dataclasses.fields(kind)}
    needed = {
        name: taken(hints[name])
        for name, member in fields.items()
        if member.default is dataclasses.MISSING and member.default_factory is dataclasses.MISSING
    }
    others = {name: taken(hints[name]) for name in fields if name not in needed}
    return st.fixed_dictionaries(needed, optional=others)


def arguments_of(function: Any) -> st.SearchStrategy[dict[str, Json]]:
    schema = schema_of(function)
    hints = typing.get_type_hints(function)
    members = {name: taken(hints[name]) for name in schema["properties"]}
    needed = {name: members.pop(name) for name in schema.get("required", [])}
    return st.fixed_dictionaries(needed, optional=members)


def places(value: Json, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """List every member of a value: its path, and where it can be replaced."""
    if isinstance(value, dict):
        for name, member in value.items():
            below = f"{path}.{name}" if path else name
            yield below, value, name
            yield from places(member, below)
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield f"{path}[{at}]", value, at
            yield from places(member, f"{path}[{at}]")


@every_action
@settings(max_examples=15)
@given(data=st.data())
def test_the_schema_of_every_action_describes_what_is_taken(kind, data):
    told = data.draw(arguments_of(kind.function))
    bound = bind(kind.function, told)
    assert set(bound) == set(told)
    assert schema_accepts(kind.function, told)


@every_action
@settings(max_examples=25)
@given(data=st.data())
def test_what_does_not_fit_is_refused_with_its_path_and_nothing_else_happens(kind, data):
    told = data.draw(arguments_of(kind.function))
    spots = list(places(told))
    damaged = ""
    if spots:
        damaged, holder, at = data.draw(st.sampled_from(spots))
        holder[at] = data.draw(anything)
    try:
        bind(kind.function, told)
    except Refusal as refusal:
        assert type(refusal) in (Malformed, UnknownUnit)
        field = refusal.facts["field"]
        assert field.startswith(damaged) or damaged.startswith(field), (field, damaged)
        str(refusal).encode()
        assert len(str(refusal)) < 2_000
    else:
        assert schema_accepts(kind.function, told)


@every_action
@settings(max_examples=15)
@given(told=anything)
def test_arguments_of_any_shape_are_taken_or_refused(kind, told):
    try:
        bind(kind.function, told)
    except Malformed:
        return
    assert schema_accepts(kind.function, told)


def schema_accepts(function: Any, told: Json) -> bool:
    try:
        return jsonschema_rs.Draft202012Validator(schema_of(function)).is_valid(told)
    except (ValueError, OverflowError):  # NaN or an integer no JSON reader keeps, deep in an Any
        return True


@every_action
def test_every_schema_is_a_valid_schema_of_bounded_texts(kind):
    schema = schema_of(kind.function)
    jsonschema_rs.meta.validate(schema)
    assert schema["additionalProperties"] is False
    for part in parts_of(schema):
        if part.get("type") == "string" and "enum" not in part:
            assert part["maxLength"] in (TEXT_LENGTH_MAX, LONG_TEXT_LENGTH_MAX)
        if part.get("type") == "array":
            assert part["maxItems"] == LIST_LENGTH_MAX


def parts_of(schema: Json) -> Iterator[dict[str, Json]]:
    if isinstance(schema, dict):
        yield schema
        for member in schema.values():
            yield from parts_of(member)
    elif isinstance(schema, list):
        for member in schema:
            yield from parts_of(member)


# By hand ------------------------------------------------------------------------------------------


def example(
    desk: Desk,
    *,
    lots: tuple[Part, ...],
    made: NewLot | None = None,
    stage: Stage = Stage.OTHER,
    count: int = 1,
    reason: str = "",
    extra: Mapping[str, int] | None = None,
) -> None:
    """Stand for an action."""


def test_json_becomes_what_the_action_wants():
    assert bind(
        example,
        {
            "lots": [
                {"lot": "FLOUR/F/1", "quantity": "2.50 kg"},
                {"lot": {"number": "F2", "supplier": "ACME"}, "quantity": None},
                {"lot": "01A203D0-3BEB-7C01-94FF-7CEE015C183B", "place": "WH"},
            ],
            "made": {"item": "BREAD", "number": "B1", "quantity": {"value": 3, "unit": "件"},
                     "kind": "lot", "quality": "rejected", "aliases": ["a", "b"],
                     "expires": "2026-01"},
            "stage": "incoming",
            "extra": {"a": 1},
        },
    ) == {
        "lots": (
            Part(lot=LotRef(item="FLOUR", number="F/1"), quantity=kilograms("2.5")),
            Part(lot=LotRef(number="F2", supplier="ACME")),
            Part(lot=LotRef(id="01a203d0-3beb-7c01-94ff-7cee015c183b"), place="WH"),
        ),
        "made": NewLot(
            item="BREAD", number="B1", quantity=parse_quantity("3 件"), kind=TraceableKind.LOT,
            quality=Quality.REJECTED, aliases=("a", "b"),
            expires=Moment(1767225600000000, 1769903999999999),
        ),
        "stage": Stage.INCOMING,
        "extra": {"a": 1},
    }  # fmt: skip


BAD: list[tuple[Json, str, str]] = [
    ([], "arguments", "an object is wanted"),
    ({}, "lots", "it is missing"),
    ({"lots": [], "lost": 1}, "lost", "it is not known here; known are lots, made, stage, count,"
     " reason, extra"),
    ({"lots": {}}, "lots", "a list is wanted"),
    ({"lots": "F1"}, "lots", "a list is wanted"),
    ({"lots": None}, "lots", "a list is wanted"),
    ({"lots": ["F1"]}, "lots[0]", "an object is wanted"),
    ({"lots": [{"lot": "F1"}, {}]}, "lots[1].lot", "it is missing"),
    ({"lots": [{"lot": "F1", "qty": 1}]}, "lots[0].qty", "it is not known here; known are lot,"
     " quantity, place, party"),
    ({"lots": [{"lot": ""}]}, "lots[0].lot", "give an id or a number"),
    ({"lots": [{"lot": "FLOUR/"}]}, "lots[0].lot", "give an id or a number"),
    ({"lots": [{"lot": {"item": "FLOUR"}}]}, "lots[0].lot", "give an id or a number"),
    ({"lots": [{"lot": {"number": 8}}]}, "lots[0].lot.number", "text is wanted"),
    ({"lots": [{"lot": 8}]}, "lots[0].lot", "an object is wanted"),
    ({"lots": [{"lot": "F1", "place": 3}]}, "lots[0].place", "text is wanted"),
    ({"lots": [{"lot": "F1", "place": "W\0"}]}, "lots[0].place", "it contains a NUL character"),
    ({"lots": [{"lot": "F1", "place": "\ud83d"}]}, "lots[0].place",
     "it contains half of a character (a lone surrogate)"),
    ({"lots": [{"lot": "F1", "place": "x" * 501}]}, "lots[0].place",
     "it has more than 500 characters"),
    ({"lots": [], "reason": "x" * 10_001}, "reason", "it has more than 10000 characters"),
    ({"lots": [{"lot": "F1", "quantity": 5}]}, "lots[0].quantity",
     'write {"value": "12.5", "unit": "kg"} or "12.5 kg"; a number that is not whole as text'),
    ({"lots": [{"lot": "F1", "quantity": {"value": 2.5, "unit": "kg"}}]}, "lots[0].quantity",
     'write {"value": "12.5", "unit": "kg"} or "12.5 kg"; a number that is not whole as text'),
    ({"lots": [{"lot": "F1", "quantity": {"value": True, "unit": "kg"}}]}, "lots[0].quantity",
     'write {"value": "12.5", "unit": "kg"} or "12.5 kg"; a number that is not whole as text'),
    ({"lots": [{"lot": "F1", "quantity": {"value": "5"}}]}, "lots[0].quantity",
     'write {"value": "12.5", "unit": "kg"} or "12.5 kg"; a number that is not whole as text'),
    ({"lots": [{"lot": "F1", "quantity": {"value": "5", "unit": 1}}]}, "lots[0].quantity.unit",
     "text is wanted"),
    ({"lots": [{"lot": "F1", "quantity": "kg"}]}, "lots[0].quantity",
     "write a number and a unit, as 12.5 kg"),
    ({"lots": [{"lot": "F1", "quantity": "1e400 kg"}]}, "lots[0].quantity",
     "more than 18 digits before or 12 after the point"),
    ({"lots": [], "stage": "never"}, "stage",
     "choose one of incoming, in_process, outgoing, other"),
    ({"lots": [], "stage": ["incoming"]}, "stage",
     "choose one of incoming, in_process, outgoing, other"),
    ({"lots": [], "count": "1"}, "count", "a whole number is wanted"),
    ({"lots": [], "count": 1.0}, "count", "a whole number is wanted"),
    ({"lots": [], "count": True}, "count", "a whole number is wanted"),
    ({"lots": [], "count": 2**53}, "count", "a whole number is wanted"),
    ({"lots": [], "extra": [1]}, "extra", "an object is wanted"),
    ({"lots": [], "extra": {"a": "1"}}, "extra.a", "a whole number is wanted"),
    ({"lots": [], "extra": {"\0": 1}}, "extra", "it contains a NUL character"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "field", "problem"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_a_wrong_member_is_named_with_what_is_wanted(told, field, problem):
    with pytest.raises(Malformed) as refused:
        bind(example, told)
    assert refused.value.facts["field"] == field
    assert str(refused.value).endswith(f"cannot be read: {problem}.")


def test_an_unknown_unit_is_refused_with_its_member():
    with pytest.raises(UnknownUnit) as refused:
        bind(example, {"lots": [{"lot": "F1", "quantity": "5 stones"}]})
    assert refused.value.facts == {"unit": "stones", "field": "lots[0].quantity"}


def test_a_time_is_refused_with_its_member_and_as_it_was_told():
    made = {"item": "BREAD", "number": "B1", "quantity": "1 件", "expires": "soon"}
    with pytest.raises(Malformed) as refused:
        bind(example, {"lots": [], "made": made})
    assert refused.value.facts == {
        "field": "made.expires", "value": "soon", "problem": "it is not an ISO 8601 time"
    }  # fmt: skip


def test_a_long_value_is_shown_in_short():
    with pytest.raises(Malformed) as refused:
        bind(example, {"lots": ["x" * 100_000]})
    assert refused.value.facts["value"] == "x" * 57 + "…"


def test_a_list_has_an_end():
    with pytest.raises(Malformed) as refused:
        bind(example, {"lots": [None] * (LIST_LENGTH_MAX + 1)})
    assert str(refused.value) == "lots: “100001” cannot be read: more than 100000 members."


def test_a_value_too_deep_to_show_is_refused_all_the_same():
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Malformed) as refused:
        bind(example, {"lots": [], "stage": deep})
    assert refused.value.facts["value"] == "…"


def test_the_schema_of_an_action_by_hand():
    assert describe(Stage) == {
        "type": "string",
        "enum": ["incoming", "in_process", "outgoing", "other"],
    }
    schema = schema_of(example)
    assert schema["required"] == ["lots"]
    assert schema["properties"]["count"] == {
        "type": "integer", "minimum": -INTEGER_MAX, "maximum": INTEGER_MAX
    }  # fmt: skip
    assert schema["properties"]["reason"] == {"type": "string", "maxLength": 10_000}
    assert schema["properties"]["extra"]["anyOf"][1] == {"type": "null"}
