"""Decide judgements about traceables: inspections, holds, releases, rejections.

Pure, as `rules.py` is.
"""

from __future__ import annotations

from collections.abc import Sequence

from yuanliu.base.moments import Moment
from yuanliu.base.quantity import Quantity, UnitsDiffer, number
from yuanliu.base.refusal import Malformed
from yuanliu.base.units import UnknownUnit, unit_of
from yuanliu.ledger.judge import Judge
from yuanliu.lots import events
from yuanliu.lots.events import Quality, Result, Stage
from yuanliu.lots.judging import check_existed, check_given, check_once, check_reason, name_of
from yuanliu.lots.refusals import CertificatesDisagree, NotHeld, UnknownHold
from yuanliu.lots.state import Lot


def inspect(
    lot: Lot,
    *,
    stage: Stage,
    results: Sequence[Result],
    verdict: str,
    certificate: str,
    occurred: Moment,
    judge: Judge,
) -> events.Inspected:
    """Decide an inspection record.

    Conflict: CertificatesDisagree, for incoming results that differ from what was told first. A
    blank value tells nothing.
    """
    if not verdict and not certificate:
        check_given("results", results)
    check_existed(lot, occurred=occurred, judge=judge)
    check_once((result.characteristic, "") for result in results)
    for result in results if stage is Stage.INCOMING else ():
        first = lot.certificate.get(result.characteristic)
        told = (result.value, result.unit)
        if first is not None and result.value.strip() and not _same_value(first, told):
            judge.conflict(
                CertificatesDisagree(
                    lot=name_of(lot),
                    characteristic=result.characteristic,
                    first=" ".join(first).strip(),
                    second=" ".join(told).strip(),
                )
            )
    return events.Inspected(
        traceable=lot.id,
        stage=stage,
        results=tuple(results),
        verdict=verdict,
        certificate=certificate,
    )


def hold(
    *, hold_id: str, lots: Sequence[Lot], reason: str, occurred: Moment, judge: Judge
) -> events.Held:
    """Decide a hold; a lot may be under several."""
    _check_lots(lots, occurred=occurred, judge=judge)
    check_reason(reason)
    return events.Held(hold=hold_id, traceables=tuple(lot.id for lot in lots), reason=reason)


def release(
    *, lots: Sequence[Lot], holds: Sequence[str], reason: str, occurred: Moment, judge: Judge
) -> events.Released:
    """Decide a release: of the named holds only, or else of all holds and the quarantine.

    `lots` are as they were at the time told. A reason is needed for whatever was stopped by
    somebody. Conflicts: NotHeld, UnknownHold.
    """
    _check_lots(lots, occurred=occurred, judge=judge)
    lifted = set(holds)
    for lot in lots:
        if not holds and not lot.held and lot.quality is Quality.RELEASED:
            judge.conflict(NotHeld(lot=name_of(lot)))
        for hold_id in holds:
            if hold_id not in lot.holds:
                judge.conflict(UnknownHold(hold=hold_id, lot=name_of(lot)))
        if not holds:
            lifted.update(lot.holds)
    if lifted or any(lot.quality is Quality.REJECTED for lot in lots):
        check_reason(reason)
    return events.Released(
        traceables=tuple(lot.id for lot in lots),
        holds=tuple(sorted(lifted)),
        quality=None if holds else Quality.RELEASED,
        reason=reason,
    )


def reject(*, lots: Sequence[Lot], reason: str, occurred: Moment, judge: Judge) -> events.Rejected:
    """Decide that lots are unfit."""
    _check_lots(lots, occurred=occurred, judge=judge)
    check_reason(reason)
    return events.Rejected(traceables=tuple(lot.id for lot in lots), reason=reason)


def record_parameters(
    *, lots: Sequence[Lot], occurred: Moment, judge: Judge
) -> events.ParametersRecorded:
    """Decide that process parameters belong to lots."""
    _check_lots(lots, occurred=occurred, judge=judge)
    return events.ParametersRecorded(traceables=tuple(lot.id for lot in lots))


def record_readings(
    *, lots: Sequence[Lot], occurred: Moment, judge: Judge
) -> events.ReadingsRecorded:
    """Decide that environment readings belong to lots, or to the station of the context."""
    if lots:
        _check_lots(lots, occurred=occurred, judge=judge)
    return events.ReadingsRecorded(traceables=tuple(lot.id for lot in lots))


def _check_lots(lots: Sequence[Lot], *, occurred: Moment, judge: Judge) -> None:
    check_given("lots", lots)
    check_once((name_of(lot), lot.id) for lot in lots)
    for lot in lots:
        check_existed(lot, occurred=occurred, judge=judge)


def _same_value(first: tuple[str, str], second: tuple[str, str]) -> bool:
    """Compare as quantities where both are: 94.5 and 94.50 agree, and so do 1 kg and 1000 g.

    A value told without a unit has the other's.
    """
    (value, unit), (other, other_unit) = first, second
    same_unit = not unit or not other_unit or unit == other_unit
    if value.strip() == other.strip() and same_unit:
        return True
    try:
        if same_unit:
            return number(value) == number(other)
        told = Quantity(number(other), unit_of(other_unit)).to(unit_of(unit))
        return told.value == number(value)
    except (Malformed, UnknownUnit, UnitsDiffer):
        return False
