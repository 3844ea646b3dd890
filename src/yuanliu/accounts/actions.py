"""Let people in, and give and revoke keys."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest

from yuanliu.accounts import rules
from yuanliu.accounts.attempts import count_attempt, forget_attempts
from yuanliu.accounts.models import ApiKey, User
from yuanliu.accounts.queries import address_of, in_production

logger = logging.getLogger(__name__)

KEY_MARK = "yl"
PREFIX_BYTES = 6
SECRET_BYTES = 32
KEY_TEXT_LENGTH_MAX = 200
SEEN_STEP = 60 * rules.MINUTE
"""How exactly a key's last use is kept: so that reading does not write all the time."""
SAMPLE_NAME = "sample"
SAMPLE_FILE = "sample-login.txt"


def authenticate_person(request: HttpRequest, *, name: str, password: str, now: int) -> User:
    """Find the person who gives this name and password. Raises WrongLogin, TooManyFailures."""
    address = address_of(request.META)
    count_attempt(name=name, address=address, now=now)
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        logger.warning("Log-in failed from %s.", address)
        raise rules.WrongLogin
    forget_attempts(name=name, address=address)
    return user


# Keys --------------------------------------------------------------------------------------------


def create_api_key(
    *, user: User, name: str, scopes: Sequence[str], actions: Collection[str], now: int
) -> tuple[ApiKey, str]:
    """Create a key for a person and return it with its text, which is never seen again.

    `actions` are the names of all actions. Raises KeyNeedsName, KeyNeedsScope, UnknownScope,
    ScopeNotHeld.
    """
    scopes = sorted(set(scopes))
    rules.check_key(name=name, scopes=scopes, actions=actions, may_write=user.is_staff)
    prefix = secrets.token_hex(PREFIX_BYTES)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey.objects.create(
        prefix=prefix,
        digest=_digest(secret),
        name=name.strip(),
        user=user,
        scopes=scopes,
        created=now,
    )
    logger.info("%s made the key %s for %s.", user.username, prefix, ", ".join(scopes))
    return key, f"{KEY_MARK}_{prefix}_{secret}"


def revoke_api_key(*, user: User, prefix: str, now: int) -> None:
    """Revoke a person's own key; it opens nothing from this moment on. Raises UnknownKey."""
    open_keys = ApiKey.objects.filter(user=user, prefix=prefix, revoked__isnull=True)
    if not open_keys.update(revoked=now):
        raise rules.UnknownKey(prefix=prefix)
    logger.info("%s revoked the key %s.", user.username, prefix)


def use_api_key(text: str, *, now: int) -> ApiKey | None:
    """Find the key a program shows, or None if it opens nothing: unknown, revoked, person gone."""
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != KEY_MARK or len(text) > KEY_TEXT_LENGTH_MAX:
        return None
    if not (text.isascii() and text.isprintable()):
        return None
    key = ApiKey.objects.select_related("user").filter(prefix=prefix).first()
    # Also for an unknown prefix something is compared, so that the time tells nothing.
    right = hmac.compare_digest(key.digest if key else _digest(""), _digest(secret))
    if key is None or not right or key.revoked is not None or not key.user.is_active:
        return None
    if key.last_used is None or key.last_used + SEEN_STEP <= now:
        ApiKey.objects.filter(pk=key.pk).update(last_used=now)
    return key


def _digest(secret: str) -> str:
    # The secret is 256 random bits: a plain hash cannot be searched backwards.
    return hashlib.sha256(secret.encode()).hexdigest()


# The sample log-in -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SampleLogin:
    """The log-in of the sample factory; `password` is None where the person has chosen another."""

    name: str
    password: str | None


def ensure_sample_user(home: Path) -> SampleLogin | None:
    """Make the sample factory's log-in, once, and return it; its password is kept in the home.

    On a server that strangers can reach there is none: None is returned, and one that was made
    earlier is switched off.
    """
    if in_production():
        User.objects.filter(username=SAMPLE_NAME).update(is_active=False)
        return None
    password = _sample_password(home / SAMPLE_FILE)
    with transaction.atomic():
        user = User.objects.select_for_update().filter(username=SAMPLE_NAME).first()
        if user is None:
            user = User(username=SAMPLE_NAME, is_staff=True)
            user.set_password(password)
            user.save()
        elif not user.is_active:
            user.is_active = True
            user.save(update_fields=["is_active"])
    known = user.check_password(password)
    return SampleLogin(SAMPLE_NAME, password if known else None)


def _sample_password(path: Path) -> str:
    """Read the sample password, or make it: readable by the owner of the home only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write((password := secrets.token_urlsafe(12)) + "\n")
    return password
