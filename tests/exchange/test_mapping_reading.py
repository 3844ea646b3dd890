"""Mappings: what they may say, and how plainly a wrong one is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanliu.exchange.library import SHIPPED, find_mapping, mapping_names
from yuanliu.exchange.mapping import IfDifferent, Kind
from yuanliu.exchange.mapping_reading import read_mapping
from yuanliu.exchange.refusals import (
    FileMissing,
    MappingMemberMissing,
    MappingMemberUnknown,
    MappingMemberWrong,
    MappingNotYaml,
    UnknownMapping,
)
from yuanliu.ledger.facts import Grade

SMALL = """\
mapping: small
columns:
  lot: text
  made: {type: date, forms: [dd.MM.yyyy]}
  water: {type: number, unit: "%"}
time: made
steps:
  - step: test
    action: inspect
    about: {lot: {item: X, number: "{lot}"}}
    if_different: keep
    with: {lot: {item: X, number: "{lot}"}, stage: incoming}
    results: [{column: water, as: moisture}]
"""


def read(text):
    return read_mapping(text, file="small.yaml")


def test_a_small_mapping_says_what_it_says():
    mapping = read(SMALL)
    (step,) = mapping.steps
    assert mapping.name == "small"
    assert [column.kind for column in mapping.columns.values()] == [
        Kind.TEXT,
        Kind.TIME,
        Kind.NUMBER,
    ]
    assert (step.action, step.if_different, step.grade) == (
        "inspect",
        IfDifferent.KEEP,
        Grade.DECLARED,
    )
    assert (step.results[0].named, step.results[0].unit) == ("moisture", "P1")
    assert step.when.column == "made"


@pytest.mark.parametrize(
    ("before", "after", "kind", "line", "field"),
    [
        ("time: made", "tiem: made", MappingMemberUnknown, 6, "tiem"),
        ("time: made\n", "", MappingMemberMissing, 7, "steps[0].time"),
        ("time: made", "time: lot", MappingMemberWrong, 6, "time"),
        ("lot: text", "lot: txt", MappingMemberWrong, 3, "columns.lot"),
        ("unit: \"%\"", "units: \"%\"", MappingMemberUnknown, 5, "columns.water.units"),
        ("dd.MM.yyyy", "dd.MM", MappingMemberWrong, 4, "columns.made.forms[0]"),
        ("keep", "kepe", MappingMemberWrong, 11, "steps[0].if_different"),
        ("number: \"{lot}\"}}\n    if", "number: \"{lto}\"}}\n    if", MappingMemberUnknown, 10,
         "steps[0].about.lot.number: lto"),
        ("number: \"{lot}\"}}\n    if", "nummer: \"{lot}\"}}\n    if", MappingMemberUnknown, 10,
         "steps[0].about.lot.nummer"),
        ("{lot}\"}, stage", "{lot\"}, stage", MappingMemberWrong, 12,
         "steps[0].with.lot.number"),
        ("column: water", "column: watre", MappingMemberUnknown, 13,
         "steps[0].results[0].column: watre"),
        ("- step: test", "- step: a step", MappingMemberWrong, 8, "steps[0].step"),
        ("mapping: small\n", "", MappingMemberMissing, 1, "mapping"),
        ("action: inspect\n    ", "", MappingMemberMissing, 8, "steps[0].action"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_line(before, after, kind, line, field):
    assert SMALL.count(before) == 1
    with pytest.raises(kind) as refusal:
        read(SMALL.replace(before, after))
    assert refusal.value.facts["file"] == "small.yaml"
    assert (refusal.value.facts["line"], refusal.value.facts["field"]) == (line, field)


def test_an_unknown_column_is_answered_with_those_that_look_alike():
    with pytest.raises(MappingMemberUnknown) as refusal:
        read(SMALL.replace("column: water", "column: watre"))
    assert refusal.value.facts["known"] == "water …"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("mapping: [", 1),
        ("a: 1\na: 2", 2),
        ("a: &x 1\nb: *x", 1),
        ("a: !!python/object/apply:os.system [ls]", 1),
        ("a: !mine b", 1),
        ("<<: {a: 1}", 1),
        ("? [a]\n: b", 1),
        ("a: " + "[" * 50 + "]" * 50, 1),
        ("a: b\n\tc: d", 2),
    ],
)
def test_only_plain_yaml_is_taken(text, line):
    with pytest.raises(MappingNotYaml) as refusal:
        read(text)
    assert refusal.value.facts["line"] == line


def test_aliases_cannot_make_a_small_file_large():
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    with pytest.raises(MappingNotYaml):
        read(f"a0: &a0 [x]\n{levels}")


@given(st.text(max_size=200))
def test_any_text_is_a_mapping_or_refused(text):
    with pytest.raises(
        (MappingNotYaml, MappingMemberWrong, MappingMemberMissing, MappingMemberUnknown)
    ):
        read(text)


def test_no_value_is_taken_for_more_than_text():
    mapping = read(SMALL.replace('number: "{lot}"}, stage', "number: 007}, stage"))
    assert mapping.steps[0].arguments.members["lot"].members["number"].template.literal == "007"


def test_every_shipped_mapping_is_found_by_its_name():
    assert mapping_names() == sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    for name in mapping_names():
        mapping = find_mapping(name)
        assert mapping.name == name
        assert mapping.title_zh != mapping.name != mapping.title_en


def test_ones_own_mapping_comes_before_the_shipped_one(tmp_path):
    own = tmp_path / "mappings" / "tablets.yaml"
    own.parent.mkdir()
    own.write_text(SMALL, encoding="utf-8")
    assert find_mapping("tablets", home=tmp_path).name == "small"
    assert find_mapping(str(own)).source == "tablets.yaml"


@pytest.mark.parametrize("name", ["nothing", "../tablets", "mappings/tablets", ""])
def test_an_unknown_name_is_answered_with_the_known_ones(name):
    with pytest.raises(UnknownMapping) as refusal:
        find_mapping(name)
    assert "tablets" in refusal.value.facts["known"]


def test_a_path_without_a_file_is_refused():
    with pytest.raises(FileMissing):
        find_mapping(str(Path("nowhere") / "mine.yaml"))
