"""The desk: where an action decides.

It knows who asks, when it happened, and how strictly to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from yuanliu.base.moments import Moment
from yuanliu.ledger.append import Writing
from yuanliu.ledger.facts import NO_CONTEXT, Context, Draft, Fact, Grade, Provenance
from yuanliu.ledger.judge import Judge, Tense

Action = Callable[..., None]
A = TypeVar("A", bound=Action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """How a call came in: provenance, floor time, evidence grade, circumstances and tense."""

    provenance: Provenance
    occurred: Moment
    grade: Grade = Grade.DECLARED
    context: Context = NO_CONTEXT
    tense: Tense = Tense.ASKED
    supersedes: int | None = None
    reason: str = ""


class Desk:
    """One call at work: it decides with `judge` and records what was decided."""

    def __init__(self, work: Writing, capture: Capture) -> None:
        self.work = work
        self.capture = capture
        self.judge = Judge(capture.tense)
        # In a correction: (item, number, id) of what the corrected fact had brought into being.
        self.reusable: list[tuple[str, str, str]] = []

    def reuse(self, item: str, number: str) -> str | None:
        """Give the id that a corrected fact gave to what is now born again: same number, else same
        item.
        """
        for wanted in ((item, number), (item, None)):
            for known in self.reusable:
                if known[0] == wanted[0] and wanted[1] in (known[1], None):
                    self.reusable.remove(known)
                    return known[2]
        return None

    def record(self, data: Any) -> Fact:
        """Record a decided fact, with the conflicts noted since the last one."""
        capture = self.capture
        conflicts = tuple(conflict.as_json() for conflict in self.judge.noted)
        self.judge.noted.clear()
        fact = self.work.record(
            Draft(
                data=data,
                occurred=capture.occurred,
                grade=capture.grade,
                provenance=capture.provenance,
                context=capture.context,
                conflicts=conflicts,
                supersedes=capture.supersedes,
                reason=capture.reason,
            )
        )
        if capture.supersedes is not None:
            # Only the first fact of a correction takes the earlier one's place.
            self.capture = replace(capture, supersedes=None, reason="")
        return fact


@dataclass(frozen=True, slots=True)
class ActionKind:
    """A declared action: its name, its function and the first line of its docstring."""

    name: str
    function: Action
    summary: str


_ACTIONS: dict[str, ActionKind] = {}


def action(function: A) -> A:
    """Declare a function as an action every door can call by its name.

    Raises ValueError if declared twice.
    """
    name = function.__name__
    if name in _ACTIONS:
        raise ValueError(f"the action {name} is declared twice")
    summary = (function.__doc__ or "").strip().splitlines()[0]
    _ACTIONS[name] = ActionKind(name, function, summary)
    return function


def actions() -> dict[str, ActionKind]:
    """Give every declared action by name."""
    return dict(_ACTIONS)
