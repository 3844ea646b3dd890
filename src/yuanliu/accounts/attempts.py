"""Count attempts to log in, so that nobody can try passwords without end."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from yuanliu.accounts import rules
from yuanliu.accounts.models import Attempts

logger = logging.getLogger(__name__)


def count_attempt(*, name: str, address: str, now: int) -> None:
    """Count an attempt before its password is looked at, so that parallel attempts count too.

    Raises TooManyFailures, and then counts nothing.
    """
    with transaction.atomic():
        rows = [(_locked_row(watched), limit) for watched, limit in _watched(name, address)]
        for row, limit in rows:
            left = rules.minutes_locked(count=row.count, last=row.last, limit=limit, now=now)
            if left:
                raise rules.TooManyFailures(minutes=left)
        for row, limit in rows:
            fresh = rules.forgotten(last=row.last, now=now)
            row.count = 1 if fresh else row.count + 1
            row.last = now
            row.save()
            if row.count == limit:
                logger.warning("Log-in is locked after %s attempts from %s.", limit, address)
        stale = now - rules.LOCK_MINUTES * rules.MINUTE
        Attempts.objects.filter(last__lte=stale).delete()


def forget_attempts(*, name: str, address: str) -> None:
    """Forget the attempts on a name that is in now; its address loses the one that succeeded."""
    with transaction.atomic():
        for watched, limit in _watched(name, address):
            rows = Attempts.objects.filter(watched=watched)
            if limit == rules.FAILURES_OF_ADDRESS:
                rows.update(count=F("count") - 1)
            else:
                rows.delete()


def _watched(name: str, address: str) -> Iterator[tuple[str, int]]:
    """Give what is counted, always in one order so that two attempts cannot wait for each other."""
    name = name.casefold().strip()
    for what, value, limit in (
        ("address", address, rules.FAILURES_OF_ADDRESS),
        ("both", f"{len(name)}:{name}{address}", rules.FAILURES_OF_NAME_AT_ADDRESS),
        ("name", name, rules.FAILURES_OF_NAME),
    ):
        salt = f"yuanliu.accounts.attempts.{what}"
        yield salted_hmac(salt, value, algorithm="sha256").hexdigest(), limit


def _locked_row(watched: str) -> Attempts:
    rows = Attempts.objects.select_for_update()
    return rows.get_or_create(watched=watched, defaults={"count": 0, "last": 0})[0]
