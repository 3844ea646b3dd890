"""Scratch databases for a benchmark: one SQLite file or PostgreSQL database each, removed
afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

KINDS = ("sqlite", "postgresql")
POSTGRES_URL = os.environ.get("YUANLIU_BENCH_POSTGRES_URL", "")


def prepare() -> Path:
    """Set Django up with a home of the benchmark's own, so that no data of anybody's is touched.

    The home lies where temporary files survive a restart, for /tmp may be in memory, where a
    durable commit would cost nothing. Returns it; it is removed when the program ends.
    """
    place = "/var/tmp" if os.access("/var/tmp", os.W_OK) else None
    home = Path(tempfile.mkdtemp(prefix="yuanliu-bench-", dir=place))
    os.environ["YUANLIU_HOME"] = str(home)
    os.environ["YUANLIU_DATABASE_URL"] = ""
    os.environ["DJANGO_SETTINGS_MODULE"] = "yuanliu.config.settings"
    import django

    django.setup()
    return home


@contextlib.contextmanager
def workspace() -> Iterator[Path]:
    """Prepare Django, and remove the home at the end."""
    home = prepare()
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def available(wanted: str) -> list[str]:
    """Return the kinds of database that are wanted and here."""
    kinds = [kind for kind in KINDS if kind in wanted.split(",")]
    return [kind for kind in kinds if kind == "sqlite" or POSTGRES_URL]


@contextlib.contextmanager
def scratch(kind: str, home: Path):
    """Give an empty database as a Django connection configured as Yuanliu configures its own."""
    from django.db.utils import ConnectionHandler

    from yuanliu.config.environment import database_of

    name = f"bench_{uuid.uuid4().hex[:12]}"
    with contextlib.ExitStack() as stack:
        if kind == "sqlite":
            url = f"sqlite:///{home / name}.sqlite3"
            stack.callback(_remove_files, home, name)
        else:
            url = stack.enter_context(_postgres_database(name))
        settings = database_of(url, home=home, sqlite_version=sqlite3.sqlite_version_info)
        connection = ConnectionHandler({"default": settings})["default"]
        stack.callback(connection.close)
        yield connection


def _remove_files(home: Path, name: str) -> None:
    for path in home.glob(f"{name}.sqlite3*"):
        path.unlink()


@contextlib.contextmanager
def _postgres_database(name: str) -> Iterator[str]:
    import psycopg

    parts = urlsplit(POSTGRES_URL)
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def as_default(connection) -> Iterator[None]:
    """Let the whole program work on this database."""
    from django.db import connections

    before = connections["default"]
    connections["default"] = connection
    try:
        yield
    finally:
        connections["default"] = before
