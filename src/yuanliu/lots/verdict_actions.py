"""Write judgements to the ledger: inspections, holds, releases, rejections, parameters and
readings.
"""

from __future__ import annotations

from yuanliu.base.ids import new_id
from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop
from yuanliu.ledger.desk import Desk, action
from yuanliu.lots import verdicts
from yuanliu.lots.effects import A_HOLD
from yuanliu.lots.events import Result, Stage
from yuanliu.lots.requests import LotRef
from yuanliu.lots.resolving import finder


@action
def inspect(
    desk: Desk,
    *,
    lot: LotRef,
    results: tuple[Result, ...],
    stage: Stage = Stage.OTHER,
    verdict: str = "",
    certificate: str = "",
) -> None:
    """Record an inspection's results or a certificate's values (R35, R38)."""
    desk.record(
        verdicts.inspect(
            finder(desk).lot(lot),
            stage=stage,
            results=results,
            verdict=verdict,
            certificate=certificate,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def hold(desk: Desk, *, lots: tuple[LotRef, ...], reason: str) -> None:
    """Stop every use of lots, with a reason (R37)."""
    desk.record(
        verdicts.hold(
            hold_id=desk.reuse(*A_HOLD) or new_id(),
            lots=finder(desk).all(lots),
            reason=reason,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def release(
    desk: Desk, *, lots: tuple[LotRef, ...], holds: tuple[str, ...] = (), reason: str = ""
) -> None:
    """Release lots from the named holds alone, or from quarantine and all holds if none is
    named.
    """
    find = finder(desk)
    desk.record(
        verdicts.release(
            lots=[find.lot_then(ref) for ref in lots],
            holds=holds,
            reason=reason,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def reject(desk: Desk, *, lots: tuple[LotRef, ...], reason: str) -> None:
    """Reject lots as unfit, with a reason."""
    desk.record(
        verdicts.reject(
            lots=finder(desk).all(lots),
            reason=reason,
            occurred=desk.capture.occurred,
            judge=desk.judge,
        )
    )


@action
def record_parameters(desk: Desk, *, lots: tuple[LotRef, ...]) -> None:
    """Record process parameters of lots; they stand in the call's context (R16)."""
    if not desk.capture.context.parameters:
        raise Malformed(
            field="context.parameters", value="", problem=gettext_noop("no parameter is given")
        )
    desk.record(
        verdicts.record_parameters(
            lots=finder(desk).all(lots), occurred=desk.capture.occurred, judge=desk.judge
        )
    )


@action
def record_readings(desk: Desk, *, lots: tuple[LotRef, ...] = ()) -> None:
    """Record environment readings of the call's context, for lots or for a station (R17)."""
    context = desk.capture.context
    if not context.environment:
        raise Malformed(
            field="context.environment", value="", problem=gettext_noop("no reading is given")
        )
    if not lots and not context.station:
        raise Malformed(
            field="context.station", value="", problem=gettext_noop("name the station or the lots")
        )
    desk.record(
        verdicts.record_readings(
            lots=finder(desk).all(lots), occurred=desk.capture.occurred, judge=desk.judge
        )
    )
