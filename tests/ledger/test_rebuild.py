"""Rebuilding: the tables are a reading of the ledger, byte for byte, and nothing else."""

import pytest
from django.db import connection

from tests.factory import NOW, History, call, receive, record
from yuanliu.ledger import bulk, models, rebuild, triggers
from yuanliu.ledger.projections import projections
from yuanliu.ledger.read import LedgerBroken, facts_from
from yuanliu.ledger.rebuild import dump, fingerprint
from yuanliu.lots.models import Balance, Traceable

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(12))
def test_rebuilt_equals_live_byte_for_byte_whatever_the_chunk(seed, monkeypatch):
    late, corrected = (0.1, 0.4, 0.8)[seed % 3], (0.05, 0.25)[seed % 2]
    History(seed, share_late=late, share_corrected=corrected).write(60, batch=1 + seed % 7)
    live = dump()
    for chunk in (1, 7, rebuild.CHUNK):
        monkeypatch.setattr(rebuild, "CHUNK", chunk)
        assert rebuild.rebuild(now=NOW) == models.Head.objects.get().size
        assert dump() == live, f"seed {seed}, chunk {chunk}"


def test_the_histories_hold_what_the_comparison_is_for():
    kinds, late, conflicts, corrected, rough = set(), 0, 0, 0, 0
    History(40, share_late=0.4, share_corrected=0.2).write(400, batch=40)
    floor = 0
    for fact in facts_from():
        kinds.add(fact.kind)
        late += fact.occurred.start < floor
        floor = max(floor, fact.occurred.start)
        conflicts += bool(fact.conflicts)
        corrected += fact.supersedes is not None
        rough += not fact.occurred.exact
    assert {
        "received", "produced", "split", "merged", "relabelled", "moved", "packed", "unpacked",
        "installed", "removed", "filled", "drawn", "shipped", "returned", "scrapped", "adjusted",
        "sampled", "inspected", "held", "released", "rejected", "retracted", "alias_registered",
        "parameters_recorded", "item_defined", "vessel_defined",
    } <= kinds  # fmt: skip
    assert min(late, conflicts, corrected, rough) > 20


def test_a_lost_table_comes_back():
    History(3).write(30)
    before = dump()
    for projection in projections():
        for model, _group in projection.tables:
            bulk.clear(connection, bulk.table_of(model, connection))
    assert dump() != before
    rebuild.rebuild(now=NOW)
    assert dump() == before


def test_wrong_values_are_put_right():
    History(3).write(30)
    before = dump()
    Balance.objects.update(quantity="1")
    Traceable.objects.update(disposition="released", holds="[]")
    Balance.objects.create(traceable=99, place="WH", party="", quantity="7")
    rebuild.rebuild(now=NOW)
    assert dump() == before


def test_rebuilding_records_nothing(plant):
    record(receive("F1"), key="k")
    head = models.Head.objects.values().get()
    rebuild.rebuild(now=NOW + 10**12)
    assert models.Head.objects.values().get() == head
    assert record(receive("F1"), key="k").first == plant.count


def test_work_goes_on_after_rebuilding_as_if_nothing_had_been():
    history = History(8).write(30)
    rebuild.rebuild(now=NOW)
    history.write(30)
    live = dump()
    rebuild.rebuild(now=NOW)
    assert dump() == live


def test_a_broken_ledger_is_not_replayed_and_the_tables_stay():
    History(3).write(30)
    triggers.remove(connection)
    entry = models.Entry.objects.get(position=25)
    models.Entry.objects.filter(position=25).update(body=entry.body.replace("kg", "g"))
    models.Entry.objects.filter(position=25).update(body=entry.body + " ")
    before = dump()
    with pytest.raises(LedgerBroken) as refused:
        rebuild.rebuild(now=NOW)
    assert refused.value.facts == {"position": 25}
    assert dump() == before


def test_progress_is_told_chunk_by_chunk(monkeypatch, plant):
    record(*(receive(f"F{number}") for number in range(5)))
    monkeypatch.setattr(rebuild, "CHUNK", 10)
    done = []
    rebuild.rebuild(now=NOW, progress=done.append)
    assert done == [10, 20, plant.count + 5]


def test_an_empty_ledger_rebuilds_to_empty_tables():
    assert rebuild.rebuild(now=NOW) == 0
    assert fingerprint() == fingerprint()
    tables = [model for projection in projections() for model, _group in projection.tables]
    assert dump() == b"\n".join(model._meta.db_table.encode() for model in tables)


def test_a_fingerprint_changes_with_any_value(plant):
    record(receive("F1", quality="released"))
    before = fingerprint()
    record(call("scrap", 1, lots=[{"lot": "FLOUR/F1", "quantity": "0.000001 mg"}], reason="dust"))
    assert fingerprint() != before
