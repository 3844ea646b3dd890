"""Read YAML so that every value knows its line, and nothing in it can be more than text.

Of YAML only maps, lists and plain text are taken: no anchors, no tags, no types. What is a number,
a switch or a choice is decided by the reader who knows what is wanted, so `no` stays `no` and `007`
stays `007`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import yaml

from yuanliu.base.text import gettext_noop
from yuanliu.exchange.refusals import (
    MappingMemberMissing,
    MappingMemberUnknown,
    MappingMemberWrong,
    MappingNotYaml,
)

SIZE_MAX = 1_000_000
DEPTH_MAX = 20
T = TypeVar("T")
_TEXT = gettext_noop("text")
_EMPTY = gettext_noop("it is empty")
_TOO_LONG = gettext_noop("it is more than a megabyte")
_TOO_DEEP = gettext_noop("it is nested too deep")
_ALIAS = gettext_noop("anchors and aliases are not taken; write it out")
_TAG = gettext_noop("tags are not taken")
_NAME = gettext_noop("a name must be text")
_TWICE = gettext_noop("a name stands twice")
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "value")
)


@dataclass(frozen=True, slots=True)
class Lined:
    """A value of a YAML file.

    Text, a list or a map, with the file, the line and the path it stands at.
    """

    value: str | list[Lined] | dict[str, Lined]
    file: str
    line: int
    path: str = ""

    def text(self) -> str:
        """Give the text. Raises MappingMemberWrong for a list or a map."""
        if not isinstance(self.value, str):
            self.wrong(_TEXT)
        return self.value

    def whole(self, *, least: int = 0) -> int:
        """Give a whole number. Raises MappingMemberWrong."""
        text = self.text()
        if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < least:
            self.wrong(f"{least}, {least + 1}, {least + 2} …")
        return int(text)

    def switch(self) -> bool:
        """Give a switch. Raises MappingMemberWrong."""
        return self.choice({"true": True, "yes": True, "false": False, "no": False})

    def choice(self, choices: Mapping[str, T]) -> T:
        """Give one of several values by its name. Raises MappingMemberWrong."""
        found = choices.get(self.text())
        if found is None:
            self.wrong(" | ".join(choices))
        return found

    def items(self) -> list[Lined]:
        """Give the members of a list; text alone is a list of one.

        Raises MappingMemberWrong for a map.
        """
        if isinstance(self.value, dict):
            self.wrong("- … / [ … ]")
        return self.value if isinstance(self.value, list) else [self]

    def members(
        self, known: Iterable[str] | None = None, *, needed: Iterable[str] = ()
    ) -> dict[str, Lined]:
        """Give the members of a map; `known` None allows any.

        Raises MappingMemberWrong, MappingMemberUnknown, MappingMemberMissing.
        """
        if not isinstance(self.value, dict):
            self.wrong("name: …")
        if known is not None:
            known = tuple(known)
            for name, member in self.value.items():
                if name not in known:
                    raise MappingMemberUnknown(
                        file=self.file, line=member.line, field=member.path, known=", ".join(known)
                    )
        for name in needed:
            if name not in self.value:
                raise MappingMemberMissing(
                    file=self.file, line=self.line, field=f"{self.path}.{name}".lstrip(".")
                )
        return self.value

    def wrong(self, wanted: str) -> NoReturn:
        """Raise MappingMemberWrong."""
        shown = self.value if isinstance(self.value, str) else "…"
        raise MappingMemberWrong(
            file=self.file, line=self.line, field=self.path, value=shown, wanted=wanted
        )


def read_lined(text: str, *, file: str) -> Lined:
    """Read a YAML document.

    Raises MappingNotYaml for broken YAML and for all but maps, lists and text.
    """
    if len(text) > SIZE_MAX:
        raise MappingNotYaml(file=file, line=1, problem=_TOO_LONG)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise MappingNotYaml(file=file, line=line, problem=problem) from error
    if node is None:
        raise MappingNotYaml(file=file, line=1, problem=_EMPTY)
    return _Walk(file).walk(node, "", 0)


class _Walk:
    """Turn YAML nodes into lined values."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.seen: set[int] = set()

    def walk(self, node: yaml.Node, path: str, depth: int) -> Lined:
        line = node.start_mark.line + 1
        # An anchor that is used again is the same node object: nothing may be repeated that way.
        if id(node) in self.seen:
            raise self._broken(line, _ALIAS)
        self.seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            raise self._broken(line, _TAG)
        if depth > DEPTH_MAX:
            raise self._broken(line, _TOO_DEEP)
        if isinstance(node, yaml.MappingNode):
            return Lined(self._members(node, path, depth), self.file, line, path)
        if isinstance(node, yaml.SequenceNode):
            members = [
                self.walk(member, f"{path}[{at}]", depth + 1)
                for at, member in enumerate(node.value)
            ]
            return Lined(members, self.file, line, path)
        return Lined(str(node.value), self.file, line, path)

    def _members(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Lined]:
        members: dict[str, Lined] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                raise self._broken(line, _NAME)
            name = str(key.value)
            if name in members:
                raise self._broken(line, _TWICE)
            members[name] = self.walk(value, f"{path}.{name}" if path else name, depth + 1)
        return members

    def _broken(self, line: int, problem: str) -> MappingNotYaml:
        return MappingNotYaml(file=self.file, line=line, problem=problem)
