"""Find the browser that the journeys drive, or install it. Standard library only."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.system import install

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = {"apt-get": "chromium", "dnf": "chromium", "brew": "chromium"}
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find() -> str | None:
    """Return the full path of a Chromium, or None."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    return next((path for path in APPLICATIONS if Path(path).exists()), None)


def find_or_install() -> tuple[str | None, str]:
    """Return the browser's path and "", or None and what a person must do to have one."""
    if found := find():
        return found, ""
    to_do = install(PACKAGES)
    if found := find():
        return found, ""
    return None, to_do or "Chromium was installed but no program of it is on the PATH"
