"""Verification says what is wrong, in the order of certainty, and raises no false alarm."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from tests.factory import History, call, receive_released, record
from tests.ledger.attacker import Attacker
from tests.ledger.everything import a_little_of_everything
from tests.ledger.kinds_of_test import known_to_the_ledger, ring, ring_once
from yuanliu.base.canonical import canonical
from yuanliu.genealogy.models import Flow, Stay
from yuanliu.ledger import models, triggers
from yuanliu.ledger.append import writing
from yuanliu.ledger.checkpoints import make_checkpoint
from yuanliu.ledger.merkle import EMPTY_ROOT, leaf_hash
from yuanliu.ledger.report import FINDINGS_MAX, Report
from yuanliu.ledger.verify import verify
from yuanliu.lots.models import Balance, Content, Counter, Superseded, Traceable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bells():
    with known_to_the_ledger():
        yield


@pytest.fixture
def signed(home) -> list[int]:
    """A small ledger with everything in it, and no triggers."""
    sizes = a_little_of_everything(home)
    triggers.remove(connection)
    return sizes


def findings(home) -> list[tuple[int | None, str]]:
    return [(found.position, found.what) for found in verify(home).findings]


# Sound


def test_an_empty_database_is_sound(home):
    report = verify(home)
    assert (report.sound, report.size, report.rows, report.root) == (True, 0, 0, EMPTY_ROOT)
    assert report.first_bad is None


def test_a_sound_ledger_is_told_with_its_size_root_checkpoints_and_rows(home):
    sizes = a_little_of_everything(home)
    report = verify(home)
    head = models.Head.objects.get()
    assert (report.size, report.root) == (head.size, bytes(head.root)) == (sizes[-1], report.root)
    assert report.checkpoints == 2 * (len(sizes) - 1)
    assert report.rows > 150
    assert (report.findings, report.first_bad, report.sound) == ([], None, True)


@pytest.mark.parametrize("seed", range(4))
def test_a_long_random_history_is_sound(seed, home):
    history = History(seed, share_late=0.3, share_corrected=0.15)
    for _ in range(3):
        history.write(40, batch=20)
        make_checkpoint(home, now=0)
    assert verify(home).findings == []


def test_verification_changes_nothing(home, django_assert_max_num_queries):
    a_little_of_everything(home)
    with django_assert_max_num_queries(30) as asked:
        verify(home)
    assert {query["sql"].split()[0] for query in asked.captured_queries} == {"SELECT"}


def test_progress_is_told_entry_by_entry(home, plant):
    done = []
    verify(home, progress=done.append)
    assert done == list(range(1, plant.count + 1))


# What is told


def test_a_changed_body_is_told_alone_because_all_else_rests_on_it(signed, home):
    entry = models.Entry.objects.get(position=25)
    models.Entry.objects.filter(position=25).update(body=entry.body.replace("12.5", "13.5"))
    assert findings(home) == [(25, "the body does not have the hash that was recorded")]


def test_a_body_that_is_no_json_is_told(signed, home):
    models.Entry.objects.filter(position=25).update(body="{")
    told = findings(home)
    assert told[0] == (25, "the body does not have the hash that was recorded")
    assert told[1][0] == 25
    assert told[1][1].startswith("the body cannot be read: not JSON")


FORGERIES = {
    "blanks": (lambda body: json.dumps(body), "the body is not in canonical form"),
    "zone": (
        lambda body: canonical(body | {"recorded": "2026-06-30T20:00:00+08:00"}).decode(),
        "the recorded time is not in canonical form",
    ),
    "kind": (lambda body: canonical(body | {"kind": "moved"}).decode(), "the body cannot be read"),
    "grade": (lambda body: canonical(body | {"grade": "sure"}).decode(), "the body cannot be read"),
    "version": (lambda body: canonical(body | {"version": 7}).decode(), "the body cannot be read"),
    "shape": (lambda body: canonical([body]).decode(), "the body cannot be read"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_body_that_was_forged_with_its_leaf_is_told(signed, home, name):
    forge, what = FORGERIES[name]
    body = forge(json.loads(models.Entry.objects.get(position=25).body))
    models.Entry.objects.filter(position=25).update(body=body, leaf_hash=leaf_hash(body.encode()))
    report = verify(home)
    assert report.first_bad == 25
    assert report.findings[0].what.startswith(what)


@pytest.mark.parametrize(
    "changes", [{"kind": "moved"}, {"version": 2}, {"recorded": 5}, {"recorded": 2**60}]
)
def test_columns_that_differ_from_the_body_are_told(signed, home, changes):
    models.Entry.objects.filter(position=25).update(**changes)
    assert findings(home) == [(25, "kind, version or time differ from those in the body")]


def test_a_missing_entry_is_told(signed, home):
    models.Entry.objects.filter(position=25).delete()
    told = findings(home)
    assert told[0] == (25, "position 25 is missing; the next is 26")
    assert told[1] == (25, f"the head says {signed[-1]} facts; 25 are there")


def test_an_entry_before_the_first_is_told(signed, home):
    values = models.Entry.objects.filter(position=0).values().get()
    models.Entry.objects.create(**values | {"position": -1})
    assert findings(home)[0] == (0, "position 0 is not where the ledger begins; the next is -1")


def test_a_rewritten_history_is_told_by_what_was_signed_before(signed, home):
    attacker = Attacker("rewrite", signed)
    position = signed[2] + 2
    attacker.update(position, **attacker.forged_body(attacker.entry(position)))
    attacker.rehash()
    told = findings(home)
    where = f"an entry from position {signed[2]} to {signed[3] - 1} is not what was recorded"
    assert told[0] == (
        None,
        f"the checkpoint of {signed[3]} facts in the database signed another root: {where}",
    )
    assert told[1][1].endswith(where)
    assert {at for at, _what in told if at is not None and at < position} == set()
    assert verify(home).first_bad == position


def test_what_no_reading_shows_is_narrowed_down_by_the_checkpoints(signed, home):
    position = signed[1] + 3
    entry = models.Entry.objects.get(position=position)
    body = canonical(
        json.loads(entry.body) | {"by": {"actor": "nobody", "channel": "test"}}
    ).decode()
    models.Entry.objects.filter(position=position).update(body=body)
    Attacker("rehash", signed).rehash()
    report = verify(home)
    assert report.first_bad == signed[1]
    assert {found.position for found in report.findings} == {None}
    assert f"from position {signed[1]} to {signed[2] - 1}" in report.findings[0].what


def test_a_wrong_head_is_told_apart_from_wrong_entries(signed, home):
    models.Head.objects.update(root=b"\0" * 32)
    assert findings(home) == [(None, "the head has another root")]
    assert verify(home).first_bad is None
    ring_once(1)
    assert models.Head.objects.get().size == signed[-1] + 1


def test_a_wrong_head_that_no_checkpoint_clears_casts_doubt_on_all(home):
    for times in range(3):
        ring_once(times)
    models.Head.objects.update(root=b"\0" * 32)
    where = "an entry from position 0 to 2 is not what was recorded"
    assert findings(home) == [(None, f"the head has another root: {where}")]
    assert verify(home).first_bad == 0


def test_the_heads_clock_is_compared(signed, home):
    models.Head.objects.update(recorded=2**50)
    assert findings(home) == [(None, "the head's clock is not that of the last fact")]


def test_a_missing_head_is_told(signed, home):
    models.Head.objects.all().delete()
    assert findings(home)[0] == (0, f"the head says 0 facts; {signed[-1]} are there")


def test_facts_recorded_out_of_order_are_told_though_hashes_fit(home):
    for times in range(4):
        ring_once(times, now=1_000 * (times + 1))
    triggers.remove(connection)
    attacker = Attacker("clock", [0])
    entry = models.Entry.objects.get(position=2)
    body = canonical(json.loads(entry.body) | {"recorded": "1970-01-01T00:00:00.000001Z"})
    attacker.update(2, body=body.decode(), recorded=1)
    attacker.rehash()
    told = [what for _at, what in findings(home)]
    assert "the fact at position 2 was recorded before the one that precedes it" in told
    assert verify(home).first_bad == 2


def test_a_wrong_node_is_told_with_the_positions_under_it(home):
    with writing(now=1) as work:
        for times in range(600):
            ring(work, times)
    triggers.remove(connection)
    models.Node.objects.filter(number=1).update(hash=b"\0" * 32)
    models.Node.objects.filter(number=0).delete()
    assert findings(home) == [
        (None, "the stored tree node over positions 0 to 255 is missing"),
        (None, "the stored tree node over positions 256 to 511 is wrong"),
    ]


# Readings


def test_a_changed_value_is_told_with_both_values_and_its_fact(signed, home):
    flow = Flow.objects.get(quantity="30", unit="KGM")
    Flow.objects.filter(fact=flow.fact, line=flow.line).update(quantity="31", grade=3)
    assert findings(home) == [
        (
            flow.fact,
            f"genealogy_flow row ({flow.fact}, {flow.line}): quantity is '31', the facts say '30';"
            " grade is 3, the facts say 2",
        )
    ]


def test_rows_that_name_no_fact_lead_to_the_last_fact_of_their_traceable(signed, home):
    lot = Traceable.objects.get(number="F1")
    Balance.objects.filter(traceable=lot.key).update(quantity="7")
    told = findings(home)
    assert told[0][0] == lot.last_position
    assert told[0][1].startswith(f"lots_balance row ({lot.key}, 'WH', ''): quantity is '7'")


def test_what_is_in_a_container_leads_to_the_last_fact_of_the_child(signed, home):
    content = Content.objects.first()
    child = Traceable.objects.get(id=content.child)
    Content.objects.filter(child=child.id).delete()
    assert findings(home) == [
        (child.last_position, f"lots_content lacks the row {(content.parent, content.child)}")
    ]


def test_the_counter_leads_to_the_last_traceable(signed, home):
    Counter.objects.update(value=99)
    ((position, what),) = findings(home)
    assert position == Traceable.objects.order_by("key").last().last_position
    assert what == "lots_counter row ('lots',): value is 99, the facts say 14"


def test_a_stay_leads_to_the_fact_that_ended_it(signed, home):
    stay = Stay.objects.exclude(end_fact=None).get()
    Stay.objects.filter(fact=stay.fact, known_from=stay.known_from).update(end_from=0)
    assert findings(home)[0][0] == stay.end_fact == stay.known_from


def test_a_superseded_fact_leads_to_the_one_that_corrects_it(signed, home):
    row = Superseded.objects.get()
    Superseded.objects.all().delete()
    assert findings(home) == [(row.by, f"lots_superseded lacks the row ({row.position},)")]


def test_rows_no_fact_made_are_told(signed, home):
    Balance.objects.create(traceable=999, place="WH", party="", quantity="5")
    assert findings(home) == [
        (None, "lots_balance has a row that no fact made: (999, 'WH', '')"),
    ]


def test_a_forged_position_is_no_position(signed, home):
    flow = Flow.objects.values().first()
    flow.pop("pk", None)
    Flow.objects.create(**flow | {"fact": 10**6, "known_from": 10**6})
    assert findings(home) == [
        (None, f"genealogy_flow has a row that no fact made: ({10**6}, {flow['line']})")
    ]


def test_a_value_that_was_deleted_is_told(signed, home):
    Balance.objects.update(quantity=None)
    told = findings(home)
    assert len(told) == Balance.objects.count()
    assert all("quantity is None, the facts say" in what for _at, what in told)


# Reports


def test_of_very_many_findings_a_hundred_are_kept_and_the_first_position_is_right():
    report = Report()
    for position in range(2 * FINDINGS_MAX, 0, -1):
        report.find(position, "wrong")
    assert (len(report.findings), report.first_bad) == (FINDINGS_MAX, 1)


def test_what_is_certain_goes_before_what_is_suspected():
    report = Report()
    report.suspect(4, 9, "the head has another root")
    report.suspect(6, 9, "the checkpoint has another root")
    assert report.first_bad == 4
    report.find(7, "the body was changed")
    assert report.first_bad == 7
    assert report.findings[0].what == (
        "the head has another root: an entry from position 4 to 8 is not what was recorded"
    )


def test_a_lot_that_was_made_up_altogether_is_found(home, plant):
    record(receive_released("F1"), call("hold", 5, lots=["FLOUR/F1"], reason="metal"))
    lot = Traceable.objects.get()
    Traceable.objects.filter(key=lot.key).update(disposition="released", holds="[]")
    ((position, what),) = findings(home)
    assert position == plant.count + 1
    assert "disposition is 'released', the facts say 'held'" in what
