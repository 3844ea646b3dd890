"""The cases that break other systems' traces, one test each."""

from math import inf

import pytest

from tests.trace.asking import (
    amount,
    backward,
    first,
    flagged,
    forward,
    open_ends,
    reached,
    remaining,
)
from tests.trace.histories import (
    ADJUSTED,
    COUNT,
    MERGED,
    RECEIVED,
    RETURNED,
    SCRAPPED,
    SPLIT,
    UNKNOWN,
    VOLUME,
    History,
)
from yuanliu.trace.answer import OpenEndKind
from yuanliu.trace.source import FOREVER

UNKNOWN_VALUE = -1.0


def test_a_rework_loop_ends_and_counts_what_comes_back_once():
    powder, granules, fresh, reject = 1, 2, 3, 4
    history = History()
    history.receive(powder, 100, at=1)
    history.fact([(powder, 100)], [(granules, 80), (reject, 20)], at=2)
    history.receive(fresh, 20, at=3)
    history.fact([(reject, 20), (fresh, 20)], [(granules, 40)], at=4)
    history.fact([(granules, 30)], [(reject, 30)], at=5)
    history.fact([(reject, 30)], [(granules, 30)], at=6)
    answer = forward(history, powder)
    assert reached(answer) == {powder, granules, reject}
    assert amount(answer, powder) == (100, 100, 100)
    assert amount(answer, granules)[0] == 100  # 80 and 20; the 30 that went round were in it before
    assert remaining(answer, granules) == 100
    assert amount(backward(history, granules), powder)[0] == 100
    assert amount(backward(history, granules), fresh)[0] == 20


def test_a_rework_loop_at_one_instant_ends_and_says_that_it_is_estimated():
    one, other = 1, 2
    history = History()
    history.receive(one, 10, at=1)
    history.fact([(one, 5)], [(other, 5)], at=2)
    history.fact([(other, 5)], [(one, 5)], at=2)
    answer = forward(history, one)
    assert reached(answer) == {one, other}
    assert amount(answer, one)[0] == 10
    assert other in flagged(answer, answer.amounts.estimated) or amount(answer, other) == (5, 5, 5)


def test_loops_within_loops_at_one_instant_end_too():
    tank, lot, sample, other = 1, 2, 9, 3
    history = History()
    history.receive(tank, 100, at=0)
    history.fact([(tank, 10), (lot, 5)], [(tank, 10), (sample, 5)], at=5)
    history.fact([(tank, 5)], [(lot, 5)], at=5)  # recorded after it was used up
    history.fact([(tank, 5)], [(other, 5)], at=6)
    history.fact([(other, 5)], [(tank, 5)], at=6)
    answer = forward(history, tank)
    assert reached(answer) == {tank, lot, sample, other}
    value, lower, upper = amount(answer, sample)
    assert lower <= 5 <= upper
    assert open_ends(answer) == {}  # in some order everything was there when it was used
    _, least, most = amount(backward(history, sample), lot)
    assert least <= 5 <= most


def test_a_topped_up_vessel_with_a_heel_gives_bounds_between_its_layers():
    old, suspect, tank, before, first_draw, second_draw, later, last = range(1, 9)
    history = History()
    history.receive(old, 50, at=0)
    history.receive(suspect, 50, at=0)
    history.receive(later, 60, at=0)
    history.fact([(old, 50)], [(tank, 50)], at=1)
    history.fact([(tank, 10)], [(before, 10)], at=2)
    history.fact([(suspect, 50)], [(tank, 50)], at=3)
    history.fact([(tank, 60)], [(first_draw, 60)], at=4)
    history.fact([(later, 60)], [(tank, 60)], at=5)
    history.fact([(tank, 20)], [(second_draw, 20)], at=6)
    history.fact([(tank, 70)], [(last, 70)], at=7)
    answer = forward(history, suspect)
    assert reached(answer) == {suspect, tank, first_draw, second_draw, last}
    # 50 of the 90 are suspect: of 60 drawn at least 20 and at most 50 are.
    assert amount(answer, first_draw) == (round(60 * 50 / 90, 9), 20, 50)
    # The heel of 30 holds 0 to 30 of it.
    assert amount(answer, second_draw) == (round(50 / 90 * 30 / 90 * 20, 9), 0, 20)
    assert amount(answer, last)[1:] == (0, 30)
    assert amount(answer, tank) == (50, 50, 50)
    assert answer.amounts.balance.total.value == answer.amounts.balance.remaining.value
    assert amount(backward(history, first_draw), suspect)[0] == amount(answer, first_draw)[0]
    assert before not in reached(answer)


def test_an_emptied_vessel_carries_nothing_over():
    suspect, clean, tank, one, other = range(1, 6)
    history = History()
    history.receive(suspect, 50, at=0)
    history.receive(clean, 50, at=0)
    history.fact([(suspect, 50)], [(tank, 50)], at=1)
    history.fact([(tank, 50)], [(one, 50)], at=2)
    history.fact([(clean, 50)], [(tank, 50)], at=3)
    history.fact([(tank, 50)], [(other, 50)], at=4)
    answer = forward(history, suspect)
    assert amount(answer, one) == (50, 50, 50)
    assert amount(answer, other) == (0, 0, 0)
    assert other in reached(answer)  # traces of it may have stuck: reached, with nothing in it


def test_a_returned_remainder_is_the_lot_it_was_before():
    lot, line, product = 1, 2, 3
    history = History()
    history.receive(lot, 100, at=1)
    history.fact([(lot, 30)], [(line, 30)], at=2, kind=SPLIT)
    history.fact([(line, 10)], [(lot, 10)], at=3, kind=MERGED)
    history.fact([(line, 20)], [(product, 20)], at=4)
    answer = forward(history, lot)
    assert amount(answer, lot) == (100, 100, 100)
    assert remaining(answer, lot) == 80
    assert amount(answer, product) == (20, 20, 20)
    assert amount(backward(history, product), lot) == (20, 20, 20)
    from_line = forward(history, line)
    assert amount(from_line, lot) == (10, 10, 10)


def test_a_remainder_that_a_process_gives_back_itself_counts_once():
    lot, product = 1, 2
    history = History()
    history.receive(lot, 100, at=1)
    history.fact([(lot, 30)], [(lot, 10), (product, 20)], at=2)
    answer = forward(history, lot)
    assert amount(answer, lot) == (100, 100, 100)
    assert remaining(answer, lot) == 80
    assert amount(answer, product) == (20, 20, 20)


def test_a_diamond_of_split_and_merge_comes_together_whole():
    lot, left, right, whole, clean = range(1, 6)
    history = History()
    history.receive(lot, 90, at=1)
    history.receive(clean, 10, at=1)
    history.fact([(lot, 90)], [(left, 30), (right, 60)], at=2, kind=SPLIT)
    history.fact([(left, 30), (right, 60), (clean, 10)], [(whole, 100)], at=3, kind=MERGED)
    answer = forward(history, lot)
    assert amount(answer, whole) == (90, 90, 90)
    assert amount(forward(history, left), whole) == (30, 30, 30)
    found = backward(history, whole)
    assert amount(found, lot) == (90, 90, 90)
    assert amount(found, right) == (60, 60, 60)
    assert found.complete and answer.complete


def test_lots_with_the_same_number_from_two_suppliers_never_meet():
    # The number is the same text on both; the keys are not, and nothing but keys is looked at.
    from_north, from_south, north_product, south_product = range(1, 5)
    history = History()
    history.receive(from_north, 10, at=1)
    history.receive(from_south, 10, at=1)
    history.fact([(from_north, 10)], [(north_product, 10)], at=2)
    history.fact([(from_south, 10)], [(south_product, 10)], at=2)
    assert reached(forward(history, from_north)) == {from_north, north_product}
    assert reached(backward(history, south_product)) == {from_south, south_product}


def test_one_lot_into_ten_thousand_units_is_one_fact_and_ten_thousand_flows():
    lot, filler, units = 1, 2, range(10, 10_010)
    history = History()
    history.receive(lot, 500, at=1)
    history.receive(filler, 500, at=1)
    history.fact([(lot, 500), (filler, 500)], [(key, 1, COUNT) for key in units], at=2)
    answer = forward(history, lot)
    assert answer.counts.traceables == 10_001
    assert answer.counts.facts == 1
    assert {amount(answer, key) for key in (10, 5_000, 10_009)} == {(0.05, 0.05, 0.05)}
    assert round(float(answer.amounts.entered.value[1:].sum()), 6) == 500


def test_a_pallet_carries_a_case_only_while_it_is_on_it():
    lot, unit, other, case, pallet, lorry = range(1, 7)
    history = History()
    history.receive(lot, 1, at=0)
    history.fact([(lot, 1)], [(unit, 1)], at=1)
    history.stay(other, case, start=1)
    history.stay(unit, case, start=2)
    history.stay(case, pallet, start=0, end=1)  # before the suspect unit was in it
    history.stay(case, pallet, start=5, end=8)
    history.stay(pallet, lorry, start=4, end=6)
    history.stay(pallet, lorry, start=9)  # after the case had been taken down
    answer = forward(history, lot)
    assert reached(answer) == {lot, unit}  # the other unit and the containers are not reached
    names = ("traceable", "container", "since", "until", "now", "level")
    columns = [getattr(answer.carriers, name).tolist() for name in names]
    assert sorted(zip(*columns, strict=True)) == [
        (unit, case, 2, FOREVER, True, 1),
        (unit, pallet, 5, 8, False, 2),
        (unit, lorry, 5, 6, False, 3),
    ]


def test_a_backdated_correction_removes_a_link_from_then_on():
    lot, wrong, right = 1, 2, 3
    history = History()
    history.receive(lot, 10, at=1)
    used = history.fact([(lot, 10)], [(wrong, 10)], at=2)
    before = history.position
    history.retract(used)
    history.fact([(lot, 10)], [(right, 10)], at=2)
    assert reached(forward(history, lot)) == {lot, right}
    assert reached(forward(history, lot, as_of=before)) == {lot, wrong}
    assert reached(backward(history, wrong)) == {wrong}
    assert open_ends(backward(history, wrong)) == {OpenEndKind.NO_ORIGIN: [wrong]}


def test_co_products_in_different_units_share_by_weight_and_else_evenly():
    milk, cream, whey, box, bag = range(1, 6)
    history = History()
    history.receive(milk, 100, at=1)
    history.fact([(milk, 100)], [(cream, 25, VOLUME, 25.0), (whey, 75)], at=2)
    answer = forward(history, milk)
    assert amount(answer, cream) == (25, 25, 25)
    assert amount(answer, whey) == (75, 75, 75)
    assert not answer.amounts.estimated.any()

    history = History()
    history.receive(milk, 100, at=1)
    history.fact([(milk, 100)], [(box, 10, COUNT), (bag, 75)], at=2)
    answer = forward(history, milk)
    assert amount(answer, box) == (50, 0, 100)
    assert amount(answer, bag) == (50, 0, 100)
    assert flagged(answer, answer.amounts.estimated) == {box, bag}
    assert answer.amounts.balance.remaining.value == [100]


def test_scrap_of_a_process_takes_its_share_to_the_sink():
    lot, product = 1, 2
    history = History()
    history.receive(lot, 100, at=1)
    making = history.fact([(lot, 80)], [(product, 60), (0, 20)], at=2)
    destroyed = history.fact([(product, 15)], [], at=3, kind=SCRAPPED)
    answer = forward(history, lot)
    balance = answer.amounts.balance
    assert (balance.total.value, balance.remaining.value, balance.sunk.value) == ([100], [65], [35])
    sinks = zip(balance.sink_fact.tolist(), balance.sink_scrap.tolist(),
                balance.sink_amount.value.tolist(), strict=True)  # fmt: skip
    assert sorted(sinks) == [(making, True, 20), (destroyed, False, 15)]


def test_unknown_quantities_are_never_zero():
    lot, known, unknown, mixed, other = range(1, 6)
    history = History()
    history.receive(lot, 100, at=1)
    history.receive(other, 100, at=1)
    history.fact([(lot, 10)], [(known, 10)], at=2)
    history.fact([(lot, UNKNOWN), (other, 5)], [(unknown, 50, COUNT)], at=3)
    history.fact([(unknown, 25, COUNT)], [(mixed, 25, COUNT)], at=4)
    answer = forward(history, lot)
    assert amount(answer, known) == (10, 10, 10)  # a known part of the lot is known
    assert amount(answer, unknown) == (UNKNOWN_VALUE, 0, 90)
    assert amount(answer, mixed) == (UNKNOWN_VALUE, 0, 45)
    assert open_ends(answer)[OpenEndKind.UNKNOWN_QUANTITY] == [lot]
    assert answer.complete
    found = backward(history, unknown)
    assert amount(found, lot) == (UNKNOWN_VALUE, 0, 90)
    assert amount(found, other) == (5, 5, 5)


def test_what_is_drawn_from_a_lot_of_unknown_size_is_known():
    lot, product, batch = 1, 2, 3
    history = History()
    history.receive(lot, UNKNOWN, at=1)
    history.fact([(lot, 10)], [(product, 10)], at=2)
    history.fact([(lot, UNKNOWN)], [(batch, 1000, COUNT)], at=2)
    answer = forward(history, lot)
    assert amount(answer, product) == (10, 10, 10)
    assert amount(answer, batch) == (UNKNOWN_VALUE, 0, inf)
    assert amount(answer, lot) == (UNKNOWN_VALUE, 0, inf)


def test_a_customer_return_shipped_again_is_the_same_material():
    # Shipping is custody, no flow; the return gives the lot back to itself, or makes a new one.
    lot, product, returned, relabelled = range(1, 5)
    history = History()
    history.receive(lot, 100, at=1)
    history.fact([(lot, 100)], [(product, 100)], at=2)
    history.fact([(product, 30)], [(product, 30)], at=3, kind=RETURNED)
    history.fact([(product, 20)], [(returned, 20)], at=4, kind=RETURNED)
    history.fact([(returned, 20)], [(relabelled, 20)], at=5)
    answer = forward(history, lot)
    assert reached(answer) == {lot, product, returned, relabelled}
    assert amount(answer, product) == (100, 100, 100)
    assert remaining(answer, product) == 80
    assert amount(answer, relabelled) == (20, 20, 20)
    assert first(answer, relabelled) == 5


def test_more_drawn_than_was_there_is_an_open_end_and_stays_within_reason():
    lot, one, other = 1, 2, 3
    history = History()
    history.receive(lot, 100, at=1)
    history.fact([(lot, 90)], [(one, 90)], at=2)
    history.fact([(lot, 30)], [(other, 30)], at=3)
    answer = forward(history, lot)
    assert amount(answer, other) == (30, 30, 30)  # all that came out of a seed is suspect
    assert answer.amounts.balance.total.value == [120]
    assert open_ends(answer) == {OpenEndKind.OVERDRAWN: [lot]}
    assert answer.complete  # forward, nothing is lost by it
    found = backward(history, other)
    assert open_ends(found) == {OpenEndKind.OVERDRAWN: [lot]}
    assert not found.complete


def test_a_lot_from_nowhere_is_an_open_end_backward_and_none_forward():
    nowhere, product = 1, 2
    history = History()
    history.fact([(nowhere, 10)], [(product, 10)], at=1)
    found = backward(history, product)
    assert open_ends(found) == {OpenEndKind.NO_ORIGIN: [nowhere]}
    assert not found.complete
    assert amount(found, nowhere) == (10, 10, 10)
    assert forward(history, nowhere).complete


@pytest.mark.parametrize("origins", [frozenset({RECEIVED}), frozenset({RECEIVED, 99})])
def test_what_only_turned_up_in_a_count_has_no_origin(origins):
    found_lot, topped_up, product = 1, 2, 3
    history = History()
    history.fact([], [(found_lot, 5)], at=1, kind=ADJUSTED)
    history.receive(topped_up, 10, at=1)
    history.fact([], [(topped_up, 1)], at=2, kind=ADJUSTED)
    history.fact([(found_lot, 5), (topped_up, 11)], [(product, 16)], at=3)
    answer = backward(history, product, origin_kinds=origins)
    assert open_ends(answer) == {
        OpenEndKind.NO_ORIGIN: [found_lot],
        OpenEndKind.FOUND_MORE: [topped_up],
    }
    assert not answer.complete
    assert backward(history, topped_up, origin_kinds=origins).complete
    assert backward(history, product).complete  # if nothing is said, every fact may be an origin


def test_seeds_in_different_units_are_added_up_by_weight_or_not_at_all():
    powder, capsules, product = 1, 2, 3
    history = History()
    history.receive(powder, 10, at=1)
    history.fact([], [(capsules, 1000, COUNT, 0.5)], at=1, kind=RECEIVED)
    history.fact([(powder, 10), (capsules, 500, COUNT, 0.25)], [(product, 500, COUNT)], at=2)
    answer = forward(history, powder, capsules)
    assert amount(answer, product) == (10.25, 10.25, 10.25)
    assert answer.amounts.balance.total.value == [10.5]
    history.fact([], [(4, 7, VOLUME)], at=3, kind=RECEIVED)
    assert forward(history, powder, 4).amounts.value == "not_comparable"
