"""Floor times: exact, or known to the shift, day or month; always with their zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yuanliu.base.moments import EARLIEST, LATEST, Moment, at, between, day, iso, micros, parse
from yuanliu.base.refusal import Malformed

instants = st.integers(EARLIEST, LATEST)
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)
zones = offsets.map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(instants, offsets)
@example(EARLIEST, -1439)
@example(EARLIEST, 1439)
@example(LATEST, -1439)
@example(LATEST, 1439)
@example(0, 0)
def test_an_exact_moment_reads_back_as_it_was_written(start, offset):
    moment = Moment(start, start, offset)
    assert parse(str(moment)) == moment
    assert moment.exact


@given(instants, instants, offsets)
def test_an_interval_reads_back_as_it_was_written(one, other, offset):
    moment = Moment(min(one, other), max(one, other), offset)
    assert parse(str(moment)) == moment
    assert moment.exact is (one == other)


@given(st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30), timezones=zones))  # noqa: DTZ001
def test_a_time_keeps_its_instant_and_its_offset(value):
    moment = at(value)
    assert moment.start == moment.end == micros(value)
    assert datetime.fromisoformat(str(moment)) == value
    assert datetime.fromisoformat(str(moment)).utcoffset() == value.utcoffset()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2018-11", "2018-11-01T00:00:00Z/2018-11-30T23:59:59.999999Z"),
        ("2020-02", "2020-02-01T00:00:00Z/2020-02-29T23:59:59.999999Z"),
        ("2018-11-03", "2018-11-03T00:00:00Z/2018-11-03T23:59:59.999999Z"),
        ("2018-11-03T08:00:00+08:00", "2018-11-03T08:00:00+08:00"),
        ("2018-11-03T08:00+08:00", "2018-11-03T08:00:00+08:00"),
        ("2018-11-03T08:00:00.5Z", "2018-11-03T08:00:00.500000Z"),
        ("2018-11-03T08:00:00Z/2018-11-03T08:00:00Z", "2018-11-03T08:00:00Z"),
        (
            "2018-11-03T22:00:00+08:00/2018-11-04T06:00:00+08:00",
            "2018-11-03T22:00:00+08:00/2018-11-04T06:00:00+08:00",
        ),
        (
            "2018-11-03T22:00:00+08:00/2018-11-03T22:00:00Z",
            "2018-11-03T22:00:00+08:00/2018-11-04T06:00:00+08:00",
        ),
    ],
)
def test_times_people_write(text, written):
    assert str(parse(text)) == written


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is not an ISO 8601 time"),
        ("yesterday", "it is not an ISO 8601 time"),
        ("2018x11", "it is not an ISO 8601 time"),
        ("+201-11", "it is not an ISO 8601 time"),
        ("2018-13", "it is not an ISO 8601 time"),
        ("2018-02-30", "it is not an ISO 8601 time"),
        ("9999-12-31", "it is not an ISO 8601 time"),
        ("2018-11-03/2018-11-04/2018-11-05", "it is not an ISO 8601 time"),
        ("2018-11-03T08:00", "it carries no time zone"),
        ("2018-11-03T08:00/2018-11-03T09:00", "it carries no time zone"),
        ("2018-11-03T09:00Z/2018-11-03T08:00Z", "it ends before it starts"),
        ("0001-01-01T00:00+14:00", "it lies outside the years 2 to 9998"),
        ("9999-06-01T00:00Z", "it lies outside the years 2 to 9998"),
        ("2018-11-03T08:00Z/9999-06-01T00:00Z", "it lies outside the years 2 to 9998"),
    ],
)
def test_what_is_no_time_is_refused_as_it_was_told(text, problem):
    with pytest.raises(Malformed) as refused:
        parse(text)
    assert refused.value.facts == {"field": "time", "value": text, "problem": problem}


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(text):
    try:
        moment = parse(text)
    except Malformed:
        return
    assert parse(str(moment)) == moment


@given(instants, instants)
def test_a_moment_cannot_end_before_it_starts(one, other):
    if one == other:
        return
    with pytest.raises(Malformed):
        Moment(max(one, other), min(one, other))


@pytest.mark.parametrize("outside", [EARLIEST - 1, LATEST + 1, -(2**63), 2**63 - 1])
def test_a_moment_outside_the_calendar_cannot_be_made(outside):
    with pytest.raises(Malformed):
        Moment(outside, outside)


def test_a_day_and_a_shift_are_read_in_their_zone():
    shanghai = timezone(timedelta(hours=8))
    assert str(day(2018, 11, 3, shanghai)) == (
        "2018-11-03T00:00:00+08:00/2018-11-03T23:59:59.999999+08:00"
    )
    shift = between(
        datetime(2018, 11, 3, 22, tzinfo=shanghai), datetime(2018, 11, 4, 6, tzinfo=shanghai)
    )
    assert str(shift) == "2018-11-03T22:00:00+08:00/2018-11-04T06:00:00+08:00"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(Malformed):
        micros(datetime(2018, 11, 3))  # noqa: DTZ001


def test_microseconds_are_exact_over_the_whole_calendar():
    assert micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert iso(-1) == "1969-12-31T23:59:59.999999Z"
    assert iso(micros(datetime(9998, 12, 31, 23, 59, 59, 999999, UTC))) == (
        "9998-12-31T23:59:59.999999Z"
    )
