"""The command line: `yuanliu up | import | trace | recall | lot | verify | rebuild | checkpoint |
prove | export`.

Exit status 0; 1 for a refusal (its code and sentence on standard error); 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from yuanliu import __version__

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = build_parser().parse_args(arguments)
    # Absent unless given, before the command or after it: a default would overrule the one by the other.
    if "home" in options:
        os.environ["YUANLIU_HOME"] = str(Path(options.home).expanduser().resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuanliu.config.settings")
    import django

    django.setup()
    from yuanliu.cli import commands
    from yuanliu.cli.output import in_users_language, refuse

    run: Command = getattr(commands, options.run)
    with in_users_language(), refuse() as outcome:
        outcome.status = run(options)
    return outcome.status


def build_parser() -> argparse.ArgumentParser:
    """Describe every command and option."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", default=argparse.SUPPRESS, help="data directory (YUANLIU_HOME)")
    parser = argparse.ArgumentParser(
        prog="yuanliu",
        description="Batch and quality traceability for factories.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"yuanliu {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, words: str, run: str, under: Any = commands) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(
            name, help=words, description=words, parents=[common]
        )
        made.set_defaults(run=run)
        return made

    up = add("up", "Prepare the database and the sample factory, then serve the web page.", "up")
    up.add_argument("--host", default="127.0.0.1", help="address to listen on")
    up.add_argument("--port", type=int, default=8000, help="port to listen on")
    up.add_argument("--no-sample", action="store_true", help="start without the sample factory")
    up.add_argument("--no-serve", action="store_true", help="prepare and show, but do not serve")

    load = add("import", "Import a CSV or XLSX file through a mapping.", "import_file")
    load.add_argument("file", metavar="FILE", help="CSV or XLSX file")
    load.add_argument("--mapping", required=True, metavar="NAME", help="mapping's name or file")
    load.add_argument("--dry-run", action="store_true", help="decide everything, record nothing")
    load.add_argument("--json", action="store_true", help="print one JSON object")

    trace = add("trace", "Trace a lot forward or backward.", "trace")
    trace.add_argument("direction", choices=["forward", "backward"])
    _lot_arguments(trace, many=True)

    recall = add("recall", "Find what a recall must reach.", "recall_scope")
    scope = recall.add_subparsers(dest="recall_command", required=True, metavar="COMMAND")
    scoped = add(
        "scope", "List the affected lots, where they are, and the balance.", "recall_scope", scope
    )
    _lot_arguments(scoped, many=True)

    lot = add("lot", "Show a lot in full.", "lot")
    lot.add_argument("lot", metavar="ITEM/LOT", help="item and number, an id, or a number alone")
    lot.add_argument("--json", action="store_true", help="print one JSON object")

    verify = add("verify", "Recompute everything and name the first bad position.", "verify")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    add("rebuild", "Replay the ledger into every table that is read from it.", "rebuild")
    add("checkpoint", "Sign the ledger as it is now and print the note.", "checkpoint")
    prove = add("prove", "Prove that the fact at a position is in the ledger.", "prove")
    prove.add_argument("position", type=int, metavar="POSITION")
    prove.add_argument(
        "--size", type=int, default=None, help="tree size to prove for (default: now)"
    )
    export = add(
        "export", "Write the facts as JSON lines, with a signed checkpoint at the end.", "export"
    )
    export.add_argument("--output", default="-", metavar="FILE", help="file to write (default: -)")
    export.add_argument("--from", dest="first", type=int, default=0, help="first position")
    return parser


def _lot_arguments(parser: argparse.ArgumentParser, *, many: bool) -> None:
    count = "+" if many else None
    parser.add_argument(
        "lots", metavar="ITEM/LOT", nargs=count, help="item and number, an id, or a number alone"
    )
    parser.add_argument(
        "--as-of", metavar="T", default=None, help="what was known at a time (ISO 8601) or position"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


if __name__ == "__main__":
    sys.exit(main())
