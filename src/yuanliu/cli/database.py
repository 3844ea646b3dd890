"""Bring the database up to date, or say plainly that it is not ready."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection

from yuanliu.ledger.models import Head
from yuanliu.lots.queries import NothingRecorded


def migrate() -> None:
    """Create or update the tables; nothing happens where they are up to date."""
    call_command("migrate", verbosity=0, interactive=False)


def require_tables() -> None:
    """Raise NothingRecorded where no table was made yet: nothing can have been recorded."""
    if Head._meta.db_table not in connection.introspection.table_names():
        raise NothingRecorded
