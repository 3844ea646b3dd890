"""Read the flows, stays and circumstances out of a fact. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yuanliu.base.quantity import Quantity
from yuanliu.ledger.facts import Context, Fact
from yuanliu.lots import events
from yuanliu.lots.effects import inputs, outputs

KIND_CODES = {
    "received": 1,
    "produced": 2,
    "split": 3,
    "merged": 4,
    "relabelled": 5,
    "filled": 6,
    "drawn": 7,
    "returned": 8,
    "scrapped": 9,
    "adjusted": 10,
    "sampled": 11,
    "serialised": 12,
}
"""The small number under which flows keep the kind of their fact."""


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One flow of a fact: the traceable ("" for scrap), whether it goes in, and how much."""

    traceable: str
    into_fact: bool
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class StayChange:
    """A child goes into a parent, or comes out of it."""

    child: str
    parent: str
    installed: bool
    starts: bool


@dataclass(frozen=True, slots=True)
class StayLine:
    """How long a child was in a parent: from the fact `start` until `end`, None while it lasts."""

    change: StayChange
    start: Fact
    end: Fact | None = None


@dataclass(frozen=True, slots=True)
class CircumstanceLine:
    """One thing that bore on a fact."""

    role: str
    code: str
    value: str = ""
    unit: str = ""


def flow_lines(data: Any) -> Iterator[FlowLine]:
    """List a fact's flows in the order of its body; nothing that is no material flow."""
    if isinstance(data, events.VesselDefined):
        return
    if isinstance(data, events.Adjusted):
        yield from _count_difference(data)
        return
    for taken in inputs(data):
        yield FlowLine(taken.traceable, into_fact=True, quantity=taken.quantity)
    for out in outputs(data):
        yield FlowLine(out.traceable, into_fact=False, quantity=out.quantity)
    if isinstance(data, events.Produced):
        for loss in data.scrap:
            yield FlowLine("", into_fact=False, quantity=loss.quantity)


def _count_difference(data: events.Adjusted) -> Iterator[FlowLine]:
    # A count of what was unknown moves nothing: it only makes known what was there.
    if data.difference is None or data.difference.value is None:
        return
    found = data.difference.value > 0
    quantity = Quantity(data.difference.value.copy_abs(), data.difference.unit)
    yield FlowLine(data.traceable, into_fact=not found, quantity=quantity)


def stay_changes(data: Any) -> Iterator[StayChange]:
    """List what a fact puts into containers and assemblies, or takes out."""
    if isinstance(data, events.Packed | events.Unpacked):
        starts = isinstance(data, events.Packed)
        for child in data.children:
            yield StayChange(child, data.container, installed=False, starts=starts)
    elif isinstance(data, events.Installed | events.Removed):
        starts = isinstance(data, events.Installed)
        yield StayChange(data.component, data.assembly, installed=True, starts=starts)
    elif isinstance(data, events.Relabelled):
        for component in data.components:
            yield StayChange(component, data.children[0].traceable, installed=True, starts=True)


def stay_lines(child: str, facts: Sequence[Fact]) -> list[StayLine]:
    """Pair what put a child somewhere with what took it out again.

    `facts` are those of the child that count, in the order of the floor. A child is in one
    container and in one assembly at a time: whatever comes next ends the stay before, whether it
    names the same parent or not, and what never began cannot end. So says the child's state, too.
    """
    lines: list[StayLine] = []
    lasting: dict[bool, int] = {}
    for fact in facts:
        for change in stay_changes(fact.data):
            if change.child != child:
                continue
            at = lasting.pop(change.installed, None)
            if at is not None:
                lines[at] = replace(lines[at], end=fact)
            if change.starts:
                lasting[change.installed] = len(lines)
                lines.append(StayLine(change, fact))
    return lines


def circumstances(fact: Fact) -> Iterator[CircumstanceLine]:
    """List who, which machine, which document, which reading and which party bore on a fact
    (R17).
    """
    context: Context = fact.context
    for role, codes in (
        ("person", context.people),
        ("equipment", context.equipment),
        ("tool", context.tools),
        ("gauge", context.gauges),
        ("document", context.documents),
        ("order", context.orders),
    ):
        for code in codes:
            yield CircumstanceLine(role, code)
    for role, text in (
        ("team", context.team),
        ("station", context.station),
        ("step", context.step),
        ("supplier", getattr(fact.data, "supplier", "")),
        ("delivery", getattr(fact.data, "delivery", "")),
        ("origin", getattr(fact.data, "origin", "")),
        ("party", _party(fact.data)),
    ):
        if text:
            yield CircumstanceLine(role, text)
    for role, readings in (("parameter", context.parameters), ("environment", context.environment)):
        # The ledger's canonical form sorts names; so must this, or a replay would number them anew.
        for name, reading in sorted(readings.items()):
            yield CircumstanceLine(role, name, reading.value, reading.unit)
            if reading.gauge:
                yield CircumstanceLine("gauge", reading.gauge, name)
    if isinstance(fact.data, events.Inspected):
        for result in fact.data.results:
            if result.gauge:
                yield CircumstanceLine("gauge", result.gauge, result.characteristic)


def _party(data: Any) -> str:
    if isinstance(data, events.Returned):
        return data.parent.party
    return str(getattr(data, "party", ""))
