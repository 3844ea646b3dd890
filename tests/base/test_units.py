"""The table of units: every code and every name means one unit."""

from collections import defaultdict
from fractions import Fraction

import pytest

from yuanliu.base import units
from yuanliu.base.units import DIMENSIONS, UnknownUnit, all_units, dimension_code, unit_of

ROWS = [row.split("|") for row in units._TABLE.strip().splitlines()]


def names_of(row: list[str]) -> list[str]:
    code, _dimension, _factor, symbol, english, chinese, others = row
    return [code, symbol, english, chinese, *filter(None, others.split(","))]


def test_every_code_stands_once():
    codes = [row[0] for row in ROWS]
    assert len(set(codes)) == len(codes) == len(all_units())


def test_no_name_means_two_units_however_it_is_written():
    meant = defaultdict(set)
    for row in ROWS:
        for name in names_of(row):
            meant[name.casefold()].add(row[0])
    assert {name: codes for name, codes in meant.items() if len(codes) > 1} == {}


def test_every_name_leads_to_its_unit():
    for row in ROWS:
        for name in names_of(row):
            assert unit_of(name).code == row[0], name
            assert unit_of(f" {name} ").code == row[0], name


def test_every_unit_has_a_symbol_and_a_name_in_both_languages():
    for unit in all_units():
        assert unit.symbol and unit.name_en and unit.name_zh
        assert not unit.name_zh.isascii()


def test_factors_are_exact_and_each_dimension_of_material_has_its_base_unit():
    for dimension in DIMENSIONS:
        factors = {unit.code: unit.factor for unit in all_units() if unit.dimension == dimension}
        assert Fraction(1) in factors.values()
        assert all(factor is not None and factor > 0 for factor in factors.values())


@pytest.mark.parametrize(
    ("name", "code", "factor"),
    [
        ("公斤", "KGM", 1),
        ("KG", "KGM", 1),
        ("吨", "TNE", 1000),
        ("ml", "MLT", Fraction(1, 1000)),
        ("方", "MTQ", 1000),
        ("瓶", "H87", 1),
        ("打", "DZN", 12),
        ("oz", "ONZ", Fraction(45359237, 1600000000)),
        ("gal", "GLL", Fraction(473176473, 125000000)),
        ("ug", "MC", Fraction(1, 10**9)),
        ("rpm", "RPM", Fraction(1, 60)),
    ],
)
def test_units_people_write(name, code, factor):
    assert (unit_of(name).code, unit_of(name).factor) == (code, factor)


@pytest.mark.parametrize("name", ["", " ", "stone", "KGMM", "千", "k g", "\ud800"])
def test_an_unknown_unit_is_named(name):
    with pytest.raises(UnknownUnit) as refused:
        unit_of(name)
    assert refused.value.status == 422
    str(refused.value).encode()


def test_a_liang_is_no_code_of_recommendation_20():
    # J57 is the British barrel; whoever read our file as Rec 20 would take 50 g for 164 litres.
    with pytest.raises(UnknownUnit):
        unit_of("J57")


def test_flows_keep_the_dimension_as_a_small_number():
    assert [dimension_code(unit_of(name)) for name in ("kg", "L", "m", "m²", "件", "h", "°C")] == [
        0,
        1,
        2,
        3,
        4,
        5,
        -1,
    ]
