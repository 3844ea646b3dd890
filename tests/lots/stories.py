"""Random short histories, and the whole world by names and times, whatever ids and positions."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.lots.floor import NOW, call, new, part, submit_calls
from yuanliu.base.refusal import Refusal
from yuanliu.capture.gate import Call
from yuanliu.genealogy.models import FOREVER, Flow, Happening, Stay
from yuanliu.ledger.append import writing
from yuanliu.ledger.facts import Draft, Fact
from yuanliu.ledger.read import facts_from
from yuanliu.lots import models

SOME = settings(
    max_examples=max(10, settings().max_examples // 7),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""A seventh of the usual examples, for those that take some tenths of a second each."""

POSITIONS = ("born_position", "last_position")


@contextmanager
def trial() -> Iterator[None]:
    """Take everything back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class Story:
    """A random history on the plant, told step by step; what is refused is left out."""

    seed: int
    unknown: bool = False
    corrections: bool = True
    lots: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    told: list[tuple[int, Call]] = field(default_factory=list)
    serial: int = 0

    def tell(self, steps: int) -> Story:
        """Tell so many steps, each at a time of its own."""
        self.dice = random.Random(self.seed)
        submit_calls([call("define_vessel", 0.5, number="SILO", unit="kg", place="LINE")])
        for step in range(steps):
            self.serial += 1
            wanted = self.dice.choice(self._steps())()
            if not wanted:
                continue
            action, arguments, born = wanted
            made = call(action, 1 + step / 10, told=self.dice.random() < 0.7, **arguments)
            try:
                positions = submit_calls([made])
            except Refusal:
                continue
            self.told.append((positions[0], made))
            for shelf, ref in born:
                shelf.append(ref)
        return self

    def _steps(self) -> Sequence[Callable[[], Any]]:
        steps = [
            *[self._receive] * 3, self._more, *[self._produce] * 2, self._unit, self._split,
            self._merge, self._relabel, *[self._move] * 2, self._ship, self._return, self._scrap,
            self._adjust, self._sample, self._hold, self._release, self._reject, *[self._pack] * 2,
            *[self._unpack] * 2, self._install, self._remove, self._fill, self._draw,
            self._inspect, self._alias,
        ]  # fmt: skip
        return [*steps, self._correct, self._correct] if self.corrections else steps

    def _amount(self) -> str:
        if self.unknown and self.dice.random() < 0.1:
            return "? kg"
        return f"{self.dice.randint(1, 400) / 10} kg"

    def _pick(self, shelf: list[str]) -> str | None:
        return self.dice.choice(shelf[-8:]) if shelf else None

    def _place(self) -> str:
        return self.dice.choice(("WH", "LINE", "COLD"))

    def _receive(self) -> Any:
        number = f"L{self.serial}"
        quality = self.dice.choice(("released", "quarantine"))
        lot = new("FLOUR", number, self._amount(), place=self._place(), quality=quality)
        arguments = {"lots": [lot], "supplier": "ACME"}
        return "receive", arguments, [(self.lots, f"FLOUR/{number}")]

    def _more(self) -> Any:
        lot = self._pick(self.lots)
        line = lot and new("FLOUR", lot.partition("/")[2], self._amount(), place=self._place())
        return line and ("receive", {"lots": [line], "supplier": "ACME"}, [])

    def _produce(self) -> Any:
        used = {lot for lot in (self._pick(self.lots), self._pick(self.lots)) if lot}
        inputs = [part(lot, self._amount(), place=self._place()) for lot in sorted(used)]
        number = f"F{self.serial}"
        output = new("FLOUR", number, self._amount(), place=self._place())
        arguments = {"inputs": inputs, "outputs": [output], "scrap": [{"quantity": "1 kg"}]}
        return "produce", arguments, [(self.lots, f"FLOUR/{number}")]

    def _unit(self) -> Any:
        item, number = self.dice.choice(("PUMP", "MOTOR")), f"U{self.serial}"
        output = new(item, number, "1 件", place=self._place())
        return "produce", {"outputs": [output]}, [(self.units, f"{item}/{number}")]

    def _split(self) -> Any:
        lot, number = self._pick(self.lots), f"S{self.serial}"
        children = [{"number": number, "quantity": self._amount()}]
        born = [(self.lots, f"FLOUR/{number}")]
        return lot and ("split_lot", {"lot": lot, "children": children}, born)

    def _merge(self) -> Any:
        parents = {lot for lot in (self._pick(self.lots), self._pick(self.lots)) if lot}
        number = f"M{self.serial}"
        lots = [part(lot) for lot in sorted(parents)]
        return parents and (
            "merge_lots",
            {"lots": lots, "number": number},
            [(self.lots, f"FLOUR/{number}")],
        )

    def _relabel(self) -> Any:
        lot, number = self._pick(self.lots), f"R{self.serial}"
        born = [(self.lots, f"FLOUR/{number}")]
        return lot and ("relabel_lot", {"lot": lot, "number": number}, born)

    def _move(self) -> Any:
        lot = self._pick(self.lots + self.units + self.cases)
        return lot and ("move", {"lots": [part(lot)], "place": self._place()}, [])

    def _ship(self) -> Any:
        lot = self._pick(self.lots + self.units + self.cases)
        return lot and ("ship", {"lots": [part(lot)], "party": "SHOP"}, [])

    def _return(self) -> Any:
        lot = self._pick(self.lots + self.units + self.cases)
        return lot and ("receive_return", {"lot": lot, "party": "SHOP", "place": "COLD"}, [])

    def _scrap(self) -> Any:
        lot = self._pick(self.lots)
        return lot and ("scrap", {"lots": [part(lot, self._amount())], "reason": "wet"}, [])

    def _adjust(self) -> Any:
        lot = self._pick(self.lots)
        counted = {"lot": lot, "counted": self._amount(), "reason": "count", "place": "WH"}
        return lot and ("adjust", counted, [])

    def _sample(self) -> Any:
        lot = self._pick([*self.lots, "SILO"])
        return "take_sample", {"lot": lot, "quantity": self._amount()}, []

    def _hold(self) -> Any:
        lot = self._pick(self.lots + self.units)
        return lot and ("hold", {"lots": [lot], "reason": "metal"}, [])

    def _release(self) -> Any:
        lot = self._pick(self.lots + self.units)
        return lot and ("release", {"lots": [lot], "reason": "clean"}, [])

    def _reject(self) -> Any:
        lot = self._pick(self.lots)
        return lot and ("reject", {"lots": [lot], "reason": "mould"}, [])

    def _pack(self) -> Any:
        child = self._pick(self.lots + self.units + self.cases)
        case = self._pick(self.cases) if self.dice.random() < 0.4 else None
        born = [] if case else [(self.cases, f"C{self.serial}")]
        container = case or f"C{self.serial}"
        return child and ("pack", {"container": container, "children": [child]}, born)

    def _unpack(self) -> Any:
        case, child = self._pick(self.cases), self._pick(self.lots + self.units)
        children = [child] if child and self.dice.random() < 0.3 else []
        return case and ("unpack", {"container": case, "children": children}, [])

    def _install(self) -> Any:
        component, assembly = self._pick(self.units), self._pick(self.units)
        return component and ("install", {"component": component, "assembly": assembly}, [])

    def _remove(self) -> Any:
        component, assembly = self._pick(self.units), self._pick(self.units)
        arguments = {"component": component, "assembly": assembly, "place": self._place()}
        return component and ("remove", arguments, [])

    def _fill(self) -> Any:
        lot = self._pick(self.lots)
        return lot and ("fill", {"vessel": "SILO", "inputs": [part(lot, self._amount())]}, [])

    def _draw(self) -> Any:
        number = f"D{self.serial}"
        output = new("FLOUR", number, self._amount(), place=self._place())
        born = [(self.lots, f"FLOUR/{number}")]
        return "draw", {"vessel": "SILO", "outputs": [output]}, born

    def _inspect(self) -> Any:
        lot = self._pick(self.lots)
        results = [{"characteristic": "ash", "value": str(self.dice.randint(1, 3))}]
        return lot and ("inspect", {"lot": lot, "stage": "incoming", "results": results}, [])

    def _alias(self) -> Any:
        lot = self._pick(self.lots)
        return lot and ("register_alias", {"lot": lot, "text": f"A{self.serial % 4}"}, [])

    def _correct(self) -> Any:
        if not self.told:
            return None
        position, old = self.dice.choice(self.told)
        arguments: dict[str, Any] = {"position": position, "reason": "typo"}
        if old.action == "correct" or self.dice.random() < 0.4:
            return "correct", arguments, []
        again = {"action": old.action, "arguments": old.arguments}
        return "correct", arguments | again, []


def stories(*, unknown: bool = False, corrections: bool = True) -> st.SearchStrategy[Story]:
    """Draw a history that is still to be told."""
    return st.integers(0, 10**9).map(
        lambda seed: Story(seed, unknown=unknown, corrections=corrections)
    )


def recorded(first: int) -> list[Fact]:
    """Read the facts from a position on."""
    return list(facts_from(first))


def record_again(facts: Sequence[Fact], order: Sequence[int]) -> None:
    """Record the same facts in another order; a correction still names the fact it named."""
    places: dict[int, int] = {}
    with writing(now=NOW) as work:
        for at in order:
            old = facts[at]
            places[old.position] = work.next_position
            supersedes = None if old.supersedes is None else places[old.supersedes]
            work.record(
                Draft(
                    data=old.data,
                    occurred=old.occurred,
                    grade=old.grade,
                    provenance=old.provenance,
                    context=old.context,
                    supersedes=supersedes,
                    reason=old.reason,
                )
            )


def shuffled(facts: Sequence[Fact], dice: random.Random) -> list[int]:
    """Give an order of arrival in which a correction comes after what it corrects."""
    order = sorted(range(len(facts)), key=lambda _at: dice.random())
    place = {facts[at].position: number for number, at in enumerate(order)}
    for fact in facts:  # in the order in which they were recorded, so chains come out right
        if fact.supersedes is not None and place[fact.position] < place[fact.supersedes]:
            here, there = place[fact.position], place[fact.supersedes]
            place[fact.position], place[fact.supersedes] = there, here
    if any(f.supersedes is not None and place[f.position] < place[f.supersedes] for f in facts):
        return shuffled(facts, dice)
    return sorted(range(len(facts)), key=lambda at: place[facts[at].position])


def world() -> dict[str, Any]:
    """Describe everything the projections hold by names and times."""
    rows = list(models.Traceable.objects.exclude(born_position=None).values())
    by_id = {row["id"]: f"{row['supplier']} {row['item']}/{row['number']}" for row in rows}
    called = {0: "scrap", **{row["key"]: by_id[row["id"]] for row in rows}}
    living = {row["key"] for row in rows}
    happened = dict(Happening.objects.values_list("fact", "t_from"))
    return {
        "lots": {by_id[row["id"]]: _plain(row, by_id) for row in rows},
        "stock": {
            (called[b.traceable], b.place, b.party): b.quantity
            for b in models.Balance.objects.all()
            if b.traceable in living
        },
        "inside": {(by_id[c.parent], by_id[c.child]) for c in models.Content.objects.all()},
        "names": {
            (n.folded, n.scheme, n.text, n.party, by_id[n.traceable])
            for n in models.Name.objects.all()
            if n.traceable in by_id
        },
        "flows": Counter(
            (f.kind, f.direction, called[f.traceable], f.quantity, f.unit, f.t_from, f.t_to)
            for f in Flow.objects.filter(known_to=FOREVER)
        ),
        "stays": Counter(
            (s.kind, called[s.child], called[s.parent], s.start_from, s.end_from, happened[s.fact])
            for s in Stay.objects.filter(known_to=FOREVER)
        ),
        "results": Counter(
            (called[r.traceable], r.stage, r.characteristic, r.value)
            for r in models.ResultRow.objects.filter(superseded=None)
        ),
    }


def differences(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """Say in which parts two worlds differ, for whoever must find out why."""
    found = []
    for member, value in first.items():
        other = second[member]
        if isinstance(value, dict):
            keys = sorted({*value, *other}, key=str)
            pairs = [(key, value.get(key), other.get(key)) for key in keys]
            found += [f"{member} {key}: {a} / {b}" for key, a, b in pairs if a != b]
        else:
            found += [f"{member}: {thing}" for thing in sorted(value ^ other)]
    return found


def _plain(row: dict[str, Any], by_id: dict[str, str]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in ("id", "key", *POSITIONS)}
    kept["holds"] = row["holds"].count(",") + (row["holds"] != "[]")
    kept["container"], kept["assembly"] = (
        by_id.get(row[name], row[name]) for name in ("container", "assembly")
    )
    return kept
