#!/usr/bin/env python3
"""The one tool a contributor must know: `python3 dev.py up | test | check | bench`.

It needs Python 3.11 and git, nothing else; it makes `.venv` and puts everything there.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import signal
import sys
import tempfile
import time
from typing import Any

OLDEST_PYTHON = (3, 11)

if sys.version_info < OLDEST_PYTHON:
    sys.exit(
        f"Yuanliu needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable})."
        " Run dev.py with a newer one, for example:  python3.11 dev.py up"
    )

from tools import chromium, postgres, suites  # noqa: E402
from tools.environment import (  # noqa: E402
    PYTHON,
    ROOT,
    Stop,
    program,
    ready,
    relock,
    run,
    say,
    wrong_locks,
)

BENCH = ROOT / "bench"
POSTGRES_GIVEN = "YUANLIU_TEST_POSTGRES_URL"


def main(arguments: list[str]) -> int:
    """Do what the command line asks for and return the exit status."""
    # What was begun is ended by `finally`: a request to stop must pass through it as Ctrl-C does.
    signal.signal(signal.SIGTERM, _as_interrupt)
    parser = build_parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.passes_on:
        parser.error(f"{options.command} does not know {' '.join(rest)}")
    try:
        status: int = options.do(options, rest)
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return status


def build_parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    words = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="dev.py", description=words, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, do: Any, words: str, *, passes_on: str = "") -> argparse.ArgumentParser:
        about = f"{words} {passes_on}".strip()
        made = commands.add_parser(name, help=words, description=about, allow_abbrev=False)
        made.set_defaults(do=do, passes_on=bool(passes_on))
        return made

    command(
        "up",
        up,
        "Make the environment, then start Yuanliu with its sample factory.",
        passes_on="What follows goes to `yuanliu up`.",
    )
    tests = command(
        "test",
        test,
        "Install what the tests need and run them on SQLite and PostgreSQL.",
        passes_on="What follows goes to pytest.",
    )
    tests.add_argument("--fast", action="store_true", help="leave out the tests marked slow")
    one = tests.add_mutually_exclusive_group()
    one.add_argument("--sqlite", action="store_true", help="run on SQLite only")
    one.add_argument(
        "--postgres", action="store_true", help="run only what touches the database, on PostgreSQL"
    )
    command("check", check, "Check style, types, layers, migrations, translations and locks.")
    bench_command = command(
        "bench",
        bench,
        "Run a benchmark with a durable PostgreSQL beside it; without a name, list them.",
        passes_on="What follows the name goes to the benchmark.",
    )
    bench_command.add_argument("name", nargs="?", help="the benchmark's name")
    translations = command("translations", translate, "Look after the translations.")
    translations.add_argument("action", choices=("extract", "check", "compile"))
    translations.add_argument(
        "--prune", action="store_true", help="extract: forget sentences no longer in use"
    )
    command("docs", docs, "Write the generated reference pages anew.")
    lock = command("lock", write_locks, "Write the lock files anew from pyproject.toml.")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    return parser


def up(options: argparse.Namespace, rest: list[str]) -> int:
    """Start Yuanliu from a fresh checkout; the second time this takes seconds."""
    ready("run")
    command = [program("yuanliu"), "up", *rest]
    if os.name == "posix":
        # Become it: signals, exit status and terminal are then its own.
        sys.stdout.flush()
        os.execv(command[0], command)
    return run(command)


def test(options: argparse.Namespace, rest: list[str]) -> int:
    """Run the whole suite on SQLite and what touches the database again on PostgreSQL."""
    ready("dev")
    missing = []
    environment = {}
    common = ["--fast"] if options.fast else []
    with contextlib.ExitStack() as stack:
        if (ROOT / "tests" / "journeys").exists():
            browser, to_do = chromium.find_or_install()
            environment = {"YUANLIU_CHROMIUM": browser} if browser else {}
            if not browser:
                missing.append(f"Chromium was not found, so no journey was tested: {to_do}")
                common.append("--no-browser")
        wanted = []
        if not options.postgres:
            wanted.append(suites.Suite("SQLite", [*common], _without_database(environment)))
        if not options.sqlite:
            url, to_do = _postgres_for_tests(stack)
            if url:
                wanted.append(
                    suites.Suite(
                        "PostgreSQL",
                        [*common, "--database-only", "-p", "no:cacheprovider"],
                        {**environment, "YUANLIU_DATABASE_URL": url},
                    )
                )
            else:
                missing.append(f"PostgreSQL was not found, so it was not tested: {to_do}")
        spread = suites.workers(max(1, len(wanted)), rest)
        for suite in wanted:
            suite.arguments += [*spread, *rest]
        status = suites.run_all(wanted) if wanted else 1
    for sentence in missing:
        print(f"\n{sentence}", file=sys.stderr)
    return 1 if missing else status


def _without_database(environment: dict[str, str]) -> dict[str, str]:
    """Say that the tests shall use their own SQLite, whatever the contributor's shell has set."""
    return {**environment, "YUANLIU_DATABASE_URL": ""}


def _postgres_for_tests(stack: contextlib.ExitStack) -> tuple[str | None, str]:
    if given := os.environ.get(POSTGRES_GIVEN):
        return given, ""
    binaries, to_do = postgres.find_or_install()
    if binaries is None:
        return None, f"{to_do}\n(or give a server of your own in {POSTGRES_GIVEN})"
    return stack.enter_context(postgres.cluster(durable=False)), ""


def check(options: argparse.Namespace, rest: list[str]) -> int:
    """Run every static check, all of them even if one fails, and say which failed."""
    ready("dev")
    python = str(PYTHON)
    django = [python, "-m", "django"]
    steps: list[tuple[str, list[str]]] = [
        ("style", [python, "-m", "ruff", "check", "."]),
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
        ("types", [python, "-m", "mypy"]),
        ("layers", [program("lint-imports")]),
        ("migrations", [*django, "makemigrations", "--check", "--dry-run", *_rooms_with_tables()]),
        ("translations", [python, "-m", "tools.translations", "check"]),
        ("reference", [python, "-m", "tools.refusals_page", "--check"]),
    ]
    failed = []
    with tempfile.TemporaryDirectory(prefix="yuanliu-check-") as home:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "yuanliu.config.settings",
            "YUANLIU_HOME": home,
            "YUANLIU_DATABASE_URL": "",
        }
        for name, command in steps:
            begun = time.monotonic()
            say(f"\n{name}: {' '.join(command[1:] if command[0] == python else ['lint-imports'])}")
            status = run(command, environment=environment)
            failed += [name] if status else []
            verdict = "FAILED" if status else "fine"
            say(f"{name}: {verdict}, {time.monotonic() - begun:.1f} s")
    for problem in wrong_locks():
        say(f"\nlocks: {problem}")
        failed.append("locks")
    say(f"\nFailed: {', '.join(dict.fromkeys(failed))}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


def _rooms_with_tables() -> list[str]:
    """Name the rooms that have models; Django passes over one without a migrations folder."""
    return sorted(path.parent.name for path in ROOT.glob("src/yuanliu/*/models.py"))


def bench(options: argparse.Namespace, rest: list[str]) -> int:
    """Run one benchmark, or list them."""
    known = _benchmarks()
    if options.name not in known:
        if options.name:
            print(f"There is no benchmark {options.name}.", file=sys.stderr)
        say(
            "Benchmarks:"
            if known
            else "There is no benchmark yet: one is a bench/<name>.py with a main()."
        )
        for name, words in known.items():
            say(f"  python3 dev.py bench {name:<10} {words}")
        return 2 if options.name else 0
    ready("dev")
    environment = dict(os.environ)
    with contextlib.ExitStack() as stack:
        binaries, to_do = postgres.find_or_install()
        if binaries is None:
            say(f"PostgreSQL is left out; to have it, {to_do}")
        else:
            environment["YUANLIU_BENCH_POSTGRES_URL"] = stack.enter_context(
                postgres.cluster(durable=True)
            )
        return run([str(PYTHON), "-m", f"bench.{options.name}", *rest], environment=environment)


def _benchmarks() -> dict[str, str]:
    """List each module of bench/ that has a `main`, with the first line of its docstring."""
    found = {}
    for path in sorted(BENCH.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def translate(options: argparse.Namespace, rest: list[str]) -> int:
    """Extract, check or compile the translations."""
    ready("dev" if options.action == "check" else "run")
    more = ["--prune"] if options.prune else []
    return run([str(PYTHON), "-m", "tools.translations", options.action, *more])


def docs(options: argparse.Namespace, rest: list[str]) -> int:
    """Write the reference pages that are made from the code."""
    ready("run")
    return run([str(PYTHON), "-m", "tools.refusals_page"])


def write_locks(options: argparse.Namespace, rest: list[str]) -> int:
    """Resolve pyproject.toml into the two lock files."""
    relock(upgrade=options.upgrade)
    return 0


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
