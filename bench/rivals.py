"""What a trace is compared with: the recursive SQL that a good engineer writes by hand, and
networkx.

The SQL answers the same question over the same tables and indexes: which traceables are reached,
and when each first was (backward: last contributed). It goes from traceables to facts and on to
traceables, so that a fact with m inputs and n outputs is m + n rows and not m·n, it deduplicates
with UNION, and it follows assemblies. It is what was fastest of the forms tried on both
databases. networkx has its graph in memory beforehand, and knows no time: it may reach more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper

from bench.generator import History

FOREVER = 2**63 - 1

FORWARD = """
WITH RECURSIVE reached(is_fact, id, at) AS (
  SELECT 0, {seed}, {always}
  UNION
  {step}
)
SELECT id, min(at) FROM reached WHERE is_fact = 0 GROUP BY id
"""
FORWARD_STEPS = (
    """SELECT 1 AS is_fact, f.fact AS id, {later}(r.at, f.t_from) AS at
  FROM {from_reached} genealogy_flow f {on} r.is_fact = 0 AND f.direction = 0 AND f.traceable = r.id
   AND f.t_to >= r.at AND f.known_to = {forever}""",
    """SELECT 0, f.traceable, r.at
  FROM {from_reached} genealogy_flow f {on} r.is_fact = 1 AND f.direction = 1 AND f.fact = r.id
   AND f.traceable <> 0 AND f.known_to = {forever}""",
    """SELECT 0, s.parent, {later}(r.at, s.start_from)
  FROM {from_reached} genealogy_stay s {on} r.is_fact = 0 AND s.child = r.id AND s.kind = 2
   AND s.end_to >= r.at AND s.known_to = {forever}""",
)
BACKWARD = FORWARD.replace("min(at)", "max(at)").replace("{always}", "{forever}")
BACKWARD_STEPS = (
    """SELECT 1 AS is_fact, f.fact AS id, {earlier}(r.at, f.t_to) AS at
  FROM {from_reached} genealogy_flow f {on} r.is_fact = 0 AND f.direction = 1 AND f.traceable = r.id
   AND f.t_from <= r.at AND f.known_to = {forever}""",
    """SELECT 0, f.traceable, r.at
  FROM {from_reached} genealogy_flow f {on} r.is_fact = 1 AND f.direction = 0 AND f.fact = r.id
   AND f.known_to = {forever}""",
    """SELECT 0, s.child, {earlier}(r.at, s.end_to)
  FROM {from_reached} genealogy_stay s {on} r.is_fact = 0 AND s.parent = r.id AND s.kind = 2
   AND s.start_from <= r.at AND s.known_to = {forever}""",
)


def recursive_sql(vendor: str, *, forward: bool) -> str:
    """Write the statement; its one parameter is the seed's key."""
    whole, steps = (FORWARD, FORWARD_STEPS) if forward else (BACKWARD, BACKWARD_STEPS)
    words: dict[str, Any] = {"forever": FOREVER, "always": -FOREVER}
    if vendor == "sqlite":
        words |= {"later": "max", "earlier": "min", "seed": "%s"}
        words |= {"from_reached": "reached r CROSS JOIN", "on": "ON"}
        step = "\n  UNION\n  ".join(steps)
    else:
        # PostgreSQL lets the recursive part name `reached` only once.
        words |= {"later": "greatest", "earlier": "least", "seed": "%s::bigint"}
        words |= {"from_reached": "", "on": "WHERE"}
        words |= {"forever": f"{FOREVER}::bigint", "always": f"-{FOREVER}::bigint"}
        every = "\n  UNION ALL\n  ".join(steps)
        step = f"SELECT n.* FROM reached r CROSS JOIN LATERAL ({every}) n"
    return whole.replace("{step}", step).format(**words)


def by_recursive_sql(
    connection: BaseDatabaseWrapper, seed: int, *, forward: bool
) -> Sequence[tuple[int, int]]:
    """Reach everything from a seed: rows of key and moment."""
    with connection.cursor() as cursor:
        cursor.execute(recursive_sql(connection.vendor, forward=forward), [seed])
        rows: Sequence[tuple[int, int]] = cursor.fetchall()
        return rows


def graph(history: History) -> Any:
    """Build a networkx graph: lots are their keys, facts are negative numbers, edges go with
    material.
    """
    import networkx

    flows = history.flows.take(history.facts.superseded[history.flows.fact] == 0)
    lot, fact = flows.lot + 1, -1 - flows.fact
    into = flows.direction == 0
    made = networkx.DiGraph()
    edges = zip(np.where(into, lot, fact).tolist(), np.where(into, fact, lot).tolist(), strict=True)
    made.add_edges_from(edges)
    stays = history.stays.take(history.stays.kind == 2)
    made.add_edges_from(zip((stays.child + 1).tolist(), (stays.parent + 1).tolist(), strict=True))
    return made


def by_networkx(made: Any, seed: int, *, forward: bool) -> set[int]:
    """Reach everything from a seed: the set of lots, whatever the times."""
    import networkx

    search = networkx.descendants if forward else networkx.ancestors
    return {node for node in search(made, seed) if node > 0} | {seed}
