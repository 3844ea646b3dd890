"""What a verification found, and which position is the first that is not as it was recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

from yuanliu.ledger.merkle import EMPTY_ROOT

FINDINGS_MAX = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was recorded; `position` is None where no one fact is known to be
    concerned.
    """

    position: int | None
    what: str


@dataclass(slots=True)
class Report:
    """What a verification found; sound when it found nothing."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    checkpoints: int = 0
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    _lowest: int | None = None
    _suspect: int | None = None

    @property
    def sound(self) -> bool:
        """Tell whether everything is as it was recorded."""
        return not self.findings

    @property
    def first_bad(self) -> int | None:
        """Give the lowest position that is wrong, or None if no fact is concerned.

        Where a root shows that some entry was changed and nothing tells which, it is the first that
        no signed checkpoint vouches for.
        """
        return self._suspect if self._lowest is None else self._lowest

    def find(self, position: int | None, what: str) -> None:
        """Note a finding; of more than a hundred only the first bad position is kept."""
        if position is not None and (self._lowest is None or position < self._lowest):
            self._lowest = position
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(position, what))

    def suspect(self, first: int, end: int, what: str) -> None:
        """Note that an entry in [first, end) was changed, without knowing which."""
        between = f"an entry from position {first} to {end - 1}" if end > first else "an entry"
        self.find(None, f"{what}: {between} is not what was recorded")
        self._suspect = first if self._suspect is None else min(first, self._suspect)
