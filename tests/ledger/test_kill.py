"""Killed at any moment: nothing acknowledged is lost or doubled, and nothing is half there (F1)."""

import random
import secrets
import time

import pytest

from tests.ledger import processes
from tests.ledger.processes import Worker, run

pytestmark = pytest.mark.slow

KILLS = 100
VERIFY_EVERY = 25
PREFIX = "R"


class Client:
    """Who sends requests and journals, outside the writer, what was acknowledged."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.journal: dict[int, tuple[int, int]] = {}
        self.repeated = 0

    def send_until_killed(self, seconds: float) -> None:
        """Send on from the first request that was not acknowledged; kill the writer meanwhile."""
        writer = Worker(self.url, processes.journalled, PREFIX, len(self.journal))
        assert writer.pipe.recv() == ("begun", None)
        time.sleep(seconds)
        writer.kill()
        for how, what in writer.told():
            assert how == "receipt", what
            number, first, count, repeated = what
            assert number == len(self.journal)
            self.journal[number] = (first, count)
            self.repeated += repeated

    def settle(self) -> None:
        """Send the request that may be under way once more, as after every cut."""
        number = len(self.journal)
        ((first, count, _repeated),) = run(self.url, processes.repeat, PREFIX, [number])
        self.journal[number] = (first, count)


def test_a_writer_killed_a_hundred_times_loses_and_doubles_nothing(empty_database_url, home):
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    client = Client(empty_database_url)
    plant = run(empty_database_url, processes.make_plant)
    for kill in range(1, KILLS + 1):
        client.send_until_killed(chance.uniform(0, 0.2))
        if kill % VERIFY_EVERY == 0:
            _size, findings, equal = run(empty_database_url, processes.verify_once, str(home))
            assert (findings, equal) == ([], True)
    client.settle()
    assert len(client.journal) > KILLS // 2
    print(f"{len(client.journal)} requests, {client.repeated} done and not acknowledged")  # noqa: T201

    numbers = sorted(client.journal)
    again = run(empty_database_url, processes.repeat, PREFIX, numbers)
    assert [(first, count) for first, count, _repeated in again] == list(client.journal.values())
    assert all(repeated for _first, _count, repeated in again)

    keys = run(empty_database_url, processes.keys_by_position)
    expected = [""] * plant + [f"{PREFIX}{number}" for number in numbers for _fact in range(4)]
    assert keys == expected
    size, findings, equal = run(empty_database_url, processes.verify_once, str(home))
    assert (size, findings, equal) == (len(expected), [], True)
