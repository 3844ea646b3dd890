"""A small bakery and pump shop to tell sentences about: say what happens, ask what is.

Everything goes through the gate, as a door would send it. Time is days after the plant opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from yuanliu.base.moments import Moment, at, micros
from yuanliu.base.quantity import plain
from yuanliu.base.refusal import Refusal
from yuanliu.base.units import unit_of
from yuanliu.capture.gate import Call, Caller, Group, submit
from yuanliu.genealogy import models as genealogy
from yuanliu.ledger import models as ledger
from yuanliu.ledger.facts import NO_CONTEXT, Context, Fact, Grade
from yuanliu.ledger.judge import Tense
from yuanliu.ledger.read import fact_at
from yuanliu.ledger.rebuild import dump
from yuanliu.lots import models, queries
from yuanliu.lots.requests import LotRef

OPENING = datetime(2026, 11, 2, 8, tzinfo=UTC)
NOW = micros(OPENING + timedelta(days=100))
ME = Caller(actor="wang", channel="test", may_write=frozenset("*"))

ITEMS: tuple[dict[str, Any], ...] = (
    {"code": "FLOUR", "unit": "kg"},
    {"code": "RYE", "unit": "kg"},
    {"code": "MILK", "unit": "L", "per_piece": {"volume": "1", "mass": "1.03"}},
    {"code": "BREAD", "unit": "件", "weight": "0.5", "shelf_life_days": 30},
    {"code": "CRUMBS", "unit": "g"},
    {"code": "PUMP", "unit": "件", "tracking": "unit", "weight": "12.5"},
    {"code": "MOTOR", "unit": "件", "tracking": "unit"},
    {"code": "BOLT", "unit": "件"},
)
MASTER: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("item", item) for item in ITEMS),
    ("party", {"code": "ACME", "roles": ["supplier"]}),
    ("party", {"code": "BETA", "roles": ["supplier"]}),
    ("party", {"code": "SHOP", "roles": ["customer"]}),
    ("party", {"code": "MALL", "roles": ["customer"]}),
    ("place", {"code": "WH"}),
    ("place", {"code": "LINE", "parent": "WH"}),
    ("place", {"code": "COLD"}),
    ("person", {"code": "LI"}),
    ("equipment", {"code": "MIXER", "place": "LINE"}),
    ("gauge", {"code": "SCALE"}),
    ("document", {"code": "SOP-1@2"}),
)


def day(number: float) -> Moment:
    """Give the moment so many days after the plant opened."""
    return at(OPENING + timedelta(days=number))


def between(first: float, last: float) -> Moment:
    """Give a moment known only to lie between two days."""
    return Moment(day(first).start, day(last).start)


def call(
    action: str,
    when: float | Moment = 1,
    /,
    *,
    told: bool = False,
    context: Context = NO_CONTEXT,
    grade: Grade = Grade.DECLARED,
    **arguments: Any,
) -> Call:
    """Make a call; `when` is a day; `told` is what was done already."""
    return Call(
        action=action,
        arguments=arguments,
        occurred=when if isinstance(when, Moment) else day(when),
        context=context,
        grade=grade,
        tense=Tense.TOLD if told else Tense.ASKED,
    )


def submit_calls(calls: Sequence[Call], *, key: str = "", caller: Caller = ME) -> list[int]:
    """Take calls through the gate as one request; give the positions of what was recorded."""
    receipt = submit(Group(calls=calls, key=key), caller=caller, now=NOW).receipt
    assert receipt is not None
    return list(receipt.positions)


def do(action: str, when: float | Moment = 1, /, **arguments: Any) -> int:
    """Do something and give the position of the first fact."""
    return submit_calls([call(action, when, **arguments)])[0]


def tell(action: str, when: float | Moment = 1, /, **arguments: Any) -> int:
    """Tell what was done already."""
    return do(action, when, told=True, **arguments)


def refused(action: str, when: float | Moment = 1, /, **arguments: Any) -> Refusal:
    """Ask for something that is refused; prove that nothing changed; give the refusal."""
    before = everything()
    with pytest.raises(Refusal) as caught:
        do(action, when, **arguments)
    assert everything() == before
    return caught.value


def code_of(action: str, when: float | Moment = 1, /, **arguments: Any) -> str:
    """Ask for something that is refused, with nothing changed, and give the refusal's code."""
    return refused(action, when, **arguments).code


def everything() -> tuple[Any, ...]:
    """Give the whole content of the ledger and of the projections."""
    # The head's row is made by the first call, be it refused.
    heads = [bytes(head.root) for head in ledger.Head.objects.filter(size__gt=0)]
    return (heads, ledger.Entry.objects.count(), dump())


@pytest.fixture
def plant(db: None) -> None:
    """Define the plant's master data."""
    submit_calls([call(f"define_{kind}", 0, **{kind: told}) for kind, told in MASTER])


# Shorter sentences


def receive(number: str, quantity: str = "100 kg", when: float | Moment = 1, /, **more: Any) -> int:
    """Receive one released lot of flour from ACME into the warehouse, unless told otherwise."""
    return do("receive", when, **received(number, quantity, **more))


def received(number: str, quantity: str = "100 kg", /, **more: Any) -> dict[str, Any]:
    """Give the arguments of a receipt of one lot."""
    supplier = more.pop("supplier", "ACME")
    lot = {"item": "FLOUR", "number": number, "quantity": quantity, "place": "WH"}
    return {"lots": [{**lot, "quality": "released", **more}], "supplier": supplier}


def make(item: str, number: str, quantity: str, when: float | Moment = 1, /, **more: Any) -> int:
    """Produce one lot or unit from nothing, on the line."""
    output = {"item": item, "number": number, "quantity": quantity, "place": "LINE", **more}
    return do("produce", when, outputs=[output])


def new(item: str, number: str, quantity: str, **more: Any) -> dict[str, Any]:
    """Describe a new lot."""
    return {"item": item, "number": number, "quantity": quantity, **more}


def part(lot: str, quantity: str | None = None, **more: Any) -> dict[str, Any]:
    """Describe a part of a lot; no quantity is all of it."""
    return {"lot": lot, **more} if quantity is None else {"lot": lot, "quantity": quantity, **more}


# What is


def lot(name: str) -> models.Traceable:
    """Give the row of a traceable."""
    return queries.resolve(LotRef.parse(name))


def about(name: str) -> dict[str, Any]:
    """Give the full description of a traceable."""
    return queries.lot_of(LotRef.parse(name))


def stock(name: str) -> dict[str, str | None]:
    """Give how much of a traceable is where; parties with an @."""
    rows = models.Balance.objects.filter(traceable=lot(name).key)
    return {f"@{row.party}" if row.party else row.place: row.quantity for row in rows}


def status(name: str) -> str:
    """Give the disposition."""
    return lot(name).disposition


def kinds(first: int = 0) -> list[str]:
    """Give the kinds of the facts from a position on."""
    found = ledger.Entry.objects.filter(position__gte=first).order_by("position")
    return list(found.values_list("kind", flat=True))


def fact(position: int) -> Fact:
    """Read a fact."""
    return fact_at(position)


def size() -> int:
    """Give the number of facts."""
    return ledger.Entry.objects.count()


def names() -> dict[int, str]:
    """Name every traceable by its key."""
    rows = models.Traceable.objects.values_list("key", "item", "number")
    return {key: f"{item}/{number}" if item else number for key, item, number in rows}


def flows(position: int) -> list[str]:
    """Give a fact's flows as they stand: `- 40 kg FLOUR/L1` goes in, `+ …` comes out."""
    called = {0: "scrap", **names()}
    rows = genealogy.Flow.objects.filter(fact=position, known_to=genealogy.FOREVER)
    return [
        f"{'+' if row.direction else '-'} {row.quantity or '?'} {unit_of(row.unit)}"
        f" {called[row.traceable]}"
        for row in rows.order_by("line")
    ]


def exceptions(position: int | None = None) -> list[str]:
    """Give the codes of the exceptions that stand, of one fact or of all."""
    rows = models.Deviation.objects.filter(superseded__isnull=True)
    if position is not None:
        rows = rows.filter(position=position)
    return list(rows.order_by("position", "line").values_list("code", flat=True))


@dataclass(frozen=True)
class In:
    """A stay as a sentence: who was in what, from which day to which, and known from when."""

    child: str
    parent: str
    start: float
    end: float | None
    known: tuple[int, int | None]


def stays(child: str) -> list[In]:
    """Give every version of a child's stays, by start and when they were known."""
    called = names()
    rows = genealogy.Stay.objects.filter(child=lot(child).key)
    return [
        In(
            child=called[row.child],
            parent=called[row.parent],
            start=days(row.start_from),
            end=None if row.end_fact is None else days(row.end_from),
            known=(row.known_from, None if row.known_to == genealogy.FOREVER else row.known_to),
        )
        for row in rows.order_by("start_from", "fact", "known_from")
    ]


def staying(child: str) -> list[tuple[str, float, float | None]]:
    """Give the stays that are believed now: (parent, from day, to day)."""
    return [(s.parent, s.start, s.end) for s in stays(child) if s.known[1] is None]


def days(microseconds: int) -> float:
    """Turn microseconds into days after the opening."""
    return round((microseconds - micros(OPENING)) / 86_400_000_000, 6)


def shown(value: Any) -> str:
    """Write an exact decimal, or ? if it is unknown."""
    return "?" if value is None else plain(value)
