"""`yuanliu up`: tables, sample factory, the main job in the terminal, then the web page."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

from django.utils.translation import gettext as _

from yuanliu.accounts.actions import ensure_sample_user
from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.capture.imports import run_import
from yuanliu.cli.database import migrate
from yuanliu.cli.output import console
from yuanliu.cli.pages import print_import, print_scope, print_trace
from yuanliu.ledger.checkpoints import make_checkpoint
from yuanliu.lots.requests import LotRef
from yuanliu.recall.queries import scope_of
from yuanliu.samples import TABLETS
from yuanliu.trace.queries import trace_of

SUSPECT = "API-1/8"
FINISHED = "TABLET-1/26"


class AddressTaken(Refusal):
    """Say that something else listens on the port."""

    code = "address_taken"
    sentence = gettext_noop(
        "Something else listens on %(host)s:%(port)s. Stop it, or choose another with --port."
    )


def start(*, home: Path, host: str, port: int, sample: bool, serve: bool) -> int:
    """Bring everything up; running it again changes nothing. Raises AddressTaken."""
    from yuanliu.cli.commands import now  # the clock stands at the door

    if serve:
        _check_free(host, port)
    home.mkdir(parents=True, exist_ok=True)
    migrate()
    if sample:
        _load_sample(home, now())
        _show_main_job()
    login = ensure_sample_user(home)
    if not serve:
        return 0
    console.rule()
    console.print(_("Yuanliu serves http://%(host)s:%(port)s") % {"host": host, "port": port})
    if login is not None:
        console.print(
            _("Log in as %(user)s with the password %(password)s (Ctrl-C stops).")
            % {"user": login.name, "password": login.password},
            markup=False,
        )
    _serve(host, port)
    return 0


def _load_sample(home: Path, now: int) -> None:
    """Import the sample plant once; a marker says which version of its files is in."""
    from yuanliu.cli.commands import operator, progress_bar

    marker = home / "sample-tablets.sha256"
    digest = hashlib.sha256(TABLETS.read_bytes()).hexdigest()
    if marker.exists() and marker.read_text(encoding="ascii").strip() == digest:
        return
    with progress_bar(_("Importing the sample plant")) as bar:
        report = run_import(
            TABLETS,
            mapping="tablets",
            caller=operator(),
            now=now,
            progress=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
        )
    print_import(report)
    make_checkpoint(home, now=now)
    marker.write_text(digest + "\n", encoding="ascii")


def _show_main_job() -> None:
    suspect, finished = LotRef.parse(SUSPECT), LotRef.parse(FINISHED)
    print_trace(trace_of([suspect], "forward"))
    print_scope(scope_of([suspect]))
    print_trace(trace_of([finished], "backward"))


def _check_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise AddressTaken(host=host, port=port) from None


def _serve(host: str, port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "yuanliu.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        log_access=False,
    ).serve()
