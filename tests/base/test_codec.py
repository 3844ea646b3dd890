"""The codec: a fact written as JSON values and read back is the same fact, and holds no float."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanliu.base.canonical import canonical, loads
from yuanliu.base.codec import decode, encode
from yuanliu.base.moments import EARLIEST, LATEST, Moment
from yuanliu.base.quantity import Quantity, kilograms
from yuanliu.base.refusal import Malformed
from yuanliu.base.units import all_units
from yuanliu.ledger.facts import Context, Provenance, Reading
from yuanliu.ledger.kinds import kinds

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
amounts = st.decimals(
    Decimal(-(10**17)), Decimal(10**17), allow_nan=False, allow_infinity=False, places=12
)
quantities = st.builds(Quantity, st.none() | amounts, st.sampled_from(all_units()))
moments = st.builds(
    lambda one, other, offset: Moment(min(one, other), max(one, other), offset),
    st.integers(EARLIEST, LATEST),
    st.integers(EARLIEST, LATEST),
    st.integers(-840, 840),
)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    bool: st.booleans(),
    Quantity: quantities,
    Moment: moments,
    Decimal: amounts,
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Make any value a member of this type may have."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(st.none() if one is type(None) else values_of(one) for one in inner))
    if origin is tuple:
        return st.lists(values_of(inner[0]), max_size=3).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(texts, values_of(inner[1]), max_size=3)
    if kind in LEAVES:
        return LEAVES[kind]
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = typing.get_type_hints(kind)
    members = {member.name: values_of(hints[member.name]) for member in dataclasses.fields(kind)}
    return st.builds(kind, **members)


EVERY_KIND = sorted(kinds().values(), key=lambda kind: kind.name)


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.name)
@settings(max_examples=20)
@given(data=st.data())
def test_every_kind_of_fact_reads_back_as_it_was_written(kind, data):
    told = data.draw(values_of(kind.data_class))
    written = encode(told)
    assert decode(kind.data_class, written) == told
    assert decode(kind.data_class, loads(canonical(written))) == told
    assert no_float_in(written)


@given(values_of(Context), values_of(Provenance))
def test_circumstances_and_provenance_read_back_as_they_were_written(context, provenance):
    assert decode(Context, loads(canonical(encode(context)))) == context
    assert decode(Provenance, loads(canonical(encode(provenance)))) == provenance


def no_float_in(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(no_float_in, value.values()))
    if isinstance(value, list):
        return all(map(no_float_in, value))
    return value is None or type(value) in (str, int, bool)


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    needed: str
    amount: Quantity | None
    colour: Colour = Colour.RED
    names: tuple[str, ...] = ()
    readings: Mapping[str, Reading] = field(default_factory=dict)
    exact: Decimal = Decimal("1.50")


def test_members_that_are_as_usual_are_left_out_and_needed_ones_never():
    assert encode(Told(needed="", amount=None)) == {"needed": "", "amount": None}
    assert encode(Told(needed="x", amount=kilograms("2.50"), names=("a",))) == {
        "needed": "x",
        "amount": ["2.5", "KGM"],
        "names": ["a"],
    }


def test_an_unknown_quantity_is_written_as_unknown():
    assert encode(kilograms(None)) == [None, "KGM"]
    assert decode(Quantity, [None, "KGM"]) == kilograms(None)


def test_a_decimal_is_text():
    assert encode(Decimal("1E+3")) == "1000"
    assert decode(Decimal, "0.10") == Decimal("0.1")


@pytest.mark.parametrize("value", [1.5, {1, 2}, b"raw", object(), [0.5], {"x": 2.0}])
def test_what_has_no_exact_form_cannot_be_written(value):
    with pytest.raises(TypeError, match="the codec does not know"):
        encode(value)


@pytest.mark.parametrize("amount", [Decimal(10**18), Decimal("1E-13"), Decimal("NaN")])
def test_a_quantity_that_could_not_be_read_back_is_not_written(amount):
    with pytest.raises(Malformed):
        encode(Told(needed="x", amount=kilograms(0), exact=amount))
    with pytest.raises(Malformed):
        encode(Quantity(amount, kilograms(0).unit))


@pytest.mark.parametrize(
    "written",
    [
        {"needed": "x", "amount": None, "size": 3},
        {"amount": None},
        "x",
        None,
        {"needed": "x", "amount": ["1"]},
        {"needed": "x", "amount": None, "colour": "blue"},
    ],
)
def test_values_that_do_not_fit_are_not_read(written):
    with pytest.raises((TypeError, KeyError, AttributeError, ValueError, IndexError)):
        decode(Told, written)


def test_a_choice_between_two_types_is_not_supported():
    @dataclass
    class Either:
        value: int | str

    with pytest.raises(TypeError, match="optional members only"):
        decode(Either, {"value": 1})
