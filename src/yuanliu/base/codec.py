"""Turn facts (frozen dataclasses) into plain JSON values and back, without loss.

Members that equal their default are left out, so that a later version may add members without
touching what is written. A quantity is `[value, unit]` with the value as text or null; a moment is
ISO 8601 text with its zone, an interval as `start/end`.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Union

from yuanliu.base.moments import Moment, parse
from yuanliu.base.quantity import Quantity, number, plain, recordable
from yuanliu.base.units import unit_of

Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]
_ENCODERS: dict[type[Any], Encoder] = {}
_DECODERS: dict[Any, Decoder] = {}


def encode(value: Any) -> Any:
    """Turn a fact or a part of one into JSON values.

    Raises TypeError for a type the codec does not know, and Malformed for a quantity of more
    digits than `decode` would take.
    """
    return _encoder(type(value))(value) if value is not None else None


def decode(kind: Any, value: Any) -> Any:
    """Make an instance of `kind` from JSON values.

    Raises TypeError or KeyError if they do not fit.
    """
    return _decoder(kind)(value)


def _same(value: Any) -> Any:
    return value


def _encode_quantity(value: Quantity) -> list[str | None]:
    return [
        None if value.value is None else plain(recordable(value.value)),
        value.unit.code,
    ]


def _decode_quantity(value: Any) -> Quantity:
    return Quantity(None if value[0] is None else number(value[0]), unit_of(value[1]))


def _encode_sequence(value: Any) -> list[Any]:
    return [encode(member) for member in value]


def _encode_mapping(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: encode(member) for name, member in value.items()}


def _encoder(kind: type[Any]) -> Encoder:
    found = _ENCODERS.get(kind)
    if found is None:
        found = _ENCODERS[kind] = _make_encoder(kind)
    return found


def _make_encoder(kind: type[Any]) -> Encoder:
    if kind in (str, int, bool):
        return _same
    if kind is Quantity:
        return _encode_quantity
    if kind is Moment:
        return str
    if kind is Decimal:
        return lambda value: plain(recordable(value))
    if issubclass(kind, Enum):
        return lambda member: member.value
    if issubclass(kind, tuple | list):
        return _encode_sequence
    if issubclass(kind, Mapping):
        return _encode_mapping
    if dataclasses.is_dataclass(kind):
        return _dataclass_encoder(kind)
    raise TypeError(f"the codec does not know {kind!r}")


def _dataclass_encoder(kind: type[Any]) -> Encoder:
    members = [(member.name, _default(member)) for member in dataclasses.fields(kind)]

    def write(value: Any) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for name, default in members:
            member = getattr(value, name)
            if member is default or member == default:
                continue
            written[name] = encode(member)
        return written

    return write


_REQUIRED: Any = object()


def _default(member: dataclasses.Field[Any]) -> Any:
    if member.default is not dataclasses.MISSING:
        return member.default
    if member.default_factory is not dataclasses.MISSING:
        return member.default_factory()
    return _REQUIRED


def _decoder(kind: Any) -> Decoder:
    found = _DECODERS.get(kind)
    if found is None:
        found = _DECODERS[kind] = _make_decoder(kind)
    return found


def _make_decoder(kind: Any) -> Decoder:
    origin = typing.get_origin(kind)
    if origin is Union or origin is types.UnionType:
        return _optional_decoder(kind)
    if origin is tuple:
        inner = _decoder(typing.get_args(kind)[0])
        return lambda value: tuple(inner(member) for member in value)
    if origin is not None and issubclass(origin, Mapping):
        inner = _decoder(typing.get_args(kind)[1])
        return lambda value: {name: inner(member) for name, member in value.items()}
    if kind in (str, int, bool, Any):
        return _same
    if kind is Quantity:
        return _decode_quantity
    if kind is Moment:
        return parse
    if kind is Decimal:
        return number
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if dataclasses.is_dataclass(kind):
        return _dataclass_decoder(kind)
    raise TypeError(f"the codec does not know {kind!r}")


def _optional_decoder(kind: Any) -> Decoder:
    parts = [part for part in typing.get_args(kind) if part is not type(None)]
    if len(parts) != 1:
        raise TypeError(f"the codec knows optional members only, not {kind!r}")
    inner = _decoder(parts[0])
    return lambda value: None if value is None else inner(value)


def _dataclass_decoder(kind: Any) -> Decoder:
    hints = typing.get_type_hints(kind)
    decoders = {m.name: _decoder(hints[m.name]) for m in dataclasses.fields(kind)}

    def read(value: Any) -> Any:
        return kind(**{name: decoders[name](member) for name, member in value.items()})

    return read
