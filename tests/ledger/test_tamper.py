"""Tampering straight in the database is found, every time, and its place is named (T1).

A thousand seeded attacks with the triggers off, each undone before the next; a thousand clean runs
beside them raise no alarm.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from tests.factory import NOW, History
from tests.ledger.attacker import ATTACKS, Attacker, Expected, reading_cells
from tests.ledger.everything import a_little_of_everything
from tests.ledger.states import undone
from yuanliu.ledger import append, bulk, rebuild, triggers, verify
from yuanliu.ledger.checkpoints import make_checkpoint
from yuanliu.ledger.report import Report

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CELL_TURNS = 2
CLEAN_HISTORIES, CLEAN_RUNS = 100, 10
SMALL_LEVELS = frozenset({2, 4})
"""With stored levels this low, a ledger of forty facts has stored nodes."""


@pytest.fixture
def signed(home, monkeypatch) -> list[int]:
    """A small ledger with everything in it and no triggers; gives the sizes that were signed."""
    monkeypatch.setattr(append, "NODE_LEVELS", SMALL_LEVELS)
    monkeypatch.setattr(verify, "NODE_LEVELS", SMALL_LEVELS)
    sizes = a_little_of_everything(home)
    assert verify.verify(home).findings == []
    triggers.remove(connection)
    return sizes


def as_expected(report: Report, expected: Expected) -> bool:
    if report.sound:
        return False
    if isinstance(expected, range):
        return report.first_bad in expected
    return report.first_bad == expected


def told(missed: list[Any]) -> str:
    return f"{len(missed)} were missed:\n" + "\n".join(map(str, missed[:10]))


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_is_found_and_its_first_position_named(name, signed, home):
    attack, times = ATTACKS[name]
    missed = []
    for turn in range(times):
        seed = f"{name}/{turn}"
        with undone():
            expected = attack(Attacker(seed, signed))
            report = verify.verify(home)
        if not as_expected(report, expected):
            missed.append((seed, expected, report.first_bad, report.findings[:3]))
    assert not missed, told(missed)
    assert verify.verify(home).findings == []


def test_every_changed_value_of_every_reading_is_found_and_its_fact_named(signed, home):
    missed, attacks = [], 0
    for table, column in reading_cells():
        rows = list(bulk.select_all(connection, table))
        assert rows, f"{table.name} is empty: nothing of it is tested"
        for turn in range(CELL_TURNS):
            attacker = Attacker(f"{table.name}.{column}/{turn}", signed)
            row = attacker.chance.choice(rows)
            with undone():
                _change_cell(attacker, table, column, row)
                report = verify.verify(home)
            attacks += 1
            if report.sound or not _names_its_fact(report, table, column, row):
                missed.append((table.name, column, row, report.first_bad, report.findings[:3]))
    assert not missed, told(missed)
    assert attacks >= 200


def _change_cell(attacker: Attacker, table: bulk.Table, column: str, row: bulk.Row) -> None:
    where = " AND ".join(f'"{name}" = %s' for name in table.key)
    key = [row[at] for at in table.at(*table.key)]
    (place,) = table.at(column)
    forged = attacker.other_than(row[place])
    if isinstance(row[place], int) and column in ("key", *table.key):
        forged = row[place] + 1_000
    if table.types[place] == "text" and isinstance(forged, int):
        forged = str(forged)
    statement = f'UPDATE "{table.name}" SET "{column}" = %s WHERE {where}'
    attacker.sql(statement, forged, *key)


def _names_its_fact(report: Report, table: bulk.Table, column: str, row: bulk.Row) -> bool:
    """Tell whether the position named is that of the fact the row was made from."""
    if column not in ("known_from", "by"):
        for name in ("known_from", "by", "position", "fact", "first", "last_position"):
            if name in table.columns:
                return report.first_bad == row[table.columns.index(name)]
    return report.first_bad is not None


def test_every_row_taken_from_or_added_to_a_reading_is_found(signed, home):
    missed = []
    for table in dict.fromkeys(table for table, _column in reading_cells()):
        rows = list(bulk.select_all(connection, table))
        attacker = Attacker(table.name, signed)
        row = attacker.chance.choice(rows)
        with undone():
            bulk.delete(connection, table, [tuple(row[at] for at in table.at(*table.key))])
            gone = verify.verify(home)
        with undone():
            numbers = {"key", *table.key} - {"line"}
            forged = [
                value + 1_000
                if isinstance(value, int) and name in numbers
                else f"{value}-forged"
                if name in numbers
                else value
                for name, value in zip(table.columns, row, strict=True)
            ]
            bulk.insert(connection, table, [tuple(forged)])
            added = verify.verify(home)
        if gone.sound or gone.first_bad is None or added.sound:
            missed.append((table.name, row, gone.findings[:2], added.findings[:2]))
    assert not missed, told(missed)


@pytest.mark.parametrize("turn", range(4))
def test_no_clean_run_raises_an_alarm(turn, home, monkeypatch):
    monkeypatch.setattr(append, "NODE_LEVELS", SMALL_LEVELS)
    monkeypatch.setattr(verify, "NODE_LEVELS", SMALL_LEVELS)
    for seed in range(turn, CLEAN_HISTORIES, 4):
        folder = home / str(seed)
        with undone():
            history = History(1_000 + seed, share_late=0.3, share_corrected=0.15)
            for run in range(CLEAN_RUNS):
                history.write(1)
                if run % 4 == seed % 4:
                    make_checkpoint(folder, now=NOW)
                if run % 7 == seed % 7:
                    rebuild.rebuild(now=NOW)
                report = verify.verify(folder)
                assert report.findings == [], f"seed {seed}, run {run}"
                assert report.size == sum(receipt.count for _, receipt in history.receipts) + 21


def test_a_thousand_attacks_and_a_thousand_clean_runs_are_made(signed):
    cells = CELL_TURNS * len(list(reading_cells()))
    assert sum(times for _attack, times in ATTACKS.values()) + cells >= 1_000
    assert CLEAN_HISTORIES * CLEAN_RUNS == 1_000
