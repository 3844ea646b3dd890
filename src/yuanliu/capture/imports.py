"""Import a file of somebody else's records through a mapping: good rows go in, bad rows come back.

Every row's calls pass through the gate under keys made of their content, some hundreds of groups in
one transaction. What was recorded before adds nothing, what disagrees with it is kept and listed as
an exception, and what cannot be read or believed goes to a file of errors for a person.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from yuanliu.base.moments import Moment
from yuanliu.base.refusal import Refusal
from yuanliu.capture.binding import schema_of
from yuanliu.capture.fitting import check_steps, has_whole_numbers, typed
from yuanliu.capture.gate import Call, Caller, Group, Outcome, submit_all
from yuanliu.capture.import_report import ImportReport, ListedException, RowError
from yuanliu.capture.sentences import sentence_of
from yuanliu.exchange import known
from yuanliu.exchange.error_files import CellError, ErrorFile, error_path
from yuanliu.exchange.library import find_mapping
from yuanliu.exchange.mapping import IfDifferent, Mapping
from yuanliu.exchange.refusals import RowDiffers, ThingKnown
from yuanliu.exchange.rows import Asked, Planner, Read
from yuanliu.exchange.sources import Source, open_source
from yuanliu.ledger.append import KeyReused
from yuanliu.ledger.desk import actions
from yuanliu.ledger.facts import Grade, Provenance
from yuanliu.ledger.judge import Tense
from yuanliu.ledger.read import facts_at
from yuanliu.lots.models import Deviation
from yuanliu.lots.refusals import UnknownLot

GROUPS_A_BATCH = 500
ERRORS_KEPT = 1_000
EXCEPTIONS_KEPT = 1_000
CHANNEL = "import"
EARLIER_USE = "an imported row tells of an earlier use"

Progress = Callable[[int, int], None]
Json = Any
_Things = dict[tuple[str, known.Thing], known.KnownLot | None]
"""What is known of the things that steps are about, by step and thing."""


def run_import(
    path: Path,
    *,
    mapping: str | Mapping,
    caller: Caller,
    now: int,
    dry_run: bool = False,
    progress: Progress | None = None,
    home: Path | None = None,
) -> ImportReport:
    """Import a file through a mapping, named or given.

    A dry run decides everything and records nothing.

    `now` is the door's clock in microseconds since 1970 UTC; `progress` is told rows done and rows
    in all; `home` is where the user's own mappings are looked for (the data directory unless
    given).

    Raises UnknownMapping, the refusals of `read_mapping` and `check_steps`, and those of
    `open_source`: after these nothing is recorded. A row's refusals are in the report.
    """
    started = time.monotonic()
    if isinstance(mapping, str):
        mapping = find_mapping(mapping, home=home or Path(settings.YUANLIU_HOME))
    check_steps(mapping)
    source = open_source(path, mapping)
    planner = Planner(mapping)
    total = 0
    for read in source.reads():
        planner.scan(read)
        total += 1
    report = ImportReport(
        file=str(path),
        mapping=mapping.name,
        dry_run=dry_run,
        joined=tuple(source.joined),
        columns_missing=tuple(source.missing),
    )
    errors = ErrorFile(source.table, error_path(path))
    run = _Run(source, planner, replace(caller, channel=CHANNEL), now, report, errors)
    finished = False
    try:
        with _rolled_back() if dry_run else _as_it_comes():
            for read in source.reads():
                run.take(read)
                if progress is not None and (run.settled or report.rows == total):
                    progress(report.rows, total)
            run.flush()
        finished = True
    finally:
        place = errors.close(keep=finished)
    report.errors_file = str(place) if place else None
    report.seconds = time.monotonic() - started
    if progress is not None:
        progress(total, total)
    return report


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _as_it_comes() -> Iterator[None]:
    yield


@dataclass(slots=True)
class _Waiting:
    """A row whose calls wait for the next batch."""

    read: Read
    asked: list[Asked]
    refusals: list[Refusal] = field(default_factory=list)
    recorded: bool = False


@dataclass(slots=True)
class _Submission:
    """A group on its way through the gate, and the row it is for."""

    waiting: _Waiting
    asked: Asked
    group: Group


class _Run:
    """One import at work: rows wait until there are enough calls for a batch."""

    def __init__(
        self,
        source: Source,
        planner: Planner,
        caller: Caller,
        now: int,
        report: ImportReport,
        errors: ErrorFile,
    ) -> None:
        self._source = source
        self._planner = planner
        self._caller = caller
        self._now = now
        self._report = report
        self._errors = errors
        self._rows: list[_Waiting] = []
        self._count = 0
        self._done: set[str] = set()
        self._failed: dict[str, Refusal] = {}
        self._schemas: dict[str, Json | None] = {}
        self._provenance = Provenance(actor=caller.actor, channel=caller.channel)

    @property
    def settled(self) -> bool:
        """Tell whether no row waits."""
        return not self._rows

    def take(self, read: Read) -> None:
        """Take in a row; it may have to wait for its batch."""
        asked = self._planner.plan(read, done=self._done)
        self._report.rows += 1
        self._rows.append(_Waiting(read, [] if read.problems else asked))
        if not read.problems:
            self._count += len(asked)
        if self._count >= GROUPS_A_BATCH:
            self.flush()

    def flush(self) -> None:
        """Put the waiting rows' calls through the gate, and report on the rows."""
        submissions = self._submissions()
        outcomes = submit_all(
            [one.group for one in submissions], caller=self._caller, now=self._now
        )
        for submission, outcome in zip(submissions, outcomes, strict=True):
            self._settle(submission, outcome)
        self._list_exceptions(outcomes)
        for waiting in self._rows:
            waiting.refusals += [
                self._failed[one.key] for one in waiting.asked if one.key in self._failed
            ]
            self._report_row(waiting)
        self._rows, self._count = [], 0

    # What to submit

    def _submissions(self) -> list[_Submission]:
        """Choose what must go through the gate, in the order of the rows."""
        fresh: dict[str, Asked] = {}
        for waiting in self._rows:
            for one in waiting.asked:
                if one.key not in self._done and one.key not in self._failed:
                    fresh.setdefault(one.key, one)
        before = known.receipts_of(self._provenance, fresh)
        things = self._known_things(fresh.values())
        earlier = self._born_too_late(fresh.values(), things)
        times = self._times_before(fresh, before)
        chosen: list[_Submission] = []
        for waiting in self._rows:
            waiting.refusals += self._known_otherwise(waiting, before, things)
            for one in waiting.asked if not waiting.refusals else ():
                if one.key in self._done or one.key in self._failed:
                    continue
                once = one.step.if_different is not IfDifferent.REFUSE
                if once:
                    # Whatever comes of it, the rows after this one need not ask again.
                    self._done.add(one.key)
                if one.key in earlier:
                    chosen.append(self._redating(waiting, one, earlier[one.key]))
                elif once and (one.key in before or (one.step.name, one.about) in things):
                    self._report.groups_repeated += 1
                else:
                    group = self._group(waiting, one, times.get(one.key))
                    chosen.append(_Submission(waiting, one, group))
        return chosen

    def _known_otherwise(
        self, waiting: _Waiting, before: dict[str, int], things: _Things
    ) -> list[Refusal]:
        """Refuse a row, before any of it is told, for what happened once and is known already."""
        return [
            ThingKnown(thing=one.name)
            for one in waiting.asked
            if one.step.if_different is IfDifferent.REFUSE
            and one.key not in before
            and (one.step.name, one.about) in things
        ]

    def _known_things(self, asked: Collection[Asked]) -> _Things:
        """Find what the ledger knows of the things that steps are to bring in."""
        by_kind: dict[str, list[Asked]] = {}
        for one in asked:
            if one.step.if_different is not IfDifferent.KEEP and one.step.about.kind != "key":
                by_kind.setdefault(one.step.about.kind, []).append(one)
        found: _Things = {}
        for kind, ones in by_kind.items():
            if kind == "lot":
                lots = known.lots_of(one.about for one in ones)
                found |= {
                    (one.step.name, one.about): lots[one.about] for one in ones if one.about in lots
                }
            else:
                codes = known.codes_of(kind, [one.about[0] for one in ones])
                found |= {(one.step.name, one.about): None for one in ones if one.about[0] in codes}
        return found

    def _born_too_late(self, asked: Collection[Asked], things: _Things) -> dict[str, int]:
        """Find inferred receipts that this file shows to have been earlier.

        Give their positions by key.
        """
        late: dict[str, int] = {}
        for one in asked:
            lot = things.get((one.step.name, one.about))
            inferred = one.step.when.earliest and one.step.grade is Grade.INFERRED
            if not inferred or not isinstance(lot, known.KnownLot) or one.occurred is None:
                continue
            if lot.born_start > one.occurred.start:
                late[one.key] = lot.born_position
        can_move = known.inferred_receipts(list(late.values())) if late else set()
        return {key: position for key, position in late.items() if position in can_move}

    def _times_before(self, fresh: dict[str, Asked], before: dict[str, int]) -> dict[str, Moment]:
        """Give the times at which undated calls were recorded before.

        Told again, they are the same.
        """
        undated = {
            before[key]: key for key, one in fresh.items() if one.occurred is None and key in before
        }
        return {undated[fact.position]: fact.occurred for fact in facts_at(list(undated))}

    def _group(self, waiting: _Waiting, one: Asked, occurred: Moment | None) -> Group:
        occurred = occurred or one.occurred or Moment(self._now, self._now)
        call = Call(
            action=one.step.action,
            arguments=self._typed(one),
            occurred=occurred,
            context=one.context,
            grade=one.step.grade,
            tense=one.step.tense,
            raw=self._raw(waiting, one),
        )
        return Group(calls=[call], key=one.key)

    def _redating(self, waiting: _Waiting, one: Asked, position: int) -> _Submission:
        """Correct an inferred receipt: the lot must have been there before its first use."""
        assert one.occurred is not None
        call = Call(
            action="correct",
            arguments={
                "position": position,
                "reason": EARLIER_USE,
                "action": one.step.action,
                "arguments": self._typed(one),
            },
            occurred=one.occurred,
            context=one.context,
            grade=one.step.grade,
            tense=Tense.TOLD,
            raw=self._raw(waiting, one),
        )
        return _Submission(waiting, one, Group(calls=[call], key=f"{one.key}:from:{position}"))

    def _typed(self, one: Asked) -> dict[str, Json]:
        action = one.step.action
        if action not in self._schemas:
            schema = schema_of(actions()[action].function)
            self._schemas[action] = schema if has_whole_numbers(schema) else None
        whole = self._schemas[action]
        return one.arguments if whole is None else typed(one.arguments, whole)

    def _raw(self, waiting: _Waiting, one: Asked) -> str:
        """Say which row a call came from; what happened once keeps the whole row as it was."""
        row = waiting.read.row
        where = f"{self._source.table.path.name}#{row.number}"
        if one.step.if_different is not IfDifferent.REFUSE:
            return where
        line = io.StringIO()
        csv.writer(line, delimiter=self._source.table.form.delimiter).writerow(row.cells)
        return f"{where}\n{line.getvalue().rstrip()}"

    # What came of it

    def _settle(self, submission: _Submission, outcome: Outcome) -> None:
        one, refusal = submission.asked, outcome.refusal
        once = one.step.if_different is not IfDifferent.REFUSE
        if isinstance(refusal, KeyReused):
            if once:  # the same statement in other words
                refusal = None
            else:
                first = known.receipts_of(self._provenance, [one.key])[one.key]
                refusal = RowDiffers(thing=one.name, position=first)
            self._report.groups_repeated += 1
        elif refusal is None and outcome.repeated:
            self._report.groups_repeated += 1
        elif refusal is None:
            assert outcome.receipt is not None
            self._report.groups_recorded += 1
            self._report.facts_recorded += outcome.receipt.count
            submission.waiting.recorded = True
        if refusal is None:
            return
        if once:
            self._failed[one.key] = refusal
            self._done.discard(one.key)
        else:
            submission.waiting.refusals.append(refusal)

    def _list_exceptions(self, outcomes: Sequence[Outcome]) -> None:
        """List the contradictions that were recorded with this batch's facts."""
        receipts = [o.receipt for o in outcomes if o.receipt is not None and not o.repeated]
        if not receipts:
            return
        first = min(receipt.first for receipt in receipts)
        end = max(receipt.first + receipt.count for receipt in receipts)
        rows = Deviation.objects.filter(position__gte=first, position__lt=end)
        for position, code, facts in rows.order_by("position", "line").values_list(
            "position", "code", "facts"
        ):
            self._report.exceptions[code] += 1
            if len(self._report.listed) < EXCEPTIONS_KEPT:
                self._report.listed.append(ListedException(position, code, facts))

    def _report_row(self, waiting: _Waiting) -> None:
        report, number = self._report, waiting.read.row.number
        found = [(p.column, p.value, p.refusal) for p in waiting.read.problems]
        if not found:
            found = [("", "", refusal) for refusal in _causes(waiting.refusals)]
        if not found:
            report.good += 1
            report.rows_repeated += not waiting.recorded
            return
        report.bad += 1
        report.codes.update(refusal.code for _, _, refusal in found)
        told = []
        for column, value, refusal in found:
            told.append(CellError(column=column, value=value, reason=sentence_of(refusal)))
            if len(report.errors) < ERRORS_KEPT:
                report.errors.append(RowError(number, column, value, refusal))
        self._errors.write(waiting.read.row, told)


def _causes(refusals: Sequence[Refusal]) -> list[Refusal]:
    """Leave out what is said twice, and lots unknown because something else was refused."""
    unique = {(refusal.code, str(refusal.facts)): refusal for refusal in refusals}
    causes = [r for r in unique.values() if not isinstance(r, UnknownLot)]
    return causes or list(unique.values())
