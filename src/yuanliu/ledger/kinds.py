"""The kinds of fact the ledger knows: name, version, class, and how older versions are read.

A room declares its facts in `events.py` with `@fact`; the ledger never imports a room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from yuanliu.base.codec import decode

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
T = TypeVar("T", bound=type)


class FactData(Protocol):
    """The body of a fact: a frozen dataclass with a kind and a version."""

    KIND: ClassVar[str]
    VERSION: ClassVar[int]


@dataclass(frozen=True, slots=True)
class Kind:
    """One declared kind: its class and, for each older version, the function to the next
    version.
    """

    name: str
    version: int
    data_class: type[Any]
    upcasts: Mapping[int, Upcast]


class UnknownKind(LookupError):
    """Say that the ledger holds a kind or version that this program does not know."""


_KINDS: dict[str, Kind] = {}


def fact(data_class: T) -> T:
    """Declare a frozen dataclass as a kind of fact. Raises ValueError if its name is taken."""
    return _declare(data_class, {})


def fact_with_upcasts(upcasts: Mapping[int, Upcast]) -> Callable[[T], T]:
    """Declare a kind whose older versions are brought forward: {1: from 1 to 2, 2: from 2 to 3}."""
    return lambda data_class: _declare(data_class, upcasts)


def _declare(data_class: T, upcasts: Mapping[int, Upcast]) -> T:
    name: str = data_class.KIND  # type: ignore[attr-defined]
    version: int = data_class.VERSION  # type: ignore[attr-defined]
    if name in _KINDS:
        raise ValueError(f"the fact kind {name} is declared twice")
    if set(upcasts) != set(range(1, version)):
        raise ValueError(f"{name} version {version} needs upcasts from 1 to {version - 1}")
    _KINDS[name] = Kind(name, version, data_class, dict(upcasts))
    return data_class


def kinds() -> dict[str, Kind]:
    """Give every declared kind by name."""
    return dict(_KINDS)


def read_data(name: str, version: int, data: dict[str, Any]) -> Any:
    """Make a fact's body from JSON values, bringing an older version forward.

    Raises UnknownKind.
    """
    kind = _KINDS.get(name)
    if kind is None or not 1 <= version <= kind.version:
        raise UnknownKind(f"{name} version {version}")
    for step in range(version, kind.version):
        data = kind.upcasts[step](data)
    return decode(kind.data_class, data)
