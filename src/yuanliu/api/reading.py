"""Read over HTTP: lots, traces, recall scopes, exceptions, and the lists of units and refusals."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import Path, Query, Router

from yuanliu.api import describing
from yuanliu.api.answers import answer
from yuanliu.base.moments import parse
from yuanliu.base.refusal import Malformed, Refusal, all_refusals
from yuanliu.base.text import gettext_noop
from yuanliu.base.units import all_units
from yuanliu.capture.sentences import sentence_of
from yuanliu.lots import queries as lots
from yuanliu.lots.requests import LotRef
from yuanliu.recall import queries as recall
from yuanliu.trace import queries as trace

REFS_MAX = 1_000
TEXT_LENGTH_MAX = 400
LIMIT_MAX = 200
OFFSET_MAX = 1_000_000
AS_OF_LENGTH_MAX = 80
UNPRINTABLE = gettext_noop("it is blank, padded or unprintable")

router = Router()

LIMIT = Query(50, ge=1, le=LIMIT_MAX, description="How many at most.")
OFFSET = Query(0, ge=0, le=OFFSET_MAX, description="How many to leave out first.")
REF = Query(
    ...,
    min_length=1,
    max_length=REFS_MAX,
    description="A lot: ITEM/LOT, an id, or any number it goes by; may be given several times.",
)
AS_OF = Query(
    None,
    max_length=AS_OF_LENGTH_MAX,
    description="Answer as was known then: a ledger position, or an ISO 8601 time.",
)


@router.get(
    "/lots",
    operation_id="search_lots",
    summary="Find lots, units, containers and vessels by any number.",
    tags=["lots"],
    openapi_extra=describing.reading(describing.LOTS),
)
def search_lots(
    request: HttpRequest,
    q: str = Query("", max_length=TEXT_LENGTH_MAX, description="A number or its beginning."),
    limit: int = LIMIT,
    offset: int = OFFSET,
) -> HttpResponse:
    """Find candidates; one more than asked for is read to know whether there is a next page."""
    text = _printable("q", q) if q else ""
    found = lots.search(text, limit=limit + 1, offset=offset)
    more = len(found) > limit
    return answer({"lots": found[:limit], "next": offset + limit if more else None})


@router.get(
    "/lots/{path:ref}",
    operation_id="read_lot",
    summary="Read one lot in full.",
    tags=["lots"],
    openapi_extra=describing.reading(describing.LOT),
)
def read_lot(
    request: HttpRequest,
    ref: str = Path(..., description="ITEM/LOT, an id, or any number it goes by."),
) -> HttpResponse:
    """Read status, balances, names, contents, results, facts and exceptions of a lot."""
    return answer(lots.lot_of(_ref("ref", ref)))


@router.get(
    "/trace/{direction}",
    operation_id="trace",
    summary="Trace lots forward to where they went, or backward to where they came from.",
    tags=["trace"],
    openapi_extra=describing.reading(describing.TRACE),
)
def read_trace(
    request: HttpRequest,
    direction: str = Path(..., pattern="^(forward|backward)$"),
    ref: list[str] = REF,
    as_of: str | None = AS_OF,
) -> HttpResponse:
    """Trace one or more lots."""
    return answer(trace.trace_of(_refs(ref), direction, as_of_told(as_of)))


@router.get(
    "/recall/scope",
    operation_id="recall_scope",
    summary="Say what a recall of suspect lots reaches: certainly, likely and possibly.",
    tags=["recall"],
    openapi_extra=describing.reading(describing.SCOPE),
)
def read_scope(
    request: HttpRequest, ref: list[str] = REF, as_of: str | None = AS_OF
) -> HttpResponse:
    """Say what is affected, where it is and what must be held."""
    return answer(recall.scope_of(_refs(ref), as_of_told(as_of)))


@router.get(
    "/exceptions",
    operation_id="list_exceptions",
    summary="List what was recorded although it contradicts what was known.",
    tags=["lots"],
    openapi_extra=describing.reading(describing.EXCEPTIONS),
)
def list_exceptions(
    request: HttpRequest,
    code: str = Query("", max_length=100, pattern="^[a-z_]*$", description="Only of this code."),
    limit: int = LIMIT,
    offset: int = OFFSET,
) -> HttpResponse:
    """List the exceptions that stand, newest first."""
    count, found = lots.exceptions(limit=limit, offset=offset, code=code)
    told = [{**row, "sentence": _sentence(row["code"], row["facts"])} for row in found]
    more = offset + len(found) < count
    return answer({"count": count, "exceptions": told, "next": offset + limit if more else None})


@router.get(
    "/units",
    operation_id="list_units",
    summary="List the units of measure.",
    tags=["reference"],
    openapi_extra=describing.reading(describing.UNITS),
)
def list_units(request: HttpRequest) -> HttpResponse:
    """List units by dimension, with their names in both languages."""
    told = [
        {
            "code": unit.code,
            "dimension": unit.dimension,
            "symbol": unit.symbol,
            "name_en": unit.name_en,
            "name_zh": unit.name_zh,
            "convertible": unit.factor is not None,
        }
        for unit in all_units()
    ]
    return answer({"units": told})


@router.get(
    "/refusals",
    operation_id="list_refusals",
    summary="List every way Yuanliu says no.",
    tags=["reference"],
    openapi_extra=describing.reading(describing.REFUSALS),
)
def list_refusals(request: HttpRequest) -> HttpResponse:
    """List codes, statuses and sentences in the reader's language; facts stand as placeholders."""
    told = [
        {"code": kind.code, "status": kind.status, "sentence": sentence_of(kind())}
        for kind in all_refusals()
    ]
    return answer({"language": get_language(), "refusals": told})


def as_of_told(text: str | None) -> str | int | None:
    """Read until when the answer may know: digits are a position, else a time. Raises Malformed."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    return str(parse(_printable("as_of", text)))


def _refs(texts: list[str]) -> list[LotRef]:
    return [_ref("ref", text) for text in texts]


def _ref(field: str, text: str) -> LotRef:
    return LotRef.parse(_printable(field, text))


def _printable(field: str, text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > TEXT_LENGTH_MAX:
        raise Malformed(field=field, value=text[:40], problem=UNPRINTABLE)
    return text


def _sentence(code: str, facts: dict[str, Any]) -> str:
    kinds = {kind.code: kind for kind in all_refusals()}
    return sentence_of(kinds.get(code, Refusal)(**facts))
