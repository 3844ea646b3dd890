"""Every sentence a person may read can be read in both languages."""

import ast
import re
from html.parser import HTMLParser

import pytest

from tests.tidy.source import named, package_code, templates, tree_of
from tools import refusals_page
from tools.translations import (
    LANGUAGES,
    catalogue_path,
    merged,
    problems,
    read_catalogue,
    rendered,
    sentences,
)

WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")
SPOKEN_ATTRIBUTES = ("title", "alt", "placeholder", "aria-label", "aria-description", "label")
SPOKEN_KEYWORDS = ("help", "description", "epilog", "help_text", "verbose_name", "label")
OUR_NAMES = ("Yuanliu", "源流", "autofocus")
"""What is the same in every language; the last is an attribute that a block adds to a tag."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_with_its_placeholders(language):
    known = read_catalogue(catalogue_path(language), language)
    assert problems(sentences(), known) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_as_extract_writes_it(language):
    path = catalogue_path(language)
    known = read_catalogue(path, language)
    fresh = path.read_bytes() == rendered(merged(sentences(), known, prune=False))
    assert fresh, "run `python3 dev.py translations extract`"


def test_every_refusals_sentence_is_one_the_translators_see():
    # A sentence that is put together, or not marked, would be English for everybody.
    seen = {message.id for message in sentences() if isinstance(message.id, str)}
    hidden = [kind.code for kind in refusals_page.refusals() if kind.sentence not in seen]
    assert hidden == []


def test_no_help_or_label_is_a_bare_string():
    # The API's description of itself is for programs and programmers, and has one language.
    bare = [
        f"{named(path)}:{keyword.value.lineno} {keyword.value.value!r}"
        for path in package_code()
        if not {"migrations", "api"} & set(path.parts)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in SPOKEN_KEYWORDS
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
        and WORD.search(_without_names(keyword.value.value))
    ]
    assert bare == []


def test_no_template_holds_a_bare_sentence():
    bare = [f"{named(path)} {text!r}" for path in templates() for text in _bare_texts(path)]
    assert bare == []


def test_the_look_at_templates_sees_what_it_should():
    page = """{% extends "web/base.html" %}{# a remark in English #}
    <style>p { color: red }</style><h1 class="big">{% translate "Lot" %}</h1>
    {% blocktranslate %}Lot {{ number }} is held.{% endblocktranslate %}
    <p title="A bare title">{{ lot.number }} kg {% if held %}On hold{% endif %}</p>
    <b>Yuanliu 源流</b><i translate="no">RFC 9162</i><input placeholder="{% translate 'Lot' %}">
    """
    assert _bare(page) == ["A bare title", "kg", "On hold"]


# Reading a template -----------------------------------------------------------------------------


def _bare_texts(path) -> list[str]:
    return _bare(path.read_text("utf-8")) if path.suffix in (".html", ".svg") else []


def _bare(text: str) -> list[str]:
    """Return the texts of a template that are neither translated nor data."""
    text = re.sub(r"{#.*?#}", "", text)
    text = re.sub(r"{% *comment\b.*?{% *endcomment *%}", "", text, flags=re.S)
    text = re.sub(r"{% *blocktrans.*?{% *endblocktrans\w* *%}", "", text, flags=re.S)
    # What a tag makes is data or translated; it stands between texts, so it parts them.
    text = re.sub(r"{%.*?%}|{{.*?}}", "\x00", text, flags=re.S)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.bare


class _Reader(HTMLParser):
    """Collect the words between and inside the tags."""

    VOID = {"input", "img", "br", "hr", "meta", "link", "source", "wbr", "col", "area", "base"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bare: list[str] = []
        self.silent: list[str] = []
        """Open elements whose text is not spoken, and those within them."""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        quiet = tag in ("script", "style", "code") or given.get("translate") == "no"
        if (self.silent or quiet) and tag not in self.VOID:
            self.silent.append(tag)
        for name in SPOKEN_ATTRIBUTES:
            self._look(given.get(name) or "")

    def handle_endtag(self, tag):
        if self.silent and tag == self.silent[-1]:
            self.silent.pop()

    def handle_data(self, data):
        if not self.silent:
            self._look(data)

    def _look(self, text: str) -> None:
        for part in text.split("\x00"):
            if WORD.search(_without_names(part)):
                self.bare.append(part.strip())


def _without_names(text: str) -> str:
    for name in OUR_NAMES:
        text = text.replace(name, "")
    return text
