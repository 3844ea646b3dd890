"""Projections: a fold of facts in the order of the floor, whatever the order of arrival."""

import random
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factory import NOW, History, attempt, call, receive, record, refusal_of
from tests.ledger.states import draft_of, recorded, shuffled, some_facts, state, undone
from yuanliu.base import ids
from yuanliu.ledger import bulk, models
from yuanliu.ledger.append import writing
from yuanliu.ledger.projections import Bench, in_chunks, projections
from yuanliu.ledger.rebuild import dump
from yuanliu.ledger.sheets import MemoryStore, SqlStore
from yuanliu.lots.effects import births
from yuanliu.lots.events import FactRetracted
from yuanliu.lots.models import Balance, Traceable

pytestmark = pytest.mark.django_db


# The fold


@pytest.mark.parametrize("seed", range(6))
def test_what_arrives_late_leaves_the_same_state_as_what_arrives_in_order(seed):
    facts = some_facts(seed, 60)
    with undone():
        recorded(facts)
        in_order = state()
    for turn in range(2):
        with undone():
            recorded(shuffled(facts, random.Random(f"{seed}/{turn}")))
            assert state() == in_order


@pytest.mark.parametrize("seed", range(3))
def test_a_retracted_fact_leaves_the_state_as_if_it_had_never_been_told(seed):
    facts = some_facts(seed, 40)
    chance = random.Random(seed)
    retractable = [n for n, fact in enumerate(facts) if not births(fact.data) and n > 24]
    for number in chance.sample(retractable, 5):
        with undone():
            recorded(facts[:number] + facts[number + 1 :])
            without = state()
        with undone():
            again = recorded(facts)
            with writing(now=NOW) as work:
                work.record(draft_of(again[number], data=FactRetracted(), supersedes=number))
            assert state() == without


@pytest.mark.parametrize("seed", range(3))
def test_a_corrected_time_is_as_if_it_had_been_told_right_at_once(seed):
    facts = some_facts(seed, 40)
    chance = random.Random(seed)
    for number in chance.sample(range(24, len(facts)), 5):
        told_wrong = draft_of(facts[number], occurred=facts[chance.randrange(24)].occurred)
        with undone():
            recorded(facts)
            right = state()
        with undone():
            recorded(facts[:number])
            with writing(now=NOW) as work:
                work.record(told_wrong)
            recorded(facts[number + 1 :])
            with writing(now=NOW) as work:
                work.record(draft_of(facts[number], supersedes=number, reason="clock"))
            assert state() == right


# Live, in batches


def test_how_requests_are_batched_leaves_no_trace(monkeypatch):
    with undone():
        groups = [asked for asked, _ in History(5, share_corrected=0.2).write(60).receipts]
    dumps = []
    for batch in (1, 7, len(groups)):
        with undone():
            _count_ids(monkeypatch)
            History(5)._begin()
            for first in range(0, len(groups), batch):
                outcomes = attempt(*groups[first : first + batch])
                assert all(outcome.receipt for outcome in outcomes)
            dumps.append(dump())
    assert dumps[0] == dumps[1] == dumps[2]


def _count_ids(monkeypatch) -> None:
    """Make the ids count instead of being random, so that a history can be told again."""
    counter = iter(range(1, 2**62))

    class Fixed:
        urandom = staticmethod(lambda size: next(counter).to_bytes(size, "big"))
        time_ns = staticmethod(lambda: 1_770_000_000_000_000_000)

    monkeypatch.setattr(ids, "os", Fixed)
    monkeypatch.setattr(ids, "time", Fixed)


def test_a_batch_reads_with_as_many_statements_as_a_single_request(plant):
    def statements(first: int, count: int) -> int:
        calls = [receive(f"F{number}") for number in range(first, first + count)]
        with CaptureQueriesContext(connection) as asked:
            record(*calls)
        return sum(query["sql"].startswith("SELECT") for query in asked)

    statements(0, 1)
    single = statements(100, 1)
    assert statements(200, 50) == single


# Tables, sheets and stores


def test_every_table_of_a_room_that_is_a_projection_belongs_to_one():
    owners = Counter(
        model._meta.db_table for projection in projections() for model, _group in projection.tables
    )
    assert set(owners.values()) == {1}
    names = [projection.name for projection in projections()]
    assert names.index("lots") < names.index("genealogy")
    rooms = ("ledger_receipt", "lots_", "genealogy_", "masterdata_")
    tables = connection.introspection.table_names()
    assert {name for name in tables if name.startswith(rooms)} == set(owners)


def test_every_group_column_is_a_column_and_every_table_has_portable_types():
    portable = {
        "sqlite": {"bigint", "integer", "smallint", "text", "real", "BLOB"},
        "postgresql": {"bigint", "integer", "smallint", "text", "double precision", "bytea"},
    }[connection.vendor]
    for projection in projections():
        for model, group in projection.tables:
            table = bulk.table_of(model, connection)
            assert group in table.columns
            assert set(table.types) <= portable, table.name


@pytest.fixture(params=["sql", "memory"])
def store(request, db):
    return SqlStore(connection) if request.param == "sql" else MemoryStore()


def opened(store) -> Bench:
    return Bench(connection, store, lambda positions: [])


def test_a_sheet_reads_back_what_it_wrote(store):
    bench = opened(store)
    sheet = bench.sheet(Balance, "traceable")
    assert sheet.rows(1) == []
    for row in ((1, "WH", "", "5"), (1, "", "SHOP", None), (2, "WH", "", "7")):
        sheet.put(row)
    sheet.put((2, "WH", "", "8"))
    bench.flush()
    again = opened(store).sheet(Balance, "traceable")
    assert again.rows(1) == [(1, "", "SHOP", None), (1, "WH", "", "5")]
    assert again.get(2, 2, "WH", "") == (2, "WH", "", "8")
    assert again.rows(3) == []


def test_a_sheet_writes_only_what_changed_in_the_end(store):
    bench = opened(store)
    sheet = bench.sheet(Balance, "traceable")
    sheet.put((1, "WH", "", "5"))
    bench.flush()
    written = []
    store.write = lambda *changes: written.append(changes[1:])
    sheet.put((1, "WH", "", "6"))
    sheet.put((1, "WH", "", "5"))
    sheet.put((2, "WH", "", "1"))
    sheet.remove((2, "WH", "", "1"))
    sheet.put((1, "COLD", "", "3"))
    bench.flush()
    tables = [changes for changes in written if any(changes)]
    assert tables == [([(1, "COLD", "", "3")], [], [])]


def test_a_sheet_deletes_and_rewinds(store):
    bench = opened(store)
    sheet = bench.sheet(Balance, "traceable")
    sheet.put((1, "WH", "", "5"))
    bench.flush()
    mark = bench.mark()
    sheet.remove((1, "WH", "", "5"))
    sheet.put((1, "LINE", "", "9"))
    assert sheet.rows(1) == [(1, "LINE", "", "9")]
    bench.rewind(mark)
    assert sheet.rows(1) == [(1, "WH", "", "5")]
    sheet.remove((1, "WH", "", "5"))
    bench.flush()
    assert opened(store).sheet(Balance, "traceable").rows(1) == []


def test_a_scan_sees_what_is_written_and_what_is_not_yet(store):
    bench = opened(store)
    sheet = bench.sheet(Balance, "traceable")
    sheet.put((1, "WH", "", "5"))
    sheet.put((2, "WH", "", "5"))
    bench.flush()
    bench = opened(store)
    sheet = bench.sheet(Balance, "traceable")
    sheet.remove((1, "WH", "", "5"))
    sheet.put((3, "WH", "", "6"))
    assert sheet.scan("place", "WH") == [(2, "WH", "", "5"), (3, "WH", "", "6")]
    assert sheet.scan("place", "COLD") == []


@pytest.mark.parametrize("count", [1, 8, 9, 300])
def test_rows_of_every_type_go_in_and_come_back(db, count):
    table = bulk.table_of(models.Node, connection)
    rows = [(8, number, bytes([number % 256]) * 32) for number in range(count)]
    bulk.insert(connection, table, rows)
    assert list(bulk.select_all(connection, table)) == rows
    found = bulk.select_in(connection, table, "number", range(0, 2 * count, 2))
    assert sorted(found) == rows[::2]


def test_rows_are_updated_whatever_is_in_them(db):
    table = bulk.table_of(models.Receipt, connection)
    odd = ["a'b\"c", "%s", "\\N", "\t\n\r", "源流 \U0001f600", "{1,2}", ",", ""]
    bulk.insert(connection, table, [(key, "d", 1, 1) for key in odd])
    bulk.update(connection, table, [(key, key + "!", 2**62, 2) for key in odd])
    expected = {(key, key + "!", 2**62, 2) for key in odd}
    assert set(bulk.select_in(connection, table, "key", odd)) == expected
    bulk.delete(connection, table, [(key,) for key in odd[:-1]])
    assert list(bulk.select_all(connection, table)) == [("", "!", 2**62, 2)]


def test_unknown_values_stay_null_in_bulk(db):
    table = bulk.table_of(Balance, connection)
    rows = [(number, "WH", "", None if number % 2 else "1") for number in range(20)]
    bulk.insert(connection, table, rows)
    bulk.update(connection, table, [(*row[:3], None) for row in rows])
    assert {row[3] for row in bulk.select_all(connection, table)} == {None}


def test_a_stream_is_cut_into_chunks():
    assert list(in_chunks(iter("abcdefg"), 3)) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]
    assert list(in_chunks(iter(""), 3)) == []


def test_a_refused_birth_leaves_no_number_behind(plant):
    record(receive("F1"))
    attempt_refused = call("receive", lots=[{"item": "NONE", "number": "X", "quantity": "1 kg"}])
    assert refusal_of(receive("F2"), attempt_refused).code == "unknown_code"
    record(receive("F3"))
    assert list(Traceable.objects.order_by("key").values_list("key", "number")) == [
        (1, "F1"),
        (2, "F3"),
    ]
