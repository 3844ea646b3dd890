"""The temporary server: it is there while it is needed and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tools import postgres
from tools.environment import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(postgres.find_binaries() is None, reason="no PostgreSQL server here"),
]

HOLDS_ONE = """
import sys, time
from tools import postgres
with postgres.cluster(durable=False) as url:
    print(url, flush=True)
    time.sleep(600)
"""


def servers() -> set[Path]:
    return {path for base in (tempfile.gettempdir(), "/var/tmp") for path in _clusters(base)}


def _clusters(base: str) -> list[Path]:
    return list(Path(base).glob("yuanliu-pg-*"))


def test_a_server_answers_and_is_gone_afterwards():
    before = servers()
    with postgres.cluster(durable=True) as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert len(servers() - before) == 1
    assert servers() == before
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_a_stranger_on_the_same_machine_is_not_let_in():
    with postgres.cluster(durable=False) as url:
        secret = url.partition("://")[2].partition("@")[0].partition(":")[2]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(secret, "guess"), connect_timeout=2)


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_command_that_is_ended_leaves_no_server(how):
    before = servers()
    command = subprocess.Popen(
        [sys.executable, "-c", HOLDS_ONE],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    url = command.stdout.readline().strip()
    assert psycopg.connect(url).execute("SELECT 1").fetchone() == (1,)
    command.send_signal(getattr(signal, how))
    command.wait(timeout=30)
    deadline = time.monotonic() + 30
    while servers() != before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert servers() == before
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
