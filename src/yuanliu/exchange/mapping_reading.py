"""Read a mapping from YAML, and refuse with file, line and field whatever cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

from yuanliu.base.text import gettext_noop
from yuanliu.base.units import UnknownUnit, unit_of
from yuanliu.exchange.cells import (
    DAY,
    MONTH,
    SECOND,
    TimeForm,
    month_names,
    time_form,
)
from yuanliu.exchange.form_reading import read_blanks, read_form
from yuanliu.exchange.lined import Lined, read_lined
from yuanliu.exchange.mapping import (
    NOW,
    About,
    Circumstances,
    Column,
    FileForm,
    IfDifferent,
    Items,
    Join,
    Kind,
    Mapping,
    Measured,
    Members,
    Step,
    Text,
    Tree,
    When,
)
from yuanliu.exchange.months import LANGUAGES
from yuanliu.exchange.refusals import MappingMemberUnknown
from yuanliu.exchange.templates import Template, TemplateBroken, read_template
from yuanliu.ledger.facts import Grade
from yuanliu.ledger.judge import Tense

NAME = re.compile(r"[\w-]{1,40}")
ABOUT = {
    "lot": (("item", "number"), ("supplier",)),
    "item": (("code",), ()),
    "party": (("code",), ()),
    "place": (("code",), ()),
    "equipment": (("code",), ()),
    "gauge": (("code",), ()),
    "person": (("code",), ()),
    "document": (("code",), ()),
}
"""The kinds of thing a step can be about that can be looked up: needed and other members."""
KEY = "key"
FORMS = {
    "month": ("yyyy-MM", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss"),
    "date": ("yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss"),
    "time": ("yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd"),
}
"""The forms every column of time takes besides its own.

Those a workbook's typed cells are written in.
"""
UNITS = {"month": MONTH, "date": DAY, "time": SECOND}
CONTEXT_TEXTS = ("team", "station", "step", "note")
CONTEXT_LISTS = ("people", "equipment", "tools", "gauges", "documents", "orders")
COLUMNS_SHOWN = 12
_PLAIN_NAME = gettext_noop("a name without braces, points or bars that is not “now”")
_SHORT_NAME = gettext_noop("up to 40 letters, digits and hyphens")
_OWN_NAME = gettext_noop("a name that no other step has")
_TEMPLATE = gettext_noop("text with the names of columns in braces")


def read_mapping(text: str, *, file: str) -> Mapping:
    """Read a mapping. Raises MappingNotYaml, MappingMemberUnknown, -Missing and -Wrong."""
    return _Reading(read_lined(text, file=file)).mapping()


class _Reading:
    """A mapping being read: what is known so far is what the next part may refer to."""

    def __init__(self, root: Lined) -> None:
        known = ("mapping", "title", "file", "months", "columns", "join", "time", "tense", "steps")
        self.told = root.members(known, needed=("mapping", "columns", "steps"))
        self.root = root
        self.languages: list[str] = ["en"]
        self.columns: dict[str, Column] = {}
        self.joins: tuple[Join, ...] = ()

    def mapping(self) -> Mapping:
        """Read all of it."""
        told = self.told
        name = told["mapping"].text()
        if not NAME.fullmatch(name):
            told["mapping"].wrong(_SHORT_NAME)
        title = told["title"].members(("en", "zh")) if "title" in told else {}
        if "months" in told:
            self.languages = [
                member.choice({language: language for language in LANGUAGES})
                for member in told["months"].items()
            ]
        form = read_form(told.get("file"), FileForm())
        self.columns = self._columns(told["columns"])
        self.joins = tuple(
            self._join(join, name, form)
            for name, join in (told["join"].members().items() if "join" in told else ())
        )
        return Mapping(
            name=name,
            source=self.root.file,
            title_en=title["en"].text() if "en" in title else name,
            title_zh=title["zh"].text() if "zh" in title else name,
            form=form,
            columns=self.columns,
            joins=self.joins,
            steps=self._steps(),
        )

    # Columns

    def _columns(self, node: Lined) -> dict[str, Column]:
        members = node.members()
        if not members:
            node.wrong("name: text | number | month | date | time")
        for name, member in members.items():
            if name == NOW or not re.fullmatch(r"[^\s{}.|][^{}.|]*", name):
                member.wrong(_PLAIN_NAME)
        return {name: self._column(name, member) for name, member in members.items()}

    def _column(self, name: str, node: Lined) -> Column:
        kinds = {
            "text": "text",
            "number": "number",
            "month": "month",
            "date": "date",
            "time": "time",
        }
        if isinstance(node.value, str):
            kind = node.choice(kinds)
            return Column(
                name=name, headings=(name,), kind=_kind(kind), forms=self._forms(kind, None, None)
            )
        known = (
            "type",
            "heading",
            "forms",
            "months",
            "required",
            "values",
            "default",
            "blank",
            "unit",
        )
        told = node.members(known)
        kind = told["type"].choice(kinds) if "type" in told else "text"
        for alone in ("forms", "months"):
            if alone in told and kind not in FORMS:
                told[alone].wrong("type: month | date | time")
        values = told["values"].members() if "values" in told else {}
        return Column(
            name=name,
            headings=_texts(told.get("heading")) or (name,),
            kind=_kind(kind),
            forms=self._forms(kind, told.get("forms"), told.get("months")),
            required=told["required"].switch() if "required" in told else False,
            values={written: member.text() for written, member in values.items()},
            default=told["default"].text() if "default" in told else None,
            blanks=read_blanks(told.get("blank")),
            unit=told["unit"].text() if "unit" in told else "",
        )

    def _forms(self, kind: str, forms: Lined | None, months: Lined | None) -> tuple[TimeForm, ...]:
        if kind not in FORMS:
            return ()
        languages = self.languages
        if months is not None:
            choices = {language: language for language in LANGUAGES}
            languages = [member.choice(choices) for member in months.items()]
        names = month_names(languages)
        found = []
        for member in forms.items() if forms else ():
            form = time_form(member.text(), names, units=UNITS[kind])
            if form is None:
                member.wrong("yyyy-MM | MMM.yy | dd.MM.yyyy | yyyy-MM-dd HH:mm:ss | …")
            found.append(form)
        for form_text in FORMS[kind]:
            form = time_form(form_text, names, units=UNITS[kind])
            assert form is not None
            found.append(form)
        return tuple(found)

    def _join(self, node: Lined, name: str, base: FileForm) -> Join:
        told = node.members(("file", "form", "on", "optional", "columns"), needed=("on", "columns"))
        columns = self._columns(told["columns"])
        pairs = []
        if isinstance(told["on"].value, dict):
            pairs = [(ours, theirs) for ours, theirs in told["on"].members().items()]
        else:
            pairs = [(member.text(), member) for member in told["on"].items()]
        for ours, theirs in pairs:
            _among(told["on"], ours, self.columns)
            _among(theirs, theirs.text(), columns)
        return Join(
            name=name,
            files=_texts(told.get("file")),
            form=read_form(told.get("form"), base),
            on=tuple((ours, theirs.text()) for ours, theirs in pairs),
            columns=columns,
            optional=told["optional"].switch() if "optional" in told else True,
        )

    # Steps

    def _steps(self) -> tuple[Step, ...]:
        when = self._when(self.told["time"]) if "time" in self.told else None
        tense = self.told["tense"].choice(_TENSES) if "tense" in self.told else Tense.TOLD
        steps = [self._step(node, when, tense) for node in self.told["steps"].items()]
        names: set[str] = set()
        for node, step in zip(self.told["steps"].items(), steps, strict=True):
            if step.name in names:
                node.members()["step"].wrong(_OWN_NAME)
            names.add(step.name)
        return tuple(steps)

    def _step(self, node: Lined, when: When | None, tense: Tense) -> Step:
        known = ("step", "action", "about", "with", "results", "context", "time", "grade", "tense",
                 "if_present", "if_different")  # fmt: skip
        needed = ("step", "action", "about") if when else ("step", "action", "about", "time")
        told = node.members(known, needed=needed)
        if not NAME.fullmatch(told["step"].text()):
            told["step"].wrong(_SHORT_NAME)
        arguments = self._tree(told["with"]) if "with" in told else Members({}, node.line)
        if not isinstance(arguments, Members):
            told["with"].wrong("name: …")
        own = self._when(told["time"]) if "time" in told else when
        assert own is not None
        return Step(
            name=told["step"].text(),
            action=told["action"].text(),
            about=self._about(told["about"]),
            arguments=arguments,
            when=own,
            results=self._measured(told.get("results")),
            circumstances=self._circumstances(told.get("context")),
            grade=told["grade"].choice({g.value: g for g in Grade})
            if "grade" in told
            else _DECLARED,
            tense=told["tense"].choice(_TENSES) if "tense" in told else tense,
            if_present=self._present(told.get("if_present"), joins=True),
            if_different=self._if_different(told.get("if_different")),
            line=node.line,
        )

    def _present(self, node: Lined | None, *, joins: bool) -> tuple[str, ...]:
        """Read the columns that must not be blank; a joined table's name is one in a step."""
        names = {join.name for join in self.joins} if joins else set()
        for member in node.items() if node else ():
            if member.text() not in names:
                self._known(member, member.text())
        return _texts(node)

    def _if_different(self, node: Lined | None) -> IfDifferent:
        if node is None:
            return IfDifferent.REFUSE
        return node.choice({choice.value: choice for choice in IfDifferent})

    def _when(self, node: Lined) -> When:
        if isinstance(node.value, str):
            return When(column=self._time_column(node))
        told = node.members(("earliest",), needed=("earliest",))
        column = self._time_column(told["earliest"])
        if column == NOW:
            told["earliest"].wrong("type: month | date | time")
        return When(column=column, earliest=True)

    def _time_column(self, node: Lined) -> str:
        name = node.text()
        if name != NOW:
            self._known(node, name)
            column = self._column_of(name)
            if column is None or column.kind is not Kind.TIME:
                node.wrong("type: month | date | time")
        return name

    def _about(self, node: Lined) -> About:
        told = node.members((*ABOUT, KEY))
        if len(told) != 1:
            node.wrong(" | ".join((*ABOUT, KEY)))
        ((kind, member),) = told.items()
        if kind == KEY:
            parts = {str(at): self._template(part) for at, part in enumerate(member.items())}
            return About(kind=kind, members=parts)
        needed, others = ABOUT[kind]
        if isinstance(member.value, str) and len(needed) == 1:
            return About(kind=kind, members={needed[0]: self._template(member)})
        members = member.members((*needed, *others), needed=needed)
        # In one order whatever the order in the file: the key is made of it.
        names = [name for name in (*needed, *others) if name in members]
        return About(kind=kind, members={name: self._template(members[name]) for name in names})

    def _circumstances(self, node: Lined | None) -> Circumstances:
        if node is None:
            return Circumstances()
        told = node.members((*CONTEXT_TEXTS, *CONTEXT_LISTS, "parameters", "environment"))
        return Circumstances(
            texts={name: self._template(told[name]) for name in CONTEXT_TEXTS if name in told},
            lists={
                name: tuple(self._template(member) for member in told[name].items())
                for name in CONTEXT_LISTS
                if name in told
            },
            parameters=self._measured(told.get("parameters")),
            environment=self._measured(told.get("environment")),
        )

    def _measured(self, node: Lined | None) -> tuple[Measured, ...]:
        return tuple(self._one_measured(member) for member in node.items()) if node else ()

    def _one_measured(self, node: Lined) -> Measured:
        if isinstance(node.value, str):
            told, column_node = {}, node
        else:
            told = node.members(
                ("column", "as", "unit", "gauge", "lower", "upper"), needed=("column",)
            )
            column_node = told["column"]
        name = column_node.text()
        self._known(column_node, name)
        column = self._column_of(name)
        assert column is not None
        texts = {member: told[member].text() for member in told if member not in ("column", "as")}
        return Measured(
            column=name,
            named=told["as"].text() if "as" in told else name.rpartition(".")[2],
            unit=_unit_code(texts.pop("unit", column.unit)),
            **texts,
        )

    def _tree(self, node: Lined) -> Tree:
        if isinstance(node.value, str):
            return Text(self._template(node), node.line)
        if isinstance(node.value, list):
            return Items([self._tree(member) for member in node.value], node.line)
        told = dict(node.value)
        present = told.pop("if_present", None)
        return Members(
            {name: self._tree(member) for name, member in told.items()},
            node.line,
            self._present(present, joins=False),
        )

    def _template(self, node: Lined) -> Template:
        try:
            template = read_template(node.text())
        except TemplateBroken:
            node.wrong(_TEMPLATE)
        for name in template.columns:
            self._known(node, name)
        return template

    def _known(self, node: Lined, name: str) -> None:
        if self._column_of(name) is None:
            names = [*self.columns, *(f"{j.name}.{c}" for j in self.joins for c in j.columns)]
            _among(node, name, names)

    def _column_of(self, name: str) -> Column | None:
        if name in self.columns:
            return self.columns[name]
        prefix, _, rest = name.partition(".")
        return next((j.columns.get(rest) for j in self.joins if j.name == prefix), None)


_TENSES = {tense.value: tense for tense in Tense}
_DECLARED = Grade.DECLARED


def _unit_code(text: str) -> str:
    """Give the code of a unit.

    What laboratories measure in may be no unit of the table, and stays text.
    """
    try:
        return unit_of(text).code if text else ""
    except UnknownUnit:
        return text


def _kind(name: str) -> Kind:
    return Kind.TIME if name in FORMS else Kind(name)


def _texts(node: Lined | None) -> tuple[str, ...]:
    return tuple(member.text() for member in node.items()) if node else ()


def _among(node: Lined, name: str, known: Iterable[str]) -> None:
    """Raise MappingMemberUnknown unless the name is known; the names nearest in kind are shown."""
    names = list(known)
    if name in names:
        return
    alike = [known for known in names if known.casefold()[:3] == name.casefold()[:3]]
    shown = (alike or names)[:COLUMNS_SHOWN]
    more = "" if len(shown) == len(names) else " …"
    raise MappingMemberUnknown(
        file=node.file, line=node.line, field=f"{node.path}: {name}", known=", ".join(shown) + more
    )
