"""Remember what each idempotency key brought about, as a projection like any other."""

from __future__ import annotations

from collections.abc import Sequence

from yuanliu.ledger import models
from yuanliu.ledger.append import KeyReused, Receipt
from yuanliu.ledger.facts import Fact, Provenance
from yuanliu.ledger.projections import Bench, Projection

NAME = "receipts"


def receipt_key(provenance: Provenance) -> str:
    """Give the key under which a receipt is kept: a key means something only to its actor."""
    return f"{len(provenance.actor)}:{provenance.actor}:{provenance.key}"


class ReceiptsSession:
    """Receipts at work in one transaction."""

    def __init__(self, bench: Bench) -> None:
        self._sheet = bench.sheet(models.Receipt, "key")

    def preload(self, facts: Sequence[Fact]) -> None:
        """Read the receipts of these facts' keys."""
        self.preload_keys([f.provenance for f in facts if f.provenance.key])

    def preload_keys(self, provenances: Sequence[Provenance]) -> None:
        """Read the receipts of these keys with one statement."""
        self._sheet.preload(receipt_key(provenance) for provenance in provenances)

    def apply(self, fact: Fact) -> None:
        """Count the fact to its key."""
        if not fact.provenance.key:
            return
        key = receipt_key(fact.provenance)
        row = self._sheet.get(key, key)
        if row is None:
            self._sheet.put((key, fact.provenance.digest, fact.position, 1))
        else:
            self._sheet.put((key, row[1], row[2], row[3] + 1))

    def settle(self) -> None:
        """Do nothing more: rows are written as they come."""

    def earlier(self, provenance: Provenance) -> Receipt | None:
        """Give what this key brought about before, or None.

        Raises KeyReused if it was another request.
        """
        if not provenance.key:
            return None
        key = receipt_key(provenance)
        row = self._sheet.get(key, key)
        if row is None:
            return None
        if row[1] != provenance.digest:
            raise KeyReused(key=provenance.key)
        return Receipt(first=row[2], count=row[3])


class ReceiptsProjection(Projection):
    """The projection as the ledger knows it."""

    name = NAME
    tables = ((models.Receipt, "key"),)

    def open(self, bench: Bench) -> ReceiptsSession:
        """Start a session."""
        return ReceiptsSession(bench)


def receipts(bench: Bench) -> ReceiptsSession:
    """Give the session of receipts on this bench."""
    session = bench.sessions[NAME]
    assert isinstance(session, ReceiptsSession)
    return session
