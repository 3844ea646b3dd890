"""The rules alone: states in, a fact's body out, or a refusal. No database."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lots.floor import day
from yuanliu.base import codec
from yuanliu.base.canonical import canonical, loads
from yuanliu.base.quantity import Quantity, kilograms, parse_quantity, pieces
from yuanliu.base.refusal import Refusal
from yuanliu.base.units import unit_of
from yuanliu.ledger.judge import Judge, Tense
from yuanliu.lots import custody, events, judging, rules, verdicts
from yuanliu.lots.events import Birth, Loss, Out, Quality, Result, Stage, TraceableKind
from yuanliu.lots.rules import Make, Take
from yuanliu.lots.state import Lot, Spot

WH, COLD, SHOP = Spot("WH"), Spot("COLD"), Spot("", "SHOP")


def asked() -> Judge:
    """Judge what somebody wants to do."""
    return Judge(Tense.ASKED)


def told() -> Judge:
    """Judge what was done already."""
    return Judge(Tense.TOLD)


def flour(number: str = "L1", **more: Any) -> Lot:
    """Describe 100 kg of flour in the warehouse, born on the first day."""
    start = day(1).start
    state: dict[str, Any] = {
        "id": f"id-{number}",
        "key": 1,
        "kind": TraceableKind.LOT,
        "item": "FLOUR",
        "number": number,
        "unit": unit_of("kg"),
        "stock": {WH: Decimal(100)},
        "born": (start, start, 0),
        "last": (start, start, 0),
    }
    return Lot(**{**state, **more})


def single(number: str = "P1", kind: TraceableKind = TraceableKind.UNIT, **more: Any) -> Lot:
    """Describe one pump, or one container, in the warehouse."""
    item = "PUMP" if kind is TraceableKind.UNIT else ""
    unit = unit_of("件" if item else "C62")
    state = {"item": item, "unit": unit, "stock": {WH: Decimal(1)}, **more}
    return flour(number, kind=kind, **state)


def make(number: str, quantity: Quantity, **more: Any) -> Make:
    """Describe a new lot of flour that comes out."""
    birth = Birth(kind=TraceableKind.LOT, item="FLOUR", number=number, unit="KGM")
    out = Out(traceable=f"id-{number}", quantity=quantity, place="LINE", birth=birth)
    return Make(name=f"FLOUR/{number}", out=out, **more)


def code(function: Any, /, *args: Any, **kwargs: Any) -> str:
    """Give the code of the refusal a rule must meet."""
    with pytest.raises(Refusal) as caught:
        function(*args, **kwargs)
    return caught.value.code


# Taking


@pytest.mark.parametrize(
    ("stock", "quantity", "spot", "taken", "whole"),
    [
        ({WH: Decimal(100)}, kilograms(40), None, kilograms(40), False),
        ({WH: Decimal(100)}, kilograms(100), None, kilograms(100), True),
        ({WH: Decimal(100)}, None, None, kilograms(100), True),
        ({WH: Decimal(100)}, kilograms(None), None, kilograms(None), False),
        ({WH: None}, None, None, kilograms(None), True),
        ({WH: None}, kilograms(7), None, kilograms(7), False),
        ({WH: Decimal(9), COLD: Decimal(8)}, None, COLD, kilograms(8), True),
        ({Spot(): Decimal(9), COLD: Decimal(8)}, None, Spot(), kilograms(9), True),
        ({WH: Decimal(9), SHOP: Decimal(8)}, None, None, kilograms(9), True),
    ],
)
def test_what_is_taken(
    stock: dict[Spot, Decimal | None],
    quantity: Quantity | None,
    spot: Spot | None,
    taken: Quantity,
    whole: bool,  # noqa: FBT001 - a table's column
) -> None:
    part = judging.take(flour(stock=stock), quantity=quantity, spot=spot, judge=asked())
    assert (part.quantity, part.whole) == (taken, whole)


@pytest.mark.parametrize(
    ("stock", "quantity", "wanted"),
    [
        ({WH: Decimal(100)}, kilograms("100.000000000001"), "not_enough"),
        ({}, None, "not_enough"),
        ({}, kilograms(None), "not_enough"),
        ({WH: Decimal(-5)}, None, "not_enough"),
        ({SHOP: Decimal(5)}, None, "not_enough"),
        ({WH: Decimal(1), COLD: Decimal(1)}, None, "place_needed"),
        ({WH: Decimal(100)}, kilograms(0), "quantity_not_positive"),
        ({WH: None}, kilograms(-1), "quantity_not_positive"),
    ],
)
def test_what_cannot_be_taken(
    stock: dict[Spot, Decimal | None], quantity: Quantity | None, wanted: str
) -> None:
    assert code(judging.take, flour(stock=stock), quantity=quantity, judge=asked()) == wanted


def test_what_was_taken_all_the_same_is_unknown_but_for_a_single_thing() -> None:
    judge = told()
    assert judging.take(flour(stock={}), quantity=None, judge=judge).quantity == kilograms(None)
    assert judging.take(single(stock={}), quantity=None, judge=judge).quantity == pieces(1)
    assert [noted.code for noted in judge.noted] == ["not_enough", "not_enough"]


def test_an_unknown_part_is_taken_from_an_unknown_place_before_a_known_one() -> None:
    lot = flour(stock={WH: Decimal(9000), COLD: None})
    assert judging.take(lot, quantity=kilograms(1), judge=told()).place == "COLD"


@given(st.decimals(min_value="0.001", max_value=10**9, places=3), st.booleans())
def test_either_it_is_taken_or_it_is_more_than_there_is(
    wanted: Decimal,
    by_telling: bool,  # noqa: FBT001 - drawn
) -> None:
    judge = told() if by_telling else asked()
    lot = flour()
    if wanted <= 100:
        part = judging.take(lot, quantity=kilograms(wanted), judge=judge)
        assert (part.quantity, part.whole) == (kilograms(wanted), wanted == 100)
        assert not judge.noted
    elif by_telling:
        judging.take(lot, quantity=kilograms(wanted), judge=judge)
        assert [noted.code for noted in judge.noted] == ["not_enough"]
    else:
        assert code(judging.take, lot, quantity=kilograms(wanted), judge=judge) == "not_enough"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("3 件", True),
        ("3.0 件", True),
        ("2.5 件", False),
        ("0.5 doz", True),
        ("0.3 doz", False),
        ("1.5 MIL", True),
        ("2.5 kg", True),
        ("? 件", True),
    ],
)
def test_what_is_counted_is_whole(text: str, whole: bool) -> None:  # noqa: FBT001 - a column
    judge = told()
    judging.check_whole("X", parse_quantity(text), judge=judge)
    assert [noted.code for noted in judge.noted] == ([] if whole else ["not_whole"])


# Usability


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"holds": ("h",)}, ["lot_held"]),
        ({"quality": Quality.REJECTED}, ["lot_rejected"]),
        ({"quality": Quality.QUARANTINE}, ["lot_in_quarantine"]),
        ({"expires": day(2).start - 1}, ["lot_expired"]),
        ({"expires": day(2).start}, []),
        ({"born": (day(2).start + 1, day(3).start, 0)}, ["before_birth"]),
        ({"born": (day(2).start, day(3).start, 0)}, []),
        ({"born": None}, []),
        (
            {"holds": ("h",), "quality": Quality.REJECTED, "expires": 0},
            ["lot_held", "lot_rejected", "lot_expired"],
        ),
    ],
)
def test_what_stops_a_use(change: dict[str, Any], codes: list[str]) -> None:
    judge = told()
    judging.check_usable(flour(**change), occurred=day(2), judge=judge)
    assert [noted.code for noted in judge.noted] == codes
    if codes:
        lot = flour(**change)
        assert code(judging.check_usable, lot, occurred=day(2), judge=asked()) == codes[0]


def test_the_worst_quality_wins() -> None:
    assert judging.worst([Quality.RELEASED, Quality.QUARANTINE]) is Quality.QUARANTINE
    assert judging.worst([Quality.QUARANTINE, Quality.REJECTED]) is Quality.REJECTED
    assert judging.worst([Quality.RELEASED]) is Quality.RELEASED


# Material


def test_a_process_keeps_the_order_of_what_goes_in_and_comes_out() -> None:
    decided = rules.produce(
        inputs=[Take(lot=flour("L1"), quantity=kilograms(4)), Take(lot=flour("L2"), quantity=None)],
        makes=[make("M1", kilograms(50)), make("M2", kilograms(40))],
        scrap=[Loss(quantity=kilograms(1), reason="dust")],
        occurred=day(2),
        judge=asked(),
    )
    assert [part.traceable for part in decided.inputs] == ["id-L1", "id-L2"]
    assert [part.quantity for part in decided.inputs] == [kilograms(4), kilograms(100)]
    assert [out.traceable for out in decided.outputs] == ["id-M1", "id-M2"]


def test_a_packed_lot_gets_no_more() -> None:
    packed = flour("M1", container="id-case", inside="CASE")
    makes = [make("M1", kilograms(1), known=packed)]
    arguments = {"makes": makes, "supplier": "", "delivery": "", "origin": ""}
    assert code(rules.receive, **arguments, judge=asked()) == "packed_inside"


def test_a_merged_lot_is_as_much_as_its_parents_give() -> None:
    birth = Birth(kind=TraceableKind.LOT, item="FLOUR", number="M", unit="KGM")
    decided = rules.merge(
        parents=[
            Take(lot=flour("L1"), quantity=None),
            Take(lot=flour("L2"), quantity=kilograms(3)),
        ],
        child_id="id-M",
        birth=birth,
        place="",
        occurred=day(2),
        judge=asked(),
    )
    assert (decided.child.quantity, decided.child.place) == (kilograms(103), "WH")


def test_a_vessel_gains_in_its_own_unit() -> None:
    litres = unit_of("L")
    tank = flour("T", kind=TraceableKind.VESSEL, item="", unit=litres, stock={COLD: Decimal(0)})
    density = {"volume": Fraction(1), "mass": Fraction(103, 100)}
    decided = rules.fill(
        tank,
        inputs=[Take(lot=flour(), quantity=kilograms("10.3"), per_item=density)],
        quantity=None,
        occurred=day(2),
        judge=asked(),
    )
    assert decided.vessel == Out(
        traceable="id-T", quantity=Quantity(Decimal(10), litres), place="COLD"
    )


@pytest.mark.parametrize(
    ("counted", "difference"),
    [(kilograms(90), kilograms(-10)), (kilograms(101), kilograms(1)), (kilograms(None), None)],
)
def test_a_count_keeps_the_difference(counted: Quantity, difference: Quantity | None) -> None:
    decided = rules.adjust(
        flour(), counted=counted, spot=None, reason="why", occurred=day(2), judge=asked()
    )
    assert (decided.counted, decided.difference, decided.place) == (counted, difference, "WH")


# Custody


def test_what_is_inside_goes_along_from_where_the_container_is_taken() -> None:
    case = single("CASE", TraceableKind.CONTAINER)
    inside = flour("L1", container=case.id, stock={WH: Decimal(60), COLD: Decimal(5)})
    decided = custody.ship(
        takes=[Take(lot=case, quantity=None)],
        contents={case.id: [inside]},
        party="SHOP",
        occurred=day(2),
        judge=asked(),
    )
    assert [(m.traceable, str(m.quantity), m.from_place) for m in decided.moves] == [
        ("id-CASE", "1 unit", "WH"),
        ("id-L1", "60 kg", "WH"),
    ]


def test_nothing_goes_along_with_a_part() -> None:
    assembly = flour("A")
    component = single("C", assembly=assembly.id)
    decided = custody.move(
        takes=[Take(lot=assembly, quantity=kilograms(10))],
        contents={assembly.id: [component]},
        place="COLD",
        occurred=day(2),
        judge=asked(),
    )
    assert [move.traceable for move in decided.moves] == ["id-A"]


def test_a_container_does_not_go_into_one_that_is_in_it() -> None:
    outer, inner = (single(number, TraceableKind.CONTAINER) for number in ("OUTER", "INNER"))
    for judge in (asked(), told()):
        assert (
            code(
                custody.pack,
                children=[outer],
                contents={},
                container_id=inner.id,
                container_name="INNER",
                container=replace(inner, container=outer.id),
                above=[outer.id],
                birth=None,
                spot=None,
                occurred=day(2),
                judge=judge,
            )
            == "inside_itself"
        )


def test_what_is_said_to_be_packed_but_with_a_customer_stays_with_the_customer() -> None:
    judge = told()
    decided = custody.pack(
        children=[flour(stock={SHOP: Decimal(5)})],
        contents={},
        container_id="id-CASE",
        container_name="CASE",
        container=single("CASE", TraceableKind.CONTAINER),
        above=[],
        birth=None,
        spot=None,
        occurred=day(2),
        judge=judge,
    )
    assert (decided.moves, [noted.code for noted in judge.noted]) == ((), ["not_enough"])


# Verdicts


def test_a_release_lifts_what_it_names_or_everything() -> None:
    lot = flour(holds=("h1", "h2"), quality=Quality.QUARANTINE)
    arguments: dict[str, Any] = {"lots": [lot], "reason": "why", "occurred": day(2)}
    named = verdicts.release(**arguments, holds=["h1"], judge=asked())
    assert (named.holds, named.quality) == (("h1",), None)
    entire = verdicts.release(**arguments, holds=[], judge=asked())
    assert (entire.holds, entire.quality) == (("h1", "h2"), Quality.RELEASED)


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        (("94.5", ""), ("94.50", ""), True),
        (("94.5", ""), ("94,50", ""), False),
        (("1e2", ""), ("100", ""), True),
        (("5", "P1"), ("5", "59"), False),
        (("5", "P1"), ("50000", "59"), True),
        (("5", "KGM"), ("5", "LTR"), False),
        (("5", "KGM"), ("5", "buckets"), False),
        (("conforms", ""), ("conforms ", ""), True),
        (("conforms", ""), ("Conforms", ""), False),
    ],
)
def test_when_two_certificates_agree(
    first: tuple[str, str],
    second: tuple[str, str],
    agree: bool,  # noqa: FBT001 - a column
) -> None:
    judge = told()
    verdicts.inspect(
        flour(certificate={"x": first}),
        stage=Stage.INCOMING,
        results=[Result(characteristic="x", value=second[0], unit=second[1])],
        verdict="",
        certificate="",
        occurred=day(2),
        judge=judge,
    )
    assert [noted.code for noted in judge.noted] == ([] if agree else ["certificates_disagree"])


# States


@pytest.mark.parametrize(
    ("change", "disposition"),
    [
        ({}, "released"),
        ({"quality": Quality.QUARANTINE}, "quarantine"),
        ({"quality": Quality.REJECTED}, "rejected"),
        ({"holds": ("h",), "quality": Quality.REJECTED, "stock": {}}, "held"),
        ({"stock": {}}, "released"),
        ({"stock": {}, "exit": "consumed"}, "consumed"),
        ({"stock": {}, "exit": "scrapped", "quality": Quality.REJECTED}, "scrapped"),
        ({"stock": {SHOP: Decimal(5)}}, "shipped"),
        ({"stock": {SHOP: None}}, "shipped"),
        ({"stock": {SHOP: Decimal(5), WH: Decimal(5)}}, "released"),
        ({"stock": {SHOP: Decimal(5), WH: None}}, "released"),
        ({"born": None}, "void"),
    ],
)
def test_the_one_word_for_a_traceables_status(change: dict[str, Any], disposition: str) -> None:
    assert flour(**change).disposition == disposition


def test_how_much_there_is_is_unknown_as_soon_as_a_part_is() -> None:
    assert flour(stock={WH: Decimal(5), SHOP: Decimal("0.5")}).quantity == kilograms("5.5")
    assert flour(stock={WH: Decimal(5), SHOP: None}).quantity == kilograms(None)
    assert flour(stock={}).quantity == kilograms(0)
    assert (flour(stock={WH: None}).empty, flour(stock={}).empty) == (False, True)


def test_every_decision_is_a_fact_the_ledger_can_write_and_read_back() -> None:
    decided = rules.split(
        flour(),
        makes=[make("A", kilograms("0.5")), make("B", kilograms(None))],
        spot=None,
        occurred=day(2),
        judge=asked(),
    )
    written = canonical(codec.encode(decided))
    assert codec.decode(events.LotSplit, loads(written.decode())) == decided
