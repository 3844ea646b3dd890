"""Nothing in the project names one machine, or the place a package was downloaded from."""

import re
from pathlib import Path

from tests.tidy.source import ROOT, named, project_files

SIZE_MAX = 2_000_000
TEXT_SUFFIXES = (
    *(".py", ".md", ".toml", ".lock", ".txt", ".cfg", ".ini", ".yaml", ".yml", ".json", ".html"),
    *(".css", ".js", ".ts", ".svg", ".po", ".sh", ".csv", ".editorconfig", ".gitignore", ""),
)
# Written in pieces, so that this file does not hold what it looks for.
REGISTRIES = [
    "pypi" + r"\.org",
    "python" + r"hosted\.org",
    "registry" + r"\.npmjs",
    "npm" + r"mirror\.com",
    r"mirrors?\.\w+\.(?:com|edu|org)",
    "files" + r"://?/",
    "file" + ":///",
]
MACHINE_PATHS = [r"/root/", r"/home/\w+/", r"/Users/\w+/", r"[A-Z]:\\Users\\"]
FORBIDDEN = re.compile("|".join(REGISTRIES + MACHINE_PATHS))


def _texts():
    for path in project_files():
        if path.suffix in TEXT_SUFFIXES and path.stat().st_size < SIZE_MAX:
            if "LICENSES" in path.parts or path == Path(__file__):
                continue  # others' licences stay as they are
            yield path, path.read_text(encoding="utf-8", errors="replace")


def test_no_file_names_a_machine_or_a_registry():
    found = [
        f"{named(path)}:{number} {line.strip()[:80]}"
        for path, text in _texts()
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


def test_no_file_names_this_checkout():
    found = [named(path) for path, text in _texts() if f"{ROOT}/" in text]
    assert found == []


def test_the_locks_hold_no_address_and_are_made_from_this_pyproject():
    from tools.environment import wrong_locks

    assert wrong_locks() == []
