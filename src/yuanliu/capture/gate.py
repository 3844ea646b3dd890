"""The one gate in: who asks, which key, what happened, and then the action (DESIGN §1).

A group is one request: its calls are recorded together or not at all. A batch of groups shares one
transaction, one lock and a few statements for reading; a refused group leaves the others untouched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from yuanliu.base.canonical import CanonicalError, canonical
from yuanliu.base.codec import encode
from yuanliu.base.moments import Moment
from yuanliu.base.refusal import Malformed, NotAllowed, Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.capture.binding import TEXT_LENGTH_MAX, bind
from yuanliu.ledger.append import Receipt, Writing, writing
from yuanliu.ledger.desk import ActionKind, Capture, Desk, actions
from yuanliu.ledger.facts import NO_CONTEXT, Context, Grade, Provenance
from yuanliu.ledger.judge import Tense
from yuanliu.ledger.receipts import receipts
from yuanliu.lots.projector import lots
from yuanliu.lots.refusals import InTheFuture
from yuanliu.lots.requests import LotRef, NewLot
from yuanliu.masterdata.projector import master

CLOCK_SKEW_MAX = 5 * 60 * 1_000_000
KEY_LENGTH_MAX = 200


class UnknownAction(Refusal):
    """Say that there is no such action."""

    code = "unknown_action"
    sentence = gettext_noop("There is no action “%(action)s”.")
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who stands at the door: actor, channel, device, address, and what they may do."""

    actor: str
    channel: str
    device: str = ""
    ip: str = ""
    may_write: frozenset[str] = frozenset()

    def may(self, action: str) -> bool:
        """Tell whether the caller may take the action; `*` is every action."""
        return "*" in self.may_write or action in self.may_write


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One action to take: its name, JSON arguments, floor time, circumstances and grade."""

    action: str
    arguments: Mapping[str, Any]
    occurred: Moment
    context: Context = NO_CONTEXT
    grade: Grade = Grade.DECLARED
    tense: Tense = Tense.ASKED
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Calls that belong together, under one idempotency key ("" for none)."""

    calls: Sequence[Call]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a group: a receipt or a refusal; `repeated` when the key had been used
    before.
    """

    receipt: Receipt | None = None
    refusal: Refusal | None = None
    repeated: bool = False


@dataclass(slots=True)
class _Bound:
    """A group that was read: what each call will do, or why it cannot be read."""

    group: Group
    provenance: Provenance
    steps: list[tuple[ActionKind, dict[str, Any], Call]] = field(default_factory=list)
    refusal: Refusal | None = None


def submit(group: Group, *, caller: Caller, now: int) -> Outcome:
    """Take one group through the gate. Raises the refusal, with nothing recorded."""
    (outcome,) = submit_all([group], caller=caller, now=now)
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


def submit_all(groups: Sequence[Group], *, caller: Caller, now: int) -> list[Outcome]:
    """Take groups through the gate in one transaction; each gets its own receipt or refusal.

    `now` is the door's clock in microseconds since 1970 UTC.
    """
    bound = [_bind(group, caller=caller, now=now) for group in groups]
    if all(one.refusal for one in bound):
        return [Outcome(refusal=one.refusal) for one in bound]
    with writing(now=now) as work:
        _preload(work, bound)
        return [_run(work, one) for one in bound]


def _bind(group: Group, *, caller: Caller, now: int) -> _Bound:
    provenance = Provenance(
        actor=caller.actor,
        channel=caller.channel,
        device=caller.device,
        ip=caller.ip,
        key=group.key,
    )
    bound = _Bound(group, provenance)
    try:
        bound.provenance = replace(provenance, digest=_digest(group) if group.key else "")
        if not group.calls:
            raise Malformed(field="calls", value="", problem=gettext_noop("there is none"))
        for call in group.calls:
            bound.steps.append((*_bind_call(call, caller=caller, now=now), call))
    except Refusal as refusal:
        bound.refusal = refusal
    return bound


def _bind_call(call: Call, *, caller: Caller, now: int) -> tuple[ActionKind, dict[str, Any]]:
    kind = actions().get(call.action)
    if kind is None:
        raise UnknownAction(action=call.action)
    if not caller.may(call.action):
        raise NotAllowed(actor=caller.actor, action=call.action)
    corrects = call.action == "correct" and isinstance(call.arguments, Mapping)
    nested = call.arguments.get("action") if corrects else None
    if isinstance(nested, str) and nested and not caller.may(nested):
        # What a correction puts in the place of a fact is an action like any other.
        raise NotAllowed(actor=caller.actor, action=nested)
    if call.occurred.start > now + CLOCK_SKEW_MAX:
        raise InTheFuture(told=str(call.occurred))
    return kind, bind(kind.function, call.arguments)


def _digest(group: Group) -> str:
    """Hash what is asked, so that a key cannot come back with something else."""
    if len(group.key) > KEY_LENGTH_MAX or not group.key.isprintable():
        problem = gettext_noop("use up to %(most)s printable characters")
        raise Malformed(field="key", value=group.key[:40], problem=problem, most=KEY_LENGTH_MAX)
    asked = [
        {
            "action": call.action,
            "arguments": call.arguments,
            "occurred": str(call.occurred),
            "context": encode(call.context),
            "grade": call.grade.value,
            "tense": call.tense.value,
        }
        for call in group.calls
    ]
    try:
        return hashlib.sha256(canonical(asked)).hexdigest()
    except CanonicalError as error:
        raise Malformed(
            field="arguments", value="", problem="%(detail)s", detail=str(error)
        ) from error


def _preload(work: Writing, bound: Sequence[_Bound]) -> None:
    """Read everything the batch refers to with a few statements."""
    receipts(work.bench).preload_keys([one.provenance for one in bound if one.group.key])
    numbers: dict[str, None] = {}
    ids: dict[str, None] = {}
    items: dict[str, None] = {}
    for one in bound:
        for _kind, arguments, _call in one.steps:
            for value in _walk(arguments):
                if isinstance(value, LotRef):
                    (ids if value.id else numbers)[value.id or value.number] = None
                elif isinstance(value, NewLot):
                    numbers[value.number] = None
                    items[value.item] = None
    session = lots(work.bench)
    session.preload_ids(ids)
    session.preload_numbers(numbers)
    master(work.bench).preload_codes("item", list(items))


def _walk(value: Any) -> Iterator[Any]:
    """Visit references and new lots, however deep."""
    if isinstance(value, LotRef | NewLot):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _walk(member)
    elif isinstance(value, tuple | list):
        for member in value:
            yield from _walk(member)
    elif hasattr(value, "lot"):
        yield from _walk(value.lot)


def _run(work: Writing, bound: _Bound) -> Outcome:
    if bound.refusal is not None:
        return Outcome(refusal=bound.refusal)
    first = work.next_position
    mark = work.mark()
    try:
        earlier = receipts(work.bench).earlier(bound.provenance)
        if earlier is not None:
            return Outcome(receipt=earlier, repeated=True)
        for kind, arguments, call in bound.steps:
            desk = Desk(work, _capture(bound.provenance, call))
            check_context(desk)
            kind.function(desk, **arguments)
    except Refusal as refusal:
        work.rewind(mark)
        return Outcome(refusal=refusal)
    return Outcome(receipt=Receipt(first=first, count=work.next_position - first))


def _capture(provenance: Provenance, call: Call) -> Capture:
    return Capture(
        provenance=replace(provenance, raw=call.raw),
        occurred=call.occurred,
        grade=call.grade,
        context=call.context,
        tense=call.tense,
    )


def check_context(desk: Desk) -> None:
    """Check that the circumstances name things that are defined. Raises UnknownCode, Malformed."""
    context = desk.capture.context
    if context is NO_CONTEXT:
        return
    for role, texts in (
        ("tools", context.tools),
        ("orders", context.orders),
        ("team", (context.team,)),
        ("step", (context.step,)),
        ("parameters", context.parameters),
        ("environment", context.environment),
    ):
        for text in texts:
            if len(text) > TEXT_LENGTH_MAX:
                problem = gettext_noop("it has more than %(most)s characters")
                shown = text[:40] + "…"
                raise Malformed(
                    field=f"context.{role}", value=shown, problem=problem, most=TEXT_LENGTH_MAX
                )
    known = master(desk.work.bench)
    for kind, codes in (
        ("person", context.people),
        ("equipment", context.equipment),
        ("gauge", context.gauges),
        ("document", context.documents),
        ("place", (context.station,) if context.station else ()),
    ):
        for code in codes:
            known.require(kind, code)
    for reading in (*context.parameters.values(), *context.environment.values()):
        if reading.gauge:
            known.require("gauge", reading.gauge)
