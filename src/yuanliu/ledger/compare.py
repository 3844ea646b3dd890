"""Compare every projected row with the one its facts make (R72; RELIABILITY T1, T4)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from yuanliu.ledger import bulk
from yuanliu.ledger.bulk import Row, Table
from yuanliu.ledger.facts import Fact
from yuanliu.ledger.projections import Bench, Projection, in_chunks, projections
from yuanliu.ledger.report import Report
from yuanliu.ledger.sheets import MemoryStore

CHUNK = 2_000
FACT_COLUMNS = ("known_from", "by", "position", "fact", "last_position", "first")
"""The columns in which a row says which fact wrote it, or which it rests on last."""
ONE_FACT_GROUPS = ("position", "fact")
"""What the tables are grouped by whose rows are made from one fact alone."""
LATER_COLUMNS = frozenset({"superseded", "known_to"})
"""What a later fact writes into the row of an earlier one."""


def check_projections(report: Report, facts: Sequence[Fact], *, certain: bool) -> None:
    """Replay the facts in memory and compare. `certain` says that they are the recorded ones.

    Where they are not, only a row made from one fact alone tells which of them is another now.
    """
    store = MemoryStore()
    _replay(report, facts, store)
    for projection in projections():
        for model, group in projection.tables:
            table = bulk.table_of(model, connection)
            told = certain or group in ONE_FACT_GROUPS
            _Comparison(report, projection, table, store, told=told, certain=certain).run()


def _replay(report: Report, facts: Sequence[Fact], store: MemoryStore) -> None:
    """Apply the facts until one cannot be, which only a forged one can provoke."""

    def read_facts(positions: Sequence[int]) -> list[Fact]:
        return [facts[position] for position in sorted(set(positions))]

    for chunk in in_chunks(facts, CHUNK):
        bench = Bench(connection, store, read_facts)
        for fact in chunk:
            mark = bench.mark()
            try:
                bench.apply(fact)
            except Exception as error:  # noqa: BLE001 - a forged fact may break any projector
                bench.rewind(mark)
                bench.flush()
                report.find(fact.position, f"the fact cannot be replayed: {error!r}")
                return
        bench.flush()


class _Comparison:
    """One table as it stands against the same table as the facts make it."""

    def __init__(
        self,
        report: Report,
        projection: Projection,
        table: Table,
        store: MemoryStore,
        *,
        told: bool,
        certain: bool,
    ) -> None:
        self._report = report
        self._projection = projection
        self._table = table
        self._store = store
        self._told = told
        self._certain = certain

    def run(self) -> None:
        """Compare row by row, whatever the order of either."""
        table, places = self._table, self._table.at(*self._table.key)
        waiting = dict(self._store.tables.get(table.name, {}))
        for row in bulk.select_all(connection, table):
            self._report.rows += 1
            key = tuple(row[at] for at in places)
            expected = waiting.pop(key, None)
            if expected is None:
                self._find(row, f"{table.name} has a row that no fact made: {key}")
            elif expected != row:
                differing = self._differing(row, expected)
                what = "; ".join(
                    f"{name} is {row[at]!r}, the facts say {expected[at]!r}"
                    for name, at in differing.items()
                )
                later = LATER_COLUMNS.issuperset(differing)
                self._find(expected, f"{table.name} row {key}: {what}", later=later)
        for key, row in waiting.items():
            self._find(row, f"{table.name} lacks the row {key}")

    def _differing(self, row: Row, expected: Row) -> dict[str, int]:
        return {name: at for at, name in enumerate(self._table.columns) if row[at] != expected[at]}

    def _find(self, row: Row, what: str, *, later: bool = False) -> None:
        told = self._told and (self._certain or not later)
        self._report.find(self._position(row) if told else None, what)

    def _position(self, row: Row) -> int | None:
        """Give the position of the fact that wrote a row, or that it rests on last."""
        for name in FACT_COLUMNS:
            if name in self._table.columns:
                position = row[self._table.columns.index(name)]
                break
        else:
            position = self._projection.last_fact(self._table, row, self._store)
        known = isinstance(position, int) and 0 <= position < self._report.size
        return position if known else None
