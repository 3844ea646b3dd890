"""Programs beside the test that write to one database, started in milliseconds and killed at will.

A fork server loads Django once; every writer is a fork of it with a connection of its own. What a
writer is told and what it has done goes through pipes, so that it survives the writer's death.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import django

django.setup()  # in the fork server, before it forks

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from tests import factory  # noqa: E402
from tests.factory import call, group, receive_released  # noqa: E402
from yuanliu.capture.binding import schema_of  # noqa: E402
from yuanliu.capture.gate import Group  # noqa: E402
from yuanliu.config.environment import database_of  # noqa: E402
from yuanliu.ledger.desk import actions  # noqa: E402
from yuanliu.ledger.read import facts_from  # noqa: E402

for _kind in actions().values():
    schema_of(_kind.function)  # what is read once of each action is read before the forks

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.ledger.processes"])
SECONDS = 120


def connect(url: str) -> None:
    """Use this database from here on."""
    import sqlite3

    told = database_of(url, home=Path(), sqlite_version=sqlite3.sqlite_version_info)
    connections.close_all()
    connections.settings = connections.configure_settings({"default": told})
    del connections["default"]


def _run(url: str, pipe: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Do the work in a process of its own and send what came of it."""
    try:
        connect(url)
        pipe.send(("done", work(pipe, *arguments)))
    except BaseException as error:  # noqa: BLE001 - the test must hear of whatever it was
        pipe.send(("failed", repr(error)))
        raise


class Worker:
    """A process at work on a database."""

    def __init__(self, url: str, work: Callable[..., Any], *arguments: Any) -> None:
        self.pipe, theirs = FORKS.Pipe()
        self.process: BaseProcess = FORKS.Process(
            target=_run, args=(url, theirs, work, arguments), daemon=True
        )
        self.process.start()
        theirs.close()

    def told(self) -> Iterator[Any]:
        """Give everything it said before it ended, however it ended."""
        try:
            while True:
                yield self.pipe.recv()
        except EOFError:
            return

    def result(self) -> Any:
        """Wait for its end and give what its work returned."""
        if not self.pipe.poll(SECONDS):
            self.process.kill()
            raise TimeoutError("a worker does not answer")
        how, what = self.pipe.recv()
        self.process.join()
        assert how == "done", what
        return what

    def kill(self) -> None:
        """End it at once, as a power cut would end its machine."""
        self.process.kill()
        self.process.join()


@contextmanager
def workers(url: str, *works: tuple[Any, ...]) -> Iterator[list[Worker]]:
    """Start processes side by side and leave none behind."""
    started = [Worker(url, *work) for work in works]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()


def run(url: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """Do work in one process and give its result."""
    with workers(url, (work, *arguments)) as (worker,):
        return worker.result()


# Work ---------------------------------------------------------------------------------------------


def make_empty(_pipe: Connection) -> None:
    """Migrate an empty database."""
    call_command("migrate", verbosity=0)


def make_plant(_pipe: Connection) -> int:
    """Migrate an empty database and define the plant; gives the number of facts."""
    call_command("migrate", verbosity=0)
    return factory.define_plant().count


def write(
    _pipe: Connection, name: str, groups: int, seed: int, pause: float = 0
) -> list[tuple[int, int]]:
    """Record requests one after the other, in batches of random size; gives their receipts."""
    chance = random.Random(seed)
    waiting = [request(f"{name}-{number}") for number in range(groups)]
    receipts = []
    while waiting:
        batch = waiting[: chance.randint(1, 4)]
        del waiting[: len(batch)]
        for outcome in factory.attempt(*batch):
            assert outcome.receipt is not None, outcome.refusal
            receipts.append((outcome.receipt.first, outcome.receipt.count))
        time.sleep(pause)
    return receipts


def request(name: str) -> Group:
    """Make a request of four facts: receive a lot with an alias, use a part, move the rest."""
    used = {"lot": f"FLOUR/{name}", "quantity": "40 kg"}
    made = {"item": "DOUGH", "number": name, "quantity": "70 kg", "place": "LINE"}
    return group(
        receive_released(name, aliases=[f"S-{name}"]),
        call("produce", 5, inputs=[used], outputs=[made]),
        call("move", 9, lots=[{"lot": f"FLOUR/{name}"}], place="COLD"),
        key=name,
    )


def take_all(_pipe: Connection, name: str, units: list[str]) -> list[str]:
    """Try to ship every one of the units; gives those this process got."""
    got = []
    for unit in units:
        shipped = call("ship", 10, lots=[{"lot": f"PUMP/{unit}"}], party="SHOP")
        (outcome,) = factory.attempt(group(shipped, key=f"{name}-{unit}"))
        if outcome.receipt is not None:
            got.append(unit)
        else:
            assert outcome.refusal is not None
            assert outcome.refusal.code == "not_enough", outcome.refusal.code
    return got


def follow(_pipe: Connection, until: int) -> list[int]:
    """Read on from the last position seen until so many facts have come; gives their positions."""
    seen: list[int] = []
    deadline = time.monotonic() + SECONDS
    while len(seen) < until and time.monotonic() < deadline:
        first = seen[-1] + 1 if seen else 0
        new = [fact.position for fact in facts_from(first, chunk=7)]
        seen += new
        if not new:
            time.sleep(0.002)
    return seen


def verify_often(_pipe: Connection, home: str, until: int) -> tuple[list[int], list[str]]:
    """Verify again and again while others write; gives the sizes it saw, and every finding."""
    from yuanliu.ledger.verify import verify

    sizes: list[int] = []
    found: list[str] = []
    while not found and until not in sizes:
        report = verify(Path(home))
        sizes.append(report.size)
        found += [finding.what for finding in report.findings]
        time.sleep(0.02)
    return sizes, found


def verify_once(_pipe: Connection, home: str) -> tuple[int, list[str], bool]:
    """Verify, and compare a rebuilding; gives size, findings, and whether it was equal."""
    from yuanliu.ledger.rebuild import dump, rebuild
    from yuanliu.ledger.verify import verify

    report = verify(Path(home))
    live = dump()
    rebuild(now=0)
    return report.size, [finding.what for finding in report.findings], dump() == live


def sign_often(_pipe: Connection, home: str, times: int) -> int:
    """Sign checkpoints while others write; gives how many different ones."""
    from yuanliu.ledger.checkpoints import make_checkpoint

    notes = set()
    for _ in range(times):
        notes.add(make_checkpoint(Path(home), now=0))
        time.sleep(0.02)
    return len(notes)


def journalled(pipe: Connection, prefix: str, first: int) -> None:
    """Record requests for ever, telling each receipt as soon as it is acknowledged."""
    # What is slow the first time is done before the clock of the killer runs.
    factory.attempt(replace(request("warm"), calls=request("warm").calls[1:], key=""))
    pipe.send(("begun", None))
    number = first
    while True:
        (outcome,) = factory.attempt(request(f"{prefix}{number}"))
        receipt = outcome.receipt
        assert receipt is not None, outcome.refusal
        pipe.send(("receipt", (number, receipt.first, receipt.count, outcome.repeated)))
        number += 1


def repeat(_pipe: Connection, prefix: str, numbers: list[int]) -> list[tuple[int, int, bool]]:
    """Send requests again, as a client does that is not sure; gives their receipts."""
    told = []
    for start in range(0, len(numbers), 200):
        chosen = numbers[start : start + 200]
        for outcome in factory.attempt(*(request(f"{prefix}{number}") for number in chosen)):
            assert outcome.receipt is not None, outcome.refusal
            told.append((outcome.receipt.first, outcome.receipt.count, outcome.repeated))
    return told


def keys_by_position(_pipe: Connection) -> list[str]:
    """Give the idempotency key of every fact, in order."""
    return [fact.provenance.key for fact in facts_from()]
