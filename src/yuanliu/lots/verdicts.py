"""Decide judgements about traceables: inspections, holds, releases, rejections.

Pure, as `rules.py` is.
"""

from __future__ import annotations

from collections.abc import Sequence

from yuanliu.base.moments import Moment
from yuanliu.base.quantity import number
from yuanliu.base.refusal import Malformed
from yuanliu.ledger.desk import Judge
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

    Conflict: CertificatesDisagree, for incoming results that differ.
    """
    check_existed(lot, occurred=occurred, judge=judge)
    check_once((result.characteristic, "") for result in results)
    if stage is Stage.INCOMING:
        for result in results:
            earlier = lot.certificate.get(result.characteristic)
            if earlier is not None and not _same_value(earlier, result.value):
                judge.conflict(
                    CertificatesDisagree(
                        lot=name_of(lot),
                        characteristic=result.characteristic,
                        first=earlier,
                        second=result.value,
                    )
                )
    return events.Inspected(
        traceable=lot.id,
        stage=stage,
        results=tuple(results),
        verdict=verdict,
        certificate=certificate,
    )


def hold(*, hold_id: str, lots: Sequence[Lot], reason: str) -> events.Held:
    """Decide a hold; a lot may be under several."""
    check_given("lots", lots)
    check_once((name_of(lot), lot.id) for lot in lots)
    check_reason(reason)
    return events.Held(hold=hold_id, traceables=tuple(lot.id for lot in lots), reason=reason)


def release(*, lots: Sequence[Lot], holds: Sequence[str], reason: str) -> events.Released:
    """Decide a release: of the named holds, or of all holds and the quarantine.

    Raises NotHeld, UnknownHold.
    """
    check_given("lots", lots)
    check_once((name_of(lot), lot.id) for lot in lots)
    lifted = set(holds)
    for lot in lots:
        if not lot.held and lot.quality is Quality.RELEASED:
            raise NotHeld(lot=name_of(lot))
        for hold_id in holds:
            if hold_id not in lot.holds:
                raise UnknownHold(hold=hold_id, lot=name_of(lot))
        if not holds:
            lifted.update(lot.holds)
    if lifted or any(lot.quality is Quality.REJECTED for lot in lots):
        check_reason(reason)
    return events.Released(
        traceables=tuple(lot.id for lot in lots), holds=tuple(sorted(lifted)), reason=reason
    )


def reject(*, lots: Sequence[Lot], reason: str) -> events.Rejected:
    """Decide that lots are unfit."""
    check_given("lots", lots)
    check_once((name_of(lot), lot.id) for lot in lots)
    check_reason(reason)
    return events.Rejected(traceables=tuple(lot.id for lot in lots), reason=reason)


def _same_value(first: str, second: str) -> bool:
    """Compare as numbers where both are: 94.5 and 94.50 agree."""
    if first.strip() == second.strip():
        return True
    try:
        return number(first) == number(second)
    except Malformed:
        return False
