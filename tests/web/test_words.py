"""How quantities, shares and times are written."""

import pytest
from django.utils import timezone, translation

from yuanliu.ledger.kinds import kinds
from yuanliu.lots.events import Quality
from yuanliu.web.templatetags import words


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("2026-03-02T00:00:00Z", "2026-03-02 08:00"),
        ("2026-03-02T08:00:00+08:00", "2026-03-02 08:00"),
        ("2026-03-02T00:00:00Z/2026-03-02T23:59:59.999999Z", "2026-03-02"),
        ("2026-03-02T00:00:00+08:00/2026-03-02T23:59:59.999999+08:00", "2026-03-02"),
        ("2026-02-01T00:00:00Z/2026-02-28T23:59:59.999999Z", "2026-02"),
        ("2026-03-02T06:00:00Z/2026-03-02T14:00:00Z", "2026-03-02 14:00 – 2026-03-02 22:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("", "–"),
        (None, "–"),
        ("not a time", "not a time"),
    ],
)
def test_a_floor_time_is_written_as_exactly_as_it_is_known(told, written):
    with timezone.override("Asia/Shanghai"):
        assert words.floor_time(told) == written


@pytest.mark.parametrize(
    ("value", "lower", "upper", "written"),
    [
        (40.0, 40.0, 40.0, "40 kg"),
        (12.34567, 10.0, 15.0, "12.35 (10 – 15) kg"),
        (12.0, 10.0, None, "12 (10 – ?) kg"),
        (None, 10.0, 15.0, "10 – 15 kg"),
        (None, 0.0, None, "? kg"),
        (None, None, None, "? kg"),
        (123456.7, 123456.7, 123456.7, "123,457 kg"),
        (0.00001, 0.00001, 0.00001, "< 0.0001 kg"),
        (0.0, 0.0, 0.0, "0 kg"),
    ],
)
def test_a_share_is_written_with_its_bounds(value, lower, upper, written):
    share = {"value": value, "lower": lower, "upper": upper, "unit": "KGM"}
    assert words.amount(share) == written


def test_what_has_no_share_has_a_dash():
    assert words.amount(None) == "–"


@pytest.mark.parametrize(
    ("quantity", "english", "chinese"),
    [
        ({"value": "1234567.5", "unit": "KGM"}, "1,234,567.5 kg", "1,234,567.5 kg"),
        ({"value": None, "unit": "KGM"}, "? kg", "? kg"),
        ({"value": "3", "unit": "H87"}, "3 pc", "3 件"),
        ({"value": "-40", "unit": "KGM"}, "-40 kg", "-40 kg"),
        (None, "–", "–"),
    ],
)
def test_a_quantity_is_exact_and_its_unit_in_the_readers_language(quantity, english, chinese):
    with translation.override("en"):
        assert words.quantity(quantity) == english
    with translation.override("zh-hans"):
        assert words.quantity(quantity) == chinese


def test_every_kind_of_fact_about_lots_has_a_word_and_every_status_a_sign():
    silent = [
        name
        for name in kinds()
        if not name.endswith("_defined") and words.fact_kind(name) == name and "_" in name
    ]
    assert silent == []
    assert {quality.value for quality in Quality} <= set(words.ICONS)
    assert words.fact_kind("of_tomorrow") == "of_tomorrow"
    assert words.icon("of tomorrow") == "?"


def test_a_unit_that_is_none_stays_as_it_was_told():
    assert words.unit_symbol("scoops") == "scoops"
    assert words.unit_symbol("") == ""
