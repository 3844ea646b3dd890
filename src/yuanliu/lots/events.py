"""Facts about traceables (DESIGN §2).

Each carries everything that was decided, so that replay needs no rule.

Quantities are in the traceable's own unit; what was told in another unit is converted by the
action. A place is a code of master data; `party` is set where the goods are with somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity
from yuanliu.ledger.kinds import fact


class TraceableKind(Enum):
    """The four kinds of traceable."""

    LOT = "lot"
    UNIT = "unit"
    CONTAINER = "container"
    VESSEL = "vessel"


class Quality(Enum):
    """The quality status that judgement gives; holds come on top of it."""

    QUARANTINE = "quarantine"
    RELEASED = "released"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What a traceable is, told once, by the fact that brings it into being."""

    kind: TraceableKind
    item: str
    number: str
    unit: str
    supplier: str = ""
    expires: Moment | None = None
    quality: Quality = Quality.RELEASED


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """What comes out of a fact: a traceable, new (`birth`) or known, how much of it, and where it
    lies.
    """

    traceable: str
    quantity: Quantity
    place: str = ""
    birth: Birth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class In:
    """What goes into a fact: how much of a traceable, where it was taken from, and whether that was
    all.
    """

    traceable: str
    quantity: Quantity
    place: str = ""
    party: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How much of a traceable went from where to where, or from whom to whom.

    `anywhere`: all of it went, and nobody told from where. It was believed to be there; should a
    late fact say that it lay elsewhere of ours, or that there was less, that is what went.
    """

    traceable: str
    quantity: Quantity
    from_place: str = ""
    from_party: str = ""
    to_place: str = ""
    to_party: str = ""
    whole: bool = False
    anywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a process lost: material that went into no traceable."""

    quantity: Quantity
    reason: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Material came in from a supplier (R9, R10)."""

    KIND: ClassVar[str] = "received"
    VERSION: ClassVar[int] = 1
    outputs: tuple[Out, ...]
    supplier: str = ""
    delivery: str = ""
    origin: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """A process turned inputs into outputs, co-products, by-products and scrap (R14, R15)."""

    KIND: ClassVar[str] = "produced"
    VERSION: ClassVar[int] = 1
    outputs: tuple[Out, ...]
    inputs: tuple[In, ...] = ()
    scrap: tuple[Loss, ...] = ()


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class LotSplit:
    """Parts of a lot became lots of their own."""

    KIND: ClassVar[str] = "split"
    VERSION: ClassVar[int] = 1
    parent: In
    children: tuple[Out, ...]


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class LotsMerged:
    """Lots of one item became one lot."""

    KIND: ClassVar[str] = "merged"
    VERSION: ClassVar[int] = 1
    parents: tuple[In, ...]
    child: Out


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Relabelled:
    """A lot got a new identity: another number, or another item, as a grade change does.

    `components` are what was installed in it, and now is in the new one.
    """

    KIND: ClassVar[str] = "relabelled"
    VERSION: ClassVar[int] = 1
    parents: tuple[In, ...]
    children: tuple[Out, ...]
    components: tuple[str, ...] = ()


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Traceables went from place to place, with everything packed in them."""

    KIND: ClassVar[str] = "moved"
    VERSION: ClassVar[int] = 1
    moves: tuple[Move, ...]


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Children went into a container and share its place from now on (R27)."""

    KIND: ClassVar[str] = "packed"
    VERSION: ClassVar[int] = 1
    container: str
    children: tuple[str, ...]
    moves: tuple[Move, ...] = ()
    birth: Birth | None = None
    place: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Children came out of a container, and lie where it lay."""

    KIND: ClassVar[str] = "unpacked"
    VERSION: ClassVar[int] = 1
    container: str
    children: tuple[str, ...]


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A component became part of an assembly."""

    KIND: ClassVar[str] = "installed"
    VERSION: ClassVar[int] = 1
    component: str
    assembly: str
    moves: tuple[Move, ...] = ()


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A component was taken out of an assembly."""

    KIND: ClassVar[str] = "removed"
    VERSION: ClassVar[int] = 1
    component: str
    assembly: str
    moves: tuple[Move, ...] = ()


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class VesselDefined:
    """A tank, silo or hopper came into use, empty."""

    KIND: ClassVar[str] = "vessel_defined"
    VERSION: ClassVar[int] = 1
    vessel: Out


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class VesselFilled:
    """Material went into a tank, silo or hopper, on top of its heel (B10)."""

    KIND: ClassVar[str] = "filled"
    VERSION: ClassVar[int] = 1
    inputs: tuple[In, ...]
    vessel: Out


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class VesselDrawn:
    """Material came out of a vessel as lots."""

    KIND: ClassVar[str] = "drawn"
    VERSION: ClassVar[int] = 1
    vessel: In
    outputs: tuple[Out, ...]


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """Traceables left for a customer or dealer, with everything packed in them (R21)."""

    KIND: ClassVar[str] = "shipped"
    VERSION: ClassVar[int] = 1
    moves: tuple[Move, ...]
    party: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Goods came back from a party, as the same lot or as a lot of their own.

    `moves` are what was packed or installed in them and came along.
    """

    KIND: ClassVar[str] = "returned"
    VERSION: ClassVar[int] = 1
    parent: In
    child: Out
    reason: str = ""
    moves: tuple[Move, ...] = ()


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Scrapped:
    """Material was destroyed."""

    KIND: ClassVar[str] = "scrapped"
    VERSION: ClassVar[int] = 1
    inputs: tuple[In, ...]
    reason: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """A count found another quantity; `difference` is counted minus booked (None: it was not
    known).
    """

    KIND: ClassVar[str] = "adjusted"
    VERSION: ClassVar[int] = 1
    traceable: str
    counted: Quantity
    difference: Quantity | None
    place: str = ""
    party: str = ""
    reason: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A sample was taken; it is a traceable of its own where it is kept as one."""

    KIND: ClassVar[str] = "sampled"
    VERSION: ClassVar[int] = 1
    parent: In
    sample: Out | None = None
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One characteristic: the value as it was told, its unit code, limits and verdict (pass, fail
    or blank).
    """

    characteristic: str
    value: str
    unit: str = ""
    lower: str = ""
    upper: str = ""
    verdict: str = ""
    gauge: str = ""


class Stage(Enum):
    """When an inspection looks."""

    INCOMING = "incoming"
    IN_PROCESS = "in_process"
    OUTGOING = "outgoing"
    OTHER = "other"


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A traceable was inspected or its certificate was read (R35)."""

    KIND: ClassVar[str] = "inspected"
    VERSION: ClassVar[int] = 1
    traceable: str
    stage: Stage
    results: tuple[Result, ...]
    verdict: str = ""
    certificate: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Use of traceables was stopped; `hold` is the hold's own id."""

    KIND: ClassVar[str] = "held"
    VERSION: ClassVar[int] = 1
    hold: str
    traceables: tuple[str, ...]
    reason: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Use was allowed: the named holds are lifted, and the quality is what was judged.

    No quality: it stays what it was, as when only a hold is lifted from what waits for inspection.
    """

    KIND: ClassVar[str] = "released"
    VERSION: ClassVar[int] = 1
    traceables: tuple[str, ...]
    holds: tuple[str, ...] = ()
    quality: Quality | None = None
    reason: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Traceables were judged unfit."""

    KIND: ClassVar[str] = "rejected"
    VERSION: ClassVar[int] = 1
    traceables: tuple[str, ...]
    reason: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ParametersRecorded:
    """Process parameters of traceables were recorded; they stand in the fact's context (R16)."""

    KIND: ClassVar[str] = "parameters_recorded"
    VERSION: ClassVar[int] = 1
    traceables: tuple[str, ...]


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsRecorded:
    """Environment readings were recorded, for traceables or for the station in the fact's context
    (R17).
    """

    KIND: ClassVar[str] = "readings_recorded"
    VERSION: ClassVar[int] = 1
    traceables: tuple[str, ...] = ()


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRegistered:
    """Another number for a traceable: a supplier's, another system's or a historical one (R12)."""

    KIND: ClassVar[str] = "alias_registered"
    VERSION: ClassVar[int] = 1
    traceable: str
    text: str
    scheme: str = ""
    party: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class FactRetracted:
    """An earlier fact did not happen; the ledger names it as superseded."""

    KIND: ClassVar[str] = "retracted"
    VERSION: ClassVar[int] = 1
