"""What a trace must answer, worked out slowly: every path, every possible world, exact fractions.

Nothing here is shared with `yuanliu.trace`; even the rules are written down a second time.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from tests.trace.histories import INSTALLED, Row, StayRow

INFINITY = 2**63 - 1
SCRAP = 0

# Reach ------------------------------------------------------------------------------------------


@dataclass
class Contact:
    """What is known of one reached thing: first possible contact, sure contact (or None), fewest
    hops.
    """

    first: int
    hops: int
    sure: int | None = None


def forward(
    rows: Sequence[Row], stays: Sequence[StayRow], seeds: Mapping[int, int], *, grade: int = 1
) -> tuple[dict[int, Contact], dict[int, Contact]]:
    """Walk every time-respecting path from the seeds; return the reached traceables and facts."""
    rows = [row for row in rows if row.grade >= grade]
    stays = [stay for stay in stays if stay.kind == INSTALLED and stay.grade >= grade]
    things: dict[int, Contact] = {}
    facts: dict[int, Contact] = {}
    for sure in (False, True):
        ahead = [(traceable, since, 0) for traceable, since in seeds.items()]
        seen = {state[:2] for state in ahead}
        while ahead:
            traceable, moment, hops = ahead.pop(0)
            _note(things, traceable, moment, hops, sure=sure)
            onward = []
            for fact, then in _into_facts(rows, traceable, moment, sure=sure):
                _note(facts, fact, then, hops + 1, sure=sure)
                made = [row.traceable for row in rows if row.fact == fact and not row.into]
                onward += [(other, then) for other in made if other != SCRAP]
            for stay in stays:
                if stay.child == traceable and moment <= (stay.end_from if sure else stay.end_to):
                    begin = stay.start_to if sure else stay.start_from
                    onward.append((stay.parent, max(moment, begin)))
            for state in onward:
                if state not in seen:
                    seen.add(state)
                    ahead.append((*state, hops + 1))
    return things, facts


def _into_facts(
    rows: Sequence[Row], traceable: int, moment: int, *, sure: bool
) -> Iterator[tuple[int, int]]:
    for row in rows:
        if row.into and row.traceable == traceable:
            if sure and row.t_from >= moment:
                yield row.fact, row.t_to
            elif not sure and row.t_to >= moment:
                yield row.fact, max(moment, row.t_from)


def _note(found: dict[int, Contact], key: int, moment: int, hops: int, *, sure: bool) -> None:
    contact = found.setdefault(key, Contact(moment, hops))
    if sure:
        contact.sure = moment if contact.sure is None else min(contact.sure, moment)
    else:
        contact.first = min(contact.first, moment)
        contact.hops = min(contact.hops, hops)


def backward(
    rows: Sequence[Row], stays: Sequence[StayRow], seeds: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Walk every time-respecting path to the seeds; return the latest contributions."""
    things: dict[int, int] = {}
    facts: dict[int, int] = {}
    ahead = list(seeds.items())
    seen = set(ahead)
    while ahead:
        traceable, moment = ahead.pop()
        things[traceable] = max(moment, things.get(traceable, moment))
        onward = []
        for made in rows:
            if not made.into and made.traceable == traceable and made.t_from <= moment:
                then = min(moment, made.t_to)
                facts[made.fact] = max(then, facts.get(made.fact, then))
                onward += [(r.traceable, then) for r in rows if r.into and r.fact == made.fact]
        for stay in stays:
            if stay.kind == INSTALLED and stay.parent == traceable and stay.start_from <= moment:
                onward.append((stay.child, min(moment, stay.end_to)))
        ahead += [state for state in onward if state not in seen]
        seen |= set(onward)
    return things, facts


def worlds(
    rows: Sequence[Row], stays: Sequence[StayRow]
) -> Iterator[tuple[list[Row], list[StayRow]]]:
    """Give every way in which things can have happened: an exact time for every fact and stay."""
    times = {row.fact: range(row.t_from, row.t_to + 1) for row in rows}
    spans = [
        [(start, end) for start in range(stay.start_from, stay.start_to + 1)
         for end in ([INFINITY] if stay.end_to == INFINITY
                     else range(stay.end_from, stay.end_to + 1)) if start <= end]
        for stay in stays
    ]  # fmt: skip
    for chosen in itertools.product(*times.values()):
        at = dict(zip(times, chosen, strict=True))
        exact = [replace(row, t_from=at[row.fact], t_to=at[row.fact]) for row in rows]
        for ends in itertools.product(*spans):
            yield (
                exact,
                [
                    replace(stay, start_from=a, start_to=a, end_from=b, end_to=b)
                    for stay, (a, b) in zip(stays, ends, strict=True)
                ],
            )


# Amounts ----------------------------------------------------------------------------------------


def shares(outputs: Sequence[Row]) -> list[Fraction]:
    """Share a fact's material among its outputs: by amount, by mass, evenly."""
    if not outputs:
        return []
    amounts = [row.amount for row in outputs]
    masses = [row.mass for row in outputs]
    if len({row.dimension for row in outputs}) == 1 and None not in amounts and sum(amounts) > 0:
        return [Fraction(amount) / Fraction(sum(amounts)) for amount in amounts]
    if None not in masses and sum(masses) > 0:
        return [Fraction(mass) / Fraction(sum(masses)) for mass in masses]
    return [Fraction(1, len(outputs))] * len(outputs)


@dataclass
class Told:
    """What a simulation found, in exact fractions."""

    entered: dict[int, Fraction]
    remaining: dict[int, Fraction]
    sunk: Fraction
    created: Fraction


def simulate(rows: Sequence[Row], seeds: Mapping[int, int], *, watched: int | None = None) -> Told:
    """Let the facts happen one after the other, every traceable well mixed, exactly.

    Times are exact and different, and nothing is overdrawn. A traceable's material that was in
    `watched` before does not enter it again.
    """
    content: dict[int, Fraction] = defaultdict(Fraction)
    seed: dict[int, Fraction] = defaultdict(Fraction)
    been: dict[int, Fraction] = defaultdict(Fraction)
    entered: dict[int, Fraction] = defaultdict(Fraction)
    told = Told(entered, seed, Fraction(), Fraction())
    suspect: set[int] = set()
    facts = sorted({(row.t_from, row.fact) for row in rows})
    for now, fact in [*facts, (INFINITY, -1)]:
        for traceable, since in seeds.items():
            if since <= now and traceable not in suspect:
                suspect.add(traceable)
                more = max(content[traceable] - seed[traceable], Fraction())
                seed[traceable] += more
                told.created += more
                entered[traceable] += more
        taken, taken_been = Fraction(), Fraction()
        for row in rows:
            if row.fact == fact and row.into and row.amount:
                part = Fraction(row.amount) / content[row.traceable]
                assert part <= 1, "the oracle is for histories in which nothing is overdrawn"
                if row.traceable == watched:
                    been[watched] = seed[watched]
                content[row.traceable] -= Fraction(row.amount)
                taken += part * seed[row.traceable]
                taken_been += part * been[row.traceable]
                seed[row.traceable] *= 1 - part
                been[row.traceable] *= 1 - part
        outputs = [row for row in rows if row.fact == fact and not row.into]
        if not outputs:
            told.sunk += taken
        for row, share in zip(outputs, shares(outputs), strict=True):
            if row.traceable == SCRAP:
                told.sunk += share * taken
                continue
            gain = share * taken
            if row.traceable in suspect:
                gain = max(gain, Fraction(row.amount))
                told.created += gain - share * taken
            entered[row.traceable] += gain - (share * taken_been if row.traceable == watched else 0)
            content[row.traceable] += Fraction(row.amount)
            seed[row.traceable] += gain
            been[row.traceable] += share * taken_been
    return told


# Extremes ---------------------------------------------------------------------------------------


def orders(rows: Sequence[Row]) -> Iterator[tuple[int, ...]]:
    """Give every order in which the facts can have happened."""
    times = {row.fact: (row.t_from, row.t_to) for row in rows}

    def go_on(done: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        left = [fact for fact in times if fact not in done]
        if not left:
            yield done
        earliest_end = min((times[fact][1] for fact in left), default=0)
        for fact in left:
            if times[fact][0] <= earliest_end:
                yield from go_on((*done, fact))

    return go_on(())


Layers = tuple[Fraction, ...]
"""What is in a traceable, one amount of seed per unit of content, sorted: it may lie in any way."""


def extremes(
    rows: Sequence[Row], seeds: set[int], order: Sequence[int]
) -> dict[int, tuple[Fraction, Fraction, Fraction, Fraction]] | None:
    """Let material lie in vessels and topped-up lots in every possible way, and be taken in
    every way.

    Amounts are whole numbers. What one fact puts into a traceable is even in itself, and so is
    all that is in a traceable if it all came from one fact. Returns for each traceable the least
    and the most that remains in it and that entered it; None if something is overdrawn.
    """
    states: set[tuple[tuple[tuple[int, Layers], ...], tuple[tuple[int, Fraction], ...]]] = {
        ((), ())
    }
    for fact in order:
        mine = [row for row in rows if row.fact == fact]
        following = set()
        for contents, entered in states:
            outcomes = _outcomes(mine, dict(contents), seeds)
            if outcomes is None:
                return None
            for content, gains in outcomes:
                total = dict(entered)
                for traceable, gain in gains.items():
                    total[traceable] = total.get(traceable, Fraction()) + gain
                following.add((tuple(sorted(content.items())), tuple(sorted(total.items()))))
        states = following
    found: dict[int, list[Fraction]] = {}
    for contents, entered in states:
        for traceable, gain in entered:
            remains = sum(dict(contents).get(traceable, ()), Fraction())
            row = found.setdefault(traceable, [remains, remains, gain, gain])
            row[0], row[1] = min(row[0], remains), max(row[1], remains)
            row[2], row[3] = min(row[2], gain), max(row[3], gain)
    return {traceable: (r[0], r[1], r[2], r[3]) for traceable, r in found.items()}


def _outcomes(
    mine: Sequence[Row], contents: dict[int, Layers], seeds: set[int]
) -> list[tuple[dict[int, Layers], dict[int, Fraction]]] | None:
    """Return all that one fact can lead to: contents, and what entered each traceable."""
    draws = [row for row in mine if row.into]
    outputs = [row for row in mine if not row.into]
    parts = shares(outputs)
    results = []
    choices = []
    for row in draws:
        layers = contents.get(row.traceable, ())
        if len(layers) < row.amount:
            return None
        choices.append(_ways(layers, [int(row.amount * part) for part in parts] or [row.amount]))
    for chosen in itertools.product(*choices):
        content = dict(contents)
        sums = [Fraction()] * max(len(outputs), 1)
        for row, (rest, groups) in zip(draws, chosen, strict=True):
            content[row.traceable] = rest
            sums = [total + sum(group) for total, group in zip(sums, groups, strict=True)]
        gains: dict[int, Fraction] = {}
        for row, gain in zip(outputs, sums, strict=False):
            if row.traceable == SCRAP:
                continue
            if row.traceable in seeds:
                gain = max(gain, Fraction(row.amount))
            layer = (gain / Fraction(row.amount),) * int(row.amount)
            content[row.traceable] = tuple(sorted(content.get(row.traceable, ()) + layer))
            gains[row.traceable] = gain
        results.append((content, gains))
    return results


def _ways(layers: Layers, sizes: Sequence[int]) -> set[tuple[Layers, tuple[Layers, ...]]]:
    """Return every way to take groups of these sizes: what is left, and the groups."""
    ways: set[tuple[Layers, tuple[Layers, ...]]] = {(layers, ())}
    for size in sizes:
        ways = {
            (_without(left, group), (*groups, group))
            for left, groups in ways
            for group in set(itertools.combinations(left, size))
        }
    return ways


def _without(layers: Layers, group: Layers) -> Layers:
    left = list(layers)
    for layer in group:
        left.remove(layer)
    return tuple(left)
