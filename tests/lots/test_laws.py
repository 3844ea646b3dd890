"""Laws of any history: stock is kept, the order of arrival does not matter, nor do detours."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lots.floor import call, do, new, part, size, submit_calls
from tests.lots.stories import (
    SOME,
    Story,
    differences,
    record_again,
    recorded,
    shuffled,
    stories,
    trial,
    world,
)
from yuanliu.base.quantity import plus
from yuanliu.base.refusal import Refusal
from yuanliu.capture.gate import Call
from yuanliu.genealogy.models import FOREVER, Direction, Flow
from yuanliu.ledger.judge import Tense
from yuanliu.lots.effects import inputs, outputs
from yuanliu.lots.models import Balance, Traceable

pytestmark = pytest.mark.usefixtures("plant")


@given(story=stories())
@SOME
def test_what_is_there_is_what_came_in_less_what_went_out(story: Story) -> None:
    first = size()
    with trial():
        story.tell(30)
        # A container comes into being by being packed, without a flow.
        counting = Traceable.objects.exclude(kind="container").exclude(id__in=uncertain(first))
        came = {key: Decimal(0) for key in counting.values_list("key", flat=True)}
        there = dict(came)
        for flow in Flow.objects.filter(known_to=FOREVER, traceable__in=came):
            amount = Decimal(flow.quantity or "NaN")
            signed = amount if flow.direction == Direction.OUT else -amount
            came[flow.traceable] = plus(came[flow.traceable], signed)
        for row in Balance.objects.filter(traceable__in=came):
            amount = Decimal(row.quantity or "NaN")
            there[row.traceable] = plus(there[row.traceable], amount)
        assert {key: (there[key], came[key]) for key in came if there[key] != came[key]} == {}


def uncertain(first: int) -> set[str]:
    """Name what was ever taken "all of it" where nothing was left: how much is not known."""
    found: set[str] = set()
    for fact in recorded(first):
        parts = [*inputs(fact.data), *outputs(fact.data), *getattr(fact.data, "moves", ())]
        found |= {part.traceable for part in parts if not part.quantity.known}
    return found


@given(story=stories(unknown=True), seed=st.integers(0, 10**6))
@SOME
def test_the_same_facts_in_any_order_of_arrival_make_the_same_world(
    story: Story, seed: int
) -> None:
    first = size()
    with trial():
        story.tell(25)
        in_order, facts = world(), recorded(first)
    with trial():
        record_again(facts, shuffled(facts, random.Random(seed)))
        assert differences(in_order, world()) == []


@dataclass(frozen=True)
class Step:
    """A call, what was told by mistake first, if anything, and how many days late it is told."""

    right: Call
    wrong: Call | None = None
    late: int = 0

    @property
    def arrives(self) -> int:
        """Say when it is told."""
        return self.right.occurred.start + self.late * 24 * 3600 * 1_000_000


@given(seed=st.integers(0, 10**9))
@SOME
def test_late_and_corrected_ends_as_if_told_right_and_in_time(seed: int) -> None:
    dice = random.Random(seed)
    steps = detours(dice)
    with trial():
        submit_calls(beginnings())
        submit_calls([step.right for step in steps])
        right_away = world()
    with trial():
        submit_calls(beginnings())
        to_correct: list[tuple[int, Call]] = []
        for step in sorted(steps, key=lambda step: step.arrives):
            (position, *_) = submit_calls([step.wrong or step.right])
            if step.wrong:
                to_correct.append((position, step.right))
        dice.shuffle(to_correct)
        for position, right in to_correct:
            told = {"action": right.action, "arguments": right.arguments, "reason": "typo"}
            for _again in range(dice.choice((1, 1, 2))):
                position = do("correct", right.occurred, position=position, **told)
        assert differences(right_away, world()) == []


@given(seed=st.integers(0, 10**9))
@SOME
def test_scans_that_arrive_late_leave_everything_where_it_is(seed: int) -> None:
    dice = random.Random(seed)
    with trial():
        submit_calls(beginnings())
        scans = journeys(dice)
        in_order = world()
    with trial():
        submit_calls(beginnings())
        arriving = sorted(scans, key=lambda _scan: dice.random())
        for scan in arriving:
            submit_calls([replace(scan, tense=Tense.TOLD)])
        assert differences(in_order, world()) == []


def journeys(dice: random.Random) -> list[Call]:
    """Let pumps and cases with all they hold go about; give the scans that made sense."""
    scans = []
    for number in range(12):
        what = dice.choice(("PUMP/P0", "PUMP/P1", "C0", "C1"))
        scan = dice.choice(
            (
                call("move", 2 + number, lots=[part(what)], place=dice.choice(("LINE", "COLD"))),
                call("ship", 2 + number, lots=[part(what)], party="SHOP"),
                call("receive_return", 2 + number, lot=what, party="SHOP", place="WH"),
            )
        )
        try:
            submit_calls([scan])
            scans.append(scan)
            if scan.action == "receive_return":
                # What is inside came back with it and waits for judgement, too.
                inside = {"C0": ["PUMP/P2"], "C1": ["PUMP/P3"]}.get(what, [])
                release = call("release", 2.5 + number, lots=[what, *inside])
                submit_calls([release])
                scans.append(release)
        except Refusal:
            continue
    return scans


def beginnings() -> list[Call]:
    """Receive four lots, two pumps and two cases, told in time and right."""
    lots = [new("FLOUR", f"L{n}", "100 kg", place="WH", quality="released") for n in range(4)]
    pumps = [new("PUMP", f"P{n}", "1 件", place="WH") for n in range(4)]
    return [
        call("receive", 1, lots=lots, supplier="ACME"),
        call("produce", 1, outputs=pumps),
        call("pack", 1.1, container="C0", children=["PUMP/P2"]),
        call("pack", 1.1, container="C1", children=["PUMP/P3"]),
    ]


def detours(dice: random.Random) -> list[Step]:
    """Draw steps that say exactly how much and where, so that each stands alone.

    What happens may come late, or be told wrong at first, at another time too.
    """
    steps = []
    for number in range(16):
        when, late = 2 + number / 10, dice.choice((0, 0, 0, 1, 5))
        right = tell(*deed(dice, number, when))
        wrong = None
        if dice.random() < 0.4:
            wrong = tell(*deed(dice, number, when + dice.choice((0, -0.75, 0.75))))
        steps.append(Step(right, wrong, late))
    return steps


def tell(action: str, when: float, arguments: dict[str, Any]) -> Call:
    """Describe what was done already."""
    return call(action, when, told=True, **arguments)


def deed(dice: random.Random, number: int, when: float) -> tuple[str, float, dict[str, Any]]:
    """Draw something that happens; what is born is born under the step's own number.

    Lots are split that nobody judges: a child has its parent's status as it was known when told.
    """
    amount, place = f"{dice.randint(1, 30)} kg", dice.choice(("WH", "COLD"))
    lot, judged = f"FLOUR/L{dice.randint(0, 1)}", f"FLOUR/L{dice.randint(2, 3)}"
    line = part(lot, amount, place=place)
    stay = {"container": f"C{dice.randint(0, 1)}", "children": [f"PUMP/P{dice.randint(0, 1)}"]}
    action, arguments = dice.choice(
        (
            ("produce", {"inputs": [line], "outputs": [new("FLOUR", f"F{number}", amount)]}),
            ("split_lot", {"lot": lot, "place": place, "children": [child(number, amount)]}),
            ("take_sample", {"lot": lot, "quantity": amount, "place": place}),
            ("scrap", {"lots": [line], "reason": "wet"}),
            ("move", {"lots": [line], "place": "LINE"}),
            ("ship", {"lots": [part(judged, amount, place=place)], "party": "SHOP"}),
            ("hold", {"lots": [judged], "reason": "metal"}),
            ("reject", {"lots": [judged], "reason": "mould"}),
            ("inspect", {"lot": lot, "stage": "incoming", "results": [ash(dice)]}),
            ("pack", stay),
            ("pack", stay),
            ("unpack", stay),
            ("unpack", stay),
        )
    )
    return action, when, arguments


def child(number: int, amount: str) -> dict[str, str]:
    """Describe what is split off."""
    return {"number": f"S{number}", "quantity": amount}


def ash(dice: random.Random) -> dict[str, str]:
    """Describe a measured value."""
    return {"characteristic": "ash", "value": str(dice.randint(1, 3))}
