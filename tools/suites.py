"""Run the tests once per database, at the same time, and sum up. Standard library only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tools.environment import PYTHON, ROOT, say

NOTHING_COLLECTED = 5  # pytest's exit status
INTERRUPT_SECONDS = 15
COUNTED = ("passed", "failed", "errors", "skipped", "xfailed", "xpassed")


@dataclass
class Suite:
    """One run of pytest: on which database, with what, and how it went."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    status: int = -1
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.status not in (0, NOTHING_COLLECTED)

    def line(self) -> str:
        """Say in one line what was counted."""
        told = ", ".join(f"{self.counts[name]} {name}" for name in COUNTED if self.counts.get(name))
        if self.status == NOTHING_COLLECTED:
            told = "no test of these belongs here"
        elif self.failed:
            told = f"FAILED ({told})" if told else f"FAILED (pytest ended with {self.status})"
        return f"  {self.name:<11} {told:<52} {self.seconds:6.1f} s"


def run_all(suites: Sequence[Suite]) -> int:
    """Run the suites side by side, stream what they say, sum up and return the exit status."""
    with tempfile.TemporaryDirectory(prefix="yuanliu-report-") as reports:
        running = [_start(suite, Path(reports), alone=len(suites) == 1) for suite in suites]
        interrupted = _wait(running)
        for suite in suites:
            suite.counts = _read_counts(_report(suite, Path(reports)))
    say("\nSummary")
    for suite in suites:
        say(suite.line())
    if interrupted:
        return 130
    nothing_ran = all(suite.status == NOTHING_COLLECTED for suite in suites)
    return 1 if nothing_ran or any(suite.failed for suite in suites) else 0


def workers(suites: int, arguments: Sequence[str]) -> list[str]:
    """Say over how many processes one run is spread: the suites share the cores between them."""
    asked = any(argument.startswith(("-n", "--numprocesses", "--pdb")) for argument in arguments)
    chosen = any(not argument.startswith("-") for argument in arguments)  # few tests: start at once
    count = (os.cpu_count() or 1) // suites
    if asked or chosen or count < 2:
        return []
    return ["--numprocesses", str(count), "--dist", "worksteal"]


def _start(suite: Suite, reports: Path, *, alone: bool) -> tuple[Suite, subprocess.Popen[str]]:
    environment = {
        **os.environ,
        **suite.environment,
        "PYTHONUNBUFFERED": "1",
        "YUANLIU_TEST_REPORT": str(_report(suite, reports)),
    }
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    process = subprocess.Popen(
        [str(PYTHON), "-m", "pytest", *colour, *suite.arguments],
        cwd=ROOT,
        env=environment,
        # Alone, pytest has the terminal to itself, debugger included.
        stdin=None if alone else subprocess.DEVNULL,
        stdout=None if alone else subprocess.PIPE,
        stderr=None if alone else subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return suite, process


def _wait(running: Sequence[tuple[Suite, subprocess.Popen[str]]]) -> bool:
    """Wait for every run to end, keeping how it went; return whether it was interrupted."""
    threads = [
        threading.Thread(target=_follow, args=(suite, process), daemon=True)
        for suite, process in running
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        for _, process in running:
            _interrupt(process)
        for thread in threads:
            thread.join(timeout=INTERRUPT_SECONDS)
        return True
    return False


def _follow(suite: Suite, process: subprocess.Popen[str]) -> None:
    begun = time.monotonic()
    if process.stdout is not None:
        _prefix_lines(process.stdout, f"{suite.name:<10} | ")
    suite.status = process.wait()
    suite.seconds = time.monotonic() - begun


def _prefix_lines(stream: IO[str], prefix: str) -> None:
    for line in stream:
        say(f"{prefix}{line.rstrip()}" if line.strip() else prefix.rstrip())


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Let pytest end in order; a terminal's Ctrl-C has reached it, a signal to us has not."""
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
    try:
        process.wait(timeout=INTERRUPT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _report(suite: Suite, reports: Path) -> Path:
    return reports / f"{suite.name}.json"


def _read_counts(report: Path) -> dict[str, int]:
    try:
        counts: dict[str, int] = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return counts
