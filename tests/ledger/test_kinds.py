"""Kinds of fact: versions that are brought forward, and kinds that nobody knows."""

import json
from dataclasses import dataclass
from typing import ClassVar

import pytest

from tests.ledger.kinds_of_test import (
    BellRung,
    BellTuned,
    draft,
    known_to_the_ledger,
    ring_once,
    upcast_pitch,
)
from yuanliu.base.canonical import canonical
from yuanliu.ledger import kinds, merkle, models, triggers
from yuanliu.ledger.append import writing
from yuanliu.ledger.kinds import UnknownKind, read_data
from yuanliu.ledger.read import fact_at, facts_from
from yuanliu.ledger.verify import verify


@pytest.fixture
def bells():
    with known_to_the_ledger():
        yield


def test_the_present_version_is_read_as_it_stands(bells):
    told = BellTuned(pitch="440 Hz", key="A")
    assert read_data("test_bell_tuned", 3, {"pitch": "440 Hz", "key": "A"}) == told


def test_an_older_version_is_brought_forward_step_by_step(bells):
    assert read_data("test_bell_tuned", 1, {"hertz": "440"}) == BellTuned(pitch="440 Hz", key="C")
    assert read_data("test_bell_tuned", 2, {"tone": "a'"}) == BellTuned(pitch="a'", key="C")


def test_an_unknown_kind_is_named(bells):
    with pytest.raises(UnknownKind, match="test_gong_struck version 1"):
        read_data("test_gong_struck", 1, {})


@pytest.mark.parametrize("version", [4, 0, -1])
def test_a_version_that_was_never_declared_is_named(bells, version):
    with pytest.raises(UnknownKind, match=f"test_bell_tuned version {version}"):
        read_data("test_bell_tuned", version, {"hertz": "440"})


def test_a_kind_is_declared_once(bells):
    with pytest.raises(ValueError, match="test_bell_rung is declared twice"):
        kinds.fact(BellRung)


@pytest.mark.parametrize("steps", [{}, {1: upcast_pitch}, {2: upcast_pitch}, {1: 1, 2: 2, 3: 3}])
def test_a_kind_needs_an_upcast_from_each_older_version(steps):
    @dataclass(frozen=True, slots=True, kw_only=True)
    class GongStruck:
        KIND: ClassVar[str] = "test_gong_struck"
        VERSION: ClassVar[int] = 3

    with pytest.raises(ValueError, match="needs upcasts from 1 to 2"):
        kinds.fact_with_upcasts(steps)(GongStruck)
    assert "test_gong_struck" not in kinds.kinds()


def test_every_kind_of_the_rooms_is_frozen_and_in_the_past():
    assert len(kinds.kinds()) >= 33
    for name, kind in kinds.kinds().items():
        assert kind.name == kind.data_class.KIND == name
        assert kind.version == kind.data_class.VERSION >= 1
        assert kind.data_class.__dataclass_params__.frozen
        assert name == name.lower() and name.isidentifier()
        assert kind.data_class.__doc__ and not kind.data_class.__doc__.startswith(f"{name}(")


@pytest.mark.django_db
def test_old_entries_are_read_in_the_present_form_and_kept_in_their_own(bells, home):
    with writing(now=1) as work:
        work.record(draft(BellTuned(pitch="440 Hz", key="A")))
    ring_once(2)
    _write_as_it_was_before(position=0, version=1, data={"hertz": "440"})
    assert [fact.data for fact in facts_from()] == [
        BellTuned(pitch="440 Hz", key="C"),
        BellRung(times=2),
    ]
    assert '"hertz":"440"' in models.Entry.objects.get(position=0).body
    assert models.Entry.objects.get(position=0).version == 1
    assert [finding.what for finding in verify(home).findings if finding.position == 0] == []


@pytest.mark.django_db
def test_a_ledger_of_a_newer_program_names_what_it_does_not_know(bells, home):
    ring_once(1)
    ring_once(2)
    _write_as_it_was_before(position=1, version=9, data={"times": 2})
    with pytest.raises(UnknownKind, match="test_bell_rung version 9"):
        fact_at(1)
    report = verify(home)
    assert report.first_bad == 1
    assert report.findings[0].what == "the body cannot be read: test_bell_rung version 9"


def _write_as_it_was_before(*, position: int, version: int, data: dict) -> None:
    """Put an entry in the place of another, as a program of another time had written it."""
    from django.db import connection

    triggers.remove(connection)
    entry = models.Entry.objects.get(position=position)
    body = json.loads(entry.body) | {"version": version, "data": data}
    entry.body, entry.version = canonical(body).decode(), version
    entry.leaf_hash = merkle.leaf_hash(entry.body.encode())
    entry.save()
