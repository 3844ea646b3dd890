"""The page: what it finds, what it shows of a lot, and what it says when there is nothing."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web import factory
from tests.web.page import Page
from yuanliu.ledger.desk import actions


def _get(client, path, **query):
    return client.get(path, query)


def test_a_stranger_is_led_to_the_log_in_and_then_on(bakery):
    factory.person("mei")
    client = Client()
    answer = client.get("/lots/FLOUR/F1")
    assert answer.headers["Location"] == "/login/?next=/lots/FLOUR/F1"
    login = {"username": "mei", "password": factory.PASSWORD, "next": "/lots/FLOUR/F1"}
    assert client.post("/login/", login).headers["Location"] == "/lots/FLOUR/F1"


def test_an_empty_ledger_says_what_to_do_first(reader):
    page = Page(_get(reader, "/"))
    assert "Nothing is recorded yet" in page.text
    assert "yuanliu import FILE --mapping NAME" in page.text


def test_without_a_search_all_lots_are_listed(bakery, reader):
    page = Page(_get(reader, "/"))
    for name in ("FLOUR/F1", "YEAST/Y1", "BREAD/B1", "BREAD/B1-A", "BREAD/B2", "BREAD/B0"):
        assert name in page.text


@pytest.mark.parametrize(
    "text", ["FLOUR/F1", "F1", "f1", " F1 ", "S-77", "s-77", "\x00F1", "YEAST/"]
)
def test_a_number_that_means_one_lot_leads_straight_to_it(bakery, reader, text):
    answer = _get(reader, "/", q=text)
    assert answer.status_code == 302
    lot = "YEAST/Y1" if text.startswith("YEAST") else "FLOUR/F1"
    assert f"<h1>{lot}</h1>" in reader.get(answer.headers["Location"]).content.decode()


def test_a_number_that_means_several_lots_lists_them_and_hides_no_alias(bakery, reader):
    # S-77 is the mill's own number of FLOUR/F1, and now also the number of a lot of ours.
    lot = {"item": "YEAST", "number": "S-77", "quantity": "1 kg"}
    factory.do("receive", "2026-03-09", lots=[lot], supplier="MILL")
    page = Page(_get(reader, "/", q="S-77"))
    assert "2 lots are known as “S-77”" in page.text
    assert "FLOUR/F1" in page.text
    assert "YEAST/S-77" in page.text


def test_a_number_with_a_slash_is_found_whole(bakery, reader):
    lot = {"item": "FLOUR", "number": "FLOUR/F1", "quantity": "1 kg"}
    factory.do("receive", "2026-03-09", lots=[lot], supplier="MILL")
    both = Page(_get(reader, "/", q="FLOUR/F1"))
    assert "2 lots are known as “FLOUR/F1”" in both.text
    assert _get(reader, "/", q="FLOUR/FLOUR/F1").status_code == 302


def test_the_beginning_of_a_number_lists_what_begins_so(bakery, reader):
    page = Page(_get(reader, "/", q="B"))
    assert "Numbers that begin with “B”" in page.text
    assert "FLOUR/F1" not in page.text


def test_what_is_unknown_is_said_with_what_to_do(bakery, reader):
    page = Page(_get(reader, "/", q="nothing"))
    assert "Nothing is known as “nothing”" in page.text
    assert "Its beginning is enough" in page.text


def test_a_lot_shows_its_whole_story(bakery, reader):
    answer = _get(reader, "/lots/BREAD/B1")
    page = Page(answer)
    for sentence in (
        "BREAD/B1",
        "released",
        "50 pc",
        "Where it came from",
        "FLOUR/F1",
        "YEAST/Y1",
        "Where it went",
        "BREAD/B1-A",
        "Recall scope",
        "With customers SHOP 1 lot 20 pc",
        "Mass balance",
        "70 pc",
        "History",
        "produced",
    ):
        assert sentence in page.text, sentence
    links = set(page.links())
    for name in ("FLOUR", "YEAST", "BREAD"):
        row = next(attrs for tag, attrs in page.elements if attrs.get("class") == "lot")
        assert row["href"] in links, name


def test_a_contradiction_stands_on_the_page_in_words(bakery, reader):
    page = Page(_get(reader, "/lots/FLOUR/F1"))
    assert "Exceptions" in page.text
    assert "Only 50 kg of lot FLOUR/F1 is at WH, 90 kg is wanted." in page.text


def test_the_graph_has_a_link_for_each_lot_and_a_line_for_each_step(bakery, reader):
    page = Page(_get(reader, "/lots/BREAD/B1-A"))
    nodes = [attrs for tag, attrs in page.elements if "node" in (attrs.get("class") or "").split()]
    edges = [attrs for tag, attrs in page.elements if tag == "path" and "marker-end" in attrs]
    assert len(nodes) == 4
    assert len(edges) == 3
    assert {edge["class"] for edge in edges} == {"edge edge-declared"}
    assert sum("seed" in node["class"].split() for node in nodes) == 1


def test_a_trace_as_of_an_earlier_position_shows_what_was_known_then(bakery, reader):
    page = Page(_get(reader, "/lots/FLOUR/F1", as_of="10"))
    assert "Traces as they were known at 10." in page.text
    assert "Nothing was made of it that is recorded." in page.text


@pytest.mark.parametrize("as_of", ["99999", "yesterday", "1999-01-01", "9" * 99])
def test_a_time_that_cannot_be_asked_for_is_refused_on_the_page(bakery, reader, as_of):
    answer = _get(reader, "/lots/FLOUR/F1", as_of=as_of)
    page = Page(answer)
    assert answer.status_code == 200
    assert ("p", {"class": "refusal", "role": "alert"}) in page.elements
    assert "<h1>FLOUR/F1</h1>" in answer.content.decode()


def test_an_empty_container_is_shown_though_it_has_no_trace(bakery, reader):
    factory.do("pack", "2026-03-09T08:00:00Z", container="BOX-1", children=["BREAD/B1"], place="WH")
    packed = Page(_get(reader, "/lots/BREAD/B1"))
    assert "Packed in BOX-1" in packed.text
    full = Page(_get(reader, "/lots/BOX-1"))
    assert "Contains BREAD/B1" in full.text
    factory.do("unpack", "2026-03-09T09:00:00Z", container="BOX-1")
    empty = Page(_get(reader, "/lots/BOX-1"))
    assert "BOX-1" in empty.text
    assert "History" in empty.text


@pytest.mark.parametrize("path", ["/lots/FLOUR/F404", "/lots/%00", "/lots/ "])
def test_a_lot_that_is_not_there_is_refused_in_words(bakery, reader, path):
    answer = reader.get(path)
    assert answer.status_code == 404
    assert "That is not possible" in Page(answer).text


def test_an_ambiguous_address_is_refused_in_words(bakery, reader):
    lot = {"item": "YEAST", "number": "F1", "quantity": "1 kg"}
    factory.do("receive", "2026-03-09", lots=[lot], supplier="MILL")
    answer = reader.get("/lots/F1")
    assert answer.status_code == 409
    assert "means 2 different lots" in Page(answer).text


def test_an_address_that_is_no_page_says_so(reader):
    answer = reader.get("/no/such/page")
    assert answer.status_code == 404
    assert "There is no such page" in Page(answer).text


def test_long_tables_come_in_pages_that_meet(bakery, reader):
    outputs = [{"item": "BREAD", "number": f"M{n:03}", "quantity": "1 pc"} for n in range(120)]
    inputs = [{"lot": "YEAST/Y1", "quantity": "1 kg"}]
    factory.do("produce", "2026-03-09T08:00:00Z", inputs=inputs, outputs=outputs)
    met = []
    for number in (1, 2, 3):
        page = Page(_get(reader, "/lots/YEAST/Y1", destinations=str(number)))
        assert "of 122" in page.text
        met += [word for word in page.text.split() if word.startswith("BREAD/M")]
    assert {f"BREAD/M{n:03}" for n in range(120)} <= set(met)
    assert "and 114 more" in Page(_get(reader, "/lots/YEAST/Y1")).text
    assert _get(reader, "/lots/YEAST/Y1", destinations="999").status_code == 200
    assert _get(reader, "/lots/YEAST/Y1", destinations="-1").status_code == 200
    assert _get(reader, "/", page="99999").status_code == 200


def test_the_page_is_read_in_the_language_that_was_chosen(bakery, reader):
    page = Page(_get(reader, "/lots/FLOUR/F1"))
    assert ("html", {"lang": "en"}) in page.elements
    answer = reader.post("/i18n/setlang/", {"language": "zh-hans", "next": "/lots/FLOUR/F1"})
    assert answer.headers["Location"] == "/lots/FLOUR/F1"
    page = Page(_get(reader, "/lots/FLOUR/F1"))
    assert ("html", {"lang": "zh-Hans"}) in page.elements
    for words in ("召回范围", "物料平衡", "履历", "合格", "冻结", "申报"):
        assert words in page.text, words


NAMES = {"Yuanliu", "English", "UTC", "API", "mei", "floor", "test", "none", "pc", "kg", "correct"}
"""What a Chinese page may hold in Latin letters beside codes and actions."""


@pytest.mark.parametrize("path", ["/", "/?q=B", "/?q=none", "/lots/FLOUR/F1", "/keys/", "/no"])
def test_no_english_word_is_left_on_a_chinese_page(bakery, reader, path):
    reader.cookies["django_language"] = "zh-hans"
    words = set(re.findall(r"[a-z_]{3,}", Page(reader.get(path)).text))
    assert words - NAMES - set(actions()) - {"uanliu", "nglish", "docs", "api"} == set()


def test_the_next_page_after_a_change_of_language_stays_on_this_site(reader):
    answer = reader.post("/i18n/setlang/", {"language": "zh-hans", "next": "//evil.example/"})
    assert answer.headers["Location"] in ("/", None)


# How many statements ----------------------------------------------------------------------------


STATEMENTS_OF_A_LOT = 64
"""Three traces (both ways, and the recall's own) and what the head of the page needs."""


def _statements(client, path) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def test_how_many_statements_a_search_needs(bakery, reader):
    assert _statements(reader, "/?q=B") == 4


def test_a_lots_page_needs_no_more_statements_however_much_was_made_of_it(bakery, reader):
    before = _statements(reader, "/lots/YEAST/Y1")
    outputs = [{"item": "BREAD", "number": f"M{n:03}", "quantity": "1 pc"} for n in range(300)]
    inputs = [{"lot": "YEAST/Y1", "quantity": "1 kg"}]
    factory.do("produce", "2026-03-09T08:00:00Z", inputs=inputs, outputs=outputs)
    assert _statements(reader, "/lots/YEAST/Y1") == before
    assert before <= STATEMENTS_OF_A_LOT
