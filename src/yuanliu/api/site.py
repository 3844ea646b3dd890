"""The API itself: its routers, who may come in, and how every failure is said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from yuanliu import __version__
from yuanliu.api import describing, proving, reading, refusals, writing
from yuanliu.api.callers import ApiKeyAuth, SessionAuth
from yuanliu.api.problems import problem, refusal_of_status
from yuanliu.base.refusal import Malformed, Refusal
from yuanliu.base.text import gettext_noop

logger = logging.getLogger(__name__)

_SAID = {
    "missing": gettext_noop("it is missing"),
    "int_parsing": gettext_noop("a whole number is wanted"),
    "int_from_float": gettext_noop("a whole number is wanted"),
    "greater_than_equal": gettext_noop("it is smaller than it may be"),
    "less_than_equal": gettext_noop("it is larger than it may be"),
    "string_too_long": gettext_noop("it is too long"),
    "too_short": gettext_noop("it is missing"),
    "too_long": gettext_noop("it has too many members"),
}
_SAID_ELSE = gettext_noop("it is not what the description of this operation allows")

Guarded = Callable[..., HttpResponse]


class Api(NinjaAPI):
    """The API with the shapes its operations refer to."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Describe every operation (OpenAPI 3.1)."""
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"].update(describing.components())
        return schema


def _only_known(view: Guarded) -> Guarded:
    """Let only callers see the description who may read."""

    @wraps(view)
    def guarded(request: HttpRequest, **options: Any) -> HttpResponse:
        try:
            for auth in AUTH:
                if auth(request):
                    return view(request, **options)
        except Refusal as refusal:
            return problem(refusal)
        return problem(refusals.NotLoggedIn())

    return guarded


AUTH = (ApiKeyAuth(), SessionAuth())

api = Api(
    title=describing.TITLE,
    version=__version__,
    description=describing.ABOUT,
    urls_namespace="api",
    auth=AUTH,
    docs_decorator=_only_known,
)
api.add_router("", writing.router())
api.add_router("", reading.router)
api.add_router("", proving.router)


@api.exception_handler(Refusal)
def say_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say a refusal."""
    return problem(refusal)


@api.exception_handler(ValidationError)
def say_wrong_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say which parameter cannot be read; the first is enough to go on."""
    first = error.errors[0]
    place = [str(step) for step in first["loc"] if step not in ("query", "path", "header")]
    value = first.get("input", "")
    said = _SAID.get(first["type"], _SAID_ELSE)
    return problem(Malformed(field=".".join(place), value=str(value)[:60], problem=said))


@api.exception_handler(RequestDataTooBig)
def say_too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """Say that the body is larger than is read."""
    return problem(refusal_of_status(request, refusals.TooLarge.status))


@api.exception_handler(UnreadablePostError)
def say_cut_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    """Say that the body ended too soon, to whoever may still be there."""
    return problem(refusals.BadRequest())


@api.exception_handler(OperationalError)
def say_busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """Say that the database is busy or away."""
    logger.exception("The database does not answer.")
    answer = problem(refusals.Busy())
    answer.headers["Retry-After"] = "1"
    return answer


@api.exception_handler(Http404)
def say_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """Say that there is nothing here."""
    return problem(refusal_of_status(request, 404))


@api.exception_handler(HttpError)
def say_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Say what the framework refuses, above all that nobody is logged in."""
    return problem(refusal_of_status(request, error.status_code))
