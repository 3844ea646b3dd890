"""Decide who may come in: how often a log-in may fail, and which scopes a key may have."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop

MINUTE = 60 * 1_000_000
LOCK_MINUTES = 15
FAILURES_OF_NAME_AT_ADDRESS = 5
FAILURES_OF_NAME = 30
FAILURES_OF_ADDRESS = 100
"""A stranger who fails on purpose locks out himself long before the person whose name he uses."""

READ = "read"
WRITE = "write"
ONLY_WITH_WRITE = frozenset({"correct"})
"""Actions that may decide any other action: no key has them alone."""
SCOPES_MAX = 100
KEY_NAME_LENGTH_MAX = 100


class WrongLogin(Refusal):
    """Say that name and password do not belong together, without saying which is wrong."""

    code = "wrong_login"
    sentence = gettext_noop(
        "This name and password do not belong together, or the account is switched off. Check both;"
        " capital letters matter."
    )
    status = 401


class TooManyFailures(Refusal):
    """Say that log-in is locked for a while."""

    code = "too_many_failures"
    sentence = gettext_noop(
        "Log-in failed too often. Wait %(minutes)s minutes, then try again, or ask an"
        " administrator."
    )
    status = 429


class UnknownScope(Refusal):
    """Say that a key cannot have this scope."""

    code = "unknown_scope"
    sentence = gettext_noop(
        "A key cannot have the scope “%(scope)s”. Use read, write, or the name of an action."
    )
    status = 422


class ScopeNotHeld(Refusal):
    """Say that a person cannot give a key more than the person may do."""

    code = "scope_not_held"
    sentence = gettext_noop(
        "You may not record facts yourself, so your key cannot have the scope “%(scope)s”. Ask an"
        " administrator for the permission."
    )
    status = 403


class KeyNeedsName(Refusal):
    """Say that a key must say what it is for."""

    code = "key_needs_name"
    sentence = gettext_noop(
        "Give the key a name of up to %(limit)s characters that says which program uses it."
    )
    status = 422


class KeyNeedsScope(Refusal):
    """Say that a key without any scope would open nothing."""

    code = "key_needs_scope"
    sentence = gettext_noop("Choose at least one thing that the key may do.")
    status = 422


class UnknownKey(Refusal):
    """Say that a person has no such key."""

    code = "unknown_key"
    sentence = gettext_noop("You have no key “%(prefix)s”, or it was revoked already.")
    status = 404


def forgotten(*, last: int, now: int) -> bool:
    """Tell whether failures count no more: 15 minutes (times are microseconds) after the last."""
    return last + LOCK_MINUTES * MINUTE <= now


def minutes_locked(*, count: int, last: int, limit: int, now: int) -> int:
    """Say for how many more minutes log-in is locked after `count` failures; 0 is open.

    What is tried while it is locked does not count, so a lock always ends.
    """
    if count < limit or forgotten(last=last, now=now):
        return 0
    return -((now - last - LOCK_MINUTES * MINUTE) // MINUTE)


def check_key(
    *, name: str, scopes: Sequence[str], actions: Collection[str], may_write: bool
) -> None:
    """Check a new key's name and scopes.

    Raises KeyNeedsName, KeyNeedsScope, UnknownScope, ScopeNotHeld.
    """
    if not name.strip() or not name.isprintable() or len(name) > KEY_NAME_LENGTH_MAX:
        raise KeyNeedsName(limit=KEY_NAME_LENGTH_MAX)
    if not scopes:
        raise KeyNeedsScope
    for scope in scopes[: SCOPES_MAX + 1]:
        if scope == READ:
            continue
        known = scope == WRITE or (scope in actions and scope not in ONLY_WITH_WRITE)
        if not known or len(scopes) > SCOPES_MAX:
            raise UnknownScope(scope=scope)
        if not may_write:
            raise ScopeNotHeld(scope=scope)


def writable(*, scopes: Collection[str], may_write: bool) -> frozenset[str]:
    """Give the actions that scopes open (`*` is every action) to one who may write; else none."""
    if not may_write:
        return frozenset()
    if WRITE in scopes:
        return frozenset({"*"})
    return frozenset(scopes) - {READ, WRITE} - ONLY_WITH_WRITE
