"""Inspections, holds, releases, rejections, parameters and readings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lots.floor import (
    about,
    code_of,
    day,
    do,
    exceptions,
    fact,
    kinds,
    lot,
    part,
    receive,
    status,
    stock,
    tell,
)
from yuanliu.ledger.facts import Context, Reading
from yuanliu.lots import queries

pytestmark = pytest.mark.usefixtures("plant")


def result(characteristic: str, value: str, **more: str) -> dict[str, str]:
    """Describe a result."""
    return {"characteristic": characteristic, "value": value, **more}


def certify(when: float = 2, /, *results: dict[str, str], told: bool = False, **more: Any) -> int:
    """Record an incoming inspection of flour L1."""
    arguments = {"lot": "FLOUR/L1", "results": list(results), "stage": "incoming", **more}
    return do("inspect", when, told=told, **arguments)


# Inspections


def test_results_are_kept_as_they_were_told() -> None:
    receive("L1")
    told = [
        result("ash", "0.450", unit="P1", lower="0.4", upper="0.5", verdict="pass", gauge="SCALE"),
        result("smell", "fresh"),
    ]
    position = certify(2, *told, verdict="pass", certificate="C-9")
    assert kinds(position) == ["inspected"]
    assert about("FLOUR/L1")["results"] == [
        {
            "position": position,
            "stage": "incoming",
            "characteristic": "ash",
            "value": "0.450",
            "unit": "P1",
            "verdict": "pass",
        },
        {
            "position": position,
            "stage": "incoming",
            "characteristic": "smell",
            "value": "fresh",
            "unit": "",
            "verdict": "",
        },
    ]
    assert fact(position).data.certificate == "C-9"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("94.5", ""), ("94.50", "")),
        (("94.5", "P1"), ("94.5", "")),
        (("1", "KGM"), ("1000", "GRM")),
        (("white", ""), (" white", "")),
        (("94.5", ""), ("", "")),
        (("", ""), ("94.5", "")),
    ],
)
def test_certificates_that_tell_the_same_agree(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    receive("L1")
    certify(2, result("x", first[0], unit=first[1]))
    position = certify(3, result("x", second[0], unit=second[1]))
    assert exceptions(position) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("94.5", ""), ("94.51", "")),
        (("5", "P1"), ("5", "59")),
        (("1", "KGM"), ("1001", "GRM")),
        (("white", ""), ("grey", "")),
        (("94.5", ""), ("trace", "")),
    ],
)
def test_certificates_that_tell_something_else_are_both_kept_and_listed(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    receive("L1")
    certify(2, result("x", first[0], unit=first[1]))
    again = result("x", second[0], unit=second[1])
    arguments = {"lot": "FLOUR/L1", "results": [again], "stage": "incoming"}
    assert code_of("inspect", 3, **arguments) == "certificates_disagree"
    position = tell("inspect", 3, **arguments)
    assert exceptions(position) == ["certificates_disagree"]
    assert [kept["value"] for kept in about("FLOUR/L1")["results"]] == [first[0], second[0]]
    assert queries.exceptions(code="certificates_disagree") == (
        1,
        [
            {
                "position": position,
                "code": "certificates_disagree",
                "facts": {
                    "lot": "FLOUR/L1",
                    "characteristic": "x",
                    "first": " ".join(first).strip(),
                    "second": " ".join(second).strip(),
                },
            }
        ],
    )


def test_a_third_certificate_is_measured_by_the_first() -> None:
    receive("L1")
    certify(2, result("x", "94.5"))
    certify(3, result("x", "95"), told=True)
    certify(4, result("x", "94.5"))
    assert code_of("inspect", 5, lot="FLOUR/L1", results=[result("x", "95")], stage="incoming") == (
        "certificates_disagree"
    )


def test_measurements_in_the_process_may_differ_as_they_like() -> None:
    receive("L1")
    for value in ("7", "8"):
        do("inspect", 2, lot="FLOUR/L1", results=[result("pH", value)], stage="in_process")
    assert exceptions() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"results": []}, "nothing_given"),
        ({"results": [result("x", "1"), result("x", "2")]}, "named_twice"),
        ({"lot": "FLOUR/X"}, "unknown_lot"),
        ({"stage": "someday"}, "malformed"),
    ],
)
def test_an_inspection_that_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    receive("L1")
    assert (
        code_of("inspect", 2, **{"lot": "FLOUR/L1", "results": [result("x", "1")], **change})
        == code
    )


def test_a_verdict_alone_is_an_inspection() -> None:
    receive("L1", quality="quarantine")
    do("inspect", 2, lot="FLOUR/L1", results=[], verdict="pass")
    assert status("FLOUR/L1") == "quarantine"


def test_nothing_is_inspected_before_it_exists() -> None:
    receive("L1", "100 kg", 5)
    assert code_of("inspect", 4, lot="FLOUR/L1", results=[result("x", "1")]) == "before_birth"


# Holds


def test_a_hold_stops_several_lots_until_it_is_released() -> None:
    receive("L1")
    receive("L2")
    position = do("hold", 2, lots=["FLOUR/L1", "FLOUR/L2"], reason="metal")
    assert kinds(position) == ["held"]
    assert (status("FLOUR/L1"), status("FLOUR/L2")) == ("held", "held")
    assert about("FLOUR/L1")["holds"] == [fact(position).data.hold]
    released = do("release", 3, lots=["FLOUR/L1"], reason="no metal")
    assert kinds(released) == ["released"]
    assert (status("FLOUR/L1"), status("FLOUR/L2")) == ("released", "held")


def test_a_lot_under_two_holds_is_held_until_both_are_lifted() -> None:
    receive("L1")
    first, second = (fact(do("hold", 2, lots=["FLOUR/L1"], reason=why)).data.hold for why in "ab")
    do("release", 3, lots=["FLOUR/L1"], holds=[first], reason="a is settled")
    assert (status("FLOUR/L1"), about("FLOUR/L1")["holds"]) == ("held", [second])
    do("release", 4, lots=["FLOUR/L1"], holds=[second], reason="b is settled")
    assert status("FLOUR/L1") == "released"


def test_a_release_without_names_lifts_every_hold() -> None:
    receive("L1")
    for why in "ab":
        do("hold", 2, lots=["FLOUR/L1"], reason=why)
    do("release", 3, lots=["FLOUR/L1"], reason="settled")
    assert (status("FLOUR/L1"), about("FLOUR/L1")["holds"]) == ("released", [])


def test_lifting_a_hold_does_not_pass_the_inspection() -> None:
    receive("L1", quality="quarantine")
    hold = fact(do("hold", 2, lots=["FLOUR/L1"], reason="metal")).data.hold
    do("release", 3, lots=["FLOUR/L1"], holds=[hold], reason="no metal")
    assert status("FLOUR/L1") == "quarantine"
    do("release", 4, lots=["FLOUR/L1"])
    assert status("FLOUR/L1") == "released"


def test_lifting_a_hold_does_not_take_a_rejection_back() -> None:
    receive("L1")
    hold = fact(do("hold", 2, lots=["FLOUR/L1"], reason="metal")).data.hold
    do("reject", 3, lots=["FLOUR/L1"], reason="metal found")
    do("release", 4, lots=["FLOUR/L1"], holds=[hold], reason="settled")
    assert status("FLOUR/L1") == "rejected"


def test_a_hold_stays_on_a_lot_that_is_used_up_or_shipped() -> None:
    receive("L1")
    do("hold", 2, lots=["FLOUR/L1"], reason="metal")
    do("scrap", 3, lots=[part("FLOUR/L1")], reason="metal")
    assert (status("FLOUR/L1"), stock("FLOUR/L1")) == ("held", {})


@pytest.mark.parametrize(
    ("action", "change", "code"),
    [
        ("hold", {"lots": []}, "nothing_given"),
        ("hold", {"reason": " "}, "reason_needed"),
        ("hold", {"lots": ["FLOUR/L1", "FLOUR/L1"]}, "named_twice"),
        ("hold", {"lots": ["FLOUR/X"]}, "unknown_lot"),
        ("reject", {"lots": []}, "nothing_given"),
        ("reject", {"reason": ""}, "reason_needed"),
        ("reject", {"lots": ["FLOUR/L1", "FLOUR/L1"]}, "named_twice"),
        ("release", {"lots": []}, "nothing_given"),
        ("release", {"lots": ["FLOUR/L1"]}, "not_held"),
        ("release", {"lots": ["FLOUR/H"], "reason": ""}, "reason_needed"),
        ("release", {"lots": ["FLOUR/R"], "reason": ""}, "reason_needed"),
        ("release", {"lots": ["FLOUR/H", "FLOUR/H"]}, "named_twice"),
        ("release", {"lots": ["FLOUR/H"], "holds": ["no-such-hold"]}, "unknown_hold"),
        ("release", {"lots": ["FLOUR/L1"], "holds": ["no-such-hold"]}, "unknown_hold"),
    ],
)
def test_a_judgement_that_cannot_be_is_refused(
    action: str, change: dict[str, Any], code: str
) -> None:
    for number in ("L1", "H", "R"):
        receive(number)
    do("hold", 2, lots=["FLOUR/H"], reason="metal")
    do("reject", 2, lots=["FLOUR/R"], reason="mould")
    assert code_of(action, 3, **{"lots": ["FLOUR/L1"], "reason": "why", **change}) == code


@pytest.mark.parametrize("action", ["hold", "release", "reject"])
def test_nothing_is_judged_before_it_exists(action: str) -> None:
    receive("L1", "100 kg", 5, quality="quarantine")
    assert code_of(action, 4, lots=["FLOUR/L1"], reason="why") == "before_birth"


def test_a_release_told_for_before_the_hold_is_refused_and_the_hold_stands() -> None:
    receive("L1")
    do("hold", 5, lots=["FLOUR/L1"], reason="metal")
    assert code_of("release", 4, lots=["FLOUR/L1"], reason="why") == "not_held"
    position = tell("release", 4, lots=["FLOUR/L1"], reason="why")
    assert (exceptions(position), status("FLOUR/L1")) == (["not_held"], "held")


def test_a_release_that_others_had_given_already_is_recorded_and_listed() -> None:
    receive("L1")
    position = tell("release", 2, lots=["FLOUR/L1"], reason="why")
    assert (exceptions(position), status("FLOUR/L1")) == (["not_held"], "released")


def test_a_rejected_lot_may_be_released_for_a_reason() -> None:
    receive("L1")
    do("reject", 2, lots=["FLOUR/L1"], reason="mould")
    assert status("FLOUR/L1") == "rejected"
    do("release", 3, lots=["FLOUR/L1"], reason="concession 7")
    assert status("FLOUR/L1") == "released"


# Parameters and readings

SHIFT = Context(
    people=("LI",),
    station="LINE",
    parameters={"speed": Reading(value="30", unit="RPM")},
    environment={"humidity": Reading(value="55", unit="P1", gauge="SCALE")},
)


def test_parameters_belong_to_lots_and_stand_in_the_context() -> None:
    receive("L1")
    receive("L2")
    position = do("record_parameters", 2, lots=["FLOUR/L1", "FLOUR/L2"], context=SHIFT)
    assert kinds(position) == ["parameters_recorded"]
    assert fact(position).context.parameters == {"speed": Reading(value="30", unit="RPM")}
    assert queries.positions(lot("FLOUR/L2").key)[-1] == position


def test_readings_belong_to_lots_or_to_a_station() -> None:
    receive("L1")
    assert kinds(do("record_readings", 2, lots=["FLOUR/L1"], context=SHIFT)) == [
        "readings_recorded"
    ]
    position = do("record_readings", 2, context=SHIFT)
    assert fact(position).data.traceables == ()


@pytest.mark.parametrize(
    ("action", "lots", "context", "code"),
    [
        ("record_parameters", [], SHIFT, "nothing_given"),
        ("record_parameters", ["FLOUR/L1"], Context(), "malformed"),
        ("record_parameters", ["FLOUR/L1", "FLOUR/L1"], SHIFT, "named_twice"),
        ("record_parameters", ["FLOUR/X"], SHIFT, "unknown_lot"),
        ("record_readings", ["FLOUR/L1"], Context(), "malformed"),
        ("record_readings", [], Context(environment=SHIFT.environment), "malformed"),
        ("record_readings", ["FLOUR/L1", "FLOUR/L1"], SHIFT, "named_twice"),
    ],
)
def test_parameters_and_readings_that_cannot_be_are_refused(
    action: str, lots: list[str], context: Context, code: str
) -> None:
    receive("L1")
    assert code_of(action, 2, lots=lots, context=context) == code


@pytest.mark.parametrize("action", ["record_parameters", "record_readings"])
def test_nothing_is_measured_before_it_exists(action: str) -> None:
    receive("L1", "100 kg", 5)
    assert code_of(action, 4, lots=["FLOUR/L1"], context=SHIFT) == "before_birth"
    assert day(5).start == lot("FLOUR/L1").born_start
