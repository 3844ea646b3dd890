"""Read traceables: by any number, one in full, many in short. Every list is bounded or paged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from yuanliu.base import moments
from yuanliu.base.canonical import loads
from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.base.units import unit_of
from yuanliu.ledger import bulk
from yuanliu.lots import models
from yuanliu.lots.events import TraceableKind
from yuanliu.lots.projector import OWN_NUMBER, folded
from yuanliu.lots.refusals import AmbiguousNumber, UnknownLot
from yuanliu.lots.requests import LotRef
from yuanliu.lots.resolving import CANDIDATES_SHOWN

PAGE_MAX = 500
FACTS_SHOWN = 200
RESULTS_SHOWN = 500

Json = dict[str, Any]


class NothingRecorded(Refusal):
    """Say that there is no lot at all yet."""

    code = "nothing_recorded"
    sentence = gettext_noop(
        "Nothing is recorded yet. Import your records with “yuanliu import FILE --mapping NAME”, or"
        " receive a first lot."
    )
    status = 404


def resolve(ref: LotRef) -> models.Traceable:
    """Find the one traceable a reference means.

    Raises UnknownLot, AmbiguousNumber, NothingRecorded.
    """
    found = candidates(ref)
    if not found:
        if not models.Traceable.objects.exists():
            raise NothingRecorded
        raise UnknownLot(lot=str(ref))
    if len(found) > 1:
        shown = ", ".join(
            f"{lot.item}/{lot.number} ({lot.supplier or lot.id})"
            for lot in found[:CANDIDATES_SHOWN]
        )
        raise AmbiguousNumber(lot=str(ref), count=len(found), candidates=shown)
    return found[0]


def resolve_all(refs: Sequence[LotRef]) -> list[models.Traceable]:
    """Find several traceables, each once."""
    return list({lot.key: lot for lot in (resolve(ref) for ref in refs)}.values())


def candidates(ref: LotRef) -> list[models.Traceable]:
    """Give the living traceables a reference may mean; a lot's own number beats an alias."""
    living = models.Traceable.objects.filter(born_position__isnull=False)
    if ref.id:
        return list(living.filter(id=ref.id))
    names = models.Name.objects.filter(folded=folded(ref.number)).values("traceable")
    found = living.filter(id__in=names).order_by("key")
    if ref.item:
        found = found.filter(item=ref.item)
    if ref.supplier:
        found = found.filter(supplier=ref.supplier)
    lots = list(found[:PAGE_MAX])
    own = [lot for lot in lots if lot.number == ref.number]
    return own or lots


def search(text: str, *, limit: int = 50, offset: int = 0) -> list[Json]:
    """Find traceables by any number, whole or its beginning, or by `ITEM/LOT`; a page at a time."""
    limit, offset = max(0, min(limit, PAGE_MAX)), max(0, offset)
    ref = LotRef.parse(text) if text.strip() else LotRef()
    living = models.Traceable.objects.filter(born_position__isnull=False)
    if ref.id:
        found = living.filter(id=ref.id)
    elif ref.item:
        found = living.filter(_begins("number", ref.number), item=ref.item)
    elif ref.number:
        names = models.Name.objects.filter(_begins("folded", folded(ref.number)))
        found = living.filter(Q(id__in=names.values("traceable")) | Q(item=ref.number))
    else:
        found = living
    return [short(lot) for lot in found.order_by("item", "key")[offset : offset + limit]]


def _begins(column: str, text: str) -> Q:
    """Say that a column begins with a text, so that the database finds it by an index."""
    if not text:
        return Q()
    if connection.vendor == "postgresql":
        return Q(**{f"{column}__startswith": text})
    # SQLite sorts by bytes, and its LIKE would fold the case and read the whole table.
    return Q(**{f"{column}__gte": text, f"{column}__lt": text + "\U0010ffff"})


def short(lot: models.Traceable) -> Json:
    """Describe a traceable in short: identity, status, how much and where."""
    return {
        "id": lot.id,
        "kind": lot.kind,
        "item": lot.item,
        "number": lot.number,
        "supplier": lot.supplier,
        "disposition": lot.disposition,
        "quantity": amount(lot.content, lot.unit),
        "location": lot.place or None,
        "custodian": lot.party or None,
    }


def amount(value: str | None, unit: str) -> Json:
    """Describe an exact quantity: `value` is text, null where it is unknown."""
    return {"value": value, "unit": unit, "symbol": unit_of(unit).symbol}


def details(keys: Iterable[int]) -> dict[int, models.Traceable]:
    """Read traceables by key, with one statement for each 20,000."""
    table = bulk.table_of(models.Traceable, connection)
    rows = bulk.select_in(connection, table, "key", list(keys))
    made = (models.Traceable.from_db("default", list(table.columns), row) for row in rows)
    return {lot.key: lot for lot in made}


def balances(keys: Iterable[int]) -> dict[int, list[Json]]:
    """Read what is where for many traceables."""
    table = bulk.table_of(models.Balance, connection)
    found: dict[int, list[Json]] = {}
    for key, place, party, value in bulk.select_in(connection, table, "traceable", list(keys)):
        found.setdefault(key, []).append({"place": place, "party": party, "value": value})
    for spots in found.values():
        spots.sort(key=lambda spot: (spot["party"], spot["place"]))
    return found


def containers_among(keys: Iterable[int]) -> set[int]:
    """Tell which of these traceables are containers."""
    listed = sorted(keys)
    found: set[int] = set()
    for first in range(0, len(listed), bulk.CHUNK):
        among = listed[first : first + bulk.CHUNK]
        rows = models.Traceable.objects.filter(key__in=among, kind=TraceableKind.CONTAINER.value)
        found.update(rows.values_list("key", flat=True))
    return found


def lot_of(ref: LotRef) -> Json:
    """Describe one traceable in full: status, balances, names, contents, results, facts,
    exceptions.
    """
    lot = resolve(ref)
    names = models.Name.objects.filter(traceable=lot.id).exclude(scheme=OWN_NUMBER)
    inside = models.Content.objects.filter(parent=lot.id).order_by("child").values("child")
    children = models.Traceable.objects.filter(id__in=inside).order_by("key")[:PAGE_MAX]
    parents = {
        parent.id: parent
        for parent in models.Traceable.objects.filter(
            id__in=[name for name in (lot.container, lot.assembly) if name]
        )
    }
    return {
        **short(lot),
        "quality": lot.quality,
        "holds": loads(lot.holds),
        "expires": None if lot.expires is None else moments.iso(lot.expires),
        "balances": balances([lot.key]).get(lot.key, []),
        "aliases": list(
            names.order_by("scheme", "text", "party")
            .values("text", "scheme", "party")
            .distinct()[:PAGE_MAX]
        ),
        "container": short(parents[lot.container]) if lot.container in parents else None,
        "assembly": short(parents[lot.assembly]) if lot.assembly in parents else None,
        "contents": [short(child) for child in children],
        "results": results(lot.key),
        "facts": positions(lot.key),
        "exceptions": exceptions_of(lot.key),
    }


def results(key: int) -> list[Json]:
    """Read the latest results of a traceable that still count, at most 500."""
    found = models.ResultRow.objects.filter(traceable=key, superseded__isnull=True)
    columns = ("position", "stage", "characteristic", "value", "unit", "verdict")
    return list(found.order_by("position", "line").values(*columns)[:RESULTS_SHOWN])


def positions(key: int) -> list[int]:
    """Give the positions of the latest 200 facts that touched a traceable, oldest first."""
    found = models.History.objects.filter(traceable=key).order_by("-position")
    return sorted(found.values_list("position", flat=True)[:FACTS_SHOWN])


def exceptions_of(key: int) -> list[Json]:
    """Give the exceptions noted when facts about a traceable were recorded."""
    touching = models.History.objects.filter(traceable=key).values("position")
    found = models.Deviation.objects.filter(position__in=touching, superseded__isnull=True)
    return [_exception(row) for row in found.order_by("position", "line")[:PAGE_MAX]]


def exceptions(*, limit: int = 50, offset: int = 0, code: str = "") -> tuple[int, list[Json]]:
    """List the exceptions that stand, newest first, with how many there are in all."""
    found = models.Deviation.objects.filter(superseded__isnull=True)
    if code:
        found = found.filter(code=code)
    page = found.order_by("-position", "line")[offset : offset + min(limit, PAGE_MAX)]
    return found.count(), [_exception(row) for row in page]


def _exception(row: models.Deviation) -> Json:
    return {"position": row.position, "code": row.code, "facts": loads(row.facts)}
