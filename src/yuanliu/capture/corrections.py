"""Correct an earlier fact: a new fact that names the one it supersedes, with a reason (DESIGN
§2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from yuanliu.base.moments import iso
from yuanliu.base.refusal import Conflict
from yuanliu.base.text import gettext_noop
from yuanliu.capture.binding import bind
from yuanliu.capture.gate import UnknownAction
from yuanliu.ledger.desk import Desk, action, actions
from yuanliu.ledger.facts import NO_CONTEXT, Draft, Fact
from yuanliu.ledger.judge import Tense
from yuanliu.ledger.read import NoSuchFact
from yuanliu.lots.effects import births, changes_by_traceable, concerns_lots, identities
from yuanliu.lots.events import AliasRegistered, FactRetracted
from yuanliu.lots.judging import check_reason, name_of
from yuanliu.lots.projector import LotsSession, lots
from yuanliu.lots.refusals import BeforeBirth, DescendantsRest, NotCorrectable, Overdrawn
from yuanliu.lots.state import Lot

WHY_SUPERSEDED = gettext_noop("it was superseded already; correct the newer fact")
WHY_RETRACTED = gettext_noop("it takes another fact back; record what happened anew")
WHY_NOT_LOTS = gettext_noop("master data is corrected by defining it anew")
WHY_OTHER = gettext_noop("only something that happens to lots can stand in its place")
LOTS_ROOM = "yuanliu.lots."


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
    are recorded and listed rather than refused; the floor time is the call's, and so are the
    circumstances, if it tells any.
    """
    check_reason(reason)
    old = _correctable(desk, position)
    act = _action_on_lots(position, action, arguments or {}) if action else None
    capture = desk.capture
    context = old.context if capture.context == NO_CONTEXT else capture.context
    desk.capture = replace(capture, tense=Tense.TOLD, context=context)
    retraction = Draft(
        data=FactRetracted(),
        occurred=old.occurred,
        grade=capture.grade,
        provenance=capture.provenance,
        context=capture.context,
        supersedes=position,
        reason=reason,
    )
    drafts = _decide(desk, retraction, old, act)
    for draft in drafts:
        desk.work.record(draft)


def _correctable(desk: Desk, position: int) -> Fact:
    if not 0 <= position < desk.work.next_position:
        raise NoSuchFact(position=position, size=desk.work.next_position)
    (old,) = desk.work.bench.read_facts([position])
    if isinstance(old.data, FactRetracted):
        raise NotCorrectable(position=position, why=WHY_RETRACTED)
    if not concerns_lots(old.data):
        raise NotCorrectable(position=position, why=WHY_NOT_LOTS)
    if lots(desk.work.bench).superseded_by(position) is not None:
        raise NotCorrectable(position=position, why=WHY_SUPERSEDED)
    return old


def _action_on_lots(
    position: int, name: str, arguments: Mapping[str, Any]
) -> Callable[[Desk], None]:
    kind = actions().get(name)
    if kind is None or name == correct.__name__:
        raise UnknownAction(action=name)
    if not kind.function.__module__.startswith(LOTS_ROOM):
        raise NotCorrectable(position=position, why=WHY_OTHER)
    bound = bind(kind.function, arguments)
    return lambda desk: kind.function(desk, **bound)


def _decide(
    desk: Desk, retraction: Draft, old: Fact, act: Callable[[Desk], None] | None
) -> list[Draft]:
    """Let the action decide as if the old fact had not happened, and take the trial back.

    The first draft supersedes the old fact, and carries what the correction leaves contradictory.
    """
    session = lots(desk.work.bench)
    mark, first = desk.work.mark(), desk.work.next_position
    before = {traceable: session.get(traceable) for traceable in changes_by_traceable(old)}
    try:
        desk.work.record(retraction)
        drafts = [retraction]
        if act is not None:
            trial = Desk(desk.work, desk.capture)
            trial.reusable = identities(old.data)
            act(trial)
            drafts = [_draft_of(fact) for fact in desk.work.facts_since(first + 1)]
        _check_nothing_rests(session, old, drafts)
        noted = _left_contradictory(session, before, drafts)
    finally:
        desk.work.rewind(mark)
    conflicts = (*drafts[0].conflicts, *(conflict.as_json() for conflict in noted))
    return [
        replace(
            drafts[0],
            conflicts=conflicts,
            supersedes=retraction.supersedes,
            reason=retraction.reason,
        ),
        *drafts[1:],
    ]


def _draft_of(fact: Fact) -> Draft:
    return Draft(**{member.name: getattr(fact, member.name) for member in fields(Draft)})


def _check_nothing_rests(session: LotsSession, old: Fact, drafts: Sequence[Draft]) -> None:
    """Raise DescendantsRest if a lot the old fact brought about is gone but was used since."""
    still_born = {born for draft in drafts for born in births(draft.data)}
    for born, birth in births(old.data).items():
        lot = session.get(born)
        if lot is None or born in still_born:
            continue
        for later in session.standing(lot):
            # Another name of a lot is no use of it; it goes where the lot goes.
            if not isinstance(later.data, AliasRegistered):
                number = name_of(replace(lot, item=birth.item, number=birth.number))
                raise DescendantsRest(lot=number, position=later.position)


def _left_contradictory(
    session: LotsSession, before: Mapping[str, Lot | None], drafts: Sequence[Draft]
) -> list[Conflict]:
    """Say what earlier facts no longer agree with: use of more than there was, or before birth."""
    found: list[Conflict] = []
    said = {conflict["facts"].get("lot") for draft in drafts for conflict in draft.conflicts}
    touched = dict.fromkeys([*before, *(born for draft in drafts for born in births(draft.data))])
    for traceable in touched:
        lot, earlier = session.get(traceable), before.get(traceable)
        if lot is None or lot.born is None or name_of(lot) in said:
            continue
        for spot in lot.spots:
            value, was = lot.stock[spot], earlier.stock.get(spot) if earlier else None
            if value is not None and value < 0 and not (was is not None and was < 0):
                left = str(lot.at(spot))
                found.append(Overdrawn(lot=name_of(lot), place=str(spot), quantity=left))
        if earlier is not None and earlier.born is not None and lot.born[0] > earlier.born[0]:
            found += _before_birth(session, lot)
    return found


def _before_birth(session: LotsSession, lot: Lot) -> list[Conflict]:
    assert lot.born is not None
    born = lot.born[0]
    early = [fact for fact in session.standing(lot) if fact.occurred.end < born]
    return [
        BeforeBirth(lot=name_of(lot), born=iso(born), told=str(fact.occurred)) for fact in early
    ]
