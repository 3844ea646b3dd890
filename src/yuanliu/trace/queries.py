"""Ask the ledger's genealogy: the one way the doors and the recall get a trace.

What comes back is one stable JSON object, described in `docs/reference/json.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection

from yuanliu.base import moments
from yuanliu.base.quantity import plain
from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.base.units import DIMENSIONS, unit_of
from yuanliu.genealogy.flows import KIND_CODES
from yuanliu.genealogy.models import FOREVER, Circumstance, Direction, Happening
from yuanliu.ledger import bulk
from yuanliu.ledger.facts import GRADE_OF_RANK
from yuanliu.lots import models, queries
from yuanliu.lots.events import TraceableKind
from yuanliu.lots.requests import LotRef
from yuanliu.lots.state import Spot
from yuanliu.trace import answer as answers
from yuanliu.trace.amounts import Amounts
from yuanliu.trace.answer import Trace
from yuanliu.trace.asof import AsOf, as_of_position
from yuanliu.trace.balance import Balance, SeedFlow, added, balance
from yuanliu.trace.excerpt import MASS_MEASURE
from yuanliu.trace.source import ALWAYS, PACKED, Columns, FlowSource, Ints, ints
from yuanliu.trace.sql import SqlFlows

Json = dict[str, Any]
CONTAINER = TraceableKind.CONTAINER.value


class ContainerEmpty(Refusal):
    """Say that there is nothing in a container to trace."""

    code = "container_empty"
    sentence = gettext_noop("There is nothing in container %(lot)s. Name the lots that were in it.")
    status = 404


BASE_UNITS = {
    "mass": "KGM",
    "volume": "LTR",
    "length": "MTR",
    "area": "MTK",
    "count": "H87",
    "time": "SEC",
}
ORIGINS = frozenset((KIND_CODES["received"], KIND_CODES["produced"]))


@dataclass(frozen=True, slots=True)
class Traced:
    """A trace with what its keys stand for."""

    seeds: Sequence[models.Traceable]
    direction: answers.Direction
    as_of: AsOf | None
    answer: Trace
    lots: Mapping[int, models.Traceable]
    source: FlowSource


def run(refs: Sequence[LotRef], direction: str, *, as_of: str | int | None = None) -> Traced:
    """Trace lots and read what the reached keys stand for.

    A container stands for what is packed in it. Raises UnknownLot, AmbiguousNumber,
    NothingRecorded, ContainerEmpty, Malformed, NothingKnownYet.
    """
    seeds = queries.resolve_all(refs)
    cut = as_of_position(as_of)
    position = None if cut is None else cut.position
    way = answers.Direction(direction)
    source = SqlFlows(connection, position)
    keys = _contents(source, [seed.key for seed in seeds if seed.kind == CONTAINER])
    keys |= {seed.key for seed in seeds if seed.kind != CONTAINER}
    if not keys:
        raise ContainerEmpty(lot=str(seeds[0]))
    found = answers.trace(source, sorted(keys), way, as_of=position, origin_kinds=ORIGINS)
    reached = {*found.traceables.keys.tolist(), *found.carriers.container.tolist()}
    lots = queries.details(sorted(reached))
    return Traced([lots[key] for key in sorted(keys)], way, cut, found, lots, source)


def _contents(source: FlowSource, containers: Sequence[int]) -> set[int]:
    """Give what is packed in containers, however deep: a container's material is that of its
    contents.
    """
    found: set[int] = set()
    inside = set(containers)
    opened: set[int] = set()
    while inside:
        opened |= inside
        stays = source.children(ints(sorted(inside)))
        now = stays.take((stays.kind == PACKED) & (stays.end_to == FOREVER))
        children = set(now.child.tolist())
        holders = queries.containers_among(children)
        found |= children - holders
        inside = holders - opened
    return found


def trace_of(refs: Sequence[LotRef], direction: str, as_of: str | int | None = None) -> Json:
    """Trace lots forward or backward and describe the whole answer."""
    return describe(run(refs, direction, as_of=as_of))


def describe(traced: Traced) -> Json:
    """Write a trace as the JSON object of the contract."""
    found = traced.answer
    rows = _flow_rows(found.traceables.keys.tolist(), traced.as_of)
    return {
        "seeds": [queries.short(seed) for seed in traced.seeds],
        "direction": traced.direction.value,
        "as_of": traced.as_of.as_json() if traced.as_of else None,
        "complete": found.complete,
        "truncated": found.truncated,
        "open_ends": _open_ends(traced),
        "counts": {
            "traceables": found.counts.traceables,
            "facts": found.counts.facts,
            "depth": found.counts.depth,
        },
        "traceables": _traceables(traced, _entered(rows)),
        "facts": _facts(traced),
        "balance": _balance(traced, rows),
    }


def _open_ends(traced: Traced) -> list[Json]:
    return [
        {"reason": end.kind.value, "traceable": _name(traced.lots[key])}
        for end in traced.answer.open_ends
        for key in end.keys.tolist()
    ]


def _name(lot: models.Traceable) -> Json:
    return {"id": lot.id, "item": lot.item, "number": lot.number}


def _traceables(traced: Traced, entered: Mapping[int, Decimal | None]) -> list[Json]:
    """Describe what was reached, the seeds first, then by distance and by contact."""
    found = traced.answer
    touched = found.traceables
    order = np.lexsort((touched.keys, touched.first, touched.depth))
    installed = _installed(found)
    carriers = _carriers(traced)
    described = []
    for row in order.tolist():
        key = int(touched.keys[row])
        lot = traced.lots[key]
        first = int(touched.first[row])
        described.append(
            {
                **queries.short(lot),
                "depth": int(touched.depth[row]),
                "grade": GRADE_OF_RANK[int(touched.grade[row])].value,
                "first_contact": None if abs(first) >= -ALWAYS else moments.iso(first),
                "amount": _amount(found.amounts, row, traced),
                "remaining": _remaining(found.amounts, row),
                "entered": _entered_json(entered.get(key, Decimal(0)), lot),
                "estimated": _flag(found.amounts, row),
                "widened": bool(found.widened[row]),
                "installed": installed.get(key),
                "containers": carriers.get(key, []),
            }
        )
    return described


def _entered_json(value: Decimal | None, lot: models.Traceable) -> Json:
    return queries.amount(None if value is None else plain(value), lot.unit)


def _amount(amounts: Any, row: int, traced: Traced) -> Json | None:
    if not isinstance(amounts, Amounts):
        return None
    dimension = int(amounts.measure[row])
    if traced.direction is answers.Direction.FORWARD:
        unit = _measure_unit(int(amounts.measure[_first_seed(traced)]))
    else:
        unit = _measure_unit(dimension)
    if unit is None:
        return None
    entered = amounts.entered
    return {
        "value": _number(entered.value[row]),
        "lower": _number(entered.lower[row]),
        "upper": _number(entered.upper[row]),
        "unit": unit,
    }


def _first_seed(traced: Traced) -> int:
    keys = traced.answer.traceables.keys
    return int(np.flatnonzero(keys == traced.seeds[0].key)[0])


def _measure_unit(dimension: int) -> str | None:
    if dimension == MASS_MEASURE:
        return BASE_UNITS["mass"]
    return BASE_UNITS[DIMENSIONS[dimension]] if 0 <= dimension < len(DIMENSIONS) else None


def _remaining(amounts: Any, row: int) -> float | None:
    if not isinstance(amounts, Amounts) or amounts.remaining is None:
        return None
    return _number(amounts.remaining.value[row])


def _number(value: float) -> float | None:
    """Write a share as a number; JSON knows neither NaN (unknown) nor infinity (unbounded)."""
    return float(value) if np.isfinite(value) else None


def _flag(amounts: Any, row: int) -> bool:
    return isinstance(amounts, Amounts) and bool(amounts.estimated[row])


def _installed(found: Trace) -> dict[int, str]:
    """Tell of each assembly whether a part is still in it."""
    states: dict[int, str] = {}
    stays = found.installed
    for parent, end in zip(stays.parent.tolist(), stays.end_to.tolist(), strict=True):
        if end == FOREVER or parent not in states:
            states[parent] = "in" if end == FOREVER else "removed"
    return states


def _carriers(traced: Traced) -> dict[int, list[Json]]:
    """Name the containers that carry each traceable now, innermost first."""
    carriers = traced.answer.carriers
    now = carriers.take(np.flatnonzero(carriers.now))
    found: dict[int, list[Json]] = {}
    for row in np.argsort(now.level, kind="stable").tolist():
        container = traced.lots[int(now.container[row])]
        found.setdefault(int(now.traceable[row]), []).append(_name(container))
    return found


def _facts(traced: Traced) -> list[Json]:
    """Describe the reached facts in the order of the ledger, with their links and circumstances."""
    facts = np.sort(traced.answer.facts.keys)
    ids = {key: lot.id for key, lot in traced.lots.items()}
    reached = np.sort(traced.answer.traceables.keys)
    going_in = _links(traced.source.inputs(facts, Columns.LINKS), reached, ids)
    coming_out = _links(traced.source.outputs(facts, Columns.LINKS), reached, ids)
    context = _circumstances(facts)
    happenings = bulk.table_of(Happening, connection)
    rows = bulk.select_in(connection, happenings, "fact", facts.tolist())
    described = []
    for fact, kind, t_from, t_to, grade, recorded, supersedes, _known_to in sorted(rows):
        described.append(
            {
                "position": fact,
                "kind": kind,
                "occurred": str(moments.Moment(t_from, t_to)),
                "recorded": moments.iso(recorded),
                "grade": GRADE_OF_RANK[grade].value,
                "supersedes": supersedes,
                "inputs": going_in.get(fact, []),
                "outputs": coming_out.get(fact, []),
                "context": context.get(fact, []),
            }
        )
    return described


def _links(flows: Any, reached: Ints, ids: Mapping[int, str]) -> dict[int, list[str]]:
    """List by fact the ids of the reached traceables it links, each once."""
    at = np.minimum(np.searchsorted(reached, flows.traceable), len(reached) - 1)
    kept = reached[at] == flows.traceable
    pairs = np.unique(np.stack([flows.fact[kept], flows.traceable[kept]]), axis=1)
    found: dict[int, list[str]] = {}
    for fact, key in zip(pairs[0].tolist(), pairs[1].tolist(), strict=True):
        found.setdefault(fact, []).append(ids[key])
    return found


def _circumstances(facts: Ints) -> dict[int, list[Json]]:
    table = bulk.table_of(Circumstance, connection)
    found: dict[int, list[Json]] = {}
    for fact, _line, role, code, value, unit in sorted(
        bulk.select_in(connection, table, "fact", facts.tolist())
    ):
        found.setdefault(fact, []).append(
            {"role": role, "code": code, "value": value, "unit": unit}
        )
    return found


# Exact quantities


FlowRow = tuple[int, int, int, int, str | None]


def _flow_rows(keys: Sequence[int], as_of: AsOf | None) -> list[FlowRow]:
    """Read (fact, direction, traceable, kind, quantity) of all flows of the traceables."""
    position = FOREVER - 1 if as_of is None else as_of.position
    found: list[FlowRow] = []
    for first in range(0, len(keys), bulk.CHUNK):
        among, parameter = bulk.members(connection, "bigint", keys[first : first + bulk.CHUNK])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT fact, direction, traceable, kind, quantity FROM genealogy_flow"
                f" WHERE traceable {among} AND known_from <= %s AND known_to > %s",
                [parameter, position, position],
            )
            found.extend(cursor.fetchall())
    return found


def _entered(rows: Sequence[FlowRow]) -> dict[int, Decimal | None]:
    """Add up exactly what ever came into each traceable (None: some of it is unknown).

    What a count found is not counted, nor what came back to the lot it had left.
    """
    returned = KIND_CODES["returned"]
    own = {(row[0], row[2]) for row in rows if row[3] == returned and row[1] == Direction.IN}
    totals: dict[int, Decimal | None] = {}
    for fact, direction, key, kind, quantity in rows:
        if direction != Direction.OUT or kind == KIND_CODES["adjusted"]:
            continue
        if kind == returned and (fact, key) in own:
            continue
        before = totals.get(key, Decimal(0))
        if before is None or quantity is None:
            totals[key] = None
        else:
            totals[key] = before + Decimal(quantity)
    return totals


def _balance(traced: Traced, rows: Sequence[FlowRow]) -> Json:
    """Balance the seeds: each one, and all together where they share a unit."""
    keys = {seed.key for seed in traced.seeds}
    flows: dict[int, list[SeedFlow]] = {key: [] for key in keys}
    for fact, direction, key, kind, quantity in rows:
        if key in keys:
            exact = None if quantity is None else Decimal(quantity)
            flows[key].append(SeedFlow(fact, direction == Direction.IN, kind, exact))
    stocks = _stocks(keys) if traced.as_of is None else _stocks_then(flows)
    each: list[tuple[models.Traceable, Balance]] = [
        (seed, balance(flows[seed.key], stocks[seed.key], unit=unit_of(seed.unit).symbol))
        for seed in traced.seeds
    ]
    total = added([one for _seed, one in each])
    return {
        **(total.as_json() if total else {"closed": all(one.closed for _seed, one in each)}),
        "seeds": [{**_name(seed), **one.as_json()} for seed, one in each],
    }


Stocks = dict[int, dict[Spot, Decimal | None]]


def _stocks(keys: set[int]) -> Stocks:
    found: Stocks = {key: {} for key in keys}
    for key, spots in queries.balances(sorted(keys)).items():
        for spot in spots:
            value = None if spot["value"] is None else Decimal(spot["value"])
            found[key][Spot(spot["place"], spot["party"])] = value
    return found


def _stocks_then(flows: Mapping[int, Sequence[SeedFlow]]) -> Stocks:
    """Work out what was left then from the flows that were known; where it lay is not told
    apart.
    """
    found: Stocks = {}
    for key, listed in flows.items():
        left: Decimal | None = Decimal(0)
        for flow in listed:
            if left is None or flow.quantity is None:
                left = None
            else:
                left += -flow.quantity if flow.into_fact else flow.quantity
        found[key] = {Spot(): left}
    return found
