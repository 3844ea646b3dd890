"""Let PostgreSQL find numbers by their beginning, whatever language the database sorts by."""

from typing import Any

from django.db import migrations


def _create(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("CREATE INDEX name_by_beginning ON lots_name (folded text_pattern_ops)")
        editor.execute(
            "CREATE INDEX traceable_by_beginning ON lots_traceable (item, number text_pattern_ops)"
        )


def _drop(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX name_by_beginning")
        editor.execute("DROP INDEX traceable_by_beginning")


class Migration(migrations.Migration):
    """Create the indexes; SQLite sorts by bytes and needs none."""

    dependencies = [("lots", "0001_initial")]
    operations = [migrations.RunPython(_create, _drop)]
