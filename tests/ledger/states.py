"""The state of all traceables as a person would tell it: without positions, keys or when it was
known.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import transaction

from tests.factory import NOW, History, when
from yuanliu.genealogy.models import FOREVER, Flow, Stay
from yuanliu.ledger.append import writing
from yuanliu.ledger.facts import Draft, Fact
from yuanliu.ledger.read import facts_from
from yuanliu.lots.effects import births, changes_by_traceable
from yuanliu.lots.models import Balance, Content, Name, Traceable

TOLD_BY_POSITION = ("key", "born_position", "last_position")


@contextmanager
def undone() -> Iterator[None]:
    """Undo everything the block records."""
    with transaction.atomic():
        mark = transaction.savepoint()
        try:
            yield
        finally:
            transaction.savepoint_rollback(mark)


def state() -> dict[Any, Any]:
    """Tell everything there is of living traceables: what, where, in what, under which names."""
    rows = {row["key"]: row for row in Traceable.objects.values()}
    living = {row["id"] for row in rows.values() if row["born_position"] is not None}
    told: Counter[Any] = Counter()
    for row in rows.values():
        if row["id"] in living:
            seen = {name: value for name, value in row.items() if name not in TOLD_BY_POSITION}
            told["traceable", row["id"], str(seen)] += 1
    for balance in Balance.objects.values():
        traceable = rows[balance.pop("traceable")]["id"]
        told["balance", traceable, str(balance)] += traceable in living
    for name in Name.objects.exclude(scheme="number").values():
        name.pop("position")
        told["name", str(name)] += name["traceable"] in living
    for content in Content.objects.values():
        told["content", str(content)] += content["child"] in living
    for stay in Stay.objects.filter(known_to=FOREVER).values():
        child, parent = rows[stay["child"]]["id"], rows[stay["parent"]]["id"]
        times = (stay["start_from"], stay["start_to"], stay["end_from"], stay["end_to"])
        told["stay", stay["kind"], child, parent, times] += 1
    for flow in Flow.objects.filter(known_to=FOREVER).values():
        traceable = rows[flow["traceable"]]["id"] if flow["traceable"] else ""
        what = (flow["direction"], flow["quantity"], flow["unit"], flow["t_from"], flow["t_to"])
        told["flow", traceable, what] += 1
    return {fact: count for fact, count in told.items() if count}


def some_facts(seed: int, requests: int) -> list[Fact]:
    """Let a plant work for a while and give its facts, each at a time of its own, in order."""
    with undone():
        History(seed, share_late=0, share_corrected=0).write(requests)
        facts = list(facts_from())
    return [replace(fact, occurred=when(minute)) for minute, fact in enumerate(facts)]


def recorded(facts: Iterable[Fact]) -> list[Fact]:
    """Record facts anew, in this order, one to a transaction."""
    again = []
    for fact in facts:
        with writing(now=NOW) as work:
            again.append(work.record(draft_of(fact)))
    return again


def draft_of(fact: Fact, **changes: Any) -> Draft:
    """Decide once more what a fact told."""
    told = Draft(
        data=fact.data,
        occurred=fact.occurred,
        grade=fact.grade,
        provenance=fact.provenance,
        context=fact.context,
        conflicts=fact.conflicts,
    )
    return replace(told, **changes)


def mentioned(fact: Fact) -> set[str]:
    """Give the traceables a fact speaks of and does not bring into being."""
    told = set(changes_by_traceable(fact))
    for name in ("container", "assembly"):
        told |= {getattr(fact.data, name)} if hasattr(fact.data, name) else set()
    return told - set(births(fact.data))


def shuffled(facts: Sequence[Fact], chance: random.Random) -> list[Fact]:
    """Bring facts into a random order of arrival: none before what it speaks of is known at all."""
    known: set[str] = set()
    waiting, order = list(facts), []
    while waiting:
        possible = [
            fact
            for fact in waiting
            if mentioned(fact) <= known and (fact is waiting[0] or not _is_master_data(fact))
        ]
        first_master = next((fact for fact in waiting if _is_master_data(fact)), None)
        fact = first_master or chance.choice(possible)
        waiting.remove(fact)
        order.append(fact)
        known |= set(births(fact.data))
    return order


def _is_master_data(fact: Fact) -> bool:
    return fact.kind.endswith("_defined") and fact.kind != "vessel_defined"
