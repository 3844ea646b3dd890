"""The ledger's own tables. Triggers refuse to update or delete entries, nodes and checkpoints."""

from django.db import models


class Entry(models.Model):
    """One fact for ever: `body` is its RFC 8785 text, `leaf_hash` the RFC 6962 leaf of that
    text.
    """

    position = models.BigIntegerField(primary_key=True)
    kind = models.TextField()
    version = models.IntegerField()
    recorded = models.BigIntegerField()
    leaf_hash = models.BinaryField()
    body = models.TextField()

    class Meta:
        db_table = "ledger_entry"
        indexes = [
            models.Index("kind", "position", name="entry_by_kind"),
            models.Index("recorded", name="entry_by_recorded"),
        ]


class Head(models.Model):
    """The one row that says how long the ledger is; appending locks it, so positions have no
    gap.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField()
    frontier = models.BinaryField()
    recorded = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ledger_head"


class Node(models.Model):
    """The root of a complete subtree of 256^n leaves (`level` 8, 16, …), so that a proof reads few
    rows.
    """

    pk = models.CompositePrimaryKey("level", "number")
    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "ledger_node"


class Receipt(models.Model):
    """What an idempotency key has brought about: `count` facts from position `first`."""

    key = models.TextField(primary_key=True)
    digest = models.TextField()
    first = models.BigIntegerField()
    count = models.IntegerField()

    class Meta:
        db_table = "ledger_receipt"


class SignedCheckpoint(models.Model):
    """A signed tree head in the C2SP checkpoint form."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()

    class Meta:
        db_table = "ledger_checkpoint"
