"""A key brings about one thing, however often it comes back (DESIGN §4; RELIABILITY F5)."""

from dataclasses import replace

import pytest

from tests.factory import ME, NOW, attempt, call, group, receive, record, refusal_of
from yuanliu.ledger import models
from yuanliu.ledger.append import Receipt
from yuanliu.ledger.facts import Provenance
from yuanliu.ledger.read import facts_from, size
from yuanliu.ledger.rebuild import dump
from yuanliu.ledger.receipts import receipt_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def master_data(plant):
    """Every test here needs the plant."""


def test_the_same_request_gives_the_same_receipt_and_adds_nothing():
    receipt = record(receive("F1", aliases=["S-1"]), key="k")
    before = (size(), dump())
    for later in range(3):
        (outcome,) = attempt(
            group(receive("F1", aliases=["S-1"]), key="k"), now=NOW + later * 10**9
        )
        assert (outcome.receipt, outcome.repeated, outcome.refusal) == (receipt, True, None)
    assert (size(), dump()) == before


def test_the_same_key_for_another_request_is_refused():
    record(receive("F1"), key="k")
    before = (size(), dump())
    for other in (receive("F1", "101 kg"), receive("F2"), receive("F1", "100 kg", 1)):
        refusal = refusal_of(other, key="k")
        assert refusal.as_json() == {"code": "key_reused", "facts": {"key": "k"}}
        assert refusal.status == 409
    assert refusal_of(receive("F1"), receive("F2"), key="k").code == "key_reused"
    assert (size(), dump()) == before


@pytest.mark.parametrize("change", ["grade", "tense", "context"])
def test_the_circumstances_belong_to_the_request(change):
    from tests.factory import SHIFT
    from yuanliu.ledger.facts import Grade
    from yuanliu.ledger.judge import Tense

    changed = {"grade": Grade.SCANNED, "tense": Tense.TOLD, "context": SHIFT}
    record(receive("F1"), key="k")
    assert refusal_of(replace(receive("F1"), **{change: changed[change]}), key="k").code == (
        "key_reused"
    )


def test_the_same_request_in_another_writing_is_the_same_request():
    told = receive("F1", place="WH")
    receipt = record(replace(told, raw='{"scan": 1}'), key="k")
    lot = dict(reversed(told.arguments["lots"][0].items()))
    again = replace(told, arguments={"supplier": "ACME", "lots": (lot,)}, raw="retry")
    assert record(again, key="k") == receipt


def test_keys_are_of_their_actor():
    li = replace(ME, actor="li")
    first = record(receive("F1"), key="k")
    other = record(receive("F2"), key="k", caller=li)
    assert first.first != other.first
    assert record(receive("F1"), key="k") == first
    assert record(receive("F2"), key="k", caller=li) == other
    assert refusal_of(receive("F1"), key="k", caller=li).code == "key_reused"


def test_no_actor_and_key_can_stand_for_another_pair():
    pairs = [("a", "b:c"), ("a:b", "c"), ("1:a", ""), ("a", "1:a"), ("", "a"), ("1", "1:1")]
    keys = {receipt_key(Provenance(actor=a, channel="x", key=k)) for a, k in pairs}
    assert len(keys) == len(pairs)


def test_without_a_key_the_same_request_is_another_one():
    first = record(receive("F1"))
    assert record(receive("F1")).first == first.first + 1
    assert not models.Receipt.objects.exists()


def test_a_key_used_twice_in_one_batch_counts_once():
    outcomes = attempt(
        group(receive("F1", aliases=["S"]), key="k"),
        group(receive("F1", aliases=["S"]), key="k"),
        group(receive("F2"), key="k"),
        group(receive("F3"), key="k2"),
    )
    first = outcomes[0].receipt
    assert first.count == 2
    assert (outcomes[1].receipt, outcomes[1].repeated) == (first, True)
    assert outcomes[2].refusal.code == "key_reused"
    assert outcomes[3].receipt == Receipt(first=first.first + 2, count=1)


def test_a_refused_request_leaves_its_key_free():
    assert refusal_of(call("ship", lots=[{"lot": "FLOUR/F1"}], party="SHOP"), key="k").code == (
        "unknown_lot"
    )
    assert not models.Receipt.objects.exists()
    assert record(receive("F1"), key="k").count == 1


def test_a_key_that_was_refused_in_a_batch_works_later_in_the_same_batch():
    missing = call("release", 1, lots=["FLOUR/F1"])
    outcomes = attempt(
        group(missing, key="k"), group(receive("F1"), key="k1"), group(missing, key="k")
    )
    assert outcomes[0].refusal.code == "unknown_lot"
    assert outcomes[2].receipt.first == outcomes[1].receipt.first + 1


def test_every_fact_of_a_request_carries_its_key_and_digest():
    receipt = record(receive("F1", aliases=["S-1", "S-2"]), key="k")
    told = {(fact.provenance.key, fact.provenance.digest) for fact in facts_from(receipt.first)}
    kept = models.Receipt.objects.get()
    assert told == {("k", kept.digest)}
    assert (kept.key, kept.first, kept.count) == ("4:wang:k", receipt.first, 3)
    assert len(kept.digest) == 64


def test_a_receipt_outlives_its_lots_later_fate():
    first = record(receive("F1", quality="released"), key="k")
    record(call("scrap", 5, lots=[{"lot": "FLOUR/F1"}], reason="wet"))
    assert record(receive("F1", quality="released"), key="k") == first


@pytest.mark.parametrize("key", ["x" * 201, "a\nb", "a\0b", "\ud800", "a\x7f"])
def test_a_key_that_cannot_be_kept_is_refused(key):
    refusal = refusal_of(receive("F1"), key=key)
    assert (refusal.code, refusal.facts["field"]) == ("malformed", "key")
    str(refusal).encode()


@pytest.mark.parametrize("key", ["x" * 200, "键" * 200, "\U00020000" * 200, " ", "a:b", "%(key)s"])
def test_any_printable_key_is_kept(key):
    receipt = record(receive("F1"), key=key)
    assert record(receive("F1"), key=key) == receipt
    assert key in str(refusal_of(receive("F2"), key=key))


def test_arguments_that_have_no_canonical_form_are_refused_before_anything_is_read():
    endless: list = []
    endless.append(endless)
    refusal = refusal_of(call("receive", lots=endless), key="k")
    assert (refusal.code, refusal.facts["field"]) == ("malformed", "arguments")
