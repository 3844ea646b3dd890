"""Work rows through a mapping: which calls does a row ask for, under which keys? Pure.

A key is made of the mapping's name, the step's, what the step is about and, for statements that may
differ, what they state. So the same row asks for the same calls whichever file it stands in and
however often, and many rows that speak of one raw lot ask for one receipt of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from yuanliu.base.canonical import canonical
from yuanliu.base.moments import Moment
from yuanliu.base.refusal import Refusal
from yuanliu.exchange.cells import Value, read_number, read_text, read_time
from yuanliu.exchange.mapping import (
    NOW,
    Circumstances,
    Column,
    FileForm,
    IfDifferent,
    Items,
    Kind,
    Mapping,
    Measured,
    Members,
    Step,
    Text,
    Tree,
)
from yuanliu.exchange.refusals import CellBlank, CellFormulaFailed, CellNotListed, RowRagged
from yuanliu.exchange.tables import WHOLE_ROW, Row, Table
from yuanliu.ledger.facts import Context, Reading

Json = Any
FORMULA_FAILED = re.compile(
    r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)"
)
"""What spreadsheets show in the place of a value that could not be computed."""
MEASURING = frozenset({"inspect", "record_parameters", "record_readings"})
"""The actions that tell nothing but measurements: without any there is nothing to ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a row cannot be taken in: the column, the value and a refusal that says the reason."""

    column: str
    value: str
    refusal: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call a row asks for, under its key; `occurred` None is the moment of the import.

    `about` names the thing: item, number and supplier of a lot, a code, or any key.
    """

    step: Step
    key: str
    about: tuple[str, ...]
    arguments: dict[str, Json]
    occurred: Moment | None
    context: Context

    @property
    def name(self) -> str:
        """Name what the call is about, for people."""
        return "/".join(part for part in self.about if part)


@dataclass(slots=True)
class Read:
    """A row that was read: its values by column, and what is wrong with it."""

    row: Row
    values: dict[str, Value] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    joined: set[str] = field(default_factory=set)

    def problem(self, column: str, value: str, refusal: Refusal) -> None:
        """Note what is wrong."""
        self.problems.append(Problem(column=column, value=value, refusal=refusal))


class Columns:
    """The columns of a table as its heading has them, ready to read its rows."""

    def __init__(self, columns: AnyMapping[str, Column], table: Table, *, prefix: str = "") -> None:
        self._form = table.form
        self._places: list[tuple[str, Column, int | None]] = [
            (prefix + name, column, table.find(column.headings)) for name, column in columns.items()
        ]
        self._width = len(table.headings)

    @property
    def missing(self) -> list[str]:
        """Name the columns that the mapping knows and the file has not."""
        return [column.headings[0] for _, column, place in self._places if place is None]

    @property
    def missing_required(self) -> list[str]:
        """Name those of the missing columns that must be there."""
        return [
            column.headings[0]
            for _, column, place in self._places
            if place is None and column.required
        ]

    def read(self, row: Row) -> Read:
        """Read a row's cells; nothing is raised, all problems are noted."""
        found = Read(row)
        if row.unsettled or len(row.cells) != self._width:
            refusal = RowRagged(cells=len(row.cells), columns=self._width)
            found.problem(WHOLE_ROW, "", refusal)
            return found
        for name, column, place in self._places:
            told = row.cells[place] if place is not None else ""
            try:
                value = read_cell(told, column, self._form)
            except Refusal as refusal:
                found.problem(column.headings[0], told, refusal)
                continue
            if value is not None:
                found.values[name] = value
        return found


def read_cell(told: str, column: Column, form: FileForm) -> Value | None:
    """Read one cell as its column says; None if it is blank.

    Raises CellBlank, CellFormulaFailed, CellNotNumber, CellNotTime, CellNotListed, CellSpoiled.
    """
    text = told.strip()
    if not text or text in form.blanks or text in column.blanks:
        if column.default is None:
            if column.required:
                raise CellBlank
            return None
        text = column.default
    elif FORMULA_FAILED.fullmatch(text):
        raise CellFormulaFailed(value=text)
    elif column.values:
        if text not in column.values:
            raise CellNotListed(value=text, known=", ".join(column.values))
        text = column.values[text]
        if not text:
            return None
    if column.kind is Kind.NUMBER:
        return read_number(text, form.notation)
    if column.kind is Kind.TIME:
        return read_time(text, column.forms, form.zone)
    return read_text(text)


class Planner:
    """Say which calls rows ask for.

    `scan` every row first, where a step takes the earliest of its times.
    """

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._earliest: dict[str, Moment] = {}
        self._needed = {step.name: _needed(step) for step in mapping.steps}
        self._scanned = [step for step in mapping.steps if step.when.earliest]

    def scan(self, read: Read) -> None:
        """Note the times of a row.

        A row that is wrong elsewhere still tells when a lot was there.
        """
        for step in self._scanned:
            value = read.values.get(step.when.column)
            if value is None or value.moment is None:
                continue
            named = self._name(step, read, [])
            if named is None:
                continue
            key, moment = named[0], value.moment
            known = self._earliest.get(key)
            if known is None or (moment.start, moment.end) < (known.start, known.end):
                self._earliest[key] = moment

    def plan(self, read: Read, *, done: Container[str] = frozenset()) -> list[Asked]:
        """Give the calls a row asks for, in the order of the steps; none under a `done` key.

        Problems are noted in `read`.
        """
        if any(problem.column == WHOLE_ROW for problem in read.problems):
            return []
        asked = []
        for step in self._mapping.steps:
            named = self._name(step, read, read.problems)
            if named is not None and named[0] not in done:
                asked.append(self._fill(step, read, *named))
        return asked

    def _name(
        self, step: Step, read: Read, problems: list[Problem]
    ) -> tuple[str, tuple[str, ...]] | None:
        """Give the key of a call and what it is about, or None if the row does not ask for it."""
        values = read.values
        for name in step.if_present:
            if name not in values and name not in read.joined:
                return None
        only_measures = step.measured and step.action in MEASURING
        if only_measures and not any(one.column in values for one in step.measured):
            return None
        blank = [name for name in self._needed[step.name] if name not in values]
        if blank:
            self._note_blank(blank, read, problems)
            return None
        about = step.about.members.values()
        thing = tuple(t.render(lambda name: _plain(values, name)) or "" for t in about)
        stated = None
        if step.if_different is IfDifferent.KEEP:
            # A result's value counts, not how it is written: 94.5 and 94.50 state the same.
            content = _context(step.circumstances, values)[1]
            stated = [_argument(step.arguments, values), content, _statements(step, values)]
        return _key(self._mapping.name, step, thing, stated), thing

    def _fill(self, step: Step, read: Read, key: str, thing: tuple[str, ...]) -> Asked:
        values = read.values
        arguments = _argument(step.arguments, values)
        if step.results:
            arguments["results"] = _results(step.results, values)
        occurred = None if step.when.column == NOW else values[step.when.column].moment
        if step.when.earliest:
            occurred = self._earliest.get(key, occurred)
        return Asked(
            step=step,
            key=key,
            about=thing,
            arguments=arguments,
            occurred=occurred,
            context=_context(step.circumstances, values)[0],
        )

    def _note_blank(self, blank: Sequence[str], read: Read, problems: list[Problem]) -> None:
        """Note the blank columns a step cannot do without, unless something is noted there."""
        for name in blank:
            column = self._mapping.column(name)
            heading = column.headings[0] if column else name
            if all(problem.column != heading for problem in problems):
                problems.append(Problem(column=heading, value="", refusal=CellBlank()))


def _needed(step: Step) -> tuple[str, ...]:
    """Name the columns without which a step cannot be told: what it is about, and when."""
    columns = [c for template in step.about.members.values() for c in template.columns]
    if step.when.column != NOW:
        columns.append(step.when.column)
    return tuple(dict.fromkeys(columns))


def _plain(values: AnyMapping[str, Value], name: str) -> str | None:
    value = values.get(name)
    return None if value is None else value.plain


def _argument(tree: Tree, values: AnyMapping[str, Value]) -> Json:
    """Fill the arguments in; a member whose column is blank is left out."""
    if isinstance(tree, Text):
        return tree.template.render(lambda name: _plain(values, name))
    if isinstance(tree, Items):
        items = [_argument(item, values) for item in tree.items if _applies(item, values)]
        return [item for item in items if item is not None]
    assert isinstance(tree, Members)
    members = {name: _argument(member, values) for name, member in tree.members.items()}
    return {name: member for name, member in members.items() if member is not None}


def _applies(tree: Tree, values: AnyMapping[str, Value]) -> bool:
    return not isinstance(tree, Members) or all(name in values for name in tree.if_present)


def _results(measured: Sequence[Measured], values: AnyMapping[str, Value]) -> list[Json]:
    results = []
    for one in measured:
        value = values.get(one.column)
        if value is not None:
            told = {"characteristic": one.named, "value": value.told}
            others = {"unit": one.unit, "gauge": one.gauge, "lower": one.lower, "upper": one.upper}
            results.append(told | {name: text for name, text in others.items() if text})
    return results


def _statements(step: Step, values: AnyMapping[str, Value]) -> list[tuple[str, str]]:
    """Give what is stated of each characteristic; equal statements are equal text."""
    return sorted(
        (one.named, values[one.column].plain) for one in step.measured if one.column in values
    )


def _context(
    circumstances: Circumstances, values: AnyMapping[str, Value]
) -> tuple[Context, dict[str, Json]]:
    """Make the circumstances, and the part of them that is not a measurement, for the key."""

    def lookup(name: str) -> str | None:
        return _plain(values, name)

    texts = {name: template.render(lookup) for name, template in circumstances.texts.items()}
    lists = {
        name: tuple(t for template in templates if (t := template.render(lookup)) is not None)
        for name, templates in circumstances.lists.items()
    }
    content: dict[str, Json] = {name: text for name, text in texts.items() if text is not None}
    content |= {name: list(members) for name, members in lists.items() if members}
    members: dict[str, Any] = {n: t for n, t in content.items() if isinstance(t, str)}
    members |= {name: filled for name, filled in lists.items() if filled}
    context = Context(
        **members,
        parameters=_readings(circumstances.parameters, values),
        environment=_readings(circumstances.environment, values),
    )
    return context, content


def _readings(measured: Sequence[Measured], values: AnyMapping[str, Value]) -> dict[str, Reading]:
    return {
        one.named: Reading(value=values[one.column].told, unit=one.unit, gauge=one.gauge)
        for one in measured
        if one.column in values
    }


def _key(mapping: str, step: Step, about: Sequence[str], stated: Json) -> str:
    thing = _digest(list(about))[:32]
    end = f":{_digest(stated)[:32]}" if stated else ""
    return f"{mapping}:{step.name}:{thing}{end}"


def _digest(value: Json) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
