"""Quantities: exact decimals with a unit; unknown is not zero, and nothing is rounded unseen."""

from decimal import Decimal, getcontext, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanliu.base.quantity import (
    Quantity,
    UnitsDiffer,
    decimal_of,
    kilograms,
    number,
    parse_quantity,
    pieces,
    plain,
    plus,
    quantity,
    recordable,
)
from yuanliu.base.refusal import Malformed
from yuanliu.base.units import DIMENSIONS, UnknownUnit, all_units, unit_of

decimals = st.decimals(
    min_value=Decimal("-999999999999999999"),
    max_value=Decimal("999999999999999999"),
    allow_nan=False,
    allow_infinity=False,
    places=12,
)
materials = st.sampled_from([unit for unit in all_units() if unit.dimension in DIMENSIONS])
masses = st.sampled_from([unit for unit in all_units() if unit.dimension == "mass"])


@given(decimals)
def test_a_number_written_plainly_reads_back_as_itself(value: Decimal) -> None:
    text = plain(value)
    assert number(text) == value
    assert "E" not in text
    assert not text.endswith(".")
    assert not ("." in text and text.endswith("0"))


@given(decimals, decimals)
def test_a_sum_is_exact_whatever_the_threads_precision(one: Decimal, other: Decimal) -> None:
    with localcontext(prec=5):
        total = (kilograms(one) + kilograms(other)).value
        difference = (kilograms(one) - kilograms(other)).value
    assert Fraction(total) == Fraction(one) + Fraction(other)
    assert Fraction(difference) == Fraction(one) - Fraction(other)
    assert Fraction(plus(one, other)) == Fraction(total)


@given(decimals)
def test_the_opposite_of_a_quantity_keeps_every_digit(value: Decimal) -> None:
    assert len(value.as_tuple().digits) <= 30 > getcontext().prec
    assert Fraction((-kilograms(value)).value) == -Fraction(value)


@given(decimals, masses, masses)
def test_a_conversion_is_exact_or_off_by_half_the_last_decimal_at_most(value, given, wanted):
    converted = Quantity(value, given).to(wanted).value
    exact = Fraction(value) * given.factor / wanted.factor
    assert abs(Fraction(converted) - exact) <= Fraction(1, 2 * 10**12)
    if (exact * 10**12).denominator == 1:
        assert Fraction(converted) == exact


@given(st.integers(-(10**15), 10**15), masses)
def test_whole_units_come_back_from_a_conversion_to_the_smallest(count, unit):
    there = Quantity(Decimal(count), unit).to(unit_of("MC"))
    assert there.to(unit).value == count


@given(decimals, materials, materials)
def test_only_units_of_one_dimension_convert_without_the_item(value, given, wanted):
    told = Quantity(value, given)
    if given.dimension == wanted.dimension:
        assert told.to(wanted).unit == wanted
        return
    with pytest.raises(UnitsDiffer) as refused:
        told.to(wanted)
    assert refused.value.facts == {"given": given.symbol, "wanted": wanted.symbol}


@pytest.mark.parametrize(
    ("told", "unit", "per_item", "expected"),
    [
        ("40 件", "kg", {"mass": Fraction(5, 2)}, "100 kg"),
        ("100 kg", "件", {"mass": Fraction(5, 2)}, "40 pc"),
        ("2 打", "kg", {"mass": Fraction(1, 8)}, "3 kg"),
        ("1 千件", "g", {"mass": Fraction(1, 1000)}, "1000 g"),
        ("3 L", "kg", {"mass": Fraction(2), "volume": Fraction(3)}, "2 kg"),
        ("500 g", "t", None, "0.0005 t"),
        ("1 lb", "g", None, "453.59237 g"),
        ("1 gal", "mL", None, "3785.411784 mL"),
        ("? 件", "kg", {"mass": Fraction(5, 2)}, "? kg"),
        ("1 m³", "L", None, "1000 L"),
    ],
)
def test_a_conversion_by_hand(told, unit, per_item, expected):
    assert str(parse_quantity(told).to(unit_of(unit), per_item)) == expected


def test_a_conversion_that_does_not_end_is_rounded_half_even_to_twelve_decimals():
    assert decimal_of(Fraction(1, 3)) == Decimal("0.333333333333")
    assert decimal_of(Fraction(5, 10**13)) == 0
    assert decimal_of(Fraction(15, 10**13)) == Decimal("0.000000000002")


def test_an_unknown_quantity_is_some_and_never_becomes_zero():
    unknown = kilograms(None)
    assert str(unknown) == "? kg"
    assert unknown.positive and not unknown.known
    for made in (unknown + kilograms(5), kilograms(5) + unknown, -unknown, unknown - unknown):
        assert made == unknown
    assert unknown.to(unit_of("g")) == quantity(None, "g")
    assert unknown.base_amount() is None


def test_a_quantity_of_nothing_is_not_positive():
    assert [kilograms(told).positive for told in ("0", "-0", "0.000", "-1", "1e-12")] == [
        False,
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.5 kg", "12.5 kg"),
        ("12.5kg", "12.5 kg"),
        ("  12.50   公斤 ", "12.5 kg"),
        ("-3 件", "-3 pc"),
        ("+3 pcs", "3 pc"),
        ("3 EA", "3 ea"),
        ("3ea", "3 ea"),
        ("5 each", "5 ea"),
        ("5 4H", "5 µm"),
        (".5 L", "0.5 L"),
        ("5. L", "5 L"),
        ("1e3 g", "1000 g"),
        ("1E-3kg", "0.001 kg"),
        ("１２ 瓶", "12 pc"),
        ("? t", "? t"),
        ("?t", "? t"),
        ("0 kg", "0 kg"),
        ("-0.0 kg", "0 kg"),
        ("999999999999999999.999999999999 kg", "999999999999999999.999999999999 kg"),
    ],
)
def test_text_is_read_as_a_quantity(text, expected):
    assert str(parse_quantity(text)) == expected
    assert parse_quantity(expected) == parse_quantity(text)


@pytest.mark.parametrize(
    "text",
    ["", "kg", "5", "1,5 kg", "1_000 kg", "1.2.3 kg", "5 5", "--5 kg", "? ", "NaN kg", "∞ kg"],
)
def test_text_that_is_no_quantity_is_refused(text):
    with pytest.raises((Malformed, UnknownUnit)):
        parse_quantity(text)


@pytest.mark.parametrize(
    "told",
    [
        "", "twelve", "1_000", "1e", "0x10", "NaN", "sNaN", "Infinity", "-inf",
        "1000000000000000000", "0.0000000000001", "1e18", "1e-13", "1e999999", "1e-999999999",
        "1e99999999999999999999", "1." + "0" * 80 + "1", "9" * 10_000,
    ],
)  # fmt: skip
def test_a_number_no_fact_could_hold_exactly_is_refused(told):
    with pytest.raises(Malformed) as refused:
        number(told)
    assert len(str(refused.value.facts["value"])) <= 10_000


@pytest.mark.parametrize("told", [1.5, 0.0, True, False])
def test_a_float_is_never_a_number(told):
    with pytest.raises(Malformed) as refused:
        number(told)
    assert refused.value.facts["problem"] == "a float is not exact; write it as text"


@pytest.mark.parametrize(
    ("told", "expected"),
    [("1e17", "100000000000000000"), ("0e400", "0"), ("1.500e1", "15"), ("-0", "0"), (7, "7")],
)
def test_a_number_with_an_exponent_is_what_it_says(told, expected):
    assert plain(number(told)) == expected


@given(decimals)
def test_what_can_be_recorded_is_given_back_unchanged(value: Decimal) -> None:
    assert recordable(value) == value


@given(decimals, decimals)
def test_what_is_too_long_to_read_back_cannot_be_recorded(one: Decimal, other: Decimal) -> None:
    total = plus(one, other)
    if abs(total) < 10**18:
        assert recordable(total) == total
        return
    with pytest.raises(Malformed):
        recordable(total)


def test_shares_alone_are_floats():
    assert parse_quantity("500 g").base_amount() == 0.5
    assert parse_quantity("2 打").base_amount() == 24.0
    assert pieces(3).base_amount() == 3.0
    assert quantity("20", "°C").base_amount() == 20.0


def test_two_dimensions_cannot_be_added():
    with pytest.raises(UnitsDiffer) as refused:
        kilograms(1) + pieces(1)
    assert str(refused.value) == (
        "pc cannot be converted to kg. Give the quantity in kg or add a unit conversion to the"
        " item."
    )


def test_temperatures_are_kept_as_told_and_never_converted():
    with pytest.raises(UnitsDiffer):
        quantity("20", "°C").to(unit_of("KEL"))
    assert quantity("20", "CEL").to(unit_of("°C")) == quantity("20", "CEL")
