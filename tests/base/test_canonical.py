"""RFC 8785: equal values give equal bytes, and what has no canonical form is refused."""

import json
import math
import re
import struct
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yuanliu.base.canonical import (
    DEPTH_MAX,
    SAFE_INTEGER,
    CanonicalError,
    canonical,
    canonical_general,
    loads,
)

VECTORS = Path(__file__).parent.parent / "vectors" / "json-canonicalization"
CASES = sorted(path.stem for path in (VECTORS / "input").glob("*.json"))

safe_integers = st.integers(-SAFE_INTEGER, SAFE_INTEGER)
doubles = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | safe_integers | doubles | texts
leaves_without_float = st.none() | st.booleans() | safe_integers | texts


def values_of(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        members,
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(texts, inner, max_size=5)
        ),
        max_leaves=20,
    )


def nested(depth: int, innermost: object = None) -> object:
    """Put a value inside `depth` objects and lists in turn."""
    value = innermost
    for step in range(depth):
        value = {"a": value} if step % 2 else [value]
    return value


def as_read(value: Any) -> Any:
    """Give the value that reading the canonical form of `value` gives back."""
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) <= SAFE_INTEGER
        return int(value) if whole else value
    if isinstance(value, list | tuple):
        return [as_read(member) for member in value]
    if isinstance(value, dict):
        return {key: as_read(member) for key, member in value.items()}
    return value


# --- the published vectors ----------------------------------------------------------------------


def test_there_are_vectors() -> None:
    assert CASES


@pytest.mark.parametrize("case", CASES)
def test_the_input_of_a_vector_becomes_its_output(case: str) -> None:
    text = (VECTORS / "input" / f"{case}.json").read_bytes()
    expected = (VECTORS / "output" / f"{case}.json").read_bytes()
    assert canonical(loads(text)) == expected
    assert canonical_general(loads(text)) == expected


@pytest.mark.parametrize("case", CASES)
def test_the_output_of_a_vector_has_the_bytes_given_in_hex(case: str) -> None:
    text = (VECTORS / "input" / f"{case}.json").read_text(encoding="utf-8")
    expected = bytes.fromhex((VECTORS / "outhex" / f"{case}.txt").read_text(encoding="ascii"))
    assert canonical(loads(text)) == expected


@pytest.mark.parametrize("case", CASES)
def test_the_output_of_a_vector_is_already_canonical(case: str) -> None:
    expected = (VECTORS / "output" / f"{case}.json").read_bytes()
    assert canonical(loads(expected)) == expected


# --- numbers ------------------------------------------------------------------------------------

# RFC 8785 appendix B: the double's bits, and how ECMAScript writes it.
RFC_8785_NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "written"), RFC_8785_NUMBERS)
def test_a_double_is_written_as_ecmascript_writes_it(bits: str, written: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(value).decode() == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "1"),
        (-1.5, "-1.5"),
        (10.0, "10"),
        (100.25, "100.25"),
        (0.1, "0.1"),
        (1e-5, "0.00001"),
        (1.5e-7, "1.5e-7"),
        (1e16, "10000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e300, "1e+300"),
        (1.25e100, "1.25e+100"),
        (SAFE_INTEGER, "9007199254740991"),
        (-SAFE_INTEGER, "-9007199254740991"),
        (0, "0"),
    ],
)
def test_a_number_stands_in_its_shortest_form(value: float, written: str) -> None:
    assert canonical([value]).decode() == f"[{written}]"


def shortest(value: float) -> Decimal:
    """Find by trying every length the decimal of fewest digits that reads back, nearest first.

    ECMA-262 §6.1.6.1.20, note 2: the nearest of that length, and of two as near the even one.
    """
    exact = Decimal(value)
    for digits in range(1, 18):
        step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        both = {exact.quantize(step, rounding) for rounding in (ROUND_FLOOR, ROUND_CEILING)}
        found = [near for near in both if float(near) == value]
        if found:
            return min(found, key=lambda near: (abs(near - exact), near.as_tuple().digits[-1] % 2))
    raise AssertionError(value)


@given(doubles.map(abs).filter(bool))
@example(5e-324)
@example(2.0**-24)
@example(2.0**-44)
@example(5e-324 * 3)
@example(9007199254740993.0)
@example(1e23)
def test_a_double_is_written_with_the_fewest_digits_that_read_back(value: float) -> None:
    written = canonical(value).decode()
    with localcontext(prec=1100):
        expected = shortest(value)
    assert Decimal(written) == expected
    assert canonical(-value).decode() == f"-{written}"
    # ECMA-262 writes no exponent from 1e-6 on, and below 1e21.
    assert ("e" in written) == (not -6 <= expected.adjusted() < 21)
    assert re.fullmatch(r"(0|[1-9]\d{0,20})(\.\d*[1-9])?|[1-9](\.\d*[1-9])?e[+-][1-9]\d*", written)


# --- text and keys ------------------------------------------------------------------------------


def test_only_the_escapes_of_the_rfc_are_written() -> None:
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
    for code in [*range(0x300), 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x1F602]:
        plain = f"\\u{code:04x}" if code < 0x20 else chr(code)
        assert canonical(chr(code)).decode() == f'"{short.get(code, plain)}"'


def test_keys_are_ordered_by_utf_16_code_units_not_by_code_points() -> None:
    smiley, ligature = "\U0001f602", "\ufb33"
    assert smiley > ligature  # by code point
    assert canonical({ligature: 1, smiley: 2}) == f'{{"{smiley}":2,"{ligature}":1}}'.encode()


def test_keys_are_compared_as_they_stand_and_text_is_not_normalised() -> None:
    value = {"A\u030a": 1, "\u00c5": 2}
    assert canonical(value) == '{"A\u030a":1,"\u00c5":2}'.encode()


@given(st.dictionaries(texts, st.none()))
def test_keys_come_in_utf_16_order_whatever_they_are(value: dict[str, None]) -> None:
    keys = list(loads(canonical(value)))
    assert keys == sorted(value, key=lambda key: key.encode("utf-16-be"))


# --- laws ---------------------------------------------------------------------------------------


@given(values_of(leaves))
def test_what_is_written_reads_back_as_the_same_value(value: Any) -> None:
    assert loads(canonical(value)) == as_read(value)


@given(values_of(leaves))
def test_writing_what_was_read_changes_nothing(value: Any) -> None:
    written = canonical(value)
    assert canonical(loads(written)) == written
    assert canonical(loads(written.decode())) == written


@given(values_of(leaves))
def test_any_other_json_text_of_the_value_has_the_same_canonical_form(value: Any) -> None:
    assert canonical(loads(json.dumps(value, indent=2))) == canonical(value)


@given(values_of(leaves_without_float) | values_of(leaves))
@example({"\U0001f602": 1, "\ufb33": 2})
@example([True, None, {"a": (1, "\x7f\u20ac")}])
def test_the_short_cut_and_the_general_way_write_the_same(value: Any) -> None:
    assert canonical(value) == canonical_general(value)


bad_leaves: st.SearchStrategy[object] = (
    st.just(math.nan)
    | st.just(2**53)
    | st.just("\ud800")
    | st.binary(max_size=1)
    | st.builds(dict, st.just([(1, 2)]))
)


@given(values_of(leaves | bad_leaves))
def test_the_short_cut_and_the_general_way_refuse_the_same(value: Any) -> None:
    results = []
    for write in (canonical, canonical_general):
        try:
            results.append(write(value).decode())
        except CanonicalError as error:
            results.append(str(error))
    assert results[0] == results[1]


@given(st.dictionaries(texts, leaves), st.randoms())
def test_the_order_in_which_members_were_put_in_does_not_matter(
    value: dict[str, Any], random: Any
) -> None:
    members = list(value.items())
    random.shuffle(members)
    assert canonical(dict(members)) == canonical(value)


# --- refusals -----------------------------------------------------------------------------------


class Colour(StrEnum):
    RED = "red"


class Count(IntEnum):
    ONE = 1


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, "NaN"),
        (math.inf, "infinities"),
        (-math.inf, "infinities"),
        (2**53, "not exact"),
        (-(2**53), "not exact"),
        (10**30, "not exact"),
        ("\ud800", "lone surrogate"),
        ("a\udfffb", "lone surrogate"),
        ({"\ud800": 1}, "lone surrogate"),
        ({1: "a"}, "a key must be text, not int"),
        ({None: "a"}, "a key must be text, not NoneType"),
        ({True: "a"}, "a key must be text, not bool"),
        ({"a": 1, 2: 3}, "a key must be text"),
        ({Text("a"): 1}, "a key must be text, not Text"),
        (b"a", "bytes has no JSON form"),
        ({1, 2}, "set has no JSON form"),
        (object(), "object has no JSON form"),
        (Colour.RED, "Colour has no JSON form"),
        (Count.ONE, "Count has no JSON form"),
        (Text("a"), "Text has no JSON form"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: object, reason: str) -> None:
    for wrapped in (value, [value], {"a": value}, (0.5, value)):
        with pytest.raises(CanonicalError, match=reason):
            canonical(wrapped)


def test_a_refusal_says_where_in_the_value_the_reason_stands() -> None:
    with pytest.raises(CanonicalError) as caught:
        canonical({"lines": [{}, {"a/b~c": math.nan}]})
    assert caught.value.path == ("lines", 1, "a/b~c")
    assert str(caught.value) == "NaN and infinities have no JSON form (at /lines/1/a~1b~0c)"
    with pytest.raises(CanonicalError) as caught:
        canonical({"\ud800": 1})
    assert str(caught.value) == "text with a lone surrogate (at /\\ud800)"


def test_a_refusal_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="NaN"):
        canonical(math.nan)


@pytest.mark.parametrize("innermost", [None, 0.5])
def test_two_hundred_levels_are_written_and_one_more_is_refused(innermost: object) -> None:
    assert canonical(loads(canonical(nested(DEPTH_MAX, innermost))))
    with pytest.raises(CanonicalError, match="nested deeper than 200"):
        canonical(nested(DEPTH_MAX + 1, innermost))


def test_a_value_that_holds_itself_is_refused() -> None:
    value: dict[str, object] = {}
    value["self"] = value
    with pytest.raises(CanonicalError, match="nested deeper"):
        canonical(value)


# --- reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a":1,"a":2}', "a key given twice"),
        ('[{"a":{"b":1,"\\u0062":1}}]', "a key given twice"),
        ("NaN", "NaN is not JSON"),
        ("[Infinity]", "Infinity is not JSON"),
        ('{"a":-Infinity}', "-Infinity is not JSON"),
        ("1e400", "too large"),
        ("-1e309", "too large"),
        ('"\\ud800"', "lone surrogate"),
        ('"\\uDFFF"', "lone surrogate"),
        ('"\\udc00\\ud800"', "lone surrogate"),
        ('{"\\ud800":1}', "lone surrogate"),
        ('"\ud800"', "not UTF-8"),
        (b'"\xff"', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'"\xc0\xaf"', "not UTF-8"),
        ("\ufeff1", "not JSON"),
        ("", "not JSON"),
        ("1 2", "not JSON"),
        ("[1,]", "not JSON"),
        ("{'a':1}", "not JSON"),
        ("01", "not JSON"),
        ("+1", "not JSON"),
        (".5", "not JSON"),
        ("1.", "not JSON"),
        ("\u0661", "not JSON"),
        ("\u00a01", "not JSON"),
        ('"a\nb"', "not JSON"),
        ('"\\x41"', "not JSON"),
        ("True", "not JSON"),
    ],
)
def test_text_that_is_not_i_json_is_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(CanonicalError, match=reason):
        loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740991", 9007199254740991),
        ("-9007199254740991", -9007199254740991),
        ("9007199254740993", 9007199254740992.0),
        ("-9007199254740992", -9007199254740992.0),
        ("123456789012345678901234567890", 1.2345678901234568e29),
        ("1.0", 1.0),
        ("1E2", 100.0),
        ("1e-400", 0.0),
        ('"\\ud83d\\ude02"', "\U0001f602"),
        (b' {"a" : [ ] }\n', {"a": []}),
    ],
)
def test_text_is_read_as_ecmascript_reads_it(text: str | bytes, value: object) -> None:
    read = loads(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", ["-0", "-0.0", "-0e5", "-1e-400"])
def test_minus_zero_is_read_and_written_as_zero(text: str) -> None:
    assert math.copysign(1, loads(text)) == 1
    assert canonical(loads(text)) == b"0"
    assert canonical(-0.0) == b"0"


def test_an_integer_of_any_length_is_refused_in_good_time() -> None:
    with pytest.raises(CanonicalError, match="too large"):
        loads("9" * 100_000)
    with pytest.raises(CanonicalError, match="not exact"):
        canonical(10**100_000)


@pytest.mark.parametrize("innermost", ["", "0.5"])
def test_two_hundred_levels_are_read_and_one_more_is_refused(innermost: str) -> None:
    def text(depth: int) -> str:
        return "[" * depth + innermost + "]" * depth

    assert canonical(loads(text(DEPTH_MAX))).decode() == text(DEPTH_MAX)
    for depth in (DEPTH_MAX + 1, 600, 100_000):
        with pytest.raises(CanonicalError, match="nested deeper than 200"):
            loads(text(depth))
    with pytest.raises(CanonicalError, match="nested deeper than 200"):
        loads('{"a":' * 201 + "1" + "}" * 201)


def test_many_shallow_lists_are_read() -> None:
    text = "[" + ",".join(["[{}]"] * 500) + "]"
    assert loads(text) == [[{}]] * 500
