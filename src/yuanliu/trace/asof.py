"""What was known when: a ledger position, or the last one recorded by a time (B3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yuanliu.base import moments
from yuanliu.base.refusal import Malformed, Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.ledger.read import position_at, size


class NothingKnownYet(Refusal):
    """Say that nothing was recorded by then."""

    code = "nothing_known_yet"
    sentence = gettext_noop("Nothing was recorded by %(time)s. Ask for a later time.")
    status = 404


@dataclass(frozen=True, slots=True)
class AsOf:
    """The last position that counts, and the time it was asked by ("" if a position was)."""

    position: int
    time: str = ""

    def as_json(self) -> dict[str, Any]:
        """Write it as the answers do."""
        return {"position": self.position, "time": self.time or None}


def as_of_position(text: str | int | None) -> AsOf | None:
    """Read `--as-of`: a position, or a time (ISO 8601; of a day or month its end). None is now.

    Raises Malformed, NothingKnownYet.
    """
    if text is None or text == "":
        return None
    if isinstance(text, int) or text.isascii() and text.isdigit():
        position = int(text)
        if position >= size():
            problem = gettext_noop("the ledger is not that long")
            raise Malformed(field="as_of", value=text, problem=problem)
        return AsOf(position)
    moment = moments.parse(text)
    found = position_at(moment.end)
    if found < 0:
        raise NothingKnownYet(time=str(moment))
    return AsOf(found, str(moment))
