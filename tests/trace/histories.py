"""Small histories for the tests of the trace: facts told one by one, read as rows or as a
source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from yuanliu.trace.memory import MemoryFlows
from yuanliu.trace.source import FOREVER, INSTALLED, PACKED, SCANNED, Flows, Stays, ints

RECEIVED, PRODUCED, SPLIT, MERGED, RETURNED, SCRAPPED, ADJUSTED = 1, 2, 3, 4, 8, 9, 10
MASS, VOLUME, COUNT = 0, 1, 4
UNKNOWN = None


@dataclass(frozen=True)
class Row:
    """One flow as the genealogy keeps it."""

    fact: int
    into: bool
    traceable: int
    amount: float | None
    dimension: int
    mass: float | None
    kind: int
    t_from: int
    t_to: int
    grade: int
    known_from: int
    known_to: int = FOREVER


@dataclass(frozen=True)
class StayRow:
    """One stay as the genealogy keeps it."""

    fact: int
    kind: int
    child: int
    parent: int
    start_from: int
    start_to: int
    end_from: int
    end_to: int
    grade: int
    known_from: int
    known_to: int = FOREVER


Line = (
    tuple[int, float | None] | tuple[int, float | None, int] | tuple[int, float | None, int, float]
)
"""Traceable and amount; then, if told, dimension and mass in kilograms."""


class History:
    """A ledger in small: every call is the next fact, and returns its position."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.stays: list[StayRow] = []
        self.position = -1

    def __repr__(self) -> str:
        facts = sorted({(row.t_from, row.t_to, row.fact, row.kind, row.grade) for row in self.rows})
        told = [
            (f"#{fact} {begin}..{end} g{grade}",
             [(r.traceable, r.amount) for r in self.rows if r.fact == fact and r.into],
             [(r.traceable, r.amount) for r in self.rows if r.fact == fact and not r.into])
            for begin, end, fact, _kind, grade in facts
        ]  # fmt: skip
        return f"History({told}, {self.stays})"

    def fact(
        self,
        inputs: Iterable[Line] = (),
        outputs: Iterable[Line] = (),
        *,
        at: int | tuple[int, int],
        kind: int = PRODUCED,
        grade: int = SCANNED,
    ) -> int:
        """Record that inputs became outputs; a traceable 0 among the outputs is scrap."""
        self.position += 1
        begin, end = (at, at) if isinstance(at, int) else at
        for into, lines in ((True, inputs), (False, outputs)):
            for traceable, amount, *more in lines:
                dimension = more[0] if more else MASS
                mass = more[1] if len(more) > 1 else amount if dimension == MASS else None
                self.rows.append(
                    Row(self.position, into, traceable, amount, dimension, mass, kind, begin, end,
                        grade, self.position)
                )  # fmt: skip
        return self.position

    def receive(self, traceable: int, amount: float | None, *, at: int | tuple[int, int]) -> int:
        """Record a receipt."""
        return self.fact((), [(traceable, amount)], at=at, kind=RECEIVED)

    def stay(
        self,
        child: int,
        parent: int,
        *,
        start: int | tuple[int, int],
        end: int | tuple[int, int] | None = None,
        kind: int = PACKED,
        grade: int = SCANNED,
    ) -> int:
        """Record that a child was in a parent, and if `end` is told that it came out."""
        self.position += 1
        begin = (start, start) if isinstance(start, int) else start
        over = (end, end) if isinstance(end, int) else end or (FOREVER, FOREVER)
        self.stays.append(
            StayRow(self.position, kind, child, parent, *begin, *over, grade, self.position)
        )
        return self.position

    def install(self, child: int, parent: int, **times: int | tuple[int, int] | None) -> int:
        """Record that a component was part of an assembly."""
        return self.stay(child, parent, kind=INSTALLED, **times)  # type: ignore[arg-type]

    def retract(self, fact: int) -> int:
        """Record that an earlier fact did not happen; from now on it does not count."""
        self.position += 1
        self.rows = [
            replace(row, known_to=self.position) if row.fact == fact else row for row in self.rows
        ]
        self.stays = [
            replace(stay, known_to=self.position) if stay.fact == fact else stay
            for stay in self.stays
        ]
        return self.position

    def known(self, as_of: int | None = None) -> tuple[list[Row], list[StayRow]]:
        """Return the rows that counted for whoever asked as of a position (None: now)."""
        position = self.position if as_of is None else as_of
        return (
            [row for row in self.rows if row.known_from <= position < row.known_to],
            [stay for stay in self.stays if stay.known_from <= position < stay.known_to],
        )

    def source(self, as_of: int | None = None) -> MemoryFlows:
        """Return the history as arrays, cut by the arrays' own known_from and known_to."""
        position = self.position if as_of is None else as_of
        counts, stays_count = _known_at(self.rows, position), _known_at(self.stays, position)
        into = np.array([row.into for row in self.rows], np.bool_)
        return MemoryFlows(
            _flows(self.rows).take(counts), into[counts], _stays(self.stays).take(stays_count)
        )


def _known_at(rows: list[Row] | list[StayRow], position: int) -> np.ndarray:
    return (_column(rows, "known_from") <= position) & (position < _column(rows, "known_to"))


def source_of(rows: list[Row], stays: list[StayRow]) -> MemoryFlows:
    """Make a source of these rows, whatever they say of when they were known."""
    return MemoryFlows(_flows(rows), np.array([row.into for row in rows], np.bool_), _stays(stays))


def _column(rows: list[Row] | list[StayRow], name: str) -> np.ndarray:
    return ints([getattr(row, name) for row in rows])


def _floats(values: Iterable[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _flows(rows: list[Row]) -> Flows:
    return Flows(
        _column(rows, "fact"), _column(rows, "traceable"),
        _column(rows, "t_from"), _column(rows, "t_to"),
        _column(rows, "grade").astype(np.int8),
        _floats(row.amount for row in rows), _column(rows, "dimension").astype(np.int8),
        _floats(row.mass for row in rows), _column(rows, "kind").astype(np.int16),
    )  # fmt: skip


def _stays(rows: list[StayRow]) -> Stays:
    return Stays(
        _column(rows, "kind").astype(np.int8), _column(rows, "child"), _column(rows, "parent"),
        _column(rows, "start_from"), _column(rows, "start_to"),
        _column(rows, "end_from"), _column(rows, "end_to"),
        _column(rows, "grade").astype(np.int8), _column(rows, "fact"),
    )  # fmt: skip
