"""Cases and what they have in common, counted again the simple way."""

from collections import Counter
from itertools import pairwise
from statistics import quantiles
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsm_metrics.rules.flow.cases import Activity, Case, case, repeats, returns
from itsm_metrics.rules.flow.figures import Flow
from itsm_metrics.rules.flow.lifecycles import LIFECYCLES
from itsm_metrics.rules.flow.steps import Step
from itsm_metrics.rules.flow.tally import Tally
from support.incident_events import at

LATE = at(10_000)
NAMES = "ABC"

paths = st.lists(
    st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-5, 60)), min_size=1, max_size=8), max_size=12
)


def step(sequence: int, status: str = "new", minute: float = 0, **more: object) -> Step:
    """A step of an incident."""
    plain = Step(
        sequence,
        f"e{sequence}",
        at(minute),
        at(minute),
        "INC-1",
        "",
        status,
        None,
        None,
        None,
        None,
        False,
        False,
        "updated",
        (),
    )
    return plain._replace(**more)  # type: ignore[arg-type]  # each is a field's own


def made(steps: list[Step], activity: Activity = "status", number: int = 1) -> Case:
    """The case of these steps, none of which is missing."""
    found = case(UUID(int=number), steps, activity, LATE)
    assert found is not None
    return found


def tallied(*cases: Case, process: str = "incident") -> Flow:
    """The figures of these."""
    tally = Tally(process)
    for each in cases:
        tally.add(each)
    return tally.flow()


def groups(path: str) -> Case:
    """A case that goes from group to group, a minute each; a dot is nobody."""
    steps = [step(n, minute=n, assignment_group=None if g == "." else g) for n, g in enumerate(path, 1)]
    return made(steps, "assignment_group")


@settings(deadline=None, max_examples=80)
@given(paths, st.randoms(use_true_random=False))
def test_variants_and_transitions_equal_a_recount_whatever_the_order_of_arrival(
    told: list[list[tuple[str, int]]], luck: object
) -> None:
    cases, recounted = [], []
    for number, path in enumerate(told, 1):
        minute, steps = 0, list[Step]()
        entered: list[tuple[str, int]] = []
        for sequence, (name, after) in enumerate(path, 1):
            minute += after
            steps.append(step(sequence, name, minute))
            if not entered or entered[-1][0] != name:
                entered.append((name, minute))
        luck.shuffle(steps)  # type: ignore[attr-defined]  # hypothesis names no type for it
        cases.append(made([*steps, steps[0]], number=number))
        recounted.append(entered)
    flow = tallied(*cases)
    variants = Counter(tuple(name for name, _ in entered) for entered in recounted)
    assert {tuple(each.activities): each.n for each in flow.variants} == variants
    waits: dict[tuple[str, str], list[int]] = {}
    for entered in recounted:
        for (one, left), (other, came) in pairwise(entered):
            waits.setdefault((one, other), []).append((came - left) * 60)
    assert {(edge.before, edge.after): edge.n for edge in flow.edges} == {p: len(w) for p, w in waits.items()}
    for edge in flow.edges:
        found = waits[edge.before, edge.after]
        tenths = quantiles(found, n=10, method="inclusive") if len(found) > 1 else found * 9
        assert (edge.wait.p50, edge.wait.p90) == pytest.approx((tenths[4], tenths[8]))
        assert edge.wait.total == sum(found)
    assert flow.negative_waits == sum(wait < 0 for found in waits.values() for wait in found)
    total = {pair: sum(found) for pair, found in waits.items()}
    most = max(total.values(), default=0)
    assert (flow.bottleneck.wait.total if flow.bottleneck else 0) == max(most, 0)


def test_a_bottleneck_is_where_most_time_is_spent_not_where_a_case_waits_longest() -> None:
    often = [made([step(1, "A", 0), step(2, "B", 40)], number=n) for n in range(3)]
    once = made([step(1, "A", 0), step(2, "C", 100)], number=9)
    bottleneck = tallied(*often, once).bottleneck
    assert bottleneck is not None
    assert (bottleneck.before, bottleneck.after, bottleneck.wait.total) == ("A", "B", 3 * 2400)


@pytest.mark.parametrize(
    ("path", "back", "again"),
    [("", 0, 0), ("ABC", 0, 0), ("ABA", 1, 0), ("AAB", 0, 1), ("ABABA", 3, 0), ("ABBA", 1, 1)],
)
def test_a_return_is_to_what_was_left_and_a_repeat_is_at_once(path: str, back: int, again: int) -> None:
    assert (returns(path), repeats(path)) == (back, again)


def test_ping_pong_is_between_groups_whatever_the_activity_and_nobody_is_no_group() -> None:
    flow = tallied(groups("AB.BA"), groups("AAB"), groups("..."))
    assert flow.rework["ping_pong"] == (1, 1, 0.5)
    assert flow.rework["any"].cases == 1
    assert flow.excluded == {"incomplete": 0, "without_activity": 1}


def test_a_case_with_a_missing_event_is_in_no_figure_but_counted() -> None:
    flow = tallied(made([step(1), step(3, "resolved", 9)]))
    assert (flow.cases, flow.variants, flow.excluded["incomplete"]) == (0, [], 1)
    assert (flow.conformance.share, flow.bottleneck) == (None, None)


def test_a_case_is_told_as_it_was_at_the_end_of_the_period() -> None:
    steps = [step(1), step(2, "in_progress", 5), step(3, "resolved", 4)]
    found = case(UUID(int=1), steps, "status", at(5))
    assert found is not None
    assert [visit.activity for visit in found.visits] == ["new"]
    assert case(UUID(int=1), steps, "status", at(0)) is None


def test_two_events_of_one_imported_step_are_one_activity_and_live_work_has_no_source() -> None:
    def told(sequence: int, status: str, minute: int, state: str | None, **more: object) -> Step:
        return step(sequence, status, minute, **{"source_state": state, "imported": True} | more)

    implied = [told(1, "new", 0, None), told(2, "resolved", 5, "Done"), told(3, "closed", 5, "Done")]
    assert [visit.activity for visit in made(implied, "source_state").visits] == ["Done"]
    twice = [*implied[:2], told(3, "closed", 5, "Done", at_once=True)]
    assert [visit.activity for visit in made(twice, "source_state").visits] == ["Done", "Done"]
    same = [*implied[:2], told(3, "resolved", 5, "Done")]
    assert [visit.activity for visit in made(same, "source_state").visits] == ["Done", "Done"]
    live = [*implied, told(4, "in_progress", 9, "Done", imported=False)]
    assert [visit.activity for visit in made(live, "source_state").visits] == ["Done"]


def test_what_breaks_the_lifecycle_is_named_with_the_records_that_did() -> None:
    good = made([step(1), step(2, "in_progress", 1), step(3, "resolved", 2), step(4, "in_progress", 3)])
    bad = made([step(1), step(2, "on_hold", 1), step(3, "new", 2), step(4, "on_hold", 3)], number=2)
    late = made([step(1, "resolved")], number=3)
    found = tallied(good, bad, late).conformance
    assert (found.cases, found.share) == (1, 1 / 3)
    told = [(e.before, e.after, e.n, [r.record.int for r in e.records]) for e in found.illegal]
    assert told == [("new", "on_hold", 2, [2]), (None, "resolved", 1, [3]), ("on_hold", "new", 1, [2])]


@pytest.mark.parametrize(
    ("path", "legal"),
    [
        ("standard:new scheduled implement review closed", True),
        ("normal:new scheduled", False),
        ("normal:new assess authorize new cancelled", True),
        ("normal:new assess authorize scheduled authorize scheduled", True),
        ("emergency:new authorize scheduled implement review cancelled", False),
        ("standard:new scheduled normal:new assess", True),
        ("unauthorized:authorize review closed", True),
        ("normal:authorize scheduled", False),
        ("normal:new assess authorize review", False),
    ],
)
def test_a_change_is_judged_by_its_type(path: str, legal: bool) -> None:
    steps, kind = list[Step](), ""
    for number, word in enumerate(path.split(), 1):
        typed, _, status = word.rpartition(":")
        kind = typed or kind
        steps.append(step(number, status, number, kind=kind))
    assert (tallied(made(steps), process="change").conformance.cases == 1) is legal


def test_every_state_of_a_lifecycle_can_be_reached_and_none_leads_out_of_it() -> None:
    for kinds in LIFECYCLES.values():
        for known in kinds.values():
            reached, frontier = set(known.starts), set(known.starts)
            while frontier:
                frontier = {to for state in frontier for to in known.ways.get(state, ())} - reached
                reached |= frontier
            assert known.ways.keys() <= reached


def test_half_of_the_cases_and_ninety_of_a_hundred_are_interpolated() -> None:
    cases = [made([step(1, "A"), step(2, "B", n)], number=n) for n in range(1, 5)]
    [edge] = tallied(*cases).edges
    assert (edge.wait.p50, edge.wait.total) == (150.0, 600.0)
    assert edge.wait.p90 == pytest.approx(222.0)
