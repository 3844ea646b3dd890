"""Read who stands at the door: the caller's address, and a person's keys."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from yuanliu.accounts.models import ApiKey, User

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})
"""Names by which a machine only reaches itself, and Django's tests."""


def address_of(meta: Mapping[str, Any]) -> str:
    """Give the network address a request came from, "" if it is not told.

    Behind a proxy (YUANLIU_BEHIND_PROXY) it is the last address the proxy noted; what stands before
    it could be written by anybody.
    """
    if settings.SECURE_PROXY_SSL_HEADER:
        noted = str(meta.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
        if _is_address(noted):
            return noted
    direct = str(meta.get("REMOTE_ADDR", ""))
    return direct if _is_address(direct) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def in_production() -> bool:
    """Tell whether others may come in: by https, through a proxy, by names not only our own."""
    return bool(
        settings.SESSION_COOKIE_SECURE
        or settings.SECURE_PROXY_SSL_HEADER
        or set(settings.ALLOWED_HOSTS) - OWN_NAMES
    )


def keys_of(user: User) -> list[ApiKey]:
    """List a person's keys, newest first, revoked ones included."""
    return list(ApiKey.objects.filter(user=user))
