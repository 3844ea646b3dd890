"""Text that a spreadsheet would run as a formula is kept asleep, and comes back as it was."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanliu.exchange.formulas import asleep, awake

CELLS = st.text(alphabet="='+-@|%\t\r\n 1a.,\uff1d\uff0b", max_size=8) | st.text(max_size=30)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1+1",
        "%0A=1",
        "|x",
    ],
)
def test_a_formula_gets_an_apostrophe(text):
    assert asleep(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-5.3", "+3", "-1,5", "-1E-5", "1/8", "API-1", "a=b", "", "'quoted'"]
)
def test_numbers_and_plain_text_are_left_alone(text):
    assert asleep(text) == text


@given(CELLS)
def test_every_cell_comes_back_as_it_was(text):
    assert awake(asleep(text)) == text


@given(CELLS)
def test_no_cell_is_left_awake(text):
    written = asleep(text)
    starts_a_formula = re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", written)
    assert not starts_a_formula or re.fullmatch(r"[+-]?[0-9.,]+([eE][+-]?[0-9]+)?", written)
