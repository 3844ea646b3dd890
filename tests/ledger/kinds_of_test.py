"""Two kinds of fact of the tests' own: one plain, one whose first version is read by an upcast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from yuanliu.base.moments import Moment
from yuanliu.ledger import kinds
from yuanliu.ledger.append import Writing, writing
from yuanliu.ledger.facts import Draft, Fact, Grade, Provenance

NOON = Moment(1_767_614_400_000_000, 1_767_614_400_000_000, 480)


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung:
    """A bell rang; nothing follows from it."""

    KIND: ClassVar[str] = "test_bell_rung"
    VERSION: ClassVar[int] = 1
    times: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BellTuned:
    """A bell was tuned; version 1 told the pitch in `hertz`, version 2 in `tone` without a key."""

    KIND: ClassVar[str] = "test_bell_tuned"
    VERSION: ClassVar[int] = 3
    pitch: str
    key: str


def upcast_pitch(data: dict[str, Any]) -> dict[str, Any]:
    """Bring version 1 to 2."""
    return {"tone": data["hertz"] + " Hz"}


def upcast_key(data: dict[str, Any]) -> dict[str, Any]:
    """Bring version 2 to 3."""
    return {"pitch": data["tone"], "key": "C"}


@contextmanager
def known_to_the_ledger() -> Iterator[None]:
    """Declare the tests' kinds for as long as the block runs."""
    before = dict(kinds._KINDS)
    kinds.fact(BellRung)
    kinds.fact_with_upcasts({1: upcast_pitch, 2: upcast_key})(BellTuned)
    try:
        yield
    finally:
        kinds._KINDS.clear()
        kinds._KINDS.update(before)


def draft(data: Any, *, key: str = "", actor: str = "ringer", **more: Any) -> Draft:
    """Decide a fact."""
    provenance = Provenance(actor=actor, channel="test", key=key, digest="d" if key else "")
    return Draft(data=data, occurred=NOON, grade=Grade.DECLARED, provenance=provenance, **more)


def ring(work: Writing, times: int, **more: Any) -> Fact:
    """Record that the bell rang."""
    return work.record(draft(BellRung(times=times), **more))


def ring_once(times: int, *, now: int = 1_000) -> Fact:
    """Record in a transaction of its own that the bell rang."""
    with writing(now=now) as work:
        return ring(work, times)
