"""Rows: which calls they ask for, under which keys, and what is wrong with them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanliu.base import moments
from yuanliu.exchange.mapping_reading import read_mapping
from yuanliu.exchange.rows import Planner
from yuanliu.exchange.sources import open_source

MAPPING = """\
mapping: press
file: {name: Lab*, delimiter: ";", blank: ["-"]}
columns:
  batch: {type: text, required: yes}
  raw: {heading: [Raw lot, 原料批号]}
  made: {type: date, forms: [dd.MM.yyyy], required: yes}
  size: {type: number, values: {many: "1000", few: "10", none: ""}}
  water: number
  ash: {type: number, default: "0"}
join:
  press:
    file: [Press*]
    on: {batch: run}
    columns:
      run: {required: yes}
      speed: number
time: made
steps:
  - step: raw
    action: receive
    about: {lot: {number: "{raw}", item: RAW}}
    if_present: raw
    if_different: ignore
    time: {earliest: made}
    grade: inferred
    with: {lots: [{item: RAW, number: "{raw}", quantity: "? kg"}]}
  - step: certificate
    action: inspect
    about: {lot: {item: RAW, number: "{raw}"}}
    if_present: [raw]
    if_different: keep
    with: {lot: {item: RAW, number: "{raw}"}, stage: incoming}
    results: [water, {column: ash, as: ash content, upper: "5"}]
  - step: make
    action: produce
    about: {lot: {item: T, number: "{batch}"}}
    with:
      inputs: [{if_present: raw, lot: {item: RAW, number: "{raw}"}, quantity: "? kg"}]
      outputs: [{item: T, number: "{batch}", quantity: {value: "{size}", unit: U2}}]
    context: {note: "{raw}", people: ["{raw}", Ann], parameters: [press.speed]}
"""
HEADING = "batch;Raw lot;made;size;water;ash\n"


@pytest.fixture
def plan(tmp_path):
    def made(*lines, press="", mapping=MAPPING, name="Lab.csv", heading=HEADING):
        path = tmp_path / name
        path.write_text(heading + "\n".join(lines), encoding="utf-8")
        if press:
            (tmp_path / name.replace("Lab", "Press")).write_text("run;speed\n" + press, "utf-8")
        found = read_mapping(mapping, file="press.yaml")
        source, planner = open_source(path, found), Planner(found)
        for read in source.reads():
            planner.scan(read)
        return [(read, planner.plan(read)) for read in source.reads()]

    return made


def keys(asked):
    return [one.key for one in asked]


def test_a_row_asks_for_its_calls_in_the_order_of_the_steps(plan):
    ((read, asked),) = plan("7;A1;03.04.2021;many;1,5;".replace(",", "."))
    assert read.problems == []
    assert [(one.step.name, one.name) for one in asked] == [
        ("raw", "RAW/A1"),
        ("certificate", "RAW/A1"),
        ("make", "T/7"),
    ]
    assert asked[1].arguments == {
        "lot": {"item": "RAW", "number": "A1"},
        "stage": "incoming",
        "results": [
            {"characteristic": "water", "value": "1.5"},
            {"characteristic": "ash content", "value": "0", "upper": "5"},
        ],
    }
    assert asked[2].arguments["outputs"][0]["quantity"] == {"value": "1000", "unit": "U2"}
    assert asked[2].occurred == moments.parse("2021-04-03")
    assert (asked[2].context.note, asked[2].context.people) == ("A1", ("A1", "Ann"))


def test_what_a_blank_column_would_fill_is_left_out(plan):
    ((read, asked),) = plan("7;-;03.04.2021;none; ;")
    assert read.problems == []
    assert [one.step.name for one in asked] == ["make"]
    assert asked[0].arguments["inputs"] == []
    assert asked[0].arguments["outputs"][0]["quantity"] == {"unit": "U2"}
    assert (asked[0].context.note, asked[0].context.people) == ("", ("Ann",))


def test_a_raw_lot_is_asked_for_once_at_its_earliest_time_whatever_the_order(plan):
    planned = plan("7;A1;03.04.2021;few;1;", "8;A1;01.02.2021;few;1;", "9;A1;x;few;1;")
    received = [asked[0] for _, asked in planned if asked]
    assert len(received) == 2
    assert len(set(keys(received))) == 1
    assert {one.occurred for one in received} == {moments.parse("2021-02-01")}


def test_a_row_that_is_wrong_elsewhere_still_tells_when_a_lot_was_there(plan):
    planned = plan("7;A1;03.04.2021;few;1;", "8;A1;01.02.2021;lots;1;")
    assert [problem.column for problem in planned[1][0].problems] == ["size"]
    assert planned[0][1][0].occurred == moments.parse("2021-02-01")


def test_certificates_of_equal_values_have_one_key_and_others_their_own(plan):
    planned = plan(
        "1;A1;03.04.2021;few;94.5;",
        "2;A1;04.04.2021;few;94.50;",
        "3;A1;05.04.2021;few;94.6;",
        "4;A1;05.04.2021;few;;1",
        "5;A2;03.04.2021;few;94.5;",
    )
    certificates = [asked[1].key for _, asked in planned]
    assert certificates[0] == certificates[1]
    assert len(set(certificates)) == 4
    assert planned[1][1][1].arguments["results"][0]["value"] == "94.50"


def test_a_step_with_nothing_measured_is_not_asked_for(plan):
    mapping = MAPPING.replace(', default: "0"', "")
    ((read, asked),) = plan("7;A1;03.04.2021;many;;", mapping=mapping)
    assert [one.step.name for one in asked] == ["raw", "make"]
    assert read.problems == []


def test_every_wrong_cell_of_a_row_is_told(plan):
    ((read, _),) = plan(";A1;31.02.2021;lots;1,5;nix")
    assert [(p.column, p.value, p.refusal.code) for p in read.problems] == [
        ("batch", "", "cell_blank"),
        ("made", "31.02.2021", "cell_not_time"),
        ("size", "lots", "cell_not_listed"),
        ("water", "1,5", "cell_not_number"),
        ("ash", "nix", "cell_not_number"),
    ]


def test_a_formula_that_failed_is_no_value_of_any_kind(plan):
    ((read, _),) = plan("7;#N/A;03.04.2021;many;#DIV/0!;#hash")
    assert [(p.column, p.refusal.code) for p in read.problems] == [
        ("Raw lot", "cell_formula_failed"),
        ("water", "cell_formula_failed"),
        ("ash", "cell_not_number"),
    ]


def test_what_a_step_is_about_must_be_there(plan):
    mapping = MAPPING.replace("    if_present: raw\n", "")
    ((read, _),) = plan("7;;03.04.2021;many;1;", mapping=mapping)
    assert [(p.column, p.refusal.code) for p in read.problems] == [("Raw lot", "cell_blank")]


def test_a_row_of_the_wrong_length_is_told_as_a_whole(plan):
    planned = plan("7;A1;03.04.2021;many", "7;A1;03.04.2021;many;1;2;3")
    assert [[p.refusal.facts for p in read.problems] for read, _ in planned] == [
        [{"cells": 4, "columns": 6}],
        [{"cells": 7, "columns": 6}],
    ]


def test_a_second_table_lends_its_values_by_key(plan):
    planned = plan("7;A1;03.04.2021;few;1;", "8;A1;03.04.2021;few;1;", press="7;12.50\n9;1\n")
    told = [asked[2].context.parameters for _, asked in planned]
    assert [{n: r.value for n, r in one.items()} for one in told] == [{"speed": "12.50"}, {}]


def test_the_second_table_is_the_one_whose_name_belongs_to_the_file(plan, tmp_path):
    (tmp_path / "Press.csv").write_text("run;speed\n7;99\n", "utf-8")
    plan("7;A1;03.04.2021;few;1;", press="7;1\n", name="Lab-2021.csv")
    ((_, asked),) = plan("7;A1;03.04.2021;few;1;", name="lab-2021.errors.csv")
    assert asked[2].context.parameters["speed"].value == "1"
    ((_, asked),) = plan("7;A1;03.04.2021;few;1;", name="Lab-2022.csv")
    assert asked[2].context.parameters == {}


def test_a_bad_cell_of_the_second_table_is_told_with_its_place(plan):
    planned = plan("7;A1;03.04.2021;few;1;", press="9;1\n7;fast\n")
    ((problem,),) = [read.problems for read, _ in planned]
    assert (problem.column, problem.value) == ("Press.csv [3] speed", "fast")


def test_a_second_table_that_tells_twice_is_told(plan):
    planned = plan("7;A1;03.04.2021;few;1;", "8;A1;03.04.2021;few;1;", press="7;1\n7;2\n8;3\n8;3\n")
    assert [[p.refusal.code for p in read.problems] for read, _ in planned] == [
        ["joined_twice"],
        [],
    ]


def test_a_key_says_nothing_of_the_order_of_words_in_the_mapping(plan):
    other = MAPPING.replace('{number: "{raw}", item: RAW}', '{item: RAW, number: "{raw}"}')
    line = "7;A1;03.04.2021;few;1;"
    assert keys(plan(line)[0][1]) == keys(plan(line, mapping=other)[0][1])


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=0, max_value=10**6))
def test_a_number_written_otherwise_states_the_same(tmp_path_factory, number):
    folder = tmp_path_factory.mktemp("same")
    found = read_mapping(MAPPING, file="press.yaml")
    planner, asked = Planner(found), []
    ways = [f"{number:f}", f"{number:f}000", f"+{number:f}", f"{Decimal(number).normalize():e}"]
    lines = [f"7;A1;03.04.2021;few;{way};" for way in ways]
    path = folder / "Lab.csv"
    path.write_text(HEADING + "\n".join(lines), encoding="utf-8")
    for read in open_source(path, found).reads():
        assert read.problems == []
        asked.append(planner.plan(read)[1].key)
    assert len(set(asked)) == 1
