"""Bind JSON arguments to an action's parameters, and describe them as JSON Schema.

Every door gives the gate plain JSON values; the action's own type hints say what they must be. So a
web form, an API call, an import row and a scan are read by the same code, and the API's description
cannot differ from what is accepted.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Union

from yuanliu.base import moments
from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity, parse_quantity, quantity
from yuanliu.base.refusal import CHOOSE_ONE, Malformed
from yuanliu.base.text import gettext_noop
from yuanliu.lots.requests import LotRef

Json = Any
LIST_LENGTH_MAX = 100_000


def bind(function: Callable[..., None], arguments: Mapping[str, Json]) -> dict[str, Any]:
    """Turn JSON arguments into keyword arguments of an action.

    Raises Malformed with the member's path.
    """
    hints = _parameters(function)
    _check_members("", arguments, hints, _required(function))
    return {name: _read(name, hints[name], value) for name, value in arguments.items()}


@cache
def _parameters(function: Callable[..., None]) -> dict[str, Any]:
    hints = typing.get_type_hints(function)
    names = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    return {name: hints[name] for name in names}


@cache
def _required(function: Callable[..., None]) -> frozenset[str]:
    parameters = inspect.signature(function).parameters
    return frozenset(
        name
        for name in _parameters(function)
        if parameters[name].default is inspect.Parameter.empty
    )


def _check_members(
    path: str, given: Json, known: Mapping[str, Any], required: typing.AbstractSet[str]
) -> None:
    if not isinstance(given, Mapping):
        raise Malformed(
            field=path or "arguments",
            value=_shown(given),
            problem=gettext_noop("an object is wanted"),
        )
    for name in given:
        if name not in known:
            problem = gettext_noop("it is not known here; known are %(known)s")
            raise Malformed(
                field=_join(path, str(name)),
                value=_shown(given[name]),
                problem=problem,
                known=", ".join(known),
            )
    for name in known:
        if name in required and name not in given:
            raise Malformed(
                field=_join(path, name), value="", problem=gettext_noop("it is missing")
            )


def _read(path: str, kind: Any, value: Json) -> Any:
    origin = typing.get_origin(kind)
    if origin is Union or origin is types.UnionType:
        if value is None:
            return None
        (inner,) = (part for part in typing.get_args(kind) if part is not type(None))
        return _read(path, inner, value)
    if origin is tuple:
        return _read_list(path, typing.get_args(kind)[0], value)
    if origin is not None and issubclass(origin, Mapping):
        inner = typing.get_args(kind)[1]
        if not isinstance(value, Mapping):
            raise Malformed(
                field=path, value=_shown(value), problem=gettext_noop("an object is wanted")
            )
        return {_text(path, k): _read(_join(path, str(k)), inner, v) for k, v in value.items()}
    reader = _SPECIAL.get(kind)
    if reader is not None:
        return _in_field(path, reader, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _read_choice(path, kind, value)
    return _read_object(path, kind, value)


def _read_list(path: str, inner: Any, value: Json) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise Malformed(field=path, value=_shown(value), problem=gettext_noop("a list is wanted"))
    if len(value) > LIST_LENGTH_MAX:
        problem = gettext_noop("more than %(most)s members")
        raise Malformed(field=path, value=len(value), problem=problem, most=LIST_LENGTH_MAX)
    return tuple(_read(f"{path}[{at}]", inner, member) for at, member in enumerate(value))


def _read_choice(path: str, kind: type[Enum], value: Json) -> Enum:
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(str(member.value) for member in kind)
        raise Malformed(
            field=path, value=_shown(value), problem=CHOOSE_ONE, choices=choices
        ) from None


def _read_object(path: str, kind: Any, value: Json) -> Any:
    hints = _member_hints(kind)
    required = frozenset(
        member.name
        for member in dataclasses.fields(kind)
        if member.default is dataclasses.MISSING and member.default_factory is dataclasses.MISSING
    )
    _check_members(path, value, hints, required)
    members = {n: _read(_join(path, n), hints[n], member) for n, member in value.items()}
    return kind(**members)


@cache
def _member_hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {member.name: hints[member.name] for member in dataclasses.fields(kind)}


def _in_field(path: str, reader: Callable[[Json], Any], value: Json) -> Any:
    try:
        return reader(value)
    except Malformed as refusal:
        facts = {**refusal.facts, "field": path}
        raise Malformed(**facts) from None


def _text(path: str, value: Json) -> str:
    if not isinstance(value, str):
        raise Malformed(field=path, value=_shown(value), problem=gettext_noop("text is wanted"))
    if "\0" in value:
        raise Malformed(
            field=path, value=_shown(value), problem=gettext_noop("it contains a NUL character")
        )
    return value


def _read_text(value: Json) -> str:
    return _text("", value)


def _read_integer(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**53:
        raise Malformed(
            field="", value=_shown(value), problem=gettext_noop("a whole number is wanted")
        )
    return value


def _read_quantity(value: Json) -> Quantity:
    if isinstance(value, str):
        return parse_quantity(value)
    if isinstance(value, Mapping) and set(value) <= {"value", "unit"} and "unit" in value:
        amount = value.get("value")
        if amount is None or isinstance(amount, str | int) and not isinstance(amount, bool):
            return quantity(amount, _text("unit", value["unit"]))
    problem = gettext_noop(
        'write {"value": "12.5", "unit": "kg"} or "12.5 kg"; a number that is not whole as text'
    )
    raise Malformed(field="", value=_shown(value), problem=problem)


def _read_moment(value: Json) -> Moment:
    return moments.parse(_text("", value))


def _read_lot(value: Json) -> LotRef:
    if isinstance(value, str):
        return LotRef.parse(_text("", value))
    hints = _member_hints(LotRef)
    _check_members("", value, hints, frozenset())
    ref = LotRef(**{name: _text(name, member) for name, member in value.items()})
    if not ref.id and not ref.number:
        raise Malformed(
            field="", value=_shown(value), problem=gettext_noop("give an id or a number")
        )
    return ref


_SPECIAL: dict[Any, Callable[[Json], Any]] = {
    str: _read_text,
    int: _read_integer,
    Quantity: _read_quantity,
    Moment: _read_moment,
    LotRef: _read_lot,
    Any: lambda value: value,
}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


# Description


def schema_of(function: Callable[..., None]) -> dict[str, Json]:
    """Describe an action's arguments as a JSON Schema 2020-12 object."""
    hints = _parameters(function)
    return _object_schema(hints, _required(function))


def _object_schema(hints: Mapping[str, Any], required: typing.AbstractSet[str]) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {name: describe(kind) for name, kind in hints.items()},
        "additionalProperties": False,
    }
    if required:
        schema["required"] = sorted(required)
    return schema


def describe(kind: Any) -> dict[str, Json]:
    """Describe one type hint as JSON Schema."""
    origin = typing.get_origin(kind)
    if origin is Union or origin is types.UnionType:
        (inner,) = (part for part in typing.get_args(kind) if part is not type(None))
        return {"anyOf": [describe(inner), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": describe(typing.get_args(kind)[0])}
    if origin is not None and issubclass(origin, Mapping):
        inner = typing.get_args(kind)[1]
        return {"type": "object", "additionalProperties": describe(inner)}
    if kind in _SCHEMAS:
        return dict(_SCHEMAS[kind])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    required = frozenset(
        member.name
        for member in dataclasses.fields(kind)
        if member.default is dataclasses.MISSING and member.default_factory is dataclasses.MISSING
    )
    return _object_schema(_member_hints(kind), required)


_TEXT: dict[str, Json] = {"type": "string"}
_SCHEMAS: dict[Any, dict[str, Json]] = {
    str: _TEXT,
    int: {"type": "integer"},
    Any: {},
    Moment: {
        "type": "string",
        "description": "ISO 8601 time with zone, day, month or interval A/B",
    },
    Quantity: {
        "anyOf": [
            {"type": "string", "description": "number and unit, as 12.5 kg; ? kg is unknown"},
            {
                "type": "object",
                "properties": {
                    "value": {"anyOf": [_TEXT, {"type": "integer"}, {"type": "null"}]},
                    "unit": _TEXT,
                },
                "required": ["unit"],
                "additionalProperties": False,
            },
        ]
    },
    LotRef: {
        "anyOf": [
            {"type": "string", "description": "ITEM/LOT, an id, or a number alone"},
            {
                "type": "object",
                "properties": dict.fromkeys(("id", "item", "number", "supplier"), _TEXT),
                "additionalProperties": False,
            },
        ]
    },
}
