"""What each command does: read, call once, print."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from yuanliu.capture.gate import Caller
from yuanliu.capture.imports import run_import
from yuanliu.cli import up as starting
from yuanliu.cli.database import migrate, require_tables
from yuanliu.cli.output import console, errors, write_json
from yuanliu.cli.pages import print_import, print_lot, print_scope, print_trace, print_verification
from yuanliu.ledger import checkpoints, proofs, read
from yuanliu.ledger import rebuild as rebuilding
from yuanliu.ledger import verify as verifying
from yuanliu.ledger.models import Entry
from yuanliu.lots.queries import lot_of
from yuanliu.lots.requests import LotRef
from yuanliu.recall.queries import scope_of
from yuanliu.trace.queries import trace_of


def now() -> int:
    """Read the door's clock: microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


def home() -> Path:
    """Give the data directory."""
    return Path(settings.YUANLIU_HOME)


def operator() -> Caller:
    """Describe who runs the command line: whoever may read the data directory may do everything."""
    return Caller(actor="system", channel="cli", may_write=frozenset("*"))


@contextmanager
def progress_bar(words: str) -> Iterator[Progress]:
    """Show a bar on a terminal, and nothing where the output goes to a program."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        bar.add_task(words, total=None)
        yield bar


def up(options: argparse.Namespace) -> int:
    """Prepare everything, show the main job, serve."""
    return starting.start(
        home=home(),
        host=options.host,
        port=options.port,
        sample=not options.no_sample,
        serve=not options.no_serve,
    )


def import_file(options: argparse.Namespace) -> int:
    """Import a file through a mapping; bad rows go to a file beside it, exit status 1 if there are
    any.
    """
    migrate()
    with progress_bar(_("Importing")) as bar:
        report = run_import(
            Path(options.file),
            mapping=options.mapping,
            caller=operator(),
            now=now(),
            dry_run=options.dry_run,
            progress=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
        )
    if options.json:
        write_json(report.as_json())
    else:
        print_import(report)
    return 1 if report.bad else 0


def trace(options: argparse.Namespace) -> int:
    """Trace lots and print the tree, or the object."""
    require_tables()
    refs = [LotRef.parse(text) for text in options.lots]
    answer = trace_of(refs, options.direction, as_of=options.as_of)
    if options.json:
        write_json(answer)
    else:
        print_trace(answer)
    return 0


def recall_scope(options: argparse.Namespace) -> int:
    """Find a recall's scope and print it."""
    require_tables()
    answer = scope_of([LotRef.parse(text) for text in options.lots], as_of=options.as_of)
    if options.json:
        write_json(answer)
    else:
        print_scope(answer)
    return 0


def lot(options: argparse.Namespace) -> int:
    """Show one lot."""
    require_tables()
    found = lot_of(LotRef.parse(options.lot))
    if options.json:
        write_json(found)
    else:
        print_lot(found)
    return 0


def verify(options: argparse.Namespace) -> int:
    """Verify the ledger; exit status 1 if anything is not as it was recorded."""
    require_tables()
    with progress_bar(_("Verifying")) as bar:
        total = read.size()
        report = verifying.verify(
            home(), progress=lambda done: bar.update(bar.task_ids[0], completed=done, total=total)
        )
    if options.json:
        write_json(
            {
                "sound": report.sound,
                "size": report.size,
                "root": proofs.to_base64(report.root),
                "checkpoints": report.checkpoints,
                "rows": report.rows,
                "first_bad": report.first_bad,
                "findings": [
                    {"position": found.position, "what": found.what} for found in report.findings
                ],
            }
        )
    else:
        print_verification(report)
    return 0 if report.sound else 1


def rebuild(_options: argparse.Namespace) -> int:
    """Replay every projection from the ledger."""
    require_tables()
    with progress_bar(_("Rebuilding")) as bar:
        total = read.size()
        done = rebuilding.rebuild(
            now=now(),
            progress=lambda count: bar.update(bar.task_ids[0], completed=count, total=total),
        )
    console.print(_("%(count)s facts replayed; every table is rebuilt.") % {"count": done})
    return 0


def checkpoint(_options: argparse.Namespace) -> int:
    """Sign the ledger and print the note."""
    require_tables()
    console.file.write(checkpoints.make_checkpoint(home(), now=now()))
    return 0


def prove(options: argparse.Namespace) -> int:
    """Print an inclusion proof, with the signed checkpoint it leads to."""
    require_tables()
    note: str | None = checkpoints.note_of_size(options.size or 0)
    if options.size is None:
        note = checkpoints.make_checkpoint(home(), now=now())
    proof = proofs.prove_inclusion(options.position, tree_size=options.size)
    verifier = checkpoints.verifier_key(home())
    write_json(
        {**proof, "checkpoint": note, "verifier_key": verifier.to_text() if verifier else None}
    )
    return 0


def export(options: argparse.Namespace) -> int:
    """Write the facts, one JSON object a line, and the signed checkpoint as the last line."""
    require_tables()
    note = checkpoints.make_checkpoint(home(), now=now())
    if options.output == "-":
        _export_to(sys.stdout, options.first, note)
        return 0
    with Path(options.output).open("w", encoding="utf-8") as file:
        count = _export_to(file, options.first, note)
    errors.print(
        _("%(count)s facts written to %(file)s.") % {"count": count, "file": options.output},
        markup=False,
    )
    return 0


def _export_to(file: IO[str], first: int, note: str) -> int:
    rows = Entry.objects.filter(position__gte=first).order_by("position")
    count = 0
    for position, digest, body in rows.values_list("position", "leaf_hash", "body").iterator():
        leaf = proofs.to_base64(bytes(digest))
        # The body is written as it was hashed: canonical JSON is JSON.
        file.write(f'{{"position":{position},"leaf_hash":"{leaf}","body":{body}}}\n')
        count += 1
    file.write(json.dumps({"checkpoint": note}, ensure_ascii=False) + "\n")
    return count
