"""The page about mappings: its example works, and every word a mapping may say is on it."""

import re
from pathlib import Path

import pytest

from yuanliu.base import moments
from yuanliu.capture.gate import Caller
from yuanliu.capture.imports import run_import
from yuanliu.exchange import form_reading, mapping_reading
from yuanliu.exchange.library import mapping_names
from yuanliu.exchange.mapping_reading import read_mapping
from yuanliu.exchange.months import LANGUAGES
from yuanliu.lots.models import ResultRow, Traceable

PAGES = [
    Path(__file__).parents[2] / "docs" / "reference" / name
    for name in ("mappings.md", "mappings.zh.md")
]


def example(page):
    return re.search(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)[1]


def words(module):
    """Collect the words that a module lets a mapping say."""
    source = Path(module.__file__).read_text("utf-8")
    told = re.findall(r"members\(\s*\((.*?)\)", source, re.S)
    told += re.findall(r"known = \((.*?)\)", source, re.S)
    told += [str(mapping_reading.CONTEXT_TEXTS), str(mapping_reading.CONTEXT_LISTS)]
    return set(re.findall(r"[\"'](\w+)[\"']", " ".join(told)))


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_example_on_the_page_works(page, tmp_path):
    path = tmp_path / "deliveries.csv"
    text = "批号;item;day;kg;water\n007;FLOUR;03.04.2026;12,5;1,20\n008;FLOUR;04.04.2026;;\n"
    path.write_text(text, encoding="gb18030")
    report = run_import(
        path,
        mapping=read_mapping(example(page), file=page.name),
        caller=Caller(actor="reader", channel="cli", may_write=frozenset("*")),
        now=moments.parse("2026-11-22T12:00:00Z").start,
    )
    assert (report.good, report.bad) == (2, 0)
    assert set(Traceable.objects.values_list("number", "content")) == {
        ("007", "12.5"),
        ("008", None),
    }
    assert list(ResultRow.objects.values_list("value", "unit")) == [("1.20", "P1")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_word_of_a_mapping_is_on_the_page(page):
    text = page.read_text("utf-8")
    known = words(mapping_reading) | words(form_reading) | set(mapping_reading.ABOUT)
    assert len(known) > 50
    assert sorted(word for word in known if not re.search(rf"\b{word}\b", text)) == []
    assert [language for language in LANGUAGES if f" {language}" not in text] == []
    assert [name for name in mapping_names() if f"`{name}`" not in text] == []
