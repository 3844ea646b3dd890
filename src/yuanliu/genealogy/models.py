"""The genealogy's tables: who flowed into what, when, how much and how well we know it."""

from django.db import models

FOREVER = 2**63 - 1
"""`known_to` of a row that no later fact has superseded, and the end of a stay that still lasts."""


class Direction(models.IntegerChoices):
    """Which way a flow goes, seen from the fact."""

    IN = 0
    OUT = 1


class Flow(models.Model):
    """One traceable into or out of one fact.

    `quantity` is the exact decimal as text in `unit` (NULL: unknown). `amount` is the same as a
    float in the base unit of `dimension`, and `mass` its weight in kilograms where the item's
    standard weight is known; both serve shares only. Times are microseconds since 1970 UTC: the
    fact happened somewhere in [t_from, t_to]. The row counts for whoever asks as of a ledger
    position in [known_from, known_to). `traceable` 0 is no traceable: the scrap of a process.
    """

    pk = models.CompositePrimaryKey("fact", "line")
    fact = models.BigIntegerField()
    line = models.IntegerField()
    direction = models.SmallIntegerField(choices=Direction)
    traceable = models.BigIntegerField()
    kind = models.SmallIntegerField()
    quantity = models.TextField(null=True)  # noqa: DJ001 - NULL is an unknown quantity
    unit = models.TextField()
    dimension = models.SmallIntegerField()
    amount = models.FloatField(null=True)
    mass = models.FloatField(null=True)
    t_from = models.BigIntegerField()
    t_to = models.BigIntegerField()
    grade = models.SmallIntegerField()
    known_from = models.BigIntegerField()
    known_to = models.BigIntegerField(default=FOREVER)

    class Meta:
        db_table = "genealogy_flow"
        indexes = [
            # The first covers a trace whole, amounts included, the second what it asks of facts.
            # The direction leads, so that a run of neighbouring keys is one stretch of the index;
            # the small columns stand together, for PostgreSQL pads to the eight bytes of a bigint.
            # `known_from` is not in them: of a flow it is its fact.
            models.Index(
                "direction",
                "traceable",
                "grade",
                "kind",
                "dimension",
                "fact",
                "t_from",
                "t_to",
                "known_to",
                "amount",
                "mass",
                name="flow_by_traceable",
            ),
            models.Index(
                "direction",
                "fact",
                "grade",
                "traceable",
                "t_from",
                "t_to",
                "known_to",
                name="flow_by_fact",
            ),
        ]


class StayKind(models.IntegerChoices):
    """What it means that a child is in a parent."""

    PACKED = 1
    INSTALLED = 2


class Stay(models.Model):
    """An interval during which a child was packed or installed in a parent.

    It starts in [start_from, start_to] by `fact` and ends in [end_from, end_to] by `end_fact`
    (FOREVER and NULL while it lasts).
    """

    pk = models.CompositePrimaryKey("fact", "child", "known_from")
    fact = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=StayKind)
    child = models.BigIntegerField()
    parent = models.BigIntegerField()
    start_from = models.BigIntegerField()
    start_to = models.BigIntegerField()
    end_fact = models.BigIntegerField(null=True)
    end_from = models.BigIntegerField(default=FOREVER)
    end_to = models.BigIntegerField(default=FOREVER)
    grade = models.SmallIntegerField()
    known_from = models.BigIntegerField()
    known_to = models.BigIntegerField(default=FOREVER)

    class Meta:
        db_table = "genealogy_stay"
        indexes = [
            models.Index("child", "kind", name="stay_by_child"),
            models.Index("parent", "kind", name="stay_by_parent"),
        ]


class Circumstance(models.Model):
    """One thing that bore on a fact: a person, machine, gauge, document, parameter, reading or
    order (5M1E).
    """

    pk = models.CompositePrimaryKey("fact", "line")
    fact = models.BigIntegerField()
    line = models.IntegerField()
    role = models.TextField()
    code = models.TextField()
    value = models.TextField()
    unit = models.TextField()

    class Meta:
        db_table = "genealogy_circumstance"
        indexes = [models.Index("role", "code", "fact", name="circumstance_by_code")]


class Happening(models.Model):
    """One fact as the readings list it: kind, floor time, evidence grade and whether it still
    counts.
    """

    fact = models.BigIntegerField(primary_key=True)
    kind = models.TextField()
    t_from = models.BigIntegerField()
    t_to = models.BigIntegerField()
    grade = models.SmallIntegerField()
    recorded = models.BigIntegerField()
    supersedes = models.BigIntegerField(null=True)
    known_to = models.BigIntegerField(default=FOREVER)

    class Meta:
        db_table = "genealogy_happening"
        indexes = [models.Index("kind", "t_from", name="happening_by_kind")]
