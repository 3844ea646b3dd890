"""Work rows through a mapping: which calls does a row ask for, under which keys? Pure.

A key is made of the mapping's name, the step's, what the step is about and, for statements that may
differ, what they state. So the same row asks for the same calls whichever file it stands in and
however often, and many rows that speak of one raw lot ask for one receipt of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
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
from yuanliu.exchange.refusals import CellBlank, CellNotListed, RowRagged
from yuanliu.exchange.tables import WHOLE_ROW, Row, Table
from yuanliu.ledger.facts import Context, Reading

Json = Any
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

    `about` names the thing as the mapping does, `earlier_than` is set where the time is the
    earliest of all rows, so that it may turn out to be earlier than what an earlier file knew.
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

    Raises CellBlank, CellNotNumber, CellNotTime, CellNotListed, CellSpoiled.
    """
    text = told.strip()
    if not text or text in form.blanks or text in column.blanks:
        if column.default is None:
            if column.required:
                raise CellBlank
            return None
        text = column.default
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
        self._scanned = [step for step in mapping.steps if step.when.earliest]

    @property
    def needs_scan(self) -> bool:
        """Tell whether any step takes the earliest of its times."""
        return bool(self._scanned)

    def scan(self, read: Read) -> None:
        """Note the times of a row.

        A row that is wrong elsewhere still tells when a lot was there.
        """
        for step in self._scanned:
            value = read.values.get(step.when.column)
            if value is None or value.moment is None:
                continue
            asked = self._ask(step, read, [])
            if asked is None:
                continue
            known = self._earliest.get(asked.key)
            if known is None or (value.moment.start, value.moment.end) < (known.start, known.end):
                self._earliest[asked.key] = value.moment

    def plan(self, read: Read) -> list[Asked]:
        """Give the calls a row asks for, in the order of the steps.

        Problems are noted in `read`.
        """
        if any(problem.column == WHOLE_ROW for problem in read.problems):
            return []
        asked = [self._ask(step, read, read.problems) for step in self._mapping.steps]
        return [one for one in asked if one is not None]

    def _ask(self, step: Step, read: Read, problems: list[Problem]) -> Asked | None:
        values = read.values
        for name in step.if_present:
            if name not in values and name not in read.joined:
                return None
        results = _results(step.results, values)
        context, content = _context(step.circumstances, values)
        told = [*_statements(step.measured, values)]
        if step.measured and not told and step.action in MEASURING:
            return None
        about = {
            member: template.render(lambda name: _plain(values, name))
            for member, template in step.about.members.items()
        }
        columns = [c for template in step.about.members.values() for c in template.columns]
        if step.when.column != NOW:
            columns.append(step.when.column)
        blank = [name for name in dict.fromkeys(columns) if name not in values]
        if blank:
            self._note_blank(blank, read, problems)
            return None
        arguments = _argument(step.arguments, values)
        if step.results:
            arguments["results"] = results
        thing = tuple(part or "" for part in about.values())
        stated = [arguments, content, told] if step.if_different is IfDifferent.KEEP else None
        if stated:
            # A result's value counts, not how it is written: 94.5 and 94.50 state the same.
            stated[0] = {name: value for name, value in arguments.items() if name != "results"}
        key = _key(self._mapping.name, step, thing, stated)
        occurred = None if step.when.column == NOW else values[step.when.column].moment
        if step.when.earliest:
            occurred = self._earliest.get(key, occurred)
        return Asked(
            step=step,
            key=key,
            about=thing,
            arguments=arguments,
            occurred=occurred,
            context=context,
        )

    def _note_blank(self, blank: Sequence[str], read: Read, problems: list[Problem]) -> None:
        """Note the blank columns a step cannot do without, unless something is noted there."""
        for name in blank:
            column = self._mapping.column(name)
            heading = column.headings[0] if column else name
            if all(problem.column != heading for problem in problems):
                problems.append(Problem(column=heading, value="", refusal=CellBlank()))


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


def _statements(
    measured: Sequence[Measured], values: AnyMapping[str, Value]
) -> list[tuple[str, str]]:
    """Give what is stated of each characteristic; equal statements are equal text."""
    return sorted((one.named, values[one.column].plain) for one in measured if one.column in values)


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
    context = Context(
        **{name: tuple(v) if isinstance(v, list) else v for name, v in content.items()},
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
