"""Appending: gapless positions in the order of commits, all or nothing, canonical bodies."""

import json

import pytest
from django.db import connection, transaction

from tests.factory import NOW, attempt, call, group, receive, record, refusal_of
from tests.ledger.kinds_of_test import BellRung, draft, known_to_the_ledger, ring, ring_once
from yuanliu.base.canonical import canonical
from yuanliu.base.refusal import Malformed
from yuanliu.ledger import merkle, models
from yuanliu.ledger.append import Receipt, writing
from yuanliu.ledger.facts import Context
from yuanliu.ledger.read import facts_from, size
from yuanliu.ledger.rebuild import dump

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bells():
    with known_to_the_ledger():
        yield


def positions() -> list[int]:
    return list(models.Entry.objects.order_by("position").values_list("position", flat=True))


def head() -> models.Head:
    return models.Head.objects.get(id=1)


def test_positions_count_from_zero_without_a_gap():
    for times in range(5):
        assert ring_once(times).position == times
    with writing(now=2_000) as work:
        assert [ring(work, times).position for times in range(3)] == [5, 6, 7]
        assert work.next_position == 8
    assert positions() == list(range(8))
    assert size() == head().size == 8


def test_a_batch_is_one_append_with_one_recorded_time():
    with writing(now=7) as work:
        for times in range(300):
            ring(work, times)
    assert positions() == list(range(300))
    assert set(models.Entry.objects.values_list("recorded", flat=True)) == {7}
    assert [fact.data.times for fact in facts_from()] == list(range(300))


def test_nothing_is_there_when_the_block_raises():
    ring_once(1)
    before = (head().size, bytes(head().root), dump())
    with pytest.raises(RuntimeError), writing(now=2) as work:
        ring(work, 2)
        raise RuntimeError
    assert positions() == [0]
    assert (head().size, bytes(head().root), dump()) == before
    assert ring_once(3).position == 1


def test_a_block_that_records_nothing_leaves_the_ledger_as_it_is():
    ring_once(1)
    before = models.Head.objects.values().get()
    with writing(now=99) as work:
        assert work.next_position == 1
    assert models.Head.objects.values().get() == before


def test_rewinding_forgets_facts_and_gives_their_positions_again():
    with writing(now=1) as work:
        ring(work, 1)
        mark = work.mark()
        ring(work, 2)
        ring(work, 3)
        assert [fact.data.times for fact in work.facts_since(1)] == [2, 3]
        work.rewind(mark)
        assert ring(work, 4).position == 1
    assert [fact.data.times for fact in facts_from()] == [1, 4]


def test_a_refused_request_leaves_the_others_of_its_batch_untouched(plant):
    outcomes = attempt(
        group(receive("F1"), call("release", 5, lots=["FLOUR/F1"])),
        group(receive("F2"), call("ship", 6, lots=[{"lot": "FLOUR/F2"}], party="SHOP")),
        group(call("split_lot", 7, lot="FLOUR/F2", children=[{"number": "C", "quantity": "1 kg"}])),
        group(receive("F2", aliases=["S-2"])),
        group(call("move", 8, lots=[{"lot": "FLOUR/F1"}], place="LINE")),
    )
    first = plant.count
    assert [outcome.receipt for outcome in outcomes] == [
        Receipt(first=first, count=2),
        None,
        None,
        Receipt(first=first + 2, count=2),
        Receipt(first=first + 4, count=1),
    ]
    assert [outcome.refusal and outcome.refusal.code for outcome in outcomes] == [
        None,
        "lot_in_quarantine",
        "unknown_lot",
        None,
        None,
    ]
    kinds = [fact.kind for fact in facts_from(first)]
    assert kinds == ["received", "released", "received", "alias_registered", "moved"]


def test_a_refused_request_leaves_no_trace_in_any_projection(plant):
    record(receive("F1", quality="released"))
    before = (dump(), head().size, bytes(head().root))
    used = {"lot": "FLOUR/F1", "quantity": "10 kg"}
    made = {"item": "BREAD", "number": "B1", "quantity": "20 件", "place": "LINE"}
    case = {"container": "CASE-1", "children": ["BREAD/B1"]}
    refusal = refusal_of(
        receive("F2", aliases=["S-2"]),
        call("produce", 1, inputs=[used], outputs=[made], scrap=[{"quantity": "1 kg"}]),
        call("hold", 2, lots=["FLOUR/F1"], reason="metal"),
        call("pack", 3, **case),
        call("inspect", 4, lot="FLOUR/F2", results=[{"characteristic": "ash", "value": "1"}]),
        call("correct", 4, position=plant.count, reason="typo"),
        key="k-1",
    )
    assert refusal.code == "descendants_rest"
    assert (dump(), head().size, bytes(head().root)) == before
    receipt = record(receive("F2"), key="k-1")
    assert receipt == Receipt(first=plant.count + 1, count=1)


def test_a_refused_request_does_not_disturb_the_keys_that_follow(plant):
    (refused, accepted) = attempt(
        group(receive("A1"), receive("A2"), call("scrap", 1, lots=[], reason="none")),
        group(receive("A3"), receive("A1")),
    )
    assert refused.refusal.code == "nothing_given"
    numbers = [row[0] for row in _rows("SELECT number FROM lots_traceable ORDER BY key")]
    keys = [row[0] for row in _rows("SELECT key FROM lots_traceable ORDER BY key")]
    assert (accepted.receipt.count, numbers, keys) == (2, ["A3", "A1"], [1, 2])


def _rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_the_recorded_time_never_decreases_when_the_clock_jumps_back():
    clock = [1_000, 5_000, 3_000, 1, 5_001, 2**40, 6_000]
    for now in clock:
        ring_once(now, now=now)
    recorded = list(models.Entry.objects.order_by("position").values_list("recorded", flat=True))
    assert recorded == [1_000, 5_000, 5_000, 5_000, 5_001, 2**40, 2**40]
    assert [fact.data.times for fact in facts_from()] == clock
    assert head().recorded == 2**40


def test_a_body_is_canonical_json_and_its_leaf_the_one_of_rfc_6962():
    ring_once(3)
    with writing(now=2) as work:
        ring(work, 4, context=Context(note="\u20ac \U0001f600 \x1f \\u0000", team="é"))
    for entry in models.Entry.objects.order_by("position"):
        values = json.loads(entry.body)
        assert canonical(values).decode() == entry.body
        assert bytes(entry.leaf_hash) == merkle.leaf_hash(entry.body.encode())
        assert (entry.kind, entry.version) == (values["kind"], values["version"])
        assert set(values) <= {"kind", "version", "occurred", "recorded", "grade", "by", "data",
                               "context", "conflicts", "supersedes", "reason"}  # fmt: skip


def test_what_is_as_usual_is_left_out_of_a_body():
    ring_once(3, now=1)
    assert models.Entry.objects.get(position=0).body == (
        '{"by":{"actor":"ringer","channel":"test"},"data":{"times":3},"grade":"declared",'
        '"kind":"test_bell_rung","occurred":"2026-01-05T20:00:00+08:00",'
        '"recorded":"1970-01-01T00:00:00.000001Z","version":1}'
    )


def test_head_and_tree_are_those_of_all_bodies():
    leaves = []
    for times in range(70):
        ring_once(times)
        entry = models.Entry.objects.get(position=times)
        leaves.append(merkle.leaf_hash(entry.body.encode()))
        assert bytes(head().root) == merkle.root_of(leaves)


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        ("a\0b", "it contains a NUL character"),
        ("\\\0", "it contains a NUL character"),
        ("half \ud83d of a face", "text with a lone surrogate (at /data/note)"),
        ("\udc00", "text with a lone surrogate (at /data/note)"),
    ],
)
def test_text_that_no_database_can_keep_is_refused(note, problem):
    ring_once(1)
    with pytest.raises(Malformed) as refused, writing(now=2) as work:
        work.record(draft(BellRung(times=2, note=note)))
    facts = refused.value.facts
    assert (facts["field"], facts["value"]) == ("fact", "test_bell_rung")
    assert facts.get("detail", facts["problem"]) == problem
    assert positions() == [0]


@pytest.mark.parametrize("note", ["\\u0000", "\\\\u0000", "\u2028", "\ufeff", "\U0010ffff", "\x7f"])
def test_text_that_only_looks_dangerous_is_kept(note):
    with writing(now=2) as work:
        work.record(draft(BellRung(times=2, note=note)))
    assert [fact.data.note for fact in facts_from()] == [note]


def test_a_number_that_json_would_not_keep_is_refused():
    with pytest.raises(Malformed), writing(now=1) as work:
        ring(work, 2**53)
    assert positions() == []


def test_facts_of_the_same_block_can_be_read_while_it_is_open():
    ring_once(1)
    with writing(now=2) as work:
        ring(work, 2)
        ring(work, 3)
        assert [fact.data.times for fact in work.bench.read_facts([2, 0, 1])] == [1, 3, 2]


def test_a_ledger_nested_in_another_transaction_is_undone_with_it():
    ring_once(1)
    with pytest.raises(RuntimeError), transaction.atomic():
        ring_once(2)
        assert size() == 2
        raise RuntimeError
    assert (size(), positions()) == (1, [0])


def test_a_receipt_names_its_positions(plant):
    receipt = record(receive("F1", aliases=["a", "b"]), now=NOW)
    assert list(receipt.positions) == [plant.count, plant.count + 1, plant.count + 2]
