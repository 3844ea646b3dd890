"""Cut long tables into pages; each table of a page has its own parameter in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

ROWS = 50
PAGES_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a table, and where they stand in it; `count` is None where nobody counted."""

    rows: Sequence[Any]
    parameter: str
    number: int
    has_next: bool
    query: QueryDict
    count: int | None = None

    @property
    def first(self) -> int:
        """Give the number of the first row shown, from 1."""
        return (self.number - 1) * ROWS + 1

    @property
    def last(self) -> int:
        """Give the number of the last row shown."""
        return self.first + len(self.rows) - 1

    @property
    def before(self) -> str:
        """Give the address of the page before, from its question mark on."""
        return self._at(self.number - 1)

    @property
    def after(self) -> str:
        """Give the address of the page after, from its question mark on."""
        return self._at(self.number + 1)

    def _at(self, number: int) -> str:
        query = self.query.copy()
        query[self.parameter] = str(number)
        return f"?{query.urlencode()}"


def page_number(request: HttpRequest, parameter: str) -> int:
    """Read which page is asked for; what cannot be read is the first."""
    text = request.GET.get(parameter, "")
    if text.isascii() and text.isdigit() and len(text) <= 6:
        return max(1, min(int(text), PAGES_MAX))
    return 1


def page_of(request: HttpRequest, rows: Sequence[Any], parameter: str) -> Page:
    """Cut the page that is asked for out of all rows; past the end it is the last page."""
    pages = max(1, -(-len(rows) // ROWS))
    number = min(page_number(request, parameter), pages)
    shown = rows[(number - 1) * ROWS : number * ROWS]
    return Page(shown, parameter, number, number < pages, request.GET, len(rows))
