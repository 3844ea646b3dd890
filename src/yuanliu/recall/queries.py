"""Ask what a recall must reach: the one way the doors get a scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yuanliu.lots import queries
from yuanliu.lots.requests import LotRef
from yuanliu.recall.scope import scope
from yuanliu.trace.queries import describe, run

Json = dict[str, Any]


def scope_of(refs: Sequence[LotRef], as_of: str | int | None = None) -> Json:
    """Find the scope of a recall of these lots.

    Where things are is where they are now, whatever moment the genealogy is asked as of: what
    must be stopped must be stopped where it is. Raises TraceTruncated and what a trace raises.
    """
    traced = run(refs, "forward", as_of=as_of)
    keys = {lot.key: lot.id for lot in traced.lots.values()}
    spots = {keys[key]: found for key, found in queries.balances(list(keys)).items()}
    return scope(describe(traced), balances=spots)
