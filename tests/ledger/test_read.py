"""Reading: what is read is what was written, in order, in chunks, as of any time."""

import pytest
from django.db import connection

from tests.ledger.kinds_of_test import (
    BellRung,
    draft,
    known_to_the_ledger,
    ring,
    ring_once,
)
from yuanliu.ledger import merkle, models, triggers
from yuanliu.ledger.append import writing
from yuanliu.ledger.facts import Context, Fact, Grade, Reading, body_of, fact_of
from yuanliu.ledger.read import (
    LedgerBroken,
    NoSuchFact,
    fact_at,
    facts_at,
    facts_from,
    position_at,
    size,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bells():
    with known_to_the_ledger():
        yield


@pytest.fixture
def twenty() -> list[Fact]:
    """Record twenty facts, four to a transaction, a millisecond apart."""
    facts = []
    for block in range(5):
        with writing(now=1_000 * (block + 1)) as work:
            facts += [ring(work, block * 4 + times) for times in range(4)]
    return facts


def test_a_fact_is_read_back_whole():
    reading = Reading(value="21.4", unit="CEL", gauge="T-1")
    context = Context(people=("WANG",), environment={"temperature": reading}, note="源流")
    told = draft(
        BellRung(times=3),
        key="k",
        context=context,
        conflicts=({"code": "lot_held", "facts": {"lot": "F1"}},),
    )
    ring_once(1)
    with writing(now=5) as work:
        recorded = work.record(told)
        work.record(draft(BellRung(times=4), supersedes=1, reason="typo"))
    assert fact_at(1) == recorded
    assert fact_at(1).grade is Grade.DECLARED
    assert (fact_at(2).supersedes, fact_at(2).reason) == (1, "typo")
    assert fact_of(1, body_of(recorded)) == recorded


def test_all_facts_are_read_in_order_whatever_the_chunk(twenty):
    for chunk in (1, 2, 3, 7, 19, 20, 21, 5_000):
        assert list(facts_from(chunk=chunk)) == twenty
        assert list(facts_from(13, chunk=chunk)) == twenty[13:]
    assert list(facts_from(20)) == []
    assert list(facts_from(10**12)) == []


def test_chosen_facts_are_read_once_each_in_order(twenty):
    assert facts_at([7, 3, 7, 19]) == [twenty[3], twenty[7], twenty[19]]
    assert facts_at([]) == []
    assert facts_at(range(20)) == twenty


@pytest.mark.parametrize("position", [20, -1, 2**62, 10**30])
def test_a_position_beyond_the_ledger_is_named(twenty, position):
    with pytest.raises(NoSuchFact) as refused:
        fact_at(position)
    assert refused.value.facts == {"position": position, "size": 20}


def test_an_empty_ledger_has_no_facts():
    assert size() == 0
    assert list(facts_from()) == []
    assert position_at(10**18) == -1
    with pytest.raises(NoSuchFact):
        fact_at(0)


def test_a_time_leads_to_the_last_position_known_then(twenty):
    assert [position_at(when) for when in (0, 999, 1_000, 1_001, 2_999, 3_000, 5_000, 10**18)] == [
        -1, -1, 3, 3, 7, 11, 19, 19,
    ]  # fmt: skip


def test_a_time_is_found_with_few_statements(twenty, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        assert position_at(3_500) == 11


def test_what_was_changed_is_not_read(twenty):
    triggers.remove(connection)
    models.Entry.objects.filter(position=5).update(body=_body(6))
    for read in (lambda: fact_at(5), lambda: facts_at([4, 5]), lambda: list(facts_from())):
        with pytest.raises(LedgerBroken) as refused:
            read()
        assert refused.value.facts == {"position": 5}
        assert "yuanliu verify" in str(refused.value)
    assert fact_at(4) == twenty[4]


def test_what_is_missing_is_not_passed_over(twenty):
    triggers.remove(connection)
    models.Entry.objects.filter(position__in=(5, 7)).delete()
    for read in (lambda: fact_at(5), lambda: facts_at([7, 4, 5]), lambda: list(facts_from(2))):
        with pytest.raises(LedgerBroken) as refused:
            read()
        assert refused.value.facts == {"position": 5}


def _body(position: int) -> str:
    return str(models.Entry.objects.get(position=position).body)


def test_the_leaf_of_a_fact_is_the_hash_of_its_body(twenty):
    entry = models.Entry.objects.get(position=0)
    assert bytes(entry.leaf_hash) == merkle.leaf_hash(entry.body.encode())
