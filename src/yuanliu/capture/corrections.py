"""Correct an earlier fact: a new fact that names the one it supersedes, with a reason (DESIGN
§2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from yuanliu.base.text import gettext_noop
from yuanliu.capture.binding import bind
from yuanliu.capture.gate import UnknownAction
from yuanliu.ledger.desk import Desk, action, actions
from yuanliu.ledger.facts import Draft, Fact
from yuanliu.ledger.judge import Tense
from yuanliu.ledger.read import NoSuchFact
from yuanliu.lots.effects import births, changes_by_traceable
from yuanliu.lots.events import FactRetracted
from yuanliu.lots.judging import check_reason, name_of
from yuanliu.lots.projector import lots
from yuanliu.lots.refusals import DescendantsRest, NotCorrectable

WHY_SUPERSEDED = gettext_noop("it was superseded already; correct the newer fact")
WHY_NOT_LOTS = gettext_noop("master data is corrected by defining it anew")


@action
def correct(
    desk: Desk,
    *,
    position: int,
    reason: str,
    action: str = "",
    arguments: Mapping[str, Any] | None = None,
) -> None:
    """Correct the fact at a position: retract it, and record what an action decides in its place.

    Without an action the fact is only retracted. What is told now already happened, so conflicts
    are recorded and listed rather than refused; the floor time is the call's.
    """
    check_reason(reason)
    old = _correctable(desk, position)
    capture = replace(desk.capture, supersedes=position, reason=reason, tense=Tense.TOLD)
    retraction = _draft(desk, capture_of=capture, old=old)
    if not action:
        desk.work.record(retraction)
        _check_nothing_rests(desk, old, still_born=frozenset())
        return
    kind = actions().get(action)
    if kind is None or action == correct.__name__:
        raise UnknownAction(action=action)
    bound = bind(kind.function, arguments or {})
    decided = _decide(desk, retraction, old, capture, lambda trial: kind.function(trial, **bound))
    for number, fact in enumerate(decided):
        desk.work.record(_again(fact, supersedes=position if number == 0 else None, reason=reason))
    still_born = frozenset(born for fact in decided for born in births(fact.data))
    _check_nothing_rests(desk, old, still_born=still_born)


def _correctable(desk: Desk, position: int) -> Fact:
    if not 0 <= position < desk.work.next_position:
        raise NoSuchFact(position=position, size=desk.work.next_position)
    (old,) = desk.work.bench.read_facts([position])
    if not changes_by_traceable(old):
        raise NotCorrectable(position=position, why=WHY_NOT_LOTS)
    if lots(desk.work.bench).superseded_by(position) is not None:
        raise NotCorrectable(position=position, why=WHY_SUPERSEDED)
    return old


def _draft(desk: Desk, *, capture_of: Any, old: Fact) -> Draft:
    return Draft(
        data=FactRetracted(),
        occurred=old.occurred,
        grade=capture_of.grade,
        provenance=capture_of.provenance,
        context=capture_of.context,
        supersedes=old.position,
        reason=capture_of.reason,
    )


def _decide(desk: Desk, retraction: Draft, old: Fact, capture: Any, act: Any) -> list[Fact]:
    """Let the action decide as if the old fact had not happened, and take the trial back."""
    mark = desk.work.mark()
    try:
        desk.work.record(retraction)
        trial = Desk(desk.work, replace(capture, supersedes=None, reason=""))
        trial.reusable = [
            (birth.item, birth.number, born) for born, birth in births(old.data).items()
        ]
        first = desk.work.next_position
        act(trial)
        return desk.work.facts_since(first)
    finally:
        desk.work.rewind(mark)


def _again(fact: Fact, *, supersedes: int | None, reason: str) -> Draft:
    return Draft(
        data=fact.data,
        occurred=fact.occurred,
        grade=fact.grade,
        provenance=fact.provenance,
        context=fact.context,
        conflicts=fact.conflicts,
        supersedes=supersedes,
        reason=reason if supersedes is not None else "",
    )


def _check_nothing_rests(desk: Desk, old: Fact, *, still_born: frozenset[str]) -> None:
    """Raise DescendantsRest if a lot the old fact brought about is gone but was used since."""
    session = lots(desk.work.bench)
    for born, birth in births(old.data).items():
        if born in still_born:
            continue
        lot = session.get(born)
        if lot is None:
            continue
        later = [
            position
            for position in session.facts_of(lot)
            if position != old.position and session.superseded_by(position) is None
        ]
        if later:
            number = name_of(replace(lot, item=birth.item, number=birth.number))
            raise DescendantsRest(lot=number, position=later[0])
