"""A person's own API keys: list, make, revoke."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from yuanliu.accounts import rules
from yuanliu.accounts.actions import create_api_key, revoke_api_key
from yuanliu.accounts.models import User
from yuanliu.accounts.queries import keys_of
from yuanliu.base.refusal import Refusal
from yuanliu.capture.sentences import sentence_of
from yuanliu.ledger.desk import actions
from yuanliu.web.views import says_refusals


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys; a new one's text is shown in the answer that makes it, and never again."""
    user = _person(request)
    shown: dict[str, Any] = {"may_write": user.is_staff, "actions": _actions(), "status": 200}
    if request.method == "POST":
        shown |= _made(request, user)
    shown["keys"] = keys_of(user)
    return render(request, "web/keys.html", shown, status=shown["status"])


@require_POST
@says_refusals
def revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """Revoke a key."""
    revoke_api_key(user=_person(request), prefix=prefix, now=_now())
    return redirect("web:keys")


def _made(request: HttpRequest, user: User) -> dict[str, Any]:
    name, scopes = request.POST.get("name", ""), request.POST.getlist("scopes")
    try:
        _key, text = create_api_key(
            user=user, name=name, scopes=scopes, actions=actions(), now=_now()
        )
    except Refusal as refusal:
        told = {"refused": sentence_of(refusal), "status": refusal.status}
        return {**told, "name": name, "scopes": scopes}
    return {"made": text}


def _actions() -> list[str]:
    return sorted(set(actions()) - rules.ONLY_WITH_WRITE)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _now() -> int:
    return time.time_ns() // 1_000
