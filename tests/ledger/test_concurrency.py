"""Many writers, one ledger: no gap, no double, nothing missed (RELIABILITY F8; DESIGN §4)."""

from itertools import chain

import pytest

from tests.factory import receive_released
from tests.ledger import processes
from tests.ledger.processes import run, workers

pytestmark = pytest.mark.slow

WRITERS = 8
REQUESTS = 15
FACTS_EACH = 4


@pytest.fixture
def url(empty_database_url):
    return empty_database_url


def positions(receipts) -> list[int]:
    return sorted(chain.from_iterable(range(first, first + count) for first, count in receipts))


def test_eight_writers_leave_no_gap_and_a_follower_misses_nothing(url, home):
    plant = run(url, processes.make_plant)
    size = plant + WRITERS * REQUESTS * FACTS_EACH
    writing = [(processes.write, f"W{number}", REQUESTS, number) for number in range(WRITERS)]
    with workers(url, (processes.follow, size), *writing) as (follower, *writers):
        receipts = list(chain.from_iterable(writer.result() for writer in writers))
        seen = follower.result()
    assert len(receipts) == WRITERS * REQUESTS
    assert {count for _first, count in receipts} == {FACTS_EACH}
    assert positions(receipts) == list(range(plant, size))
    assert seen == list(range(size))
    assert run(url, processes.verify_once, str(home)) == (size, [], True)


def test_writers_that_begin_with_an_empty_ledger_agree_on_its_beginning(url, home):
    run(url, processes.make_empty)
    with workers(url, *[(define, number) for number in range(WRITERS)]) as defining:
        firsts = [worker.result() for worker in defining]
    assert sorted(firsts) == list(range(WRITERS))
    assert run(url, processes.verify_once, str(home)) == (WRITERS, [], True)


def define(_pipe, number: int) -> int:
    from tests.factory import call, record

    return record(call("define_place", place={"code": f"BIN-{number}"})).first


def test_one_of_many_gets_each_unit_and_nobody_gets_it_twice(url, home):
    run(url, processes.make_plant)
    units = [f"SN-{number}" for number in range(25)]
    run(url, receive_units, units)
    with workers(url, *[(processes.take_all, f"W{n}", units) for n in range(WRITERS)]) as taking:
        got = list(chain.from_iterable(worker.result() for worker in taking))
    assert sorted(got) == sorted(units)
    _size, findings, equal = run(url, processes.verify_once, str(home))
    assert (findings, equal) == ([], True)


def receive_units(_pipe, units: list[str]) -> None:
    from tests.factory import record

    record(*(receive_released(unit, "1 件", item="PUMP") for unit in units))


def test_the_same_key_sent_by_many_at_once_counts_once(url):
    plant = run(url, processes.make_plant)
    numbers = list(range(10))
    with workers(url, *[(processes.repeat, "K", numbers) for _ in range(WRITERS)]) as sending:
        answers = [worker.result() for worker in sending]
    receipts = [[answer[:2] for answer in told] for told in answers]
    assert all(told == receipts[0] for told in receipts)
    fresh = [not repeated for told in answers for _first, _count, repeated in told]
    assert sum(fresh) == len(numbers)
    assert positions(receipts[0]) == list(range(plant, plant + len(numbers) * FACTS_EACH))


def test_verifying_and_signing_beside_the_writers_raises_no_alarm(url, home):
    plant = run(url, processes.make_plant)
    size = plant + 4 * REQUESTS * FACTS_EACH
    others = [
        (processes.verify_often, str(home), size),
        (processes.sign_often, str(home), 20),
    ]
    # With pauses: SQLite lets nobody read while one writer follows the other.
    writing = [(processes.write, f"W{number}", REQUESTS, number, 0.1) for number in range(4)]
    with workers(url, *others, *writing) as (verifier, signer, *writers):
        for writer in writers:
            assert len(writer.result()) == REQUESTS
        assert signer.result() >= 1
        sizes, findings = verifier.result()
    assert findings == []
    assert any(plant < seen < size for seen in sizes)
    assert run(url, processes.verify_once, str(home)) == (size, [], True)
