"""Writing over HTTP: receipts, keys that may come back, batches, and what is refused."""

import json
import time

import pytest
from django.db import OperationalError

from yuanliu.ledger.read import fact_at, size

HOLD = {
    "arguments": {"lots": ["BREAD/B1"], "reason": "glass"},
    "occurred": "2026-03-08T08:00:00+08:00",
}
PROBLEM_MEMBERS = {"type", "title", "detail", "status", "code", "facts"}


def test_an_action_answers_with_the_positions_of_its_facts(bakery, program):
    before = size()
    answer = program.post("/actions/hold", HOLD)
    assert answer.status_code == 201
    assert answer.json() == {
        "first": before,
        "count": 1,
        "positions": [before],
        "repeated": False,
    }
    assert str(fact_at(before).occurred) == "2026-03-08T08:00:00+08:00"


def test_one_call_may_make_several_facts(bakery, program):
    lots = [{"item": "FLOUR", "number": "F9", "quantity": "1 kg", "aliases": ["S-90", "S-91"]}]
    answer = program.post("/actions/receive", {"arguments": {"lots": lots, "supplier": "MILL"}})
    told = answer.json()
    assert told["count"] == 3
    assert told["positions"] == list(range(told["first"], told["first"] + 3))


def test_without_a_time_it_happened_now(bakery, program):
    before = time.time_ns() // 1000
    told = program.post("/actions/hold", {"arguments": HOLD["arguments"]}).json()
    occurred = fact_at(told["first"]).occurred
    assert before <= occurred.start == occurred.end <= time.time_ns() // 1000


def test_the_same_key_and_body_give_the_same_receipt_and_record_nothing_more(bakery, program):
    first = program.post("/actions/hold", HOLD, **{"idempotency-key": "k-1"})
    again = program.post("/actions/hold", HOLD, **{"idempotency-key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "repeated": True}
    assert size() == first.json()["first"] + 1


def test_the_same_key_with_another_body_is_refused(bakery, program):
    program.post("/actions/hold", HOLD, **{"idempotency-key": "k-1"})
    before = size()
    other = {**HOLD, "arguments": {"lots": ["BREAD/B1"], "reason": "stones"}}
    answer = program.post("/actions/hold", other, **{"idempotency-key": "k-1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    assert size() == before


def test_a_key_without_a_time_is_refused_because_it_could_not_come_back(bakery, program):
    before = size()
    body = {"arguments": HOLD["arguments"]}
    answer = program.post("/actions/hold", body, **{"idempotency-key": "k-1"})
    assert (answer.status_code, answer.json()["facts"]["field"]) == (422, "occurred")
    assert size() == before


def test_circumstances_grade_and_tense_go_into_the_fact(bakery, program):
    body = {
        "arguments": {
            "inputs": [{"lot": "FLOUR/F1", "quantity": "500 kg"}],
            "outputs": [{"item": "BREAD", "number": "B9", "quantity": "10 pc"}],
        },
        "occurred": "2026-03-08",
        "context": {"equipment": ["OVEN-1"], "parameters": {"heat": {"value": "220"}}},
        "grade": "scanned",
        "tense": "told",
    }
    told = program.post("/actions/produce", body).json()
    fact = fact_at(told["first"])
    assert fact.context.equipment == ("OVEN-1",)
    assert fact.context.parameters["heat"].value == "220"
    assert fact.grade.value == "scanned"
    assert [conflict["code"] for conflict in fact.conflicts] == ["not_enough"]


def test_a_conflict_is_refused_where_it_is_asked_and_nothing_is_recorded(bakery, program):
    before = size()
    body = {"arguments": {"lots": [{"lot": "BREAD/B2"}], "party": "SHOP"}}
    answer = program.post("/actions/ship", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "lot_held")
    assert answer.json()["facts"]["lot"] == "BREAD/B2"
    assert size() == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "not_json"),
        (b"\xff", 400, "not_json"),
        (b" ", 400, "not_json"),
        (b'{"arguments": {"reason": "a", "reason": "b"}}', 400, "not_json"),
        (b'{"arguments": {"reason": "\\ud800"}}', 400, "not_json"),
        (b"[" * 5000, 400, "not_json"),
        (b"NaN", 400, "not_json"),
        (b"null", 422, "malformed"),
        (b"[]", 422, "malformed"),
        (b"{}", 422, "malformed"),
        (b'{"arguments": {}}', 422, "malformed"),
        (b'{"arguments": {"lots": [], "reason": "x"}, "more": 1}', 422, "malformed"),
        (b'{"arguments": {"lots": ["a\\u0000b"], "reason": "x"}}', 422, "malformed"),
        (
            b'{"arguments": {"lots": ["BREAD/B1"], "reason": "x"}, "grade": "sure"}',
            422,
            "malformed",
        ),
        (b'{"arguments": {"lots": ["BREAD/B1"], "reason": "x"}, "occurred": 5}', 422, "malformed"),
        (b'{"arguments": {"lots": ["BREAD/B99"], "reason": "x"}}', 404, "unknown_lot"),
        (b'{"arguments": {"lots": ["BREAD/B1"], "reason": " "}}', 422, "reason_needed"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_problem(bakery, program, body, status, code):
    before = size()
    answer = program.post("/actions/hold", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == PROBLEM_MEMBERS
    assert size() == before


def test_a_body_that_is_not_json_by_name_is_refused(bakery, program):
    answer = program.client.post("/api/v1/actions/hold", {"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (415, "wrong_content_type")


def test_a_body_that_is_too_large_is_refused(bakery, program, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = program.post("/actions/hold", b'{"arguments": "' + b"x" * 1000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_key_longer_than_the_gate_takes_is_refused(bakery, program):
    answer = program.post("/actions/hold", HOLD, **{"idempotency-key": "x" * 201})
    assert (answer.status_code, answer.json()["facts"]["field"]) == (422, "Idempotency-Key")


def test_a_busy_database_says_503_and_when_to_try_again(bakery, program, monkeypatch):
    def busy(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr("yuanliu.api.writing.submit", busy)
    answer = program.post("/actions/hold", HOLD)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "1"


def test_a_failure_of_the_program_is_a_problem_too_and_tells_no_secret(
    bakery, program, monkeypatch
):
    def fail(*_, **__):
        raise RuntimeError("the password is 12345")

    monkeypatch.setattr("yuanliu.api.writing.submit", fail)
    program.client.raise_request_exception = False
    answer = program.post("/actions/hold", HOLD)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert b"12345" not in answer.content


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Nothing answers at /api/v1/actions/fly."),
        ("fr", "Nothing answers at /api/v1/actions/fly."),
        ("zh-CN", "地址 /api/v1/actions/fly 不存在。"),
        ("zh-Hans", "地址 /api/v1/actions/fly 不存在。"),
    ],
)
def test_an_action_that_does_not_exist_is_a_problem_in_the_callers_language(
    bakery, program, language, title
):
    answer = program.post("/actions/fly", HOLD, **{"accept-language": language})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_address")
    assert answer.json()["title"].startswith(title)


def test_a_refusal_is_said_in_the_callers_language(bakery, program):
    body = {"arguments": {"lots": [{"lot": "BREAD/B2"}], "party": "SHOP"}}
    english = program.post("/actions/ship", body).json()
    chinese = program.post("/actions/ship", body, **{"accept-language": "zh-CN"}).json()
    assert english["title"] == (
        "Lot BREAD/B2 is on hold. Release the hold before you use or ship it."
    )
    assert "冻结" in chinese["title"]
    assert english["facts"] == chinese["facts"]


# Batches ----------------------------------------------------------------------------------------


def _group(*calls, key=""):
    return {"calls": list(calls), **({"key": key} if key else {})}


def _hold(lot, reason="glass"):
    return {
        "action": "hold",
        "arguments": {"lots": [lot], "reason": reason},
        "occurred": "2026-03-08T08:00:00+08:00",
    }


def test_a_batch_records_each_group_whole_or_not_at_all(bakery, program):
    before = size()
    groups = [
        _group(_hold("BREAD/B1")),
        _group(_hold("BREAD/B0"), _hold("BREAD/NONE")),
        _group(_hold("YEAST/Y1"), _hold("FLOUR/F1")),
    ]
    answer = program.post("/batch", {"groups": groups})
    first, second, third = answer.json()["outcomes"]
    assert answer.status_code == 200
    assert (first["status"], first["receipt"]["positions"]) == (201, [before])
    assert (second["status"], second["problem"]["code"]) == (404, "unknown_lot")
    assert (third["status"], third["receipt"]["positions"]) == (201, [before + 1, before + 2])
    assert size() == before + 3


def test_a_group_that_cannot_be_read_leaves_the_others(bakery, program):
    before = size()
    groups = [
        {"calls": "no list"},
        _group(_hold("BREAD/B1")),
        _group({"action": "fly", "arguments": {}}),
        7,
        {"calls": []},
        _group({**_hold("BREAD/B1"), "occurred": None}, key="k"),
    ]
    outcomes = program.post("/batch", {"groups": groups}).json()["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == [422, 201, 404, 422, 422, 422]
    assert outcomes[5]["problem"]["facts"]["field"] == "calls[0].occurred"
    assert size() == before + 1


def test_a_batch_that_comes_back_records_nothing_more(bakery, program):
    groups = [_group(_hold("BREAD/B1"), key="a"), _group(_hold("BREAD/B0"), key="b")]
    first = program.post("/batch", {"groups": groups}).json()["outcomes"]
    again = program.post("/batch", {"groups": groups}).json()["outcomes"]
    assert [outcome["status"] for outcome in first] == [201, 201]
    assert [outcome["status"] for outcome in again] == [200, 200]
    assert [outcome["receipt"]["positions"] for outcome in first] == [
        outcome["receipt"]["positions"] for outcome in again
    ]


def test_an_empty_batch_has_no_outcome(bakery, program):
    assert program.post("/batch", {"groups": []}).json() == {"outcomes": []}


def test_a_batch_beyond_its_bounds_is_refused_whole(bakery, program):
    before = size()
    answer = program.post("/batch", {"groups": [_group(_hold("BREAD/B1"))] * 1001})
    assert (answer.status_code, answer.json()["facts"]["field"]) == (422, "groups")
    inner = program.post("/batch", {"groups": [_group(*[_hold("BREAD/B1")] * 1001)]})
    (outcome,) = inner.json()["outcomes"]
    assert outcome["problem"]["facts"] == {
        "field": "calls",
        "value": 1001,
        "problem": "it has too many members",
    }
    assert size() == before


def test_text_of_any_kind_comes_back_as_it_was_sent(bakery, program):
    reason = 'glass “玻璃” </script> \u2028 " \\ 🍞'
    body = {**HOLD, "arguments": {"lots": ["BREAD/B1"], "reason": reason}}
    told = program.post("/actions/hold", json.dumps(body)).json()
    fact = program.get(f"/facts/{told['first']}").json()
    assert fact["body"]["data"]["reason"] == reason
