"""Refuse a contradiction, or note it when the thing was already done. Pure."""

from __future__ import annotations

from enum import Enum

from yuanliu.base.refusal import Conflict


class Tense(Enum):
    """Whether a person asks before doing, or tells what was already done (DESIGN §2).

    What is asked is refused if it contradicts what is known. What is told is recorded all the same,
    and the contradiction is listed as an exception for a person to resolve.
    """

    ASKED = "asked"
    TOLD = "told"


class Judge:
    """Refuse a conflict, or note it when the thing was already done."""

    def __init__(self, tense: Tense) -> None:
        self.tense = tense
        self.noted: list[Conflict] = []

    def conflict(self, conflict: Conflict) -> None:
        """Raise the conflict if the caller asks; note it if the caller tells."""
        if self.tense is Tense.ASKED:
            raise conflict
        self.noted.append(conflict)
