"""A mapping: from the columns of a file to actions, as data (docs/reference/mappings.md).

`mapping_reading.py` makes these from YAML and refuses what cannot be meant; `rows.py` works rows
through them.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from enum import Enum

from yuanliu.exchange.cells import Notation, TimeForm
from yuanliu.exchange.templates import Template
from yuanliu.ledger.facts import Grade
from yuanliu.ledger.judge import Tense

NOW = "now"
"""In the place of a column of time: the moment of the import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileForm:
    """How a file is written.

    `header` is the row of the heading, `skip` rows after it hold no data.
    """

    name: str = ""
    delimiter: str = ","
    quote: str = '"'
    encodings: tuple[str, ...] = ("utf-8",)
    notation: Notation = Notation()
    sheet: str = ""
    header: int = 1
    skip: int = 0
    blanks: frozenset[str] = frozenset()
    zone: tzinfo = UTC


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as the mapping names it, under any of its `headings` in the file.

    `values` translates what the file writes; `default` stands for a blank; `unit` is that of its
    numbers.
    """

    name: str
    headings: tuple[str, ...]
    kind: Kind = Kind.TEXT
    forms: tuple[TimeForm, ...] = ()
    required: bool = False
    values: AnyMapping[str, str] = field(default_factory=dict)
    default: str | None = None
    blanks: frozenset[str] = frozenset()
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A second table, whose rows are found by their key columns and lent to the rows of the first.

    `files` are names without ending, to be looked for beside the file, where `*` is what the file's
    own name has at the `*` of its name in the mapping; none means another sheet of the same
    workbook. `on` pairs a column of the file with one of the second table.
    """

    name: str
    files: tuple[str, ...]
    form: FileForm
    on: tuple[tuple[str, str], ...]
    columns: AnyMapping[str, Column]
    optional: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A text argument."""

    template: Template
    line: int = 0


@dataclass(frozen=True, slots=True)
class Members:
    """An argument with named members; in a list it stands only where its columns are not blank."""

    members: AnyMapping[str, Tree]
    line: int = 0
    if_present: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list of arguments."""

    items: Sequence[Tree]
    line: int = 0


Tree = Text | Members | Items


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A column told as a result, parameter or reading, under the name `named`.

    Limits and gauge as text.
    """

    column: str
    named: str
    unit: str = ""
    gauge: str = ""
    lower: str = ""
    upper: str = ""


class IfDifferent(Enum):
    """What to do with a row that tells again of the same thing, and tells otherwise.

    IGNORE it: the thing is known, and that was all there was to tell (an item, a raw lot seen in
    use). KEEP it beside the earlier: a statement that may differ (a certificate, a measurement).
    REFUSE it: it happened once (a production, a delivery).
    """

    IGNORE = "ignore"
    KEEP = "keep"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a step tells of: `kind` is lot, item, place … or key, whose members are any texts."""

    kind: str
    members: AnyMapping[str, Template]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The floor time of a step: a column of time, or NOW.

    `earliest` over all rows that tell the same.
    """

    column: str
    earliest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The context of a step as templates: each member a text or a list of texts."""

    texts: AnyMapping[str, Template] = field(default_factory=dict)
    lists: AnyMapping[str, tuple[Template, ...]] = field(default_factory=dict)
    parameters: tuple[Measured, ...] = ()
    environment: tuple[Measured, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action that a row may ask for."""

    name: str
    action: str
    about: About
    arguments: Members
    when: When
    results: tuple[Measured, ...] = ()
    circumstances: Circumstances = Circumstances()
    grade: Grade = Grade.DECLARED
    tense: Tense = Tense.TOLD
    if_present: tuple[str, ...] = ()
    if_different: IfDifferent = IfDifferent.REFUSE
    line: int = 0

    @property
    def measured(self) -> tuple[Measured, ...]:
        """Give every column the step tells as a measurement."""
        context = self.circumstances
        return (*self.results, *context.parameters, *context.environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping; `name` is part of the idempotency keys, so a row means the same for ever."""

    name: str
    source: str
    title_en: str = ""
    title_zh: str = ""
    form: FileForm
    columns: AnyMapping[str, Column]
    joins: tuple[Join, ...] = ()
    steps: tuple[Step, ...] = ()

    def column(self, name: str) -> Column | None:
        """Find a column by its name, `join.column` for one of a second table."""
        if name in self.columns:
            return self.columns[name]
        prefix, _, rest = name.partition(".")
        for join in self.joins:
            if join.name == prefix:
                return join.columns.get(rest)
        return None
