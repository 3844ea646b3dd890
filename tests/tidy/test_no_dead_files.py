"""Every file of the package is used by another one, or is found by its name."""

import ast

from tests.tidy.source import (
    PACKAGE,
    ROOT,
    module_of,
    named,
    our_code,
    package_code,
    project_files,
    strings_of,
    templates,
    tree_of,
)

FOUND_BY_NAME = {"__init__", "__main__", "apps", "models", "settings"}
"""Files Python and Django find without being told."""
FOUND_BY_FOLDER = {"migrations", "commands", "templatetags"}
FOUND_BY_DJANGO = {"404.html", "500.html"}
"""Templates that Django finds by their name."""


def test_every_module_is_imported_or_named_somewhere():
    known = {module_of(path): path for path in package_code()}
    used = set()
    benchmarks = [path for path in our_code() if "bench" in path.parts]
    for path in [*package_code(), *benchmarks]:
        used |= {name for name in _modules_used_by(path) if known.get(name) != path}
    used |= {name for name in known if name in (ROOT / "pyproject.toml").read_text("utf-8")}
    dead = [
        named(path)
        for module, path in known.items()
        if module not in used
        and path.stem not in FOUND_BY_NAME
        and not FOUND_BY_FOLDER & set(path.parts)
    ]
    assert dead == []


def test_every_template_is_rendered_included_or_extended():
    texts = [path.read_text("utf-8") for path in [*package_code(), *templates()]]
    dead = []
    for path in templates():
        name = path.relative_to(_folder(path, "templates")).as_posix()
        if name in FOUND_BY_DJANGO:
            continue
        if not any(name in text for text in texts):
            dead.append(named(path))
    assert dead == []


def test_every_static_file_is_referred_to():
    static = [path for path in project_files() if _is_static(path)]
    using = [*package_code(), *templates()]
    using += [path for path in static if path.suffix in (".css", ".js", ".json", ".webmanifest")]
    texts = {path: path.read_text("utf-8") for path in using}
    dead = [
        named(path)
        for path in static
        if not any(path.name in text for other, text in texts.items() if other != path)
    ]
    assert dead == []


def _is_static(path) -> bool:
    return path.is_relative_to(PACKAGE) and "static" in path.parts


def _folder(path, name: str):
    return next(parent for parent in path.parents if parent.name == name)


def _modules_used_by(path) -> set[str]:
    """Name the modules a file imports, and those it names in a string, as Django's settings do."""
    used = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            used |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            used |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    for text in strings_of(path):
        if text.startswith("yuanliu."):
            used |= {text, text.rpartition(".")[0]}  # a module, or something in it
    return used
