"""Give a command a PostgreSQL server of its own for as long as it runs. Standard library only.

`cluster()` starts a keeper process, which makes a cluster in a temporary directory, starts it on a
free port of 127.0.0.1 and prints its address. The keeper stops the server and removes the directory
as soon as its standard input closes, which the operating system does for us however the command
ends, killed included. By hand: `python3 -m tools.postgres` keeps a server until Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.environment import ROOT, Stop
from tools.system import install

OLDEST_MAJOR = 14  # what Django 5.2 supports
PACKAGES = {"apt-get": "postgresql", "dnf": "postgresql-server", "brew": "postgresql@17"}
ROLE = DATABASE = "yuanliu"
START_SECONDS = 60
STOP_SECONDS = 20
SOCKET_PATH_MAX = 90  # the system's limit is 103 or 107 bytes, the socket's own name included
INSTALLED = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the PostgreSQL project's packages for Fedora and Red Hat
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Library/PostgreSQL/*/bin",  # EnterpriseDB on macOS
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "C:/Program Files/PostgreSQL/*/bin",  # EnterpriseDB on Windows
)
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}
"""A test's data need not outlive its machine."""
DURABLE_SETTINGS = {"shared_buffers": "512MB", "effective_cache_size": "1GB", "work_mem": "16MB"}
"""A server as a careful administrator would set it up: every commit is on the disk."""
COMMON_SETTINGS = {"max_wal_size": "2GB", "max_connections": "100", "log_min_messages": "warning"}


def find_binaries() -> Path | None:
    """Return the directory of the newest server programs that Django supports, or None."""
    found = {directory.resolve() for directory in _candidates() if _holds_server(directory)}
    versions = [(_major(directory), directory) for directory in found]
    usable = [pair for pair in versions if pair[0] >= OLDEST_MAJOR]
    return max(usable)[1] if usable else None


def find_or_install() -> tuple[Path | None, str]:
    """Return the directory of the server programs and "", or None and what a person must do."""
    if found := find_binaries():
        return found, ""
    to_do = install(PACKAGES)
    if found := find_binaries():
        return found, ""
    return None, to_do or f"install a PostgreSQL server, version {OLDEST_MAJOR} or newer"


@contextlib.contextmanager
def cluster(*, durable: bool) -> Iterator[str]:
    """Run a server of our own and give its address, `postgresql://…`; remove it afterwards.

    Raises `Stop` if it cannot start.
    """
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tools.postgres", *(["--durable"] if durable else [])],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests; the server must outlive them
    )
    assert keeper.stdin and keeper.stdout
    try:
        url = keeper.stdout.readline().strip()
        if not url:
            raise Stop("A temporary PostgreSQL server could not be started; why stands above.")
        yield url
    finally:
        keeper.stdin.close()
        try:
            keeper.wait(timeout=START_SECONDS + 3 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            keeper.kill()


# The keeper -------------------------------------------------------------------------------------


def keep(*, durable: bool) -> None:
    """Make, start, announce and, once nobody listens any more, stop and remove a cluster."""
    binaries = find_binaries()
    if binaries is None:
        raise Stop(f"No PostgreSQL server, version {OLDEST_MAJOR} or newer, is on this machine.")
    account = _unprivileged_account()
    directory = _make_directory(account, durable=durable)
    password = secrets.token_hex(16)
    server = None
    try:
        _initialise(binaries, directory, password=password, account=account)
        port, server = _start(binaries, directory, durable=durable, account=account)
        print(f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}", flush=True)
        sys.stdin.read()
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(directory, ignore_errors=True)


def _initialise(binaries: Path, directory: Path, *, password: str, account: dict[str, Any]) -> None:
    secret = directory / "password"
    secret.write_text(password, encoding="utf-8")
    secret.chmod(0o600)
    if account:
        os.chown(secret, account["user"], account["group"])
    _output(
        [
            *(str(binaries / "initdb"), "--pgdata", str(directory / "data"), "--no-sync"),
            *("--encoding=UTF8", "--locale=C", f"--username={ROLE}"),
            *("--auth=scram-sha-256", f"--pwfile={secret}"),
        ],
        directory=directory,
        account=account,
    )
    secret.unlink()
    _output(
        [str(binaries / "postgres"), "--single", "-D", str(directory / "data"), "postgres"],
        directory=directory,
        account=account,
        told=f"CREATE DATABASE {DATABASE};\n",
    )


def _start(
    binaries: Path, directory: Path, *, durable: bool, account: dict[str, Any]
) -> tuple[int, subprocess.Popen[bytes]]:
    """Start the server on a free port; another program may take the port first, so try again."""
    log = directory / "log"
    for _ in range(5):
        port = _free_port()
        with log.open("ab") as written:
            server = subprocess.Popen(
                [str(binaries / "postgres"), *_options(directory, port=port, durable=durable)],
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                **account,
            )
        if _is_up(server, directory, port=port):
            return port, server
        _stop(server)
    raise Stop(f"PostgreSQL did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _options(directory: Path, *, port: int, durable: bool) -> list[str]:
    sockets = str(directory) if len(str(directory)) < SOCKET_PATH_MAX and os.name != "nt" else ""
    settings = {
        **COMMON_SETTINGS,
        **(DURABLE_SETTINGS if durable else SETTINGS),
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": sockets,
    }
    options = ["-D", str(directory / "data")]
    for name, value in settings.items():
        options += ["-c", f"{name}={value}"]
    return options


def _is_up(server: subprocess.Popen[bytes], directory: Path, *, port: int) -> bool:
    """Wait until the server says in its lock file that it is ready to serve this port."""
    lock = directory / "data" / "postmaster.pid"
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            lines = lock.read_text(encoding="utf-8").splitlines()
            if len(lines) > 7 and lines[3] == str(port) and lines[7].strip() == "ready":
                return True
        time.sleep(0.05)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop the server: at once but in order, then without order, then by force."""
    for request in ("SIGINT", "SIGQUIT", "SIGKILL"):
        if server.poll() is not None:
            return
        server.send_signal(getattr(signal, request, signal.SIGTERM))
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=STOP_SECONDS)


def _output(
    command: list[str], *, directory: Path, account: dict[str, Any], told: str | None = None
) -> None:
    """Run a preparing program to its end; its words matter only if it fails."""
    done = subprocess.run(
        command,
        cwd=directory,
        input=told,
        stdin=subprocess.DEVNULL if told is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **account,
    )
    if done.returncode != 0:
        raise Stop(f"`{Path(command[0]).name}` failed:\n{done.stdout}")


# The machine ------------------------------------------------------------------------------------


def _candidates() -> Iterator[Path]:
    if pg_config := shutil.which("pg_config"):
        asked = subprocess.run(
            [pg_config, "--bindir"], capture_output=True, text=True, check=False
        ).stdout.strip()
        if asked:
            yield Path(asked)
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent
    if brew := shutil.which("brew"):  # wherever Homebrew lives, its formulas lie beside it
        yield from (Path(brew).parent.parent / "opt").glob("postgresql@*/bin")
    for pattern in INSTALLED:
        anchor = Path(Path(pattern).anchor)
        yield from anchor.glob(pattern[len(str(anchor.as_posix())) :])


def _holds_server(directory: Path) -> bool:
    return all(shutil.which(name, path=str(directory)) for name in ("initdb", "postgres"))


def _major(directory: Path) -> int:
    said = subprocess.run(
        [str(directory / "postgres"), "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"(\d+)", said)
    return int(found.group(1)) if found else 0


def _unprivileged_account() -> dict[str, Any]:
    """Return how to start a program as somebody else where we are root, whom PostgreSQL refuses."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd  # not on Windows

    for name in ("postgres", os.environ.get("SUDO_USER", ""), "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise Stop("PostgreSQL does not run as root, and this machine has no account such as `nobody`.")


def _make_directory(account: dict[str, Any], *, durable: bool) -> Path:
    """Make a directory that only the server's account can read, where that account can reach it.

    /tmp may live in memory, where a durable commit would cost nothing; /var/tmp is on the disk.
    """
    usual = (tempfile.gettempdir(), "/tmp", "/var/tmp")
    for parent in dict.fromkeys(("/var/tmp", *usual) if durable else usual):
        try:
            directory = Path(tempfile.mkdtemp(prefix="yuanliu-pg-", dir=parent))
        except OSError:
            continue
        if not account:
            return directory
        os.chown(directory, account["user"], account["group"])
        look = ["/bin/sh", "-c", 'test -w "$0"', str(directory)]
        if subprocess.run(look, cwd="/", check=False, **account).returncode == 0:
            return directory
        shutil.rmtree(directory)
    raise Stop("No temporary directory can be reached by the account that runs PostgreSQL.")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def main() -> int:
    """Keep a server for whoever started us."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        keep(durable="--durable" in sys.argv[1:])
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
