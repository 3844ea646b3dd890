"""A fact: what happened, when, how we know, under which circumstances, and who told us (DESIGN
§2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from yuanliu.base import codec, moments
from yuanliu.base.moments import Moment
from yuanliu.ledger.kinds import read_data


class Grade(Enum):
    """The evidence grade: how a link is known (B2)."""

    SCANNED = "scanned"
    DECLARED = "declared"
    INFERRED = "inferred"

    @property
    def rank(self) -> int:
        """Order the grades: 3 scanned, 2 declared, 1 inferred."""
        return _RANKS[self]


_RANKS = {Grade.SCANNED: 3, Grade.DECLARED: 2, Grade.INFERRED: 1}
GRADE_OF_RANK = {rank: grade for grade, rank in _RANKS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A parameter or environment value as it was told: text, its unit code and the gauge that gave
    it.
    """

    value: str
    unit: str = ""
    gauge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The circumstances of a fact, 5M1E (R16, R17): all members are codes of master data, or
    readings.
    """

    people: tuple[str, ...] = ()
    team: str = ""
    equipment: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    gauges: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    station: str = ""
    step: str = ""
    orders: tuple[str, ...] = ()
    parameters: Mapping[str, Reading] = field(default_factory=dict)
    environment: Mapping[str, Reading] = field(default_factory=dict)
    note: str = ""


NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who told the ledger, through what, and exactly what was told (R69)."""

    actor: str
    channel: str
    device: str = ""
    ip: str = ""
    key: str = ""
    digest: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A fact decided but not yet recorded."""

    data: Any
    occurred: Moment
    grade: Grade
    provenance: Provenance
    context: Context = NO_CONTEXT
    conflicts: tuple[Mapping[str, Any], ...] = ()
    supersedes: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact as it stands in the ledger at `position`; `recorded` is microseconds since 1970
    UTC.
    """

    position: int
    recorded: int
    data: Any
    occurred: Moment
    grade: Grade
    provenance: Provenance
    context: Context = NO_CONTEXT
    conflicts: tuple[Mapping[str, Any], ...] = ()
    supersedes: int | None = None
    reason: str = ""

    @property
    def kind(self) -> str:
        """Give the kind's name."""
        return str(self.data.KIND)

    @property
    def order(self) -> tuple[int, int, int]:
        """Sort facts as the floor lived them: by floor time, then as they were recorded.

        A correction stands where the fact stood that it supersedes.
        """
        place = self.position if self.supersedes is None else self.supersedes
        return (self.occurred.start, self.occurred.end, place)


def body_of(fact: Fact) -> dict[str, Any]:
    """Write a fact as the JSON values the ledger keeps and hashes; the position is its place, not
    its body.
    """
    body: dict[str, Any] = {
        "kind": fact.data.KIND,
        "version": fact.data.VERSION,
        "occurred": str(fact.occurred),
        "recorded": moments.iso(fact.recorded),
        "grade": fact.grade.value,
        "by": codec.encode(fact.provenance),
        "data": codec.encode(fact.data),
    }
    if fact.context != NO_CONTEXT:
        body["context"] = codec.encode(fact.context)
    if fact.conflicts:
        body["conflicts"] = [dict(conflict) for conflict in fact.conflicts]
    if fact.supersedes is not None:
        body["supersedes"] = fact.supersedes
        body["reason"] = fact.reason
    return body


def fact_of(position: int, body: Mapping[str, Any]) -> Fact:
    """Read a fact back from its body.

    Raises UnknownKind, or Malformed for a value that cannot be read.
    """
    return Fact(
        position=position,
        recorded=moments.parse(body["recorded"]).start,
        data=read_data(body["kind"], body["version"], body["data"]),
        occurred=moments.parse(body["occurred"]),
        grade=Grade(body["grade"]),
        provenance=codec.decode(Provenance, body["by"]),
        context=codec.decode(Context, body["context"]) if "context" in body else NO_CONTEXT,
        conflicts=tuple(body.get("conflicts", ())),
        supersedes=body.get("supersedes"),
        reason=body.get("reason", ""),
    )
