"""Read the environment: where the data lives, which database, which key.

Everything a deployment may choose comes from environment variables; `settings.py` lists them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_WITH_SAFE_WAL = (3, 51, 3)
"""Before this version a race while the WAL is reset can corrupt the database (RELIABILITY F10)."""
SQLITE_WAIT_SECONDS = 30
SQLITE_CACHE_KIB = 64 * 1024
CONNECTION_SECONDS_MAX = 60
TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("", "0", "false", "no", "off")


class WrongSetting(Exception):
    """Say which environment variable cannot be understood, and what it may be."""


def home_of(environ: Mapping[str, str], *, source: Path, user: Path) -> Path:
    """Return the data directory: YUANLIU_HOME, else `.yuanliu` of the checkout, else of the user.

    `source` is any file of this package: a checkout is known by the `dev.py` beside its `src`.
    """
    if given := environ.get("YUANLIU_HOME"):
        return Path(given).expanduser().resolve()
    for parent in source.resolve().parents:
        if parent.name == "src" and (parent.parent / "dev.py").is_file():
            return parent.parent / ".yuanliu"
    return user / ".yuanliu"


def database_of(url: str, *, home: Path, sqlite_version: tuple[int, ...]) -> dict[str, Any]:
    """Translate a database address into what Django takes; an empty one is the home's own SQLite.

    `sqlite:///relative/path`, `sqlite:////absolute/path`, or
    `postgresql://user:password@host:port/name?option=value`, percent-encoded where needed. The
    options are those of libpq; `host` may be given as an option to name a socket directory.

    Raises `WrongSetting` for any other scheme or an address without a database.
    """
    if not url:
        return _sqlite(str(home / "yuanliu.sqlite3"), sqlite_version=sqlite_version)
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "sqlite" and name and not parts.netloc:
        return _sqlite(name, sqlite_version=sqlite_version)
    if parts.scheme in ("postgresql", "postgres") and name:
        try:
            port = parts.port
        except ValueError as failure:
            raise WrongSetting(_wrong_database()) from failure
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", unquote(parts.hostname or "")),
            "PORT": options.pop("port", str(port or "")),
            "OPTIONS": options,
            "CONN_MAX_AGE": CONNECTION_SECONDS_MAX,
            "CONN_HEALTH_CHECKS": True,
        }
    raise WrongSetting(_wrong_database())


def _wrong_database() -> str:
    # The address itself holds a password: it is not repeated.
    return (
        "YUANLIU_DATABASE_URL must be sqlite:///path/to/file or"
        " postgresql://user:password@host:port/name"
    )


def _sqlite(name: str, *, sqlite_version: tuple[int, ...]) -> dict[str, Any]:
    """Describe a SQLite database whose acknowledged commits survive a loss of power.

    A rollback journal that is truncated is also synced when a commit ends (a deleted one is not,
    unless its directory is). A writer takes the lock at BEGIN: two writers wait and neither fails.
    """
    journal = "WAL" if sqlite_version >= SQLITE_WITH_SAFE_WAL else "TRUNCATE"
    pragmas = {
        "journal_mode": journal,
        "synchronous": "FULL",
        "foreign_keys": "ON",
        "cache_size": f"-{SQLITE_CACHE_KIB}",
        "temp_store": "MEMORY",
    }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": SQLITE_WAIT_SECONDS,
            "init_command": ";".join(f"PRAGMA {key}={value}" for key, value in pragmas.items()),
        },
    }


def secret_key_of(environ: Mapping[str, str], *, home: Path) -> str:
    """Return YUANLIU_SECRET_KEY, else the key kept in the home, made there the first time.

    Two processes starting at once agree on one key: each writes its own file, and only one can be
    linked to the name.
    """
    if given := environ.get("YUANLIU_SECRET_KEY"):
        return given
    path = home / "secret.key"
    if not path.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, mine = tempfile.mkstemp(prefix=".secret-", dir=home)  # readable by us alone
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as written:
                written.write(secrets.token_urlsafe(64))
                written.flush()
                os.fsync(written.fileno())
            # Where another process was quicker, its key is the key.
            with contextlib.suppress(FileExistsError):
                os.link(mine, path)
        finally:
            Path(mine).unlink()
    return path.read_text(encoding="ascii")


def yes_or_no(environ: Mapping[str, str], name: str) -> bool:
    """Return whether a switch is on; unset is off. Raises `WrongSetting` for any other word."""
    word = environ.get(name, "").strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise WrongSetting(f"{name} must be one of {', '.join(TRUE_WORDS + FALSE_WORDS[1:])}")


def words_of(environ: Mapping[str, str], name: str, *, default: str = "") -> list[str]:
    """Return the words of a list separated by commas."""
    return [word.strip() for word in (environ.get(name) or default).split(",") if word.strip()]
