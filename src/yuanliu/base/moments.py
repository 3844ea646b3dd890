"""Floor time: a moment known exactly, or only to the shift, day or month.

A `Moment` is a closed interval of microseconds since 1970-01-01 UTC; an exact time has equal ends.
The zone offset in which it was told is kept so that it can be shown as the floor saw it.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# A year is left free at both ends of the calendar, so that a time can be shown in any zone.
EARLIEST = (datetime(2, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
LATEST = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND - 1
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of time in which something happened: [start, end] in microseconds, both included.

    Raises Malformed for a time outside the years 2 to 9998 and for an end before the start.
    """

    start: int
    end: int
    offset_minutes: int = 0

    def __post_init__(self) -> None:
        if self.start > self.end:
            problem = gettext_noop("it ends before it starts")
        elif not EARLIEST <= self.start <= self.end <= LATEST:
            problem = gettext_noop("it lies outside the years 2 to 9998")
        else:
            return
        raise Malformed(field="time", value=f"{self.start}/{self.end}", problem=problem)

    @property
    def exact(self) -> bool:
        """Tell whether the time is known to the microsecond."""
        return self.start == self.end

    def __str__(self) -> str:
        if self.exact:
            return iso(self.start, self.offset_minutes)
        return f"{iso(self.start, self.offset_minutes)}/{iso(self.end, self.offset_minutes)}"


def micros(value: datetime) -> int:
    """Count the microseconds since 1970 UTC. Raises Malformed if the time carries no zone."""
    if value.tzinfo is None:
        raise Malformed(
            field="time", value=value.isoformat(), problem=gettext_noop("it carries no time zone")
        )
    return (value - EPOCH) // MICROSECOND


def at(value: datetime) -> Moment:
    """Make an exact moment of a time with a zone."""
    offset = value.utcoffset() or timedelta()
    return Moment(start := micros(value), start, int(offset.total_seconds() // 60))


def between(first: datetime, last: datetime) -> Moment:
    """Make a moment that lies somewhere from `first` to `last`.

    Raises Malformed if they are swapped.
    """
    offset = first.utcoffset() or timedelta()
    return Moment(micros(first), micros(last), int(offset.total_seconds() // 60))


def day(year: int, month: int, number: int, zone: timezone = UTC) -> Moment:
    """Make the moment "some time on this day"."""
    start = datetime(year, month, number, tzinfo=zone)
    return between(start, start + timedelta(days=1) - MICROSECOND)


def month(year: int, number: int, zone: timezone = UTC) -> Moment:
    """Make the moment "some time in this month"."""
    start = datetime(year, number, 1, tzinfo=zone)
    days = calendar.monthrange(year, number)[1]
    return between(start, start + timedelta(days=days) - MICROSECOND)


def iso(microseconds: int, offset_minutes: int = 0) -> str:
    """Write microseconds as ISO 8601 with the offset; fractions only where there are any."""
    zone = UTC if offset_minutes == 0 else timezone(timedelta(minutes=offset_minutes))
    text = (EPOCH + microseconds * MICROSECOND).astimezone(zone).isoformat()
    return text.replace("+00:00", "Z")


def parse(text: str) -> Moment:
    """Read a time or an interval `A/B`; `2018-11` is a month, `2018-11-03` a day (both UTC).

    Raises Malformed for anything else and for a clock time without a zone.
    """
    try:
        return _parse(text)
    except Malformed as refusal:
        raise Malformed(**{**refusal.facts, "value": text}) from None
    except (ValueError, OverflowError):
        raise Malformed(
            field="time", value=text, problem=gettext_noop("it is not an ISO 8601 time")
        ) from None


def _parse(text: str) -> Moment:
    if "/" in text:
        first, last = (datetime.fromisoformat(part) for part in text.split("/", 1))
        return between(first, last)
    if found := _MONTH.fullmatch(text):
        return month(int(found[1]), int(found[2]))
    if found := _DAY.fullmatch(text):
        return day(int(found[1]), int(found[2]), int(found[3]))
    return at(datetime.fromisoformat(text))
