"""Tables of master data: projections of the facts in `events.py`, one row for each code."""

from django.db import models


class _Master(models.Model):
    code = models.TextField(primary_key=True)
    position = models.BigIntegerField()
    name_en = models.TextField()
    name_zh = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.code)


class Item(_Master):
    """An item; `weight` is kilograms for one `unit` and `per_piece` a JSON object, both exact
    text.
    """

    unit = models.TextField()
    tracking = models.TextField()
    shelf_life_days = models.IntegerField(null=True)
    weight = models.TextField(null=True)  # noqa: DJ001 - NULL is an unknown weight
    per_piece = models.TextField()
    gtin = models.TextField()
    category = models.TextField()

    class Meta:
        db_table = "masterdata_item"


class Party(_Master):
    """A supplier, customer, dealer or own company; `roles` is a JSON list."""

    roles = models.TextField()
    region = models.TextField()
    gln = models.TextField()

    class Meta:
        db_table = "masterdata_party"


class Place(_Master):
    """A site, warehouse, bin, line or station."""

    place_kind = models.TextField()
    parent = models.TextField()
    gln = models.TextField()

    class Meta:
        db_table = "masterdata_place"


class Equipment(_Master):
    """A machine or tool."""

    place = models.TextField()

    class Meta:
        db_table = "masterdata_equipment"


class Gauge(_Master):
    """A measuring device."""

    calibration_due = models.TextField()

    class Meta:
        db_table = "masterdata_gauge"


class Person(_Master):
    """A person."""

    class Meta:
        db_table = "masterdata_person"


class Document(_Master):
    """A version of an instruction."""

    in_force_from = models.TextField()
    in_force_until = models.TextField()

    class Meta:
        db_table = "masterdata_document"
