"""A batch through the gate takes a fixed number of statements, never one for each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.lots.floor import ME, NOW, call, make, new, part, stock, submit_calls
from yuanliu.capture.gate import Call, Group, submit_all
from yuanliu.lots.models import Traceable

RECEIPTS = {"sqlite": 18, "postgresql": 10}
PROCESSES = {"sqlite": 22, "postgresql": 15}
"""Statements for a batch; PostgreSQL's COPY is not among those that are counted."""

pytestmark = pytest.mark.usefixtures("plant")


def statements(calls: Sequence[Call], *, keys: str = "") -> list[str]:
    """Take calls through the gate as one batch of requests; give the statements it took.

    What is executed for many rows at once counts as one.
    """
    groups = [
        Group(calls=[one], key=f"{keys}{number}" if keys else "")
        for number, one in enumerate(calls)
    ]
    with CaptureQueriesContext(connection) as asked:
        outcomes = submit_all(groups, caller=ME, now=NOW)
    assert [outcome.refusal for outcome in outcomes] == [None] * len(calls)
    sentences = [query["sql"] for query in asked.captured_queries]
    # Each 256th fact writes a node of the ledger's tree.
    return [sql for sql in sentences if "ledger_node" not in sql]


def repeated(asked: Sequence[str]) -> dict[str, int]:
    """Count the statements that look alike, for who must find out why there are so many."""
    return {begin: count for begin, count in Counter(a[-60:] for a in asked).items() if count > 2}


def receipts(first: int, count: int) -> list[Call]:
    """Describe receipts of one new lot each."""
    return [
        call(
            "receive",
            1,
            lots=[new("FLOUR", f"L{n}", "5 kg", place="WH", quality="released")],
            supplier="ACME",
        )
        for n in range(first, first + count)
    ]


def bakings(first: int, count: int) -> list[Call]:
    """Describe processes of one known lot into one new lot each."""
    return [
        call(
            "produce",
            2,
            inputs=[part(f"FLOUR/L{n}", "2 kg")],
            outputs=[new("BREAD", f"B{n}", "3 件", place="LINE")],
        )
        for n in range(first, first + count)
    ]


def test_a_hundred_receipts_take_as_many_statements_as_twenty() -> None:
    few = statements(receipts(0, 20))
    many = statements(receipts(100, 100))
    assert len(many) == len(few) == RECEIPTS[connection.vendor], repeated(many)
    assert Traceable.objects.count() == 120


def test_a_hundred_receipts_with_keys_take_as_many_statements_as_twenty() -> None:
    few = statements(receipts(0, 20), keys="a")
    assert len(statements(receipts(100, 100), keys="b")) == len(few)


def test_one_receipt_of_a_hundred_lots_with_aliases_takes_as_many_statements_as_one_of_twenty() -> (
    None
):
    def receipt(first: int, count: int) -> list[Call]:
        numbers = range(first, first + count)
        lots = [new("FLOUR", f"L{n}", "5 kg", place="WH", aliases=[f"S{n}"]) for n in numbers]
        return [call("receive", 1, lots=lots, supplier="ACME")]

    assert len(statements(receipt(100, 100))) == len(statements(receipt(0, 20)))


def test_a_hundred_processes_of_known_lots_take_as_many_statements_as_twenty() -> None:
    submit_calls(receipts(0, 120))
    few = statements(bakings(100, 20))
    many = statements(bakings(0, 100))
    assert len(many) == len(few) == PROCESSES[connection.vendor], repeated(many)
    assert stock("FLOUR/L7") == {"WH": "3"}


def test_a_hundred_moves_take_as_many_statements_as_twenty() -> None:
    submit_calls(receipts(0, 120))
    moves = [call("move", 2, lots=[part(f"FLOUR/L{n}")], place="COLD") for n in range(120)]
    assert len(statements(moves[20:])) == len(statements(moves[:20]))


def test_a_case_of_a_hundred_units_takes_as_many_statements_as_one_of_twenty() -> None:
    units = [new("BOLT", f"U{n}", "1 件", kind="unit", place="WH") for n in range(120)]
    submit_calls([call("produce", 1, outputs=units)])
    few = [call("pack", 2, container="C1", children=[f"BOLT/U{n}" for n in range(20)])]
    many = [call("pack", 2, container="C2", children=[f"BOLT/U{n}" for n in range(20, 120)])]
    assert len(statements(many)) == len(statements(few))
    few = [call("ship", 3, lots=[part("C1")], party="SHOP")]
    many = [call("ship", 3, lots=[part("C2")], party="SHOP")]
    assert len(statements(many)) == len(statements(few))
    few = [call("unpack", 4, container="C1")]
    many = [call("unpack", 4, container="C2")]
    assert len(statements(many)) == len(statements(few))


def test_thousands_of_units_come_out_of_one_lot_in_one_fact() -> None:
    make("BOLT", "K1", "3000 件")
    children = [
        {"number": f"U{n}", "quantity": "1 件", "kind": "unit", "place": "WH"} for n in range(2999)
    ]
    asked = statements([call("split_lot", 2, lot="BOLT/K1", children=children)])
    assert len(asked) < 40
    assert (Traceable.objects.count(), stock("BOLT/K1")) == (3_000, {"LINE": "1"})
