"""Refusals: the one way Yuanliu says no.

A refusal has a stable code, the facts of the case, a translatable sentence with named placeholders
and an HTTP status. Two families matter to the gate: a plain `Refusal` means the request itself
cannot be understood or allowed; a `Conflict` means it contradicts what the ledger already knows,
which a door refuses but the floor may already have done (R57, DESIGN §2): then it is recorded and
listed as an exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from yuanliu.base.text import gettext_noop

JsonFacts = dict[str, Any]
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """Say no with a code, the facts and a sentence.

    Subclasses set `code` (stable, snake case), `sentence` (an English msgid whose placeholders are
    the names of the facts) and, if not 409, `status`. `phrases` names the facts that are themselves
    msgids.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = gettext_noop("The request was refused.")
    status: ClassVar[int] = 409
    phrases: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **facts: Any) -> None:
        self.facts: JsonFacts = {name: _plain(value) for name, value in facts.items()}
        super().__init__(self.code)

    def __str__(self) -> str:
        return self.render()

    def render(self, translate: Callable[[str], str] = str) -> str:
        """Put the facts into the sentence, both brought into a language by `translate`."""
        facts = {
            name: fill(translate(value), self.facts) if name in self.phrases and value else value
            for name, value in self.facts.items()
        }
        return fill(translate(self.sentence), facts)

    def as_json(self) -> JsonFacts:
        """Return `{"code", "facts"}`; the sentence is made at the door, in the reader's
        language.
        """
        return {"code": self.code, "facts": self.facts}


class Conflict(Refusal):
    """Say that what is reported contradicts what is known."""


class Malformed(Refusal):
    """Say that a value cannot be read."""

    code = "malformed"
    sentence = gettext_noop("%(field)s: “%(value)s” cannot be read: %(problem)s.")
    status = 422
    phrases = ("problem",)


CHOOSE_ONE = gettext_noop("choose one of %(choices)s")


class NotAllowed(Refusal):
    """Say that this person or key may not do this."""

    code = "not_allowed"
    sentence = gettext_noop(
        "%(actor)s may not do “%(action)s”. Ask an administrator for the permission."
    )
    status = 403


def fill(sentence: str, facts: JsonFacts) -> str:
    """Replace `%(name)s` by the fact of that name, leaving every other sign as it is."""
    return _PLACEHOLDER.sub(lambda found: str(facts.get(found[1], found[0])), sentence)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        # Half a surrogate pair cannot be sent to anybody: show it as an escape.
        return value.encode("utf-8", "backslashreplace").decode()
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return str(value)


def all_refusals() -> list[type[Refusal]]:
    """List every refusal class that is loaded, by code."""
    found: dict[str, type[Refusal]] = {}
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if "code" in kind.__dict__:
            found[kind.code] = kind
    return [found[code] for code in sorted(found)]
