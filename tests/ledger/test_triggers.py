"""The database itself refuses to change what the ledger holds, whoever asks it (R69)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factory import History
from tests.ledger.kinds_of_test import known_to_the_ledger, ring
from yuanliu.ledger import models, triggers
from yuanliu.ledger.append import writing
from yuanliu.ledger.checkpoints import make_checkpoint
from yuanliu.ledger.verify import verify

KEPT = (models.Entry, models.Node, models.SignedCheckpoint)
COLUMNS = [
    pytest.param(model, field.column, id=f"{model._meta.db_table}.{field.column}")
    for model in KEPT
    for field in model._meta.concrete_fields
    if field.column
]
TABLES = [pytest.param(model, id=model._meta.db_table) for model in KEPT]


@pytest.fixture
def filled(db, home):
    """A ledger long enough to have stored nodes, with a checkpoint."""
    with known_to_the_ledger():
        with writing(now=1) as work:
            for times in range(300):
                ring(work, times)
        make_checkpoint(home, now=0)
        yield


def execute(statement: str, parameters: list | None = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def contents() -> dict:
    return {model: sorted(model.objects.values_list()) for model in KEPT}


def refused(statement: str, parameters: list | None = None) -> None:
    before = contents()
    with pytest.raises(DatabaseError, match="append-only"):
        execute(statement, parameters)
    assert contents() == before


@pytest.mark.parametrize(("model", "column"), COLUMNS)
def test_no_column_can_be_updated(filled, model, column):
    table = model._meta.db_table
    assert model.objects.exists()
    refused(f'UPDATE {table} SET "{column}" = "{column}"')


@pytest.mark.parametrize("model", TABLES)
def test_no_row_can_be_deleted(filled, model):
    refused(f"DELETE FROM {model._meta.db_table}")
    key = model._meta.pk_fields[-1].column
    refused(f"DELETE FROM {model._meta.db_table} WHERE {key} = (SELECT max({key})"
            f" FROM {model._meta.db_table})")  # fmt: skip


@pytest.mark.postgresql_only
@pytest.mark.parametrize("model", TABLES)
@pytest.mark.parametrize("how", ["", " CASCADE", " RESTART IDENTITY"])
def test_no_table_can_be_truncated(filled, model, how):
    refused(f"TRUNCATE {model._meta.db_table}{how}")


@pytest.mark.postgresql_only
def test_no_row_can_be_replaced_on_conflict(filled):
    refused(
        "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE position = 3"
        " ON CONFLICT (position) DO UPDATE SET kind = 'forged'"
    )


@pytest.mark.sqlite_only
@pytest.mark.parametrize("how", ["REPLACE", "INSERT OR REPLACE", "UPDATE OR REPLACE"])
def test_no_row_can_be_replaced(filled, how):
    # INSERT OR REPLACE takes the old row away without firing its delete trigger.
    for model in KEPT:
        table = model._meta.db_table
        if how.startswith("UPDATE"):
            key = model._meta.pk_fields[-1].column
            refused(f'{how} {table} SET "{key}" = 0')
        else:
            refused(f"{how} INTO {table} SELECT * FROM {table} LIMIT 1")


@pytest.mark.sqlite_only
def test_an_upsert_is_refused_too(filled):
    refused(
        "INSERT INTO ledger_checkpoint SELECT * FROM ledger_checkpoint WHERE true"
        " ON CONFLICT (size) DO UPDATE SET note = 'forged'"
    )


def test_a_new_position_can_be_added_without_the_program_and_verify_names_it(filled, home):
    size = models.Entry.objects.count()
    execute(
        "INSERT INTO ledger_entry (position, kind, version, recorded, leaf_hash, body)"
        " SELECT %s, kind, version, recorded, leaf_hash, body FROM ledger_entry WHERE position = 9",
        [size],
    )
    assert verify(home).first_bad == size


def test_the_triggers_can_be_removed_and_installed_again(filled):
    triggers.remove(connection)
    execute("UPDATE ledger_entry SET kind = kind WHERE position = 0")
    triggers.install(connection)
    refused("UPDATE ledger_entry SET kind = kind WHERE position = 0")
    triggers.remove(connection)
    triggers.remove(connection)
    triggers.install(connection)
    refused("DELETE FROM ledger_checkpoint")


def test_the_program_itself_never_meets_the_triggers(filled, home):
    History(2, share_late=0.5, share_corrected=0.3).write(30)
    make_checkpoint(home, now=0)
    assert verify(home).findings == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_that_commits_leaves_an_empty_ledger_with_its_triggers(turn, home):
    assert not models.Entry.objects.exists()
    History(turn).write(3)
    assert verify(home).sound
    refused("DELETE FROM ledger_entry")
