"""Cells: numbers and times as files of many countries write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanliu.base import moments
from yuanliu.exchange.cells import (
    DAY,
    MONTH,
    Notation,
    month_names,
    read_number,
    read_text,
    read_time,
    time_form,
)
from yuanliu.exchange.months import LANGUAGES
from yuanliu.exchange.refusals import CellNotNumber, CellNotTime, CellSpoiled

POINT, COMMA = Notation(), Notation(",")
NAMES = month_names(["sl", "en"])


def form(text, *, units=6, names=NAMES):
    made = time_form(text, names, units=units)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("written", "notation", "told", "plain"),
    [
        ("94.50", POINT, "94.50", "94.5"),
        ("94,50", COMMA, "94.50", "94.5"),
        (" 7 ", POINT, "7", "7"),
        ("7.08E-05", POINT, "7.08E-05", "0.0000708"),
        ("-0", POINT, "-0", "0"),
        ("+3", POINT, "3", "3"),
        (".5", POINT, ".5", "0.5"),
        ("12.", POINT, "12.", "12"),
        ("1.234.567,89", Notation(",", "."), "1234567.89", "1234567.89"),
        ("1,234.5", Notation(".", ","), "1234.5", "1234.5"),
        ("1 234 567", Notation(",", " "), "1234567", "1234567"),
        ("1\u00a0234", Notation(",", " "), "1234", "1234"),
        ("１２．５", POINT, "12.5", "12.5"),
        ("\u22123", POINT, "-3", "-3"),
        ("0.30000000000000004", POINT, "0.30000000000000004", "0.30000000000000004"),
    ],
)
def test_a_number_keeps_what_was_told_and_equal_numbers_are_plainly_equal(
    written, notation, told, plain
):
    value = read_number(written, notation)
    assert (value.told, value.plain) == (told, plain)


@pytest.mark.parametrize(
    ("written", "notation"),
    [
        ("", POINT),
        ("abc", POINT),
        ("1,5", POINT),
        ("94.5", COMMA),
        ("12,34.5", Notation(".", ",")),
        ("1.23.456", Notation(",", ".")),
        ("nan", POINT),
        ("Infinity", POINT),
        ("1_000", POINT),
        ("0x10", POINT),
        ("1e999", POINT),
        ("9" * 61, POINT),
        ("3 kg", POINT),
        ("--3", POINT),
        ("٣", POINT),
        (".", POINT),
    ],
)
def test_what_is_no_number_in_the_files_notation_is_refused(written, notation):
    with pytest.raises(CellNotNumber) as refusal:
        read_number(written, notation)
    assert refusal.value.facts["value"] == (written if len(written) <= 60 else written[:57] + "…")


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12
    ),
    st.sampled_from([POINT, COMMA, Notation(",", "."), Notation(".", ",")]),
)
def test_every_number_reads_back_exactly_in_every_notation(number, notation):
    written = f"{number:f}".replace(".", notation.decimal)
    value = read_number(written, notation)
    assert Decimal(value.told) == number == Decimal(value.plain)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**12))
def test_marks_between_thousands_change_nothing(number):
    grouped = f"{number:,f}"
    assert Decimal(read_number(grouped, Notation(".", ",")).plain) == number
    german = grouped.translate(str.maketrans(",.", ".,"))
    assert Decimal(read_number(german, Notation(",", ".")).plain) == number


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_refused(text):
    for notation in (POINT, COMMA, Notation(",", ".")):
        try:
            value = read_number(text, notation)
        except CellNotNumber:
            continue
        assert Decimal(value.plain).is_finite()


@pytest.mark.parametrize("text", ["007", "123", "1/8", "批次 9", "1E5", "E+12", "5E+7-B"])
def test_text_stays_as_it_stands(text):
    assert read_text(text).plain == text


@pytest.mark.parametrize("text", ["6.90123E+12", "6,90123E+12", "1E+15"])
def test_a_long_number_that_a_spreadsheet_rounded_is_refused(text):
    with pytest.raises(CellSpoiled):
        read_text(text)


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("nov.18", "2018-11"),
        ("maj.19", "2019-05"),
        ("avg.19", "2019-08"),
        ("Okt.20", "2020-10"),
        ("may.21", "2021-05"),
        ("AUG.21", "2021-08"),
        ("februar.21", "2021-02"),
    ],
)
def test_slovene_and_english_months_are_read(written, month):
    value = read_time(written, [form("MMM.yy", units=MONTH)])
    assert value.plain == month
    assert value.moment == moments.parse(month)


@pytest.mark.parametrize(
    ("written", "pattern", "iso"),
    [
        ("03.04.2021", "dd.MM.yyyy", "2021-04-03"),
        ("3.4.2021", "d.M.yyyy", "2021-04-03"),
        ("04/03/2021", "MM/dd/yyyy", "2021-04-03"),
        ("2021年4月3日", "yyyy年M月d日", "2021-04-03"),
        ("２０２１－０４－０３", "yyyy-MM-dd", "2021-04-03"),
        ("03-Apr-2021", "dd-MMM-yyyy", "2021-04-03"),
        ("29.02.2024", "dd.MM.yyyy", "2024-02-29"),
        ("31.12.69", "dd.MM.yy", "2069-12-31"),
        ("31.12.70", "dd.MM.yy", "1970-12-31"),
    ],
)
def test_days_are_read_in_the_mappings_form(written, pattern, iso):
    value = read_time(written, [form(pattern)])
    assert (value.plain, value.moment) == (iso, moments.parse(iso))


def test_a_time_is_as_wide_as_it_was_told():
    minute = read_time("03.04.2021 12:30", [form("dd.MM.yyyy HH:mm")]).moment
    second = read_time("03.04.2021 12:30:05", [form("dd.MM.yyyy HH:mm:ss")]).moment
    assert minute == moments.between(
        datetime(2021, 4, 3, 12, 30, tzinfo=UTC),
        datetime(2021, 4, 3, 12, 30, 59, 999999, tzinfo=UTC),
    )
    assert second.exact


def test_a_month_that_a_spreadsheet_shows_as_a_day_is_still_a_month():
    value = read_time("2021-04-01", [form("yyyy-MM-dd", units=MONTH)])
    assert value.moment == moments.parse("2021-04")
    at_noon = read_time("2021-04-03 12:00:00", [form("yyyy-MM-dd HH:mm:ss", units=DAY)])
    assert at_noon.moment == moments.parse("2021-04-03")


def test_a_day_is_a_day_of_the_plants_zone():
    shanghai = ZoneInfo("Asia/Shanghai")
    value = read_time("2021-04-03", [form("yyyy-MM-dd")], shanghai)
    assert value.moment.start == moments.micros(datetime(2021, 4, 2, 16, tzinfo=UTC))
    assert (
        value.moment.end - value.moment.start == timedelta(days=1) // timedelta(microseconds=1) - 1
    )
    assert moments.parse(value.plain) == value.moment


@pytest.mark.parametrize(
    "written",
    ["xyz.18", "nov.1", "nov 18", "13.18", "", "nov.18x", "30.02.2024", "01.01.0001", "01.01.0000"],
)
def test_what_is_no_time_in_any_form_is_refused_with_the_forms(written):
    with pytest.raises(CellNotTime) as refusal:
        read_time(written, [form("MMM.yy"), form("dd.MM.yyyy")])
    assert refusal.value.facts["formats"] == "MMM.yy, dd.MM.yyyy"


@pytest.mark.parametrize("pattern", ["", "yyyy", "MM", "yyyy dd", "MM.MM.yyyy", "HH:mm", "dd.yyyy"])
def test_a_form_needs_year_and_month_and_no_gap(pattern):
    assert time_form(pattern, NAMES) is None


@given(st.dates(date(2, 1, 1), date(9998, 12, 31)))
def test_every_day_reads_back_from_every_form(day):
    for pattern, written in (
        ("yyyy-MM-dd", f"{day:%Y-%m-%d}".zfill(10)),
        ("dd.MM.yyyy", f"{day.day:02}.{day.month:02}.{day.year:04}"),
        ("d/M/yyyy", f"{day.day}/{day.month}/{day.year:04}"),
    ):
        moment = read_time(written, [form(pattern)]).moment
        assert moment == moments.day(day.year, day.month, day.day)


def test_every_language_names_twelve_months_once():
    for names in LANGUAGES.values():
        assert set(names.values()) == set(range(1, 13))
