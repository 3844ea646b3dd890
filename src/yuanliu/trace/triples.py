"""Amounts with bounds, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yuanliu.trace.source import Floats, Ints


@dataclass(frozen=True, slots=True)
class Triple:
    """Amounts with bounds: lower <= value <= upper; value NaN and upper inf where they are
    unknown.
    """

    value: Floats
    lower: Floats
    upper: Floats

    @classmethod
    def zeros(cls, count: int) -> Triple:
        """Make `count` exact zeros."""
        return cls(np.zeros(count), np.zeros(count), np.zeros(count))

    @classmethod
    def unknown(cls, count: int) -> Triple:
        """Make `count` amounts of which nothing is known."""
        return cls(np.full(count, np.nan), np.zeros(count), np.full(count, np.inf))

    def __len__(self) -> int:
        return len(self.value)

    def take(self, rows: NDArray[np.generic] | slice) -> Triple:
        """Return some of them."""
        return Triple(self.value[rows], self.lower[rows], self.upper[rows])

    def put(self, rows: NDArray[np.generic] | slice, other: Triple) -> None:
        """Write some of them."""
        self.value[rows], self.lower[rows], self.upper[rows] = other.value, other.lower, other.upper

    def plus(self, other: Triple) -> Triple:
        """Add others, one by one."""
        return Triple(self.value + other.value, self.lower + other.lower, self.upper + other.upper)

    def summed(self, group: Ints, groups: int) -> Triple:
        """Add them up by group number."""
        return Triple(
            sum_by(group, self.value, groups),
            sum_by(group, self.lower, groups),
            sum_by(group, self.upper, groups),
        )

    def tidy(self) -> Triple:
        """Put the bounds around the value again, from which the last digits of floats can have
        moved them.
        """
        return Triple(
            self.value,
            np.maximum(np.fmin(self.lower, self.value), 0.0),
            np.fmax(self.upper, self.value),
        )


def sum_by(group: Ints, amounts: Floats, groups: int) -> Floats:
    """Add up amounts by group number; a NaN makes its group NaN."""
    return np.bincount(group, amounts, groups).astype(np.float64, copy=False)


def quietly() -> np.errstate:
    """Let NaN and infinity pass without a warning: they stand for the unknown and the unbounded."""
    return np.errstate(invalid="ignore", divide="ignore")


def times(left: Floats, right: Floats) -> Floats:
    """Multiply, where nothing times infinity is nothing. To be called quietly."""
    product = left * right
    product[product != product] = 0.0
    return product


def over(amount: Floats, quantity: Floats, *, otherwise: float) -> Floats:
    """Divide where the quantity is known and not nothing; nothing is nothing per any quantity.

    To be called quietly.
    """
    ratio = amount / quantity
    bad = ~(quantity > 0)
    ratio[bad] = np.where(amount[bad] == 0, 0.0, otherwise)
    return ratio
