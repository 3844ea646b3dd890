"""A small plant for the tests: its master data, one-line calls through the gate, random histories.

Everything goes in as a door would send it: JSON arguments, through `capture.gate`. The clock and
the random numbers are the test's own, so a seed gives the same history again (ids excepted).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from yuanliu.base.moments import Moment, at, between, micros
from yuanliu.base.refusal import Refusal
from yuanliu.capture.gate import Call, Caller, Group, Outcome, submit, submit_all
from yuanliu.ledger.append import Receipt
from yuanliu.ledger.facts import Context, Grade, Reading
from yuanliu.ledger.judge import Tense

FIRST_SHIFT = datetime(2026, 1, 5, 6, tzinfo=UTC)
NOW = micros(datetime(2026, 6, 30, 12, tzinfo=UTC))
SECOND = 1_000_000
ME = Caller(actor="wang", channel="test", device="pda-3", ip="192.0.2.7", may_write=frozenset("*"))

ITEMS: tuple[dict[str, Any], ...] = (
    {"code": "FLOUR", "unit": "kg", "name_zh": "面粉", "name_en": "Flour"},
    {"code": "SUGAR", "unit": "kg", "shelf_life_days": 700},
    {"code": "OIL", "unit": "L"},
    {"code": "DOUGH", "unit": "kg"},
    {"code": "BREAD", "unit": "件", "weight": "0.5", "shelf_life_days": 200},
    {"code": "PUMP", "unit": "件", "tracking": "unit", "weight": "12.5"},
    {"code": "MOTOR", "unit": "件", "tracking": "unit"},
)
DEFINITIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *(("define_item", "item", item) for item in ITEMS),
    ("define_party", "party", {"code": "ACME", "roles": ["supplier"], "name_zh": "艾克米"}),
    ("define_party", "party", {"code": "BETA", "roles": ["supplier"]}),
    ("define_party", "party", {"code": "SHOP", "roles": ["customer"], "region": "华东"}),
    ("define_party", "party", {"code": "MALL", "roles": ["customer", "dealer"]}),
    ("define_place", "place", {"code": "SITE", "place_kind": "site"}),
    ("define_place", "place", {"code": "WH", "parent": "SITE"}),
    ("define_place", "place", {"code": "LINE", "place_kind": "line", "parent": "SITE"}),
    ("define_place", "place", {"code": "COLD", "parent": "SITE"}),
    ("define_equipment", "equipment", {"code": "MIXER", "name_zh": "和面机", "place": "LINE"}),
    ("define_gauge", "gauge", {"code": "SCALE", "calibration_due": "2027-01-01"}),
    ("define_person", "person", {"code": "WANG", "name_zh": "王芳"}),
    ("define_document", "document", {"code": "SOP-1@2", "in_force_from": "2026-01-01"}),
)
SHIFT = Context(
    people=("WANG",),
    team="A",
    equipment=("MIXER",),
    documents=("SOP-1@2",),
    station="LINE",
    orders=("WO-7",),
    parameters={
        "speed": Reading(value="120.5", unit="RPM"),
        "force": Reading(value="8", unit="B47", gauge="SCALE"),
    },
    environment={"temperature": Reading(value="21.4", unit="CEL", gauge="SCALE")},
)


def when(minutes: float) -> Moment:
    """Give the exact moment so many minutes after the plant's first shift began."""
    return at(FIRST_SHIFT + timedelta(minutes=minutes))


def sometime(first: float, last: float) -> Moment:
    """Give a moment known only to lie between two minutes after the first shift began."""
    return between(FIRST_SHIFT + timedelta(minutes=first), FIRST_SHIFT + timedelta(minutes=last))


def call(action: str, time: float | Moment = 0, /, *, told: bool = False, **arguments: Any) -> Call:
    """Make one call at a moment or minute; `told` is what already happened on the floor."""
    return Call(
        action=action,
        arguments=arguments,
        occurred=time if isinstance(time, Moment) else when(time),
        tense=Tense.TOLD if told else Tense.ASKED,
    )


def group(*calls: Call, key: str = "") -> Group:
    """Make one request of calls."""
    return Group(calls=calls, key=key)


def record(*calls: Call, key: str = "", caller: Caller = ME, now: int = NOW) -> Receipt:
    """Take one request through the gate and give its receipt. Raises the refusal."""
    receipt = submit(group(*calls, key=key), caller=caller, now=now).receipt
    assert receipt is not None
    return receipt


def attempt(*groups: Group, caller: Caller = ME, now: int = NOW) -> list[Outcome]:
    """Take a batch of requests through the gate; each gets its receipt or refusal."""
    return submit_all(groups, caller=caller, now=now)


def refusal_of(*calls: Call, key: str = "", caller: Caller = ME, now: int = NOW) -> Refusal:
    """Give the refusal that a request must meet."""
    try:
        receipt = record(*calls, key=key, caller=caller, now=now)
    except Refusal as refusal:
        return refusal
    raise AssertionError(f"nothing was refused: {receipt}")


def define_plant() -> Receipt:
    """Record the plant's master data, the first nineteen facts."""
    return record(*(call(action, **{name: told}) for action, name, told in DEFINITIONS))


def receive(number: str, quantity: str = "100 kg", minutes: float = 0, /, **more: Any) -> Call:
    """Receive one lot of flour from ACME into the warehouse, unless told otherwise."""
    supplier = more.pop("supplier", "ACME")
    told = more.pop("told", False)
    lot = {"item": "FLOUR", "number": number, "quantity": quantity, "place": "WH", **more}
    return call("receive", minutes, told=told, lots=[lot], supplier=supplier)


def receive_released(
    number: str, quantity: str = "100 kg", minutes: float = 0, /, **more: Any
) -> Call:
    """Receive one lot that need not wait for its inspection."""
    return receive(number, quantity, minutes, quality="released", **more)


# Random histories ---------------------------------------------------------------------------------


@dataclass
class Known:
    """A traceable the history has brought into being, as far as the next step must know it."""

    ref: str
    item: str
    kind: str = "lot"
    inside: str = ""


@dataclass
class History:
    """A plant at work: `write` records so many random requests, in order, late and corrected.

    What the gate refuses is simply not part of the history. `share_late` of the facts is told
    after the event, at a floor time long before; `share_corrected` corrects an earlier fact.
    """

    seed: int
    share_late: float = 0.15
    share_corrected: float = 0.08
    keys: bool = True
    minutes: float = 10
    refused: int = 0
    receipts: list[tuple[Group, Receipt]] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._serial = 0
        self._done: list[tuple[int, Call]] = []
        self._steps: list[tuple[int, Callable[[], Call | None]]] = [
            (9, self._receive), (6, self._produce), (4, self._split), (2, self._merge),
            (3, self._move), (4, self._pack), (2, self._unpack), (2, self._install),
            (1, self._remove), (2, self._fill), (2, self._draw), (3, self._ship),
            (2, self._return), (2, self._scrap), (2, self._adjust), (2, self._sample),
            (3, self._inspect), (2, self._hold), (3, self._release), (1, self._reject),
            (1, self._relabel), (1, self._alias), (1, self._parameters), (1, self._redefine),
        ]  # fmt: skip

    def write(self, requests: int, *, batch: int = 5) -> History:
        """Record random requests, `batch` of them to a transaction, until so many were accepted."""
        if not self.known:
            self._begin()
        aim = len(self.receipts) + requests
        while len(self.receipts) < aim:
            wanted = min(batch, aim - len(self.receipts))
            self._submit([self._request() for _ in range(wanted)])
        return self

    def _begin(self) -> None:
        define_plant()
        tanks = [
            call("define_vessel", number=number, unit=unit, place="LINE")
            for number, unit in (("T-1", "L"), ("SILO", "kg"))
        ]
        record(*tanks)
        self.known += [Known("/T-1", "", "vessel"), Known("/SILO", "", "vessel")]

    def _submit(self, groups: Sequence[Group]) -> None:
        now = NOW + len(self.receipts) * SECOND + self.random.randrange(-3, 3) * SECOND
        for asked, outcome in zip(groups, attempt(*groups, now=now), strict=True):
            if outcome.receipt is None:
                self.refused += 1
                continue
            self.receipts.append((asked, outcome.receipt))
            for offset, made in enumerate(asked.calls):
                if len(asked.calls) == outcome.receipt.count:
                    self._done.append((outcome.receipt.first + offset, made))

    def _request(self) -> Group:
        calls = []
        while not calls or self.random.random() < 0.15:
            made = self._correct() if self.random.random() < self.share_corrected else self._step()
            if made is not None:
                calls.append(made)
        self._serial += 1
        key = f"k-{self.seed}-{self._serial}" if self.keys and self.random.random() < 0.7 else ""
        return group(*calls, key=key)

    def _step(self) -> Call | None:
        weights = [weight for weight, _ in self._steps]
        (step,) = self.random.choices([step for _, step in self._steps], weights)
        made = step()
        return None if made is None else self._timed(made)

    def _timed(self, made: Call) -> Call:
        """Put a call on the clock: now, or told late; some times are known only roughly."""
        self.minutes += self.random.choice((0, 1, 7, 45))
        late = self.random.random() < self.share_late
        minute = self.random.uniform(0, self.minutes) if late else self.minutes
        rough = self.random.random() < 0.2
        told = late or self.random.random() < 0.3
        return replace(
            made,
            occurred=sometime(minute, minute + 30) if rough else when(minute),
            tense=Tense.TOLD if told else Tense.ASKED,
            grade=self.random.choice(list(Grade)),
            context=SHIFT if self.random.random() < 0.3 else made.context,
            raw=f'{{"n": {self._serial}}}' if self.random.random() < 0.3 else "",
        )

    def _correct(self) -> Call | None:
        if not self._done:
            return None
        position, old = self.random.choice(self._done)
        if old.action in ("correct", "define_item"):
            return None
        arguments: dict[str, Any] = {"position": position, "reason": "typo"}
        if self.random.random() < 0.6:
            arguments |= {"action": old.action, "arguments": self._altered(old.arguments)}
        told = call("correct", old.occurred, told=True, **arguments)
        shifted = self.random.random() < 0.5
        return self._timed(told) if shifted else told

    def _altered(self, arguments: Any) -> Any:
        """Change the amounts of a call's arguments, as a typing error does."""
        if isinstance(arguments, dict):
            return {
                name: self._amount(value) if name == "quantity" else self._altered(value)
                for name, value in arguments.items()
            }
        if isinstance(arguments, list):
            return [self._altered(member) for member in arguments]
        return arguments

    def _amount(self, told: str) -> str:
        number, _, unit = told.partition(" ")
        return told if number in ("?", "1") else f"{self.random.randint(1, 90)} {unit}"

    def _number(self, prefix: str) -> str:
        self._serial += 1
        return f"{prefix}{self._serial}"

    def _some(self, kind: str = "lot", item: str = "") -> Known | None:
        wanted = [k for k in self.known if k.kind == kind and (not item or k.item == item)]
        return self.random.choice(wanted[-25:]) if wanted else None

    def _born(self, item: str, number: str, kind: str = "lot") -> str:
        ref = f"{item}/{number}" if item else number
        self.known.append(Known(ref, item, kind))
        return ref

    def _quantity(self, unit: str, most: int = 40) -> str:
        if self.random.random() < 0.05:
            return f"? {unit}"
        tenths = self.random.randint(1, most * 10)
        return f"{tenths // 10} {unit}" if unit == "件" else f"{tenths / 10:.1f} {unit}"

    def _place(self) -> str:
        return self.random.choice(("WH", "WH", "LINE", "COLD"))

    def _receive(self) -> Call:
        item, unit = self.random.choice((("FLOUR", "kg"), ("SUGAR", "g"), ("OIL", "L")))
        if self.random.random() < 0.25:
            item, unit = self.random.choice((("PUMP", "件"), ("MOTOR", "件")))
        single = unit == "件"
        number = self._number("S" if single else "R")
        self._born(item, number, "unit" if single else "lot")
        quantity = "1 件" if single else self._quantity(unit, 200)
        quality = self.random.choice(("released", "released", "quarantine"))
        lot = {"item": item, "number": number, "quantity": quantity, "quality": quality}
        lot |= {"place": self._place(), "aliases": [f"X-{self._serial}"] if not single else []}
        return call("receive", lots=[lot], supplier=self.random.choice(("ACME", "BETA")))

    def _produce(self) -> Call | None:
        used = [self._some(item=item) for item in ("FLOUR", "SUGAR", "OIL")]
        inputs = [
            {"lot": lot.ref, "quantity": self._quantity("L" if lot.item == "OIL" else "kg", 20)}
            for lot in used
            if lot and self.random.random() < 0.7
        ]
        item, unit = self.random.choice((("DOUGH", "kg"), ("BREAD", "件")))
        number = self._number("P")
        self._born(item, number)
        made = {"item": item, "number": number, "quantity": self._quantity(unit, 60)}
        scrap = [{"quantity": "0.2 kg", "reason": "dust"}] if self.random.random() < 0.3 else []
        return call("produce", inputs=inputs, outputs=[made | {"place": "LINE"}], scrap=scrap)

    def _split(self) -> Call | None:
        lot = self._some()
        if lot is None:
            return None
        unit = {"OIL": "L", "BREAD": "件"}.get(lot.item, "kg")
        numbers = [self._number("C") for _ in range(self.random.randint(1, 2))]
        for number in numbers:
            self._born(lot.item, number)
        children = [{"number": number, "quantity": self._quantity(unit, 9)} for number in numbers]
        return call("split_lot", lot=lot.ref, children=children)

    def _merge(self) -> Call | None:
        item = self.random.choice(("FLOUR", "SUGAR", "DOUGH"))
        parents = {lot.ref for lot in (self._some(item=item), self._some(item=item)) if lot}
        if not parents:
            return None
        number = self._number("M")
        self._born(item, number)
        return call("merge_lots", lots=[{"lot": ref} for ref in sorted(parents)], number=number)

    def _move(self) -> Call | None:
        lot = self._some(self.random.choice(("lot", "unit", "container")))
        return lot and call("move", lots=[{"lot": lot.ref}], place=self._place())

    def _pack(self) -> Call | None:
        child = self._some(self.random.choice(("lot", "unit", "unit", "container")))
        holder = self._some("container") if self.random.random() < 0.5 else None
        if child is None:
            return None
        if holder is None:
            holder = Known(self._born("", self._number("CASE"), "container"), "", "container")
        child.inside = holder.ref
        return call("pack", container=holder.ref, children=[child.ref], place=self._place())

    def _unpack(self) -> Call | None:
        packed = [lot for lot in self.known if lot.inside]
        if not packed:
            return None
        lot = self.random.choice(packed[-8:])
        return call("unpack", container=lot.inside, children=[lot.ref])

    def _install(self) -> Call | None:
        part, whole = self._some("unit", "MOTOR"), self._some("unit", "PUMP")
        return call("install", component=part.ref, assembly=whole.ref) if part and whole else None

    def _remove(self) -> Call | None:
        part, whole = self._some("unit", "MOTOR"), self._some("unit", "PUMP")
        if part is None or whole is None:
            return None
        return call("remove", component=part.ref, assembly=whole.ref, place="WH")

    def _fill(self) -> Call | None:
        lot = self._some(item="OIL")
        part = lot and {"lot": lot.ref, "quantity": self._quantity("L", 20)}
        return part and call("fill", vessel="T-1", inputs=[part])

    def _draw(self) -> Call:
        number = self._number("D")
        self._born("OIL", number)
        drawn = {"item": "OIL", "number": number, "quantity": self._quantity("L", 5)}
        return call("draw", vessel="T-1", outputs=[drawn | {"place": "LINE"}])

    def _ship(self) -> Call | None:
        lot = self._some(self.random.choice(("lot", "unit", "container", "container")))
        return lot and call("ship", lots=[{"lot": lot.ref}], party=self._customer())

    def _return(self) -> Call | None:
        lot = self._some(self.random.choice(("lot", "unit")))
        return lot and call("receive_return", lot=lot.ref, party=self._customer(), place="COLD")

    def _customer(self) -> str:
        return self.random.choice(("SHOP", "MALL"))

    def _scrap(self) -> Call | None:
        lot = self._some()
        unit = lot and {"OIL": "L", "BREAD": "件"}.get(lot.item, "kg")
        part = lot and {"lot": lot.ref, "quantity": f"{self.random.randint(1, 3)} {unit}"}
        return part and call("scrap", lots=[part], reason="spilt")

    def _adjust(self) -> Call | None:
        lot = self._some()
        unit = lot and {"OIL": "L", "BREAD": "件"}.get(lot.item, "kg")
        counted = f"{self.random.randint(0, 99)} {unit}"
        return lot and call("adjust", lot=lot.ref, counted=counted, reason="count", place="WH")

    def _sample(self) -> Call | None:
        lot = self._some(item=self.random.choice(("FLOUR", "DOUGH")))
        number = self._number("Q") if self.random.random() < 0.5 else ""
        if lot and number:
            self._born(lot.item, number)
        return lot and call("take_sample", lot=lot.ref, quantity="100 g", number=number)

    def _inspect(self) -> Call | None:
        lot = self._some()
        stage = self.random.choice(("incoming", "in_process", "outgoing"))
        results = [
            {"characteristic": "moisture", "value": str(self.random.randint(9, 14)), "unit": "P1"},
            {"characteristic": "ash", "value": "0.45", "verdict": "pass", "gauge": "SCALE"},
        ]
        return lot and call("inspect", lot=lot.ref, stage=stage, results=results, verdict="pass")

    def _hold(self) -> Call | None:
        lot = self._some(self.random.choice(("lot", "unit")))
        return lot and call("hold", lots=[lot.ref], reason="metal found")

    def _release(self) -> Call | None:
        lot = self._some(self.random.choice(("lot", "unit")))
        return lot and call("release", lots=[lot.ref], reason="checked")

    def _reject(self) -> Call | None:
        lot = self._some()
        return lot and call("reject", lots=[lot.ref], reason="mould")

    def _relabel(self) -> Call | None:
        lot = self._some()
        if lot is None:
            return None
        number = self._number("L")
        self._born(lot.item, number)
        return call("relabel_lot", lot=lot.ref, number=number)

    def _alias(self) -> Call | None:
        lot = self._some()
        text = f"Ｏld {self._number('A')}"
        return lot and call("register_alias", lot=lot.ref, text=text, scheme="erp")

    def _parameters(self) -> Call | None:
        lot = self._some()
        return lot and replace(call("record_parameters", lots=[lot.ref]), context=SHIFT)

    def _redefine(self) -> Call:
        weight = f"0.{self.random.randint(1, 9)}"
        bread = {"code": "BREAD", "unit": "件", "weight": weight, "shelf_life_days": 200}
        return call("define_item", item=bread)
