"""Compare traces with recursive SQL on both databases, with networkx, and with a database 100
times larger.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import databases, generator, measuring
from bench.measuring import Results, console, milliseconds

LOTS = generator.FULL_SIZE
SMALLER = 100
"""How many times smaller the plant is whose answers are asked for in both databases."""
LARGE_ANSWER = 1_000
LOTS_TO_CHOOSE_FROM = 100
RUNS = 5
TARGET_REACH, TARGET_FULL, TARGET_SCALE = 1.0, 3.0, 1.5


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: forward or backward from the lot with a key."""

    words: str
    key: int
    forward: bool


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _parser().parse_args(arguments)
    with databases.workspace() as home:
        parts = [f"`{measuring.command()}`: {measuring.machine()}", ""]
        small, large, rows = _histories(options.lots, options.seed)
        graph = None if options.without_networkx else _graph(large)
        for kind in databases.available(options.databases):
            with _filled(kind, home, small) as near, _filled(kind, home, large) as far:
                parts += [measuring.version_of(far), ""]
                console.print(measuring.version_of(far))
                parts.append(_compare(far, large, graph, options.runs))
                parts.append(_scale(near, far, small, rows, options.runs))
        measuring.report(options.markdown, parts)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py bench trace", description=__doc__)
    parser.add_argument("--lots", type=int, default=LOTS, help=f"size of the genealogy ({LOTS:,})")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers (1)")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"measured runs of each ({RUNS})")
    parser.add_argument(
        "--databases", default=",".join(databases.KINDS), help="which, with commas (both)"
    )
    parser.add_argument("--without-networkx", action="store_true", help="leave networkx out")
    parser.add_argument("--markdown", default="", metavar="FILE", help="write the tables there too")
    return parser


def _histories(lots: int, seed: int) -> tuple[generator.History, generator.History, Any]:
    """Make a small plant's history, and a large one in which the small one happens among the
    rest.
    """
    begun = time.monotonic()
    small = generator.plant(lots // SMALLER, seed=seed, lasts=lots)
    rest = generator.plant(lots - lots // SMALLER, seed=seed + 1, lasts=lots)
    large, rows = generator.joined(small, rest)
    console.print(
        f"{len(large.lots):,} lots, {len(large.flows):,} flows, {len(large.facts):,} facts,"
        f" made in {time.monotonic() - begun:.1f} s"
    )
    return small, large, rows


def _graph(history: generator.History) -> Any:
    from bench.rivals import graph

    begun = time.monotonic()
    made = graph(history)
    console.print(f"networkx graph built in {time.monotonic() - begun:.1f} s")
    return made


@contextlib.contextmanager
def _filled(kind: str, home: Path, history: generator.History) -> Iterator[Any]:
    from bench.tables import fill

    with databases.scratch(kind, home) as connection:
        begun = time.monotonic()
        fill(connection, history)
        console.print(f"{kind}: filled in {time.monotonic() - begun:.1f} s")
        yield connection


# What is asked -----------------------------------------------------------------------------------


def questions(history: generator.History) -> list[Question]:
    """Choose lots whose answers range from tens to more than half of all lots, both ways."""
    bulk = [f"bulk lot {name}" for name in "ABCD"]
    ahead = [("raw lot", generator.RAW, 0.3)]
    ahead += [(words, generator.BULK + at, 0.0) for at, words in reversed([*enumerate(bulk)])]
    ahead += [("vessel", generator.VESSEL, 0.5), ("culture (deep)", generator.CULTURE, 0.0)]
    back = [("lot of layer 3", 3, 0.6), ("early product", 5, 0.3), ("late product", 5, 0.6)]
    return [
        Question(f"{words}, {way}", _lot(history, layer, place), forward=way == "forward")
        for way, places in (("forward", ahead), ("backward", back))
        for words, layer, place in places
    ]


def _lot(history: generator.History, layer: int, place: float) -> int:
    """Return the key of a lot of a layer: the most used one shortly after a place in its time."""
    lots = np.flatnonzero(history.lots.layer == layer)
    some = lots[int(place * len(lots)) :][:LOTS_TO_CHOOSE_FROM]
    went_in = history.flows.lot[history.flows.direction == generator.IN]
    used = np.bincount(went_in, minlength=len(history.lots))
    return int(some[np.argmax(used[some])]) + 1


def _trace(connection: Any, question: Question) -> Any:
    """Answer wholly: reach, amounts, grades, open ends, containers and the circumstances of
    every fact.
    """
    from yuanliu.genealogy.models import Circumstance
    from yuanliu.ledger import bulk
    from yuanliu.trace import answer
    from yuanliu.trace.sql import SqlFlows

    way = answer.Direction.FORWARD if question.forward else answer.Direction.BACKWARD
    found = answer.trace(SqlFlows(connection, None), [question.key], way)
    table = bulk.table_of(Circumstance, connection)
    context = list(bulk.select_in(connection, table, "fact", np.sort(found.facts.keys).tolist()))
    return found, context


def _reach(connection: Any, question: Question) -> Any:
    from yuanliu.trace import backward, forward
    from yuanliu.trace.source import ALWAYS, FOREVER
    from yuanliu.trace.sql import SqlFlows

    search = forward.reach if question.forward else backward.reach
    moment = ALWAYS if question.forward else FOREVER
    seeds = forward.Seeds.of(np.array([question.key]), moment)
    return search(SqlFlows(connection, None), seeds)


# The comparisons ---------------------------------------------------------------------------------


def _compare(connection: Any, history: generator.History, graph: Any, runs: int) -> str:
    """Compare with recursive SQL and networkx; every answer is checked before it is timed."""
    from bench.rivals import by_networkx, by_recursive_sql

    results = Results(
        f"{connection.display_name}: {len(history.lots):,} lots, {len(history.flows):,} flows",
        (
            "question",
            "traceables",
            "facts",
            "depth",
            "recursive SQL",
            "reach",
            "ratio",
            "full answer",
            "ratio",
            "networkx",
        ),
    )
    for question in questions(history):
        found = _checked(connection, question, graph)
        way = {"forward": question.forward}
        competitors = {
            "sql": lambda q=question, w=way: by_recursive_sql(connection, q.key, **w),
            "reach": lambda q=question: _reach(connection, q),
            "full": lambda q=question: _trace(connection, q),
        }
        if graph is not None:
            competitors["networkx"] = lambda q=question, w=way: by_networkx(graph, q.key, **w)
        took = measuring.medians(competitors, runs=runs)
        count = len(found.traceables)
        reach, full = took["reach"] / took["sql"], took["full"] / took["sql"]
        results.add(
            question.words, count, len(found.facts), int(found.traceables.depth.max()),
            milliseconds(took["sql"]), milliseconds(took["reach"]),
            _judged(reach, TARGET_REACH if count >= LARGE_ANSWER else None),
            milliseconds(took["full"]),
            _judged(full, TARGET_FULL if count >= LARGE_ANSWER else None),
            milliseconds(took["networkx"]) if graph is not None else "-",
        )  # fmt: skip
    results.show()
    return results.markdown()


def _checked(connection: Any, question: Question, graph: Any) -> Any:
    """Answer in every way; refuse to time competitors that do not agree."""
    from bench.rivals import by_networkx, by_recursive_sql

    found = _reach(connection, question)
    ours = dict(zip(found.traceables.keys.tolist(), found.traceables.first.tolist(), strict=True))
    theirs = dict(by_recursive_sql(connection, question.key, forward=question.forward))
    if ours != theirs:
        raise SystemExit(f"{question.words}: {len(ours)} traceables are not SQL's {len(theirs)}")
    whole, _context = _trace(connection, question)
    if not np.array_equal(whole.traceables.keys, found.traceables.keys):
        raise SystemExit(f"{question.words}: the full answer reaches something else")
    if graph is not None and not ours.keys() <= by_networkx(
        graph, question.key, forward=question.forward
    ):
        raise SystemExit(f"{question.words}: networkx does not reach what SQL does")
    return found


def _scale(near: Any, far: Any, small: generator.History, rows: Any, runs: int) -> str:
    """Ask the same questions in the small plant's database and in the one that holds 99 more of
    it.
    """
    results = Results(
        f"{far.display_name}: the same answer in a database {SMALLER} times larger",
        ("question", "traceables", "reach, small", "reach, large", "ratio", "full, small",
         "full, large", "ratio"),
    )  # fmt: skip
    for question in questions(small):
        there = Question(question.words, int(rows[question.key - 1]) + 1, question.forward)
        count = _same(near, question, far, there, rows)
        took = measuring.medians(
            {
                "reach small": lambda q=question: _reach(near, q),
                "reach large": lambda q=there: _reach(far, q),
                "full small": lambda q=question: _trace(near, q),
                "full large": lambda q=there: _trace(far, q),
            },
            runs=runs,
        )
        reach = took["reach large"] / took["reach small"]
        full = took["full large"] / took["full small"]
        results.add(
            question.words, count,
            milliseconds(took["reach small"]), milliseconds(took["reach large"]),
            _judged(reach, TARGET_SCALE),
            milliseconds(took["full small"]), milliseconds(took["full large"]),
            _judged(full, TARGET_SCALE),
        )  # fmt: skip
    results.show()
    return results.markdown()


def _same(near: Any, question: Question, far: Any, there: Question, rows: Any) -> int:
    """Check that both databases give the same lots at the same times; return how many."""
    here, over = (_reach(c, q).traceables for c, q in ((near, question), (far, there)))
    ours = dict(zip((rows[here.keys - 1] + 1).tolist(), here.first.tolist(), strict=True))
    theirs = dict(zip(over.keys.tolist(), over.first.tolist(), strict=True))
    if ours != theirs:
        raise SystemExit(f"{question.words}: the large database answers otherwise")
    return len(ours)


def _judged(ratio: float, target: float | None) -> str:
    """Write a ratio, with a mark if it misses its target; None is no target."""
    return f"{ratio:.2f}{' ✗' if target is not None and ratio > target else ''}"


if __name__ == "__main__":
    raise SystemExit(main())
