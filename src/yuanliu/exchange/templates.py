"""Templates: text with names of columns in braces, and nothing else.

`API-{api_code}` is all they can do.

There are no expressions, so a mapping from a stranger can put a row's values into text but not run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

Lookup = Callable[[str], str | None]


class TemplateBroken(ValueError):
    """Say that the braces of a template do not match, or that one is empty."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template read.

    `parts` alternate between literal text and the names of columns, text first.
    """

    parts: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the names of the columns it uses."""
        return self.parts[1::2]

    @property
    def literal(self) -> str | None:
        """Give the text of a template that uses no column, else None."""
        return self.parts[0] if len(self.parts) == 1 else None

    def render(self, lookup: Lookup) -> str | None:
        """Fill in the values; None if one of them is blank."""
        if len(self.parts) == 1:
            return self.parts[0]
        filled = list(self.parts)
        for at in range(1, len(filled), 2):
            value = lookup(filled[at])
            if value is None:
                return None
            filled[at] = value
        return "".join(filled)


def read_template(text: str) -> Template:
    """Read a template; `{{` and `}}` stand for single braces. Raises TemplateBroken."""
    parts = [""]
    end = 0
    for found in _PIECE.finditer(text):
        parts[-1] += text[end : found.start()]
        end = found.end()
        if found[0] in ("{{", "}}"):
            parts[-1] += found[0][0]
        elif found[1] and found[1].strip():
            parts += [found[1].strip(), ""]
        else:
            raise TemplateBroken(text)
    parts[-1] += text[end:]
    return Template(tuple(parts))
