"""Describe every operation so exactly that programs can be made from it (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from yuanliu.api import shapes
from yuanliu.api.bodies import CALLS_MAX, GROUPS_MAX, asked, batch_asked, group_asked
from yuanliu.api.problems import PROBLEM_TYPE
from yuanliu.api.shapes import ref
from yuanliu.capture.binding import schema_of
from yuanliu.ledger.desk import ActionKind

Json = dict[str, Any]

TITLE = "Yuanliu"
ABOUT = (
    "Everything a program can tell Yuanliu and ask of it. Log in by session, or send a key in the"
    " header `Authorization: Bearer …`. Every no is a problem document (RFC 9457) whose `code`"
    " never changes and whose `title` is in the language of `Accept-Language` (English or"
    " Simplified Chinese). Numbers that must be exact are text."
)
ACTION = (
    "`arguments` are the action's own; `occurred` is the floor time, now if it is left out; `tense`"
    " is `asked` for what shall be done, which is refused if it contradicts what is known, and"
    " `told` for what was done already, which is recorded with its contradictions listed as"
    " exceptions. Answers 201, or 200 with the first receipt if the key was used before."
)
BATCH = (
    f"Up to {GROUPS_MAX} groups of up to {CALLS_MAX} actions, in one transaction. A group that is"
    " refused leaves the others untouched. `outcomes` has one member for each group, in order."
)

_PROBLEMS = {
    400: "The request is not one this server understands.",
    401: "Nobody is logged in, or the key opens nothing.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    409: "It contradicts what is known.",
    413: "The request is too large.",
    415: "The body must be JSON.",
    422: "A value cannot be read.",
    503: "The database is busy; send the same request again.",
}
_ONLY_WRITING = (413, 415)

LOTS, LOT, TRACE, SCOPE = "LotPage", "Lot", "Trace", "RecallScope"
EXCEPTIONS, UNITS, REFUSALS = "ExceptionPage", "Units", "Refusals"
FEED, FACT, HEAD = "FactPage", "Fact", "Head"
INCLUSION, CONSISTENCY = "InclusionProof", "ConsistencyProof"


def action(kind: ActionKind) -> Json:
    """Describe an action's body and answers."""
    body = schema_of(asked)
    body["properties"]["arguments"] = schema_of(kind.function)
    receipt = _json("The receipt.", ref("Receipt"))
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            200: {**receipt, "description": "The key was used before: the first receipt."},
            201: {**receipt, "description": "It is recorded."},
            **_problems(writing=True),
        },
    }


def batch() -> Json:
    """Describe a batch's body and answer."""
    group = schema_of(group_asked)
    group["properties"]["calls"] |= {"minItems": 1, "maxItems": CALLS_MAX}
    body = schema_of(batch_asked)
    body["properties"]["groups"] = {"type": "array", "items": group, "maxItems": GROUPS_MAX}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            200: _json("What came of each group.", ref("BatchOutcome")),
            **_problems(writing=True),
        },
    }


def reading(name: str) -> Json:
    """Describe the answer of an operation that reads; `name` is one of the shapes."""
    return {"responses": {200: _json("The answer.", ref(name)), **_problems(writing=False)}}


def checkpoint() -> Json:
    """Describe the answer that is a signed note."""
    note = {"description": "The note.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {"responses": {200: note, **_problems(writing=False)}}


def components() -> Json:
    """Give the shapes that the operations refer to."""
    return shapes.SHAPES


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problems(*, writing: bool) -> dict[Any, Any]:
    body = {PROBLEM_TYPE: {"schema": ref("Problem")}}
    return {
        status: {"description": description, "content": body}
        for status, description in _PROBLEMS.items()
        if writing or status not in _ONLY_WRITING
    }
