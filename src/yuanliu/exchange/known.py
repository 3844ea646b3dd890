"""Ask the ledger's tables what is known already of what an import is about to tell.

A few set queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from yuanliu.ledger import models as ledger_models
from yuanliu.ledger.bulk import select_in, table_of
from yuanliu.ledger.facts import Fact, Grade, Provenance
from yuanliu.ledger.read import facts_at
from yuanliu.ledger.receipts import receipt_key
from yuanliu.lots import models as lots_models
from yuanliu.lots.events import Received
from yuanliu.masterdata.projector import KIND_NAMES

Thing = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownLot:
    """A lot that is known: when and by which fact it came into being."""

    born_start: int
    born_position: int


def receipts_of(provenance: Provenance, keys: Iterable[str]) -> dict[str, int]:
    """Give the first position of what each of these keys brought about before."""
    full = {receipt_key(replace(provenance, key=key)): key for key in keys}
    table = table_of(ledger_models.Receipt, connection)
    at_key, at_first = table.at("key", "first")
    rows = select_in(connection, table, "key", list(full))
    return {full[row[at_key]]: int(row[at_first]) for row in rows}


def lots_of(things: Iterable[Thing]) -> dict[Thing, KnownLot]:
    """Find lots by item, number and, where one is named, supplier; the earliest of several."""
    wanted = {(thing[0], thing[1]): thing for thing in things}
    table = table_of(lots_models.Traceable, connection)
    columns = table.at("item", "number", "supplier", "born_start", "born_position")
    found: dict[Thing, KnownLot] = {}
    numbers = sorted({number for _, number in wanted})
    for row in select_in(connection, table, "number", numbers):
        item, number, supplier, start, position = (row[at] for at in columns)
        thing = wanted.get((item, number))
        if thing is None or position is None or (thing[2:] and thing[2] not in ("", supplier)):
            continue
        known = KnownLot(int(start), int(position))
        other = found.get(thing)
        if other is None or known.born_start < other.born_start:
            found[thing] = known
    return found


def codes_of(kind: str, codes: Sequence[str]) -> set[str]:
    """Give those of the codes that are defined."""
    table = table_of(KIND_NAMES[kind], connection)
    (at,) = table.at("code")
    return {row[at] for row in select_in(connection, table, "code", list(codes))}


def inferred_receipts(positions: Sequence[int]) -> set[int]:
    """Give those of the facts that are receipts of one lot, inferred by an import."""
    return {fact.position for fact in facts_at(positions) if _inferred_receipt(fact)}


def _inferred_receipt(fact: Fact) -> bool:
    one_lot = isinstance(fact.data, Received) and len(fact.data.outputs) == 1
    return one_lot and fact.grade is Grade.INFERRED
