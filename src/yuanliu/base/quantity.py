"""Quantity: an exact decimal with a unit of measure, which may be unknown but is never silently
zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from fractions import Fraction

from yuanliu.base.refusal import Malformed, Refusal
from yuanliu.base.text import gettext_noop
from yuanliu.base.units import Unit, unit_of

DECIMALS_MAX = 12
WHOLE_DIGITS_MAX = 18
_EXACT = Context(prec=60)
_SMALLEST = Decimal(1).scaleb(-DECIMALS_MAX)
_RECORDABLE = Context(prec=WHOLE_DIGITS_MAX + DECIMALS_MAX, traps=[InvalidOperation, Inexact])
_NUMBER_AND_UNIT = re.compile(
    r"(?P<number>\?|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"(?:\s+(?P<apart>\S.*)|(?P<unit>[^\s\d.,_+-].*))"
)


class UnitsDiffer(Refusal):
    """Say that two quantities cannot be compared or added."""

    code = "units_differ"
    sentence = gettext_noop(
        "%(given)s cannot be converted to %(wanted)s. Give the quantity in %(wanted)s or add a unit"
        " conversion to the item."
    )
    status = 422


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of material: `value` is an exact Decimal, or None when it is known to exist but not
    how much.
    """

    value: Decimal | None
    unit: Unit

    @property
    def known(self) -> bool:
        """Tell whether the amount is known."""
        return self.value is not None

    def __str__(self) -> str:
        return f"{'?' if self.value is None else plain(self.value)} {self.unit.symbol}"

    def __add__(self, other: Quantity) -> Quantity:
        value = other.to(self.unit).value
        if self.value is None or value is None:
            return Quantity(None, self.unit)
        return Quantity(plus(self.value, value), self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return self + (-other)

    def __neg__(self) -> Quantity:
        return Quantity(None if self.value is None else self.value.copy_negate(), self.unit)

    @property
    def positive(self) -> bool:
        """Tell whether there is some: an unknown amount counts as some."""
        return self.value is None or self.value > 0

    def to(self, unit: Unit, per_item: Mapping[str, Fraction] | None = None) -> Quantity:
        """Convert to another unit of the dimension, or by the item's own conversions.

        `per_item` maps a dimension to how many base units of it one base unit of `count` stands for
        (a piece that weighs 2.5 kg: {"mass": 5/2}). Exact wherever the result has at most 12
        decimals, else rounded half-even to 12. Raises UnitsDiffer.
        """
        if unit.code == self.unit.code:
            return self
        factor = factor_between(self.unit, unit, per_item)
        if self.value is None:
            return Quantity(None, unit)
        return Quantity(decimal_of(Fraction(self.value) * factor), unit)

    def base_amount(self) -> float | None:
        """Give the amount in the dimension's base unit as a float, for shares only (None:
        unknown).
        """
        if self.value is None:
            return None
        return float(Fraction(self.value) * (self.unit.factor or 1))


def factor_between(
    given: Unit, wanted: Unit, per_item: Mapping[str, Fraction] | None = None
) -> Fraction:
    """Give how many `wanted` one `given` is. Raises UnitsDiffer if nothing says so."""
    if given.factor is not None and wanted.factor is not None:
        if given.dimension == wanted.dimension:
            return given.factor / wanted.factor
        ratios: dict[str, Fraction] = {"count": Fraction(1), **(per_item or {})}
        if given.dimension in ratios and wanted.dimension in ratios:
            pieces = given.factor / ratios[given.dimension]
            return pieces * ratios[wanted.dimension] / wanted.factor
    raise UnitsDiffer(given=given.symbol, wanted=wanted.symbol)


def decimal_of(value: Fraction) -> Decimal:
    """Write a fraction as a decimal with at most 12 decimals, rounding half-even where it must."""
    with localcontext(_EXACT):
        scaled = round(value * 10**DECIMALS_MAX)
        return Decimal(scaled).scaleb(-DECIMALS_MAX).normalize()


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def number(text: str | int | Decimal) -> Decimal:
    """Read an exact decimal number.

    Raises Malformed for anything else, floats and too many digits included.
    """
    if isinstance(text, float | bool):
        raise Malformed(
            field="quantity",
            value=text,
            problem=gettext_noop("a float is not exact; write it as text"),
        )
    try:
        # Python would read 1_000 as a thousand; people write no such number.
        value = Decimal(text.strip().replace("_", "?") if isinstance(text, str) else text)
    except InvalidOperation:
        raise Malformed(
            field="quantity", value=text, problem=gettext_noop("it is not a number")
        ) from None
    return recordable(value)


def recordable(value: Decimal) -> Decimal:
    """Give a decimal back if a fact can hold it exactly. Raises Malformed for too many digits."""
    if not value.is_finite():
        raise Malformed(
            field="quantity", value=str(value), problem=gettext_noop("it is not a finite number")
        )
    try:
        rounded = _RECORDABLE.quantize(value, _SMALLEST)
    except (InvalidOperation, Inexact):
        problem = gettext_noop("more than %(whole)s digits before or %(part)s after the point")
        raise Malformed(
            field="quantity",
            value=_shown(value),
            problem=problem,
            whole=WHOLE_DIGITS_MAX,
            part=DECIMALS_MAX,
        ) from None
    exponent = value.as_tuple().exponent
    told_plainly = isinstance(exponent, int) and -DECIMALS_MAX <= exponent <= 0
    return value if told_plainly else Decimal(plain(rounded))


def _shown(value: Decimal) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def plus(first: Decimal, second: Decimal) -> Decimal:
    """Add exactly, whatever precision the thread's decimal arithmetic is set to."""
    return _EXACT.add(first, second)


def quantity(value: str | int | Decimal | None, unit: str | Unit) -> Quantity:
    """Make a quantity; None is an unknown amount. Raises Malformed or UnknownUnit."""
    found = unit if isinstance(unit, Unit) else unit_of(unit)
    return Quantity(None if value is None else number(value), found)


def parse_quantity(text: str) -> Quantity:
    """Read text such as `12.5 kg`, `12.5kg` or `? kg`. Raises Malformed or UnknownUnit."""
    found = _NUMBER_AND_UNIT.fullmatch(text.strip())
    if found is None:
        raise Malformed(
            field="quantity",
            value=text,
            problem=gettext_noop("write a number and a unit, as 12.5 kg"),
        )
    amount = found["number"]
    return quantity(None if amount == "?" else amount, found["apart"] or found["unit"])


def kilograms(value: str | int | Decimal | None) -> Quantity:
    """Make a quantity in kilograms."""
    return quantity(value, "KGM")


def pieces(value: str | int | Decimal | None) -> Quantity:
    """Make a quantity in pieces."""
    return quantity(value, "H87")
