"""Find everything whose material went into the seeds: the forward search in mirrored time
(DESIGN §3, rule 1).

A label says when a traceable contributes: `first` is the latest moment at which it can have,
`sure` the latest at which it certainly did (ALWAYS: never for certain). A flow out of a fact
that happened in [a, b] into traceable t is followed back if a <= first[t]; what went into the
fact contributes at min(first[t], b), and surely at a if b <= sure[t]. An assembly is contributed
to by the components that were installed in it before; a component is not contributed to by its
assembly.
"""

from __future__ import annotations

from yuanliu.trace import forward
from yuanliu.trace.forward import Limits, Reach, Seeds, Touched
from yuanliu.trace.source import (
    Columns,
    FlowSource,
    Mirrored,
    mirrored_flows,
    mirrored_stays,
)


def reach(
    source: FlowSource,
    seeds: Seeds,
    *,
    limits: Limits | None = None,
    columns: Columns = Columns.LINKS,
) -> Reach:
    """Find everything that went into the seeds, with when, how surely and over what evidence.

    `taken` are then all flows into the reached traceables, and `made` all flows into the reached
    facts. Time and memory are proportional to the answer; source calls to its depth. Source:
    DESIGN §3, B1, B2.
    """
    mirrored = Seeds(seeds.keys, -seeds.moment)
    answer = forward.reach(Mirrored(source), mirrored, limits=limits, columns=columns)
    return Reach(
        traceables=_mirrored(answer.traceables),
        facts=_mirrored(answer.facts),
        taken=mirrored_flows(answer.taken),
        made=mirrored_flows(answer.made),
        installed=mirrored_stays(answer.installed),
        stays=mirrored_stays(answer.stays),
        truncated=answer.truncated,
        frontier=answer.frontier,
    )


def _mirrored(touched: Touched) -> Touched:
    return Touched(touched.keys, -touched.first, -touched.sure, touched.depth, touched.grade)
