"""Sets of keys and ragged rows as arrays that grow: what a search by whole frontiers is made of."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from yuanliu.trace.source import Flags, Ints

Scalar = TypeVar("Scalar", bound=np.generic)

CAPACITY_FIRST = 16


class Growing(Generic[Scalar]):
    """An array that can be appended to; `data` is the part in use, and may be written to."""

    def __init__(self, dtype: DTypeLike) -> None:
        self._room: NDArray[Any] = np.empty(CAPACITY_FIRST, dtype)
        self.size = 0

    @property
    def data(self) -> NDArray[Scalar]:
        """Return the elements so far, as a view."""
        return self._room[: self.size]

    def extend(self, values: NDArray[Any]) -> None:
        """Append values."""
        self._make_room(self.size + len(values))
        self._room[self.size : self.size + len(values)] = values
        self.size += len(values)

    def lengthen(self, size: int, value: int) -> None:
        """Append `value` until there are `size` elements."""
        self._make_room(size)
        self._room[self.size : size] = value
        self.size = max(self.size, size)

    def _make_room(self, size: int) -> None:
        if size > len(self._room):
            room = np.empty(max(size, 2 * len(self._room)), self._room.dtype)
            room[: self.size] = self._room[: self.size]
            self._room = room


class KeyIndex:
    """Give sparse keys dense numbers 0, 1, 2… in the order in which they become known.

    Keys are kept in sorted runs of growing size, so that adding m keys to n costs about m·log n
    however many rounds a search has.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[Ints, Ints]] = []
        self._keys: Growing[np.int64] = Growing(np.int64)

    def __len__(self) -> int:
        return self._keys.size

    @property
    def keys(self) -> Ints:
        """Return the keys in the order of their numbers."""
        return self._keys.data

    def find(self, keys: Ints) -> Ints:
        """Return the numbers of keys, -1 where a key is not known."""
        found = np.full(len(keys), -1, np.int64)
        for run_keys, run_numbers in self._runs:
            at = np.searchsorted(run_keys, keys)
            at[at == len(run_keys)] = 0
            hit = run_keys[at] == keys
            found[hit] = run_numbers[at[hit]]
        return found

    def add(self, keys: Ints) -> Ints:
        """Return the numbers of keys, which may repeat, giving numbers to new ones in key order."""
        if not len(keys):
            return keys
        unique, inverse = np.unique(keys, return_inverse=True)
        numbers = self.find(unique)
        new = numbers < 0
        count = int(np.count_nonzero(new))
        if count:
            numbers[new] = np.arange(len(self), len(self) + count)
            self._keys.extend(unique[new])
            self._push(unique[new], numbers[new])
        return numbers[inverse]

    def _push(self, keys: Ints, numbers: Ints) -> None:
        self._runs.append((keys, numbers))
        while len(self._runs) > 1 and len(self._runs[-2][0]) < 2 * len(self._runs[-1][0]):
            last, before = self._runs.pop(), self._runs.pop()
            merged = np.concatenate([before[0], last[0]])
            order = np.argsort(merged, kind="stable")  # two sorted runs: a merge
            self._runs.append((merged[order], np.concatenate([before[1], last[1]])[order]))


def distinct(keys: Ints) -> Ints:
    """Return the keys sorted, each once (by sorting, which is faster here than by hashing)."""
    ordered = np.sort(keys)
    once: Ints = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return once


def spans(starts: Ints, counts: Ints) -> Ints:
    """Return start, start+1, … start+count-1 for each span, end to end."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)


class Ragged:
    """Rows that belong to numbered owners; all rows of an owner come at once."""

    def __init__(self, **dtypes: DTypeLike) -> None:
        self._begin: Growing[np.int64] = Growing(np.int64)
        self._count: Growing[np.int64] = Growing(np.int64)
        self._columns: dict[str, Growing[Any]] = {
            name: Growing(dtype) for name, dtype in dtypes.items()
        }
        self._rows = 0

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a column."""
        return self._columns[name].data

    def missing(self, owners: Ints) -> Ints:
        """Return those owners whose rows have not come yet."""
        if len(owners):
            self._begin.lengthen(int(owners.max()) + 1, -1)
            self._count.lengthen(self._begin.size, 0)
        return owners[self._begin.data[owners] < 0]

    def add(self, owners: Ints, at: Ints, **columns: NDArray[Any]) -> None:
        """Add all rows of some missing owners; row i belongs to `owners[at[i]]`."""
        order = np.argsort(at, kind="stable")
        counts = np.bincount(at, minlength=len(owners))
        self._begin.data[owners] = self._rows + np.cumsum(counts) - counts
        self._count.data[owners] = counts
        self._rows += len(at)
        for name, values in columns.items():
            self._columns[name].extend(values[order])

    def rows(self, owners: Ints) -> tuple[Ints, Ints]:
        """Return the row numbers of these owners, none of them missing, and the owner of each."""
        counts = self._count.data[owners]
        return spans(self._begin.data[owners], counts), np.repeat(owners, counts)


def levels_of(count: int, tail: Ints, head: Ints) -> Ints:
    """Return the longest way to each of `count` nodes over edges tail → head; -1 in and behind
    loops.
    """
    waiting = np.bincount(head, minlength=count)
    out = np.bincount(tail, minlength=count)
    begin = np.cumsum(out) - out
    heads = head[np.argsort(tail, kind="stable")]
    levels = np.full(count, -1, np.int64)
    ready = np.flatnonzero(waiting == 0)
    level = 0
    while len(ready):
        levels[ready] = level
        met = heads[spans(begin[ready], out[ready])]
        np.subtract.at(waiting, met, 1)
        ready = distinct(met[waiting[met] == 0])
        level += 1
    return levels


def on_loops(count: int, tail: Ints, head: Ints) -> Flags:
    """Tell which of `count` nodes lie on or between loops of the edges tail → head."""
    behind = levels_of(count, tail, head) < 0
    kept = behind[tail] & behind[head]
    before = levels_of(count, head[kept], tail[kept]) < 0
    found: Flags = behind & before
    return found
