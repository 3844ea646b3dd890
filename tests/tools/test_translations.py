"""The translators' tool: what it finds, keeps and refuses."""

import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tools.translations import compiled, merged, placeholders, problems, rendered, sentences


def a_catalogue(*entries, **options):
    catalogue = Catalog(locale="zh_Hans", domain="django", fuzzy=False)
    for sentence, string in entries:
        catalogue.add(sentence, string, **options)
    return catalogue


def test_sentences_of_python_and_templates_are_found(tmp_path):
    (tmp_path / "web" / "templates").mkdir(parents=True)
    (tmp_path / "web" / "views.py").write_text(
        "_('One')\ngettext_noop('Two ' 'halves')\nngettext('%(n)s lot', '%(n)s lots', n)\n"
        "pgettext('noun', 'Lot')\nprint('Not this')\n"
    )
    (tmp_path / "web" / "templates" / "a.html").write_text(
        "{% load i18n %}{% translate 'Three' %}"
        "{% blocktranslate %}Lot {{ x }}{% endblocktranslate %}"
    )
    found = {(message.id, message.context) for message in sentences(tmp_path) if message.id}
    assert found == {
        ("One", None),
        ("Two halves", None),
        (("%(n)s lot", "%(n)s lots"), None),
        ("Lot", "noun"),
        ("Three", None),
        ("Lot %(x)s", None),
    }


def test_a_translation_is_kept_and_a_new_sentence_is_empty():
    result = merged(
        a_catalogue(("Lot", ""), ("Item", "")), a_catalogue(("Lot", "批次")), prune=False
    )
    assert {message.id: message.string for message in result if message.id} == {
        "Lot": "批次",
        "Item": "",
    }


def test_a_sentence_that_goes_and_comes_back_keeps_its_translation():
    known = a_catalogue(("Lot", "批次"))
    without = read_po(io.BytesIO(rendered(merged(a_catalogue(), known, prune=False))), "zh_Hans")
    assert [message.string for message in without.obsolete.values()] == ["批次"]
    again = merged(a_catalogue(("Lot", "")), without, prune=False)
    assert again.get("Lot").string == "批次"
    assert again.obsolete == {}


def test_pruning_forgets_what_is_no_longer_in_use():
    assert merged(a_catalogue(), a_catalogue(("Lot", "批次")), prune=True).obsolete == {}


def test_equal_sentences_give_equal_bytes_without_dates_or_line_numbers():
    one = rendered(a_catalogue(("B", ""), ("A", ""), locations=[("x.py", 3)]))
    other = rendered(a_catalogue(("A", ""), ("B", ""), locations=[("x.py", 9)]))
    assert one == other
    assert b"Date" not in one


@pytest.mark.parametrize(
    ("string", "flags", "problem"),
    [
        ("", (), "not translated"),
        ("批次%(lot)s", ("fuzzy",), "marked fuzzy"),
        ("批次", (), "other placeholders"),
        ("批次%(number)s", (), "other placeholders"),
        ("批次%(lot)d", (), "other placeholders"),
    ],
)
def test_a_bad_translation_is_named(string, flags, problem):
    found = a_catalogue(("Lot %(lot)s", ""))
    known = a_catalogue(("Lot %(lot)s", string), flags=flags)
    assert [told.partition(":")[0] for told in problems(found, known)] == [problem]


def test_a_good_translation_may_order_its_placeholders_as_the_language_wants():
    found = a_catalogue(("%(a)s of %(b)s", ""))
    assert problems(found, a_catalogue(("%(a)s of %(b)s", "%(b)s 的 %(a)s"))) == []


def test_placeholders_of_every_kind_are_seen():
    assert placeholders("%(a)s %(b)d {c} {d:>3} 5%% %s") == {
        "%(a)s",
        "%(b)d",
        "{c}",
        "{d}",
        "%(1)s",
    }


def test_a_percent_sign_in_a_sentence_is_no_placeholder():
    assert placeholders("100% done") == set()


def test_a_compiled_catalogue_speaks(tmp_path):
    path = tmp_path / "django.po"
    path.write_bytes(rendered(a_catalogue(("Lot", "批次"))))
    assert read_mo(io.BytesIO(compiled(path, "zh_Hans"))).get("Lot").string == "批次"
