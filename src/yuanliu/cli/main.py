"""The command line: up, import, trace, recall, lot, verify, rebuild, checkpoint, prove, export.

Exit status 0; 1 for a refusal (its code and sentence on standard error); 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from yuanliu import __version__

Command = Callable[[argparse.Namespace], int]
Translate = Callable[[str], str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _set_home(words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuanliu.config.settings")
    import django

    django.setup()
    from django.utils.translation import gettext

    from yuanliu.cli import commands
    from yuanliu.cli.output import in_users_language, refuse

    with in_users_language():
        options = build_parser(gettext).parse_args(words)
        run: Command = getattr(commands, options.run)
        with refuse() as outcome:
            outcome.status = run(options)
    return outcome.status


def _set_home(words: Sequence[str]) -> None:
    """Read --home before everything else: where the data is decides about the settings."""
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument("--home")
    with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
        given = finder.parse_known_args(words)[0].home
        if given:
            os.environ["YUANLIU_HOME"] = str(Path(given).expanduser().resolve())


def build_parser(_: Translate = str) -> argparse.ArgumentParser:
    """Describe every command and option; `_` brings the help into the reader's language."""
    common = argparse.ArgumentParser(add_help=False)
    home = _("data directory (default: YUANLIU_HOME)")
    common.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help=home)
    parser = argparse.ArgumentParser(
        prog="yuanliu",
        description=_("Batch and quality traceability for factories."),
        parents=[common],
        allow_abbrev=False,
    )
    version = f"yuanliu {__version__}"
    parser.add_argument(
        "--version", action="version", version=version, help=_("print the version and stop")
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, words: str, run: str, under: Any = commands) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(
            name, help=words, description=words, parents=[common], allow_abbrev=False
        )
        made.set_defaults(run=run)
        return made

    _add_up(add("up", _("Prepare the tables and the sample plant, then serve the page."), "up"), _)
    load = add("import", _("Import a CSV or XLSX file through a mapping."), "import_file")
    _add_import(load, _)
    trace = add("trace", _("Trace lots forward or backward."), "trace")
    trace.add_argument("direction", choices=["forward", "backward"], help=_("which way to go"))
    _add_lots(trace, _)
    recall = add("recall", _("Find what a recall must reach."), "recall_scope")
    scopes = recall.add_subparsers(dest="recall_command", required=True, metavar="COMMAND")
    scope = _("List the affected lots, where they are, and the balance.")
    _add_lots(add("scope", scope, "recall_scope", scopes), _)
    lot = add("lot", _("Show a lot in full."), "lot")
    named = _("item and number, an id, or a number alone")
    lot.add_argument("lot", metavar="ITEM/LOT", help=named)
    _add_json(lot, _)
    verify = add("verify", _("Recompute everything and name the first bad position."), "verify")
    _add_json(verify, _)
    add("rebuild", _("Replay the ledger into every table that is read from it."), "rebuild")
    add("checkpoint", _("Sign the ledger as it is now and print the note."), "checkpoint")
    prove = add("prove", _("Prove that the fact at a position is in the ledger."), "prove")
    prove.add_argument("position", type=int, metavar="POSITION", help=_("position of the fact"))
    size = _("size of the tree to prove for (default: now)")
    prove.add_argument("--size", type=int, default=None, metavar="N", help=size)
    export = add("export", _("Write the facts as JSON lines and a signed checkpoint."), "export")
    output = _("file to write (default: standard output)")
    export.add_argument("--output", default="-", metavar="FILE", help=output)
    first = _("first position to write")
    export.add_argument("--from", dest="first", type=int, default=0, metavar="N", help=first)
    return parser


def _add_up(parser: argparse.ArgumentParser, _: Translate) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="HOST", help=_("address to listen on")
    )
    parser.add_argument(
        "--port", type=int, default=8000, metavar="PORT", help=_("port to listen on")
    )
    parser.add_argument(
        "--no-sample", action="store_true", help=_("start without the sample plant")
    )
    parser.add_argument(
        "--no-serve", action="store_true", help=_("prepare and show, but do not serve")
    )


def _add_import(parser: argparse.ArgumentParser, _: Translate) -> None:
    parser.add_argument("file", metavar="FILE", help=_("CSV or XLSX file"))
    parser.add_argument(
        "--mapping", required=True, metavar="NAME", help=_("name or file of the mapping")
    )
    parser.add_argument(
        "--dry-run", action="store_true", help=_("decide everything, record nothing")
    )
    _add_json(parser, _)


def _add_lots(parser: argparse.ArgumentParser, _: Translate) -> None:
    parser.add_argument(
        "lots",
        metavar="ITEM/LOT",
        nargs="+",
        help=_("item and number, an id, or a number alone"),
    )
    parser.add_argument(
        "--as-of",
        metavar="T",
        default=None,
        help=_("what was known at a time (ISO 8601) or position"),
    )
    _add_json(parser, _)


def _add_json(parser: argparse.ArgumentParser, _: Translate) -> None:
    parser.add_argument("--json", action="store_true", help=_("print one JSON object"))


if __name__ == "__main__":
    sys.exit(main())
