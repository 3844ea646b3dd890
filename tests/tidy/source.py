"""What the house rules look at: the project's files as git knows them, else as they lie there."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "yuanliu"
IGNORED = {".git", ".venv", ".yuanliu", "__pycache__", "build", "dist", "node_modules"}


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file that git does not ignore (all files where there is no git)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not IGNORED & set(path.parts)]
    return tuple(sorted(path for path in paths if path.is_file()))


def our_code() -> list[Path]:
    """Return the Python files that the house numbers hold for."""
    places = ("src", "tools", "bench")
    return [
        path
        for path in project_files()
        if path.suffix == ".py"
        and (path.relative_to(ROOT).parts[0] in places or path.parent == ROOT)
    ]


def package_code() -> list[Path]:
    """Return the Python files of the package itself."""
    return [path for path in our_code() if path.is_relative_to(PACKAGE)]


def templates() -> list[Path]:
    """Return every template of the package."""
    return [
        path
        for path in project_files()
        if path.is_relative_to(PACKAGE) and "templates" in path.parts
    ]


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def named(path: Path) -> str:
    """Name a file as seen from the checkout."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """Return the dotted name of a module of the package."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def strings_of(path: Path) -> Iterator[str]:
    """Give every string literal of a Python file."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
