"""Lay out a small picture of a trace: origins left, the lot in the middle, destinations right.

The picture is bounded: a column shows a few traceables and counts the others, and what lies further
away is counted too. The tables beside it list everything.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

STEPS_MAX = 4
ROWS_MAX = 8
NODE_WIDTH, NODE_HEIGHT = 160, 40
COLUMN_GAP, ROW_GAP, MARGIN = 64, 12, 12
TEXT_WIDTH_MAX = 15
"""Widths are in half-width characters; a Chinese character counts two."""
GRADE_RANKS = {"scanned": 3, "declared": 2, "inferred": 1}


@dataclass(frozen=True, slots=True)
class Node:
    """A traceable in the picture, or `more` of them that are not drawn one by one."""

    x: int
    y: int
    lot: Json | None = None
    more: int = 0
    is_seed: bool = False
    item: str = ""
    number: str = ""

    @property
    def left(self) -> tuple[int, int]:
        """Give the middle of the left side."""
        return self.x, self.y + NODE_HEIGHT // 2

    @property
    def right(self) -> tuple[int, int]:
        """Give the middle of the right side."""
        return self.x + NODE_WIDTH, self.y + NODE_HEIGHT // 2


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from source to product; `path` is SVG path data, `grade` the best evidence for it."""

    path: str
    grade: str


@dataclass(slots=True)
class Picture:
    """A picture ready to be drawn: sizes in pixels."""

    width: int = 0
    height: int = 0
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    node_width: int = NODE_WIDTH
    node_height: int = NODE_HEIGHT

    @property
    def dispositions(self) -> list[str]:
        """List the statuses that occur, for the legend."""
        return sorted({node.lot["disposition"] for node in self.nodes if node.lot})

    @property
    def grades(self) -> list[str]:
        """List the evidence grades that occur, best first."""
        found = {edge.grade for edge in self.edges}
        return sorted(found, key=lambda grade: -GRADE_RANKS.get(grade, 0))


def picture(*, backward: Json, forward: Json) -> Picture:
    """Lay out both traces of the same seeds in one picture, a column for each step away."""
    lots: dict[str, Json] = {}
    columns: dict[int, list[str]] = {}
    for trace, sign in ((forward, 1), (backward, -1)):
        for lot in trace["traceables"]:
            if lot["id"] not in lots:
                step = max(-STEPS_MAX - 1, min(STEPS_MAX + 1, sign * lot["depth"]))
                columns.setdefault(step, []).append(lot["id"])
                lots[lot["id"]] = lot
    seeds = {seed["id"] for seed in forward["seeds"]}
    made, places = _placed(columns, lots, seeds)
    made.edges = _edges([*backward["facts"], *forward["facts"]], made.nodes, places)
    return made


def _placed(
    columns: Mapping[int, Sequence[str]], lots: Mapping[str, Json], seeds: Collection[str]
) -> tuple[Picture, dict[str, int]]:
    """Place the columns; `places` tells for each traceable in which node it is drawn or counted."""
    made, places = Picture(), {}
    most = max((min(len(names), ROWS_MAX) for names in columns.values()), default=0)
    made.height = 2 * MARGIN + most * NODE_HEIGHT + max(0, most - 1) * ROW_GAP
    for column, step in enumerate(sorted(columns)):
        names = columns[step]
        further = abs(step) > STEPS_MAX
        shown = (
            [] if further else list(names[: ROWS_MAX if len(names) <= ROWS_MAX else ROWS_MAX - 1])
        )
        rows = len(shown) + (len(shown) < len(names))
        x = MARGIN + column * (NODE_WIDTH + COLUMN_GAP)
        top = (made.height - rows * NODE_HEIGHT - (rows - 1) * ROW_GAP) // 2
        for row in range(rows):
            y = top + row * (NODE_HEIGHT + ROW_GAP)
            if row < len(shown):
                lot = lots[shown[row]]
                places[lot["id"]] = len(made.nodes)
                made.nodes.append(_node(x, y, lot, is_seed=lot["id"] in seeds))
            else:
                hidden = names[len(shown) :]
                places.update(dict.fromkeys(hidden, len(made.nodes)))
                made.nodes.append(Node(x, y, more=len(hidden)))
    made.width = 2 * MARGIN + len(columns) * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP
    return made, places


def _node(x: int, y: int, lot: Json, *, is_seed: bool) -> Node:
    return Node(
        x, y, lot, is_seed=is_seed, item=shortened(lot["item"]), number=shortened(lot["number"])
    )


def _edges(facts: Iterable[Json], nodes: Sequence[Node], places: Mapping[str, int]) -> list[Edge]:
    best: dict[tuple[int, int], str] = {}
    for fact in facts:
        sources = {places[name] for name in fact["inputs"] if name in places}
        targets = {places[name] for name in fact["outputs"] if name in places}
        for source in sources:
            for target in targets - {source}:
                known = best.get((source, target), "")
                if GRADE_RANKS.get(fact["grade"], 0) > GRADE_RANKS.get(known, 0):
                    best[source, target] = fact["grade"]
    return [
        Edge(_path(nodes[source], nodes[target]), grade)
        for (source, target), grade in sorted(best.items())
    ]


def _path(source: Node, target: Node) -> str:
    (x1, y1), (x2, y2) = source.right, target.left
    if source.x == target.x:
        # Within a column the line bulges out on the right and comes back to the same side.
        x2, bulge = target.right[0], COLUMN_GAP * 2 // 3
        return f"M{x1} {y1}C{x1 + bulge} {y1} {x2 + bulge} {y2} {x2} {y2}"
    if x2 > x1:
        bend = COLUMN_GAP // 2
        return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    # What goes back (rework, returns) swings below the nodes instead of through them.
    return (
        f"M{x1} {y1}C{x1 + COLUMN_GAP} {y1 + NODE_HEIGHT}"
        f" {x2 - COLUMN_GAP} {y2 + NODE_HEIGHT} {x2} {y2}"
    )


def shortened(text: str, width: int = TEXT_WIDTH_MAX) -> str:
    """Cut text to a width in half-width characters, with an ellipsis where something is cut."""
    if _width_of(text) <= width:
        return text
    kept = ""
    for mark in text:
        if _width_of(kept + mark) >= width:
            break
        kept += mark
    return kept + "…"


def _width_of(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)
