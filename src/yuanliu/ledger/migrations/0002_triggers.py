"""Refuse changes to what the ledger holds."""

from typing import Any

from django.db import migrations

from yuanliu.ledger import triggers


def _install(_apps: Any, editor: Any) -> None:
    triggers.install(editor.connection)


def _remove(_apps: Any, editor: Any) -> None:
    triggers.remove(editor.connection)


class Migration(migrations.Migration):
    """Create the triggers of `ledger/triggers.py`."""

    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(_install, _remove)]
