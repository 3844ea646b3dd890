"""The page: search any number, then read one lot's story both ways and what its recall reaches."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from yuanliu.base.refusal import Refusal, all_refusals
from yuanliu.capture.sentences import sentence_of
from yuanliu.lots import queries as lots
from yuanliu.lots.models import Name, Traceable
from yuanliu.lots.projector import folded
from yuanliu.lots.refusals import UnknownLot
from yuanliu.lots.requests import LotRef
from yuanliu.recall import queries as recall
from yuanliu.trace import queries as trace
from yuanliu.trace.wording import open_end_sentence
from yuanliu.web.graph import picture
from yuanliu.web.history import history_of
from yuanliu.web.paging import ROWS, Page, page_number, page_of

Json = dict[str, Any]
View = Callable[..., HttpResponse]
TEXT_LENGTH_MAX = 200
ENDS_SHOWN = 100
CERTAINTIES = ("certain", "likely", "possible")


def says_refusals(view: View) -> View:
    """Make a page of every refusal: what happened, to what, and what next."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        try:
            return view(request, *arguments, **options)
        except Refusal as refusal:
            context = {"sentence": sentence_of(refusal), "code": refusal.code}
            return render(request, "web/refused.html", context, status=refusal.status)

    return guarded


@require_safe
@says_refusals
def find(request: HttpRequest) -> HttpResponse:
    """Find lots by any number; a number that means one lot leads straight to it."""
    text = cleaned(request.GET.get("q", ""))
    number = page_number(request, "page")
    exact = _meant_by(text)
    if len(exact) == 1 and number == 1:
        return redirect("web:lot", ref=exact[0]["id"])
    found = lots.search(text, limit=ROWS + 1, offset=(number - 1) * ROWS)
    if text and number == 1 and not exact and len(found) == 1:
        return redirect("web:lot", ref=found[0]["id"])
    page = Page(found[:ROWS], "page", number, len(found) > ROWS, request.GET)
    shown = {"text": text, "exact": exact if number == 1 else [], "page": page}
    return render(request, "web/find.html", shown)


@require_safe
@says_refusals
def lot(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one lot: status, both traces, recall scope, balance, open ends, history."""
    text = cleaned(ref)
    if not text:
        raise UnknownLot(lot=ref[:40])
    as_of = cleaned(request.GET.get("as_of", "")) or None
    shown = lots.lot_of(LotRef.parse(text))
    return render(request, "web/lot.html", _story(request, shown, as_of))


def _story(request: HttpRequest, shown: Json, as_of: str | None) -> Json:
    refs = [LotRef(id=shown["id"])]
    head = {
        "lot": shown,
        "as_of": as_of or "",
        "exceptions": [_exception(row) for row in shown["exceptions"]],
    }
    try:
        backward = trace.trace_of(refs, "backward", as_of)
        forward = trace.trace_of(refs, "forward", as_of)
    except Refusal as refusal:
        # An empty container has no trace, and nothing was known before the first fact: the lot is
        # shown all the same.
        return {**head, "untraced": sentence_of(refusal), "history": history_of(shown)}
    ends = [open_end_sentence(end) for end in (*backward["open_ends"], *forward["open_ends"])]
    ends = list(dict.fromkeys(ends))
    return {
        **head,
        "backward": _without_seed(backward),
        "forward": _without_seed(forward),
        "origins": page_of(request, _without_seed(backward), "origins"),
        "destinations": page_of(request, _without_seed(forward), "destinations"),
        "picture": picture(backward=backward, forward=forward),
        "open_ends": ends[:ENDS_SHOWN],
        "open_ends_more": max(0, len(ends) - ENDS_SHOWN),
        "complete": backward["complete"] and forward["complete"],
        "balance": forward["balance"],
        "recall": _recall(request, refs, as_of),
        "history": history_of(shown, backward, forward),
    }


def _recall(request: HttpRequest, refs: list[LotRef], as_of: str | None) -> Json:
    """Find the recall scope; where it is refused the page says why and shows the rest."""
    try:
        scope = recall.scope_of(refs, as_of)
    except Refusal as refusal:
        return {"refused": sentence_of(refusal)}
    certainty = request.GET.get("set", "")
    certainty = certainty if certainty in CERTAINTIES else "possible"
    best: dict[str, str] = {}
    for name in CERTAINTIES:
        for entry in scope[name]:
            best.setdefault(entry["id"], name)
    rows = [{**entry, "certainty": best[entry["id"]]} for entry in scope[certainty]]
    return {
        **scope,
        "counts": {name: len(scope[name]) for name in CERTAINTIES},
        "chosen": certainty,
        "page": page_of(request, rows, "affected"),
    }


def _without_seed(answer: Json) -> list[Json]:
    seeds = {seed["id"] for seed in answer["seeds"]}
    return [lot for lot in answer["traceables"] if lot["id"] not in seeds]


def _meant_by(text: str) -> list[Json]:
    """Find the lots that are called exactly so, by id or any number: none hides another."""
    if not text:
        return []
    ref = LotRef.parse(text)
    # A number may itself hold a slash: ITEM/LOT is one reading of it, the whole is another.
    read = [lot.id for lot in lots.candidates(ref)] if ref.id or ref.item else []
    named = Name.objects.filter(folded=folded(text)).values("traceable")
    living = Traceable.objects.filter(born_position__isnull=False)
    found = living.filter(Q(id__in=named) | Q(id__in=read)).order_by("item", "key")
    return [lots.short(lot) for lot in found[:ROWS]]


def _exception(row: Json) -> Json:
    kinds = {kind.code: kind for kind in all_refusals()}
    return {**row, "sentence": sentence_of(kinds.get(row["code"], Refusal)(**row["facts"]))}


def cleaned(text: str) -> str:
    """Make what was typed or scanned fit to look for: no blanks around it, nothing unprintable."""
    return "".join(mark for mark in text if mark.isprintable()).strip()[:TEXT_LENGTH_MAX]
