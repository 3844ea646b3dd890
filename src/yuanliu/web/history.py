"""Tell what happened to a lot, newest first, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models.functions import Length

from yuanliu.ledger.facts import Fact
from yuanliu.ledger.models import Entry
from yuanliu.ledger.read import facts_at

Json = dict[str, Any]

FACTS_SHOWN = 100
CHARACTERS_MAX = 50_000
"""A fact with thousands of lots is not read whole: kind, time and evidence are known without."""


def history_of(shown: Json, *traces: Json) -> list[Json]:
    """Tell the latest facts that touched a lot, with the lots to which the traces link it."""
    names = {other["id"]: other for answer in traces for other in answer["traceables"]}
    links = {fact["position"]: fact for answer in traces for fact in answer["facts"]}
    entries = Entry.objects.filter(position__in=shown["facts"][-FACTS_SHOWN:])
    sized = list(entries.values_list("position", "kind", Length("body")))
    read = facts_at([position for position, _kind, size in sized if size <= CHARACTERS_MAX])
    told = {fact.position: _told(fact) for fact in read}
    rows = []
    for position, kind, _size in sorted(sized, reverse=True):
        link = links.get(position, {})
        row = told.get(position) or _in_short(position, kind, link)
        for side in ("inputs", "outputs"):
            others = (names[other] for other in link.get(side, ()) if other in names)
            row[side] = _some(other for other in others if other["id"] != shown["id"])
        rows.append(row)
    return rows


def _some(lots: Iterable[Json], most: int = 6) -> list[Json]:
    """Take the first few: one more than a row shows, so that it can say there are more."""
    return [lot for lot, _ in zip(lots, range(most), strict=False)]


def _told(fact: Fact) -> Json:
    """Tell what, when, under which circumstances, by whom."""
    context = fact.context
    return {
        "position": fact.position,
        "kind": fact.kind,
        "occurred": str(fact.occurred),
        "grade": fact.grade.value,
        "supersedes": fact.supersedes,
        "reason": fact.reason or getattr(fact.data, "reason", ""),
        "actor": fact.provenance.actor,
        "channel": fact.provenance.channel,
        "circumstances": [
            *context.people,
            context.team,
            *context.equipment,
            *context.tools,
            *context.gauges,
            *context.documents,
            context.station,
            *context.orders,
            context.note,
        ],
        "readings": [*context.parameters.items(), *context.environment.items()],
    }


def _in_short(position: int, kind: str, link: Mapping[str, Any]) -> Json:
    """Tell a large fact by what the trace knows of it."""
    context = link.get("context", ())
    return {
        "position": position,
        "kind": kind,
        "occurred": link.get("occurred", ""),
        "grade": link.get("grade", ""),
        "supersedes": link.get("supersedes"),
        "reason": "",
        "actor": "–",
        "channel": "",
        "circumstances": [part["code"] for part in context if not part["value"]],
        "readings": [(part["code"], part) for part in context if part["value"]],
    }
