"""What every test may use: a home and an empty database of its own; and which tests run where.

The environment is set here, before Django reads its settings: no test sees the contributor's data.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import pytest
from hypothesis import settings as hypothesis_settings

SESSION_HOME = Path(tempfile.mkdtemp(prefix="yuanliu-test-"))
atexit.register(shutil.rmtree, SESSION_HOME, ignore_errors=True)

os.environ["YUANLIU_HOME"] = str(SESSION_HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "yuanliu.config.settings"
for _name in ("YUANLIU_DEBUG", "YUANLIU_HTTPS", "YUANLIU_ALLOWED_HOSTS", "YUANLIU_SECRET_KEY"):
    os.environ.pop(_name, None)

# Now, because the rooms' own conftests may import models as soon as they are read.
django.setup()

DATABASE_URL = os.environ.get("YUANLIU_DATABASE_URL", "")
ON_POSTGRESQL = DATABASE_URL.startswith("postgres")
DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "live_server",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "empty_database_url",
    "yuanliu",
}

hypothesis_settings.register_profile("default", deadline=None, print_blob=True)
hypothesis_settings.register_profile("fast", deadline=None, print_blob=True, max_examples=25)
hypothesis_settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
hypothesis_settings.load_profile(os.environ.get("YUANLIU_HYPOTHESIS", "default"))


# Which tests run where --------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("yuanliu")
    group.addoption("--fast", action="store_true", help="leave out the tests marked slow")
    group.addoption("--no-browser", action="store_true", help="leave out the tests marked browser")
    group.addoption("--database-only", action="store_true", help="only what touches the database")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--fast"):
        hypothesis_settings.load_profile("fast")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what touches the database, and deselect what is not asked for or belongs elsewhere."""
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(_fixtures(item)):
            item.add_marker("database")
    unwanted = ["sqlite_only" if ON_POSTGRESQL else "postgresql_only"]
    unwanted += ["slow"] if config.getoption("--fast") else []
    unwanted += ["browser"] if config.getoption("--no-browser") else []
    kept, left_out = [], []
    for item in items:
        wanted = not any(item.get_closest_marker(name) for name in unwanted)
        if config.getoption("--database-only") and not item.get_closest_marker("database"):
            wanted = False
        (kept if wanted else left_out).append(item)
    items[:] = kept
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Leave the counts where `dev.py test` sums them up."""
    report = os.environ.get("YUANLIU_TEST_REPORT")
    if report and "PYTEST_XDIST_WORKER" not in os.environ:
        stats = terminalreporter.stats
        counts = {name: len(stats.get(name, [])) for name in ("passed", "failed", "skipped")}
        counts |= {name: len(stats.get(name, [])) for name in ("xfailed", "xpassed")}
        counts["errors"] = len(stats.get("error", []))
        Path(report).write_text(json.dumps(counts), encoding="utf-8")


# Databases --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Let SQLite tests use a file: threads, processes and locks then behave as they do in life."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(SESSION_HOME / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def emptied_past_the_triggers() -> Iterator[None]:
    """Let the tables be emptied after a test that commits: the ledger's triggers refuse it."""
    from django.db import connection
    from django.test import TransactionTestCase

    from yuanliu.ledger import triggers

    empty = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        triggers.remove(connection)
        try:
            empty(case)
        finally:
            triggers.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture
def empty_database_url(tmp_path: Path) -> Iterator[str]:
    """Give the address of an empty database of the kind under test, for programs it starts."""
    if not ON_POSTGRESQL:
        yield f"sqlite:///{tmp_path / 'yuanliu.sqlite3'}"
        return
    import psycopg

    name = f"yuanliu_{uuid.uuid4().hex}"
    parts = urlsplit(DATABASE_URL)
    maintenance = parts._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


RUN_MAIN = "import sys; from yuanliu.cli.main import main; sys.exit(main())"


class Program:
    """The command line `yuanliu` with a home and an empty database of its own."""

    def __init__(self, *, home: Path, database_url: str) -> None:
        self.home = home
        self.database_url = database_url
        self.environment = {
            **os.environ,
            "YUANLIU_HOME": str(home),
            "YUANLIU_DATABASE_URL": database_url,
            "PYTHONUTF8": "1",
            "COLUMNS": "120",
        }

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start it and return the process, its streams as text pipes."""
        return subprocess.Popen(
            [sys.executable, "-c", RUN_MAIN, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **options,
        )

    def run(self, *arguments: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Run it to its end and return status, stdout and stderr."""
        process = self.start(*arguments)
        try:
            stdout, stderr = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


@pytest.fixture
def yuanliu(tmp_path: Path, empty_database_url: str) -> Program:
    """Give the command line program, run as a process, with nothing recorded yet."""
    home = tmp_path / "home"
    home.mkdir()
    return Program(home=home, database_url=empty_database_url)
