"""Refusals: a stable code, the facts, and a whole sentence in the reader's language."""

import pytest

from yuanliu.base.refusal import (
    CHOOSE_ONE,
    Conflict,
    Malformed,
    NotAllowed,
    Refusal,
    all_refusals,
    fill,
)


class TooHot(Conflict):
    code = "too_hot_for_this_test"
    sentence = "Lot %(lot)s is %(degrees)s °C, 5 %% above %(most)s."
    phrases = ("why",)


def test_a_refusal_is_its_code_and_facts_for_programs():
    refusal = TooHot(lot="F1", degrees=81, most=None, cold=False)
    assert refusal.as_json() == {
        "code": "too_hot_for_this_test",
        "facts": {"lot": "F1", "degrees": 81, "most": None, "cold": False},
    }
    assert TooHot.status == 409
    assert refusal.args == ("too_hot_for_this_test",)


def test_a_refusal_is_a_sentence_for_people():
    assert str(NotAllowed(actor="li", action="ship")) == (
        "li may not do “ship”. Ask an administrator for the permission."
    )
    assert str(Refusal()) == "The request was refused."


def test_only_the_placeholders_of_known_facts_are_filled():
    assert fill("%(a)s, %(b)s and 5 % of %%", {"a": "%(b)s"}) == "%(b)s, %(b)s and 5 % of %%"


def test_a_fact_that_is_a_phrase_is_filled_and_translated_too():
    refusal = Malformed(field="kind", value="x", problem=CHOOSE_ONE, choices="a, b")
    assert str(refusal) == "kind: “x” cannot be read: choose one of a, b."
    chinese = {
        CHOOSE_ONE: "请从 %(choices)s 中选择",
        Malformed.sentence: "%(field)s 的值“%(value)s”无法读取:%(problem)s。",
    }
    assert refusal.render(lambda text: chinese[text]) == "kind 的值“x”无法读取:请从 a, b 中选择。"


@pytest.mark.parametrize(
    ("fact", "kept"),
    [
        (1.5, "1.5"),
        (("a", 2, None), ["a", 2, None]),
        ([("a",)], [["a"]]),
        ({"a": 1}, "{'a': 1}"),
        ("\ud800", "\\ud800"),
        (["x\udfff"], ["x\\udfff"]),
        ("源流", "源流"),
    ],
)
def test_facts_are_plain_values_that_can_be_sent(fact, kept):
    refusal = Refusal(fact=fact)
    assert refusal.facts == {"fact": kept}
    str(refusal.facts).encode()


def test_every_refusal_that_is_loaded_is_listed_once_by_code():
    listed = all_refusals()
    codes = [refusal.code for refusal in listed]
    assert codes == sorted(set(codes))
    assert {"malformed", "refused", "key_reused", "unknown_unit", "lot_held"} <= set(codes)
    assert TooHot in listed
