"""Keep `.venv` equal to the locks and the locks equal to pyproject.toml. Standard library only.

There are two locks. `requirements.lock` is what running needs; `requirements-dev.lock` is that and
what testing needs, at the same versions. Neither holds an address: pip asks whatever index the
machine configures.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "yuanliu-installed.json"
PYPROJECT = ROOT / "pyproject.toml"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
GROUPS = {"run": ["build"], "dev": ["build", "dev"]}
INPUTS_MARK = "# inputs: sha256:"


class Stop(Exception):
    """End the command with one sentence that says what to do."""


def say(sentence: str) -> None:
    """Tell the contributor what is being done."""
    print(sentence, flush=True)


def ready(needs: str) -> None:
    """Make the environment hold what `needs` (`run` or `dev`) asks for, if it does not already.

    Raises `Stop` if the environment cannot be made or an install fails.
    """
    if not PYTHON.exists():
        _make_venv()
    done = _read_stamp()
    lock = _digest(LOCKS[needs])
    if done.get(needs) != lock:
        _install_lock(needs)
        done[needs] = lock
        if needs == "dev":  # it holds the other one, at the same versions
            done["run"] = _digest(LOCKS["run"])
        _write_stamp(done)
    package = _digest(PYPROJECT, ROOT / "setup.py") + f" {ROOT}"
    if done.get("package") != package:
        _install_checkout()
        done["package"] = package
        _write_stamp(done)
    _compile_translations()


def run(arguments: list[str], *, environment: dict[str, str] | None = None) -> int:
    """Run a program in the checkout and return its exit status."""
    return subprocess.run(arguments, cwd=ROOT, env=environment, check=False).returncode


def program(name: str) -> str:
    """Name a program of the environment by its full path."""
    return str(BIN / (f"{name}.exe" if os.name == "nt" else name))


def _make_venv() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Stop(
            f"This Python ({sys.executable}) cannot make an environment: it lacks the standard"
            f" module {' and '.join(missing)}.\n{_how_to_get_venv()}\nThen run this again."
        )
    say(f"Making the environment {VENV.name} with Python {sys.version.split()[0]}")
    if run([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stop(f"`{sys.executable} -m venv` failed; what it said stands above.")


def _how_to_get_venv() -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if shutil.which("apt-get"):
        return f"Install it with:  sudo apt-get install python{version}-venv"
    if shutil.which("dnf"):
        return f"Install it with:  sudo dnf install python{version}-pip"
    return f"Install a complete Python {version}, with venv and ensurepip."


def _install_lock(needs: str) -> None:
    lock = LOCKS[needs]
    if not lock.exists():
        raise Stop(f"{lock.name} is missing. `python3 dev.py lock` writes it.")
    say(f"Installing what {lock.name} lists (the first time takes a minute or two)")
    begun = time.monotonic()
    _pip("install", "--require-hashes", "--requirement", str(lock))
    say(f"Installed in {time.monotonic() - begun:.0f} s")


def _install_checkout() -> None:
    _pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def _pip(*arguments: str) -> None:
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    # The environment belongs to the project: pip's warning about root is not about it.
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    command = [str(PYTHON), "-m", "pip", arguments[0], *quiet, *arguments[1:]]
    if run(command, environment=environment) != 0:
        raise Stop(
            "pip could not install; what it said stands above. It asks the index your machine"
            " configures (`pip config list`). If .venv itself is broken, delete it and run again."
        )


def _compile_translations() -> None:
    for catalog in ROOT.glob("src/yuanliu/locale/*/LC_MESSAGES/*.po"):
        compiled = catalog.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < catalog.stat().st_mtime:
            if run([str(PYTHON), "-m", "tools.translations", "compile"]) != 0:
                raise Stop("The translations could not be compiled; what is wrong stands above.")
            return


def _read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def _write_stamp(done: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(done, indent=1), encoding="utf-8")


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.exists():
            digest.update(path.read_bytes())
    return digest.hexdigest()


# Locks ------------------------------------------------------------------------------------------


def wrong_locks() -> list[str]:
    """Say what is wrong with each lock not made from today's pyproject.toml; ask no network."""
    wrong = []
    for needs, lock in LOCKS.items():
        text = lock.read_text(encoding="utf-8") if lock.exists() else ""
        if f"{INPUTS_MARK}{_inputs(needs)}" not in text:
            wrong.append(
                f"{lock.name} was not made from this pyproject.toml: run `python3 dev.py lock`."
            )
        if "://" in text:
            wrong.append(f"{lock.name} holds an address.")
    return wrong


def relock(*, upgrade: bool) -> None:
    """Write both locks anew from pyproject.toml, keeping the versions they hold unless `upgrade`.

    The locks hold the hashes of the files for every system and Python version, so only the
    machine's main index is asked: additional ones often hold the files of this machine only.

    Raises `Stop` if the resolver cannot be installed or finds no solution.
    """
    if not PYTHON.exists():
        _make_venv()
    _pip("install", *_pyproject()["dependency-groups"]["lock"])
    for needs, lock in LOCKS.items():
        constraints = [] if needs == "run" else ["--constraints", LOCKS["run"].name]
        groups = [part for group in GROUPS[needs] for part in ("--group", group)]
        command = [
            *(program("uv"), "pip", "compile", PYPROJECT.name, *groups, *constraints),
            *("--universal", "--python-version", "3.11", "--fork-strategy", "fewest"),
            *("--generate-hashes", "--no-header", "--quiet", "--python", str(PYTHON)),
            *("--output-file", lock.name, *(["--upgrade"] if upgrade else [])),
        ]
        if run(command, environment=_index_of_this_machine()) != 0:
            raise Stop(f"{lock.name} could not be made; what the resolver said stands above.")
        header = (
            f"# Written by `python3 dev.py lock`; do not edit.\n{INPUTS_MARK}{_inputs(needs)}\n"
        )
        lock.write_text(header + lock.read_text(encoding="utf-8"), encoding="utf-8")
        say(f"Wrote {lock.name}")
    for problem in wrong_locks():
        raise Stop(problem)


def _inputs(needs: str) -> str:
    """Fold everything of pyproject.toml that a lock depends on into one digest."""
    pyproject = _pyproject()
    groups = pyproject["dependency-groups"]
    project = pyproject["project"]
    parts = [project["requires-python"], sorted(project["dependencies"])]
    parts += [[group, groups[group]] for group in GROUPS[needs]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _pyproject() -> dict[str, Any]:
    import tomllib  # here, so that an older Python is told so instead of failing to import

    return tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))


def _index_of_this_machine() -> dict[str, str]:
    """Hand pip's configuration, which uv does not read, to uv; nothing of it is written down."""
    listed = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    settings = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        settings[name.split(".")[-1]] = value.strip("'\"")
    environment = dict(os.environ)
    for pip_name, uv_name in (
        ("index-url", "UV_DEFAULT_INDEX"),
        ("cert", "SSL_CERT_FILE"),
        ("trusted-host", "UV_INSECURE_HOST"),
    ):
        if pip_name in settings:
            environment.setdefault(uv_name, settings[pip_name])
    return environment
