"""Tables of traceables: projections of the facts in `events.py`.

Exact quantities are text, NULL is unknown.
"""

from django.db import models


class Traceable(models.Model):
    """A traceable's present state. `key` is its number in the order of creation; flows use it.

    `content` is all there is of it in `unit`; `expires`, `last_start`, `last_end` and `born_*` are
    microseconds since 1970 UTC; `holds` and `certificate` are JSON. A void traceable has no
    `born_*`.
    """

    id = models.TextField(primary_key=True)
    key = models.BigIntegerField(unique=True)
    kind = models.TextField()
    item = models.TextField()
    number = models.TextField()
    supplier = models.TextField()
    unit = models.TextField()
    quality = models.TextField()
    disposition = models.TextField()
    content = models.TextField(null=True)  # noqa: DJ001 - NULL is an unknown quantity
    place = models.TextField()
    party = models.TextField()
    container = models.TextField()
    assembly = models.TextField()
    expires = models.BigIntegerField(null=True)
    exit = models.TextField()
    holds = models.TextField()
    certificate = models.TextField()
    born_start = models.BigIntegerField(null=True)
    born_end = models.BigIntegerField(null=True)
    born_position = models.BigIntegerField(null=True)
    last_start = models.BigIntegerField()
    last_end = models.BigIntegerField()
    last_position = models.BigIntegerField()

    class Meta:
        db_table = "lots_traceable"
        indexes = [
            models.Index("item", "number", name="traceable_by_number"),
            models.Index("disposition", "item", name="traceable_by_disposition"),
        ]

    def __str__(self) -> str:
        return f"{self.item}/{self.number}" if self.item else str(self.number)


class Balance(models.Model):
    """How much of a traceable is at a place of ours or with a party."""

    pk = models.CompositePrimaryKey("traceable", "place", "party")
    traceable = models.BigIntegerField()
    place = models.TextField()
    party = models.TextField()
    quantity = models.TextField(null=True)  # noqa: DJ001 - NULL is an unknown quantity

    class Meta:
        db_table = "lots_balance"
        indexes = [
            models.Index("place", name="balance_by_place"),
            models.Index("party", name="balance_by_party"),
        ]


class Name(models.Model):
    """Every number a traceable goes by, folded for search: its own (scheme `number`) and its
    aliases.
    """

    pk = models.CompositePrimaryKey("folded", "traceable", "scheme", "text", "party", "position")
    folded = models.TextField()
    traceable = models.TextField()
    scheme = models.TextField()
    text = models.TextField()
    party = models.TextField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "lots_name"
        # PostgreSQL has one more, made in migration 0002, to find the beginnings of numbers.
        indexes = [models.Index("traceable", name="name_by_traceable")]


class Content(models.Model):
    """What is packed or installed in what, now."""

    pk = models.CompositePrimaryKey("parent", "child")
    parent = models.TextField()
    child = models.TextField()

    class Meta:
        db_table = "lots_content"


class History(models.Model):
    """Which facts touched which traceable."""

    pk = models.CompositePrimaryKey("position", "traceable")
    position = models.BigIntegerField()
    traceable = models.BigIntegerField()

    class Meta:
        db_table = "lots_history"
        indexes = [models.Index("traceable", "position", name="history_by_traceable")]


class ResultRow(models.Model):
    """One measured or certified characteristic of a traceable."""

    pk = models.CompositePrimaryKey("position", "line")
    position = models.BigIntegerField()
    line = models.IntegerField()
    traceable = models.BigIntegerField()
    stage = models.TextField()
    characteristic = models.TextField()
    value = models.TextField()
    unit = models.TextField()
    verdict = models.TextField()
    superseded = models.BigIntegerField(null=True)

    class Meta:
        db_table = "lots_result"
        indexes = [models.Index("traceable", "characteristic", name="result_by_traceable")]


class Deviation(models.Model):
    """An exception: something that was done although it contradicts what was known (DESIGN §2)."""

    pk = models.CompositePrimaryKey("position", "line")
    position = models.BigIntegerField()
    line = models.IntegerField()
    code = models.TextField()
    facts = models.TextField()
    superseded = models.BigIntegerField(null=True)

    class Meta:
        db_table = "lots_exception"
        indexes = [models.Index("code", "position", name="exception_by_code")]


class Counter(models.Model):
    """How many traceables were created: the next one's key follows."""

    name = models.TextField(primary_key=True)
    value = models.BigIntegerField()

    class Meta:
        db_table = "lots_counter"


class Superseded(models.Model):
    """Which fact a correction took the place of.

    `place` is where both stand in the order of the floor: the position of the first fact of a chain
    of corrections.
    """

    position = models.BigIntegerField(primary_key=True)
    by = models.BigIntegerField()
    place = models.BigIntegerField()

    class Meta:
        db_table = "lots_superseded"
