"""Tables of people and keys. They are no projection: secrets do not belong in a ledger."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who logs in; one identity for ever, switched off, never deleted (21 CFR 11.100)."""

    class Meta:
        db_table = "accounts_user"


class ApiKey(models.Model):
    """A key with which a program speaks for a person.

    Only the SHA-256 digest of the secret is kept; `prefix` is the part that is shown. `scopes` is a
    list of `read`, `write` (every action) or names of actions. Times are microseconds since 1970.
    """

    prefix = models.TextField(unique=True)
    digest = models.TextField()
    name = models.TextField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    scopes = models.JSONField(default=list)
    created = models.BigIntegerField()
    last_used = models.BigIntegerField(null=True)
    revoked = models.BigIntegerField(null=True)

    class Meta:
        db_table = "accounts_api_key"
        ordering: ClassVar[list[str]] = ["-created", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class Attempts(models.Model):
    """Attempts to log in that have not succeeded: how many, and when the `last` was (microseconds).

    `watched` is a keyed hash of what is counted (a name, an address, both together), because people
    type passwords into the field for the name.
    """

    watched = models.TextField(primary_key=True)
    count = models.IntegerField()
    last = models.BigIntegerField()

    class Meta:
        db_table = "accounts_attempts"
        indexes: ClassVar[list[models.Index]] = [models.Index("last", name="attempts_by_last")]

    def __str__(self) -> str:
        return f"{self.count} attempts"
