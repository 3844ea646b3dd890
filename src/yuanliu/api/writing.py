"""Take every declared action over HTTP: one operation for each, and batches of groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Router

from yuanliu.api import describing
from yuanliu.api.answers import answer
from yuanliu.api.bodies import body_of, group_of_action, group_of_batch, groups_of_batch
from yuanliu.api.callers import caller_of, now_at_the_door
from yuanliu.api.problems import problem_of
from yuanliu.base.refusal import Refusal
from yuanliu.capture.gate import KEY_LENGTH_MAX, Group, Outcome, submit, submit_all
from yuanliu.ledger.append import Receipt
from yuanliu.ledger.desk import ActionKind, actions

KEY_HEADER = Header(
    "",
    alias="Idempotency-Key",
    max_length=KEY_LENGTH_MAX,
    pattern="^[ -~]*$",
    description="The same key with the same body gives the same receipt, however often it is sent.",
)


def router() -> Router:
    """Make an operation for each action that is declared, and the one for batches."""
    made = Router()
    for kind in actions().values():
        made.post(
            f"/actions/{kind.name}",
            operation_id=f"act_{kind.name}",
            summary=kind.summary,
            description=describing.ACTION,
            tags=["actions"],
            openapi_extra=describing.action(kind),
        )(_operation(kind))
    made.post(
        "/batch",
        operation_id="batch",
        summary="Take groups of actions, each recorded whole or not at all.",
        description=describing.BATCH,
        tags=["actions"],
        openapi_extra=describing.batch(),
    )(take_batch)
    return made


def _operation(kind: ActionKind) -> Callable[..., HttpResponse]:
    def take(request: HttpRequest, idempotency_key: str = KEY_HEADER) -> HttpResponse:
        now = now_at_the_door()
        group = group_of_action(kind.name, body_of(request), key=idempotency_key, now=now)
        outcome = submit(group, caller=caller_of(request), now=now)
        return answer(_receipt(outcome), status=_status(outcome))

    take.__name__ = kind.name
    return take


def take_batch(request: HttpRequest) -> HttpResponse:
    """Take a batch and say for each group what came of it, in the order they were given."""
    now = now_at_the_door()
    read = [_read(body, now=now) for body in groups_of_batch(body_of(request))]
    groups = [group for group in read if isinstance(group, Group)]
    outcomes = iter(submit_all(groups, caller=caller_of(request), now=now))
    told = [_refused(one) if isinstance(one, Refusal) else _outcome(next(outcomes)) for one in read]
    return answer({"outcomes": told})


def _read(body: Any, *, now: int) -> Group | Refusal:
    try:
        return group_of_batch(body, now=now)
    except Refusal as refusal:
        return refusal


def _outcome(outcome: Outcome) -> dict[str, Any]:
    if outcome.refusal is not None:
        return _refused(outcome.refusal)
    return {"status": _status(outcome), "receipt": _receipt(outcome)}


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {"status": refusal.status, "problem": problem_of(refusal)}


def _receipt(outcome: Outcome) -> dict[str, Any]:
    receipt = outcome.receipt or Receipt(first=0, count=0)
    return {
        "first": receipt.first,
        "count": receipt.count,
        "positions": list(receipt.positions),
        "repeated": outcome.repeated,
    }


def _status(outcome: Outcome) -> int:
    return 200 if outcome.repeated else 201
