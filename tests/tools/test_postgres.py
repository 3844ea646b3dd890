"""The temporary server: it is there while it is needed and leaves nothing behind."""

import os
import signal
import subprocess
import sys
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


def place_of(url: str) -> Path:
    """Ask a server where its data lie."""
    with psycopg.connect(url) as connection:
        return Path(connection.execute("SHOW data_directory").fetchone()[0])


def is_gone(url: str, place: Path) -> bool:
    """Say whether neither the server nor its directory is there, giving it time to go."""
    deadline = time.monotonic() + 30
    while place.parent.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
    return not place.parent.exists()


def test_a_server_answers_and_is_gone_afterwards():
    with postgres.cluster(durable=True) as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        place = place_of(url)
    assert is_gone(url, place)


def test_a_stranger_on_the_same_machine_is_not_let_in():
    with postgres.cluster(durable=False) as url:
        secret = url.partition("://")[2].partition("@")[0].partition(":")[2]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(secret, "guess"), connect_timeout=2)


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_command_that_is_ended_leaves_no_server(how):
    command = subprocess.Popen(
        [sys.executable, "-c", HOLDS_ONE],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    url = command.stdout.readline().strip()
    place = place_of(url)
    command.send_signal(getattr(signal, how))
    command.wait(timeout=30)
    assert is_gone(url, place)
