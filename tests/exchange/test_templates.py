"""Templates: braces around names of columns, and nothing that could run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanliu.exchange.templates import TemplateBroken, read_template


def test_a_template_puts_values_into_text():
    template = read_template("API-{api_code}/{process.batch}")
    values = {"api_code": "5", "process.batch": "2"}
    assert template.columns == ("api_code", "process.batch")
    assert template.render(values.get) == "API-5/2"


def test_a_template_with_a_blank_column_is_nothing():
    assert read_template("API-{api_code}").render(lambda name: None) is None


def test_doubled_braces_are_braces():
    assert read_template("{{{a}}}").render({"a": "x"}.get) == "{x}"
    assert read_template("{{}}").literal == "{}"


@pytest.mark.parametrize("text", ["{", "}", "{a", "a}", "{}", "{ }", "{a}{", "{{a}"])
def test_braces_that_do_not_match_are_refused(text):
    with pytest.raises(TemplateBroken):
        read_template(text)


@given(st.text())
def test_escaped_text_comes_out_as_it_was(text):
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert read_template(escaped).render({}.get) == text


@given(st.text(), st.text())
def test_a_value_is_never_read_as_a_template(before, value):
    escaped = before.replace("{", "{{").replace("}", "}}")
    assert read_template(escaped + "{a}").render({"a": value}.get) == before + value
