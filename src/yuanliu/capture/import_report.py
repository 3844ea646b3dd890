"""What an import did, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from yuanliu.base.canonical import loads
from yuanliu.base.refusal import Refusal, all_refusals
from yuanliu.capture.sentences import sentence_of

LINES_MAX = 20
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row did not go in: its number, the column and the value ("" for the row as a whole)."""

    row: int
    column: str
    value: str
    refusal: Refusal

    def as_json(self) -> Json:
        """Give it as JSON values."""
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "code": self.refusal.code,
            "reason": sentence_of(self.refusal),
        }


@dataclass(frozen=True, slots=True)
class ListedException:
    """A contradiction that was recorded.

    The fact's position, its code and its facts as JSON text.
    """

    position: int
    code: str
    facts: str

    def sentence(self) -> str:
        """Say it in the reader's language."""
        kinds = {kind.code: kind for kind in all_refusals()}
        return (
            sentence_of(kinds[self.code](**loads(self.facts))) if self.code in kinds else self.code
        )


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """What an import did.

    `errors` and `listed` hold the first thousand of each, the counts all of them.
    """

    file: str
    mapping: str
    dry_run: bool
    joined: tuple[str, ...] = ()
    columns_missing: tuple[str, ...] = ()
    rows: int = 0
    good: int = 0
    bad: int = 0
    rows_repeated: int = 0
    facts_recorded: int = 0
    groups_recorded: int = 0
    groups_repeated: int = 0
    exceptions: Counter[str] = field(default_factory=Counter)
    listed: list[ListedException] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    errors: list[RowError] = field(default_factory=list)
    errors_file: str | None = None
    seconds: float = 0.0

    def as_json(self) -> Json:
        """Give the report as one object of JSON values."""
        return {
            "file": self.file,
            "mapping": self.mapping,
            "dry_run": self.dry_run,
            "joined": list(self.joined),
            "columns_missing": list(self.columns_missing),
            "rows": {
                "read": self.rows,
                "good": self.good,
                "bad": self.bad,
                "repeated": self.rows_repeated,
            },
            "facts_recorded": self.facts_recorded,
            "groups": {"recorded": self.groups_recorded, "repeated": self.groups_repeated},
            "exceptions": {
                "counts": dict(sorted(self.exceptions.items())),
                "listed": [
                    {"position": one.position, "code": one.code, "facts": loads(one.facts)}
                    for one in self.listed
                ],
            },
            "errors": {
                "counts": dict(sorted(self.codes.items())),
                "listed": [error.as_json() for error in self.errors],
                "file": self.errors_file,
            },
            "seconds": f"{self.seconds:.3f}",
        }

    def lines(self) -> Iterator[str]:
        """Give the report as sentences in the reader's language."""
        counts = {
            "file": self.file,
            "mapping": self.mapping,
            "rows": self.rows,
            "good": self.good,
            "bad": self.bad,
            "repeated": self.rows_repeated,
            "facts": self.facts_recorded,
            "seconds": f"{self.seconds:.1f}",
        }
        yield _("%(rows)s rows of %(file)s read through the mapping %(mapping)s.") % counts
        for name in self.joined:
            yield _("Rows of %(file)s were joined to them.") % {"file": name}
        if self.columns_missing:
            names = ", ".join(self.columns_missing)
            yield _("Columns the file does not have: %(columns)s.") % {"columns": names}
        yield (
            _("%(good)s rows are good (%(repeated)s of them were known already), %(bad)s are bad.")
            % counts
        )
        if self.dry_run:
            yield _("%(facts)s facts would be recorded. This was a dry run: nothing was.") % counts
        else:
            yield _("%(facts)s facts recorded in %(seconds)s s.") % counts
        yield from self._exception_lines()
        yield from self._error_lines()

    def _exception_lines(self) -> Iterator[str]:
        for code, count in sorted(self.exceptions.items()):
            first = next((one for one in self.listed if one.code == code), None)
            yield _("%(count)s exceptions of the kind %(code)s are listed for a decision.") % {
                "count": count,
                "code": code,
            }
            if first is not None:
                yield "  " + _("The first: %(sentence)s") % {"sentence": first.sentence()}

    def _error_lines(self) -> Iterator[str]:
        for error in self.errors[:LINES_MAX]:
            where = {"row": error.row, "column": error.column, "reason": sentence_of(error.refusal)}
            if error.column:
                yield _("Row %(row)s, column %(column)s: %(reason)s") % where
            else:
                yield _("Row %(row)s: %(reason)s") % where
        more = sum(self.codes.values()) - LINES_MAX
        if more > 0:
            yield _("… and %(count)s more.") % {"count": more}
        if self.errors_file:
            yield _("Correct the bad rows in %(file)s and import that file the same way.") % {
                "file": self.errors_file
            }
