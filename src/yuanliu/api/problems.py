"""Say every no under /api/ as a problem document (RFC 9457), in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from yuanliu.api import refusals
from yuanliu.api.answers import to_json
from yuanliu.base.refusal import Refusal
from yuanliu.capture.sentences import sentence_of

PREFIX = "/api/"
PROBLEM_TYPE = "application/problem+json"
CATALOGUE = "/api/v1/refusals"
"""Where every code is explained; a problem's `type` points into it."""


def problem_of(refusal: Refusal) -> dict[str, Any]:
    """Describe a refusal as a problem document, its title in the active language."""
    sentence = sentence_of(refusal)
    return {
        "type": f"{CATALOGUE}#{refusal.code}",
        # One sentence says both: a refusal's sentence already holds the facts of the case.
        "title": sentence,
        "detail": sentence,
        "status": refusal.status,
        "code": refusal.code,
        "facts": refusal.facts,
    }


def problem(refusal: Refusal) -> HttpResponse:
    """Answer with a refusal."""
    answer = HttpResponse(
        to_json(problem_of(refusal)), status=refusal.status, content_type=PROBLEM_TYPE
    )
    if refusal.status == refusals.NotLoggedIn.status:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="yuanliu"'
    return answer


class ProblemsOnly:
    """Replace what the framework itself answers under /api/: wrong address or method, failure."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIX) or response.status_code < 400:
            return response
        if response.headers.get("Content-Type", "").startswith(PROBLEM_TYPE):
            return response
        with translation.override(translation.get_language_from_request(request)):
            answer = problem(refusal_of_status(request, response.status_code))
        if "Allow" in response.headers:
            answer.headers["Allow"] = response.headers["Allow"]
        return answer


def refusal_of_status(request: HttpRequest, status: int) -> Refusal:
    """Find the refusal that says what the framework means by a status."""
    path = request.path_info[:200]
    if status == 404:
        return refusals.NoSuchAddress(path=path)
    if status == 405:
        return refusals.WrongMethod(path=path, method=request.method)
    if status == 413:
        return refusals.TooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if status == 401:
        return refusals.NotLoggedIn()
    return refusals.InternalError() if status >= 500 else refusals.BadRequest()
