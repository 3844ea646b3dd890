"""The house numbers: what a reader can hold in the head."""

import ast

from tests.tidy.source import named, our_code, package_code, tree_of

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
LINE_COLUMNS_MAX = 100


def test_no_function_is_longer_than_a_screen():
    too_long = [
        f"{named(path)}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in our_code()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert too_long == []


def test_no_file_is_longer_than_a_sitting():
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in our_code()}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX} == {}


def test_no_line_is_wider_than_the_page():
    too_wide = [
        f"{named(path)}:{number} has {len(line)} columns"
        for path in our_code()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > LINE_COLUMNS_MAX
    ]
    assert too_wide == []


def test_nothing_in_the_package_prints():
    printing = [
        f"{named(path)}:{node.lineno}"
        for path in package_code()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("print", "pprint", "breakpoint")
    ]
    assert printing == []


def test_only_the_command_line_knows_the_terminal():
    users = {
        named(path)
        for path in package_code()
        for node in ast.walk(tree_of(path))
        for name in _imported(node)
        if name.partition(".")[0] == "rich"
    }
    assert {name for name in users if not name.startswith("src/yuanliu/cli/")} == set()


def test_every_module_says_what_it_is_for():
    # A migration's name and operations say it; an empty package file has nothing to say.
    silent = [
        named(path)
        for path in our_code()
        if "migrations" not in path.parts
        and path.read_text("utf-8").strip()
        and not ast.get_docstring(tree_of(path))
    ]
    assert silent == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return []
