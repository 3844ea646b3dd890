"""How the command line speaks: the reader's language, refusals on standard error, tables by
rich.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, OperationalError
from django.utils import translation
from rich.console import Console

from yuanliu.base.refusal import Refusal
from yuanliu.capture.sentences import sentence_of

console = Console()
errors = Console(stderr=True)


@dataclass(slots=True)
class Outcome:
    """The exit status of a command."""

    status: int = 0


@contextmanager
def in_users_language() -> Iterator[None]:
    """Speak Chinese where the terminal's locale is Chinese, else English."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    with translation.override("zh-hans" if locale.lower().startswith("zh") else "en"):
        yield


@contextmanager
def refuse() -> Iterator[Outcome]:
    """Turn a refusal into its code and sentence on standard error, and exit status 1."""
    outcome = Outcome()
    try:
        yield outcome
    except Refusal as refusal:
        errors.print(f"{refusal.code}: {sentence_of(refusal)}", style="red", markup=False)
        outcome.status = 1
    except (OperationalError, DatabaseError) as error:
        text = translation.gettext("The database cannot be used: %(error)s") % {"error": error}
        errors.print(f"database: {text.strip()}", style="red", markup=False)
        outcome.status = 1
    except BrokenPipeError:
        # The reader of a pipe left: that is its right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def write_json(value: Any) -> None:
    """Write one JSON object to standard output, plain, for other programs."""
    console.file.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
