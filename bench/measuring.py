"""Measure competitors turn by turn, describe the machine, and print tables for people and for
the page.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(width=max(120, Console().width))


def medians(competitors: Mapping[str, Callable[[], Any]], *, runs: int) -> dict[str, float]:
    """Return the median seconds of each; they take turns, so that what else the machine does
    hits all.

    One unmeasured turn comes first: every cache is then as warm as it gets.
    """
    taken: dict[str, list[float]] = {name: [] for name in competitors}
    for turn in range(runs + 1):
        for name, run in competitors.items():
            gc.collect()
            begun = time.perf_counter()
            run()
            if turn:
                taken[name].append(time.perf_counter() - begun)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


class Results:
    """Rows of figures under headings, printed now and kept for the page."""

    def __init__(self, title: str, headings: Sequence[str]) -> None:
        self._title = title
        self._headings = list(headings)
        self._rows: list[list[str]] = []

    def add(self, *cells: object) -> None:
        """Add a row."""
        self._rows.append([_text(cell) for cell in cells])

    def show(self) -> None:
        """Print the table."""
        table = Table(title=self._title, title_justify="left")
        for at, heading in enumerate(self._headings):
            table.add_column(heading, justify="right" if at else "left")
        for row in self._rows:
            table.add_row(*row)
        console.print(table)

    def markdown(self) -> str:
        """Write the table as Markdown."""
        rule = ["---", *["---:"] * (len(self._headings) - 1)]
        lines = [" | ".join(row) for row in (self._headings, rule, *self._rows)]
        return "\n".join([f"### {self._title}", "", *(f"| {line} |" for line in lines), ""])


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def milliseconds(seconds: float) -> str:
    """Write a duration with as many digits as say something."""
    value = seconds * 1000
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms"


def machine() -> str:
    """Describe the machine, the programs and how busy they are."""
    lines = [
        f"{os.cpu_count()} cores, {_memory()} of memory, {_processor()}",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"load over the last minute {_load()}",
    ]
    return "; ".join(lines)


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _memory() -> str:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return "unknown size"
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def version_of(connection: Any) -> str:
    """Name the database and its version and, if it has them, the settings that durability hangs
    on.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            names = ("journal_mode", "synchronous", "cache_size", "page_size")
            values = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
            cursor.execute("SELECT sqlite_version()")
            title = f"SQLite {cursor.fetchone()[0]}"
        else:
            names = ("fsync", "synchronous_commit", "shared_buffers", "work_mem", "jit")
            values = []
            for name in names:
                cursor.execute(f"SHOW {name}")
                values.append(cursor.fetchone()[0])
            cursor.execute("SHOW server_version")
            title = f"PostgreSQL {cursor.fetchone()[0].split()[0]}"
    told = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
    return f"{title} ({told})"


def command() -> str:
    """Return the command that gave these figures."""
    name = Path(sys.argv[0]).stem
    return " ".join(["python3 dev.py bench", name, *sys.argv[1:]])


def report(path: str, parts: Sequence[str]) -> None:
    """Write the figures as Markdown, if a file is named."""
    if path:
        Path(path).write_text("\n".join(parts) + "\n", encoding="utf-8")
        console.print(f"Written to {path}")
