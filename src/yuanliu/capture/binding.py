"""Bind JSON arguments to an action's parameters, and describe them as JSON Schema.

Every door gives the gate plain JSON values; the action's own type hints say what they must be. So a
web form, an API call, an import row and a scan are read by the same code, and the API's description
cannot differ from what is accepted.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Union

from yuanliu.base import moments
from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity, parse_quantity, quantity
from yuanliu.base.refusal import CHOOSE_ONE, Malformed, Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.base.units import UnknownUnit
from yuanliu.lots.requests import LotRef

Json = Any
LIST_LENGTH_MAX = 100_000
TEXT_LENGTH_MAX = 500
"""What is searched by must fit a database's index, in any script."""
LONG_TEXT_LENGTH_MAX = 10_000
LONG_TEXTS = frozenset({"note", "reason"})
INTEGER_MAX = 2**53 - 1
"""The largest whole number every JSON reader keeps exactly."""


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
        return reader(path, value)
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
    if isinstance(value, str) and value in {member.value for member in kind}:
        return kind(value)
    choices = ", ".join(str(member.value) for member in kind)
    raise Malformed(field=path, value=_shown(value), problem=CHOOSE_ONE, choices=choices)


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


def _text(path: str, value: Json) -> str:
    if not isinstance(value, str):
        raise Malformed(field=path, value=_shown(value), problem=gettext_noop("text is wanted"))
    most = _length_max(path.rpartition(".")[2])
    if len(value) > most:
        problem = gettext_noop("it has more than %(most)s characters")
        raise Malformed(field=path, value=_shown(value), problem=problem, most=most)
    if "\0" in value:
        raise Malformed(
            field=path, value=_shown(value), problem=gettext_noop("it contains a NUL character")
        )
    if not value.isascii() and _SURROGATE.search(value):
        problem = gettext_noop("it contains half of a character (a lone surrogate)")
        raise Malformed(field=path, value=_shown(value), problem=problem)
    return value


def _length_max(name: str) -> int:
    return LONG_TEXT_LENGTH_MAX if name in LONG_TEXTS else TEXT_LENGTH_MAX


def _read_integer(path: str, value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > INTEGER_MAX:
        raise Malformed(
            field=path, value=_shown(value), problem=gettext_noop("a whole number is wanted")
        )
    return value


def _read_quantity(path: str, value: Json) -> Quantity:
    amount, unit = None, None
    if isinstance(value, Mapping) and set(value) <= {"value", "unit"} and "unit" in value:
        amount, unit = value.get("value"), _text(_join(path, "unit"), value["unit"])
        if not _is_amount(amount):
            unit = None
    if unit is None and not isinstance(value, str):
        problem = gettext_noop(
            'write {"value": "12.5", "unit": "kg"} or "12.5 kg"; a number that is not whole as text'
        )
        raise Malformed(field=path, value=_shown(value), problem=problem)
    try:
        return parse_quantity(_text(path, value)) if unit is None else quantity(amount, unit)
    except (Malformed, UnknownUnit) as refusal:
        raise _at(path, refusal) from None


def _is_amount(value: Json) -> bool:
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def _read_moment(path: str, value: Json) -> Moment:
    try:
        return moments.parse(_text(path, value))
    except Malformed as refusal:
        raise _at(path, refusal) from None


def _at(path: str, refusal: Refusal) -> Refusal:
    """Say the same refusal of the member at a path."""
    told = {name: _cut(refusal.facts[name]) for name in ("value", "unit") if name in refusal.facts}
    return type(refusal)(**{**refusal.facts, **told, "field": path})


def _read_lot(path: str, value: Json) -> LotRef:
    if isinstance(value, str):
        ref = LotRef.parse(_text(path, value))
    else:
        _check_members(path, value, _member_hints(LotRef), frozenset())
        ref = LotRef(**{name: _text(_join(path, name), told) for name, told in value.items()})
    if not ref.id and not ref.number:
        raise Malformed(
            field=path, value=_shown(value), problem=gettext_noop("give an id or a number")
        )
    return ref


_SURROGATE = re.compile("[\ud800-\udfff]")
_SPECIAL: dict[Any, Callable[[str, Json], Any]] = {
    str: _text,
    int: _read_integer,
    Quantity: _read_quantity,
    Moment: _read_moment,
    LotRef: _read_lot,
    Any: lambda _path, value: value,
}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: Json) -> str:
    try:
        return _cut(value if isinstance(value, str) else repr(value))
    except RecursionError:
        return "…"


def _cut(text: Any) -> Any:
    return text if not isinstance(text, str) or len(text) <= 60 else text[:57] + "…"


# Description


def schema_of(function: Callable[..., None]) -> dict[str, Json]:
    """Describe an action's arguments as a JSON Schema 2020-12 object."""
    hints = _parameters(function)
    return _object_schema(hints, _required(function))


def _object_schema(hints: Mapping[str, Any], required: typing.AbstractSet[str]) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {name: _member_schema(name, kind) for name, kind in hints.items()},
        "additionalProperties": False,
    }
    if required:
        schema["required"] = sorted(required)
    return schema


def _member_schema(name: str, kind: Any) -> dict[str, Json]:
    if kind is str:
        return {"type": "string", "maxLength": _length_max(name)}
    return describe(kind)


def describe(kind: Any) -> dict[str, Json]:
    """Describe one type hint as JSON Schema."""
    origin = typing.get_origin(kind)
    if origin is Union or origin is types.UnionType:
        (inner,) = (part for part in typing.get_args(kind) if part is not type(None))
        return {"anyOf": [describe(inner), {"type": "null"}]}
    if origin is tuple:
        inner = describe(typing.get_args(kind)[0])
        return {"type": "array", "items": inner, "maxItems": LIST_LENGTH_MAX}
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


_TEXT: dict[str, Json] = {"type": "string", "maxLength": TEXT_LENGTH_MAX}
_SCHEMAS: dict[Any, dict[str, Json]] = {
    str: _TEXT,
    int: {"type": "integer", "minimum": -INTEGER_MAX, "maximum": INTEGER_MAX},
    Any: {},
    Moment: {
        **_TEXT,
        "description": "ISO 8601 time with zone, day, month or interval A/B",
    },
    Quantity: {
        "anyOf": [
            {**_TEXT, "description": "number and unit, as 12.5 kg; ? kg is unknown"},
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
            {**_TEXT, "description": "ITEM/LOT, an id, or a number alone"},
            {
                "type": "object",
                "properties": dict.fromkeys(("id", "item", "number", "supplier"), _TEXT),
                "additionalProperties": False,
            },
        ]
    },
}
