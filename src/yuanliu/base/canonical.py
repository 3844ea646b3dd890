"""Write JSON in its one canonical form, so that equal values give equal bytes to hash (RFC 8785).

Only I-JSON (RFC 7493) is written or read: what two programs could read differently is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final, NoReturn

SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that IEEE 754 doubles, and so every JSON reader, keep exactly."""

DEPTH_MAX: Final = 200
"""How many lists and objects may stand inside one another."""

_TEXT: Final = frozenset({str})
_EXACT_LEAVES: Final = frozenset({str, bool, type(None)})
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")

_encode_sorted = json.JSONEncoder(
    sort_keys=True,
    ensure_ascii=False,
    allow_nan=False,
    # The walk before has bounded the depth, so a value that holds itself never gets this far.
    check_circular=False,
    separators=(",", ":"),
).encode
_quote = json.JSONEncoder(ensure_ascii=False).encode


class CanonicalError(ValueError):
    """Say why a value has no canonical JSON form, and where in it the reason stands.

    `path` holds the object keys and list positions that lead to the place, outermost first.
    """

    def __init__(self, reason: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def inside(self, step: str | int) -> CanonicalError:
        """Give the same error as seen from the object or list that holds the place."""
        return CanonicalError(self.reason, (step, *self.path))

    def __str__(self) -> str:
        if not self.path:
            return self.reason
        # RFC 6901: "~" and "/" inside a key are escaped. A lone surrogate must still print.
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in self.path)
        where = "".join(f"/{step}" for step in steps)
        return f"{self.reason} (at {where.encode('ascii', 'backslashreplace').decode()})"


def canonical(value: object) -> bytes:
    """Write a value as canonical JSON in UTF-8.

    Takes dict (with str keys), list, tuple, str, int, float, bool and None, of exactly these types:
    a subclass (an enum, a numpy scalar) would not be read back as what it was.

    Raises CanonicalError for NaN and infinities, integers beyond ±(2^53-1), lone surrogates, keys
    that are not text, any other type, and nesting deeper than 200.
    Source: RFC 8785 (JCS), RFC 7493 §2.
    """
    try:
        if _is_plain(value):
            return _encode_sorted(value).encode()
    except UnicodeEncodeError:
        pass  # a lone surrogate: the general path below finds it again and says where it is
    return canonical_general(value)


def canonical_general(value: object) -> bytes:
    """Write a value as `canonical` does, without its short cut. Raises CanonicalError."""
    parts: list[str] = []
    _write(value, parts, 1)
    return "".join(parts).encode()


def loads(text: str | bytes) -> Any:
    """Read JSON text as ECMAScript would, but refuse what is not I-JSON.

    An integer beyond ±(2^53-1) becomes the nearest float; minus zero becomes zero.

    Raises CanonicalError for text that is not JSON or not UTF-8, a key given twice, NaN,
    infinities and numbers too large for a double, lone surrogates, and nesting deeper than 200.
    Source: RFC 8259, RFC 7493 §2, RFC 8785 §3.1.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode()
        else:
            text.encode()
    except UnicodeError as error:
        raise CanonicalError(f"the text is not UTF-8: {error}") from error
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise CanonicalError(f"nested deeper than {DEPTH_MAX}") from error
    except json.JSONDecodeError as error:
        raise CanonicalError(f"not JSON: {error}") from error
    may_be_deep = text.count("[") + text.count("{") > DEPTH_MAX and not _is_plain(value)
    if may_be_deep or _SURROGATE_ESCAPE.search(text):
        canonical_general(value)  # the writer refuses both, and says where
    return value


def _is_plain(value: Any) -> bool:
    """Tell whether the C encoder, sorting by code point, surely writes what RFC 8785 asks for.

    It does where there is no float, where every key is ASCII (code points then sort as UTF-16 code
    units do) and where integers and depth are in bounds. Lone surrogates are left to the caller's
    UTF-8 encoding. Goes level by level, asking whole objects at once: this runs for every fact.
    """
    level: list[Any] = [(value,)]
    for _ in range(DEPTH_MAX + 1):
        deeper: list[Any] = []
        for members in level:
            if type(members) is dict:
                if {*map(type, members)} - _TEXT or not "".join(members).isascii():
                    return False
                members = members.values()
            if {*map(type, members)} <= _EXACT_LEAVES:
                continue
            for member in members:
                kind = type(member)
                if kind in _EXACT_LEAVES:
                    continue
                if kind is dict or kind is list or kind is tuple:
                    deeper.append(member)
                elif kind is not int or not -SAFE_INTEGER <= member <= SAFE_INTEGER:
                    return False
        if not deeper:
            return True
        level = deeper
    return False


def _write(value: Any, parts: list[str], depth: int) -> None:
    kind = type(value)
    if kind is str:
        parts.append(_string(value))
    elif value is None:
        parts.append("null")
    elif kind is bool:
        parts.append("true" if value else "false")
    elif kind is int:
        parts.append(_integer(value))
    elif kind is float:
        parts.append(_number(value))
    elif kind is dict or kind is list or kind is tuple:
        if depth > DEPTH_MAX:
            raise CanonicalError(f"nested deeper than {DEPTH_MAX}")
        if kind is dict:
            _write_object(value, parts, depth)
        else:
            _write_list(value, parts, depth)
    else:
        raise CanonicalError(f"{kind.__name__} has no JSON form")


def _write_object(value: dict[Any, Any], parts: list[str], depth: int) -> None:
    comma = "{"
    for key in _sorted_keys(value):
        parts.append(comma)
        try:
            parts.append(_string(key))
            parts.append(":")
            _write(value[key], parts, depth + 1)
        except CanonicalError as error:
            raise error.inside(key) from None
        comma = ","
    parts.append("}" if value else "{}")


def _write_list(value: Sequence[Any], parts: list[str], depth: int) -> None:
    comma = "["
    for position, member in enumerate(value):
        parts.append(comma)
        try:
            _write(member, parts, depth + 1)
        except CanonicalError as error:
            raise error.inside(position) from None
        comma = ","
    parts.append("]" if value else "[]")


def _sorted_keys(value: dict[Any, Any]) -> list[str]:
    """Order an object's keys by their UTF-16 code units (RFC 8785 §3.2.3)."""
    keys: list[str] = []
    for key in value:
        if type(key) is not str:
            raise CanonicalError(f"a key must be text, not {type(key).__name__}")
        keys.append(key)
    # "surrogatepass" lets a lone surrogate through here: writing the key then refuses it by name.
    keys.sort(key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return keys


def _string(value: str) -> str:
    # The standard library writes exactly the escapes of RFC 8785 §3.2.2.2, and no other.
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise CanonicalError("text with a lone surrogate") from error
    return _quote(value)


def _integer(value: int) -> str:
    if not -SAFE_INTEGER <= value <= SAFE_INTEGER:
        raise CanonicalError("an integer beyond 2^53-1 is not exact in JSON; write it as text")
    return str(value)


def _number(value: float) -> str:
    """Write a double as ECMAScript's Number::toString does.

    `repr` finds the same shortest digits; only the place of the point and the exponent differ.
    Source: RFC 8785 §3.2.2.3, ECMA-262 §6.1.6.1.20.
    """
    if not math.isfinite(value):
        raise CanonicalError("NaN and infinities have no JSON form")
    if value == 0:
        return "0"  # minus zero too
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    # The value is 0.digits times ten to the power of `point`.
    point = int(exponent or "0") - len(fraction) + len(digits)
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return f"{sign}{digits}{'0' * (point - count)}"
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"


def _read_object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) != len(members):
        seen: set[str] = set()
        for key, _ in members:
            if key in seen:
                raise CanonicalError("a key given twice", (key,))
            seen.add(key)
    return value


def _read_integer(text: str) -> int | float:
    # 2^53-1 has 16 digits and a sign may stand before; longer text is not worth an exact integer.
    if len(text) <= 17:
        value = int(text)
        if -SAFE_INTEGER <= value <= SAFE_INTEGER:
            return value
    return _read_float(text)


def _read_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise CanonicalError("a number too large for a double")
    return value + 0.0  # minus zero becomes zero


def _refuse_constant(text: str) -> NoReturn:
    raise CanonicalError(f"{text} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_read_object,
    parse_int=_read_integer,
    parse_float=_read_float,
    parse_constant=_refuse_constant,
)
