"""Corrections: a new fact takes an earlier one's place, with a reason, and nothing is rewritten."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lots.floor import (
    about,
    call,
    code_of,
    day,
    days,
    do,
    everything,
    exceptions,
    fact,
    flows,
    kinds,
    lot,
    make,
    new,
    part,
    plant,
    receive,
    received,
    refused,
    size,
    status,
    staying,
    stock,
    submit_calls,
    tell,
)
from yuanliu.base.refusal import Refusal
from yuanliu.capture.gate import Caller
from yuanliu.ledger.facts import Context, Reading
from yuanliu.ledger.models import Entry
from yuanliu.lots.models import Name, Traceable

__all__ = ["plant"]
pytestmark = pytest.mark.usefixtures("plant")


def correct(position: int, action: str = "", when: float = 5, /, **arguments: Any) -> int:
    """Correct the fact at a position, because of a typing error."""
    more = {"action": action, "arguments": arguments} if action else {}
    return do("correct", when, position=position, reason="typo", **more)


def baking(quantity: str = "40 kg", **more: Any) -> dict[str, Any]:
    """Describe a baking of flour L1 into B1."""
    outputs = [new("BREAD", "B1", "70 件", place="LINE", **more)]
    return {"inputs": [part("FLOUR/L1", quantity)], "outputs": outputs}


# Retraction


def test_a_retracted_fact_did_not_happen_but_stays_in_the_ledger() -> None:
    receive("L1")
    wrong = do("scrap", 2, lots=[part("FLOUR/L1", "30 kg")], reason="wet")
    before = Entry.objects.get(position=wrong).body
    back = correct(wrong)
    assert kinds(wrong) == ["scrapped", "retracted"]
    assert (stock("FLOUR/L1"), flows(wrong), flows(back)) == ({"WH": "100"}, [], [])
    assert Entry.objects.get(position=wrong).body == before
    told = fact(back)
    assert (told.supersedes, told.reason, told.occurred) == (wrong, "typo", day(2))


def test_a_retracted_birth_leaves_a_void_traceable_that_nobody_finds() -> None:
    position = receive("L1", aliases=["S-7"])
    correct(position)
    row = Traceable.objects.get()
    assert (row.disposition, row.content, row.born_position) == ("void", "0", None)
    assert not Name.objects.filter(scheme="number").exists()
    assert code_of("move", 3, lots=[part("S-7")], place="COLD") == "unknown_lot"


def test_a_number_that_was_taken_back_may_be_used_anew() -> None:
    correct(receive("L1"))
    receive("L1", "7 kg", 6)
    assert Traceable.objects.count() == 2
    assert stock("FLOUR/L1") == {"WH": "7"}


def test_a_retracted_hold_holds_nothing() -> None:
    receive("L1")
    first = do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    second = do("hold", 3, lots=["FLOUR/L1"], reason="mould")
    correct(first)
    assert (status("FLOUR/L1"), about("FLOUR/L1")["holds"]) == ("held", [fact(second).data.hold])
    correct(second)
    assert status("FLOUR/L1") == "released"


def test_a_retracted_release_lets_the_hold_stand_again() -> None:
    receive("L1")
    do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    correct(do("release", 3, lots=["FLOUR/L1"], reason="clean"))
    assert status("FLOUR/L1") == "held"


def test_a_retracted_inspection_tells_nothing_any_more() -> None:
    receive("L1")
    arguments = {"lot": "FLOUR/L1", "stage": "incoming"}
    wrong = do("inspect", 2, results=[{"characteristic": "x", "value": "9"}], **arguments)
    correct(wrong)
    do("inspect", 3, results=[{"characteristic": "x", "value": "8"}], **arguments)
    assert [result["value"] for result in about("FLOUR/L1")["results"]] == ["8"]
    assert exceptions() == []


def test_the_exceptions_of_a_retracted_fact_stand_no_more() -> None:
    receive("L1", "1 kg")
    wrong = tell("scrap", 2, lots=[part("FLOUR/L1", "2 kg")], reason="wet")
    assert (exceptions(), len(about("FLOUR/L1")["exceptions"])) == (["not_enough"], 1)
    correct(wrong)
    assert (exceptions(), about("FLOUR/L1")["exceptions"]) == ([], [])


# Replacement


def test_a_replaced_fact_counts_as_if_it_had_been_told_right_at_once() -> None:
    receive("L1")
    wrong = do("produce", 2, **baking("40 kg"))
    right = correct(wrong, "produce", 2, **baking("45 kg"))
    assert (stock("FLOUR/L1"), flows(wrong)) == ({"WH": "55"}, [])
    assert flows(right) == ["- 45 kg FLOUR/L1", "+ 70 pc BREAD/B1"]
    assert (fact(right).kind, fact(right).supersedes, fact(right).reason) == (
        "produced",
        wrong,
        "typo",
    )


def test_what_is_born_again_keeps_its_id_and_its_later_history() -> None:
    receive("L1")
    wrong = do("produce", 2, **baking())
    do("ship", 3, lots=[part("BREAD/B1", "10 件")], party="SHOP")
    before = lot("BREAD/B1")
    outputs = [new("BREAD", "B1", "75 件", place="LINE")]
    correct(wrong, "produce", 2, inputs=[part("FLOUR/L1", "40 kg")], outputs=outputs)
    after = lot("BREAD/B1")
    assert (after.id, after.key) == (before.id, before.key)
    assert stock("BREAD/B1") == {"LINE": "65", "@SHOP": "10"}


def test_a_mistyped_number_is_put_right_and_the_lot_stays_itself() -> None:
    wrong = receive("L11", aliases=["S-7"])
    do("move", 2, lots=[part("FLOUR/L11")], place="COLD")
    before = lot("L11").id
    correct(wrong, "receive", 1, **received("L1"))
    assert (lot("L1").id, lot("S-7").id, stock("FLOUR/L1")) == (before, before, {"COLD": "100"})
    assert code_of("move", 3, lots=[part("FLOUR/L11")], place="WH") == "unknown_lot"


def test_lots_that_keep_their_number_keep_their_id_whatever_is_added_before_them() -> None:
    first = new("FLOUR", "L1", "1 kg")
    second = new("FLOUR", "L2", "2 kg")
    wrong = do("receive", 1, lots=[first, second], supplier="ACME")
    before = {number: lot(number).id for number in ("L1", "L2")}
    added = new("FLOUR", "L0", "9 kg")
    correct(wrong, "receive", 1, lots=[added, second, first], supplier="ACME")
    assert {number: lot(number).id for number in ("L1", "L2")} == before
    assert lot("L0").id not in before.values()


def test_of_two_lots_the_one_whose_number_is_gone_gets_the_new_number() -> None:
    wrong = do("receive", 1, lots=[new("FLOUR", n, "1 kg") for n in ("L1", "L2")], supplier="ACME")
    before = {number: lot(number).id for number in ("L1", "L2")}
    right = [new("FLOUR", n, "1 kg") for n in ("L3", "L1")]
    correct(wrong, "receive", 1, lots=right, supplier="ACME")
    assert (lot("L1").id, lot("L3").id) == (before["L1"], before["L2"])


def test_children_of_a_split_keep_their_ids_too() -> None:
    receive("L1")
    children = [{"number": number, "quantity": "5 kg"} for number in ("A", "B")]
    wrong = do("split_lot", 2, lot="FLOUR/L1", children=children)
    before = {number: lot(number).id for number in ("A", "B")}
    right = [{"number": number, "quantity": "4 kg"} for number in ("C", "B", "A")]
    correct(wrong, "split_lot", 2, lot="FLOUR/L1", children=right)
    assert {number: lot(number).id for number in ("A", "B")} == before
    assert stock("FLOUR/L1") == {"WH": "88"}


def test_a_corrected_hold_is_the_same_hold() -> None:
    receive("L1")
    receive("L2")
    wrong = do("hold", 2, lots=["FLOUR/L1"], reason="mtal")
    hold = fact(wrong).data.hold
    do("release", 3, lots=["FLOUR/L1"], holds=[hold], reason="clean")
    right = correct(wrong, "hold", 2, lots=["FLOUR/L1", "FLOUR/L2"], reason="metal")
    assert fact(right).data.hold == hold
    assert (status("FLOUR/L1"), status("FLOUR/L2")) == ("released", "held")


def test_a_correction_may_move_a_fact_in_time() -> None:
    receive("B1", "70 件", 3, item="BREAD")
    wrong = Entry.objects.get(kind="received").position
    correct(wrong, "receive", 1, **received("B1", "70 件", item="BREAD"))
    row = lot("BREAD/B1")
    assert (days(row.born_start or 0), days(row.expires or 0)) == (1, 31)
    do("move", 2, lots=[part("BREAD/B1")], place="COLD")


def test_a_correction_may_say_that_something_else_was_done() -> None:
    receive("L1")
    wrong = do("scrap", 2, lots=[part("FLOUR/L1", "30 kg")], reason="wet")
    right = correct(wrong, "move", 2, lots=[part("FLOUR/L1", "30 kg")], place="COLD")
    assert (kinds(right), stock("FLOUR/L1")) == (["moved"], {"WH": "70", "COLD": "30"})


def test_a_correction_that_records_several_facts_supersedes_with_the_first() -> None:
    wrong = receive("L1")
    right = correct(wrong, "receive", 1, **received("L1", aliases=["S-7", "S-8"]))
    assert kinds(right) == ["received", "alias_registered", "alias_registered"]
    assert [fact(p).supersedes for p in range(right, right + 3)] == [wrong, None, None]
    assert [fact(p).reason for p in range(right, right + 3)] == ["typo", "", ""]


def test_a_correction_keeps_the_circumstances_unless_it_tells_others() -> None:
    receive("L1")
    mixing, walking = Context(people=("LI",), equipment=("MIXER",)), Context(team="B")
    wrong = do("move", 2, lots=[part("FLOUR/L1")], place="LINE", context=mixing)
    first = correct(wrong, "move", 2, lots=[part("FLOUR/L1")], place="COLD")
    assert fact(first).context == mixing
    more = {"action": "move", "arguments": {"lots": [part("FLOUR/L1")], "place": "WH"}}
    second = do("correct", 2, position=first, reason="typo", context=walking, **more)
    assert fact(second).context == walking


# Chains


def test_a_correction_is_corrected_by_naming_the_newest_fact() -> None:
    receive("L1")
    first = do("scrap", 2, lots=[part("FLOUR/L1", "30 kg")], reason="wet")
    second = correct(first, "scrap", 2, lots=[part("FLOUR/L1", "20 kg")], reason="wet")
    refusal = refused("correct", 5, position=first, reason="typo")
    assert (refusal.code, refusal.facts["position"]) == ("not_correctable", first)
    assert "correct the newer fact" in str(refusal)
    third = correct(second, "scrap", 2, lots=[part("FLOUR/L1", "10 kg")], reason="wet")
    assert stock("FLOUR/L1") == {"WH": "90"}
    correct(third)
    assert stock("FLOUR/L1") == {"WH": "100"}
    assert kinds(first) == ["scrapped", "scrapped", "scrapped", "retracted"]


def test_a_correction_of_a_correction_stands_where_the_first_fact_stood() -> None:
    receive("L1")
    rejected = do("reject", 2, lots=["FLOUR/L1"], reason="mould")
    do("release", 2, lots=["FLOUR/L1"], reason="concession")
    again = correct(rejected, "reject", 2, lots=["FLOUR/L1"], reason="mold")
    assert status("FLOUR/L1") == "released"
    correct(again, "reject", 2, lots=["FLOUR/L1"], reason="mould, green")
    assert status("FLOUR/L1") == "released"


def test_births_keep_their_id_through_a_chain_of_corrections() -> None:
    first = receive("L1", "10 kg")
    before = lot("L1").id
    second = correct(first, "receive", 1, **received("L2", "11 kg"))
    third = correct(second, "receive", 1, **received("L3", "12 kg"))
    assert (lot("L3").id, stock("FLOUR/L3")) == (before, {"WH": "12"})
    assert Traceable.objects.count() == 1
    correct(third)
    assert Traceable.objects.get().disposition == "void"


def test_a_corrected_packing_is_still_ended_by_its_unpacking() -> None:
    receive("L1")
    packed = do("pack", 2, container="CASE", children=["FLOUR/L1"])
    do("unpack", 4, container="CASE")
    arguments = {"container": "CASE", "children": ["FLOUR/L1"]}
    again = correct(packed, "pack", 2, **arguments)
    correct(again, "pack", 3, **arguments)
    assert staying("FLOUR/L1") == [("CASE", 3, 4)]


# What rests on what


def test_a_lot_that_was_used_is_not_taken_back_before_its_use() -> None:
    born = receive("L1")
    used = do("scrap", 2, lots=[part("FLOUR/L1", "1 kg")], reason="wet")
    refusal = refused("correct", 3, position=born, reason="typo")
    assert (refusal.code, refusal.facts) == (
        "descendants_rest",
        {"lot": "FLOUR/L1", "position": used},
    )
    correct(used)
    correct(born)
    assert Traceable.objects.get().disposition == "void"


def test_a_lot_that_was_used_is_not_lost_by_a_replacement_either() -> None:
    born = receive("L1")
    used = do("scrap", 2, lots=[part("FLOUR/L1", "1 kg")], reason="wet")
    other = {"action": "receive", "arguments": received("R1", item="RYE")}
    refusal = refused("correct", 3, position=born, reason="typo", **other)
    assert (refusal.code, refusal.facts["position"]) == ("descendants_rest", used)


def test_more_of_a_lot_rests_on_its_birth() -> None:
    born = receive("L1")
    more = receive("L1", "5 kg", 2)
    assert code_of("correct", 3, position=born, reason="typo") == "descendants_rest"
    correct(more)
    correct(born)


def test_an_alias_is_no_use_of_a_lot() -> None:
    born = receive("L1", aliases=["S-7"])
    do("register_alias", 2, lot="FLOUR/L1", text="E-1")
    correct(born)
    assert Traceable.objects.get().disposition == "void"


def test_a_container_with_something_in_it_rests_on_its_first_packing() -> None:
    receive("L1")
    receive("L2")
    born = do("pack", 2, container="CASE", children=["FLOUR/L1"])
    more = do("pack", 3, container="CASE", children=["FLOUR/L2"])
    arguments = {"container": "CASE", "children": ["FLOUR/L2"]}
    assert code_of("correct", 4, position=born, reason="typo") == "descendants_rest"
    correct(more)
    correct(born, "pack", 2, **arguments)
    assert [child["number"] for child in about("CASE")["contents"]] == ["L2"]


# What a correction leaves contradictory


def test_a_correction_that_leaves_less_than_nothing_is_recorded_and_listed() -> None:
    born = receive("L1", "100 kg")
    do("scrap", 2, lots=[part("FLOUR/L1", "80 kg")], reason="wet")
    right = correct(born, "receive", 1, **received("L1", "50 kg"))
    assert (stock("FLOUR/L1"), exceptions(right)) == ({"WH": "-30"}, ["overdrawn"])


def test_a_retraction_that_leaves_less_than_nothing_is_listed_too() -> None:
    receive("L1", "10 kg")
    more = receive("L1", "90 kg", 2)
    do("scrap", 3, lots=[part("FLOUR/L1", "80 kg")], reason="wet")
    assert exceptions(correct(more)) == ["overdrawn"]


def test_a_birth_corrected_to_after_a_use_is_listed() -> None:
    born = receive("L1", "100 kg", 1)
    do("scrap", 2, lots=[part("FLOUR/L1", "80 kg")], reason="wet")
    right = correct(born, "receive", 3, **received("L1"))
    assert exceptions(right) == ["before_birth"]


def test_what_the_correction_itself_contradicts_is_listed_once() -> None:
    receive("L1", "100 kg")
    wrong = do("scrap", 2, lots=[part("FLOUR/L1", "80 kg")], reason="wet")
    right = correct(wrong, "scrap", 2, lots=[part("FLOUR/L1", "130 kg")], reason="wet")
    assert (stock("FLOUR/L1"), exceptions(right)) == ({"WH": "-30"}, ["not_enough"])


def test_a_corrected_fact_may_now_contradict_and_is_recorded_all_the_same() -> None:
    receive("L1")
    wrong = do("produce", 2, **baking())
    do("hold", 3, lots=["FLOUR/L1"], reason="metal")
    right = correct(wrong, "produce", 4, **baking("45 kg"))
    assert (exceptions(right), stock("FLOUR/L1")) == (["lot_held"], {"WH": "55"})


# Refusals


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": ""}, "reason_needed"),
        ({"reason": "  "}, "reason_needed"),
        ({"position": -1}, "no_such_fact"),
        ({"position": 10_000}, "no_such_fact"),
        ({"position": 0}, "not_correctable"),
        ({"action": "fly"}, "unknown_action"),
        ({"action": "correct"}, "unknown_action"),
        ({"action": "define_place", "arguments": {"place": {"code": "X"}}}, "not_correctable"),
        ({"action": "scrap"}, "malformed"),
        ({"action": "scrap", "arguments": {"lots": [], "reason": "x"}}, "nothing_given"),
        ({"action": "scrap", "arguments": {"lots": [part("NO")], "reason": "x"}}, "unknown_lot"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    wrong = do("scrap", 2, lots=[part("FLOUR/L1", "30 kg")], reason="wet")
    assert code_of("correct", 3, **{"position": wrong, "reason": "typo", **change}) == code


def test_a_retraction_is_not_taken_back_but_told_anew() -> None:
    receive("L1")
    back = correct(do("scrap", 2, lots=[part("FLOUR/L1", "30 kg")], reason="wet"))
    refusal = refused("correct", 3, position=back, reason="typo")
    assert (refusal.code, "record what happened anew" in str(refusal)) == ("not_correctable", True)


def test_master_data_is_defined_anew_and_not_corrected() -> None:
    refusal = refused("correct", 3, position=0, reason="typo")
    assert "defining it anew" in str(refusal)


def test_readings_of_a_station_can_be_corrected() -> None:
    hot, cold = (Context(station="LINE", environment={"t": Reading(value=v)}) for v in ("93", "39"))
    wrong = do("record_readings", 2, context=hot)
    more = {"action": "record_readings", "arguments": {}}
    right = do("correct", 2, position=wrong, reason="typo", context=cold, **more)
    assert fact(right).context == cold


def test_a_fact_and_its_correction_may_come_in_one_request() -> None:
    receive("L1")
    position = size()
    arguments = {"lots": [part("FLOUR/L1", "9 kg")], "reason": "wet"}
    submit_calls(
        [
            call("scrap", 2, lots=[part("FLOUR/L1", "90 kg")], reason="wet"),
            call(
                "correct", 2, position=position, reason="typo", action="scrap", arguments=arguments
            ),
        ]
    )
    assert stock("FLOUR/L1") == {"WH": "91"}


def test_a_correction_that_is_refused_halfway_leaves_no_trace() -> None:
    receive("L1")
    wrong = do("produce", 2, **baking())
    make("PUMP", "P1", "1 件")
    before = everything()
    outputs = [new("BREAD", "B1", "9 件"), new("PUMP", "P1", "1 件")]
    more = {"action": "produce", "arguments": {"outputs": outputs}}
    refusal = refused("correct", 3, position=wrong, reason="typo", **more)
    assert (refusal.code, everything()) == ("lot_number_taken", before)


def test_who_may_not_correct_is_refused() -> None:
    receive("L1")
    worker = Caller(actor="li", channel="test", may_write=frozenset({"receive"}))
    with pytest.raises(Refusal) as caught:
        submit_calls([call("correct", 3, position=size() - 1, reason="typo")], caller=worker)
    assert caught.value.code == "not_allowed"
