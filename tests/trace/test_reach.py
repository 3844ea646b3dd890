"""Reach, contact times and grades, against an oracle that walks every path in every possible
world.
"""

import itertools
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.trace import oracle
from tests.trace.histories import source_of
from tests.trace.strategies import moments, tangled, with_seeds
from yuanliu.trace import backward, forward
from yuanliu.trace.forward import Seeds
from yuanliu.trace.source import ALWAYS, FOREVER, GRADES


def labels(touched) -> dict[int, tuple[int, int, int]]:
    columns = (touched.first.tolist(), touched.sure.tolist(), touched.depth.tolist())
    return dict(zip(touched.keys.tolist(), zip(*columns, strict=True), strict=True))


def expected(contacts) -> dict[int, tuple[int, int, int]]:
    return {
        key: (contact.first, FOREVER if contact.sure is None else contact.sure, contact.hops)
        for key, contact in contacts.items()
    }


@given(with_seeds(tangled()), st.none() | st.integers(0, 5))
def test_forward_reaches_what_paths_reach_with_the_same_times_and_hops(case, since):
    history, seeds = case
    moment = ALWAYS if since is None else since
    reached = forward.reach(history.source(), Seeds.of(seeds, moment))
    things, facts = oracle.forward(*history.known(), dict.fromkeys(seeds, moment))
    assert labels(reached.traceables) == expected(things)
    assert labels(reached.facts) == expected(facts)


@given(with_seeds(tangled()), st.none() | st.integers(0, 5))
def test_backward_reaches_what_paths_reach_with_the_same_times(case, until):
    history, seeds = case
    moment = FOREVER if until is None else until
    reached = backward.reach(history.source(), Seeds.of(seeds, moment))
    things, facts = oracle.backward(*history.known(), dict.fromkeys(seeds, moment))
    assert {key: label[0] for key, label in labels(reached.traceables).items()} == things
    assert {key: label[0] for key, label in labels(reached.facts).items()} == facts


def mirrored(rows, stays):
    """Tell the history from its end to its beginning: what came out goes in, the parent is in
    the child.
    """
    return (
        [replace(r, into=not r.into, t_from=-r.t_to, t_to=-r.t_from) for r in rows],
        [replace(s, child=s.parent, parent=s.child, start_from=-s.end_to, start_to=-s.end_from,
                 end_from=-s.start_to, end_to=-s.start_from) for s in stays],
    )  # fmt: skip


@given(with_seeds(tangled()), st.none() | st.integers(0, 5))
def test_backward_is_as_sure_as_deep_and_as_good_as_forward_in_the_history_told_backwards(
    case, until
):
    history, seeds = case
    moment = FOREVER if until is None else until
    reached = backward.reach(history.source(), Seeds.of(seeds, moment))
    rows, stays = mirrored(*history.known())
    contacts = [oracle.forward(rows, stays, dict.fromkeys(seeds, -moment), grade=g) for g in GRADES]
    for place, touched in enumerate((reached.traceables, reached.facts)):
        told = {
            key: (-a, -b, depth) for key, (a, b, depth) in expected(contacts[-1][place]).items()
        }
        assert labels(touched) == told
        grades = dict(zip(touched.keys.tolist(), touched.grade.tolist(), strict=True))
        for grade, contact in zip(GRADES, contacts, strict=True):
            assert {key for key, best in grades.items() if best >= grade} == set(contact[place])


@given(with_seeds(tangled()))
def test_a_grade_is_the_best_over_all_paths_of_their_weakest_links(case):
    history, seeds = case
    reached = forward.reach(history.source(), Seeds.of(seeds, ALWAYS))
    nested = {
        grade: oracle.forward(*history.known(), dict.fromkeys(seeds, ALWAYS), grade=grade)
        for grade in GRADES
    }
    for place, touched in enumerate((reached.traceables, reached.facts)):
        found = dict(zip(touched.keys.tolist(), touched.grade.tolist(), strict=True))
        assert found == {
            key: max(grade for grade in GRADES if key in nested[grade][place])
            for key in nested[1][place]
        }


@given(with_seeds(tangled(facts=5, stays=2, width=1)))
def test_reached_is_what_some_possible_world_reaches_and_sure_what_every_one_does(case):
    history, seeds = case
    rows, stays = history.known()
    since = dict.fromkeys(seeds, ALWAYS)
    sets = [
        set(oracle.forward(*world, since)[0])
        for world in itertools.islice(oracle.worlds(rows, stays), 300)
    ]
    assume(0 < len(sets) < 300)
    reached = forward.reach(history.source(), Seeds.of(seeds, ALWAYS))
    assert set(reached.traceables.keys.tolist()) == set.union(*sets)
    sure = reached.traceables.keys[reached.traceables.sure != FOREVER]
    assert set(sure.tolist()) <= set.intersection(*sets)


@given(with_seeds(tangled()), st.data())
def test_a_trace_as_of_a_position_is_the_trace_of_the_history_cut_there(case, data):
    history, seeds = case
    position = data.draw(st.integers(0, history.position))
    start = Seeds.of(seeds, ALWAYS)
    as_of = forward.reach(history.source(as_of=position), start)
    cut = forward.reach(source_of(*history.known(position)), start)
    for left, right in ((as_of.traceables, cut.traceables), (as_of.facts, cut.facts)):
        assert labels(left) == labels(right)


@given(tangled(), st.integers(1, 7), st.integers(1, 7))
def test_one_is_reached_forward_from_the_other_as_the_other_is_backward(history, one, other):
    there = forward.reach(history.source(), Seeds.of([one], ALWAYS)).traceables.keys
    back = backward.reach(history.source(), Seeds.of([other], FOREVER)).traceables.keys
    assert (other in there) == (one in back)


@given(with_seeds(tangled()), moments())
def test_more_is_never_reached_when_the_seeds_are_suspect_from_later_on(case, times):
    history, seeds = case
    whole = forward.reach(history.source(), Seeds.of(seeds, times[0])).traceables.keys
    later = forward.reach(history.source(), Seeds.of(seeds, times[1])).traceables.keys
    assert set(later.tolist()) <= set(whole.tolist())
