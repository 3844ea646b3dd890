"""Install a package by the system's manager, or say which command would. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess

from tools.environment import say

UPDATE_SECONDS = 300
INSTALL_SECONDS = 1200


def install(packages: dict[str, str]) -> str:
    """Install a package with the manager this machine has and return "" or what a person must do.

    `packages` names the package for each manager: `{"apt-get": ..., "dnf": ..., "brew": ...}`.
    Nothing is tried unless it can be done without asking: as root, by sudo without a password, or
    by Homebrew.
    """
    manager = next((name for name in packages if shutil.which(name)), None)
    if manager is None:
        return f"install the package {packages['apt-get']} by your system's package manager"
    package = packages[manager]
    prefix = _without_asking(manager)
    if prefix is None:
        return f"run:  sudo {manager} install {package}"
    say(f"Installing {package} with {manager}")
    if manager == "apt-get":
        _quietly([*prefix, "apt-get", "update"], seconds=UPDATE_SECONDS)
    said = _quietly([*prefix, *_command(manager), package], seconds=INSTALL_SECONDS)
    if said is None:
        return ""
    print(said, flush=True)
    return f"`{manager} install {package}` failed (what it said stands above): install it by hand"


def _without_asking(manager: str) -> list[str] | None:
    """Return what to put before the command, or None where a password would be asked."""
    if manager == "brew":
        return []  # Homebrew belongs to the user and refuses root
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _quietly(["sudo", "-n", "true"], seconds=10) is None:
        return ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"]
    return None


def _command(manager: str) -> list[str]:
    if manager == "apt-get":
        return ["apt-get", "install", "--yes", "--no-install-recommends"]
    if manager == "dnf":
        return ["dnf", "install", "--assumeyes"]
    return ["brew", "install"]


def _quietly(command: list[str], *, seconds: int) -> str | None:
    """Run a command and return None if it worked, else what it said."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        return str(failure)
    return None if done.returncode == 0 else done.stdout
