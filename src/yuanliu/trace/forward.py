"""Find everything that material reached, by whole frontiers and in the order of time (DESIGN §3,
rule 1).

A label says when a traceable is touched: `first` is the earliest moment at which it can have
been, `sure` the earliest by which it certainly was (FOREVER: never for certain). A flow of
traceable t into a fact that happened in [a, b] is followed if b >= first[t], so ties and
overlaps count; what comes out of the fact is touched at max(first[t], a), and surely by b if a
>= sure[t]. A component touches its assembly while it is installed; a container is not touched by
what is packed in it, for material does not mix through a pallet.

Labels are corrected round by round until none improves: round k ends with the best labels over
paths of at most k hops. They only ever decrease, and only to one of finitely many times, so
loops end. A source is asked at most three times a round (what the new traceables went into, what
they are installed in, what the new facts made), whatever the number of traceables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from yuanliu.trace.dense import distinct
from yuanliu.trace.search import Labels, Read
from yuanliu.trace.source import (
    DECLARED,
    FOREVER,
    INFERRED,
    SCANNED,
    SCRAP,
    Columns,
    Flows,
    FlowSource,
    Ints,
    Small,
    Stays,
    ints,
)


@dataclass(frozen=True, slots=True)
class Seeds:
    """The traceables a trace starts from: sorted keys, and for each the moment that bounds it.

    Forward, what left a seed at or after its moment is reached (ALWAYS: the whole of it is
    suspect); backward, what entered it at or before (FOREVER: everything that ever did).
    """

    keys: Ints
    moment: Ints

    @classmethod
    def of(cls, keys: Ints, moment: int | Ints) -> Seeds:
        """Sort the keys, drop repeats; one moment for all, or one for each key.

        Raises ValueError if there is no key, or one that is no traceable.
        """
        unique, at = np.unique(keys, return_index=True)
        if not len(unique) or unique[0] <= SCRAP:
            raise ValueError("a trace starts from at least one traceable")
        moments = np.broadcast_to(ints(np.asarray(moment)), np.shape(keys))
        return cls(ints(unique), moments[at])


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Resource bounds of a search; none unless they are given. `clock` gives seconds.

    They are looked at between rounds: a search stops before the round that would begin beyond a
    bound.
    """

    traceables_max: int | None = None
    seconds_max: float | None = None
    clock: Callable[[], float] | None = None

    def __post_init__(self) -> None:
        if self.seconds_max is not None and self.clock is None:
            raise ValueError("a bound in seconds needs a clock")


@dataclass(frozen=True, slots=True)
class Touched:
    """What a search reached, traceables or facts: arrays of one length, in the order of
    discovery.

    `first` and `sure` are the labels, `depth` the fewest hops (seeds 0; a fact has the depth of
    what it makes), `grade` the best grade for which there is a path of which no link is worse
    (B2).
    """

    keys: Ints
    first: Ints
    sure: Ints
    depth: Ints
    grade: Small

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Reach:
    """The answer of a search.

    `taken` are all flows of the reached traceables into facts, followed or not, with the columns
    that were asked for; `made` all flows out of the reached facts, links only. `installed` are
    the stays over which assemblies were reached, `stays` all stays of the reached traceables. If
    a bound was hit, `truncated` is set and `frontier` holds the keys from which the search did
    not go on.
    """

    traceables: Touched
    facts: Touched
    taken: Flows
    made: Flows
    installed: Stays
    stays: Stays
    truncated: bool
    frontier: Ints


def reach(
    source: FlowSource,
    seeds: Seeds,
    *,
    limits: Limits | None = None,
    columns: Columns = Columns.LINKS,
) -> Reach:
    """Find everything that the seeds' material reached, with when, how surely and over what
    evidence.

    Time and memory are proportional to the answer; source calls to its depth. Source: DESIGN §3
    rules 1, 2 and 4, B1, B2.
    """
    read = Read(source, columns)
    read.traceables.add(seeds.keys)
    spread = _Spread(read, seeds, grade_min=INFERRED)
    frontier = spread.run(limits or Limits())
    traceable_grades, fact_grades = _grades(read, seeds, closed=frontier)
    stays = Stays.joined(read.stays)
    return Reach(
        traceables=_touched(read.traceables.keys, spread.traceables, traceable_grades),
        facts=_touched(read.facts.keys, spread.facts, fact_grades),
        taken=Flows.joined(read.taken_flows),
        made=Flows.joined(read.made_flows),
        installed=stays.take(spread.followed_stays()),
        stays=stays,
        truncated=len(frontier) > 0,
        frontier=np.sort(read.traceables.keys[frontier]),
    )


class _Spread:
    """One search over links of at least one grade, with labels of its own."""

    def __init__(self, read: Read, seeds: Seeds, *, grade_min: int) -> None:
        self._read = read
        self._grade_min = grade_min
        self.traceables = Labels()
        self.facts = Labels()
        self._lengthen()
        numbers = read.traceables.find(seeds.keys)
        self._frontier = self.traceables.lower(numbers, seeds.moment, seeds.moment, 0)

    def run(self, limits: Limits, closed: Ints | None = None) -> Ints:
        """Go on round by round, not from what is closed; return from where a bound kept it from
        going on.
        """
        began = limits.clock() if limits.clock else 0.0
        depth = 0
        while len(self._frontier):
            depth += 1
            if self._beyond(limits, began):
                break
            if closed is not None and len(closed):
                self._frontier = np.setdiff1d(self._frontier, closed)
            self._read.read_traceables(self._frontier)
            self._lengthen()
            assemblies = self._through_stays(depth)
            facts = self._into_facts(depth)
            self._read.read_facts(facts)
            self._lengthen()
            made = self._out_of_facts(facts, depth)
            self._frontier = distinct(np.concatenate([assemblies, made]))
        return self._frontier

    def followed_stays(self) -> Ints:
        """Return the rows, in all stays read, over which a component touches its assembly."""
        stays = self._read.installed
        read = np.flatnonzero(self.traceables.reached)
        rows, owner = stays.rows(read[~np.isin(read, self._frontier)])
        rows = rows[self.traceables.first[owner] <= stays["end_to"][rows]]
        return np.sort(stays["row"][rows])

    def _lengthen(self) -> None:
        self.traceables.lengthen(len(self._read.traceables))
        self.facts.lengthen(len(self._read.facts))

    def _beyond(self, limits: Limits, began: float) -> bool:
        clock, most = limits.clock, limits.seconds_max
        if clock is not None and most is not None and clock() - began > most:
            return True
        if limits.traceables_max is None:
            return False
        return int(np.count_nonzero(self.traceables.reached)) > limits.traceables_max

    def _into_facts(self, depth: int) -> Ints:
        links = self._read.taken
        rows, owner = links.rows(self._frontier)
        first, sure = self.traceables.first[owner], self.traceables.sure[owner]
        t_from, t_to = links["t_from"][rows], links["t_to"][rows]
        go = (t_to >= first) & (links["grade"][rows] >= self._grade_min)
        return self.facts.lower(
            links["other"][rows[go]],
            np.maximum(first, t_from)[go],
            np.where(t_from >= sure, t_to, FOREVER)[go],
            depth,
        )

    def _out_of_facts(self, facts: Ints, depth: int) -> Ints:
        links = self._read.made
        rows, owner = links.rows(facts)
        go = links["grade"][rows] >= self._grade_min
        rows, owner = rows[go], owner[go]
        first, sure = self.facts.first[owner], self.facts.sure[owner]
        return self.traceables.lower(links["other"][rows], first, sure, depth)

    def _through_stays(self, depth: int) -> Ints:
        stays = self._read.installed
        rows, owner = stays.rows(self._frontier)
        first, sure = self.traceables.first[owner], self.traceables.sure[owner]
        go = (first <= stays["end_to"][rows]) & (stays["grade"][rows] >= self._grade_min)
        # Touched for certain if it was so before the stay can have ended.
        surely = np.maximum(sure, stays["start_to"][rows])
        surely = np.where(sure <= stays["end_from"][rows], surely, FOREVER)
        return self.traceables.lower(
            stays["other"][rows[go]],
            np.maximum(first, stays["start_from"][rows])[go],
            surely[go],
            depth,
        )


def _grades(read: Read, seeds: Seeds, *, closed: Ints) -> tuple[Small, Small]:
    """Search again over the better links alone, in what was read: nested sets, each with its own
    times.
    """
    traceables = np.full(len(read.traceables), SCANNED, np.int8)
    facts = np.full(len(read.facts), SCANNED, np.int8)
    for grade in (DECLARED, SCANNED):
        if read.worst_grade >= grade:
            continue
        better = _Spread(read, seeds, grade_min=grade)
        better.run(Limits(), closed)
        np.minimum(traceables, grade - 1, out=traceables, where=~better.traceables.reached)
        np.minimum(facts, grade - 1, out=facts, where=~better.facts.reached)
    return traceables, facts


def _touched(keys: Ints, labels: Labels, grades: Small) -> Touched:
    at = np.flatnonzero(labels.reached)
    return Touched(keys[at], labels.first[at], labels.sure[at], labels.depth[at], grades[at])
