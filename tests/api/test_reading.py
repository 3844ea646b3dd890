"""Reading over HTTP: lots, traces, recall, exceptions, lists, and the ledger with its proofs."""

import base64

import pytest
from django.conf import settings as django_settings

from tests.web.factory import do
from yuanliu.base.canonical import canonical
from yuanliu.ledger.checkpoints import make_checkpoint
from yuanliu.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from yuanliu.ledger.note import open_note
from yuanliu.ledger.read import size


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def test_a_search_finds_lots_by_number_alias_and_beginning(bakery, program):
    def found(text):
        told = program.get("/lots", q=text).json()["lots"]
        return [f"{lot['item']}/{lot['number']}" for lot in told]

    assert found("S-77") == ["FLOUR/F1"]
    assert found("b1") == ["BREAD/B1", "BREAD/B1-A"]
    assert found("BREAD/B") == ["BREAD/B1", "BREAD/B2", "BREAD/B1-A", "BREAD/B0"]
    assert found("none such") == []


def test_a_search_comes_in_pages_that_meet(bakery, program):
    whole = program.get("/lots").json()
    assert whole["next"] is None
    assert len(whole["lots"]) == 6
    met, offset = [], 0
    while offset is not None:
        page = program.get("/lots", limit=4, offset=offset).json()
        met += page["lots"]
        offset = page["next"]
    assert met == whole["lots"]


@pytest.mark.parametrize("path", ["/lots/FLOUR/F1", "/lots/S-77", "/lots/F1", "/lots/FLOUR%2FF1"])
def test_a_lot_is_read_by_any_of_its_names(bakery, program, path):
    told = program.get(path).json()
    assert (told["item"], told["number"], told["disposition"]) == ("FLOUR", "F1", "released")
    assert program.get(f"/lots/{told['id']}").json() == told


def test_a_number_with_a_slash_is_read(bakery, program):
    lot = {"item": "FLOUR", "number": "2026/03/A", "quantity": "1 kg"}
    do("receive", "2026-03-09", lots=[lot], supplier="MILL")
    assert program.get("/lots/FLOUR/2026/03/A").json()["number"] == "2026/03/A"


def test_an_unknown_lot_is_404_and_an_ambiguous_number_409(bakery, program):
    unknown = program.get("/lots/FLOUR/F404")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_lot")
    do("receive", "2026-03-09", lots=[{"item": "YEAST", "number": "F1", "quantity": "1 kg"}])
    ambiguous = program.get("/lots/F1")
    assert (ambiguous.status_code, ambiguous.json()["code"]) == (409, "ambiguous_number")


def test_a_lot_of_an_empty_ledger_says_what_to_do(program):
    answer = program.get("/lots/FLOUR/F1")
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_recorded")


def test_a_trace_goes_both_ways(bakery, program):
    def reached(direction, ref):
        told = program.get(f"/trace/{direction}", ref=ref).json()
        assert told["direction"] == direction
        return {f"{lot['item']}/{lot['number']}" for lot in told["traceables"]}

    assert reached("forward", "YEAST/Y1") == {"YEAST/Y1", "BREAD/B1", "BREAD/B1-A"}
    assert reached("backward", "BREAD/B1-A") == {"BREAD/B1-A", "BREAD/B1", "FLOUR/F1", "YEAST/Y1"}


def test_a_trace_from_several_lots_and_as_of_a_position(bakery, program):
    both = program.get("/trace/forward", ref=["FLOUR/F1", "YEAST/Y1"]).json()
    assert len(both["seeds"]) == 2
    first = next(fact for fact in both["facts"] if fact["kind"] == "produced")["position"]
    before = program.get("/trace/forward", ref="YEAST/Y1", as_of=first - 1).json()
    assert before["counts"]["traceables"] == 1
    assert before["as_of"]["position"] == first - 1


def test_a_recall_scope_names_customers_places_and_what_to_hold(bakery, program):
    told = program.get("/recall/scope", ref="FLOUR/F1").json()
    assert [row["party"] for row in told["by_customer"]] == ["SHOP"]
    assert [row["location"] for row in told["by_location"]] == ["WH"]
    assert {f"{lot['item']}/{lot['number']}" for lot in told["possible"]} >= {
        "BREAD/B1",
        "BREAD/B1-A",
        "BREAD/B2",
    }


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/trace/forward", {}, "ref"),
        ("/trace/forward", {"ref": ""}, "ref"),
        ("/trace/forward", {"ref": "\x00"}, "ref"),
        ("/trace/sideways", {"ref": "F1"}, "direction"),
        ("/trace/forward", {"ref": "F1", "as_of": "yesterday"}, "time"),
        ("/trace/forward", {"ref": "F1", "as_of": "99999999"}, "as_of"),
        ("/trace/forward", {"ref": "F1", "as_of": "9" * 60}, "as_of"),
        ("/lots", {"limit": "0"}, "limit"),
        ("/lots", {"limit": "x"}, "limit"),
        ("/lots", {"offset": "-1"}, "offset"),
        ("/lots", {"q": "a\x00b"}, "q"),
        ("/lots", {"q": "x" * 401}, "q"),
        ("/facts", {"after": str(2**60)}, "after"),
        ("/ledger/consistency", {}, "old_size"),
        ("/ledger/consistency", {"old_size": "99999"}, "old_size"),
        ("/ledger/proof/0", {"tree_size": "99999"}, "tree_size"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(bakery, program, path, query, field):
    answer = program.get(path, **query)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert answer.json()["facts"]["field"] == field


def test_exceptions_are_listed_newest_first_with_a_sentence(bakery, program):
    told = program.get("/exceptions").json()
    assert told["count"] == len(told["exceptions"]) > 0
    codes = {row["code"] for row in told["exceptions"]}
    assert "not_enough" in codes
    assert all(row["sentence"].endswith(".") for row in told["exceptions"])
    chosen = program.get("/exceptions", code="not_enough").json()
    assert {row["code"] for row in chosen["exceptions"]} == {"not_enough"}
    assert program.get("/exceptions", code="none").json()["count"] == 0


def test_units_and_refusals_are_listed(program):
    units = {unit["code"]: unit for unit in program.get("/units").json()["units"]}
    assert units["H87"]["name_zh"] == "件"
    refusals = {kind["code"]: kind for kind in program.get("/refusals").json()["refusals"]}
    assert refusals["lot_held"]["status"] == 409
    assert refusals["not_logged_in"]["status"] == 401


# The ledger -------------------------------------------------------------------------------------


def test_a_follower_gets_every_fact_once_and_can_check_each(bakery, program):
    after, got = -1, []
    while True:
        page = program.get("/facts", after=after, limit=5).json()
        got += page["facts"]
        if not page["more"]:
            break
        after = page["last"]
    assert [fact["position"] for fact in got] == list(range(size()))
    assert all(leaf_hash(canonical(fact["body"])) == _bytes(fact["leaf_hash"]) for fact in got)
    nothing = program.get("/facts", after=got[-1]["position"]).json()
    assert (nothing["facts"], nothing["more"]) == ([], False)


def test_a_page_of_large_facts_ends_early_and_says_there_is_more(bakery, program, monkeypatch):
    monkeypatch.setattr("yuanliu.api.proving.FEED_CHARACTERS_MAX", 1_000)
    page = program.get("/facts", limit=1000).json()
    assert 0 < len(page["facts"]) < size()
    assert page["more"]
    assert page["last"] == page["facts"][-1]["position"]


def test_a_fact_beyond_the_end_is_404(bakery, program):
    for position in (size(), 2**53 - 1):
        answer = program.get(f"/facts/{position}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_fact")


def test_an_inclusion_proof_convinces_an_independent_check(bakery, program):
    proof = program.get("/ledger/proof/3").json()
    head = program.get("/ledger/head").json()
    assert proof["root"] == head["root"]
    verify_inclusion(
        leaf=leaf_hash(proof["body"].encode()),
        index=3,
        size=proof["tree_size"],
        proof=[_bytes(step) for step in proof["inclusion_proof"]],
        root=_bytes(proof["root"]),
    )


def test_a_consistency_proof_convinces_an_independent_check(bakery, program):
    proof = program.get("/ledger/consistency", old_size=5).json()
    verify_consistency(
        old_size=5,
        size=proof["tree_size"],
        old_root=_bytes(proof["old_root"]),
        root=_bytes(proof["root"]),
        proof=[_bytes(step) for step in proof["consistency_proof"]],
    )


def test_the_newest_checkpoint_is_given_as_it_was_signed(bakery, program, settings, tmp_path):
    settings.YUANLIU_HOME = tmp_path
    missing = program.get("/ledger/checkpoint")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_checkpointed")
    note = make_checkpoint(tmp_path, now=1)
    answer = program.get("/ledger/checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == note
    from yuanliu.ledger.note import VerifierKey

    key = VerifierKey.parse(program.get("/ledger/head").json()["verifier_key"])
    assert open_note(note, [key]).text.splitlines()[1] == str(size())


def test_the_head_of_an_empty_ledger(program):
    head = program.get("/ledger/head").json()
    assert (head["size"], head["recorded"]) == (0, None)
    assert django_settings.YUANLIU_HOME


# How many statements ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "statements"),
    [
        ("/lots", {}, 1),
        ("/lots", {"q": "B1"}, 1),
        ("/exceptions", {}, 2),
        ("/facts", {"limit": "100"}, 3),
        ("/facts/3", {}, 1),
        ("/ledger/head", {}, 1),
        ("/units", {}, 0),
        ("/refusals", {}, 0),
    ],
)
def test_how_many_statements_a_list_needs(
    bakery, program, django_assert_num_queries, path, query, statements
):
    program.get(path, **query)  # the first use of the key is written down
    with django_assert_num_queries(statements + 1):  # and one to find the key
        assert program.get(path, **query).status_code == 200
