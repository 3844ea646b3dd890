"""The tables give a trace the same rows as the arrays do, with one statement a call."""

from __future__ import annotations

from dataclasses import astuple, fields

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trace.histories import History
from tests.trace.strategies import TRACEABLES, any_quantity, tangled
from yuanliu.genealogy.models import FOREVER, Flow, Stay
from yuanliu.ledger import bulk
from yuanliu.trace import forward
from yuanliu.trace.source import ALWAYS, Columns, Flows, ints
from yuanliu.trace.sql import SqlFlows, memory_flows

pytestmark = pytest.mark.django_db

# A test of one example costs a few dozen statements; the database is the same for all of them.
on_the_database = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BY_TRACEABLE, BY_FACT = ("out_of", "into"), ("inputs", "outputs")
EVERY_FLOW = (*BY_TRACEABLE, *BY_FACT)
EVERY_STAY = ("parents", "children")


def keep(history: History) -> None:
    """Put a history into the tables, in place of what was there."""
    flow, stay = bulk.table_of(Flow, connection), bulk.table_of(Stay, connection)
    bulk.clear(connection, flow)
    bulk.clear(connection, stay)
    lines: dict[int, int] = {}
    rows = []
    for row in history.rows:
        line = lines[row.fact] = lines.get(row.fact, -1) + 1
        rows.append(
            (row.fact, line, 0 if row.into else 1, row.traceable, row.kind, None, "KGM",
             row.dimension, row.amount, row.mass, row.t_from, row.t_to, row.grade,
             row.known_from, row.known_to)
        )  # fmt: skip
    bulk.insert(connection, flow, rows)
    bulk.insert(
        connection, stay,
        [(s.fact, s.kind, s.child, s.parent, s.start_from, s.start_to, None, s.end_from, s.end_to,
          s.grade, s.known_from, s.known_to) for s in history.stays],
    )  # fmt: skip


def sorted_rows(columns) -> list[tuple]:
    """Give the rows of flows or stays in one order, NaN as None so that rows can be compared."""
    arrays = [getattr(columns, field.name) for field in fields(columns)]
    cells = [[None if cell != cell else cell for cell in array.tolist()] for array in arrays]
    rows = zip(*(column for column in cells if column), strict=True)
    return sorted(rows, key=lambda row: tuple((cell is not None, cell) for cell in row))


def assert_same_rows(found, expected) -> None:
    assert sorted_rows(found) == sorted_rows(expected)
    for field in fields(expected):
        assert getattr(found, field.name).dtype == getattr(expected, field.name).dtype, field.name


def assert_same_source(found, expected, traceables: list[int], facts: list[int]) -> None:
    for name in EVERY_FLOW:
        keys = ints(traceables if name in BY_TRACEABLE else facts)
        for columns in Columns:
            assert_same_rows(
                getattr(found, name)(keys, columns), getattr(expected, name)(keys, columns)
            )
    for name in EVERY_STAY:
        assert_same_rows(
            getattr(found, name)(ints(traceables)), getattr(expected, name)(ints(traceables))
        )


some_keys = st.lists(st.sampled_from(TRACEABLES), unique=True).map(sorted)
histories = tangled(quantities=any_quantity)


@on_the_database
@given(histories, some_keys, st.data())
def test_the_tables_give_the_rows_that_the_arrays_give_as_of_any_position(history, keys, data):
    keep(history)
    as_of = data.draw(st.none() | st.integers(0, history.position))
    facts = data.draw(st.lists(st.integers(0, history.position), unique=True).map(sorted))
    assert_same_source(SqlFlows(connection, as_of), history.source(as_of), keys, facts)


@on_the_database
@given(histories, st.data())
def test_the_genealogy_loaded_into_memory_is_the_genealogy_of_the_tables(history, data):
    keep(history)
    as_of = data.draw(st.none() | st.integers(0, history.position))
    everything = list(range(history.position + 1))
    loaded = memory_flows(connection, as_of)
    assert_same_source(loaded, history.source(as_of), list(TRACEABLES), everything)


@on_the_database
@given(st.lists(st.none() | st.floats(2.0**-29, 2.0**70) | st.just(0.0), min_size=1, max_size=30))
def test_an_amount_comes_out_of_the_tables_to_its_last_digit(amounts):
    history = History()
    for amount in amounts:
        history.fact([(1, amount, 4, amount)], at=0)
    keep(history)
    found = SqlFlows(connection, None).out_of(ints([1]), Columns.AMOUNTS)
    expected = [np.nan if amount is None else amount for amount in amounts]
    in_order = np.argsort(found.fact)
    assert found.amount[in_order].tolist() == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
    assert found.mass[in_order].tolist() == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


def test_no_keys_ask_the_database_nothing(django_assert_num_queries):
    source = SqlFlows(connection, None)
    with django_assert_num_queries(0):
        for columns in Columns:
            assert len(source.out_of(ints(), columns)) == 0
        assert len(source.parents(ints())) == 0


def test_empty_tables_hold_nothing():
    source = SqlFlows(connection, None)
    for name in EVERY_FLOW:
        for columns in Columns:
            assert len(getattr(source, name)(ints([1, 2]), columns)) == 0
    assert len(source.parents(ints([1]))) == len(source.children(ints([1]))) == 0
    assert len(memory_flows(connection, None).out_of(ints([1]), Columns.AMOUNTS)) == 0


@pytest.fixture
def one_lot_in_many_units() -> int:
    """One fact that made 100,000 units of one lot, with every second unit's number left out."""
    count = 100_000
    rows = [
        (0, line, 1 if line else 0, 2 * line if line else 1, 2, "1", "H87", 4, 1.0, 0.5, 7, 9, 3, 0,
         FOREVER)
        for line in range(count + 1)
    ]  # fmt: skip
    bulk.insert(connection, bulk.table_of(Flow, connection), rows)
    return count


@pytest.fixture
def sure_source(one_lot_in_many_units) -> SqlFlows:
    """The tables as a source that has had its look at the statistics."""
    source = SqlFlows(connection, None)
    source.out_of(ints(range(0, 1000, 2)), Columns.LINKS)
    return source


def test_any_number_of_keys_is_one_statement(
    sure_source, one_lot_in_many_units, django_assert_num_queries
):
    source = sure_source
    scattered = ints(range(2, 2 * one_lot_in_many_units + 1, 2))
    for name in BY_TRACEABLE:
        for columns in Columns:
            with django_assert_num_queries(1):
                found = getattr(source, name)(scattered, columns)
            assert len(found) == (one_lot_in_many_units if name == "into" else 0)
    with django_assert_num_queries(1):
        assert len(source.parents(scattered)) == 0
    assert sorted_rows(source.into(scattered[-1:], Columns.AMOUNTS)) == [
        (0, 2 * one_lot_in_many_units, 7, 9, 3, 1.0, 4, 0.5, 2)
    ]


def test_keys_next_to_each_other_bring_in_nothing_from_beyond_them(one_lot_in_many_units):
    source = SqlFlows(connection, None)
    units = ints([10, 11, 12, 13, 14, 20])
    assert sorted(source.into(units, Columns.LINKS).traceable.tolist()) == [10, 12, 14, 20]


def test_a_fact_gives_all_that_it_made_at_once(one_lot_in_many_units, django_assert_num_queries):
    source = SqlFlows(connection, None)
    with django_assert_num_queries(1):
        made = source.outputs(ints([0]), Columns.LINKS)
    assert np.array_equal(np.sort(made.traceable), np.arange(2, 2 * one_lot_in_many_units + 1, 2))


def test_a_search_asks_as_often_as_it_goes_deep(
    sure_source, one_lot_in_many_units, django_assert_num_queries
):
    # Round 1 reads the lot, its stays and what its fact made; round 2 the units and their stays.
    with django_assert_num_queries(5):
        reached = forward.reach(sure_source, forward.Seeds.of(ints([1]), ALWAYS))
    assert len(reached.traceables) == one_lot_in_many_units + 1


@pytest.mark.postgresql_only
def test_a_table_that_postgresql_takes_for_empty_is_analysed_first(
    one_lot_in_many_units, django_assert_num_queries
):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = 0, relpages = 50 WHERE relname = 'genealogy_flow'"
        )
    source = SqlFlows(connection, None)
    scattered = ints(range(2, 2 * one_lot_in_many_units + 1, 2))
    with django_assert_num_queries(3):
        assert len(source.into(scattered, Columns.LINKS)) == one_lot_in_many_units
    with django_assert_num_queries(1):
        source.into(scattered, Columns.LINKS)


@pytest.mark.sqlite_only
def test_a_trace_reads_flows_from_the_indexes_alone(one_lot_in_many_units):
    statements: list[str] = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    source = SqlFlows(connection, None)
    with connection.execute_wrapper(note):
        source.out_of(ints([1]), Columns.AMOUNTS)
        source.into(ints([2]), Columns.AMOUNTS)
        source.inputs(ints([0]), Columns.LINKS)
        source.outputs(ints([0]), Columns.LINKS)
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", ["[1048576]"])
            plan = " ".join(row[-1] for row in cursor.fetchall())
        assert "SEARCH f USING COVERING INDEX flow_by_" in plan, plan


def test_flows_without_amounts_stay_without(one_lot_in_many_units):
    found = SqlFlows(connection, None).into(ints([2, 4]), Columns.LINKS)
    assert isinstance(found, Flows)
    assert len(found) == 2
    assert len(found.amount) == len(found.kind) == 0
    assert len(astuple(found)) == 9
