"""Triggers that refuse to change what the ledger holds, whoever asks the database (R69, T1)."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = {
    "ledger_entry": ("position",),
    "ledger_node": ("level", "number"),
    "ledger_checkpoint": ("size",),
}
"""What is only ever added to, with each table's key."""
_FUNCTION = "ledger_refuse_change"


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    with connection.cursor() as cursor:
        for statement in _create(connection.vendor):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for the tests that play the attacker, and for undoing the migration."""
    with connection.cursor() as cursor:
        for table in TABLES:
            for when in _events(connection.vendor):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, when)}{on}")
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {_FUNCTION}()")


def _events(vendor: str) -> tuple[str, ...]:
    # SQLite's INSERT OR REPLACE deletes the row that is in its way without asking a delete trigger.
    return ("update", "delete", "truncate" if vendor == "postgresql" else "replace")


def _name(table: str, when: str) -> str:
    return f"{table}_no_{when}"


def _create(vendor: str) -> list[str]:
    message = "the ledger is append-only"
    if vendor != "postgresql":
        return [
            f"CREATE TRIGGER {_name(table, when)} BEFORE {_sqlite_event(table, when)}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for table in TABLES
            for when in _events(vendor)
        ]
    body = f"BEGIN RAISE EXCEPTION '{message}'; END"
    statements = [f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"]
    for table in TABLES:
        for when in _events(vendor):
            each = "STATEMENT" if when == "truncate" else "ROW"
            statements.append(
                f"CREATE TRIGGER {_name(table, when)} BEFORE {when.upper()} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION {_FUNCTION}()"
            )
    return statements


def _sqlite_event(table: str, when: str) -> str:
    if when != "replace":
        return f"{when.upper()} ON {table}"
    same = " AND ".join(f"{column} = NEW.{column}" for column in TABLES[table])
    return f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
