"""Read the ledger over HTTP: facts, a feed that misses none, and the proofs that go with them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from yuanliu.api import describing
from yuanliu.api.answers import answer
from yuanliu.api.refusals import NotCheckpointed
from yuanliu.base import moments
from yuanliu.base.canonical import SAFE_INTEGER, loads
from yuanliu.ledger import models, proofs
from yuanliu.ledger.checkpoints import verifier_key
from yuanliu.ledger.merkle import EMPTY_ROOT, leaf_hash
from yuanliu.ledger.read import LedgerBroken, NoSuchFact, size

FEED_MAX = 1_000
FEED_CHARACTERS_MAX = 4_000_000
"""Facts may be large: a page of the feed ends where it has this many characters."""
CHUNK = 100

router = Router()

POSITION = Path(..., ge=0, le=SAFE_INTEGER, description="A position in the ledger, from 0.")
TREE_SIZE = Query(
    None, ge=1, le=SAFE_INTEGER, description="The tree's size; default: as it is now."
)


@router.get(
    "/facts",
    operation_id="follow_facts",
    summary="Follow the ledger: the facts after a position, in their order, without a gap.",
    tags=["ledger"],
    openapi_extra=describing.reading(describing.FEED),
)
def follow_facts(
    request: HttpRequest,
    after: int = Query(-1, ge=-1, le=SAFE_INTEGER, description="The last position you have."),
    limit: int = Query(100, ge=1, le=FEED_MAX, description="How many at most."),
) -> HttpResponse:
    """Give the next facts; ask again after the last of them."""
    known = size()
    told: list[dict[str, Any]] = []
    characters = 0
    while len(told) < limit and characters < FEED_CHARACTERS_MAX:
        rows = _entries(after + 1 + len(told), min(CHUNK, limit - len(told)))
        for row in rows:
            told.append(_told(*row))
            characters += len(row[3])
            if characters >= FEED_CHARACTERS_MAX:
                break
        if not rows:
            break
    last = told[-1]["position"] if told else after
    return answer({"facts": told, "last": last, "more": last + 1 < known, "size": known})


@router.get(
    "/facts/{int:position}",
    operation_id="read_fact",
    summary="Read one fact.",
    tags=["ledger"],
    openapi_extra=describing.reading(describing.FACT),
)
def read_fact(request: HttpRequest, position: int = POSITION) -> HttpResponse:
    """Read one fact as it was recorded."""
    rows = _entries(position, 1)
    if not rows or rows[0][0] != position:
        raise NoSuchFact(position=position, size=size())
    return answer(_told(*rows[0]))


@router.get(
    "/ledger/head",
    operation_id="ledger_head",
    summary="Say how long the ledger is, its root, and the key that signs checkpoints.",
    tags=["ledger"],
    openapi_extra=describing.reading(describing.HEAD),
)
def read_head(request: HttpRequest) -> HttpResponse:
    """Read the head."""
    head = models.Head.objects.filter(id=1).first()
    key = verifier_key(settings.YUANLIU_HOME)
    told = {
        "size": head.size if head else 0,
        "root": proofs.to_base64(bytes(head.root) if head else EMPTY_ROOT),
        "recorded": moments.iso(head.recorded) if head else None,
        "verifier_key": key.to_text() if key else None,
    }
    return answer(told)


@router.get(
    "/ledger/proof/{int:position}",
    operation_id="prove_inclusion",
    summary="Prove that a fact is in the ledger (RFC 9162 §2.1.3).",
    tags=["ledger"],
    openapi_extra=describing.reading(describing.INCLUSION),
)
def prove_inclusion(
    request: HttpRequest, position: int = POSITION, tree_size: int | None = TREE_SIZE
) -> HttpResponse:
    """Make an inclusion proof."""
    return answer(proofs.prove_inclusion(position, tree_size=tree_size))


@router.get(
    "/ledger/consistency",
    operation_id="prove_consistency",
    summary="Prove that the ledger was only ever appended to (RFC 9162 §2.1.4).",
    tags=["ledger"],
    openapi_extra=describing.reading(describing.CONSISTENCY),
)
def prove_consistency(
    request: HttpRequest,
    old_size: int = Query(..., ge=1, le=SAFE_INTEGER, description="The size you know."),
    tree_size: int | None = TREE_SIZE,
) -> HttpResponse:
    """Make a consistency proof."""
    return answer(proofs.prove_consistency(old_size, tree_size=tree_size))


@router.get(
    "/ledger/checkpoint",
    operation_id="read_checkpoint",
    summary="Read the newest signed checkpoint (C2SP tlog-checkpoint).",
    tags=["ledger"],
    openapi_extra=describing.checkpoint(),
)
def read_checkpoint(request: HttpRequest) -> HttpResponse:
    """Read the note as it was signed."""
    newest = models.SignedCheckpoint.objects.order_by("-size").first()
    if newest is None:
        raise NotCheckpointed
    return HttpResponse(newest.note, content_type="text/plain; charset=utf-8")


def _entries(first: int, count: int) -> list[tuple[int, bytes, int, str]]:
    found = models.Entry.objects.filter(position__gte=first).order_by("position")
    rows = found.values_list("position", "leaf_hash", "recorded", "body")[:count]
    # PostgreSQL gives binary columns as memoryview.
    return [(position, bytes(leaf), recorded, body) for position, leaf, recorded, body in rows]


def _told(position: int, digest: bytes, recorded: int, body: str) -> dict[str, Any]:
    """Tell a fact whole: the RFC 8785 form of `body` has the leaf hash. Raises LedgerBroken."""
    if leaf_hash(body.encode()) != digest:
        raise LedgerBroken(position=position)
    return {
        "position": position,
        "recorded": moments.iso(recorded),
        "leaf_hash": proofs.to_base64(digest),
        "body": loads(body),
    }
