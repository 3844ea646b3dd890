"""Read the text of one cell: numbers and times in the notation of the file. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from yuanliu.base import moments
from yuanliu.base.moments import MICROSECOND, Moment
from yuanliu.base.quantity import plain
from yuanliu.base.refusal import Malformed
from yuanliu.exchange.months import LANGUAGES
from yuanliu.exchange.refusals import CellNotNumber, CellNotTime, CellSpoiled

DIGITS_MAX = 60
_SPOILED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,3}")
_MINUS = str.maketrans({"\u2212": "-", "\ufe63": "-", "\u2010": "-", "\u2011": "-"})


@dataclass(frozen=True, slots=True)
class Value:
    """A cell that was read.

    `told` as the file has it, `plain` so that equal values have equal text.

    Numbers have a decimal point in both; a time has ISO text in `plain` and its `moment`.
    """

    told: str
    plain: str
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Notation:
    """How a file writes numbers: the decimal mark, and the mark between thousands ("" for none)."""

    decimal: str = "."
    thousands: str = ""

    @property
    def example(self) -> str:
        """Give a number as the file would write it."""
        return f"1{self.thousands}234{self.decimal}5"


def read_text(text: str) -> Value:
    """Read text as it stands.

    Raises CellSpoiled for 6.90123E+12: a spreadsheet wrote that, no person.
    """
    if _SPOILED.fullmatch(text):
        raise CellSpoiled(value=text)
    return Value(text, text)


def read_number(text: str, notation: Notation) -> Value:
    """Read a decimal number, full-width digits and a typographic minus included.

    Raises CellNotNumber.

    What is told keeps its zeros (94.50), which say how exactly it was measured.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_MINUS).strip()
    if notation.thousands:
        folded = _without_thousands(folded, notation)
    elif notation.decimal != "." and "." in folded:
        folded = ""  # a point that is not the decimal mark could mean anything
    told = folded.replace(notation.decimal, ".") if notation.decimal != "." else folded
    if not _NUMBER.fullmatch(told):
        raise CellNotNumber(value=_shown(text), example=notation.example)
    value = Decimal(told)
    written = plain(value) if abs(value.adjusted()) < DIGITS_MAX else ""
    if not written or len(written) > DIGITS_MAX + 2:
        raise CellNotNumber(value=_shown(text), example=notation.example)
    return Value(told.lstrip("+"), written)


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def _without_thousands(text: str, notation: Notation) -> str:
    """Take the marks between thousands out, where they stand as they should."""
    mark, point = re.escape(notation.thousands), re.escape(notation.decimal)
    blank = notation.thousands.isspace()
    grouped = rf"[+-]?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:{point}[0-9]*)?"
    if blank:
        text = re.sub(r"\s", notation.thousands, text)
    if re.fullmatch(grouped, text):
        return text.replace(notation.thousands, "")
    return "" if notation.thousands in text else text


# Times

_FIELDS = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "yy": r"(?P<short>[0-9]{2})",
    "MMM": r"(?P<name>NAMES)\.?",
    "MM": r"(?P<month>0[1-9]|1[0-2])",
    "M": r"(?P<month>0?[1-9]|1[0-2])",
    "dd": r"(?P<day>0[1-9]|[12][0-9]|3[01])",
    "d": r"(?P<day>0?[1-9]|[12][0-9]|3[01])",
    "HH": r"(?P<hour>[01][0-9]|2[0-3])",
    "H": r"(?P<hour>[01]?[0-9]|2[0-3])",
    "mm": r"(?P<minute>[0-5][0-9])",
    "ss": r"(?P<second>[0-5][0-9])",
}
_TOKEN = re.compile("yyyy|yy|MMM|MM|M|dd|d|HH|H|mm|ss")
_UNITS = ("year", "month", "day", "hour", "minute", "second")
_WIDTHS = {3: timedelta(days=1), 4: timedelta(hours=1), 5: timedelta(minutes=1)}
MONTH, DAY, SECOND = 2, 3, 6
"""How many of the units of time, from the year down, a column's times are told in."""
CENTURY_PIVOT = 70
"""Two digits of a year below this are of the 21st century, others of the 20th (as in POSIX)."""


@dataclass(frozen=True, slots=True)
class TimeForm:
    """A form of time such as `MMM.yy` or `dd.MM.yyyy HH:mm`, ready to read cells.

    `units` counts the units that mean something, from the year down: a column of months that a
    spreadsheet program shows as the first of the month still tells the month, not the day.
    """

    form: str
    pattern: re.Pattern[str]
    months: Mapping[str, int]
    units: int

    def read(self, text: str, zone: tzinfo) -> Moment | None:
        """Read a cell; None if it is not in this form.

        The moment is as wide as the form is coarse.
        """
        found = self.pattern.fullmatch(text.casefold())
        if found is None:
            return None
        told = {name: part for name, part in found.groupdict().items() if part is not None}
        if "short" in told:
            told["year"] = str(_full_year(int(told["short"])))
        if "name" in told:
            told["month"] = str(self.months[told["name"]])
        parts = [int(told.get(unit, 1 if unit == "day" else 0)) for unit in _UNITS]
        try:
            first = datetime(*parts, tzinfo=zone)  # type: ignore[misc, arg-type]
            if self.units == MONTH:
                first = first.replace(day=1, hour=0, minute=0, second=0)
                after = first.replace(
                    year=first.year + first.month // 12, month=first.month % 12 + 1
                )
                return moments.between(first, after - MICROSECOND)
            if self.units == DAY:
                first = first.replace(hour=0, minute=0, second=0)
            if self.units == SECOND:
                return moments.at(first)
            return moments.between(first, first + _WIDTHS[self.units] - MICROSECOND)
        except (ValueError, OverflowError, Malformed):  # the 31st of February, the year 0
            return None


def _full_year(short: int) -> int:
    return short + (2000 if short < CENTURY_PIVOT else 1900)


def time_form(form: str, months: Mapping[str, int], *, units: int = SECOND) -> TimeForm | None:
    """Prepare a form of time; None if it lacks a year or a month, or skips a unit between."""
    pattern, end = "", 0
    fields: set[str] = set()
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    for token in _TOKEN.finditer(form):
        field = _FIELDS[token[0]].replace("NAMES", names)
        name = field[4 : field.index(">")]
        kind = {"short": "year", "name": "month"}.get(name, name)
        if kind in fields:
            return None
        fields.add(kind)
        pattern += re.escape(form[end : token.start()].casefold()) + field
        end = token.end()
    pattern += re.escape(form[end:].casefold())
    if len(fields) < MONTH or fields != set(_UNITS[: len(fields)]):
        return None
    return TimeForm(form, re.compile(pattern), months, min(units, len(fields)))


def month_names(languages: Iterable[str]) -> dict[str, int]:
    """Give the month names of several languages; where two contradict, the first named wins."""
    names: dict[str, int] = {}
    for language in languages:
        for name, number in LANGUAGES[language].items():
            names.setdefault(name, number)
    return names


def read_time(text: str, forms: Sequence[TimeForm], zone: tzinfo = UTC) -> Value:
    """Read a time in the first form that fits. Raises CellNotTime."""
    folded = " ".join(unicodedata.normalize("NFKC", text).split())
    for form in forms:
        moment = form.read(folded, zone)
        if moment is not None:
            return Value(text, _iso(moment, form, zone), moment)
    shown = ", ".join(dict.fromkeys(form.form for form in forms))
    raise CellNotTime(value=_shown(text), formats=shown)


def _iso(moment: Moment, form: TimeForm, zone: tzinfo) -> str:
    """Write a time as ISO text that reads back as the same moment, as short as it can be."""
    if zone is UTC and form.units <= DAY:
        return moments.iso(moment.start)[: 10 if form.units == DAY else 7]
    return str(moment)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
