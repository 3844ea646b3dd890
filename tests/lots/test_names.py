"""Finding traceables by any number they go by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.lots.floor import (
    about,
    call,
    code_of,
    do,
    kinds,
    lot,
    make,
    new,
    part,
    receive,
    refused,
    submit_calls,
    tell,
)
from yuanliu.lots import queries
from yuanliu.lots.queries import NothingRecorded
from yuanliu.lots.refusals import AmbiguousNumber, UnknownLot
from yuanliu.lots.requests import LotRef

pytestmark = pytest.mark.usefixtures("plant")


def found(text: str, **page: int) -> list[str]:
    """Name what a search finds."""
    return [f"{row['item']}/{row['number']}" for row in queries.search(text, **page)]


def resolve(text: str, **more: str) -> str:
    """Name the one lot a reference means."""
    ref = LotRef.parse(text) if not more else LotRef(number=text, **more)
    row = queries.resolve(ref)
    return f"{row.item}/{row.number}"


# Aliases


def test_a_registered_alias_finds_the_lot() -> None:
    receive("L1")
    position = do("register_alias", 2, lot="FLOUR/L1", text="ERP-0007", scheme="erp", party="BETA")
    assert kinds(position) == ["alias_registered"]
    assert about("FLOUR/L1")["aliases"] == [{"text": "ERP-0007", "scheme": "erp", "party": "BETA"}]
    assert lot("ERP-0007").number == "L1"
    do("move", 3, lots=[part("ERP-0007")], place="COLD")


@pytest.mark.parametrize("text", ["erp 0007", "ＥＲＰ０００７", "Erp0007", "ERP0007"])
def test_case_width_and_blanks_do_not_matter(text: str) -> None:
    receive("L1")
    do("register_alias", 2, lot="FLOUR/L1", text="ERP 0007")
    assert resolve(text) == "FLOUR/L1"


def test_a_lots_own_number_beats_anothers_alias() -> None:
    receive("L1", aliases=["L2"])
    receive("L2")
    assert resolve("L2") == "FLOUR/L2"
    assert found("L2") == ["FLOUR/L1", "FLOUR/L2"]


def test_the_exact_number_beats_one_of_another_case() -> None:
    receive("a1")
    receive("A1")
    assert resolve("a1") == "FLOUR/a1"
    with pytest.raises(AmbiguousNumber):
        resolve("Ａ1")


def test_one_alias_of_two_lots_means_both() -> None:
    receive("L1", aliases=["S-7"])
    receive("L2", aliases=["S-7"], supplier="BETA")
    with pytest.raises(AmbiguousNumber) as caught:
        resolve("S-7")
    assert caught.value.facts["count"] == 2
    assert resolve("S-7", supplier="BETA") == "FLOUR/L2"
    assert code_of("move", 2, lots=[part("S-7")], place="COLD") == "ambiguous_number"


def test_an_alias_told_twice_is_listed_once() -> None:
    receive("L1", aliases=["S-7"])
    receive("L1", "5 kg", 2, aliases=["S-7"])
    assert len(about("FLOUR/L1")["aliases"]) == 1


def test_an_alias_told_twice_stands_until_both_are_taken_back() -> None:
    receive("L1", "100 kg", 1, aliases=["S-7"])
    second = receive("L1", "5 kg", 2, aliases=["S-7"]) + 1
    do("correct", 3, position=second, reason="typo")
    assert resolve("S-7") == "FLOUR/L1"
    do("correct", 3, position=second - 2, reason="typo")
    with pytest.raises(UnknownLot):
        resolve("S-7")
    assert resolve("L1") == "FLOUR/L1"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": ""}, "malformed"),
        ({"text": "a\tb"}, "malformed"),
        ({"scheme": "number"}, "malformed"),
        ({"party": "NOSUCH"}, "unknown_code"),
        ({"lot": "FLOUR/X"}, "unknown_lot"),
    ],
)
def test_an_alias_that_cannot_be_is_refused(change: dict[str, str], code: str) -> None:
    receive("L1")
    assert code_of("register_alias", 2, **{"lot": "FLOUR/L1", "text": "S-7", **change}) == code


# References


def test_a_lot_is_named_by_id_by_item_and_number_or_by_number() -> None:
    receive("8/1")
    row = queries.resolve(LotRef.parse("FLOUR/8/1"))
    assert (row.item, row.number) == ("FLOUR", "8/1")
    assert resolve(row.id) == resolve(row.id.upper()) == "FLOUR/8/1"
    assert resolve("8/1", item="FLOUR") == resolve(" FLOUR/8/1 ") == "FLOUR/8/1"


def test_an_item_narrows_a_number_down() -> None:
    receive("1")
    make("BREAD", "1", "5 件")
    assert resolve("BREAD/1") == "BREAD/1"
    with pytest.raises(AmbiguousNumber) as caught:
        resolve("1")
    assert caught.value.facts["candidates"].startswith("FLOUR/1 (ACME), BREAD/1 (")


def test_only_so_many_candidates_are_named() -> None:
    for supplier in ("ACME", "BETA"):
        for item in ("FLOUR", "RYE", "CRUMBS"):
            receive("1", "1 kg", item=item, supplier=supplier)
    with pytest.raises(AmbiguousNumber) as caught:
        resolve("1")
    assert caught.value.facts["count"] == 6
    assert caught.value.facts["candidates"].count("/1 (") == queries.CANDIDATES_SHOWN


def test_an_unknown_lot_is_said_so() -> None:
    with pytest.raises(NothingRecorded):
        resolve("L1")
    receive("L1")
    with pytest.raises(UnknownLot):
        resolve("L9")
    refusal = refused("move", 2, lots=[part("FLOUR/L9")], place="COLD")
    assert str(refusal) == (
        "No lot, unit, container or vessel is known as “FLOUR/L9”. Check the item code and the"
        " number, or search by the number alone."
    )


def test_what_a_correction_took_back_is_not_found() -> None:
    position = receive("L1", aliases=["S-7"])
    do("correct", 2, position=position, reason="never came")
    for text in ("L1", "FLOUR/L1", "S-7"):
        assert found(text) == []
        assert code_of("move", 3, lots=[part(text)], place="COLD") == "unknown_lot"
    receive("L1", "7 kg", 4)
    assert lot("FLOUR/L1").content == "7"


# Search


@pytest.fixture
def numbers(plant: None) -> None:
    """Receive some numbers."""
    calls = [
        call("receive", 1, lots=[new("FLOUR", number, "1 kg")], supplier="ACME")
        for number in ("AB-1", "AB-10", "ABC", "批次-9", "50%", "5_0", "500")
    ]
    submit_calls(calls)
    make("BREAD", "AB-1", "5 件")
    do("register_alias", 2, lot="BREAD/AB-1", text="XY 7")


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("AB", ["BREAD/AB-1", "FLOUR/AB-1", "FLOUR/AB-10", "FLOUR/ABC"]),
        ("ab-1", ["BREAD/AB-1", "FLOUR/AB-1", "FLOUR/AB-10"]),
        ("AB-10", ["FLOUR/AB-10"]),
        ("ｘｙ", ["BREAD/AB-1"]),
        ("批", ["FLOUR/批次-9"]),
        ("5", ["FLOUR/50%", "FLOUR/5_0", "FLOUR/500"]),
        ("50%", ["FLOUR/50%"]),
        ("5_", ["FLOUR/5_0"]),
        ("BREAD/", ["BREAD/AB-1"]),
        ("BREAD", ["BREAD/AB-1"]),
        ("FLOUR/AB-1", ["FLOUR/AB-1", "FLOUR/AB-10"]),
        ("FLOUR/B", []),
        ("B-1", []),
        ("NOSUCH", []),
    ],
)
def test_a_search_finds_any_number_by_its_beginning(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.usefixtures("numbers")
def test_a_search_is_given_a_page_at_a_time() -> None:
    everything = found("")
    assert len(everything) == 8
    assert found("", limit=3) == everything[:3]
    assert found("", limit=3, offset=3) == everything[3:6]
    assert found("", limit=-1, offset=-5) == []
    assert found("", limit=10**9) == everything


# How many statements


QUESTIONS: dict[str, tuple[Callable[[], Any], int]] = {
    "search": (lambda: queries.search("AB"), 1),
    "search in an item": (lambda: queries.search("FLOUR/AB"), 1),
    "resolve": (lambda: queries.resolve(LotRef.parse("FLOUR/AB-1")), 1),
    "describe": (lambda: queries.lot_of(LotRef.parse("FLOUR/AB-1")), 7),
    "exceptions": (lambda: queries.exceptions(), 2),
    "details": (lambda: queries.details([1, 2, 3]), 1),
    "balances": (lambda: queries.balances([1, 2, 3]), 1),
}


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_takes_as_many_statements_as_it_needs(
    question: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask, statements = QUESTIONS[question]
    with django_assert_num_queries(statements):
        ask()


def test_a_description_takes_no_more_statements_for_a_full_pallet(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    units = [new("BOLT", f"S{n}", "1 件", kind="unit", place="WH") for n in range(40)]
    do("produce", 1, outputs=units)
    do("pack", 2, container="CASE", children=[f"BOLT/S{n}" for n in range(40)])
    do("pack", 3, container="PALLET", children=["CASE"])
    tell("scrap", 4, lots=[part("CASE", "1 unit")], reason="crushed")
    with django_assert_num_queries(8):
        described = about("CASE")
    assert len(described["contents"]) == 40
    assert described["container"]["number"] == "PALLET"
    assert described["exceptions"][0]["code"] == "packed_inside"
