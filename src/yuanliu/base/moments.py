"""Floor time: a moment known exactly, or only to the shift, day or month.

A `Moment` is a closed interval of microseconds since 1970-01-01 UTC; an exact time has equal ends.
The zone offset in which it was told is kept so that it can be shown as the floor saw it.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from yuanliu.base.refusal import Malformed
from yuanliu.base.text import gettext_noop

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of time in which something happened: [start, end] in microseconds, both
    included.
    """

    start: int
    end: int
    offset_minutes: int = 0

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
    if micros(last) < micros(first):
        raise Malformed(
            field="time", value=f"{first}/{last}", problem=gettext_noop("it ends before it starts")
        )
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
        if "/" in text:
            first, last = (datetime.fromisoformat(part) for part in text.split("/", 1))
            return between(first, last)
        if len(text) == 7:
            return month(int(text[:4]), int(text[5:]))
        if len(text) == 10:
            plain = datetime.fromisoformat(text)
            return day(plain.year, plain.month, plain.day)
        return at(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Malformed(
            field="time", value=text, problem=gettext_noop("it is not an ISO 8601 time")
        ) from None
