"""A small bakery whose records the doors are tried with: flour in, bread out, one hold."""

from __future__ import annotations

import time

from yuanliu.accounts.models import User
from yuanliu.base.moments import parse
from yuanliu.capture.gate import Call, Caller, Group, Outcome, submit
from yuanliu.ledger.judge import Tense

FLOOR = Caller(actor="floor", channel="test", may_write=frozenset("*"))
PASSWORD = "correct horse battery"


def do(action: str, when: str, *, told: bool = False, **arguments) -> Outcome:
    """Take one action at a floor time."""
    call = Call(
        action=action,
        arguments=arguments,
        occurred=parse(when),
        tense=Tense.TOLD if told else Tense.ASKED,
    )
    return submit(Group(calls=[call]), caller=FLOOR, now=time.time_ns() // 1000)


def define_bakery() -> None:
    """Define two items, a supplier, a customer and a warehouse."""
    day = "2026-03-01"
    do("define_item", day, item={"code": "FLOUR", "unit": "kg", "name_zh": "面粉"})
    do("define_item", day, item={"code": "YEAST", "unit": "kg"})
    do("define_item", day, item={"code": "BREAD", "unit": "pc", "weight": "0.5"})
    do("define_party", day, party={"code": "MILL", "roles": ["supplier"]})
    do("define_party", day, party={"code": "SHOP", "roles": ["customer"]})
    do("define_place", day, place={"code": "WH"})
    do("define_equipment", day, equipment={"code": "OVEN-1"})


def bake() -> None:
    """Receive flour and yeast, bake, split, ship, hold, and note one contradiction."""
    define_bakery()
    flour = {"item": "FLOUR", "number": "F1", "quantity": "100 kg", "place": "WH"}
    do(
        "receive",
        "2026-03-02T08:00:00+08:00",
        lots=[{**flour, "aliases": ["S-77"]}],
        supplier="MILL",
    )
    yeast = {"item": "YEAST", "number": "Y1", "quantity": "5 kg", "place": "WH"}
    do("receive", "2026-03-02T09:00:00+08:00", lots=[yeast], supplier="MILL")
    do("release", "2026-03-02T10:00:00+08:00", lots=["FLOUR/F1", "YEAST/Y1"])
    inputs = [{"lot": "FLOUR/F1", "quantity": "40 kg"}, {"lot": "YEAST/Y1", "quantity": "1 kg"}]
    bread = {"item": "BREAD", "number": "B1", "quantity": "70 pc", "place": "WH"}
    do("produce", "2026-03-03T08:00:00+08:00", inputs=inputs, outputs=[bread])
    again = [{"lot": "FLOUR/F1", "quantity": "10 kg"}]
    second = {"item": "BREAD", "number": "B2", "quantity": "20 pc", "place": "WH"}
    do("produce", "2026-03-03T12:00:00+08:00", inputs=again, outputs=[second])
    children = [{"number": "B1-A", "quantity": "20 pc"}]
    do("split_lot", "2026-03-04T08:00:00+08:00", lot="BREAD/B1", children=children)
    do("ship", "2026-03-05T08:00:00+08:00", lots=[{"lot": "BREAD/B1-A"}], party="SHOP")
    do("hold", "2026-03-06T08:00:00+08:00", lots=["BREAD/B2"], reason="metal found")
    late = [{"lot": "FLOUR/F1", "quantity": "90 kg"}]
    third = {"item": "BREAD", "number": "B0", "quantity": "5 pc", "place": "WH"}
    do("produce", "2026-03-07T08:00:00+08:00", told=True, inputs=late, outputs=[third])


def person(name: str = "mei", *, staff: bool = True, active: bool = True) -> User:
    """Make a person who can log in."""
    return User.objects.create_user(name, password=PASSWORD, is_staff=staff, is_active=active)
