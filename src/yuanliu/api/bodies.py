"""Read request bodies: bounded, strict JSON, bound to what the gate takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from yuanliu.api.answers import JSON_TYPE
from yuanliu.api.refusals import NotJson, TooLarge, WrongContentType
from yuanliu.base.canonical import CanonicalError, loads
from yuanliu.base.moments import Moment
from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop
from yuanliu.capture.binding import bind
from yuanliu.capture.gate import Call, Group
from yuanliu.ledger.facts import NO_CONTEXT, Context, Grade
from yuanliu.ledger.judge import Tense

GROUPS_MAX = 1_000
CALLS_MAX = 1_000
KEY_WITHOUT_TIME = gettext_noop(
    "it is missing; a request with a key tells its time, so that it can be repeated as it was"
)
TOO_MANY = gettext_noop("it has too many members")


def body_of(request: HttpRequest) -> Any:
    """Read the body as JSON. Raises WrongContentType, TooLarge, NotJson."""
    if request.content_type != JSON_TYPE:
        raise WrongContentType(given=(request.content_type or "")[:100])
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise TooLarge(limit=limit)
    try:
        return loads(request.body)
    except CanonicalError as error:
        raise NotJson(problem=str(error)[:200]) from error


def asked(
    *,
    arguments: Mapping[str, Any],
    occurred: Moment | None = None,
    context: Context = NO_CONTEXT,
    grade: Grade = Grade.DECLARED,
    tense: Tense = Tense.ASKED,
) -> None:
    """Describe the body of one action by a function's parameters, as the actions themselves do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBody:
    """One action of a group."""

    action: str
    arguments: Mapping[str, Any]
    occurred: Moment | None = None
    context: Context = NO_CONTEXT
    grade: Grade = Grade.DECLARED
    tense: Tense = Tense.ASKED


def group_asked(*, calls: tuple[CallBody, ...], key: str = "") -> None:
    """Describe one group of a batch."""


def batch_asked(*, groups: tuple[Any, ...]) -> None:
    """Describe a batch; each group is read on its own, so that a wrong one leaves the others."""


def group_of_action(action: str, body: Any, *, key: str, now: int) -> Group:
    """Read the body of one action. Raises Malformed."""
    told = bind(asked, body)
    call = _call(CallBody(action=action, **told), key=key, now=now, path="")
    return Group(calls=(call,), key=key)


def groups_of_batch(body: Any) -> tuple[Any, ...]:
    """Read a batch as far as its list of groups. Raises Malformed."""
    groups: tuple[Any, ...] = bind(batch_asked, body)["groups"]
    if len(groups) > GROUPS_MAX:
        raise Malformed(field="groups", value=len(groups), problem=TOO_MANY)
    return groups


def group_of_batch(body: Any, *, now: int) -> Group:
    """Read one group of a batch. Raises Malformed."""
    told = bind(group_asked, body)
    key: str = told.get("key", "")
    calls: tuple[CallBody, ...] = told["calls"]
    if len(calls) > CALLS_MAX:
        raise Malformed(field="calls", value=len(calls), problem=TOO_MANY)
    return Group(
        calls=[
            _call(call, key=key, now=now, path=f"calls[{at}].") for at, call in enumerate(calls)
        ],
        key=key,
    )


def _call(body: CallBody, *, key: str, now: int, path: str) -> Call:
    if body.occurred is None and key:
        # The clock would make every repetition another request.
        raise Malformed(field=f"{path}occurred", value="", problem=KEY_WITHOUT_TIME)
    return Call(
        action=body.action,
        arguments=body.arguments,
        occurred=body.occurred or Moment(now, now),
        context=body.context,
        grade=body.grade,
        tense=body.tense,
    )
